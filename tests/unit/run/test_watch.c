/* test_watch.c - watches that a person ends, conditions that are tested until they hold, and SQL.
 */
#include "run/command_line.h"
#include "runs.h"

static const char watched[] =
    "# R\n\n## Debug\n1. Look: `tail -f /var/log/shop`\n2. Say what you saw\n";

static struct run_call call(const char *actor, int64_t step, const char *text)
{
    return (struct run_call){
        .actor = str_of(actor), .number = 1, .step = step, .text = str_of(text)};
}

TEST(a_watch_is_ended_by_a_person_and_counts_as_done)
{
    struct rig rig;
    rig_start(&rig, arena, watched);
    CHECK(rig_run(&rig, "Debug", ""));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    CHECK(!rig_ask(&rig, run_tick, call("person:ben", 1, "")));
    CHECK_STR(str_of(rig.err.text), "Step 1 of run 1 is being watched; end that with \"reeve run "
                                    "stop 1 1\".");
    CHECK(!rig_ask(&rig, run_skip, call("person:ben", 1, "no time")));
    CHECK(rig_ask(&rig, run_stop, call("person:ben", 0, "the errors are gone")));
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_STOPPED), 1);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING); /* until its process has ended */
    CHECK(!rig_ask(&rig, run_stop, call("person:ana", 0, "")));
    CHECK(strstr(rig.err.text, "is being ended already"));
    rig_restart(&rig);
    CHECK(rig_newest(&rig)->steps[0].stopping);
    rig_finish(&rig, 1, RUN_STEP_WAS_DONE, "the watching was ended");
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_DONE);
    CHECK_STR(str_of(rig_newest(&rig)->steps[0].by), "person:ben");
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_READY);
    CHECK_INT(rig_newest(&rig)->state, RUN_GOING);
    rig_done(&rig);
}

TEST(a_watch_that_fails_by_itself_is_nobodys)
{
    struct rig rig;
    rig_start(&rig, arena, watched);
    CHECK(rig_run(&rig, "Debug", ""));
    CHECK(rig_ask(&rig, run_stop, call("person:ben", 1, "")));
    rig_finish(&rig, 1, RUN_STEP_DID_FAIL, "ended with 1");
    CHECK_STR(str_of(rig_newest(&rig)->steps[0].by), "reeve");
    CHECK(rig_ask(&rig, run_retry, call("person:ben", 1, "")));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    CHECK(!rig_newest(&rig)->steps[0].stopping); /* the new try is watched anew */
    rig_finish(&rig, 1, RUN_STEP_WAS_DONE, "it was watched until its last time");
    CHECK_STR(str_of(rig_newest(&rig)->steps[0].by), "reeve");
    rig_done(&rig);
}

TEST(only_a_watch_that_runs_is_ended)
{
    struct rig rig;
    rig_start(&rig, arena,
              "# R\n\n## Once\n1. Do it: `systemctl restart shop`\n2. Look: `tail -f log`\n");
    CHECK(rig_run(&rig, "Once", ""));
    CHECK(!rig_ask(&rig, run_stop, call("person:ben", 1, "")));
    CHECK(strstr(rig.err.text, "ends by itself"));
    CHECK(!rig_ask(&rig, run_stop, call("person:ben", 2, "")));
    CHECK(strstr(rig.err.text, "is not running"));
    CHECK(!rig_ask(&rig, run_stop, call("person:ben", 3, "")));
    rig_finish(&rig, 1, RUN_STEP_WAS_DONE, "ended with 0");
    CHECK(rig_ask(&rig, run_cancel, call("person:ben", 0, "enough")));
    CHECK(!rig_ask(&rig, run_stop, call("person:ben", 2, "")));
    CHECK(strstr(rig.err.text, "is being ended already"));
    rig_done(&rig);
}

static bool check(struct str sql, struct err *err)
{
    return !str_starts(sql, "SELECT pg_terminate_backend") ||
           err_set(err, ERR_REFUSED, "sql", "It ends a session.");
}

