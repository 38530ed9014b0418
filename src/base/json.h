/* json.h - reading and writing JSON (RFC 8259).
 *
 * Reader: a tree in an arena, each value with the byte offset at which it stands. Refuses invalid
 * UTF-8, duplicate keys, trailing text, nesting beyond LIMIT_JSON_DEPTH, numbers out of range.
 * Writer: canonical form (no blanks, keys as the caller orders them - sorted keys are the caller's
 * duty and asserted by json_end for objects opened with json_object_sorted). */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/text.h"

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json {
    enum json_type type;
    size_t offset;      /* byte offset in the input */
    struct str key;     /* when it stands in an object */
    struct str text;    /* JSON_STRING: decoded; JSON_NUMBER: as written */
    double number;      /* JSON_NUMBER */
    struct json *first; /* JSON_ARRAY, JSON_OBJECT: children in order */
    struct json *next;
    size_t count;
};

/* Parses the whole of input. err->place is "line:column". The tree lives in arena; string values
 * without escapes point into input, which must outlive the tree. */
MUST_USE bool json_parse(struct arena *arena, struct str input, struct json **out_root,
                         struct err *err);
const struct json *json_get(const struct json *object, const char *key); /* NULL when absent */
struct str json_get_str(const struct json *object, const char *key);     /* "" when absent */
/* False when absent, not a number, or not a whole number in the int64 range. */
MUST_USE bool json_get_int(const struct json *object, const char *key, int64_t *out_value);

/* Writer: commas are inserted by the writer. key is NULL inside arrays and at the top. */
struct json_writer {
    struct text *text;
    bool comma;
};
void json_open_object(struct json_writer *w, const char *key);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w, const char *key);
void json_close_array(struct json_writer *w);
void json_str(struct json_writer *w, const char *key, struct str value);
void json_int(struct json_writer *w, const char *key, int64_t value);
void json_real(struct json_writer *w, const char *key, double value); /* NaN and Inf become null */
void json_bool(struct json_writer *w, const char *key, bool value);
void json_null(struct json_writer *w, const char *key);
void json_instant_us(struct json_writer *w, const char *key, int64_t us);
/* Appends s as a quoted JSON string (also used by other writers). */
void json_quote(struct text *text, struct str s);

#endif
