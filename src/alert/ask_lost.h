/* ask_lost.h - gauges that an engine had and has no more, asked for beside the worst that it has.
 *
 * "gone 0": the worst series of the first alternative that were there in the last 24 hours and are
 * not now, with their last value; "left 0": when they had it. What went more than eleven
 * minutes ago is looked for every ten minutes of a day only, so that a question costs little:
 * values and times are then those of the answer that had it first (telemetry/asked.h), and after a
 * restart right to ten minutes. Refuses: rules against a baseline, whose limit is another each
 * hour. */
#ifndef ALERT_ASK_LOST_H
#define ALERT_ASK_LOST_H

#include "alert/ask_parts.h"

/* Adds the two parts for one alternative. */
void ask_add_lost(struct text *text, const struct rule *rule, size_t index);
/* Of the answer that counts now, those that are away; out_found: all 0 before. */
void ask_read_lost(struct arena *arena, const struct rule *rule, const struct asked *asked,
                   struct instant now, struct lost_gauge out_found[LOST_MOST]);

#endif
