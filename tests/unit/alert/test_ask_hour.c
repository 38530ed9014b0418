/* test_ask_hour.c - what an engine is asked of a baseline, and what its hours amount to. */
#include "alert/ask.h"
#include "alert/ask_hour.h"
#include "harness/test.h"

#include <math.h>

#define HOUR_MS INT64_C(3600000)

/* 22:15 UTC; the hour began at 22:00. */
static const struct instant now = {1700000100000000};
static const struct instant hour = {1699999200000000};

struct rig {
    struct signals signals;
    struct telemetry telemetry;
    struct asked asked;
    struct rule rule;
};

static struct rig *rig_make(struct arena *arena, const char *line, const char *absolute,
                            enum baseline_kind kind)
{
    static const struct {
        const char *name;
        struct signal_option options[2];
        size_t count;
    } bound[] = {{"error rate", {{STR("failures"), STR("e")}, {STR("of"), STR("r")}}, 2},
                 {"response time", {{STR("histogram"), STR("h")}}, 1},
                 {"orders", {{STR("count"), STR("o")}}, 1},
                 {"queue depth", {{STR("gauge"), STR("q")}}, 1}};
    struct rig *rig = arena_make(arena, struct rig);
    struct statement *statement = arena_make(arena, struct statement);
    struct err err = {0};
    signals_init(&rig->signals, arena);
    for (size_t i = 0; i < sizeof bound / sizeof *bound; i++)
        CHECK_OK(signal_bind(&rig->signals, str_of(bound[i].name), bound[i].options, bound[i].count,
                             &err),
                 &err);
    telemetry_init(&rig->telemetry, arena);
    asked_init(&rig->asked, arena);
    rig->asked.engine = STR("http://prom:9090");
    rig->asked.every_ms = 15000;
    rig->asked.stale_ms = 120000;
    rig->telemetry.asked = &rig->asked;
    CHECK_OK(sentence_read(arena, STR("Critical Alerts"), str_of(absolute), statement, &err), &err);
    CHECK_INT(statement->kind, STATEMENT_ALERT);
    statement->text = str_of(line);
    rig->rule = rule_make(arena, statement, &rig->signals);
    CHECK_STR(rig->rule.problem, "");
    CHECK(rig->rule.relative != NULL);
    CHECK(!ask_can(&rig->rule)); /* nobody said what the word stands for */
    rig->rule.relative->kind = kind;
    CHECK(ask_can(&rig->rule));
    ask_questions(arena, &rig->rule, rig->asked.every_ms);
    asked_set(&rig->asked, rig->rule.questions, rig->rule.question_count);
    return rig;
}

static void rig_done(struct rig *rig)
{
    asked_done(&rig->asked);
    telemetry_done(&rig->telemetry);
}

struct part {
    const char *part, *le;
    double value;
};

/* Hour 0 is what it reads now; 1 and on those of its baseline. Newest samples are ten seconds old.
 */
static void answer(struct rig *rig, size_t number, const struct part *parts, size_t count)
{
    struct asked_series series[12];
    static const int64_t weeks[] = {0, 167, 335, 503, 671};
    struct instant at = number == 0 ? now : hour;
    struct asked_answer answer = {
        .at = at, .problem = STR(""), .warnings = STR(""), .series = series, .count = count + 1};
    for (size_t i = 0; i < count; i++)
        series[i] = (struct asked_series){.part = str_of(parts[i].part),
                                          .le = str_of(parts[i].le),
                                          .labels = STR("x{}"),
                                          .value = parts[i].value,
                                          .at = at};
    series[count] =
        (struct asked_series){.part = STR("newest 0"), .le = STR(""), .labels = STR(""), .at = at};
    series[count].value = (double)at.us / 1e6 - (double)weeks[number] * 3600 - 10;
    asked_take(&rig->asked, rig->rule.questions[number].words, &answer);
}

static void answer_share(struct rig *rig, size_t number, double share, double of)
{
    const struct part parts[] = {{"part 0", "", share * of}, {"of 0", "", of}};
    answer(rig, number, parts, 2);
}

static struct evaluation judge(struct rig *rig, struct arena *arena)
{
    return rule_evaluate(arena, &rig->rule, &rig->telemetry, now);
}

static bool has(struct str text, const char *words)
{
    return str_find(text, words, 0) < text.n;
}

