/* test_approval.c - agreeing to a step: who may, to what, until when, and who is asked. */
#include "run/approval.h"
#include "runs.h"

#include "base/text.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

static const char runbook[] =
    "# R\n\n## Severity Levels\n- **P1 (High)**: Down\n"
    "  - Response time: 15 minutes\n\n"
    "## Cleaning\n```bash\n# Remove old files\nrm -rf /srv/old\n\n"
    "# Remove one\nrm -rf /srv/USER_ID\n\n# Tidy up\nnpm run shop:tidy\n\n"
    "# Do it\nsudo <command> -rf ./old\n```\n";

static struct run_call of(const char *actor, int64_t step, const char *text)
{
    return (struct run_call){
        .actor = str_of(actor), .number = 1, .step = step, .text = str_of(text)};
}

static bool approve(struct rig *rig, const char *actor)
{
    return rig_ask(rig, run_approve, of(actor, 1, ""));
}

static void start(struct rig *rig, struct arena *arena, int approvals)
{
    rig_start(rig, arena, runbook);
    rig->settings.approvals = approvals;
    rig_restart(rig);
    CHECK(rig_run(rig, "Remove old files", ""));
    CHECK_INT(rig_state(rig, 1), RUN_STEP_APPROVAL);
}

static int approved(struct rig *rig)
{
    rig->core.world.now = rig->now;
    struct run_world view = world_runs(&rig->core.world);
    return run_step_approved(&view, rig_newest(rig), 0);
}

static void digest_of(struct rig *rig, char out_hex[HASH_HEX_BYTES])
{
    struct run_world view = world_runs(&rig->core.world);
    run_step_digest(&view, rig_newest(rig), 0, out_hex);
}

/* A fact about who may do what. */
static void say(struct rig *rig, enum event_kind kind, const char *name, const char *field,
                const char *value)
{
    struct event_list out;
    event_list_init(&out, rig->arena);
    struct event *event = event_list_add(&out, kind, rig->now, STR("person:kim"), STR("account:x"));
    event_set_str(event, "name", str_of(name));
    if (field)
        event_set_str(event, field, str_of(value));
    rig_record(rig, &out);
}

static void add_account(struct rig *rig, const char *name, const char *role)
{
    say(rig, EVENT_ACCOUNT_CREATED, name, "role", role);
}

TEST(a_token_counts_as_the_person_who_made_it)
{
    struct rig rig;
    start(&rig, arena, 2);
    struct run_call call = of("program:gate", 1, "");
    call.behind = STR("person:ana");
    CHECK(!rig_ask(&rig, run_approve, call));
    CHECK_STR(str_of(rig.err.text), "Run 1 was started by ana, who made this API token; somebody "
                                    "else has to approve its step 1.");
    CHECK(!approve(&rig, "person:Ana")); /* a user of the machine may be written so */
    CHECK(approve(&rig, "person:ben"));
    call.behind = STR("person:ben");
    CHECK(!rig_ask(&rig, run_approve, call)); /* once, by whichever name */
    CHECK_INT(approved(&rig), 1);
    CHECK(approve(&rig, "person:eva"));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    rig_done(&rig);
}

TEST(who_made_the_token_that_started_a_run_does_not_approve_it)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    struct run_call opens = {.actor = STR("program:deploy"),
                             .behind = STR("person:ben"),
                             .name = STR("Remove old files")};
    CHECK(rig_ask(&rig, run_open, opens));
    rig_restart(&rig); /* it stands in the ledger */
    CHECK(!approve(&rig, "person:ben"));
    CHECK_STR(str_of(rig.err.text), "Run 1 was started in your name, by deploy; somebody else has "
                                    "to approve its step 1.");
    CHECK(approve(&rig, "person:ana"));
    rig_done(&rig);
}

TEST(a_value_that_makes_a_command_destroy_asks_for_an_approval)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Do it", "command=ls"));
    CHECK_INT(rig_newest(&rig)->steps[0].approvals, 0);
    rig_done(&rig);
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Do it", "command=rm"));
    rig_restart(&rig); /* it stands in the ledger */
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_APPROVAL);
    rig_done(&rig);
}

