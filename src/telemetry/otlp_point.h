/* otlp_point.h - one data point of OTLP metrics, as numbers: what the wire format says of it.
 *
 * Reads what all kinds of points have in common and, of histograms, bounds and cumulative counts.
 * The attributes are left in the reader. */
#ifndef TELEMETRY_OTLP_POINT_H
#define TELEMETRY_OTLP_POINT_H

#include "telemetry/otlp.h"
#include "telemetry/pushed_histogram.h"

struct otlp_quantile {
    double quantile, value;
};

struct otlp_point {
    struct instant at, start; /* zero: not said */
    bool stale;               /* flag "no recorded value" */
    bool has_value;           /* of numbers */
    double value;
    double total, sum; /* of histograms and summaries */
    bool has_sum;
    const double *edges, *counts; /* of histograms: cumulative; in the scratch */
    size_t edge_count;
    struct otlp_quantile *quantiles; /* of summaries, in the scratch */
    size_t quantile_count;
    int64_t exemplars;
    const char *wrong; /* NULL, or why it cannot be taken */
};

/* NumberDataPoint, HistogramDataPoint, ExponentialHistogramDataPoint, SummaryDataPoint. */
MUST_USE bool otlp_read_number(struct otlp_reader *reader, struct str message,
                               struct otlp_point *out_point);
MUST_USE bool otlp_read_histogram(struct otlp_reader *reader, struct str message,
                                  struct otlp_point *out_point);
MUST_USE bool otlp_read_exponential(struct otlp_reader *reader, struct str message,
                                    struct otlp_point *out_point);
MUST_USE bool otlp_read_summary(struct otlp_reader *reader, struct str message,
                                struct otlp_point *out_point);
/* A NumberDataPoint without a look at its attributes, whose bytes are given: the fields as they
 * stand side by side. False: they do not, or the message is not whole. */
MUST_USE bool otlp_scan_number(struct str message, struct otlp_point *out_point,
                               struct str *out_attributes);
/* Nanoseconds since 1970. */
struct instant otlp_instant(uint64_t unix_nano);

#endif
