/* moment.c - moments and lengths of time, as people write them. */
#include "base/moment.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

enum { DATE_CHARS = 10, MINUTE_CHARS = 16, SECOND_CHARS = 19, SHOWN_BYTES = 80 };

bool span_parse(struct str words, int64_t *out_ms)
{
    static const struct {
        const char *word;
        int64_t ms;
    } units[] = {{"ms", 1},         {"s", 1000},          {"sec", 1000},
                 {"second", 1000},  {"seconds", 1000},    {"m", 60000},
                 {"min", 60000},    {"minute", 60000},    {"minutes", 60000},
                 {"h", 3600000},    {"hour", 3600000},    {"hours", 3600000},
                 {"d", DAY_MS},     {"day", DAY_MS},      {"days", DAY_MS},
                 {"w", 7 * DAY_MS}, {"week", 7 * DAY_MS}, {"weeks", 7 * DAY_MS}};
    int64_t number = 0;
    size_t digits = 0;
    while (digits < words.n && byte_is_digit(words.p[digits]))
        digits++;
    struct str unit = str_trim(str_from(words, digits));
    if (!str_int(str_slice(words, 0, digits), &number))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!str_is(unit, units[i].word))
            continue;
        if (number > MOMENT_DAYS_MAX * DAY_MS / units[i].ms)
            return false;
        *out_ms = number * units[i].ms;
        return true;
    }
    return false;
}

/* "16:00" and "16:00:30": that of this side of now, UTC. */
static bool parse_clock(struct str words, enum moment_side side, struct instant now,
                        struct instant *out_at)
{
    char whole[INSTANT_TEXT_BYTES];
    bool short_one = words.n == MINUTE_CHARS - DATE_CHARS - 1;
    if (words.n < 3 || words.p[2] != ':' || (!short_one && words.n != 8))
        return false;
    instant_write(now, whole);
    memcpy(whole + DATE_CHARS + 1, words.p, words.n);
    memcpy(whole + DATE_CHARS + 1 + words.n, short_one ? ":00Z" : "Z", short_one ? 5 : 2);
    if (!instant_parse(str_of(whole), out_at))
        return false;
    if (side == MOMENT_AHEAD && !instant_before(now, *out_at))
        *out_at = instant_add_ms(*out_at, DAY_MS);
    if (side == MOMENT_BEHIND && instant_before(now, *out_at))
        *out_at = instant_add_ms(*out_at, -DAY_MS);
    return true;
}

/* A date; an instant, of which seconds and zone may be left out. */
static bool parse_instant(struct str words, struct instant *out_at)
{
    char whole[64];
    static const struct {
        size_t chars;
        const char *rest;
    } cuts[] = {{DATE_CHARS, "T00:00:00Z"}, {MINUTE_CHARS, ":00Z"}, {SECOND_CHARS, "Z"}};
    if (instant_parse(words, out_at))
        return true;
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        if (words.n != cuts[i].chars)
            continue;
        memcpy(whole, words.p, words.n);
        memcpy(whole + words.n, cuts[i].rest, strlen(cuts[i].rest) + 1);
        return instant_parse(str_of(whole), out_at);
    }
    /* 2026-11-28T16:00Z and 2026-11-28T16:00+01:00 */
    bool shortened = words.n > MINUTE_CHARS && words.n < sizeof whole - 4 &&
                     words.p[MINUTE_CHARS] != ':' && words.p[MINUTE_CHARS] != '.';
    if (!shortened)
        return false;
    memcpy(whole, words.p, MINUTE_CHARS);
    memcpy(whole + MINUTE_CHARS, ":00", 3);
    memcpy(whole + MINUTE_CHARS + 3, words.p + MINUTE_CHARS, words.n - MINUTE_CHARS);
    whole[words.n + 3] = '\0';
    return instant_parse(str_of(whole), out_at);
}

/* A zone can put the ends of the calendar beyond it. */
static bool is_of_calendar(struct instant at)
{
    struct instant first = instant_of_civil((struct civil){.year = 1, .month = 1, .day = 1});
    struct instant last = instant_of_civil((struct civil){.year = 9999, .month = 12, .day = 31});
    return !instant_before(at, first) && instant_before(at, instant_add_ms(last, DAY_MS));
}

bool moment_parse(struct str words, enum moment_side side, struct instant now,
                  struct instant *out_at, struct err *err)
{
    struct str trimmed = str_trim(words);
    struct str length = trimmed;
    int64_t length_ms = 0;
    bool is_ahead = side == MOMENT_AHEAD;
    if (trimmed.n > 0 && (trimmed.p[0] == '+' || trimmed.p[0] == '-')) {
        is_ahead = trimmed.p[0] == '+';
        length = str_from(trimmed, 1);
    }
    if (str_is(trimmed, "now")) {
        *out_at = now;
        return true;
    }
    if (span_parse(length, &length_ms)) {
        *out_at = instant_add_ms(now, is_ahead ? length_ms : -length_ms);
        return true;
    }
    struct instant at;
    bool is_read = parse_clock(trimmed, side, now, &at) || parse_instant(trimmed, &at);
    if (is_read && is_of_calendar(at)) {
        *out_at = at;
        return true;
    }
    return err_set(err, ERR_USAGE, NULL, "\"%.*s\" is no time; write %s.",
                   STR_ARGS(str_cut(words, SHOWN_BYTES)),
                   side == MOMENT_AHEAD ? MOMENT_HELP_AHEAD : MOMENT_HELP_BEHIND);
}
