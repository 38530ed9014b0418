/* near.h - how near a name is to what somebody typed.
 *
 * Near is: some slips of the fingers, the words in another order, a word of the name left out, a
 * word too many, or only its beginning. Small words and what says of which kind a thing is ("the",
 * "procedure") do not count where other words do. Promises: case counts for nothing; the same two
 * texts always give the same cost. Refuses: meaning - "undo" is not near "rollback". */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include "base/str.h"

enum { NEAR_NOT = 1000 }; /* of 1000: the two have nothing to do with each other */

/* 0 (the same) to NEAR_NOT; the smaller, the nearer. By slips only: at most two, and not half of a
 * short name; texts of more than STR_DISTANCE_BYTES_MAX bytes are not near. */
int near_slips(struct str typed, struct str name);
/* By words only: all that was typed is in the name, which has not much more; or the other way. */
int near_words(struct str typed, struct str name);
/* By words, or by slips: up to three, and up to six where they are no more than a fourth. */
int near_cost(struct str typed, struct str name);

#endif
