/* test_ask.c - the questions of rules, and what answers amount to: numbers, and everything that is
 * none. */
#include "alert/ask.h"
#include "alert/lost.h"
#include "harness/test.h"

#include <math.h>

static const struct instant now = {1700000100000000};

struct rig {
    struct signals signals;
    struct telemetry telemetry;
    struct asked asked;
    struct rule rule;
    struct asked_series series[32];
    struct asked_answer answer;
};

static struct rig *rig_make(struct arena *arena)
{
    struct rig *rig = arena_make(arena, struct rig);
    signals_init(&rig->signals, arena);
    telemetry_init(&rig->telemetry, arena);
    asked_init(&rig->asked, arena);
    rig->asked.engine = STR("http://prom:9090");
    rig->asked.every_ms = 15000;
    rig->asked.stale_ms = 120000;
    rig->telemetry.asked = &rig->asked;
    rig->answer = (struct asked_answer){
        .at = now, .took_ms = 7, .problem = STR(""), .warnings = STR(""), .series = rig->series};
    return rig;
}

static void rig_done(struct rig *rig)
{
    asked_done(&rig->asked);
    telemetry_done(&rig->telemetry);
}

static void bind(struct rig *rig, const char *name, const struct signal_option *options,
                 size_t count)
{
    struct err err = {0};
    CHECK_OK(signal_bind(&rig->signals, str_of(name), options, count, &err), &err);
}

static void set_rule(struct rig *rig, struct arena *arena, const char *signal, enum comparison cmp,
                     double value)
{
    struct statement statement = {.kind = STATEMENT_ALERT, .line = 61, .id = "0123456789abcdef"};
    statement.text = STR("the line");
    statement.alert = (struct alert_statement){.metric = str_of(signal),
                                               .signal = str_of(signal),
                                               .cmp = cmp,
                                               .value = value,
                                               .unit = STR(""),
                                               .level = STR("critical")};
    if (str_is(str_of(signal), "response time"))
        statement.alert.quantile = 0.95;
    rig->rule = rule_make(arena, &statement, &rig->signals);
    CHECK(ask_can(&rig->rule));
    ask_questions(arena, &rig->rule, rig->asked.every_ms);
    CHECK_INT(rig->rule.question_count, 1);
    asked_set(&rig->asked, rig->rule.questions, 1);
}

static void add(struct rig *rig, const char *part, const char *le, double value)
{
    rig->series[rig->answer.count++] =
        (struct asked_series){str_of(part), str_of(le), STR("x{a=\"b\"}"), value, now};
}

/* When the newest sample was made: so long ago. */
static void add_newest(struct rig *rig, const char *part, double ago_s)
{
    add(rig, part, "", (double)now.us / 1e6 - ago_s);
}

static struct evaluation judge(struct rig *rig, struct arena *arena)
{
    asked_take(&rig->asked, rig->rule.questions[0].words, &rig->answer);
    return rule_evaluate(arena, &rig->rule, &rig->telemetry, now);
}

static void bind_ratio(struct rig *rig)
{
    bind(
        rig, "error rate",
        (const struct signal_option[]){{STR("failures"), STR("r{s=\"5\"}")}, {STR("of"), STR("r")}},
        2);
}

