/* native_histogram.c - spans and deltas to counts. */
#include "telemetry/native_histogram.h"

#include "telemetry/exponential.h"
#include "telemetry/protobuf.h"

#include <math.h>

enum {
    SCHEMA_LOW = -4,
    SCHEMA_HIGH = 8,
    SCHEMA_CUSTOM = -53,
    HINT_GAUGE = 3,
    BUCKETS_MAX = 100000 /* of one histogram */
};

struct span {
    int64_t offset;
    uint64_t length;
};

struct numbers {
    double *items;
    size_t count, capacity;
};

/* One side: where buckets stand, and what is in them. */
struct side {
    struct span *spans;
    size_t span_count, span_capacity;
    struct numbers counts;
    double last; /* deltas add to it */
};

struct message {
    struct arena *arena;
    struct side positive, negative;
    struct numbers bounds;
    int64_t schema;
    uint64_t hint;
    double zero_threshold, zero_count;
};

static bool push(struct message *m, struct numbers *numbers, double value)
{
    if (numbers->count == BUCKETS_MAX)
        return false;
    LIST_PUSH(m->arena, numbers->items, numbers->count, numbers->capacity) = value;
    return true;
}

static bool push_delta(struct message *m, struct side *side, uint64_t raw)
{
    side->last += (double)protobuf_zigzag(raw);
    return push(m, &side->counts, side->last);
}

/* Packed sint64. */
static bool read_deltas(struct message *m, struct side *side, struct str bytes)
{
    struct protobuf r = protobuf_of(bytes);
    uint64_t raw;
    while (r.at < r.end)
        if (!protobuf_varint(&r, &raw) || !push_delta(m, side, raw))
            return false;
    return true;
}

/* Packed double. */
static bool read_doubles(struct message *m, struct numbers *numbers, struct str bytes)
{
    if (bytes.n % 8 != 0)
        return false;
    for (size_t i = 0; i < bytes.n; i += 8)
        if (!push(m, numbers, protobuf_double(protobuf_load64(bytes.p + i))))
            return false;
    return true;
}

static bool read_span(struct message *m, struct side *side, struct str bytes)
{
    struct protobuf r = protobuf_of(bytes);
    struct protobuf_field f;
    struct span span = {0};
    while (protobuf_next(&r, &f)) {
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_VARINT))
            span.offset = (int32_t)protobuf_zigzag(f.value & UINT32_MAX);
        else if (f.key == PROTOBUF_KEY(2, PROTOBUF_VARINT))
            span.length = f.value & UINT32_MAX;
    }
    if (r.bad || side->span_count == BUCKETS_MAX)
        return false;
    LIST_PUSH(m->arena, side->spans, side->span_count, side->span_capacity) = span;
    return true;
}

/* Repeated fields: packed, or one by one. */
static bool read_repeated(struct message *m, const struct protobuf_field *f)
{
    switch (f->key) {
    case PROTOBUF_KEY(8, PROTOBUF_BYTES): return read_span(m, &m->negative, f->bytes);
    case PROTOBUF_KEY(9, PROTOBUF_BYTES): return read_deltas(m, &m->negative, f->bytes);
    case PROTOBUF_KEY(9, PROTOBUF_VARINT): return push_delta(m, &m->negative, f->value);
    case PROTOBUF_KEY(10, PROTOBUF_BYTES): return read_doubles(m, &m->negative.counts, f->bytes);
    case PROTOBUF_KEY(10, PROTOBUF_FIXED64):
        return push(m, &m->negative.counts, protobuf_double(f->value));
    case PROTOBUF_KEY(11, PROTOBUF_BYTES): return read_span(m, &m->positive, f->bytes);
    case PROTOBUF_KEY(12, PROTOBUF_BYTES): return read_deltas(m, &m->positive, f->bytes);
    case PROTOBUF_KEY(12, PROTOBUF_VARINT): return push_delta(m, &m->positive, f->value);
    case PROTOBUF_KEY(13, PROTOBUF_BYTES): return read_doubles(m, &m->positive.counts, f->bytes);
    case PROTOBUF_KEY(13, PROTOBUF_FIXED64):
        return push(m, &m->positive.counts, protobuf_double(f->value));
    case PROTOBUF_KEY(16, PROTOBUF_BYTES): return read_doubles(m, &m->bounds, f->bytes);
    case PROTOBUF_KEY(16, PROTOBUF_FIXED64): return push(m, &m->bounds, protobuf_double(f->value));
    default: return true;
    }
}

