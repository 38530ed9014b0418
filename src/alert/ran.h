/* ran.h - when Reeve ran before the newest start, as far as a grace after starts asks for it.
 *
 * Collectors get their time to connect after a start. Where Reeve is started again and again, that
 * time would begin anew for ever, and nobody would hear that data is missing: so what it ran since
 * the data was heard of last counts together.
 * Refuses: more than RUNS_KEPT runs; an older one is forgotten, so that a wait is longer, never
 * shorter. */
#ifndef ALERT_RAN_H
#define ALERT_RAN_H

#include "base/instant.h"

#include <stddef.h>

enum { RUNS_KEPT = 8 };

struct ran {
    struct {
        struct instant from, until;
    } runs[RUNS_KEPT]; /* in order, the newest last */
    size_t count;
};

/* A run is over: it began at from, and surely looked until then. One without length is no run. */
void ran_add(struct ran *ran, struct instant from, struct instant until);
/* The wall clock was set. */
void ran_shift(struct ran *ran, int64_t by_ms);
/* How long it ran since then. */
int64_t ran_since_ms(const struct ran *ran, struct instant since);
/* The same, of runs that began since then. */
int64_t ran_begun_since_ms(const struct ran *ran, struct instant since);

#endif
