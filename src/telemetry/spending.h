/* spending.h - what spends an objective's budget, over minutes to months, in coarse slots.
 *
 * Of each target: bad events of all events in three rings of slots, 1 min for 6 h, 10 min for 3 d,
 * 1 h for as long as the objective's own period (at most SPENDING_PERIOD_MOST_MS). One question
 * sums at most some hundred slots; nothing is read again. Bound: 24 bytes a slot, 37 kB a target
 * and objective of 30 days. Promises: a stretch is answered by the slots that it touches, so that
 * it is up to one slot longer than asked, never shorter; what happened between two readings counts
 * where the later one was made. What was not seen is a gap, with the most events that may have been
 * in it: as many a slot as the busiest slot of the target that the ring holds. A target that was
 * not there yet has no gap before its first reading. Merged readings (tier.h) are taken where their
 * slot fits the ring's; what came before (not newer than the ring has of the target) is passed
 * over, so that what is kept on disk and what a collector sends again can both be given. Refuses:
 * gauges. A histogram without an edge at the limit is a gap, and said so. */
#ifndef TELEMETRY_SPENDING_H
#define TELEMETRY_SPENDING_H

#include "telemetry/reading.h"
#include "telemetry/tier.h"

#define SPENDING_PERIOD_MOST_MS (INT64_C(92) * 24 * 3600 * 1000)

enum spending_ring { SPENDING_MINUTES, SPENDING_TENS, SPENDING_HOURS, SPENDING_RINGS };

struct spending_source;

/* What one objective looks at: the part of a ratio, or of a histogram what is above a limit. */
struct spending {
    struct arena *arena;
    double limit; /* of a histogram, in the signal's unit; 0: a ratio */
    int64_t lengths_ms[SPENDING_RINGS];
    struct spending_source *sources; /* of each target: the newest first */
};

struct spent {
    bool seen; /* by a target that is read today */
    double bad, of;
    double unseen;        /* at most so many events in the gaps */
    int64_t gap_ms;       /* of the target with the longest */
    struct instant since; /* the first that was seen of any target */
    struct instant newest;
    bool no_edge; /* the newest histogram of a target has no edge at the limit */
};

void spending_init(struct spending *spending, struct arena *arena, double limit, int64_t period_ms);
/* Takes a reading, merged to slots of slot_ms (0: as it was made), into the rings that it fits. */
void spending_fold(struct spending *spending, const struct reading *reading, int64_t slot_ms);
void spending_forget(struct spending *spending);
/* Of the targets named (NULL: all) over the last length_ms. */
struct spent spending_ask(const struct spending *spending, const struct str *names, size_t count,
                          int64_t length_ms, struct instant now);

#endif
