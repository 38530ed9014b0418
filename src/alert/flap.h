/* flap.h - a rule that fires and resolves over and over again.
 *
 * Promises: a rule whose state changed FLAP_CHANGES times (fired or resolved) within FLAP_WITHIN_MS
 * and that fires again is flapping: it goes on firing, so that there is one incident and no page a
 * change, until its value has been on one side of the limit for FLAP_QUIET_MS. Read from folded
 * facts only; a step of the wall clock moves all times. See
 * docs/decisions/0045-silences-dependencies-flapping.md. */
#ifndef ALERT_FLAP_H
#define ALERT_FLAP_H

#include "ledger/event.h"

enum {
    FLAP_CHANGES = 6,
    FLAP_WITHIN_MS = 30 * 60 * 1000,
    FLAP_QUIET_MS = 10 * 60 * 1000,
    FLAP_KEPT = 12 /* of the changes */
};

struct flap {
    struct instant changes[FLAP_KEPT]; /* fired or resolved, in a ring; zero: none yet */
    size_t next;
    struct instant swung; /* newest crossing of the limit */
    bool is_flapping;
    int64_t said; /* changes, when it began to flap */
};

/* Folds an alert's own event; kinds that say nothing of this are passed over. */
void flap_fold(struct flap *flap, const struct event *event);
/* A step of the wall clock. */
void flap_shift(struct flap *flap, int64_t by_ms);
/* Changes within FLAP_WITHIN_MS before now. */
int64_t flap_changes(const struct flap *flap, struct instant now);
/* Has the value been on one side for so long that it no longer flaps? */
bool flap_is_quiet(const struct flap *flap, struct instant now);

#endif
