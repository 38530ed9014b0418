/* calendar.h - when something recurring is due next, and the weekly windows.
 *
 * Promises: pure arithmetic on instants; months are calendar months, and a day that a month does
 * not have becomes its last one; windows are half open, [from, to). Refuses: zones other than UTC,
 * with a sentence: never local time silently. Recurrences and windows in a zone are in rule.h. */
#ifndef CALENDAR_CALENDAR_H
#define CALENDAR_CALENDAR_H

#include "base/instant.h"

/* Exactly one of the two is positive. */
struct recurrence {
    int64_t every_ms;
    int every_months;
};

/* A window on one weekday (0 = Sunday), or on every day (-1); minutes of the day from 0; an end
 * that is not after the begin lies on the next day. */
struct weekly_window {
    int weekday;
    int from_minute; /* 0..1439 */
    int to_minute;   /* 0..1440 */
    struct str zone; /* "UTC" or "GMT" */
};

struct window_span {
    struct instant from, to;
};

/* When it is due, given when it was last done: that plus one period. Never done (zero) is due now.
 * Fails (ERR_USAGE) on a recurrence without exactly one positive period, or beyond the year 9999.
 */
MUST_USE bool recurrence_find_due(const struct recurrence *recurrence, struct instant last_done,
                                  struct instant now, struct instant *out_due, struct err *err);

/* The span that contains at, or else the next one to begin; *out_inside (may be NULL) says which.
 * Fails on a zone other than UTC and on values out of range. */
MUST_USE bool window_find_span(const struct weekly_window *window, struct instant at,
                               struct window_span *out_span, bool *out_inside, struct err *err);

/* at plus calendar months (may be negative): 31 January plus one is the last day of February. */
struct instant instant_add_months(struct instant at, int months);

#endif
