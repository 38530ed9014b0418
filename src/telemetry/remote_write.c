/* remote_write.c - series out of a request, samples out of series.
 *
 * Speed: the labels of a series are read only when somebody wants its name, which stands first in
 * what Prometheus sends; of symbols each is asked once. */
#include "telemetry/native_histogram.h"
#include "telemetry/remote_write_internal.h"
#include "telemetry/series.h"

#include <snappy-c.h>

#define INSTANT_MS_MAX 253402300799999 /* 9999-12-31T23:59:59.999Z */

bool remote_write_unpack(struct arena *arena, struct str body, size_t max_bytes,
                         struct str *out_body, struct err *err)
{
    const struct str frames = STR("\xff\x06\0\0sNaPpY");
    size_t n = 0;
    /* The beginning of the other format, in frames, would pass for a length. */
    if (str_equal(str_slice(body, 0, frames.n), frames) || body.n == 0 ||
        snappy_uncompressed_length(body.p, body.n, &n) != SNAPPY_OK)
        return err_set(err, ERR_USAGE, NULL,
                       "The body is not in the block format of snappy; send it with "
                       "Content-Encoding: snappy, not in frames.");
    if (n > max_bytes)
        return err_set(
            err, ERR_REFUSED, NULL,
            "The body has %zu bytes when it is unpacked, and at most %zu are taken; send "
            "fewer samples at once (max_samples_per_send).",
            n, max_bytes);
    /* What a copy of 3 bytes makes is at most 64 bytes long: more is a lie, for which no room is
     * made. */
    char *room = n / 64 <= body.n ? arena_alloc(arena, n + 1) : NULL;
    if (!room || snappy_uncompress(body.p, body.n, room, &n) != SNAPPY_OK)
        return err_set(err, ERR_USAGE, NULL,
                       "The body is damaged: it is not what snappy packed; send it again.");
    *out_body = (struct str){room, n};
    return true;
}

static bool asks(struct request *r, struct str name)
{
    if (!str_equal(r->last_name, name) || !name.p) {
        r->last_name = name;
        r->last_wanted = r->use->wants(r->use->context, name);
    }
    return r->last_wanted;
}

void remote_series_begin(struct request *r)
{
    r->sample = (struct pushed_sample){.labels = r->labels};
    r->wanted = false;
    r->wrong = NULL;
    r->start_ms = 0;
}

/* One label of the series, whose name may be that of the metric. */
void remote_series_label(struct request *r, struct str name, struct str value)
{
    if (value.n == 0)
        return; /* the same as none */
    if (name.n == 0)
        r->wrong = "a label has no name";
    else if (r->sample.label_count == LABELS_MAX)
        r->wrong = "a series has more than 64 labels";
    else
        r->labels[r->sample.label_count++] = (struct label){name, value};
}

/* As str_compare; mostly the first bytes tell. Neither is empty. */
static inline int compare_names(struct str a, struct str b)
{
    int first = (unsigned char)a.p[0] - (unsigned char)b.p[0];
    return first ? first : str_compare(a, b);
}

/* Labels are sent in the order of their names: equal ones stand side by side. Others are looked
 * through. */
static bool has_twice(const struct request *r)
{
    bool sorted = true;
    for (size_t i = 1; i < r->sample.label_count; i++) {
        int order = compare_names(r->labels[i - 1].name, r->labels[i].name);
        if (order == 0)
            return true;
        sorted = sorted && order < 0;
    }
    for (size_t i = 0; !sorted && i < r->sample.label_count; i++)
        for (size_t j = i + 1; j < r->sample.label_count; j++)
            if (str_equal(r->labels[i].name, r->labels[j].name))
                return true;
    return false;
}

/* After the labels: can the samples be handed over? */
void remote_series_check(struct request *r)
{
    if (r->wrong)
        return;
    if (r->sample.name.n == 0)
        r->wrong = "a series has no name (__name__)";
    else if (has_twice(r))
        r->wrong = "a series has a label twice";
}

static bool read_ms(int64_t ms, struct instant *out_at)
{
    *out_at = (struct instant){ms >= 0 && ms <= INSTANT_MS_MAX ? ms * 1000 : 0};
    return ms >= 0 && ms <= INSTANT_MS_MAX;
}

