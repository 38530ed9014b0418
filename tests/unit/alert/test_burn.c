/* test_burn.c - burn rates of objectives, against a brute force over every minute. */
#include "alert/backtest.h"
#include "alert/burn.h"
#include "harness/test.h"

#include <math.h>
#include <stdio.h>

#define HOUR_MS INT64_C(3600000)

static struct instant minute(int64_t n)
{
    return (struct instant){INT64_C(1699999200) * 1000000 + n * 60 * 1000000}; /* a whole hour */
}

static bool has(struct str text, const char *words)
{
    return str_find(text, words, 0) < text.n;
}

static struct statement *objective_line(struct arena *arena, const char *sentence)
{
    struct statement *statement = arena_make(arena, struct statement);
    struct err err = {0};
    CHECK_OK(
        sentence_read(arena, STR("Service level objectives"), str_of(sentence), statement, &err),
        &err);
    CHECK_INT(statement->kind, STATEMENT_OBJECTIVE);
    /* A sentence alone has no identity. */
    (void)snprintf(statement->id, sizeof statement->id, "%08x%08x", (unsigned)strlen(sentence),
                   (unsigned)sentence[strlen(sentence) / 2] * 7919U);
    return statement;
}

static const struct signals *usual_signals(struct arena *arena)
{
    struct signals *signals = arena_make(arena, struct signals);
    signals_init(signals, arena);
    return signals;
}

static struct rules burns_of(struct arena *arena, const char *sentence)
{
    struct rules rules = {0};
    rules.items =
        burn_rules_make(arena, objective_line(arena, sentence), usual_signals(arena), &rules.count);
    return rules;
}

static struct str factors(struct arena *arena, const char *sentence)
{
    struct rules rules = burns_of(arena, sentence);
    struct text text;
    text_init(&text, arena, 1024);
    for (size_t i = 0; i < rules.count; i++)
        text_printf(&text, "%s%.*s %.4g", i ? ", " : "", STR_ARGS(rules.items[i].level),
                    rules.items[i].burn->factor);
    return text_str(&text);
}

TEST(the_table_is_scaled_to_the_period)
{
    CHECK_SAME(factors(arena, "Availability: 99.9% over 30 days"),
               STR("P1 14.4, P2 6, P3 3, P3 1"));
    CHECK_SAME(factors(arena, "99.9% availability over 28 days"),
               STR("P1 13.44, P2 5.6, P3 2.8, P3 1"));
    CHECK_SAME(factors(arena, "99.9% availability over 7 days"),
               STR("P1 3.36, P2 1.4, P3 1, P3 1"));
    CHECK_SAME(factors(arena, "99.9% availability over 90 days"),
               STR("P1 43.2, P2 18, P3 9, P3 3"));
    /* No period: 30 days. A window as long as the period is none. */
    CHECK_SAME(factors(arena, "Error rate < 0.1%"), STR("P1 14.4, P2 6, P3 3, P3 1"));
    CHECK_SAME(factors(arena, "Error rate < 0.1% over 1 day"), STR("P1 1, P2 1"));
    /* 14.4 × 10 % cannot be. */
    CHECK_SAME(factors(arena, "Availability: 90% over 30 days"), STR("P2 6, P3 3, P3 1"));
    CHECK_SAME(factors(arena, "95% of requests under 500 ms over 30 days"),
               STR("P1 14.4, P2 6, P3 3, P3 1"));
}

static void check_problem(struct arena *arena, const char *sentence, const char *words)
{
    struct objective objective =
        objective_make(arena, objective_line(arena, sentence), usual_signals(arena));
    CHECK(objective.is_share);
    CHECK(has(objective.problem, words));
    CHECK_INT(burns_of(arena, sentence).count, 0);
}

