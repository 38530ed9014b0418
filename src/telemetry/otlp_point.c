/* otlp_point.c - the four kinds of points. */
#include "telemetry/otlp_point.h"

#include "telemetry/exponential.h"

#include <math.h>

enum { FLAG_NO_RECORDED_VALUE = 1, BUCKETS_MAX = 100000 };

static const char too_many[] = "a histogram has more than 100000 buckets";

struct instant otlp_instant(uint64_t unix_nano)
{
    return (struct instant){(int64_t)(unix_nano / 1000)};
}

struct numbers {
    double *items;
    size_t count, capacity;
};

static void push(struct otlp_reader *reader, struct otlp_point *point, struct numbers *numbers,
                 double value)
{
    if (numbers->count == BUCKETS_MAX)
        point->wrong = too_many;
    else
        LIST_PUSH(&reader->scratch, numbers->items, numbers->count, numbers->capacity) = value;
}

/* Eight bytes each; as double, or as a whole number. */
static bool read_packed(struct otlp_reader *reader, struct otlp_point *point,
                        struct numbers *numbers, struct str bytes, bool whole)
{
    for (size_t i = 0; i + 8 <= bytes.n; i += 8) {
        uint64_t raw = protobuf_load64(bytes.p + i);
        push(reader, point, numbers, whole ? (double)raw : protobuf_double(raw));
    }
    return bytes.n % 8 == 0 ||
           err_set(reader->err, ERR_USAGE, "HistogramDataPoint",
                   "The body is not a message that can be read: in HistogramDataPoint numbers end "
                   "early; send it as the protocol has it.");
}

/* What stands in all points at the same place. */
static void read_times(const struct protobuf_field *f, struct otlp_point *point)
{
    if (f->key == PROTOBUF_KEY(2, PROTOBUF_FIXED64))
        point->start = otlp_instant(f->value);
    else if (f->key == PROTOBUF_KEY(3, PROTOBUF_FIXED64))
        point->at = otlp_instant(f->value);
}

static void read_flags(const struct protobuf_field *f, struct otlp_point *point)
{
    point->stale = (f->value & FLAG_NO_RECORDED_VALUE) != 0;
}

/* What of a number is no attribute. */
static inline void read_number_field(const struct protobuf_field *f, struct otlp_point *point)
{
    switch (f->key) {
    case PROTOBUF_KEY(4, PROTOBUF_FIXED64):
        point->value = protobuf_double(f->value);
        point->has_value = true;
        break;
    case PROTOBUF_KEY(6, PROTOBUF_FIXED64):
        point->value = (double)(int64_t)f->value;
        point->has_value = true;
        break;
    case PROTOBUF_KEY(5, PROTOBUF_BYTES): point->exemplars++; break;
    case PROTOBUF_KEY(8, PROTOBUF_VARINT): read_flags(f, point); break;
    default: read_times(f, point);
    }
}

static void finish_number(struct otlp_point *point)
{
    if (point->stale)
        point->value = pushed_stale();
    else if (!point->has_value)
        point->wrong = "a data point has no value";
}

/* As protobuf_next, quick for what nearly all points are made of. */
static inline bool next_number_field(struct protobuf *in, struct protobuf_field *f)
{
    const char *at = in->at;
    size_t left = (size_t)(in->end - at);
    f->key = (unsigned char)at[0];
    if (f->key == PROTOBUF_KEY(7, PROTOBUF_BYTES) && left > 1 && (unsigned char)at[1] < 0x80 &&
        (unsigned char)at[1] <= left - 2) {
        in->at = at + 2 + (unsigned char)at[1];
        return true;
    }
    if (left > 8 && f->key < 0x80 && (f->key & 7) == PROTOBUF_FIXED64 && f->key >= 8) {
        f->value = protobuf_load64(at + 1);
        in->at = at + 9;
        return true;
    }
    struct protobuf rest = *in;
    bool good = protobuf_next(&rest, f);
    *in = rest;
    return good;
}

bool otlp_scan_number(struct str message, struct otlp_point *out_point, struct str *out_attributes)
{
    struct protobuf in = protobuf_of(message);
    const char *first = NULL; /* of the attributes that were seen */
    const char *last = NULL;
    bool together = true;
    *out_point = (struct otlp_point){0};
    while (in.at < in.end) {
        struct protobuf_field f;
        const char *at = in.at;
        if (!next_number_field(&in, &f))
            return false;
        if (f.key != PROTOBUF_KEY(7, PROTOBUF_BYTES)) {
            read_number_field(&f, out_point);
            continue;
        }
        first = first ? first : at;
        together = together && (!last || at == last);
        last = in.at;
    }
    *out_attributes = first ? (struct str){first, (size_t)(last - first)} : STR("");
    finish_number(out_point);
    return together;
}

bool otlp_read_number(struct otlp_reader *reader, struct str message, struct otlp_point *out_point)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    *out_point = (struct otlp_point){0};
    while (protobuf_next(&in, &f)) {
        if (f.key != PROTOBUF_KEY(7, PROTOBUF_BYTES))
            read_number_field(&f, out_point);
        else if (!otlp_read_attribute(reader, f.bytes))
            return false;
    }
    finish_number(out_point);
    return protobuf_check(&in, "NumberDataPoint", reader->err);
}

