/* instant.h - points in time and lengths of time.
 *
 * An instant is microseconds since 1970-01-01T00:00:00Z and does not convert silently; lengths are
 * int64_t with the unit in the name. Civil dates are the proleptic Gregorian calendar in UTC
 * (days-from-civil arithmetic, exact for years 1..9999). Time zones live in calendar/. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include "base/str.h"

enum { INSTANT_TEXT_BYTES = 28 };

struct instant {
    int64_t us;
};

struct civil {
    int year, month, day;     /* 1.., 1-12, 1-31 */
    int hour, minute, second; /* 0-23, 0-59, 0-59 */
    int microsecond;
    int weekday; /* 0 = Sunday; filled by civil_of, ignored by instant_of_civil */
};

static inline struct instant instant_add_ms(struct instant at, int64_t length_ms)
{
    return (struct instant){at.us + length_ms * 1000};
}
static inline int64_t instant_ms_between(struct instant from, struct instant to)
{
    return (to.us - from.us) / 1000;
}
static inline bool instant_before(struct instant a, struct instant b)
{
    return a.us < b.us;
}
static inline bool instant_is_zero(struct instant a)
{
    return a.us == 0;
}

struct civil civil_of(struct instant at);
struct instant instant_of_civil(struct civil civil);

/* RFC 3339 in UTC with microseconds, always 27 characters: 2026-11-23T10:46:47.000000Z */
void instant_write(struct instant at, char out_text[INSTANT_TEXT_BYTES]);
/* Reads RFC 3339: fraction of 0-9 digits, Z or ±hh:mm. False when it is anything else. */
MUST_USE bool instant_parse(struct str s, struct instant *out_at);

/* "45 s", "3 min 20 s", "2 h 5 min", "3 d 4 h": at most two units, rounded down, for people. */
struct str duration_text(struct arena *arena, int64_t length_ms);

/* "18:02 UTC", with its day when that is not now's. */
struct str instant_words(struct arena *arena, struct instant at, struct instant now);

#endif
