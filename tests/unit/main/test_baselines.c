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
