/* otlp.c - resources, scopes and attributes; values as text; names of labels, remembered. */
#include "telemetry/otlp.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "telemetry/otlp_name.h"
#include "telemetry/series.h"

#include <math.h>

enum {
    SCRATCH_BYTES = 64 * 1024,
    NUMBER_BYTES = 40,
    JSON_BYTES_EACH = 16,    /* at most, that a byte of a list or map becomes as JSON */
    RESOURCE_LABELS_MAX = 24 /* further attributes of a resource are left out */
};

/* Attributes of a resource that say how a process was started or what it runs on, and nothing about
 * which part of production it is: no labels. */
static const char *const no_labels[] = {"process.", "telemetry.", "os.",        "host.",
                                        "device.",  "container.", "webengine.", "browser."};

void otlp_reader_init(struct otlp_reader *reader, struct arena *arena, struct err *err)
{
    *reader = (struct otlp_reader){.arena = arena, .err = err};
    arena_init_chunks(&reader->scratch, SCRATCH_BYTES);
}

void otlp_reader_done(struct otlp_reader *reader)
{
    arena_done(&reader->scratch);
}

void otlp_reader_reset(struct otlp_reader *reader)
{
    reader->attribute_count = 0;
    reader->attributes_cut = 0;
    if (reader->scratch.used_bytes > 0)
        arena_reset(&reader->scratch);
}

bool otlp_check_text(struct otlp_reader *reader, struct str text)
{
    return protobuf_is_ascii(text) || str_utf8_valid(text, NULL) ||
           err_set(reader->err, ERR_USAGE, NULL,
                   "The body is not a message that can be read: a text is not UTF-8; send bytes as "
                   "bytes.");
}

/* The field of AnyValue that is set: the last one, as the wire format has it. */
static bool find_value(struct otlp_reader *reader, struct str message, struct protobuf_field *out)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    *out = (struct protobuf_field){0};
    while (protobuf_next(&in, &f))
        if (f.key >> 3 <= 7)
            *out = f;
    return protobuf_check(&in, "AnyValue", reader->err);
}

static bool read_pair(struct otlp_reader *reader, struct str message, struct str *out_key,
                      struct str *out_value)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    *out_key = STR("");
    *out_value = STR("");
    while (protobuf_next(&in, &f)) {
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_BYTES))
            *out_key = f.bytes;
        else if (f.key == PROTOBUF_KEY(2, PROTOBUF_BYTES))
            *out_value = f.bytes;
    }
    return protobuf_check(&in, "KeyValue", reader->err) && otlp_check_text(reader, *out_key);
}

static struct str real_text(struct arena *arena, double value)
{
    if (isnan(value))
        return STR("NaN");
    if (isinf(value))
        return value > 0 ? STR("Infinity") : STR("-Infinity");
    struct text text;
    text_init(&text, arena, NUMBER_BYTES);
    text_real(&text, value);
    return text_str(&text);
}

struct nested {
    struct otlp_reader *reader;
    struct arena *arena;
    struct json_writer writer;
    size_t depth;
};

static bool write_value(struct nested *nested, const char *key, struct str message);

/* The values of a list, or the pairs of a map. */
static bool write_children(struct nested *nested, struct str message, bool map)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    while (protobuf_next(&in, &f)) {
        struct str key = {0};
        struct str value = f.bytes;
        if (f.key != PROTOBUF_KEY(1, PROTOBUF_BYTES))
            continue;
        if (map && !read_pair(nested->reader, f.bytes, &key, &value))
            return false;
        if (!write_value(nested, map ? str_copy(nested->arena, key).p : NULL, value))
            return false;
    }
    return protobuf_check(&in, map ? "KeyValueList" : "ArrayValue", nested->reader->err);
}

static bool write_list(struct nested *nested, const char *key, struct str message, bool map)
{
    if (++nested->depth > LIMIT_OTLP_NESTING)
        return err_set(nested->reader->err, ERR_USAGE, NULL,
                       "An attribute's value is nested more than %d deep; send it flatter.",
                       LIMIT_OTLP_NESTING);
    if (map)
        json_open_object(&nested->writer, key);
    else
        json_open_array(&nested->writer, key);
    bool good = write_children(nested, message, map);
    if (map)
        json_close_object(&nested->writer);
    else
        json_close_array(&nested->writer);
    nested->depth--;
    return good;
}

static void write_real(struct nested *nested, const char *key, double value)
{
    if (isfinite(value))
        json_real(&nested->writer, key, value);
    else
        json_str(&nested->writer, key, real_text(nested->arena, value));
}

