/* pace.c - a few keys, each with when it was counted last. */
#include "channel/pace.h"

uint64_t pace_key(struct str who, struct str where)
{
    return str_hash(who) ^ (str_hash(where) * 31);
}

static struct pace_slot *find(struct pace *pace, uint64_t key)
{
    for (size_t i = 0; i < pace->count; i++)
        if (pace->slots[i].key == key)
            return &pace->slots[i];
    return NULL;
}

/* A new one, in place of the oldest where all are in use. */
static struct pace_slot *add(struct pace *pace, uint64_t key, int64_t now_ms)
{
    size_t at = 0;
    for (size_t i = 1; i < pace->count; i++)
        if (pace->slots[i].at_ms < pace->slots[at].at_ms)
            at = i;
    if (pace->count < PACE_KEYS_MAX)
        at = pace->count++;
    pace->slots[at] = (struct pace_slot){.key = key, .at_ms = now_ms, .left = PACE_MESSAGES};
    return &pace->slots[at];
}

bool pace_is_new(struct pace *pace, uint64_t key, int64_t now_ms, int64_t for_ms)
{
    struct pace_slot *slot = find(pace, key);
    if (slot && now_ms - slot->at_ms < for_ms)
        return false;
    if (slot)
        slot->at_ms = now_ms;
    else
        (void)add(pace, key, now_ms);
    return true;
}

enum pace_answer pace_take(struct pace *pace, uint64_t key, int64_t now_ms)
{
    struct pace_slot *slot = find(pace, key);
    if (!slot)
        slot = add(pace, key, now_ms);
    int64_t more = (now_ms - slot->at_ms) / PACE_EACH_MS;
    slot->at_ms += more * PACE_EACH_MS;
    slot->left = more >= PACE_MESSAGES - slot->left ? PACE_MESSAGES : slot->left + more;
    if (slot->left == 0) {
        bool told = slot->told;
        slot->told = true;
        return told ? PACE_TOO_MUCH : PACE_TOO_MUCH_TELL;
    }
    slot->told = slot->told && slot->left < PACE_MESSAGES / 4; /* not at each that comes through */
    slot->left--;
    return PACE_TAKE;
}
