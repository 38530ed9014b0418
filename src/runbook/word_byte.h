/* word_byte.h - what a byte can be in a sentence, as one table.
 *
 * Promises: one look for each byte. Refuses: use outside of words.c. */
#ifndef RUNBOOK_WORD_BYTE_H
#define RUNBOOK_WORD_BYTE_H

#include "base/str.h"

enum {
    BYTE_NAME = 1,    /* stands in names */
    BYTE_ALNUM = 2,   /* a letter or digit of ASCII */
    BYTE_DIGIT = 4,   /* may begin a number */
    BYTE_BETWEEN = 8, /* stands between words and is none */
    BYTE_WITHIN = 16  /* may stand between two letters or digits of a name */
};
static const unsigned char byte_kinds[256] = {
    [' '] = BYTE_BETWEEN,
    ['\t'] = BYTE_BETWEEN,
    ['\n'] = BYTE_BETWEEN,
    ['\r'] = BYTE_BETWEEN,
    ['`'] = BYTE_BETWEEN,
    ['"'] = BYTE_BETWEEN,
    ['0' ... '9'] = BYTE_NAME | BYTE_ALNUM | BYTE_DIGIT,
    ['A' ... 'Z'] = BYTE_NAME | BYTE_ALNUM,
    ['a' ... 'z'] = BYTE_NAME | BYTE_ALNUM,
    ['-'] = BYTE_WITHIN,
    ['.'] = BYTE_WITHIN,
    ['_'] = BYTE_NAME,
    ['#'] = BYTE_NAME,
    [0x40] = BYTE_NAME, /* the at sign */
    ['\''] = BYTE_NAME,
    [0x80 ... 0xFF] = BYTE_NAME};

static inline unsigned kind_of_byte(char c)
{
    return byte_kinds[(unsigned char)c];
}

static inline bool is_name_byte(char c)
{
    return kind_of_byte(c) & BYTE_NAME;
}

#endif
