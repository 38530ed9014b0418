/* word_byte.h - what a byte can be in a sentence, as one table.
 *
 * Promises: one look for each byte. Refuses: use outside of words.c and
 * vocabulary.c. */
#ifndef RUNBOOK_WORD_BYTE_H
#define RUNBOOK_WORD_BYTE_H

#include "base/str.h"

enum {
    BYTE_NAME = 1,    /* stands in names */
    BYTE_ALNUM = 2,   /* a letter or digit of ASCII */
    BYTE_DIGIT = 4,   /* may begin a number */
    BYTE_BETWEEN = 8, /* stands between words and is none */
    BYTE_WITHIN = 16, /* may stand between two letters or digits of a name */
    BYTE_LETTER = 32, /* a letter of ASCII */
    BYTE_ALONE = 64   /* where a word may begin it is a mark by itself, whatever follows */
};
extern const unsigned char byte_kinds[256] __attribute__((visibility("hidden"))); /* or-ed */

static inline unsigned kind_of_byte(char c)
{
    return byte_kinds[(unsigned char)c];
}

static inline bool is_name_byte(char c)
{
    return kind_of_byte(c) & BYTE_NAME;
}

#endif
