/* scratch.h - folders of their own for work that may be killed: each holds a lock while it lives.
 *
 * Refuses: to touch a folder whose lock somebody holds. */
#ifndef POSTGRES_SCRATCH_H
#define POSTGRES_SCRATCH_H

#include "base/str.h"

void scratch_remove(struct arena *arena, const char *path);
/* Those in folder whose names begin with front and whose lock nobody holds: what was killed. */
void scratch_remove_left(struct arena *arena, struct str folder, const char *front);

#endif
