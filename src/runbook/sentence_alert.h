/* sentence_alert.h - what the readers of alerts share.
 *
 * Promises: each form reads the whole sentence from its first word, as sentence.h has it.
 * Refuses: use outside of the readers of alerts. */
#ifndef RUNBOOK_SENTENCE_ALERT_H
#define RUNBOOK_SENTENCE_ALERT_H

#include "runbook/sentence.h"

enum { ALERT_NAME_WORDS_MAX = 5, PARAGRAPH_WORDS_MAX = 12 };

/* The level that the place gives: "critical" below "Critical Alerts"; or "". */
struct str alert_level_of_place(const struct sentence_place *place);
/* Whom an action tells: "Page on-call engineer", "alert DevOps, plan cleanup"; or "". */
struct str alert_party(struct str action);
/* An arrow, behind which stands what is done. */
bool alert_action_mark(const struct words *words, int i);

/* sentence_limits.c: "Disk usage: warn at 80%, critical at 90%", "CPU > 70% (warning), > 90%
 * (critical)": one measure with a limit for each level. */
enum reading alert_read_limits(struct sentence *sentence);
/* "Database connection pool exhausted", "API down for 2 minutes"; from the word on that stands
 * behind a level's prefix, at that level. */
enum reading alert_read_state(struct sentence *sentence, int from, struct str level);

#endif
