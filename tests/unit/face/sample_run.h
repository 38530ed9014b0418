/* sample_run.h - a fabricated run and procedure, for the page's tests and pictures. */
#ifndef SAMPLE_RUN_H
#define SAMPLE_RUN_H

#include "state/view.h"

/* A run with a step in each state; its texts try to get out of the page. */
struct run_view *sample_run(struct arena *arena);
/* A run of one step, in these states. */
struct run_view *sample_run_of(struct arena *arena, const char *run, const char *does,
                               const char *step);
struct procedure_view sample_procedure(struct arena *arena);

#endif
