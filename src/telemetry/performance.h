/* performance.h - what readings of a stretch of time amount to, for each signal and target.
 *
 * Promises: rates are of the time that was measured, a gap counts in neither; a percentile is given
 * as the bucket that it lies in, because more is not known of it. A histogram of other edges begins
 * anew. Refuses: more than PERFORMANCE_ROWS_MAX rows; what is beyond is counted in left_out. */
#ifndef TELEMETRY_PERFORMANCE_H
#define TELEMETRY_PERFORMANCE_H

#include "telemetry/reading.h"

enum { PERFORMANCE_ROWS_MAX = 1000 };

struct performance_row {
    struct str signal, target;
    enum signal_kind kind;
    int64_t measured_ms; /* of time, without gaps */
    double part, of;     /* as those of readings, added */
    double edges[EDGES_MAX], counts[EDGES_MAX];
    size_t edge_count;
    double high, low; /* of gauges */
    int64_t readings;
};

struct performance {
    struct arena *arena;
    struct performance_row *rows;
    size_t count, capacity;
    int64_t left_out; /* readings */
};

/* Percentile: more than low and at most high; high infinite: beyond the last edge. */
struct performance_range {
    double low, high;
};

void performance_init(struct performance *performance, struct arena *arena);
void performance_take(struct performance *performance, const struct reading *reading);
/* Events in a second; 0 when no time was measured. Of a ratio, a count or a histogram. */
double performance_rate(const struct performance_row *row);
/* share from 0 to 1: 0.95. False when nothing was counted. */
MUST_USE bool performance_percentile(const struct performance_row *row, double share,
                                     struct performance_range *out_range);

#endif