static bool write_value(struct nested *nested, const char *key, struct str message)
{
    struct protobuf_field f;
    if (!find_value(nested->reader, message, &f))
        return false;
    switch (f.key) {
    case PROTOBUF_KEY(1, PROTOBUF_BYTES):
        json_str(&nested->writer, key, f.bytes);
        return otlp_check_text(nested->reader, f.bytes);
    case PROTOBUF_KEY(2, PROTOBUF_VARINT):
        json_bool(&nested->writer, key, f.value != 0);
        return true;
    case PROTOBUF_KEY(3, PROTOBUF_VARINT):
        json_int(&nested->writer, key, (int64_t)f.value);
        return true;
    case PROTOBUF_KEY(4, PROTOBUF_FIXED64):
        write_real(nested, key, protobuf_double(f.value));
        return true;
    case PROTOBUF_KEY(5, PROTOBUF_BYTES): return write_list(nested, key, f.bytes, false);
    case PROTOBUF_KEY(6, PROTOBUF_BYTES): return write_list(nested, key, f.bytes, true);
    case PROTOBUF_KEY(7, PROTOBUF_BYTES):
        json_str(&nested->writer, key, base64_write(nested->arena, f.bytes.p, f.bytes.n));
        return true;
    default: json_null(&nested->writer, key); return true;
    }
}

static bool nested_text(struct otlp_reader *reader, struct arena *arena, struct str message,
                        struct str *out_text)
{
    struct text text;
    text_init(&text, arena, message.n * JSON_BYTES_EACH + NUMBER_BYTES);
    struct nested nested = {.reader = reader, .arena = arena, .writer = {.text = &text}};
    bool good = write_value(&nested, NULL, message);
    *out_text = text_str(&text);
    return good;
}

static bool value_text(struct otlp_reader *reader, struct arena *arena, struct str message,
                       struct str *out_text)
{
    struct protobuf_field f;
    *out_text = STR("");
    if (!find_value(reader, message, &f))
        return false;
    switch (f.key) {
    case PROTOBUF_KEY(1, PROTOBUF_BYTES):
        *out_text = f.bytes;
        return otlp_check_text(reader, f.bytes);
    case PROTOBUF_KEY(2, PROTOBUF_VARINT):
        *out_text = f.value ? STR("true") : STR("false");
        return true;
    case PROTOBUF_KEY(3, PROTOBUF_VARINT): {
        struct text text;
        text_init(&text, arena, NUMBER_BYTES);
        text_int(&text, (int64_t)f.value);
        *out_text = text_str(&text);
        return true;
    }
    case PROTOBUF_KEY(4, PROTOBUF_FIXED64):
        *out_text = real_text(arena, protobuf_double(f.value));
        return true;
    case PROTOBUF_KEY(5, PROTOBUF_BYTES):
    case PROTOBUF_KEY(6, PROTOBUF_BYTES): return nested_text(reader, arena, message, out_text);
    case PROTOBUF_KEY(7, PROTOBUF_BYTES):
        *out_text = base64_write(arena, f.bytes.p, f.bytes.n);
        return true;
    default: return true;
    }
}

bool otlp_read_value(struct otlp_reader *reader, struct str message, struct str *out_text)
{
    return value_text(reader, &reader->scratch, message, out_text);
}

static void add_origin_label(struct otlp_origin *origin, size_t max, struct str name,
                             struct str value)
{
    if (name.n == 0 || value.n == 0 || origin->label_count >= max)
        return;
    for (size_t i = 0; i < origin->label_count; i++)
        if (str_equal(origin->labels[i].name, name))
            return;
    origin->labels[origin->label_count++] = (struct label){name, value};
}

/* job and instance, which say who sends. */
static void add_identity(struct otlp_reader *reader)
{
    struct otlp_origin *origin = &reader->origin;
    struct str job = origin->service;
    if (origin->name_space.n > 0)
        job = str_printf(reader->arena, "%.*s/%.*s", STR_ARGS(origin->name_space),
                         STR_ARGS(origin->service));
    add_origin_label(origin, RESOURCE_LABELS_MAX, STR("job"), job);
    add_origin_label(origin, RESOURCE_LABELS_MAX, STR("instance"), origin->instance);
}

static struct str *identity_of(struct otlp_origin *origin, struct str key)
{
    if (str_is(key, "service.name"))
        return &origin->service;
    if (str_is(key, "service.namespace"))
        return &origin->name_space;
    if (str_is(key, "service.instance.id"))
        return &origin->instance;
    return NULL;
}

