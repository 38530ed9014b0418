/* relative.c - the words of a relative limit, and the median behind it. */
#include "alert/relative.h"

#include <math.h>
#include <stdlib.h>

enum { HOUR_S = 3600, WEEK_HOURS = 7 * 24, WEEKS = 4 };

static const char *const kinds[BASELINE_KINDS] = {[BASELINE_NONE] = "",
                                                  [BASELINE_SAME_HOUR] = "same hour of the week",
                                                  [BASELINE_LAST_DAY] = "last 24 hours"};

enum baseline_kind baseline_kind_find(struct str words)
{
    for (int i = 1; i < BASELINE_KINDS; i++)
        if (str_is_nocase(words, kinds[i]))
            return (enum baseline_kind)i;
    return BASELINE_NONE;
}

const char *baseline_kind_words(enum baseline_kind kind)
{
    return kinds[kind];
}

static bool skip(struct str text, size_t *at, const char *word)
{
    size_t n = strlen(word);
    if (*at + n > text.n || !str_is_nocase(str_slice(text, *at, *at + n), word))
        return false;
    *at += n;
    return true;
}

/* "2x ", "2 times ", "50% above ", "50 % over " at a digit. */
static bool read_amount(struct str text, size_t *at, double *out_factor)
{
    size_t end = *at;
    double number;
    while (end < text.n && (byte_is_digit(text.p[end]) || text.p[end] == '.'))
        end++;
    if (!str_real(str_slice(text, *at, end), &number) || !(number > 0))
        return false;
    *at = end;
    (void)skip(text, at, " ");
    *out_factor = number;
    if (skip(text, at, "x ") || skip(text, at, "times "))
        return true;
    *out_factor = 1 + number / 100;
    return skip(text, at, "%") && (skip(text, at, " above ") || skip(text, at, " over "));
}

/* What stands before the amount, with the comparison that a limit needs. */
static struct str write_before(struct arena *arena, struct str before)
{
    static const char *const upward[] = {">", " is", " exceeds", " above", " over"};
    before = str_trim(before);
    for (size_t i = 0; i < sizeof upward / sizeof *upward; i++) {
        size_t n = strlen(upward[i]);
        if (before.n > n && str_is_nocase(str_from(before, before.n - n), upward[i]))
            before = str_trim(str_slice(before, 0, before.n - n));
    }
    bool other = before.n > 0 && (before.p[before.n - 1] == '=' || before.p[before.n - 1] == '<');
    return str_printf(arena, "%.*s%s", STR_ARGS(before), other ? "" : " >");
}

bool relative_find(struct arena *arena, struct str text, struct str amount,
                   struct relative *out_relative, struct str *out_absolute)
{
    for (size_t i = 1; i < text.n; i++) {
        size_t at = i;
        struct relative relative = {.value = NAN};
        if (text.p[i - 1] != ' ' || !byte_is_digit(text.p[i]) ||
            !read_amount(text, &at, &relative.factor))
            continue;
        (void)skip(text, &at, "the ");
        size_t end = at;
        while (end < text.n && byte_is_alpha(text.p[end]))
            end++;
        if (end == at)
            continue;
        relative.name = str_copy(arena, str_slice(text, at, end));
        *out_absolute =
            str_printf(arena, "%.*s %.*s%.*s", STR_ARGS(write_before(arena, str_slice(text, 0, i))),
                       STR_ARGS(amount), STR_ARGS(str_from(text, end)));
        *out_relative = relative;
        return true;
    }
    return false;
}

size_t baseline_hours(enum baseline_kind kind, struct instant now,
                      struct instant out_hours[RELATIVE_HOURS_MAX])
{
    int64_t hour = now.us / 1000000 / HOUR_S;
    size_t count = kind == BASELINE_SAME_HOUR ? WEEKS : kind == BASELINE_LAST_DAY ? 24 : 0;
    for (size_t i = 0; i < count; i++) {
        int64_t back = (int64_t)(i + 1) * (kind == BASELINE_SAME_HOUR ? WEEK_HOURS : 1);
        out_hours[i] = (struct instant){(hour - back) * HOUR_S * 1000000};
    }
    return count;
}

static int compare(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return (*left > *right) - (*left < *right);
}

void relative_set(struct relative *relative, const double *values, size_t count, struct instant now)
{
    double known[RELATIVE_HOURS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < count && n < RELATIVE_HOURS_MAX; i++)
        if (isfinite(values[i]))
            known[n++] = values[i];
    qsort(known, n, sizeof *known, compare);
    relative->hour = now.us / 1000000 / HOUR_S;
    relative->known = n;
    relative->value = NAN;
    if (n > 0 && n * 2 >= count)
        relative->value = n % 2 ? known[n / 2] : (known[n / 2 - 1] + known[n / 2]) / 2;
}

struct rule relative_limited(const struct rule *rule, const struct relative *relative)
{
    struct rule limited = *rule;
    limited.limit = relative->factor * relative->value;
    return limited;
}

struct str relative_problem(struct arena *arena, const struct relative *relative)
{
    if (relative->kind == BASELINE_NONE)
        return str_printf(arena,
                          "nobody said what \"%.*s\" is; name it under baselines: in "
                          "reeve.yaml",
                          STR_ARGS(relative->name));
    if (relative->hour == 0)
        return STR("its baseline was not computed yet");
    if (isfinite(relative->value))
        return STR("");
    struct instant hours[RELATIVE_HOURS_MAX];
    struct instant now = {relative->hour * HOUR_S * 1000000};
    size_t count = baseline_hours(relative->kind, now, hours);
    return str_printf(arena,
                      "of its baseline (%s) only %zu of %zu hours are known, and it needs %zu",
                      kinds[relative->kind], relative->known, count, count / 2);
}
