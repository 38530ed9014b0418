/* test_names.c - procedures by name where several have it, and steps whose words name none. */
#include "harness/test.h"
#include "run/procedure.h"

static struct procedures make(struct arena *arena, const char *source)
{
    struct program *program = NULL;
    struct err err = {0};
    struct run_settings *settings = arena_make(arena, struct run_settings);
    settings->commands = true;
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(source), &program, &err), &err);
    return procedures_make(arena, program, settings);
}

/* Each is found by the name that is shown of it, and by no other's. */
static void check_names(struct arena *arena, const struct procedures *procedures,
                        const char *const *wanted, int count)
{
    struct err err = {0};
    CHECK_INT(procedures->count, count);
    for (int i = 0; i < count; i++) {
        const struct procedure *one = &procedures->items[i];
        struct str name = procedure_unique_name(procedures, one, arena);
        CHECK_STR(name, wanted[i]);
        CHECK_OK(procedure_find(procedures, name, &err) == one, &err);
    }
}

TEST(each_has_a_name_by_which_only_it_is_found)
{
    static const char *const wanted[] = {"Alone",
                                         "Shop / Steps (line 7)",
                                         "Shop / Steps (line 10)",
                                         "Web / Shop / Blue / Steps",
                                         "App / Shop / Blue / Steps",
                                         "Steps (line 26)"};
    struct procedures procedures =
        make(arena, "# R\n\n## Alone\n1. One\n\n## Shop\n### Steps\n1. One\n\n### Steps\n1. Two\n\n"
                    "## Web\n### Shop\n#### Blue\n##### Steps\n1. Three\n\n"
                    "## App\n### Shop\n#### Blue\n##### Steps\n1. Four\n\n\n# Steps\n1. Five\n");
    struct err err = {0};
    check_names(arena, &procedures, wanted, 6);
    CHECK(!procedure_find(&procedures, STR("Blue / Steps"), &err));
    CHECK_STR(str_of(err.text),
              "\"Blue / Steps\" stands in the runbook more than once; say which: \"Web / Shop / "
              "Blue / Steps\", \"App / Shop / Blue / Steps\".");
    CHECK(!procedure_find(&procedures, STR("steps"), &err));
    CHECK_STR(
        str_of(err.text),
        "\"steps\" stands in the runbook more than once; say which: \"Shop / Steps (line "
        "7)\", \"Shop / Steps (line 10)\", \"Web / Shop / Blue / Steps\", \"App / Shop / Blue "
        "/ Steps\", \"Steps (line 26)\".");
    CHECK(procedure_find(&procedures, STR("alone (line 3)"), &err) == &procedures.items[0]);
    CHECK(procedure_find(&procedures, STR(" shop / STEPS (line 10) "), &err) ==
          &procedures.items[2]);
}

TEST(a_line_that_is_not_its_own_names_nothing)
{
    static const char *const none[] = {"Alone (line 4x)", "Alone (line 0)",  "Alone (line -3)",
                                       "Alone (line )",   "Alone (line 9)",  "(line 3)",
                                       " (line 3)",       "Alone(line 3)",   "Alone / Alone",
                                       " / Alone",        "R / Alone (line", "/ Alone"};
    struct procedures procedures = make(arena, "# R\n\n## Alone\n1. One\n");
    struct err err = {0};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK_STR(procedure_find(&procedures, str_of(none[i]), &err) ? str_of(none[i]) : STR(""),
                  "");
    CHECK(procedure_find(&procedures, STR("Alone (line 4)"), &err)); /* of its first step */
}

TEST(two_lists_below_one_heading_are_told_apart)
{
    struct procedures procedures =
        make(arena, "# R\n\n## Restore\nSteps:\n\n1. One\n\nSteps:\n\n1. Two\n\nSteps:\n\n1. "
                    "Three\n");
    struct err err = {0};
    for (int i = 0; i < procedures.count; i++) {
        const struct procedure *one = &procedures.items[i];
        struct str name = procedure_unique_name(&procedures, one, arena);
        CHECK_OK(procedure_find(&procedures, name, &err) == one, &err);
    }
    CHECK(procedures.count > 1);
}

TEST(the_nearest_name_is_one_that_can_be_used)
{
    struct procedures procedures =
        make(arena, "# R\n\n## A\n### Database recovery\n1. One\n\n## B\n### Database recovery\n1. "
                    "Two\n\n## Deployment Steps\n1. Three\n");
    struct err err = {0};
    CHECK(!procedure_find(&procedures, STR("deploy"), &err));
    CHECK_STR(str_of(err.text),
              "The runbook has no procedure \"deploy\"; do you mean \"Deployment Steps\"?");
    CHECK(!procedure_find(&procedures, STR("recovery databaze"), &err));
    CHECK_STR(str_of(err.text), "The runbook has no procedure \"recovery databaze\"; do you mean "
                                "\"A / Database recovery\"?");
    CHECK(!procedure_find(&procedures, STR("lunch"), &err));
    CHECK_STR(str_of(err.text), "The runbook has no procedure \"lunch\"; \"reeve procedure list\" "
                                "shows its 3.");
}

TEST(a_step_that_sends_to_nothing_says_so)
{
    static const char *const notes[] = {
        "no procedure is called \"Databaze recovry\", so people do it; the nearest is \"Database "
        "recovery\"",
        "2 procedures are called \"cleanup\", so people do it; say which: \"A / Cleanup\", \"B / "
        "Cleanup\"",
        "no procedure of this runbook is called \"vendor's\", so people do it",
        "", /* these words name none */
        "",
        "",
        "",
        "no procedure is called \"restore of the database recovery\", so people do it; the "
        "nearest is \"Database recovery\""};
    struct procedures procedures =
        make(arena,
             "# R\n\n## Outage\n1. Follow the Databaze recovry procedure\n2. Run the cleanup "
             "procedure\n3. Follow the vendor's checklist\n4. Restart Redis\n5. See the "
             "dashboard\n6. Follow the A / Cleanup procedure\n7. Follow Database recovery\n8. See "
             "the restore of the database recovery\n\n## Database recovery\n1. One\n\n# "
             "A\n\n## Cleanup\n1. Two\n\n# B\n\n## Cleanup\n1. Three\n");
    const struct procedure *outage = &procedures.items[0];
    int seen = 0;
    for (int i = 0; i < outage->step_count; i++) {
        const struct procedure_step *step = &outage->steps[i];
        if (step->depth > 0)
            continue;
        CHECK_STR(step->note, notes[seen++]);
        CHECK_INT(step->astray, step->note.n > 0);
        CHECK(step->astray || step->does == (seen == 6 || seen == 7 ? DOES_GROUP : DOES_MANUAL));
    }
    CHECK_INT(seen, 8);
    CHECK_STR(outage->steps[6].text, "Two"); /* of A */
}

/* What leads back to itself is no slip in a name. */
TEST(a_step_that_sends_back_to_itself_has_no_such_note)
{
    struct procedures procedures =
        make(arena, "# R\n\n## First\n1. Follow the First procedure\n2. Follow the Firzt "
                    "procedure\n");
    CHECK_STR(procedures.items[0].steps[0].note, "");
    CHECK_STR(procedures.items[0].steps[1].note,
              "no procedure of this runbook is called \"Firzt\", so people do it");
}
