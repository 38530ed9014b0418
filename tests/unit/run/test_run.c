/* test_run.c - runs: order, boxes, waits, holds, last dates, failures, doubts, approvals. */
#include "run/approval.h"
#include "runs.h"

#include "base/text.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
#define DAY (INT64_C(24) * HOUR)

static const char runbook[] =
    "# R\n\n## Severity Levels\n- **P1 (High)**: Down\n"
    "  - Response time: 15 minutes\n\n"
    "## Critical Alerts\n- Error rate > 5% for 5 minutes\n\n"
    "## Release\n1. Tell the team\n2. Migrate: `npm run db:migrate`\n"
    "3. Monitor for 15 minutes\n4. Wait for 10 minutes\n5. Say thanks\n\n"
    "## Keys\n1. Create a new key\n2. Revoke the old key after 24 hours\n\n"
    "## Request\n1. Log the request\n2. Provide within 30 days\n\n"
    "## Boxes\n- [ ] Call the bank\n- [ ] Call the baker\n"
    "- [ ] Call the police\n\n"
    "## Breach\n1. **Immediate**: Cut the wires\n2. **15 min**: Look around\n\n"
    "## Cleaning\n```bash\n# Remove old files\nrm -rf /srv/old\n\n"
    "# Show one\ncat /srv/USER_ID\n```\n\n"
    "## Upgrade\n1. Enable maintenance mode\n2. Run migrations\n"
    "3. Verify all services\n4. Disable maintenance mode\n\n"
    "## Dated\n1. Verify all services within 1 hour\n";

static struct run_call numbered(int64_t number, int64_t step, const char *text)
{
    return (struct run_call){.number = number, .step = step, .text = str_of(text)};
}

static struct run_call by(const char *actor, struct run_call call)
{
    call.actor = str_of(actor);
    return call;
}

TEST(steps_come_one_after_the_other)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "release", ""));
    CHECK_INT(rig_newest(&rig)->step_count, 5);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_READY);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_PLANNED);
    CHECK(!rig_ask(&rig, run_tick, numbered(1, 5, "")));
    CHECK_STR(str_of(rig.err.text), "It is not the turn of step 5 of run 1; step 1 is next.");
    CHECK(rig_ask(&rig, run_tick, numbered(1, 0, "")));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_DONE);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_RUNNING); /* it begins by itself */
    CHECK(!rig_ask(&rig, run_tick, numbered(1, 2, "")));
    rig_finish(&rig, 2, RUN_STEP_WAS_DONE, "ended with 0");
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_RUNNING);
    rig_pass(&rig, 15 * MINUTE - 1);
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_RUNNING);
    rig_pass(&rig, 1);
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_DONE);
    CHECK_INT(rig_state(&rig, 4), RUN_STEP_RUNNING);
    rig_pass(&rig, 10 * MINUTE);
    CHECK_INT(rig_state(&rig, 5), RUN_STEP_READY);
    CHECK(rig_ask(&rig, run_tick, numbered(1, 5, "with cake")));
    CHECK_INT(rig_newest(&rig)->state, RUN_DONE);
    CHECK_INT(rig_count(&rig, EVENT_RUN_ENDED), 1);
    CHECK(!rig_ask(&rig, run_tick, numbered(1, 5, "")));
    CHECK_STR(str_of(rig.err.text), "Run 1 is done; start a new one with \"reeve run\".");
    rig_done(&rig);
}

TEST(a_restart_changes_nothing)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Release", ""));
    CHECK(rig_ask(&rig, run_tick, numbered(1, 1, "")));
    for (int i = 0; i < 3; i++) {
        rig_restart(&rig);
        CHECK_INT(rig_state(&rig, 2), RUN_STEP_RUNNING);
        CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_STARTED), 1);
        CHECK_INT(rig_newest(&rig)->steps[1].tries, 1);
    }
    rig_done(&rig);
}

static void fire(struct rig *rig, enum event_kind kind)
{
    struct event_list out;
    const struct rule *rule = &rig->core.world.rules.items[0];
    event_list_init(&out, rig->arena);
    struct event *event = event_list_add(&out, kind, rig->now, STR("reeve"), STR("rule:x"));
    event_set_str(event, "rule", rule->id);
    event_set_int(event, "line", rule->line);
    event_set_str(event, "title", rule->title);
    if (kind == EVENT_ALERT_UNKNOWN)
        event_set_str(event, "reason", STR("no answer"));
    rig_record(rig, &out);
}

