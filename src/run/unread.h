/* unread.h - what looks like a command in a step's words and was not read as one.
 *
 * The reader takes a command out of a sentence only where it is certain. Promises: what is left
 * over is only told, with the remedy, and never run. Refuses: guessing that a word in backticks
 * that nobody is told to run is a command ("Check that `feature_x` is on"). */
#ifndef RUN_UNREAD_H
#define RUN_UNREAD_H

#include "run/procedure.h"

/* The first thing in text that looks like a command; "" when there is none. A slice of text. */
struct str unread_command(struct str text);
/* Beside the command that was read, another one in backticks; "" when there is none. */
struct str unread_second(struct str text, struct str command);
/* Gives a step that has no note, and was made from this statement, one where its words hold a
 * command that nobody runs; in arena. */
void unread_tell(struct arena *arena, struct procedure_step *step,
                 const struct step_statement *from);

/* The words by which text asks for more than one beginning ("until it works", "3 times"); "" when
 * it does not. A slice of text. */
struct str unread_repetition(struct str text);
/* Gives commands without a note, whose words ask for that and whose action has neither retries: nor
 * every:, a note that Reeve begins them once; in arena. */
void unread_tell_repetitions(struct arena *arena, const struct run_settings *settings,
                             struct procedures *procedures);

#endif
