/* calm.h - that it is over, for whoever was told of it.
 *
 * Once per mitigation, whoever was told of an incident is told that it is mitigated, by each way
 * that told them; a thread that flaps waits for the time of a repetition, and says nothing when the
 * incident is open by then. Where those ways carry nothing any more, because they are switched off
 * or gone from the configuration, it goes by the person's next way, one message, the next one when
 * that fails; where there is none it is a fact that they are not told (page.stopped with calm), and
 * they are when the way is on again in time.
 * Refuses: ways whose receivers keep an alert, which is resolved instead (follow.h). */
#ifndef PEOPLE_CALM_H
#define PEOPLE_CALM_H

#include "people/page.h"

void calm_decide(const struct page_world *world, struct event_list *out);
/* When there is something to decide next; zero: never. */
struct instant calm_next_due(const struct page_world *world, struct arena *scratch);

#endif
