/* rota_text.c - hand-overs, lengths, dates and windows of rotations. */
#include "people/rota_text.h"

enum { WEEK_DAYS = 7, ALL_DAYS = 0x7f, SHOWN_BYTES = 60, YEAR_FIRST = 1970, YEAR_LAST = 9998 };

static const char *const weekdays[WEEK_DAYS] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};

static bool find_weekday(struct str word, int *out_weekday)
{
    for (int i = 0; i < WEEK_DAYS; i++) {
        struct str name = str_of(weekdays[i]);
        if (!str_equal_nocase(word, name) && !str_equal_nocase(word, str_slice(name, 0, 3)))
            continue;
        *out_weekday = i;
        return true;
    }
    return false;
}

static bool take_two(struct str text, size_t at, int *out_number)
{
    if (at + 2 > text.n || !byte_is_digit(text.p[at]) || !byte_is_digit(text.p[at + 1]))
        return false;
    *out_number = (text.p[at] - '0') * 10 + text.p[at + 1] - '0';
    return true;
}

/* hh:mm; 24:00 too where it is an end. */
static bool find_minute(struct str word, bool end, int *out_minute)
{
    int hour = 0;
    int minute = 0;
    if (word.n != 5 || word.p[2] != ':' || !take_two(word, 0, &hour) || !take_two(word, 3, &minute))
        return false;
    if (minute > 59 || hour > (end ? 24 : 23) || (hour == 24 && minute > 0))
        return false;
    *out_minute = hour * 60 + minute;
    return true;
}

/* The next word parted by blanks; empty at the end. */
static struct str next_word(struct str *rest)
{
    *rest = str_trim(*rest);
    size_t end = 0;
    while (end < rest->n && !byte_is_blank(rest->p[end]))
        end++;
    struct str word = str_slice(*rest, 0, end);
    *rest = str_from(*rest, end);
    return word;
}

/* "1st" to "31st". */
static bool find_day_number(struct str word, int *out_day)
{
    size_t digits = 0;
    int64_t number = 0;
    while (digits < word.n && byte_is_digit(word.p[digits]))
        digits++;
    struct str end = str_from(word, digits);
    if (digits == 0 || digits > 2 || !str_int(str_slice(word, 0, digits), &number) || number < 1 ||
        number > ROTA_DAY_LAST)
        return false;
    static const char *const ends[] = {"th", "st", "nd", "rd"};
    bool teen = number / 10 == 1;
    *out_day = (int)number;
    return str_is_nocase(end, ends[!teen && number % 10 <= 3 ? number % 10 : 0]);
}

/* "the first Monday", "the 15th", "last day"; what is none of them stays in rest. False: it begins
 * like one of them and is none. */
static bool take_day_of_month(struct str *rest, struct rota_handover *handover)
{
    static const char *const which[] = {"first", "second", "third", "fourth", "last"};
    struct str after = *rest;
    struct str word = next_word(&after);
    if (str_is_nocase(word, "the"))
        word = next_word(&after);
    for (int i = 0; i < (int)(sizeof which / sizeof *which); i++) {
        if (!str_is_nocase(word, which[i]))
            continue;
        word = next_word(&after);
        *rest = after;
        handover->week = i + 1;
        if (find_weekday(word, &handover->weekday))
            return true;
        handover->week = 0;
        handover->day = ROTA_DAY_LAST;
        return i + 1 == ROTA_WEEK_LAST && str_is_nocase(word, "day");
    }
    int day = 0;
    if (find_day_number(word, &day)) {
        handover->day = day;
        *rest = after;
    }
    return true;
}

bool rota_parse_handover(struct str text, struct rota_handover *out_handover, struct err *err)
{
    struct rota_handover handover = {.weekday = -1, .zone = STR("")};
    struct str rest = text;
    bool good = take_day_of_month(&rest, &handover);
    bool monthly = handover.week > 0 || handover.day > 0;
    struct str word = next_word(&rest);
    if (!monthly && find_weekday(word, &handover.weekday))
        word = next_word(&rest);
    bool timed = find_minute(word, false, &handover.minute);
    handover.zone = next_word(&rest);
    if (!good || !timed || str_trim(rest).n > 0)
        return err_set(err, ERR_USAGE, "",
                       "\"%.*s\" is no hand-over; write it like Monday 09:00 Europe/Ljubljana, or "
                       "09:00 Europe/Ljubljana for each day; of months like first Monday 09:00 or "
                       "1st 09:00.",
                       STR_ARGS(str_cut(text, SHOWN_BYTES)));
    *out_handover = handover;
    return true;
}

/* The whole number that a length begins with, and its unit. */
static bool take_number(struct str text, int64_t *out_number, struct str *out_unit)
{
    struct str rest = str_trim(text);
    size_t digits = 0;
    while (digits < rest.n && byte_is_digit(rest.p[digits]))
        digits++;
    *out_unit = str_trim(str_from(rest, digits));
    return str_int(str_slice(rest, 0, digits), out_number) && *out_number >= 1;
}

bool rota_parse_months(struct str text, int *out_months)
{
    int64_t number = 0;
    struct str unit;
    if (!take_number(text, &number, &unit) || number > ROTA_MONTHS_MAX ||
        (!str_is_nocase(unit, "month") && !str_is_nocase(unit, "months")))
        return false;
    *out_months = (int)number;
    return true;
}

