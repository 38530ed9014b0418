/* rule.h - recurrence rules in a time zone: the next time, the time now, the times between.
 *
 * Promises: dates are counted on the wall of the zone, so "Sunday 02:00" stays at 02:00 through
 * clock changes; each call looks at a bounded number of days (LIMIT_CALENDAR_STEPS). Through a
 * clock change: a time that is skipped counts at the moment after the gap, one that comes twice the
 * first time; a window that lies in the gap whole does not come that day; what recurs by a length
 * under a day, or by cron in every hour, follows the clock as it runs. A day that a month does not
 * have becomes its last one. Refuses: a rule with nothing to count from, years beyond 9999. */
#ifndef CALENDAR_RULE_H
#define CALENDAR_RULE_H

#include "calendar/calendar.h"
#include "calendar/cron.h"
#include "calendar/zone.h"

struct schedule_statement;

enum rule_unit {
    RULE_LENGTH, /* every length_ms of real time, from the anchor */
    RULE_DAYS,   /* every so many days, of these only weekdays when some are named */
    RULE_WEEKS,  /* on the weekdays of every so many weeks, which begin on Monday */
    RULE_MONTHS, /* on the weekdays (the ordinal one), or the anchor's day, of the month */
    RULE_DATES,  /* every year from from_date to to_date, both included */
    RULE_CRON
};

struct recurrence_rule {
    enum rule_unit unit;
    int64_t length_ms;
    int every;          /* days, weeks or months */
    unsigned weekdays;  /* bit n: weekday n, 0 = Sunday; 0 when none is named */
    int ordinal;        /* 1..5, -1 = last, 0 = each */
    bool business_days; /* only Monday to Friday, no holidays */
    bool timed;         /* from_minute is said; else the whole day, or the anchor's time */
    bool window;        /* timed, and to_minute is said; an end not after the begin: next day */
    int from_minute, to_minute;
    int from_date, to_date; /* month * 100 + day */
    struct cron cron;
    bool anchored; /* counted from anchor; nothing comes before it */
    struct instant anchor;
};

/* Where and for whom: a zone, and the company's holidays. */
struct calendar {
    const struct zone *zone;
    const int64_t *holidays; /* days since 1970, ascending */
    size_t holiday_count;
};

/* Year, month and day of each, in any order. */
struct holidays {
    const struct civil *items;
    size_t count;
};

/* Keeps the holidays in order; fails beyond LIMIT_HOLIDAYS. */
MUST_USE bool calendar_make(struct arena *arena, const struct zone *zone, struct holidays holidays,
                            struct calendar *out_calendar, struct err *err);
bool calendar_is_business_day(const struct calendar *calendar, struct civil date);
/* The same time on the wall, so many business days later (0..LIMIT_BUSINESS_DAYS). */
MUST_USE bool calendar_add_business_days(const struct calendar *calendar, struct instant at,
                                         int days, struct instant *out_at, struct err *err);

/* A statement's recurrence or window; not anchored, the zone is the caller's to resolve. Fails
 * (ERR_USAGE) on notices, deadlines, retention and on what contradicts itself. */
MUST_USE bool rule_of_schedule(const struct schedule_statement *schedule,
                               struct recurrence_rule *out_rule, struct err *err);
/* Does the rule say by itself on which days, or does it have to be counted from something? */
bool rule_needs_anchor(const struct recurrence_rule *rule);
MUST_USE bool rule_check(const struct recurrence_rule *rule, struct err *err);

/* The first occurrence that begins after an instant. A moment has from == to. Fails where
 * rule_check does, and when none comes before the year 9999 ends. */
MUST_USE bool rule_find_next(const struct recurrence_rule *rule, const struct calendar *calendar,
                             struct instant after, struct window_span *out_span, struct err *err);
struct rule_span {
    struct window_span span;
    bool inside; /* it contains the instant asked for */
};

/* The occurrence that contains at, [from, to), or else the next one. A moment contains only itself.
 */
MUST_USE bool rule_find_span(const struct recurrence_rule *rule, const struct calendar *calendar,
                             struct instant at, struct rule_span *out_found, struct err *err);

struct rule_times {
    struct instant last_done, now;
};

/* When it is due, given when it was last done: never (zero) is now; a rule that says its days by
 * itself, its next one; else last_done plus the period. */
MUST_USE bool rule_find_due(const struct recurrence_rule *rule, const struct calendar *calendar,
                            struct rule_times times, struct instant *out_due, struct err *err);

/* The caller sets arena; the rest is filled. */
struct window_spans {
    struct arena *arena;
    struct window_span *items;
    size_t count;
};

/* All occurrences that begin in [between.from, between.to), in order. Fails beyond
 * LIMIT_OCCURRENCES. */
MUST_USE bool rule_list(const struct recurrence_rule *rule, const struct calendar *calendar,
                        struct window_span between, struct window_spans *out_spans,
                        struct err *err);

#endif
