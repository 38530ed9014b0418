/* overlap.h - runs that would get in each other's way.
 *
 * Promises: no two runs with the same commands still before them go on beside each other in one
 * environment, also where one procedure holds the other. A cancelled run is in nobody's way, once
 * its commands have ended; it goes on only while no other does. */
#ifndef RUN_OVERLAP_H
#define RUN_OVERLAP_H

#include "run/run.h"

/* May a run of the procedure begin in this environment: has it room, is nobody in its way? */
MUST_USE bool overlap_check_open(const struct run_world *world, const struct procedure *procedure,
                                 struct str environment, struct err *err);
/* May a run that may be cancelled go on, or be taken back? */
MUST_USE bool overlap_check_resume(const struct run_world *world, const struct run *run,
                                   struct err *err);

#endif
