/* lost.h - a rule that is true because of a gauge's series that is no longer given.
 *
 * That the others are well says nothing of the one that is away: a rule that fires because of it is
 * unknown, stays firing and names it, until
 *   - the series is given again, or another one makes the rule true;
 *   - a person resolves the rule's incident;
 *   - LOST_KEPT_MS (telemetry/lost.h) of readings came without it: then it is forgotten.
 * What happens to the alert then says so. A pending rule is unknown for LOST_RECENT_MS only, so
 * that short-lived series beyond the limit, one after the other, do not add up; where its policy
 * fires when data is missing, as long as a firing one. An inactive rule looks at what is given, and
 * what went before the alert began is not what it is about.
 * Decided by the folded state and the readings alone. docs/decisions/0070-lost-series.md. */
#ifndef ALERT_LOST_H
#define ALERT_LOST_H

#include "alert/alert.h"

/* rule_evaluate for a rule whose state is known: as above. */
struct evaluation lost_evaluate(struct arena *arena, const struct rule *rule,
                                const struct telemetry *telemetry, const struct alerts *alerts,
                                struct instant now);

#endif
