/* burn.h - objectives as rules: how fast the budget of an objective is spent.
 *
 * An objective allows a share of bad events over its period, its budget. It burns 1× when exactly
 * that share is bad. Each measured objective makes up to four rules, each with a long window and a
 * short one that both have to be over, so that it fires early and is quiet soon after:
 *   page    2 % of the budget in 1 h (and 5 min)     page    5 % in 6 h (and 30 min)
 *   ticket 10 % of the budget in 1 d (and 2 h)       ticket 10 % in 3 d (and 6 h)
 * which of an objective over 30 days are burns of 14.4×, 6×, 3× and 1×; of another period they are
 * in proportion, and never below 1×, at which the objective is still kept.
 * Promises: three-valued: not before one long window was measured, and not where what was not seen
 * could decide; a short window that certainly is not over decides alone. A latency objective counts
 * the share above its limit, which needs a histogram with an edge there.
 * Refuses: objectives of what no signal measures, or of a part of it. See
 * docs/decisions/0041-burn-rates-and-baselines.md. */
#ifndef ALERT_BURN_H
#define ALERT_BURN_H

#include "alert/rule.h"

enum { BURN_RULES_MAX = 4, OBJECTIVE_DAYS = 30 /* when the line names no period */ };

/* reeve.yaml's `alerts:` names all of them by these. */
#define BURN_PAGE   "burn page"
#define BURN_TICKET "burn ticket"

struct objective {
    bool is_share;               /* a share of good events or a quantile: what can be a budget */
    const struct signal *signal; /* NULL: nothing measures it */
    struct str problem;          /* why it is not measured, or "" */
    double budget;               /* share of events that may be bad */
    double limit;                /* in seconds, above which one is; 0: the signal's failures */
    int64_t period_ms;
};

struct burn {
    struct objective objective;
    double spends; /* this share of the budget in long_ms */
    double factor; /* so many times as fast as it lasts for the period */
    int64_t long_ms, short_ms;
    bool is_page;
};

/* Of an objective: over its period, and in the last hour; or why nobody knows. */
struct budget_spent {
    struct spent whole, hour;
    struct str problem; /* or "" */
};

/* What an objective's line says of its signal. Lives in arena; signals must outlive it. */
struct objective objective_make(struct arena *arena, const struct statement *statement,
                                const struct signals *signals);
/* The rules of an objective; *out_count of them, 0 when it is not measured. */
struct rule *burn_rules_make(struct arena *arena, const struct statement *statement,
                             const struct signals *signals, size_t *out_count);
/* Is it one of those that the statement made? */
bool burn_is_of(const struct rule *rule, const struct statement *statement);
/* The condition for Prometheus, by the alternative that the rule names; "" when there is none. */
struct str burn_promql(struct arena *arena, const struct rule *rule);
/* The share of bad events over the last length_ms, in PromQL by the alternative that the rule
 * names; "" when there is none. */
struct str burn_promql_share(struct arena *arena, const struct rule *rule, int64_t length_ms);
/* The series of a latency's bucket at that limit, by its edge; "" when there is no room for it. */
struct str burn_bucket(struct arena *arena, const struct alternative *alternative, double limit);
/* What the rule is by what was spent over its long and its short window, whoever counted it. */
struct evaluation burn_decide(struct arena *arena, const struct rule *rule,
                              const struct spent *of_long, const struct spent *of_short,
                              struct instant now);
struct evaluation burn_evaluate(struct arena *arena, const struct rule *rule,
                                const struct telemetry *telemetry, struct instant now);
/* "budget left 87 % of 30 d; burning 0.4× in the last hour", or why nobody can say. */
struct str burn_budget_text(struct arena *arena, const struct objective *objective,
                            const struct telemetry *telemetry, struct instant now);

#endif
