/* gap.h - times at which a rota has nobody who can be paged: found ahead, told once.
 *
 * Promises: a gap that begins within look_ahead is a fact, and so is its end; it is told once, also
 * over restarts: to whoever is on the rota just before it, else the secondary, else every responder
 * (gap_notice.h). One that grows by a material part is said anew as a whole, with a number of its
 * own, and takes the place of the smaller one. One that becomes smaller is said again with the same
 * number, which tells nobody: so what comes back is new. Gaps of a rota that are found together are
 * one message. State changes only by folding events. What is looked at again is planned rota by
 * rota (gap_watch): a turn in which nothing is due compares one instant. Refuses: rotas that may be
 * empty; more than GAPS_MAX at once (those that begin first count). */
#ifndef PEOPLE_GAP_H
#define PEOPLE_GAP_H

#include "people/oncall.h"

enum { GAPS_MAX = 128, GAPS_EACH_MAX = 16, GAP_REASON_BYTES = 200 };

/* A time at which nobody can be paged. */
struct rota_gap {
    struct instant from, to; /* to: ROTA_NEVER when no end is known */
    struct str reason;       /* "nobody is on", "ana cannot be reached" */
};

/* Where gaps are looked for. */
struct gap_source {
    const struct oncall *oncall;
    const struct rota *rota;
    struct arena *arena;
};

/* The first one that touches [from, until), its beginning not before from. False: there is none. */
MUST_USE bool gap_find(const struct gap_source *source, struct instant from, struct instant until,
                       struct rota_gap *out_gap);

/* One that was said and is not over. */
struct oncall_gap {
    int64_t number;
    int64_t with; /* told in the message of that gap, or 0 */
    char rota[ROTA_NAME_BYTES];
    struct instant from, until; /* until zero: no end is known */
    char reason[GAP_REASON_BYTES];
};

struct oncall_gaps {
    struct oncall_gap items[GAPS_MAX]; /* in order of number */
    size_t count;
    int64_t last_number;
};

void gap_fold(struct oncall_gaps *gaps, const struct event *event);
const struct oncall_gap *gap_get(const struct oncall_gaps *gaps, int64_t number); /* NULL: none */
/* "from Mon 2026-12-07 09:00 CET until Tue 2026-12-08 09:00 CET". */
struct str gap_times(struct arena *arena, const struct zone *zone, struct instant from,
                     struct instant until);

/* When each rota is to be looked at again: computed, not folded. All zero: now. */
struct gap_watch {
    struct instant first; /* of all */
    struct instant next[LIMIT_ROTAS];
    struct instant looked;
    const struct rota *rotas; /* those that it is of */
    int64_t version;          /* of the changes */
};

struct gap_world {
    const struct oncall *oncall;
    const struct oncall_gaps *gaps;
    int64_t look_ahead_ms; /* 0: nothing is looked for */
    struct instant now;
};

void gap_decide(const struct gap_world *world, struct gap_watch *watch, struct event_list *out);

#endif
