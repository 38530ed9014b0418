/* when.c - reading times that people type. */
#include "action/when.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS };
#define DAY_MS  (INT64_C(24) * HOUR_MS)
#define MOST_MS (3660 * DAY_MS)

static bool parse_length(struct str words, int64_t *out_ms)
{
    static const char units[] = "smhdw";
    static const int64_t unit_ms[] = {SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS, 7 * DAY_MS};
    int64_t number = 0;
    size_t digits = 0;
    while (digits < words.n && byte_is_digit(words.p[digits]))
        digits++;
    struct str unit = str_trim(str_from(words, digits));
    const char *at = unit.n == 1 ? strchr(units, unit.p[0]) : NULL;
    if (!at || !*at || !str_int(str_slice(words, 0, digits), &number) || number < 1 ||
        number > MOST_MS / unit_ms[at - units])
        return false;
    *out_ms = number * unit_ms[at - units];
    return true;
}

static bool parse_day(struct str words, struct instant *out_at)
{
    char whole[INSTANT_TEXT_BYTES];
    if (words.n != 10)
        return false;
    memcpy(whole, words.p, 10);
    memcpy(whole + 10, "T00:00:00Z", 11);
    return instant_parse(str_of(whole), out_at);
}

bool when_back(struct str words, struct instant now, struct instant *out_at)
{
    int64_t length_ms;
    if (parse_length(words, &length_ms)) {
        *out_at = instant_add_ms(now, -length_ms);
        return true;
    }
    return parse_day(words, out_at) || instant_parse(words, out_at);
}

bool when_ahead(struct str words, struct instant now, struct instant *out_at)
{
    int64_t length_ms;
    if (parse_length(words, &length_ms)) {
        *out_at = instant_add_ms(now, length_ms);
        return true;
    }
    if (!parse_day(words, out_at))
        return instant_parse(words, out_at);
    *out_at = instant_add_ms(*out_at, DAY_MS);
    return true;
}
