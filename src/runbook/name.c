/* name.c - what only shows and remembers statements: their identities and their meanings in words.
 *
 * It is made after the program stands, in one pass, so that whoever only wants findings does not
 * pay for it. */
#include "runbook/builder.h"

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

/* The identity: kind, path, the enclosing statement and the words. Equal lines are told apart by
 * their order, so that lines moving elsewhere change nothing. */
static void set_identity(struct namer *namer, struct statement *statement)
{
    const struct statement *parent =
        statement->parent >= 0 ? &namer->program->statements[statement->parent] : NULL;
    struct str above = !parent                              ? (struct str){"", 0}
                       : parent->kind == STATEMENT_SEVERITY ? parent->severity.id
                                                            : parent->text;
    char times[TIMES_BYTES_MAX];
    struct str parts[] = {
        str_of(statement_kind_name(statement->kind)), STR("\n"), statement->path, STR("\n"),
        str_slice(above, 0, ABOVE_BYTES_MAX),         STR("\n"), statement->text, {times, 0}};
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
    struct namer namer = {.program = program, .arena = arena, .mask = 15};
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
