/* test_condition.c - which words are a condition, of what, and how it is pinned. */
#include "harness/test.h"
#include "run/procedure.h"

struct reading {
    const char *text;
    bool acts; /* something would begin by itself */
    const char *question;
};

static struct condition_words read_line(struct arena *arena, const char *text, bool acts)
{
    struct program *program = NULL;
    struct err err = {0};
    struct str source = str_printf(arena, "# Procedure\n\n1. %s\n", text);
    CHECK_OK(program_read(arena, STR("r.md"), source, &program, &err), &err);
    struct condition_line line = {.text = STR(""), .acts = acts};
    for (int i = 0; i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        if (statement->kind != STATEMENT_STEP && statement->kind != STATEMENT_CHECK)
            continue;
        line.text = statement->text;
        line.command = statement->step.command;
        line.conditional = statement->step.conditional;
    }
    CHECK(line.text.n > 0);
    return condition_read(arena, &line);
}

static void check_question(struct arena *arena, const struct reading *reading)
{
    struct condition_words words = read_line(arena, reading->text, reading->acts);
    struct step_condition condition = {.form = words.form, .of = -1, .words = words.words};
    CHECK_STR(condition_question(arena, &condition), reading->question);
}

/* Lines of runbooks that are in public, beside some of our own. */
static const struct reading readings[] = {
    {"If P1: Trigger incident bridge, escalate to engineering leads and ops.", false,
     "is it so that P1?"},
    {"If Redis is unreachable, confirm the API's answers degrade gracefully", false,
     "is it so that Redis is unreachable?"},
    {"If the alert is not part of an existing incident, open a new incident", false,
     "is it so that the alert is not part of an existing incident?"},
    {"If possible, restart the service", false, "does this apply: \"possible\"?"},
    {"If burn > 25% in a week \xE2\x86\x92 freeze new feature deploys", false,
     "is it so that burn > 25% in a week?"},
    {"**If** the queue is full, restart the workers.", false, "is it so that the queue is full?"},
    {"Then, if the queue is full, restart the workers", true, "is it so that the queue is full?"},
    {"If `about`, `/search`, or `docs` is fully unreachable, page Customer Support", true,
     "does this apply: \"If `about`, `/search`, or `docs` is fully unreachable, page Customer "
     "Support\"?"},
    {"If alerts are too noisy, disable alerts.", false, "is it so that alerts are too noisy?"},
    {"If correlated with a recent deploy and no risky migration shipped:", true,
     "is it so that correlated with a recent deploy and no risky migration shipped?"},
    {"If database migration was involved", true, "is it so that database migration was involved?"},
    {"If still unresponsive, check disk space", false, "is it so that still unresponsive?"},
    {"If needed `systemctl restart api`", true,
     "does this apply: \"If needed `systemctl restart api`\"?"},
    {"If needed, run `systemctl restart api`", true, "does this apply: \"needed\"?"},
    {"Unless the queue is empty, purge it", false, "is it so that the queue is empty?"},
    {"Unless the queue is empty: purge it", true, "is it so that the queue is empty?"},
    {"Otherwise, restart the server", false, "does this apply: \"Otherwise\"?"},
    {"Else: restart the server", false, "does this apply: \"Else\"?"},
    {"If not, restart the server", false, "does this apply: \"If not\"?"},
    {"Otherwise, if the disk is full, delete old logs", true,
     "does this apply: \"Otherwise, if the disk is full\"?"},
    {"Run the migrations `npm run db:migrate` (if the schema has changed)", true,
     "is it so that the schema has changed?"},
    {"Run `npm run db:migrate` (unless it is a hotfix)", true, "is it so that it is a hotfix?"},
    {"Tell the team (for major releases)", false, "does this apply: \"for major releases\"?"},
    {"Run `systemctl restart api` if the health check is red", true,
     "does this apply: \"Run `systemctl restart api` if the health check is red\"?"},
    {"Restart it as needed: `systemctl restart api`", true,
     "does this apply: \"Restart it as needed: `systemctl restart api`\"?"},
    {"Rollback: if it fails, run `npm run db:rollback`", true,
     "does this apply: \"Rollback: if it fails, run `npm run db:rollback`\"?"},
    {"When the backup is there, run `npm run db:restore`", true,
     "does this apply: \"When the backup is there, run `npm run db:restore`\"?"},
    {"Optionally, run `npm run cache:warm`", true,
     "does this apply: \"Optionally, run `npm run cache:warm`\"?"},
    {"Repeat steps 2-4 until the queue is empty", false, "is it so that the queue is empty?"},
    {"Repeat until all nodes are updated.", false, "is it so that all nodes are updated?"},
    {"Repeat the steps above until no alert is firing", false, "is it so that no alert is firing?"},
    {"Repeat step 3 until the replica has caught up", false,
     "is it so that the replica has caught up?"},
    {"And repeat until the lag is gone", false, "is it so that the lag is gone?"},
    {"Scale up by one, then repeat steps 1 and 2 until it is quick", false,
     "is it so that it is quick?"},
};