/* A stale histogram has its series, all of them stale. */
static void make_stale(struct otlp_point *point, double *counts)
{
    for (size_t i = 0; i < point->edge_count; i++)
        counts[i] = pushed_stale();
    point->total = pushed_stale();
    point->sum = pushed_stale();
    point->has_sum = true;
}

/* Counts of buckets become cumulative; there is one more of them than bounds. */
static void finish_histogram(struct otlp_point *point, struct numbers *bounds,
                             struct numbers *counts)
{
    if (point->wrong)
        return;
    if (counts->count == 0 && !point->stale)
        bounds->count = 0; /* only the total is known */
    else if (counts->count > 0 && counts->count != bounds->count + 1)
        point->wrong = "a histogram's bucket_counts are not one more than its explicit_bounds";
    for (size_t i = 0; i < bounds->count; i++)
        if (!isfinite(bounds->items[i]) || (i && bounds->items[i] <= bounds->items[i - 1]))
            point->wrong = "a histogram's explicit_bounds do not ascend";
    for (size_t i = 1; i < counts->count; i++)
        counts->items[i] += counts->items[i - 1];
    if (counts->count > 0)
        point->total = counts->items[counts->count - 1];
}

bool otlp_read_histogram(struct otlp_reader *reader, struct str message,
                         struct otlp_point *out_point)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    struct numbers bounds = {0};
    struct numbers counts = {0};
    bool good = true;
    *out_point = (struct otlp_point){0};
    while (good && protobuf_next(&in, &f)) {
        switch (f.key) {
        case PROTOBUF_KEY(9, PROTOBUF_BYTES): good = otlp_read_attribute(reader, f.bytes); break;
        case PROTOBUF_KEY(4, PROTOBUF_FIXED64): out_point->total = (double)f.value; break;
        case PROTOBUF_KEY(5, PROTOBUF_FIXED64):
            out_point->sum = protobuf_double(f.value);
            out_point->has_sum = true;
            break;
        case PROTOBUF_KEY(6, PROTOBUF_BYTES):
            good = read_packed(reader, out_point, &counts, f.bytes, true);
            break;
        case PROTOBUF_KEY(6, PROTOBUF_FIXED64):
            push(reader, out_point, &counts, (double)f.value);
            break;
        case PROTOBUF_KEY(7, PROTOBUF_BYTES):
            good = read_packed(reader, out_point, &bounds, f.bytes, false);
            break;
        case PROTOBUF_KEY(7, PROTOBUF_FIXED64):
            push(reader, out_point, &bounds, protobuf_double(f.value));
            break;
        case PROTOBUF_KEY(8, PROTOBUF_BYTES): out_point->exemplars++; break;
        case PROTOBUF_KEY(10, PROTOBUF_VARINT): read_flags(&f, out_point); break;
        default: read_times(&f, out_point);
        }
    }
    if (!good || !protobuf_check(&in, "HistogramDataPoint", reader->err))
        return false;
    finish_histogram(out_point, &bounds, &counts);
    if (out_point->wrong)
        return true;
    while (counts.count < bounds.count)
        push(reader, out_point, &counts, 0);
    out_point->edge_count = pushed_histogram_thin(bounds.items, counts.items, bounds.count);
    out_point->edges = bounds.items;
    out_point->counts = counts.items;
    if (out_point->stale)
        make_stale(out_point, counts.items);
    return true;
}

struct buckets {
    struct exponential_bucket *items;
    size_t count, capacity;
    double total;
};

static bool read_counts(struct otlp_reader *reader, struct otlp_point *point, struct buckets *out,
                        struct str message)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    int64_t offset = 0;
    int64_t index = 0;
    out->count = 0;
    out->total = 0;
    while (protobuf_next(&in, &f)) {
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_VARINT))
            offset = (int32_t)protobuf_zigzag(f.value & UINT32_MAX);
        bool packed = f.key == PROTOBUF_KEY(2, PROTOBUF_BYTES);
        bool single = f.key == PROTOBUF_KEY(2, PROTOBUF_VARINT);
        struct protobuf numbers = protobuf_of(packed ? f.bytes : STR(""));
        while (single || (packed && numbers.at < numbers.end)) {
            if (packed && !protobuf_varint(&numbers, &f.value))
                break;
            single = false;
            if (f.value > 0 && out->count == BUCKETS_MAX)
                point->wrong = too_many;
            else if (f.value > 0)
                LIST_PUSH(&reader->scratch, out->items, out->count, out->capacity) =
                    (struct exponential_bucket){index, (double)f.value};
            out->total += (double)f.value;
            index++;
        }
        if (!protobuf_check(&numbers, "Buckets", reader->err))
            return false;
    }
    for (size_t i = 0; i < out->count; i++)
        out->items[i].index += offset;
    return protobuf_check(&in, "Buckets", reader->err);
}

