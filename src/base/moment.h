/* moment.h - how people write a moment and a length of time to a command: one reader for all of
 * them.
 *
 * A length: a whole number and its unit, with a blank between them or none: 90s, 45m, 45 min, 2h,
 * 7d, 2w; ms and whole words, too ("2 hours").
 * A moment: an instant of RFC 3339 (2026-11-29T16:00:00Z, +01:00, also without seconds, and with a
 * blank for the T); without a zone it is UTC; a date is its beginning, UTC; a time of day (16:00)
 * is the last one in UTC, or the next one for who looks ahead; a length is so long before now, or
 * from now for who looks ahead; -2h is before now and +2h from now for everybody; now is now.
 * Refuses: what is none of these, in a sentence that lists them; lengths beyond MOMENT_DAYS_MAX. */
#ifndef BASE_MOMENT_H
#define BASE_MOMENT_H

#include "base/err.h"
#include "base/instant.h"

enum { MOMENT_DAYS_MAX = 36500 };

enum moment_side { MOMENT_BEHIND, MOMENT_AHEAD }; /* where now's 16:00 and 2h are */

/* What help of an argument says of it. */
#define MOMENT_HELP_BEHIND                                                                         \
    "2h (before now), 16:00 (the last one, UTC), 2026-11-28, or 2026-11-28T16:00:00Z"
#define MOMENT_HELP_AHEAD                                                                          \
    "2h (from now), 16:00 (the next one, UTC), 2026-11-28, or 2026-11-28T16:00:00Z"

MUST_USE bool span_parse(struct str words, int64_t *out_ms);
MUST_USE bool moment_parse(struct str words, enum moment_side side, struct instant now,
                           struct instant *out_at, struct err *err);

#endif
