/* spending.c - rings of coarse slots for each target. */
#include "telemetry/spending.h"

#include "telemetry/intake.h"

enum { FUTURE_MOST_MS = 2000 };
static const int64_t minute_ms = 60 * 1000;

struct spent_slot {
    double bad, of;
    int32_t number; /* of the slot since 1970, + 1; 0 is empty */
    int32_t covered_ms;
};

struct ring {
    int64_t slot_ms;
    size_t slot_count;
    struct spent_slot *slots;
    struct instant newest; /* what is not newer was taken before */
};

struct spending_source {
    struct spending_source *next;
    struct str name;
    struct instant first; /* seen from then on; zero: never */
    struct instant newest;
    int64_t holds_ms; /* after its newest reading, until it is silent */
    bool no_edge;
    struct ring rings[SPENDING_RINGS];
};

void spending_init(struct spending *spending, struct arena *arena, double limit, int64_t period_ms)
{
    int64_t most_ms = SPENDING_PERIOD_MOST_MS;
    *spending = (struct spending){.arena = arena,
                                  .limit = limit,
                                  .lengths_ms = {6 * 60 * minute_ms, 3 * 24 * 60 * minute_ms,
                                                 period_ms < most_ms ? period_ms : most_ms}};
}

static struct spending_source *find_source(const struct spending *spending, struct str name)
{
    struct spending_source *source = spending->sources;
    while (source && !str_equal(source->name, name))
        source = source->next;
    return source;
}

static struct spending_source *source_for(struct spending *spending, struct str name)
{
    static const int64_t slots_ms[SPENDING_RINGS] = {60 * 1000, 10 * 60 * 1000, 60 * 60 * 1000};
    struct spending_source *source = find_source(spending, name);
    if (source)
        return source;
    source = arena_make(spending->arena, struct spending_source);
    *source = (struct spending_source){.next = spending->sources,
                                       .name = str_copy(spending->arena, name)};
    for (int i = 0; i < SPENDING_RINGS; i++) {
        struct ring *ring = &source->rings[i];
        ring->slot_ms = slots_ms[i];
        ring->slot_count = (size_t)(spending->lengths_ms[i] / slots_ms[i]) + 2;
        ring->slots = arena_array(spending->arena, ring->slot_count, sizeof *ring->slots);
    }
    spending->sources = source;
    return source;
}

/* A reading at the very edge ends the slot before it (tier.c does the same). */
static int64_t number_of(const struct ring *ring, struct instant at)
{
    return (at.us - 1) / 1000 / ring->slot_ms + 1;
}

/* Of what comes after an instant. */
static int64_t number_after(const struct ring *ring, struct instant from)
{
    return from.us / 1000 / ring->slot_ms + 1;
}

/* NULL: it has left the ring. */
static struct spent_slot *open_slot(const struct ring *ring, int64_t number)
{
    struct spent_slot *slot = &ring->slots[(size_t)number % ring->slot_count];
    if (slot->number > number)
        return NULL;
    if (slot->number < number)
        *slot = (struct spent_slot){.number = (int32_t)number};
    return slot;
}

static void cover(const struct ring *ring, struct instant from, struct instant to)
{
    int64_t last = number_of(ring, to);
    int64_t first = number_after(ring, from);
    if (first <= last - (int64_t)ring->slot_count)
        first = last - (int64_t)ring->slot_count + 1;
    for (int64_t number = first; number <= last; number++) {
        struct spent_slot *slot = open_slot(ring, number);
        int64_t begin_ms = (number - 1) * ring->slot_ms;
        int64_t end_ms = begin_ms + ring->slot_ms;
        if (begin_ms < from.us / 1000)
            begin_ms = from.us / 1000;
        if (end_ms > to.us / 1000)
            end_ms = to.us / 1000;
        if (slot && end_ms > begin_ms)
            slot->covered_ms += (int32_t)(end_ms - begin_ms);
    }
}

/* False: the limit lies inside a bucket. */
static bool count_bad(const struct spending *spending, const struct reading *reading,
                      double *out_bad)
{
    *out_bad = reading->part;
    if (reading->kind != SIGNAL_QUANTILE)
        return true;
    double near = spending->limit * 1e-9; /* scaled edges: 0.001 × 300 */
    for (size_t i = 0; i < reading->edge_count; i++) {
        double off = reading->edges[i] - spending->limit;
        if (off > near || off < -near)
            continue;
        *out_bad = reading->of - reading->counts[i];
        return true;
    }
    return false;
}

