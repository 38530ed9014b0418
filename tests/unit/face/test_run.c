/* test_run.c - the pages of a run and of a procedure, and runs on the main page: words, forms only
 * where the state takes them, escapes, what changed. */
#include "base/json.h"
#include "face/page.h"
#include "harness/test.h"
#include "sample_run.h"
#include "sample_view.h"

#include <stdio.h>

static bool holds(struct str s, const char *part)
{
    return str_find(s, part, 0) < s.n;
}

static size_t count_of(struct str s, const char *part)
{
    size_t count = 0;
    for (size_t at = str_find(s, part, 0); at < s.n; at = str_find(s, part, at + 1))
        count++;
    return count;
}

static struct str page_of(struct arena *arena, const struct run_view *run, const char *viewer)
{
    struct text text;
    struct instant now = instant_add_ms(run->opened, 3600000);
    text_init(&text, arena, 4 * 1024 * 1024);
    page_run_write(&text, run, str_of(viewer), now);
    CHECK(!text_full(&text));
    return text_str(&text);
}

TEST(page_of_a_run_says_its_state_and_each_step)
{
    struct str html = page_of(arena, sample_run(arena), "person:page");
    CHECK(holds(html, "<h1>Deployment &lt;Steps&gt;</h1>"));
    CHECK(holds(html, "<span class=\"mark firing\">Stopped</span>"));
    CHECK(holds(html, "Run 3, <strong>4 of 8</strong> steps done"));
    CHECK(holds(html, "started by ana, <time datetime=\"2026-11-23T11:33:20"));
    CHECK(holds(html, "version=1.2, region=&lt;eu&gt;"));
    CHECK(holds(html, "The runbook has changed since"));
    CHECK_INT(count_of(html, "aria-current=\"step\""), 1);
    CHECK(holds(html, "id=\"step-6\" class=\"step failed\" aria-current=\"step\""));
    CHECK(holds(html, "by ben, <time"));
    CHECK(holds(html, "nobody is there &amp; it is &quot;small&quot;"));
    CHECK(holds(html, "<strong>Overdue</strong>: it was due at <time"));
    CHECK(holds(html, "not before 1 d after the step before it"));
    CHECK(holds(html, "<code>run:3</code>") && holds(html, "ff08a665dc6d46b6466cf5f288744995"));
    CHECK(holds(html, "Step 6 of run 3 failed: &lt;i&gt;exit 1&lt;/i&gt;."));
    CHECK(!holds(html, "style=\"") && !holds(html, "<script>alert") && !holds(html, "<b>"));
}

TEST(a_watch_that_runs_is_ended_by_a_form_and_nothing_else)
{
    struct run_view *run = sample_run(arena);
    struct run_step_view *step = &run->steps[5];
    run->state = STR("going");
    step->state = STR("running");
    CHECK(!holds(page_of(arena, run, "person:ana"), "action=\"/do/run/stop\""));
    step->is_watched = true;
    step->note = STR("the runbook says <so>");
    step->lasting = STR("is watched until somebody ends it, at most 30 min");
    struct str html = page_of(arena, run, "person:ana");
    CHECK_INT(count_of(html, "action=\"/do/run/stop\""), 1);
    CHECK(holds(html, "End watching") && holds(html, "id=\"stop-6\""));
    CHECK(!holds(html, "id=\"skip-6\"") && !holds(html, "id=\"tick-6\""));
    CHECK(holds(html, "the runbook says &lt;so&gt;.</p>"));
    CHECK(holds(html, "<span>is watched until somebody ends it, at most 30 min</span>"));
}

