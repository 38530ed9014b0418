/* tally.c - counting refusals by kind, name and caller. */
#include "access/tally.h"

enum { HALF = LIMIT_TALLIES / 2 };

/* What is told together when there is no place for each. */
static const struct str many_names = {"many names", 10};
static const struct str many_callers = {"many callers", 12};
static const struct str many_reasons = {"of many reasons", 15};

static bool is_same(const struct tally_slot *slot, const struct refusal *refusal)
{
    return slot->used && str_is(str_cut(refusal->name, TALLY_WORDS_BYTES - 1), slot->name) &&
           str_is(str_cut(refusal->from, TALLY_WORDS_BYTES - 1), slot->from) &&
           str_is(str_cut(refusal->reason, TALLY_WORDS_BYTES - 1), slot->reason);
}

/* Logins have one half of the places and requests the other, so that neither hides the other. The
 * last place of a half is for all that have none. */
static struct tally_slot *find(struct tally *tally, const struct refusal *refusal, bool *out_shared)
{
    struct tally_slot *half = tally->slots + (refusal->is_login ? 0 : HALF);
    struct tally_slot *room = NULL;
    for (size_t i = 0; i < HALF; i++) {
        if (is_same(&half[i], refusal)) {
            *out_shared = false;
            return &half[i];
        }
        if (!half[i].used && !room && i + 1 < HALF)
            room = &half[i];
    }
    *out_shared = !room;
    return room ? room : &half[HALF - 1];
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
    bool shared = false;
    struct tally_slot *slot = find(tally, refusal, &shared);
    if (slot->used) {
        slot->count++;
        return false;
    }
    *slot = (struct tally_slot){.used = true, .is_login = refusal->is_login, .since_ms = now_ms};
    str_keep(slot->name, sizeof slot->name, shared ? many_names : refusal->name);
    str_keep(slot->from, sizeof slot->from, shared ? many_callers : refusal->from);
    str_keep(slot->reason, sizeof slot->reason, shared ? many_reasons : refusal->reason);
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

bool denials_may_tell(struct denials *denials, struct str who, struct str what, int64_t now_ms)
{
    struct told told = {str_hash(who), str_hash(what), now_ms};
    int of_theirs = 0;
    for (size_t i = 0; i < DENIALS_MAX; i++) {
        const struct told *item = &denials->items[i];
        if (item->at_ms == 0 || now_ms - item->at_ms >= TALLY_MS || item->who != told.who)
            continue;
        if (item->what == told.what || ++of_theirs >= DENIALS_EACH_MAX)
            return false;
    }
    struct told *oldest = &denials->items[denials->next];
    if (oldest->at_ms > 0 && now_ms - oldest->at_ms < TALLY_MS)
        return false;
    *oldest = told;
    denials->next = (denials->next + 1) % DENIALS_MAX;
    return true;
}
