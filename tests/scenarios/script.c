/* script.c - a scenario's text as statements: one a line, with the indented lines below it. */
#include "scenario.h"

#include <stdio.h>

enum { INDENT = 4, BLOCK_BYTES_MAX = 1 << 20 };

static bool bad(const struct script *script, int line, size_t column, struct err *err,
                const char *sentence)
{
    char place[256];
    (void)snprintf(place, sizeof place, "%.*s:%d:%zu", STR_ARGS(script->file), line, column);
    return err_set(err, ERR_USAGE, place, "%s", sentence);
}

/* Reads a text in quotes that begins at text.p[*at]; \" and \\ stand for themselves. */
static bool read_quoted(struct arena *arena, struct str text, size_t *at, struct str *out_word)
{
    char *word = arena_alloc(arena, text.n + 1);
    size_t n = 0;
    for (size_t i = *at + 1; i < text.n; i++) {
        if (text.p[i] == '\\' && i + 1 < text.n && (text.p[i + 1] == '"' || text.p[i + 1] == '\\'))
            i++;
        else if (text.p[i] == '"') {
            *at = i + 1;
            word[n] = '\0';
            *out_word = (struct str){word, n};
            return true;
        }
        word[n++] = text.p[i];
    }
    return false;
}

/* A word without quotes at its begin; blanks inside quotes further on belong to it. */
static bool read_plain(struct str text, size_t *at, struct str *out_word)
{
    size_t from = *at;
    bool quoted = false;
    while (*at < text.n && (quoted || !byte_is_blank(text.p[*at]))) {
        if (text.p[*at] == '\\' && quoted && *at + 1 < text.n)
            ++*at;
        else if (text.p[*at] == '"')
            quoted = !quoted;
        ++*at;
    }
    *out_word = str_slice(text, from, *at);
    return !quoted;
}

bool script_words(struct arena *arena, struct str text, size_t column, struct line *out_line,
                  struct err *err)
{
    size_t at = 0;
    out_line->word_count = 0;
    while (at < text.n) {
        if (byte_is_blank(text.p[at])) {
            at++;
            continue;
        }
        struct word *word = &out_line->words[out_line->word_count];
        word->column = column + at;
        word->quoted = text.p[at] == '"';
        if (out_line->word_count == SCENARIO_WORDS_MAX - 1)
            return err_set(err, ERR_USAGE, NULL, "A line has at most %d words.",
                           SCENARIO_WORDS_MAX - 1);
        if (!(word->quoted ? read_quoted(arena, text, &at, &word->text)
                           : read_plain(text, &at, &word->text)))
            return err_set(err, ERR_USAGE, NULL, "A quotation mark is not closed.");
        out_line->word_count++;
    }
    return true;
}

bool script_length(struct str text, int64_t *out_ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    int64_t total_ms = 0;
    size_t at = 0;
    while (at < text.n) {
        size_t from = at;
        int64_t number = 0;
        while (at < text.n && byte_is_digit(text.p[at]))
            at++;
        size_t digits_end = at;
        while (at < text.n && byte_is_alpha(text.p[at]))
            at++;
        struct str unit = str_slice(text, digits_end, at);
        size_t i = 0;
        while (i < sizeof units / sizeof *units && !str_is(unit, units[i].unit))
            i++;
        if (i == sizeof units / sizeof *units || digits_end - from > 9 ||
            !str_int(str_slice(text, from, digits_end), &number))
            return false;
        total_ms += number * units[i].ms;
    }
    *out_ms = total_ms;
    return text.n > 0;
}

static size_t indent_of(struct str line)
{
    size_t n = 0;
    while (n < line.n && line.p[n] == ' ')
        n++;
    return n;
}

/* Adds a line to the block of the statement before it. */
static void extend_block(struct line *statement, struct text *block, int number, struct str line)
{
    if (statement->block_line == 0)
        statement->block_line = number;
    text_add(block, str_from(line, INDENT));
    text_byte(block, '\n');
    statement->block = text_str(block);
}

/* The comment lines at the top say what the scenario is about. */
static void read_title(struct arena *arena, struct script *script, struct str line)
{
    struct str words = str_trim(str_from(line, 1));
    if (script->count > 0 || script->title.n > 0 || words.n == 0)
        return;
    script->title = str_copy(arena, words);
}

static bool add_statement(struct arena *arena, struct script *script, int number, struct str line,
                          struct err *err)
{
    struct line statement = {.number = number};
    struct err inner = {0};
    if (!script_words(arena, line, 1, &statement, &inner))
        return bad(script, number, 1, err, inner.text);
    if (str_is(statement.words[0].text, "known-bug:")) {
        script->known_bug = str_copy(arena, str_trim(str_from(line, strlen("known-bug:"))));
        if (script->known_bug.n == 0)
            return bad(script, number, 1, err, "A known bug is named in a sentence behind it.");
        return true;
    }
    if (!statement_known(statement.words[0].text)) {
        struct str sentence =
            str_printf(arena, "No statement begins with \"%.*s\"; README.md lists them.",
                       STR_ARGS(statement.words[0].text));
        return bad(script, number, 1, err, sentence.p);
    }
    LIST_PUSH(arena, script->lines, script->count, script->capacity) = statement;
    return true;
}

static bool check_line(const struct script *script, int number, struct str line, struct err *err)
{
    size_t bad_at = 0;
    size_t tab = str_find_byte(line, '\t', 0);
    if (!str_utf8_valid(line, &bad_at))
        return bad(script, number, bad_at + 1, err, "This is not UTF-8.");
    if (tab < line.n)
        return bad(script, number, tab + 1, err, "A tab stands here; indent with blanks.");
    return true;
}

bool script_read(struct arena *arena, struct str file, struct str source, struct script *out_script,
                 struct err *err)
{
    struct script script = {.file = str_copy(arena, file)};
    struct text block = {0};
    int blank_lines = 0; /* kept only when the block goes on */
    struct str rest = source;
    struct str line;
    for (int number = 1; str_split(&rest, '\n', &line); number++) {
        if (!check_line(&script, number, line, err))
            return false;
        size_t indent = indent_of(line);
        if (indent == line.n) {
            blank_lines++;
            continue;
        }
        if (indent >= INDENT && script.count > 0) {
            struct line *statement = &script.lines[script.count - 1];
            if (statement->block_line == 0)
                text_init(&block, arena, BLOCK_BYTES_MAX);
            for (; statement->block_line > 0 && blank_lines > 0; blank_lines--)
                text_byte(&block, '\n');
            blank_lines = 0;
            extend_block(statement, &block, number, line);
            continue;
        }
        blank_lines = 0;
        if (indent > 0)
            return bad(&script, number, indent + 1, err,
                       "A statement begins at the left; what belongs to it has 4 blanks.");
        if (line.p[0] == '#')
            read_title(arena, &script, line);
        else if (!add_statement(arena, &script, number, line, err))
            return false;
    }
    if (script.count == 0)
        return bad(&script, 1, 1, err, "There is no statement in this scenario.");
    *out_script = script;
    return true;
}
