/* lexicon_look.h - the look at a word of a text, for the one loop that meets every word there is.
 *
 * Promises: bytes are looked at eight at a time and none outside of the text. Refuses: use outside
 * of lexicon.c, words.c and phrase.c; the tables are made at build time by lexicon.py. */
#ifndef RUNBOOK_LEXICON_LOOK_H
#define RUNBOOK_LEXICON_LOOK_H

#include "runbook/lexicon.h"

#include <endian.h>

/* The tables, and how many bits of the hash choose the bucket and the slot. */
enum { BUCKET_BITS = 9, SLOT_BITS = 12 };
#define LEXICON_TABLE                                                                              \
    extern const __attribute__((visibility("hidden"))) /* found without a look-up */
LEXICON_TABLE uint64_t lexicon_factors[LEXICON_PARTS];
LEXICON_TABLE struct lexeme lexicon_lexemes[];
LEXICON_TABLE uint16_t lexicon_moves[], lexicon_slots[];

/* What the table says of a word; of one that is not there nothing. */
struct known {
    unsigned classes;
    uint16_t id;
};

/* Up to 15 letters at the front of a text, in small. */
struct letters {
    uint64_t parts[2];
    size_t n; /* 0 when there are none, or more */
};

/* The one word that can be found by the sum of parts times factors: in the hash no two meet. */
static inline const struct lexeme *lexicon_place(uint64_t mixed)
{
    uint64_t move = lexicon_moves[mixed >> (64 - BUCKET_BITS)];
    uint64_t slot = mixed << BUCKET_BITS >> (64 - SLOT_BITS) ^ move;
    return &lexicon_lexemes[lexicon_slots[slot]];
}

/* The word of up to 16 small bytes, none of them NUL. Chosen without a branch: most words are there
 * or not as a coin falls. */
static inline struct known lexicon_known(uint64_t first, uint64_t second)
{
    const struct lexeme *found =
        lexicon_place(first * lexicon_factors[0] + second * lexicon_factors[1]);
    uint64_t difference = (found->parts[0] ^ first) | (found->parts[1] ^ second) | found->parts[2];
    unsigned same = 0U - (difference == 0);
    return (struct known){found->classes & same, (uint16_t)(found->id & same)};
}

/* The eight bytes at a place in the text as a number, the first one lowest; 0 for those behind its
 * end. Near the end they are taken from what stands before them. */
static inline uint64_t lexicon_eight(struct str text, size_t at)
{
    uint64_t eight = 0;
    size_t room = text.n - at;
    if (room >= sizeof eight) {
        memcpy(&eight, text.p + at, sizeof eight);
        return le64toh(eight);
    }
    if (room == 0)
        return 0;
    if (text.n < sizeof eight) {
        memcpy(&eight, text.p + at, room);
        return le64toh(eight);
    }
    memcpy(&eight, text.p + text.n - sizeof eight, sizeof eight);
    return le64toh(eight) >> 8 * (sizeof eight - room);
}

/* How many bits of the eight bytes at the front are letters; in small they are left in *eight. */
static inline int lexicon_front(uint64_t *eight)
{
    const uint64_t each = 0x0101010101010101u;
    uint64_t small = *eight | each * 0x20;
    uint64_t low = small & each * 0x7F;
    uint64_t from_a = low + each * (0x80 - 'a');
    uint64_t past_z = low + each * (0x7F - 'z');
    uint64_t other = ~((from_a ^ past_z) & ~*eight) & each * 0x80;
    int bits = other ? __builtin_ctzll(other) & ~7 : 64;
    *eight = bits == 64 ? small : small & (((uint64_t)1 << bits) - 1);
    return bits;
}

/* Sixteen bytes at once, where there are as many. */
typedef signed char lexicon_bytes __attribute__((vector_size(16)));
typedef uint64_t lexicon_halves __attribute__((vector_size(16)));

static inline struct letters lexicon_sixteen(const char *p)
{
    lexicon_bytes bytes;
    memcpy(&bytes, p, sizeof bytes);
    bytes |= 0x20;
    const lexicon_halves small = (lexicon_halves)bytes;
    const lexicon_halves other = (lexicon_halves)((bytes < 'a') | (bytes > 'z'));
    uint64_t first = le64toh(other[0]); /* a byte is 0 where a letter is, else 0xFF */
    if (first) {
        uint64_t before = (first - 1) & ~first;
        return (struct letters){{le64toh(small[0]) & before, 0},
                                (size_t)__builtin_ctzll(first) / 8};
    }
    uint64_t second = le64toh(other[1]);
    uint64_t before = (second - 1) & ~second;
    return (struct letters){{le64toh(small[0]), le64toh(small[1]) & before},
                            second ? 8 + (size_t)__builtin_ctzll(second) / 8 : 0};
}

static inline struct letters lexicon_letters(struct str text, size_t at)
{
    if (text.n - at >= 16)
        return lexicon_sixteen(text.p + at);
    struct letters letters = {.parts = {lexicon_eight(text, at), 0}};
    letters.n = (size_t)lexicon_front(&letters.parts[0]) / 8;
    if (letters.n < 8)
        return letters;
    letters.parts[1] = lexicon_eight(text, at + 8);
    letters.n += (size_t)lexicon_front(&letters.parts[1]) / 8;
    if (letters.n == 16)
        letters.n = 0;
    return letters;
}

#endif