static const char sql[] =
    "# R\n\n## Slow\n```sql\n-- Find them\nSELECT 1;\n```\n\n"
    "## Mend\n```sql\n-- Empty it\nDELETE FROM carts;\n```\n\n"
    "## End\n```sql\n-- End one\nSELECT pg_terminate_backend(1);\n```\n\n"
    "## One\n```sql\n-- Show one\nSELECT * FROM users WHERE id = <id>;\n```\n";

TEST(sql_that_only_reads_is_asked_by_reeve)
{
    struct rig rig;
    rig_start(&rig, arena, sql);
    rig.settings.query_check = check;
    rig.settings.commands = false; /* a database is enough */
    rig_restart(&rig);
    CHECK(rig_run(&rig, "Find them", ""));
    CHECK_INT(rig_newest(&rig)->steps[0].does, DOES_QUERY);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    CHECK_INT(rig_newest(&rig)->steps[0].approvals, 0);
    rig_finish(&rig, 1, RUN_STEP_WAS_DONE, "1 result, 1 row");
    CHECK_INT(rig_newest(&rig)->state, RUN_DONE);
    static const struct {
        const char *name, *note;
    } rows[] = {{"Empty it", "Reeve reads only; run it yourself with psql, or as a command by "
                             "actions: in reeve.yaml"},
                {"End one", "It ends a session."},
                {"Show one", "it has open places or is too long: no value becomes part of SQL, so "
                             "people run it"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(rig_run(&rig, rows[i].name, ""));
        CHECK_INT(rig_newest(&rig)->steps[0].does, DOES_MANUAL);
        CHECK_STR(rig_newest(&rig)->steps[0].note, rows[i].note);
        CHECK_INT(rig_state(&rig, 1), RUN_STEP_READY);
    }
    rig_done(&rig);
}

TEST(sql_that_a_shell_hands_on_is_a_command)
{
    struct rig rig;
    rig_start(&rig, arena,
              "# R\n\n## In a line\n1. Count: `psql -c \"SELECT count(*) FROM users\"`\n\n"
              "## Fence\n```bash\npsql shop -c 'DELETE FROM users'\n```\n\n"
              "## Bare\n```\nSELECT count(*) FROM users WHERE name = 'x';\n```\n");
    rig.settings.query_check = check;
    rig_restart(&rig);
    CHECK(rig_run(&rig, "In a line", ""));
    CHECK_INT(rig_newest(&rig)->steps[0].does, DOES_COMMAND);
    CHECK_INT(rig_newest(&rig)->steps[0].note.n, 0);
    CHECK(rig_run(&rig, "psql shop -c 'DELETE FROM users'", ""));
    CHECK_INT(rig_newest(&rig)->steps[0].does, DOES_COMMAND);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_APPROVAL); /* it destroys something */
    CHECK(rig_run(&rig, "SELECT count(*) FROM users WHERE name = 'x';", ""));
    CHECK_INT(rig_newest(&rig)->steps[0].does, DOES_QUERY);
    rig_done(&rig);
}

static const char pings[] =
    "# R\n\n## Words\n1. Check database connectivity\n2. Breathe\n\n"
    "## Commands\n```bash\n# Ping it\nnpm run db:ping\n\n# Ping it itself\nreeve db:ping\n\n"
    "# Ping with more\nnpm run db:ping -- --all\n\n# Ask otherwise\npg_isready\n```\n\n"
    "## Line\n1. Look: `npm run db:ping`\n2. Check database connectivity: `pg_isready`\n";

