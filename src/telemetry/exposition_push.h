/* exposition_push.h - a posted page of metrics (Prometheus text, OpenMetrics) as pushed samples.
 *
 * Promises: each sample is of the instant at which it came: of a time on its line only that it is
 * not too far from now (intake.h), as when a page is scraped. Counters are cumulative, so that a
 * page that comes twice counts once. Refuses: what exposition.h refuses; lines before the place
 * that cannot be read were handed over, of OpenMetrics without its end none. */
#ifndef TELEMETRY_EXPOSITION_PUSH_H
#define TELEMETRY_EXPOSITION_PUSH_H

#include "telemetry/pushed.h"

struct exposition_page {
    struct str bytes;
    bool open_metrics; /* by its content type */
};

/* arena: a line's length, until it is reset. */
MUST_USE bool exposition_push(struct arena *arena, const struct exposition_page *page,
                              const struct pushed_use *use, struct pushed_count *out_count,
                              struct err *err);

#endif
