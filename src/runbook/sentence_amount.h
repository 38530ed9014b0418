/* sentence_amount.h - what stands behind a comparison.
 *
 * Promises: each reads at *i, moves *i behind what it read and marks it.
 * Refuses: use outside of the readers of thresholds. */
#ifndef RUNBOOK_SENTENCE_AMOUNT_H
#define RUNBOOK_SENTENCE_AMOUNT_H

#include "runbook/sentence.h"

/* "for", "over", "within", "per": a window may follow. */
bool amount_begins_window(const struct words *words, int i);
/* "for 5 minutes", "in any 10-min window", "over the last hour", "per minute", "/min". */
void amount_window(struct words *words, int *i, struct alert_statement *alert);
/* "More than 5 failed logins in 10 minutes", "3 consecutive health check failures": the words
 * behind the number are the metric; false when there are none. */
bool amount_counted(struct sentence *sentence, int *i, struct alert_statement *alert);
/* Everything behind the number of which *i is the next word: unit, population, window; with
 * counted, words without a unit are the metric. False when the unit has no fixed size. */
bool amount_tail(struct sentence *sentence, int *i, struct alert_statement *alert, bool counted);

#endif
