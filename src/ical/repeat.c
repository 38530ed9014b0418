/* repeat.c - period by period: which of its days, and which times of those, a rule names. */
#include "ical/repeat.h"

#include <stdarg.h>
#include <stdio.h>

enum { DAY_S = 24 * 3600, WEEK_DAYS = 7, THURSDAY = 4, SHOWN_BYTES = 80, YEAR_MONTHS = 12 };

bool ical_refuse(struct err *err, size_t line, const char *format, ...)
{
    char sentence[sizeof err->text];
    char place[40];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    (void)snprintf(place, sizeof place, "line %zu", line);
    return err_set(err, ERR_USAGE, place, "%s", sentence);
}

/* A day of the calendar, with all that rules ask of it. */
struct day {
    int64_t number; /* since 1970 */
    int year, month, month_day, weekday;
    int month_days, year_day, year_days;
};

struct walk {
    const struct ical_repeat *repeat;
    struct ical_rule rule;
    int64_t until_s; /* in UTC */
    int64_t left;    /* of COUNT; -1: no such end */
    int32_t *times;  /* of a day, seconds since its beginning, in order */
    size_t time_count;
    int64_t *period; /* what a period names, where BYSETPOS picks from it */
    size_t period_count;
    ical_repeat_call call;
    void *context;
    bool is_over;
    struct err *err;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t day_of(int year, int month, int day)
{
    struct civil civil = {.year = year, .month = month, .day = day};
    return floor_div(instant_of_civil(civil).us / 1000000, DAY_S);
}

static int64_t month_begin(int64_t month)
{
    int64_t year = floor_div(month, YEAR_MONTHS);
    return day_of((int)year, (int)(month - year * YEAR_MONTHS) + 1, 1);
}

static struct day find_day(int64_t number)
{
    struct civil civil = civil_of((struct instant){number * DAY_S * INT64_C(1000000)});
    struct day day = {.number = number,
                      .year = civil.year,
                      .month = civil.month,
                      .month_day = civil.day,
                      .weekday = civil.weekday};
    int64_t month = (int64_t)civil.year * YEAR_MONTHS + civil.month - 1;
    int64_t year_begin = day_of(civil.year, 1, 1);
    day.month_days = (int)(month_begin(month + 1) - month_begin(month));
    day.year_day = (int)(number - year_begin) + 1;
    day.year_days = (int)(day_of(civil.year + 1, 1, 1) - year_begin);
    return day;
}

/* --- which days --- */

/* Named by its place from the front or from the end, of so many. */
static bool is_place(const struct ical_set *set, int place, int count)
{
    return ical_set_has(set, place) || ical_set_has(set, place - count - 1);
}

static int first_week_day(int year, int week_start)
{
    int64_t first = day_of(year, 1, 1);
    int weekday = (int)((first + THURSDAY) % WEEK_DAYS);
    weekday = weekday < 0 ? weekday + WEEK_DAYS : weekday;
    int since = (weekday - week_start + WEEK_DAYS) % WEEK_DAYS;
    return since <= 3 ? -since : WEEK_DAYS - since; /* week 1 has four days of the year */
}

/* The year that the day's week belongs to may be the one before or after. */
static bool is_week(const struct walk *walk, const struct day *day)
{
    int year = day->year;
    int start = walk->rule.week_start;
    int64_t begin = day_of(year, 1, 1) + first_week_day(year, start);
    int64_t next = day_of(year + 1, 1, 1) + first_week_day(year + 1, start);
    if (day->number < begin) {
        next = begin;
        begin = day_of(year - 1, 1, 1) + first_week_day(year - 1, start);
    } else if (day->number >= next) {
        begin = next;
        next = day_of(year + 2, 1, 1) + first_week_day(year + 2, start);
    }
    return is_place(&walk->rule.weeks, (int)((day->number - begin) / WEEK_DAYS) + 1,
                    (int)((next - begin) / WEEK_DAYS));
}

/* "-1FR": of the month, or of the year where no month is named. */
static bool is_nth(const struct walk *walk, const struct day *day)
{
    const struct ical_rule *rule = &walk->rule;
    bool of_year = rule->frequency == ICAL_YEARLY && !rule->months.is_given;
    int place = of_year ? day->year_day : day->month_day;
    int days = of_year ? day->year_days : day->month_days;
    const struct ical_set *set = &rule->nth[day->weekday];
    return ical_set_has(set, (place - 1) / WEEK_DAYS + 1) ||
           ical_set_has(set, -((days - place) / WEEK_DAYS + 1));
}

static bool is_named(const struct walk *walk, const struct day *day)
{
    const struct ical_rule *rule = &walk->rule;
    if (rule->months.is_given && !ical_set_has(&rule->months, day->month))
        return false;
    if (rule->month_days.is_given && !is_place(&rule->month_days, day->month_day, day->month_days))
        return false;
    if (rule->year_days.is_given && !is_place(&rule->year_days, day->year_day, day->year_days))
        return false;
    if (rule->has_by_day && !(rule->weekdays >> day->weekday & 1U) && !is_nth(walk, day))
        return false;
    return !rule->weeks.is_given || is_week(walk, day);
}

/* --- what a rule does not say --- */

static void add_from_start(struct ical_set *set, int number)
{
    set->is_given = true;
    set->at[number / 64] |= UINT64_C(1) << (number % 64);
}

static void take_from_start(struct ical_rule *rule, const struct day *start)
{
    bool day_is_said = rule->month_days.is_given || rule->year_days.is_given || rule->has_by_day;
    if (day_is_said || rule->frequency < ICAL_WEEKLY)
        return;
    if (rule->frequency == ICAL_WEEKLY || rule->weeks.is_given) {
        rule->has_by_day = true;
        rule->weekdays = 1U << start->weekday;
        return;
    }
    if (rule->frequency == ICAL_YEARLY && !rule->months.is_given)
        add_from_start(&rule->months, start->month);
    add_from_start(&rule->month_days, start->month_day);
}

static bool has_time(const struct ical_set *set, int number, int start, bool fixed)
{
    return set->is_given ? ical_set_has(set, number) : !fixed || number == start;
}

/* The times of a day that the rule names; of one that goes by hours, minutes or seconds all that it
 * does not shut out, because its periods are those. */
static void make_times(struct arena *arena, struct walk *walk)
{
    const struct ical_rule *rule = &walk->rule;
    int64_t start_s =
        walk->repeat->start.wall_s - floor_div(walk->repeat->start.wall_s, DAY_S) * DAY_S;
    size_t capacity = 0;
    if (walk->repeat->start.is_date) {
        LIST_PUSH(arena, walk->times, walk->time_count, capacity) = 0;
        return;
    }
    for (int hour = 0; hour < 24; hour++) {
        if (!has_time(&rule->hours, hour, (int)(start_s / 3600), rule->frequency > ICAL_HOURLY))
            continue;
        for (int minute = 0; minute < 60; minute++) {
            if (!has_time(&rule->minutes, minute, (int)(start_s / 60 % 60),
                          rule->frequency > ICAL_MINUTELY))
                continue;
            for (int second = 0; second < 60; second++)
                if (has_time(&rule->seconds, second, (int)(start_s % 60),
                             rule->frequency > ICAL_SECONDLY))
                    LIST_PUSH(arena, walk->times, walk->time_count, capacity) =
                        (hour * 60 + minute) * 60 + second;
        }
    }
}

/* --- saying --- */

static bool spend(struct walk *walk, int64_t steps)
{
    *walk->repeat->steps -= steps;
    return *walk->repeat->steps >= 0 ||
           ical_refuse(walk->err, walk->repeat->line,
                       "Up to here the file's rules are too many, or repeat too often, to be "
                       "followed.");
}

static bool say(struct walk *walk, int64_t wall_s)
{
    const struct ical_repeat *repeat = walk->repeat;
    if (wall_s < repeat->start.wall_s)
        return true;
    walk->is_over = wall_s >= repeat->end_wall_s || walk->left == 0 ||
                    ical_utc_s(repeat->start.clock, wall_s) > walk->until_s;
    if (walk->is_over)
        return true;
    walk->left -= walk->left > 0;
    return spend(walk, 1) && walk->call(walk->context, wall_s, walk->err);
}

/* At once, or for BYSETPOS when the whole period is known. */
static bool name(struct walk *walk, int64_t wall_s)
{
    if (!walk->rule.positions.is_given)
        return say(walk, wall_s);
    if (walk->period_count == ICAL_PERIOD_MAX)
        return ical_refuse(walk->err, walk->repeat->line, "BYSETPOS picks from over %d times here.",
                           ICAL_PERIOD_MAX);
    walk->period[walk->period_count++] = wall_s;
    return true;
}

static bool end_period(struct walk *walk)
{
    size_t count = walk->period_count;
    walk->period_count = 0;
    for (size_t i = 0; i < count && !walk->is_over; i++) {
        bool picked =
            (i < ICAL_SET_MAX && ical_set_has(&walk->rule.positions, (int)i + 1)) ||
            (count - i <= ICAL_SET_MAX && ical_set_has(&walk->rule.positions, -(int)(count - i)));
        if (picked && !say(walk, walk->period[i]))
            return false;
    }
    return true;
}

/* Its times from one second to another, the end not among them. */
static bool name_day(struct walk *walk, int64_t day, int64_t from_s, int64_t to_s)
{
    size_t low = 0;
    size_t high = walk->time_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (walk->times[middle] < from_s)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i < walk->time_count && walk->times[i] < to_s && !walk->is_over; i++)
        if (!name(walk, day * DAY_S + walk->times[i]))
            return false;
    return true;
}

