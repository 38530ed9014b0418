/* test_backtest.c - rules over readings of the past: to the second over readings as they were made,
 * to the slot over merged ones. */
#include "harness/test.h"
#include "alert/backtest.h"

static struct instant second(int64_t n)
{
    return (struct instant){INT64_C(1699999200) * 1000000 + n * 1000000}; /* a whole hour */
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

static struct reading errors(int64_t at_s, double part)
{
    return (struct reading){.signal = STR("error rate"),
                            .target = STR("app"),
                            .at = second(at_s),
                            .since = second(at_s - 1),
                            .interval_ms = 1000,
                            .kind = SIGNAL_RATIO,
                            .part = part,
                            .of = 100};
}

/* "62 pending; 362 fired": seconds and what changed. */
static struct str script(struct arena *arena, const struct backtest *backtest)
{
    static const char *const names[] = {"pending", "calmed",  "fired", "resolved", "unknown",
                                        "known",   "retired", "held",  "flapping", "steady"};
    struct text text;
    text_init(&text, arena, 4096);
    for (size_t i = 0; i < backtest->change_count; i++)
        text_printf(&text, "%s%lld %s", i ? "; " : "",
                    (long long)((backtest->changes[i].at.us - second(0).us) / 1000000),
                    names[backtest->changes[i].kind - EVENT_ALERT_PENDING]);
    return text_str(&text);
}

/* Ten minutes of one request in ten failing, between quiet ones. */
TEST(fires_and_resolves_to_the_second)
{
    struct rule rule = rule_of(arena, "Error rate > 5% for 5 minutes");
    struct backtest backtest;
    backtest_init(&backtest, arena, &rule, second(0));
    for (int64_t i = 1; i <= 1800; i++) {
        struct reading one = errors(i, i > 600 && i <= 1200 ? 10 : 0);
        backtest_take(&backtest, &one);
    }
    backtest_advance(&backtest, second(1800));
    /* Over the last minute more than 5 % from the 31st second on, until half of it is quiet. */
    CHECK_SAME(script(arena, &backtest), STR("631 pending; 931 fired; 1230 calmed; 1290 resolved"));
    CHECK_INT(backtest.firings, 1);
    CHECK_INT(backtest.firing_ms, (1290 - 931) * 1000);
    CHECK_INT(backtest.changes[1].held_ms, 300 * 1000);
    backtest_done(&backtest);
}

TEST(what_was_not_measured_is_unknown_and_resolves_nothing)
{
    struct rule rule = rule_of(arena, "Error rate > 5% for 1 minute");
    struct backtest backtest;
    backtest_init(&backtest, arena, &rule, second(0));
    for (int64_t i = 1; i <= 1200; i++) {
        struct reading one = errors(i, 10);
        if (i <= 300 || i > 600)
            backtest_take(&backtest, &one);
    }
    backtest_advance(&backtest, second(1200));
    CHECK_INT(backtest.firings, 1);
    CHECK(backtest.state == ALERT_FIRING && !backtest.is_unknown);
    CHECK(backtest.unknown_ms > 290 * 1000 && backtest.unknown_ms < 302 * 1000);
    /* What is unknown is not known to fire. */
    CHECK_INT(backtest.firing_ms + backtest.unknown_ms, (1200 - 61 + 1) * 1000);
    CHECK_SAME(script(arena, &backtest), STR("1 pending; 61 fired; 306 unknown; 601 known"));
    backtest_done(&backtest);
}

TEST(what_comes_before_only_warms_up)
{
    struct rule rule = rule_of(arena, "Error rate > 5% for 5 minutes");
    struct backtest backtest;
    backtest_init(&backtest, arena, &rule, second(700));
    for (int64_t i = 1; i <= 1000; i++) {
        struct reading one = errors(i, 10);
        backtest_take(&backtest, &one);
    }
    backtest_advance(&backtest, second(1000));
    CHECK_SAME(script(arena, &backtest), STR(""));
    CHECK_INT(backtest.firings, 0);
    CHECK_INT(backtest.firing_ms, 301 * 1000);
    backtest_done(&backtest);
}

static void replay(void *context, const struct reading *reading)
{
    backtest_take(context, reading);
}

/* The first instant at which it fires after from; 0: it does not. */
static int64_t fired_after(const struct backtest *backtest, int64_t from_s)
{
    for (size_t i = 0; i < backtest->change_count; i++)
        if (backtest->changes[i].kind == EVENT_ALERT_FIRED &&
            !instant_before(backtest->changes[i].at, second(from_s)))
            return (backtest->changes[i].at.us - second(0).us) / 1000000;
    return 0;
}

/* Stretches of trouble that are longer than a slot: merged readings say the same, to the slot. */
TEST(merged_readings_say_the_same_to_the_slot)
{
    struct rule rule = rule_of(arena, "Error rate > 5% for 5 minutes");
    static const enum tier_number numbers[] = {TIER_10_S, TIER_1_MIN};
    uint32_t seed = 7;
    int compared = 0;
    for (int trial = 0; trial < 40; trial++) {
        seed = seed * 1664525 + 1013904223;
        int64_t begins = 900 + (seed >> 20) % 600;
        int64_t ends = begins + 600 + (seed >> 8) % 900;
        struct backtest exact;
        backtest_init(&exact, arena, &rule, second(0));
        for (int64_t i = 1; i <= 4000; i++) {
            struct reading one = errors(i, i > begins && i <= ends ? 30 : 0);
            backtest_take(&exact, &one);
        }
        backtest_advance(&exact, second(4000));
        int64_t want = fired_after(&exact, 0);
        CHECK(want > 0);
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            struct backtest coarse;
            struct tier tier;
            struct reading closed;
            backtest_init(&coarse, arena, &rule, second(0));
            backtest_set_tier(&coarse, numbers[k]);
            tier_init(&tier, arena, numbers[k]);
            for (int64_t i = 1; i <= 4000; i++) {
                struct reading one = errors(i, i > begins && i <= ends ? 30 : 0);
                if (tier_add(&tier, arena, &one, &closed))
                    backtest_take(&coarse, &closed);
            }
            tier_close_before(&tier, second(9000), replay, &coarse);
            backtest_advance(&coarse, second(4000));
            int64_t slot_s = tier_of(numbers[k])->slot_ms / 1000;
            int64_t got = fired_after(&coarse, 0);
            if (got < want - slot_s || got > want + slot_s)
                test_fail(__FILE__, __LINE__, "trial %d, %lld s slots: %lld, exactly %lld", trial,
                          (long long)slot_s, (long long)got, (long long)want);
            CHECK_INT(coarse.firings, exact.firings);
            compared++;
            tier_done(&tier);
            backtest_done(&coarse);
        }
        backtest_done(&exact);
    }
    CHECK_INT(compared, 80);
}