TEST(the_questions)
{
    struct rig *rig = rig_make(arena);
    bind_ratio(rig);
    set_rule(rig, arena, "error rate", CMP_OVER, 0.05);
    CHECK_STR(rig->rule.questions[0].words,
              "label_replace(sum(increase(r{s=\"5\"}[1m])), \"reeve_part\", \"part 0\", "
              "\"__name__\", \".*\") or "
              "label_replace(sum(increase(r[1m])), \"reeve_part\", \"of 0\", \"__name__\", \".*\") "
              "or label_replace(max(timestamp(r)), \"reeve_part\", \"newest 0\", \"__name__\", "
              "\".*\")");
    bind(rig, "depth", (const struct signal_option[]){{STR("gauge"), STR("g")}}, 1);
    set_rule(rig, arena, "depth", CMP_UNDER, 3);
    CHECK(str_starts(rig->rule.questions[0].words,
                     "label_replace(bottomk(1, g), \"reeve_part\", \"gauge 0\", \"__name__\", "
                     "\".*\") or label_replace(topk(1, (g) unless abs(g) < Inf), \"reeve_part\", "
                     "\"odd 0\", "));
    bind(rig, "logins", (const struct signal_option[]){{STR("count"), STR("c")}}, 1);
    set_rule(rig, arena, "logins", CMP_OVER, 3);
    CHECK(str_starts(rig->rule.questions[0].words, "label_replace(sum(increase(c[1m])), "));
    bind(rig, "response time", (const struct signal_option[]){{STR("histogram"), STR("h")}}, 1);
    set_rule(rig, arena, "response time", CMP_OVER, 3);
    CHECK(str_starts(rig->rule.questions[0].words,
                     "label_replace(sum by (le) (increase(h_bucket[1m])), "));
    bind(rig, "room",
         (const struct signal_option[]){
             {STR("free"), STR("f")}, {STR("of"), STR("z")}, {STR("by"), STR("disk")}},
         3);
    set_rule(rig, arena, "room", CMP_OVER, 0.8);
    CHECK(str_starts(rig->rule.questions[0].words,
                     "label_replace(topk(1, 1 - sum by (instance,disk) (f) / (sum "
                     "by (instance,disk) (z) > 0)), "));
    CHECK_STR(rig->rule.promql,
              "max(1 - sum by (instance,disk) (f) / (sum by (instance,disk) (z) > 0)) > 0.8");
    bind(rig, "room free",
         (const struct signal_option[]){{STR("free"), STR("f")}, {STR("of"), STR("z")}}, 2);
    set_rule(rig, arena, "room free", CMP_UNDER, 0.1);
    CHECK(str_starts(rig->rule.questions[0].words, "label_replace(bottomk(1, f / (z > 0)), "));
    CHECK_STR(rig->rule.promql, "min(f / (z > 0)) < 0.1");
    bind(rig, "room left",
         (const struct signal_option[]){{STR("used"), STR("u")}, {STR("of"), STR("z")}}, 2);
    set_rule(rig, arena, "room left", CMP_NONE, 0);
    CHECK(str_starts(rig->rule.questions[0].words, "label_replace(bottomk(1, 1 - u / (z > 0)), "));
    CHECK_STR(rig->rule.promql, "min(1 - u / (z > 0)) <= 0");
    rig_done(rig);
}

TEST(a_ratio_is_decided_as_a_collected_one)
{
    struct rig *rig = rig_make(arena);
    bind_ratio(rig);
    set_rule(rig, arena, "error rate", CMP_OVER, 0.05);
    add(rig, "part 0", "", 30);
    add(rig, "of 0", "", 400);
    add_newest(rig, "newest 0", 10);
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_TRUE);
    CHECK_STR(evaluation.value_text, "7.5 % of 400 requests in 1 min");
    CHECK_INT(evaluation.at.us, now.us - 10000000);
    rig->series[0].value = 10;
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    rig->series[1].value = 12;
    CHECK_INT(judge(rig, arena).truth, TRUTH_TOO_LITTLE);
    CHECK_STR(ask_words(arena, &rig->rule, &rig->telemetry),
              "asked of http://prom:9090 at 22:15:00 UTC, answered in 7 ms");
    rig_done(rig);
}

TEST(failures_that_never_happened_have_no_series)
{
    struct rig *rig = rig_make(arena);
    bind_ratio(rig);
    set_rule(rig, arena, "error rate", CMP_OVER, 0.05);
    add(rig, "of 0", "", 400);
    add_newest(rig, "newest 0", 0);
    CHECK_STR(judge(rig, arena).value_text, "0.0 % of 400 requests in 1 min");
    rig_done(rig);
}

TEST(no_series_is_unknown)
{
    struct rig *rig = rig_make(arena);
    bind_ratio(rig);
    set_rule(rig, arena, "error rate", CMP_OVER, 0.05);
    struct evaluation evaluation = rule_evaluate(arena, &rig->rule, &rig->telemetry, now);
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK_STR(evaluation.reason, "http://prom:9090 has not answered yet");
    evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK_STR(evaluation.reason,
              "http://prom:9090 has no series of r; bind it under signals: in reeve.yaml");
    /* There are samples, but of the window nothing: one sample alone is no increase. */
    add_newest(rig, "newest 0", 1);
    evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK_STR(evaluation.reason, "r at http://prom:9090: has samples, but too few of them in the "
                                 "time that it looks at");
    rig_done(rig);
}