static void take(struct request *r, int64_t at_ms, int64_t start_ms)
{
    if (r->wrong)
        pushed_reject(r->count, 1, r->wrong);
    else if (!read_ms(at_ms, &r->sample.at) || !read_ms(start_ms, &r->sample.start))
        pushed_reject(r->count, 1, "a sample's time is not within the years 1970 to 9999");
    else if (!r->use->take(r->use->context, &r->sample, &r->why))
        pushed_reject(r->count, 1, r->why.text);
}

/* As nearly all are written: a value and a time of at most eight bytes, and nothing else. */
static inline bool read_plain_sample(struct str message, double *out_value, int64_t *out_ms)
{
    const char *p = message.p;
    if (message.n < 11 || message.n > 18 || p[0] != 0x09 || p[9] != 0x10)
        return false;
    unsigned beside = 64 - 8 * (unsigned)(message.n - 10); /* bits before those of the time */
    uint64_t bits = protobuf_load64(p + message.n - 8) >> beside;
    uint64_t high = UINT64_C(0x8080808080808080) >> beside;
    if ((bits & high) != high >> 8) /* all bytes go on but the last */
        return false;
    bits ^= high >> 8;
    bits = (bits & 0x007F007F007F007F) | (bits & 0x7F007F007F007F00) >> 1;
    bits = (bits & 0x00003FFF00003FFF) | (bits & 0x3FFF00003FFF0000) >> 2;
    bits = (bits & 0x000000000FFFFFFF) | (bits & 0x0FFFFFFF00000000) >> 4;
    *out_ms = (int64_t)bits;
    *out_value = protobuf_double(protobuf_load64(p + 1));
    return true;
}

/* The same message in both versions, but for its last field. */
bool remote_series_sample(struct request *r, struct str message)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    int64_t at_ms = 0;
    int64_t start_ms = r->start_ms;
    if (read_plain_sample(message, &r->sample.value, &at_ms)) {
        take(r, at_ms, start_ms);
        return true;
    }
    r->sample.value = 0;
    while (protobuf_next(&in, &f)) {
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_FIXED64))
            r->sample.value = protobuf_double(f.value);
        else if (f.key == PROTOBUF_KEY(2, PROTOBUF_VARINT))
            at_ms = (int64_t)f.value;
        else if (f.key == PROTOBUF_KEY(3, PROTOBUF_VARINT))
            start_ms = (int64_t)f.value;
    }
    if (!protobuf_check(&in, "Sample", r->err))
        return false;
    take(r, at_ms, start_ms);
    return true;
}

static void reject_histogram(struct request *r, const char *why)
{
    pushed_reject(r->count, 1, why);
    r->count->histograms_rejected++;
}

static bool has_label(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->sample.label_count; i++)
        if (str_is(r->labels[i].name, name))
            return true;
    return false;
}

static void take_histogram(struct request *r, struct native_histogram *native)
{
    struct pushed_histogram histogram = {.labels = r->labels,
                                         .label_count = r->sample.label_count,
                                         .kind = PUSHED_CUMULATIVE,
                                         .edges = native->edges,
                                         .counts = native->counts,
                                         .edge_count = native->edge_count,
                                         .total = native->stale ? pushed_stale() : native->total,
                                         .sum = native->sum,
                                         .has_sum = true};
    int64_t start_ms = native->start_ms ? native->start_ms : r->start_ms;
    if (r->wrong || native->wrong)
        reject_histogram(r, r->wrong ? r->wrong : native->wrong);
    else if (r->sample.label_count == LABELS_MAX)
        reject_histogram(r, "a histogram has more than 63 labels");
    else if (has_label(r, "le"))
        reject_histogram(r, "a native histogram has a label le, which its buckets get");
    else if (!read_ms(native->timestamp_ms, &histogram.at) || !read_ms(start_ms, &histogram.start))
        reject_histogram(r, "a histogram's time is not within the years 1970 to 9999");
    else if (!pushed_family_take(r->family, r->use, &histogram, &r->why))
        reject_histogram(r, r->why.text);
}

