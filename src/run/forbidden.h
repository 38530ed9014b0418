/* forbidden.h - steps whose words forbid what they would do, or leave it to somebody else.
 *
 * "Do not run `x`", "`x` must never be run", "Ask the DBA to run `x`", "Was `x` run?".
 * Promises: Reeve begins nothing of such a step nor of what stands below it; people read it.
 * Refuses: asking whether it applies, since yes to "Do not run `x`" would run it; and weighing
 * words: a sentence that forbids something else beside its command is for people, too. */
#ifndef RUN_FORBIDDEN_H
#define RUN_FORBIDDEN_H

#include "run/procedure.h"

/* Do the words forbid the command, or leave it to somebody? command: as it stands in text; where it
 * does not (it stands in a block below, or by a name), only the front of text counts. */
bool forbidden_by_words(struct arena *arena, struct str text, struct str command);
/* Gives such steps to people, with a note where Reeve would have begun them; in arena. A command
 * that was picked by its own name is left as it is. */
void procedures_forbid(struct arena *arena, const struct program *program,
                       struct procedures *procedures);

#endif
