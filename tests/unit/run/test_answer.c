/* test_answer.c - runs with conditions: asked, answered, handled failures, loops. */
#include "run/answer.h"
#include "run/approval.h"
#include "run/rehearsal.h"
#include "runs.h"

static const char runbook[] =
    "# R\n\n## Severity Levels\n- **P1 (High)**: Down\n  - Response time: 15 minutes\n\n"
    "## Critical Alerts\n- Error rate > 5% for 5 minutes\n\n"
    "## Asking\n1. Look at the queue\n2. If the queue is full, run `npm run trim`\n3. Say so\n\n"
    "## Titles\n1. If the disk is full:\n   1. Run `npm run clean`\n   2. Look again\n"
    "2. Otherwise, run `npm run check`\n3. Say so\n\n"
    "## Ruled\n1. If error rate > 5% for 5 minutes, run `npm run scale`\n"
    "2. Unless an alert is firing, run `npm run cool`\n3. Say so\n\n"
    "## Failing\n1. Run `npm run deploy`\n2. If it fails, run `npm run back`\n3. Say so\n\n"
    "## Looping\n1. Look at the queue\n2. Run `npm run batch`\n"
    "3. Repeat steps 1-2 until the queue is empty\n4. Say so\n\n"
    "## Approving\n1. If the disk is full, run `rm -rf /srv/old`\n2. Say so\n\n"
    "## Boxes\n- [ ] Call the bank\n- [ ] If the bank is closed, run `npm run later`\n"
    "- [ ] Call the baker\n\n"
    "## Choosing\n1. If A is down, run `npm run a`\n2. If B is down, run `npm run b`\n"
    "3. Otherwise, run `npm run c`\n";

static struct run_call step_call(int64_t step, const char *text)
{
    return (struct run_call){.number = 1, .step = step, .text = str_of(text)};
}

static bool answer(struct rig *rig, int64_t step, const char *yes_or_no)
{
    struct run_call call = step_call(step, "");
    call.answer = str_of(yes_or_no);
    return rig_ask(rig, run_answer, call);
}

static void begin(struct rig *rig, struct arena *arena, const char *procedure)
{
    rig_start(rig, arena, runbook);
    CHECK(rig_run(rig, procedure, ""));
}

TEST(a_condition_is_asked_before_its_step)
{
    struct rig rig;
    begin(&rig, arena, "asking");
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_PLANNED);
    CHECK(!answer(&rig, 2, "yes"));
    CHECK_STR(str_of(rig.err.text),
              "It is not yet the turn of step 2 of run 1 to be answered; step 1 is next.");
    CHECK(!answer(&rig, 1, "yes"));
    CHECK_STR(str_of(rig.err.text),
              "Step 1 of run 1 asks nothing that could be answered with yes or no.");
    CHECK(rig_ask(&rig, run_tick, step_call(1, "")));
    rig_pass(&rig, 60000);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_READY);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_STARTED), 0);
    CHECK(!rig_ask(&rig, run_tick, step_call(2, "done")));
    CHECK_STR(
        str_of(rig.err.text),
        "Step 2 of run 1 asks first: is it so that the queue is full? Say it with \"reeve run "
        "answer 1 2 yes\" or no.");
    CHECK(!answer(&rig, 2, "perhaps"));
    CHECK_STR(str_of(rig.err.text), "Answer with yes or no, not with \"perhaps\".");
    rig_restart(&rig);
    CHECK(answer(&rig, 0, "YES"));
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_RUNNING);
    CHECK(!answer(&rig, 2, "no"));
    CHECK_STR(str_of(rig.err.text), "Step 2 of run 1 is answered already; nothing changed.");
    rig_finish(&rig, 2, RUN_STEP_WAS_DONE, "ended with 0");
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_READY);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_DECIDED), 1);
    rig_done(&rig);
}

TEST(what_does_not_apply_is_left_out)
{
    struct rig rig;
    begin(&rig, arena, "titles");
    CHECK_INT(run_current(rig_newest(&rig)), 0);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_READY);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_PLANNED);
    CHECK(!rig_ask(&rig, run_skip, step_call(1, "not now")));
    CHECK(answer(&rig, 1, "no"));
    for (int step = 1; step <= 3; step++) {
        CHECK_INT(rig_state(&rig, step), RUN_STEP_SKIPPED);
        CHECK(rig_newest(&rig)->steps[step - 1].left_out);
    }
    CHECK_STR(str_of(rig_newest(&rig)->steps[1].detail), "left out: ana said no");
    CHECK_INT(rig_state(&rig, 4), RUN_STEP_RUNNING); /* otherwise */
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_DECIDED), 2);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_STARTED), 1);
    rig_restart(&rig);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_SKIPPED);
    rig_done(&rig);
}