/* Is it wanted under one of the names that its series will have? */
static bool wants_histogram(struct request *r)
{
    if (!r->family || !str_equal(r->family_name, r->sample.name)) {
        arena_reset(&r->families);
        r->family = pushed_family_make(&r->families, r->sample.name, r->use);
        r->family_name = r->sample.name;
    }
    return pushed_family_wanted(r->family);
}

static bool read_histogram(struct request *r, struct str message)
{
    struct native_histogram native;
    if (r->sample.name.n == 0) {
        reject_histogram(r, r->wrong ? r->wrong : "a series has no name (__name__)");
        return true;
    }
    if (!wants_histogram(r))
        return true;
    bool good = native_histogram_read(&r->scratch, message, &native, r->err);
    arena_reset(&r->scratch);
    if (good)
        take_histogram(r, &native);
    return good;
}

/* Samples and histograms of the series whose labels are known, from the first of them on. */
bool remote_series_values(struct request *r, struct protobuf in, uint32_t histograms_key,
                          uint32_t exemplars_key)
{
    struct protobuf_field f;
    while (protobuf_next(&in, &f)) {
        bool good = true;
        if (f.key == PROTOBUF_KEY(2, PROTOBUF_BYTES)) {
            r->count->samples++;
            good = !r->wanted || remote_series_sample(r, f.bytes);
        } else if (f.key == histograms_key) {
            r->count->samples++;
            r->count->histograms++;
            good = read_histogram(r, f.bytes);
        } else if (f.key == exemplars_key) {
            r->count->exemplars++;
        }
        if (!good)
            return false;
    }
    return protobuf_check(&in, "TimeSeries", r->err);
}

/* As nearly all are written: name and value, short, and nothing else. */
static inline bool read_short_label(struct str message, struct label *out)
{
    const char *p = message.p;
    if (message.n < 4 || p[0] != 0x0A || (unsigned char)p[1] >= 0x80 ||
        (unsigned char)p[1] >= message.n - 3)
        return false;
    size_t name_n = (unsigned char)p[1];
    const char *value = p + 2 + name_n;
    if (value[0] != 0x12 || (unsigned char)value[1] >= 0x80 ||
        (unsigned char)value[1] != message.n - name_n - 4)
        return false;
    *out = (struct label){{p + 2, name_n}, {value + 2, message.n - name_n - 4}};
    return true;
}

static bool read_label_1(struct request *r, struct str message, struct label *out)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    if (read_short_label(message, out))
        return true;
    *out = (struct label){STR(""), STR("")};
    while (protobuf_next(&in, &f)) {
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_BYTES))
            out->name = f.bytes;
        else if (f.key == PROTOBUF_KEY(2, PROTOBUF_BYTES))
            out->value = f.bytes;
    }
    return protobuf_check(&in, "Label", r->err);
}

static bool is_utf8(struct str s)
{
    return protobuf_is_ascii(s) || str_utf8_valid(s, NULL);
}

/* The labels of a wanted series. Up to plain_end all is ASCII: that was seen at once. */
static bool read_labels_1(struct request *r, struct str message, const char *plain_end)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    struct label label;
    while (protobuf_next(&in, &f)) {
        if (f.key != PROTOBUF_KEY(1, PROTOBUF_BYTES))
            continue;
        if (!read_label_1(r, f.bytes, &label))
            return false;
        if (in.at > plain_end && (!is_utf8(label.name) || !is_utf8(label.value)))
            r->wrong = "a label is not UTF-8";
        if (!str_is(label.name, "__name__"))
            remote_series_label(r, label.name, label.value);
    }
    remote_series_check(r);
    return protobuf_check(&in, "TimeSeries", r->err);
}

/* Passes over short labels, which stand first; gives where they end. */
static const char *skip_labels(struct str message)
{
    const char *at = message.p;
    const char *end = message.p + message.n;
    while (end - at >= 2 && at[0] == 0x0A && (unsigned char)at[1] < 0x80 &&
           (unsigned char)at[1] <= end - at - 2)
        at += 2 + (unsigned char)at[1];
    return at;
}

