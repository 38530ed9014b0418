/* test_rule.c - what rules read from windows, in numbers and in words. */
#include "alert/evaluate.h"
#include "alert/history.h"
#include "alert/rule.h"
#include "harness/test.h"

#include <math.h>

static const int64_t start_us = 1700000000000000;

static struct instant second(int64_t n)
{
    return (struct instant){start_us + n * 1000000};
}

static struct statement statement_of(const char *signal, enum comparison cmp, double value)
{
    struct statement statement = {.kind = STATEMENT_ALERT, .line = 61, .id = "0123456789abcdef"};
    statement.text = STR("the line");
    statement.alert = (struct alert_statement){.metric = str_of(signal),
                                               .signal = str_of(signal),
                                               .cmp = cmp,
                                               .value = value,
                                               .unit = STR(""),
                                               .level = STR("critical")};
    return statement;
}

struct rig {
    struct signals signals;
    struct telemetry telemetry;
};

static struct rig *rig_make(struct arena *arena)
{
    struct rig *rig = arena_make(arena, struct rig);
    signals_init(&rig->signals, arena);
    telemetry_init(&rig->telemetry, arena);
    return rig;
}

static struct reading reading_of(const char *signal, enum signal_kind kind, int64_t at)
{
    return (struct reading){.signal = str_of(signal),
                            .target = STR("app"),
                            .at = second(at),
                            .since = second(at - 1),
                            .interval_ms = 1000,
                            .kind = kind};
}

static void fold(struct rig *rig, struct reading reading)
{
    struct err err = {0};
    CHECK_OK(telemetry_fold(&rig->telemetry, &reading, &err), &err);
}

static void fold_ratio(struct rig *rig, int64_t at, double part, double of)
{
    struct reading reading = reading_of("error rate", SIGNAL_RATIO, at);
    reading.part = part;
    reading.of = of;
    fold(rig, reading);
}

TEST(a_ratio_in_numbers_and_words)
{
    struct rig *rig = rig_make(arena);
    struct statement statement = statement_of("error rate", CMP_OVER, 0.05);
    statement.alert.unit = STR("%");
    statement.alert.mode = WINDOW_FOR;
    statement.alert.window_ms = 300000;
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    CHECK_INT(rule.for_ms, 300000);
    CHECK_STR(rule.meaning, "fires as critical when error rate over the last 1 min has been more "
                            "than 5 % for 5 min without a break, with at least 20 requests");
    rule_set_level(arena, &rule, STR("P1"));
    CHECK_STR(rule.level, "P1");
    CHECK(
        str_starts(rule.meaning, "fires as P1 when error rate over the last 1 min has been more "));
    CHECK_STR(
        rule.promql,
        "sum(increase(http_server_request_duration_seconds_count{http_response_status_code=~"
        "\"5..\"}[1m])) / sum(increase(http_server_request_duration_seconds_count[1m])) > 0.05");
    struct evaluation now = rule_evaluate(arena, &rule, &rig->telemetry, second(0));
    CHECK_INT(now.truth, TRUTH_UNKNOWN);
    CHECK_STR(now.reason, "no target has answered yet");
    fold_ratio(rig, 1, 40, 602);
    fold_ratio(rig, 2, 45, 602);
    now = rule_evaluate(arena, &rule, &rig->telemetry, second(2));
    CHECK_INT(now.truth, TRUTH_TRUE);
    CHECK_STR(now.value_text, "7.1 % of 1,204 requests in 1 min");
    CHECK_INT(rule_evaluate(arena, &rule, &rig->telemetry, second(7)).truth, TRUTH_TRUE);
    now = rule_evaluate(arena, &rule, &rig->telemetry, second(8));
    CHECK_INT(now.truth, TRUTH_UNKNOWN);
    CHECK_STR(now.reason, "target app has given nothing for 6 s");
    struct err err = {0};
    struct target_status status = {
        .name = STR("app"), .at = second(8), .interval_ms = 1000, .up = true};
    CHECK_OK(telemetry_fold_line(&rig->telemetry, arena, target_status_write(arena, &status), &err),
             &err);
    now = rule_evaluate(arena, &rule, &rig->telemetry, second(8));
    CHECK_STR(now.reason, "target app answers, but has given nothing of this for 6 s");
    status.problem = STR("requests_total is NaN (line 3), which is no measurement");
    CHECK_OK(telemetry_fold_line(&rig->telemetry, arena, target_status_write(arena, &status), &err),
             &err);
    now = rule_evaluate(arena, &rule, &rig->telemetry, second(8));
    CHECK_STR(now.reason, "target app answers, but requests_total is NaN (line 3), which is no "
                          "measurement");
    telemetry_done(&rig->telemetry);
}

