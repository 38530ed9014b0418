/* otlp_answer.c - answers as protobuf and as JSON. */
#include "telemetry/otlp_answer.h"

#include "base/json.h"
#include "telemetry/protobuf.h"

enum { MESSAGE_BYTES_MAX = 1024, ANSWER_BYTES_MAX = 8 * MESSAGE_BYTES_MAX };

bool otlp_form_of(struct str content_type, enum otlp_form *out_form)
{
    struct str type = str_trim(str_slice(content_type, 0, str_find_byte(content_type, ';', 0)));
    if (str_is_nocase(type, "application/x-protobuf")) {
        *out_form = OTLP_PROTOBUF;
        return true;
    }
    if (str_is_nocase(type, "application/json")) {
        *out_form = OTLP_JSON;
        return true;
    }
    return false;
}

const char *otlp_content_type(enum otlp_form form)
{
    return form == OTLP_JSON ? "application/json" : "application/x-protobuf";
}

static const char *rejected_name(enum otlp_signal signal)
{
    switch (signal) {
    case OTLP_METRICS: return "rejectedDataPoints";
    case OTLP_TRACES: return "rejectedSpans";
    case OTLP_LOGS: return "rejectedLogRecords";
    }
    return "";
}

/* A number of 64 bits is a string in JSON. */
static void write_json(struct text *text, const struct otlp_answer *answer, struct str message)
{
    struct json_writer w = {.text = text};
    json_open_object(&w, NULL);
    if (answer->rejected > 0 || message.n > 0) {
        json_open_object(&w, "partialSuccess");
        if (answer->rejected > 0) {
            struct text digits;
            text_init(&digits, text->arena, 24);
            text_int(&digits, answer->rejected);
            json_str(&w, rejected_name(answer->signal), text_str(&digits));
        }
        if (message.n > 0)
            json_str(&w, "errorMessage", message);
        json_close_object(&w);
    }
    json_close_object(&w);
}

struct str otlp_answer_write(struct arena *arena, enum otlp_form form,
                             const struct otlp_answer *answer)
{
    struct text text;
    struct str message = str_cut(answer->message, MESSAGE_BYTES_MAX);
    text_init(&text, arena, ANSWER_BYTES_MAX);
    if (form == OTLP_JSON) {
        write_json(&text, answer, message);
    } else if (answer->rejected > 0 || message.n > 0) {
        size_t partial = protobuf_open(&text, 1);
        if (answer->rejected > 0)
            protobuf_write_varint(&text, 1, (uint64_t)answer->rejected);
        if (message.n > 0)
            protobuf_write_bytes(&text, 2, message);
        protobuf_close(&text, partial);
    }
    return text_str(&text);
}

struct str otlp_status_write(struct arena *arena, enum otlp_form form, int code, struct str message)
{
    struct text text;
    message = str_cut(message, MESSAGE_BYTES_MAX);
    text_init(&text, arena, ANSWER_BYTES_MAX);
    if (form == OTLP_JSON) {
        struct json_writer w = {.text = &text};
        json_open_object(&w, NULL);
        json_int(&w, "code", code);
        json_str(&w, "message", message);
        json_close_object(&w);
    } else {
        protobuf_write_varint(&text, 1, (uint64_t)code);
        protobuf_write_bytes(&text, 2, message);
    }
    return text_str(&text);
}
