/* check_value.c - values that nothing can have, limits that are always or never reached, levels
 * that nobody defines. */
#include "runbook/check.h"

#include "base/text.h"
#include "runbook/zone_names.h"

#include <stdlib.h>

enum { HOURS_OF_HALF_DAY = 12, HOURS_OF_DAY = 24, MINUTES_OF_HOUR = 60, LEVEL_LIST_BYTES = 200 };

/* The number at i, with its end; false when no digits stand there or they are too many. */
static bool number_at(struct str text, size_t i, int *out_number, size_t *out_end)
{
    int number = 0;
    size_t end = i;
    while (end < text.n && byte_is_digit(text.p[end]) && end - i < 6)
        number = number * 10 + (text.p[end++] - '0');
    *out_number = number;
    *out_end = end;
    return end > i && (end == text.n || !byte_is_digit(text.p[end]));
}

static size_t pass_blanks(struct str text, size_t i)
{
    while (i < text.n && byte_is_blank(text.p[i]))
        i++;
    return i;
}

static bool half_day_at(struct str text, size_t i)
{
    struct str mark = str_slice(text, i, i + 2);
    bool ends = i + 2 >= text.n || !byte_is_alpha(text.p[i + 2]);
    return ends && (str_is_nocase(mark, "am") || str_is_nocase(mark, "pm"));
}

/* "-3 hours", "> -5%": a minus, not the dash of a range or of a word. */
static bool is_negative(struct str text, size_t i)
{
    size_t before = i;
    if (text.p[i] != '-' || i == 0)
        return false;
    while (before > 0 && byte_is_blank(text.p[before - 1]))
        before--;
    bool blank = before < i;
    bool behind_mark = before > 0 && strchr("<>=(", text.p[before - 1]);
    size_t end = 0;
    int number = 0;
    if ((!blank && !behind_mark) || i + 1 >= text.n ||
        (before > 0 && byte_is_digit(text.p[before - 1])) || !number_at(text, i + 1, &number, &end))
        return false;
    size_t unit = pass_blanks(text, end);
    size_t word = unit;
    while (word < text.n && byte_is_alpha(text.p[word]))
        word++;
    int64_t ms = 0;
    int months = 0;
    return (unit < text.n && text.p[unit] == '%') ||
           word_unit_of_time(lexicon_find(str_slice(text, unit, word)), &ms, &months);
}

/* "101%", "150% for 5 minutes"; "150% of the baseline" is no share. */
static bool is_share(struct str text, size_t percent)
{
    static const char *const behind[] = {"for ", "in ", "within ", "during ", NULL};
    struct str rest = str_from(text, pass_blanks(text, percent + 1));
    for (int i = 0; behind[i]; i++)
        if (str_starts_nocase(rest, behind[i]))
            return true;
    return rest.n == 0 || strchr(",.;)", rest.p[0]);
}

/* The time of day at i that no clock shows ("25-26 AM", "22:70"): its end, or i. */
static size_t impossible_clock(struct str text, size_t i)
{
    int hour = 0;
    int other = 0;
    size_t end = 0;
    size_t next = 0;
    if (!number_at(text, i, &hour, &end))
        return i;
    if (end < text.n && text.p[end] == ':' && number_at(text, end + 1, &other, &next) &&
        next == end + 3)
        return hour > HOURS_OF_DAY || other >= MINUTES_OF_HOUR ||
                       (hour == HOURS_OF_DAY && other > 0)
                   ? next
                   : i;
    size_t at = pass_blanks(text, end);
    other = hour;
    if (at < text.n && text.p[at] == '-' &&
        number_at(text, pass_blanks(text, at + 1), &other, &next))
        at = pass_blanks(text, next);
    bool wrong = hour > HOURS_OF_HALF_DAY || other > HOURS_OF_HALF_DAY;
    return half_day_at(text, at) && wrong ? at + 2 : i;
}

/* A word of capitals as zones are written: "XYZ". */
static bool looks_like_zone(struct str word)
{
    bool good = word.n >= 2 && word.n <= 5;
    for (size_t i = 0; good && i < word.n; i++)
        good = word.p[i] >= 'A' && word.p[i] <= 'Z';
    return good;
}

static bool has_clock(struct str text)
{
    int number = 0;
    size_t end = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (!byte_is_digit(text.p[i]) || !number_at(text, i, &number, &end))
            continue;
        if (half_day_at(text, pass_blanks(text, end)) ||
            (end + 2 < text.n && text.p[end] == ':' && byte_is_digit(text.p[end + 1])))
            return true;
        i = end;
    }
    return false;
}

