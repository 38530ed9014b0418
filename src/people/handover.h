/* handover.h - hand-overs of rotas that are told: found when they are due, told once.
 *
 * Promises: each hand-over of a rota from some people to others is a fact when it is due to be
 * told, before_ms ahead of it, at most once also over restarts; what was missed while Reeve did not
 * run is told up to HANDOVER_LATE_MS after it. When others are on from then than was told, that is
 * another one instead of it, until HANDOVER_LATE_MS after it. Shifts and overrides shorter than
 * shortest_ms are none, and neither is the way back from them, but back from what was told. State
 * changes only by folding events. What is looked at again is planned rota by rota: a turn in which
 * nothing is due compares one instant. Refuses: to decide who is paged (handover_notice.h). */
#ifndef PEOPLE_HANDOVER_H
#define PEOPLE_HANDOVER_H

#include "people/oncall.h"

enum {
    HANDOVERS_MAX = 256, /* the newest, of all rotas */
    HANDOVER_NAMES_BYTES = 120,
    HANDOVER_LATE_MS = 60 * 60 * 1000
};

enum handover_tell { HANDOVER_NOBODY, HANDOVER_NEW, HANDOVER_BOTH };

/* As reeve.yaml says; all zero: nothing is told. */
struct handover_rules {
    enum handover_tell tell;
    int64_t before_ms;
    int64_t shortest_ms;
};

struct oncall_handover {
    int64_t number;
    int64_t instead; /* of that one, of the same rota and instant; 0: of none */
    char rota[ROTA_NAME_BYTES];
    struct instant from, until;     /* of who comes on; until zero: no end is known */
    char off[HANDOVER_NAMES_BYTES]; /* "ana and ben", or "nobody" */
    char on[HANDOVER_NAMES_BYTES];
};

struct oncall_handovers {
    struct oncall_handover items[HANDOVERS_MAX]; /* a ring: number n is at n % HANDOVERS_MAX */
    int64_t last_number;
};

void handover_fold(struct oncall_handovers *handovers, const struct event *event);
/* NULL: there is none, or it is too long ago. */
const struct oncall_handover *handover_get(const struct oncall_handovers *handovers,
                                           int64_t number);

/* Is there a later one instead of it? */
bool handover_is_replaced(const struct oncall_handovers *handovers, int64_t number);

/* When each rota is to be looked at again: computed, not folded. All zero: now. */
struct handover_watch {
    struct instant first;
    struct instant next[LIMIT_ROTAS];
    struct instant looked;
    const struct rota *rotas;
    int64_t version;
};

struct handover_world {
    const struct oncall *oncall;
    const struct oncall_handovers *handovers;
    const struct handover_rules *rules;
    struct instant now;
};

void handover_decide(const struct handover_world *world, struct handover_watch *watch,
                     struct event_list *out);

#endif
