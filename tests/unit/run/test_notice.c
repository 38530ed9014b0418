/* test_notice.c - steps by which people are told: what becomes one, whom it asks for, how it ends.
 */
#include "run/notice.h"
#include "run/rehearsal.h"
#include "runs.h"

enum { MINUTE = 60 * 1000 };

static const char runbook[] = "# R\n\n## Severity Levels\n- **P1 (High)**: Down\n"
                              "  - Response time: 15 minutes\n\n"
                              "## Release\n1. Tell the team\n2. Notify the team: `npm run tell`\n"
                              "3. Notify the team\n   ```bash\n   ./tell --all\n   ```\n"
                              "4. Tell the team within 1 hour\n";

static const struct action_binding actions[] = {
    {.action = {"people:notify", 13}, .people = {"ana, legal", 10}, .approvals = -1}};

static const struct run_environment environments[] = {
    {.name = {"lab", 3}, .settings = {.actions = actions, .action_count = 1}}};

static const struct person persons[] = {
    {.id = {"ana", 3}, .reach[METHOD_SMTP] = {"ana@acme.example", 16}},
    {.id = {"legal", 5}, .reach[METHOD_SMTP] = {"law@acme.example", 16}}};

static void start(struct rig *rig, struct arena *arena)
{
    rig_start(rig, arena, runbook);
    rig->settings = (struct run_settings){.actions = actions,
                                          .action_count = 1,
                                          .environments = environments,
                                          .environment_count = 1};
    rig_restart(rig);
    rig->core.world.people = (struct people){persons, 2};
}

static const struct page *mail_to(struct rig *rig, const char *person, int attempt)
{
    struct str id = str_printf(rig->arena, "r1.1-%s-smtp-%d", person, attempt);
    return page_find(&rig->core.world.pages, id);
}

static void finish(struct rig *rig, const char *person, int attempt, enum page_outcome outcome)
{
    struct event_list out;
    event_list_init(&out, rig->arena);
    const struct page *page = mail_to(rig, person, attempt);
    CHECK(page != NULL);
    page_start(page, rig->now, &out);
    page_finish(page, outcome, STR("550 nobody"), rig->now, &out);
    rig_record(rig, &out);
}

TEST(words_that_are_bound_to_people_tell_them_without_commands)
{
    struct rig rig;
    start(&rig, arena);
    CHECK(rig_run(&rig, "Release", ""));
    const struct run *run = rig_newest(&rig);
    CHECK_INT(run->steps[0].does, DOES_NOTIFY);
    CHECK_STR(run->steps[0].people, "ana, legal");
    CHECK_INT(run->steps[0].deadline_ms, 0);
    CHECK_INT(run->steps[1].does, DOES_MANUAL); /* its own command is not passed over */
    CHECK_STR(run->steps[1].command, "npm run tell");
    CHECK_STR(run->steps[1].people, "");
    CHECK_INT(run->steps[2].does, DOES_MANUAL); /* nor the one below it */
    CHECK_STR(run->steps[2].command, "./tell --all");
    CHECK_STR(run->steps[2].people, "");
    CHECK_INT(run->steps[3].does, DOES_NOTIFY);
    CHECK_INT(run->steps[3].when, WHEN_WITHIN);
    rig_done(&rig);
}

TEST(a_step_ends_when_each_of_its_mails_has)
{
    struct rig rig;
    start(&rig, arena);
    CHECK(rig_run(&rig, "Release", ""));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    CHECK_INT(rig_count(&rig, EVENT_PAGE_REQUESTED), 2);
    CHECK(page_is_notice(mail_to(&rig, "ana", 1)) && !page_asks_approval(mail_to(&rig, "ana", 1)));
    finish(&rig, "ana", 1, PAGE_WAS_REFUSED);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    finish(&rig, "legal", 1, PAGE_WAS_SENT);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_FAILED);
    CHECK_STR(str_of(rig_newest(&rig)->steps[0].detail), "not told ana: 550 nobody; told legal");
    /* Tried again in the same instant it asks for ana's mail only, once. */
    CHECK(rig_ask(&rig, run_retry, (struct run_call){.number = 1}));
    CHECK_INT(rig_count(&rig, EVENT_PAGE_REQUESTED), 3);
    CHECK(mail_to(&rig, "ana", 2) != NULL);
    finish(&rig, "ana", 2, PAGE_WAS_SENT);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_DONE);
    CHECK_STR(str_of(rig_newest(&rig)->steps[0].detail), "told ana, legal");
    rig_done(&rig);
}

TEST(a_mail_that_stays_in_doubt_leaves_its_step_in_doubt)
{
    struct rig rig;
    start(&rig, arena);
    CHECK(rig_run(&rig, "Release", ""));
    finish(&rig, "legal", 1, PAGE_WAS_SENT);
    for (int i = 0; i < PAGE_DOUBTS_MAX; i++) {
        CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
        finish(&rig, "ana", 1, PAGE_IN_DOUBT);
    }
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_DOUBTED);
    CHECK(!rig_ask(&rig, run_retry, (struct run_call){.number = 1}));
    CHECK(rig_ask(&rig, run_retry, (struct run_call){.number = 1, .text = STR("she has none")}));
    finish(&rig, "ana", 2, PAGE_WAS_REFUSED); /* the first one may have arrived all the same */
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_DOUBTED);
    rig_done(&rig);
}

TEST(a_cancelled_run_tells_nobody_more)
{
    struct rig rig;
    start(&rig, arena);
    CHECK(rig_run(&rig, "Release", ""));
    struct event_list out;
    event_list_init(&out, arena);
    page_start(mail_to(&rig, "ana", 1), rig.now, &out);
    rig_record(&rig, &out);
    CHECK(!rig_ask(&rig, run_skip, (struct run_call){.number = 1, .text = STR("no")}));
    CHECK(rig_ask(&rig, run_cancel, (struct run_call){.number = 1, .text = STR("wrong day")}));
    CHECK_INT(rig_count(&rig, EVENT_PAGE_STOPPED), 1);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING); /* ana's is on its way */
    event_list_init(&out, arena);
    page_finish(mail_to(&rig, "ana", 1), PAGE_WAS_SENT, STR("250"), rig.now, &out);
    rig_record(&rig, &out);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_FAILED);
    CHECK_STR(str_of(rig_newest(&rig)->steps[0].detail),
              "not told legal: the run was cancelled; told ana");
    rig_done(&rig);
}

TEST(a_rehearsal_tells_nobody)
{
    struct rig rig;
    start(&rig, arena);
    CHECK(
        rig_ask(&rig, run_open, (struct run_call){.name = STR("Release"), .rehearse = STR("lab")}));
    rig_pass(&rig, MINUTE);
    const struct run_step *step = &rig_newest(&rig)->steps[0];
    CHECK_INT(step->does, DOES_MANUAL);
    CHECK_STR(step->note, "in production this tells ana, legal by mail; a rehearsal tells nobody "
                          "outside of it");
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_READY);
    CHECK_INT(rig_count(&rig, EVENT_PAGE_REQUESTED), 0);
    rig_done(&rig);
}

TEST(whom_a_plan_tells_is_part_of_it)
{
    struct procedure_step step = {.does = DOES_NOTIFY, .people = STR("ana")};
    struct procedure procedure = {.steps = &step, .step_count = 1};
    char one[HASH_HEX_BYTES];
    char other[HASH_HEX_BYTES];
    procedure_plan_digest(&procedure, one);
    step.people = STR("ana, legal");
    procedure_plan_digest(&procedure, other);
    CHECK(strcmp(one, other) != 0);
}
