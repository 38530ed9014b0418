/* series_notation.c - the two halves of a series, read byte by byte. */
#include "telemetry/series_notation.h"

#include "telemetry/promql_string.h"

#include <math.h>

/* What is being read, and how far it was. */
struct reader {
    struct arena *arena;
    struct str text;
    size_t at;
    struct err *err;
};

static bool fail(const struct reader *reader, const char *words)
{
    return err_set(reader->err, ERR_USAGE, NULL, "%s, at byte %zu of \"%.*s\"", words,
                   reader->at + 1, STR_ARGS(str_cut(reader->text, 120)));
}

static char peek(const struct reader *reader)
{
    return reader->at < reader->text.n ? reader->text.p[reader->at] : '\0';
}

static bool is_space(char c)
{
    return byte_is_blank(c) || c == '\n' || c == '\r';
}

static void skip_spaces(struct reader *reader)
{
    while (reader->at < reader->text.n && is_space(reader->text.p[reader->at]))
        reader->at++;
}

static bool take_byte(struct reader *reader, char wanted)
{
    skip_spaces(reader);
    if (reader->at >= reader->text.n || peek(reader) != wanted)
        return false;
    reader->at++;
    return true;
}

static bool read_string(struct reader *reader, struct str *out_value)
{
    skip_spaces(reader);
    if (!promql_string_begins(reader->text, reader->at))
        return fail(reader, "the value of a label stands in quotes");
    return promql_string_read(reader->arena, reader->text, &reader->at, out_value, reader->err);
}

static struct str read_word(struct reader *reader)
{
    skip_spaces(reader);
    size_t n = exposition_name_length(str_from(reader->text, reader->at));
    struct str word = str_slice(reader->text, reader->at, reader->at + n);
    reader->at += n;
    return str_copy(reader->arena, word);
}

static bool keep_label(struct reader *reader, struct notated_series *series, struct label label)
{
    if (str_is(label.name, "__name__")) {
        if (series->name.n > 0)
            return fail(reader, "the series has two names");
        series->name = label.value;
        return exposition_name_length(label.value) == label.value.n ||
               fail(reader, "this is no name of a metric");
    }
    for (size_t i = 0; i < series->label_count; i++)
        if (str_equal(series->labels[i].name, label.name))
            return fail(reader, "a label stands twice");
    if (series->label_count == LABELS_MAX)
        return fail(reader, "there are too many labels");
    series->labels[series->label_count++] = label;
    return true;
}

/* Behind the opening bracket. */
static bool read_labels(struct reader *reader, struct notated_series *series)
{
    while (!take_byte(reader, '}')) {
        struct label label = {.name = read_word(reader)};
        if (label.name.n == 0 || str_find_byte(label.name, ':', 0) < label.name.n)
            return fail(reader, "a label is written name=\"value\"");
        if (!take_byte(reader, '='))
            return fail(reader, "behind the name of a label stands \"=\"");
        if (!read_string(reader, &label.value) || !keep_label(reader, series, label))
            return false;
        if (take_byte(reader, ','))
            continue;
        if (take_byte(reader, '}'))
            break;
        return fail(reader, "labels are parted by commas and end with \"}\"");
    }
    return true;
}

static struct str write_exposition(struct arena *arena, const struct notated_series *series)
{
    size_t room = series->name.n + 8;
    for (size_t i = 0; i < series->label_count; i++)
        room += series->labels[i].name.n + 2 * series->labels[i].value.n + 8;
    struct text text;
    text_init(&text, arena, room);
    text_add(&text, series->name);
    for (size_t i = 0; i < series->label_count; i++) {
        struct str value = series->labels[i].value;
        text_byte(&text, i == 0 ? '{' : ',');
        text_add(&text, series->labels[i].name);
        text_adds(&text, "=\"");
        for (size_t at = 0; at < value.n; at++) {
            char c = value.p[at];
            if (c == '\\' || c == '"' || c == '\n')
                text_byte(&text, '\\');
            text_byte(&text, (char)(c == '\n' ? 'n' : c));
        }
        text_byte(&text, '"');
    }
    if (series->label_count > 0)
        text_byte(&text, '}');
    return text_str(&text);
}

bool series_notation_read_name(struct arena *arena, struct str text,
                               struct notated_series *out_series, struct err *err)
{
    struct reader reader = {arena, text, 0, err};
    struct notated_series *series = arena_make(arena, struct notated_series);
    series->name = read_word(&reader);
    if (take_byte(&reader, '{') && !read_labels(&reader, series))
        return false;
    if (series->name.n == 0)
        return fail(&reader, "a series begins with the name of its metric");
    skip_spaces(&reader);
    if (reader.at < text.n)
        return fail(&reader, "something stands behind the series");
    series->text = write_exposition(arena, series);
    *out_series = *series;
    return true;
}