TEST(who_takes_a_run_back_or_resumes_it_does_not_approve_what_then_runs)
{
    struct rig rig;
    start(&rig, arena, 1);
    CHECK(rig_ask(&rig, run_cancel, of("person:ana", 0, "enough")));
    struct run_call resume = of("program:gate", 0, "");
    resume.behind = STR("person:ben");
    CHECK(rig_ask(&rig, run_resume, resume));
    rig_restart(&rig); /* it stands in the ledger */
    CHECK(!approve(&rig, "person:ben"));
    CHECK_STR(str_of(rig.err.text),
              "Run 1 was resumed in your name; somebody else has to approve its step 1.");
    CHECK(!approve(&rig, "person:ana"));
    CHECK(approve(&rig, "person:eva"));
    rig_done(&rig);
}

TEST(who_made_a_token_is_kept_also_through_other_tokens)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    struct event_list out;
    static const char *const makers[][2] = {{"person:ana", "one"}, {"program:one", "two"}};
    event_list_init(&out, arena);
    for (int i = 0; i < 2; i++) {
        struct event *event = event_list_add(&out, EVENT_API_TOKEN_CREATED, rig.now,
                                             str_of(makers[i][0]), STR("program:x"));
        event_set_str(event, "name", str_of(makers[i][1]));
        event_set_str(event, "token", str_of(makers[i][1]));
        event_set_str(event, "scope", STR("approver"));
        event_set_instant(event, "expires", instant_add_ms(rig.now, HOUR));
    }
    rig_record(&rig, &out);
    const struct access *access = &rig.core.world.access;
    CHECK_STR(access_person_behind(access, STR("program:two")), "person:ana");
    CHECK_STR(access_person_behind(access, STR("person:eva")), "person:eva");
    rig_done(&rig);
}

TEST(the_step_is_named_and_what_was_shown_is_what_is_agreed_to)
{
    struct rig rig;
    char digest[HASH_HEX_BYTES];
    start(&rig, arena, 1);
    CHECK(!rig_ask(&rig, run_approve, of("person:ben", 0, "")));
    CHECK_STR(str_of(rig.err.text),
              "Step 1 of run 1 waits for an approval; it would run \"rm -rf /srv/old\". Name the "
              "step to agree to that: \"reeve approve 1 1\".");
    struct run_call call = of("person:ben", 1, "");
    call.digest = STR("0000000000000000000000000000000000000000000000000000000000000000");
    CHECK(!rig_ask(&rig, run_approve, call));
    CHECK(str_find(str_of(rig.err.text), "has changed since it was shown", 0) <
          strlen(rig.err.text));
    digest_of(&rig, digest);
    call.digest = str_of(digest);
    CHECK(rig_ask(&rig, run_approve, call));
    rig_done(&rig);
}

/* What stands in one field cannot stand in the next one instead. */
TEST(a_digest_keeps_its_fields_apart)
{
    struct rig rig;
    char digests[5][HASH_HEX_BYTES];
    static const char *const folders[][2] = {
        {"/srv", "A=1"}, {"/srvA", "=1"}, {"/srv3:A=1", ""}, {"/sr", "vA=1"}, {"", "/srvA=1"}};
    start(&rig, arena, 1);
    for (int i = 0; i < 5; i++) {
        rig.core.world.run_settings.directory = str_of(folders[i][0]);
        rig.core.world.run_settings.context = str_of(folders[i][1]);
        digest_of(&rig, digests[i]);
        for (int k = 0; k < i; k++)
            CHECK(strcmp(digests[i], digests[k]) != 0);
    }
    rig_done(&rig);
}

