/* sentence_recurrence.c - when something recurs: days, times of the day, zones, frequencies. */
#include "runbook/sentence.h"

enum { DAY_MS = 86400000, WEEK_MS = 604800000 };

/* An IANA zone is cut into three words by its bar: "Europe", "/", "Dublin". */
void sentence_zone(struct words *words, int *i, struct schedule_statement *schedule)
{
    int end = *i;
    bool open = words_is(words, end, WD_M_OPEN);
    if (open)
        end++;
    int from = end;
    if (words_is_zone(words, end))
        end++;
    else if (words_is(words, end + 1, WD_M_BAR) && end + 2 < words->count &&
             words->at[end].type == WORD_NAME && words->at[end].text.p[0] >= 'A' &&
             words->at[end].text.p[0] <= 'Z')
        end += 3;
    if (end == from || (open && !words_is(words, end, WD_M_CLOSE)))
        return;
    schedule->zone = words_span(words, from, end);
    if (open)
        end++;
    words_read(words, *i, end);
    *i = end;
}

/* "2-4 AM", "02:00-04:00", "10 PM - 2 AM". Half-days said once, on the right, hold for the left;
 * when that puts the left behind the right, two readings are left and neither is taken. */
static bool read_span(struct words *words, int *i, struct schedule_statement *schedule)
{
    int at = *i;
    int from = 0, to = 0, from_half = 0, to_half = 0;
    if (!words_clock(words, &at, &from, &from_half) || !words_is_a(words, at, LEX_DASH) ||
        (at++, !words_clock(words, &at, &to, &to_half)) || (from_half && !to_half)) {
        words_unread(words, *i, words->count);
        return false;
    }
    bool inherited = !from_half && to_half;
    bool bare = !from_half && !to_half && !words_is(words, *i + 1, WD_M_COLON);
    if (inherited)
        from_half = to_half;
    if (from_half)
        from = from % 720 + (from_half == 2 ? 720 : 0);
    if (to_half)
        to = to % 720 + (to_half == 2 ? 720 : 0);
    if (from == to || (inherited && from > to) || (bare && from > 1440)) {
        words_unread(words, *i, words->count);
        return false;
    }
    words_read(words, *i, at);
    schedule->from_minute = from;
    schedule->to_minute = to == 0 ? 1440 : to;
    schedule->timed = true;
    *i = at;
    return true;
}

/* "03:00 UTC", "at 2 AM": a moment of the day. */
static bool read_moment(struct words *words, int *i, struct schedule_statement *schedule)
{
    int at = words_is(words, *i, WD_AT) ? *i + 1 : *i;
    int minute = 0;
    int half = 0;
    bool colon = words_is(words, at + 1, WD_M_COLON);
    int begin = at;
    if (!words_clock(words, &at, &minute, &half) || (!half && !colon) || minute >= 1440) {
        words_unread(words, begin, at);
        return false;
    }
    if (half)
        minute = minute % 720 + (half == 2 ? 720 : 0);
    schedule->from_minute = schedule->to_minute = minute;
    schedule->timed = true;
    words_read(words, *i, at);
    *i = at;
    return true;
}

int word_ordinal(int id)
{
    switch (id) {
    case WD_FIRST:
    case WD_N1ST: return 1;
    case WD_SECOND:
    case WD_N2ND: return 2;
    case WD_THIRD:
    case WD_N3RD: return 3;
    case WD_FOURTH:
    case WD_N4TH: return 4;
    case WD_LAST: return -1;
    default: return 0;
    }
}

/* "Sunday", "every Tuesday", "Mon and Thu", "first Sunday [of the month]", "daily", "weekdays". */
static bool read_days(struct words *words, int *i, struct schedule_statement *schedule)
{
    int at = *i;
    if (words_is(words, at, WD_EVERY) || words_is(words, at, WD_THE))
        at++;
    int ordinal = word_ordinal(words_at(words, at));
    if (ordinal && vocabulary_weekday(words, at + 1) >= 0) {
        schedule->ordinal = ordinal;
        at++;
    } else if (words_is(words, at, WD_DAILY) || words_is(words, at, WD_NIGHTLY) ||
               (at > *i && words_is(words, at, WD_DAY))) {
        schedule->every_ms = DAY_MS;
        words_read(words, *i, at + 1);
        *i = at + 1;
        return true;
    } else if (words_is(words, at, WD_WEEKDAYS) || words_is(words, at, WD_WEEKENDS)) {
        schedule->weekdays = words_is(words, at, WD_WEEKDAYS) ? 0x3E : 0x41;
        schedule->every_ms = WEEK_MS;
        words_read(words, *i, at + 1);
        *i = at + 1;
        return true;
    }
    int day = vocabulary_weekday(words, at);
    if (day < 0)
        return false;
    schedule->weekday = day;
    for (; day >= 0; day = vocabulary_weekday(words, at)) {
        schedule->weekdays |= 1U << day;
        at++;
        bool range = words_is_a(words, at, LEX_DASH) && vocabulary_weekday(words, at + 1) >= 0;
        if (range)
            for (int k = day; k != vocabulary_weekday(words, at + 1); k = (k + 1) % 7)
                schedule->weekdays |= 1U << k;
        bool more = range || words_is(words, at, WD_AND) || words_is(words, at, WD_M_BAR) ||
                    words_is(words, at, WD_M_COMMA) || words_is(words, at, WD_M_AMPERSAND);
        if (!more || vocabulary_weekday(words, at + 1) < 0 || schedule->ordinal)
            break;
        at++;
    }
    static const int month_tail[] = {WD_OF, WD_THE, WD_MONTH};
    static const int each_tail[] = {WD_OF, WD_EACH, WD_MONTH};
    int tail = 0;
    while (tail < 3 && (words_is(words, at + tail, month_tail[tail]) ||
                        words_is(words, at + tail, each_tail[tail])))
        tail++;
    if (tail == 3)
        at += 3;
    if (schedule->ordinal)
        schedule->every_months = 1;
    else
        schedule->every_ms = WEEK_MS;
    words_read(words, *i, at);
    *i = at;
    return true;
}

