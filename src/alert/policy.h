/* policy.h - what reeve.yaml says of a rule beside its sentence: when it recovers, how long it goes
 * on firing, and what it is when its data is missing.
 *
 * Promises: a rule without a policy behaves as its sentence alone says; what a policy changes
 * stands in the rule's meaning. Missing data never resolves a rule.
 * Refuses: a recovery limit on the wrong side of the rule's limit, or of a rule without a limit. */
#ifndef ALERT_POLICY_H
#define ALERT_POLICY_H

#include "alert/rule.h"

/* As written; texts "" and lengths 0: not given. */
struct policy_words {
    struct str recovers_below, recovers_above; /* "3%", "800 ms", "80" */
    int64_t keeps_firing_ms;
    struct str missing; /* "unknown", "fires", "stays" */
    int64_t missing_ms; /* how long it must be missing before it fires */
};

/* Puts the policy into the rule and its meaning; the rule stays as it was when refused. */
MUST_USE bool policy_apply(struct arena *arena, const struct policy_words *words, struct rule *rule,
                           struct err *err);
/* Is this a limit as it is written there: a number, alone or with %, ms, s or min? In the unit of
 * readings: shares, seconds, plain numbers. */
MUST_USE bool policy_limit(struct str words, double *out_limit);

#endif
