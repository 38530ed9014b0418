/* name.c - words of the pattern one after the other, each replaced by what it stands for. */
#include "channel/name.h"

#include "base/text.h"

enum { NAME_BYTES_MAX = 1024, WORD_LOST_MOST = 16, SUFFIX_BYTES = 24 };

/* U+00C0 to U+017F without their accents; '-' is no letter. */
static const char plain[] = "aaaaaaaceeeeiiiidnooooo-ouuuuytsaaaaaaaceeeeiiiidnooooo-ouuuuyty"
                            "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
                            "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* Adds letters and digits; whatever else becomes one hyphen between them. */
static void add_words(struct text *text, struct str words)
{
    for (size_t at = 0; at < words.n;) {
        unsigned code = 0;
        at += str_code(words, at, &code);
        char letter = '-';
        if (code < 0x80 && byte_is_alnum((char)code))
            letter = byte_lower((char)code);
        else if (code >= 0xc0 && code - 0xc0 < sizeof plain - 1)
            letter = plain[code - 0xc0];
        if (code == '\'' || code == 0x2019)
            continue; /* "can't" is one word */
        if (letter != '-')
            text_byte(text, letter);
        else if (text->n > 0 && text->p[text->n - 1] != '-')
            text_byte(text, '-');
    }
}

static bool is_one_of(struct str word, const char *const *names)
{
    for (; *names; names++)
        if (str_is_nocase(word, *names))
            return true;
    return false;
}

static void add_part(struct text *text, const struct channel_name *parts, struct str word)
{
    static const char *const titles[] = {"description", "desc",  "title", "summary",
                                         "name",        "topic", "slug",  NULL};
    static const char *const numbers[] = {"number", "id", "nnn", "xxx", NULL};
    static const char *const fillers[] = {"short", "brief", NULL};
    const struct zone *zone = parts->zone ? parts->zone : zone_utc();
    struct civil day = zone_civil(zone, parts->at, NULL);
    if (text->n > 0 && text->p[text->n - 1] != '-')
        text_byte(text, '-');
    size_t before = text->n;
    if (str_is(word, "YYYY") || str_is(word, "yyyy"))
        text_printf(text, "%04d", day.year);
    else if (str_is(word, "MM") || str_is(word, "mm"))
        text_printf(text, "%02d", day.month);
    else if (str_is(word, "DD") || str_is(word, "dd"))
        text_printf(text, "%02d", day.day);
    else if (str_is_nocase(word, "YYYYMMDD"))
        text_printf(text, "%04d%02d%02d", day.year, day.month, day.day);
    else if (str_is_nocase(word, "severity") || str_is_nocase(word, "sev"))
        add_words(text, parts->severity);
    else if (is_one_of(word, numbers))
        text_int(text, parts->incident);
    else if (is_one_of(word, titles))
        add_words(text, parts->title);
    else if (!is_one_of(word, fillers))
        add_words(text, word);
    bool is_empty = text->n == before;
    if (is_empty && is_one_of(word, titles))
        text_int(text, parts->incident);
}

static struct str trim(struct str name)
{
    while (name.n > 0 && name.p[name.n - 1] == '-')
        name.n--;
    while (name.n > 0 && name.p[0] == '-')
        name = str_from(name, 1);
    return name;
}

/* Between words when the piece of a word that would stand there is short. */
static struct str cut(struct str name, size_t most)
{
    if (name.n <= most)
        return name;
    struct str part = str_slice(name, 0, most);
    size_t border = most;
    while (border > 0 && name.p[border] != '-')
        border--;
    if (border > 0 && most - border <= WORD_LOST_MOST)
        part = str_slice(name, 0, border);
    return trim(part);
}

struct str channel_name_make(struct arena *arena, const struct channel_name *parts)
{
    struct text text;
    struct str rest = parts->pattern;
    char suffix[SUFFIX_BYTES] = "";
    size_t suffix_bytes = 0;
    text_init(&text, arena, NAME_BYTES_MAX);
    for (size_t at = 0; at < rest.n;) {
        size_t begin = at;
        while (at < rest.n && byte_is_alnum(rest.p[at]))
            at++;
        if (at > begin)
            add_part(&text, parts, str_slice(rest, begin, at));
        else
            at++;
    }
    if (parts->attempt > 1) {
        struct str number = str_printf(arena, "-%lld", (long long)parts->attempt);
        str_keep(suffix, sizeof suffix, number);
        suffix_bytes = strlen(suffix);
    }
    struct str name = cut(trim(text_str(&text)), parts->most - suffix_bytes);
    return str_printf(arena, "%.*s%s", STR_ARGS(name), suffix);
}

static bool is_of_name(char byte)
{
    return byte_is_alnum(byte) || memchr("-_{}<>[]", byte, 8);
}

static struct str find_pattern(struct str text)
{
    for (size_t at = str_find_byte(text, '#', 0); at < text.n;
         at = str_find_byte(text, '#', at + 1)) {
        size_t end = at + 1;
        while (end < text.n && is_of_name(text.p[end]))
            end++;
        struct str name = str_slice(text, at + 1, end);
        if (str_find_nocase(name, "yyyy", 0) < name.n ||
            str_find_nocase(name, "description", 0) < name.n ||
            str_find_nocase(name, "incident-", 0) < name.n)
            return name;
    }
    return STR("");
}

struct str channel_pattern_find(const struct program *program)
{
    for (int i = 0; program && i < program->count; i++) {
        struct str text = program->statements[i].text;
        if (str_find_nocase(text, "channel", 0) == text.n)
            continue;
        struct str pattern = find_pattern(text);
        if (pattern.n > 0)
            return pattern;
    }
    return STR(CHANNEL_PATTERN);
}
