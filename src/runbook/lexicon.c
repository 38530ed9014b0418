/* lexicon.c - the table of words, and its keys and hash made at build time by lexicon.py. */
#include "runbook/lexicon.h"

#include <endian.h>

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

/* The one word that can be found by the sum of parts times factors: in the hash no two meet. */
static const struct lexeme *look(uint64_t mixed)
{
    uint64_t move = moves[mixed >> (64 - BUCKET_BITS)];
    uint64_t slot = mixed << BUCKET_BITS >> (64 - SLOT_BITS) ^ move;
    return &lexemes[slots[slot]];
}

/* Chosen without a branch: most words are there or not as a coin falls. */
static const struct lexeme *same_or_none(const struct lexeme *found, uint64_t difference)
{
    return &lexemes[difference ? WD_UNKNOWN : found->id];
}

const struct lexeme *lexicon_look(struct str text, size_t n)
{
    uint64_t parts[LEXICON_PARTS] = {lower_eight(load(text.p, n, text.n))};
    if (n > LEXICON_PARTS * 8)
        return &lexemes[WD_UNKNOWN];
    for (size_t i = 1; i < LEXICON_PARTS && n > i * 8; i++)
        parts[i] = lower_eight(load(text.p + i * 8, n - i * 8, text.n - i * 8));
    const struct lexeme *found =
        look(parts[0] * factors[0] + parts[1] * factors[1] + parts[2] * factors[2]);
    return same_or_none(found, (found->parts[0] ^ parts[0]) | (found->parts[1] ^ parts[1]) |
                                   (found->parts[2] ^ parts[2]) | (found->bytes ^ n));
}

/* The letters at the front of eight bytes in small, and how many bits they are. */
static int letters_of(struct str text, uint64_t *out_small)
{
    const uint64_t each = 0x0101010101010101u;
    uint64_t eight = 0;
    if (text.n >= sizeof eight)
        memcpy(&eight, text.p, sizeof eight);
    else
        memcpy(&eight, text.p, text.n);
    eight = le64toh(eight);
    uint64_t small = eight | each * 0x20;
    uint64_t low = small & each * 0x7F;
    uint64_t from_a = low + each * (0x80 - 'a');
    uint64_t past_z = low + each * (0x7F - 'z');
    uint64_t other = ~((from_a ^ past_z) & ~eight) & each * 0x80;
    int bits = other ? __builtin_ctzll(other) & ~7 : 64;
    *out_small = bits == 64 ? small : small & (((uint64_t)1 << bits) - 1);
    return bits;
}

size_t lexicon_letters(struct str text, const struct lexeme **out_lexeme)
{
    uint64_t small[2] = {0, 0};
    size_t n = (size_t)letters_of(text, &small[0]) / 8;
    if (n == 8)
        n += (size_t)letters_of(str_from(text, 8), &small[1]) / 8;
    if (n == 0 || n == 16)
        return 0;
    const struct lexeme *found = look(small[0] * factors[0] + small[1] * factors[1]);
    *out_lexeme = same_or_none(found, (found->parts[0] ^ small[0]) | (found->parts[1] ^ small[1]) |
                                          found->parts[2]);
    return n;
}

int lexicon_find(struct str word)
{
    return lexicon_look(word, word.n)->id;
}

unsigned lexicon_classes(int id)
{
    return lexemes[id].classes;
}

bool lexicon_is_exact(int id, struct str word)
{
    return str_equal(as_written[id], word);
}
