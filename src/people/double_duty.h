/* double_duty.h - times at which all who are the secondary are the primary as well.
 *
 * Then nobody answers for both, and somebody else is told in their place (oncall_escalated): it is
 * said before it matters. Refuses: to change who is paged, and rotas that are not there. */
#ifndef PEOPLE_DOUBLE_DUTY_H
#define PEOPLE_DOUBLE_DUTY_H

#include "people/oncall.h"

/* The first such time that touches [from, until), in one sentence with who is told instead; "":
 * there is none. zone NULL: the secondary's own. */
struct str double_duty_say(const struct oncall *oncall, struct arena *arena, struct instant from,
                           struct instant until, const struct zone *zone);

#endif
