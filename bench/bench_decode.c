/* bench_decode.c - processor time of decoding pushed samples, beside our reader of the text format.
 *
 * 100 metrics of 1,000 series each, with labels as applications have them, one sample each: once as
 * the text that a target answers, once as a request of each protocol. All forms are read in turn,
 * in this process; a round's measure is the processor time for each form. Three wishes: nobody
 * wants anything, one metric of the hundred, all. Whoever takes adds the values up, no more. A
 * fourth: each metric is a signal, and its samples are counted as the collector counts them, 15 s
 * later in each round. Use: bench_decode [rounds] */
#include "telemetry/intake.h"
#include "telemetry/otlp_metrics.h"
#include "telemetry/protobuf.h"
#include "telemetry/push.h"
#include "telemetry/remote_write.h"

#include <snappy-c.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { METRICS = 100, SERIES = 1000, SAMPLES = METRICS * SERIES, ROUNDS = 15, ROUNDS_MAX = 100 };
enum { BODY_BYTES_MAX = 64 * 1024 * 1024, ARENA_CHUNK_BYTES = 32 * 1024 * 1024 };
enum { INTERVAL_MS = 15000, BODIES_MAX = 50 };
#define BEGIN_MS INT64_C(1700000000123)
enum wish { WISH_NOTHING, WISH_ONE, WISH_ALL, WISH_COUNTED, WISHES };