TEST(a_ping_of_the_database_is_done_by_reeve)
{
    struct rig rig;
    rig_start(&rig, arena, pings);
    rig.settings.query_check = check;
    rig.settings.database = true;
    rig_restart(&rig);
    static const struct {
        const char *name;
        enum step_does does;
        const char *command;
    } rows[] = {{"Words", DOES_QUERY, "reeve db:ping"},
                {"Ping it", DOES_QUERY, "reeve db:ping"},
                {"Ping it itself", DOES_QUERY, "reeve db:ping"},
                {"Ping with more", DOES_COMMAND, "npm run db:ping -- --all"},
                {"Ask otherwise", DOES_COMMAND, "pg_isready"},
                {"Line", DOES_QUERY, "reeve db:ping"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(rig_run(&rig, rows[i].name, ""));
        CHECK_INT(rig_newest(&rig)->steps[0].does, rows[i].does);
        CHECK_STR(rig_newest(&rig)->steps[0].command, rows[i].command);
        CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    }
    /* Words that are bound beside a command of the line's own: the command is done. */
    CHECK_INT(rig_newest(&rig)->steps[1].does, DOES_COMMAND);
    CHECK_STR(rig_newest(&rig)->steps[1].command, "pg_isready");
    rig_done(&rig);
}

static const char looks[] =
    "# R\n\n## Slow\n1. Check database performance\n2. Check for blocking queries\n"
    "3. Check connection pool\n4. Check slow queries\n5. Check index usage\n"
    "6. Check replication lag\n7. Review query execution plans\n8. Check backup status\n"
    "9. Check migration status\n\n"
    "## Commands\n```bash\n# Bloat\nnpm run db:bloat\n\n# Locks\nreeve db:locks\n\n"
    "# Cancel one\nreeve db:locks --cancel 4711\n```\n\n"
    "## Line\n1. Check database performance: `npm run db:slow`\n"
    "2. Check backup status: `pgbackrest info`\n";

TEST(looks_into_the_database_are_done_by_reeve)
{
    static const char *const slow[] = {"reeve db:locks; reeve db:connections",
                                       "reeve db:locks",
                                       "reeve db:connections",
                                       "reeve db:slow",
                                       "reeve db:indexes",
                                       "reeve db:replication",
                                       NULL, /* no look shows plans: people do it */
                                       "reeve backup:status",
                                       "reeve db:status"};
    struct rig rig;
    rig_start(&rig, arena, looks);
    rig.settings.query_check = check;
    rig.settings.database = true;
    rig.settings.backup = true;
    rig.settings.migrations = true;
    rig_restart(&rig);
    CHECK(rig_run(&rig, "Slow", ""));
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++) {
        const struct run_step *step = &rig_newest(&rig)->steps[i];
        CHECK_INT(step->does, slow[i] ? DOES_QUERY : DOES_MANUAL);
        CHECK_STR(step->command, slow[i] ? slow[i] : "");
    }
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    static const struct {
        const char *name, *command;
        enum step_does does;
    } rows[] = {{"Bloat", "reeve db:bloat", DOES_QUERY},
                {"Locks", "reeve db:locks", DOES_QUERY},
                {"Cancel one", "reeve db:locks --cancel 4711", DOES_COMMAND},
                {"Line", "reeve db:slow", DOES_QUERY}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(rig_run(&rig, rows[i].name, ""));
        CHECK_INT(rig_newest(&rig)->steps[0].does, rows[i].does);
        CHECK_STR(rig_newest(&rig)->steps[0].command, rows[i].command);
    }
    CHECK_INT(rig_newest(&rig)->steps[1].does, DOES_COMMAND);
    rig.settings.migrations = false; /* there are no files */
    rig_restart(&rig);
    CHECK(rig_run(&rig, "Slow", ""));
    CHECK_INT(rig_newest(&rig)->steps[8].does, DOES_MANUAL);
    rig_done(&rig);
}

/* Each needs its own: a database is no backup. */
TEST(backups_are_asked_only_where_they_are_named)
{
    struct rig rig;
    rig_start(&rig, arena, looks);
    rig.settings.query_check = check;
    rig.settings.database = true;
    rig_restart(&rig);
    CHECK(rig_run(&rig, "Slow", ""));
    CHECK_INT(rig_newest(&rig)->steps[0].does, DOES_QUERY);
    CHECK_INT(rig_newest(&rig)->steps[7].does, DOES_MANUAL);
    CHECK_STR(rig_newest(&rig)->steps[7].note, "");
    rig.settings.query_check = NULL;
    rig.settings.database = false;
    rig.settings.backup = true;
    rig_restart(&rig);
    CHECK(rig_ask(&rig, run_cancel, call("person:ana", 0, "enough")));
    CHECK(rig_run(&rig, "Slow", ""));
    CHECK_INT(rig_newest(&rig)->steps[0].does, DOES_MANUAL);
    CHECK_INT(rig_newest(&rig)->steps[7].does, DOES_QUERY);
    rig_done(&rig);
}

