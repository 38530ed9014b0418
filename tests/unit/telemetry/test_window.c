/* test_window.c - how far back each target's word reaches. */
#include "harness/test.h"
#include "telemetry/window.h"

static struct instant second(int64_t s)
{
    return (struct instant){1700000040000000 + s * 1000000};
}

static void fold(struct telemetry *telemetry, const struct reading *reading)
{
    struct err err = {0};
    CHECK_OK(telemetry_fold(telemetry, reading, &err), &err);
}

static struct reading ratio(const char *target, int64_t every_s, int64_t at_s, double part)
{
    return (struct reading){.signal = STR("error rate"),
                            .target = str_of(target),
                            .at = second(at_s),
                            .since = second(at_s - every_s),
                            .interval_ms = every_s * 1000,
                            .kind = SIGNAL_RATIO,
                            .part = part,
                            .of = 10};
}

static struct answer ask(const struct telemetry *telemetry, int64_t length_s, int64_t now_s)
{
    return telemetry_ask(telemetry, STR("error rate"), length_s * 1000, second(now_s));
}

TEST(what_a_target_wrote_makes_no_line_of_ours)
{
    struct telemetry telemetry;
    struct err err = {0};
    size_t at = 0;
    telemetry_init(&telemetry, arena);
    CHECK_OK(telemetry_fold_line(
                 &telemetry, arena,
                 STR("{\"target\":\"shop\",\"at\":1700000040000000,\"interval_ms\":1000,"
                     "\"since\":1700000039000000,\"signal\":\"heap\",\"kind\":\"gauge\","
                     "\"high\":4,\"high_series\":\"{l=\\\"x\\n 9 forged\\\"}\",\"low\":1,"
                     "\"low_series\":\"{l=\\\"\\r\\ty\\\"}\"}"),
                 &err),
             &err);
    struct answer answer = telemetry_ask(&telemetry, STR("heap"), 1000, second(0));
    CHECK_STR(answer.high_series, "{l=\"x<U+000A> 9 forged\"}");
    CHECK_STR(answer.low_series, "{l=\"<U+000D><U+0009>y\"}");
    CHECK_OK(
        telemetry_fold_line(&telemetry, arena,
                            STR("{\"target\":\"shop\",\"at\":1700000040000000,\"interval_ms\":1000,"
                                "\"up\":false,\"url\":\"\",\"problem\":\"no\\n 9 forged\"}"),
                            &err),
        &err);
    CHECK_STR(telemetry_next_target(&telemetry, &at)->problem, "no<U+000A> 9 forged");
    telemetry_done(&telemetry);
}

TEST(a_slow_target_reaches_back_for_itself_alone)
{
    struct telemetry telemetry;
    telemetry_init(&telemetry, arena);
    struct reading slow = ratio("slow", 60, 0, 7);
    fold(&telemetry, &slow);
    for (int64_t at = 5; at <= 55; at += 5) {
        struct reading fast = ratio("fast", 5, at, at < 45 ? 10 : 1);
        fold(&telemetry, &fast);
    }
    /* Of the fast one what was read behind second 45, of the slow one what it said last. */
    struct answer answer = ask(&telemetry, 10, 55);
    CHECK_INT(answer.state, ANSWER_LIVE);
    CHECK(answer.part == 2 + 7 && answer.of == 30);
    /* Within the window nothing is counted twice. */
    answer = ask(&telemetry, 56, 55);
    CHECK(answer.part == 8 * 10 + 3 + 7 && answer.of == 120);
    answer = ask(&telemetry, 55, 55);
    CHECK(answer.part == 8 * 10 + 3 + 7 && answer.of == 120);
    telemetry_done(&telemetry);
}

TEST(a_target_that_stopped_reaches_back_until_it_is_silent)
{
    struct telemetry telemetry;
    telemetry_init(&telemetry, arena);
    for (int64_t at = 0; at <= 110; at += 10) {
        struct reading going = ratio("going", 10, at, 1);
        struct reading stopped = ratio("stopped", 10, at, 5);
        fold(&telemetry, &going);
        if (at <= 80)
            fold(&telemetry, &stopped);
    }
    struct answer answer = ask(&telemetry, 10, 110);
    CHECK_INT(answer.state, ANSWER_LIVE);
    CHECK(answer.part == 1 + 5 && answer.of == 20);
    /* Silent: it says nothing more, and the other one is as before. */
    answer = ask(&telemetry, 10, 111);
    CHECK_INT(answer.state, ANSWER_PARTLY);
    CHECK(answer.part == 1 && answer.of == 10);
    telemetry_done(&telemetry);
}

TEST(a_histogram_reaches_back_edge_by_edge)
{
    struct telemetry telemetry;
    telemetry_init(&telemetry, arena);
    struct reading slow = ratio("slow", 60, 0, 0);
    slow.kind = SIGNAL_QUANTILE;
    slow.edge_count = 3;
    for (size_t e = 0; e < 3; e++) {
        slow.edges[e] = (double)(e + 1);
        slow.counts[e] = (double)(e + 2);
    }
    fold(&telemetry, &slow);
    for (int64_t at = 5; at <= 55; at += 5) {
        struct reading fast = ratio("fast", 5, at, 0);
        fast.kind = SIGNAL_QUANTILE;
        fast.edge_count = 2; /* without the slow one's edge at 2 */
        fast.edges[0] = 1;
        fast.edges[1] = 3;
        fast.counts[0] = 5;
        fast.counts[1] = 10;
        fold(&telemetry, &fast);
    }
    struct answer answer = ask(&telemetry, 10, 55);
    CHECK_INT(answer.edge_count, 2);
    CHECK(answer.counts[0] == 2 * 5 + 2 && answer.counts[1] == 2 * 10 + 4);
    CHECK(answer.of == 30);
    /* A longer window that is asked for later knows what the shorter one knew. */
    telemetry_retain(&telemetry, STR("error rate"), 7200 * 1000);
    answer = ask(&telemetry, 10, 55);
    CHECK(answer.counts[0] == 2 * 5 + 2 && answer.of == 30);
    telemetry_done(&telemetry);
}