struct taken {
    enum wish wish;
    double sum;
    long count;
    struct intake *intake; /* of WISH_COUNTED: who counts */
    struct push *push;
    struct instant now;
    size_t readings;
    int64_t samples; /* in the bodies */
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

/* Samples of one instant: of the series with these numbers. */
struct part {
    int64_t at_ms;
    int from, to;
};

/* What each series is called; five labels. */
struct sent {
    char name[32], path[48];
    const char *status;
    double value;
};

static struct sent series_of(int metric, int number, int64_t at_ms)
{
    struct sent series = {.status = number % 20 == 0 ? "500" : "200",
                          .value = 1000000.0 + number + (double)((at_ms - BEGIN_MS) / 1000)};
    (void)snprintf(series.name, sizeof series.name, "bench_%d_total", metric);
    (void)snprintf(series.path, sizeof series.path, "/api/v1/things/%d", number);
    return series;
}

static void add_text(struct text *text, const struct sent *series)
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

static void add_sample(struct text *text, const struct sent *series, int64_t at_ms)
{
    text_byte(text, 0x12);
    text_byte(text, 16);
    protobuf_write_double(text, 1, series->value);
    protobuf_write_varint(text, 2, (uint64_t)at_ms);
}

static struct str make_text(struct arena *arena, struct part part)
{
    struct text text;
    text_init(&text, arena, BODY_BYTES_MAX);
    for (int i = part.from; i < part.to; i++) {
        struct sent series = series_of(i / SERIES, i % SERIES, part.at_ms);
        add_text(&text, &series);
    }
    return text_str(&text);
}

static struct str make_version_1(struct arena *arena, struct part part)
{
    struct text text;
    struct text one;
    text_init(&text, arena, BODY_BYTES_MAX);
    text_init(&one, arena, BODY_BYTES_MAX);
    for (int i = part.from; i < part.to; i++) {
        struct sent series = series_of(i / SERIES, i % SERIES, part.at_ms);
        add_label(&one, "__name__", series.name);
        add_label(&one, "instance", "10.0.0.1:9090");
        add_label(&one, "job", "shop");
        add_label(&one, "method", "GET");
        add_label(&one, "path", series.path);
        add_label(&one, "status", series.status);
        add_sample(&one, &series, part.at_ms);
        protobuf_write_bytes(&text, 1, message_of(arena, &one));
    }
    return text_str(&text);
}

/* Symbols: "", the six label names and four common values, then names and paths. */
static struct str make_version_2(struct arena *arena, struct part part)
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
        protobuf_write_bytes(&text, 4, str_of(series_of(i, 0, part.at_ms).name));
    for (int i = 0; i < SERIES; i++)
        protobuf_write_bytes(&text, 4, str_of(series_of(0, i, part.at_ms).path));
    for (int i = part.from; i < part.to; i++) {
        struct sent series = series_of(i / SERIES, i % SERIES, part.at_ms);
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
        add_sample(&one, &series, part.at_ms);
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
static struct str make_otlp(struct arena *arena, struct part part)
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
    for (int m = part.from / SERIES; m < part.to / SERIES; m++) {
        size_t metric = protobuf_open(&text, 2);
        protobuf_write_bytes(&text, 1, str_of(series_of(m, 0, part.at_ms).name));
        size_t sum = protobuf_open(&text, 7);
        for (int i = 0; i < SERIES; i++) {
            struct sent series = series_of(m, i, part.at_ms);
            protobuf_write_fixed64(&one, 2, 1690000000000000000);
            protobuf_write_fixed64(&one, 3, (uint64_t)part.at_ms * 1000000);
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
    struct exposition_use use = {.context = taken, .wants = wants, .take = take_text};
    if (taken->intake)
        intake_begin(taken->intake, taken->now, INTERVAL_MS);
    exposition_init(&reader, taken->intake ? &taken->intake->use : &use,
                    arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES));
    struct reading *readings = arena_array(arena, METRICS, sizeof *readings);
    bool good = exposition_feed(&reader, body, &err) && exposition_end(&reader, &err);
    taken->samples += reader.samples;
    if (taken->intake)
        taken->readings = intake_finish(taken->intake, arena, INTERVAL_MS, readings);
    return good;
}

typedef bool decoder(struct arena *arena, struct str body, const struct pushed_use *use,
                     struct pushed_count *out_count, struct err *err);

static bool read_pushed(struct arena *arena, struct str body, struct taken *taken, decoder *decode)
{
    struct err err;
    struct pushed_count count;
    struct pushed_use use = {.context = taken, .wants = wants, .take = take};
    if (taken->push)
        push_begin(taken->push, taken->now);
    bool good = decode(arena, body, taken->push ? &taken->push->use : &use, &count, &err);
    taken->samples += count.samples;
    return good;
}

/* As the collector does each second. */
static void finish(struct arena *arena, struct taken *taken)
{
    struct reading *readings = arena_array(arena, METRICS, sizeof *readings);
    taken->readings = push_finish(taken->push, taken->now, arena, readings);
    (void)push_record(taken->push, arena, false);
}

static bool read_1(struct arena *arena, struct str body, struct taken *taken)
{
    struct err err;
    return remote_write_unpack(arena, body, BODY_BYTES_MAX, &body, &err) &&
           read_pushed(arena, body, taken, remote_write_read_1);
}

static bool read_2(struct arena *arena, struct str body, struct taken *taken)
{
    struct err err;
    return remote_write_unpack(arena, body, BODY_BYTES_MAX, &body, &err) &&
           read_pushed(arena, body, taken, remote_write_read_2);
}

static bool read_otlp(struct arena *arena, struct str body, struct taken *taken)
{
    return read_pushed(arena, body, taken, otlp_metrics_read);
}

static bool unpack(struct arena *arena, struct str body, struct taken *taken)
{
    struct err err;
    taken->samples = SAMPLES;
    return remote_write_unpack(arena, body, BODY_BYTES_MAX, &body, &err);
}

struct form {
    const char *name;
    bool (*read)(struct arena *arena, struct str body, struct taken *taken);
    struct str (*make)(struct arena *arena, struct part part);
    int body_samples; /* of a body: as many as senders put into one */
    bool packed;
    bool samples; /* it hands some over */
    struct str bodies[BODIES_MAX];
    struct intake *intake;
    struct push *push;
    double costs[ROUNDS_MAX];
};

static double cpu_s(void)
{
    struct timespec used;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void make_bodies(struct form *form, struct arena *arena, int64_t at_ms)
{
    for (int from = 0, i = 0; from < SAMPLES; from += form->body_samples, i++) {
        struct str body = form->make(arena, (struct part){at_ms, from, from + form->body_samples});
        form->bodies[i] = form->packed ? pack(arena, body) : body;
    }
}

static void measure(struct form *form, struct arena *arena, enum wish wish, int round)
{
    static const long counts[WISHES] = {0, SERIES, SAMPLES, 0};
    int64_t at_ms = BEGIN_MS + (int64_t)(round + 4) * INTERVAL_MS;
    struct taken taken = {.wish = wish, .now = {at_ms * 1000}};
    struct arena made;
    arena_init(&made);
    if (wish == WISH_COUNTED) {
        make_bodies(form, &made, at_ms);
        taken.intake = form->intake;
        taken.push = form->push;
    }
    bool good = true;
    double begun = cpu_s();
    for (int i = 0; i < SAMPLES / form->body_samples; i++) {
        good = form->read(arena, form->bodies[i], &taken) && good;
        arena_reset(arena);
    }
    if (taken.push && form->read != read_text)
        finish(arena, &taken);
    if (round >= 0)
        form->costs[round] = (cpu_s() - begun) / (SAMPLES / 1e6);
    bool counted = wish != WISH_COUNTED || round < 0 || !form->samples || taken.readings == METRICS;
    if (!good || taken.samples != SAMPLES ||
        (form->samples && (taken.count != counts[wish] || !counted))) {
        (void)fprintf(stderr, "%s was not read: %ld taken, %zu readings\n", form->name, taken.count,
                      taken.readings);
        exit(1);
    }
    arena_done(&made);
    arena_reset(arena);
}

static void bind_signals(struct signals *signals, struct arena *arena)
{
    struct err err;
    signals_init(signals, arena);
    for (int i = 0; i < METRICS; i++) {
        char name[32];
        char metric[32];
        (void)snprintf(name, sizeof name, "Queue depth of w%d", i);
        (void)snprintf(metric, sizeof metric, "bench_%d_total", i);
        struct signal_option option = {STR("count"), str_of(metric)};
        if (!signal_bind(signals, str_of(name), &option, 1, &err))
            abort();
    }
}

static void make_counters(struct form *form, struct arena *arena, const struct signals *signals)
{
    static const struct hash digest = {{1}};
    form->intake = arena_make(arena, struct intake);
    intake_init(form->intake, arena, signals, STR("shop"));
    form->push = arena_make(arena, struct push);
    push_init(form->push, arena, signals, &digest, STR("shop"));
    push_set_interval(form->push, INTERVAL_MS);
}

static int by_size(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return *left < *right ? -1 : *left > *right;
}

static void print_costs(struct form *forms, size_t count, int rounds)
{
    double bounds[ROUNDS_MAX];
    memcpy(bounds, forms[0].costs, sizeof bounds);
    for (size_t i = 0; i < count; i++) {
        double *costs = forms[i].costs;
        double ratios[ROUNDS_MAX];
        for (int round = 0; round < rounds; round++)
            ratios[round] = costs[round] / bounds[round];
        qsort(costs, (size_t)rounds, sizeof *costs, by_size);
        qsort(ratios, (size_t)rounds, sizeof *ratios, by_size);
        (void)printf("  %-18s %6.3f (%.3f to %.3f)  %5.2f\n", forms[i].name, costs[rounds / 2],
                     costs[0], costs[rounds - 1], ratios[rounds / 2]);
    }
}

int main(int argc, char **argv)
{
    static const char *const wishes[WISHES] = {"nobody wants anything",
                                               "one metric of 100 is wanted", "all are wanted",
                                               "all are wanted, and counted"};
    int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;
    struct arena made;
    struct arena arena;
    struct signals signals;
    if (rounds < 1 || rounds > ROUNDS_MAX)
        return 2;
    arena_init(&made);
    arena_init_chunks(&arena, ARENA_CHUNK_BYTES);
    struct form forms[] = {
        {.name = "text format", .read = read_text, .make = make_text, SAMPLES, .samples = true},
        {.name = "remote write 1.0", .read = read_1, .make = make_version_1, 2000, true, true},
        {.name = "  of it, unpacking", .read = unpack, .make = make_version_1, 2000, true},
        {.name = "remote write 2.0", .read = read_2, .make = make_version_2, 2000, true, true},
        {.name = "OTLP protobuf", .read = read_otlp, .make = make_otlp, 5000, .samples = true}};
    enum { FORMS = sizeof forms / sizeof *forms };
    bind_signals(&signals, &made);
    for (int i = 0; i < FORMS; i++) {
        make_bodies(&forms[i], &made, BEGIN_MS);
        make_counters(&forms[i], &made, &signals);
    }
    for (int wish = 0; wish < WISHES; wish++) {
        /* Counters first learn where they stand, for two intervals. */
        for (int round = -4; round < rounds; round++)
            for (int i = 0; i < FORMS; i++)
                measure(&forms[i], &arena, (enum wish)wish, round);
        (void)printf("%s: CPU s per million samples, median (lowest to highest); beside the text\n",
                     wishes[wish]);
        print_costs(forms, FORMS, rounds);
    }
    arena_done(&arena);
    arena_done(&made);
    return 0;
}
