/* test_evidence.c - which words of a step ask for evidence, and what files are called. */
#include "harness/test.h"
#include "run/evidence.h"
#include "runs.h"

TEST(words_ask_for_evidence_where_they_are_orders)
{
    static const struct {
        const char *text, *asked;
    } cases[] = {
        {"Record the time of the switch", "Record"},
        {"Stop the replica and record its position", "record"},
        {"Update the DNS record", ""},
        {"Delete old records", ""},
        {"Document the root cause", "Document"},
        {"Send the document to legal", ""},
        {"Documentation is up to date", ""},
        {"Take a screenshot of the counts", "screenshot"},
        {"Attach the logs to the ticket", "Attach"},
        {"Attach the volume to the new instance", ""},
        {"Attach a debugger", ""},
        {"Collect evidence before you restart", "evidence"},
        {"Note the number of rows", "Note the"},
        {"Note: this takes an hour", ""},
        {"Restart it, then note the time", "note the"},
        {"Please note the version", "note the"},
        {"Footnote the text", ""},
        {"Link to the dashboard", "Link to"},
        {"Send customers the link to the status page", ""},
        {"Check the counts; capture a heap dump", "capture"},
        {"**Record** the result", "Record"},
        {"Restart the shop", ""},
        {"", ""},
    };
    (void)arena;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(evidence_asked(str_of(cases[i].text)), cases[i].asked);
}

TEST(names_of_files_are_one_clean_part)
{
    static const struct {
        const char *path, *name;
    } cases[] = {
        {"/home/ana/counts.png", "counts.png"},
        {"C:\\Users\\ana\\counts.png", "counts.png"},
        {"../../etc/passwd", "passwd"},
        {".bashrc", "bashrc"},
        {"..", "file"},
        {"", "file"},
        {"/tmp/", "file"},
        {"a\r\nSet-Cookie: x.png", "a__Set-Cookie_ x.png"},
        {"\"><script>.html", "___script_.html"},
        {"\xc3\x9c"
         "bersicht.png",
         "\xc3\x9c"
         "bersicht.png"},
        {"gnp\xe2\x80\xae.exe", "gnp.exe"},
        {"zero\xe2\x80\x8bwidth", "zerowidth"},
        {"bad\xff.png", "bad"},
        {"c1\xc2\x9bx", "c1x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str name = attachment_name(arena, str_of(cases[i].path));
        CHECK_STR(name, cases[i].name);
        CHECK_SAME(attachment_name(arena, name), name);
    }
    char *longer = arena_alloc(arena, 1000);
    memset(longer, 'x', 999);
    CHECK_INT(attachment_name(arena, str_of(longer)).n, ATTACHMENT_NAME_BYTES);
}

static const char digest[] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

static struct str told(struct arena *arena, const char *name, int64_t bytes)
{
    struct attachment_told one = {.name = str_of(name), .bytes = bytes};
    str_keep(one.digest, sizeof one.digest, str_of(digest));
    return attachment_tell(arena, &one);
}

TEST(what_is_told_of_a_file_is_read_again)
{
    struct err err = {0};
    struct attachment_told one;
    struct str rest = told(arena, "two words.png", 17);
    CHECK(attachment_next(arena, &rest, &one, &err));
    CHECK_STR(str_of(one.digest), digest);
    CHECK_STR(one.name, "two words.png");
    CHECK_INT(one.bytes, 17);
    CHECK(!attachment_next(arena, &rest, &one, &err));
    CHECK_INT(err.kind, ERR_NONE);
    const struct str wrong[] = {
        told(arena, "../x", 17),         told(arena, "x", 0), told(arena, "x", -1),
        told(arena, "x", 5242881),       STR("counts.png"),   STR("0123 17 x"),
        str_from(told(arena, "x", 1), 1)};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rest = wrong[i];
        err = (struct err){0};
        CHECK(!attachment_next(arena, &rest, &one, &err));
        CHECK_INT(err.kind, ERR_USAGE);
    }
}

static const char runbook[] = "# Ours\n\n## Severity Levels\n- **P1 (High)**: bad\n"
                              "  - Response time: 15 minutes\n\n"
                              "## Recovery\n1. Stop the shop\n2. Record the counts\n3. Say so\n";

TEST(a_step_that_asks_for_evidence_is_ticked_with_a_note_or_a_file)
{
    struct rig rig;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Recovery", ""));
    CHECK(rig_ask(&rig, run_tick, (struct run_call){.number = 1}));
    CHECK(!rig_ask(&rig, run_tick, (struct run_call){.number = 1, .text = STR("  ")}));
    CHECK_STR(str_of(rig.err.text), "Step 2 of run 1 asks for evidence (\"Record\"): say it in a "
                                    "note, or attach a file.");
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_ATTACHED), 0);
    struct str twice =
        str_printf(arena, "%s\n%s", told(arena, "a.png", 4).p, told(arena, "b.png", 4).p);
    CHECK(rig_ask(&rig, run_tick, (struct run_call){.number = 1, .files = twice}));
    CHECK_INT(rig_count(&rig, EVENT_RUN_STEP_ATTACHED), 2);
    CHECK_INT(rig_state(&rig, 2), RUN_STEP_DONE);
    rig_restart(&rig);
    const struct run_step *step = &rig_newest(&rig)->steps[1];
    CHECK_INT(step->attachment_count, 2);
    CHECK_STR(step->attachments[0].name, "a.png");
    CHECK_STR(str_of(step->attachments[0].digest), digest);
    CHECK_STR(str_of(step->attachments[0].by), "person:ana");
    CHECK(!step->attachments[0].erased);
    CHECK(rig_ask(&rig, run_tick, (struct run_call){.number = 1}));
    rig_done(&rig);
}

TEST(an_attachment_whose_name_is_erased_is_none)
{
    struct rig rig;
    struct event_list out;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Recovery", ""));
    CHECK(
        rig_ask(&rig, run_tick, (struct run_call){.number = 1, .files = told(arena, "a.png", 4)}));
    struct run_step *step = &rig_newest(&rig)->steps[0];
    CHECK_INT(step->attachment_count, 1);
    event_list_init(&out, arena);
    struct event *event =
        event_list_add(&out, EVENT_TEXT_ERASED, rig.now, STR("person:ana"), STR("ledger"));
    event_set_int(event, "entry", step->attachments[0].entry);
    run_fold(&rig.core.world.runs, event, 99);
    CHECK(step->attachments[0].erased);
    CHECK_STR(step->attachments[0].name, "");
    rig_done(&rig);
}

TEST(a_tick_takes_some_files_and_no_more)
{
    struct rig rig;
    struct text files;
    rig_start(&rig, arena, runbook);
    CHECK(rig_run(&rig, "Recovery", ""));
    text_init(&files, arena, 4096);
    for (int i = 0; i <= ATTACHMENTS_OF_TICK; i++)
        text_printf(&files, "%s%.*s", i ? "\n" : "", STR_ARGS(told(arena, "a.png", 4)));
    CHECK(!rig_ask(&rig, run_tick, (struct run_call){.number = 1, .files = text_str(&files)}));
    CHECK_STR(str_of(rig.err.text), "A tick takes at most 10 files, and a step at most 50 in all.");
    rig_done(&rig);
}