/* Ten events a second; nothing was seen between two instants. */
static struct backtest with_gap(struct arena *arena, struct rule *rule, enum tier_number number,
                                int64_t gap_s, int64_t until_s)
{
    struct backtest coarse;
    struct tier tier;
    struct reading closed;
    int64_t slot_s = tier_of(number)->slot_ms / 1000;
    int64_t gone_s = slot_s * 10 + slot_s / 3;
    backtest_init(&coarse, arena, rule, second(slot_s * 2));
    backtest_set_tier(&coarse, number);
    tier_init(&tier, arena, number);
    for (int64_t i = 1; i <= until_s; i++) {
        struct reading one = errors(i, 10);
        one.kind = SIGNAL_COUNT;
        one.signal = rule->signal_name;
        if ((i <= gone_s || i > gone_s + gap_s) && tier_add(&tier, arena, &one, &closed))
            backtest_take(&coarse, &closed);
    }
    tier_close_before(&tier, second(until_s + 2 * slot_s), replay, &coarse);
    backtest_advance(&coarse, second(until_s));
    tier_done(&tier);
    return coarse;
}

/* What was not seen within a slot, or over some of them, was not nothing. */
TEST(a_gap_stays_one_in_a_coarse_tier)
{
    static const struct {
        const char *sentence;
        enum tier_number tier;
        int64_t gap_s, until_s, unknown_s; /* for so long at least */
    } cases[] = {
        {"Failed logins < 560 in 1 minute", TIER_1_MIN, 20, 1800, 60},
        {"Failed logins > 560 in 1 minute", TIER_1_MIN, 20, 1800, 60},
        {"Failed logins < 30000 in 1 hour", TIER_1_H, 9000, 72000, 9000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rule rule = rule_of(arena, cases[i].sentence);
        bool over = rule.cmp == CMP_OVER;
        struct backtest backtest =
            with_gap(arena, &rule, cases[i].tier, cases[i].gap_s, cases[i].until_s);
        CHECK_INT(backtest.firings, 0); /* what fires did so before the beginning */
        CHECK_INT(backtest.state, over ? ALERT_FIRING : ALERT_INACTIVE);
        CHECK(backtest.unknown_ms >= cases[i].unknown_s * 1000);
        CHECK(backtest.unknown_ms <= 2 * cases[i].unknown_s * 1000);
        CHECK(!backtest.is_unknown);
        backtest_done(&backtest);
    }
}

TEST(a_count_over_less_than_a_slot_is_asked_of_the_slot)
{
    struct rule rule = rule_of(arena, "Failed logins > 10 in 5 minutes");
    struct backtest backtest;
    backtest_init(&backtest, arena, &rule, second(0));
    backtest_set_tier(&backtest, TIER_1_H);
    for (int64_t hour = 1; hour <= 6; hour++) {
        struct reading one = {.signal = rule.signal_name,
                              .target = STR("app"),
                              .at = second(hour * 3600),
                              .since = second((hour - 1) * 3600),
                              .interval_ms = 3600 * 1000,
                              .kind = SIGNAL_COUNT,
                              .part = hour == 3 ? 121 : 119}; /* 10 in 5 min are 120 an hour */
        backtest_take(&backtest, &one);
    }
    backtest_advance(&backtest, second(6 * 3600));
    CHECK_INT(backtest.firings, 1);
    CHECK_INT(fired_after(&backtest, 0), 3 * 3600);
    backtest_done(&backtest);
}

/* One target is renamed in the tenth minute: what it said counts until then, and blinds nobody. */
TEST(a_target_that_is_gone_blinds_nothing)
{
    static const struct backtest_target gone[] = {
        {.name = {"app", 3}, .until = {INT64_C(1699999200) * 1000000 + 601 * INT64_C(1000000)}},
        {.name = {"app-1", 5}, .is_endless = true}};
    struct rule rule = rule_of(arena, "Error rate > 5% for 1 minute");
    for (int named = 0; named < 2; named++) {
        struct backtest backtest;
        backtest_init(&backtest, arena, &rule, second(0));
        if (named)
            backtest_set_targets(&backtest, gone, 2);
        for (int64_t i = 1; i <= 1800; i++) {
            struct reading one =
                errors(i, (i > 300 && i <= 450) || (i > 1200 && i <= 1350) ? 10 : 0);
            one.target = i <= 600 ? STR("app") : STR("app-1");
            backtest_take(&backtest, &one);
        }
        backtest_advance(&backtest, second(1800));
        CHECK_INT(backtest.firings, 2);
        CHECK(named ? backtest.unknown_ms == 0 : backtest.unknown_ms > 500 * 1000);
        backtest_done(&backtest);
    }
}

/* One that is still a target is silent, and what it would say is unknown. */
TEST(a_target_that_is_silent_is_none_that_is_gone)
{
    static const struct backtest_target named[] = {{.name = {"app", 3}, .is_endless = true},
                                                   {.name = {"b", 1}, .is_endless = true}};
    struct rule rule = rule_of(arena, "Error rate > 5% for 1 minute");
    struct backtest backtest;
    backtest_init(&backtest, arena, &rule, second(0));
    backtest_set_targets(&backtest, named, 2);
    for (int64_t i = 1; i <= 1200; i++) {
        struct reading one = errors(i, 0);
        backtest_take(&backtest, &one);
        one.target = STR("b");
        if (i <= 600)
            backtest_take(&backtest, &one);
    }
    backtest_advance(&backtest, second(1200));
    CHECK(backtest.unknown_ms > 500 * 1000);
    backtest_done(&backtest);
}

/* Five events a minute, one at a time; more in the fourth hour. */
static struct reading login(const struct rule *rule, int64_t i)
{
    return (struct reading){.signal = rule->signal_name,
                            .target = STR("app"),
                            .at = second(i * 12),
                            .since = second((i - 1) * 12),
                            .interval_ms = 12 * 1000,
                            .kind = SIGNAL_COUNT,
                            .part = i * 12 > 12600 && i * 12 <= 12660 ? 4 : 1};
}

/* Where the finer readings begin none counts twice: 300 an hour stay 300, to the event. */
TEST(over_the_seam_of_two_tiers_each_event_counts_once)
{
    enum { SEAM_S = 7200, END_S = 4 * 3600 };
    struct rule rule = rule_of(arena, "Failed logins > 301 in 1 hour");
    struct backtest exact, seamed;
    struct tier tier;
    struct reading closed;
    rule.for_ms = 0;
    backtest_init(&exact, arena, &rule, second(3700));
    backtest_init(&seamed, arena, &rule, second(3700));
    backtest_set_tier(&seamed, TIER_1_MIN);
    tier_init(&tier, arena, TIER_1_MIN);
    for (int64_t i = 1; i * 12 <= SEAM_S + 12; i++) {
        struct reading one = login(&rule, i);
        if (tier_add(&tier, arena, &one, &closed))
            backtest_take(&seamed, &closed);
    }
    backtest_advance(&seamed, second(SEAM_S));
    backtest_refine(&seamed, TIER_EXACT, second(SEAM_S - 3660));
    for (int64_t i = 1; i * 12 <= END_S; i++) {
        struct reading one = login(&rule, i);
        backtest_take(&exact, &one);
        if (i * 12 > SEAM_S - 3660)
            backtest_take(&seamed, &one);
    }
    backtest_advance(&exact, second(END_S));
    backtest_advance(&seamed, second(END_S));
    CHECK_INT(exact.firings, 1);
    CHECK(fired_after(&exact, 0) > 12600);
    CHECK_SAME(script(arena, &seamed), script(arena, &exact));
    CHECK_INT(seamed.unknown_ms, 0);
    tier_done(&tier);
    backtest_done(&exact);
    backtest_done(&seamed);
}

/* One that has been silent since before the seam is silent behind it, too. */
TEST(over_the_seam_of_two_tiers_silence_stays_unknown)
{
    static const struct backtest_target named[] = {{.name = {"app", 3}, .is_endless = true},
                                                   {.name = {"b", 1}, .is_endless = true}};
    struct rule rule = rule_of(arena, "Error rate > 5% for 1 minute");
    struct backtest backtest;
    backtest_init(&backtest, arena, &rule, second(0));
    backtest_set_targets(&backtest, named, 2);
    backtest_set_tier(&backtest, TIER_1_MIN);
    for (int64_t i = 60; i <= 3600; i += 60) {
        struct reading one = errors(i, 0);
        one.since = second(i - 60);
        one.interval_ms = 60 * 1000;
        backtest_take(&backtest, &one);
        one.target = STR("b");
        if (i <= 600)
            backtest_take(&backtest, &one);
    }
    backtest_advance(&backtest, second(3600));
    backtest_refine(&backtest, TIER_EXACT, second(3480));
    for (int64_t i = 3481; i <= 4800; i++) {
        struct reading one = errors(i, 0);
        backtest_take(&backtest, &one);
    }
    backtest_advance(&backtest, second(4800));
    CHECK(backtest.is_unknown);
    CHECK(backtest.unknown_ms > 3900 * 1000);
    backtest_done(&backtest);
}

/* A rate is one over whatever it is looked at. */
TEST(a_limit_per_second_stays_one_over_a_slot)
{
    struct rule rule = rule_of(arena, "Failed logins > 10 in 5 minutes");
    struct backtest backtest;
    rule.per_second = true;
    backtest_init(&backtest, arena, &rule, second(0));
    backtest_set_tier(&backtest, TIER_1_H);
    for (int64_t hour = 1; hour <= 6; hour++) {
        struct reading one = {.signal = rule.signal_name,
                              .target = STR("app"),
                              .at = second(hour * 3600),
                              .since = second((hour - 1) * 3600),
                              .interval_ms = 3600 * 1000,
                              .kind = SIGNAL_COUNT,
                              .part = hour == 3 ? 36100 : 35900}; /* 10 a second: 36000 an hour */
        backtest_take(&backtest, &one);
    }
    backtest_advance(&backtest, second(6 * 3600));
    CHECK_INT(backtest.firings, 1);
    CHECK_INT(fired_after(&backtest, 0), 3 * 3600);
    backtest_done(&backtest);
}
