/* rota_text.h - the words in which reeve.yaml says when shifts begin and when a layer is on.
 *
 * Promises: reads whole texts only; on failure outputs are untouched and err has a sentence with
 * what would be right. Weekdays are English, whole or their first three letters, in any case; times
 * are hh:mm on the wall, 00:00 to 23:59 (an end also 24:00). Refuses: anything behind it, seconds,
 * time zones by letters or offsets (zone names are left to whoever has the zones). */
#ifndef PEOPLE_ROTA_TEXT_H
#define PEOPLE_ROTA_TEXT_H

#include "people/rota.h"

struct rota_handover {
    int weekday;     /* 0 = Sunday; -1: none is said */
    int minute;      /* of the day */
    int week;        /* 1..4, ROTA_WEEK_LAST: which such weekday of a month; 0: none is said */
    int day;         /* 1..ROTA_DAY_LAST of a month; 0: none is said */
    struct str zone; /* "Europe/Ljubljana", or "" */
};

/* "Monday 09:00 Europe/Ljubljana", "09:00"; for months "first Monday 09:00", "1st 09:00",
 * "last day 09:00". */
MUST_USE bool rota_parse_handover(struct str text, struct rota_handover *out_handover,
                                  struct err *err);
/* "3 days", "12 hours", "2 weeks": minutes on the wall, from an hour to ROTA_LENGTH_MAX_MIN. */
MUST_USE bool rota_parse_every(struct str text, int64_t *out_length_min, struct err *err);

/* "2 months"; false, without a sentence, when it is something else. */
MUST_USE bool rota_parse_months(struct str text, int *out_months);

struct rota_date {
    int64_t wall_min; /* since 1970; of midnight when no time is said */
    bool is_timed;
};

/* "2026-01-05 09:00", "2026-01-05"; years 1970 to 9998. */
MUST_USE bool rota_parse_date(struct str text, struct rota_date *out_date, struct err *err);
/* "Monday-Friday 09:00-17:00", "Saturday, Sunday", "22:00-06:00". */
MUST_USE bool rota_parse_window(struct str text, struct rota_window *out_window, struct err *err);

/* "Mon 2026-03-02 09:00 CET"; "always" and "for good" where there is no such end. */
struct str rota_time_words(struct arena *arena, const struct zone *zone, struct instant at);

#endif
