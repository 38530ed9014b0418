/* archive_open.c - a merged tier with the slots that are not over: those of the writer are in its
 * memory, so they are merged here again from the readings as they were made. */
#include "collect/archive_internal.h"

/* Up to where the tier itself has what a target said. */
struct reach {
    struct str target;
    struct instant at;
};

struct filling {
    const struct archive_use *use;
    struct arena arena; /* as long as the filling */
    struct arena turn;  /* one reading */
    struct tier tier;
    struct reach *reaches;
    size_t count, capacity;
    struct instant newest; /* of any target */
    bool stopped;
};

static struct reach *reach_of(struct filling *filling, struct str target)
{
    for (size_t i = 0; i < filling->count; i++)
        if (str_equal(filling->reaches[i].target, target))
            return &filling->reaches[i];
    return NULL;
}

static void give(void *context, const struct reading *reading)
{
    struct filling *filling = context;
    filling->stopped = filling->stopped || !filling->use->take(filling->use->context, reading);
}

static bool take_merged(void *context, const struct reading *reading)
{
    struct filling *filling = context;
    struct reach *reach = reach_of(filling, reading->target);
    if (!reach) {
        reach = &LIST_PUSH(&filling->arena, filling->reaches, filling->count, filling->capacity);
        reach->target = str_copy(&filling->arena, reading->target);
    }
    reach->at = reading->at;
    if (instant_before(filling->newest, reading->at))
        filling->newest = reading->at;
    give(filling, reading);
    return !filling->stopped;
}

static bool take_exact(void *context, const struct reading *reading)
{
    struct filling *filling = context;
    struct reading closed;
    const struct reach *reach = reach_of(filling, reading->target);
    if (reach && !instant_before(reach->at, reading->at))
        return true;
    arena_reset(&filling->turn);
    if (tier_add(&filling->tier, &filling->turn, reading, &closed))
        give(filling, &closed);
    return !filling->stopped;
}

bool archive_read_with_open(struct archive *archive, const struct archive_range *range,
                            const struct archive_use *use, struct err *err)
{
    if (range->tier == TIER_EXACT)
        return archive_read(archive, range, use, err);
    struct filling filling = {.use = use};
    arena_init(&filling.arena);
    arena_init(&filling.turn);
    tier_init(&filling.tier, &filling.arena, range->tier);
    bool good = archive_read(archive, range, &(struct archive_use){&filling, take_merged}, err);
    /* What another target says of the newest slot may not be merged yet: from its beginning on. */
    struct archive_range rest = *range;
    int64_t slot_us = tier_of(range->tier)->slot_ms * 1000;
    struct instant begin = {(filling.newest.us - 1) / slot_us * slot_us};
    rest.tier = TIER_EXACT;
    if (instant_before(rest.from, begin))
        rest.from = begin;
    if (good && !filling.stopped)
        good = archive_read(archive, &rest, &(struct archive_use){&filling, take_exact}, err);
    if (good && !filling.stopped)
        tier_close_before(&filling.tier, instant_add_ms(range->until, 2 * slot_us / 1000), give,
                          &filling);
    tier_done(&filling.tier);
    arena_done(&filling.turn);
    arena_done(&filling.arena);
    return good;
}
