/* sentence_recurrence.c - when something recurs: days, times of the day, zones, frequencies, in
 * any order and each at most once. Contradictions ("weekly, first Sunday") are no recurrence. */
#include "runbook/sentence.h"

enum { DAY_MS = 86400000, HOUR_MS = 3600000, WEEK_MS = 604800000, MINUTE_MS = 60000 };
enum { EVERY_DAY = 0x7F, WORK_DAYS = 0x3E, WEEKEND = 0x41, PARTS_MAX = 8, DAY_MINUTES = 1440 };

/* What was collected of a recurrence so far. */
struct parts {
    bool frequency, days, span, moment, zone;
    int64_t every_ms;
    int every_months;
    bool month_tail;    /* "of the month" */
    bool quarter_tail;  /* "of the quarter" */
    bool every_ordinal; /* "every second Tuesday": the other Tuesday, or the month's second? */
    bool count;         /* "twice a year" */
};

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
             words->at[end].text.p[0] <= 'Z' && words->at[end + 2].type == WORD_NAME &&
             vocabulary_weekday(words, end) < 0)
        end += 3;
    if (end == from || (open && !words_is(words, end, WD_M_CLOSE)))
        return;
    schedule->zone = words_span(words, from, end);
    if (open)
        end++;
    words_read(words, *i, end);
    *i = end;
}

/* A time of the day with its half said, with minutes, or by name: "3am", "03:00", "midnight". */
static bool read_clock(struct words *words, int *i, int *out_minute, int *out_half, bool *out_plain)
{
    *out_plain = false;
    if (words_is(words, *i, WD_MIDNIGHT) || words_is(words, *i, WD_NOON)) {
        *out_minute = words_is(words, *i, WD_NOON) ? DAY_MINUTES / 2 : 0;
        *out_half = 0;
        words_read(words, *i, *i + 1);
        (*i)++;
        return true;
    }
    *out_plain = !words_is(words, *i + 1, WD_M_COLON);
    return words_clock(words, i, out_minute, out_half);
}

static int minute_of_half(int minute, int half)
{
    return half ? minute % 720 + (half == 2 ? 720 : 0) : minute;
}

/* Behind the left end of a span: its dash, with the zone that may stand before it, and the weekday
 * that may stand behind it ("22:00 UTC – Sunday 02:00 UTC"). The index of the right end, or -1. */
static int span_middle(struct words *words, int i, struct schedule_statement *schedule,
                       int *out_right_day)
{
    int at = i;
    *out_right_day = -1;
    sentence_zone(words, &at, schedule);
    bool joined = words_is_a(words, at, LEX_DASH) || words_is(words, at, WD_AND) ||
                  words_is(words, at, WD_UNTIL) || words_is(words, at, WD_THROUGH);
    if (!joined)
        return -1;
    at++;
    int day = vocabulary_weekday(words, at);
    if (day >= 0) {
        *out_right_day = day;
        at++;
        if (words_is(words, at, WD_AT))
            at++;
    }
    return at;
}

/* "2-4 AM", "02:00-04:00", "10 PM - 2 AM", "between 2 and 4 AM". Half-days said once, on the right,
 * hold for the left; when that puts the left behind the right, two readings are left and neither is
 * taken. */
static bool read_span(struct words *words, int *i, struct schedule_statement *schedule)
{
    int at = *i;
    int from = 0, to = 0, from_half = 0, to_half = 0, right_day = -1;
    bool plain_from = false;
    bool plain_to = false;
    struct schedule_statement zoned = *schedule;
    bool between = words_is(words, at, WD_BETWEEN);
    if (between || words_is(words, at, WD_FROM))
        at++;
    if (!read_clock(words, &at, &from, &from_half, &plain_from)) {
        words_unread(words, *i, words->count);
        return false;
    }
    at = span_middle(words, at, &zoned, &right_day);
    bool right = at >= 0 && read_clock(words, &at, &to, &to_half, &plain_to);
    bool bare = plain_from && !from_half && !to_half && plain_to;
    bool unit = right && words_is_a(words, at, LEX_TIME);
    bool inherited = !from_half && to_half && plain_from;
    if (inherited)
        from_half = to_half;
    from = minute_of_half(from, from_half);
    to = minute_of_half(to, to_half);
    bool next_day = right_day >= 0 && schedule->weekdays == 1U << ((right_day + 6) % 7);
    bool two_readings =
        from == to || (inherited && from > to) || (from_half && plain_to && !to_half);
    if (!right || unit || (bare && !between && to > DAY_MINUTES) || two_readings ||
        (right_day >= 0 && (!next_day || to > from))) {
        words_unread(words, *i, words->count);
        return false;
    }
    words_read(words, *i, at);
    *schedule = zoned;
    schedule->from_minute = from;
    schedule->to_minute = to == 0 ? DAY_MINUTES : to;
    schedule->timed = true;
    *i = at;
    return true;
}

