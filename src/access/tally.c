/* tally.c - counting refusals by kind, name and caller. */
#include "access/tally.h"

/* "many" take the last place when there is none. */
static const struct refusal many = {
    .name = {"many names", 10}, .from = {"many callers", 12}, .reason = {"of many reasons", 15}};

static bool is_same(const struct tally_slot *slot, const struct refusal *refusal)
{
    return slot->used && slot->is_login == refusal->is_login &&
           str_is(str_cut(refusal->name, TALLY_WORDS_BYTES - 1), slot->name) &&
           str_is(str_cut(refusal->from, TALLY_WORDS_BYTES - 1), slot->from) &&
           str_is(str_cut(refusal->reason, TALLY_WORDS_BYTES - 1), slot->reason);
}

static struct tally_slot *find(struct tally *tally, const struct refusal *refusal)
{
    struct tally_slot *room = NULL;
    for (size_t i = 0; i < LIMIT_TALLIES; i++) {
        struct tally_slot *slot = &tally->slots[i];
        if (is_same(slot, refusal))
            return slot;
        if (!slot->used && !room && i + 1 < LIMIT_TALLIES)
            room = slot;
    }
    return room ? room : &tally->slots[LIMIT_TALLIES - 1];
}

static void describe(const struct tally_slot *slot, int64_t count, struct refusal *out_said)
{
    *out_said = (struct refusal){.is_login = slot->is_login,
                                 .name = str_of(slot->name),
                                 .from = str_of(slot->from),
                                 .reason = str_of(slot->reason),
                                 .count = count};
}

bool tally_count(struct tally *tally, const struct refusal *refusal, int64_t now_ms,
                 struct refusal *out_said)
{
    struct tally_slot *slot = find(tally, refusal);
    if (slot->used) {
        slot->count++;
        return false;
    }
    const struct refusal *kept = slot == &tally->slots[LIMIT_TALLIES - 1] ? &many : refusal;
    *slot = (struct tally_slot){.used = true, .is_login = kept->is_login, .since_ms = now_ms};
    str_keep(slot->name, sizeof slot->name, kept->name);
    str_keep(slot->from, sizeof slot->from, kept->from);
    str_keep(slot->reason, sizeof slot->reason, kept->reason);
    describe(slot, 1, out_said);
    return true;
}

bool tally_next(struct tally *tally, int64_t now_ms, bool all, struct refusal *out_said)
{
    for (size_t i = 0; i < LIMIT_TALLIES; i++) {
        struct tally_slot *slot = &tally->slots[i];
        if (!slot->used || (!all && now_ms - slot->since_ms < TALLY_MS))
            continue;
        if (slot->count == 0) {
            slot->used = false;
            continue;
        }
        describe(slot, slot->count, out_said);
        slot->count = 0;
        slot->since_ms = now_ms;
        return true;
    }
    return false;
}
