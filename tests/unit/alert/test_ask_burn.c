/* test_ask_burn.c - what an engine is asked of an objective, and what its answers amount to: a
 * burn, a budget, an engine that does not reach back, gaps, and everything that is no number. */
#include "alert/ask.h"
#include "alert/ask_burn.h"
#include "harness/test.h"

#include <math.h>

#define HOUR_MS INT64_C(3600000)

static const struct instant now = {1700000100000000};

struct rig {
    struct signals signals;
    struct telemetry telemetry;
    struct asked asked;
    struct rule *rules;
    size_t count;
    struct statement *line;
};

static void bind(struct rig *rig, const char *name, const struct signal_option *options,
                 size_t count)
{
    struct err err = {0};
    CHECK_OK(signal_bind(&rig->signals, str_of(name), options, count, &err), &err);
}

static struct rig *rig_make(struct arena *arena, const char *sentence)
{
    struct rig *rig = arena_make(arena, struct rig);
    struct err err = {0};
    rig->line = arena_make(arena, struct statement);
    signals_init(&rig->signals, arena);
    bind(
        rig, "error rate",
        (const struct signal_option[]){{STR("failures"), STR("r{s=\"5\"}")}, {STR("of"), STR("r")}},
        2);
    bind(rig, "response time", (const struct signal_option[]){{STR("histogram"), STR("h")}}, 1);
    telemetry_init(&rig->telemetry, arena);
    asked_init(&rig->asked, arena);
    rig->asked.engine = STR("http://prom:9090");
    rig->asked.every_ms = 15000;
    rig->asked.stale_ms = 120000;
    rig->telemetry.asked = &rig->asked;
    CHECK_OK(
        sentence_read(arena, STR("Service level objectives"), str_of(sentence), rig->line, &err),
        &err);
    (void)memcpy(rig->line->id, "0123456789abcdef", 17);
    rig->rules = burn_rules_make(arena, rig->line, &rig->signals, &rig->count);
    struct asked_wanted wanted[BURN_RULES_MAX * ASK_BURN_QUESTIONS];
    size_t count = 0;
    for (size_t i = 0; i < rig->count; i++) {
        CHECK(ask_can(&rig->rules[i]));
        ask_questions(arena, &rig->rules[i], rig->asked.every_ms);
        for (size_t k = 0; k < rig->rules[i].question_count; k++)
            wanted[count++] = rig->rules[i].questions[k];
    }
    asked_set(&rig->asked, wanted, count);
    return rig;
}

static void rig_done(struct rig *rig)
{
    asked_done(&rig->asked);
    telemetry_done(&rig->telemetry);
}

/* One window as an engine answers it. */
struct window_answer {
    const char *first; /* "bad 0" or "good 0" */
    double events, of;
    int64_t since_ago_ms, newest_ago_ms;
    double seen, busiest, edgeless, before;
};

static void answer(struct rig *rig, struct str words, const struct window_answer *window,
                   struct instant at)
{
    struct asked_series series[9];
    struct asked_answer answer = {
        .at = at, .took_ms = 3, .problem = STR(""), .warnings = STR(""), .series = series};
    const struct {
        const char *part;
        double value;
    } parts[] = {{window->first, window->events},
                 {"of 0", window->of},
                 {"newest 0", (double)(at.us / 1000 - window->newest_ago_ms) / 1000},
                 {"since 0", (double)(at.us / 1000 - window->since_ago_ms) / 1000},
                 {"seen 0", window->seen},
                 {"busiest 0", window->busiest},
                 {"edgeless 0", window->edgeless},
                 {"before 0", window->before > 0 ? window->before : NAN}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (isnan(parts[i].value)) /* not in the answer */
            continue;
        series[answer.count++] = (struct asked_series){.part = str_of(parts[i].part),
                                                       .le = STR(""),
                                                       .labels = STR(""),
                                                       .value = parts[i].value,
                                                       .at = at};
    }
    asked_take(&rig->asked, words, &answer);
}

/* All of the window was seen. */
static struct window_answer whole(double bad, double of, int64_t length_ms)
{
    return (struct window_answer){.first = "bad 0",
                                  .events = bad,
                                  .of = of,
                                  .since_ago_ms = length_ms,
                                  .seen = 61,
                                  .busiest = of / 60,
                                  .edgeless = NAN};
}

