/* read_output.h - what the reads of runs share about what steps put out. */
#ifndef ACTION_READ_OUTPUT_H
#define ACTION_READ_OUTPUT_H

#include "action/action.h"

enum { RESULT_LINES = 40 };

/* The run of that number; NULL with the sentence when the state does not hold it. */
const struct run *read_find_run(const struct world *world, int64_t number, struct err *err);
/* The table that SQL gave, at most RESULT_LINES of it, below its step. */
void read_add_result(const struct world *world, struct reply *reply, const struct run *run,
                     int step);

#endif
