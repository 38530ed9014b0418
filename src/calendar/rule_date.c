/* rule_date.c - which dates a rule names. */
#include "base/limits.h"
#include "calendar/rule_internal.h"
#include "calendar/zone_internal.h"

enum { MONTHS = 12, MONDAY_SHIFT = 3 }; /* 1970-01-01 was a Thursday */

static int last_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static int64_t modulo(int64_t a, int64_t b)
{
    return (a % b + b) % b;
}

bool calendar_is_business_day(const struct calendar *calendar, struct civil date)
{
    int64_t day = day_of_date(date.year, date.month, date.day);
    int weekday = date_of_day(day).weekday;
    size_t low = 0;
    size_t high = calendar->holiday_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calendar->holidays[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    bool holiday = low < calendar->holiday_count && calendar->holidays[low] == day;
    return weekday >= 1 && weekday <= 5 && !holiday;
}

static bool step(struct rule_query *query, int64_t day)
{
    static const int64_t last_day = 2932896; /* 9999-12-31 */
    return day <= last_day && query->steps++ < LIMIT_CALENDAR_STEPS;
}

static bool works(const struct rule_query *query, struct civil date)
{
    return !query->rule->business_days || calendar_is_business_day(query->calendar, date);
}

static bool next_by_days(struct rule_query *query, int64_t *day)
{
    const struct recurrence_rule *rule = query->rule;
    int64_t at = *day + modulo(query->anchor_day - *day, rule->every);
    for (; step(query, at); at += rule->every) {
        struct civil date = date_of_day(at);
        if ((rule->weekdays && !(rule->weekdays >> date.weekday & 1)) || !works(query, date))
            continue;
        *day = at;
        return true;
    }
    return false;
}

static int64_t week_of(int64_t day)
{
    return zone_floor(day + MONDAY_SHIFT, WEEK_DAYS);
}

static bool next_by_weeks(struct rule_query *query, int64_t *day)
{
    const struct recurrence_rule *rule = query->rule;
    unsigned weekdays = rule->weekdays ? rule->weekdays : 1u << query->anchor.weekday;
    for (int64_t at = *day; step(query, at);) {
        int64_t ahead = modulo(week_of(query->anchor_day) - week_of(at), rule->every);
        if (ahead > 0) {
            at = (week_of(at) + ahead) * WEEK_DAYS - MONDAY_SHIFT;
            continue;
        }
        struct civil date = date_of_day(at);
        if ((weekdays >> date.weekday & 1) && works(query, date)) {
            *day = at;
            return true;
        }
        at++;
    }
    return false;
}

static bool is_day_of_month(const struct rule_query *query, struct civil date)
{
    const struct recurrence_rule *rule = query->rule;
    int last = last_of_month(date.year, date.month);
    if (!rule->weekdays)
        return date.day == (query->anchor.day < last ? query->anchor.day : last);
    if (!(rule->weekdays >> date.weekday & 1))
        return false;
    return rule->ordinal == 0 ||
           (rule->ordinal < 0 ? date.day + WEEK_DAYS > last
                              : (date.day - 1) / WEEK_DAYS + 1 == rule->ordinal);
}

static int64_t first_of_month(int64_t month)
{
    return day_of_date((int)zone_floor(month, MONTHS), (int)modulo(month, MONTHS) + 1, 1);
}

static bool next_by_months(struct rule_query *query, int64_t *day)
{
    int64_t anchor = query->anchor.year * (int64_t)MONTHS + query->anchor.month - 1;
    for (int64_t at = *day; step(query, at);) {
        struct civil date = date_of_day(at);
        int64_t month = date.year * (int64_t)MONTHS + date.month - 1;
        int64_t ahead = modulo(anchor - month, query->rule->every);
        if (ahead > 0) {
            at = first_of_month(month + ahead);
            continue;
        }
        if (is_day_of_month(query, date) && works(query, date)) {
            *day = at;
            return true;
        }
        at++;
    }
    return false;
}

static int64_t day_of_year(int year, int date)
{
    int last = last_of_month(year, date / 100);
    return day_of_date(year, date / 100, date % 100 < last ? date % 100 : last);
}

static bool next_by_dates(struct rule_query *query, int64_t *day)
{
    int year = date_of_day(*day).year;
    int64_t at = day_of_year(year, query->rule->from_date);
    if (at < *day)
        at = day_of_year(year + 1, query->rule->from_date);
    if (!step(query, at))
        return false;
    *day = at;
    return true;
}

int64_t rule_dates_end(const struct recurrence_rule *rule, int64_t day)
{
    int year = date_of_day(day).year;
    return day_of_year(year + (rule->to_date < rule->from_date), rule->to_date) + 1;
}

static bool next_by_cron(struct rule_query *query, int64_t *day)
{
    const struct cron *cron = &query->rule->cron;
    for (int64_t at = *day; step(query, at);) {
        struct civil date = date_of_day(at);
        if (!(cron->months >> date.month & 1)) {
            at = first_of_month(date.year * (int64_t)MONTHS + date.month);
            continue;
        }
        if (cron_has_date(cron, date) && works(query, date)) {
            *day = at;
            return true;
        }
        at++;
    }
    return false;
}

bool rule_next_date(struct rule_query *query, int64_t *day)
{
    switch (query->rule->unit) {
    case RULE_LENGTH: return false;
    case RULE_DAYS: return next_by_days(query, day);
    case RULE_WEEKS: return next_by_weeks(query, day);
    case RULE_MONTHS: return next_by_months(query, day);
    case RULE_DATES: return next_by_dates(query, day);
    case RULE_CRON: return next_by_cron(query, day);
    }
    return false;
}

struct instant rule_minute(const struct zone *zone, int64_t day, int minute)
{
    struct civil wall = date_of_day(day);
    wall.hour = minute / MINUTE_S;
    wall.minute = minute % MINUTE_S;
    return zone_instant(zone, wall, NULL);
}

/* Fixed hours: each time of each date turned into its instant. */
static bool next_at_hours(struct rule_query *query, struct instant after, struct instant *out_at)
{
    const struct cron *cron = &query->rule->cron;
    struct civil wall = zone_civil(query->calendar->zone, after, NULL);
    int64_t today = day_of_date(wall.year, wall.month, wall.day);
    int begin = wall.hour * 60 + wall.minute; /* what lies before it on the wall is past */
    for (int64_t day = today; rule_next_date(query, &day); day++)
        for (int minute = day == today ? begin : 0; minute < DAY_MINUTES; minute++) {
            if (!(cron->hours >> minute / 60 & 1)) {
                minute += 59 - minute % 60;
                continue;
            }
            if (!(cron->minutes >> minute % 60 & 1))
                continue;
            *out_at = rule_minute(query->calendar->zone, day, minute);
            if (instant_before(after, *out_at))
                return true;
        }
    return false;
}

/* Every hour: the clock is followed as it runs, through a repeated hour twice. */
static bool next_as_it_runs(struct rule_query *query, struct instant after, struct instant *out_at)
{
    const struct zone *zone = query->calendar->zone;
    int64_t at_s = zone_floor(after.us, second_us) + 1;
    int64_t fit_day = INT64_MIN;
    for (;;) {
        struct zone_segment segment = zone_segment(zone, at_s);
        int64_t wall_s =
            -zone_floor(-(at_s + segment.clock->offset_s), MINUTE_S) * MINUTE_S; /* rounded up */
        int64_t today = zone_floor(wall_s, DAY_S);
        int64_t day = today;
        if (wall_s - segment.clock->offset_s >= segment.to_s) {
            at_s = segment.to_s;
            continue;
        }
        if (today != fit_day && !rule_next_date(query, &day))
            return false;
        fit_day = day;
        int minute = (int)(wall_s / MINUTE_S % 60 + 60) % 60;
        if (day == today && (query->rule->cron.minutes >> minute & 1)) {
            *out_at = (struct instant){(wall_s - segment.clock->offset_s) * second_us};
            return true;
        }
        if (day == today) {
            at_s = wall_s - segment.clock->offset_s + 1;
            continue;
        }
        /* In this segment when it reaches that day: another one may have shown it before. */
        int64_t begin_s = day * DAY_S - segment.clock->offset_s;
        int64_t first_s = rule_minute(zone, day, 0).us / second_us;
        at_s = begin_s < segment.to_s ? begin_s : first_s > segment.to_s ? first_s : segment.to_s;
    }
}

bool rule_next_cron(struct rule_query *query, struct instant after, struct instant *out_at)
{
    return cron_is_hourly(&query->rule->cron) ? next_as_it_runs(query, after, out_at)
                                              : next_at_hours(query, after, out_at);
}