TEST(what_is_no_number_is_unknown)
{
    const double values[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        struct rig *rig = rig_make(arena);
        bind(rig, "depth", (const struct signal_option[]){{STR("gauge"), STR("g")}}, 1);
        set_rule(rig, arena, "depth", CMP_OVER, 3);
        add(rig, "gauge 0", "", values[i]);
        add_newest(rig, "newest 0", 1);
        struct evaluation evaluation = judge(rig, arena);
        CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
        CHECK_STR(evaluation.reason, "g at http://prom:9090: is no number (NaN or infinite)");
        rig->answer.count = 0;
        add(rig, "gauge 0", "", 1);
        add_newest(rig, "newest 0", values[i]);
        CHECK_INT(judge(rig, arena).truth, TRUTH_UNKNOWN);
        rig_done(rig);
    }
}

/* topk and bottomk pass over NaN, and each over the infinity of its other end. */
TEST(a_series_that_is_no_number_beside_others_is_unknown_unless_they_are_over)
{
    struct rig *rig = rig_make(arena);
    bind(rig, "depth", (const struct signal_option[]){{STR("gauge"), STR("g")}}, 1);
    set_rule(rig, arena, "depth", CMP_OVER, 3);
    add(rig, "gauge 0", "", 1);
    add_newest(rig, "newest 0", 1);
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    add(rig, "odd 0", "", NAN);
    rig->series[2].labels = STR("g{q=\"mail\"}");
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK_INT(evaluation.unrecovered, TRUTH_UNKNOWN);
    CHECK_STR(evaluation.reason, "g{q=\"mail\"} at http://prom:9090 is NaN, beside others that are "
                                 "numbers: 1 (x{a=\"b\"})");
    rig->series[2].value = -INFINITY;
    rig->series[2].labels = STR("");
    CHECK_STR(judge(rig, arena).reason, "g at http://prom:9090 is infinite, beside others that are "
                                        "numbers: 1 (x{a=\"b\"})");
    rig->series[0].value = 9;
    CHECK_INT(judge(rig, arena).truth, TRUTH_TRUE);
    rig_done(rig);
}

TEST(samples_that_are_too_old_are_unknown)
{
    struct rig *rig = rig_make(arena);
    bind(rig, "depth", (const struct signal_option[]){{STR("gauge"), STR("g")}}, 1);
    set_rule(rig, arena, "depth", CMP_OVER, 3);
    add(rig, "gauge 0", "", 9);
    add_newest(rig, "newest 0", 120);
    CHECK_INT(judge(rig, arena).truth, TRUTH_TRUE);
    rig->series[1].value -= 1;
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK_STR(evaluation.reason,
              "the newest sample of g that http://prom:9090 has is 2 min 1 s old");
    rig_done(rig);
}

TEST(an_answer_of_another_time_is_unknown)
{
    struct rig *rig = rig_make(arena);
    bind(rig, "depth", (const struct signal_option[]){{STR("gauge"), STR("g")}}, 1);
    set_rule(rig, arena, "depth", CMP_OVER, 3);
    add(rig, "gauge 0", "", 9);
    add_newest(rig, "newest 0", 1);
    rig->series[0].at = instant_add_ms(now, -200000);
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK_STR(evaluation.reason, "http://prom:9090 answers of another time than it was asked for");
    rig_done(rig);
}

TEST(of_several_series_the_worst_is_named)
{
    struct rig *rig = rig_make(arena);
    bind(rig, "depth",
         (const struct signal_option[]){{STR("gauge"), STR("g")}, {STR("scale"), STR("0.5")}}, 2);
    set_rule(rig, arena, "depth", CMP_OVER, 3);
    add(rig, "gauge 0", "", 5);
    add(rig, "gauge 0", "", NAN);
    add(rig, "gauge 0", "", 9);
    rig->series[2].labels = STR("g{q=\"mail\"}");
    add_newest(rig, "newest 0", 1);
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_TRUE);
    CHECK_STR(evaluation.series, "g{q=\"mail\"}");
    CHECK(evaluation.value > 4.49 && evaluation.value < 4.51);
    rig_done(rig);
}

