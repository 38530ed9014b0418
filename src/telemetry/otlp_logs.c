/* otlp_logs.c - one record after the other. */
#include "telemetry/otlp_logs.h"

#include "telemetry/otlp.h"
#include "telemetry/otlp_point.h"
#include "telemetry/protobuf.h"

enum { TRACE_ID_BYTES = 16 };

struct logs {
    struct otlp_reader reader;
    const struct log_use *use;
    struct log_count *count;
    struct label attributes[LOG_ATTRIBUTES_MAX];
};

/* Lower-case hexadecimal; an id of another length, or of zeros alone, is none. */
static struct str hex_id(struct logs *l, struct str bytes)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char any = 0;
    if (bytes.n != TRACE_ID_BYTES)
        return STR("");
    char *hex = arena_alloc(&l->reader.scratch, (size_t)2 * TRACE_ID_BYTES + 1);
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char byte = (unsigned char)bytes.p[i];
        any |= byte;
        hex[2 * i] = digits[byte >> 4];
        hex[2 * i + 1] = digits[byte & 15];
    }
    return any ? (struct str){hex, (size_t)2 * TRACE_ID_BYTES} : STR("");
}

static bool read_text(struct logs *l, struct str bytes, struct str *out_text)
{
    *out_text = bytes;
    return otlp_check_text(&l->reader, bytes);
}

struct times {
    uint64_t at, seen;
};

static bool read_field(struct logs *l, const struct protobuf_field *f, struct log_record *record,
                       struct times *times)
{
    switch (f->key) {
    case PROTOBUF_KEY(1, PROTOBUF_FIXED64): times->at = f->value; return true;
    case PROTOBUF_KEY(11, PROTOBUF_FIXED64): times->seen = f->value; return true;
    case PROTOBUF_KEY(2, PROTOBUF_VARINT):
        record->severity = f->value <= LOG_SEVERITY_LAST ? (int)f->value : LOG_SEVERITY_NONE;
        return true;
    case PROTOBUF_KEY(3, PROTOBUF_BYTES): return read_text(l, f->bytes, &record->severity_text);
    case PROTOBUF_KEY(5, PROTOBUF_BYTES):
        return otlp_read_value(&l->reader, f->bytes, &record->body);
    case PROTOBUF_KEY(6, PROTOBUF_BYTES): return otlp_read_attribute(&l->reader, f->bytes);
    case PROTOBUF_KEY(9, PROTOBUF_BYTES): record->trace_id = hex_id(l, f->bytes); return true;
    case PROTOBUF_KEY(12, PROTOBUF_BYTES): return read_text(l, f->bytes, &record->event);
    default: return true;
    }
}

static void take(struct logs *l, struct log_record *record)
{
    const struct otlp_origin *origin = &l->reader.origin;
    struct err why = {0};
    for (size_t i = 0; i < l->reader.attribute_count; i++)
        l->attributes[i] =
            (struct label){l->reader.attributes[i].key, l->reader.attributes[i].value};
    record->attributes = l->attributes;
    record->attribute_count = l->reader.attribute_count;
    record->service = origin->service;
    record->instance = origin->instance;
    record->scope = origin->scope;
    l->count->attributes_cut += (int64_t)l->reader.attributes_cut;
    if (l->use->take(l->use->context, record, &why))
        return;
    l->count->rejected++;
    if (l->count->why_rejected[0] == '\0')
        str_keep(l->count->why_rejected, sizeof l->count->why_rejected, str_of(why.text));
}

static bool read_record(void *context, struct str message)
{
    struct logs *l = context;
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    struct times times = {0};
    struct log_record record = {
        .severity_text = STR(""), .body = STR(""), .event = STR(""), .trace_id = STR("")};
    bool good = true;
    otlp_reader_reset(&l->reader);
    while (good && protobuf_next(&in, &f))
        good = read_field(l, &f, &record, &times);
    if (!good || !protobuf_check(&in, "LogRecord", l->reader.err))
        return false;
    record.at = otlp_instant(times.at ? times.at : times.seen);
    l->count->records++;
    take(l, &record);
    return true;
}

bool otlp_logs_read(struct arena *arena, struct str body, const struct log_use *use,
                    struct log_count *out_count, struct err *err)
{
    struct logs *l = arena_make(arena, struct logs);
    *out_count = (struct log_count){0};
    otlp_reader_init(&l->reader, arena, err);
    l->use = use;
    l->count = out_count;
    bool good = otlp_walk(&l->reader, body, read_record, l);
    otlp_reader_done(&l->reader);
    return good;
}
