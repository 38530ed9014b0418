/* bench_decode.c - processor time of decoding pushed samples, beside our reader of the text format.
 *
 * 100 metrics of 1,000 series each, with labels as applications have them, one sample each: once as
 * the text that a target answers, once as a request of each protocol. All forms are read in turn,
 * in this process; a round's measure is the processor time for each form. Three wishes: nobody
 * wants anything, one metric of the hundred, all. Whoever takes adds the values up, no more. Use:
 * bench_decode [rounds] */
#include "telemetry/otlp_metrics.h"
#include "telemetry/protobuf.h"
#include "telemetry/remote_write.h"

#include <snappy-c.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { METRICS = 100, SERIES = 1000, SAMPLES = METRICS * SERIES, ROUNDS = 15, ROUNDS_MAX = 100 };
enum { BODY_BYTES_MAX = 64 * 1024 * 1024, ARENA_CHUNK_BYTES = 32 * 1024 * 1024 };
enum wish { WISH_NOTHING, WISH_ONE, WISH_ALL, WISHES };

struct taken {
    enum wish wish;
    double sum;
    long count;
};

static bool wants(void *context, struct str name)
{
    const struct taken *taken = context;
    return taken->wish == WISH_ALL || (taken->wish == WISH_ONE && str_is(name, "bench_7_total"));
}

static bool take(void *context, const struct pushed_sample *sample, struct err *err)
{
    struct taken *taken = context;
    (void)err;
    taken->sum += sample->value;
    taken->count++;
    return true;
}

static bool take_text(void *context, const struct sample *sample, struct err *err)
{
    struct taken *taken = context;
    (void)err;
    taken->sum += sample->value;
    taken->count++;
    return true;
}

/* What each series is called; five labels. */
struct series {
    char name[32], path[48];
    const char *status;
    double value;
};

static struct series series_of(int metric, int number)
{
    struct series series = {.status = number % 20 == 0 ? "500" : "200",
                            .value = 1000000.0 + number};
    (void)snprintf(series.name, sizeof series.name, "bench_%d_total", metric);
    (void)snprintf(series.path, sizeof series.path, "/api/v1/things/%d", number);
    return series;
}

static void add_text(struct text *text, const struct series *series)
{
    text_printf(
        text,
        "%s{instance=\"10.0.0.1:9090\",job=\"shop\",method=\"GET\",path=\"%s\",status=\"%s\""
        "} %.0f\n",
        series->name, series->path, series->status, series->value);
}

static void add_label(struct text *text, const char *name, const char *value)
{
    struct str n = str_of(name);
    struct str v = str_of(value);
    /* Lengths as senders write them, in one byte. */
    text_byte(text, 0x0A);
    text_byte(text, (char)(n.n + v.n + 4));
    protobuf_write_bytes(text, 1, n);
    protobuf_write_bytes(text, 2, v);
}

static struct str message_of(struct arena *arena, struct text *text)
{
    struct str copy = str_copy(arena, text_str(text));
    text->n = 0;
    return copy;
}

static void add_sample(struct text *text, const struct series *series)
{
    text_byte(text, 0x12);
    text_byte(text, 16);
    protobuf_write_double(text, 1, series->value);
    protobuf_write_varint(text, 2, 1700000000123);
}

static struct str make_text(struct arena *arena)
{
    struct text text;
    text_init(&text, arena, BODY_BYTES_MAX);
    for (int i = 0; i < SAMPLES; i++) {
        struct series series = series_of(i / SERIES, i % SERIES);
        add_text(&text, &series);
    }
    return text_str(&text);
}

static struct str make_version_1(struct arena *arena)
{
    struct text text;
    struct text one;
    text_init(&text, arena, BODY_BYTES_MAX);
    text_init(&one, arena, BODY_BYTES_MAX);
    for (int i = 0; i < SAMPLES; i++) {
        struct series series = series_of(i / SERIES, i % SERIES);
        add_label(&one, "__name__", series.name);
        add_label(&one, "instance", "10.0.0.1:9090");
        add_label(&one, "job", "shop");
        add_label(&one, "method", "GET");
        add_label(&one, "path", series.path);
        add_label(&one, "status", series.status);
        add_sample(&one, &series);
        protobuf_write_bytes(&text, 1, message_of(arena, &one));
    }
    return text_str(&text);
}