/* --- periods --- */

/* Those of days: a day, a week, a month or a year, from its first day on. */
static void find_period(const struct walk *walk, int64_t number, int64_t *out_begin,
                        int64_t *out_end)
{
    const struct ical_rule *rule = &walk->rule;
    struct day start = find_day(floor_div(walk->repeat->start.wall_s, DAY_S));
    int64_t step = number * rule->interval;
    int64_t month = (int64_t)start.year * YEAR_MONTHS + start.month - 1 + step;
    int64_t week = start.number - (start.weekday - rule->week_start + WEEK_DAYS) % WEEK_DAYS +
                   step * WEEK_DAYS;
    switch (rule->frequency) {
    case ICAL_YEARLY:
        *out_begin = day_of((int)(start.year + step), 1, 1);
        *out_end = day_of((int)(start.year + step) + 1, 1, 1);
        break;
    case ICAL_MONTHLY:
        *out_begin = month_begin(month);
        *out_end = month_begin(month + 1);
        break;
    case ICAL_WEEKLY:
        *out_begin = week;
        *out_end = week + WEEK_DAYS;
        break;
    case ICAL_SECONDLY:
    case ICAL_MINUTELY:
    case ICAL_HOURLY:
    case ICAL_DAILY:
        *out_begin = start.number + step;
        *out_end = *out_begin + 1;
        break;
    }
}