/* What is no condition, or none that is certain where nothing begins by itself. */
static const struct reading none[] = {
    {"Check if the service is up: `systemctl status api`", true, ""},
    {"Run `systemctl restart api`. If it does not help, call the vendor.", true, ""},
    {"Run `test -f /x || if-up eth0`", true, ""},
    {"If you happen to be logged into the box you can try to,", false, ""},
    {"If a request is coming from execs, it does not mean you cannot say no", false, ""},
    {"Restart the server if needed", false, ""},
    {"Verify that nothing is running", true, ""},
    {"Repeat for each server until it is done", false, ""},
    {"Repeat every 5 minutes until it is resolved", false, ""},
    {"Scale up by one and repeat until it is quick", false, ""},
    {"Repeat steps 2 and 4 until the queue is empty", false, ""},
    {"Repeat steps 4-2 until the queue is empty", false, ""},
    {"Repeat until the queue is empty. Then go home.", false, ""},
    {"Otherwise known as the blue one", false, ""},
    {"See if it works, even if it is slow", true, ""},
};

TEST(conditions_are_read)
{
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
        check_question(arena, &readings[i]);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        check_question(arena, &none[i]);
}

/* Where a command begins by itself, more words ask than where a person reads them anyway. */
TEST(what_begins_by_itself_is_asked_sooner)
{
    static const char *const asking[] = {"Only in an emergency, run `npm run x`",
                                         "In an emergency run `npm run x`",
                                         "For P0 only: run `npm run x`",
                                         "Run `npm run x` as long as it is slow",
                                         "Provided that legal agrees, run `npm run x`",
                                         "After approval by the CTO, run `npm run x`",
                                         "Once the CTO agrees run `npm run x`",
                                         "On failure, run `npm run x`",
                                         "Either wait or run `npm run x`",
                                         "Instead you may run `npm run x`",
                                         "As a last resort, run `npm run x`",
                                         "Except on Fridays, run `npm run x`",
                                         "Run `npm run x` when the queue is full",
                                         "Run `npm run x`, for example",
                                         "Run `npm run x` once the backup is there",
                                         "While it is slow, run `npm run x`",
                                         "Run `npm run x` (never on Fridays)",
                                         "Run `npm run x`, but not on Fridays"};
    static const char *const quiet[] = {"Run `npm run x` once",
                                        "Run `npm run x` in read-only mode",
                                        "Run `npm run only-x`",
                                        "After the deploy, run `npm run x`",
                                        "Run `npm run x`. You may do it twice.",
                                        "Note when it began: `date`",
                                        "Verify when the backup ran: `npm run x`"};
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++) {
        struct condition_line line = {str_of(asking[i]), STR("npm run x"), .acts = true,
                                      .begins = true};
        if (condition_read(arena, &line).form != CONDITION_IF)
            CHECK_STR(STR("asks"), asking[i]);
        CHECK_INT(condition_read(arena, &line).form, CONDITION_IF);
    }
    for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++) {
        struct condition_line line = {str_of(quiet[i]), STR("npm run x"), .acts = true,
                                      .begins = true};
        if (condition_read(arena, &line).form != CONDITION_NONE)
            CHECK_STR(STR("asks nothing"), quiet[i]);
        CHECK_INT(condition_read(arena, &line).form, CONDITION_NONE);
    }
    /* A title says what stands below it. */
    struct condition_line title = {STR("Approval"), STR(""), .acts = true};
    CHECK_INT(condition_read(arena, &title).form, CONDITION_NONE);
}

