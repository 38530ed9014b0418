/* tier.h - readings merged into wider slots of time, for what is kept for months.
 *
 * Promises: nothing is counted twice and nothing is lost: ratios, counts and histograms of a slot
 * are the sum of its readings; of gauges the highest and the lowest of the slot stay, each with its
 * series. A gap in what was measured stays a gap: a merged reading covers only what was seen, so
 * the windows (window.h) that fold merged readings know what is unknown. A signal that is measured
 * in another way than before, or by a histogram of other edges, begins a reading of its own.
 * Refuses: readings that are not newer than what it has of their signal and target. */
#ifndef TELEMETRY_TIER_H
#define TELEMETRY_TIER_H

#include "base/map.h"
#include "telemetry/reading.h"

enum tier_number { TIER_EXACT, TIER_10_S, TIER_1_MIN, TIER_1_H, TIERS };

struct tier_row {
    const char *name;  /* "10 s" */
    int64_t slot_ms;   /* 0: as it was read */
    int64_t keep_ms;   /* how long it is kept */
    int64_t bundle_ms; /* what is stored together */
};

/* The row of a tier. */
const struct tier_row *tier_of(enum tier_number number);

/* The open slots of one tier: a merged reading for each signal and target. */
struct tier {
    const struct tier_row *row;
    struct arena *arena; /* as long as the tier */
    struct map open;     /* by signal and target */
};

/* number is not TIER_EXACT, which merges nothing. */
void tier_init(struct tier *tier, struct arena *arena, enum tier_number number);
void tier_done(struct tier *tier);
/* Takes a reading in. True when that closed a slot: *out_closed is what was merged there, its texts
 * in arena. At most one reading is closed by one taken in. */
bool tier_add(struct tier *tier, struct arena *arena, const struct reading *reading,
              struct reading *out_closed);
/* The slots that ended before now, though no newer reading came: calls take with each, and they are
 * open no more. */
void tier_close_before(struct tier *tier, struct instant now,
                       void (*take)(void *context, const struct reading *reading), void *context);

#endif