static bool walk_days(struct walk *walk)
{
    int64_t last_day = floor_div(walk->repeat->end_wall_s, DAY_S);
    for (int64_t number = 0; !walk->is_over; number++) {
        int64_t begin = 0;
        int64_t end = 0;
        find_period(walk, number, &begin, &end);
        if (begin > last_day)
            return true;
        if (!spend(walk, end - begin))
            return false;
        for (int64_t at = begin; at < end && !walk->is_over; at++) {
            struct day day = find_day(at);
            if (is_named(walk, &day) && !name_day(walk, at, 0, DAY_S))
                return false;
        }
        if (!end_period(walk))
            return false;
    }
    return true;
}

/* Those of an hour, a minute or a second; days that are not named are passed over whole. */
static bool walk_clock(struct walk *walk)
{
    static const int64_t lengths_s[] = {
        [ICAL_SECONDLY] = 1, [ICAL_MINUTELY] = 60, [ICAL_HOURLY] = 3600};
    int64_t length_s = lengths_s[walk->rule.frequency];
    int64_t step_s = length_s * walk->rule.interval;
    int64_t at_s = floor_div(walk->repeat->start.wall_s, length_s) * length_s;
    struct day day = find_day(floor_div(at_s, DAY_S));
    bool named = is_named(walk, &day);
    while (!walk->is_over && at_s < walk->repeat->end_wall_s) {
        int64_t number = floor_div(at_s, DAY_S);
        if (!spend(walk, 1))
            return false;
        if (number != day.number) {
            day = find_day(number);
            named = is_named(walk, &day);
        }
        if (!named) {
            int64_t left_s = (number + 1) * DAY_S - at_s;
            at_s += (left_s + step_s - 1) / step_s * step_s;
            continue;
        }
        int64_t from_s = at_s - number * DAY_S;
        if (!name_day(walk, number, from_s, from_s + length_s) || !end_period(walk))
            return false;
        at_s += step_s;
    }
    return true;
}

/* The last instant in UTC; of a date the end of its day, of a time without zone by the clock of the
 * start. */
static bool find_until(struct walk *walk)
{
    const struct ical_repeat *repeat = walk->repeat;
    struct str until = walk->rule.until;
    bool is_date = false;
    bool utc = false;
    int64_t wall_s = 0;
    walk->until_s = INT64_MAX;
    if (until.n == 0)
        return true;
    if (!ical_parse_time(until, &wall_s, &is_date, &utc))
        return ical_refuse(walk->err, repeat->line, "The rule's UNTIL=%.*s is no date or time.",
                           STR_ARGS(str_cut(until, SHOWN_BYTES)));
    if (is_date)
        wall_s += DAY_S - 1;
    walk->until_s = utc ? wall_s : ical_utc_s(repeat->start.clock, wall_s);
    return true;
}

bool ical_repeat(const struct ical_repeat *repeat, ical_repeat_call call, void *context,
                 struct err *err)
{
    struct walk walk = {.repeat = repeat, .call = call, .context = context, .err = err};
    struct err bad = {0};
    struct day start = find_day(floor_div(repeat->start.wall_s, DAY_S));
    if (!ical_parse_rule(repeat->rule, &walk.rule, &bad))
        return ical_refuse(err, repeat->line, "%s", bad.text);
    if (walk.rule.frequency < ICAL_DAILY && repeat->start.is_date)
        return ical_refuse(err, repeat->line, "Whole days are not repeated by hours.");
    if (!find_until(&walk))
        return false;
    walk.left = walk.rule.count > 0 ? walk.rule.count : -1;
    take_from_start(&walk.rule, &start);
    struct arena scratch;
    arena_init(&scratch);
    make_times(&scratch, &walk);
    if (walk.rule.positions.is_given)
        walk.period = arena_array(&scratch, ICAL_PERIOD_MAX, sizeof *walk.period);
    bool good = walk.rule.frequency < ICAL_DAILY ? walk_clock(&walk) : walk_days(&walk);
    arena_done(&scratch);
    return good;
}