static bool is_label(struct str key)
{
    for (size_t i = 0; i < sizeof no_labels / sizeof *no_labels; i++)
        if (str_starts(key, no_labels[i]))
            return str_is(key, "host.name");
    return true;
}

/* Those that name the sender, or all others. */
static bool read_resource(struct otlp_reader *reader, struct str message, bool identity)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    while (protobuf_next(&in, &f)) {
        struct str key;
        struct str value;
        struct str text;
        if (f.key != PROTOBUF_KEY(1, PROTOBUF_BYTES))
            continue;
        if (!read_pair(reader, f.bytes, &key, &value))
            return false;
        struct str *is = identity_of(&reader->origin, key);
        if ((is != NULL) != identity || (!identity && !is_label(key)))
            continue;
        if (!value_text(reader, reader->arena, value, &text))
            return false;
        if (is)
            *is = text;
        else
            add_origin_label(&reader->origin, RESOURCE_LABELS_MAX,
                             otlp_label_name(reader->arena, "", key), text);
    }
    return protobuf_check(&in, "Resource", reader->err);
}

static bool begin_resource(struct otlp_reader *reader, struct str message)
{
    struct otlp_origin *origin = &reader->origin;
    origin->service = origin->name_space = origin->instance = origin->scope = STR("");
    origin->label_count = 0;
    origin->resource_form = series_hash(message);
    if (!read_resource(reader, message, true))
        return false;
    add_identity(reader);
    bool good = read_resource(reader, message, false);
    origin->resource_count = origin->label_count;
    return good;
}

static bool read_scope_attribute(struct otlp_reader *reader, struct str message)
{
    struct str key;
    struct str value;
    struct str text;
    if (!read_pair(reader, message, &key, &value) ||
        !value_text(reader, reader->arena, value, &text))
        return false;
    add_origin_label(&reader->origin, LABELS_MAX / 2,
                     otlp_label_name(reader->arena, "otel_scope_", key), text);
    return true;
}

static bool begin_scope(struct otlp_reader *reader, struct str message)
{
    struct otlp_origin *origin = &reader->origin;
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    struct str version = STR("");
    reader->origins++;
    origin->scope = STR("");
    origin->label_count = origin->resource_count;
    origin->form = series_mix(origin->resource_form, series_hash(message) ^ OTLP_FORM_KEY);
    while (protobuf_next(&in, &f)) {
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_BYTES))
            origin->scope = f.bytes;
        else if (f.key == PROTOBUF_KEY(2, PROTOBUF_BYTES))
            version = f.bytes;
    }
    if (!protobuf_check(&in, "InstrumentationScope", reader->err) ||
        !otlp_check_text(reader, origin->scope) || !otlp_check_text(reader, version))
        return false;
    add_origin_label(origin, LABELS_MAX / 2, STR("otel_scope_name"), origin->scope);
    add_origin_label(origin, LABELS_MAX / 2, STR("otel_scope_version"), version);
    in = protobuf_of(message);
    while (protobuf_next(&in, &f))
        if (f.key == PROTOBUF_KEY(3, PROTOBUF_BYTES) && !read_scope_attribute(reader, f.bytes))
            return false;
    return true;
}

/* Resource and scope stand before what they hold, as their first field; "" when there is none. */
static struct str find_first(struct str message)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    while (protobuf_next(&in, &f))
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_BYTES))
            return f.bytes;
    return STR("");
}

struct walk {
    struct otlp_reader *reader;
    bool (*record)(void *context, struct str message);
    void *context;
};

static bool walk_scope(const struct walk *walk, struct str message)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    bool good = begin_scope(walk->reader, find_first(message));
    while (good && protobuf_next(&in, &f))
        if (f.key == PROTOBUF_KEY(2, PROTOBUF_BYTES))
            good = walk->record(walk->context, f.bytes);
    return good && protobuf_check(&in, "ScopeMetrics, ScopeSpans or ScopeLogs", walk->reader->err);
}

static bool walk_resource(const struct walk *walk, struct str message)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    bool good = begin_resource(walk->reader, find_first(message));
    while (good && protobuf_next(&in, &f))
        if (f.key == PROTOBUF_KEY(2, PROTOBUF_BYTES))
            good = walk_scope(walk, f.bytes);
    return good &&
           protobuf_check(&in, "ResourceMetrics, ResourceSpans or ResourceLogs", walk->reader->err);
}

bool otlp_walk(struct otlp_reader *reader, struct str body,
               bool (*record)(void *context, struct str message), void *context)
{
    const struct walk walk = {reader, record, context};
    struct protobuf in = protobuf_of(body);
    struct protobuf_field f;
    bool good = true;
    while (good && protobuf_next(&in, &f))
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_BYTES))
            good = walk_resource(&walk, f.bytes);
    return good && protobuf_check(&in, "the request", reader->err);
}

