/* log_record.h - one line of a log, in one form whatever the protocol that brings it.
 *
 * A decoder (otlp_logs.h) hands over each record; who takes them counts and clusters. Slices are
 * valid during the call only. */
#ifndef TELEMETRY_LOG_RECORD_H
#define TELEMETRY_LOG_RECORD_H

#include "base/instant.h"
#include "telemetry/exposition.h"

enum { LOG_ATTRIBUTES_MAX = LABELS_MAX };

/* OpenTelemetry's severity numbers: each range has four steps ("ERROR", "ERROR2", …), this is the
 * first one of each. */
enum log_severity {
    LOG_SEVERITY_NONE = 0, /* not said */
    LOG_SEVERITY_TRACE = 1,
    LOG_SEVERITY_DEBUG = 5,
    LOG_SEVERITY_INFO = 9,
    LOG_SEVERITY_WARN = 13,
    LOG_SEVERITY_ERROR = 17,
    LOG_SEVERITY_FATAL = 21,
    LOG_SEVERITY_LAST = 24
};

struct log_record {
    struct instant at;              /* of the event, else when it was seen; zero: not said */
    int severity;                   /* 1 to 24, or 0: not said */
    struct str severity_text;       /* as the sender calls it ("warn"); "" */
    struct str body;                /* text; a value that is not text as JSON; "" */
    struct str service;             /* resource attribute service.name; "" */
    struct str instance;            /* resource attribute service.instance.id; "" */
    struct str scope;               /* name of the logger; "" */
    struct str event;               /* event_name: the kind of a structured record; "" */
    struct str trace_id;            /* 32 hexadecimal digits in lower case; "" */
    const struct label *attributes; /* of the record: names as sent, values as text */
    size_t attribute_count;         /* at most LOG_ATTRIBUTES_MAX */
};

struct log_use {
    void *context;
    /* false: the record is not taken, and err says why; decoding goes on. */
    bool (*take)(void *context, const struct log_record *record, struct err *err);
};

/* What became of a body, for the answer that the protocol asks for. */
struct log_count {
    int64_t records;        /* in the body */
    int64_t attributes_cut; /* beyond LOG_ATTRIBUTES_MAX of a record: left out */
    int64_t rejected;       /* not taken */
    char why_rejected[256]; /* the first one's reason; "" when none */
};

#endif
