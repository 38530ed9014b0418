/* test_page.c - the page of a small runbook: words, places, states, escapes, updates. */
#include "base/json.h"
#include "face/page.h"
#include "harness/test.h"
#include "sample_view.h"

static const char source[] =
    "# Shop <script>alert(1)</script>\n\nA **bold** word, `a<b`, [bad](javascript:x) and "
    "[good](https://a.example/?q=\"1\")\ngoes on here.\n\n## Alerts\n\n### Critical Alerts\n"
    "- Error rate > 5% for 5 minutes\n- Response time p95 > 2 seconds\n\n### Response Checklist\n"
    "1. [ ] Look\n2. [ ] Tell\n\n| Service | Contact |\n|---|---|\n| A | b\\|c |\n\n```bash\n"
    "npm run x < y\n```\n";

static struct program *small(struct arena *arena)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(source), &program, &err), &err);
    return program;
}

static bool holds(struct str s, const char *part)
{
    return str_find(s, part, 0) < s.n;
}

static struct text make_text(struct arena *arena)
{
    struct text text;
    text_init(&text, arena, 4 * 1024 * 1024);
    return text;
}

TEST(page_is_the_runbook_with_its_state)
{
    struct page_view view = sample_view(arena, small(arena), false);
    struct text text = make_text(arena);
    page_write(&text, &view);
    struct str html = text_str(&text);
    CHECK(!text_full(&text));
    CHECK(holds(html, "<h1 class=\"said\">Shop alert(1)</h1>"));
    CHECK(!holds(html, "<script>alert") && !holds(html, "href=\"javascript:"));
    CHECK(holds(html, "<strong>bold</strong>") && holds(html, "<code>a&lt;b</code>"));
    CHECK(holds(html, "href=\"https://a.example/?q=&quot;1&quot;\">good</a>"));
    CHECK(holds(html, "<li><div class=\"row item\" id=\"L9\">") && holds(html, "id=\"live-9\""));
    CHECK(holds(html, "<span class=\"mark firing\">Firing</span>"));
    CHECK(holds(html, "7.1 % of 1,204 requests in 1 min") && holds(html, "<svg class=\"spark\""));
    CHECK(holds(html, "<span class=\"dot firing\" id=\"dot-8\""));
    CHECK(holds(html, "<td>A</td><td>b|c</td>"));
    CHECK(holds(html, "<code>npm run x &lt; y</code>"));
    CHECK(holds(html, "<form method=\"post\" action=\"/do/incident/ack\">"));
    CHECK(holds(html, "name=\"back\" value=\"/#incident-12\"") &&
          holds(html, "name=\"back\" value=\"/#L13\""));
    CHECK(holds(html, "name=\"anyway\""));
    CHECK(holds(html, "<dt>Bound to</dt><dd>signal &quot;error rate&quot;: failures"));
    CHECK(holds(html, "RUNBOOK.md:9 (alert), under Alerts / Critical Alerts"));
    CHECK(holds(html, "<a class=\"menu\" href=\"#contents\">") &&
          holds(html, "<nav id=\"contents\""));
    CHECK(holds(html, "A newer version of the runbook is not in force."));
    CHECK(holds(html, "Connection refused; start the exporter"));
    CHECK(!holds(html, "style=\"") && !holds(html, "onclick"));
}

TEST(page_update_sends_only_what_changed)
{
    struct page_view view = sample_view(arena, small(arena), false);
    uint64_t *seen = arena_array(arena, page_update_slots(&view), sizeof *seen);
    struct text text = make_text(arena);
    struct json *root = NULL;
    struct err err = {0};
    CHECK(page_update_write(&text, &view, seen));
    CHECK_OK(json_parse(arena, text_str(&text), &root, &err), &err);
    CHECK(json_get(root, "incidents") && json_get(root, "targets") && json_get(root, "summary"));
    text = make_text(arena);
    view.now = instant_add_ms(view.now, 1000); /* clocks run in the browser */
    CHECK(!page_update_write(&text, &view, seen));
    CHECK_INT(text_str(&text).n, 0);
    struct line_view *lines = arena_array(arena, (size_t)view.program->count, sizeof *lines);
    memcpy(lines, view.lines, (size_t)view.program->count * sizeof *lines);
    for (int i = 0; i < view.program->count; i++) {
        if (lines[i].mark == MARK_FIRING)
            lines[i] = (struct line_view){.mark = MARK_OK, .state = STR("calm again")};
    }
    view.lines = lines;
    CHECK(page_update_write(&text, &view, seen));
    CHECK_OK(json_parse(arena, text_str(&text), &root, &err), &err);
    CHECK_INT(json_get(root, "live")->count, 1);
    const struct json *cell = json_get(root, "live")->first;
    CHECK_INT(cell->count, 2);
    CHECK_STR(cell->first->text, "ok");
    CHECK(holds(cell->first->next->text, "calm again"));
    CHECK_INT(json_get_str(root, "runbook").n, HASH_HEX_BYTES - 1);
    CHECK_STR(json_get_str(json_get(root, "dots"), "dot-8"),
              "<span class=\"dot pending\" id=\"dot-8\" title=\"Pending\"><span "
              "class=\"unseen\">Pending: </span></span>");
    CHECK(!json_get(root, "incidents"));
}

