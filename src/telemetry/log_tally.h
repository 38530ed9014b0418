/* log_tally.h - lines of one source, counted: what its log says in metrics.
 *
 *   log_events_total{level,source}            every line; level "unknown" when it is not said; once
 *                                             one is said, warn, error and fatal also when 0
 *   http_requests_total{class,source,status}  lines with a status: status "503", class "5xx"
 *   http_request_duration_seconds{source}     a histogram of the lines with a duration
 * These names are what the default bindings of signals look for (signal.c), so that a runbook's
 * error rate and response time work from a log alone.
 * Promises: each entry is in exactly one pushed delta; statuses once seen stay, with deltas of 0.
 */
#ifndef TELEMETRY_LOG_TALLY_H
#define TELEMETRY_LOG_TALLY_H

#include "base/json.h"
#include "telemetry/log_entry.h"
#include "telemetry/pushed.h"

enum { LOG_LEVELS = 7, LOG_STATUSES = 500, LOG_EDGES = 32 };

struct log_totals {
    int64_t levels[LOG_LEVELS];
    int64_t statuses[LOG_STATUSES]; /* from 100 */
    int64_t buckets[LOG_EDGES + 1]; /* each entry in one; the last is above all edges */
    double duration_sum_s;
};

struct log_tally {
    struct log_totals totals; /* since the beginning */
    struct log_totals pushed; /* of them; log_tally_push */
};

void log_tally_add(struct log_tally *tally, const struct log_entry *entry);
/* What was added since the last call, as samples of kind PUSHED_DELTA between start and at. False
 * when one was not taken; the others are. */
MUST_USE bool log_tally_push(struct log_tally *tally, struct str source, struct instant start,
                             struct instant at, const struct pushed_use *use);
/* Was nothing added since? Each entry has a level. */
bool log_tally_is_pushed(const struct log_tally *tally);
/* Which series there are, for after a restart: {"levels":…,"statuses":[…],"timed":…}. What comes
 * back has them, with counts of its own, of which nothing is pushed. */
void log_tally_write_seen(const struct log_tally *tally, struct json_writer *w);
void log_tally_restore_seen(struct log_tally *tally, const struct json *seen);
/* Totals as a page in the Prometheus text format. */
void log_totals_write(const struct log_totals *totals, struct str source, struct text *text);

#endif
