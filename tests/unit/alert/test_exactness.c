/* test_exactness.c - what windows answer, with the exact answer computed beside: quantiles of
 * distributions that are chosen to hurt, histograms merged in any way, counts at the edge of a
 * window. */
#include "alert/backtest.h"
#include "alert/evaluate.h"
#include "harness/test.h"

#include <math.h>
#include <stdlib.h>

enum { SAMPLES_MAX = 600, ROUNDS = 400, SECONDS = 40 };

static const double edges[] = {0.005, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
enum { EDGE_COUNT = sizeof edges / sizeof edges[0] };

static uint64_t state;

static uint64_t any(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

static double share(void)
{
    return (double)any(1 << 20) / (1 << 20);
}

static struct instant at_ms(int64_t ms)
{
    return (struct instant){INT64_C(1700000040000000) + ms * 1000}; /* the beginning of a minute */
}

/* One value of a distribution; each has its own way to mislead whoever guesses inside a bucket. */
static double draw(int shape)
{
    double edge = edges[any(EDGE_COUNT)];
    switch (shape) {
    case 0: return edge;                              /* all on edges */
    case 1: return nextafter(edge, any(2) ? 100 : 0); /* just beside them */
    case 2: return any(100) < 95 ? 0.003 : 0.9;       /* the quantile is a cliff */
    case 3: return exp(share() * 12 - 6);             /* heavy tail, beyond the last edge */
    case 4: return any(2) ? 0.26 : 0.49;              /* both ends of one bucket */
    case 5: return 50;                                /* beyond all edges */
    default: return share();
    }
}
enum { SHAPES = 7 };

static struct reading empty(int64_t end_ms, const char *target)
{
    struct reading reading = {.signal = STR("response time"),
                              .target = str_of(target),
                              .at = at_ms(end_ms),
                              .since = at_ms(end_ms - 1000),
                              .interval_ms = 1000,
                              .kind = SIGNAL_QUANTILE,
                              .edge_count = EDGE_COUNT};
    memcpy(reading.edges, edges, sizeof edges);
    return reading;
}

static void add_sample(struct reading *reading, double value)
{
    reading->of++;
    for (size_t i = 0; i < EDGE_COUNT; i++)
        reading->counts[i] += value <= edges[i];
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

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

/* The bucket of the value that stands at the quantile: (low, high]. */
static void bucket_of(double value, double *out_low, double *out_high)
{
    *out_low = 0;
    *out_high = INFINITY;
    for (size_t i = EDGE_COUNT; i-- > 0;)
        if (value <= edges[i])
            *out_high = edges[i];
        else if (value > edges[i] && *out_low <= 0)
            *out_low = edges[i];
}

/* Is what a rule says of its limit true of the values themselves, and unknown only where no
 * histogram of these edges could know? */
static void check_truth(const struct evaluation *evaluation, double exact, double limit, int shape)
{
    double low;
    double high;
    bucket_of(exact, &low, &high);
    bool decided = low >= limit || high <= limit;
    bool right = evaluation->truth == TRUTH_TRUE ? exact > limit
                 : evaluation->truth == TRUTH_FALSE
                     ? exact <= limit
                     : evaluation->truth == TRUTH_UNKNOWN && !decided;
    test_checked();
    if (!right || (decided && evaluation->truth == TRUTH_UNKNOWN))
        test_fail(__FILE__, __LINE__, "shape %d: exactly %g, limit %g, truth %d: %.*s", shape,
                  exact, limit, (int)evaluation->truth, STR_ARGS(evaluation->value_text));
    /* The value that is shown lies in the same bucket. */
    CHECK(evaluation->value >= low && (evaluation->value <= high));
}

TEST(quantiles_are_true_false_or_unknown_as_the_values_are)
{
    struct rule rule = rule_of(arena, "Response time p95 > 500ms");
    state = 20260601;
    for (int round = 0; round < ROUNDS; round++) {
        struct arena own;
        struct telemetry telemetry;
        double values[SAMPLES_MAX];
        size_t count = 20 + (size_t)any(SAMPLES_MAX - 20);
        int shape = round % SHAPES;
        struct reading seconds[SECONDS];
        struct err err = {0};
        arena_init(&own);
        telemetry_init(&telemetry, &own);
        telemetry_retain(&telemetry, STR("response time"), 120 * 1000);
        for (int s = 0; s < SECONDS; s++)
            seconds[s] = empty((s + 1) * 1000, "app");
        for (size_t i = 0; i < count; i++) {
            values[i] = draw(any(8) ? shape : (int)any(SHAPES));
            add_sample(&seconds[any(SECONDS)], values[i]);
        }
        for (int s = 0; s < SECONDS; s++)
            CHECK_OK(telemetry_fold(&telemetry, &seconds[s], &err), &err);
        qsort(values, count, sizeof values[0], by_size);
        static const double quantiles[] = {0.01, 0.5, 0.9, 0.95, 0.99, 0.999};
        for (size_t q = 0; q < sizeof quantiles / sizeof quantiles[0]; q++) {
            rule.quantile = quantiles[q];
            double rank = ceil(quantiles[q] * (double)count);
            double exact = values[(size_t)rank - 1];
            for (size_t i = 0; i < 2 * EDGE_COUNT; i++) {
                rule.limit = i < EDGE_COUNT ? edges[i] : share() * 3;
                struct evaluation evaluation =
                    rule_evaluate(&own, &rule, &telemetry, at_ms(SECONDS * 1000));
                check_truth(&evaluation, exact, rule.limit, shape);
            }
        }
        telemetry_done(&telemetry);
        arena_done(&own);
    }
}

static void fold_merged(void *context, const struct reading *reading)
{
    struct err err = {0};
    CHECK_OK(telemetry_fold(context, reading, &err), &err);
}

static void check_same_answer(const struct answer *a, const struct answer *b)
{
    CHECK(a->of == b->of && a->part == b->part);
    CHECK_INT(a->edge_count, b->edge_count);
    for (size_t i = 0; i < a->edge_count; i++)
        CHECK(a->edges[i] == b->edges[i] && a->counts[i] == b->counts[i]);
}

/* The same values: in one histogram of one target; in parts on three; merged to 10 s slots. */
TEST(merged_histograms_are_one_histogram)
{
    static const char *const names[] = {"a", "b", "c"};
    state = 7;
    for (int round = 0; round < 60; round++) {
        struct arena own;
        struct telemetry one;
        struct telemetry parts;
        struct telemetry merged;
        struct tier tier;
        struct err err = {0};
        arena_init(&own);
        telemetry_init(&one, &own);
        telemetry_init(&parts, &own);
        telemetry_init(&merged, &own);
        tier_init(&tier, &own, TIER_10_S);
        for (int64_t s = 1; s <= 60; s++) {
            struct reading whole = empty(s * 1000, "app");
            struct reading part[3] = {empty(s * 1000, names[0]), empty(s * 1000, names[1]),
                                      empty(s * 1000, names[2])};
            for (uint64_t i = any(12); i > 0; i--) {
                double value = draw((int)any(SHAPES));
                add_sample(&whole, value);
                add_sample(&part[any(3)], value);
            }
            struct reading closed;
            CHECK_OK(telemetry_fold(&one, &whole, &err), &err);
            for (size_t t = 0; t < 3; t++)
                CHECK_OK(telemetry_fold(&parts, &part[t], &err), &err);
            if (tier_add(&tier, &own, &whole, &closed))
                fold_merged(&merged, &closed);
        }
        tier_close_before(&tier, at_ms(100 * 1000), fold_merged, &merged);
        for (int64_t length = 10; length <= 60; length += 10) {
            struct answer want =
                telemetry_ask(&one, STR("response time"), length * 1000, at_ms(60000));
            struct answer got =
                telemetry_ask(&parts, STR("response time"), length * 1000, at_ms(60000));
            check_same_answer(&got, &want);
            got = telemetry_ask(&merged, STR("response time"), length * 1000, at_ms(60000));
            check_same_answer(&got, &want);
        }
        tier_done(&tier);
        telemetry_done(&merged);
        telemetry_done(&parts);
        telemetry_done(&one);
        arena_done(&own);
    }
}

/* The edge: readings of one slot (a whole second, wider for windows over an hour) count together. A
 * window ends with the newest reading, and what lies in it with its greater half is in it. */
static double counted(const int64_t *times_ms, const double *parts, size_t count, int64_t slot_ms,
                      int64_t length_ms)
{
    int64_t begin_ms = times_ms[count] - length_ms;
    double sum = 0;
    for (size_t to = count, from; to > 0; to = from) {
        int64_t slot = (at_ms(0).us / 1000 + times_ms[to]) / slot_ms;
        double part = 0;
        for (from = to; from > 0 && (at_ms(0).us / 1000 + times_ms[from]) / slot_ms == slot; from--)
            part += parts[from];
        if (to < count && times_ms[to] + times_ms[from] <= 2 * begin_ms)
            break;
        sum += part;
    }
    return sum;
}

static void check_counts(int64_t retain_ms, int64_t slot_ms, int64_t most_apart_ms)
{
    struct arena own;
    struct telemetry telemetry;
    struct err err = {0};
    static int64_t times_ms[2001]; /* the first is where the first reading counts from */
    static double parts[2001];
    int64_t now_ms = 0;
    arena_init(&own);
    telemetry_init(&telemetry, &own);
    telemetry_retain(&telemetry, STR("failed auth attempts"), retain_ms);
    for (size_t i = 1; i <= 2000; i++) {
        now_ms += 1 + (int64_t)any((uint64_t)most_apart_ms);
        times_ms[i] = now_ms;
        parts[i] = (double)any(9);
        struct reading reading = {.signal = STR("failed auth attempts"),
                                  .target = STR("app"),
                                  .at = at_ms(now_ms),
                                  .since = at_ms(times_ms[i - 1]),
                                  .interval_ms = 1000,
                                  .kind = SIGNAL_COUNT,
                                  .part = parts[i]};
        CHECK_OK(telemetry_fold(&telemetry, &reading, &err), &err);
        int64_t later_ms = now_ms + (int64_t)any(700);
        int64_t length_ms = 1000 + (int64_t)any((uint64_t)retain_ms - 60000);
        struct answer answer =
            telemetry_ask(&telemetry, STR("failed auth attempts"), length_ms, at_ms(later_ms));
        double want = counted(times_ms, parts, i, slot_ms, length_ms);
        test_checked();
        if (fabs(answer.part - want) > 0)
            test_fail(__FILE__, __LINE__, "reading %zu, %lld ms back: got %g, want %g", i,
                      (long long)length_ms, answer.part, want);
    }
    telemetry_done(&telemetry);
    arena_done(&own);
}

TEST(counts_are_exact_to_the_edge_of_the_window)
{
    state = 99;
    check_counts(120 * 1000, 1000, 1000);
    check_counts(600 * 1000, 1000, 2500);
    /* More than an hour: the slots are 2 s, more than three hours: 4 s. */
    check_counts(7100 * 1000, 2000, 4000);
    check_counts(12000 * 1000, 4000, 5000);
}

static enum truth p95_of(struct arena *arena, enum comparison cmp, double below)
{
    struct rule rule = {.quantile = 0.95,
                        .cmp = cmp,
                        .limit = 0.5,
                        .statistic_ms = 60000,
                        .unit = STR("ms"),
                        .signal = arena_make(arena, struct signal)};
    struct answer answer = {.kind = SIGNAL_QUANTILE,
                            .of = 100,
                            .covered_ms = 60000,
                            .edge_count = 3,
                            .edges = {0.1, 0.5, 1},
                            .counts = {10, below, 100}};
    return evaluate_answer(arena, &rule, &answer).truth;
}

/* With 95 of 100 at or below 500 ms the 95th is 500 ms, and not below it: histogram_quantile() of
 * the exported rule says 0.5. */
TEST(a_quantile_at_the_edge_of_its_bucket_is_that_edge)
{
    CHECK_INT(p95_of(arena, CMP_UNDER, 95), TRUTH_FALSE);
    CHECK_INT(p95_of(arena, CMP_AT_MOST, 95), TRUTH_TRUE);
    CHECK_INT(p95_of(arena, CMP_AT_LEAST, 95), TRUTH_TRUE);
    CHECK_INT(p95_of(arena, CMP_OVER, 95), TRUTH_FALSE);
    CHECK_INT(p95_of(arena, CMP_UNDER, 96), TRUTH_TRUE);
    CHECK_INT(p95_of(arena, CMP_AT_LEAST, 96), TRUTH_FALSE);
    CHECK_INT(p95_of(arena, CMP_OVER, 94), TRUTH_TRUE);
    CHECK_INT(p95_of(arena, CMP_UNDER, 94), TRUTH_FALSE);
}

/* At or below 100 ms all, and at or below 500 ms a fifth of them: one of both is not so. */
TEST(a_histogram_whose_buckets_fall_is_unknown)
{
    static const struct {
        double counts[3];
        const char *reason;
    } cases[] = {
        {{100, 20, 100}, "the histogram's bucket \"le=0.5\" counts fewer than one below it"},
        {{10, 20, 190}, "the histogram's bucket \"le=inf\" counts fewer than one below it"},
        {{97, 95, 100}, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rule rule = {.quantile = 0.95,
                            .cmp = CMP_AT_MOST,
                            .limit = 0.1,
                            .statistic_ms = 60000,
                            .unit = STR("ms"),
                            .signal = arena_make(arena, struct signal)};
        struct answer answer = {.kind = SIGNAL_QUANTILE,
                                .of = 100,
                                .covered_ms = 60000,
                                .edge_count = 3,
                                .edges = {0.1, 0.5, 1}};
        memcpy(answer.counts, cases[i].counts, sizeof cases[i].counts);
        struct evaluation now = evaluate_answer(arena, &rule, &answer);
        CHECK_INT(now.truth, cases[i].reason[0] ? TRUTH_UNKNOWN : TRUTH_TRUE);
        CHECK_STR(now.reason, cases[i].reason);
    }
}

/* "80.0 %" would be no more than 80 %. */
TEST(a_share_that_is_not_its_limit_does_not_look_like_it)
{
    struct rule rule = {.cmp = CMP_OVER, .limit = 0.8, .unit = STR("%")};
    CHECK_STR(evaluate_gauge_text(arena, &rule, SIGNAL_GAUGE_RATIO, 0.80004), "80.004 %");
    CHECK_STR(evaluate_gauge_text(arena, &rule, SIGNAL_GAUGE_RATIO, 0.79996), "79.996 %");
    CHECK_STR(evaluate_gauge_text(arena, &rule, SIGNAL_GAUGE_RATIO, 0.8), "80.0 %");
    CHECK_STR(evaluate_gauge_text(arena, &rule, SIGNAL_GAUGE_RATIO, 0.9012), "90.1 %");
}
