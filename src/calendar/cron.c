/* cron.c - the five fields of a cron expression. */
#include "calendar/cron.h"

#include <assert.h>

enum { FIELDS = 5, HOURS = 24, NAME_BYTES = 3 };

struct field {
    const char *title;
    int min, max;
    const char *names; /* three letters each, the first for min */
};

static const struct field fields[FIELDS] = {
    {"minute", 0, 59, ""},
    {"hour", 0, 23, ""},
    {"day of the month", 1, 31, ""},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {"weekday", 0, 7, "sunmontuewedthufrisat"}};

static bool read_value(const struct field *field, struct str text, int *out_value)
{
    int64_t number = 0;
    size_t names_bytes = strlen(field->names);
    for (size_t i = 0; i + NAME_BYTES <= names_bytes; i += NAME_BYTES)
        if (str_equal_nocase(text, (struct str){field->names + i, NAME_BYTES})) {
            *out_value = field->min + (int)i / NAME_BYTES;
            return true;
        }
    if (text.n == 0 || text.n > 2 || !byte_is_digit(text.p[0]) || !str_int(text, &number) ||
        number < field->min || number > field->max)
        return false;
    *out_value = (int)number;
    return true;
}

/* "5", "1-5", "*", each with or without "/2" behind it; a step needs a range to walk. */
static bool read_item(const struct field *field, struct str item, uint64_t *bits)
{
    int low = field->min;
    int high = field->max;
    int64_t step = 1;
    size_t slash = str_find_byte(item, '/', 0);
    struct str range = str_slice(item, 0, slash);
    size_t dash = str_find_byte(range, '-', 0);
    struct str digits = str_from(item, slash + 1);
    if (slash < item.n &&
        (!str_int(digits, &step) || !byte_is_digit(digits.p[0]) || step < 1 || step > field->max))
        return false;
    if (dash < range.n) {
        if (!read_value(field, str_slice(range, 0, dash), &low) ||
            !read_value(field, str_from(range, dash + 1), &high))
            return false;
        /* "Fri-Sun": behind a dash, Sunday is the last day of the week. */
        if (field == &fields[FIELDS - 1] && high == 0 && low > 0)
            high = 7;
    } else if (!str_is(range, "*")) {
        if (slash < item.n || !read_value(field, range, &low))
            return false;
        high = low;
    } else if (field == &fields[FIELDS - 1]) {
        high = 6;
    }
    assert(low >= 0 && high < 64);
    for (int64_t value = low; value <= high; value += step)
        *bits |= (uint64_t)1 << value;
    return low <= high;
}

static bool read_field(const struct field *field, struct str text, uint64_t *out_bits,
                       struct err *err)
{
    struct str rest = text;
    struct str item;
    uint64_t bits = 0;
    while (str_split(&rest, ',', &item))
        if (!read_item(field, item, &bits))
            return err_set(err, ERR_USAGE, "",
                           "The %s \"%.*s\" of the cron expression cannot be read. Write numbers "
                           "from %d to %d, ranges like \"%d-%d\", steps like \"*/5\".",
                           field->title, STR_ARGS(str_cut(text, 64)), field->min, field->max,
                           field->min, field->max);
    *out_bits = bits;
    return true;
}

static bool next_part(struct str text, size_t *at, struct str *out_part)
{
    while (*at < text.n && byte_is_blank(text.p[*at]))
        (*at)++;
    size_t from = *at;
    while (*at < text.n && !byte_is_blank(text.p[*at]))
        (*at)++;
    *out_part = str_slice(text, from, *at);
    return *at > from;
}

/* The 31st of February to June, and the like, never come. */
static bool has_any_date(const struct cron *cron)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!cron->any_day && !cron->any_weekday)
        return true;
    for (int month = 1; month <= 12; month++)
        for (int day = 1; (cron->months >> month & 1) && day <= days[month - 1]; day++)
            if (cron->days >> day & 1)
                return true;
    return false;
}

bool cron_parse(struct str text, struct cron *out_cron, struct err *err)
{
    uint64_t bits[FIELDS] = {0};
    struct str parts[FIELDS];
    struct str more;
    size_t at = 0;
    for (int i = 0; i < FIELDS; i++)
        if (!next_part(text, &at, &parts[i]))
            return err_set(err, ERR_USAGE, "",
                           "A cron expression has five fields, not %d: minute, hour, day of the "
                           "month, month, weekday.",
                           i);
    if (next_part(text, &at, &more))
        return err_set(err, ERR_USAGE, "",
                       "A cron expression has five fields; \"%.*s\" behind them is one too many.",
                       STR_ARGS(str_cut(more, 64)));
    for (int i = 0; i < FIELDS; i++)
        if (!read_field(&fields[i], parts[i], &bits[i], err))
            return false;
    struct cron cron = {.minutes = bits[0],
                        .hours = (uint32_t)bits[1],
                        .days = (uint32_t)bits[2],
                        .months = (uint32_t)bits[3],
                        .weekdays = (uint32_t)((bits[4] | bits[4] >> 7) & 0x7f),
                        .any_day = parts[2].p[0] == '*',
                        .any_weekday = parts[4].p[0] == '*'};
    if (!has_any_date(&cron))
        return err_set(err, ERR_USAGE, "",
                       "No year has the dates of the cron expression \"%.*s\". Check its day of "
                       "the month and its month.",
                       STR_ARGS(str_cut(text, 64)));
    *out_cron = cron;
    return true;
}

bool cron_has_date(const struct cron *cron, struct civil date)
{
    bool day = cron->days >> date.day & 1;
    bool weekday = cron->weekdays >> date.weekday & 1;
    bool either = !cron->any_day && !cron->any_weekday;
    return (cron->months >> date.month & 1) && (either ? day || weekday : day && weekday);
}

bool cron_is_hourly(const struct cron *cron)
{
    return cron->hours == (UINT32_C(1) << HOURS) - 1;
}
