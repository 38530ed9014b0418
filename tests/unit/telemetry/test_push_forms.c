/* test_push_forms.c - a series known by the bytes of its labels is the series known by its labels:
 * random bodies of remote write and of text, read by one push that is asked for what it recognises
 * and by one that is not. */
#include "harness/test.h"
#include "telemetry/exposition_push.h"
#include "telemetry/protobuf.h"
#include "telemetry/push.h"
#include "telemetry/remote_write.h"

#include <stdio.h>

enum { SERIES = 50, STEPS = 400, BODY_BYTES_MAX = 1024 * 1024, EVERY_MS = 1000 };

struct both {
    uint64_t seed;
    struct signals signals;
    struct hash digest;
    struct push knowing, plain;
    struct pushed_use plain_use;
    double values[SERIES];
};

static uint64_t chance(struct both *both, uint64_t below)
{
    both->seed = both->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (both->seed >> 33) % below;
}

static void bind_signals(struct both *both, struct arena *arena)
{
    struct err err = {0};
    struct signal_option ratio[] = {{STR("failures"), STR("calls_total{status=\"500\"}")},
                                    {STR("of"), STR("calls_total")}};
    struct signal_option count = {STR("count"), STR("calls_total{path=\"/1\"}")};
    struct signal_option gauge = {STR("gauge"), STR("depth")};
    signals_init(&both->signals, arena);
    CHECK_OK(signal_bind(&both->signals, STR("error rate"), ratio, 2, &err), &err);
    CHECK_OK(signal_bind(&both->signals, STR("calls of one"), &count, 1, &err), &err);
    CHECK_OK(signal_bind(&both->signals, STR("queue depth"), &gauge, 1, &err), &err);
}

static struct push *make_push(struct push *push, struct both *both, struct arena *arena)
{
    push_init(push, arena, &both->signals, &both->digest, STR("s"));
    push_set_interval(push, EVERY_MS);
    return push;
}

/* Name, path and status of a series; the labels' order is one of six. */
static void name_series(int series, struct label labels[3], char buffers[3][32])
{
    (void)snprintf(buffers[0], sizeof buffers[0], "%s",
                   series % 5 == 0   ? "depth"
                   : series % 7 == 0 ? "nobody_wants"
                                     : "calls_total");
    (void)snprintf(buffers[1], sizeof buffers[1], "/%d", series / 2);
    (void)snprintf(buffers[2], sizeof buffers[2], "%d", series % 2 ? 500 : 200);
    labels[0] = (struct label){STR("__name__"), str_of(buffers[0])};
    labels[1] = (struct label){STR("path"), str_of(buffers[1])};
    labels[2] = (struct label){STR("status"), str_of(buffers[2])};
}

static void add_label(struct text *text, struct label label)
{
    text_byte(text, 0x0A);
    text_byte(text, (char)(label.name.n + label.value.n + 4));
    protobuf_write_bytes(text, 1, label.name);
    protobuf_write_bytes(text, 2, label.value);
}

static void add_sample(struct text *text, double value, int64_t at_ms)
{
    char length = 0;
    struct text one;
    text_init(&one, text->arena, 64);
    protobuf_write_double(&one, 1, value);
    protobuf_write_varint(&one, 2, (uint64_t)at_ms);
    length = (char)one.n;
    text_byte(text, 0x12);
    text_byte(text, length);
    text_add(text, text_str(&one));
}

/* Mostly as Prometheus sends it; now and then in another order, with what is wrong, with several
 * samples, with labels behind them. */
static void add_series(struct both *both, struct text *text, int series, int64_t at_ms)
{
    struct label labels[3];
    char buffers[3][32];
    struct text one;
    uint64_t odd = chance(both, 40);
    name_series(series, labels, buffers);
    text_init(&one, text->arena, 4096);
    for (size_t i = 0; i < 3; i++)
        add_label(&one, labels[odd == 1 ? 2 - i : i]);
    if (odd == 2)
        add_label(&one, labels[1]);
    if (odd == 3)
        add_label(&one, (struct label){STR("path2"), STR("\xff")});
    if (odd == 4)
        add_label(&one, (struct label){STR("zone"), STR("")});
    add_sample(&one, odd == 5 ? -1 : both->values[series], odd == 6 ? at_ms - 700000 : at_ms);
    if (odd == 7)
        add_sample(&one, both->values[series] + 1, at_ms + 1);
    if (odd == 8)
        add_label(&one, (struct label){STR("zone"), STR("b")});
    if (odd == 9)
        protobuf_write_bytes(&one, 3, STR("")); /* an exemplar */
    text_byte(text, 0x0A);
    text_byte(text, (char)(one.n >= 128 ? (one.n & 127) | 128 : one.n));
    if (one.n >= 128)
        text_byte(text, (char)(one.n >> 7));
    text_add(text, text_str(&one));
}

