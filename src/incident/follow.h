/* follow.h - whose incident a firing alert belongs to besides its own: that of what it depends on.
 *
 * Reads state only. An alert waits for nothing but what is decided in the same turn. */
#ifndef INCIDENT_FOLLOW_H
#define INCIDENT_FOLLOW_H

#include "incident/round.h"

/* Of the rules that the alert depends on: the nearest that fires and has an incident that goes on;
 * and whether one of them gets its incident in this round, for then the alert waits for the next
 * one. Asked in the order of decisions: those with fewer causes first. */
struct round_causes follow_causes(struct round *round, const struct incident_alert *alert);
/* Does the alert depend on this rule? */
bool follow_depends(const struct incident_alert *alert, struct str rule);
/* Has what the rule followed been over for INCIDENT_FOLLOW_GRACE_MS? */
bool follow_is_alone(const struct incident_rule *rule, struct instant now);

#endif
