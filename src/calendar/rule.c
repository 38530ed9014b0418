/* rule.c - occurrences of a recurrence rule in a time zone. */
#include "calendar/rule.h"

#include "base/limits.h"
#include "calendar/rule_internal.h"
#include "calendar/zone_internal.h"

#include <stdlib.h>

enum { EVERY_MAX = 366000, YEAR_DAYS = 367 };

static const int64_t first_us = -62135596800000000; /* 0001-01-01 */
static const int64_t last_us = 253402300799999999;  /* 9999-12-31 */

static int compare_days(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

bool calendar_make(struct arena *arena, const struct zone *zone, struct holidays holidays,
                   struct calendar *out_calendar, struct err *err)
{
    if (holidays.count > LIMIT_HOLIDAYS)
        return err_set(err, ERR_USAGE, "",
                       "There are %zu holidays, and %d can be kept. Leave out those of past years.",
                       holidays.count, LIMIT_HOLIDAYS);
    int64_t *days = arena_array(arena, holidays.count, sizeof *days);
    for (size_t i = 0; i < holidays.count; i++)
        days[i] =
            day_of_date(holidays.items[i].year, holidays.items[i].month, holidays.items[i].day);
    if (holidays.count)
        qsort(days, holidays.count, sizeof *days, compare_days);
    *out_calendar = (struct calendar){zone, days, holidays.count};
    return true;
}

static int64_t day_on_wall(const struct calendar *calendar, struct instant at)
{
    struct civil wall = zone_civil(calendar->zone, at, NULL);
    return day_of_date(wall.year, wall.month, wall.day);
}

bool calendar_add_business_days(const struct calendar *calendar, struct instant at, int days,
                                struct instant *out_at, struct err *err)
{
    if (days < 0 || days > LIMIT_BUSINESS_DAYS || at.us < first_us || at.us > last_us)
        return err_set(err, ERR_USAGE, "",
                       "Business days are counted from 0 to %d, in the years 1 to 9999.",
                       LIMIT_BUSINESS_DAYS);
    struct civil wall = zone_civil(calendar->zone, at, NULL);
    int64_t day = day_of_date(wall.year, wall.month, wall.day);
    for (int left = days; left > 0;)
        left -= calendar_is_business_day(calendar, date_of_day(++day));
    struct civil date = date_of_day(day);
    wall.year = date.year;
    wall.month = date.month;
    wall.day = date.day;
    /* Not through the wall when no day is added: a repeated hour would fall back to its first. */
    *out_at = days == 0 ? at : zone_instant(calendar->zone, wall, NULL);
    return true;
}

bool rule_needs_anchor(const struct recurrence_rule *rule)
{
    bool counted = rule->unit == RULE_DAYS || rule->unit == RULE_WEEKS || rule->unit == RULE_MONTHS;
    return !rule->anchored &&
           (rule->unit == RULE_LENGTH ||
            (counted && (rule->every > 1 || (rule->unit != RULE_DAYS && rule->weekdays == 0))));
}

static bool is_date(int date)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return date / 100 >= 1 && date / 100 <= 12 && date % 100 >= 1 &&
           date % 100 <= days[date / 100 - 1];
}

static bool has_fair_numbers(const struct recurrence_rule *rule)
{
    bool times = rule->from_minute >= 0 && rule->from_minute < DAY_MINUTES &&
                 rule->to_minute >= 0 && rule->to_minute <= DAY_MINUTES;
    bool dates = rule->unit != RULE_DATES || (is_date(rule->from_date) && is_date(rule->to_date));
    bool period = rule->unit == RULE_LENGTH
                      ? rule->length_ms > 0 && rule->length_ms <= (int64_t)EVERY_MAX * 86400000
                      : rule->unit == RULE_DATES || rule->unit == RULE_CRON ||
                            (rule->every > 0 && rule->every <= EVERY_MAX);
    return times && dates && period && rule->weekdays <= SUNDAY_MASK && rule->ordinal >= -1 &&
           rule->ordinal <= 5 && (!rule->window || rule->timed) &&
           (rule->ordinal == 0 || (rule->unit == RULE_MONTHS && rule->weekdays));
}

