/* rule_findings.h - what of a runbook's alerts cannot be measured as it is written.
 *
 * Promises: each finding stands at the alert's line and says what to write instead.
 * Refuses: nothing: what is not bound yet is an open decision of the runbook's own. */
#ifndef MAIN_RULE_FINDINGS_H
#define MAIN_RULE_FINDINGS_H

#include "runbook/program.h"
#include "telemetry/signal.h"

/* Adds to the program's findings, which stay in order of line. Sentences live in arena. */
void rule_findings_add(struct arena *arena, const struct signals *signals, struct program *program);

#endif
