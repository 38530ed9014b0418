/* evaluate.h - from what is known of a signal over a time to what a rule is: the one place where
 * values meet limits, whoever measured them. */
#ifndef ALERT_EVALUATE_H
#define ALERT_EVALUATE_H

#include "alert/rule.h"

/* The unit of time of a rule's line, as it is shown ("ms"), and its seconds; "" and 1: it has none.
 */
struct value_unit {
    const char *words;
    double seconds;
};
struct value_unit value_unit_of(const struct rule *rule);
/* Does the rule's line name an amount of bytes? */
bool value_is_bytes(const struct rule *rule);
/* A value of a rule that is no share: bytes in their unit ("5 GB"), a length of time in the line's
 * ("600 ms"), a rate "a second"; with so many digits that it does not look like the limit when it
 * is not. */
struct str value_number_text(struct arena *arena, const struct rule *rule, double value);
bool evaluate_holds(enum comparison cmp, double value, double limit);
/* A gauge's value as it is shown, of a signal of this kind. */
struct str evaluate_gauge_text(struct arena *arena, const struct rule *rule, enum signal_kind kind,
                               double value);
/* answer: of a signal of its kind, not silent. */
struct evaluation evaluate_answer(struct arena *arena, const struct rule *rule,
                                  const struct answer *answer);
/* What the rule would have read over an hour, a count at its own length of time; NAN: nobody knows:
 * too little traffic, a quantile above the highest edge, a count of which a tenth of the hour is
 * missing. */
double evaluate_hour(struct arena *arena, const struct rule *rule, const struct answer *answer);
/* "7.1 % of 1,204 requests in 1 min; 2 times the baseline is 5.0 %", of a rule that was limited. */
struct str evaluate_relative_text(struct arena *arena, const struct rule *limited,
                                  const struct evaluation *evaluation);

#endif
