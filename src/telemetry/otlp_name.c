/* otlp_name.c - names and units. */
#include "telemetry/otlp_name.h"

#include "base/text.h"

enum { UNIT_BYTES_MAX = 63 }; /* of a longer unit nothing is said */

struct unit {
    const char *ucum, *word;
};

static const struct unit units[] = {
    {"d", "days"},         {"h", "hours"},         {"min", "minutes"},
    {"s", "seconds"},      {"ms", "milliseconds"}, {"us", "microseconds"},
    {"ns", "nanoseconds"}, {"By", "bytes"},        {"KiBy", "kibibytes"},
    {"MiBy", "mebibytes"}, {"GiBy", "gibibytes"},  {"TiBy", "tebibytes"},
    {"kBy", "kilobytes"},  {"KBy", "kilobytes"},   {"MBy", "megabytes"},
    {"GBy", "gigabytes"},  {"TBy", "terabytes"},   {"m", "meters"},
    {"V", "volts"},        {"A", "amperes"},       {"J", "joules"},
    {"W", "watts"},        {"g", "grams"},         {"Cel", "celsius"},
    {"Hz", "hertz"},       {"%", "percent"},       {"1", ""},
};
/* Behind a slash: "m/s" is meters per second. */
static const struct unit rates[] = {
    {"s", "second"}, {"m", "minute"}, {"min", "minute"}, {"h", "hour"},
    {"d", "day"},    {"w", "week"},   {"mo", "month"},   {"y", "year"},
};

/* s as it may stand in a name: others as '_', and never two of them. */
static void add_clean(struct text *text, struct str s, bool colons)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool good = byte_is_alnum(c) || (colons && c == ':');
        if (good)
            text_byte(text, c);
        else if (text->n == 0 || text->p[text->n - 1] != '_')
            text_byte(text, '_');
    }
}

static struct str trim_underscores(struct str s)
{
    while (s.n > 0 && s.p[0] == '_')
        s = str_from(s, 1);
    while (s.n > 0 && s.p[s.n - 1] == '_')
        s.n--;
    return s;
}

/* One side of the slash as a word. */
static void add_unit(struct text *text, struct str ucum, const struct unit *table, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(ucum, table[i].ucum)) {
            text_adds(text, table[i].word);
            return;
        }
    add_clean(text, ucum, false);
}

/* The unit without what stands in braces. */
static struct str drop_braces(struct arena *arena, struct str unit)
{
    struct text text;
    bool inside = false;
    text_init(&text, arena, UNIT_BYTES_MAX);
    for (size_t i = 0; i < unit.n; i++) {
        inside = inside || unit.p[i] == '{';
        if (!inside)
            text_byte(&text, unit.p[i]);
        inside = inside && unit.p[i] != '}';
    }
    return str_trim(text_str(&text));
}

/* "bytes", "meters_per_second", "". */
static struct str unit_words(struct arena *arena, struct str unit)
{
    struct text text;
    if (unit.n > UNIT_BYTES_MAX)
        return STR("");
    unit = drop_braces(arena, unit);
    size_t slash = str_find_byte(unit, '/', 0);
    struct str over = str_from(unit, slash + 1);
    text_init(&text, arena, (size_t)4 * UNIT_BYTES_MAX);
    add_unit(&text, str_slice(unit, 0, slash), units, sizeof units / sizeof *units);
    if (slash < unit.n && over.n > 0) {
        text_adds(&text, text.n ? "_per_" : "per_");
        add_unit(&text, over, rates, sizeof rates / sizeof *rates);
    }
    return trim_underscores(text_str(&text));
}

static bool ends_with_word(struct str name, struct str word)
{
    return name.n > word.n && name.p[name.n - word.n - 1] == '_' &&
           str_equal(str_from(name, name.n - word.n), word);
}

struct str otlp_metric_name(struct arena *arena, struct str name, struct str unit, bool total)
{
    struct text text;
    struct str words = unit_words(arena, unit);
    text_init(&text, arena, name.n + (size_t)8 * UNIT_BYTES_MAX);
    if (name.n > 0 && byte_is_digit(name.p[0]))
        text_byte(&text, '_');
    add_clean(&text, name, true);
    struct str clean = text_str(&text);
    if (trim_underscores(clean).n == 0)
        return STR("");
    bool had_total = str_ends(clean, "_total");
    if (total && had_total)
        text.n -= sizeof "_total" - 1;
    clean = text_str(&text);
    if (words.n > 0 && !ends_with_word(clean, words) && !str_equal(clean, words)) {
        if (clean.n == 0 || clean.p[clean.n - 1] != '_')
            text_byte(&text, '_');
        text_add(&text, words);
    }
    if (total)
        text_adds(&text, text.n && text.p[text.n - 1] == '_' ? "total" : "_total");
    return text_str(&text);
}

struct str otlp_label_name(struct arena *arena, const char *prefix, struct str key)
{
    struct text text;
    text_init(&text, arena, key.n + strlen(prefix) + sizeof "key_");
    text_adds(&text, prefix);
    if (text.n == 0 && key.n > 0 && byte_is_digit(key.p[0]))
        text_adds(&text, "key_");
    size_t before = text.n;
    add_clean(&text, key, false);
    return trim_underscores(str_from(text_str(&text), before)).n ? text_str(&text) : STR("");
}
