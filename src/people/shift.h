/* shift.h - who is on a rota: its layers, with leave, swaps and overrides, as a pure function.
 *
 * Promises: the same answer whenever it is asked, before and after a restart; nothing is stepped
 * through minute by minute: an answer says until when it holds, and lists go from border to border.
 * In this order:
 * Leave is what people recorded, and what calendar files name as leave.
 *   1. an override of the rota, unless its person is on leave or no longer under people:
 *   2. else the latest layer that is on and has somebody: those of the slot whose turn it is, each
 *      swapped where a swap says so, without those on leave; when all of them are away, the next
 *      slot of the rotation that has somebody, covering; of a layer whose turns stand in a calendar
 *      file the next of those turns, of 366 at most
 *   3. else nobody.
 * Refuses: to ask whether people can be reached; who is paged is oncall.h. */
#ifndef PEOPLE_SHIFT_H
#define PEOPLE_SHIFT_H

#include "people/oncall_change.h"

enum {
    SHIFTS_MAX = 20000,      /* in one list */
    SHIFT_PIECES_MAX = 4096, /* that a shift is looked together of */
    SHIFT_STEPS_MAX = 40000  /* borders in one list */
};

enum shift_origin {
    SHIFT_NOBODY,
    SHIFT_TURN,    /* the rotation's own */
    SHIFT_SWAPPED, /* the same, with a swap */
    SHIFT_COVER,   /* the next of the rotation, because all whose turn it is are away */
    SHIFT_OVERRIDE
};

struct shift {
    const struct str *people;
    size_t count;
    enum shift_origin origin;
    size_t layer;               /* whose, from 0; of SHIFT_OVERRIDE and SHIFT_NOBODY 0 */
    int64_t turn;               /* of the layer's rotation */
    int64_t change;             /* number of the override or swap, or 0 */
    const struct rota_slot *of; /* SHIFT_COVER: who is away */
    struct instant from, to;    /* ROTA_ALREADY, ROTA_NEVER: no such end */
};

/* Where shifts are asked of. */
struct shift_source {
    const struct rota *rota;
    const struct people *people;
    const struct oncall_changes *changes; /* may be NULL */
    const struct agenda *const *leaves;   /* whoever they name is away */
    size_t leave_count;
};

/* Who is on at an instant; from and to are borders around it, between which nothing changes: a
 * shift may go on beyond them. Names live in arena or with the rota. */
struct shift shift_piece(const struct shift_source *source, struct arena *arena, struct instant at);
/* The same with the whole shift: to is when somebody or something else is on. */
struct shift shift_at(const struct shift_source *source, struct arena *arena, struct instant at);

struct shifts {
    struct shift *items;
    size_t count;
    bool is_cut; /* there are more */
};

/* All shifts that touch [from, to), also those of nobody, in order; the first and the last whole.
 */
struct shifts shifts_between(const struct shift_source *source, struct arena *arena,
                             struct instant from, struct instant to);
/* "override 7", "cover for ana", … : why somebody is on. */
struct str shift_reason(struct arena *arena, const struct rota *rota, const struct shift *shift);
/* "ana and ben", or "nobody". */
struct str shift_names(struct arena *arena, const struct shift *shift);

#endif
