/* when.h - times of a calendar file: dates, times, lengths, and the clocks that they are read by.
 *
 * A time on the wall is seconds since 1970 as if it were UTC. A clock is a zone of this machine's
 * zone data, or what a VTIMEZONE of the file says. A time that a clock change skips is read by the
 * clock of before it, one that comes twice is the first (RFC 5545, 3.3.5).
 * Refuses, with a sentence: anything behind a value, dates that no calendar has, years before 1900
 * and after 2999. */
#ifndef ICAL_WHEN_H
#define ICAL_WHEN_H

#include "calendar/zone.h"
#include "ical/lines.h"

/* From utc_s on the clock is offset_s ahead of UTC. */
struct ical_onset {
    int64_t utc_s;
    int32_t offset_s;
};

struct ical_clock {
    const struct zone *zone; /* NULL: the onsets, in order */
    const struct ical_onset *onsets;
    size_t onset_count;
    int32_t first_offset_s; /* before the first */
};

struct ical_time {
    int64_t wall_s;
    const struct ical_clock *clock;
    bool is_date;
};

/* Seconds since 1970 in UTC. */
int64_t ical_utc_s(const struct ical_clock *clock, int64_t wall_s);
/* What the clock shows. */
int64_t ical_wall_s(const struct ical_clock *clock, int64_t utc_s);
/* The clock that is UTC. */
const struct ical_clock *ical_utc(void);

/* "20260302", "20260302T090000", "20260302T090000Z". *out_utc: it ends with Z. */
MUST_USE bool ical_parse_time(struct str text, int64_t *out_wall_s, bool *out_date, bool *out_utc);
/* "P1W", "P1DT12H", "-PT30M" (negative ones are refused): days on the wall, seconds of an hour. */
MUST_USE bool ical_parse_length(struct str text, int64_t *out_wall_s, int64_t *out_exact_s);
/* "+0100", "-053000" */
MUST_USE bool ical_parse_offset(struct str text, int32_t *out_offset_s);

#endif
