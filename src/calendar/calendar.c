/* calendar.c - when something recurring is due next, and the weekly windows. */
#include "calendar/calendar.h"

enum { DAY_MINUTES = 1440, MONTHS_MAX = 12 * 1000, LAST_YEAR = 9999 };

static const int64_t minute_us = 60000000;
static const int64_t day_us = 86400000000;

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

struct instant instant_add_months(struct instant at, int months)
{
    struct civil civil = civil_of(at);
    int total = civil.year * 12 + civil.month - 1 + months;
    civil.year = total / 12;
    civil.month = total % 12 + 1;
    int last = days_in_month(civil.year, civil.month);
    if (civil.day > last)
        civil.day = last;
    return instant_of_civil(civil);
}

bool recurrence_find_due(const struct recurrence *recurrence, struct instant last_done,
                         struct instant now, struct instant *out_due, struct err *err)
{
    bool fixed = recurrence->every_ms > 0 && recurrence->every_months == 0;
    bool months = recurrence->every_months > 0 && recurrence->every_ms == 0;
    const int64_t longest_ms = (int64_t)1000 * 366 * 86400000;
    if ((!fixed && !months) || recurrence->every_months > MONTHS_MAX ||
        recurrence->every_ms > longest_ms)
        return err_set(
            err, ERR_USAGE, "",
            "A recurrence needs one period of at most 1000 years: a length or a number of months.");
    if (instant_is_zero(last_done)) {
        *out_due = now;
        return true;
    }
    if (civil_of(last_done).year + 1001 > LAST_YEAR)
        return err_set(err, ERR_USAGE, "",
                       "The recurrence lies beyond the year 9999. Check the clock.");
    *out_due = fixed ? instant_add_ms(last_done, recurrence->every_ms)
                     : instant_add_months(last_done, recurrence->every_months);
    return true;
}

static bool check_window(const struct weekly_window *window, struct err *err)
{
    if (!str_is(window->zone, "UTC") && !str_is(window->zone, "GMT"))
        return err_set(err, ERR_USAGE, "",
                       "The window's zone \"%.*s\" is not known yet. Write its times in UTC.",
                       STR_ARGS(window->zone));
    if (window->weekday < -1 || window->weekday > 6 || window->from_minute < 0 ||
        window->from_minute >= DAY_MINUTES || window->to_minute < 0 ||
        window->to_minute > DAY_MINUTES || window->from_minute == window->to_minute)
        return err_set(
            err, ERR_USAGE, "",
            "A window needs a weekday and two different times of the day. Write for example "
            "\"Sunday 02:00-04:00 UTC\".");
    return true;
}

bool window_find_span(const struct weekly_window *window, struct instant at,
                      struct window_span *out_span, bool *out_inside, struct err *err)
{
    if (!check_window(window, err))
        return false;
    int length = window->to_minute - window->from_minute;
    if (length < 0)
        length += DAY_MINUTES;
    struct civil civil = civil_of(at);
    civil.hour = civil.minute = civil.second = civil.microsecond = 0;
    struct instant midnight = instant_of_civil(civil);
    /* Yesterday's window may reach into today; the next one begins within a week. */
    for (int day = -1; day <= 7; day++) {
        struct instant begin = {midnight.us + day * day_us + window->from_minute * minute_us};
        struct instant end = {begin.us + length * minute_us};
        int weekday = civil_of((struct instant){midnight.us + day * day_us}).weekday;
        if ((window->weekday >= 0 && weekday != window->weekday) || !instant_before(at, end))
            continue;
        *out_span = (struct window_span){begin, end};
        if (out_inside)
            *out_inside = !instant_before(at, begin);
        return true;
    }
    return err_set(err, ERR_SELF, "",
                   "No window was found within a week, which cannot be. Report it.");
}