/* Short and long window of the first rule: 5 min and 1 h. */
static void answer_both(struct rig *rig, double of_short, double of_long)
{
    struct window_answer soon = whole(of_short * 1000, 1000, 5 * 60000);
    struct window_answer late = whole(of_long * 12000, 12000, HOUR_MS);
    answer(rig, rig->rules[0].questions[0].words, &soon, now);
    answer(rig, rig->rules[0].questions[1].words, &late, now);
}

static struct evaluation judge(struct rig *rig, struct arena *arena)
{
    return rule_evaluate(arena, &rig->rules[0], &rig->telemetry, now);
}

static bool has(struct str text, const char *words)
{
    return str_find(text, words, 0) < text.n;
}

TEST(each_window_is_a_question_of_its_own)
{
    struct rig *rig = rig_make(arena, "Availability: 99.9% over 30 days");
    CHECK_INT(rig->count, 4);
    CHECK_STR(
        rig->rules[0].questions[0].words,
        "label_replace(sum(increase(r{s=\"5\"}[5m])), \"reeve_part\", \"bad 0\", \"__name__\", "
        "\".*\") or "
        "label_replace(sum(increase(r[5m])), \"reeve_part\", \"of 0\", \"__name__\", \".*\") or "
        "label_replace(max(timestamp(r)), \"reeve_part\", \"newest 0\", \"__name__\", \".*\") or "
        "label_replace(min_over_time((time() * group(r))[5m:5s]), \"reeve_part\", \"since 0\", "
        "\"__name__\", \".*\") or "
        "label_replace(count_over_time(group(r)[5m:5s]), \"reeve_part\", \"seen 0\", \"__name__\", "
        "\".*\") or "
        "label_replace(group(r offset 5m) or group(r offset 65m) or group(r offset 365m) or "
        "group(r offset 1445m) or group(r offset 4325m), \"reeve_part\", \"before 0\", "
        "\"__name__\", \".*\")");
    CHECK(has(rig->rules[0].questions[1].words,
              "label_replace(max_over_time(sum(increase(r[5m]))[60m:1m]), \"reeve_part\", "
              "\"busiest 0\", "));
    CHECK(has(rig->rules[3].questions[1].words, "increase(r[4320m])"));
    CHECK(has(rig->rules[0].questions[3].words, "increase(r[43200m])"));
    CHECK(has(rig->rules[0].questions[3].words, "[43200m:720m]"));
    /* 5 min and 30 min, 1 h and 2 h, 6 h, 1 d, 3 d, 30 d: each once. */
    CHECK_INT(rig->asked.questions.count, 8);
    rig_done(rig);
}

TEST(a_latency_asks_for_its_bucket)
{
    struct rig *rig = rig_make(arena, "95% of requests under 500 ms over 30 days");
    CHECK(has(rig->rules[0].questions[0].words,
              "label_replace(sum(increase(h_bucket{le=~\"0\\\\.5\"}[5m])), \"reeve_part\", "
              "\"good 0\", "));
    CHECK(has(rig->rules[0].questions[0].words,
              "label_replace(count(h_count unless ignoring(le) h_bucket{le=~\"0\\\\.5\"}), "
              "\"reeve_part\", \"edgeless 0\", "));
    rig_done(rig);
}

TEST(windows_of_days_are_asked_less_often)
{
    struct rig *rig = rig_make(arena, "Availability: 99.9% over 30 days");
    const int64_t paces_ms[4][3] = {{15000, 60000, 3600000},
                                    {30000, 360000, 3600000},
                                    {120000, 1440000, 3600000},
                                    {360000, 3600000, 3600000}};
    for (size_t i = 0; i < 4; i++) {
        CHECK_INT(rig->rules[i].questions[0].every_ms, paces_ms[i][0]);
        CHECK_INT(rig->rules[i].questions[1].every_ms, paces_ms[i][1]);
        CHECK_INT(rig->rules[i].questions[2].every_ms, 60000);
        CHECK_INT(rig->rules[i].questions[3].every_ms, paces_ms[i][2]);
    }
    CHECK_INT(ask_pace_ms(5 * 60000, 300000), 300000);
    CHECK(has(ask_words(arena, &rig->rules[1], &rig->telemetry),
              "which has not answered yet; the last 30 min every 30 s, the last 6 h every 6 min, "
              "the last 30 d every 1 h"));
    rig_done(rig);
}

