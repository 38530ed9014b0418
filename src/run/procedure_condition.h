/* procedure_condition.h - what the steps of procedures ask before they begin. */
#ifndef RUN_PROCEDURE_CONDITION_H
#define RUN_PROCEDURE_CONDITION_H

#include "run/procedure.h"

/* Gives each step its condition. What the words surely speak of, a rule of the runbook or a step
 * before, is looked up by Reeve; everything else a person is asked. A command that was picked by
 * its own name asks nothing. */
void procedures_ask(struct arena *arena, const struct program *program,
                    struct procedures *procedures);

#endif
