/* test_procedures.c - what a line starts, the plan of a procedure, and the runs that stand beside.
 */
#include "harness/test.h"
#include "run/rehearsal.h"
#include "small_world.h"

static const char runbook[] = "# Ours\n"
                              "\n"
                              "### Deploy\n"
                              "1. Announce it\n"
                              "2. Switch over\n"
                              "   ```bash\n"
                              "   deploy --to <version> --token <API_TOKEN>\n"
                              "   ```\n"
                              "3. Monitor for 5 minutes\n"
                              "\n"
                              "Afterwards:\n"
                              "\n"
                              "- [ ] Tell support\n"
                              "- [ ] Close the ticket\n"
                              "\n"
                              "### Clean\n"
                              "```bash\n"
                              "# Remove everything\n"
                              "rm -rf /srv/old\n"
                              "```\n";

static struct world *make(struct arena *arena)
{
    struct err err = {0};
    struct program *program = NULL;
    struct world *world = small_world_make(arena);
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(runbook), &program, &err), &err);
    world->program = program;
    world->run_settings = (struct run_settings){.commands = true, .approvals = 1};
    world->procedures = procedures_make(arena, program, &world->run_settings);
    return world;
}

static int statement_of(const struct world *world, const char *words)
{
    for (int i = 0; i < world->program->count; i++)
        if (str_starts(world->program->statements[i].text, words))
            return i;
    test_fail(__FILE__, __LINE__, "no statement begins with \"%s\"", words);
}

/* Starts a procedure and folds what that says. */
static void start(struct world *world, struct arena *arena, const char *name, const char *values)
{
    struct event_list out;
    struct err err = {0};
    struct run_world runs = world_runs(world);
    struct run_call call = {
        .actor = STR("person:ana"), .name = str_of(name), .values = str_of(values)};
    event_list_init(&out, arena);
    CHECK_OK(run_open(&runs, &call, &out, &err), &err);
    for (size_t i = 0; i < out.count; i++)
        world_fold(world, &out.items[i], world->sequence + 1);
}

TEST(a_line_knows_its_procedures_and_their_newest_open_runs)
{
    struct world *world = make(arena);
    struct page_view view = view_page(world, arena);
    int deploy = statement_of(world, "Deploy");
    CHECK_INT(view.procedures[deploy].count, 2);
    CHECK_STR(view.procedures[deploy].items[0].name, "Deploy");
    CHECK_STR(view.procedures[deploy].items[1].name, "Afterwards");
    CHECK_INT(view.procedures[deploy].items[1].nth, 2);
    CHECK(!view.procedures[deploy].items[0].run && !view.procedures[deploy].items[1].run);
    CHECK_INT(view.procedures[statement_of(world, "Announce")].count, 0);
    start(world, arena, "Afterwards", "");
    start(world, arena, "Afterwards", "");
    view = view_page(world, arena);
    CHECK(!view.procedures[deploy].items[0].run);
    CHECK_INT(view.procedures[deploy].items[1].run->number, 2);
    world_done(world);
}

TEST(lines_say_what_is_done_in_a_run)
{
    struct world *world = make(arena);
    const struct procedure *deploy = &world->procedures.items[0];
    struct line_view *lines = view_lines(world, arena);
    CHECK_INT(lines[deploy->steps[0].statement].mark, MARK_MANUAL);
    CHECK_INT(lines[deploy->steps[1].statement].mark, MARK_RUN);
    CHECK_STR(lines[deploy->steps[1].statement].state, "by Reeve");
    CHECK_STR(lines[deploy->steps[2].statement].state, "by the clock");
    world_done(world);
}

TEST(the_plan_says_who_does_what_and_what_it_needs)
{
    struct procedure_view view;
    struct world *world = make(arena);
    const struct statement *deploy = &world->program->statements[statement_of(world, "Deploy")];
    CHECK(view_procedure(world, arena, str_of(deploy->id), 1, &view));
    CHECK_STR(view.title, "Deploy");
    CHECK_INT(view.line, 3);
    CHECK_INT(view.step_count, 3);
    CHECK_STR(view.steps[0].does, "manual");
    CHECK_STR(view.steps[1].does, "command");
    CHECK_STR(view.steps[2].does, "hold");
    CHECK_STR(view.steps[2].when, "for");
    CHECK_INT(view.steps[2].time_ms, 300000);
    CHECK_INT(view.place_count, 2);
    CHECK_STR(view.places[0].name, "version");
    CHECK_INT(view.places[0].step, 2);
    CHECK(!view.places[0].is_refused);
    CHECK(view.places[1].is_refused);
    CHECK_STR(view.refused, "");
    CHECK(view_procedure(world, arena, str_of(deploy->id), 2, &view));
    CHECK_STR(view.title, "Afterwards");
    CHECK(!view_procedure(world, arena, str_of(deploy->id), 3, &view));
    CHECK(!view_procedure(world, arena, str_of(deploy->id), 0, &view));
    CHECK(!view_procedure(world, arena, STR("0123456789abcdef"), 1, &view));
    world_done(world);
}

