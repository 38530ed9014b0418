/* answer.h - deciding what a step asks before it begins.
 *
 * Promises: nothing of a step or below it begins before its condition is decided; each decision is
 * a fact of its own with who made it and why; Reeve decides only what is known for certain at that
 * moment, and in a rehearsal asks none of production's rules; the steps of a loop begin again at
 * most LIMIT_RUN_ROUNDS times. Refuses: a second answer to the same question. */
#ifndef RUN_ANSWER_H
#define RUN_ANSWER_H

#include "run/run.h"

/* Answers what Reeve knows by itself in this run; several at once, when one follows the other. */
void answer_decide(const struct run_world *world, const struct run *run, struct event_list *out);
/* For run_fold; arena: of what is kept. */
void answer_fold(struct run *run, int step, const struct event *event, struct arena *arena);
/* A step has another end than before, or is tried again: who speaks of it asks anew, unless what it
 * lets happen has begun. */
void answer_forget(struct run *run, int step);

#endif