TEST(what_sql_gave_is_a_table)
{
    struct run_view *run = sample_run(arena);
    run->steps[0].result =
        STR("{\"results\":[{\"columns\":[{\"name\":\"n<\",\"number\":true},"
            "{\"name\":\"who\",\"number\":false}],\"rows\":[[\"1\",\"<b>\"],[null,\"ana\"]],"
            "\"count\":3,\"more\":true,\"ms\":1.5,\"notes\":[\"so & so\"]},"
            "{\"error\":{\"message\":\"no such <table>\",\"remedy\":\"make it\"}}],\"notes\":[]}");
    struct str html = page_of(arena, run, "person:ana");
    CHECK(holds(html, "<h3>Result of step 1</h3>"));
    CHECK(holds(html, "<caption>more than 3 rows, the first 2 are shown (1.5 ms)</caption>"));
    CHECK(holds(html, "<th scope=\"col\">n&lt;</th><th scope=\"col\">who</th>"));
    CHECK(holds(html, "<td class=\"figure\">1</td><td>&lt;b&gt;</td>"));
    CHECK(holds(html, "<span class=\"faint\">NULL</span></td><td>ana</td>"));
    CHECK(holds(html, "<p class=\"faint\">so &amp; so</p>"));
    CHECK(holds(html, "<p class=\"reason bad\">no such &lt;table&gt;</p>") &&
          holds(html, "make it"));
    struct str last[] = {STR("cannot <connect>"), STR("gives up")};
    run->steps[0].last_lines = last;
    run->steps[0].last_line_count = 2;
    CHECK(holds(page_of(arena, run, "person:ana"),
                "<pre class=\"last\">cannot &lt;connect&gt;\ngives up</pre>"));
    run->steps[0].result = STR("{\"results\":");
    CHECK(holds(page_of(arena, run, "person:ana"), "The result cannot be read."));
}

TEST(steps_stand_below_each_other_as_in_the_runbook)
{
    struct str html = page_of(arena, sample_run(arena), "person:page");
    CHECK_INT(count_of(html, "<ol"), 3); /* steps, those of the title, the story */
    CHECK_INT(count_of(html, "<ol"), count_of(html, "</ol>"));
    CHECK_INT(count_of(html, "<li ") + count_of(html, "<li>"), count_of(html, "</li>"));
    size_t title = str_find(html, "id=\"step-2\"", 0);
    size_t below = str_find(html, "<ol><li id=\"step-3\"", title);
    CHECK(below < str_find(html, "</li></ol></li><li id=\"step-5\"", title));
}

TEST(output_is_shown_escaped_and_opened_where_it_matters)
{
    struct run_view *run = sample_run(arena);
    struct str html = page_of(arena, run, "person:page");
    CHECK(holds(html, "002_&lt;script&gt;alert(1)&lt;/script&gt;.sql"));
    CHECK(holds(html, "<details class=\"output\" id=\"output-3\"><summary><h3>Output of step 3"));
    CHECK(holds(html, "<details class=\"output\" id=\"output-6\" open>"));
    CHECK(holds(html, "&amp;&amp; echo &#39;&lt;/code&gt;&lt;script&gt;"));
    run->steps[2].output = STR("");
    CHECK(holds(page_of(arena, run, "person:page"), "The output cannot be shown."));
}

TEST(a_run_is_drawn_over_time)
{
    struct run_view *run = sample_run(arena);
    struct str html = page_of(arena, run, "person:page");
    struct str picture = str_slice(html, str_find(html, "<svg class=\"chart\"", 0),
                                   str_find(html, "</svg>", str_find(html, "\"chart\"", 0)));
    CHECK_INT(count_of(picture, "<text class=\"name\""), 6); /* 7 of 8 steps, one has no span */
    CHECK_INT(count_of(picture, "<rect class=\"bar run\""), 3);
    CHECK_INT(count_of(picture, "<rect class=\"bar hold\""), 1);
    CHECK_INT(count_of(picture, "<rect class=\"bar hand\""), 2);
    CHECK_INT(count_of(picture, "<rect class=\"bar approval\""), 1); /* one lasted no time */
    CHECK_INT(count_of(picture, "<rect class=\"bar stuck\""), 2);
    CHECK_INT(count_of(picture, "<use class=\"sign failed\""), 2);
    CHECK_INT(count_of(picture, "<line class=\"whole cancelled\""), 1);
    CHECK(holds(picture, "<rect class=\"bar hand\" x=\"0.00%\""));
    CHECK(holds(picture, "Announce the &lt;b&gt;release&lt;/b&gt; in #ops</text>"));
    CHECK(!holds(picture, "style=") && !holds(picture, "\"%\""));
    CHECK(holds(html, "times in <span class=\"zone\">UTC</span>"));
    CHECK(holds(html, "failed or in doubt, until somebody decided</li>"));
    CHECK(!holds(html, "waited for its time</li>")); /* the legend has what is there */
    run = sample_run_of(arena, "going", "manual", "planned");
    run->current = 0;
    CHECK(!holds(page_of(arena, run, "person:page"), "<svg"));
}

