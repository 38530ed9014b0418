/* ask.h - rules whose values a Prometheus-compatible engine is asked for (telemetry/asked.h),
 * instead of being counted from what the collector reads.
 *
 * A question asks for the parts of the rule's statistic, not for its verdict: failures and all
 * events apart, the buckets of a histogram, the worst series of a gauge, and when the newest sample
 * was made. So the limit, the recovery limit, too little traffic, a limit inside a bucket and every
 * state stay Reeve's, by the code that decides over its own readings.
 * Promises: three-valued: no answer, no series, NaN or an infinity, samples that are too old and
 * what the engine refuses are unknown, with the reason. Each of a signal's usual names that has
 * series is judged, and the worst of them is what the rule is.
 * Refuses: rules relative to a baseline, and those that have no value at an instant (ask_can). */
#ifndef ALERT_ASK_H
#define ALERT_ASK_H

#include "alert/rule.h"

/* Can the rule be asked? */
bool ask_can(const struct rule *rule);
/* The PromQL that asks for what the rule looks at. In arena. */
struct str ask_question(struct arena *arena, const struct rule *rule);
/* Of a rule whose asked is not "", while telemetry->asked is not NULL. */
struct evaluation ask_evaluate(struct arena *arena, const struct rule *rule,
                               const struct telemetry *telemetry, struct instant now);
/* "asked of http://prometheus:9090 at 03:14:05 UTC, answered in 12 ms", with what is wrong with it;
 * "" when the rule is not asked. */
struct str ask_words(struct arena *arena, const struct rule *rule,
                     const struct telemetry *telemetry);
/* The gauges of an alternative as a vector, in the unit of the metric. */
struct str ask_gauges(struct arena *arena, const struct alternative *alternative);

#endif