TEST(wide_slots_hold_the_newest_reading_once)
{
    struct telemetry telemetry;
    telemetry_init(&telemetry, arena);
    telemetry_retain(&telemetry, STR("error rate"), INT64_C(8) * 3600 * 1000); /* slots of 9 s */
    for (int64_t at = 0; at <= 30; at++) {
        struct reading fast = ratio("fast", 1, at, 1);
        fold(&telemetry, &fast);
    }
    struct reading slow = ratio("slow", 60, 0, 7);
    fold(&telemetry, &slow);
    struct answer answer = ask(&telemetry, 3600, 30);
    CHECK(answer.part == 31 + 7);
    answer = ask(&telemetry, 1, 30);
    CHECK(answer.part >= 1 + 7 && answer.part <= 9 + 7);
    telemetry_done(&telemetry);
}

/* Scrapes every 15 s, each some milliseconds off, asked at any moment between: a window of a minute
 * holds four of them, always. */
TEST(a_window_holds_as_many_scrapes_as_it_has_intervals)
{
    struct telemetry telemetry;
    uint64_t seed = 5;
    int64_t before_ms = 0;
    telemetry_init(&telemetry, arena);
    for (int64_t i = 1; i <= 200; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        struct reading reading = ratio("app", 15, 0, 1);
        int64_t at_ms = i * 15000 + (int64_t)(seed >> 33) % 1800 - 900;
        reading.at = instant_add_ms(second(0), at_ms);
        reading.since = instant_add_ms(second(0), before_ms);
        before_ms = at_ms;
        fold(&telemetry, &reading);
        for (int64_t later_ms = 0; i >= 4 && later_ms < 15000; later_ms += 500) {
            struct answer answer = telemetry_ask(&telemetry, STR("error rate"), 60000,
                                                 instant_add_ms(reading.at, later_ms));
            CHECK(answer.of == 40);
            CHECK_INT(answer.covered_ms, 60000);
        }
    }
    telemetry_done(&telemetry);
}

static struct reading histogram(int64_t at_s, const double *edges, size_t count)
{
    struct reading reading = ratio("app", 1, at_s, 0);
    reading.kind = SIGNAL_QUANTILE;
    reading.edge_count = count;
    for (size_t e = 0; e < count; e++) {
        reading.edges[e] = edges[e];
        reading.counts[e] = edges[e] >= 1.5 ? 10 : 0;
    }
    return reading;
}

/* An application that got another bucket is read by it as soon as the window holds nothing else,
 * whatever it had before, and however often that happens. */
TEST(buckets_that_changed_count_when_the_window_has_no_others)
{
    static const double layouts[3][4] = {{0.1, 0.5, 0, 0}, {0.1, 0.5, 1, 2}, {0.25, 1, 0, 0}};
    static const size_t counts[3] = {2, 4, 2};
    struct telemetry telemetry;
    telemetry_init(&telemetry, arena);
    for (int64_t at = 1; at <= 600; at++) {
        size_t which = (size_t)(at / 30) % 3;
        struct reading reading = histogram(at, layouts[which], counts[which]);
        fold(&telemetry, &reading);
        struct answer answer = ask(&telemetry, 10, at);
        CHECK(answer.of == (at < 10 ? (double)at : 10) * 10);
        if (at % 30 >= 9 && at >= 9) {
            CHECK_INT(answer.edge_count, counts[which]);
            CHECK(answer.counts[answer.edge_count - 1] == (which == 1 ? 100 : 0));
        } else if (at >= 30 && at % 30 < 9) {
            CHECK(answer.edge_count < counts[which]); /* 0.1 and 0.5, 1, or none */
        }
    }
    telemetry_done(&telemetry);
}

/* What has left the ring is not said to be covered: a longer rule that comes later has to wait. */
TEST(a_longer_window_does_not_cover_what_was_not_kept)
{
    struct telemetry telemetry;
    telemetry_init(&telemetry, arena);
    for (int64_t at = 1; at <= 600; at++) {
        struct reading reading = ratio("app", 1, at, 1);
        fold(&telemetry, &reading);
    }
    CHECK_INT(ask(&telemetry, 60, 600).covered_ms, 60000);
    telemetry_retain(&telemetry, STR("error rate"), 300 * 1000);
    CHECK(ask(&telemetry, 300, 600).covered_ms < 150 * 1000);
    for (int64_t at = 601; at <= 800; at++) {
        struct reading reading = ratio("app", 1, at, 1);
        fold(&telemetry, &reading);
    }
    CHECK_INT(ask(&telemetry, 300, 800).covered_ms, 300 * 1000);
    CHECK(ask(&telemetry, 300, 800).part == 300);
    telemetry_done(&telemetry);
}