TEST(both_windows_have_to_be_over)
{
    struct rig *rig = rig_make(arena, "Availability: 99.9% over 30 days");
    answer_both(rig, 0.02, 0.02);
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_TRUE);
    CHECK(has(evaluation.value_text, "burning 20× over 1 h and 20× over 5 min"));
    answer_both(rig, 0.02, 0.01);
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    answer_both(rig, 0.01, 0.02);
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    struct window_answer few = whole(10, 10, HOUR_MS);
    answer_both(rig, 0.02, 0.02);
    answer(rig, rig->rules[0].questions[1].words, &few, now);
    CHECK_INT(judge(rig, arena).truth, TRUTH_TOO_LITTLE);
    rig_done(rig);
}

TEST(failures_that_never_happened_have_no_series)
{
    struct rig *rig = rig_make(arena, "Availability: 99.9% over 30 days");
    answer_both(rig, NAN, NAN);
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    rig_done(rig);
}

TEST(what_the_engine_does_not_have_that_far_back_is_unknown)
{
    struct rig *rig = rig_make(arena, "Availability: 99.9% over 30 days");
    struct window_answer late = whole(240, 12000, 20 * 60000);
    answer_both(rig, 0.02, 0.02);
    late.seen = 20;
    answer(rig, rig->rules[0].questions[1].words, &late, now);
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK_STR(evaluation.reason, "only 20 min of the 1 h that it looks at were measured so far");
    /* It was there before: what is missing at the beginning is a gap, however it was. */
    late.before = 1;
    late.busiest = 1000;
    answer(rig, rig->rules[0].questions[1].words, &late, now);
    CHECK_STR(judge(rig, arena).reason, "40 min of the last 1 h were not seen, and what happened "
                                        "then could decide it");
    late.events = 600;
    answer(rig, rig->rules[0].questions[1].words, &late, now);
    CHECK_INT(judge(rig, arena).truth, TRUTH_TRUE);
    /* A short window that certainly is not over decides alone. */
    struct window_answer soon = whole(0, 1000, 5 * 60000);
    answer(rig, rig->rules[0].questions[0].words, &soon, now);
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    rig_done(rig);
}

TEST(a_gap_is_as_bad_as_it_could_have_been)
{
    struct rig *rig = rig_make(arena, "Availability: 99.9% over 30 days");
    struct window_answer late = whole(100, 6000, HOUR_MS);
    answer_both(rig, 0.02, 0.02);
    late.seen = 30; /* half of it, in which 6,000 may have come */
    late.busiest = 1000;
    answer(rig, rig->rules[0].questions[1].words, &late, now);
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK_STR(evaluation.reason, "30 min of the last 1 h were not seen, and what happened then "
                                 "could decide it");
    late.events = 600; /* 5 %, however good the rest was */
    answer(rig, rig->rules[0].questions[1].words, &late, now);
    CHECK_INT(judge(rig, arena).truth, TRUTH_TRUE);
    late.seen = 59; /* the edges of what is looked at are no gap */
    late.events = 60;
    answer(rig, rig->rules[0].questions[1].words, &late, now);
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    rig_done(rig);
}

TEST(a_rule_is_unknown_while_one_window_has_no_answer)
{
    struct rig *rig = rig_make(arena, "Availability: 99.9% over 30 days");
    struct window_answer soon = whole(0, 1000, 5 * 60000);
    CHECK_STR(judge(rig, arena).reason, "http://prom:9090 has not answered yet");
    answer(rig, rig->rules[0].questions[0].words, &soon, now);
    CHECK_STR(judge(rig, arena).reason, "http://prom:9090 has not answered yet");
    struct asked_answer bad = {.at = now, .problem = STR("it did not answer within 10 s")};
    asked_take(&rig->asked, rig->rules[0].questions[1].words, &bad);
    CHECK_STR(judge(rig, arena).reason, "http://prom:9090: it did not answer within 10 s");
    CHECK(has(ask_words(arena, &rig->rules[0], &rig->telemetry),
              "; of what it asks less often: it did not answer within 10 s"));
    /* Each answer counts three times as long as it is apart from the next one, and no longer. */
    answer_both(rig, 0.02, 0.02);
    asked_take(&rig->asked, rig->rules[0].questions[1].words, &bad);
    CHECK_INT(
        rule_evaluate(arena, &rig->rules[0], &rig->telemetry, instant_add_ms(now, 45000)).truth,
        TRUTH_TRUE);
    answer(rig, rig->rules[0].questions[0].words, &soon, instant_add_ms(now, 180001));
    struct evaluation evaluation =
        rule_evaluate(arena, &rig->rules[0], &rig->telemetry, instant_add_ms(now, 180001));
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK_STR(evaluation.reason, "http://prom:9090: it did not answer within 10 s");
    rig_done(rig);
}

