/* suspect.c - hidden characters, mixed scripts and "..", in sentences.
 *
 * Scripts are those whose letters look like Latin ones. A word that is wholly of another script is
 * suspect only when each of its letters has a Latin double and nothing else of the command is in
 * that script: "сору" beside no other Russian word. Ideographs, Arabic and the like look like
 * nothing Latin, and stand beside Latin letters in honest words. */
#include "run/suspect.h"

#include "base/text.h"
#include "run/command_line.h"

enum { LINES_BYTES_MAX = 8 * 1024, NAMED_MAX = 5, NAMED_BYTES_MAX = 400, VALUE_BYTES_MAX = 120 };

enum script {
    SCRIPT_NONE,
    SCRIPT_LATIN,
    SCRIPT_GREEK,
    SCRIPT_CYRILLIC,
    SCRIPT_OTHER,
    SCRIPT_DRESS
};

static const struct script_row {
    unsigned from, to;
    enum script script;
} scripts[] = {
    {'A', 'Z', SCRIPT_LATIN},          {'a', 'z', SCRIPT_LATIN},
    {0xc0, 0xd6, SCRIPT_LATIN},        {0xd8, 0xf6, SCRIPT_LATIN},
    {0xf8, 0x24f, SCRIPT_LATIN},       {0x250, 0x2af, SCRIPT_DRESS},
    {0x370, 0x373, SCRIPT_GREEK},      {0x376, 0x37d, SCRIPT_GREEK},
    {0x37f, 0x3ff, SCRIPT_GREEK},      {0x400, 0x52f, SCRIPT_CYRILLIC},
    {0x531, 0x587, SCRIPT_OTHER},      {0x13a0, 0x13ff, SCRIPT_OTHER},
    {0x1c80, 0x1c8f, SCRIPT_CYRILLIC}, {0x1e00, 0x1eff, SCRIPT_LATIN},
    {0x1f00, 0x1fff, SCRIPT_GREEK},    {0xa640, 0xa69f, SCRIPT_CYRILLIC},
    {0xab70, 0xabbf, SCRIPT_OTHER},    {0xff21, 0xff3a, SCRIPT_DRESS},
    {0xff41, 0xff5a, SCRIPT_DRESS},    {0x1d400, 0x1d7ff, SCRIPT_DRESS},
};

static enum script script_of(unsigned code)
{
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        if (code >= scripts[i].from && code <= scripts[i].to)
            return scripts[i].script;
    return SCRIPT_NONE;
}

/* Greek and Cyrillic letters that are drawn as Latin ones are; in order. */
static bool has_double(unsigned code)
{
    static const unsigned doubles[] = {
        0x391, 0x392, 0x395, 0x396, 0x397, 0x399, 0x39a, 0x39c, 0x39d, 0x39f, 0x3a1,
        0x3a4, 0x3a5, 0x3a7, 0x3b1, 0x3b9, 0x3bd, 0x3bf, 0x3c1, 0x3c5, 0x3f2, 0x3f3,
        0x405, 0x406, 0x408, 0x410, 0x412, 0x415, 0x41a, 0x41c, 0x41d, 0x41e, 0x420,
        0x421, 0x422, 0x423, 0x425, 0x430, 0x435, 0x43e, 0x440, 0x441, 0x443, 0x445,
        0x455, 0x456, 0x458, 0x4bb, 0x4c0, 0x4cf, 0x501, 0x51b, 0x51d};
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles && doubles[i] <= code; i++)
        if (doubles[i] == code)
            return true;
    return false;
}

/* A run of letters of the scripts above. */
struct word {
    size_t from, to;
    unsigned seen; /* bit n: a letter of script n */
    bool doubles;  /* each of its letters that is not Latin has a Latin double */
};

/* The next word from at on; false: none. */
static bool next_word(struct str s, size_t at, struct word *out_word)
{
    struct word word = {at, at, 0, true};
    unsigned code = 0;
    for (size_t bytes = 0; at < s.n; at += bytes) {
        bytes = str_code(s, at, &code);
        enum script script = script_of(code);
        if (script == SCRIPT_NONE && word.seen)
            break;
        if (script == SCRIPT_NONE)
            continue;
        if (!word.seen)
            word.from = at;
        word.to = at + bytes;
        word.seen |= 1u << script;
        word.doubles = word.doubles && (script == SCRIPT_LATIN || has_double(code));
    }
    *out_word = word;
    return word.seen != 0;
}

