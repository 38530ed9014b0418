/* test_baselines.c - limits relative to hours of the past, from words to what they say. */
#include "collect/archive.h"
#include "harness/test.h"
#include "main/baselines.h"

#include <math.h>

#define HOUR_MS INT64_C(3600000)

static struct instant hour(int64_t n)
{
    return (struct instant){INT64_C(1699999200) * 1000000 + n * HOUR_MS * 1000}; /* a whole hour */
}

static struct rule relative_rule(struct arena *arena, const char *written, const char *absolute)
{
    struct statement *statement = arena_make(arena, struct statement);
    struct signals *signals = arena_make(arena, struct signals);
    struct relative relative;
    struct str read;
    struct err err = {0};
    signals_init(signals, arena);
    CHECK(relative_find(arena, str_of(written), STR("2%"), &relative, &read));
    CHECK_STR(read, absolute);
    CHECK_OK(sentence_read(arena, STR("Critical Alerts"), read, statement, &err), &err);
    CHECK_INT(statement->kind, STATEMENT_ALERT);
    statement->text = str_of(written);
    struct rule rule = rule_make(arena, statement, signals);
    CHECK(rule.relative != NULL);
    return rule;
}

TEST(the_words_give_factor_and_name)
{
    struct relative relative;
    struct str absolute;
    struct rule rule = relative_rule(arena, "Error rate > 2x baseline for 10 minutes",
                                     "Error rate > 2% for 10 minutes");
    CHECK(rule.relative->factor == 2 && rule.for_ms == 600000);
    CHECK_STR(rule.relative->name, "baseline");
    rule = relative_rule(arena, "Error rate 50% above normal", "Error rate > 2%");
    CHECK(rule.relative->factor == 1.5);
    CHECK_STR(rule.relative->name, "normal");
    rule = relative_rule(arena, "Error rate exceeds 3 times the usual", "Error rate > 2%");
    CHECK(rule.relative->factor == 3);
    CHECK(!relative_find(arena, STR("Error rate > 5% for 5 minutes"), STR("1"), &relative,
                         &absolute));
    CHECK(!relative_find(arena, STR("2x"), STR("1"), &relative, &absolute));
}

/* Weeks of readings of which one hour each week matters: failures of 1,000 in it. */
static struct rule computed(struct arena *arena, const double *failures, size_t weeks)
{
    struct str folder = test_folder(arena);
    struct archive *archive;
    struct err err = {0};
    struct rule rule = relative_rule(arena, "Error rate > 2x baseline", "Error rate > 2%");
    int64_t now = 4 * 7 * 24;
    CHECK_OK(archive_open(folder, ARCHIVE_WRITE, ARCHIVE_BYTES_MAX, &archive, &err), &err);
    for (size_t i = weeks; i-- > 0;) {
        for (int64_t minute = 1; failures[i] >= 0 && minute <= 120; minute++) {
            int64_t begin = now - (int64_t)(i + 1) * 7 * 24;
            /* The hour behind it is bad each week and counts for nothing. */
            struct reading reading = {.signal = STR("error rate"),
                                      .target = STR("app"),
                                      .at = instant_add_ms(hour(begin), minute * 60000),
                                      .since = instant_add_ms(hour(begin), (minute - 1) * 60000),
                                      .interval_ms = 60000,
                                      .kind = SIGNAL_RATIO,
                                      .part = minute <= 60 ? failures[i] : 900,
                                      .of = 1000};
            CHECK_OK(archive_add(archive, &reading, &err), &err);
        }
    }
    CHECK_OK(archive_flush(archive, hour(now), &err), &err);
    rule.relative->kind = BASELINE_SAME_HOUR;
    const struct rules rules = {.items = &rule, .count = 1, .written = 1};
    struct instant inside = instant_add_ms(hour(now), 20 * 60000);
    CHECK_OK(baselines_compute(archive, &rules, inside, &err), &err);
    /* Not again within the hour. */
    double first = rule.relative->value;
    CHECK_OK(baselines_compute(NULL, &rules, inside, &err), &err);
    CHECK(isnan(first) || !(rule.relative->value < first || rule.relative->value > first));
    archive_close(archive);
    return rule;
}

