/* native_histogram.h - a native histogram of Prometheus' remote write as cumulative counts.
 *
 * Both versions of remote write send the same message. Schemas -4 to 8 become edges as
 * exponential.h merges them; schema -53 (bounds of its own) as it stands. Refuses: histograms that
 * are gauges, other schemas, spans that do not fit the counts. */
#ifndef TELEMETRY_NATIVE_HISTOGRAM_H
#define TELEMETRY_NATIVE_HISTOGRAM_H

#include "telemetry/pushed_histogram.h"

struct native_histogram {
    double edges[EDGES_MAX], counts[EDGES_MAX];
    size_t edge_count;
    double total, sum;
    int64_t timestamp_ms, start_ms; /* start_ms: of 2.0 only; 0: not said */
    bool stale;
    const char *wrong; /* NULL, or why it cannot be taken */
};

/* False: the message is malformed. Memory of arena is of no use afterwards. */
MUST_USE bool native_histogram_read(struct arena *arena, struct str message,
                                    struct native_histogram *out_histogram, struct err *err);

#endif
