/* evaluate.h - from what is known of a signal over a time to what a rule is: the one place where
 * values meet limits, whoever measured them. */
#ifndef ALERT_EVALUATE_H
#define ALERT_EVALUATE_H

#include "alert/rule.h"

/* answer: of a signal of its kind, not silent. */
struct evaluation evaluate_answer(struct arena *arena, const struct rule *rule,
                                  const struct answer *answer);

#endif
