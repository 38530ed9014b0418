/* when.c - reading times, and from the wall to UTC. */
#include "ical/when.h"

enum { DAY_S = 24 * 3600, YEAR_FIRST = 1900, YEAR_LAST = 2999, UNITS = 5 };

static const int64_t second_us = 1000000;

const struct ical_clock *ical_utc(void)
{
    static const struct ical_clock utc = {0};
    return &utc;
}

static int32_t offset_at(const struct ical_clock *clock, int64_t utc_s)
{
    struct zone_clock shown;
    size_t low = 0;
    size_t high = clock->onset_count;
    if (clock->zone) {
        (void)zone_civil(clock->zone, (struct instant){utc_s * second_us}, &shown);
        return shown.offset_s;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (clock->onsets[middle].utc_s <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? clock->onsets[low - 1].offset_s : clock->first_offset_s;
}

int64_t ical_wall_s(const struct ical_clock *clock, int64_t utc_s)
{
    return utc_s + offset_at(clock, utc_s);
}

int64_t ical_utc_s(const struct ical_clock *clock, int64_t wall_s)
{
    int64_t before_s = offset_at(clock, wall_s - DAY_S);
    int64_t after_s = offset_at(clock, wall_s + DAY_S);
    if (offset_at(clock, wall_s - before_s) == before_s)
        return wall_s - before_s;
    if (offset_at(clock, wall_s - after_s) == after_s)
        return wall_s - after_s;
    return wall_s - before_s; /* skipped; or the clock was changed more than once in two days */
}

static bool take_digits(struct str text, size_t at, size_t count, int *out_number)
{
    int number = 0;
    for (size_t i = at; i < at + count; i++) {
        if (i >= text.n || !byte_is_digit(text.p[i]))
            return false;
        number = number * 10 + text.p[i] - '0';
    }
    *out_number = number;
    return true;
}

bool ical_parse_time(struct str text, int64_t *out_wall_s, bool *out_date, bool *out_utc)
{
    struct civil civil = {0};
    bool utc = str_ends(text, "Z");
    struct str rest = utc ? str_slice(text, 0, text.n - 1) : text;
    bool is_date = rest.n == 8;
    bool good = (is_date ? !utc : rest.n == 15 && rest.p[8] == 'T') &&
                take_digits(rest, 0, 4, &civil.year) && take_digits(rest, 4, 2, &civil.month) &&
                take_digits(rest, 6, 2, &civil.day) && civil.year >= YEAR_FIRST &&
                civil.year <= YEAR_LAST && civil.month >= 1 && civil.month <= 12 &&
                civil.day >= 1 && civil.day <= 31;
    if (good && !is_date)
        good = take_digits(rest, 9, 2, &civil.hour) && take_digits(rest, 11, 2, &civil.minute) &&
               take_digits(rest, 13, 2, &civil.second) && civil.hour < 24 && civil.minute < 60 &&
               civil.second <= 60;
    if (!good)
        return false;
    civil.second = civil.second == 60 ? 59 : civil.second;
    struct instant at = instant_of_civil(civil);
    struct civil back = civil_of(at);
    if (back.day != civil.day || back.month != civil.month)
        return false;
    *out_wall_s = at.us / second_us; /* whole seconds, also before 1970 */
    *out_date = is_date;
    *out_utc = utc;
    return true;
}

/* A length that is read: where, and which units may still come, so that none comes twice or too
 * early. */
struct measuring {
    struct str text;
    size_t at;
    bool in_time;
    int unit;
    int64_t sums_s[2]; /* days and weeks, and what stands behind T */
};

/* One "12H". */
static bool take_unit(struct measuring *measuring)
{
    static const char letters[UNITS] = {'W', 'D', 'H', 'M', 'S'};
    static const int64_t seconds[UNITS] = {INT64_C(7) * DAY_S, DAY_S, 3600, 60, 1};
    struct str text = measuring->text;
    size_t begin = measuring->at;
    size_t at = begin;
    int64_t count = 0;
    while (at < text.n && byte_is_digit(text.p[at]) && at - begin < 7)
        count = count * 10 + text.p[at++] - '0';
    if (at == begin || at >= text.n)
        return false;
    for (int i = measuring->unit; i < UNITS; i++) {
        if (text.p[at] != letters[i] || (i >= 2) != measuring->in_time)
            continue;
        measuring->at = at + 1;
        measuring->unit = i + 1;
        measuring->sums_s[measuring->in_time] += count * seconds[i];
        return true;
    }
    return false;
}

bool ical_parse_length(struct str text, int64_t *out_wall_s, int64_t *out_exact_s)
{
    struct measuring measuring = {.text = text, .at = str_starts(text, "+") ? 1 : 0};
    if (measuring.at >= text.n || text.p[measuring.at++] != 'P' || measuring.at == text.n)
        return false;
    while (measuring.at < text.n) {
        if (text.p[measuring.at] == 'T' && !measuring.in_time) {
            measuring.in_time = true;
            measuring.at++;
        }
        if (!take_unit(&measuring))
            return false;
    }
    if (measuring.sums_s[0] + measuring.sums_s[1] > INT64_C(4000) * DAY_S)
        return false;
    *out_wall_s = measuring.sums_s[0];
    *out_exact_s = measuring.sums_s[1];
    return true;
}

bool ical_parse_offset(struct str text, int32_t *out_offset_s)
{
    int parts[3] = {0, 0, 0};
    bool minus = str_starts(text, "-");
    if ((!minus && !str_starts(text, "+")) || (text.n != 5 && text.n != 7) ||
        !take_digits(text, 1, 2, &parts[0]) || !take_digits(text, 3, 2, &parts[1]) ||
        (text.n == 7 && !take_digits(text, 5, 2, &parts[2])) || parts[0] > 23 || parts[1] > 59 ||
        parts[2] > 59)
        return false;
    int32_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
    *out_offset_s = minus ? -seconds : seconds;
    return true;
}
