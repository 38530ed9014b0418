/* ask_statistic.h - a rule's statistic as parts of a question, and read from the parts of its
 * answer: failures and all events, the increases of buckets, a count, the worst gauge. */
#ifndef ALERT_ASK_STATISTIC_H
#define ALERT_ASK_STATISTIC_H

#include "alert/ask_parts.h"

/* What a statistic is asked of: the rule's own length of time, which may lie in the past. */
struct statistic {
    const struct rule *rule;
    struct str offset; /* " offset 167h", or "" */
    bool is_hour;      /* gauges: at their worst in it */
};

/* Adds the parts of the statistic for one alternative. */
void ask_add_statistic(struct text *text, const struct statistic *of, size_t index);
/* Where a statistic is read: one alternative of a rule's signal in one answer. */
struct asked_statistic {
    const struct rule *rule;
    const struct asked *asked;
    const struct asked_answer *answer;
    size_t index;      /* of the alternative */
    int64_t behind_ms; /* what it is of lies so long before the answer's instant */
};

/* What is known of it. False: the engine has no series of it. *out_problem: why it is not known, or
 * "". Only newest of *out_answer is set then. */
bool ask_read_statistic(struct arena *arena, const struct asked_statistic *of,
                        struct answer *out_answer, struct str *out_problem);
/* "the newest sample of a that http://prom:9090 has is 2 min old": when it is older than it may be;
 * else "". *out_newest: when it was made. */
struct str ask_stale_problem(struct arena *arena, const struct asked_statistic *of,
                             const struct asked_series *newest, struct instant *out_newest);
/* The gauges of an alternative as a vector, in the unit of the metric. */
struct str ask_gauges(struct arena *arena, const struct alternative *alternative);

#endif
