/* remote_write.c - series out of a request, samples out of series.
 *
 * Speed: the labels of a series are read only when somebody wants its name, which stands first in
 * what Prometheus sends; of symbols each is asked once. */
#include "telemetry/remote_write.h"

#include "telemetry/native_histogram.h"
#include "telemetry/protobuf.h"

#include <snappy-c.h>

enum { METADATA_COUNTER = 1, METADATA_HISTOGRAM = 3, METADATA_SUMMARY = 5, METADATA_STATESET = 7 };
#define INSTANT_MS_MAX 253402300799999 /* 9999-12-31T23:59:59.999Z */

/* What is known of a name of a metric that was asked before. */
enum wanted { WANTED_UNASKED, WANTED_YES, WANTED_NO };

struct symbol {
    struct str text; /* p NULL: no UTF-8 */
    enum wanted wanted;
    bool is_name; /* __name__ */
};

struct request {
    struct arena *arena;
    struct arena scratch;  /* of one native histogram */
    struct arena families; /* of the last native histogram's metric */
    const struct pushed_use *use;
    struct pushed_count *count;
    struct err *err;
    struct symbol *symbols;
    size_t symbol_count, symbol_capacity;
    struct str last_name; /* 1.0: series of a metric stand together */
    bool last_wanted;
    struct pushed_family *family; /* of the last native histogram */
    struct str family_name;
    /* The series that is read. */
    struct pushed_sample sample;
    struct label labels[LABELS_MAX];
    bool wanted;       /* its samples */
    const char *wrong; /* NULL, or why it cannot be taken */
    int64_t start_ms;  /* of the series; 0: not said */
};

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

static void begin_series(struct request *r)
{
    r->sample = (struct pushed_sample){.labels = r->labels};
    r->wanted = false;
    r->wrong = NULL;
    r->start_ms = 0;
}

/* One label of the series, whose name may be that of the metric. */
static void add_label(struct request *r, struct str name, struct str value)
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
static void check_series(struct request *r)
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
    struct err why = {0};
    if (r->wrong)
        pushed_reject(r->count, 1, r->wrong);
    else if (!read_ms(at_ms, &r->sample.at) || !read_ms(start_ms, &r->sample.start))
        pushed_reject(r->count, 1, "a sample's time is not within the years 1970 to 9999");
    else if (!r->use->take(r->use->context, &r->sample, &why))
        pushed_reject(r->count, 1, why.text);
}

/* The same message in both versions, but for its last field. */
static bool read_sample(struct request *r, struct str message)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    int64_t at_ms = 0;
    int64_t start_ms = r->start_ms;
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
    struct err why = {0};
    int64_t start_ms = native->start_ms ? native->start_ms : r->start_ms;
    if (r->wrong || native->wrong)
        reject_histogram(r, r->wrong ? r->wrong : native->wrong);
    else if (r->sample.label_count == LABELS_MAX)
        reject_histogram(r, "a histogram has more than 63 labels");
    else if (has_label(r, "le"))
        reject_histogram(r, "a native histogram has a label le, which its buckets get");
    else if (!read_ms(native->timestamp_ms, &histogram.at) || !read_ms(start_ms, &histogram.start))
        reject_histogram(r, "a histogram's time is not within the years 1970 to 9999");
    else if (!pushed_family_take(r->family, r->use, &histogram, &why))
        reject_histogram(r, why.text);
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
static bool read_values(struct request *r, struct protobuf in, uint32_t histograms_key,
                        uint32_t exemplars_key)
{
    struct protobuf_field f;
    while (protobuf_next(&in, &f)) {
        bool good = true;
        if (f.key == PROTOBUF_KEY(2, PROTOBUF_BYTES)) {
            r->count->samples++;
            good = !r->wanted || read_sample(r, f.bytes);
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
            add_label(r, label.name, label.value);
    }
    check_series(r);
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
static bool count_values(struct request *r, struct protobuf in, uint32_t histograms_key,
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

static bool read_series_1(struct request *r, struct str message)
{
    const uint32_t histograms = PROTOBUF_KEY(4, PROTOBUF_BYTES);
    const char *values = skip_labels(message);
    struct str rest = {values, (size_t)(message.p + message.n - values)};
    begin_series(r);
    if (!find_name(r, message))
        return false;
    r->wanted = r->sample.name.n == 0 || asks(r, r->sample.name);
    bool any = r->wanted;
    if (!r->wanted && !count_values(r, protobuf_of(rest), histograms, &any))
        return false;
    if (!any)
        return true;
    bool plain = protobuf_is_ascii((struct str){message.p, message.n - rest.n});
    return read_labels_1(r, message, plain ? values : message.p) &&
           read_values(r, protobuf_of(rest), histograms, PROTOBUF_KEY(3, PROTOBUF_BYTES));
}

static void begin_request(struct request *r, struct pushed_count *out_count)
{
    *out_count = (struct pushed_count){0};
    r->count = out_count;
    arena_init(&r->scratch);
    arena_init(&r->families);
}

static void end_request(struct request *r)
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
    begin_request(r, out_count);
    bool good = true;
    while (good && protobuf_next(&in, &f))
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_BYTES))
            good = read_series_1(r, f.bytes);
    end_request(r);
    return good && protobuf_check(&in, "WriteRequest", err);
}

