/* refill.h - what spends the objectives' budgets, from the archive, after a start.
 *
 * Bound, for each signal of an objective and each target: its period in readings of 1 h (720 for 30
 * days), 3 days in readings of 1 min (4,320), and the last hour as it was read; once a start, a
 * step of the clock, or a new objective. */
#ifndef COLLECT_REFILL_H
#define COLLECT_REFILL_H

#include "collect/archive.h"
#include "telemetry/window.h"

/* Gives all that telemetry_keep_spending keeps; what it knows already is passed over. */
MUST_USE bool archive_refill(struct archive *archive, struct telemetry *telemetry,
                             struct instant now, struct err *err);

#endif
