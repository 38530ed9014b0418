/* worst.h - what a rule read at its worst, from what the collector keeps. */
#ifndef MAIN_WORST_H
#define MAIN_WORST_H

#include "main/app.h"

/* For world->past, with the app as context. Readings as they were made where they are still kept
 * so, else merged ones. False where nothing is kept of it. */
bool worst_read(void *context, struct arena *arena, const struct rule *rule,
                const struct instant range[2], struct worst_reading *out_worst);

#endif