bool rota_parse_every(struct str text, int64_t *out_length_min, struct err *err)
{
    static const struct {
        const char *one, *more;
        int64_t min;
    } units[] = {{"hour", "hours", ROTA_HOUR_MIN},
                 {"day", "days", ROTA_DAY_MIN},
                 {"week", "weeks", ROTA_WEEK_MIN}};
    int64_t number = 0;
    struct str unit;
    bool good = take_number(text, &number, &unit);
    for (size_t i = 0; good && i < sizeof units / sizeof *units; i++) {
        if (!str_is_nocase(unit, units[i].one) && !str_is_nocase(unit, units[i].more))
            continue;
        if (number > ROTA_LENGTH_MAX_MIN / units[i].min)
            break;
        *out_length_min = number * units[i].min;
        return true;
    }
    return err_set(err, ERR_USAGE, "",
                   "\"%.*s\" is no length of a shift; write hours, days or weeks up to 366 days, "
                   "like 12 hours, 3 days or 2 weeks, or up to 36 months.",
                   STR_ARGS(str_cut(text, SHOWN_BYTES)));
}

/* A date that the calendar has. */
static bool find_date(struct str word, struct civil *out_date)
{
    int century = 0;
    int year = 0;
    struct civil date = {0};
    if (word.n != 10 || word.p[4] != '-' || word.p[7] != '-' || !take_two(word, 0, &century) ||
        !take_two(word, 2, &year) || !take_two(word, 5, &date.month) ||
        !take_two(word, 8, &date.day))
        return false;
    date.year = century * 100 + year;
    if (date.year < YEAR_FIRST || date.year > YEAR_LAST || date.month < 1 || date.month > 12 ||
        date.day < 1 || date.day > 31)
        return false;
    struct civil back = civil_of(instant_of_civil(date));
    *out_date = date;
    return back.month == date.month && back.day == date.day;
}

bool rota_parse_date(struct str text, struct rota_date *out_date, struct err *err)
{
    struct rota_date date = {0};
    struct civil civil = {0};
    struct str rest = text;
    bool good = find_date(next_word(&rest), &civil);
    struct str time = next_word(&rest);
    int minute = 0;
    date.is_timed = time.n > 0;
    if (!good || (date.is_timed && !find_minute(time, false, &minute)) || str_trim(rest).n > 0)
        return err_set(err, ERR_USAGE, "",
                       "\"%.*s\" is no date; write it like 2026-01-05 09:00, or 2026-01-05.",
                       STR_ARGS(str_cut(text, SHOWN_BYTES)));
    date.wall_min = instant_of_civil(civil).us / (60 * INT64_C(1000000)) + minute;
    *out_date = date;
    return true;
}

/* "Monday", "Monday-Friday", "Friday-Monday": bits. */
static bool find_days(struct str word, unsigned *days)
{
    int first = 0;
    int last = 0;
    size_t dash = str_find_byte(word, '-', 0);
    if (!find_weekday(str_slice(word, 0, dash), &first))
        return false;
    last = first;
    if (dash < word.n && !find_weekday(str_from(word, dash + 1), &last))
        return false;
    *days |= 1U << first;
    for (int day = first; day != last; day = (day + 1) % WEEK_DAYS)
        *days |= 1U << ((day + 1) % WEEK_DAYS);
    return true;
}

/* "09:00-17:00". */
static bool find_times(struct str word, struct rota_window *window)
{
    size_t dash = str_find_byte(word, '-', 0);
    return dash < word.n && find_minute(str_slice(word, 0, dash), false, &window->from_minute) &&
           find_minute(str_from(word, dash + 1), true, &window->to_minute) &&
           window->from_minute != window->to_minute;
}

bool rota_parse_window(struct str text, struct rota_window *out_window, struct err *err)
{
    struct rota_window window = {.to_minute = ROTA_DAY_MIN};
    struct str rest = text;
    bool good = str_trim(text).n > 0;
    while (good && str_trim(rest).n > 0) {
        struct str word = next_word(&rest);
        bool more = str_ends(word, ",");
        struct str name = more ? str_slice(word, 0, word.n - 1) : word;
        if (find_days(name, &window.weekdays)) {
            good = !more || str_trim(rest).n > 0;
            continue;
        }
        good = find_times(word, &window) && str_trim(rest).n == 0;
    }
    if (!good)
        return err_set(err, ERR_USAGE, "",
                       "\"%.*s\" is no time of the week; write it like Monday-Friday 09:00-17:00, "
                       "Saturday, or 22:00-06:00.",
                       STR_ARGS(str_cut(text, SHOWN_BYTES)));
    if (window.weekdays == 0)
        window.weekdays = ALL_DAYS;
    *out_window = window;
    return true;
}

struct str rota_time_words(struct arena *arena, const struct zone *zone, struct instant at)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct zone_clock clock;
    if (at.us == ROTA_ALREADY.us)
        return STR("always");
    if (at.us == ROTA_NEVER.us)
        return STR("for good");
    struct civil wall = zone_civil(zone, at, &clock);
    return str_printf(arena, "%s %04d-%02d-%02d %02d:%02d %s", days[wall.weekday], wall.year,
                      wall.month, wall.day, wall.hour, wall.minute, clock.name);
}
