/* front.h - how a word begins, as a place in a table and a bit: a look that passes over the words
 * which are in no list before any is compared with one.
 *
 * Promises: small and large letters are the same. Refuses: certainty; what is not passed over may
 * still be another word. */
#ifndef RUNBOOK_FRONT_H
#define RUNBOOK_FRONT_H

#include "base/str.h"

/* A table has a place for the first byte of its words, and in it a bit for each second byte. */
enum { FRONTS = 32 };
#define FRONT(byte)     ((byte)&31)
#define FRONT_BIT(byte) (1U << FRONT(byte))

/* The first bytes of the words in the text, as bits: what stands behind no letter or digit. */
static inline uint32_t front_bits(struct str text)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < text.n; i++)
        if (i == 0 || !byte_is_alnum(text.p[i - 1]))
            bits |= FRONT_BIT(text.p[i]);
    return bits;
}

/* Can the text begin with a word of the table? */
static inline bool front_is_in(const uint32_t fronts[static FRONTS], struct str text)
{
    return text.n > 1 && (fronts[FRONT(text.p[0])] & FRONT_BIT(text.p[1]));
}

#endif