TEST(an_incident_says_what_others_say_and_the_date_of_what_is_days_away)
{
    struct page_view view = sample_view(arena, small(arena), false);
    struct incident_view incident = view.incidents[0];
    struct said_view said = {.sender = STR("grafana"),
                             .name = STR("Disk <full>"),
                             .summary = STR("/var is at 99 %"),
                             .url = STR("https://grafana.example/d/1?a=\"b\"")};
    struct breach_line_view line = {.item = 1,
                                    .line = 4,
                                    .text = STR("Report"),
                                    .after = STR("3 d"),
                                    .due = instant_add_ms(view.now, 3LL * 24 * 60 * 60 * 1000)};
    struct breach_view breach = {.aware = view.now, .lines = &line, .count = 1};
    struct text text = make_text(arena);
    char due[INSTANT_TEXT_BYTES];
    instant_write(line.due, due);
    incident.said = &said;
    incident.said_count = 1;
    incident.said_more = 2;
    incident.breach = &breach;
    incident.clocks[0].missed = false;
    incident.clocks[0].stopped = true;
    page_incident_write(&text, &incident, view.now);
    incident.clocks[0].missed = true;
    incident.clocks[0].stopped = false;
    struct str html = text_str(&text);
    CHECK(holds(html, "href=\"https://grafana.example/d/1?a=&quot;b&quot;\">Disk &lt;full&gt;</a>: "
                      "<strong>/var is at 99 %</strong>"));
    CHECK(holds(html, "and 2 more alerts"));
    CHECK(holds(html, "<span class=\"name\">Response</span> stopped"));
    CHECK(holds(html, str_printf(arena, ">%.10s %.5s UTC</time>", due, due + 11).p));
    /* What is left of a breach is still to be done when the incident is resolved. */
    incident.resolved = view.now;
    text = make_text(arena);
    page_incident_write(&text, &incident, view.now);
    CHECK(holds(text_str(&text), "/do/incident/deed"));
}

/* One update; returns the lines in it, of which *out_ok are well. */
static int take_update(struct arena *arena, const struct page_view *view, uint64_t *seen,
                       int *out_ok)
{
    struct text text = make_text(arena);
    struct json *root = NULL;
    struct err err = {0};
    *out_ok = 0;
    if (!page_update_write(&text, view, seen))
        return 0;
    CHECK(text_str(&text).n < 300 * 1024);
    CHECK_OK(json_parse(arena, text_str(&text), &root, &err), &err);
    int count = 0;
    for (const struct json *cell = json_get(root, "live")->first; cell; cell = cell->next) {
        count++;
        *out_ok += str_is(cell->first->text, "ok");
    }
    return count;
}

