/* test_push_forms.c - a series known by the form of its labels is the series known by its labels:
 * random bodies of each protocol, read by one push that is asked for what it recognises and by one
 * that is not. Orders change, series come twice, tables of symbols and resources are others in each
 * body, and labels are now and then what they must not be. */
#include "harness/test.h"
#include "telemetry/exposition_push.h"
#include "telemetry/otlp_metrics.h"
#include "telemetry/protobuf.h"
#include "telemetry/push.h"
#include "telemetry/remote_write.h"

#include <stdio.h>

enum { SERIES = 50, STEPS = 400, BODY_BYTES_MAX = 1024 * 1024, EVERY_MS = 1000 };
enum { SYMBOLS_MAX = 400, SIGNALS = 5 };
enum sent_as { AS_TEXT, AS_REMOTE_WRITE_1, AS_REMOTE_WRITE_2, AS_OTLP };

struct both {
    uint64_t seed;
    struct signals signals;
    struct hash digest;
    struct push knowing, plain;
    struct pushed_use knowing_use, plain_use;
    size_t recognised; /* by the one that is asked */
    double values[SERIES];
    enum sent_as as;
    /* Of the body that is made. */
    int64_t at_ms;
    struct str symbols[SYMBOLS_MAX];
    size_t symbol_count;
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
    struct signal_option one = {STR("count"), STR("calls_total{job=\"a\"}")};
    struct signal_option tries = {STR("count"), STR("tries_total")};
    signals_init(&both->signals, arena);
    CHECK_OK(signal_bind(&both->signals, STR("error rate"), ratio, 2, &err), &err);
    CHECK_OK(signal_bind(&both->signals, STR("calls of one"), &count, 1, &err), &err);
    CHECK_OK(signal_bind(&both->signals, STR("queue depth"), &gauge, 1, &err), &err);
    CHECK_OK(signal_bind(&both->signals, STR("calls of a job"), &one, 1, &err), &err);
    CHECK_OK(signal_bind(&both->signals, STR("tries"), &tries, 1, &err), &err);
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

/* The symbol's number, which is another one in each body; now and then a text has two. */
static uint64_t refer(struct both *both, struct arena *arena, struct str text)
{
    for (size_t i = 0; i < both->symbol_count && chance(both, 30) > 0; i++)
        if (str_equal(both->symbols[i], text))
            return i;
    CHECK(both->symbol_count < SYMBOLS_MAX);
    both->symbols[both->symbol_count] = str_copy(arena, text);
    return both->symbol_count++;
}

static void add_number(struct text *text, uint64_t number)
{
    for (; number >= 128; number >>= 7)
        text_byte(text, (char)(number | 128));
    text_byte(text, (char)number);
}

static void add_refs(struct both *both, struct text *refs, struct label label)
{
    add_number(refs, refer(both, refs->arena, label.name));
    add_number(refs, refer(both, refs->arena, label.value));
}

static void add_metadata(struct both *both, struct text *text, int series)
{
    struct text about;
    text_init(&about, text->arena, 64);
    if (chance(both, 5) == 0)
        return;
    protobuf_write_varint(&about, 1, (series % 5 == 0) == (chance(both, 20) > 0) ? 2 : 1);
    protobuf_write_varint(&about, 3, 0);
    protobuf_write_bytes(text, 5, text_str(&about));
}

/* As add_series, with symbols. */
static void add_series_2(struct both *both, struct text *text, int series)
{
    struct label labels[3];
    char buffers[3][32];
    struct text one;
    struct text refs;
    uint64_t odd = chance(both, 50);
    name_series(series, labels, buffers);
    text_init(&one, text->arena, 4096);
    text_init(&refs, text->arena, 4096);
    if (odd == 10)
        add_refs(both, &refs, (struct label){STR("zone"), STR("")});
    if (odd == 18) /* a label in the name's place, which is no name */
        labels[0].name = STR("zone");
    for (size_t i = 0; i < 3; i++)
        add_refs(both, &refs, labels[odd == 1 ? 2 - i : i]);
    if (odd == 2 || odd == 11)
        add_refs(both, &refs, labels[odd == 2 ? 1 : 0]);
    if (odd == 3)
        add_refs(both, &refs, (struct label){STR("path2"), STR("\xff")});
    if (odd == 4)
        add_refs(both, &refs, (struct label){STR("zone"), STR("")});
    if (odd == 12)
        add_refs(both, &refs, (struct label){STR(""), STR("b")});
    if (odd == 13 || odd == 14)
        add_number(&refs, odd == 13 ? 1 : 100000);
    protobuf_write_bytes(&one, 1, text_str(&refs));
    if (odd == 15)
        add_metadata(both, &one, series);
    if (odd != 16)
        add_sample(&one, odd == 5 ? -1 : both->values[series],
                   odd == 6 ? both->at_ms - 700000 : both->at_ms);
    if (odd == 7)
        add_sample(&one, both->values[series] + 1, both->at_ms + 1);
    if (odd == 8) {
        refs.n = 0;
        add_refs(both, &refs, (struct label){STR("zone"), STR("b")});
        protobuf_write_bytes(&one, 1, text_str(&refs));
    }
    if (odd == 9)
        protobuf_write_bytes(&one, 4, STR("")); /* an exemplar */
    add_metadata(both, &one, series);
    if (odd == 17)
        protobuf_write_varint(&one, 6, (uint64_t)both->at_ms - 1);
    protobuf_write_bytes(text, 5, text_str(&one));
}

/* Symbols behind the series are symbols, too. */
static void add_symbols(struct both *both, struct text *text)
{
    for (size_t i = 0; i < both->symbol_count; i++)
        protobuf_write_bytes(text, 4, both->symbols[i]);
}

static void add_attribute(struct text *text, uint32_t number, const char *key, struct str value)
{
    size_t pair = protobuf_open(text, number);
    protobuf_write_bytes(text, 1, str_of(key));
    size_t any = protobuf_open(text, 2);
    protobuf_write_bytes(text, 1, value);
    protobuf_close(text, any);
    protobuf_close(text, pair);
}

static void add_point(struct both *both, struct text *text, int series, const struct label *labels)
{
    uint64_t odd = chance(both, 60);
    size_t point = protobuf_open(text, 1);
    protobuf_write_fixed64(text, 2, (uint64_t)(odd == 1 ? both->at_ms - 1 : 1) * 1000000);
    protobuf_write_fixed64(
        text, 3, (uint64_t)(odd == 6 ? both->at_ms - 700000 : both->at_ms) * UINT64_C(1000000));
    if (odd == 2)
        add_attribute(text, 7, "status", labels[2].value);
    if (odd == 3)
        protobuf_write_fixed64(text, 6, (uint64_t)both->values[series]);
    else if (odd != 4)
        protobuf_write_double(text, 4, odd == 5 ? -1 : both->values[series]);
    if (odd == 7)
        protobuf_write_bytes(text, 5, STR("")); /* an exemplar */
    add_attribute(text, 7, "path", labels[1].value);
    if (odd == 8)
        add_attribute(text, 7, "path", labels[1].value);
    if (odd == 9)
        protobuf_write_fixed64(text, 4, 0); /* attributes that do not stand together */
    if (odd != 2)
        add_attribute(text, 7, odd == 10 ? "status.code" : "status", labels[2].value);
    if (odd == 11)
        add_attribute(text, 7, "job", STR("b"));
    if (odd == 12)
        protobuf_write_varint(text, 8, 1); /* it has no value any more */
    if (odd == 13 && chance(both, 8) == 0)
        add_attribute(text, 7, "zone", STR("\xff"));
    protobuf_close(text, point);
}

/* One metric of a resource and a scope that are one of several, with the same attributes. */
static void add_metric(struct both *both, struct text *text, int series)
{
    struct label labels[3];
    char buffers[3][32];
    uint64_t origin = chance(both, 8);
    uint64_t odd = chance(both, 20);
    bool gauge = series % 10 == 0;
    size_t resource_metrics = protobuf_open(text, 1);
    size_t resource = protobuf_open(text, 1);
    add_attribute(text, 1, "service.name", origin % 2 ? STR("a") : STR("b"));
    protobuf_close(text, resource);
    size_t scope_metrics = protobuf_open(text, 2);
    size_t scope = protobuf_open(text, 1);
    protobuf_write_bytes(text, 1, origin < 6 ? STR("a") : STR("b"));
    protobuf_close(text, scope);
    size_t metric = protobuf_open(text, 2);
    protobuf_write_bytes(text, 1,
                         gauge      ? STR("depth")
                         : odd == 5 ? STR("nobody")
                         : odd < 9  ? STR("tries")
                                    : STR("calls"));
    size_t data = protobuf_open(text, gauge && odd != 1 ? 5 : 7);
    for (int i = series; i < series + 5; i++) {
        name_series(i, labels, buffers);
        if (chance(both, 10) > 0)
            add_point(both, text, i, labels);
    }
    protobuf_write_varint(text, 2, odd == 2 ? 1 : odd == 3 ? 0 : 2);
    protobuf_write_varint(text, 3, odd != 4);
    protobuf_close(text, data);
    protobuf_close(text, metric);
    protobuf_close(text, scope_metrics);
    protobuf_close(text, resource_metrics);
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

static void add_one(struct both *both, struct text *body, int series)
{
    switch (both->as) {
    case AS_TEXT: add_line(both, body, series); break;
    case AS_REMOTE_WRITE_1: add_series(both, body, series, both->at_ms); break;
    case AS_REMOTE_WRITE_2: add_series_2(both, body, series); break;
    case AS_OTLP:
        if (series % 5 == 0 || chance(both, 10) == 0)
            add_metric(both, body, series / 5 * 5);
        break;
    }
}

/* The series from some place on, or backwards from it; some come twice, some not at all. */
static struct str make_body(struct both *both, struct arena *arena)
{
    struct text body;
    int from = chance(both, 4) == 0 ? (int)chance(both, SERIES) : 0;
    int step = chance(both, 8) == 0 ? SERIES - 1 : 1;
    text_init(&body, arena, BODY_BYTES_MAX);
    both->symbol_count = 0;
    for (size_t i = chance(both, 3); i > 0; i--) /* so that numbers change */
        (void)refer(both, arena, i == 1 ? STR("__name__") : STR("path"));
    for (int i = 0; i < SERIES; i++) {
        int series = (from + i * step) % SERIES;
        both->values[series] =
            chance(both, 50) == 0 ? 0 : both->values[series] + (double)chance(both, 9);
        if (chance(both, 10) > 0)
            add_one(both, &body, series);
        if (chance(both, 40) == 0)
            add_one(both, &body, series);
    }
    if (both->as == AS_REMOTE_WRITE_2)
        add_symbols(both, &body);
    CHECK(!text_full(&body));
    return text_str(&body);
}

static bool read_body(struct both *both, struct arena *arena, struct str body,
                      const struct pushed_use *use, struct pushed_count *out_count)
{
    struct err err = {0};
    bool good = false;
    switch (both->as) {
    case AS_TEXT:
        good = exposition_push(arena, &(struct exposition_page){body, false}, use, out_count, &err);
        break;
    case AS_REMOTE_WRITE_1: good = remote_write_read_1(arena, body, use, out_count, &err); break;
    case AS_REMOTE_WRITE_2: good = remote_write_read_2(arena, body, use, out_count, &err); break;
    case AS_OTLP: good = otlp_metrics_read(arena, body, use, out_count, &err); break;
    }
    if (!good) /* a text that is none ends a body of OTLP */
        CHECK(both->as == AS_OTLP && str_find(str_of(err.text), "is not UTF-8", 0) > 0);
    return good;
}

static void feed(struct both *both, struct arena *arena, struct str body, struct instant now)
{
    struct pushed_count counts[2];
    bool good[2];
    struct push *pushes[2] = {&both->knowing, &both->plain};
    const struct pushed_use *uses[2] = {&both->knowing_use, &both->plain_use};
    for (size_t i = 0; i < 2; i++) {
        push_begin(pushes[i], now);
        good[i] = read_body(both, arena, body, uses[i], &counts[i]);
    }
    CHECK_INT(good[0], good[1]);
    CHECK_INT(counts[0].samples, counts[1].samples);
    CHECK_INT(counts[0].rejected, counts[1].rejected);
    CHECK_INT(counts[0].exemplars, counts[1].exemplars);
    CHECK_STR(str_of(counts[0].why_rejected), counts[1].why_rejected);
}

static void check_same(struct both *both, struct arena *arena, struct instant now)
{
    struct reading readings[2][SIGNALS];
    size_t first = push_finish(&both->knowing, now, arena, readings[0]);
    size_t second = push_finish(&both->plain, now, arena, readings[1]);
    CHECK_INT(first, second);
    for (size_t i = 0; i < first; i++)
        CHECK_SAME(reading_write(arena, &readings[0][i]), reading_write(arena, &readings[1][i]));
    struct str one = push_record(&both->knowing, arena, true);
    struct str other = push_record(&both->plain, arena, true);
    CHECK(str_equal(one, other));
    CHECK_INT(both->knowing.taken, both->plain.taken);
    CHECK_INT(both->knowing.doubles, both->plain.doubles);
    CHECK_INT(both->knowing.refused, both->plain.refused);
    CHECK_STR(str_of(both->knowing.problem), both->plain.problem);
}

static bool ask_wanted(void *context, struct str name)
{
    const struct both *both = context;
    return both->knowing.use.wants(both->knowing.use.context, name);
}

static bool ask_take(void *context, const struct pushed_sample *sample, struct err *err)
{
    const struct both *both = context;
    return both->knowing.use.take(both->knowing.use.context, sample, err);
}

static size_t ask_known(void *context, uint64_t form)
{
    struct both *both = context;
    size_t known = both->knowing.use.recognise(both->knowing.use.context, form);
    both->recognised += known > 0;
    return known;
}

static struct both *make_both(struct arena *arena, uint64_t seed, enum sent_as as)
{
    struct both *both = arena_make(arena, struct both);
    both->seed = seed;
    both->as = as;
    both->at_ms = INT64_C(1700000000000);
    bind_signals(both, arena);
    both->plain_use = make_push(&both->plain, both, arena)->use;
    both->plain_use.recognise = NULL;
    (void)make_push(&both->knowing, both, arena);
    both->knowing_use = (struct pushed_use){both, ask_wanted, ask_take, ask_known};
    return both;
}

static void play(struct arena *arena, uint64_t seed, enum sent_as as)
{
    struct both *both = make_both(arena, seed, as);
    struct arena turn;
    arena_init(&turn);
    for (int step = 0; step < STEPS; step++) {
        struct instant now = {(both->at_ms += EVERY_MS) * 1000};
        feed(both, &turn, make_body(both, &turn), now);
        if (chance(both, 3) > 0)
            check_same(both, &turn, now);
        arena_reset(&turn);
    }
    arena_done(&turn);
    CHECK(both->knowing.taken > STEPS);
    CHECK(both->recognised > (size_t)both->knowing.taken / 2);
    CHECK(both->knowing.use.recognise(&both->knowing, 1) == 0);
}

TEST(series_known_by_their_bytes_are_those_known_by_their_labels)
{
    for (uint64_t seed = 1; seed <= 8; seed++)
        play(arena, seed, AS_REMOTE_WRITE_1);
}

TEST(series_known_by_their_symbols_are_those_known_by_their_labels)
{
    for (uint64_t seed = 1; seed <= 8; seed++)
        play(arena, seed, AS_REMOTE_WRITE_2);
}

TEST(points_known_by_the_bytes_of_attributes_are_those_known_by_their_labels)
{
    for (uint64_t seed = 1; seed <= 8; seed++)
        play(arena, seed, AS_OTLP);
}

TEST(lines_known_by_their_bytes_are_those_known_by_their_labels)
{
    for (uint64_t seed = 1; seed <= 8; seed++)
        play(arena, seed, AS_TEXT);
}
