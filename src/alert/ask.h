/* ask.h - rules whose values a Prometheus-compatible engine is asked for (telemetry/asked.h),
 * instead of being counted from what the collector reads.
 *
 * A question asks for the parts of the rule's statistic, not for its verdict: failures and all
 * events apart, the buckets of a histogram, the worst series of a gauge, and when the newest sample
 * was made. So the limit, the recovery limit, too little traffic, a limit inside a bucket and every
 * state stay Reeve's, by the code that decides over its own readings. An objective asks for each of
 * its windows (ask_burn.h), a rule relative to a baseline for each hour of that (ask_hour.h).
 * Promises: three-valued: no answer, no series, NaN or an infinity (of a gauge also where only one
 * series is that, and no other makes the rule true), samples that are too old and what the engine
 * refuses are unknown, with the reason. Each of a signal's usual names that has
 * series is judged, and the worst of them is what the rule is.
 * Refuses: rules that have no value, whoever is asked, and a word that nobody gave a meaning
 * (ask_can). */
#ifndef ALERT_ASK_H
#define ALERT_ASK_H

#include "alert/rule.h"

/* Can the rule be asked? */
bool ask_can(const struct rule *rule);
/* Gives the rule its questions, in arena: first what it reads now, asked every every_ms at the
 * most, then the rest. */
void ask_questions(struct arena *arena, struct rule *rule, int64_t every_ms);
/* Of a rule with questions, while telemetry->asked is not NULL. */
struct evaluation ask_evaluate(struct arena *arena, const struct rule *rule,
                               const struct telemetry *telemetry, struct instant now);
/* Of which of its signal's alternatives the engine had series when it answered last. */
void ask_find_bindings(const struct rule *rule, const struct asked *asked,
                       bool out_read[ALTERNATIVES_MAX]);
/* "asked of http://prometheus:9090 every 15 s; its baseline (last 24 hours) once an hour": of a
 * rule with questions. */
struct str ask_plan(struct arena *arena, const struct rule *rule, struct str engine,
                    int64_t every_ms);
/* "asked of http://prometheus:9090 at 03:14:05 UTC, answered in 12 ms", with what is wrong with it
 * and what is asked less often; "" when the rule is not asked. */
struct str ask_words(struct arena *arena, const struct rule *rule,
                     const struct telemetry *telemetry);

#endif