static void add_line(struct both *both, struct text *text, int series)
{
    struct label labels[3];
    char buffers[3][32];
    uint64_t odd = chance(both, 30);
    name_series(series, labels, buffers);
    if (odd == 1)
        text_printf(text, "%s{status=\"%s\",path=\"%s\"} %g\n", buffers[0], buffers[2], buffers[1],
                    both->values[series]);
    else
        text_printf(text, "%s{path=\"%s\",%sstatus=\"%s\"} %g\n", buffers[0], buffers[1],
                    odd == 2 ? " " : "", buffers[2], odd == 3 ? -1 : both->values[series]);
}

static void feed(struct both *both, struct arena *arena, struct str body, struct instant now,
                 bool is_text)
{
    struct pushed_count counts[2];
    struct err err[2] = {{0}};
    struct push *pushes[2] = {&both->knowing, &both->plain};
    const struct pushed_use *uses[2] = {&both->knowing.use, &both->plain_use};
    for (size_t i = 0; i < 2; i++) {
        push_begin(pushes[i], now);
        bool good = is_text ? exposition_push(arena, &(struct exposition_page){body, false},
                                              uses[i], &counts[i], &err[i])
                            : remote_write_read_1(arena, body, uses[i], &counts[i], &err[i]);
        CHECK_OK(good, &err[i]);
    }
    CHECK_INT(counts[0].samples, counts[1].samples);
    CHECK_INT(counts[0].rejected, counts[1].rejected);
    CHECK_INT(counts[0].exemplars, counts[1].exemplars);
    CHECK_STR(str_of(counts[0].why_rejected), counts[1].why_rejected);
}

static void check_same(struct both *both, struct arena *arena, struct instant now)
{
    struct reading readings[2][4];
    size_t first = push_finish(&both->knowing, now, arena, readings[0]);
    size_t second = push_finish(&both->plain, now, arena, readings[1]);
    CHECK_INT(first, second);
    struct str one = push_record(&both->knowing, arena, true);
    struct str other = push_record(&both->plain, arena, true);
    CHECK(str_equal(one, other));
    CHECK_INT(both->knowing.taken, both->plain.taken);
    CHECK_INT(both->knowing.doubles, both->plain.doubles);
    CHECK_INT(both->knowing.refused, both->plain.refused);
}

/* How many series are known as they were mostly sent. */
static size_t count_recognised(struct both *both, struct arena *arena, bool is_text)
{
    size_t known = 0;
    for (int i = 0; i < SERIES; i++) {
        struct label labels[3];
        char buffers[3][32];
        struct text raw;
        name_series(i, labels, buffers);
        text_init(&raw, arena, 4096);
        if (is_text)
            text_printf(&raw, "%s{path=\"%s\",status=\"%s\"}", buffers[0], buffers[1], buffers[2]);
        for (size_t k = 0; k < 3 && !is_text; k++)
            add_label(&raw, labels[k]);
        known += both->knowing.use.recognise(&both->knowing, text_str(&raw)) > 0;
    }
    return known;
}

static void play(struct arena *arena, uint64_t seed, bool is_text)
{
    struct both *both = arena_make(arena, struct both);
    both->seed = seed;
    bind_signals(both, arena);
    both->plain_use = make_push(&both->plain, both, arena)->use;
    both->plain_use.recognise = NULL;
    (void)make_push(&both->knowing, both, arena);
    for (int step = 0; step < STEPS; step++) {
        struct text body;
        int64_t at_ms = INT64_C(1700000000000) + step * EVERY_MS;
        struct instant now = {at_ms * 1000};
        text_init(&body, arena, BODY_BYTES_MAX);
        for (int i = 0; i < SERIES; i++) {
            both->values[i] = chance(both, 50) == 0 ? 0 : both->values[i] + (double)chance(both, 9);
            if (chance(both, 10) > 0 && is_text)
                add_line(both, &body, i);
            else if (chance(both, 10) > 0 && !is_text)
                add_series(both, &body, i, at_ms);
        }
        feed(both, arena, text_str(&body), now, is_text);
        if (chance(both, 3) > 0)
            check_same(both, arena, now);
    }
    CHECK(both->knowing.taken > STEPS);
    CHECK(both->knowing.use.recognise(&both->knowing, STR("nothing like it")) == 0);
    CHECK(count_recognised(both, arena, is_text) > SERIES / 2);
}

TEST(series_known_by_their_bytes_are_those_known_by_their_labels)
{
    for (uint64_t seed = 1; seed <= 8; seed++)
        play(arena, seed, false);
}

TEST(lines_known_by_their_bytes_are_those_known_by_their_labels)
{
    for (uint64_t seed = 1; seed <= 8; seed++)
        play(arena, seed, true);
}