/* Scripts that the text uses in earnest: some word of theirs has a letter without a Latin double.
 */
static unsigned scripts_in_earnest(struct str s)
{
    unsigned earnest = 0;
    struct word word = {0};
    for (size_t at = 0; next_word(s, at, &word); at = word.to)
        earnest |= word.doubles ? 0 : word.seen;
    return earnest;
}

static bool is_suspect(const struct word *word, unsigned earnest)
{
    bool several = (word->seen & (word->seen - 1)) != 0;
    bool latin = word->seen == 1u << SCRIPT_LATIN;
    bool dressed = (word->seen & 1u << SCRIPT_DRESS) != 0;
    return several || dressed || (!latin && word->doubles && !(word->seen & earnest));
}

/* "d<U+0435>ploy" */
static void spell(struct text *out, struct str word)
{
    unsigned code = 0;
    for (size_t at = 0; at < word.n;) {
        size_t bytes = str_code(word, at, &code);
        if (code < 0x80)
            text_byte(out, (char)code);
        else
            text_printf(out, "<U+%04X>", code);
        at += bytes;
    }
}

static void begin_line(struct text *lines)
{
    if (lines->n > 0)
        text_byte(lines, '\n');
}

static void add_scripts(struct text *lines, const char *where, struct str s)
{
    unsigned earnest = scripts_in_earnest(s);
    struct word word = {0};
    struct text named;
    int count = 0;
    text_init(&named, lines->arena, NAMED_BYTES_MAX);
    for (size_t at = 0; next_word(s, at, &word); at = word.to) {
        if (!is_suspect(&word, earnest))
            continue;
        if (count < NAMED_MAX) {
            text_adds(&named, count > 0 ? ", " : "");
            spell(&named, str_slice(s, word.from, word.to));
        }
        count++;
    }
    if (count == 0)
        return;
    begin_line(lines);
    text_printf(lines, "%s has %s with letters that look like others: %.*s%s.", where,
                count == 1 ? "a word" : "words", STR_ARGS(text_str(&named)),
                count > NAMED_MAX ? ", …" : "");
}

static void add_hidden(struct text *lines, const char *where, struct str s, bool all)
{
    unsigned named[NAMED_MAX] = {0};
    unsigned code = 0;
    size_t bytes = 0;
    size_t count = 0;
    for (size_t at = 0; (at = str_find_hidden(s, at, all, &code, &bytes)) < s.n; at += bytes) {
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known = known || named[i] == code;
        if (!known && count < NAMED_MAX)
            named[count++] = code;
    }
    if (count == 0)
        return;
    begin_line(lines);
    text_printf(lines, "%s has characters that nobody sees or that are taken for others:", where);
    for (size_t i = 0; i < count; i++)
        text_printf(lines, "%s U+%04X", i > 0 ? "," : "", named[i]);
    text_byte(lines, '.');
}

/* Is one part of the path ".."? */
static bool leads_out(struct str value)
{
    struct str part;
    while (value.p && str_split(&value, '/', &part))
        if (str_is(part, ".."))
            return true;
    return false;
}

static void add_value(struct text *lines, const struct run_value *value)
{
    const char *where = str_printf(lines->arena, "The value of %.*s",
                                   STR_ARGS(str_visible(lines->arena, value->name, true)))
                            .p;
    add_hidden(lines, where, value->value, true);
    add_scripts(lines, where, value->value);
    if (!leads_out(value->value))
        return;
    struct str shown = str_visible(lines->arena, str_cut(value->value, VALUE_BYTES_MAX), true);
    begin_line(lines);
    text_printf(lines, "%s leads out of a folder with \"..\": %.*s", where, STR_ARGS(shown));
}

struct str suspect_words(struct arena *arena, struct str text, struct str command,
                         const struct run_values *values)
{
    struct command_line line = {.used = UINT32_MAX}; /* of one that cannot be filled in: all */
    struct err ignored = {0};
    struct text lines;
    text_init(&lines, arena, LINES_BYTES_MAX);
    if (command.n == 0)
        return STR("");
    if (!command_line_make(arena, command, values, &line, &ignored))
        line.used = UINT32_MAX;
    add_hidden(&lines, "What the step says", text, false);
    add_hidden(&lines, "The command", command, true);
    add_scripts(&lines, "The command", command);
    for (int v = 0; v < values->count; v++)
        if (line.used >> v & 1)
            add_value(&lines, &values->items[v]);
    return text_str(&lines);
}
