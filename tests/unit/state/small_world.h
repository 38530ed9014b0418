/* small_world.h - a world with one short runbook and two people, for tests of state, engine and
 * actions. */
#ifndef UNIT_SMALL_WORLD_H
#define UNIT_SMALL_WORLD_H

#include "state/world.h"

/* Everything lives in arena but what world_done gives back. */
struct world *small_world_make(struct arena *arena);
/* The line_view of the statement whose words begin so. */
struct line_view small_world_line(const struct world *world, struct arena *arena,
                                  const char *beginning);
/* Every rule as false but the one whose words begin so, which is as told. */
void small_world_read(struct world *world, struct arena *arena, const char *beginning,
                      enum truth truth);
struct instant small_world_now(int64_t second);

#endif
