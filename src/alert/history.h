/* history.h - the last values of a rule, for a small line on the page.
 *
 * Not part of the folded state: after a restart it fills again. */
#ifndef ALERT_HISTORY_H
#define ALERT_HISTORY_H

#include "telemetry/truth.h"

enum { HISTORY_VALUES = 60 };

struct history {
    double values[HISTORY_VALUES]; /* ring; NAN = unknown */
    size_t count;
    size_t next;
    int64_t step; /* number of the newest step */
};

/* Keeps the newest value of each step_ms; steps without one are NAN. */
void history_push(struct history *history, const struct evaluation *evaluation, struct instant now,
                  int64_t step_ms);
/* Oldest first, in arena; *out_count values. */
const double *history_values(struct arena *arena, const struct history *history, size_t *out_count);

#endif