TEST(any_change_takes_an_approval_away_and_says_so)
{
    static const struct action_binding other[] = {
        {.action = {"shop:tidy", 9}, .command = {"rm -rf /", 8}, .approvals = 2}};
    static const struct action_binding actions[] = {
        {.action = {"shop:tidy", 9}, .command = {"rm -rf old", 10}, .approvals = 2}};
    struct rig rig;
    rig_start(&rig, arena, runbook);
    rig.settings.actions = actions;
    rig.settings.action_count = 1;
    rig_restart(&rig);
    CHECK(rig_run(&rig, "Tidy up", ""));
    CHECK(approve(&rig, "person:ben"));
    rig.settings.actions = other; /* reeve.yaml was edited */
    rig_restart(&rig);
    CHECK_INT(rig_count(&rig, EVENT_RUN_APPROVAL_VOID), 1);
    CHECK(approve(&rig, "person:eva"));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_APPROVAL);
    CHECK(rig_ask(&rig, run_cancel, of("person:ana", 0, "wrong day")));
    CHECK(rig_ask(&rig, run_resume, of("person:ana", 0, "")));
    CHECK_INT(approved(&rig), 0);
    CHECK(approve(&rig, "person:ben"));
    char before[HASH_HEX_BYTES], after[HASH_HEX_BYTES];
    digest_of(&rig, before);
    rig.program->digest.b[0] ^= 1; /* another version of the runbook */
    digest_of(&rig, after);
    CHECK(strcmp(before, after) != 0);
    rig_pass(&rig, 0);
    CHECK_INT(approved(&rig), 0);
    CHECK_INT(rig_count(&rig, EVENT_RUN_APPROVAL_VOID), 2);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_STARTED), 0);
    rig_done(&rig);
}

TEST(each_approval_holds_as_long_as_it_says)
{
    struct rig rig;
    start(&rig, arena, 2);
    CHECK(approve(&rig, "person:ben"));
    rig_pass(&rig, 59 * MINUTE);
    CHECK_INT(approved(&rig), 1);
    CHECK(!approve(&rig, "person:ben"));
    rig_pass(&rig, MINUTE);
    CHECK_INT(rig_count(&rig, EVENT_RUN_APPROVAL_VOID), 1);
    CHECK(approve(&rig, "person:eva")); /* it lends ben's no time */
    CHECK_INT(approved(&rig), 1);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_APPROVAL);
    rig_pass(&rig, -1500); /* a clock that is only kept right */
    CHECK_INT(approved(&rig), 1);
    rig_pass(&rig, -30 * MINUTE); /* set back while nobody could see it */
    CHECK_INT(approved(&rig), 0);
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_STARTED), 0);
    rig_done(&rig);
}

TEST(a_clock_that_is_set_takes_approvals_away)
{
    static const int64_t ways[] = {-2 * HOUR, 2 * HOUR, 30 * MINUTE};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct rig rig;
        struct event_list out;
        start(&rig, arena, 2);
        CHECK(approve(&rig, "person:ben"));
        event_list_init(&out, arena);
        rig.now = instant_add_ms(rig.now, ways[i]);
        event_set_int(
            event_list_add(&out, EVENT_CLOCK_STEPPED, rig.now, STR("reeve"), STR("node:local")),
            "by_ms", ways[i]);
        rig_record(&rig, &out);
        CHECK_INT(rig_count(&rig, EVENT_RUN_APPROVAL_VOID), 1);
        CHECK(approve(&rig, "person:eva"));
        CHECK_INT(approved(&rig), 1);
        rig_done(&rig);
    }
}