TEST(many_lines_come_in_several_updates_the_changed_marks_first)
{
    enum { RULES = 3000 };
    struct page_view view = sample_view(arena, small(arena), false);
    struct program *program = NULL;
    struct text runbook;
    struct err err = {0};
    text_init(&runbook, arena, 1024 * 1024);
    text_adds(&runbook, "## Critical Alerts\n");
    for (int i = 0; i < RULES; i++)
        text_printf(&runbook, "- Queue depth > %d\n", i + 1);
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), text_str(&runbook), &program, &err), &err);
    CHECK_INT(program->count, RULES + 1);
    struct line_view *lines = arena_array(arena, RULES + 1, sizeof *lines);
    struct str words = str_printf(arena, "%0200d", 7);
    for (int i = 1; i <= RULES; i++)
        lines[i] = (struct line_view){.mark = MARK_OK, .state = words};
    view.program = program;
    view.lines = lines;
    view.procedures = NULL;
    uint64_t *seen = arena_array(arena, page_update_slots(&view), sizeof *seen);
    int ok = 0;
    int first = take_update(arena, &view, seen, &ok);
    CHECK(first > 100 && first < RULES && page_update_waits(&view, seen, RULES));
    /* The last ones fire: they do not wait until it is their turn. */
    for (int i = RULES - 10; i <= RULES; i++)
        lines[i].mark = MARK_FIRING;
    int second = take_update(arena, &view, seen, &ok);
    CHECK_INT(second - ok, 11);
    CHECK(!page_update_waits(&view, seen, RULES) && page_update_waits(&view, seen, RULES - 11));
    int rest = 0;
    for (int more = 1; more > 0; rest += more)
        more = take_update(arena, &view, seen, &ok);
    CHECK_INT(first + second + rest, RULES);
    /* What changes all the time comes in turn, none twice before the others. */
    words = str_printf(arena, "%0200d", 8);
    for (int i = 1; i <= RULES; i++)
        lines[i].state = words;
    rest = 0;
    for (int more = 1; more > 0; rest += more)
        more = take_update(arena, &view, seen, &ok);
    CHECK_INT(rest, RULES);
}

TEST(what_runs_on_the_card_is_no_change_of_it)
{
    struct page_view view = sample_view(arena, small(arena), false);
    uint64_t *seen = arena_array(arena, page_update_slots(&view), sizeof *seen);
    struct text text = make_text(arena);
    CHECK(page_update_write(&text, &view, seen));
    CHECK(holds(text_str(&text), "ana by smtp (sent), ben by webhook (fails)"));
    view.incidents[0].readings[0].value = STR("9.9 % of 1,300 requests in 1 min");
    text = make_text(arena);
    CHECK(!page_update_write(&text, &view, seen));
}

TEST(page_says_loudly_that_reeve_is_not_well)
{
    struct page_view view = sample_view(arena, small(arena), true);
    uint64_t *seen = arena_array(arena, page_update_slots(&view), sizeof *seen);
    struct str troubles[] = {STR("Its ledger cannot be written (<disk full>).")};
    struct text text = make_text(arena);
    CHECK(page_update_write(&text, &view, seen));
    CHECK(!holds(text_str(&text), "not well"));
    view.troubles = troubles;
    view.trouble_count = 1;
    text = make_text(arena);
    CHECK(page_update_write(&text, &view, seen));
    CHECK(
        holds(text_str(&text), "\"notice\":\"<p class=\\\"trouble\\\"><strong>Reeve is not well."));
    text = make_text(arena);
    page_write(&text, &view);
    CHECK(holds(text_str(&text), "Its ledger cannot be written (&lt;disk full&gt;)."));
}

TEST(page_shows_alerts_from_elsewhere_apart)
{
    struct page_view view = sample_view(arena, small(arena), true);
    struct inbound_view inbounds[] = {{.sender = STR("am<"),
                                       .key = STR("k\"1"),
                                       .name = STR("Disk <full>"),
                                       .severity = STR("page"),
                                       .summary = STR("a & b"),
                                       .url = STR("https://am/?a=1&b=\"2"),
                                       .starts = view.now,
                                       .since = view.now,
                                       .heard = view.now,
                                       .incident = 7}};
    struct text text = make_text(arena);
    page_write(&text, &view);
    CHECK(holds(text_str(&text), "<div id=\"inbound\"></div>"));
    view.inbounds = inbounds;
    view.inbound_count = 1;
    view.inbound_more = 3;
    text = make_text(arena);
    page_write(&text, &view);
    CHECK(holds(text_str(&text), "Alerts from elsewhere</h2>"));
    CHECK(holds(text_str(&text), "<strong>am&lt;</strong>"));
    CHECK(holds(text_str(&text), "href=\"https://am/?a=1&amp;b=&quot;2\">Disk &lt;full&gt;</a>"));
    CHECK(holds(text_str(&text), "<p>a &amp; b</p>"));
    CHECK(holds(text_str(&text), "<a href=\"/incidents/7\">incident 7</a>"));
    CHECK(holds(text_str(&text), "name=\"key\" value=\"k&quot;1\""));
    CHECK(holds(text_str(&text), "3 more are open"));
    CHECK(holds(text_str(&text), "<a href=\"#inbound\">4 alerts from elsewhere</a>"));
}