TEST(the_hours_are_questions_whose_words_stay)
{
    struct rig *rig =
        rig_make(arena, "Error rate > 2x baseline", "Error rate > 2%", BASELINE_SAME_HOUR);
    CHECK_INT(rig->rule.question_count, 5);
    CHECK(!rig->rule.questions[0].hourly && rig->rule.questions[1].hourly);
    CHECK_STR(rig->rule.questions[1].words,
              "label_replace(sum(increase(e[60m] offset 167h)), \"reeve_part\", \"part 0\", "
              "\"__name__\", \".*\") or "
              "label_replace(sum(increase(r[60m] offset 167h)), \"reeve_part\", \"of 0\", "
              "\"__name__\", \".*\") or "
              "label_replace(max(timestamp(r offset 167h)), \"reeve_part\", \"newest 0\", "
              "\"__name__\", \".*\")");
    CHECK(has(rig->rule.questions[4].words, "offset 671h"));
    rig_done(rig);
    rig = rig_make(arena, "Error rate > 2x baseline", "Error rate > 2%", BASELINE_LAST_DAY);
    CHECK_INT(rig->rule.question_count, 25);
    CHECK(has(rig->rule.questions[1].words, "increase(e[60m])"));
    CHECK(has(rig->rule.questions[24].words, "increase(e[60m] offset 23h)"));
    rig_done(rig);
    rig = rig_make(arena, "Queue depth > 2x baseline", "Queue depth > 2", BASELINE_SAME_HOUR);
    CHECK(str_starts(rig->rule.questions[2].words,
                     "label_replace(topk(1, max_over_time((q)[60m:1m] offset 335h)), "));
    rig_done(rig);
    rig = rig_make(arena, "Orders < 0.5x baseline in 10 minutes", "Orders < 2 in 10 minutes",
                   BASELINE_SAME_HOUR);
    CHECK(has(rig->rule.questions[2].words,
              "label_replace(count_over_time(group(o)[60m:1m] offset 335h), \"reeve_part\", "
              "\"seen 0\", "));
    CHECK(has(ask_words(arena, &rig->rule, &rig->telemetry),
              "; its baseline (same hour of the week) once an hour"));
    rig_done(rig);
}

TEST(a_share_against_the_median_of_its_hours)
{
    struct rig *rig =
        rig_make(arena, "Error rate > 2x baseline", "Error rate > 2%", BASELINE_SAME_HOUR);
    answer_share(rig, 0, 0.06, 1000);
    CHECK_STR(judge(rig, arena).reason,
              "of its baseline (same hour of the week) only 0 of 4 hours are known, and it needs "
              "2; http://prom:9090 has not answered yet");
    answer_share(rig, 1, 0.01, 50000);
    CHECK_INT(judge(rig, arena).truth, TRUTH_UNKNOWN);
    answer_share(rig, 3, 0.03, 50000);
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_TRUE);
    CHECK_STR(evaluation.value_text,
              "6.0 % of 1,000 requests in 1 min; 2 times the baseline is 4.0 %");
    answer_share(rig, 0, 0.04, 1000);
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    /* An hour with hardly any traffic says nothing. */
    answer_share(rig, 3, 0.5, 10);
    CHECK_INT(judge(rig, arena).truth, TRUTH_UNKNOWN);
    rig_done(rig);
}

TEST(hours_that_the_engine_does_not_have_are_not_zero)
{
    struct rig *rig =
        rig_make(arena, "Error rate > 2x baseline", "Error rate > 2%", BASELINE_SAME_HOUR);
    struct asked_answer nothing = {.at = hour, .problem = STR(""), .warnings = STR("")};
    answer_share(rig, 0, 0.06, 1000);
    answer_share(rig, 1, 0.01, 50000);
    for (size_t i = 2; i <= 4; i++)
        asked_take(&rig->asked, rig->rule.questions[i].words, &nothing);
    CHECK_STR(judge(rig, arena).reason,
              "of its baseline (same hour of the week) only 1 of 4 hours are known, and it needs "
              "2; http://prom:9090 has no samples of an hour of it");
    struct asked_answer bad = {
        .at = now, .problem = STR("it refuses the question: too many"), .refused = true};
    for (size_t i = 2; i <= 4; i++)
        asked_take(&rig->asked, rig->rule.questions[i].words, &bad);
    CHECK(has(judge(rig, arena).reason,
              "and it needs 2; http://prom:9090: it refuses the question: too many"));
    rig_done(rig);
}