/* How many ticks a run of that length has, and the words of the first. */
static int ticks_of(struct arena *arena, int64_t length_ms, struct str *out_first)
{
    struct run_view *run = sample_run_of(arena, "done", "manual", "done");
    struct run_span span = {.step = 1,
                            .state = STR("ready"),
                            .from = run->opened,
                            .to = instant_add_ms(run->opened, length_ms)};
    run->ended = span.to;
    run->history = (struct run_history){.spans = &span, .span_count = 1};
    struct str html = page_of(arena, run, "person:page");
    size_t at = str_find(html, "<text class=\"tick", 0);
    size_t from = at < html.n ? str_find_byte(html, '>', at) + 1 : html.n;
    *out_first = str_slice(html, from, str_find_byte(html, '<', from));
    return (int)count_of(html, "<text class=\"tick");
}

TEST(ticks_are_few_and_round)
{
    static const struct {
        int64_t second;
        int count;
        const char *first;
    } cases[] = {
        {1, 0, ""},
        {4, 3, "11:59:01"},
        {9, 4, "11:59:02"},
        {65, 3, "11:59:15"},
        {290, 4, "12:00"},
        {3600, 3, "12:15"},
        {8 * 3600, 3, "14:00"},
        {86400, 3, "18:00"},
        {3 * 86400, 3, "11-24"},
        {30 * 86400, 3, "11-27"},
        {365 * 86400, 3, "03-07"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str first;
        int count = ticks_of(arena, cases[i].second * 1000, &first);
        if (count != cases[i].count || !str_is(first, cases[i].first))
            test_fail(__FILE__, __LINE__, "%lld s: %d ticks from \"%s\" on",
                      (long long)cases[i].second, count, first.p ? str_copy(arena, first).p : "");
    }
}

TEST(what_is_drawn_stands_in_a_table_too)
{
    struct run_view *run = sample_run(arena);
    struct str html = page_of(arena, run, "person:page");
    CHECK_INT(count_of(html, "<tr><th scope=\"row\">"), 8);
    CHECK(holds(html, "waited for an approval for 30 s, ran for 2 min 50 s</td>"));
    CHECK(holds(html, "ran for 40 s, failed and stood so for 1 min, ran for 1 min 20 s, failed and "
                      "stood so for 10 min 20 s</td>"));
    CHECK(holds(html, "its last date passed at <time datetime=\"2026-11-23T11:55:00"));
    CHECK(holds(html, "The run was cancelled at <time"));
}

TEST(a_print_says_where_it_stands_in_the_ledger)
{
    struct run_view *run = sample_run(arena);
    struct str html = page_of(arena, run, "person:page");
    CHECK(holds(html, "from <a href=\"/entries/40\">40</a> to <a href=\"/entries/61\">61</a>"));
    CHECK(holds(html, "Hash of the last</dt><dd><code>0f5e</code>"));
    CHECK(holds(html, "&lt;reeve&gt; sig"));
    run->steps[5].approvals = 2;
    run->steps[5].approved = 1;
    run->steps[5].approvers = STR("ben & co");
    CHECK(
        holds(page_of(arena, run, "person:page"), "approved by ben &amp; co (1 of 2)</span></p>"));
    run->steps[5].state = STR("approval");
    CHECK(!holds(page_of(arena, run, "person:page"), "approved by ben")); /* beside the button */
    CHECK(holds(page_of(arena, run, "person:page"), "<dd>1 of 2: ben &amp; co; good until"));
    run->steps[5].approved_until = instant_add_ms(run->opened, 3600000 + 61000);
    html = page_of(arena, run, "person:page");
    CHECK(holds(html, "good until <time") && holds(html, "1 min 1 s left"));
    run->steps[5].deadline = instant_add_ms(run->opened, 3600000 + 120000);
    CHECK(holds(page_of(arena, run, "person:page"), "ended at the latest at <time"));
}

TEST(the_hash_of_a_page_changes_with_what_it_says_and_not_with_time)
{
    struct run_view *run = sample_run(arena);
    uint64_t hash = page_run_hash(arena, run);
    char seen[40];
    (void)snprintf(seen, sizeof seen, "data-seen=\"%016llx\"", (unsigned long long)hash);
    CHECK(holds(page_of(arena, run, "person:ana"), seen));
    run->steps[5].output = STR("more");
    run->steps[5].output_end = 4;
    run->timeline_count = 0;
    CHECK(page_run_hash(arena, run) == hash);
    run->steps[5].approved = 1;
    run->steps[5].approvers = STR("ben");
    CHECK(page_run_hash(arena, run) != hash);
    hash = page_run_hash(arena, run);
    run->steps[7].overdue = false;
    CHECK(page_run_hash(arena, run) != hash);
}

TEST(output_that_grows_says_how_far_it_goes)
{
    struct run_view *run = sample_run_of(arena, "going", "command", "running");
    run->steps[0].tries = 2;
    struct str html = page_of(arena, run, "person:page");
    CHECK(holds(html, "data-try=\"2\" data-end=\"0\"></pre>") && holds(html, "0 bytes so far"));
    run->steps[0].output = STR("a");
    run->steps[0].output_end = 1;
    html = page_of(arena, run, "person:page");
    CHECK(holds(html, "data-end=\"1\">a</pre>") && holds(html, "1 byte so far"));
}

TEST(all_runs_are_listed)
{
    struct text text;
    struct run_view runs[2] = {*sample_run(arena), *sample_run_of(arena, "done", "manual", "done")};
    runs[1].ended = instant_add_ms(runs[1].opened, 61000);
    text_init(&text, arena, 1 << 20);
    page_runs_write(&text, runs, 2, instant_add_ms(runs[0].opened, 3600000));
    struct str html = text_str(&text);
    CHECK(holds(html, "<a href=\"/runs/3\">Run 3: Deployment &lt;Steps&gt;</a>"));
    CHECK(holds(html, "4 of 8</td>") && holds(html, "open for <span class=\"clock\""));
    CHECK(holds(html, "<td>1 min 1 s</td>"));
    text_init(&text, arena, 1 << 20);
    page_runs_write(&text, NULL, 0, runs[0].opened);
    CHECK(holds(text_str(&text), "Nothing has been run yet") && !holds(text_str(&text), "<table"));
}

/* Which forms stand on the page of a run whose one step is in this state. */
static const struct {
    const char *run, *does, *step, *viewer;
    const char *forms; /* the actions, in order */
} offers[] = {
    {"going", "manual", "ready", "person:page", "run/cancel run/tick run/skip "},
    {"going", "choice", "ready", "person:page", "run/cancel run/tick run/skip "},
    {"going", "command", "ready", "person:page", "run/cancel run/tick run/skip "},
    {"going", "command", "running", "person:page", "run/cancel "},
    {"going", "hold", "running", "person:page", "run/cancel run/skip "},
    {"going", "hold", "ready", "person:page", "run/cancel run/skip "},
    {"going", "manual", "waiting", "person:page", "run/cancel run/skip "},
    {"going", "manual", "planned", "person:page", "run/cancel "},
    {"going", "command", "approval", "person:page", "run/cancel approve refuse run/skip "},
    {"going", "command", "approval", "person:ana", "run/cancel run/skip "},
    {"stopped", "command", "failed", "person:page", "run/cancel run/retry run/tick run/skip "},
    {"stopped", "hold", "doubted", "person:page", "run/cancel run/retry run/tick run/skip "},
    {"cancelled", "command", "failed", "person:page", "run/resume "},
    {"cancelled", "manual", "planned", "person:page", "run/resume "},
    {"done", "manual", "done", "person:page", ""},
    {"going", "manual", "skipped", "person:page", "run/cancel "},
    {"going", "manual", "done", "person:page", "run/cancel "},
};

static struct str forms_of(struct arena *arena, struct str html)
{
    static const char mark[] = "<form method=\"post\" action=\"/do/";
    struct text text;
    text_init(&text, arena, 1000);
    for (size_t at = str_find(html, mark, 0); at < html.n; at = str_find(html, mark, at + 1)) {
        size_t from = at + sizeof mark - 1;
        text_add(&text, str_slice(html, from, str_find_byte(html, '"', from)));
        text_byte(&text, ' ');
    }
    return text_str(&text);
}

TEST(forms_stand_only_where_the_state_takes_them)
{
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        struct run_view *run = sample_run_of(arena, offers[i].run, offers[i].does, offers[i].step);
        struct str html = page_of(arena, run, offers[i].viewer);
        if (!str_is(forms_of(arena, html), offers[i].forms))
            test_fail(__FILE__, __LINE__, "%s, %s %s: %s", offers[i].run, offers[i].does,
                      offers[i].step, forms_of(arena, html).p);
        CHECK_INT(count_of(html, "name=\"back\" value=\"/runs/4\""), count_of(html, "<form"));
        CHECK_INT(count_of(html, "name=\"number\" value=\"4\""), count_of(html, "<form"));
    }
}