struct str value_fault(struct arena *arena, struct str text, struct str leftover,
                       const char **out_code)
{
    *out_code = "impossible";
    for (size_t i = 0; i < text.n; i++) {
        int number = 0;
        size_t end = 0;
        if (is_negative(text, i))
            return str_printf(arena,
                              "\"%.*s\" is less than nothing. Write the number without the minus.",
                              STR_ARGS(str_slice(text, i, str_find_byte(text, ' ', i + 3))));
        if (!byte_is_digit(text.p[i]) ||
            (i > 0 && (byte_is_alnum(text.p[i - 1]) || strchr(".:", text.p[i - 1]))))
            continue;
        if (number_at(text, i, &number, &end) && end < text.n && text.p[end] == '%' &&
            number > 100 && is_share(text, end))
            return str_printf(arena,
                              "%d %% is more than all of it. A share lies between 0 %% and 100 %%.",
                              number);
        size_t clock = impossible_clock(text, i);
        if (clock > i)
            return str_printf(arena,
                              "\"%.*s\" is no time of day. Write for example \"02:00-04:00 UTC\".",
                              STR_ARGS(str_slice(text, i, clock)));
    }
    *out_code = "unknown-zone";
    if (looks_like_zone(leftover) && has_clock(text))
        return str_printf(arena,
                          "\"%.*s\" is no time zone that is known. Write UTC or a name with its "
                          "place, for example \"Europe/Dublin\".",
                          STR_ARGS(leftover));
    return (struct str){"", 0};
}

static struct str share_fault(struct arena *arena, const struct vocabulary *vocabulary,
                              struct str text, struct str *out_said)
{
    struct words WORDS_UNSET words;
    words_parse(text, &words);
    for (int i = 1; i < words.count; i++) {
        enum comparison ignored = CMP_NONE;
        int at = i;
        int from = 0;
        if (!words_has_comparison(&words, i) || !words_comparison(&words, &at, &ignored) ||
            !words_is_number(&words, at))
            continue;
        while (from + 1 < i && vocabulary_is_loud(&words, from))
            from++;
        struct str signal = vocabulary_signal(vocabulary, words_span(&words, from, i));
        double share = words.at[at].number;
        struct str unit = words_has(&words, at + 1) ? words.at[at + 1].text : STR("");
        if (vocabulary_dimension(signal) != DIMENSION_SHARE || share < 0 || str_is(unit, "%") ||
            str_is_nocase(unit, "percent") || str_is_nocase(unit, "x"))
            break;
        struct str number = words.at[at].text;
        size_t begin = (size_t)(number.p - text.p);
        double percent = share < 1 ? share * 100 : share;
        if (number.p < text.p || begin + number.n > text.n || percent > 100)
            break;
        *out_said = str_printf(arena, "%.*s%g%%%.*s", STR_ARGS(str_slice(text, 0, begin)), percent,
                               STR_ARGS(str_from(text, begin + number.n)));
        return str_printf(arena,
                          "\"%.*s\" is a share, and %.*s says no unit. A share is written in %%.",
                          STR_ARGS(words_span(&words, from, i)), STR_ARGS(number));
    }
    return (struct str){"", 0};
}

struct str unclear_fault(struct arena *arena, const struct sentence_place *place, struct str text,
                         struct unclear unclear)
{
    struct str said = {"", 0};
    struct str fault = value_fault(arena, text, unclear.leftover, unclear.code);
    if (fault.n > 0)
        return fault;
    *unclear.code = "unclear";
    fault = share_fault(arena, place->vocabulary, text, &said);
    if (fault.n > 0 && sentence_is_understood(arena, place, said))
        *unclear.nearest = said;
    return fault;
}