static void run_to_hold(struct rig *rig, struct arena *arena)
{
    rig_start(rig, arena, runbook);
    CHECK(rig_run(rig, "Release", ""));
    CHECK(rig_ask(rig, run_tick, numbered(1, 1, "")));
    rig_finish(rig, 2, RUN_STEP_WAS_DONE, "ended with 0");
    CHECK_INT(rig_state(rig, 3), RUN_STEP_RUNNING);
}

TEST(a_hold_fails_when_a_rule_begins_to_fire)
{
    struct rig rig;
    run_to_hold(&rig, arena);
    rig_pass(&rig, 7 * MINUTE);
    fire(&rig, EVENT_ALERT_FIRED);
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_FAILED);
    CHECK_INT(rig_newest(&rig)->state, RUN_STOPPED);
    CHECK(strstr(rig_newest(&rig)->steps[2].detail, "the rule on line 8 began to fire") != NULL);
    rig_pass(&rig, HOUR);
    CHECK_INT(rig_state(&rig, 4), RUN_STEP_PLANNED);
    CHECK(!rig_ask(&rig, run_tick, numbered(1, 3, "")));
    CHECK(rig_ask(&rig, run_retry, numbered(1, 3, "")));
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_RUNNING); /* it fires since before the new hold */
    rig_pass(&rig, 15 * MINUTE);
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_DONE);
    rig_done(&rig);
}

TEST(a_hold_that_cannot_see_is_in_doubt)
{
    struct rig rig;
    run_to_hold(&rig, arena);
    fire(&rig, EVENT_ALERT_UNKNOWN);
    rig_pass(&rig, 15 * MINUTE);
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_DOUBTED);
    CHECK(!rig_ask(&rig, run_tick, numbered(1, 3, "  ")));
    CHECK(rig_ask(&rig, run_tick, numbered(1, 3, "looked at the provider's page: all well")));
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_DONE);
    rig_done(&rig);
}

TEST(after_and_within_are_kept)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Keys", ""));
    rig_pass(&rig, 3 * HOUR);
    CHECK(rig_ask(&rig, run_tick, numbered(1, 1, "")));
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_WAITING);
    CHECK(!rig_ask(&rig, run_tick, numbered(1, 2, "")));
    rig_pass(&rig, 24 * HOUR - 1);
    rig_restart(&rig);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_WAITING);
    rig_pass(&rig, 1);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_READY);
    CHECK(rig_ask(&rig, run_tick, numbered(1, 2, "")));

    CHECK(rig_run(&rig, "Request", ""));
    CHECK(rig_ask(&rig, run_tick, numbered(2, 1, "")));
    for (int day = 0; day < 29; day++) {
        rig_pass(&rig, DAY);
        rig_restart(&rig);
    }
    rig_pass(&rig, DAY - 1);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_OVERDUE), 0);
    rig_pass(&rig, 1);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_OVERDUE), 1);
    rig_pass(&rig, DAY);
    rig_restart(&rig);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_OVERDUE), 1);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_READY); /* late is not over */
    rig_done(&rig);
}

TEST(the_wall_clock_moves_no_wait)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Keys", ""));
    CHECK(rig_ask(&rig, run_tick, numbered(1, 1, "")));
    rig_pass(&rig, 20 * HOUR);
    rig.now = instant_add_ms(rig.now, -5 * HOUR); /* set back */
    core_watch_clock(&rig.core, rig.now, -5 * HOUR);
    rig_pass(&rig, 4 * HOUR - 1);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_WAITING);
    rig_pass(&rig, 1);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_READY);
    rig_done(&rig);
}