TEST(page_shows_what_fires_unheard_and_how_to_silence)
{
    struct page_view view = sample_view(arena, small(arena), true);
    struct str muted[] = {STR("Error rate fires as P0 and nobody is paged: it is silenced <x>.")};
    struct text text = make_text(arena);
    view.muted = muted;
    view.muted_count = 1;
    page_write(&text, &view);
    CHECK(holds(text_str(&text), "<p class=\"trouble muted\"><strong>Silenced.</strong> Error rate "
                                 "fires as P0 and nobody is paged: it is silenced &lt;x&gt;."));
    int at = 0;
    while (at + 1 < view.program->count && view.program->statements[at].kind != STATEMENT_ALERT)
        at++;
    text = make_text(arena);
    page_line_write(&text, &view, at, true);
    CHECK(!holds(text_str(&text), "/do/silence/"));
    struct line_view *lines = arena_array(arena, (size_t)view.program->count, sizeof *lines);
    memcpy(lines, view.lines, (size_t)view.program->count * sizeof *lines);
    view.lines = lines;
    lines[at].rule = STR("0123456789abcdef");
    page_line_write(&text, &view, at, true);
    CHECK(holds(text_str(&text), "action=\"/do/silence/add\""));
    CHECK(holds(text_str(&text), "name=\"what\" value=\"0123456789abcdef\""));
    CHECK(holds(text_str(&text), "name=\"reason\""));
    CHECK(holds(text_str(&text), "name=\"for\""));
    lines[at].silence = 7;
    text = make_text(arena);
    page_line_write(&text, &view, at, true);
    CHECK(holds(text_str(&text), "action=\"/do/silence/end\""));
    CHECK(holds(text_str(&text), "name=\"number\" value=\"7\""));
    CHECK(!holds(text_str(&text), "/do/silence/add"));
}

TEST(page_silences_jobs_and_alerts_from_elsewhere)
{
    struct page_view view = sample_view(arena, small(arena), true);
    struct beat_view beat = {.name = STR("backup"),
                             .plan = STR("every 24 h"),
                             .state = STR("late"),
                             .words = STR(""),
                             .muted = STR("")};
    struct inbound_view inbound = {.sender = STR("am"),
                                   .key = STR("k\"1"),
                                   .name = STR("Disk <full>"),
                                   .severity = STR(""),
                                   .summary = STR(""),
                                   .url = STR(""),
                                   .muted = STR("")};
    struct text text = make_text(arena);
    view.beats = &beat;
    view.beat_count = 1;
    view.inbounds = &inbound;
    view.inbound_count = 1;
    page_write(&text, &view);
    CHECK(holds(text_str(&text), "action=\"/do/silence/add\" class=\"say\"><input "
                                 "type=\"hidden\" name=\"heartbeat\" value=\"backup\">"));
    CHECK(holds(text_str(&text), "name=\"sender\" value=\"am\"><input type=\"hidden\" "
                                 "name=\"key\" value=\"k&quot;1\">"));
    CHECK(holds(text_str(&text), "Why Disk &lt;full&gt; is silenced"));
    beat.silence = inbound.silence = 7;
    beat.muted = inbound.muted = STR("silenced until 16:00 UTC by ana: <moving>");
    text = make_text(arena);
    page_write(&text, &view);
    CHECK(holds(text_str(&text), "silenced until 16:00 UTC by ana: &lt;moving&gt;"));
    CHECK(holds(text_str(&text), "name=\"number\" value=\"7\""));
    CHECK(!holds(text_str(&text), "/do/silence/add"));
}

