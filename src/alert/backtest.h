/* backtest.h - a rule against readings of the past: when would it have fired?
 *
 * The same windows, the same evaluation and the same state machine as live, under a clock made of
 * the readings' own instants: looked at each step. Readings come in the order of time.
 * Promises: over readings as they were made, what is said is what the running Reeve would have
 * decided, to the step; what was not measured is unknown, as live. Over merged readings (tier.h)
 * each is true for its whole slot, so that times are to the slot, the worst gauge of a slot stands
 * for all of it, and a statistic that looks at less than a slot looks at the slot. */
#ifndef ALERT_BACKTEST_H
#define ALERT_BACKTEST_H

#include "alert/alert.h"
#include "telemetry/tier.h"

enum { BACKTEST_STEP_MS = 1000, BACKTEST_CHANGES_MAX = 10000 };

/* What changed, when. */
struct backtest_change {
    struct instant at;
    enum event_kind kind; /* of the alert.… that would have been recorded */
    struct str words;     /* the value, or why it is unknown */
    int64_t held_ms;      /* EVENT_ALERT_FIRED: how long it had been true */
};

/* What one look says, for those who draw it. */
struct backtest_look {
    struct instant at;
    const struct evaluation *evaluation; /* texts are valid during the call */
    enum alert_state state;
};

/* Whose readings count: until is_endless or the instant, from which on it is no target any more. */
struct backtest_target {
    struct str name;
    struct instant until;
    bool is_endless;
};

struct backtest {
    struct arena *arena;                                             /* of what is found */
    void (*looked)(void *context, const struct backtest_look *look); /* may be NULL */
    void *context;
    struct arena turn, kept;
    struct rule rule, as_written;
    struct telemetry telemetry;
    struct alerts alerts;
    const struct backtest_target *targets; /* NULL: all, without an end */
    size_t target_count;
    struct instant next_end; /* of a target; zero: none will end */
    struct instant from;     /* what comes before it only warms up */
    struct instant next;     /* to be looked at */
    struct instant last;     /* that was looked at */
    struct reading *lasts;   /* of each target, in kept */
    size_t last_count, last_capacity;
    int64_t step_ms;
    struct backtest_change *changes;
    size_t change_count, change_capacity;
    bool is_cut; /* more than BACKTEST_CHANGES_MAX */
    int64_t firings;
    int64_t firing_ms, unknown_ms; /* known to fire; unknown, firing or not */
    enum alert_state state;        /* at the last step */
    bool is_unknown;               /* at the last step */
    bool seen;                     /* a reading came */
    struct instant newest;         /* of its readings */
    int64_t stale_ms;              /* after the newest: how long it says how things are */
};

/* rule: without a problem; it has to outlive the backtest. */
void backtest_init(struct backtest *backtest, struct arena *arena, const struct rule *rule,
                   struct instant from);
void backtest_done(struct backtest *backtest);
/* How long before from readings are needed for what is said of from to be right. */
int64_t backtest_warm_ms(const struct rule *rule);
/* All whose readings are given; the list has to outlive the backtest. Without it none ends. */
void backtest_set_targets(struct backtest *backtest, const struct backtest_target *targets,
                          size_t count);
/* From here on readings are of this tier. */
void backtest_set_tier(struct backtest *backtest, enum tier_number tier);
/* The same in the midst of it, after a look at all steps up to here: readings from warm_from on are
 * given again in the finer tier, and no window holds readings of both, of which each would count
 * some events of the other. */
void backtest_refine(struct backtest *backtest, enum tier_number tier, struct instant warm_from);
void backtest_take(struct backtest *backtest, const struct reading *reading);
/* Looks at all steps up to here. */
void backtest_advance(struct backtest *backtest, struct instant until);
/* What was read of the signal in the rule's window at the last step, and what that says. */
struct evaluation backtest_evaluate(struct backtest *backtest, struct arena *arena,
                                    struct instant now);

#endif