/* The value of the first label called __name__. */
static bool find_name(struct request *r, struct str message)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    struct label label;
    while (protobuf_next(&in, &f)) {
        if (f.key != PROTOBUF_KEY(1, PROTOBUF_BYTES))
            continue;
        if (!read_label_1(r, f.bytes, &label))
            return false;
        if (str_is(label.name, "__name__")) {
            r->sample.name = label.value;
            break;
        }
    }
    return protobuf_check(&in, "TimeSeries", r->err);
}

/* Nobody wants its samples: they are counted. *out_histograms: there are some, which other names
 * may make wanted. */
bool remote_series_count(struct request *r, struct protobuf in, uint32_t histograms_key,
                         bool *out_histograms)
{
    struct protobuf_field f;
    int64_t samples = 0;
    *out_histograms = false;
    while (protobuf_next(&in, &f)) {
        samples += f.key == PROTOBUF_KEY(2, PROTOBUF_BYTES);
        *out_histograms = *out_histograms || f.key == histograms_key;
    }
    if (!*out_histograms)
        r->count->samples += samples;
    return protobuf_check(&in, "TimeSeries", r->err);
}

/* As nearly all series come: short labels, the name first, and one sample. */
static bool read_plain(struct str message, struct str rest, struct str *out_name,
                       struct str *out_sample)
{
    struct label label;
    struct str first;
    if (!protobuf_take_short(&rest, 0x12, out_sample) || rest.n > 0 ||
        !protobuf_take_short(&message, 0x0A, &first) || !read_short_label(first, &label) ||
        !str_is(label.name, "__name__") || label.value.n == 0)
        return false;
    *out_name = label.value;
    return true;
}

/* Are the labels known by their bytes? Otherwise they are to be read; the form is kept for whoever
 * takes the sample. */
static bool recognise(struct request *r, struct str raw, struct str name)
{
    r->sample.form = series_hash(raw);
    r->sample.known = r->use->recognise(r->use->context, r->sample.form);
    r->sample.name = name;
    return r->sample.known > 0;
}

static bool read_series_1(struct request *r, struct str message)
{
    const uint32_t histograms = PROTOBUF_KEY(4, PROTOBUF_BYTES);
    const char *values = skip_labels(message);
    struct str raw = {message.p, (size_t)(values - message.p)};
    struct str rest = str_from(message, raw.n);
    struct str name;
    struct str sample;
    bool single = read_plain(message, rest, &name, &sample);
    if (single && !r->last_wanted && str_equal(r->last_name, name)) {
        r->count->samples++;
        return true;
    }
    remote_series_begin(r);
    if (single && r->use->recognise && recognise(r, raw, name)) {
        r->count->samples++;
        return remote_series_sample(r, sample);
    }
    if (!find_name(r, message))
        return false;
    r->wanted = r->sample.name.n == 0 || asks(r, r->sample.name);
    bool any = r->wanted;
    if (!r->wanted && !remote_series_count(r, protobuf_of(rest), histograms, &any))
        return false;
    if (!any)
        return true;
    return read_labels_1(r, message, protobuf_is_ascii(raw) ? values : message.p) &&
           remote_series_values(r, protobuf_of(rest), histograms, PROTOBUF_KEY(3, PROTOBUF_BYTES));
}

void remote_request_begin(struct request *r, struct pushed_count *out_count)
{
    *out_count = (struct pushed_count){0};
    r->count = out_count;
    arena_init(&r->scratch);
    arena_init(&r->families);
}

void remote_request_end(struct request *r)
{
    arena_done(&r->scratch);
    arena_done(&r->families);
}

bool remote_write_read_1(struct arena *arena, struct str body, const struct pushed_use *use,
                         struct pushed_count *out_count, struct err *err)
{
    struct request *r = arena_make(arena, struct request);
    struct protobuf in = protobuf_of(body);
    struct protobuf_field f;
    r->arena = arena;
    r->use = use;
    r->err = err;
    remote_request_begin(r, out_count);
    bool good = true;
    while (good && protobuf_next(&in, &f))
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_BYTES))
            good = read_series_1(r, f.bytes);
    remote_request_end(r);
    return good && protobuf_check(&in, "WriteRequest", err);
}