bool rule_check(const struct recurrence_rule *rule, struct err *err)
{
    if (!has_fair_numbers(rule))
        return err_set(err, ERR_USAGE, "",
                       "The recurrence is not possible. Write for example \"Sunday 02:00-04:00 "
                       "UTC\", \"first Monday of the month\" or \"every 90 days\".");
    if (rule_needs_anchor(rule))
        return err_set(err, ERR_USAGE, "",
                       "The recurrence has no day to count from. Name a weekday, or record when "
                       "it was last done.");
    return true;
}

/* The occurrence on a date that the rule names. */
static struct window_span span_of(const struct rule_query *query, int64_t day)
{
    const struct recurrence_rule *rule = query->rule;
    const struct zone *zone = query->calendar->zone;
    if (rule->unit == RULE_DATES)
        return (struct window_span){rule_minute(zone, day, 0),
                                    rule_minute(zone, rule_dates_end(rule, day), 0)};
    if (!rule->timed && !rule->anchored)
        return (struct window_span){rule_minute(zone, day, 0), rule_minute(zone, day + 1, 0)};
    struct instant from;
    if (rule->timed) {
        from = rule_minute(zone, day, rule->from_minute);
    } else {
        struct civil date = date_of_day(day);
        struct civil wall = query->anchor;
        wall.year = date.year;
        wall.month = date.month;
        wall.day = date.day;
        /* The anchor itself may stand in the second of two equal hours. */
        from = day == query->anchor_day ? rule->anchor : zone_instant(zone, wall, NULL);
    }
    if (!rule->window)
        return (struct window_span){from, from};
    int64_t last = day + (rule->to_minute <= rule->from_minute);
    return (struct window_span){from, rule_minute(zone, last, rule->to_minute)};
}

static bool find_length(const struct recurrence_rule *rule, struct instant after,
                        struct window_span *out_span)
{
    int64_t length_us = rule->length_ms * 1000;
    int64_t count = after.us < rule->anchor.us ? 0 : (after.us - rule->anchor.us) / length_us + 1;
    struct instant found = {rule->anchor.us + count * length_us};
    *out_span = (struct window_span){found, found};
    return found.us <= last_us;
}

static bool find_moment(struct rule_query *query, struct instant after,
                        struct window_span *out_span)
{
    const struct recurrence_rule *rule = query->rule;
    if (rule->unit == RULE_LENGTH)
        return find_length(rule, after, out_span);
    if (rule->anchored && after.us < rule->anchor.us)
        after.us = rule->anchor.us - 1;
    struct instant found = {0};
    if (!rule_next_cron(query, after, &found))
        return false;
    *out_span = (struct window_span){found, found};
    return true;
}

/* From the first date looked at: the first span that begins after at; or, containing, the first
 * that has not ended. False when none is left. */
static bool search(struct rule_query *query, struct instant at, bool containing,
                   struct window_span *out_span)
{
    const struct recurrence_rule *rule = query->rule;
    if (at.us > last_us)
        return false;
    if (at.us < first_us)
        at.us = first_us;
    if (rule->unit == RULE_LENGTH || rule->unit == RULE_CRON)
        return find_moment(query, (struct instant){at.us - containing}, out_span);
    int64_t day = day_on_wall(query->calendar, at);
    if (containing)
        day -= rule->unit == RULE_DATES ? YEAR_DAYS : 1;
    if (rule->anchored && day < query->anchor_day)
        day = query->anchor_day;
    for (; rule_next_date(query, &day); day++) {
        struct window_span span = span_of(query, day);
        bool moment = !rule->window && (rule->timed || rule->anchored) && rule->unit != RULE_DATES;
        bool empty = !moment && !instant_before(span.from, span.to);
        bool early = rule->anchored && span.from.us < rule->anchor.us;
        bool fits = containing ? span.to.us > at.us || span.from.us == at.us : span.from.us > at.us;
        if (empty || early || !fits)
            continue;
        *out_span = span;
        return true;
    }
    return false;
}