/* "03:00 UTC", "at 2 AM": a moment of the day. */
static bool read_moment(struct words *words, int *i, struct schedule_statement *schedule)
{
    int at = words_is(words, *i, WD_AT) || words_is(words, *i, WD_BY) ? *i + 1 : *i;
    int minute = 0;
    int half = 0;
    bool plain = false;
    int begin = at;
    if (!read_clock(words, &at, &minute, &half, &plain) ||
        (!half && plain && words_is_number(words, begin)) || minute >= DAY_MINUTES) {
        words_unread(words, begin, at);
        return false;
    }
    minute = minute_of_half(minute, half);
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

/* "of the month", "of each quarter", "in the month", "each month" behind a weekday. */
static int read_tail(const struct words *words, int i, struct parts *parts)
{
    int at = i;
    if (words_is(words, at, WD_OF) || words_is(words, at, WD_IN))
        at++;
    if (words_is(words, at, WD_THE) || words_is(words, at, WD_EACH) ||
        words_is(words, at, WD_EVERY) || words_is(words, at, WD_A))
        at++;
    bool month = words_is(words, at, WD_MONTH);
    bool quarter = words_is(words, at, WD_QUARTER);
    if (at == i || (!month && !quarter))
        return i;
    parts->month_tail |= month;
    parts->quarter_tail |= quarter;
    return at + 1;
}

/* Monday to Friday, "Mon, Wed and Fri", "Tue/Thu": the days as a set; the index behind, or i. */
static int read_weekdays(const struct words *words, int i, struct schedule_statement *schedule)
{
    int at = i;
    int day = vocabulary_weekday(words, at);
    if (day < 0)
        return i;
    schedule->weekday = day;
    schedule->weekdays = 0;
    for (; day >= 0; day = vocabulary_weekday(words, at)) {
        schedule->weekdays |= 1U << day;
        at++;
        int next = vocabulary_weekday(words, at + 1);
        bool range =
            (words_is_a(words, at, LEX_DASH) || words_is(words, at, WD_THROUGH)) && next >= 0;
        if (range)
            for (int k = day; k != next; k = (k + 1) % 7)
                schedule->weekdays |= 1U << k;
        if (words_is(words, at, WD_M_COMMA) && words_is(words, at + 1, WD_AND))
            at++;
        bool more = range || words_is(words, at, WD_AND) || words_is(words, at, WD_M_BAR) ||
                    words_is(words, at, WD_M_COMMA) || words_is(words, at, WD_M_AMPERSAND) ||
                    words_is(words, at, WD_M_PLUS);
        if (!more || vocabulary_weekday(words, at + 1) < 0 || schedule->ordinal)
            break;
        at++;
    }
    return at;
}

/* "Sunday", "every Tuesday", "Mon and Thu", "first Sunday of the month", "weekdays". */
static bool read_days(struct words *words, int *i, struct schedule_statement *schedule,
                      struct parts *parts)
{
    int at = *i;
    bool every = words_is(words, at, WD_EVERY) || words_is(words, at, WD_EACH);
    if (every || words_is(words, at, WD_THE) || words_is(words, at, WD_ON))
        at++;
    if (words_is(words, at, WD_THE))
        at++;
    bool other = words_is(words, at, WD_OTHER) || words_is(words, at, WD_ALTERNATE);
    if (every && other)
        at++;
    bool week = words_is(words, at, WD_WEEKDAYS) || words_is(words, at, WD_WEEKENDS) ||
                (every && (words_is(words, at, WD_WEEKDAY) || words_is(words, at, WD_WEEKEND)));
    struct schedule_statement days = *schedule;
    if (week) {
        bool work = words_is(words, at, WD_WEEKDAYS) || words_is(words, at, WD_WEEKDAY);
        days.weekdays = work ? WORK_DAYS : WEEKEND;
        at++;
    } else {
        int ordinal = word_ordinal(words_at(words, at));
        if (ordinal && vocabulary_weekday(words, at + 1) >= 0) {
            days.ordinal = ordinal;
            at++;
        }
        int end = read_weekdays(words, at, &days);
        if (end == at)
            return false;
        at = read_tail(words, end, parts);
        parts->every_ordinal = every && ordinal && at == end;
        if (days.ordinal && words_is(words, at, WD_M_COMMA) && at == end)
            at = read_tail(words, at + 1, parts) > at + 1 ? read_tail(words, at + 1, parts) : at;
    }
    if (every && other)
        parts->every_ms = 2 * (int64_t)WEEK_MS;
    parts->days = true;
    *schedule = days;
    words_read(words, *i, at);
    *i = at;
    return true;
}

static void set_every(struct parts *parts, int64_t ms, int months)
{
    parts->frequency = true;
    parts->every_ms = months ? 0 : ms;
    parts->every_months = months;
}

/* "once a year", "twice a quarter", "3 times a day", "once daily". Only what gives an even length
 * is one: "twice a week" is not. */
static bool read_count(struct words *words, int *i, struct parts *parts)
{
    int64_t every_ms = 0;
    int every_months = 0;
    if (!sentence_count(words, i, &every_ms, &every_months))
        return false;
    set_every(parts, every_ms, every_months);
    return true;
}

bool sentence_count(struct words *words, int *i, int64_t *out_every_ms, int *out_every_months)
{
    int at = *i;
    int64_t ms = 0;
    int months = 0;
    int count = words_is(words, at, WD_ONCE) ? 1 : words_is(words, at, WD_TWICE) ? 2 : 0;
    if (!count && words_is_number(words, at) &&
        (words_is(words, at + 1, WD_TIMES) || words_is(words, at + 1, WD_X)) &&
        words->at[at].number >= 1 && words->at[at].number <= 60) {
        count = (int)words->at[at].number;
        at++;
    }
    at++;
    if (words_is(words, at, WD_A) || words_is(words, at, WD_AN) || words_is(words, at, WD_PER) ||
        words_is(words, at, WD_EACH) || words_is(words, at, WD_EVERY)) {
        at++;
        if (!word_unit_of_time(words_at(words, at), &ms, &months))
            return false;
    } else if (!vocabulary_frequency(words, at, &ms, &months)) {
        return false;
    }
    bool even = months ? months % (count ? count : 1) == 0
                       : count == 1 || (count && ms <= DAY_MS && ms / count % MINUTE_MS == 0 &&
                                        ms % count == 0);
    if (!count || !even)
        return false;
    *out_every_ms = months ? 0 : ms / count;
    *out_every_months = months / count;
    words_read(words, *i, at + 1);
    *i = at + 1;
    return true;
}

/* "monthly", "every 90 days", "every other week", "each quarter", "every 2-3 days" is none. */
static bool read_frequency(struct words *words, int *i, struct parts *parts)
{
    struct length length = {0};
    int at = *i;
    int64_t ms = 0;
    int months = 0;
    if (words_are(words, at, WD_AT, WD_LEAST))
        at += 2;
    int begin = at;
    if (vocabulary_frequency(words, at, &ms, &months)) {
        at++;
    } else if (words_is(words, at, WD_EVERY) || words_is(words, at, WD_EACH)) {
        at++;
        bool other = words_is(words, at, WD_OTHER) || words_is(words, at, WD_SECOND);
        if (other && word_unit_of_time(words_at(words, at + 1), &ms, &months)) {
            ms *= 2;
            months *= 2;
            at += 2;
        } else if (words_length(words, &at, &length)) {
            if (length.low_ms || length.working_days || (length.ms <= 0 && length.months <= 0))
                return false;
            ms = length.ms;
            months = length.months;
        } else if (word_unit_of_time(words_at(words, at), &ms, &months) && ms != 1000) {
            at++;
        } else {
            return false;
        }
    } else if (read_count(words, &at, parts)) {
        parts->count = true;
        words_read(words, *i, begin);
        *i = at;
        return true;
    } else {
        return false;
    }
    set_every(parts, ms, months);
    words_read(words, *i, at);
    *i = at;
    return true;
}

/* One part more of the recurrence at *i; false when none stands there or it was said before. */
static bool read_part(struct words *words, int *i, struct schedule_statement *schedule,
                      struct parts *parts)
{
    int at = *i;
    if (!parts->days && read_days(words, &at, schedule, parts)) {
        *i = at;
        return true;
    }
    if (!parts->frequency && read_frequency(words, &at, parts)) {
        *i = at;
        return true;
    }
    if (!parts->span && !parts->moment && read_span(words, &at, schedule)) {
        parts->span = true;
        sentence_zone(words, &at, schedule);
        *i = at;
        return true;
    }
    if (!parts->span && !parts->moment && read_moment(words, &at, schedule)) {
        parts->moment = true;
        sentence_zone(words, &at, schedule);
        *i = at;
        return true;
    }
    return false;
}

/* Words that may stand between two parts, and belong to the second. */
static int skip_joint(const struct words *words, int i)
{
    int at = i;
    if (words_is(words, at, WD_M_COMMA) || words_is(words, at, WD_M_OPEN) ||
        words_is(words, at, WD_M_SEMICOLON) || words_is(words, at, WD_AND))
        at++;
    if (words_is(words, at, WD_STARTING) || words_is(words, at, WD_BEGINNING))
        at++;
    if (words_is(words, at, WD_ON) && vocabulary_weekday(words, at + 1) < 0)
        at++;
    return at;
}

/* Do the parts go together, and what do they make? */
static bool settle(struct schedule_statement *schedule, const struct parts *parts)
{
    int64_t ms = parts->every_ms;
    int months = parts->every_months;
    if (!parts->frequency && !parts->days)
        return false;
    if (parts->month_tail && !months)
        months = 1;
    if (parts->quarter_tail && !months)
        months = 3;
    if (schedule->ordinal && ms)
        return false; /* "weekly, first Sunday" is two things */
    if (schedule->ordinal && !months) {
        if (parts->every_ordinal)
            return false; /* every other Tuesday, or the second of each month? */
        months = 1;
    }
    if (parts->days && !schedule->ordinal && months)
        return false; /* "monthly, Sunday": which one? */
    if (parts->days && ms == DAY_MS && !(schedule->weekdays & (schedule->weekdays - 1)))
        return false; /* "Sunday daily" */
    if (parts->days && !months && ms < WEEK_MS)
        ms = ms && ms != DAY_MS ? -1 : WEEK_MS;
    if (ms < 0 || (ms && ms % WEEK_MS && parts->days) || (ms && ms < DAY_MS && schedule->timed))
        return false;
    schedule->every_ms = months ? 0 : ms;
    schedule->every_months = months;
    schedule->form = parts->span ? SCHEDULE_WINDOW : SCHEDULE_RECUR;
    return true;
}

/* Reads as many parts as stand at i; the index behind them. first: nothing was read before, so no
 * joint may stand in front. */
static int read_parts(struct words *words, int i, struct schedule_statement *schedule,
                      struct parts *parts, bool first)
{
    int at = i;
    for (int count = 0; count < PARTS_MAX; count++) {
        int next = first && count == 0 ? at : skip_joint(words, at);
        int behind = next;
        bool open = next > at && words_is(words, at, WD_M_OPEN);
        if (!read_part(words, &behind, schedule, parts))
            break;
        words_read(words, at, next);
        at = behind;
        if (open && !words_is(words, at, WD_M_CLOSE)) {
            int inner = skip_joint(words, at);
            if (read_part(words, &inner, schedule, parts)) {
                words_read(words, at, inner);
                at = inner;
            }
        }
        if (open && !words_is(words, at, WD_M_CLOSE))
            break; /* a remark follows inside of the bracket */
        if (open) {
            words_read(words, at, at + 1);
            at++;
        }
    }
    return at;
}

static bool take_recurrence(struct words *words, int *i, struct schedule_statement *schedule,
                            struct parts parts, bool first)
{
    uint64_t before[sizeof words->read / sizeof words->read[0]];
    struct schedule_statement made = *schedule;
    memcpy(before, words->read, sizeof before);
    int at = read_parts(words, *i, &made, &parts, first);
    if (at == *i || !settle(&made, &parts)) {
        memcpy(words->read, before, sizeof before);
        return false;
    }
    *schedule = made;
    *i = at;
    return true;
}

bool sentence_recurrence(struct words *words, int *i, struct schedule_statement *schedule)
{
    return take_recurrence(words, i, schedule, (struct parts){0}, true);
}

bool sentence_recurrence_behind(struct words *words, int *i, struct schedule_statement *schedule)
{
    struct parts parts = {.frequency = true,
                          .days = schedule->weekdays != 0,
                          .span = schedule->timed,
                          .every_ms = schedule->every_ms,
                          .every_months = schedule->every_months};
    return take_recurrence(words, i, schedule, parts, false);
}
