/* remote_write_2.c - version 2.0: labels are numbers of symbols that stand in the request once. */
#include "telemetry/remote_write_internal.h"
#include "telemetry/series.h"

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
        bool good = protobuf_is_ascii(f.bytes) || str_utf8_valid(f.bytes, NULL);
        struct str text = good ? f.bytes : (struct str){NULL, 1};
        LIST_PUSH(r->arena, r->symbols, r->symbol_count, r->symbol_capacity) =
            (struct symbol){.text = text, .is_name = good && str_is(text, "__name__")};
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

static bool is_wanted(struct request *r, struct symbol *name)
{
    if (name->wanted == WANTED_UNASKED)
        name->wanted = r->use->wants(r->use->context, name->text) ? WANTED_YES : WANTED_NO;
    return name->wanted == WANTED_YES;
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
    r->wanted = is_wanted(r, value);
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
    if (metadata == METADATA_COUNTER || metadata == METADATA_HISTOGRAM ||
        (metadata == METADATA_SUMMARY && (str_ends(name, "_sum") || str_ends(name, "_count"))))
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

/* A symbol's hash, asked for the first time. 0: it is not what labels plainly have, a text that is
 * not empty and not __name__. */
static uint64_t hash_symbol(struct request *r, uint64_t ref)
{
    const struct symbol *symbol = ref < r->symbol_count ? &r->symbols[ref] : NULL;
    if (!symbol || !symbol->text.p || symbol->text.n == 0 || symbol->is_name)
        return 0;
    r->hashes[ref] = series_hash(symbol->text);
    return r->hashes[ref];
}

static inline uint64_t hash_of(struct request *r, uint64_t ref)
{
    uint64_t hash = ref < r->symbol_count ? r->hashes[ref] : 0;
    return hash ? hash : hash_symbol(r, ref);
}

/* A reference of up to three bytes. */
static inline bool take_ref(const char **at, const char *end, uint64_t *out_ref)
{
    const unsigned char *p = (const unsigned char *)*at;
    size_t left = (size_t)(end - *at);
    size_t n = left > 0 && p[0] < 0x80 ? 1 : left > 1 && p[1] < 0x80 ? 2 : 3;
    if (n == 3 && (left < 3 || p[2] >= 0x80))
        return false;
    *out_ref = p[0] & 0x7Fu;
    if (n > 1)
        *out_ref |= (uint64_t)(p[1] & 0x7F) << 7;
    if (n > 2)
        *out_ref |= (uint64_t)p[2] << 14;
    *at += n;
    return true;
}

/* The name, when the first two references are its. NULL: they are not. */
static struct symbol *take_name(struct request *r, const char **at, const char *end)
{
    uint64_t first;
    uint64_t second;
    if (!take_ref(at, end, &first) || !take_ref(at, end, &second) || first >= r->symbol_count ||
        second >= r->symbol_count || !r->symbols[first].is_name)
        return NULL;
    struct symbol *name = &r->symbols[second];
    return name->text.p && name->text.n > 0 ? name : NULL;
}

/* Is there perhaps another name, which is the one that counts? */
static bool has_name(const struct request *r, struct str refs)
{
    const char *at = refs.p;
    const char *end = refs.p + refs.n;
    while (at < end) {
        uint64_t first;
        uint64_t second;
        if (!take_ref(&at, end, &first) || !take_ref(&at, end, &second) ||
            first >= r->symbol_count || r->symbols[first].is_name)
            return true;
    }
    return false;
}

/* The form of the series of a name with these labels as series_form gives it, from hashes that each
 * symbol needs once; 0: they are not plain labels. */
static uint64_t form_of_refs(struct request *r, const struct symbol *metric, struct str refs)
{
    const char *at = refs.p;
    const char *end = refs.p + refs.n;
    uint64_t form = hash_of(r, (uint64_t)(metric - r->symbols));
    while (form != 0 && at < end) {
        uint64_t first;
        uint64_t second;
        if (!take_ref(&at, end, &first) || !take_ref(&at, end, &second))
            return 0;
        uint64_t name = hash_of(r, first);
        uint64_t value = hash_of(r, second);
        if (name == 0 || value == 0)
            return 0;
        form = series_form_add(form, name, value);
    }
    return form;
}

static bool know_metadata(struct request *r, struct str message, uint64_t *out_type)
{
    if (!r->about.p || !str_equal(r->about, message)) {
        r->about_type = 0;
        r->about.p = NULL;
        if (!read_metadata(r, message, &r->about_type))
            return false;
        r->about = message;
    }
    *out_type = r->about_type;
    return true;
}

/* What stands behind the references: one sample, and what it is of. False: not only that. */
static bool read_beside(struct request *r, struct str rest, struct str *out_sample, uint64_t *type)
{
    struct protobuf in = protobuf_of(rest);
    struct protobuf_field f;
    *out_sample = (struct str){0};
    while (protobuf_next(&in, &f)) {
        if (f.key == PROTOBUF_KEY(2, PROTOBUF_BYTES) && !out_sample->p)
            *out_sample = f.bytes;
        else if (f.key == PROTOBUF_KEY(6, PROTOBUF_VARINT))
            r->start_ms = (int64_t)f.value;
        else if (f.key != PROTOBUF_KEY(5, PROTOBUF_BYTES) || !know_metadata(r, f.bytes, type))
            return false;
    }
    return !in.bad && out_sample->p;
}

/* Is there nothing but one sample, and perhaps metadata behind it? */
static inline bool take_single(struct str rest, struct str *out_sample, struct str *out_about)
{
    *out_about = (struct str){0};
    return protobuf_take_short(&rest, 0x12, out_sample) &&
           (rest.n == 0 || protobuf_take_short(&rest, 0x2A, out_about)) && rest.n == 0;
}

/* The same as read_beside, quick for nearly all. */
static bool read_single(struct request *r, struct str rest, struct str *out_sample)
{
    struct str about;
    uint64_t type = 0;
    bool good = take_single(rest, out_sample, &about) ? !about.p || know_metadata(r, about, &type)
                                                      : read_beside(r, rest, out_sample, &type);
    if (good)
        r->sample.kind = kind_of(type, r->sample.name);
    return good;
}

enum plain { PLAIN_NOT, PLAIN_UNWANTED, PLAIN_KNOWN };

/* As nearly all series come: packed references, the name's first, and one sample. Nobody wants it,
 * or its labels are known by their form? Otherwise the series is to be read. */
static enum plain read_plain(struct request *r, struct str message, struct str *out_sample)
{
    struct str refs;
    struct str about;
    struct str rest = message;
    if (!protobuf_take_short(&rest, 0x0A, &refs))
        return PLAIN_NOT;
    const char *at = refs.p;
    struct symbol *name = take_name(r, &at, refs.p + refs.n);
    if (!name)
        return PLAIN_NOT;
    refs = str_from(refs, (size_t)(at - refs.p));
    if (!is_wanted(r, name))
        return !has_name(r, refs) && take_single(rest, out_sample, &about) ? PLAIN_UNWANTED
                                                                           : PLAIN_NOT;
    uint64_t form = r->use->recognise ? form_of_refs(r, name, refs) : 0;
    if (form == 0)
        return PLAIN_NOT;
    remote_series_begin(r);
    r->sample.name = name->text;
    r->sample.known = r->use->recognise(r->use->context, form);
    return r->sample.known > 0 && read_single(r, rest, out_sample) ? PLAIN_KNOWN : PLAIN_NOT;
}

static bool read_series_2(struct request *r, struct str message)
{
    const uint32_t histograms = PROTOBUF_KEY(3, PROTOBUF_BYTES);
    struct str sample;
    enum plain plain = read_plain(r, message, &sample);
    if (plain != PLAIN_NOT) {
        r->count->samples++;
        return plain == PLAIN_UNWANTED || remote_series_sample(r, sample);
    }
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
    r->hashes = arena_array(arena, r->symbol_count, sizeof *r->hashes);
    while (good && protobuf_next(&in, &f))
        if (f.key == PROTOBUF_KEY(5, PROTOBUF_BYTES))
            good = read_series_2(r, f.bytes);
    remote_request_end(r);
    return good && protobuf_check(&in, "Request", err);
}
