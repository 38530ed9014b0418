/* tier.c - one merged reading for each signal and target, until its slot ends. */
#include "telemetry/tier.h"

#include "telemetry/intake.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

enum { SERIES_BYTES = 256, KEY_BYTES = 1024 };

struct open_slot {
    int64_t number; /* of the slot since 1970; -1: none is open */
    struct instant newest;
    struct reading merged;
    char high_series[SERIES_BYTES], low_series[SERIES_BYTES];
    char (*lost_series)[SERIES_BYTES]; /* LOST_MOST; NULL: none was lost yet */
};

static const struct tier_row rows[TIERS] = {
    [TIER_EXACT] = {"as it was read", 0, DAY_MS, 5 * MINUTE_MS},
    [TIER_10_S] = {"10 s", 10 * SECOND_MS, DAY_MS, HOUR_MS},
    [TIER_1_MIN] = {"1 min", MINUTE_MS, 31 * DAY_MS, 6 * HOUR_MS},
    [TIER_1_H] = {"1 h", HOUR_MS, 731 * DAY_MS, 7 * DAY_MS},
};

const struct tier_row *tier_of(enum tier_number number)
{
    return &rows[number];
}

void tier_init(struct tier *tier, struct arena *arena, enum tier_number number)
{
    *tier = (struct tier){.row = &rows[number], .arena = arena};
    map_init(&tier->open, (size_t)LIMIT_SIGNALS * LIMIT_TARGETS);
}

void tier_done(struct tier *tier)
{
    map_done(&tier->open);
}

/* A reading belongs to the slot in which it was made; one exactly at the edge ends the slot before
 * it, as what it counts happened there. */
static int64_t slot_of(const struct tier *tier, struct instant at)
{
    return (at.us - 1) / 1000 / tier->row->slot_ms;
}

/* NULL for names longer than any that the configuration lets through. */
static struct open_slot *slot_for(struct tier *tier, const struct reading *reading)
{
    char key[KEY_BYTES];
    struct str signal = reading->signal;
    struct str target = reading->target;
    if (signal.n + target.n + 1 > sizeof key)
        return NULL;
    memcpy(key, signal.p, signal.n);
    key[signal.n] = '\n';
    memcpy(key + signal.n + 1, target.p, target.n);
    struct str name = {key, signal.n + 1 + target.n};
    struct open_slot *slot = map_find(&tier->open, name);
    if (slot)
        return slot;
    slot = arena_make(tier->arena, struct open_slot);
    slot->number = -1;
    slot->merged.signal = str_copy(tier->arena, signal);
    slot->merged.target = str_copy(tier->arena, target);
    return map_put(&tier->open, name, slot) ? slot : NULL;
}

static bool same_edges(const struct reading *a, const struct reading *b)
{
    return a->edge_count == b->edge_count &&
           memcmp(a->edges, b->edges, a->edge_count * sizeof *a->edges) == 0;
}

/* Does it go on where the merged one ends, in the same slot? */
static bool goes_on(const struct tier *tier, const struct open_slot *slot,
                    const struct reading *reading)
{
    const struct reading *merged = &slot->merged;
    struct instant from = instant_is_zero(reading->since) ? reading->at : reading->since;
    return slot->number == slot_of(tier, reading->at) && merged->kind == reading->kind &&
           same_edges(merged, reading) &&
           instant_ms_between(slot->newest, from) <= stale_after_ms(reading->interval_ms);
}

static bool is_gauge(const struct reading *reading)
{
    return reading->kind == SIGNAL_GAUGE || reading->kind == SIGNAL_GAUGE_RATIO;
}

static struct str keep(char out_text[SERIES_BYTES], struct str series)
{
    size_t n = series.n < SERIES_BYTES ? series.n : SERIES_BYTES;
    if (n > 0)
        memmove(out_text, series.p, n);
    return (struct str){out_text, n};
}

/* What is away at the end of a slot stands for it. */
static void keep_lost(const struct tier *tier, struct open_slot *slot,
                      const struct reading *reading)
{
    memcpy(slot->merged.lost, reading->lost, sizeof reading->lost);
    for (size_t i = 0; i < LOST_MOST; i++) {
        if (instant_is_zero(reading->lost[i].seen))
            continue;
        if (!slot->lost_series)
            slot->lost_series = arena_array(tier->arena, LOST_MOST, sizeof *slot->lost_series);
        slot->merged.lost[i].series = keep(slot->lost_series[i], reading->lost[i].series);
    }
}

static void begin(const struct tier *tier, struct open_slot *slot, const struct reading *reading)
{
    struct str signal = slot->merged.signal;
    struct str target = slot->merged.target;
    slot->number = slot_of(tier, reading->at);
    slot->newest = reading->at;
    slot->merged = *reading;
    slot->merged.signal = signal;
    slot->merged.target = target;
    slot->merged.high_series = keep(slot->high_series, reading->high_series);
    slot->merged.low_series = keep(slot->low_series, reading->low_series);
    keep_lost(tier, slot, reading);
}

static void merge(const struct tier *tier, struct open_slot *slot, const struct reading *reading)
{
    struct reading *merged = &slot->merged;
    if (instant_is_zero(merged->since))
        merged->since = merged->at; /* from a first sight on it is measured */
    slot->newest = merged->at = reading->at;
    if (merged->interval_ms < reading->interval_ms)
        merged->interval_ms = reading->interval_ms;
    merged->part += reading->part;
    merged->of += reading->of;
    for (size_t i = 0; i < merged->edge_count; i++)
        merged->counts[i] += reading->counts[i];
    if (!is_gauge(reading))
        return;
    keep_lost(tier, slot, reading);
    if (reading->high > merged->high) {
        merged->high = reading->high;
        merged->high_series = keep(slot->high_series, reading->high_series);
    }
    if (reading->low < merged->low) {
        merged->low = reading->low;
        merged->low_series = keep(slot->low_series, reading->low_series);
    }
}

/* What is closed comes once a slot: so long nothing newer is to be expected after it. Its interval
 * stays that of its readings, by which a gap is known. */
static struct reading closed(const struct tier *tier, const struct open_slot *slot)
{
    struct reading reading = slot->merged;
    reading.slot_ms = tier->row->slot_ms;
    return reading;
}

bool tier_add(struct tier *tier, struct arena *arena, const struct reading *reading,
              struct reading *out_closed)
{
    struct open_slot *slot = reading->ended.n > 0 ? NULL : slot_for(tier, reading);
    if (!slot || !instant_before(slot->newest, reading->at))
        return false;
    if (slot->number >= 0 && goes_on(tier, slot, reading)) {
        merge(tier, slot, reading);
        return false;
    }
    bool was_open = slot->number >= 0;
    if (was_open) {
        *out_closed = closed(tier, slot);
        reading_copy_series(arena, out_closed);
    }
    begin(tier, slot, reading);
    return was_open;
}

void tier_close_before(struct tier *tier, struct instant now,
                       void (*take)(void *context, const struct reading *reading), void *context)
{
    size_t at = 0;
    struct map_entry *entry;
    while ((entry = map_next(&tier->open, &at))) {
        struct open_slot *slot = entry->value;
        if (slot->number < 0 || slot->number >= slot_of(tier, now))
            continue;
        struct reading reading = closed(tier, slot);
        take(context, &reading);
        slot->number = -1;
    }
}
