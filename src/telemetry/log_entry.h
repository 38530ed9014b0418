/* log_entry.h - what is known of one line of a log, whatever its format. */
#ifndef TELEMETRY_LOG_ENTRY_H
#define TELEMETRY_LOG_ENTRY_H

#include "base/instant.h"

/* The first number of each range of OpenTelemetry's severities; 0: not said. */
enum {
    ENTRY_NOT_SAID = 0,
    ENTRY_TRACE = 1,
    ENTRY_DEBUG = 5,
    ENTRY_INFO = 9,
    ENTRY_WARN = 13,
    ENTRY_ERROR = 17,
    ENTRY_FATAL = 21,
    ENTRY_SEVERITY_LAST = 24
};

/* What a map made of a line. */
enum log_entry_form {
    ENTRY_READ,   /* its fields were looked for */
    ENTRY_UNREAD, /* it is in another form than the map's */
    ENTRY_PLAIN   /* the map has no fields */
};

struct log_entry {
    enum log_entry_form form;
    int severity;
    int status;         /* of HTTP, 100 to 599; 0: none */
    double duration_s;  /* below 0: none */
    struct instant at;  /* zero: not said */
    struct str message; /* valid during the call only; "" when none */
    struct str path;    /* asked for; "" when none */
};

struct log_entry_use {
    void *context;
    void (*take)(void *context, const struct log_entry *entry);
};

/* "warn", "WARNING", "err", "crit", … ENTRY_NOT_SAID for a word that is none. */
int log_severity_of_word(struct str word);
/* Levels as numbers: pino's and bunyan's 10 to 60; syslog's 0 to 7. */
int log_severity_of_number(struct str number);
/* The word of a severity's range: "error"; "" when it is not said. */
const char *log_severity_word(int severity);
/* 100 to 599, else 0. */
int log_status_of(struct str text);
/* A number with a unit behind it ("12.5ms", "1.2 s"); without one it is of scale seconds each, and
 * scale 0 refuses it. Below 0 when it is none. */
double log_duration_of(struct str text, double scale);
/* RFC 3339, or a number of seconds, ms, µs or ns since 1970 (which, its size tells). Zero when it
 * is none. */
struct instant log_instant_of(struct str text);

#endif
