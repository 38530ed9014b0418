/* throttle.c - counting tries by key. */
#include "access/throttle.h"

#include "base/hash.h"

/* Of a hash that nobody can aim with: two keys that collide on purpose would lock each other out.
 */
static uint64_t key_of(struct str key)
{
    uint64_t number = 0;
    struct hash hash = hash_of(key);
    memcpy(&number, hash.b, sizeof number);
    return number | 1; /* 0 is a free place */
}

static size_t find(const struct throttle *throttle, uint64_t key)
{
    size_t at = 0;
    while (at < LIMIT_THROTTLES && throttle->slots[at].key != key)
        at++;
    return at;
}

/* A free place, else that of the key with the fewest tries, the oldest of those. */
static size_t find_room(const struct throttle *throttle)
{
    size_t best = 0;
    for (size_t i = 0; i < LIMIT_THROTTLES; i++) {
        const struct throttle_slot *slot = &throttle->slots[i];
        const struct throttle_slot *least = &throttle->slots[best];
        if (slot->key == 0)
            return i;
        if (slot->tries < least->tries ||
            (slot->tries == least->tries && slot->last_ms < least->last_ms))
            best = i;
    }
    return best;
}

int64_t throttle_wait_ms(const struct throttle *throttle, struct str key, int64_t now_ms)
{
    size_t at = find(throttle, key_of(key));
    if (at == LIMIT_THROTTLES || throttle->slots[at].until_ms <= now_ms)
        return 0;
    return throttle->slots[at].until_ms - now_ms;
}

static int64_t wait_after(int tries)
{
    int64_t wait_ms = THROTTLE_FIRST_WAIT_MS;
    if (tries < THROTTLE_FREE_TRIES)
        return 0;
    for (int i = THROTTLE_FREE_TRIES; i < tries && wait_ms < THROTTLE_MOST_WAIT_MS; i++)
        wait_ms *= 2;
    return wait_ms < THROTTLE_MOST_WAIT_MS ? wait_ms : THROTTLE_MOST_WAIT_MS;
}

void throttle_try(struct throttle *throttle, struct str key, int64_t now_ms)
{
    uint64_t number = key_of(key);
    size_t at = find(throttle, number);
    if (at == LIMIT_THROTTLES)
        at = find_room(throttle);
    struct throttle_slot *slot = &throttle->slots[at];
    if (slot->key != number || now_ms - slot->last_ms >= THROTTLE_FORGET_MS)
        *slot = (struct throttle_slot){.key = number};
    slot->tries++;
    slot->last_ms = now_ms;
    slot->until_ms = now_ms + wait_after(slot->tries);
}

void throttle_forget(struct throttle *throttle, struct str key)
{
    size_t at = find(throttle, key_of(key));
    if (at < LIMIT_THROTTLES)
        throttle->slots[at] = (struct throttle_slot){0};
}

void throttle_take_back(struct throttle *throttle, struct str key)
{
    size_t at = find(throttle, key_of(key));
    if (at == LIMIT_THROTTLES)
        return;
    struct throttle_slot *slot = &throttle->slots[at];
    slot->tries--;
    slot->until_ms = slot->last_ms;
    if (slot->tries == 0)
        *slot = (struct throttle_slot){0};
}