static void fold_ring(struct ring *ring, const struct reading *reading, double bad)
{
    if (!instant_before(ring->newest, reading->at))
        return;
    struct spent_slot *slot = open_slot(ring, number_of(ring, reading->at));
    struct instant from = reading->since;
    if (slot && !instant_is_zero(from)) {
        slot->bad += bad;
        slot->of += reading->of;
        cover(ring, instant_before(from, ring->newest) ? ring->newest : from, reading->at);
    }
    ring->newest = reading->at;
}

void spending_fold(struct spending *spending, const struct reading *reading, int64_t slot_ms)
{
    bool fits = reading->kind == SIGNAL_RATIO || reading->kind == SIGNAL_QUANTILE;
    double bad = 0;
    if (!fits)
        return;
    struct spending_source *source = source_for(spending, reading->target);
    struct instant from = instant_is_zero(reading->since) ? reading->at : reading->since;
    source->no_edge = !count_bad(spending, reading, &bad);
    if (instant_is_zero(source->first) || instant_before(from, source->first))
        source->first = from;
    if (instant_before(source->newest, reading->at)) {
        source->newest = reading->at;
        source->holds_ms = reading_holds_ms(reading);
    }
    for (int i = 0; i < SPENDING_RINGS && !source->no_edge; i++)
        if (slot_ms <= source->rings[i].slot_ms)
            fold_ring(&source->rings[i], reading, bad);
}

void spending_forget(struct spending *spending)
{
    for (struct spending_source *source = spending->sources; source; source = source->next) {
        source->first = source->newest = (struct instant){0};
        source->no_edge = false;
        for (int i = 0; i < SPENDING_RINGS; i++) {
            struct ring *ring = &source->rings[i];
            memset(ring->slots, 0, ring->slot_count * sizeof *ring->slots);
            ring->newest = (struct instant){0};
        }
    }
}

/* Until when what the target said holds: while it is not silent, until now. */
static struct instant holds_until(const struct spending_source *source, struct instant now)
{
    int64_t age_ms = instant_ms_between(source->newest, now);
    bool live = age_ms <= source->holds_ms && age_ms >= -FUTURE_MOST_MS;
    return live && instant_before(source->newest, now) ? source->newest : now;
}

static void ask_source(const struct spending_source *source, const struct ring *ring,
                       int64_t length_ms, struct instant now, struct spent *spent)
{
    int64_t newest = number_of(ring, now);
    int64_t oldest = number_after(ring, instant_add_ms(now, -length_ms));
    double busiest = 0;
    int64_t covered_ms = 0;
    for (size_t i = 0; i < ring->slot_count; i++) {
        const struct spent_slot *slot = &ring->slots[i];
        busiest = slot->of > busiest ? slot->of : busiest;
        if (slot->number < oldest || slot->number > newest)
            continue;
        spent->bad += slot->bad;
        spent->of += slot->of;
        covered_ms += slot->covered_ms;
    }
    struct instant from = {(oldest - 1) * ring->slot_ms * 1000};
    if (instant_before(from, source->first))
        from = source->first;
    int64_t gap_ms = instant_ms_between(from, holds_until(source, now)) - covered_ms;
    if (gap_ms <= 0)
        return;
    spent->unseen += busiest * (double)gap_ms / (double)ring->slot_ms;
    spent->gap_ms = gap_ms > spent->gap_ms ? gap_ms : spent->gap_ms;
}

static bool is_named(const struct str *names, size_t count, struct str name)
{
    for (size_t i = 0; names && i < count; i++)
        if (str_equal(names[i], name))
            return true;
    return !names;
}

struct spent spending_ask(const struct spending *spending, const struct str *names, size_t count,
                          int64_t length_ms, struct instant now)
{
    struct spent spent = {.seen = false};
    int ring = 0;
    while (ring < SPENDING_HOURS && spending->lengths_ms[ring] < length_ms)
        ring++;
    for (const struct spending_source *source = spending->sources; source; source = source->next) {
        if (instant_is_zero(source->first) || !is_named(names, count, source->name))
            continue;
        if (!spent.seen || instant_before(source->first, spent.since))
            spent.since = source->first;
        if (instant_before(spent.newest, source->newest))
            spent.newest = source->newest;
        spent.seen = true;
        spent.no_edge = spent.no_edge || source->no_edge;
        ask_source(source, &source->rings[ring], length_ms, now, &spent);
    }
    return spent;
}