TEST(what_a_condition_speaks_of)
{
    static const struct {
        const char *text;
        enum condition_refers refers;
        int number;
        bool alerts, negated;
    } rows[] = {
        {"If it fails, run `x y`", REFERS_BEFORE, 0, false, false},
        {"If this fails: run `x y`", REFERS_BEFORE, 0, false, false},
        {"If that does not work, run `x y`", REFERS_BEFORE, 0, false, false},
        {"If that doesn't work, run `x y`", REFERS_BEFORE, 0, false, false},
        {"If the previous step failed, run `x y`", REFERS_BEFORE, 0, false, false},
        {"If step 3 fails, run `x y`", REFERS_NUMBER, 3, false, false},
        {"If step 12 has failed, run `x y`", REFERS_NUMBER, 12, false, false},
        {"If it succeeds, run `x y`", REFERS_BEFORE, 0, false, true},
        {"If an alert is firing, run `x y`", REFERS_NOWHERE, 0, true, false},
        {"Unless any alert fires, run `x y`", REFERS_NOWHERE, 0, true, false},
        {"If no alerts are firing, run `x y`", REFERS_NOWHERE, 0, true, true},
        {"If it fails again, run `x y`", REFERS_NOWHERE, 0, false, false},
        {"If it fails for an hour, run `x y`", REFERS_NOWHERE, 0, false, false},
        {"If step three fails, run `x y`", REFERS_NOWHERE, 0, false, false},
        {"If the deploy fails, run `x y`", REFERS_NOWHERE, 0, false, false},
        {"If the problem persists, run `x y`", REFERS_NOWHERE, 0, false, false},
        {"If step 99999999999999999999 fails, run `x y`", REFERS_NOWHERE, 0, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct condition_words words = read_line(arena, rows[i].text, true);
        CHECK(words.form != CONDITION_NONE);
        CHECK_INT(words.refers, rows[i].refers);
        CHECK_INT(words.number, rows[i].number);
        CHECK(words.alerts == rows[i].alerts);
        CHECK(words.negated == rows[i].negated);
    }
}

/* A time within "If …" is not the step's. */
TEST(times_of_conditions)
{
    CHECK(condition_has_time(STR("If it stays slow for 10 minutes, roll back")));
    CHECK(condition_has_time(STR("Repeat until it is quick for 5 minutes")));
    CHECK(!condition_has_time(STR("If it is slow, wait 10 minutes")));
    CHECK(!condition_has_time(STR("Wait 10 minutes")));
    CHECK_STR(condition_rest(STR("If it is slow, wait 10 minutes")), "wait 10 minutes");
    CHECK_STR(condition_rest(STR("Wait 10 minutes, then go")), "Wait 10 minutes, then go");
}

TEST(a_pinned_condition_is_read_again)
{
    static const char *const lines[] = {
        "if person the queue is full",        "unless rule:0123456789abcdef error rate > 5%",
        "if not-alerts no alert is firing",   "if failed:3 it fails",
        "if not-failed:1 it succeeds",        "if otherwise:2 \"otherwise\"",
        "until:2-4 person the queue is empty"};
    static const char *const bad[] = {"",
                                      "if",
                                      "if person",
                                      "when person x",
                                      "if nobody x",
                                      "if rule x",
                                      "if failed x",
                                      "if failed:0 x",
                                      "if failed:99999 x",
                                      "if failed:-1 x",
                                      "until person x",
                                      "until:4-2 person x",
                                      "until:0-2 person x",
                                      "until:2 person x",
                                      "if:2-4 person x"};
    struct step_condition condition;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        CHECK(condition_parse(str_of(lines[i]), &condition));
        CHECK_STR(condition_write(arena, &condition), lines[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!condition_parse(str_of(bad[i]), &condition));
        CHECK_INT(condition.form, CONDITION_NONE);
        CHECK_STR(condition_write(arena, &condition), "");
    }
}

static const char linked[] = "# Alerts\n\n## Critical Alerts\n\n- Error rate > 5% for 5 minutes\n\n"
                             "# Deploy\n\n"
                             "1. Run `npm run deploy`\n"
                             "2. If it fails, run `npm run rollback`\n"
                             "3. If step 2 fails, call the vendor\n"
                             "4. If error rate > 5% for 5 minutes, run `npm run rollback`\n"
                             "5. If error rate > 5%, run `npm run rollback`\n"
                             "6. Otherwise, tell the team\n"
                             "7. If step 1 failed, run `npm run x`\n"
                             "8. Repeat steps 4-6 until the team is happy\n"
                             "9. Repeat steps 8-11 until the team is happy\n"
                             "10. Check the page\n"
                             "11. If this does not work, run `npm run y`\n"
                             "12. Repeat step 10 until it is good\n"
                             "13. If the queue is full, tell the team\n"
                             "14. Otherwise, say so\n"
                             "15. Otherwise, say no\n"
                             "16. Look\n"
                             "17. Otherwise, say nothing\n";

TEST(conditions_are_linked)
{
    static const char *const expected[] = {"",
                                           "if failed:1 it fails",
                                           "if person step 2 fails",
                                           "if rule: error rate > 5% for 5 minutes",
                                           "if person error rate > 5%",
                                           "if otherwise:5 \"Otherwise\"",
                                           "if person step 1 failed",
                                           "until:4-6 person the team is happy",
                                           "",
                                           "",
                                           "if person this does not work",
                                           "until:10-10 person it is good",
                                           "if person the queue is full",
                                           "if otherwise:13 \"Otherwise\"",
                                           "",
                                           "",
                                           ""};
    struct program *program = NULL;
    struct err err = {0};
    struct run_settings settings = {.commands = true};
    CHECK_OK(program_read(arena, STR("r.md"), str_of(linked), &program, &err), &err);
    struct procedures procedures = procedures_make(arena, program, &settings);
    const struct procedure *deploy = procedure_find(&procedures, STR("Deploy"), &err);
    CHECK(deploy != NULL);
    CHECK_INT(deploy->step_count, 17);
    for (int i = 0; i < deploy->step_count; i++) {
        struct step_condition condition = deploy->steps[i].condition;
        if (condition.asks == ASKS_RULE) {
            CHECK_INT(strlen(condition.rule), 16);
            condition.rule[0] = '\0';
        }
        CHECK_STR(condition_write(arena, &condition), expected[i]);
    }
    CHECK_INT(deploy->steps[3].does, DOES_COMMAND);
    CHECK_INT(deploy->steps[3].when, WHEN_NONE);
}

/* Numbers as people see them are those of the source. */
TEST(numbers_that_are_not_certain)
{
    static const char source[] = "# Odd\n\n1. Run `npm run a`\n1. Run `npm run b`\n"
                                 "1. If step 2 fails, run `npm run c`\n"
                                 "1. Repeat steps 1-2 until it is good\n";
    struct program *program = NULL;
    struct err err = {0};
    struct run_settings settings = {.commands = true};
    CHECK_OK(program_read(arena, STR("r.md"), str_of(source), &program, &err), &err);
    struct procedures procedures = procedures_make(arena, program, &settings);
    CHECK_INT(procedures.items[0].step_count, 4);
    CHECK_INT(procedures.items[0].steps[2].condition.asks, ASKS_PERSON);
    CHECK_INT(procedures.items[0].steps[2].condition.form, CONDITION_IF);
    CHECK_INT(procedures.items[0].steps[3].condition.form, CONDITION_NONE);
}
