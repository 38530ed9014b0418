/* walls.h - from the configuration to the walls around a step (os/wall.h).
 *
 * Promises: what cannot be hidden, or built, is said before a run begins. */
#ifndef MAIN_WALLS_H
#define MAIN_WALLS_H

#include "main/config_fit.h"
#include "worker/step.h"

/* Around a command that action does ("": the command stands in its line). False when a path that it
 * is to write in is not there. Texts live in arena. */
MUST_USE bool walls_make(struct arena *arena, const struct config *config, struct str action,
                         struct step_walls *out_walls, struct err *err);
/* Where the ledger lies, and beside it the key, the accounts, the token and the runs; absolute, ""
 * when it is not there. */
struct str walls_own_folder(struct arena *arena, const struct config *config);
/* A note when commands run where Reeve's own folder cannot be hidden from them. */
void walls_note(struct arena *arena, const struct config *config, struct config_notes *notes);
/* What this kernel cannot give of the walls that are wanted, as one sentence; "": it gives all. */
struct str walls_missing(const struct config *config);

#endif
