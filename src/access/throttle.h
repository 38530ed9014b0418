/* throttle.h - how often something may be tried: five times at once, then after waits that double.
 *
 * A key is whatever is counted: a name, an address. Time is the clock that never jumps. At
 * LIMIT_THROTTLES keys the one with the fewest tries gives way, so that a flood of new keys does
 * not wash away the one that is being guessed at.
 * Refuses: counting for ever; an hour without a try forgets a key. */
#ifndef ACCESS_THROTTLE_H
#define ACCESS_THROTTLE_H

#include "base/limits.h"
#include "base/str.h"

enum {
    THROTTLE_FREE_TRIES = 5,
    THROTTLE_FIRST_WAIT_MS = 5000,
    THROTTLE_MOST_WAIT_MS = 15 * 60 * 1000,
    THROTTLE_FORGET_MS = 60 * 60 * 1000
};

struct throttle_slot {
    uint64_t key; /* 0: free */
    int tries;
    int64_t last_ms;  /* of the newest try */
    int64_t until_ms; /* no other one before */
};

struct throttle {
    struct throttle_slot slots[LIMIT_THROTTLES];
};

/* How long the key has to wait before its next try; 0: it may try now. */
int64_t throttle_wait_ms(const struct throttle *throttle, struct str key, int64_t now_ms);
/* Counts a try that may begin now. Counted before it is known how it ends, so that many at once
 * are as many. */
void throttle_try(struct throttle *throttle, struct str key, int64_t now_ms);
/* It went well: the key begins anew. */
void throttle_forget(struct throttle *throttle, struct str key);
/* It was no guess: the newest try of the key does not count. */
void throttle_take_back(struct throttle *throttle, struct str key);

#endif
