/* name.c - what only shows and remembers statements: their identities and their meanings in words.
 *
 * It is made after the program stands, in one pass, so that whoever only wants findings does not
 * pay for it. */
#include "runbook/builder.h"

#include "base/text.h"
#include "runbook/words.h"

#include <stdio.h>

enum { ABOVE_BYTES_MAX = 512, TIMES_BYTES_MAX = 24 };

/* How often each identity text was met, by its hash; at least half of the slots are free. */
struct seen {
    struct hash hash;
    int times; /* 0: the slot is free */
};

struct namer {
    struct program *program;
    struct arena *arena;
    struct seen *seen;
    size_t mask;
    struct words words;          /* of the sentence whose numbers are left out */
    struct str path, numberless; /* the path met last, and without its numbering */
};

static int count_met(struct namer *namer, const struct hash *hash)
{
    size_t at = 0;
    memcpy(&at, hash->b, sizeof at);
    for (at &= namer->mask;; at = (at + 1) & namer->mask) {
        struct seen *seen = &namer->seen[at];
        if (seen->times == 0)
            seen->hash = *hash;
        else if (memcmp(seen->hash.b, hash->b, HASH_BYTES) != 0)
            continue;
        return ++seen->times;
    }
}

/* What a person approved or ran is a text to the letter: another number makes another command. */
static bool keeps_numbers(const struct statement *statement)
{
    return statement->kind == STATEMENT_COMMAND || statement->kind == STATEMENT_NOTE ||
           statement->kind == STATEMENT_LITERAL || statement->kind == STATEMENT_STRUCTURE ||
           (statement->kind == STATEMENT_STEP && statement->step.command.n > 0);
}

static bool has_digit(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (byte_is_digit(text.p[i]))
            return true;
    return false;
}

/* The words with "#" for each number and its unit of time: "Response time: 15 minutes" and
 * "Response time: 1 hour" are one line that changed. Severities are names, and stay. */
static struct str without_numbers(struct namer *namer, struct str sentence)
{
    struct words *words = &namer->words;
    struct text text;
    words_parse(sentence, words);
    text_init(&text, namer->arena, sentence.n * 2 + 1);
    for (int i = 0; i < words->count;) {
        struct level level;
        int from = i;
        bool is_number = words_is_number(words, i);
        if (words_level(words, &i, &level)) {
            text_add(&text, words_span(words, from, i));
        } else if (is_number) {
            text_byte(&text, '#');
            i += words_is_a(words, i + 1, LEX_TIME) ? 2 : 1;
        } else {
            text_add(&text, words->at[i++].text);
        }
        text_byte(&text, ' ');
    }
    if (words->cut && words->count > 0) {
        struct str last = words->at[words->count - 1].text;
        text_add(&text, str_from(sentence, (size_t)(last.p + last.n - sentence.p)));
    }
    return text_str(&text);
}

/* The words without a picture in front of them, with plain blanks and dashes: other letters for the
 * same are no other line. */
static struct str plain(struct namer *namer, struct str said)
{
    if (str_is_ascii(said))
        return said;
    struct str text = text_plain(namer->arena, text_without_picture(said));
    char *bytes = arena_alloc(namer->arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        struct str rest = str_from(text, i);
        bool dash = str_starts(rest, "\xE2\x80\x93") || str_starts(rest, "\xE2\x80\x94");
        bytes[n++] = dash ? '-' : text.p[i];
        i += dash ? 2 : 0;
    }
    return (struct str){bytes, n};
}

/* Where the words of a numbered heading begin: "3. Alerts", "4.1 Steps", "2) Who". */
static size_t behind_number(struct str heading)
{
    size_t at = 0;
    if (!heading.p)
        return 0;
    while (at < heading.n && (byte_is_digit(heading.p[at]) || (at && heading.p[at] == '.')))
        at++;
    if (at && at < heading.n && heading.p[at] == ')')
        at++;
    return at && at + 1 < heading.n && heading.p[at] == ' ' ? at + 1 : 0;
}

/* The headings without their numbering: a section that is put in before them changes nothing. */
static struct str without_numbering(struct namer *namer, struct str path)
{
    struct text text;
    if (path.p == namer->path.p && path.n == namer->path.n)
        return namer->numberless;
    text_init(&text, namer->arena, path.n + 1);
    for (size_t at = 0; at < path.n;) {
        size_t end = str_find(path, " / ", at);
        end = end < path.n ? end + 3 : path.n;
        struct str heading = plain(namer, str_slice(path, at, end));
        text_add(&text, str_from(heading, behind_number(heading)));
        at = end;
    }
    namer->path = path;
    namer->numberless = text_str(&text);
    return namer->numberless;
}

static struct str lasting_text(struct namer *namer, const struct statement *statement)
{
    if (statement->kind == STATEMENT_COMMAND || statement->kind == STATEMENT_LITERAL)
        return statement->text;
    struct str text = plain(namer, statement->text);
    if (statement->heading_level > 0)
        return str_from(text, behind_number(text));
    return keeps_numbers(statement) || !has_digit(text) ? text : without_numbers(namer, text);
}

static struct str level_of(const struct statement *statement)
{
    switch ((unsigned)statement->kind) { /* the rest has none of its own */
    case STATEMENT_SEVERITY: return statement->severity.id;
    case STATEMENT_RESPONSE: return statement->response.level;
    default: return (struct str){"", 0};
    }
}

/* The identity: kind, path, the enclosing statement, the severity and the words without their
 * numbers. Equal lines are told apart by their order, so that lines moving elsewhere change
 * nothing. */
static void set_identity(struct namer *namer, struct statement *statement)
{
    const struct statement *parent =
        statement->parent >= 0 ? &namer->program->statements[statement->parent] : NULL;
    struct str above = !parent                              ? (struct str){"", 0}
                       : parent->kind == STATEMENT_SEVERITY ? parent->severity.id
                                                            : lasting_text(namer, parent);
    char times[TIMES_BYTES_MAX];
    struct str parts[] = {str_of(statement_kind_name(statement->kind)),
                          STR("\n"),
                          without_numbering(namer, statement->path),
                          STR("\n"),
                          str_slice(above, 0, ABOVE_BYTES_MAX),
                          STR("\n"),
                          level_of(statement),
                          STR("\n"),
                          lasting_text(namer, statement),
                          {times, 0}};
    size_t count = sizeof parts / sizeof parts[0];
    struct hash hash = hash_of_list(parts, count - 1);
    int met = count_met(namer, &hash);
    if (met > 1) {
        parts[count - 1].n = (size_t)snprintf(times, sizeof times, "\n%d", met);
        hash = hash_of_list(parts, count);
    }
    char hex[HASH_HEX_BYTES];
    hash_hex(&hash, hex);
    memcpy(statement->id, hex, sizeof statement->id - 1);
    statement->id[sizeof statement->id - 1] = '\0';
}

void name_statements(struct arena *arena, struct program *program, const bool *of_no_piece)
{
    struct namer namer;
    memset(&namer, 0, sizeof namer);
    namer.program = program;
    namer.arena = arena;
    namer.mask = 15;
    while (namer.mask < (size_t)program->count * 2)
        namer.mask = namer.mask * 2 + 1;
    namer.seen = arena_array(arena, namer.mask + 1, sizeof *namer.seen);
    /* Lines that no piece covers come last: equal words of a piece keep their identity. */
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < program->count; i++)
            if (of_no_piece[i] == (round == 1))
                set_identity(&namer, &program->statements[i]);
    for (int i = 0; i < program->count; i++)
        program->statements[i].meaning = meaning_of(arena, &program->statements[i]);
    program->digest = hash_of(program->source);
}