TEST(what_applies_begins_and_the_opposite_does_not)
{
    struct rig rig;
    begin(&rig, arena, "titles");
    CHECK(answer(&rig, 1, "yes"));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_PLANNED); /* a title again */
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_RUNNING);
    rig_finish(&rig, 2, RUN_STEP_WAS_DONE, "ended with 0");
    CHECK(rig_ask(&rig, run_tick, step_call(3, "")));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_DONE);
    CHECK_INT(rig_state(&rig, 4), RUN_STEP_SKIPPED);
    CHECK_INT(rig_state(&rig, 5), RUN_STEP_READY);
    rig_done(&rig);
}

static struct evaluation readings[1];

static void set_rule(struct rig *rig, enum truth truth, bool fires)
{
    struct event_list events;
    struct world *world = &rig->core.world;
    readings[0] = (struct evaluation){.truth = truth, .at = rig->now, .reason = STR("no data")};
    world->evaluations = readings;
    if (!fires)
        return;
    event_list_init(&events, rig->arena);
    struct event *event =
        event_list_add(&events, EVENT_ALERT_FIRED, rig->now, STR("reeve"), STR("rule:x"));
    event_set_str(event, "rule", world->rules.items[0].id);
    event_set_int(event, "line", world->rules.items[0].line);
    event_set_str(event, "title", world->rules.items[0].title);
    struct err err = {0};
    CHECK_OK(engine_append(&rig->core.engine, &events, &err), &err);
}

TEST(rules_answer_where_they_are_known)
{
    static const struct {
        enum truth truth;
        bool fires;
        enum run_step_state first, second;
    } rows[] = {
        {TRUTH_TRUE, true, RUN_STEP_RUNNING, RUN_STEP_PLANNED},
        {TRUTH_FALSE, false, RUN_STEP_SKIPPED, RUN_STEP_RUNNING},
        {TRUTH_UNKNOWN, false, RUN_STEP_READY, RUN_STEP_PLANNED},
        {TRUTH_TOO_LITTLE, false, RUN_STEP_READY, RUN_STEP_PLANNED},
        {TRUTH_UNKNOWN, true, RUN_STEP_RUNNING, RUN_STEP_PLANNED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        rig_start(&rig, arena, runbook);
        CHECK_INT(rig.core.world.rules.count, 1);
        rig.core.world.rules.items[0].problem = STR("");
        set_rule(&rig, rows[i].truth, rows[i].fires);
        CHECK(rig_run(&rig, "ruled", ""));
        CHECK_INT(rig_state(&rig, 1), rows[i].first);
        CHECK_INT(rig_state(&rig, 2), rows[i].second);
        rig.core.world.evaluations = NULL;
        rig_done(&rig);
    }
}

/* Once it is known, nobody has to say it. */
TEST(a_rule_that_becomes_known_answers)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    rig.core.world.rules.items[0].problem = STR("");
    set_rule(&rig, TRUTH_UNKNOWN, false);
    CHECK(rig_run(&rig, "ruled", ""));
    struct run_world world = world_runs(&rig.core.world);
    CHECK_STR(run_step_unanswered(&world, arena, rig_newest(&rig), 0),
              "the rule on line 8 cannot be read now");
    set_rule(&rig, TRUTH_FALSE, false);
    rig_pass(&rig, 1000);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_SKIPPED);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_RUNNING);
    rig.core.world.evaluations = NULL;
    rig_done(&rig);
}

TEST(a_rule_that_cannot_be_read_is_asked_of_a_person)
{
    struct rig rig;
    begin(&rig, arena, "ruled");
    struct run_world world = world_runs(&rig.core.world);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_READY);
    CHECK_STR(run_step_unanswered(&world, arena, rig_newest(&rig), 0),
              "the rule on line 8 cannot be read now");
    CHECK(answer(&rig, 1, "no"));
    CHECK_STR(run_step_unanswered(&world, arena, rig_newest(&rig), 1),
              "the rule on line 8 cannot be read now");
    rig.core.world.rules.items[0].problem = STR("it has no unit");
    CHECK_STR(run_step_unanswered(&world, arena, rig_newest(&rig), 1),
              "no rule of the runbook is bound");
    CHECK(answer(&rig, 2, "yes")); /* unless */
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_SKIPPED);
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_READY);
    rig_done(&rig);
}

