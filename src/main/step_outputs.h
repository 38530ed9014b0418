/* step_outputs.h - the folders of steps under runs/ beside the ledger, and what was kept in them.
 *
 * Each start of a try has a folder of its own (worker/step.h); the answer to a query stands in one
 * too, as "result". Promises: reading works with and without a daemon; what is shown is UTF-8
 * without control characters. */
#ifndef MAIN_STEP_OUTPUTS_H
#define MAIN_STEP_OUTPUTS_H

#include "main/app.h"

enum { STEP_STARTS_MAX = 20, STEP_PATH_BYTES = 1024, STEP_SHOWN_BYTES = 64 * 1024 };

struct step_place {
    int64_t run, opened_us; /* numbers of runs come again when an older ledger is put back */
    int step, tries;        /* step from 0 */
};

struct step_place step_place_of(const struct run *run, int step);
/* The folder of the n-th start of the try, from 1. */
void step_place_folder(const struct app *app, const struct step_place *place, int start,
                       char to[STEP_PATH_BYTES]);
/* The newest start of the try, with its folder in to; 0 when it was never started. */
int step_place_newest(const struct app *app, const struct step_place *place,
                      char to[STEP_PATH_BYTES]);
/* The port of the world (state/world.h); context: the app. */
bool step_outputs_read(void *context, struct arena *arena, const struct step_output_ask *ask,
                       struct step_output_view *out_view);

/* What a step has printed since the last look. step, tries and from are the caller's; the rest is
 * filled: at most 32 kB, the newest, as whole characters. A new try begins at 0. */
struct step_growth {
    int step, tries;
    int64_t from, to; /* bytes of the whole output */
    int64_t skipped;  /* of them not shown, before shown */
    struct str shown; /* as text, in arena */
};
/* False: nothing is new. */
MUST_USE bool step_growth_read(const struct app *app, struct arena *arena, const struct run *run,
                               struct step_growth *growth);

#endif