TEST(what_would_run_stands_beside_the_button_to_the_letter)
{
    struct run_view *run = sample_run_of(arena, "going", "command", "approval");
    run->steps->runs = STR("rm -rf ‹<b> &›");
    run->steps->folder = STR("/srv/<shop>");
    run->steps->variables = STR("PATH, TARGET");
    run->steps->agreed_to = STR("ab12");
    run->steps->approvals = 2;
    struct str html = page_of(arena, run, "person:ben");
    CHECK(holds(html, "<dt>Runs</dt><dd><code>rm -rf ‹&lt;b&gt; &amp;›</code></dd>"));
    CHECK(holds(html, "<dt>In</dt><dd><code>/srv/&lt;shop&gt;</code></dd>"));
    CHECK(holds(html, "<dt>Environment</dt><dd><code>PATH, TARGET</code></dd>"));
    CHECK(holds(html, "<dt>Approvals</dt><dd>0 of 2</dd>"));
    CHECK_INT(count_of(html, "name=\"digest\" value=\"ab12\""), 2);
    html = page_of(arena, run, "person:ana"); /* who started it sees the same */
    CHECK(holds(html, "<dt>Runs</dt>"));
}

TEST(a_link_leads_to_two_buttons_or_to_what_was_done)
{
    struct text text;
    struct run_view *run = sample_run_of(arena, "going", "command", "approval");
    struct approve_page page = {.number = 4,
                                .step = 1,
                                .run = run,
                                .person = STR("<ben>"),
                                .action = STR("/approve/\"x\"")};
    run->steps->runs = STR("./wipe");
    text_init(&text, arena, 100000);
    page_approve_write(&text, &page);
    CHECK_INT(count_of(text_str(&text), "action=\"/approve/&quot;x&quot;\""), 2);
    CHECK(holds(text_str(&text), "&lt;ben&gt;") && holds(text_str(&text), "./wipe"));
    page.done = STR("You have approved step 1 of run 4.");
    text_init(&text, arena, 100000);
    page_approve_write(&text, &page);
    CHECK_INT(count_of(text_str(&text), "<form"), 0);
    CHECK(holds(text_str(&text), "You have approved step 1 of run 4."));
}

