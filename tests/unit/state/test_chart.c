/* test_chart.c - what is said beside the picture of a rule over time. */
#include "harness/test.h"
#include "state/world.h"

#include <math.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

static struct rule rule_of(struct arena *arena, const char *sentence)
{
    struct statement *statement = arena_make(arena, struct statement);
    struct signals *signals = arena_make(arena, struct signals);
    struct err err = {0};
    signals_init(signals, arena);
    CHECK_OK(sentence_read(arena, STR("Critical Alerts"), str_of(sentence), statement, &err), &err);
    struct rule rule = rule_make(arena, statement, signals);
    CHECK_STR(rule.problem, "");
    return rule;
}

/* 240 columns of which none fires. */
static struct rule_chart quiet(struct arena *arena, int64_t slot_ms)
{
    struct rule_chart chart = {.from = {INT64_C(1700000000000000)},
                               .to = {INT64_C(1700086400000000)},
                               .slot_ms = slot_ms,
                               .columns = arena_array(arena, CHART_COLUMNS, sizeof *chart.columns)};
    for (size_t i = 0; i < CHART_COLUMNS; i++)
        chart.columns[i] = (struct rule_column){.is_known = true, .low = 0.01, .high = 0.03};
    return chart;
}

static bool says(struct arena *arena, const char *sentence, int64_t slot_ms, const char *part)
{
    struct rule rule = rule_of(arena, sentence);
    struct rule_chart chart = quiet(arena, slot_ms);
    view_chart_frame(arena, &rule, &chart);
    return str_find(chart.said, part, 0) < chart.said.n;
}

TEST(what_merged_readings_cannot_show_is_not_denied)
{
    static const char denied[] = "would not have fired";
    static const char open[] = "Whether it fired cannot be told from readings merged to 1 h:";
    static const struct {
        const char *sentence;
        int64_t slot_ms;
        bool told;
    } rows[] = {
        {"Error rate > 5% for 5 minutes", 0, true},
        {"Error rate > 5% for 5 minutes", MINUTE_MS, true},
        {"Error rate > 5% for 5 minutes", HOUR_MS, false},
        {"Error rate > 5%", HOUR_MS, false},
        {"Disk usage > 75% for 2 minutes", MINUTE_MS, true},
        {"Disk usage > 75% for 2 minutes", HOUR_MS, false},
        {"Disk usage > 75%", HOUR_MS, true}, /* the worst of each hour is kept */
        {"Failed logins > 10 in 5 minutes", HOUR_MS, false},
        {"Failed logins > 10 in 2 hours", HOUR_MS, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(says(arena, rows[i].sentence, rows[i].slot_ms, denied) == rows[i].told);
        CHECK(says(arena, rows[i].sentence, rows[i].slot_ms, open) == !rows[i].told);
    }
}

TEST(what_fired_in_merged_readings_may_be_more)
{
    struct rule rule = rule_of(arena, "Error rate > 5% for 5 minutes");
    struct rule_chart chart = quiet(arena, HOUR_MS);
    for (size_t i = 0; i < 20; i++)
        chart.columns[i].is_firing = true;
    chart.firing_ms = 2 * HOUR_MS;
    view_chart_frame(arena, &rule, &chart);
    CHECK(str_find(chart.said, "fired for about 2 h of it, and maybe more often.", 0) <
          chart.said.n);
}

/* What is unknown is said as long as it was, however wide the columns are that show it. */
TEST(unknown_is_as_long_as_it_was)
{
    struct rule rule = rule_of(arena, "Error rate > 5% for 5 minutes");
    struct rule_chart chart = quiet(arena, 0);
    for (size_t i = 0; i < 3; i++)
        chart.columns[i].is_firing = chart.columns[i].is_unknown = true;
    chart.firing_ms = 12 * MINUTE_MS;
    chart.unknown_ms = 16 * 1000;
    view_chart_frame(arena, &rule, &chart);
    CHECK(str_find(chart.said, "fired for about 12 min of it.", 0) < chart.said.n);
    CHECK(str_find(chart.said, "Unknown in about 16 s of it.", 0) < chart.said.n);
    chart.firing_ms = 0;
    view_chart_frame(arena, &rule, &chart);
    CHECK(str_find(chart.said, "It was firing when it became unknown.", 0) < chart.said.n);
}
