/* rule_internal.h - one question to a rule, and the search for dates behind it. */
#ifndef CALENDAR_RULE_INTERNAL_H
#define CALENDAR_RULE_INTERNAL_H

#include "calendar/rule.h"

enum { MINUTE_S = 60, DAY_MINUTES = 1440, WEEK_DAYS = 7, LAST_YEAR = 9999, SUNDAY_MASK = 0x7f };

struct rule_query {
    const struct recurrence_rule *rule;
    const struct calendar *calendar;
    struct civil anchor; /* on the wall */
    int64_t anchor_day;  /* days since 1970 */
    int steps;           /* days looked at so far */
};

/* The first date at or after *day that the rule names. False when the calendar or the steps end. */
MUST_USE bool rule_next_date(struct rule_query *query, int64_t *day);
/* For RULE_DATES: the day behind the last one of the span that begins on day. */
int64_t rule_dates_end(const struct recurrence_rule *rule, int64_t day);
/* The first time of a cron rule after an instant; false as above. */
MUST_USE bool rule_next_cron(struct rule_query *query, struct instant after,
                             struct instant *out_at);
/* A minute of a date on the wall; minute may be DAY_MINUTES. */
struct instant rule_minute(const struct zone *zone, int64_t day, int minute);

#endif