/* Days with times and a zone: "Sunday 2-4 AM UTC", "daily at 03:00 UTC", "first Sunday
 * 02:00-04:00".
 */
static bool read_days_and_times(struct words *words, int *i, struct schedule_statement *schedule)
{
    int at = *i;
    if (!read_days(words, &at, schedule))
        return false;
    schedule->form = SCHEDULE_RECUR;
    int before = at;
    if (words_is(words, at, WD_M_COMMA) || words_is(words, at, WD_FROM) ||
        words_is(words, at, WD_M_OPEN))
        at++;
    int times = at;
    if (read_span(words, &at, schedule)) {
        schedule->form = SCHEDULE_WINDOW;
    } else if (!read_moment(words, &at, schedule)) {
        *i = before;
        return true;
    }
    words_read(words, before, times);
    sentence_zone(words, &at, schedule);
    if (words_is(words, before, WD_M_OPEN)) {
        if (words_is(words, at, WD_M_CLOSE))
            at++;
    }
    *i = at;
    return true;
}

/* "monthly (first Sunday)", "weekly (Sunday 02:00 UTC)", "daily": a frequency and its days. */
static bool read_frequency(struct words *words, int *i, struct schedule_statement *schedule)
{
    struct length length = {0};
    int at = *i;
    if (vocabulary_frequency(words, at, &schedule->every_ms, &schedule->every_months)) {
        at++;
    } else if (words_is(words, at, WD_EVERY)) {
        at++;
        if (words_length(words, &at, &length)) {
            if (length.low_ms || length.working_days || (length.ms <= 0 && length.months <= 0))
                return false;
        } else if (word_unit_of_time(words_at(words, at), &length.ms, &length.months) &&
                   length.ms != 1000) {
            at++;
        } else {
            return false;
        }
        schedule->every_ms = length.months ? 0 : length.ms;
        schedule->every_months = length.months;
    } else {
        return false;
    }
    words_read(words, *i, at);
    schedule->form = SCHEDULE_RECUR;
    bool open = words_is(words, at, WD_M_OPEN) || words_is(words, at, WD_M_COMMA) ||
                words_is(words, at, WD_ON) || words_is(words, at, WD_AT);
    int inner = open && !words_is(words, at, WD_AT) ? at + 1 : at;
    struct schedule_statement days = *schedule;
    bool found =
        inner < words->count &&
        (read_days_and_times(words, &inner, &days) ||
         (read_moment(words, &inner, &days) && (sentence_zone(words, &inner, &days), true)));
    if (found) {
        days.every_ms = schedule->every_ms;
        days.every_months = schedule->every_months;
        if (days.ordinal && !days.every_months)
            return false; /* "weekly, first Sunday" is two things */
        *schedule = days;
        words_read(words, at, inner);
        if (words_is(words, at, WD_M_OPEN) && words_is(words, inner, WD_M_CLOSE)) {
            words_read(words, inner, inner + 1);
            inner++;
        }
        at = inner;
    }
    *i = at;
    return true;
}

bool sentence_recurrence(struct words *words, int *i, struct schedule_statement *schedule)
{
    struct schedule_statement days = *schedule;
    int at = *i;
    bool daily = words_is(words, at, WD_DAILY) || words_is(words, at, WD_NIGHTLY);
    if ((!daily && read_days_and_times(words, &at, &days)) ||
        (daily && read_days_and_times(words, &at, &days) && days.timed)) {
        *schedule = days;
        *i = at;
        return true;
    }
    return read_frequency(words, i, schedule);
}