/* Symbols: "", the six label names and four common values, then names and paths. */
static struct str make_version_2(struct arena *arena)
{
    static const char *const common[] = {"",       "__name__", "instance", "job",
                                         "method", "path",     "status",   "10.0.0.1:9090",
                                         "shop",   "GET",      "200",      "500"};
    enum { COMMON = sizeof common / sizeof *common };
    struct text text;
    struct text one;
    text_init(&text, arena, BODY_BYTES_MAX);
    text_init(&one, arena, BODY_BYTES_MAX);
    for (int i = 0; i < COMMON; i++)
        protobuf_write_bytes(&text, 4, str_of(common[i]));
    for (int i = 0; i < METRICS; i++)
        protobuf_write_bytes(&text, 4, str_of(series_of(i, 0).name));
    for (int i = 0; i < SERIES; i++)
        protobuf_write_bytes(&text, 4, str_of(series_of(0, i).path));
    for (int i = 0; i < SAMPLES; i++) {
        struct series series = series_of(i / SERIES, i % SERIES);
        int refs[] = {1, COMMON + i / SERIES,
                      2, 7,
                      3, 8,
                      4, 9,
                      5, COMMON + METRICS + i % SERIES,
                      6, series.status[0] == '2' ? 10 : 11};
        struct text packed;
        text_init(&packed, arena, 64);
        for (size_t r = 0; r < sizeof refs / sizeof *refs; r++) {
            if (refs[r] >= 128)
                text_byte(&packed, (char)(refs[r] | 0x80));
            text_byte(&packed, (char)(refs[r] >= 128 ? refs[r] >> 7 : refs[r]));
        }
        protobuf_write_bytes(&one, 1, text_str(&packed));
        add_sample(&one, &series);
        protobuf_write_bytes(&one, 5, STR("\x08\x01"));
        protobuf_write_bytes(&text, 5, message_of(arena, &one));
    }
    return text_str(&text);
}

static void add_attribute(struct text *text, const char *key, const char *value)
{
    struct str k = str_of(key);
    struct str v = str_of(value);
    text_byte(text, 0x3A);
    text_byte(text, (char)(k.n + v.n + 6));
    protobuf_write_bytes(text, 1, k);
    text_byte(text, 0x12);
    text_byte(text, (char)(v.n + 2));
    protobuf_write_bytes(text, 1, v);
}

/* A metric: sum, cumulative, monotonic; three attributes, job and instance of the resource. */
static struct str make_otlp(struct arena *arena)
{
    struct text text;
    struct text one;
    text_init(&text, arena, BODY_BYTES_MAX);
    text_init(&one, arena, BODY_BYTES_MAX);
    size_t resource_metrics = protobuf_open(&text, 1);
    size_t resource = protobuf_open(&text, 1);
    protobuf_write_bytes(&text, 1, STR("\x0a\x0cservice.name\x12\x06\x0a\x04shop"));
    protobuf_write_bytes(&text, 1,
                         STR("\x0a\x13service.instance.id\x12\x0f\x0a\x0d"
                             "10.0.0.1:9090"));
    protobuf_close(&text, resource);
    size_t scope = protobuf_open(&text, 2);
    for (int m = 0; m < METRICS; m++) {
        size_t metric = protobuf_open(&text, 2);
        protobuf_write_bytes(&text, 1, str_of(series_of(m, 0).name));
        size_t sum = protobuf_open(&text, 7);
        for (int i = 0; i < SERIES; i++) {
            struct series series = series_of(m, i);
            protobuf_write_fixed64(&one, 2, 1690000000000000000);
            protobuf_write_fixed64(&one, 3, 1700000000123000000);
            protobuf_write_double(&one, 4, series.value);
            add_attribute(&one, "http.request.method", "GET");
            add_attribute(&one, "url.path", series.path);
            add_attribute(&one, "http.response.status_code", series.status);
            protobuf_write_bytes(&text, 1, message_of(arena, &one));
        }
        protobuf_write_varint(&text, 2, 2);
        protobuf_write_varint(&text, 3, 1);
        protobuf_close(&text, sum);
        protobuf_close(&text, metric);
    }
    protobuf_close(&text, scope);
    protobuf_close(&text, resource_metrics);
    return text_str(&text);
}

static struct str pack(struct arena *arena, struct str body)
{
    size_t n = snappy_max_compressed_length(body.n);
    char *packed = arena_alloc(arena, n);
    if (snappy_compress(body.p, body.n, packed, &n) != SNAPPY_OK)
        abort();
    return (struct str){packed, n};
}

