/* follow.h - which incident a firing alert belongs to besides its own: that of what it depends on,
 * or one that has just begun in its group.
 *
 * Reads state only. An alert waits for nothing but what is decided in the same turn. */
#ifndef INCIDENT_FOLLOW_H
#define INCIDENT_FOLLOW_H

#include "incident/incident.h"

/* The nearest rule that the alert depends on, fires, and has an incident that goes on; NULL: none.
 */
const struct incident_alert *follow_cause(const struct incident_world *world,
                                          const struct incident_alert *alert);
/* Does such a rule get its incident by the events from `from` on? Then the alert waits a round. */
bool follow_waits(const struct incident_alert *alert, const struct event_list *out, size_t from);
/* Does the alert depend on this rule? */
bool follow_depends(const struct incident_alert *alert, struct str rule);
/* Has what the rule followed been over for INCIDENT_FOLLOW_GRACE_MS? */
bool follow_is_alone(const struct incident_rule *rule, struct instant now);
/* An incident that began within world->group_ms with an alert of the same group; NULL: none. */
const struct incident *group_find(const struct incident_world *world,
                                  const struct incident_alert *alert);
/* Do the events from `from` on open such an incident? Then the alert waits a round. */
bool group_opens(const struct incident_world *world, const struct incident_alert *alert,
                 const struct event_list *out, size_t from);

#endif