static struct evaluation now_at(struct arena *arena, struct rule *rule, double part)
{
    struct telemetry telemetry;
    struct err err = {0};
    struct instant at = instant_add_ms(hour(4 * 7 * 24), 20 * 60000);
    telemetry_init(&telemetry, arena);
    rules_retain(&(struct rules){.items = rule, .count = 1, .written = 1}, &telemetry);
    struct reading reading = {.signal = STR("error rate"),
                              .target = STR("app"),
                              .at = at,
                              .since = instant_add_ms(at, -60000),
                              .interval_ms = 60000,
                              .kind = SIGNAL_RATIO,
                              .part = part,
                              .of = 1000};
    CHECK_OK(telemetry_fold(&telemetry, &reading, &err), &err);
    struct evaluation evaluation = rule_evaluate(arena, rule, &telemetry, at);
    telemetry_done(&telemetry);
    return evaluation;
}

TEST(the_median_of_the_same_hour_of_four_weeks)
{
    const double failures[] = {10, 500, 30, 20};
    struct rule rule = computed(arena, failures, 4);
    CHECK(fabs(rule.relative->value - 0.025) < 1e-12);
    CHECK_INT(now_at(arena, &rule, 51).truth, TRUTH_TRUE);
    CHECK_INT(now_at(arena, &rule, 50).truth, TRUTH_FALSE);
}

TEST(two_weeks_are_enough)
{
    const double two[] = {-1, 10, -1, 30};
    struct rule rule = computed(arena, two, 4);
    CHECK(fabs(rule.relative->value - 0.02) < 1e-12);
}

TEST(one_week_is_not)
{
    const double one[] = {-1, 10, -1, -1};
    struct rule rule = computed(arena, one, 4);
    struct evaluation evaluation = now_at(arena, &rule, 900);
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK_STR(evaluation.reason, "of its baseline (same hour of the week) only 1 of 4 hours are "
                                 "known, and it needs 2");
    rule.relative->kind = BASELINE_NONE;
    CHECK(str_starts(now_at(arena, &rule, 900).reason, "nobody said what \"baseline\" is"));
}

/* A rule over one of the signals that are bound here, and hours of readings before now. */
struct own {
    struct rule rule;
    struct signals signals;
    struct archive *archive;
    struct telemetry telemetry;
};

static const double edges[] = {1, 2};

static struct reading own_reading(const struct own *own, struct instant from, int64_t minutes,
                                  double value)
{
    struct reading reading = {.signal = own->rule.signal_name,
                              .target = STR("app"),
                              .at = instant_add_ms(from, minutes * 60000),
                              .since = instant_add_ms(from, (minutes - 1) * 60000),
                              .interval_ms = 60000,
                              .kind = own->rule.signal->kind,
                              .part = value,
                              .of = 100,
                              .high = value,
                              .low = value,
                              .high_series = STR("q"),
                              .low_series = STR("q")};
    if (reading.kind == SIGNAL_QUANTILE) {
        reading.edge_count =
            2; /* value of 100 are at most 1 s, and all are at most 2 s or many are above */
        (void)memcpy(reading.edges, edges, sizeof edges);
        reading.counts[0] = value;
        reading.counts[1] = value < 50 ? value : 100;
    }
    return reading;
}