static bool read_text(struct arena *arena, struct str body, struct taken *taken)
{
    struct err err;
    struct exposition reader;
    struct exposition_use use = {taken, wants, take_text, NULL};
    exposition_init(&reader, &use, arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES));
    return exposition_feed(&reader, body, &err) && exposition_end(&reader, &err);
}

static bool read_1(struct arena *arena, struct str body, struct taken *taken)
{
    struct err err;
    struct pushed_count count;
    struct pushed_use use = {taken, wants, take};
    return remote_write_unpack(arena, body, BODY_BYTES_MAX, &body, &err) &&
           remote_write_read_1(arena, body, &use, &count, &err) && count.samples == SAMPLES;
}

static bool read_2(struct arena *arena, struct str body, struct taken *taken)
{
    struct err err;
    struct pushed_count count;
    struct pushed_use use = {taken, wants, take};
    return remote_write_unpack(arena, body, BODY_BYTES_MAX, &body, &err) &&
           remote_write_read_2(arena, body, &use, &count, &err) && count.samples == SAMPLES;
}

static bool read_otlp(struct arena *arena, struct str body, struct taken *taken)
{
    struct err err;
    struct pushed_count count;
    struct pushed_use use = {taken, wants, take};
    return otlp_metrics_read(arena, body, &use, &count, &err) && count.samples == SAMPLES;
}

static bool unpack(struct arena *arena, struct str body, struct taken *taken)
{
    struct err err;
    (void)taken;
    return remote_write_unpack(arena, body, BODY_BYTES_MAX, &body, &err);
}

struct form {
    const char *name;
    bool (*read)(struct arena *arena, struct str body, struct taken *taken);
    struct str body;
    bool samples; /* it hands some over */
    double costs[ROUNDS_MAX];
};

static double cpu_s(void)
{
    struct timespec used;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void measure(struct form *form, struct arena *arena, enum wish wish, int round)
{
    static const long counts[WISHES] = {0, SERIES, SAMPLES};
    struct taken taken = {.wish = wish};
    double begun = cpu_s();
    bool good = form->read(arena, form->body, &taken);
    form->costs[round] = (cpu_s() - begun) / (SAMPLES / 1e6);
    if (!good || (form->samples && taken.count != counts[wish])) {
        (void)fprintf(stderr, "%s was not read\n", form->name);
        exit(1);
    }
    arena_reset(arena);
}

static int by_size(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return *left < *right ? -1 : *left > *right;
}

int main(int argc, char **argv)
{
    static const char *const wishes[WISHES] = {"nobody wants anything",
                                               "one metric of 100 is wanted", "all are wanted"};
    int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;
    struct arena made;
    struct arena arena;
    if (rounds < 1 || rounds > ROUNDS_MAX)
        return 2;
    arena_init(&made);
    arena_init_chunks(&arena, ARENA_CHUNK_BYTES);
    struct str one = pack(&made, make_version_1(&made));
    struct form forms[] = {
        {"text format", read_text, make_text(&made), true, {0}},
        {"remote write 1.0", read_1, one, true, {0}},
        {"  of it, unpacking", unpack, one, false, {0}},
        {"remote write 2.0", read_2, pack(&made, make_version_2(&made)), true, {0}},
        {"OTLP protobuf", read_otlp, make_otlp(&made), true, {0}}};
    enum { FORMS = sizeof forms / sizeof *forms };
    for (int wish = 0; wish < WISHES; wish++) {
        for (int round = -1; round < rounds; round++)
            for (int i = 0; i < FORMS; i++)
                measure(&forms[i], &arena, (enum wish)wish, round < 0 ? 0 : round);
        double ratios[FORMS][ROUNDS_MAX];
        for (int i = 0; i < FORMS; i++)
            for (int round = 0; round < rounds; round++)
                ratios[i][round] = forms[i].costs[round] / forms[0].costs[round];
        (void)printf("%s: CPU s per million samples, median (lowest to highest); beside the text\n",
                     wishes[wish]);
        for (int i = 0; i < FORMS; i++) {
            double *costs = forms[i].costs;
            qsort(costs, (size_t)rounds, sizeof *costs, by_size);
            qsort(ratios[i], (size_t)rounds, sizeof *costs, by_size);
            (void)printf("  %-18s %6.3f (%.3f to %.3f)  %5.2f\n", forms[i].name, costs[rounds / 2],
                         costs[0], costs[rounds - 1], ratios[i][rounds / 2]);
        }
    }
    arena_done(&arena);
    arena_done(&made);
    return 0;
}