TEST(no_and_too_little_traffic)
{
    struct rig *rig = rig_make(arena);
    struct statement statement = statement_of("error rate", CMP_OVER, 0.05);
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    fold_ratio(rig, 1, 0, 0);
    struct evaluation now = rule_evaluate(arena, &rule, &rig->telemetry, second(1));
    CHECK_INT(now.truth, TRUTH_FALSE);
    CHECK_STR(now.value_text, "no requests in 1 min");
    fold_ratio(rig, 2, 19, 19);
    now = rule_evaluate(arena, &rule, &rig->telemetry, second(2));
    CHECK_INT(now.truth, TRUTH_TOO_LITTLE);
    CHECK_STR(now.reason, "too little traffic: 19 requests in 1 min, fewer than 20");
    fold_ratio(rig, 3, 1, 1);
    CHECK_INT(rule_evaluate(arena, &rule, &rig->telemetry, second(3)).truth, TRUTH_TRUE);
    telemetry_done(&rig->telemetry);
}

TEST(exactly_the_limit_is_not_over_it)
{
    struct rig *rig = rig_make(arena);
    fold_ratio(rig, 1, 1, 20);
    static const struct {
        enum comparison cmp;
        enum truth truth;
    } cases[] = {{CMP_OVER, TRUTH_FALSE},
                 {CMP_AT_LEAST, TRUTH_TRUE},
                 {CMP_UNDER, TRUTH_FALSE},
                 {CMP_AT_MOST, TRUTH_TRUE},
                 {CMP_EQUAL, TRUTH_TRUE}};
    for (size_t i = 0; i < 5; i++) {
        struct statement statement = statement_of("error rate", cases[i].cmp, 0.05);
        struct rule rule = rule_make(arena, &statement, &rig->signals);
        CHECK_INT(rule_evaluate(arena, &rule, &rig->telemetry, second(1)).truth, cases[i].truth);
    }
    telemetry_done(&rig->telemetry);
}

/* 100 requests: 60 up to 1 s, 90 up to 2.5, 97 up to 5, 3 above. */
static void fold_histogram(struct rig *rig)
{
    struct reading reading = reading_of("response time", SIGNAL_QUANTILE, 1);
    const double edges[] = {1, 2.5, 5};
    const double counts[] = {60, 90, 97};
    memcpy(reading.edges, edges, sizeof edges);
    memcpy(reading.counts, counts, sizeof counts);
    reading.edge_count = 3;
    reading.of = 100;
    fold(rig, reading);
}

