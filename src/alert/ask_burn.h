/* ask_burn.h - what an engine is asked of an objective: bad and all events of each window.
 *
 * A question is of one window: its events, when its first and its newest sample were made, in how
 * many of ASK_SLOTS stretches there was one, and how many events came in the busiest minutes. So an
 * engine that does not reach back far enough is known, and a gap is as bad as it could have been
 * (burn.h decides over both). The windows of days are asked less often (ask_pace_ms).
 * Promises: a rule is unknown while one of its two windows has no answer that counts. */
#ifndef ALERT_ASK_BURN_H
#define ALERT_ASK_BURN_H

#include "alert/ask_parts.h"
#include "alert/burn.h"

enum { ASK_BURN_QUESTIONS = 4 }; /* short and long window; the last hour and the period */

/* Can each of its usual names be asked for what is above the limit? */
bool ask_can_spending(const struct objective *objective);
/* Fills up to ASK_BURN_QUESTIONS and says how many. Words live in arena. */
size_t ask_burn_questions(struct arena *arena, const struct rule *rule, int64_t every_ms,
                          struct asked_wanted *out_wanted);
struct evaluation ask_burn_evaluate(struct arena *arena, const struct rule *rule,
                                    const struct asked *asked, struct instant now);
/* What was spent over the period and in the last hour, of the usual name that spent most. False: it
 * is not asked. */
bool ask_spent(struct arena *arena, const struct objective *objective, const struct asked *asked,
               struct instant now, struct budget_spent *out_spent);
/* "; the last 5 min every 15 s, the last 1 h every 1 min, the last 30 d every 1 h" */
void ask_add_burn_words(struct text *text, const struct rule *rule, int64_t every_ms);

#endif