static bool read_symbols(struct request *r, struct str body)
{
    struct protobuf in = protobuf_of(body);
    struct protobuf_field f;
    while (protobuf_next(&in, &f)) {
        if (f.key != PROTOBUF_KEY(4, PROTOBUF_BYTES))
            continue;
        if (r->symbol_count == LIMIT_REMOTE_WRITE_SYMBOLS)
            return err_set(r->err, ERR_REFUSED, "Request",
                           "The body has more than %d symbols; send fewer samples at once.",
                           LIMIT_REMOTE_WRITE_SYMBOLS);
        struct str text = str_utf8_valid(f.bytes, NULL) ? f.bytes : (struct str){NULL, 1};
        LIST_PUSH(r->arena, r->symbols, r->symbol_count, r->symbol_capacity) =
            (struct symbol){text, WANTED_UNASKED, text.p && str_is(text, "__name__")};
    }
    return protobuf_check(&in, "Request", r->err);
}

/* The symbol, or NULL with the series marked as wrong. */
static struct symbol *get_symbol(struct request *r, uint64_t ref)
{
    struct symbol *symbol = ref < r->symbol_count ? &r->symbols[ref] : NULL;
    if (!symbol)
        r->wrong = "a label is a symbol that is not in the request";
    else if (!symbol->text.p)
        r->wrong = "a label is not UTF-8";
    return r->wrong ? NULL : symbol;
}

/* A name and a value. The first round looks for the metric's name, the second takes the others. */
static void add_refs(struct request *r, uint64_t name_ref, uint64_t value_ref, bool first)
{
    if (first && (name_ref >= r->symbol_count || !r->symbols[name_ref].is_name))
        return;
    const struct symbol *name = get_symbol(r, name_ref);
    struct symbol *value = get_symbol(r, value_ref);
    if (!name || !value)
        return;
    if (!first) {
        if (!name->is_name)
            add_label(r, name->text, value->text);
        return;
    }
    if (value->wanted == WANTED_UNASKED)
        value->wanted = r->use->wants(r->use->context, value->text) ? WANTED_YES : WANTED_NO;
    r->wanted = value->wanted == WANTED_YES;
    r->sample.name = value->text;
}

/* References come in twos; unpacked ones, one by one, wait for their other half. */
struct refs {
    uint64_t name;
    bool half;
    bool first;
};

static void add_ref(struct request *r, struct refs *refs, uint64_t ref)
{
    if (refs->half)
        add_refs(r, refs->name, ref, refs->first);
    refs->name = ref;
    refs->half = !refs->half;
}

static bool read_refs(struct request *r, struct refs *refs, struct str bytes)
{
    struct protobuf in = protobuf_of(bytes);
    uint64_t ref;
    while (in.at < in.end && protobuf_varint(&in, &ref))
        add_ref(r, refs, ref);
    return protobuf_check(&in, "TimeSeries", r->err);
}

/* The references of the series, in one round. */
static bool read_labels_2(struct request *r, struct str message, bool first)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    struct refs refs = {.first = first};
    while (protobuf_next(&in, &f)) {
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_BYTES) && !read_refs(r, &refs, f.bytes))
            return false;
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_VARINT))
            add_ref(r, &refs, f.value);
        if (first && r->sample.name.n > 0)
            return true;
    }
    if (refs.half)
        r->wrong = "a label has a name and no value";
    return protobuf_check(&in, "TimeSeries", r->err);
}

static enum pushed_kind kind_of(uint64_t metadata, struct str name)
{
    if (metadata == 0 || metadata > METADATA_STATESET)
        return PUSHED_UNKNOWN;
    bool counts = str_ends(name, "_sum") || str_ends(name, "_count");
    if (metadata == METADATA_COUNTER || metadata == METADATA_HISTOGRAM ||
        (metadata == METADATA_SUMMARY && counts))
        return PUSHED_CUMULATIVE;
    return PUSHED_GAUGE;
}

static bool read_metadata(struct request *r, struct str message, uint64_t *out_type)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    while (protobuf_next(&in, &f))
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_VARINT))
            *out_type = f.value;
    return protobuf_check(&in, "Metadata", r->err);
}

/* What of a series is no label and no sample: its kind and its start. */
static bool read_about(struct request *r, struct str message)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    uint64_t type = 0;
    bool good = true;
    while (good && protobuf_next(&in, &f)) {
        if (f.key == PROTOBUF_KEY(5, PROTOBUF_BYTES))
            good = read_metadata(r, f.bytes, &type);
        else if (f.key == PROTOBUF_KEY(6, PROTOBUF_VARINT))
            r->start_ms = (int64_t)f.value;
    }
    r->sample.kind = kind_of(type, r->sample.name);
    return good && protobuf_check(&in, "TimeSeries", r->err);
}

static bool read_series_2(struct request *r, struct str message)
{
    const uint32_t histograms = PROTOBUF_KEY(3, PROTOBUF_BYTES);
    begin_series(r);
    if (!read_labels_2(r, message, true))
        return false;
    if (r->sample.name.n == 0)
        r->wanted = true; /* to be rejected */
    bool any = r->wanted;
    if (!r->wanted && !count_values(r, protobuf_of(message), histograms, &any))
        return false;
    if (!any)
        return true;
    if (!read_labels_2(r, message, false) || !read_about(r, message))
        return false;
    check_series(r);
    return read_values(r, protobuf_of(message), histograms, PROTOBUF_KEY(4, PROTOBUF_BYTES));
}

bool remote_write_read_2(struct arena *arena, struct str body, const struct pushed_use *use,
                         struct pushed_count *out_count, struct err *err)
{
    struct request *r = arena_make(arena, struct request);
    struct protobuf in = protobuf_of(body);
    struct protobuf_field f;
    r->arena = arena;
    r->use = use;
    r->err = err;
    begin_request(r, out_count);
    bool good = read_symbols(r, body);
    while (good && protobuf_next(&in, &f))
        if (f.key == PROTOBUF_KEY(5, PROTOBUF_BYTES))
            good = read_series_2(r, f.bytes);
    end_request(r);
    return good && protobuf_check(&in, "Request", err);
}