TEST(what_nothing_measures_says_so)
{
    check_problem(arena, "Uptime: 99.9%", "no signal is named \"Uptime\"; bind it with failures");
    check_problem(arena, "95% of orders complete in under 300ms", "bind it with histogram");
    check_problem(arena, "Availability: 100%", "allows nothing to go wrong");
    struct objective rto =
        objective_make(arena, objective_line(arena, "RTO of 4 hours"), usual_signals(arena));
    CHECK(!rto.is_share);
}

TEST(ids_differ_and_fit)
{
    struct rules rules = burns_of(arena, "Availability: 99.9% over 30 days");
    struct statement *line = objective_line(arena, "Availability: 99.9% over 30 days");
    struct statement *other = objective_line(arena, "99.95% availability over 28 days");
    for (size_t i = 0; i < rules.count; i++) {
        CHECK_INT(rules.items[i].id.n, 16);
        CHECK(burn_is_of(&rules.items[i], line) && !burn_is_of(&rules.items[i], other));
        for (size_t k = 0; k < i; k++)
            CHECK(!str_equal(rules.items[i].id, rules.items[k].id));
    }
    CHECK(has(rules.items[0].meaning, "more than 1.44 %"));
    CHECK(has(rules.items[0].promql, "[60m]"));
    CHECK(has(rules.items[0].promql, "[5m]"));
}

static struct reading slow_reading(int at, double limit, double slow)
{
    return (struct reading){.signal = STR("response time"),
                            .target = STR("app"),
                            .at = minute(at),
                            .since = minute(at - 1),
                            .interval_ms = 60000,
                            .kind = SIGNAL_QUANTILE,
                            .of = 100,
                            .edges = {0.1, limit, 2},
                            .counts = {50, 100 - slow, 100},
                            .edge_count = 3};
}

static struct evaluation after_slow_hours(struct arena *arena, double limit, double slow)
{
    struct rules rules = burns_of(arena, "95% of requests under 500 ms over 30 days");
    struct telemetry *telemetry = arena_make(arena, struct telemetry);
    struct err err = {0};
    telemetry_init(telemetry, arena);
    rules_retain(&rules, telemetry);
    for (int i = 1; i <= 7 * 60; i++) {
        struct reading reading = slow_reading(i, limit, slow);
        CHECK_OK(telemetry_fold(telemetry, &reading, &err), &err);
    }
    /* Of 5 %, 6 times as fast in 6 h: 30 %. */
    struct evaluation evaluation = rule_evaluate(arena, &rules.items[1], telemetry, minute(420));
    telemetry_done(telemetry);
    return evaluation;
}

TEST(latency_counts_what_is_above_the_limit)
{
    CHECK_INT(after_slow_hours(arena, 0.5, 31).truth, TRUTH_TRUE);
    CHECK_INT(after_slow_hours(arena, 0.5, 30).truth, TRUTH_FALSE);
    CHECK_INT(after_slow_hours(arena, 0.001 * 500, 31).truth, TRUTH_TRUE);
    struct evaluation blind = after_slow_hours(arena, 0.6, 31);
    CHECK_INT(blind.truth, TRUTH_UNKNOWN);
    CHECK_STR(blind.reason, "the limit lies inside a bucket; the histogram needs an edge at 0.5 s");
}

static struct reading share_reading(int at, double bad)
{
    return (struct reading){.signal = STR("error rate"),
                            .target = STR("app"),
                            .at = minute(at),
                            .since = minute(at - 1),
                            .interval_ms = 60000,
                            .kind = SIGNAL_RATIO,
                            .part = bad,
                            .of = 1000};
}

