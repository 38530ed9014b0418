/* exponential.h - histograms whose bucket bounds are powers, as cumulative counts below few edges.
 *
 * Source: OpenTelemetry metrics data model, "ExponentialHistogram"; Prometheus "Native Histograms".
 * Bucket i of scale s holds what is above base^i and at most base^(i+1), base = 2^(2^-s).
 * Edges are the exact bounds of a scale of at most EXPONENTIAL_SCALE_MAX, and of the highest one
 * that needs at most EDGES_MAX of them: buckets are merged by twos, counts stay exact. A coarser
 * scale's edges are among those of a finer one, so a histogram that grows keeps its series.
 * Error: a quantile is known within one bucket, whose bounds differ by the factor 2^(2^-s): at
 * scale 2 by 19 %, which holds while largest and smallest value differ by a factor below 2^15;
 * then 41 % (below 2^31), then 100 %. A negative value that lies exactly on an edge counts as
 * above. */
#ifndef TELEMETRY_EXPONENTIAL_H
#define TELEMETRY_EXPONENTIAL_H

#include "telemetry/reading.h"

enum {
    EXPONENTIAL_SCALE_MAX = 2,
    EXPONENTIAL_SCALE_LIMIT = 32 /* either side of 0: what is sent */
};

struct exponential_bucket {
    int64_t index;
    double count;
};

struct exponential {
    int64_t scale; /* the caller has checked EXPONENTIAL_SCALE_LIMIT */
    double zero_threshold;
    double zero_count;                   /* at most zero_threshold, either side of 0 */
    struct exponential_bucket *positive; /* ascending index; those without a count may be absent */
    size_t positive_count;
    struct exponential_bucket *negative;
    size_t negative_count;
};

/* Cumulative counts at or below ascending edges, without infinity; gives their number. */
size_t exponential_edges(const struct exponential *histogram, double out_edges[EDGES_MAX],
                         double out_counts[EDGES_MAX]);
/* The upper bound of bucket index - 1: base^index; 0 or infinity beyond what a double holds. Of a
 * scale of at most EXPONENTIAL_SCALE_MAX. */
double exponential_bound(int64_t scale, int64_t index);

#endif
