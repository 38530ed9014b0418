/* test_rehearsal.c - which procedures are to be rehearsed, how long they may take, and what of a
 * plan makes it another one. */
#include "harness/test.h"
#include "run/rehearsal.h"

static struct program *read(struct arena *arena, const char *source)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(source), &program, &err), &err);
    return program;
}

static const struct procedure *find(const struct procedures *procedures, const char *name)
{
    struct err err = {0};
    const struct procedure *found = procedure_find(procedures, str_of(name), &err);
    CHECK(found != NULL);
    return found;
}

TEST(what_brings_something_back_is_told_by_its_words)
{
    static const struct {
        const char *name, *path, *command;
        bool recovers;
    } cases[] = {
        {"Restoring a table", "", "", true},
        {"Restart the shop", "", "", false},
        {"RECOVERY", "", "", true},
        {"Rollback", "", "", true},
        {"How to roll back a release", "", "", true},
        {"Deployment Steps", "", "", false},
        {"Data centre is lost", "Ours / Disaster Recovery", "", true},
        {"db:restore", "", "db:restore", true},
        {"db:migrate", "", "db:migrate", false},
        {"Fail over to the replica", "", "", true},
        {"Undiscoverable", "", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct procedure procedure = {.name = str_of(cases[i].name),
                                      .path = str_of(cases[i].path),
                                      .command = str_of(cases[i].command)};
        bool right = procedure_recovers(&procedure) == cases[i].recovers;
        CHECK_STR(right ? STR("") : procedure.name, "");
    }
}

static int64_t promised_min(struct arena *arena, const struct program *program, const char *name)
{
    struct procedures procedures = procedures_make(arena, program, NULL);
    int at = procedure_objective(program, arena, find(&procedures, name));
    return at < 0 ? 0 : (int64_t)(program->statements[at].alert.value / 60.0);
}

TEST(the_nearest_objective_is_the_procedures)
{
    const struct program *program = read(arena, "# Ours\n\n"
                                                "## Recovery\n"
                                                "RTO: 4 hours\n\n"
                                                "### Lost site\n1. Restore it\n\n"
                                                "### Lost table\nRTO: 1 hour\n\n1. Restore it\n\n"
                                                "## Restore the mail\n1. Restore it\n\n"
                                                "## Restore the search\n1. Restore it\n\n"
                                                "## Objectives\n\n| Service | RTO |\n|---|---|\n"
                                                "| Search | 30 minutes |\n");
    CHECK_INT(promised_min(arena, program, "Lost site"), 240);
    CHECK_INT(promised_min(arena, program, "Lost table"), 60);
    CHECK_INT(promised_min(arena, program, "Restore the search"), 30);
    CHECK_INT(promised_min(arena, program, "Restore the mail"), 0);
    program = read(arena, "# Ours\n\n## Objectives\nRTO: 2 hours\n\n"
                          "## Restore the mail\n1. Restore it\n");
    CHECK_INT(promised_min(arena, program, "Restore the mail"), 120);
}

static struct str plan_of(struct arena *arena, const char *source,
                          const struct run_settings *settings)
{
    char hex[HASH_HEX_BYTES];
    struct procedures procedures = procedures_make(arena, read(arena, source), settings);
    procedure_plan_digest(find(&procedures, "Recovery"), hex);
    return str_copy(arena, str_of(hex));
}

TEST(another_step_time_or_command_is_another_plan)
{
    struct action_binding bound = {.action = STR("db:restore"), .command = STR("./restore")};
    struct run_settings settings = {.commands = true, .actions = &bound, .action_count = 1};
    const char *source = "# Ours\n\n## Recovery\n1. Stop it\n2. `npm run db:restore`\n"
                         "3. Monitor for 5 minutes\n";
    struct str plan = plan_of(arena, source, &settings);
    CHECK_INT(plan.n, 64);
    CHECK_STR(plan_of(arena,
                      "# Ours\n\nMore words.\n\n## Recovery\n1. Stop it\n"
                      "2. `npm run db:restore`\n3. Monitor for 5 minutes\n",
                      &settings),
              plan.p);
    CHECK(!str_equal(plan, plan_of(arena,
                                   "# Ours\n\n## Recovery\n1. Stop it\n2. `npm run db:restore`\n"
                                   "3. Monitor for 6 minutes\n",
                                   &settings)));
    CHECK(!str_equal(plan, plan_of(arena,
                                   "# Ours\n\n## Recovery\n1. Stop all\n2. `npm run db:restore`\n"
                                   "3. Monitor for 5 minutes\n",
                                   &settings)));
    bound.command = STR("./restore --fast");
    CHECK(!str_equal(plan, plan_of(arena, source, &settings)));
}

/* A rehearsal of the nth procedure, as facts. */
static void open(struct runs *runs, struct arena *arena, int64_t n)
{
    struct event_list out;
    struct instant at = {n * 1000000};
    event_list_init(&out, arena);
    struct event *event = event_list_add(&out, EVENT_RUN_REHEARSAL_OPENED, at, STR("person:ana"),
                                         str_printf(arena, "run:%lld", (long long)n));
    event_set_int(event, "number", n);
    event_set_int(event, "steps", 1);
    event_set_str(event, "environment", STR("staging"));
    event_set_str(event, "procedure", str_printf(arena, "Restore %lld", (long long)n));
    run_fold(runs, event, n);
    event_list_init(&out, arena);
    event = event_list_add(&out, EVENT_RUN_ENDED, at, STR("reeve"), STR(""));
    event_set_int(event, "number", n);
    run_fold(runs, event, n);
}

TEST(no_more_procedures_are_remembered_than_the_limit)
{
    struct runs runs;
    runs_init(&runs, arena);
    for (int64_t n = 1; n <= REHEARSED_MAX + 1; n++)
        open(&runs, arena, n);
    CHECK_INT(runs.rehearsed_count, REHEARSED_MAX);
    CHECK(rehearsed_find(&runs, STR(""), STR("Restore 1")) == NULL);
    const struct rehearsed *last = rehearsed_find(&runs, STR(""), STR("Restore 1001"));
    CHECK(last != NULL && last->whole.run == 1001);
    CHECK(rehearsed_find(&runs, STR(""), STR("Restore 2")) != NULL);
    runs_done(&runs);
}
