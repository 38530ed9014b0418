/* log_entry.c - words and numbers of logs. */
#include "telemetry/log_entry.h"

#include <math.h>

static const struct {
    const char *word;
    int severity;
} words[] = {
    {"info", ENTRY_INFO},       {"error", ENTRY_ERROR},      {"warn", ENTRY_WARN},
    {"warning", ENTRY_WARN},    {"debug", ENTRY_DEBUG},      {"log", ENTRY_INFO},
    {"fatal", ENTRY_FATAL},     {"trace", ENTRY_TRACE},      {"notice", ENTRY_INFO},
    {"err", ENTRY_ERROR},       {"critical", ENTRY_FATAL},   {"crit", ENTRY_FATAL},
    {"panic", ENTRY_FATAL},     {"alert", ENTRY_FATAL},      {"emerg", ENTRY_FATAL},
    {"emergency", ENTRY_FATAL}, {"information", ENTRY_INFO}, {"informational", ENTRY_INFO},
    {"verbose", ENTRY_DEBUG},   {"severe", ENTRY_ERROR},     {"debug1", ENTRY_DEBUG},
    {"debug2", ENTRY_DEBUG},    {"debug3", ENTRY_DEBUG},     {"debug4", ENTRY_DEBUG},
    {"debug5", ENTRY_DEBUG},    {"dpanic", ENTRY_FATAL},     {"silly", ENTRY_TRACE},
    {"http", ENTRY_INFO},       {"default", ENTRY_INFO},
};

/* The first words of the table as most logs write them, at once. */
static int severity_of_plain(struct str word)
{
    switch (word.n) {
    case 4:
        return memcmp(word.p, "info", 4) == 0   ? ENTRY_INFO
               : memcmp(word.p, "warn", 4) == 0 ? ENTRY_WARN
                                                : ENTRY_NOT_SAID;
    case 5:
        return memcmp(word.p, "error", 5) == 0   ? ENTRY_ERROR
               : memcmp(word.p, "debug", 5) == 0 ? ENTRY_DEBUG
                                                 : ENTRY_NOT_SAID;
    default: return ENTRY_NOT_SAID;
    }
}

int log_severity_of_word(struct str word)
{
    int plain = severity_of_plain(word);
    if (plain != ENTRY_NOT_SAID)
        return plain;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_is_nocase(word, words[i].word))
            return words[i].severity;
    return ENTRY_NOT_SAID;
}

int log_severity_of_number(struct str number)
{
    static const int syslog[] = {ENTRY_FATAL, ENTRY_FATAL, ENTRY_FATAL, ENTRY_ERROR,
                                 ENTRY_WARN,  ENTRY_INFO,  ENTRY_INFO,  ENTRY_DEBUG};
    static const int pino[] = {ENTRY_TRACE, ENTRY_DEBUG, ENTRY_INFO,
                               ENTRY_WARN,  ENTRY_ERROR, ENTRY_FATAL};
    int64_t value;
    if (!str_int(number, &value) || value < 0)
        return ENTRY_NOT_SAID;
    if (value < 8)
        return syslog[value];
    return value >= 10 && value < 70 ? pino[value / 10 - 1] : ENTRY_NOT_SAID;
}

const char *log_severity_word(int severity)
{
    static const char *const names[] = {"trace", "debug", "info", "warn", "error", "fatal"};
    return severity > 0 && severity <= ENTRY_SEVERITY_LAST ? names[(severity - 1) / 4] : "";
}

int log_status_of(struct str text)
{
    if (text.n != 3 || text.p[0] < '1' || text.p[0] > '5' || !byte_is_digit(text.p[1]) ||
        !byte_is_digit(text.p[2]))
        return 0;
    return (text.p[0] - '0') * 100 + (text.p[1] - '0') * 10 + (text.p[2] - '0');
}

/* Digits with at most one point, up to 15 of them: exact by one division. */
static bool read_short_number(struct str text, double *out_value)
{
    static const double tens[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    int64_t digits = 0;
    size_t point = text.n;
    if (text.n == 0 || text.n > 15 || !byte_is_digit(text.p[0]))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '.' && point == text.n)
            point = i;
        else if (byte_is_digit(text.p[i]))
            digits = digits * 10 + (text.p[i] - '0');
        else
            return false;
    }
    if (point + 1 == text.n)
        return false;
    *out_value = (double)digits / tens[point < text.n ? text.n - point - 1 : 0];
    return true;
}

static double unit_scale(struct str unit, double scale)
{
    static const struct {
        const char *unit;
        double scale;
    } units[] = {{"ms", 1e-3}, {"s", 1}, {"us", 1e-6}, {"µs", 1e-6}, {"ns", 1e-9}, {"m", 60}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (str_is(unit, units[i].unit))
            return units[i].scale;
    return unit.n == 0 ? scale : 0;
}

double log_duration_of(struct str text, double scale)
{
    double value;
    if (scale > 0 && read_short_number(text, &value))
        return value * scale;
    size_t n = 0;
    while (n < text.n && (byte_is_digit(text.p[n]) || text.p[n] == '.' || text.p[n] == 'e' ||
                          text.p[n] == 'E' || text.p[n] == '-' || text.p[n] == '+'))
        n++;
    double unit = unit_scale(str_trim(str_from(text, n)), scale);
    if (unit <= 0 || !str_real(str_slice(text, 0, n), &value) || value < 0)
        return -1;
    return isfinite(value * unit) ? value * unit : -1;
}

struct instant log_instant_of(struct str text)
{
    struct instant at = {0};
    double value;
    if (text.n < 10)
        return at;
    if (text.n > 18 && text.p[4] == '-') {
        if (!instant_parse(text, &at) || at.us < 0)
            at = (struct instant){0};
        return at;
    }
    if (!str_real(text, &value) || value < 1e8 || value > 1e19)
        return at;
    double us = value < 1e11   ? value * 1e6
                : value < 1e14 ? value * 1e3
                : value < 1e17 ? value
                               : value / 1e3;
    return (struct instant){(int64_t)us};
}