static void check_limit(struct builder *builder, const struct statement *at)
{
    const struct alert_statement *alert = &at->alert;
    bool share = vocabulary_dimension(alert->signal) == DIMENSION_SHARE && str_is(alert->unit, "%");
    bool above = alert->cmp == CMP_OVER || alert->cmp == CMP_AT_LEAST;
    bool never = share && ((alert->cmp == CMP_OVER && alert->value >= 1) ||
                           (alert->cmp == CMP_UNDER && alert->value <= 0));
    bool always = share && ((alert->cmp == CMP_AT_LEAST && alert->value <= 0) ||
                            (alert->cmp == CMP_AT_MOST && alert->value >= 1));
    if (never || always)
        check_find(builder, at, FINDING_HINT, never ? "never-true" : "always-true",
                   str_printf(builder->arena,
                              "A share lies between 0 %% and 100 %%, so \"%.*s\" is %s true. Write "
                              "another limit.",
                              STR_ARGS(at->text), never ? "never" : "always"));
    else if (share && above && alert->value <= 0)
        check_find(builder, at, FINDING_HINT, "at-zero",
                   STR("More than 0 % is true with a single failure. Write a higher limit if that "
                       "is not meant, for example \"> 1%\"."));
}

static int compare_zones(const void *name, const void *entry)
{
    return strcmp(name, *(const char *const *)entry);
}

/* Is there such a zone? Names without a place were read as zones because they are known. */
static bool is_zone(struct arena *arena, struct str zone)
{
    struct str name = str_copy(arena, zone);
    return str_find_byte(zone, '/', 0) == zone.n || ZONE_NAMES == 0 ||
           bsearch(name.p, zone_names, ZONE_NAMES, sizeof *zone_names, compare_zones);
}

/* A step keeps its words, but a time in it that cannot be is not passed over. */
static void check_step_time(struct builder *builder, const struct statement *at)
{
    const char *code = "";
    for (size_t i = str_find_byte(at->text, '-', 0); i < at->text.n;
         i = str_find_byte(at->text, '-', i + 1))
        if (is_negative(at->text, i)) {
            struct str fault = value_fault(builder->arena, at->text, (struct str){"", 0}, &code);
            if (fault.n)
                check_find(builder, at, FINDING_ERROR, code, fault);
            return;
        }
}

void check_values(struct builder *builder, const struct statement *at)
{
    if (at->kind == STATEMENT_ALERT)
        check_limit(builder, at);
    else if (at->kind == STATEMENT_STEP || at->kind == STATEMENT_CHECK)
        check_step_time(builder, at);
    else if (at->kind == STATEMENT_SCHEDULE && !is_zone(builder->arena, at->schedule.zone))
        check_find(builder, at, FINDING_ERROR, "unknown-zone",
                   str_printf(builder->arena,
                              "\"%.*s\" is no time zone that is known. Write UTC or a name with "
                              "its place, for example \"Europe/Dublin\".",
                              STR_ARGS(at->schedule.zone)));
}

/* "SEV-1" and "sev 1" are one level. */
static struct str level_key(struct arena *arena, struct str id)
{
    struct text text;
    text_init(&text, arena, LEVEL_LIST_BYTES);
    for (size_t i = 0; i < id.n; i++)
        if (byte_is_alnum(id.p[i]))
            text_byte(&text, byte_lower(id.p[i]));
    return text_str(&text);
}

static struct str used_level(const struct statement *at)
{
    if (at->kind == STATEMENT_RESPONSE)
        return at->response.level;
    if (at->kind == STATEMENT_ALERT && word_is_level(at->alert.level))
        return at->alert.level;
    if (at->kind == STATEMENT_SEVERITY && at->severity.situation)
        return at->severity.id;
    return (struct str){"", 0};
}

void check_levels(struct builder *builder)
{
    const struct program *program = builder->program;
    struct map levels;
    struct text defined;
    map_init(&levels, LIMIT_RUNBOOK_LINES);
    text_init(&defined, builder->arena, LEVEL_LIST_BYTES);
    for (int i = 0; i < program->count; i++) {
        const struct statement *at = &program->statements[i];
        if (at->kind != STATEMENT_SEVERITY || at->severity.situation)
            continue;
        if (!check_first(&levels, level_key(builder->arena, at->severity.id), at))
            text_printf(&defined, "%s%.*s", defined.n ? ", " : "", STR_ARGS(at->severity.id));
    }
    for (int i = 0; i < program->count && defined.n; i++) {
        const struct statement *at = &program->statements[i];
        struct str level = used_level(at);
        if (level.n && !check_first(&levels, level_key(builder->arena, level), at))
            check_find(builder, at, FINDING_ERROR, "undefined-level",
                       str_printf(builder->arena,
                                  "%.*s is used here and never defined; defined are %.*s. Define "
                                  "it beside them, or use one of them.",
                                  STR_ARGS(level), STR_ARGS(text_str(&defined))));
    }
    map_done(&levels);
}