TEST(boxes_are_done_in_any_order)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Boxes", ""));
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_READY);
    CHECK(rig_ask(&rig, run_tick, numbered(1, 3, "")));
    CHECK(rig_ask(&rig, run_tick, numbered(1, 1, "")));
    CHECK(!rig_ask(&rig, run_tick, numbered(1, 1, "")));
    CHECK(!rig_ask(&rig, run_skip, numbered(1, 2, " ")));
    CHECK(rig_ask(&rig, run_skip, numbered(1, 2, "he is on holiday")));
    CHECK_INT(rig_newest(&rig)->state, RUN_DONE);
    rig_done(&rig);
}

TEST(a_timeline_says_what_is_late)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Breach", ""));
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_OVERDUE), 1); /* at once is now */
    rig_pass(&rig, MINUTE);
    CHECK(rig_ask(&rig, run_tick, numbered(1, 1, "")));
    CHECK(rig_ask(&rig, run_tick, numbered(1, 2, "")));
    rig_pass(&rig, HOUR);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_OVERDUE), 1);
    rig_done(&rig);
}

TEST(a_failed_command_waits_for_a_person)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Release", ""));
    CHECK(rig_ask(&rig, run_tick, numbered(1, 1, "")));
    rig_finish(&rig, 2, RUN_STEP_DID_FAIL, "ended with 3");
    rig_pass(&rig, DAY);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_STARTED), 1);
    CHECK(!rig_ask(&rig, run_resume, numbered(1, 0, "")));
    CHECK(rig_ask(&rig, run_retry, numbered(1, 0, "")));
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_STARTED), 2);
    CHECK_INT(rig_newest(&rig)->steps[1].tries, 2);
    rig_finish(&rig, 2, RUN_STEP_IN_DOUBT, "its process is gone");
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_DOUBTED);
    rig_finish(&rig, 2, RUN_STEP_WAS_DONE, "late word"); /* too late: a person decides */
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_DOUBTED);
    CHECK(!rig_ask(&rig, run_retry, numbered(1, 2, "")));
    CHECK(rig_ask(&rig, run_retry, numbered(1, 2, "the schema is as before")));
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_STARTED), 3);
    rig_done(&rig);
}

TEST(a_stopped_run_begins_nothing)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Release", ""));
    CHECK(!rig_ask(&rig, run_cancel, numbered(1, 0, "")));
    CHECK(rig_ask(&rig, run_cancel, numbered(1, 0, "wrong day")));
    CHECK(!rig_ask(&rig, run_tick, numbered(1, 1, "")));
    CHECK_STR(str_of(rig.err.text), "Run 1 was cancelled; go on with \"reeve run resume 1\".");
    rig_restart(&rig);
    CHECK_INT(rig_newest(&rig)->state, RUN_CANCELLED);
    CHECK(rig_ask(&rig, run_resume, numbered(1, 0, "")));
    CHECK(rig_ask(&rig, run_tick, numbered(1, 1, "")));
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_RUNNING);
    CHECK(rig_ask(&rig, run_cancel, numbered(1, 0, "stop")));
    rig_finish(&rig, 2, RUN_STEP_DID_FAIL, "was stopped");
    CHECK(rig_ask(&rig, run_resume, numbered(1, 0, "")));
    CHECK_INT(rig_newest(&rig)->state, RUN_STOPPED); /* half done: a person says what now */
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_STARTED), 1);
    rig_done(&rig);
}

TEST(what_destroys_waits_for_somebody_else)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Remove old files", ""));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_APPROVAL);
    CHECK(!rig_ask(&rig, run_approve, numbered(1, 1, "")));
    CHECK_STR(str_of(rig.err.text),
              "You started run 1 yourself; somebody else has to approve its step 1.");
    CHECK(!rig_ask(&rig, run_tick, numbered(1, 1, "")));
    CHECK(rig_ask(&rig, run_approve, by("person:ben", numbered(1, 1, ""))));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    rig_finish(&rig, 1, RUN_STEP_DID_FAIL, "ended with 1");
    CHECK(rig_ask(&rig, run_retry, numbered(1, 0, "")));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_APPROVAL); /* what was approved is used up */
    rig_done(&rig);
}

