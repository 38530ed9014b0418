/* test_push_late.c - samples of an earlier time than what came before: repetitions, and clocks that
 * were set back; counters that fall. */
#include "harness/test.h"
#include "telemetry/push.h"

#include <stdio.h>

enum { EVERY_MS = 1000 };

struct rig {
    struct arena *arena;
    struct signals signals;
    struct hash digest;
    struct push push;
    struct reading readings[LIMIT_SIGNALS];
    double logins; /* sum of all readings */
    struct err err;
};

static struct instant at_ms(int64_t ms)
{
    return (struct instant){INT64_C(1700000000000000) + ms * 1000};
}

static void make_push(struct rig *rig)
{
    push_init(&rig->push, rig->arena, &rig->signals, &rig->digest, STR("prom"));
    push_set_interval(&rig->push, EVERY_MS);
}

/* One sample of a body that is known by its digest. */
static bool send(struct rig *rig, int64_t ms, uint64_t digest, int64_t at, double value)
{
    struct label label = {STR("a"), STR("1")};
    struct pushed_sample sample = {.name = STR("logins_total"),
                                   .labels = &label,
                                   .label_count = 1,
                                   .value = value,
                                   .at = at_ms(at)};
    push_begin_samples(&rig->push, at_ms(ms), digest);
    rig->err = (struct err){0};
    return rig->push.use.take(rig->push.use.context, &sample, &rig->err);
}

static void flush(struct rig *rig, int64_t ms)
{
    if (!push_is_due(&rig->push, at_ms(ms)))
        return;
    size_t count = push_finish(&rig->push, at_ms(ms), rig->arena, rig->readings);
    (void)push_record(&rig->push, rig->arena, false);
    for (size_t i = 0; i < count; i++)
        rig->logins += rig->readings[i].part;
}

/* Its sender is known, and its counter stands at 100, at 3 s. */
static struct rig *rig_make(struct arena *arena)
{
    struct rig *rig = arena_make(arena, struct rig);
    struct signal_option option = {STR("count"), STR("logins_total")};
    rig->arena = arena;
    rig->signals.arena = arena;
    CHECK_OK(signal_bind(&rig->signals, STR("logins"), &option, 1, &rig->err), &rig->err);
    rig->digest = hash_of(STR("signals"));
    make_push(rig);
    for (int64_t ms = 0; ms <= 3000; ms += 1000) {
        CHECK_OK(send(rig, ms, 100 + (uint64_t)ms, ms, 100), &rig->err);
        flush(rig, ms);
    }
    return rig;
}

TEST(a_clock_that_was_set_back_is_told_and_a_repetition_is_not)
{
    struct rig *rig = rig_make(arena);
    CHECK_OK(send(rig, 3500, 1, 3500, 110), &rig->err);
    CHECK_OK(send(rig, 3600, 2, 3400, 111), &rig->err); /* it may be out of order */
    CHECK(!send(rig, 5700, 3, 3450, 112));
    CHECK_STR(
        str_of(rig->err.text),
        "logins_total comes with an earlier time than the one before it "
        "(2023-11-14T22:13:23Z), so that it counts for nothing until then: the sender's clock "
        "was set back");
    CHECK_INT(rig->push.refused, 1);
    CHECK_INT(rig->push.refused_in_row, 2);
    CHECK_INT(rig->push.refused_since.us, at_ms(3600).us);
    CHECK_OK(send(rig, 5800, 3, 3450, 112), &rig->err); /* sent again: told once */
    CHECK_OK(send(rig, 5900, 4, 3500, 110), &rig->err); /* its newest, as from another body */
    CHECK(!send(rig, 6000, 5, 3480, 113));
    CHECK_INT(rig->push.refused_in_row, 3);
    CHECK_OK(send(rig, 6100, 6, 6100, 115), &rig->err);
    CHECK_OK(send(rig, 6200, 7, 6000, 114), &rig->err); /* something newer has come since */
    flush(rig, 6200);
    CHECK_INT(rig->logins, 15);
}