TEST(what_is_no_number_too_old_or_missing_is_unknown)
{
    struct rig *rig = rig_make(arena, "Availability: 99.9% over 30 days");
    struct window_answer late = whole(INFINITY, 12000, HOUR_MS);
    answer_both(rig, 0.02, 0.02);
    late.of = INFINITY;
    answer(rig, rig->rules[0].questions[1].words, &late, now);
    CHECK_STR(judge(rig, arena).reason, "r at http://prom:9090: is no number (NaN or infinite)");
    late.of = NAN; /* the part is not in the answer */
    answer(rig, rig->rules[0].questions[1].words, &late, now);
    CHECK_STR(judge(rig, arena).reason, "r at http://prom:9090: has samples, but too few of them "
                                        "in the time that it looks at");
    late = whole(240, 12000, HOUR_MS);
    late.newest_ago_ms = 120001;
    answer(rig, rig->rules[0].questions[1].words, &late, now);
    CHECK_STR(judge(rig, arena).reason,
              "the newest sample of r that http://prom:9090 has is 2 min old");
    struct asked_answer nothing = {.at = now, .problem = STR(""), .warnings = STR("")};
    asked_take(&rig->asked, rig->rules[0].questions[0].words, &nothing);
    asked_take(&rig->asked, rig->rules[0].questions[1].words, &nothing);
    CHECK_STR(judge(rig, arena).reason,
              "http://prom:9090 has no series of r; bind it under signals: in reeve.yaml");
    rig_done(rig);
}

TEST(a_latency_counts_what_is_above_and_needs_an_edge_everywhere)
{
    struct rig *rig = rig_make(arena, "95% of requests under 500 ms over 30 days");
    struct window_answer soon = whole(100, 1000, 5 * 60000);
    struct window_answer late = whole(1000, 12000, HOUR_MS);
    soon.first = late.first = "good 0";
    answer(rig, rig->rules[0].questions[0].words, &soon, now);
    answer(rig, rig->rules[0].questions[1].words, &late, now);
    CHECK_INT(judge(rig, arena).truth, TRUTH_TRUE);
    late.events = 12001; /* stretched a little more than all of them */
    answer(rig, rig->rules[0].questions[1].words, &late, now);
    CHECK_INT(judge(rig, arena).truth, TRUTH_FALSE);
    late.edgeless = 1;
    answer(rig, rig->rules[0].questions[1].words, &late, now);
    struct evaluation evaluation = judge(rig, arena);
    CHECK_INT(evaluation.truth, TRUTH_UNKNOWN);
    CHECK(has(evaluation.reason, "needs an edge at 0.5 s"));
    rig_done(rig);
}

TEST(the_budget_is_what_the_engine_has_of_the_period)
{
    struct rig *rig = rig_make(arena, "Availability: 99.9% over 30 days");
    struct objective objective = objective_make(arena, rig->line, &rig->signals);
    CHECK_STR(burn_budget_text(arena, &objective, &rig->telemetry, now),
              "budget not known: http://prom:9090 has not answered yet");
    struct window_answer period = whole(500, 1000000, 30 * 24 * HOUR_MS);
    struct window_answer hour = whole(5, 1000, HOUR_MS);
    answer(rig, rig->rules[0].questions[3].words, &period, now);
    answer(rig, rig->rules[0].questions[2].words, &hour, now);
    CHECK_STR(burn_budget_text(arena, &objective, &rig->telemetry, now),
              "budget left 50 % of 30 d; burning 5× in the last hour");
    period.since_ago_ms = 15 * 24 * HOUR_MS;
    answer(rig, rig->rules[0].questions[3].words, &period, now);
    CHECK_STR(burn_budget_text(arena, &objective, &rig->telemetry, now),
              "budget left 75 % of 30 d; burning 5× in the last hour; 15 d of it seen so far");
    rig_done(rig);
}

TEST(what_is_not_asked_is_counted_here)
{
    struct rig *rig = rig_make(arena, "Availability: 99.9% over 30 days");
    struct objective objective = objective_make(arena, rig->line, &rig->signals);
    asked_set(&rig->asked, NULL, 0);
    rig->rules[0].question_count = 0;
    rules_retain(&(struct rules){.items = rig->rules, .count = 1}, &rig->telemetry);
    CHECK_INT(rig->telemetry.spending_count, 1);
    CHECK_STR(burn_budget_text(arena, &objective, &rig->telemetry, now),
              "no requests measured yet");
    CHECK(has(judge(rig, arena).reason, "only 0 s of the 1 h"));
    rig_done(rig);
}
