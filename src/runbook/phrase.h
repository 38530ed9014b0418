/* phrase.h - what is said, as words that can be compared: without case, plural and articles.
 *
 * Promises: one pass; a word is a hash of 64 bits of what it stands for ("verify" is "check"), so
 * that phrases are compared as numbers. Refuses: more than PHRASE_WORDS_MAX words (`cut`); the
 * meaning of what stands between them. */
#ifndef RUNBOOK_PHRASE_H
#define RUNBOOK_PHRASE_H

#include "base/str.h"

#include <endian.h>

enum { PHRASE_WORDS_MAX = 24, PHRASE_ROW_WORDS_MAX = 12 };

/* Stands in a row for one to four words, none of which turns the meaning or begins another. */
#define PHRASE_MANY ((uint64_t)1)

enum phrase_role {
    PHRASE_PLAIN,
    PHRASE_SAME, /* stood for another word, which took its place */
    PHRASE_PASSED,
    PHRASE_TURNS,  /* "not", "only" */
    PHRASE_JOINS,  /* "and", "if" */
    PHRASE_LENGTH, /* a unit of time */
    PHRASE_NUMBER
};

struct phrase {
    uint64_t words[PHRASE_WORDS_MAX];
    unsigned char roles[PHRASE_WORDS_MAX]; /* enum phrase_role */
    int count;
    int colon;   /* index of the first word behind a colon, else 0 */
    int clause;  /* the same behind a comma, a colon or an arrow */
    bool turned; /* a remark in brackets, which is left out, turns the meaning */
    bool cut;
};

/* Eight bytes more of a word, the first lowest; vocabulary.py does the same. */
static inline uint64_t phrase_mix(uint64_t hash, uint64_t eight)
{
    uint64_t mixed = (hash ^ eight) * 0x9E3779B97F4A7C15U;
    return mixed ^ mixed >> 32;
}
/* The hash of a word that is there without what phrase_word cuts off or turns round ("needed",
 * "possibl", "immediateli"), and that stands for no other: a number once it is compiled. */
#define PHRASE_STEM(literal) phrase_stem("" literal, sizeof(literal) - 1)
static inline uint64_t phrase_stem(const char *small, size_t n)
{
    uint64_t eights[2] = {0, 0};
    memcpy(eights, small, n < sizeof eights ? n : sizeof eights);
    uint64_t hash = phrase_mix(0, le64toh(eights[0]));
    return n > 8 ? phrase_mix(hash, le64toh(eights[1])) : hash;
}
/* One word as it is compared: what it stands for, and its role. */
uint64_t phrase_word(struct str word, enum phrase_role *out_role);
/* The words of a text. Remarks in brackets are left out when remarks is false. */
void phrase_parse(struct str text, bool remarks, struct phrase *out_phrase);
/* The same of the first max words only. */
void phrase_parse_front(struct str text, bool remarks, int max, struct phrase *out_phrase);
/* A row of words, and where in what is said it is looked for. */
struct phrase_row {
    const uint64_t *words;
    int count;
};
struct phrase_part {
    const struct phrase *said;
    int from, to; /* to exclusive */
    bool whole;   /* the row must be all of it; else it must begin there */
};
/* The index behind the words of the row, or -1. */
int phrase_match(struct phrase_row row, struct phrase_part part);

#endif