TEST(not_before_one_long_window_was_measured)
{
    struct rules rules = burns_of(arena, "Availability: 99.9% over 30 days");
    struct telemetry telemetry;
    struct err err = {0};
    telemetry_init(&telemetry, arena);
    rules_retain(&rules, &telemetry);
    for (int i = 1; i <= 60; i++) {
        struct evaluation before = rule_evaluate(arena, &rules.items[0], &telemetry, minute(i - 1));
        CHECK_INT(before.truth, TRUTH_UNKNOWN);
        CHECK(has(before.reason, "were measured so far"));
        struct reading reading = share_reading(i, 20);
        CHECK_OK(telemetry_fold(&telemetry, &reading, &err), &err);
    }
    CHECK_INT(rule_evaluate(arena, &rules.items[0], &telemetry, minute(60)).truth, TRUTH_TRUE);
    struct evaluation day = rule_evaluate(arena, &rules.items[2], &telemetry, minute(60));
    CHECK_INT(day.truth, TRUTH_UNKNOWN);
    CHECK_STR(day.reason, "only 1 h of the 1 d that it looks at were measured so far");
    struct objective objective = rules.items[0].burn->objective;
    CHECK_STR(burn_budget_text(arena, &objective, &telemetry, minute(60)),
              "budget left 97.2 % of 30 d; burning 20× in the last hour; 1 h of it seen so far");
    /* Five good minutes decide against it, whatever the day was. */
    for (int i = 61; i <= 65; i++) {
        struct reading reading = share_reading(i, 0);
        CHECK_OK(telemetry_fold(&telemetry, &reading, &err), &err);
    }
    CHECK_INT(rule_evaluate(arena, &rules.items[0], &telemetry, minute(65)).truth, TRUTH_FALSE);
    telemetry_done(&telemetry);
}

TEST(backtest_fires_where_the_live_rule_would)
{
    struct rules rules = burns_of(arena, "Availability: 99.9% over 30 days");
    struct backtest backtest;
    backtest_init(&backtest, arena, &rules.items[0], minute(120));
    backtest_set_tier(&backtest, TIER_1_MIN);
    for (int i = 1; i <= 600; i++) {
        struct reading reading = share_reading(i, i > 300 && i <= 400 ? 100 : 0);
        backtest_take(&backtest, &reading);
    }
    backtest_advance(&backtest, minute(600));
    CHECK_INT(backtest.firings, 1);
    /* 100 of 1,000 a minute: above 1.44 % of 60,000 after the ninth; the short window is clean five
     * minutes after the end, and a minute later it is over. */
    CHECK_INT(backtest.changes[0].kind, EVENT_ALERT_FIRED);
    CHECK_INT(backtest.changes[0].at.us, minute(309).us);
    CHECK_INT(backtest.changes[1].kind, EVENT_ALERT_CALMED);
    CHECK_INT(backtest.changes[1].at.us, minute(405).us);
    CHECK_INT(backtest.unknown_ms, 0);
    backtest_done(&backtest);
}

/* Every minute of some days: what happened, and whether it was seen. */
enum { DAYS = 8, MINUTES = DAYS * 24 * 60 };
struct day {
    double bad[MINUTES + 1], of[MINUTES + 1];
    bool seen[MINUTES + 1]; /* the minute that ends here */
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static double between(uint64_t *state, double low, double high)
{
    return floor(low + (high - low) * (double)(next_random(state) % 100000) / 100000);
}

static void make_days(struct day *day, uint64_t seed)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15U + 1;
    double share = 0;
    bool blind = false;
    for (int i = 1; i <= MINUTES; i++) {
        if (next_random(&state) % 300 == 0)
            share = (double)(next_random(&state) % 5) * 0.006;
        if (next_random(&state) % (blind ? 15 : 1200) == 0)
            blind = !blind;
        day->of[i] = between(&state, 20, 200);
        day->bad[i] = floor(day->of[i] * share + between(&state, 0, 100) / 100);
        day->seen[i] = !blind;
    }
}

static struct reading minute_reading(const struct day *day, int i)
{
    return (struct reading){.signal = STR("error rate"),
                            .target = STR("app"),
                            .at = minute(i),
                            .since =
                                day->seen[i - 1] || i == 1 ? minute(i - 1) : (struct instant){0},
                            .interval_ms = 60000,
                            .kind = SIGNAL_RATIO,
                            .part = day->bad[i],
                            .of = day->of[i]};
}

