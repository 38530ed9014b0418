/* procedure_refer.h - steps that send the reader to another procedure of the runbook. */
#ifndef RUN_PROCEDURE_REFER_H
#define RUN_PROCEDURE_REFER_H

#include "run/procedure.h"

/* "Follow the Database recovery procedure" becomes a title with that procedure's steps below it;
 * where the words name the heading of a menu, it becomes a choice from that. What leads back to
 * itself, what two procedures are called, and what has a command, a time or steps of its own is
 * left as it is. The steps are pinned with the run, as if they stood there. */
void procedures_refer(struct arena *arena, const struct program *program,
                      struct procedures *procedures);

#endif