/* What actions: has for it goes before; without a database it is a command like any other. */
TEST(a_ping_that_is_bound_or_has_no_database_is_a_command)
{
    struct rig rig;
    struct action_binding binding = {
        .action = STR("db:ping"), .command = STR("./ping"), .approvals = -1};
    rig_start(&rig, arena, pings);
    rig_restart(&rig);
    CHECK(rig_run(&rig, "Ping it", ""));
    CHECK_INT(rig_newest(&rig)->steps[0].does, DOES_COMMAND);
    CHECK_STR(rig_newest(&rig)->steps[0].command, "npm run db:ping");
    rig.settings.query_check = check;
    rig.settings.database = true;
    rig.settings.actions = &binding;
    rig.settings.action_count = 1;
    rig_restart(&rig);
    CHECK(rig_run(&rig, "Ping it itself", ""));
    CHECK_INT(rig_newest(&rig)->steps[0].does, DOES_COMMAND);
    CHECK_STR(rig_newest(&rig)->steps[0].command, "./ping");
    rig_done(&rig);
}

/* A rehearsal never asks production's. */
TEST(a_ping_where_nothing_can_be_asked_is_done_by_people)
{
    struct rig rig;
    rig_start(&rig, arena, pings);
    rig.settings.database = true;
    rig_restart(&rig);
    CHECK(rig_run(&rig, "Words", ""));
    const struct run_step *step = &rig_newest(&rig)->steps[0];
    CHECK_INT(step->does, DOES_MANUAL);
    CHECK_STR(step->command, "");
    CHECK(str_starts(step->note, "in production Reeve asks the database whether it answers; this "
                                 "rehearsal has none of its own"));
    rig_done(&rig);
}

TEST(without_a_database_people_run_the_sql)
{
    struct rig rig;
    rig_start(&rig, arena, sql);
    CHECK(rig_run(&rig, "Find them", ""));
    CHECK_INT(rig_newest(&rig)->steps[0].does, DOES_MANUAL);
    CHECK(str_find(rig_newest(&rig)->steps[0].note, "no database is named", 0) == 0);
    rig_done(&rig);
}

TEST(sql_whose_database_is_gone_waits_for_a_person)
{
    struct rig rig;
    rig_start(&rig, arena, "# R\n\n## Slow\n1. Begin\n2. Look\n   ```sql\n   SELECT 1;\n   ```\n");
    rig.settings.query_check = check;
    rig_restart(&rig);
    CHECK(rig_run(&rig, "Slow", ""));
    CHECK_INT(rig_newest(&rig)->steps[1].does, DOES_QUERY);
    rig.settings.query_check = NULL;
    rig_restart(&rig);
    CHECK(rig_ask(&rig, run_tick, call("person:ana", 1, "")));
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_READY);
    CHECK(rig_ask(&rig, run_tick, call("person:ana", 2, "")));
    CHECK_INT(rig_newest(&rig)->state, RUN_DONE);
    rig_done(&rig);
}

TEST(a_condition_is_tested_until_it_holds)
{
    struct err err = {0};
    struct run_values none = {NULL, 0};
    struct command_line line;
    CHECK_OK(command_line_make(arena, STR("./ready --all"), &none, &line, &err), &err);
    command_line_repeat(arena, &line, 1500);
    CHECK_INT(line.argc, 6);
    CHECK_STR(line.argv[0], "sh");
    CHECK_STR(line.argv[2], "while :; do \"$@\"; code=$?; case $code in 0|126|127) exit $code;; "
                            "esac; sleep 1.500; done");
    CHECK_STR(line.argv[4], "./ready");
    CHECK_STR(line.argv[5], "--all");
    struct run_step step = {.does = DOES_COMMAND, .every_ms = 5000};
    CHECK_INT(run_step_every_ms(&step), 5000);
    step.retries = 2; /* each try a fact of its own */
    CHECK_INT(run_step_every_ms(&step), 0);
    step = (struct run_step){.does = DOES_MANUAL, .every_ms = 5000};
    CHECK_INT(run_step_every_ms(&step), 0);
}