TEST(a_failure_is_dealt_with)
{
    struct rig rig;
    begin(&rig, arena, "failing");
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    rig_finish(&rig, 1, RUN_STEP_DID_FAIL, "ended with 1");
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_FAILED);
    CHECK_INT(rig_newest(&rig)->state, RUN_GOING);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_RUNNING);
    CHECK(!rig_ask(&rig, run_retry, step_call(1, "again")));
    CHECK_STR(str_of(rig.err.text),
              "Step 1 of run 1 has failed, and step 2, which deals with that, "
              "has begun; go on from there.");
    CHECK(!rig_ask(&rig, run_tick, step_call(1, "it was done")));
    CHECK(!rig_ask(&rig, run_skip, step_call(1, "whatever")));
    rig_finish(&rig, 2, RUN_STEP_WAS_DONE, "ended with 0");
    CHECK(rig_ask(&rig, run_tick, step_call(3, "")));
    CHECK_INT(rig_newest(&rig)->state, RUN_DONE);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_FAILED);
    rig_done(&rig);
}

TEST(what_did_not_fail_needs_nothing)
{
    struct rig rig;
    begin(&rig, arena, "failing");
    rig_finish(&rig, 1, RUN_STEP_WAS_DONE, "ended with 0");
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_SKIPPED);
    CHECK_STR(str_of(rig_newest(&rig)->steps[1].detail), "left out: step 1 did not fail");
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_READY);
    rig_done(&rig);
}

/* In doubt, ended by a person, cut off with its run, never begun: none of these has surely failed.
 */
TEST(only_what_surely_failed_is_dealt_with)
{
    struct rig rig;
    begin(&rig, arena, "failing");
    rig_finish(&rig, 1, RUN_STEP_IN_DOUBT, "its process is gone");
    CHECK_INT(rig_newest(&rig)->state, RUN_STOPPED);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_PLANNED);
    CHECK(rig_ask(&rig, run_tick, step_call(1, "it is there")));
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_READY); /* a person says */
    CHECK(answer(&rig, 2, "no"));
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_READY);
    rig_done(&rig);

    begin(&rig, arena, "failing");
    CHECK(rig_ask(&rig, run_cancel, step_call(0, "wrong day")));
    rig_finish(&rig, 1, RUN_STEP_DID_FAIL, "the run was cancelled");
    CHECK(rig_ask(&rig, run_resume, step_call(0, "")));
    CHECK_INT(rig_newest(&rig)->state, RUN_STOPPED);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_DECIDED), 0);
    rig_done(&rig);

    begin(&rig, arena, "failing");
    struct event_list out;
    struct run_step_end end = {
        .outcome = RUN_STEP_DID_FAIL, .detail = STR("it could not be started"), .unbegun = true};
    event_list_init(&out, arena);
    run_finish(rig_newest(&rig), 0, &end, rig.now, &out);
    rig_record(&rig, &out);
    CHECK_INT(rig_newest(&rig)->state, RUN_STOPPED);
    CHECK(rig_ask(&rig, run_retry, step_call(1, "")));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    rig_finish(&rig, 1, RUN_STEP_DID_FAIL, "ended with 1");
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_RUNNING);
    rig_done(&rig);
}

TEST(a_loop_begins_again_until_it_holds)
{
    struct rig rig;
    begin(&rig, arena, "looping");
    for (int round = 0; round < 3; round++) {
        CHECK_INT(rig_state(&rig, 1), RUN_STEP_READY);
        CHECK_INT(rig_state(&rig, 2), RUN_STEP_PLANNED);
        CHECK(rig_ask(&rig, run_tick, step_call(1, "")));
        CHECK_INT(rig_state(&rig, 2), RUN_STEP_RUNNING);
        rig_finish(&rig, 2, RUN_STEP_WAS_DONE, "ended with 0");
        CHECK_INT(rig_state(&rig, 3), RUN_STEP_READY);
        CHECK_INT(rig_newest(&rig)->steps[2].rounds, round);
        if (round == 1)
            rig_restart(&rig);
        if (round < 2)
            CHECK(answer(&rig, 3, "no"));
    }
    CHECK_INT(rig_newest(&rig)->steps[1].tries, 3);
    CHECK(answer(&rig, 3, "yes"));
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_DONE);
    CHECK_INT(rig_state(&rig, 4), RUN_STEP_READY);
    rig_done(&rig);
}

