/* rule_findings.h - what of a runbook's alerts cannot be measured as it is written.
 *
 * Promises: each finding stands at the alert's line and says what to write instead.
 * Refuses: nothing: what is not bound yet is an open decision of the runbook's own. */
#ifndef MAIN_RULE_FINDINGS_H
#define MAIN_RULE_FINDINGS_H

#include "alert/rule.h"
#include "main/config.h"

/* Adds to the program's findings, which stay in order of line. Sentences live in arena; config is
 * NULL where none speaks of the runbook. */
void rule_findings_add(struct arena *arena, const struct config *config,
                       const struct signals *signals, struct program *program);
/* One sentence when a target is read more seldom than the rule's window is long, or "". */
struct str rule_window_problem(struct arena *arena, const struct config *config,
                               const struct rule *rule);

#endif
