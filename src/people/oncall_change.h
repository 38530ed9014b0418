/* oncall_change.h - what people change of the rotas: overrides, swaps and leave, as facts.
 *
 * Promises: state changes only by folding events; a change has a person, a beginning, an end, a
 * reason and who made it, and is kept ONCALL_KEPT_MS after its end, so that the rota of a month ago
 * can still be told. Times are instants: a wall clock that is set moves none.
 *   override  a person is on a rota instead of whoever it names
 *   swap      in that time each of two people has the shifts of the other on a rota
 *   leave     a person is away: of no rota, whoever they are named by
 * Refuses, with one sentence: rotas and people that are not there, an end that is not after the
 * beginning or too far away, what is over already, overrides of one rota that overlap, swaps of the
 * same person that overlap or exchange nothing, a second leave of a person at the same time, and
 * more than ONCALL_CHANGES_MAX that are not over. */
#ifndef PEOPLE_ONCALL_CHANGE_H
#define PEOPLE_ONCALL_CHANGE_H

#include "ledger/event.h"
#include "people/person.h"
#include "people/rota.h"

enum {
    ONCALL_CHANGES_MAX = 256, /* not over */
    ONCALL_KEPT_MAX = 1024,   /* with those that are over */
    ONCALL_PERSON_BYTES = 80,
    ONCALL_REASON_BYTES = 256
};
#define ONCALL_KEPT_MS (INT64_C(92) * 24 * 3600 * 1000)
#define ONCALL_MOST_MS (INT64_C(400) * 24 * 3600 * 1000) /* from now to an end */

enum oncall_change_kind { ONCALL_OVERRIDE, ONCALL_SWAP, ONCALL_LEAVE };

struct oncall_change {
    int64_t number;
    enum oncall_change_kind kind;
    char rota[ROTA_NAME_BYTES];       /* "" of a leave */
    char person[ONCALL_PERSON_BYTES]; /* who is on, one of the two, or who is away */
    char other[ONCALL_PERSON_BYTES];  /* of a swap */
    struct instant from, until;
    char by[ONCALL_PERSON_BYTES];
    char reason[ONCALL_REASON_BYTES];
};

struct oncall_changes {
    struct arena *arena;         /* state lifetime */
    struct oncall_change *items; /* in order of number */
    size_t count, capacity;
    int64_t last_number;
    int64_t version; /* another one after each fold that changed something */
};

void oncall_changes_init(struct oncall_changes *changes, struct arena *arena);
void oncall_change_fold(struct oncall_changes *changes, const struct event *event);
const struct oncall_change *oncall_change_find(const struct oncall_changes *changes,
                                               int64_t number);
bool oncall_change_is_on(const struct oncall_change *change, struct instant at);
/* Is the person on leave at that time? changes may be NULL. */
bool oncall_is_away(const struct oncall_changes *changes, struct str person, struct instant at);
/* "override of primary by ben", "swap of ana and ben on primary", "leave of ana". */
struct str oncall_change_words(struct arena *arena, const struct oncall_change *change);

struct oncall;

/* What a person asks for. */
struct oncall_call {
    struct str actor;
    struct str rota, person, other; /* as typed */
    struct instant from, until;
    struct str reason;
    int64_t number; /* of oncall_undo */
    struct instant now;
};

/* Commands: false and a sentence in err when refused, nothing added. */
MUST_USE bool oncall_override(const struct oncall *oncall, const struct oncall_call *call,
                              struct event_list *out, struct err *err);
MUST_USE bool oncall_swap(const struct oncall *oncall, const struct oncall_call *call,
                          struct event_list *out, struct err *err);
MUST_USE bool oncall_leave(const struct oncall *oncall, const struct oncall_call *call,
                           struct event_list *out, struct err *err);
/* number, actor, now; one that is over stays as it was. */
MUST_USE bool oncall_undo(const struct oncall *oncall, const struct oncall_call *call,
                          struct event_list *out, struct err *err);

#endif