static void read_single(struct message *m, const struct protobuf_field *f,
                        struct native_histogram *out)
{
    switch (f->key) {
    case PROTOBUF_KEY(1, PROTOBUF_VARINT): out->total = (double)f->value; break;
    case PROTOBUF_KEY(2, PROTOBUF_FIXED64): out->total = protobuf_double(f->value); break;
    case PROTOBUF_KEY(3, PROTOBUF_FIXED64): out->sum = protobuf_double(f->value); break;
    case PROTOBUF_KEY(4, PROTOBUF_VARINT):
        m->schema = (int32_t)protobuf_zigzag(f->value & UINT32_MAX);
        break;
    case PROTOBUF_KEY(5, PROTOBUF_FIXED64): m->zero_threshold = protobuf_double(f->value); break;
    case PROTOBUF_KEY(6, PROTOBUF_VARINT): m->zero_count = (double)f->value; break;
    case PROTOBUF_KEY(7, PROTOBUF_FIXED64): m->zero_count = protobuf_double(f->value); break;
    case PROTOBUF_KEY(14, PROTOBUF_VARINT): m->hint = f->value; break;
    case PROTOBUF_KEY(15, PROTOBUF_VARINT): out->timestamp_ms = (int64_t)f->value; break;
    case PROTOBUF_KEY(17, PROTOBUF_VARINT): out->start_ms = (int64_t)f->value; break;
    default: break;
    }
}

/* The side's buckets with their indexes; NULL: spans and counts do not fit. */
static struct exponential_bucket *place(struct arena *arena, const struct side *side, int64_t base)
{
    struct exponential_bucket *buckets = arena_array(arena, side->counts.count, sizeof *buckets);
    size_t n = 0;
    int64_t index = base;
    for (size_t s = 0; s < side->span_count; s++) {
        index += side->spans[s].offset;
        if (side->spans[s].length > side->counts.count - n)
            return NULL;
        for (uint64_t i = 0; i < side->spans[s].length; i++, index++) {
            double count = side->counts.items[n];
            if (!(count >= 0) || isinf(count))
                return NULL;
            buckets[n++] = (struct exponential_bucket){index, count};
        }
    }
    return n == side->counts.count ? buckets : NULL;
}

/* Bounds of its own: index i is the bucket below bound i, the last one has none. */
static const char *read_custom(struct message *m, struct native_histogram *out)
{
    const struct exponential_bucket *buckets = place(m->arena, &m->positive, 0);
    double *counts = arena_array(m->arena, m->bounds.count, sizeof *counts);
    if (!buckets)
        return "the buckets of a native histogram are not as its spans say";
    for (size_t i = 0; i < m->bounds.count; i++)
        if (!isfinite(m->bounds.items[i]) || (i && m->bounds.items[i] <= m->bounds.items[i - 1]))
            return "the bounds of a native histogram do not ascend";
    for (size_t i = 0; i < m->positive.counts.count; i++) {
        int64_t index = buckets[i].index;
        if (index < 0 || index > (int64_t)m->bounds.count)
            return "a native histogram has a bucket without bound";
        if (index < (int64_t)m->bounds.count)
            counts[index] += buckets[i].count;
    }
    for (size_t i = 1; i < m->bounds.count; i++)
        counts[i] += counts[i - 1];
    out->edge_count = pushed_histogram_thin(m->bounds.items, counts, m->bounds.count);
    for (size_t i = 0; i < out->edge_count; i++) {
        out->edges[i] = m->bounds.items[i];
        out->counts[i] = counts[i];
    }
    return NULL;
}

static const char *convert(struct message *m, struct native_histogram *out)
{
    if (m->hint == HINT_GAUGE)
        return "a native histogram is a gauge, which has no rate; send its parts as gauges";
    out->stale = pushed_is_stale(out->sum);
    if (out->stale)
        return NULL;
    if (!(out->total >= 0) || isinf(out->total))
        return "the count of a native histogram is not a number";
    if (m->schema == SCHEMA_CUSTOM)
        return read_custom(m, out);
    if (m->schema < SCHEMA_LOW || m->schema > SCHEMA_HIGH)
        return "a native histogram has a schema other than -53 and -4 to 8";
    /* Here a bucket is named by its upper bound, there by its lower one. */
    struct exponential histogram = {.scale = m->schema,
                                    .zero_threshold = m->zero_threshold,
                                    .zero_count = m->zero_count,
                                    .positive = place(m->arena, &m->positive, -1),
                                    .positive_count = m->positive.counts.count,
                                    .negative = place(m->arena, &m->negative, -1),
                                    .negative_count = m->negative.counts.count};
    if (!histogram.positive || !histogram.negative)
        return "the buckets of a native histogram are not as its spans say";
    if (!(m->zero_count >= 0) || isinf(m->zero_count) || !(m->zero_threshold >= 0))
        return "the zero bucket of a native histogram is not a number";
    out->edge_count = exponential_edges(&histogram, out->edges, out->counts);
    return NULL;
}

bool native_histogram_read(struct arena *arena, struct str message,
                           struct native_histogram *out_histogram, struct err *err)
{
    struct message m = {.arena = arena};
    struct protobuf r = protobuf_of(message);
    struct protobuf_field f;
    struct native_histogram read = {0};
    while (protobuf_next(&r, &f)) {
        read_single(&m, &f, &read);
        if (!read_repeated(&m, &f))
            return err_set(err, ERR_USAGE, "Histogram",
                           "The body is not a message that can be read: a Histogram has over %d "
                           "buckets or ends within them; send it as the protocol has it.",
                           BUCKETS_MAX);
    }
    if (!protobuf_check(&r, "Histogram", err))
        return false;
    read.wrong = convert(&m, &read);
    *out_histogram = read;
    return true;
}