TEST(what_destroys_needs_approval_and_does_not_run_twice)
{
    struct procedure_view view;
    struct world *world = make(arena);
    const struct statement *clean = &world->program->statements[statement_of(world, "rm -rf")];
    CHECK(view_procedure(world, arena, str_of(clean->id), 1, &view));
    CHECK_STR(view.title, "Remove everything");
    CHECK(view.steps[0].destroys.n > 0);
    CHECK_INT(view.steps[0].approvals, 1);
    CHECK_INT(view.run, 0);
    start(world, arena, "Remove everything", "");
    CHECK(view_procedure(world, arena, str_of(clean->id), 1, &view));
    CHECK_INT(view.run, 1);
    CHECK_STR(view.refused, "Run 1 of \"Remove everything\" is not over; two would get in each "
                            "other's way. Look with \"reeve run show 1\".");
    world_done(world);
}

TEST(a_run_that_is_open_stands_on_the_page)
{
    struct world *world = make(arena);
    start(world, arena, "Remove everything", "");
    struct page_view view = view_page(world, arena);
    CHECK_INT(view.run_count, 1);
    CHECK_STR(view.runs[0].state, "going");
    CHECK_STR(view.runs[0].steps[0].state, "approval");
    CHECK_STR(view.runs[0].steps[0].ask, "somebody other than ana has to approve it");
    CHECK_INT(view.runs[0].current, 1);
    world_done(world);
}

/* A rehearsal of "Restore" from first to last, as facts. */
static void rehearse(struct world *world, struct arena *arena, int64_t took_ms)
{
    struct event_list out;
    struct err err = {0};
    struct run_world runs = world_runs(world);
    struct run_call call = {
        .actor = STR("person:ana"), .name = STR("Restore it"), .rehearse = STR("staging")};
    event_list_init(&out, arena);
    CHECK_OK(run_open(&runs, &call, &out, &err), &err);
    for (int i = 0; i < 2; i++) {
        struct event *event =
            event_list_add(&out, i ? EVENT_RUN_ENDED : EVENT_RUN_STEP_DONE,
                           instant_add_ms(world->now, took_ms), STR("person:ana"), STR("run"));
        event_set_int(event, "number", world->runs.last_number + 1);
        event_set_int(event, i ? "took_ms" : "step", i ? took_ms : 1);
    }
    for (size_t i = 0; i < out.count; i++)
        world_fold(world, &out.items[i], world->sequence + 1);
}

TEST(what_recovers_something_is_to_be_rehearsed_until_it_was)
{
    struct err err = {0};
    struct program *program = NULL;
    struct world *world = make(arena);
    struct run_environment staging = {.name = STR("staging"), .settings = world->run_settings};
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"),
                          STR("# Ours\n\n## Restore it\nRTO: 1 hour\n\n1. Restore it\n\n"
                              "## Clean\n1. Clean it\n"),
                          &program, &err),
             &err);
    world->program = program;
    world->run_settings.environments = &staging;
    world->run_settings.environment_count = 1;
    world->run_settings.rehearsed_within_ms = INT64_C(90) * 24 * 3600 * 1000;
    world->procedures = procedures_make(arena, program, &world->run_settings);
    const struct procedure *restore = &world->procedures.items[0];
    struct rehearsal_view view = view_rehearsal(world, arena, restore);
    CHECK_STR(view.warning, "never rehearsed");
    CHECK_STR(view.said, "");
    CHECK_STR(view_rehearsal(world, arena, &world->procedures.items[1]).warning, "");
    rehearse(world, arena, INT64_C(50) * 60 * 1000);
    world->now = instant_add_ms(world->now, INT64_C(90) * 24 * 3600 * 1000);
    view = view_rehearsal(world, arena, restore);
    CHECK_STR(view.warning, "");
    CHECK(view.whole);
    CHECK_INT(view.promised_ms, 3600 * 1000);
    CHECK(str_ends(view.said, "in staging by ana: done, took 50 min; the runbook promises 1 h"));
    world->now = instant_add_ms(world->now, INT64_C(3600) * 1000);
    CHECK(str_ends(view_rehearsal(world, arena, restore).warning, ", longer ago than 90 d"));
    rehearse(world, arena, INT64_C(70) * 60 * 1000);
    CHECK_STR(view_rehearsal(world, arena, restore).warning,
              "the rehearsal took 1 h 10 min, and the runbook promises 1 h");
    world_done(world);
}