TEST(what_must_be_said_is_required)
{
    struct str html =
        page_of(arena, sample_run_of(arena, "stopped", "command", "doubted"), "person:page");
    CHECK(holds(html, "name=\"reason\" id=\"retry-1\" required"));
    CHECK(holds(html, "name=\"note\" id=\"tick-1\" required"));
    CHECK(holds(html, "name=\"reason\" id=\"skip-1\" required"));
    html = page_of(arena, sample_run_of(arena, "stopped", "command", "failed"), "person:page");
    CHECK(holds(html, "name=\"reason\" id=\"retry-1\" maxlength"));
    html = page_of(arena, sample_run_of(arena, "going", "manual", "ready"), "person:page");
    CHECK(holds(html, "name=\"note\" id=\"tick-1\" maxlength"));
    CHECK(holds(html, "name=\"step\" value=\"1\""));
}

TEST(clocks_of_a_run_live)
{
    struct run_view *run = sample_run_of(arena, "going", "hold", "running");
    run->steps[0].started = run->opened;
    run->steps[0].when = STR("for");
    run->steps[0].due = instant_add_ms(run->opened, 3660000);
    struct str html = page_of(arena, run, "person:page");
    CHECK(holds(html, "data-since=\"") && holds(html, ">1 h</span>"));
    CHECK(holds(html, "ends at <time") && holds(html, ">1 min left</span>"));
    run = sample_run_of(arena, "going", "manual", "waiting");
    run->steps[0].when = STR("after");
    run->steps[0].due = instant_add_ms(run->opened, 3660000);
    CHECK(holds(page_of(arena, run, "person:page"), "its turn comes at <time"));
    run->state = STR("done");
    run->steps[0].state = STR("done");
    run->ended = instant_add_ms(run->opened, 65000);
    CHECK(holds(page_of(arena, run, "person:page"), "took 1 min 5 s"));
}