TEST(which_bodies_came_is_known_after_a_restart)
{
    struct rig *rig = rig_make(arena);
    CHECK_OK(send(rig, 3600, 2, 2400, 111), &rig->err);
    struct str record = push_record(&rig->push, arena, true);
    make_push(rig);
    CHECK(push_restore(&rig->push, record));
    CHECK_OK(send(rig, 4100, 5, 2400, 111), &rig->err);
    CHECK(!send(rig, 6200, 6, 2400, 111));
    CHECK_OK(send(rig, 6300, 2, 2400, 111), &rig->err);
    CHECK(!send(rig, 6400, 8, 2400, 111));
    CHECK(!send(rig, 90000, 9, 2400, 111)); /* after a pause it is another time */
    CHECK_INT(rig->push.refused_in_row, 1);
    CHECK_INT(rig->push.refused_since.us, at_ms(90000).us);
}

TEST(when_this_machines_clock_is_set_back_what_comes_next_counts)
{
    struct rig *rig = rig_make(arena);
    for (int i = 0; i < 5; i++) {
        int64_t ms = -600000 + i * 1000;
        CHECK_OK(send(rig, ms, 10 + (uint64_t)i, ms, 100 + i), &rig->err);
        flush(rig, ms);
    }
    CHECK_INT(rig->push.doubles, 0);
    CHECK_INT(rig->logins, 2); /* learnt for two intervals, then counted */
}

/* It counts as begun anew, and is told: of the same start it cannot be. */
TEST(a_counter_that_falls_under_the_same_start_is_named)
{
    static const double values[] = {120, 115, 118, 4};
    struct rig *rig = rig_make(arena);
    struct label label = {STR("a"), STR("1")};
    for (int i = 0; i < 4; i++) {
        int64_t ms = 4000 + 1000 * i;
        struct pushed_sample sample = {.name = STR("logins_total"),
                                       .labels = &label,
                                       .label_count = 1,
                                       .kind = PUSHED_CUMULATIVE,
                                       .value = values[i],
                                       .at = at_ms(ms),
                                       .start = at_ms(i < 3 ? 100 : 6500)};
        push_begin(&rig->push, at_ms(ms));
        CHECK_OK(rig->push.use.take(rig->push.use.context, &sample, &rig->err), &rig->err);
        flush(rig, ms);
    }
    CHECK_INT(rig->push.falls, 1);
    CHECK_STR(str_of(rig->push.fallen),
              "1 time a counter fell and was not begun anew, the last logins_total from 120 to "
              "115; it counts as begun anew, which may be too much");
    CHECK_INT(rig->push.fallen_at.us, at_ms(5000).us);
    CHECK_INT(rig->logins, 20 + 115 + 3 + 4);
}

/* Two values at one time: in one body, and in two. */
TEST(two_values_of_one_time_are_refused_and_not_known)
{
    struct rig *rig = rig_make(arena);
    CHECK_OK(send(rig, 4000, 1, 4000, 110), &rig->err);
    CHECK_OK(send(rig, 4000, 1, 4000, 110), &rig->err); /* the same again is no conflict */
    CHECK(!send(rig, 4000, 1, 4000, 199));
    CHECK_STR(str_of(rig->err.text), "logins_total comes with two values of one time, 110 and 199, "
                                     "of which neither counts; correct its sender");
    CHECK_INT(rig->push.refused, 1);
    CHECK(!send(rig, 4000, 1, 4000, 150));
    CHECK_STR(str_of(rig->err.text), "logins_total comes with several values of one time, of which "
                                     "none counts; correct its sender");
    flush(rig, 4000);
    CHECK_INT(rig->logins, 0);
    struct str why = push_why_not(&rig->push, 0, at_ms(4000), 60000);
    CHECK(str_find(why, "of one time", 0) < why.n);
    CHECK_OK(send(rig, 5000, 2, 5000, 205), &rig->err); /* known again: it stands here */
    flush(rig, 5000);
    CHECK_OK(send(rig, 6000, 3, 6000, 207), &rig->err);
    flush(rig, 6000);
    CHECK_INT(rig->logins, 2);
    CHECK(!send(rig, 6500, 4, 6000, 208)); /* in another body */
    CHECK_OK(send(rig, 7000, 5, 7000, 208), &rig->err);
    flush(rig, 7000);
    CHECK_OK(send(rig, 8000, 6, 8000, 209), &rig->err);
    flush(rig, 8000);
    CHECK_INT(rig->logins, 3);
}

