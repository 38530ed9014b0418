/* remote_write_2.c - version 2.0: labels are numbers of symbols that stand in the request once. */
#include "telemetry/remote_write_internal.h"

enum { METADATA_COUNTER = 1, METADATA_HISTOGRAM = 3, METADATA_SUMMARY = 5, METADATA_STATESET = 7 };

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
            remote_series_label(r, name->text, value->text);
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
    remote_series_begin(r);
    if (!read_labels_2(r, message, true))
        return false;
    if (r->sample.name.n == 0)
        r->wanted = true; /* to be rejected */
    bool any = r->wanted;
    if (!r->wanted && !remote_series_count(r, protobuf_of(message), histograms, &any))
        return false;
    if (!any)
        return true;
    if (!read_labels_2(r, message, false) || !read_about(r, message))
        return false;
    remote_series_check(r);
    return remote_series_values(r, protobuf_of(message), histograms,
                                PROTOBUF_KEY(4, PROTOBUF_BYTES));
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
    remote_request_begin(r, out_count);
    bool good = read_symbols(r, body);
    while (good && protobuf_next(&in, &f))
        if (f.key == PROTOBUF_KEY(5, PROTOBUF_BYTES))
            good = read_series_2(r, f.bytes);
    remote_request_end(r);
    return good && protobuf_check(&in, "Request", err);
}