/* The minutes of a window by the edges that spending.h states. */
static enum truth brute_window(const struct day *day, int now, int64_t length_ms, double limit)
{
    int slot = length_ms <= 6 * HOUR_MS ? 1 : 10;
    int length = (int)(length_ms / 60000);
    int from = (now - length) / slot * slot;
    double bad = 0;
    double of = 0;
    double busiest = 0;
    int gap = 0;
    if (now < length)
        return TRUTH_UNKNOWN;
    int kept = slot == 1 ? 6 * 60 + 2 : (3 * 24 * 6 + 2) * 10;
    int oldest = ((now + slot - 1) / slot * slot) - kept;
    double sum = 0;
    for (int i = oldest < 0 ? 1 : oldest + 1; i <= now; i++) {
        /* The first after a gap was not measured: nobody knows since when it counts. */
        bool known = day->seen[i] && (i == 1 || day->seen[i - 1]);
        sum += known ? day->of[i] : 0;
        busiest = sum > busiest ? sum : busiest;
        if (i % slot == 0)
            sum = 0;
        if (i <= from)
            continue;
        bad += known ? day->bad[i] : 0;
        of += known ? day->of[i] : 0;
        gap += !known;
    }
    /* What the target said last holds for some intervals. */
    int quiet = 0;
    while (quiet < now && !day->seen[now - quiet])
        quiet++;
    if (quiet > 0 && quiet * INT64_C(60000) <= stale_after_ms(60000))
        gap -= quiet;
    double unseen = busiest * gap / slot;
    if (bad > limit * (of + unseen))
        return TRUTH_TRUE;
    return bad + unseen > limit * (of + unseen) ? TRUTH_UNKNOWN : TRUTH_FALSE;
}

static enum truth brute(const struct day *day, int now, const struct rule *rule)
{
    enum truth late = brute_window(day, now, rule->burn->long_ms, rule->limit);
    enum truth soon = brute_window(day, now, rule->burn->short_ms, rule->limit);
    if (late == TRUTH_FALSE || soon == TRUTH_FALSE)
        return TRUTH_FALSE;
    return late == TRUTH_TRUE && soon == TRUTH_TRUE ? TRUTH_TRUE : TRUTH_UNKNOWN;
}

TEST(random_days_with_gaps_agree_with_brute_force)
{
    struct rules rules = burns_of(arena, "Availability: 99.9% over 30 days");
    struct day *day = arena_make(arena, struct day);
    struct arena turn;
    arena_init(&turn);
    int64_t said[4] = {0};
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct telemetry telemetry;
        struct arena kept;
        struct err err = {0};
        arena_init(&kept);
        telemetry_init(&telemetry, &kept);
        rules_retain(&rules, &telemetry);
        make_days(day, seed);
        day->seen[0] = false;
        day->seen[1] = true;
        for (int i = 1; i <= MINUTES; i++) {
            if (day->seen[i]) {
                struct reading reading = minute_reading(day, i);
                CHECK_OK(telemetry_fold(&telemetry, &reading, &err), &err);
            }
            for (size_t k = 0; i % 7 == 0 && k < rules.count; k++) {
                const struct rule *rule = &rules.items[k];
                enum truth truth = rule_evaluate(&turn, rule, &telemetry, minute(i)).truth;
                enum truth wanted = brute(day, i, rule);
                said[truth]++;
                if (truth != wanted)
                    printf("# seed %d, minute %d, rule %zu\n", (int)seed, i, k);
                CHECK_INT(truth, wanted);
                arena_reset(&turn);
            }
        }
        telemetry_done(&telemetry);
        arena_done(&kept);
    }
    CHECK(said[TRUTH_TRUE] > 100 && said[TRUTH_FALSE] > 100 && said[TRUTH_UNKNOWN] > 100);
    arena_done(&turn);
}