TEST(a_label_with_a_byte_0_is_refused)
{
    struct rig *rig = rig_make(arena);
    struct label label = {STR("a"), {"1\0b", 3}};
    struct pushed_sample sample = {.name = STR("logins_total"),
                                   .labels = &label,
                                   .label_count = 1,
                                   .value = 5,
                                   .at = at_ms(4000)};
    push_begin_samples(&rig->push, at_ms(4000), 1);
    CHECK(!rig->push.use.take(rig->push.use.context, &sample, &rig->err));
    CHECK_STR(str_of(rig->err.text), "logins_total has a label with a byte 0, behind which nobody "
                                     "would see what it says; drop it");
}

/* One sample of a gauge of two series. */
static bool send_gauge(struct rig *rig, int64_t ms, int64_t at, const char *series, double value)
{
    struct label label = {STR("a"), str_of(series)};
    struct pushed_sample sample = {.name = STR("depth"),
                                   .labels = &label,
                                   .label_count = 1,
                                   .value = value,
                                   .at = at_ms(at),
                                   .kind = PUSHED_GAUGE};
    push_begin_samples(&rig->push, at_ms(ms), (uint64_t)(ms + (int64_t)value));
    rig->err = (struct err){0};
    return rig->push.use.take(rig->push.use.context, &sample, &rig->err);
}

/* How many readings there are now, and of how many signals it is said that there are none. */
static void read_gauge(struct rig *rig, int64_t ms, size_t *out_count, size_t *out_ended)
{
    *out_count = push_finish(&rig->push, at_ms(ms), rig->arena, rig->readings);
    *out_ended = push_ended(&rig->push, rig->arena, rig->readings + *out_count);
    (void)push_record(&rig->push, rig->arena, false);
}

static struct rig *rig_of_gauge(struct arena *arena)
{
    struct rig *rig = arena_make(arena, struct rig);
    struct signal_option option = {STR("gauge"), STR("depth")};
    size_t count;
    size_t ended;
    rig->arena = arena;
    rig->signals.arena = arena;
    CHECK_OK(signal_bind(&rig->signals, STR("depth"), &option, 1, &rig->err), &rig->err);
    rig->digest = hash_of(STR("signals"));
    make_push(rig);
    for (int64_t ms = 0; ms <= 4000; ms += 1000) {
        CHECK_OK(send_gauge(rig, ms, ms, "calm", 1), &rig->err);
        CHECK_OK(send_gauge(rig, ms, ms, "odd", 3), &rig->err);
        read_gauge(rig, ms, &count, &ended);
    }
    CHECK_INT(count, 1);
    CHECK_INT(ended, 0);
    return rig;
}

