/* test_rule.c - a rule over time: unknown is drawn as unknown, and what was not kept as nothing. */
#include "face/page.h"
#include "harness/test.h"
#include "sample_view.h"

static bool holds(struct str s, const char *part)
{
    return str_find(s, part, 0) < s.n;
}

static struct str page_with(struct arena *arena, const struct rule_chart *chart)
{
    static const char source[] = "# Shop\n\n## Critical Alerts\n- Error rate > 5% for 5 minutes\n";
    struct program *program = NULL;
    struct err err = {0};
    struct text text;
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(source), &program, &err), &err);
    struct page_view view = sample_view(arena, program, false);
    struct line_detail *details = arena_array(arena, (size_t)program->count, sizeof *details);
    int at = 0;
    while (program->statements[at].kind != STATEMENT_ALERT)
        at++;
    details[at].chart = chart;
    view.details = details;
    text_init(&text, arena, 1 << 20);
    page_line_write(&text, &view, at, false);
    CHECK(!text_full(&text));
    return text_str(&text);
}

static struct rule_chart drawn(struct arena *arena)
{
    struct rule_chart chart = {.range = STR("1h"),
                               .from = {INT64_C(1700000000000000)},
                               .to = {INT64_C(1700003600000000)},
                               .columns = arena_array(arena, CHART_COLUMNS, sizeof *chart.columns),
                               .top = 0.1,
                               .limit = 0.05,
                               .scale = 100,
                               .unit = " %",
                               .top_words = STR("10 %"),
                               .middle_words = STR("5 %"),
                               .bottom_words = STR("0 %"),
                               .limit_words = STR("5 %"),
                               .said = STR("Lowest <0 %."),
                               .basis = STR("From each reading.")};
    for (size_t i = 100; i < 200; i++)
        chart.columns[i] = (struct rule_column){.is_known = i < 150,
                                                .is_unknown = i >= 150,
                                                .is_firing = i < 120,
                                                .low = 0.01,
                                                .high = 0.07};
    return chart;
}

TEST(unknown_is_drawn_as_unknown)
{
    struct rule_chart chart = drawn(arena);
    struct str html = page_with(arena, &chart);
    CHECK(holds(html, "<rect class=\"fired\" x=\"41.67%\" y=\"8\" width=\"8.33%\""));
    CHECK(holds(html, "<rect class=\"dark\" x=\"62.50%\" y=\"8\" width=\"20.83%\""));
    CHECK(holds(html, "fill=\"url(#unknown)\"/>") && holds(html, "</svg>unknown</li>"));
    CHECK(holds(html, "</svg>would fire</li>") && holds(html, "nothing was kept</li>"));
    CHECK(holds(html, "times in <span class=\"zone\">UTC</span>"));
    CHECK(holds(html, "<path class=\"values\" d=\"M100 45.0h1L101 45.0h1"));
    CHECK(holds(html, "L149 45.0h1\"/>"));
    CHECK(holds(html, "<td>1 %</td><td>7 %</td><td>firing</td>"));
    CHECK(holds(html, "<td></td><td></td><td>unknown</td>"));
    CHECK(holds(html, "<td></td><td></td><td>not kept</td>"));
    CHECK(holds(html, "href=\"?range=1h\" aria-current=\"true\">1 hour"));
    CHECK(holds(html, "Lowest &lt;0 %.") && holds(html, "limit 5 %"));
}

/* Of a rule that is asked it is what was, and the rest is to be seen at the engine. */
TEST(what_was_heard_says_so_and_leads_to_the_engine)
{
    struct rule_chart chart = drawn(arena);
    chart.is_heard = true;
    chart.link = STR("http://prom:9090/graph?g0.expr=max%28a%29&g0.tab=0");
    struct str html = page_with(arena, &chart);
    CHECK(holds(html, "</svg>was firing</li>") && !holds(html, "would fire"));
    CHECK(holds(html, "<a href=\"http://prom:9090/graph?g0.expr=max%28a%29&amp;g0.tab=0\" "
                      "rel=\"noreferrer\">The same in the engine"));
}

/* A rule that fires and of which nothing is heard is both. */
TEST(unknown_is_drawn_over_what_fires)
{
    struct rule_chart chart = drawn(arena);
    for (size_t i = 110; i < 113; i++)
        chart.columns[i].is_unknown = true;
    struct str html = page_with(arena, &chart);
    size_t fired = str_find(html, "<rect class=\"fired\" x=\"41.67%\" y=\"8\" width=\"8.33%\"", 0);
    size_t dark = str_find(html, "<rect class=\"dark\" x=\"45.83%\" y=\"8\" width=\"1.25%\"", 0);
    CHECK(fired < dark && dark < html.n);
    CHECK(holds(html, "<td>firing, partly unknown</td>"));
}

TEST(nothing_kept_is_said_and_not_drawn)
{
    struct rule_chart chart = drawn(arena);
    chart.columns = NULL;
    chart.basis = STR("Nothing of it has been kept yet.");
    struct str html = page_with(arena, &chart);
    CHECK(!holds(html, "<svg class=\"chart") && !holds(html, "<table>"));
    CHECK(holds(html, "Nothing of it has been kept yet."));
    CHECK(!holds(page_with(arena, NULL), "Over time"));
}