TEST(an_hour_counts_until_the_next_one_is_answered_and_not_for_long)
{
    struct rig *rig =
        rig_make(arena, "Error rate > 2x baseline", "Error rate > 2%", BASELINE_SAME_HOUR);
    struct instant late = instant_add_ms(hour, 70 * 60000);
    for (size_t i = 1; i <= 4; i++)
        answer_share(rig, i, 0.01, 50000);
    const struct part parts[] = {{"part 0", "", 60}, {"of 0", "", 1000}};
    answer(rig, 0, parts, 2);
    CHECK_INT(judge(rig, arena).truth, TRUTH_TRUE);
    struct asked_series series[] = {
        {STR("part 0"), STR(""), STR(""), 60, late},
        {STR("of 0"), STR(""), STR(""), 1000, late},
        {STR("newest 0"), STR(""), STR(""), (double)late.us / 1e6, late}};
    struct asked_answer again = {
        .at = late, .problem = STR(""), .warnings = STR(""), .series = series, .count = 3};
    asked_take(&rig->asked, rig->rule.questions[0].words, &again);
    CHECK_INT(rule_evaluate(arena, &rig->rule, &rig->telemetry, late).truth, TRUTH_TRUE);
    struct evaluation evaluation =
        rule_evaluate(arena, &rig->rule, &rig->telemetry, instant_add_ms(late, 1));
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK(has(evaluation.reason, "has not answered for 1 h 10 min"));
    rig_done(rig);
}

static void answer_times(struct rig *rig, size_t number, double below_1, double below_2)
{
    const struct part parts[] = {
        {"edge 0", "1", below_1}, {"edge 0", "2", below_2}, {"edge 0", "+Inf", 100}};
    answer(rig, number, parts, 3);
}

TEST(a_quantile_as_interpolated_and_never_above_its_last_edge)
{
    struct rig *rig = rig_make(arena, "Response time p95 > 1.5x baseline",
                               "Response time p95 > 2 seconds", BASELINE_SAME_HOUR);
    answer_times(rig, 1, 95, 100); /* 1 s */
    answer_times(rig, 2, 95, 100);
    answer_times(rig, 0, 90, 95); /* 2 s */
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_TRUE);
    CHECK(has(evaluation.value_text, "; 1.5 times the baseline is 1.5 s"));
    answer_times(rig, 0, 94, 98); /* 1.25 s */
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    answer_times(rig, 0, 50, 60); /* over 2 s, and so over 1.5 s */
    CHECK_INT(judge(rig, arena).truth, TRUTH_TRUE);
    answer_times(rig, 1, 92, 98); /* 1.5 s: the limit is 1.9 s */
    CHECK_INT(judge(rig, arena).truth, TRUTH_TRUE);
    answer_times(rig, 2, 92, 98); /* 2.25 s */
    evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK(has(evaluation.reason, "the histogram needs an edge at 2.25 s"));
    answer_times(rig, 2, 50, 60); /* an hour above the last edge is not known */
    CHECK(has(judge(rig, arena).reason, "only 1 of 4 hours are known"));
    rig_done(rig);
}

static void answer_count(struct rig *rig, size_t number, double count, double seen)
{
    const struct part parts[] = {{"part 0", "", count}, {"seen 0", "", seen}};
    answer(rig, number, parts, number == 0 ? 1 : 2);
}

TEST(a_count_at_its_own_length_of_hours_that_were_seen)
{
    struct rig *rig = rig_make(arena, "Orders < 0.5x baseline in 10 minutes",
                               "Orders < 2 in 10 minutes", BASELINE_SAME_HOUR);
    answer_count(rig, 1, 600, 60);
    answer_count(rig, 2, 600, 61);
    answer_count(rig, 0, 49, 0);
    CHECK_INT(judge(rig, arena).truth, TRUTH_TRUE);
    answer_count(rig, 0, 51, 0);
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    /* Half of the hour was counted: that is no count of the hour. */
    answer_count(rig, 2, 300, 30);
    CHECK(has(judge(rig, arena).reason, "only 1 of 4 hours are known, and it needs 2; too little "
                                        "was seen in an hour of it"));
    rig_done(rig);
}

TEST(a_gauge_against_what_it_was_at_its_worst)
{
    struct rig *rig =
        rig_make(arena, "Queue depth > 3x baseline", "Queue depth > 2", BASELINE_SAME_HOUR);
    const struct part four[] = {{"gauge 0", "", 4}};
    const struct part six[] = {{"gauge 0", "", 6}};
    const struct part sixteen[] = {{"gauge 0", "", 16}};
    const struct part none[] = {{"gauge 0", "", NAN}};
    answer(rig, 1, four, 1);
    answer(rig, 2, six, 1);
    answer(rig, 0, sixteen, 1);
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_TRUE);
    CHECK_STR(evaluation.value_text, "16 (x{}); 3 times the baseline is 15");
    answer(rig, 2, none, 1);
    CHECK(has(judge(rig, arena).reason, "is no number"));
    rig_done(rig);
}
