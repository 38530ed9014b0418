/* cron.h - the five fields of a cron expression, as crontab(5) of Debian reads them.
 *
 * Promises: lists, ranges, steps and English names of months and weekdays; 0 and 7 are Sunday; when
 * both the day of the month and the weekday are restricted (do not begin with "*"), either of them
 * is enough, else both must fit. Refuses, with the field and the reason: anything else, a range
 * that runs backwards, and a date that no year has (30 February). */
#ifndef CALENDAR_CRON_H
#define CALENDAR_CRON_H

#include "base/instant.h"

/* Bit n is the value n. */
struct cron {
    uint64_t minutes;
    uint32_t hours, days, months, weekdays;
    bool any_day, any_weekday; /* the field begins with "*" */
};

MUST_USE bool cron_parse(struct str text, struct cron *out_cron, struct err *err);
bool cron_has_date(const struct cron *cron, struct civil date);
/* Does it name every hour? Such an expression follows the clock through a change as it runs. */
bool cron_is_hourly(const struct cron *cron);

#endif
