/* steps_end.h - ending the commands of a run without a daemon.
 *
 * A command outlives the daemon that started it (worker/step.h), and ends when that, or the next
 * one, tells its shim to. Promises: where there is none, who cancels a run or ends a watching has
 * the command ended now; what is recorded of its end is still the next daemon's. */
#ifndef MAIN_STEPS_END_H
#define MAIN_STEPS_END_H

#include "action/action.h"
#include "main/app.h"

/* After a call that was recorded here, with the ledger open: tells the shims of its run's commands
 * that are to end, and adds to the reply's text what becomes of each. */
void steps_end_here(struct app *app, const struct call *call, struct reply *reply);

#endif