static void finish_exponential(struct otlp_reader *reader, struct otlp_point *point,
                               const struct exponential *histogram, double in_buckets)
{
    if (histogram->scale > EXPONENTIAL_SCALE_LIMIT || histogram->scale < -EXPONENTIAL_SCALE_LIMIT)
        point->wrong = "an exponential histogram has a scale beyond 32";
    if (!(histogram->zero_threshold >= 0) || isinf(histogram->zero_threshold))
        point->wrong = "an exponential histogram's zero_threshold is not a number from 0 on";
    if (point->wrong)
        return;
    double *edges = arena_array(&reader->scratch, EDGES_MAX, sizeof *edges);
    double *counts = arena_array(&reader->scratch, EDGES_MAX, sizeof *counts);
    if (in_buckets > 0)
        point->total = in_buckets;
    if (!point->stale)
        point->edge_count = exponential_edges(histogram, edges, counts);
    point->edges = edges;
    point->counts = counts;
    if (point->stale)
        make_stale(point, counts);
}

bool otlp_read_exponential(struct otlp_reader *reader, struct str message,
                           struct otlp_point *out_point)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    struct exponential histogram = {0};
    struct buckets positive = {0};
    struct buckets negative = {0};
    bool good = true;
    *out_point = (struct otlp_point){0};
    while (good && protobuf_next(&in, &f)) {
        switch (f.key) {
        case PROTOBUF_KEY(1, PROTOBUF_BYTES): good = otlp_read_attribute(reader, f.bytes); break;
        case PROTOBUF_KEY(4, PROTOBUF_FIXED64): out_point->total = (double)f.value; break;
        case PROTOBUF_KEY(5, PROTOBUF_FIXED64):
            out_point->sum = protobuf_double(f.value);
            out_point->has_sum = true;
            break;
        case PROTOBUF_KEY(6, PROTOBUF_VARINT):
            histogram.scale = (int32_t)protobuf_zigzag(f.value & UINT32_MAX);
            break;
        case PROTOBUF_KEY(7, PROTOBUF_FIXED64): histogram.zero_count = (double)f.value; break;
        case PROTOBUF_KEY(8, PROTOBUF_BYTES):
            good = read_counts(reader, out_point, &positive, f.bytes);
            break;
        case PROTOBUF_KEY(9, PROTOBUF_BYTES):
            good = read_counts(reader, out_point, &negative, f.bytes);
            break;
        case PROTOBUF_KEY(10, PROTOBUF_VARINT): read_flags(&f, out_point); break;
        case PROTOBUF_KEY(11, PROTOBUF_BYTES): out_point->exemplars++; break;
        case PROTOBUF_KEY(14, PROTOBUF_FIXED64):
            histogram.zero_threshold = protobuf_double(f.value);
            break;
        default: read_times(&f, out_point);
        }
    }
    histogram.positive = positive.items;
    histogram.positive_count = positive.count;
    histogram.negative = negative.items;
    histogram.negative_count = negative.count;
    if (!good || !protobuf_check(&in, "ExponentialHistogramDataPoint", reader->err))
        return false;
    finish_exponential(reader, out_point, &histogram,
                       positive.total + negative.total + histogram.zero_count);
    return true;
}

static bool read_quantile(struct otlp_reader *reader, struct str message,
                          struct otlp_quantile *out_quantile)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    *out_quantile = (struct otlp_quantile){0};
    while (protobuf_next(&in, &f)) {
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_FIXED64))
            out_quantile->quantile = protobuf_double(f.value);
        else if (f.key == PROTOBUF_KEY(2, PROTOBUF_FIXED64))
            out_quantile->value = protobuf_double(f.value);
    }
    return protobuf_check(&in, "ValueAtQuantile", reader->err);
}

bool otlp_read_summary(struct otlp_reader *reader, struct str message, struct otlp_point *out_point)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    struct otlp_quantile quantile;
    size_t capacity = 0;
    bool good = true;
    *out_point = (struct otlp_point){.has_sum = true};
    while (good && protobuf_next(&in, &f)) {
        switch (f.key) {
        case PROTOBUF_KEY(7, PROTOBUF_BYTES): good = otlp_read_attribute(reader, f.bytes); break;
        case PROTOBUF_KEY(4, PROTOBUF_FIXED64): out_point->total = (double)f.value; break;
        case PROTOBUF_KEY(5, PROTOBUF_FIXED64): out_point->sum = protobuf_double(f.value); break;
        case PROTOBUF_KEY(6, PROTOBUF_BYTES):
            good = read_quantile(reader, f.bytes, &quantile);
            if (out_point->quantile_count == EDGES_MAX)
                out_point->wrong = "a summary has more than 64 quantiles";
            else
                LIST_PUSH(&reader->scratch, out_point->quantiles, out_point->quantile_count,
                          capacity) = quantile;
            break;
        case PROTOBUF_KEY(8, PROTOBUF_VARINT): read_flags(&f, out_point); break;
        default: read_times(&f, out_point);
        }
    }
    for (size_t i = 0; out_point->stale && i < out_point->quantile_count; i++)
        out_point->quantiles[i].value = pushed_stale();
    if (out_point->stale)
        out_point->total = out_point->sum = pushed_stale();
    return good && protobuf_check(&in, "SummaryDataPoint", reader->err);
}