TEST(a_loop_has_an_end)
{
    struct rig rig;
    begin(&rig, arena, "looping");
    for (int round = 0; round <= LIMIT_RUN_ROUNDS; round++) {
        CHECK(rig_ask(&rig, run_tick, step_call(1, "")));
        rig_finish(&rig, 2, RUN_STEP_WAS_DONE, "ended with 0");
        CHECK(answer(&rig, 3, "no"));
    }
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_FAILED);
    CHECK_INT(rig_newest(&rig)->state, RUN_STOPPED);
    CHECK_STR(
        str_of(rig_newest(&rig)->steps[2].detail),
        "its steps have begun again 100 times, which is the most, and it still does not hold");
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_DONE);
    CHECK(rig_ask(&rig, run_retry, step_call(3, "")));
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_READY);
    CHECK(answer(&rig, 3, "yes"));
    CHECK_INT(rig_state(&rig, 4), RUN_STEP_READY);
    rig_done(&rig);
}

/* What is not decided needs no approval; in each round it would need a new one. */
TEST(approvals_come_behind_the_answer)
{
    struct rig rig;
    begin(&rig, arena, "approving");
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_READY);
    struct run_call ben = step_call(1, "");
    ben.actor = STR("person:ben");
    CHECK(!rig_ask(&rig, run_approve, ben));
    CHECK(answer(&rig, 1, "yes"));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_APPROVAL);
    CHECK(rig_ask(&rig, run_approve, ben));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    rig_done(&rig);
}

TEST(cancelled_resumed_and_skipped)
{
    struct rig rig;
    begin(&rig, arena, "asking");
    CHECK(rig_ask(&rig, run_tick, step_call(1, "")));
    CHECK(rig_ask(&rig, run_cancel, step_call(0, "later")));
    CHECK(!answer(&rig, 2, "yes"));
    CHECK_STR(str_of(rig.err.text), "Run 1 was cancelled; go on with \"reeve run resume 1\".");
    CHECK(rig_ask(&rig, run_resume, step_call(0, "")));
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_READY);
    CHECK(rig_ask(&rig, run_skip, step_call(2, "no need")));
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_SKIPPED);
    CHECK(!rig_newest(&rig)->steps[1].left_out);
    CHECK(!answer(&rig, 2, "yes"));
    CHECK_INT(rig_state(&rig, 3), RUN_STEP_READY);
    rig_done(&rig);
}

TEST(boxes_ask_beside_each_other)
{
    struct rig rig;
    begin(&rig, arena, "boxes");
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_READY);
    CHECK(rig_ask(&rig, run_tick, step_call(3, "")));
    CHECK(answer(&rig, 2, "yes"));
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_RUNNING);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_READY);
    rig_done(&rig);
}

/* "Otherwise" behind two conditions is sure only when neither held. */
TEST(otherwise_behind_several)
{
    static const struct {
        const char *a, *b;
        enum run_step_state third;
    } rows[] = {{"no", "no", RUN_STEP_RUNNING},
                {"yes", "yes", RUN_STEP_SKIPPED},
                {"no", "yes", RUN_STEP_SKIPPED},
                {"yes", "no", RUN_STEP_READY}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        begin(&rig, arena, "choosing");
        CHECK(answer(&rig, 1, rows[i].a));
        if (strcmp(rows[i].a, "yes") == 0)
            rig_finish(&rig, 1, RUN_STEP_WAS_DONE, "ended with 0");
        CHECK(answer(&rig, 2, rows[i].b));
        if (strcmp(rows[i].b, "yes") == 0)
            rig_finish(&rig, 2, RUN_STEP_WAS_DONE, "ended with 0");
        if (rows[i].third == RUN_STEP_SKIPPED)
            CHECK_INT(rig_newest(&rig)->state, RUN_DONE);
        CHECK_INT(rig_state(&rig, 3), rows[i].third);
        rig_done(&rig);
    }
}
