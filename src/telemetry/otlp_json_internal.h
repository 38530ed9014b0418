/* otlp_json_internal.h - how the tables of OTLP's messages are written down. */
#ifndef TELEMETRY_OTLP_JSON_INTERNAL_H
#define TELEMETRY_OTLP_JSON_INTERNAL_H

#include "telemetry/otlp.h"

enum json_field_type {
    JSON_FIELD_STRING,
    JSON_FIELD_HEX,    /* bytes, as hexadecimal digits */
    JSON_FIELD_BASE64, /* bytes */
    JSON_FIELD_BOOL,
    JSON_FIELD_INT,  /* int64, varint */
    JSON_FIELD_UINT, /* uint64, varint */
    JSON_FIELD_SINT, /* sint64, varint */
    JSON_FIELD_ENUM, /* a number, never a name */
    JSON_FIELD_FIXED64,
    JSON_FIELD_SFIXED64,
    JSON_FIELD_DOUBLE,
    JSON_FIELD_MESSAGE,
    JSON_FIELD_FIXED64S, /* lists of these */
    JSON_FIELD_DOUBLES,
    JSON_FIELD_UINTS,
    JSON_FIELD_MESSAGES
};

struct json_message;

struct json_field {
    const char *name;
    uint32_t number;
    enum json_field_type type;
    const struct json_message *message; /* of a message */
};

struct json_message {
    const struct json_field *fields;
    size_t count;
};

/* These hold each other. */
extern const struct json_message otlp_json_any_value;
extern const struct json_message otlp_json_array_value;
extern const struct json_message otlp_json_key_value_list;

const struct json_message *otlp_json_request(enum otlp_signal signal);

#endif