static struct rule_query make_query(const struct recurrence_rule *rule,
                                    const struct calendar *calendar)
{
    struct rule_query query = {.rule = rule, .calendar = calendar};
    query.anchor =
        zone_civil(calendar->zone, rule->anchored ? rule->anchor : (struct instant){0}, NULL);
    query.anchor_day = day_of_date(query.anchor.year, query.anchor.month, query.anchor.day);
    return query;
}

static bool check_anchor(const struct recurrence_rule *rule, struct err *err)
{
    if (!rule_check(rule, err))
        return false;
    if (rule->anchored && (rule->anchor.us < first_us || rule->anchor.us > last_us))
        return err_set(err, ERR_USAGE, "",
                       "The recurrence is counted from a date outside the years 1 to 9999. Check "
                       "the clock.");
    return true;
}

static bool none_left(struct err *err)
{
    return err_set(err, ERR_USAGE, "",
                   "The recurrence does not come again within the %d days that are looked at, or "
                   "before the year 9999 ends. Check its days and dates.",
                   LIMIT_CALENDAR_STEPS);
}

bool rule_find_next(const struct recurrence_rule *rule, const struct calendar *calendar,
                    struct instant after, struct window_span *out_span, struct err *err)
{
    struct window_span span = {{0}, {0}};
    if (!check_anchor(rule, err))
        return false;
    struct rule_query query = make_query(rule, calendar);
    if (!search(&query, after, false, &span))
        return none_left(err);
    *out_span = span;
    return true;
}

bool rule_find_span(const struct recurrence_rule *rule, const struct calendar *calendar,
                    struct instant at, struct rule_span *out_found, struct err *err)
{
    struct window_span span = {{0}, {0}};
    if (!check_anchor(rule, err))
        return false;
    struct rule_query query = make_query(rule, calendar);
    if (!search(&query, at, true, &span))
        return none_left(err);
    *out_found = (struct rule_span){span, !instant_before(at, span.from)};
    return true;
}

bool rule_find_due(const struct recurrence_rule *rule, const struct calendar *calendar,
                   struct rule_times times, struct instant *out_due, struct err *err)
{
    struct recurrence_rule counted = *rule;
    struct window_span span;
    /* "Daily" names no time: it is due a day after it was done, not at the next midnight. */
    bool untimed = rule->unit == RULE_DAYS && !rule->timed && !rule->weekdays && !rule->anchored;
    if (rule_needs_anchor(rule) || untimed) {
        counted.anchored = true;
        counted.anchor = times.last_done;
    }
    bool never = instant_is_zero(times.last_done);
    if (!check_anchor(&counted, err))
        return false;
    if (never) {
        *out_due = times.now;
        return true;
    }
    struct instant after = times.last_done;
    /* Done early in the day, it is not due again at its time of the same day. */
    if (!rule->anchored && counted.anchored && rule->unit != RULE_LENGTH)
        after.us =
            rule_minute(calendar->zone, day_on_wall(calendar, times.last_done) + 1, 0).us - 1;
    if (!rule_find_next(&counted, calendar, after, &span, err))
        return false;
    *out_due = span.from;
    return true;
}

bool rule_list(const struct recurrence_rule *rule, const struct calendar *calendar,
               struct window_span between, struct window_spans *out_spans, struct err *err)
{
    struct window_spans spans = {out_spans->arena, NULL, 0};
    size_t capacity = 0;
    struct window_span span;
    if (!check_anchor(rule, err))
        return false;
    struct instant after = {between.from.us > first_us ? between.from.us - 1 : first_us};
    for (;; after = span.from) {
        struct rule_query query = make_query(rule, calendar);
        if (!search(&query, after, false, &span) || !instant_before(span.from, between.to))
            break;
        if (spans.count == LIMIT_OCCURRENCES)
            return err_set(err, ERR_USAGE, "",
                           "The recurrence comes more than %d times in that span. Ask for a "
                           "shorter one.",
                           LIMIT_OCCURRENCES);
        LIST_PUSH(spans.arena, spans.items, spans.count, capacity) = span;
    }
    *out_spans = spans;
    return true;
}
