/* looks_kept.h - what a look at slow statements keeps, so that the next one can tell what was done
 * since: a file below the ledger's folder. */
#ifndef MAIN_LOOKS_KEPT_H
#define MAIN_LOOKS_KEPT_H

#include "base/json.h"

/* state_folder: of the ledger. What the last look kept, as JSON of an object in arena, or "". */
struct str looks_kept_read(struct arena *arena, struct str state_folder);
/* Keeps the member "keep" of an answer for the next look; one without is left alone. json: the
 * answer, whose last member it is. Gives the answer without it, in arena. err: why it could not be
 * kept; untouched when it was. */
struct str looks_kept_take(struct arena *arena, struct str state_folder, struct str json,
                           struct err *err);

#endif
