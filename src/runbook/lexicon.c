/* lexicon.c - the table of words, and its keys and hash made at build time by lexicon.py. */
#include "runbook/lexicon_look.h"

#include "runbook/lexicon_slots.h"

#define LEXEME(name, text, classes) {text, sizeof(text) - 1},
static const struct str as_written[LEXEMES] = {
    {"", 0},
#include "runbook/lexicon.def"
};
#undef LEXEME

/* The eight bytes at p as a number, the first one lowest, of which only the first n count; no byte
 * beyond the room is looked at. */
static uint64_t load(const char *p, size_t n, size_t room)
{
    uint64_t eight = 0;
    if (room >= 8)
        memcpy(&eight, p, 8);
    else
        memcpy(&eight, p, n);
    eight = le64toh(eight);
    return n < 8 ? eight & (((uint64_t)1 << 8 * n) - 1) : eight;
}

/* The letters A to Z of eight bytes at once made small. */
static uint64_t lower_eight(uint64_t bytes)
{
    const uint64_t each = 0x0101010101010101u;
    uint64_t low = bytes & (each * 0x7F);
    uint64_t from_a = low + each * (0x80 - 'A');
    uint64_t past_z = low + each * (0x7F - 'Z');
    return bytes | ((from_a ^ past_z) & ~bytes & (each * 0x80)) >> 2;
}

const struct lexeme *lexicon_look(struct str text, size_t n)
{
    uint64_t parts[LEXICON_PARTS] = {lower_eight(load(text.p, n, text.n))};
    if (n > LEXICON_PARTS * 8)
        return &lexicon_lexemes[WD_UNKNOWN];
    for (size_t i = 1; i < LEXICON_PARTS && n > i * 8; i++)
        parts[i] = lower_eight(load(text.p + i * 8, n - i * 8, text.n - i * 8));
    const struct lexeme *found =
        lexicon_place(parts[0] * lexicon_factors[0] + parts[1] * lexicon_factors[1] +
                      parts[2] * lexicon_factors[2]);
    bool same = found->bytes == n && found->parts[0] == parts[0] && found->parts[1] == parts[1] &&
                found->parts[2] == parts[2];
    return same ? found : &lexicon_lexemes[WD_UNKNOWN];
}

int lexicon_find(struct str word)
{
    return lexicon_look(word, word.n)->id;
}

unsigned lexicon_classes(int id)
{
    return lexicon_lexemes[id].classes;
}

bool lexicon_is_exact(int id, struct str word)
{
    return str_equal(as_written[id], word);
}