TEST(a_limit_inside_a_bucket_is_unknown)
{
    struct rig *rig = rig_make(arena);
    bind(rig, "response time", (const struct signal_option[]){{STR("histogram"), STR("h")}}, 1);
    set_rule(rig, arena, "response time", CMP_OVER, 2);
    add(rig, "edge 0", "+Inf", 100);
    add(rig, "edge 0", "5", 100);
    add(rig, "edge 0", "1", 90);
    add_newest(rig, "newest 0", 1);
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK(str_find(evaluation.reason, "needs an edge at 2 s", 0) < evaluation.reason.n);
    rig->series[2].le = STR("2.0");
    CHECK_INT(judge(rig, arena).truth, TRUTH_TRUE);
    rig->series[2].value = 99;
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    rig->series[2].le = STR("many");
    CHECK_INT(judge(rig, arena).truth, TRUTH_UNKNOWN);
    /* Without the edge that holds all, nobody knows how many there were. */
    rig->series[2].le = STR("2.0");
    rig->series[0].le = STR("10");
    CHECK_INT(judge(rig, arena).truth, TRUTH_UNKNOWN);
    rig_done(rig);
}

TEST(each_usual_name_that_has_series_is_judged)
{
    struct rig *rig = rig_make(arena);
    set_rule(rig, arena, "error rate", CMP_OVER, 0.05);
    CHECK(rig->rule.signal->alternative_count > 2);
    add(rig, "part 0", "", 1);
    add(rig, "of 0", "", 400);
    add_newest(rig, "newest 0", 1);
    add(rig, "part 2", "", 99);
    add(rig, "of 2", "", 400);
    add_newest(rig, "newest 2", 1);
    CHECK_INT(judge(rig, arena).truth, TRUTH_TRUE);
    rig->series[3].value = 1;
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    rig->series[4].value = NAN;
    CHECK_INT(judge(rig, arena).truth, TRUTH_UNKNOWN);
    rig_done(rig);
}

TEST(a_problem_counts_when_the_answer_before_it_is_old)
{
    struct rig *rig = rig_make(arena);
    bind(rig, "depth", (const struct signal_option[]){{STR("gauge"), STR("g")}}, 1);
    set_rule(rig, arena, "depth", CMP_OVER, 3);
    add(rig, "gauge 0", "", 9);
    add_newest(rig, "newest 0", 1);
    CHECK_INT(judge(rig, arena).truth, TRUTH_TRUE);
    struct asked_answer bad = {.at = instant_add_ms(now, 15000), .problem = STR("it answers 503")};
    asked_take(&rig->asked, rig->rule.questions[0].words, &bad);
    CHECK_INT(rule_evaluate(arena, &rig->rule, &rig->telemetry, instant_add_ms(now, 45000)).truth,
              TRUTH_TRUE);
    struct evaluation evaluation =
        rule_evaluate(arena, &rig->rule, &rig->telemetry, instant_add_ms(now, 45001));
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK_STR(evaluation.reason, "http://prom:9090: it answers 503");
    /* What the engine refuses is unknown at once. */
    bad.refused = true;
    asked_take(&rig->asked, rig->rule.questions[0].words, &bad);
    CHECK_INT(rule_evaluate(arena, &rig->rule, &rig->telemetry, now).truth, TRUTH_UNKNOWN);
    CHECK_STR(ask_words(arena, &rig->rule, &rig->telemetry),
              "asked of http://prom:9090 at 22:15:15 UTC: it answers 503");
    rig_done(rig);
}

TEST(a_recovery_limit_is_reeves_own)
{
    struct rig *rig = rig_make(arena);
    bind(rig, "depth", (const struct signal_option[]){{STR("gauge"), STR("g")}}, 1);
    set_rule(rig, arena, "depth", CMP_OVER, 8);
    rig->rule.policy.has_recovery = true;
    rig->rule.policy.recovery = 4;
    add(rig, "gauge 0", "", 6);
    add_newest(rig, "newest 0", 1);
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_FALSE);
    CHECK_INT(evaluation.unrecovered, TRUTH_TRUE);
    rig->series[0].value = 3;
    CHECK_INT(judge(rig, arena).unrecovered, TRUTH_FALSE);
    rig_done(rig);
}