TEST(a_gauge_of_two_values_is_unknown_until_its_next_sample_however_long_that_takes)
{
    struct rig *rig = rig_of_gauge(arena);
    size_t count;
    size_t ended;
    CHECK(!send_gauge(rig, 4100, 4000, "odd", 50));
    read_gauge(rig, 4100, &count, &ended);
    CHECK_INT(count, 0);
    CHECK_INT(ended, 1);
    CHECK_SAME(rig->readings[0].signal, STR("depth"));
    CHECK(str_find(rig->readings[0].ended, "two values of one time, 3 and 50", 0) <
          rig->readings[0].ended.n);
    for (int64_t ms = 5000; ms <= 3600000; ms += 1000) {
        CHECK_OK(send_gauge(rig, ms, ms, "calm", 1), &rig->err);
        read_gauge(rig, ms, &count, &ended);
        if (count != 0 || ended != 1)
            CHECK_INT(ms, 0);
    }
    CHECK_OK(send_gauge(rig, 3601000, 3601000, "odd", 2), &rig->err);
    read_gauge(rig, 3601000, &count, &ended);
    CHECK_INT(count, 1);
    CHECK_INT(ended, 0);
}

/* As a series that is lost: for a day. Its stale marker is a sample, too. */
TEST(what_is_in_doubt_and_never_comes_again_is_forgotten_after_a_day)
{
    enum { DAY_MS = 24 * 60 * 60 * 1000 };
    struct rig *rig = rig_of_gauge(arena);
    size_t count;
    size_t ended;
    CHECK(!send_gauge(rig, 4100, 4000, "odd", 50));
    for (int64_t ms = 5000; ms <= DAY_MS + 6000; ms += 3000) {
        CHECK_OK(send_gauge(rig, ms, ms, "calm", 1), &rig->err);
        read_gauge(rig, ms, &count, &ended);
        if (ms < DAY_MS + 4000 && (count != 0 || ended != 1))
            CHECK_INT(ms, 0);
    }
    CHECK_INT(count, 1);
    rig = rig_of_gauge(arena);
    CHECK(!send_gauge(rig, 4100, 4000, "odd", 50));
    CHECK_OK(send_gauge(rig, 5000, 5000, "odd", pushed_stale()), &rig->err);
    CHECK_OK(send_gauge(rig, 5000, 5000, "calm", 1), &rig->err);
    read_gauge(rig, 5000, &count, &ended);
    CHECK_INT(count, 1);
}

TEST(the_last_series_of_a_gauge_that_ends_is_told_at_once)
{
    struct rig *rig = rig_of_gauge(arena);
    size_t count;
    size_t ended;
    CHECK_OK(send_gauge(rig, 5000, 5000, "odd", pushed_stale()), &rig->err);
    read_gauge(rig, 5000, &count, &ended);
    CHECK_INT(count, 1);
    CHECK_INT(ended, 0);
    CHECK_OK(send_gauge(rig, 6000, 6000, "calm", pushed_stale()), &rig->err);
    read_gauge(rig, 6000, &count, &ended);
    CHECK_INT(count, 0);
    CHECK_INT(ended, 1);
    CHECK_SAME(rig->readings[0].ended,
               STR("depth has ended: its sender says that it has no value any more"));
    read_gauge(rig, 6500, &count, &ended); /* once */
    CHECK_INT(ended, 0);
}

/* A label that changes all the time: what has no room is refused by name, and not taken silently.
 */
TEST(series_beyond_those_of_one_gauge_are_refused_by_name)
{
    struct rig *rig = rig_of_gauge(arena);
    size_t count;
    size_t ended;
    char series[24];
    for (int i = 0; i < GROUPS_MAX - 2; i++) {
        (void)snprintf(series, sizeof series, "random %d", i);
        CHECK_OK(send_gauge(rig, 5000, 5000, series, 1), &rig->err);
    }
    for (int i = 0; i < 3; i++) {
        CHECK(!send_gauge(rig, 5000, 5000, "one more", 99));
        CHECK_STR(str_of(rig->err.text),
                  "depth has new series beyond the 10000 of one gauge, so that nobody knows what "
                  "they say; drop the label that changes, or narrow the selectors under signals: "
                  "in reeve.yaml");
    }
    CHECK_INT(rig->push.refused, 3);
    read_gauge(rig, 5000, &count, &ended);
    CHECK_INT(count, 0);
}
