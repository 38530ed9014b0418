/* zone_rule.c - the footer of zone data: the rule for every year after the table of changes. */
#include "calendar/zone_internal.h"

enum { HOUR_S = 3600, YEARS_LOOKED_AT = 4, CHANGES_A_YEAR = 2, MONTHS = 12 };

struct cursor {
    struct str text;
    size_t at;
};

static bool take(struct cursor *cursor, char byte)
{
    if (cursor->at >= cursor->text.n || cursor->text.p[cursor->at] != byte)
        return false;
    cursor->at++;
    return true;
}

static bool read_number(struct cursor *cursor, int max, int *out_number)
{
    size_t from = cursor->at;
    int number = 0;
    for (; cursor->at < cursor->text.n && byte_is_digit(cursor->text.p[cursor->at]); cursor->at++)
        if ((number = number * 10 + cursor->text.p[cursor->at] - '0') > max)
            return false;
    *out_number = number;
    return cursor->at > from;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(struct cursor *cursor, int hours_max, int32_t *out_s)
{
    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    bool minus = take(cursor, '-');
    if (!minus)
        (void)take(cursor, '+');
    if (!read_number(cursor, hours_max, &hours) ||
        (take(cursor, ':') && (!read_number(cursor, 59, &minutes) ||
                               (take(cursor, ':') && !read_number(cursor, 59, &seconds)))))
        return false;
    *out_s = (hours * HOUR_S + minutes * 60 + seconds) * (minus ? -1 : 1);
    return true;
}

/* "EST" or "<+0530>" */
static bool read_name(struct cursor *cursor, struct zone_clock *clock)
{
    bool quoted = take(cursor, '<');
    size_t from = cursor->at;
    for (; cursor->at < cursor->text.n; cursor->at++) {
        char byte = cursor->text.p[cursor->at];
        if (!byte_is_alpha(byte) &&
            !(quoted && (byte_is_digit(byte) || byte == '+' || byte == '-')))
            break;
    }
    struct str name = str_slice(cursor->text, from, cursor->at);
    str_keep(clock->name, sizeof clock->name, name);
    return name.n >= 3 && name.n < ZONE_CLOCK_BYTES && (!quoted || take(cursor, '>'));
}

static bool read_day(struct cursor *cursor, struct zone_day *day)
{
    day->time_s = 2 * HOUR_S;
    bool read = take(cursor, ',');
    if (take(cursor, 'M')) {
        day->form = ZONE_DAY_OF_MONTH;
        read = read && read_number(cursor, MONTHS, &day->month) && day->month > 0 &&
               take(cursor, '.') && read_number(cursor, 5, &day->week) && day->week > 0 &&
               take(cursor, '.') && read_number(cursor, 6, &day->day);
    } else {
        day->form = take(cursor, 'J') ? ZONE_DAY_NO_LEAP : ZONE_DAY_OF_YEAR;
        read = read && read_number(cursor, 365, &day->day) &&
               (day->form == ZONE_DAY_OF_YEAR || day->day > 0);
    }
    return read && (!take(cursor, '/') || read_time(cursor, 167, &day->time_s));
}

bool zone_rule_parse(struct str text, struct zone_rule *out_rule)
{
    struct cursor cursor = {text, 0};
    struct zone_rule rule = {.present = true, .daylight.daylight = true};
    /* POSIX counts what lies behind UTC as positive. */
    if (!read_name(&cursor, &rule.standard) || !read_time(&cursor, 24, &rule.standard.offset_s))
        return false;
    rule.standard.offset_s = -rule.standard.offset_s;
    if (cursor.at < text.n) {
        rule.changes = true;
        if (!read_name(&cursor, &rule.daylight))
            return false;
        rule.daylight.offset_s = rule.standard.offset_s + HOUR_S;
        if (cursor.at < text.n && text.p[cursor.at] != ',') {
            if (!read_time(&cursor, 24, &rule.daylight.offset_s))
                return false;
            rule.daylight.offset_s = -rule.daylight.offset_s;
        }
        if (!read_day(&cursor, &rule.start) || !read_day(&cursor, &rule.end))
            return false;
    }
    if (cursor.at < text.n)
        return false;
    *out_rule = rule;
    return true;
}

/* The day of the year's change, as days since 1970. */
static int64_t day_in_year(const struct zone_day *day, int year)
{
    int64_t january = day_of_date(year, 1, 1);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day->form == ZONE_DAY_OF_YEAR)
        return january + day->day;
    if (day->form == ZONE_DAY_NO_LEAP)
        return january + day->day - 1 + (leap && day->day > 59);
    int64_t first = day_of_date(year, day->month, 1);
    int64_t next =
        day->month == MONTHS ? day_of_date(year + 1, 1, 1) : day_of_date(year, day->month + 1, 1);
    int64_t found = first + (day->day - date_of_day(first).weekday + 7) % 7 + (day->week - 1) * 7;
    return found < next ? found : found - 7;
}

static int64_t change_s(const struct zone_day *day, int year, const struct zone_clock *before)
{
    return day_in_year(day, year) * DAY_S + day->time_s - before->offset_s;
}

struct zone_segment zone_rule_segment(const struct zone_rule *rule, int64_t at_s)
{
    struct zone_segment found = {INT64_MIN, INT64_MAX, &rule->standard};
    if (!rule->changes)
        return found;
    /* A change may be written into the days after its year (up to 167 hours), so the years around
     * are looked at. Where both fall together, as in a zone that always saves daylight, the change
     * to daylight is the one that counts: it is looked at last. */
    int year = date_of_day(zone_floor(at_s, DAY_S)).year - 2;
    for (int i = 0; i < YEARS_LOOKED_AT * CHANGES_A_YEAR; i++) {
        bool start = i % CHANGES_A_YEAR;
        int of = year + i / CHANGES_A_YEAR;
        int64_t change = start ? change_s(&rule->start, of, &rule->standard)
                               : change_s(&rule->end, of, &rule->daylight);
        if (change > at_s) {
            if (change < found.to_s)
                found.to_s = change;
        } else if (change > found.from_s || (start && change == found.from_s)) {
            found.from_s = change;
            found.clock = start ? &rule->daylight : &rule->standard;
        }
    }
    return found;
}
