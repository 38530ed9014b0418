/* pushed_histogram.h - one histogram handed over as the series that a Prometheus exporter shows.
 *
 * NAME_bucket with le (cumulative, the last one +Inf), NAME_sum and NAME_count. Who takes is asked
 * once for a metric what it wants of the three; le is written once for bounds that repeat. */
#ifndef TELEMETRY_PUSHED_HISTOGRAM_H
#define TELEMETRY_PUSHED_HISTOGRAM_H

#include "telemetry/pushed.h"
#include "telemetry/reading.h"

enum { LE_BYTES = 32 };

/* A metric; valid as long as the arena that made it. */
struct pushed_family {
    struct str bucket, sum, count; /* the names */
    bool wants_bucket, wants_sum, wants_count;
    double edges[EDGES_MAX]; /* whose texts stand in le */
    char le[EDGES_MAX][LE_BYTES];
    size_t le_count;
    struct label labels[LABELS_MAX]; /* of the sample that is handed over */
};

struct pushed_histogram {
    const struct label *labels; /* at most LABELS_MAX - 1: le comes to them; one called le is not */
    size_t label_count;
    enum pushed_kind kind; /* PUSHED_CUMULATIVE or PUSHED_DELTA */
    struct instant at, start;
    const double *edges;  /* ascending, without infinity, at most EDGES_MAX */
    const double *counts; /* cumulative; a stale histogram has stale ones */
    size_t edge_count;
    double total; /* of all observations */
    double sum;
    bool has_sum;
};

/* name: of the metric, without suffix. */
struct pushed_family *pushed_family_make(struct arena *arena, struct str name,
                                         const struct pushed_use *use);
/* Is any of its series wanted? */
bool pushed_family_wanted(const struct pushed_family *family);
/* False: one of its samples was not taken, and err says why. */
bool pushed_family_take(struct pushed_family *family, const struct pushed_use *use,
                        const struct pushed_histogram *histogram, struct err *err);
/* Of many cumulative counts at most EDGES_MAX are kept, evenly, the last among them; what remains
 * is exact. Gives their number. */
size_t pushed_histogram_thin(double *edges, double *counts, size_t count);

#endif
