/* ask_hour.h - what an engine is asked of a baseline: the rule's own statistic over each of its
 * hours (relative.h), one question an hour of the past, as of the beginning of the hour that is
 * now. So its words are the same every hour. */
#ifndef ALERT_ASK_HOUR_H
#define ALERT_ASK_HOUR_H

#include "alert/ask_statistic.h"
#include "alert/relative.h"

/* Fills one for each hour, at most RELATIVE_HOURS_MAX, and says how many. Words live in arena. */
size_t ask_hour_questions(struct arena *arena, const struct rule *rule,
                          struct asked_wanted *out_wanted);
/* The baseline of one alternative, from the answers that count. *out_why: why hours are missing, or
 * "". */
struct relative ask_baseline(struct arena *arena, const struct asked_statistic *of,
                             struct instant now, struct str *out_why);

#endif