static struct own *own_make(struct arena *arena, const char *written, const char *absolute)
{
    static const struct {
        const char *name;
        struct signal_option options[1];
    } bound[] = {{"response time", {{STR("histogram"), STR("h")}}},
                 {"orders", {{STR("count"), STR("o")}}},
                 {"queue depth", {{STR("gauge"), STR("q")}}}};
    struct own *own = arena_make(arena, struct own);
    struct statement *statement = arena_make(arena, struct statement);
    struct err err = {0};
    signals_init(&own->signals, arena);
    for (size_t i = 0; i < sizeof bound / sizeof *bound; i++)
        CHECK_OK(signal_bind(&own->signals, str_of(bound[i].name), bound[i].options, 1, &err),
                 &err);
    CHECK_OK(sentence_read(arena, STR("Critical Alerts"), str_of(absolute), statement, &err), &err);
    statement->text = str_of(written);
    own->rule = rule_make(arena, statement, &own->signals);
    CHECK_STR(own->rule.problem, "");
    own->rule.relative->kind = BASELINE_SAME_HOUR;
    CHECK_OK(
        archive_open(test_folder(arena), ARCHIVE_WRITE, ARCHIVE_BYTES_MAX, &own->archive, &err),
        &err);
    telemetry_init(&own->telemetry, arena);
    rules_retain(&(struct rules){.items = &own->rule, .count = 1, .written = 1}, &own->telemetry);
    return own;
}

/* The hour so many weeks ago: of each of its first minutes that value, in the last of them peak. */
static void own_week(struct own *own, int64_t weeks, int64_t minutes, double value, double peak)
{
    struct err err = {0};
    struct instant begin = hour((4 - weeks) * 7 * 24);
    for (int64_t minute = 1; minute <= minutes; minute++) {
        struct reading reading = own_reading(own, begin, minute, minute == minutes ? peak : value);
        CHECK_OK(archive_add(own->archive, &reading, &err), &err);
    }
}

static struct evaluation own_now(struct own *own, struct arena *arena, double value)
{
    struct err err = {0};
    struct instant begin = hour(4 * 7 * 24);
    const struct rules rules = {.items = &own->rule, .count = 1, .written = 1};
    CHECK_OK(archive_flush(own->archive, begin, &err), &err);
    CHECK_OK(baselines_compute(own->archive, &rules, instant_add_ms(begin, 20 * 60000), &err),
             &err);
    for (int64_t minute = 1; minute <= 20; minute++) {
        struct reading reading = own_reading(own, begin, minute, value);
        CHECK_OK(telemetry_fold(&own->telemetry, &reading, &err), &err);
    }
    struct evaluation evaluation =
        rule_evaluate(arena, &own->rule, &own->telemetry, instant_add_ms(begin, 20 * 60000));
    archive_close(own->archive);
    telemetry_done(&own->telemetry);
    return evaluation;
}

TEST(a_quantile_of_hours)
{
    struct own *own =
        own_make(arena, "Response time p95 > 1.5x baseline", "Response time p95 > 2 seconds");
    own_week(own, 4, 60, 95, 95); /* 1 s each */
    own_week(own, 2, 60, 95, 95);
    struct evaluation evaluation = own_now(own, arena, 90); /* 1.5 s */
    CHECK(fabs(own->rule.relative->value - 1) < 1e-9);
    CHECK_INT(evaluation.truth, TRUTH_FALSE);
    CHECK(str_ends(evaluation.value_text, "; 1.5 times the baseline is 1.5 s"));
}

TEST(an_hour_above_the_last_edge_is_not_known)
{
    struct own *own =
        own_make(arena, "Response time p95 > 1.5x baseline", "Response time p95 > 2 seconds");
    own_week(own, 4, 60, 95, 95);
    own_week(own, 2, 60, 40, 40);
    CHECK_STR(own_now(own, arena, 80).reason,
              "of its baseline (same hour of the week) only 1 of 4 hours are known, and it needs "
              "2");
}

TEST(a_quantile_above_the_last_edge_is_above_what_lies_below_that)
{
    struct own *own =
        own_make(arena, "Response time p95 > 1.5x baseline", "Response time p95 > 2 seconds");
    own_week(own, 4, 60, 95, 95);
    own_week(own, 2, 60, 95, 95);
    CHECK_INT(own_now(own, arena, 40).truth, TRUTH_TRUE); /* over 2 s, and so over 1.5 s */
}

