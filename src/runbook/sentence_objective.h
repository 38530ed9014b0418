/* sentence_objective.h - what the readers of objectives share.
 *
 * Promises: what stands behind a target is read by the same functions for sentences and tables.
 * Refuses: use outside of the readers of objectives and tables. */
#ifndef RUNBOOK_SENTENCE_OBJECTIVE_H
#define RUNBOOK_SENTENCE_OBJECTIVE_H

#include "runbook/sentence.h"

/* A percentage as a share, exact as written: 99.9 is 0.999. */
double objective_share(double percent);
/* "monthly", "per month", "over 30 days", "rolling 30 days" at *i: what it is measured over. */
void objective_period(struct words *words, int *i, struct alert_statement *objective);
/* "2xx responses on /api (per day)": what the share is of. */
void objective_measured(struct words *words, int *i, struct alert_statement *objective);
/* "for core APIs" behind the last target. */
void objective_scope(struct sentence *sentence, int *i);
/* A heading as the name of a measure: without its number, "SLO" and brackets. */
struct str objective_heading(struct str heading);
/* "Objectives (rolling 30 days)": the period of every target below that has none. */
void objective_heading_period(struct str heading, struct alert_statement *objective);
/* "Monthly uptime": the metric itself says over what. */
void objective_metric_period(struct str metric, struct alert_statement *objective);
/* The end of an objective: "(excluding planned maintenance)" is kept, "(error budget: 43m/month)"
 * has to follow from the target, other remarks must be plain. */
enum reading objective_end(struct sentence *sentence, int i);
/* The whole sentence as targets of a measure named elsewhere: a table's cell. */
enum reading sentence_target(struct sentence *sentence, struct str metric);
/* Period, statement and end. */
enum reading objective_finish(struct sentence *sentence, int i, struct alert_statement objective);

#endif