TEST(page_says_that_nothing_is_watched)
{
    struct err err = {0};
    struct program *program = NULL;
    struct text text = make_text(arena);
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), STR(""), &program, &err), &err);
    struct page_view view = sample_view(arena, program, true);
    page_write(&text, &view);
    CHECK(holds(text_str(&text), "This runbook is empty, so nothing is watched."));
    CHECK(holds(text_str(&text), "<h1 class=\"unseen\">Acme Shop</h1>"));
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), STR("# Words\n\nonly.\n"), &program, &err),
             &err);
    view = sample_view(arena, program, true);
    text = make_text(arena);
    page_write(&text, &view);
    CHECK(holds(text_str(&text), "Nothing in this runbook is watched: it has no alert rule."));
    view = sample_view(arena, small(arena), true);
    text = make_text(arena);
    page_write(&text, &view);
    CHECK(!holds(text_str(&text), "is watched"));
}

TEST(page_of_a_line_and_of_an_entry)
{
    struct page_view view = sample_view(arena, small(arena), false);
    int alert = 0;
    while (view.program->statements[alert].kind != STATEMENT_ALERT)
        alert++;
    struct text text = make_text(arena);
    page_line_write(&text, &view, alert, false);
    CHECK(holds(text_str(&text), "<h1>Error rate &gt; 5% for 5 minutes</h1>"));
    CHECK(holds(text_str(&text), "<a href=\"/#L9\">Line 9 of the runbook</a>"));
    CHECK(holds(text_str(&text), "lowest 0.2 %, highest 7.1 % of the last 60 readings"));
    CHECK(holds(text_str(&text), "Rule on line 9 fired: &lt;b&gt;Error rate&lt;/b&gt;."));
    CHECK(holds(text_str(&text), "<a class=\"entry\" href=\"/entries/44\">entry 44</a>"));
    text = make_text(arena);
    page_line_write(&text, &view, alert, true);
    CHECK(!holds(text_str(&text), "<html") && holds(text_str(&text), "href=\"/incidents/12\""));
    text = make_text(arena);
    page_line_write(&text, &view, alert + 1, true);
    CHECK(holds(text_str(&text), "No ledger entry is about this line yet."));
    struct entry_page entry = {.sequence = 44,
                               .at = view.now,
                               .now = view.now,
                               .sentence = STR("It <fired>."),
                               .actor = STR("reeve"),
                               .subject = STR("rule:1"),
                               .leaf = STR("{\"a\":\"</pre>\"}"),
                               .hash = STR("ab12")};
    text = make_text(arena);
    page_entry_write(&text, &entry);
    CHECK(holds(text_str(&text), "It &lt;fired&gt;.") && holds(text_str(&text), "12:00:00 UTC"));
    CHECK(holds(text_str(&text), "&lt;/pre&gt;") && holds(text_str(&text), "ab12"));
}

TEST(overdue_follow_ups_stand_on_the_main_page)
{
    struct page_view view = sample_view(arena, small(arena), false);
    struct follow_up_view todo[] = {{.number = 4,
                                     .incident = 7,
                                     .text = STR("Raise <it>"),
                                     .owner = STR("ben"),
                                     .due = view.now,
                                     .is_overdue = true}};
    view.overdue = todo;
    view.overdue_count = 1;
    struct text text = make_text(arena);
    page_write(&text, &view);
    CHECK(holds(text_str(&text), "1 follow-up is overdue: <a href=\"/incidents/7\">4</a> Raise "
                                 "&lt;it&gt; (ben)"));
}