TEST(nor_is_it_known_below_a_limit_that_lies_above_that)
{
    struct own *own =
        own_make(arena, "Response time p95 > 3x baseline", "Response time p95 > 2 seconds");
    own_week(own, 4, 60, 95, 95);
    own_week(own, 2, 60, 95, 95);
    CHECK_INT(own_now(own, arena, 40).truth, TRUTH_UNKNOWN); /* over 2 s: is it over 3 s? */
}

TEST(a_count_of_hours_that_were_seen)
{
    struct own *own =
        own_make(arena, "Orders < 0.5x baseline in 10 minutes", "Orders < 2 in 10 minutes");
    own_week(own, 3, 60, 10, 10);
    own_week(own, 1, 60, 10, 10);
    struct evaluation evaluation = own_now(own, arena, 4); /* 40 in ten minutes, usually 100 */
    CHECK_INT(evaluation.truth, TRUTH_TRUE);
    CHECK_STR(evaluation.value_text, "40 events in 10 min; 0.5 times the baseline is 50");
}

TEST(ten_minutes_of_an_hour_are_no_count_of_it)
{
    struct own *own =
        own_make(arena, "Orders < 0.5x baseline in 10 minutes", "Orders < 2 in 10 minutes");
    own_week(own, 3, 60, 10, 10);
    own_week(own, 1, 10, 10, 10);
    CHECK_INT(own_now(own, arena, 1).truth, TRUTH_UNKNOWN);
}

TEST(a_gauge_against_the_worst_of_each_hour)
{
    struct own *own = own_make(arena, "Queue depth > 3x baseline", "Queue depth > 2");
    own_week(own, 3, 60, 2, 4);
    own_week(own, 1, 60, 2, 6);
    struct evaluation evaluation = own_now(own, arena, 16);
    CHECK_INT(evaluation.truth, TRUTH_TRUE);
    CHECK_STR(evaluation.value_text, "16 (q); 3 times the baseline is 15");
}

TEST(whatever_amount_its_reader_was_given_a_gauge_is_no_share)
{
    struct own *own = own_make(arena, "Queue depth > 3x baseline", "Queue depth > 2%");
    own_week(own, 3, 60, 2, 4);
    own_week(own, 1, 60, 2, 6);
    struct evaluation evaluation = own_now(own, arena, 14);
    CHECK_INT(evaluation.truth, TRUTH_FALSE);
    CHECK_STR(evaluation.value_text, "14 (q); 3 times the baseline is 15");
}

TEST(a_line_is_an_alert_once_its_baseline_is_named)
{
    struct program *program = NULL;
    struct err err = {0};
    struct config config = {.file = STR("reeve.yaml")};
    struct config_alert named = {.sentence = STR("baseline"),
                                 .severity = STR("same hour of the week")};
    const char *text = "# Shop\n\n## Critical Alerts\n- Error rate > 2x baseline for 10 minutes\n"
                       "- Error rate > 2x normal\n- Error rate > 2x baseline unless deploying\n";
    CHECK_OK(program_read(arena, STR("R.md"), str_of(text), &program, &err), &err);
    baselines_answer(arena, &config, program);
    CHECK_INT(program->kind_lines[STATEMENT_UNCLEAR], 3);
    config.baselines = &named;
    config.baseline_count = 1;
    baselines_answer(arena, &config, program);
    CHECK_INT(program->kind_lines[STATEMENT_UNCLEAR], 2);
    CHECK_INT(program->kind_lines[STATEMENT_ALERT], 1);
    int errors = 0;
    for (int i = 0; i < program->finding_count; i++)
        errors += program->findings[i].level == FINDING_ERROR;
    CHECK_INT(errors, 2);
}
