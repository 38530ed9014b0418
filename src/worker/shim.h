/* shim.h - the process that performs one shell step: `reeve-work step FOLDER`.
 *
 * Its order and the files it writes: worker/step.h. It is a process of its own, so that a step
 * outlives the core, and nothing but it has to be there for the step to be ended and told of.
 * Promises: executes nothing unless it made the claim and `begun` is on the disk; ends all that
 * descends from the step before it writes `exit`; memory is bounded whatever is put out.
 * Refuses: a folder that is claimed (exit code 3); a second step. */
#ifndef WORKER_SHIM_H
#define WORKER_SHIM_H

#include "base/str.h"

/* The whole life of the process. Returns its exit code: 0 when `exit` was written, 3 when the
 * folder is claimed by another, 6 when the folder cannot be written. */
int shim_perform(struct str folder);

#endif
