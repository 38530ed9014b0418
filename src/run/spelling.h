/* spelling.h - command lines that do not do what they say, by how they are spelt.
 *
 * A runbook is older than the programs that it names: what they refuse today is translated to what
 * does the same, where it is known; what npm would swallow is refused with the right spelling.
 * Promises: says what was changed and why; a line that it does not know stays as it is. Refuses:
 * guessing; each translation was tried with the program and the version that the note names. */
#ifndef RUN_SPELLING_H
#define RUN_SPELLING_H

#include "base/str.h"

struct spelling {
    struct str command; /* what is to be run; the line itself when nothing is wrong with it */
    struct str note;    /* one sentence for people, or "" */
    bool endless;       /* translated to what runs until it is stopped */
    bool refused;       /* it would not do what it says; the note has the right spelling */
};

/* All in arena. */
struct spelling spelling_of(struct arena *arena, struct str command);

#endif