/* As nearly all are written: a key and a text, short, ASCII, and nothing else. */
static inline bool read_short_pair(struct str message, struct otlp_attribute *out)
{
    struct str value;
    return protobuf_is_ascii(message) && protobuf_take_short(&message, 0x0A, &out->key) &&
           protobuf_take_short(&message, 0x12, &value) && message.n == 0 &&
           protobuf_take_short(&value, 0x0A, &out->value) && value.n == 0;
}

bool otlp_read_attribute(struct otlp_reader *reader, struct str message)
{
    struct otlp_attribute attribute;
    struct str value;
    if (reader->attribute_count < LABELS_MAX &&
        read_short_pair(message, &reader->attributes[reader->attribute_count])) {
        reader->attribute_count++;
        return true;
    }
    if (!read_pair(reader, message, &attribute.key, &value) ||
        !value_text(reader, &reader->scratch, value, &attribute.value))
        return false;
    if (reader->attribute_count == LABELS_MAX)
        reader->attributes_cut++;
    else
        reader->attributes[reader->attribute_count++] = attribute;
    return true;
}

const struct otlp_attribute *otlp_find(const struct otlp_reader *reader, const char *key)
{
    for (size_t i = 0; i < reader->attribute_count; i++)
        if (str_is(reader->attributes[i].key, key))
            return &reader->attributes[i];
    return NULL;
}

static struct label *find_label(struct label *labels, size_t from, size_t to, struct str name)
{
    for (size_t i = from; i < to; i++)
        if (str_equal(labels[i].name, name))
            return &labels[i];
    return NULL;
}

/* The attribute's name as a label; points of a metric have the same keys in the same places. */
static const struct otlp_known *know(struct otlp_reader *reader, size_t at)
{
    struct str key = reader->attributes[at].key;
    struct otlp_known *known = &reader->known[at];
    if (known->origins == reader->origins && str_equal(known->key, key))
        return known;
    if (!known->name.p || !str_equal(known->key, key))
        known->name = otlp_label_name(reader->arena, "", key);
    known->key = key;
    known->origins = reader->origins;
    struct label *same =
        find_label(reader->origin.labels, 0, reader->origin.label_count, known->name);
    known->same = same ? &reader->labels[same - reader->origin.labels] : NULL;
    return known;
}

/* Labels that name the sender are never an attribute's. */
static bool is_reserved(struct str name)
{
    return str_is(name, "job") || str_is(name, "instance") || str_starts(name, "otel_scope_");
}

static void sort_by_key(struct otlp_attribute *attributes, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j > 0 && str_compare(attributes[j - 1].key, attributes[j].key) > 0;
             j--) {
            struct otlp_attribute before = attributes[j - 1];
            attributes[j - 1] = attributes[j];
            attributes[j] = before;
        }
}

/* The attributes behind the origin's labels. joined: they are sorted, and equal names are joined;
 * otherwise it says afterwards that there are some. */
static bool put_attributes(struct otlp_reader *reader, size_t max, size_t *count, bool *joined)
{
    struct label *labels = reader->labels;
    size_t base = *count;
    for (size_t i = 0; i < reader->attribute_count; i++) {
        const struct otlp_known *known = know(reader, i);
        struct str value = reader->attributes[i].value;
        struct label *same = find_label(labels, base, *count, known->name);
        if (same && !*joined) {
            *joined = true;
            return true;
        }
        if (value.n == 0)
            continue;
        if (same) {
            same->value =
                str_printf(&reader->scratch, "%.*s;%.*s", STR_ARGS(same->value), STR_ARGS(value));
        } else if (known->same) {
            if (!is_reserved(known->name))
                known->same->value = value;
        } else if (known->name.n > 0) {
            if (*count >= max)
                return false;
            labels[(*count)++] = (struct label){known->name, value};
        }
    }
    *joined = false;
    return true;
}

bool otlp_labels(struct otlp_reader *reader, size_t max, size_t *out_count)
{
    const struct otlp_origin *origin = &reader->origin;
    bool joined = false;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < origin->label_count; i++)
            reader->labels[i] = origin->labels[i];
        *out_count = origin->label_count;
        if (reader->attributes_cut > 0 || !put_attributes(reader, max, out_count, &joined))
            return false;
        if (!joined)
            break;
        sort_by_key(reader->attributes, reader->attribute_count);
    }
    return true;
}
