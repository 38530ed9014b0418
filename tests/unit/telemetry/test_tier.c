/* test_tier.c - merged readings: nothing twice, nothing lost, a gap stays a gap. */
#include "harness/test.h"
#include "telemetry/intake.h"
#include "telemetry/tier.h"

static struct instant at_ms(int64_t ms)
{
    return (struct instant){1700000040000000 + ms * 1000}; /* the beginning of a minute */
}

static struct reading ratio(int64_t from_ms, int64_t to_ms, double part, double of)
{
    return (struct reading){.signal = STR("error rate"),
                            .target = STR("app"),
                            .at = at_ms(to_ms),
                            .since = at_ms(from_ms),
                            .interval_ms = 1000,
                            .kind = SIGNAL_RATIO,
                            .part = part,
                            .of = of};
}

struct sum {
    double part, of;
    int count;
    struct reading last;
};

static void add_up(void *context, const struct reading *reading)
{
    struct sum *sum = context;
    sum->part += reading->part;
    sum->of += reading->of;
    sum->count++;
    sum->last = *reading;
}

static struct tier made(struct arena *arena, enum tier_number number)
{
    struct tier tier;
    tier_init(&tier, arena, number);
    return tier;
}

TEST(a_minute_of_seconds_is_one_reading)
{
    struct tier tier = made(arena, TIER_1_MIN);
    struct reading closed;
    for (int i = 0; i < 60; i++) {
        struct reading one = ratio(i * 1000, (i + 1) * 1000, 1, 10);
        CHECK(!tier_add(&tier, arena, &one, &closed));
    }
    struct reading next = ratio(60000, 61000, 0, 10);
    CHECK(tier_add(&tier, arena, &next, &closed));
    CHECK(closed.part == 60 && closed.of == 600);
    CHECK_INT(closed.since.us, at_ms(0).us);
    CHECK_INT(closed.at.us, at_ms(60000).us);
    CHECK_INT(closed.slot_ms, 60000);
    CHECK_INT(closed.interval_ms, 1000);
    CHECK_STR(closed.signal, "error rate");
    CHECK_STR(closed.target, "app");
    tier_done(&tier);
}

TEST(a_gap_is_not_covered)
{
    struct tier tier = made(arena, TIER_1_MIN);
    struct reading closed;
    struct reading before = ratio(0, 1000, 1, 10);
    struct reading after = ratio(30000, 31000, 2, 20);
    CHECK(!tier_add(&tier, arena, &before, &closed));
    CHECK(tier_add(&tier, arena, &after, &closed));
    CHECK(closed.part == 1);
    CHECK_INT(closed.at.us, at_ms(1000).us);
    struct sum sum = {0};
    tier_close_before(&tier, at_ms(59000), add_up, &sum);
    CHECK_INT(sum.count, 0);
    tier_close_before(&tier, at_ms(61000), add_up, &sum);
    CHECK_INT(sum.count, 1);
    CHECK_INT(sum.last.since.us, at_ms(30000).us);
    tier_close_before(&tier, at_ms(200000), add_up, &sum);
    CHECK_INT(sum.count, 1);
    tier_done(&tier);
}

TEST(what_is_not_newer_is_passed_over)
{
    struct tier tier = made(arena, TIER_10_S);
    struct reading closed;
    struct sum sum = {0};
    struct reading one = ratio(1000, 2000, 1, 1);
    struct reading older = ratio(0, 1000, 100, 100);
    CHECK(!tier_add(&tier, arena, &one, &closed));
    CHECK(!tier_add(&tier, arena, &one, &closed));
    CHECK(!tier_add(&tier, arena, &older, &closed));
    tier_close_before(&tier, at_ms(20000), add_up, &sum);
    CHECK(sum.count == 1 && sum.part == 1);
    tier_done(&tier);
}

TEST(of_gauges_the_worst_of_both_ends_stays)
{
    static const double highs[] = {3, 9, 4};
    static const double lows[] = {2, 2.5, 1};
    struct tier tier = made(arena, TIER_10_S);
    struct reading closed;
    struct sum sum = {0};
    for (int i = 0; i < 3; i++) {
        struct reading one = ratio(0, (i + 1) * 1000, 0, 0);
        one.kind = SIGNAL_GAUGE;
        one.high = highs[i];
        one.low = lows[i];
        one.high_series = str_printf(arena, "h%d", i);
        one.low_series = str_printf(arena, "l%d", i);
        CHECK(!tier_add(&tier, arena, &one, &closed));
    }
    tier_close_before(&tier, at_ms(20000), add_up, &sum);
    CHECK(sum.last.high == 9 && sum.last.low == 1);
    CHECK_STR(sum.last.high_series, "h1");
    CHECK_STR(sum.last.low_series, "l2");
    tier_done(&tier);
}

TEST(another_kind_or_other_edges_begin_anew)
{
    struct tier tier = made(arena, TIER_10_S);
    struct reading closed;
    struct reading first = ratio(0, 1000, 0, 8);
    first.kind = SIGNAL_QUANTILE;
    first.edge_count = 2;
    first.edges[0] = 1;
    first.edges[1] = 2;
    first.counts[1] = 8;
    struct reading second = first;
    second.since = at_ms(1000);
    second.at = at_ms(2000);
    struct reading third = second;
    third.since = at_ms(2000);
    third.at = at_ms(3000);
    third.edges[1] = 3;
    CHECK(!tier_add(&tier, arena, &first, &closed));
    CHECK(!tier_add(&tier, arena, &second, &closed));
    CHECK(tier_add(&tier, arena, &third, &closed));
    CHECK(closed.counts[1] == 16 && closed.edges[1] == 2);
    struct reading count = ratio(3000, 4000, 5, 0);
    count.kind = SIGNAL_COUNT;
    CHECK(tier_add(&tier, arena, &count, &closed));
    CHECK(closed.counts[1] == 8 && closed.edges[1] == 3);
    tier_done(&tier);
}

/* Random lengths, gaps and targets: each tier holds the same sums as what came. */
TEST(sums_are_kept_in_every_tier)
{
    uint32_t seed = 1;
    for (int number = TIER_10_S; number < TIERS; number++) {
        struct tier tier = made(arena, (enum tier_number)number);
        struct sum in = {0};
        struct sum out = {0};
        int64_t ends_ms[3] = {0};
        for (int i = 0; i < 20000; i++) {
            struct reading closed;
            seed = seed * 1664525 + 1013904223;
            int which = (int)(seed >> 28) % 3;
            int64_t from_ms = ends_ms[which] + ((seed >> 20 & 63) == 0 ? 40000 : 0);
            ends_ms[which] = from_ms + 200 + (seed >> 10 & 1023);
            struct reading one = ratio(from_ms, ends_ms[which], seed >> 25, 100);
            one.target = str_printf(arena, "t%d", which);
            add_up(&in, &one);
            if (tier_add(&tier, arena, &one, &closed))
                add_up(&out, &closed);
        }
        tier_close_before(&tier, at_ms(1000000000), add_up, &out);
        CHECK(in.part == out.part && in.of == out.of);
        CHECK(out.count < in.count / 5);
        tier_done(&tier);
    }
}