TEST(an_approval_is_of_exactly_one_thing)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    rig.settings.approvals = 2;
    rig_restart(&rig);
    CHECK(rig_run(&rig, "Remove old files", ""));
    CHECK(rig_ask(&rig, run_approve, by("person:ben", numbered(1, 1, ""))));
    CHECK(!rig_ask(&rig, run_approve, by("person:ben", numbered(1, 1, ""))));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_APPROVAL);
    rig.settings.context = STR("/srv\nLD_LIBRARY_PATH=/tmp"); /* it would mean something else */
    rig_restart(&rig);
    CHECK(rig_ask(&rig, run_approve, by("person:eva", numbered(1, 1, ""))));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_APPROVAL); /* ben agreed to another thing */
    rig_pass(&rig, RUN_APPROVAL_MS);
    CHECK(rig_ask(&rig, run_approve, by("person:ben", numbered(1, 1, ""))));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_APPROVAL); /* eva's is over */
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_STARTED), 0);
    CHECK(rig_ask(&rig, run_approve, by("person:eva", numbered(1, 1, ""))));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    rig_done(&rig);
}

TEST(places_are_filled_before_anything_begins)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(!rig_run(&rig, "Show one", ""));
    CHECK_STR(str_of(rig.err.text),
              "Step 1 (\"Show one\") needs a value for USER_ID: say --set USER_ID=VALUE.");
    CHECK(!rig_run(&rig, "Show one", "USER_ID=7;reboot"));
    CHECK(!rig_run(&rig, "Show one", "USER_ID=7\nNAME=x"));
    CHECK(!rig_run(&rig, "Show one", "USER_ID"));
    CHECK(!rig_run(&rig, "Show two", ""));
    CHECK_STR(str_of(rig.err.text),
              "The runbook has no procedure \"Show two\"; do you mean \"Show one\"?");
    CHECK(rig_run(&rig, "Show one", "user_id=u-7"));
    CHECK_SAME(rig_newest(&rig)->values.items[0].value, STR("u-7"));
    CHECK(!rig_run(&rig, "Show one", "USER_ID=u-8"));
    CHECK_STR(str_of(rig.err.text), "Run 1 of \"Show one\" is not over; two would get in each "
                                    "other's way. Look with \"reeve run show 1\".");
    rig_done(&rig);
}

TEST(what_the_environment_gives_needs_no_value)
{
    static const struct str names[] = {{"API_KEY", 7}};
    struct rig rig;
    rig_start(
        &rig, arena,
        "# R\n\n## Call\n```bash\ncurl -H \"x-key: $API_KEY\" https://a.example/USER_ID\n```\n");
    const char *name = "curl -H \"x-key: $API_KEY\" https://a.example/USER_ID";
    CHECK(!rig_run(&rig, name, "USER_ID=7"));
    rig.settings.variables = names;
    rig.settings.variable_count = 1;
    rig_restart(&rig);
    CHECK(rig_run(&rig, name, "USER_ID=7"));
    rig_done(&rig);
}

TEST(runs_are_limited_and_the_ended_make_room)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    for (int i = 0; i < RUNS_ENDED_KEPT + 10; i++) {
        CHECK(rig_run(&rig, "Boxes", ""));
        for (int step = 1; step <= 3; step++)
            CHECK(rig_ask(&rig, run_tick, numbered(i + 1, step, "")));
    }
    CHECK_INT(rig.core.world.runs.count, RUNS_ENDED_KEPT);
    for (int i = 0; i < LIMIT_RUNS_OPEN; i++)
        CHECK(rig_run(&rig, "Boxes", ""));
    CHECK(!rig_run(&rig, "Boxes", ""));
    CHECK_STR(str_of(rig.err.text), "2000 runs are open; end some first.");
    rig_done(&rig);
}

TEST(the_next_due_is_when_something_is_decided)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Keys", ""));
    CHECK(rig_ask(&rig, run_tick, numbered(1, 1, "")));
    struct run_world view = world_runs(&rig.core.world);
    struct instant due = run_next_due(&view);
    CHECK_INT(instant_ms_between(rig.now, due), 24 * HOUR);
    rig_done(&rig);
}