TEST(page_of_an_incident_says_who_leads_it_and_what_is_left)
{
    struct page_view view = sample_view(arena, small(arena), false);
    struct incident_view incident = view.incidents[0];
    struct text text = make_text(arena);
    struct role_view roles[] = {{STR("commander"), STR("ana"), view.now}};
    struct follow_up_view todo[] = {
        {.number = 4,
         .text = STR("Raise <it>"),
         .owner = STR("ben"),
         .due = view.now,
         .is_overdue = true},
        {.number = 5, .text = STR(""), .owner = STR("ben"), .done = view.now}};
    struct offer_view offers[] = {{.name = STR("Rollback"),
                                   .why = STR("it takes it back"),
                                   .statement = "abc",
                                   .nth = 2,
                                   .line = 9,
                                   .run = 3}};
    struct vendor_view vendors[] = {
        {.service = STR("Database"),
         .who = STR("Supabase Support"),
         .address = STR("support@supabase.example"),
         .subject = STR("[P1] \"down\""),
         .body = STR("We have <one>"),
         .mailto = STR("mailto:support@supabase.example?subject=x&body=y")},
        {.service = STR("Payments"), .who = STR("Stripe"), .address = STR("Dashboard")}};
    const int64_t links[] = {3};
    incident.roles = roles;
    incident.role_count = 1;
    incident.commander = STR("ana");
    incident.follow_ups = todo;
    incident.follow_up_count = 2;
    incident.offers = offers;
    incident.offer_count = 1;
    incident.vendors = vendors;
    incident.vendor_count = 2;
    incident.links = links;
    incident.link_count = 1;
    incident.proposal = (struct proposal_view){STR("P0"), STR("70 % of requests fail")};
    page_incident_write(&text, &incident, view.now);
    struct str html = text_str(&text);
    CHECK(holds(html, "commander ana"));
    CHECK(holds(html, "<strong>Proposed: P0</strong>, because 70 % of requests fail."));
    CHECK(holds(html, "name=\"proposed\" value=\"true\""));
    CHECK(holds(html, "<a href=\"/procedures/abc/2?incident=12\">Run Rollback</a>"));
    CHECK(holds(html, "<a href=\"/runs/3\">run 3 of it</a> is open"));
    CHECK(holds(html, "href=\"mailto:support@supabase.example?subject=x&amp;body=y\""));
    CHECK(holds(html, "We have &lt;one&gt;") && !holds(html, "<one>"));
    CHECK(holds(html, "Raise &lt;it&gt;") && holds(html, "overdue") && holds(html, "(erased)"));
    CHECK(holds(html, "action=\"/do/incident/follow-up/done\""));
    CHECK(holds(html, "action=\"/do/incident/follow-up/reopen\""));
    CHECK(holds(html, "Has to do with <a href=\"/incidents/3\">incident 3</a>."));
    CHECK(holds(html, "href=\"/incidents/12/postmortem.md\""));
    CHECK(holds(html, "action=\"/do/incident/merge\"") && !holds(html, "/do/incident/close"));
    /* At the zero moment the numbers of a proposal are no change. */
    text = make_text(arena);
    page_incident_write(&text, &incident, (struct instant){0});
    CHECK(!holds(text_str(&text), "70 % of requests fail"));
    incident.resolved = view.now;
    text = make_text(arena);
    page_incident_write(&text, &incident, view.now);
    html = text_str(&text);
    CHECK(holds(html, "/do/incident/close") && !holds(html, "/do/incident/merge"));
    CHECK(!holds(html, "Proposed: P0") && !holds(html, "Run Rollback"));
}

TEST(page_of_an_incident_and_small_pages)
{
    struct page_view view = sample_view(arena, small(arena), false);
    struct text text = make_text(arena);
    page_incident_write(&text, &view.incidents[0], view.now);
    CHECK(holds(text_str(&text), "Incident 12 opened as P1: Error rate &gt; 5% for 10 seconds."));
    CHECK(holds(text_str(&text), "2 min 25 s late"));
    CHECK(holds(text_str(&text), "name=\"back\" value=\"/incidents/12\""));
    CHECK(
        holds(text_str(&text), "<a href=\"/#L9\">Error rate &gt; 5% for 5 minutes</a>: <strong "));
    text = make_text(arena);
    struct acknowledge_page page = {.number = 12,
                                    .severity = STR("P1"),
                                    .title = STR("<x>"),
                                    .person = STR("ana"),
                                    .action = STR("/ack/t")};
    page_acknowledge_write(&text, &page);
    CHECK(holds(text_str(&text), "<form method=\"post\" action=\"/ack/t\"><button"));
    CHECK(holds(text_str(&text), "&lt;x&gt;") && !holds(text_str(&text), "<x>"));
    page.done = STR("This link was used already.");
    text = make_text(arena);
    page_acknowledge_write(&text, &page);
    CHECK(!holds(text_str(&text), "<button") && holds(text_str(&text), "used already"));
    text = make_text(arena);
    page_login_write(&text, &(struct login_page){STR("Name or password is wrong."), STR(""),
                                                 STR("/"), true, true});
    page_problem_write(&text, 404, STR("No incident has the number 99."));
    CHECK(holds(text_str(&text), "Name or password is wrong"));
    CHECK(holds(text_str(&text), "number 99."));
    CHECK(asset_find(STR("/assets/reeve.css")) && asset_find(STR("/assets/reeve.js")));
    CHECK(!asset_find(STR("/assets/../x")));
}
