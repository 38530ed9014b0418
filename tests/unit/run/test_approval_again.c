/* test_approval_again.c - what was refused, and by whom it is asked for again. */
#include "run/approval.h"
#include "runs.h"

enum { MINUTE = 60 * 1000 };

static const char runbook[] = "# R\n\n## Severity Levels\n- **P1 (High)**: Down\n"
                              "  - Response time: 15 minutes\n\n"
                              "## Cleaning\n```bash\n# Remove old files\nrm -rf /srv/old\n```\n";

static struct run_call of(const char *actor, int64_t step, const char *text)
{
    return (struct run_call){
        .actor = str_of(actor), .number = 1, .step = step, .text = str_of(text)};
}

static void start(struct rig *rig, struct arena *arena)
{
    rig_start(rig, arena, runbook);
    CHECK(rig_run(rig, "Remove old files", ""));
    CHECK_INT(rig_state(rig, 1), RUN_STEP_APPROVAL);
}

static struct str objections(struct rig *rig)
{
    rig->core.world.now = rig->now;
    struct run_world view = world_runs(&rig->core.world);
    return run_step_objections(&view, rig_newest(rig), 0, rig->arena);
}

TEST(who_approves_what_was_refused_is_told_and_did_not_ask_for_it)
{
    struct rig rig;
    start(&rig, arena);
    CHECK_STR(objections(&rig), "");
    CHECK(rig_ask(&rig, run_refuse, of("person:ben", 1, "not before the backup")));
    rig_pass(&rig, MINUTE);
    struct run_call again = of("program:gate", 1, "the backup is there");
    again.behind = STR("person:eva");
    CHECK(rig_ask(&rig, run_retry, again));
    rig_restart(&rig); /* it stands in the ledger */
    CHECK_STR(run_step_asker(rig_newest(&rig), 0), "program:gate");
    CHECK_STR(objections(&rig),
              "ben refused it at 2026-06-01 09:00:00 UTC: not before the backup\n"
              "gate asked for it again at 2026-06-01 09:01:00 UTC: the backup is there");
    CHECK(!rig_approve_shown(&rig, "person:ana"));
    CHECK(!rig_approve_shown(&rig, "person:eva"));
    CHECK_STR(str_of(rig.err.text), "Step 1 of run 1 was refused by ben and asked for again in "
                                    "your name; somebody else has to approve it.");
    CHECK(!rig_ask(&rig, run_approve,
                   of("person:kim", 1, ""))); /* who names no digest may not have been shown it */
    CHECK(str_find(str_of(rig.err.text),
                   "ben refused step 1 of run 1 at 2026-06-01 09:00:00 UTC: \"not before the "
                   "backup\"; gate asks for it again: \"the backup is there\". To approve it all "
                   "the same, say \"reeve approve 1 1 --digest ",
                   0) == 0);
    CHECK_INT(rig.err.kind, ERR_USAGE);
    CHECK(rig_approve_shown(&rig, "person:kim"));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    rig_done(&rig);
}

TEST(a_refusal_is_known_in_the_next_run_and_forgotten_when_it_is_erased)
{
    struct rig rig;
    struct event_list out;
    start(&rig, arena);
    CHECK(rig_ask(&rig, run_refuse, of("person:ben", 1, "not today")));
    int64_t entry = rig_newest(&rig)->steps[0].refusal->entry;
    CHECK(rig_ask(&rig, run_skip, of("person:ana", 1, "then not")));
    CHECK(rig_run(&rig, "Remove old files", ""));
    CHECK_STR(objections(&rig), "In run 1 ben refused the same command at 2026-06-01 09:00:00 UTC: "
                                "not today");
    event_list_init(&out, arena);
    struct event *event =
        event_list_add(&out, EVENT_TEXT_ERASED, rig.now, STR("person:ana"), STR("ledger"));
    event_set_int(event, "entry", entry);
    rig_record(&rig, &out);
    CHECK(str_ends(objections(&rig), "UTC: (erased)"));
    struct run_call agree = of("person:ben", 1, "");
    agree.number = 2;
    CHECK(rig_ask(&rig, run_approve, agree));
    rig_finish(&rig, 1, RUN_STEP_WAS_DONE, "");
    CHECK(rig_run(&rig, "Remove old files", ""));
    CHECK_STR(objections(&rig), ""); /* somebody has agreed to it since */
    rig_done(&rig);
}

TEST(what_the_pages_token_asked_for_is_approved_by_nobody)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    struct run_call opens = {.actor = STR("person:page"), .name = STR("Remove old files")};
    CHECK(rig_ask(&rig, run_open, opens));
    CHECK(!rig_ask(&rig, run_approve, of("person:ben", 1, "")));
    CHECK_STR(str_of(rig.err.text),
              "Run 1 was started with the page's token, which names nobody, so nobody is known to "
              "be somebody else: step 1 cannot be approved. Start the procedure as a person who "
              "has logged in.");
    rig_done(&rig);
    start(&rig, arena);
    CHECK(rig_ask(&rig, run_cancel, of("person:ana", 0, "enough")));
    CHECK(rig_ask(&rig, run_resume, of("person:page", 0, "")));
    CHECK(!rig_ask(&rig, run_approve, of("person:ben", 1, "")));
    CHECK(str_starts(str_of(rig.err.text), "Run 1 was taken up again with the page's token"));
    rig_done(&rig);
    start(&rig, arena);
    CHECK(rig_ask(&rig, run_refuse, of("person:ben", 1, "no")));
    CHECK(rig_ask(&rig, run_retry, of("person:page", 1, "yes")));
    CHECK(!rig_approve_shown(&rig, "person:ben"));
    CHECK(str_starts(str_of(rig.err.text), "Run 1 was asked for again with the page's token"));
    rig_done(&rig);
}
