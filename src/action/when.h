/* when.h - times as people type them: "14d", "2026-12-14", "2026-12-14T16:00:00Z".
 *
 * A day alone is its beginning for what is past and its end for what is to come, in UTC. */
#ifndef ACTION_WHEN_H
#define ACTION_WHEN_H

#include "base/instant.h"

/* So long before now, or that time; false: it is none. */
MUST_USE bool when_back(struct str words, struct instant now, struct instant *out_at);
/* So long after now, or that time. */
MUST_USE bool when_ahead(struct str words, struct instant now, struct instant *out_at);

#endif