static const struct action_binding actions[] = {
    {.action = {"maintenance:on", 14},
     .command = {"switch on", 9},
     .undo = {"maintenance:off", 15},
     .approvals = -1},
    {.action = {"maintenance:off", 15}, .command = {"switch off", 10}, .approvals = -1},
    {.action = {"db:migrate", 10},
     .command = {"migrate up", 10},
     .undo = {"db:rollback", 11},
     .approvals = -1},
    {.action = {"db:rollback", 11}, .command = {"migrate down", 12}, .approvals = -1},
    {.action = {"health:check", 12}, .command = {"check", 5}, .approvals = -1, .retries = 2},
};

static void bind(struct rig *rig)
{
    rig->settings.actions = actions;
    rig->settings.action_count = sizeof actions / sizeof *actions;
    rig_restart(rig);
}

TEST(a_run_is_taken_back_from_its_end)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    bind(&rig);
    CHECK(rig_run(&rig, "Upgrade", ""));
    CHECK(!rig_ask(&rig, run_undo, numbered(1, 0, "too early")));
    rig_finish(&rig, 1, RUN_STEP_WAS_DONE, "ended with 0");
    rig_finish(&rig, 2, RUN_STEP_DID_FAIL, "ended with 1");
    CHECK_INT(rig_newest(&rig)->state, RUN_STOPPED);
    CHECK(!rig_ask(&rig, run_undo, numbered(1, 0, "")));
    CHECK(rig_ask(&rig, run_undo, numbered(1, 0, "the migration is broken")));
    struct run *run = rig_newest(&rig);
    CHECK_INT(run->step_count, 6);
    CHECK_SAME(run->steps[4].command, STR("migrate down"));
    CHECK_SAME(run->steps[5].command, STR("switch off"));
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_SKIPPED);
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_SKIPPED);
    CHECK_INT(rig_state(&rig, 5), RUN_STEP_RUNNING);
    CHECK_INT(rig_state(&rig, 6), RUN_STEP_PLANNED);
    rig_restart(&rig);
    rig_finish(&rig, 5, RUN_STEP_WAS_DONE, "ended with 0");
    CHECK(!rig_ask(&rig, run_undo, numbered(1, 0, "again")));
    rig_finish(&rig, 6, RUN_STEP_WAS_DONE, "ended with 0");
    CHECK_INT(rig_newest(&rig)->state, RUN_DONE);
    rig_done(&rig);
}

TEST(what_may_be_repeated_is_tried_again_with_a_pause)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    bind(&rig);
    CHECK(rig_run(&rig, "Upgrade", ""));
    rig_finish(&rig, 1, RUN_STEP_WAS_DONE, "ended with 0");
    rig_finish(&rig, 2, RUN_STEP_WAS_DONE, "ended with 0");
    rig_finish(&rig, 3, RUN_STEP_DID_FAIL, "ended with 1");
    CHECK_INT(rig_newest(&rig)->state, RUN_GOING);
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_WAITING);
    rig_restart(&rig);
    rig_pass(&rig, 10 * SECOND - 1);
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_WAITING);
    rig_pass(&rig, 1);
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_RUNNING);
    rig_finish(&rig, 3, RUN_STEP_DID_FAIL, "ended with 1");
    rig_pass(&rig, 20 * SECOND - 1);
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_WAITING);
    rig_pass(&rig, 1);
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_RUNNING);
    rig_finish(&rig, 3, RUN_STEP_DID_FAIL, "ended with 1"); /* the third of three */
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_FAILED);
    CHECK_INT(rig_newest(&rig)->state, RUN_STOPPED);
    rig_pass(&rig, DAY);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_STARTED), 5);
    rig_done(&rig);
}

TEST(a_last_date_stays_while_it_is_tried_again)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    bind(&rig);
    CHECK(rig_run(&rig, "Dated", ""));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    rig_finish(&rig, 1, RUN_STEP_DID_FAIL, "ended with 1");
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_WAITING);
    struct run *run = rig_newest(&rig);
    CHECK_INT(instant_ms_between(run->opened_base, run_step_last_date(run, 0)), HOUR);
    struct run_world view = world_runs(&rig.core.world);
    CHECK_INT(instant_ms_between(rig.now, run_next_due(&view)), 10 * SECOND);
    rig_pass(&rig, 10 * SECOND);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_OVERDUE), 0); /* a try is no last date */
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    rig_pass(&rig, HOUR - 10 * SECOND);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_OVERDUE), 1);
    rig_done(&rig);
}
