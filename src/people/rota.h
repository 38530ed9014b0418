/* rota.h - rotations: who has which shift by the wall clock of a zone, before leave and overrides.
 *
 * Promises: pure; every question costs the same at any distance from today. Hand-overs are times on
 * the wall: border n is the first moment at which the clock of the layer's zone shows the first
 * hand-over plus n lengths, or a later time (calendar/zone.h). So a change of summer time makes a
 * shift longer or shorter and never moves a hand-over; a time that does not exist is the moment
 * after the gap, one that exists twice is the first. Without a beginning the rotation is counted,
 * forwards and backwards, from the week that begins on Monday 2001-01-01 in the zone: never from
 * when Reeve was started or configured. Shifts of months have one hand-over in each month, by a day
 * of it, and border n is that of the month n times so many months on.
 * Refuses: to know of leave, swaps and overrides: that is shift.h. */
#ifndef PEOPLE_ROTA_H
#define PEOPLE_ROTA_H

#include "calendar/zone.h"

enum {
    ROTA_NAME_BYTES = 65, /* with its end */
    ROTA_LAYERS_MAX = 16,
    ROTA_SLOTS_MAX = 366,
    ROTA_WINDOWS_MAX = 16,
    ROTA_HOUR_MIN = 60,
    ROTA_DAY_MIN = 24 * 60,
    ROTA_WEEK_MIN = 7 * ROTA_DAY_MIN,
    ROTA_LENGTH_MAX_MIN = 366 * ROTA_DAY_MIN,
    ROTA_MONTHS_MAX = 36,  /* of a shift */
    ROTA_ZERO_MONTH = 372, /* January 2001, in months since January 1970 */
    ROTA_DAY_LAST = 31,    /* the month's last one, whatever it is */
    ROTA_WEEK_LAST = 5     /* the last such weekday of the month */
};

/* Of a shift or a span that has no end, or no beginning. */
#define ROTA_NEVER    ((struct instant){INT64_MAX})
#define ROTA_ALREADY  ((struct instant){INT64_MIN})
#define ROTA_ZERO_DAY 11323 /* 2001-01-01, a Monday, in days since 1970 */

/* Those who are on together. */
struct rota_slot {
    const struct str *people;
    size_t count;
};

/* From this moment until that of the next entry; nobody where the slot is empty. */
struct agenda_entry {
    struct instant from;
    struct rota_slot slot;
};

/* Turns that a calendar file names (agenda.h), in order; before the first nobody is on, the last
 * has no end. It may be replaced while a layer has it. */
struct agenda {
    struct str file; /* as it is called in sentences */
    const struct agenda_entry *entries;
    size_t count;
};

/* On these weekdays, from a minute of the day to another; an end not after the begin is on the next
 * day. */
struct rota_window {
    unsigned weekdays; /* bit n: weekday n, 0 = Sunday */
    int from_minute;   /* 0..1439 */
    int to_minute;     /* 0..1440 */
};

/* The day of a month on which shifts change. */
struct rota_month {
    int every;   /* months of a shift; 0: the layer's are no months */
    int week;    /* 1..4, ROTA_WEEK_LAST: which one of that weekday; 0: a day by its number */
    int weekday; /* 0 = Sunday */
    int day;     /* 1..ROTA_DAY_LAST; one that the month has not is its last */
    int minute;  /* of that day */
};

struct rota_layer {
    struct str name; /* or "" */
    const struct zone *zone;
    int64_t length_min;      /* of a shift, on the wall; 0: the first slot is always on */
    int64_t anchor_min;      /* a hand-over to the first slot, in minutes of the wall since 1970 */
    struct rota_month month; /* with every: length_min is 0, and anchor_month is counted from */
    int64_t anchor_month;    /* the month of a hand-over to the first slot, since January 1970 */
    const struct rota_slot *slots;
    size_t slot_count;
    const struct rota_window *windows; /* it is on only then; none: always */
    size_t window_count;
    struct instant from, until; /* it is on in [from, until); zero: no such end */
    struct agenda *agenda;      /* who is on is said there, and slots are none; or NULL */
};

struct rota {
    struct str name;                 /* "primary" */
    const struct rota_layer *layers; /* later ones win where they are on */
    size_t layer_count;
    bool may_be_empty; /* nobody is told when nobody is on */
};

/* One layer in which the same people are always on: on_call: { primary: [ana, ben] }. The slots are
 * those that the caller keeps. */
#define ROTA_ALWAYS(slot)                                                                          \
    {                                                                                              \
        .slots = (slot), .slot_count = 1                                                           \
    }

/* A length of time [from, to) in which the layer is on, or is not. */
struct rota_span {
    struct instant from, to;
    bool on;
};

/* One shift of the rotation, on or not. */
struct rota_turn {
    struct instant from, to;
    int64_t number; /* from the first hand-over; before it negative */
    size_t slot;    /* whose it is */
};

/* Do its slots take turns? */
static inline bool rota_has_turns(const struct rota_layer *layer)
{
    return layer->length_min > 0 || layer->month.every > 0;
}

/* The month that a time of the wall lies in, since January 1970. */
int64_t rota_month_of(int64_t wall_min);
/* The hand-over of a month, in minutes of the wall. */
int64_t rota_month_min(const struct rota_month *month, int64_t number);
struct rota_turn rota_turn_at(const struct rota_layer *layer, struct instant at);
/* The entry of the agenda around an instant, SIZE_MAX before the first; its borders. */
size_t agenda_find(const struct agenda *agenda, struct instant at, struct instant *out_from,
                   struct instant *out_to);
/* Does one of them name the person at an instant? */
bool agenda_names(const struct agenda *const *agendas, size_t count, struct str person,
                  struct instant at);
/* The longest span around at within a bound of some days: to and from are where the layer may go
 * on or off. */
struct rota_span rota_span_at(const struct rota_layer *layer, struct instant at);
/* The instant of a minute of the wall since 1970. */
struct instant rota_wall(const struct zone *zone, int64_t wall_min);
/* The minute that the wall shows. */
int64_t rota_wall_min(const struct zone *zone, struct instant at);
const struct rota *rota_find(const struct rota *rotas, size_t count, struct str name);
/* Of the first layer; UTC where the same people are always on. */
const struct zone *rota_zone(const struct rota *rota);

#endif
