/* metrics.h - what the shop tells about itself, in Prometheus' exposition text.
 *
 * Promises: every route has its counters and its histogram from the first scrape on (zeros, not
 * gaps), so that an increase is never lost. Refuses: routes that are not in its table. */
#ifndef ACME_METRICS_H
#define ACME_METRICS_H

#include "base/text.h"

enum { METRICS_ROUTES = 8, METRICS_CODES = 9, METRICS_BUCKETS = 11 };

struct route_metrics {
    const char *route;
    int64_t codes[METRICS_CODES];
    int64_t buckets[METRICS_BUCKETS]; /* not cumulative; the last one is +Inf */
    int64_t sum_us;
};

struct metrics {
    struct route_metrics routes[METRICS_ROUTES];
    int route_count;
    int64_t logins;
    int64_t login_failures;
    int64_t orders;
    int64_t database_failures;
};

/* The upper edges in seconds; the runbook's limits (0.5 and 1) are among them. */
extern const double metrics_edges[METRICS_BUCKETS - 1];

void metrics_add_route(struct metrics *metrics, const char *route);
void metrics_count(struct metrics *metrics, const char *route, int status, int64_t spent_us);
void metrics_write(const struct metrics *metrics, struct text *out);
/* One metric without labels. type is "gauge" or "counter". */
void metrics_write_one(struct text *out, const char *name, const char *type, const char *help,
                       double value);

#endif