TEST(a_quantile_is_decided_at_the_edges)
{
    struct rig *rig = rig_make(arena);
    fold_histogram(rig);
    static const struct {
        double quantile, limit;
        enum comparison cmp;
        enum truth truth;
    } cases[] = {{0.95, 5, CMP_OVER, TRUTH_FALSE},    {0.95, 2.5, CMP_OVER, TRUTH_TRUE},
                 {0.95, 3, CMP_OVER, TRUTH_UNKNOWN},  {0.95, 6, CMP_OVER, TRUTH_FALSE},
                 {0.95, 1, CMP_OVER, TRUTH_TRUE},     {0.95, 5, CMP_UNDER, TRUTH_TRUE},
                 {0.95, 2.5, CMP_UNDER, TRUTH_FALSE}, {0.95, 3, CMP_UNDER, TRUTH_UNKNOWN},
                 {0.5, 1, CMP_OVER, TRUTH_FALSE},     {0.5, 0.5, CMP_OVER, TRUTH_UNKNOWN},
                 {0.99, 5, CMP_OVER, TRUTH_TRUE},     {0.99, 6, CMP_OVER, TRUTH_UNKNOWN},
                 {0.97, 5, CMP_OVER, TRUTH_FALSE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct statement statement = statement_of("response time", cases[i].cmp, cases[i].limit);
        statement.alert.quantile = cases[i].quantile;
        struct rule rule = rule_make(arena, &statement, &rig->signals);
        struct evaluation now = rule_evaluate(arena, &rule, &rig->telemetry, second(1));
        if (now.truth != cases[i].truth)
            test_fail(__FILE__, __LINE__, "case %zu: %d", i, (int)now.truth);
    }
    struct statement statement = statement_of("response time", CMP_OVER, 3);
    statement.alert.quantile = 0.95;
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    struct evaluation now = rule_evaluate(arena, &rule, &rig->telemetry, second(1));
    CHECK_STR(now.reason, "p95 is between 2.5 and 5 s and the limit lies inside; the histogram "
                          "needs an edge at 3 s");
    CHECK_STR(now.value_text, "p95 between 2.5 and 5 s of 100 requests in 1 min");
    CHECK(now.value > 2.5 && now.value < 5);
    CHECK_STR(rule.promql, "histogram_quantile(0.95, sum by (le) "
                           "(rate(http_server_request_duration_seconds_bucket[1m]))) > 3");
    telemetry_done(&rig->telemetry);
}

TEST(a_count_in_a_sliding_window_with_gaps)
{
    struct rig *rig = rig_make(arena);
    struct statement statement = statement_of("failed auth attempts", CMP_OVER, 10);
    statement.alert.mode = WINDOW_IN;
    statement.alert.window_ms = 300000;
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    rules_retain(&(struct rules){.items = &rule, .count = 1, .written = 1}, &rig->telemetry);
    struct reading reading = reading_of("failed auth attempts", SIGNAL_COUNT, 1);
    reading.part = 11;
    fold(rig, reading);
    struct evaluation now = rule_evaluate(arena, &rule, &rig->telemetry, second(1));
    CHECK_INT(now.truth, TRUTH_TRUE);
    CHECK_STR(now.value_text, "11 failed attempts in 5 min");
    for (int64_t i = 2; i <= 310; i++) {
        reading = reading_of("failed auth attempts", SIGNAL_COUNT, i);
        fold(rig, reading);
    }
    CHECK_INT(rule_evaluate(arena, &rule, &rig->telemetry, second(300)).truth, TRUTH_UNKNOWN);
    now = rule_evaluate(arena, &rule, &rig->telemetry, second(310));
    CHECK_INT(now.truth, TRUTH_FALSE);
    CHECK_STR(now.value_text, "0 failed attempts in 5 min");
    /* A gap of 20 s: zero is no longer known, for five minutes. */
    reading = reading_of("failed auth attempts", SIGNAL_COUNT, 330);
    reading.since = (struct instant){0};
    fold(rig, reading);
    reading = reading_of("failed auth attempts", SIGNAL_COUNT, 331);
    fold(rig, reading);
    now = rule_evaluate(arena, &rule, &rig->telemetry, second(331));
    CHECK_INT(now.truth, TRUTH_UNKNOWN);
    CHECK_STR(now.reason, "only the last 1 s of 5 min were seen without a gap");
    telemetry_done(&rig->telemetry);
}

TEST(gauges_name_the_worst_and_states_have_limits)
{
    struct rig *rig = rig_make(arena);
    struct statement statement = statement_of("disk usage", CMP_OVER, 0.8);
    statement.alert.unit = STR("%");
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    struct reading reading = reading_of("disk usage", SIGNAL_GAUGE_RATIO, 1);
    reading.high = 0.912;
    reading.high_series = STR("mountpoint=\"/var\"");
    reading.low = 0.1;
    fold(rig, reading);
    struct evaluation now = rule_evaluate(arena, &rule, &rig->telemetry, second(1));
    CHECK_INT(now.truth, TRUTH_TRUE);
    CHECK_STR(now.value_text, "91.2 % (mountpoint=\"/var\")");
    CHECK_STR(now.series, "mountpoint=\"/var\"");
    /* A second, silent target: true stays true, false becomes unknown. */
    reading.target = STR("other");
    reading.high = 0.95;
    fold(rig, reading);
    reading = reading_of("disk usage", SIGNAL_GAUGE_RATIO, 20);
    reading.high = 0.85;
    fold(rig, reading);
    CHECK_INT(rule_evaluate(arena, &rule, &rig->telemetry, second(20)).truth, TRUTH_TRUE);
    reading = reading_of("disk usage", SIGNAL_GAUGE_RATIO, 21);
    reading.high = 0.5;
    fold(rig, reading);
    CHECK_INT(rule_evaluate(arena, &rule, &rig->telemetry, second(21)).truth, TRUTH_UNKNOWN);

    statement = statement_of("database connection pool", CMP_NONE, 0);
    rule = rule_make(arena, &statement, &rig->signals);
    reading = reading_of("database connection pool", SIGNAL_GAUGE_RATIO, 1);
    reading.high = 1;
    fold(rig, reading);
    CHECK_INT(rule_evaluate(arena, &rule, &rig->telemetry, second(1)).truth, TRUTH_TRUE);
    telemetry_done(&rig->telemetry);
}

/* What the silent one would say can only add: no zero is made of it. */
TEST(a_count_below_its_limit_is_not_known_while_a_target_is_silent)
{
    struct rig *rig = rig_make(arena);
    struct statement statement = statement_of("failed auth attempts", CMP_UNDER, 3);
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    struct evaluation now = {0};
    for (int64_t at = 1; at <= 100; at++) {
        struct reading reading = reading_of("failed auth attempts", SIGNAL_COUNT, at);
        fold(rig, reading);
        reading.target = STR("other");
        if (at <= 80)
            fold(rig, reading);
        now = rule_evaluate(arena, &rule, &rig->telemetry, second(at));
        CHECK_INT(now.truth, at >= 60 && at <= 85 ? TRUTH_TRUE : TRUTH_UNKNOWN);
    }
    CHECK_STR(now.reason, "target other has given nothing for 20 s");
    /* Above a limit the rest is enough. */
    statement = statement_of("failed auth attempts", CMP_AT_LEAST, 0);
    rule = rule_make(arena, &statement, &rig->signals);
    CHECK_INT(rule_evaluate(arena, &rule, &rig->telemetry, second(100)).truth, TRUTH_TRUE);
    telemetry_done(&rig->telemetry);
}

/* Five a second: below ten a second, although three hundred are in the minute. */
TEST(a_limit_per_second_is_a_rate_of_what_is_counted)
{
    struct rig *rig = rig_make(arena);
    struct statement statement = statement_of("failed auth attempts", CMP_UNDER, 10);
    statement.alert.unit = STR("/s");
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    for (int64_t at = 1; at <= 60; at++) {
        struct reading reading = reading_of("failed auth attempts", SIGNAL_COUNT, at);
        reading.part = 5;
        fold(rig, reading);
    }
    struct evaluation now = rule_evaluate(arena, &rule, &rig->telemetry, second(60));
    CHECK_INT(now.truth, TRUTH_TRUE);
    CHECK(now.value > 4.99 && now.value < 5.01);
    CHECK_STR(now.value_text, "5.0 a second over 1 min");
    CHECK_STR(rule.promql, "sum(rate(auth_failures_total[1m])) < 10");
    CHECK_STR(rule.meaning, "fires as critical when failed auth attempts over the last 1 min is "
                            "less than 10 a second");
    statement.alert.cmp = CMP_OVER;
    statement.alert.value = 100;
    rule = rule_make(arena, &statement, &rig->signals);
    CHECK_INT(rule_evaluate(arena, &rule, &rig->telemetry, second(60)).truth, TRUTH_FALSE);
    statement.alert.mode = WINDOW_IN;
    statement.alert.window_ms = 10000;
    statement.alert.value = 4.9;
    rule = rule_make(arena, &statement, &rig->signals);
    now = rule_evaluate(arena, &rule, &rig->telemetry, second(60));
    CHECK_INT(now.truth, TRUTH_TRUE);
    CHECK_STR(now.value_text, "5.0 a second over 10 s");
    telemetry_done(&rig->telemetry);
}

/* Readings every so many seconds, each of so many events a second. */
static void fold_every(struct rig *rig, int64_t every, double a_second, int64_t until)
{
    for (int64_t at = every; at <= until; at += every) {
        struct reading reading = reading_of("failed auth attempts", SIGNAL_COUNT, at);
        reading.since = second(at - every);
        reading.interval_ms = every * 1000;
        reading.part = a_second * (double)every;
        fold(rig, reading);
    }
}

static struct statement attempts(enum comparison cmp, double limit, const char *unit)
{
    struct statement statement = statement_of("failed auth attempts", cmp, limit);
    statement.alert.unit = str_of(unit);
    return statement;
}

static struct evaluation counted(struct arena *arena, int64_t every, double a_second,
                                 struct statement statement)
{
    struct rig *rig = rig_make(arena);
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    fold_every(rig, every, a_second, 495);
    struct evaluation now = rule_evaluate(arena, &rule, &rig->telemetry, second(495));
    telemetry_done(&rig->telemetry);
    return now;
}

/* A minute holds five readings of 11 s, one of 45 s and two of 38 s: 55, 45 and 76 s. */
TEST(a_rate_is_that_of_its_readings_where_they_do_not_fill_the_window)
{
    static const struct {
        int64_t every;
        double a_second, limit;
        enum comparison cmp;
        const char *words;
    } cases[] = {{11, 11, 10.5, CMP_UNDER, "11.0 a second over 55 s"},
                 {45, 12, 10, CMP_UNDER, "12.0 a second over 45 s"},
                 {38, 8, 10, CMP_OVER, "8.0 a second over 1 min 16 s"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct evaluation now = counted(arena, cases[i].every, cases[i].a_second,
                                        attempts(cases[i].cmp, cases[i].limit, "/s"));
        CHECK_INT(now.truth, TRUTH_FALSE);
        CHECK_STR(now.value_text, cases[i].words);
    }
}

/* 55 s have 550 events for sure and the minute at most 660; 63 s have 630, the minute 560 at least.
 */
TEST(a_count_is_between_its_bounds_where_readings_do_not_fill_the_window)
{
    static const struct {
        int64_t every;
        enum comparison cmp;
        double limit;
        enum truth truth;
    } cases[] = {{11, CMP_UNDER, 600, TRUTH_UNKNOWN},    {11, CMP_UNDER, 661, TRUTH_TRUE},
                 {11, CMP_UNDER, 550, TRUTH_FALSE},      {11, CMP_OVER, 549, TRUTH_TRUE},
                 {11, CMP_OVER, 659, TRUTH_UNKNOWN},     {11, CMP_OVER, 660, TRUTH_FALSE},
                 {7, CMP_OVER, 600, TRUTH_UNKNOWN},      {7, CMP_OVER, 559, TRUTH_TRUE},
                 {7, CMP_OVER, 630, TRUTH_FALSE},        {7, CMP_EQUAL, 600, TRUTH_UNKNOWN},
                 {7, CMP_EQUAL, 631, TRUTH_FALSE},       {7, CMP_AT_MOST, 630, TRUTH_TRUE},
                 {90, CMP_OVER, 899, TRUTH_UNKNOWN},     {90, CMP_OVER, 900, TRUTH_FALSE},
                 {15, CMP_OVER, 599, TRUTH_TRUE},        {15, CMP_AT_MOST, 599, TRUTH_FALSE},
                 {15, CMP_AT_LEAST, 600.5, TRUTH_FALSE}, {15, CMP_EQUAL, 600, TRUTH_TRUE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct evaluation now =
            counted(arena, cases[i].every, 10, attempts(cases[i].cmp, cases[i].limit, ""));
        CHECK_INT(now.truth, cases[i].truth);
    }
    struct evaluation now = counted(arena, 11, 10, attempts(CMP_UNDER, 600, ""));
    CHECK_STR(now.value_text, "550 failed attempts in 55 s");
    CHECK_STR(now.reason,
              "between 550 and 660 failed attempts in 1 min, for the readings do not begin "
              "with it: 550 failed attempts in 55 s; an \"every\" that divides it tells");
}

TEST(a_limit_per_second_on_a_share_is_a_problem)
{
    struct rig *rig = rig_make(arena);
    struct statement statement = statement_of("error rate", CMP_OVER, 10);
    statement.alert.unit = STR("/s");
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    CHECK_STR(rule.problem, "the limit is a rate per second, and the signal is a share; write the "
                            "limit in %, or bind the signal to a counter with count: under "
                            "signals: in reeve.yaml");
    telemetry_done(&rig->telemetry);
}

TEST(a_step_of_the_wall_clock_is_no_missing_binding)
{
    struct rig *rig = rig_make(arena);
    struct statement statement = statement_of("failed auth attempts", CMP_OVER, 3);
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    struct target_status status = {
        .name = STR("app"), .at = second(1), .interval_ms = 1000, .up = true};
    struct err err = {0};
    CHECK_OK(telemetry_fold_line(&rig->telemetry, arena, target_status_write(arena, &status), &err),
             &err);
    fold(rig, reading_of("failed auth attempts", SIGNAL_COUNT, 1));
    telemetry_forget(&rig->telemetry);
    struct evaluation now = rule_evaluate(arena, &rule, &rig->telemetry, second(3600));
    CHECK_INT(now.truth, TRUTH_UNKNOWN);
    CHECK_STR(now.reason, "the wall clock was set; waiting for the next readings");
    telemetry_done(&rig->telemetry);
}

TEST(values_are_written_for_people)
{
    struct rig *rig = rig_make(arena);
    static const struct {
        const char *unit, *words;
        double limit, value;
    } cases[] = {{"GB", "5 GB", 4e9, 5e9},       {"GB", "4.000001 GB", 4e9, 4.000001e9},
                 {"bytes", "12 bytes", 100, 12}, {"", "100.000001", 100, 100.000001},
                 {"", "100", 100, 100},          {"", "5,000,000,000", 100, 5e9},
                 {"", "0.25", 100, 0.25},        {"/s", "5 a second", 10, 5}};
    struct statement statement = statement_of("failed auth attempts", CMP_OVER, 10);
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rule.unit = str_of(cases[i].unit);
        rule.limit = cases[i].limit;
        CHECK_SAME(value_number_text(arena, &rule, cases[i].value), str_of(cases[i].words));
    }
    rule = rule_make(arena, &statement, &rig->signals);
    struct reading reading = reading_of("failed auth attempts", SIGNAL_COUNT, 1);
    reading.part = 1;
    fold(rig, reading);
    CHECK_STR(rule_evaluate(arena, &rule, &rig->telemetry, second(1)).value_text,
              "1 failed attempt in 1 min");
    telemetry_done(&rig->telemetry);
}

TEST(what_cannot_be_decided_says_why)
{
    struct rig *rig = rig_make(arena);
    struct statement statement = statement_of("token usage", CMP_OVER, 0.9);
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    CHECK(str_starts(rule_evaluate(arena, &rule, &rig->telemetry, second(0)).reason,
                     "not bound: no metric is known for \"token usage\""));
    statement = statement_of("checkout mood", CMP_OVER, 1);
    rule = rule_make(arena, &statement, &rig->signals);
    CHECK(str_starts(rule.problem, "not bound: no signal is named \"checkout mood\""));
    statement = statement_of("response time", CMP_OVER, 1);
    rule = rule_make(arena, &statement, &rig->signals);
    CHECK(str_starts(rule.problem, "the line names no quantile"));
    statement = statement_of("error rate", CMP_NONE, 1);
    rule = rule_make(arena, &statement, &rig->signals);
    CHECK(str_starts(rule.problem, "the line names a state"));
    telemetry_done(&rig->telemetry);
    statement = statement_of("memory usage", CMP_OVER, 0.85);
    statement.alert.mode = WINDOW_OVER;
    statement.alert.window_ms = 600000;
    rule = rule_make(arena, &statement, &rig->signals);
    CHECK(str_starts(rule.problem, "the line counts or averages over a length of time"));
    statement.alert.mode = WINDOW_FOR;
    rule = rule_make(arena, &statement, &rig->signals);
    CHECK_STR(rule.problem, "");
    statement.alert.consecutive = true;
    rule = rule_make(arena, &statement, &rig->signals);
    CHECK(str_starts(rule.problem, "the line wants something several times in a row"));
}

TEST(history_keeps_the_last_sixty)
{
    struct history history = {0};
    struct evaluation evaluation = {.truth = TRUTH_FALSE};
    size_t count = 0;
    for (int64_t i = 0; i < 100; i++) {
        evaluation.value = (double)i;
        history_push(&history, &evaluation, second(i * 10), 10000);
        history_push(&history, &evaluation, second(i * 10 + 5), 10000);
    }
    const double *values = history_values(arena, &history, &count);
    CHECK_INT(count, HISTORY_VALUES);
    CHECK_INT(values[0], 40);
    CHECK_INT(values[59], 99);
    history_push(&history, &evaluation, second(1030), 10000);
    values = history_values(arena, &history, &count);
    CHECK(isnan(values[58]) && isnan(values[56]) && !isnan(values[55]));
    evaluation.truth = TRUTH_UNKNOWN;
    history_push(&history, &evaluation, second(1040), 10000);
    values = history_values(arena, &history, &count);
    CHECK(isnan(values[59]));
}

/* An empty disk would fire, and a full one never. */
TEST(a_lower_limit_of_what_is_in_use_is_asked_about_when_the_name_says_only_space)
{
    struct rig *rig = rig_make(arena);
    struct statement statement = statement_of("Disk space", CMP_UNDER, 0.1);
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    CHECK_STR(
        rule.problem,
        "\"Disk space\" has a lower limit, and its signal \"disk usage\" is the share in use; "
        "write that it is free (\"< 10% free\") and bind a signal of that name, or write an "
        "upper limit of the usage");
    CHECK_STR(rule.promql, "");
    statement = statement_of("Disk space", CMP_OVER, 0.9);
    CHECK_STR(rule_make(arena, &statement, &rig->signals).problem, "");
    statement = statement_of("Disk usage", CMP_UNDER, 0.1);
    CHECK_STR(rule_make(arena, &statement, &rig->signals).problem, "");
    statement = statement_of("disk space usage", CMP_UNDER, 0.1);
    CHECK_STR(rule_make(arena, &statement, &rig->signals).problem, "");
    telemetry_done(&rig->telemetry);
}

TEST(values_stand_in_the_unit_of_their_line)
{
    static const struct {
        const char *unit;
        double limit, value;
        const char *words;
    } cases[] = {{"ms", 0.5, 0.6, "600 ms"},        {"ms", 0.5, 5, "5000 ms"},
                 {"seconds", 90, 90.25, "90.25 s"}, {"min", 600, 690, "11.5 min"},
                 {"hours", 93600, 99000, "27.5 h"}, {"days", 864000, 0, "0 d"},
                 {"GB", 5e9, 6e9, "6 GB"},          {"", 5, 0.6, "0.6"}};
    struct rig *rig = rig_make(arena);
    struct err err = {0};
    struct signal_option gauge[] = {{STR("gauge"), STR("g")}};
    CHECK_OK(signal_bind(&rig->signals, STR("lag"), gauge, 1, &err), &err);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct statement statement = statement_of("lag", CMP_OVER, cases[i].limit);
        statement.alert.unit = str_of(cases[i].unit);
        struct rule rule = rule_make(arena, &statement, &rig->signals);
        CHECK_STR(value_number_text(arena, &rule, cases[i].value), cases[i].words);
        if (i == 0)
            CHECK_STR(rule.meaning, "fires as critical when lag is more than 500 ms");
    }
    telemetry_done(&rig->telemetry);
}

/* A histogram of sizes is none of times. */
TEST(a_quantile_of_bytes_is_no_length_of_time)
{
    struct rig *rig = rig_make(arena);
    struct err err = {0};
    struct signal_option histogram[] = {{STR("histogram"), STR("h")}};
    CHECK_OK(signal_bind(&rig->signals, STR("body size"), histogram, 1, &err), &err);
    struct statement statement = statement_of("body size", CMP_OVER, 2e6);
    statement.alert.unit = STR("MB");
    struct rule rule = rule_make(arena, &statement, &rig->signals);
    CHECK_STR(rule.problem,
              "the line names no quantile such as p95, and the signal is a histogram");
    CHECK_STR(rule.meaning, "fires as critical when body size over the last 1 min is more than "
                            "2 MB, with at least 20 events");
    statement.alert.quantile = 0.95;
    rule = rule_make(arena, &statement, &rig->signals);
    struct answer answer = {.kind = SIGNAL_QUANTILE,
                            .of = 100,
                            .covered_ms = 60000,
                            .edge_count = 2,
                            .edges = {1e6, 4e6},
                            .counts = {50, 100}};
    struct evaluation now = evaluate_answer(arena, &rule, &answer);
    CHECK_STR(now.value_text, "p95 between 1 MB and 4 MB of 100 events in 1 min");
    CHECK_STR(now.reason, "p95 is between 1 MB and 4 MB and the limit lies inside; the histogram "
                          "needs an edge at 2 MB");
    telemetry_done(&rig->telemetry);
}
