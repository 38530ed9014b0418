/* log_fit.h - do the lines of a source have the format that it is said to have?
 *
 * Lines that its map cannot read have no level, status or duration: a share of failures of them
 * would be zero whatever they say. So signals that need fields have no reading while most lines
 * cannot be read: all since the beginning, the newest LOG_FIT_LEAST, or more than half of at least
 * that many in the last minute. The next line decides anew; silence changes nothing.
 * A line that begins with a blank goes on with the one before, as stack traces do, and decides
 * nothing. A bracket alone on a line begins a JSON object that goes over several: these are
 * counted, and named. Lines in the format "text" have no fields by intent: the same signals have no
 * reading, and nothing is said. */
#ifndef TELEMETRY_LOG_FIT_H
#define TELEMETRY_LOG_FIT_H

#include "telemetry/log_entry.h"
#include "telemetry/reading.h"
#include "telemetry/signal.h"

enum { LOG_FIT_LEAST = 20, LOG_FIT_TEXT_BYTES = 300 };

/* All zero: no line came yet. */
struct log_fit {
    struct {
        int64_t number; /* of the half of a minute since 1970 */
        int64_t lines, unread;
    } halves[2];    /* by the number's last bit */
    int64_t read;   /* ever */
    int64_t plain;  /* ever, in the format "text" */
    int64_t unread; /* ever */
    int64_t spread; /* of them the first of a JSON object that goes over several */
    int64_t in_row; /* that cannot be read, since the last that can */
    struct instant unread_at, spread_at;
    bool misfit; /* most cannot be read */
};

/* An entry that came now. */
void log_fit_add(struct log_fit *fit, const struct log_entry *entry, struct instant now);
/* Leaves out of readings those of signals that need fields while there are none; how many stay.
 * signals: where the readings' signals are found. */
size_t log_fit_filter(const struct log_fit *fit, const struct signals *signals,
                      struct reading *readings, size_t count);
/* What is to be said of it now, one sentence; "" when all lines fit or it is long ago. format: what
 * the configuration says. */
void log_fit_say(const struct log_fit *fit, struct str format, struct instant now,
                 char out_text[LOG_FIT_TEXT_BYTES]);

#endif
