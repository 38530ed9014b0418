/* pace.h - how much is taken of one person, and how often one is answered.
 *
 * A key is a hash of whoever and wherever it is. Time is the clock that never jumps. Each keeps
 * PACE_KEYS_MAX keys; of more, the one that was counted longest ago gives way.
 * Refuses: counting for ever. */
#ifndef CHANNEL_PACE_H
#define CHANNEL_PACE_H

#include "base/str.h"

enum {
    PACE_KEYS_MAX = 64,
    PACE_MESSAGES = 200, /* of one person in one channel, at once: a long text that is pasted in */
    PACE_EACH_MS = 1000  /* and one more after each of these */
};

struct pace_slot {
    uint64_t key;
    int64_t at_ms; /* counted last */
    int64_t left;  /* of what may come at once */
    bool told;     /* that it is too much, since something was taken last */
};

struct pace {
    struct pace_slot slots[PACE_KEYS_MAX];
    size_t count;
};

enum pace_answer { PACE_TAKE, PACE_TOO_MUCH_TELL, PACE_TOO_MUCH };

uint64_t pace_key(struct str who, struct str where);
/* True when it was not so within for_ms; counted only then. */
bool pace_is_new(struct pace *pace, uint64_t key, int64_t now_ms, int64_t for_ms);
/* May one more message be taken? PACE_TOO_MUCH_TELL: no, and that is to be said now. */
enum pace_answer pace_take(struct pace *pace, uint64_t key, int64_t now_ms);

#endif
