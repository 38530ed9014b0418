/* calm.h - that it is over, for whoever was told of it.
 *
 * Once per mitigation, whoever was told of an incident is told that it is mitigated, by the
 * quietest of their ways (quiet_way.h), one message whatever told them; a thread that flaps waits
 * for the time of a repetition, and says nothing when the incident is open by then. The next way is
 * taken when one fails; where the ways that told them carry nothing any more and there is none, it
 * is a fact that they are not told (page.stopped with calm), and they are when the way is on again
 * in time. A program that was told hears by itself.
 * Refuses: ways whose receivers keep an alert, which is resolved instead (follow.h). */
#ifndef PEOPLE_CALM_H
#define PEOPLE_CALM_H

#include "people/page.h"

void calm_decide(const struct page_world *world, struct event_list *out);
/* When there is something to decide next; zero: never. */
struct instant calm_next_due(const struct page_world *world, struct arena *scratch);

#endif
