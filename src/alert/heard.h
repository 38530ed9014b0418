/* heard.h - what rules came to by the answers of an engine, for their picture: the engine keeps its
 * samples, and nobody else keeps what Reeve decided by them.
 *
 * Promises: bounded: HEARD_SLOTS stretches of each of three lengths a rule, at most HEARD_RULES_MAX
 * rules; of a stretch the highest and the lowest value, whether the rule was unknown in it and
 * whether it fired. A stretch in which nobody looked is none of these.
 * Refuses: to outlive the process: it is no fact, and the time from which on it was kept is told.
 */
#ifndef ALERT_HEARD_H
#define ALERT_HEARD_H

#include "alert/rule.h"
#include "base/map.h"

enum { HEARD_SLOTS = 240, HEARD_TIERS = 3, HEARD_RULES_MAX = 1000 };

struct heard_slot {
    float low, high; /* when is_known */
    bool is_known, is_unknown, is_firing;
};

/* The newest HEARD_SLOTS stretches: a ring. */
struct heard_tier {
    int64_t newest; /* number of the newest stretch since 1970 */
    struct heard_slot slots[HEARD_SLOTS];
};

struct heard {
    struct instant since; /* the first look */
    struct heard_tier tiers[HEARD_TIERS];
};

struct heards {
    struct arena *arena;
    struct map rules; /* by id: struct heard */
    struct heard **spare;
    size_t spare_count, spare_capacity;
};

void heards_init(struct heards *heards, struct arena *arena);
void heards_done(struct heards *heards);
/* Forgets the rules that are not among these, or are not asked any more. */
void heards_keep(struct heards *heards, const struct rules *rules);
/* All of it: after the wall clock was set, old instants mean nothing. */
void heards_forget(struct heards *heards);
/* What the rule is at now. Passed over where there are too many rules. */
void heards_push(struct heards *heards, const struct rule *rule,
                 const struct evaluation *evaluation, bool is_firing, struct instant now);
/* NULL: nothing was heard of the rule. */
const struct heard *heards_find(const struct heards *heards, struct str rule);
/* How long a stretch of a tier is: 15 s, 6 min, 3 h. */
int64_t heard_slot_ms(size_t tier);
/* The stretch that ended back stretches before the one of now; NULL: it is not kept. */
const struct heard_slot *heard_slot_of(const struct heard *heard, size_t tier, int64_t back,
                                       struct instant now);

#endif