TEST(who_may_approve_no_more_has_not_approved)
{
    static const struct {
        enum event_kind kind;
        const char *name, *field, *value;
        int left;
    } rows[] = {{EVENT_ACCOUNT_REMOVED, "ben", NULL, NULL, 0},
                {EVENT_ACCOUNT_REMOVED, "eva", NULL, NULL, 1},
                {EVENT_ACCOUNT_ROLE_CHANGED, "ben", "to", "operator", 0},
                {EVENT_ACCOUNT_ROLE_CHANGED, "ben", "to", "administrator", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        start(&rig, arena, 2);
        add_account(&rig, "ben", "approver");
        CHECK(approve(&rig, "person:ben"));
        say(&rig, rows[i].kind, rows[i].name, rows[i].field, rows[i].value);
        CHECK_INT(approved(&rig), rows[i].left);
        CHECK_INT(rig_count(&rig, EVENT_RUN_APPROVAL_VOID), 1 - rows[i].left);
        rig_done(&rig);
    }
}

TEST(a_revoked_token_has_not_approved)
{
    struct rig rig;
    start(&rig, arena, 2);
    struct run_call call = of("program:gate", 1, "");
    call.behind = STR("person:eva");
    CHECK(rig_ask(&rig, run_approve, call));
    say(&rig, EVENT_API_TOKEN_REVOKED, "other", "token", "x");
    CHECK_INT(approved(&rig), 1);
    say(&rig, EVENT_API_TOKEN_REVOKED, "gate", "token", "x");
    CHECK_INT(approved(&rig), 0);
    rig_done(&rig);
}

TEST(what_was_approved_is_compared_again_when_it_is_launched)
{
    struct rig rig;
    struct err err = {0};
    start(&rig, arena, 1);
    CHECK(approve(&rig, "person:ben"));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    rig.core.world.now = rig.now;
    struct run_world view = world_runs(&rig.core.world);
    CHECK_OK(run_step_may_launch(&view, rig_newest(&rig), 0, &err), &err);
    rig.core.world.run_settings.context = STR("GIT_SSH_COMMAND=evil");
    CHECK(!run_step_may_launch(&view, rig_newest(&rig), 0, &err));
    CHECK_STR(str_of(err.text), "it was not begun, because what would run is not what was approved "
                                "any more: the runbook, reeve.yaml or the environment has changed");
    rig.core.world.run_settings.context = STR("/srv");
    view.now = instant_add_ms(rig.now, RUN_APPROVAL_MS);
    CHECK(!run_step_may_launch(&view, rig_newest(&rig), 0, &err));
    rig_done(&rig);
}

TEST(a_refused_step_has_failed_and_is_not_tried_again_by_itself)
{
    static const struct action_binding actions[] = {
        {.action = {"shop:tidy", 9},
         .command = {"rm -rf old", 10},
         .undo = {"shop:back", 9},
         .approvals = 1,
         .retries = 5},
        {.action = {"shop:back", 9}, .command = {"restore", 7}, .approvals = 0}};
    struct rig rig;
    rig_start(&rig, arena, runbook);
    rig.settings.actions = actions;
    rig.settings.action_count = 2;
    rig_restart(&rig);
    CHECK(rig_run(&rig, "Tidy up", ""));
    CHECK(!rig_ask(&rig, run_refuse, of("person:ben", 1, " ")));
    CHECK(rig_ask(&rig, run_refuse, of("person:ben", 1, "not before the backup")));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_FAILED);
    CHECK_INT(rig_newest(&rig)->state, RUN_STOPPED);
    CHECK_STR(str_of(rig_newest(&rig)->steps[0].detail), "not before the backup");
    CHECK_STR(str_of(rig_newest(&rig)->steps[0].by), "person:ben");
    rig_pass(&rig, 10 * HOUR);
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_FAILED);
    struct run_world view = world_runs(&rig.core.world);
    CHECK_INT(run_undo_count(&view, rig_newest(&rig)), 0); /* nothing of it was done */
    CHECK(!rig_ask(&rig, run_retry, of("person:ana", 1, " ")));
    CHECK_STR(str_of(rig.err.text),
              "ben refused step 1 of run 1: say in a reason why it is asked for again; whoever "
              "approves it reads both.");
    CHECK(rig_ask(&rig, run_retry, of("person:ana", 1, "the backup is there")));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_APPROVAL);
    CHECK(rig_approve_shown(&rig, "person:ben"));
    CHECK_INT(rig_state(&rig, 1), RUN_STEP_RUNNING);
    rig_done(&rig);
}

static const struct person people[] = {
    {.id = {"ana", 3}, .reach[METHOD_SMTP] = {"ana@a.example", 13}},
    {.id = {"ben", 3}, .reach[METHOD_SMTP] = {"ben@a.example", 13}},
    {.id = {"eva", 3}, .reach[METHOD_SMTP] = {"eva@a.example", 13}},
    {.id = {"kim", 3}, .reach[METHOD_SMTP] = {"", 0}},
};

static void start_asked(struct rig *rig, struct arena *arena, int approvals)
{
    rig_start(rig, arena, runbook);
    rig->core.world.run_settings.approvals = approvals;
    rig->core.world.people = (struct people){people, sizeof people / sizeof *people};
    add_account(rig, "ana", "administrator");
    add_account(rig, "ben", "approver");
    add_account(rig, "eva", "operator");
    add_account(rig, "kim", "approver");
    CHECK(rig_run(rig, "Remove one", "USER_ID=u-7"));
}

static const struct page *page_of(struct rig *rig, const char *id)
{
    return page_find(&rig->core.world.pages, str_of(id));
}

