/* suspect.h - what makes a step read otherwise than it runs, said to whoever starts or approves it.
 *
 * Promises: characters that nobody sees or takes for a blank, letters of several scripts within one
 * word, words only of letters that look like Latin ones, and values that lead out of a folder are
 * named. Refuses nothing: all of it can be meant; placeholder_check refuses what no value needs. */
#ifndef RUN_SUSPECT_H
#define RUN_SUSPECT_H

#include "run/run.h"

/* Sentences, a line each, or "". text and command: of the step; values: of the run, or what they
 * would be; those without a place in the command are passed over. In arena. */
struct str suspect_words(struct arena *arena, struct str text, struct str command,
                         const struct run_values *values);

#endif