TEST(page_of_a_procedure_is_its_plan_with_one_form)
{
    struct text text;
    struct procedure_view view = sample_procedure(arena);
    text_init(&text, arena, 4 * 1024 * 1024);
    page_procedure_write(&text, &view, (struct instant){1795435200LL * 1000000});
    struct str html = text_str(&text);
    CHECK_STR(forms_of(arena, html), "run ");
    CHECK(holds(html, "name=\"procedure\" value=\"Releases / Tidy &quot;up&quot;\""));
    CHECK(holds(html, "name=\"set.old\" required") &&
          holds(html, "name=\"set.a&quot;b\" required"));
    CHECK(holds(html, "a whole number, first needed by step 3"));
    CHECK(holds(html, "by Reeve, which runs this command"));
    CHECK(holds(html, "drop table &lt;old&gt;") && holds(html, "Announce &lt;it&gt;"));
    CHECK(holds(html, "<strong>Destroys:</strong> drops a table"));
    CHECK(holds(html, "approval of 1 person other than who starts"));
    CHECK(holds(html, "lasts 5 min"));
    view.run = 7;
    view.refused = STR("Run 7 is not over; <two> would get in each other's way.");
    text_init(&text, arena, 4 * 1024 * 1024);
    page_procedure_write(&text, &view, (struct instant){1795435200LL * 1000000});
    CHECK_STR(forms_of(arena, text_str(&text)), "");
    CHECK(holds(text_str(&text), "&lt;two&gt;") && holds(text_str(&text), "href=\"/runs/7\""));
    view.refused = STR("");
    view.places[0].is_refused = true;
    text_init(&text, arena, 4 * 1024 * 1024);
    page_procedure_write(&text, &view, (struct instant){1795435200LL * 1000000});
    view.places[0].is_refused = false;
    CHECK_STR(forms_of(arena, text_str(&text)), "");
    CHECK(holds(text_str(&text), "old is a secret"));
}

/* The main page of a runbook whose heading owns one or two procedures, the first with a run. */
static struct page_view main_view(struct arena *arena, struct run_view *run, int procedures)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), STR("# Shop\n\n## Deploy\n\n1. One\n2. Two\n"),
                          &program, &err),
             &err);
    struct page_view view = sample_view(arena, program, true);
    struct line_procedures *lines = arena_array(arena, (size_t)program->count, sizeof *lines);
    lines[1].items = arena_array(arena, 2, sizeof *lines[1].items);
    lines[1].items[0] = (struct line_procedure){.name = STR("Deploy <it>"), .nth = 1, .run = run};
    lines[1].items[1] = (struct line_procedure){.name = STR("Again"), .nth = 2};
    lines[1].count = procedures;
    view.procedures = lines;
    view.runs = run;
    view.run_count = run ? 1 : 0;
    return view;
}