/* As the daemon does it. */
static void send(struct rig *rig, const char *id)
{
    struct event_list out;
    event_list_init(&out, rig->arena);
    page_start(page_of(rig, id), rig->now, &out);
    rig_record(rig, &out);
    event_list_init(&out, rig->arena);
    page_finish(page_of(rig, id), PAGE_WAS_SENT, STR("250 taken"), rig->now, &out);
    rig_record(rig, &out);
}

TEST(whoever_may_approve_and_has_an_address_is_asked_once)
{
    struct rig rig;
    start_asked(&rig, arena, 1);
    CHECK_INT(rig_count(&rig, EVENT_PAGE_REQUESTED), 1); /* ana asks, eva may not, kim has none */
    CHECK(page_of(&rig, "r1.1-ben-smtp-1") != NULL);
    CHECK_INT(page_of(&rig, "r1.1-ben-smtp-1")->until.us, instant_add_ms(rig.now, RUN_ASK_MS).us);
    send(&rig, "r1.1-ben-smtp-1");
    rig_pass(&rig, 30 * HOUR);
    CHECK_INT(rig_count(&rig, EVENT_PAGE_REQUESTED), 1);
    say(&rig, EVENT_ACCOUNT_ROLE_CHANGED, "eva", "to", "approver");
    CHECK(page_of(&rig, "r1.1-eva-smtp-1") != NULL);
    CHECK(rig_ask(&rig, run_cancel, of("person:ana", 0, "wrong day")));
    CHECK_INT(page_of(&rig, "r1.1-eva-smtp-1")->state, PAGE_STOPPED); /* it had not gone out */
    CHECK(rig_ask(&rig, run_resume, of("person:ana", 0, "")));
    CHECK(page_of(&rig, "r1.1-ben-smtp-2") != NULL); /* what they were asked before is void */
    CHECK(approve(&rig, "person:ben"));
    CHECK_INT(page_of(&rig, "r1.1-ben-smtp-2")->state, PAGE_STOPPED);
    rig_done(&rig);
}

TEST(the_mail_says_what_would_run)
{
    struct rig rig;
    start_asked(&rig, arena, 2);
    rig.core.world.now = rig.now;
    rig.core.world.run_settings.directory = STR("/srv/shop");
    struct run_world view = world_runs(&rig.core.world);
    struct approval_mail mail = {.world = &view,
                                 .page = page_of(&rig, "r1.1-ben-smtp-1"),
                                 .url = STR("https://r.example/approve/x.y")};
    CHECK_STR(approval_subject(arena, &mail), "[approval] Run 1, step 1: Remove one");
    CHECK_STR(approval_text(arena, &mail),
              "ana asks for your approval: step 1 of run 1.\n\nRun 1: Remove one\n"
              "Step 1: Remove one\nRunbook line 13\nWhat would run:\n  rm -rf /srv/u-7\n"
              "In the folder: /srv/shop\nEnvironment: PATH, HOME, LANG, PGAPPNAME\n"
              "Approvals: 0 of 2; each holds for an hour.\n\n"
              "Look at it and approve or refuse: https://r.example/approve/x.y\n"
              "Opening the link changes nothing; it is good once, for you, for exactly this.\n"
              "The link is good until: 2026-06-02 09:00:00 UTC\n\n"
              "Or on the page, or on the machine:\n  reeve run show 1\n  reeve approve 1 1\n"
              "  reeve refuse 1 1 REASON\n");
    rig_done(&rig);
}

static struct str mail_of(struct rig *rig, const char *id)
{
    rig->core.world.now = rig->now;
    struct run_world view = world_runs(&rig->core.world);
    struct approval_mail mail = {.world = &view, .page = page_of(rig, id)};
    return approval_text(rig->arena, &mail);
}

