/* reading.h - what one scrape of one target says about one signal, and its line on the wire.
 *
 * Readings merge: ratios and counts add, histograms add edge by edge, of gauges the worst stays.
 * One JSON object a line, collector to core:
 *   {"at":US,"interval_ms":1000,"kind":"ratio","of":40,"part":3,"signal":"error rate","since":US,
 *    "target":"app"}
 * kind "count" has part; "histogram" has edges, counts (cumulative) and of (all); "gauge" has high,
 * high_series, low, low_series, and what is away of it (lost.h). since 0: a first sight, nothing
 * was measured yet. binding, where it is known: by which of the signal's alternatives, from 1.
 * slot_ms, where readings were merged (tier.h): over how long; interval_ms is theirs.
 * A line with "ended":"why" has no numbers: the target answered, and what it said is none (NaN, a
 * stale marker, two values at one time). What was read before counts no longer.
 * Clusters of errors: lines of log_errors.h. Target lines:
 * {"at":US,"interval_ms":1000,"problem":"…","target":"app","up":false,"url":"…"}; what is only
 * known from before the collector's start has "remembered":true. "of_metric":true says that the
 * problem is of one metric, and "reasons":[{"problem":"…","signal":"…"}] why single signals are not
 * shown. */
#ifndef TELEMETRY_READING_H
#define TELEMETRY_READING_H

#include "base/instant.h"
#include "telemetry/log_errors.h"
#include "telemetry/lost.h"
#include "telemetry/signal.h"

enum { EDGES_MAX = 64 };

/* The collector's line of its own, once: what it had kept from before its start went up. */
#define COLLECTOR_HISTORY_READ "{\"history\":\"read\"}"

struct reading {
    struct str signal, target;
    struct instant at;
    struct instant since; /* of the scrape before; zero: none */
    int64_t interval_ms;
    int64_t slot_ms; /* merged over so long; 0: as it was read */
    enum signal_kind kind;
    double part, of;          /* ratio: failures of all; count: part; quantile: of = all */
    double edges[EDGES_MAX];  /* quantile: upper edges, ascending, without infinity */
    double counts[EDGES_MAX]; /* at or below the edge */
    size_t edge_count;
    double high, low; /* gauges: largest and smallest */
    struct str high_series, low_series;
    struct lost_gauge lost[LOST_MOST]; /* gauges: series that are away and were beyond them */
    int binding; /* which of the signal's alternatives it was read by, from 1; 0: nobody said */
    struct str ended; /* why there is nothing to read from here on; "": there is */
};

/* Why a target shows nothing of a signal, about what the signal reads. */
struct target_reason {
    struct str signal, problem;
};

struct target_status {
    struct str name, url;
    struct instant at; /* of the newest try */
    int64_t interval_ms;
    bool up;
    struct str problem;   /* one sentence; "" when all is well */
    bool remembered;      /* at is from before the start; nothing was heard since */
    struct instant since; /* remembered, in the core: the start */
    bool of_metric; /* the problem is of one metric: nothing that holds for whatever a rule reads */
    const struct target_reason *reasons;
    size_t reason_count; /* at most LIMIT_SIGNALS */
};

/* Lines end with a newline. Bytes of a problem that nobody can read are written as "?". */
struct str reading_write(struct arena *arena, const struct reading *reading);
struct str target_status_write(struct arena *arena, const struct target_status *status);

/* Copies the names of series, of high, low and what is lost, and why it ended. */
void reading_copy_series(struct arena *arena, struct reading *reading);

/* A line of the collector: a reading, a cluster of errors, or else a target's status. */
struct collector_line {
    bool is_reading, is_error;
    struct reading reading;
    struct log_error error;
    struct target_status status;
};

/* Strings point into line or arena. */
MUST_USE bool collector_line_parse(struct arena *arena, struct str line,
                                   struct collector_line *out_line, struct err *err);

#endif
