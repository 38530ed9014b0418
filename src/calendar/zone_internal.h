/* zone_internal.h - how a zone is kept: a table of changes, and the rule that holds after it. */
#ifndef CALENDAR_ZONE_INTERNAL_H
#define CALENDAR_ZONE_INTERNAL_H

#include "calendar/zone.h"

enum { DAY_S = 86400, OFFSET_MAX_S = 26 * 3600 };

static const int64_t second_us = 1000000;

enum zone_day_form { ZONE_DAY_NO_LEAP, ZONE_DAY_OF_YEAR, ZONE_DAY_OF_MONTH };

/* A day of every year as POSIX writes it, and the time on the wall at which the clock changes. */
struct zone_day {
    enum zone_day_form form;
    int day;         /* 1..365, 0..365, or the weekday 0..6 */
    int month, week; /* ZONE_DAY_OF_MONTH: 1..12, 1..5 with 5 = last */
    int32_t time_s;
};

struct zone_rule {
    bool present;
    bool changes; /* daylight, start and end are said */
    struct zone_clock standard, daylight;
    struct zone_day start, end;
};

struct zone {
    struct str name;
    const int64_t *changes_s; /* ascending */
    const unsigned char *clock_at;
    size_t change_count;
    const struct zone_clock *clocks;
    struct zone_rule rule;
};

/* [from_s, to_s) in seconds since 1970, INT64_MIN and INT64_MAX where it has no end. */
struct zone_segment {
    int64_t from_s, to_s;
    const struct zone_clock *clock;
};

/* Reads "IST-1GMT0,M10.5.0,M3.5.0/1". False when it is not such a text. */
MUST_USE bool zone_rule_parse(struct str text, struct zone_rule *out_rule);
struct zone_segment zone_rule_segment(const struct zone_rule *rule, int64_t at_s);
struct zone_segment zone_segment(const struct zone *zone, int64_t at_s);

static inline int64_t zone_floor(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days since 1970-01-01 of a date. */
static inline int64_t day_of_date(int year, int month, int day)
{
    struct civil civil = {.year = year, .month = month, .day = day};
    return instant_of_civil(civil).us / (DAY_S * second_us);
}
static inline struct civil date_of_day(int64_t day)
{
    return civil_of((struct instant){day * DAY_S * second_us});
}

#endif
