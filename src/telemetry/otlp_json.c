/* otlp_json.c - JSON values into the fields that the tables name. */
#include "telemetry/otlp_json.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "telemetry/otlp_json_internal.h"

#include <math.h>

enum {
    FIELD_BYTES_MAX = 24, /* that a value needs at most, beside the bytes of its text */
    DIGITS_MAX = 20       /* of 2^64 - 1 */
};

struct writer {
    struct arena *arena;
    struct text text;
    struct str body;
    struct err *err;
};

static bool fail(struct writer *w, const struct json *value, const char *wanted)
{
    size_t line = 1;
    size_t begin = 0;
    for (size_t i = 0; i < value->offset && i < w->body.n; i++)
        if (w->body.p[i] == '\n') {
            line++;
            begin = i + 1;
        }
    struct str place = str_printf(w->arena, "%zu:%zu", line, value->offset - begin + 1);
    return err_set(w->err, ERR_USAGE, place.p,
                   "%.*s in the JSON must be %s; send it as OTLP has it.",
                   STR_ARGS(str_cut(value->key.n ? value->key : STR("a value"), 100)), wanted);
}

static bool fail_number(struct writer *w, const struct json *value)
{
    return fail(w, value, "a whole number, or one in quotes");
}

/* Digits alone, up to 2^64 - 1. */
static bool parse_unsigned(struct str s, uint64_t *out_value)
{
    uint64_t value = 0;
    if (s.n == 0 || s.n > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!byte_is_digit(s.p[i]) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
            return false;
    *out_value = value;
    return true;
}

/* A whole number written with point or exponent ("1e3", 5.0), as the mapping allows. */
static bool parse_whole_real(struct str s, bool negative_too, uint64_t *out_value)
{
    double real;
    if (!str_real(s, &real) || real != floor(real) || (real < 0 && !negative_too))
        return false;
    if (fabs(real) > 9007199254740992.0)
        return false; /* beyond this a double no longer tells whole numbers apart */
    *out_value = (uint64_t)(int64_t)real;
    return true;
}

static bool read_unsigned(struct writer *w, const struct json *value, uint64_t *out_value)
{
    bool may = value->type == JSON_STRING || value->type == JSON_NUMBER;
    return (may && (parse_unsigned(value->text, out_value) ||
                    parse_whole_real(value->text, false, out_value))) ||
           fail_number(w, value);
}

static bool read_signed(struct writer *w, const struct json *value, uint64_t *out_value)
{
    int64_t whole;
    bool may = value->type == JSON_STRING || value->type == JSON_NUMBER;
    if (may && str_int(value->text, &whole)) {
        *out_value = (uint64_t)whole;
        return true;
    }
    return (may && parse_whole_real(value->text, true, out_value)) || fail_number(w, value);
}

static bool read_real(struct writer *w, const struct json *value, double *out_value)
{
    *out_value = value->number;
    if (value->type == JSON_NUMBER)
        return true;
    if (value->type == JSON_STRING && str_real(value->text, out_value))
        return true;
    if (value->type == JSON_STRING && str_is(value->text, "NaN"))
        *out_value = NAN;
    else if (value->type == JSON_STRING && str_is(value->text, "Infinity"))
        *out_value = INFINITY;
    else if (value->type == JSON_STRING && str_is(value->text, "-Infinity"))
        *out_value = -INFINITY;
    else
        return fail(w, value, "a number, \"NaN\", \"Infinity\" or \"-Infinity\"");
    return true;
}

static int hex_digit(char c)
{
    if (byte_is_digit(c))
        return c - '0';
    c = byte_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool write_hex(struct writer *w, uint32_t number, const struct json *value)
{
    size_t n = value->text.n / 2;
    bool good = value->type == JSON_STRING && value->text.n % 2 == 0;
    char *bytes = arena_alloc(w->arena, n);
    for (size_t i = 0; good && i < n; i++) {
        int high = hex_digit(value->text.p[2 * i]);
        int low = hex_digit(value->text.p[2 * i + 1]);
        good = high >= 0 && low >= 0;
        bytes[i] = (char)(good ? high * 16 + low : 0);
    }
    if (!good)
        return fail(w, value, "an id in hexadecimal digits");
    protobuf_write_bytes(&w->text, number, (struct str){bytes, n});
    return true;
}

/* Either alphabet of base64, with padding or without: as the mapping wants it. */
static bool write_base64(struct writer *w, uint32_t number, const struct json *value)
{
    struct str data;
    size_t n = 0;
    if (value->type != JSON_STRING)
        return fail(w, value, "bytes in base64");
    char *plain = arena_alloc(w->arena, value->text.n + 4);
    while (n < value->text.n && value->text.p[n] != '=') {
        char c = value->text.p[n];
        plain[n++] = (char)(c == '-' ? '+' : c == '_' ? '/' : c);
    }
    for (size_t pad = (4 - n % 4) % 4; pad > 0; pad--)
        plain[n++] = '=';
    if (!base64_parse(w->arena, (struct str){plain, n}, &data))
        return fail(w, value, "bytes in base64");
    protobuf_write_bytes(&w->text, number, data);
    return true;
}

static bool write_message(struct writer *w, const struct json_message *message,
                          const struct json *object);

static bool write_nested(struct writer *w, const struct json_field *field,
                         const struct json *object)
{
    size_t opened = protobuf_open(&w->text, field->number);
    if (!write_message(w, field->message, object))
        return false;
    protobuf_close(&w->text, opened);
    return true;
}

/* Fields whose value is a whole number. */
static bool write_whole(struct writer *w, const struct json_field *field, enum json_field_type type,
                        const struct json *value)
{
    uint64_t whole = 0;
    bool is_signed = type != JSON_FIELD_UINT && type != JSON_FIELD_FIXED64;
    if (type == JSON_FIELD_ENUM && value->type != JSON_NUMBER)
        return fail(w, value, "the number of its enum, not a name");
    if (is_signed ? !read_signed(w, value, &whole) : !read_unsigned(w, value, &whole))
        return false;
    if (type == JSON_FIELD_SINT)
        whole = (whole << 1) ^ (0 - (whole >> 63));
    if (type == JSON_FIELD_FIXED64 || type == JSON_FIELD_SFIXED64)
        protobuf_write_fixed64(&w->text, field->number, whole);
    else
        protobuf_write_varint(&w->text, field->number, whole);
    return true;
}

static bool write_single(struct writer *w, const struct json_field *field,
                         enum json_field_type type, const struct json *value)
{
    double real;
    switch (type) {
    case JSON_FIELD_STRING:
        if (value->type != JSON_STRING)
            return fail(w, value, "a text");
        protobuf_write_bytes(&w->text, field->number, value->text);
        return true;
    case JSON_FIELD_HEX: return write_hex(w, field->number, value);
    case JSON_FIELD_BASE64: return write_base64(w, field->number, value);
    case JSON_FIELD_BOOL:
        if (value->type != JSON_TRUE && value->type != JSON_FALSE)
            return fail(w, value, "true or false");
        protobuf_write_varint(&w->text, field->number, value->type == JSON_TRUE);
        return true;
    case JSON_FIELD_DOUBLE:
        if (!read_real(w, value, &real))
            return false;
        protobuf_write_double(&w->text, field->number, real);
        return true;
    case JSON_FIELD_INT:
    case JSON_FIELD_UINT:
    case JSON_FIELD_SINT:
    case JSON_FIELD_ENUM:
    case JSON_FIELD_FIXED64:
    case JSON_FIELD_SFIXED64: return write_whole(w, field, type, value);
    case JSON_FIELD_MESSAGE: return write_nested(w, field, value);
    case JSON_FIELD_FIXED64S:
    case JSON_FIELD_DOUBLES:
    case JSON_FIELD_UINTS:
    case JSON_FIELD_MESSAGES: break;
    }
    return fail(w, value, "something else");
}

/* The type of each value of a list; the type itself when it is no list. */
static enum json_field_type type_of_each(enum json_field_type type)
{
    if (type == JSON_FIELD_FIXED64S)
        return JSON_FIELD_FIXED64;
    if (type == JSON_FIELD_DOUBLES)
        return JSON_FIELD_DOUBLE;
    if (type == JSON_FIELD_UINTS)
        return JSON_FIELD_UINT;
    if (type == JSON_FIELD_MESSAGES)
        return JSON_FIELD_MESSAGE;
    return type;
}

static bool write_field(struct writer *w, const struct json_field *field, const struct json *value)
{
    enum json_field_type each = type_of_each(field->type);
    if (value->type == JSON_NULL)
        return true;
    if (each == field->type)
        return write_single(w, field, each, value);
    if (value->type != JSON_ARRAY)
        return fail(w, value, "a list");
    for (const struct json *item = value->first; item; item = item->next)
        if (!write_single(w, field, each, item))
            return false;
    return true;
}

static bool write_message(struct writer *w, const struct json_message *message,
                          const struct json *object)
{
    if (object->type != JSON_OBJECT)
        return fail(w, object, "an object");
    /* In the order of the table: what a record belongs to stands before it. */
    for (size_t i = 0; i < message->count; i++)
        for (const struct json *member = object->first; member; member = member->next)
            if (str_is(member->key, message->fields[i].name) &&
                !write_field(w, &message->fields[i], member))
                return false;
    return true;
}

/* At most so many values does the text hold: each but the first follows one of these. */
static size_t count_values(struct str body)
{
    size_t count = 1;
    for (size_t i = 0; i < body.n; i++)
        count += body.p[i] == ',' || body.p[i] == '[' || body.p[i] == '{';
    return count;
}

bool otlp_json_read(struct arena *arena, struct str body, enum otlp_signal signal,
                    struct str *out_protobuf, struct err *err)
{
    struct json *root;
    struct writer w = {.arena = arena, .body = body, .err = err};
    size_t values = count_values(body);
    if (values > LIMIT_OTLP_JSON_VALUES)
        return err_set(err, ERR_REFUSED, NULL,
                       "The JSON has more than %d values; send less at once, or send protobuf.",
                       LIMIT_OTLP_JSON_VALUES);
    if (!json_parse(arena, body, &root, err))
        return false;
    text_init(&w.text, arena, body.n + values * FIELD_BYTES_MAX);
    if (!write_message(&w, otlp_json_request(signal), root))
        return false;
    *out_protobuf = text_str(&w.text);
    return true;
}