TEST(what_is_not_asked_is_collected)
{
    struct rig *rig = rig_make(arena);
    bind_ratio(rig);
    set_rule(rig, arena, "error rate", CMP_OVER, 0.05);
    rig->rule.question_count = 0;
    struct evaluation evaluation = rule_evaluate(arena, &rig->rule, &rig->telemetry, now);
    CHECK_STR(evaluation.reason, "no target has answered yet");
    CHECK_STR(ask_words(arena, &rig->rule, &rig->telemetry), "");
    rig_done(rig);
}

enum { LOST_S = 300 };

/* The rule "depth > 80" fires since so long; an answer of so many s later, in which the worst is 5
 * and, where gone > 0, a series with that last value is away since its last instant. */
static struct evaluation judge_lost(struct rig *rig, struct arena *arena, double gone,
                                    const struct alert *alert, int64_t later_s)
{
    struct alert items[1] = {*alert};
    struct alerts alerts;
    struct instant at = instant_add_ms(now, later_s * 1000);
    alerts_init(&alerts, arena);
    CHECK(map_put(&alerts.table, alert->rule, &items[0]));
    rig->answer.count = 0;
    rig->answer.at = at;
    add(rig, "gauge 0", "", 5);
    add_newest(rig, "newest 0", (double)-later_s);
    if (gone > 0) {
        add(rig, "gone 0", "", gone);
        rig->series[rig->answer.count - 1].labels = STR("g{n=\"b\"}");
        add(rig, "left 0", "", (double)now.us / 1e6 - 2);
        rig->series[rig->answer.count - 1].labels = STR("{n=\"b\"}");
    }
    for (size_t i = 0; i < rig->answer.count; i++)
        rig->series[i].at = at;
    asked_take(&rig->asked, rig->rule.questions[0].words, &rig->answer);
    struct evaluation evaluation = lost_evaluate(arena, &rig->rule, &rig->telemetry, &alerts, at);
    alerts_done(&alerts);
    return evaluation;
}

TEST(a_series_that_fired_and_is_gone_from_the_engine_is_no_health)
{
    struct rig *rig = rig_make(arena);
    bind(rig, "depth", (const struct signal_option[]){{STR("gauge"), STR("g")}}, 1);
    set_rule(rig, arena, "depth", CMP_OVER, 80);
    CHECK(str_find(rig->rule.questions[0].words,
                   "topk(6, (last_over_time(g[11m]) or last_over_time((g)[24h:10m])) unless (g))",
                   0) < rig->rule.questions[0].words.n);
    struct alert alert = {
        .rule = rig->rule.id, .state = ALERT_FIRING, .since = instant_add_ms(now, -LOST_S * 1000)};
    struct evaluation one = judge_lost(rig, arena, 96, &alert, 0);
    CHECK_INT(one.truth, TRUTH_UNKNOWN);
    CHECK_STR(one.reason,
              "depth of g{n=\"b\"} at http://prom:9090 was 96 and has given no value for 2 s");
    /* Later the engine knows it only to ten minutes; what it said first counts. */
    CHECK_INT(judge_lost(rig, arena, 7, &alert, 900).truth, TRUTH_UNKNOWN);
    /* It is back, or was never beyond the limit. */
    CHECK_INT(judge_lost(rig, arena, 0, &alert, 915).truth, TRUTH_FALSE);
    CHECK_INT(judge_lost(rig, arena, 60, &alert, 930).truth, TRUTH_FALSE);
    CHECK_INT(judge_lost(rig, arena, 0, &alert, 945).truth, TRUTH_FALSE);
    /* A person resolved the incident since, or it went before the alert began, or nothing fires. */
    alert.closed = instant_add_ms(now, 946000);
    CHECK_INT(judge_lost(rig, arena, 96, &alert, 960).truth, TRUTH_FALSE);
    alert.closed = (struct instant){0};
    CHECK_INT(judge_lost(rig, arena, 96, &alert, 975).truth, TRUTH_UNKNOWN);
    alert.since = instant_add_ms(now, 600000);
    CHECK_INT(judge_lost(rig, arena, 96, &alert, 990).truth, TRUTH_FALSE);
    alert.since = now;
    alert.state = ALERT_INACTIVE;
    CHECK_INT(judge_lost(rig, arena, 96, &alert, 1005).truth, TRUTH_FALSE);
    rig_done(rig);
}