TEST(main_page_has_the_open_runs_and_what_a_line_starts)
{
    struct text text;
    struct page_view view = main_view(arena, sample_run(arena), 1);
    struct str id = str_of(view.program->statements[1].id);
    text_init(&text, arena, 4 * 1024 * 1024);
    page_write(&text, &view);
    struct str html = text_str(&text);
    CHECK(holds(html, "<a href=\"#runs\">1 open run</a>"));
    CHECK(holds(html, "<a href=\"/runs/3\">Deployment &lt;Steps&gt;</a>"));
    CHECK(holds(html, "run 3, 4 of 8, open for"));
    CHECK(holds(html, "Step 6, Switch the traffic over: <strong>Failed</strong>"));
    CHECK(holds(html, "1 step is overdue"));
    CHECK(holds(html, "<strong>Now:</strong> retry it, skip it"));
    CHECK(holds(html, str_printf(arena, "<div class=\"proc\" id=\"p-%s\">", id.p).p));
    CHECK(holds(html, str_printf(arena, "href=\"/procedures/%s\">Run<", id.p).p));
    CHECK(holds(html, "run 3, 4 of 8, step 6 failed</span></a>"));
    CHECK(holds(html, "Deploy &lt;it&gt;") && !holds(html, "<it>"));
    view = main_view(arena, NULL, 2);
    text_init(&text, arena, 4 * 1024 * 1024);
    page_write(&text, &view);
    CHECK(!holds(text_str(&text), "open run") && !holds(text_str(&text), "class=\"runs\""));
    CHECK(holds(text_str(&text), str_printf(arena, "/procedures/%s/2\">Run Again</a>", id.p).p));
}

TEST(what_changed_of_a_run_is_sent_and_its_clocks_are_no_change)
{
    struct run_view *run = sample_run(arena);
    struct page_view view = main_view(arena, run, 1);
    uint64_t *seen = arena_array(arena, page_update_slots(&view), sizeof *seen);
    struct text text;
    struct json *root = NULL;
    struct err err = {0};
    text_init(&text, arena, 4 * 1024 * 1024);
    CHECK(page_update_write(&text, &view, seen));
    CHECK_OK(json_parse(arena, text_str(&text), &root, &err), &err);
    CHECK_INT(json_get(root, "procedures")->count, 1);
    CHECK(holds(json_get_str(root, "runs"), "/runs/3"));
    view.now = instant_add_ms(view.now, 5000);
    text_init(&text, arena, 4 * 1024 * 1024);
    CHECK(!page_update_write(&text, &view, seen));
    run->steps[5].state = STR("running");
    CHECK(page_update_write(&text, &view, seen));
    CHECK_OK(json_parse(arena, text_str(&text), &root, &err), &err);
    CHECK(holds(json_get_str(root, "runs"), "<strong>Running</strong>"));
    CHECK(holds(json_get(root, "procedures")->first->text, "step 6 running"));
    CHECK(!json_get(root, "incidents"));
    view = main_view(arena, NULL, 1);
    text_init(&text, arena, 4 * 1024 * 1024);
    CHECK(page_update_write(&text, &view, seen));
    CHECK_OK(json_parse(arena, text_str(&text), &root, &err), &err);
    CHECK_STR(json_get_str(root, "runs"), "");
}

TEST(more_runs_than_are_shown_are_counted)
{
    struct text text;
    struct run_view *runs = arena_array(arena, 33, sizeof *runs);
    for (int i = 0; i < 33; i++) {
        runs[i] = *sample_run_of(arena, i == 0 ? "cancelled" : "going", "manual", "ready");
        runs[i].number = 40 - i;
    }
    struct page_view view = main_view(arena, NULL, 1);
    view.runs = runs;
    view.run_count = 33;
    text_init(&text, arena, 4 * 1024 * 1024);
    page_write(&text, &view);
    CHECK_INT(count_of(text_str(&text), "<li class=\"run\""), 30);
    CHECK(holds(text_str(&text), "3 older ones are open, too"));
    CHECK(holds(text_str(&text), "resume it when it shall go on"));
}