TEST(the_mail_names_who_asks_and_who_refused)
{
    struct rig rig;
    start_asked(&rig, arena, 1);
    send(&rig, "r1.1-ben-smtp-1");
    CHECK(rig_ask(&rig, run_cancel, of("person:ana", 0, "wrong day")));
    CHECK(rig_ask(&rig, run_resume, of("person:eva", 0, "")));
    CHECK(str_starts(mail_of(&rig, "r1.1-ben-smtp-2"),
                     "eva asks for your approval: step 1 of run 1.\n\nRun 1: Remove one\n"
                     "Started by ana\nResumed by eva\nStep 1: Remove one\n"));
    send(&rig, "r1.1-ben-smtp-2");
    CHECK(rig_ask(&rig, run_refuse, of("person:kim", 1, "why\u202e?")));
    CHECK(rig_ask(&rig, run_retry, of("person:ana", 1, "for tidiness")));
    CHECK(str_starts(mail_of(&rig, "r1.1-ben-smtp-3"),
                     "ana asks for your approval: step 1 of run 1.\n\n"
                     "Refused before: kim refused it at 2026-06-01 09:00:00 UTC: why<U+202E>?\n"
                     "Refused before: ana asked for it again at 2026-06-01 09:00:00 UTC: for "
                     "tidiness\nRun 1: Remove one\n"));
    rig_done(&rig);
}

static bool link_holds(struct rig *rig, const struct link *link, const char *words)
{
    struct err err = {0};
    int step = -1;
    rig->core.world.now = rig->now;
    struct run_world view = world_runs(&rig->core.world);
    bool good = approval_link_check(&view, &rig->core.world.links, link, &step, &err);
    if (!good && str_find(str_of(err.text), words, 0) == strlen(err.text))
        test_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", err.text, words);
    CHECK_INT(step, good ? 0 : -1);
    return good;
}

static struct link link_of(struct rig *rig, const char *id)
{
    const struct page *page = page_of(rig, id);
    return (struct link){.page = str_copy(rig->arena, str_of(page->id)),
                         .person = STR("ben"),
                         .incident = 1,
                         .expires = page->until,
                         .digest = str_copy(rig->arena, str_of(page->digest))};
}

TEST(a_link_is_good_for_its_person_its_digest_and_its_time)
{
    struct rig rig;
    struct event_list out;
    start_asked(&rig, arena, 2);
    struct link link = link_of(&rig, "r1.1-ben-smtp-1");
    CHECK(link_holds(&rig, &link, ""));
    struct link other = link;
    other.incident = 2;
    CHECK(!link_holds(&rig, &other, "is over, or a newer mail"));
    other = link;
    other.person = STR("ana");
    CHECK(!link_holds(&rig, &other, "is over, or a newer mail"));
    other = link;
    other.expires = rig.now;
    CHECK(!link_holds(&rig, &other, "has expired"));
    rig.core.world.run_settings.context = STR("PATH=/tmp");
    CHECK(!link_holds(&rig, &link, "is not what this mail showed"));
    rig.core.world.run_settings.context = STR("/srv");
    say(&rig, EVENT_ACCOUNT_ROLE_CHANGED, "ben", "to", "operator");
    CHECK(!link_holds(&rig, &link, "ben may not approve any more"));
    say(&rig, EVENT_ACCOUNT_ROLE_CHANGED, "ben", "to", "approver");
    link = link_of(&rig, "r1.1-ben-smtp-1");
    event_list_init(&out, arena);
    approval_link_use(&link, STR("person:ben"), rig.now, &out);
    rig_record(&rig, &out);
    CHECK(!link_holds(&rig, &link, "was used already"));
    rig_done(&rig);
}

TEST(a_link_is_void_after_a_stop_a_refusal_and_a_retry)
{
    struct rig rig;
    start_asked(&rig, arena, 1);
    struct link link = link_of(&rig, "r1.1-ben-smtp-1");
    send(&rig, "r1.1-ben-smtp-1");
    CHECK(rig_ask(&rig, run_cancel, of("person:ana", 0, "wrong day")));
    CHECK(!link_holds(&rig, &link, "does not wait for an approval any more"));
    CHECK(rig_ask(&rig, run_resume, of("person:ana", 0, "")));
    CHECK(!link_holds(&rig, &link, "a newer mail has taken its place"));
    link = link_of(&rig, "r1.1-ben-smtp-2");
    CHECK(link_holds(&rig, &link, ""));
    send(&rig, "r1.1-ben-smtp-2");
    CHECK(rig_ask(&rig, run_refuse, of("person:kim", 1, "no")));
    CHECK(!link_holds(&rig, &link, "does not wait for an approval any more"));
    CHECK(rig_ask(&rig, run_retry, of("person:ana", 1, "yes")));
    CHECK(!link_holds(&rig, &link, "a newer mail has taken its place"));
    rig_done(&rig);
}
