/* instant.c - points in time and lengths of time. */
#include "base/instant.h"

enum { US_PER_SECOND = 1000000 };
static const int64_t us_per_day = 86400LL * US_PER_SECOND;

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days since 1970-01-01; months counted from March so that the leap day is the last of the year. */
static int64_t days_of_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct civil civil_of(struct instant at)
{
    int64_t days = floor_div(at.us, us_per_day);
    int64_t rest = at.us % us_per_day; /* of the day; days * us_per_day may be too much */
    rest += rest < 0 ? us_per_day : 0;
    struct civil civil = {.weekday = (int)(((days + 4) % 7 + 7) % 7)};
    int64_t z = days + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    civil.day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    civil.month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    civil.year = (int)(year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0));
    civil.microsecond = (int)(rest % US_PER_SECOND);
    rest /= US_PER_SECOND;
    civil.second = (int)(rest % 60);
    civil.minute = (int)(rest / 60 % 60);
    civil.hour = (int)(rest / 3600);
    return civil;
}

struct instant instant_of_civil(struct civil c)
{
    int64_t seconds = days_of_civil(c.year, c.month, c.day) * 86400 + c.hour * 3600LL +
                      c.minute * 60LL + c.second;
    return (struct instant){seconds * US_PER_SECOND + c.microsecond};
}

/* Writes value with leading zeros in front of end. */
static void write_digits(char *end, size_t digits, int value)
{
    for (; digits > 0; digits--, value /= 10)
        *--end = (char)('0' + value % 10);
}

void instant_write(struct instant at, char out_text[INSTANT_TEXT_BYTES])
{
    struct civil c = civil_of(at);
    memcpy(out_text, "0000-00-00T00:00:00.000000Z", INSTANT_TEXT_BYTES);
    write_digits(out_text + 4, 4, c.year < 0 ? 0 : c.year > 9999 ? 9999 : c.year);
    write_digits(out_text + 7, 2, c.month);
    write_digits(out_text + 10, 2, c.day);
    write_digits(out_text + 13, 2, c.hour);
    write_digits(out_text + 16, 2, c.minute);
    write_digits(out_text + 19, 2, c.second);
    write_digits(out_text + 26, 6, c.microsecond);
}

static bool two_digits(struct str s, size_t at, int max, int *out_value)
{
    int64_t value = 0;
    if (at + 2 > s.n || s.p[at] == '-' || !str_int(str_slice(s, at, at + 2), &value) || value > max)
        return false;
    *out_value = (int)value;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* The fraction after the seconds; at stands on the '.' or on the zone. */
static bool parse_fraction(struct str s, size_t *at, int *out_microsecond)
{
    if (*at >= s.n || s.p[*at] != '.')
        return true;
    (*at)++;
    int scale = 100000;
    size_t start = *at;
    while (*at < s.n && byte_is_digit(s.p[*at])) {
        *out_microsecond += (s.p[*at] - '0') * scale;
        scale /= 10;
        (*at)++;
    }
    return *at > start && *at - start <= 9;
}

static bool parse_zone(struct str s, size_t at, int *out_minutes)
{
    if (at + 1 == s.n && (s.p[at] == 'Z' || s.p[at] == 'z'))
        return true;
    int hours = 0;
    int minutes = 0;
    if (at + 6 != s.n || (s.p[at] != '+' && s.p[at] != '-') || s.p[at + 3] != ':' ||
        !two_digits(s, at + 1, 23, &hours) || !two_digits(s, at + 4, 59, &minutes))
        return false;
    *out_minutes = (hours * 60 + minutes) * (s.p[at] == '-' ? -1 : 1);
    return true;
}

bool instant_parse(struct str s, struct instant *out_at)
{
    struct civil c = {0};
    int64_t year = 0;
    if (s.n < 20 || s.p[0] == '-' || !str_int(str_slice(s, 0, 4), &year) || year < 1 ||
        s.p[4] != '-' || s.p[7] != '-' || (s.p[10] != 'T' && s.p[10] != 't' && s.p[10] != ' ') ||
        s.p[13] != ':' || s.p[16] != ':')
        return false;
    c.year = (int)year;
    if (!two_digits(s, 5, 12, &c.month) || c.month == 0 || !two_digits(s, 8, 31, &c.day) ||
        c.day == 0 || c.day > days_in_month(c.year, c.month) || !two_digits(s, 11, 23, &c.hour) ||
        !two_digits(s, 14, 59, &c.minute) || !two_digits(s, 17, 59, &c.second))
        return false;
    size_t at = 19;
    int zone_minutes = 0;
    if (!parse_fraction(s, &at, &c.microsecond) || !parse_zone(s, at, &zone_minutes))
        return false;
    *out_at = instant_add_ms(instant_of_civil(c), -zone_minutes * 60000LL);
    return true;
}

struct str duration_text(struct arena *arena, int64_t length_ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}};
    const char *sign = length_ms < 0 ? "-" : "";
    int64_t left = length_ms < 0 ? -length_ms : length_ms;
    if (left > 0 && left < 1000)
        return str_printf(arena, "%s%lld ms", sign, (long long)left);
    for (size_t i = 0; i < 4; i++) {
        if (left < units[i].ms && i < 3)
            continue;
        long long whole = left / units[i].ms;
        long long part = i < 3 ? left % units[i].ms / units[i + 1].ms : 0;
        if (part == 0)
            return str_printf(arena, "%s%lld %s", sign, whole, units[i].name);
        return str_printf(arena, "%s%lld %s %lld %s", sign, whole, units[i].name, part,
                          units[i + 1].name);
    }
    return STR("0 s");
}

struct str instant_words(struct arena *arena, struct instant at, struct instant now)
{
    char then[INSTANT_TEXT_BYTES];
    char today[INSTANT_TEXT_BYTES];
    instant_write(at, then);
    instant_write(now, today);
    return memcmp(then, today, 10) == 0 ? str_printf(arena, "%.5s UTC", then + 11)
                                        : str_printf(arena, "%.10s %.5s UTC", then, then + 11);
}