static bool read_word_value(struct reader *reader, const char *word)
{
    struct str rest = str_from(reader->text, reader->at);
    size_t n = strlen(word);
    if (!str_starts_nocase(rest, word) || (rest.n > n && byte_is_alnum(rest.p[n])))
        return false;
    reader->at += n;
    return true;
}

static size_t digits_at(const struct reader *reader, size_t at)
{
    size_t n = 0;
    while (at + n < reader->text.n && byte_is_digit(reader->text.p[at + n]))
        n++;
    return n;
}

/* Digits, a point, an exponent: what stands here of them; 0: no number. */
static size_t number_length(const struct reader *reader)
{
    const char *p = reader->text.p;
    size_t at = reader->at;
    size_t digits = digits_at(reader, at);
    at += digits;
    if (at < reader->text.n && p[at] == '.') {
        size_t behind = digits_at(reader, at + 1);
        digits += behind;
        at += 1 + behind;
    }
    if (digits == 0)
        return 0;
    if (at < reader->text.n && (p[at] == 'e' || p[at] == 'E')) {
        size_t sign = at + 1 < reader->text.n && (p[at + 1] == '+' || p[at + 1] == '-');
        size_t exponent = digits_at(reader, at + 1 + sign);
        at += exponent > 0 ? 1 + sign + exponent : 0;
    }
    return at - reader->at;
}

/* A number with or without a sign. */
static bool read_number(struct reader *reader, double *out_value)
{
    bool negative = peek(reader) == '-';
    double value = 0;
    if (negative || peek(reader) == '+')
        reader->at++;
    size_t n = number_length(reader);
    if (n > 0) {
        struct str digits = str_slice(reader->text, reader->at, reader->at + n);
        /* A point at the end is no part of a number elsewhere. */
        if (digits.p[n - 1] == '.')
            digits = str_slice(digits, 0, n - 1);
        if (digits.p[0] == '.')
            digits = str_printf(reader->arena, "0%.*s", STR_ARGS(digits));
        if (!exposition_parse_value(digits, &value))
            return fail(reader, "this is no number");
        reader->at += n;
    } else if (read_word_value(reader, "inf")) {
        value = INFINITY;
    } else if (read_word_value(reader, "nan")) {
        value = NAN;
    } else {
        return fail(reader, "a value is a number, \"_\", or \"stale\"");
    }
    *out_value = negative ? -value : value;
    return true;
}

/* "x3" behind a value; 0 when there is none. */
static bool read_times(struct reader *reader, size_t *out_times)
{
    *out_times = 0;
    if (peek(reader) != 'x')
        return true;
    reader->at++;
    size_t n = digits_at(reader, reader->at);
    int64_t times = 0;
    if (n == 0 || !str_int(str_slice(reader->text, reader->at, reader->at + n), &times))
        return fail(reader, "behind \"x\" stands how many times more");
    if (times > SERIES_VALUES_MAX)
        return fail(reader, "the series has more than 100,000 values");
    reader->at += n;
    *out_times = (size_t)times;
    return true;
}

struct item {
    struct notated_value first;
    double step;
    size_t count;
};

static bool read_item(struct reader *reader, struct item *item)
{
    size_t times = 0;
    *item = (struct item){.count = 1};
    if (peek(reader) == '_') {
        item->first.shown = SHOWN_NOTHING;
        reader->at++;
        bool many = peek(reader) == 'x';
        if (!read_times(reader, &times))
            return false;
        item->count = many ? times : 1;
        return true;
    }
    if (read_word_value(reader, "stale")) {
        item->first.shown = SHOWN_STALE;
        return true;
    }
    if (!read_number(reader, &item->first.value))
        return false;
    bool steps = peek(reader) == '+' || peek(reader) == '-';
    if (steps && !read_number(reader, &item->step))
        return false;
    if (steps && peek(reader) != 'x')
        return fail(reader, "behind the step stands \"x\" and how many times");
    if (!read_times(reader, &times))
        return false;
    item->count = times + 1;
    return true;
}

bool series_notation_read_values(struct arena *arena, struct str text,
                                 struct notated_value **out_values, size_t *out_count,
                                 struct err *err)
{
    struct reader reader = {arena, text, 0, err};
    struct notated_value *values = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (skip_spaces(&reader); reader.at < text.n; skip_spaces(&reader)) {
        struct item item;
        if (!read_item(&reader, &item))
            return false;
        if (reader.at < text.n && !is_space(peek(&reader)))
            return fail(&reader, "values are parted by blanks");
        if (item.count > SERIES_VALUES_MAX - count)
            return fail(&reader, "the series has more than 100,000 values");
        /* Step by step, as promtool adds them: sums of steps are rounded the same. */
        for (size_t i = 0; i < item.count; i++) {
            LIST_PUSH(arena, values, count, capacity) = item.first;
            item.first.value += item.step;
        }
    }
    *out_values = values;
    *out_count = count;
    return true;
}
