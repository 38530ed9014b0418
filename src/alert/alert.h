/* alert.h - the state of every rule: inactive, pending, firing; whether it is known, beside it.
 *
 * Promises: state changes only by folding events; decisions read the folded state, so a restart at
 * any moment decides the same. A step of the wall clock re-bases all times. Unknown freezes:
 * nothing resolves, and the time does not count toward `for`. At most one event per rule and call;
 * the engine calls until nothing is decided.
 *
 *   inactive, true                     → alert.pending (alert.fired at once when there is no `for`)
 *   pending, true for `for`            → alert.fired
 *   pending, false or too little       → alert.calmed
 *   firing, false or too little        → alert.calmed, and after the quiet time alert.resolved
 *   firing and calmed, true again      → alert.pending (for 0): the quiet time begins anew
 *   firing and calmed, not recovered   → alert.held: the quiet time begins anew (policy.h)
 *   firing, changed over and over      → alert.flapping; steadily true again → alert.steady
 * (flap.h) any, unknown                       → alert.unknown; known again → alert.known unknown
 * for its time to be missing → alert.fired, where its policy says so no longer in the runbook →
 * alert.retired; one that fires stays until its incident is resolved, and goes on when the rule
 * comes back The quiet time is `for`, at least 15 s and at most 60 s; 5 min while there is no or
 * too little traffic, since an outage looks like that; 10 min while it flaps. A policy's
 * keeps_firing makes it longer, and what of that has passed outlives a restart. A gap of at most
 * QUIET_GAP_MS, not running or not known just after a start or a step of the clock, only stops the
 * quiet time; a longer one, and what becomes unknown later, begins it anew. See
 * docs/decisions/0020-alert-states.md and 0049-restarts.md. */
#ifndef ALERT_ALERT_H
#define ALERT_ALERT_H

#include "alert/flap.h"
#include "alert/ran.h"
#include "alert/rule.h"
#include "alert/silence.h"
#include "ledger/event.h"

enum {
    QUIET_LEAST_MS = 15 * 1000,
    QUIET_MOST_MS = 60 * 1000,
    QUIET_NO_TRAFFIC_MS = 5 * 60 * 1000,
    QUIET_GAP_MS = 5 * 1000,
    START_GRACE_MS = 30 * 1000, /* after a start, unknown is only said of pending rules; in all,
                                 * where it is started again and nothing is heard in between */
    CONNECT_MS = 5 * 1000       /* of it, in each run at least */
};

enum alert_state { ALERT_INACTIVE, ALERT_PENDING, ALERT_FIRING };

struct alert {
    struct str rule; /* statement id */
    int64_t line;
    struct str title;
    enum alert_state state;
    struct instant since;         /* true since (pending), fired at (firing) */
    struct instant calm_since;    /* firing: false since; zero: not */
    int64_t frozen_ms;            /* of the pending time, unknown or not running */
    int64_t calm_ms;              /* firing: quiet before the newest start */
    int64_t paused_ms;            /* unknown: how long it was quiet until then … */
    int64_t paused_calm_ms;       /* … and calm_ms as it was */
    struct instant unknown_since; /* zero: known */
    int64_t missed_ms;            /* missing before it was said, and unknown before the newest
                                   * start, while running */
    struct flap flap;
    char reason[512];      /* why unknown, at first */
    int64_t incident;      /* of the newest it opened or joined, until that is resolved */
    struct instant closed; /* when a person resolved one of them last; zero: never */
    bool retired;          /* fired when its rule left the runbook; not seen since */
};

struct alerts {
    struct arena *arena;    /* state lifetime */
    struct map table;       /* by rule id: struct alert; at most LIMIT_RULES × 2 */
    struct instant started; /* of the node, newest */
    struct ran ran;         /* before that */
    struct instant emptied; /* when the telemetry began anew last: a start, a step of the clock */
    struct instant stepped; /* the newest step of the clock; readings of before tell no time now */
    struct silences silences;
};

void alerts_init(struct alerts *alerts, struct arena *arena);
void alerts_done(struct alerts *alerts);
/* Folds any event; kinds that are not alerts', the node's start or a clock's step are passed over.
 */
void alert_fold(struct alerts *alerts, const struct event *event);
/* evaluations: one per rule, in the same order. Adds what is to be recorded at now. */
void alert_decide(const struct alerts *alerts, const struct rules *rules,
                  const struct evaluation *evaluations, struct instant now,
                  struct event_list *out_events);
/* NULL: nothing was ever said of the rule; it is inactive and known. */
const struct alert *alert_find(const struct alerts *alerts, struct str rule);
/* Walks all alerts: size_t at = 0; NULL at the end. */
const struct alert *alert_next(const struct alerts *alerts, size_t *at);
/* How long a pending alert has been true, without what does not count. */
int64_t alert_held_ms(const struct alert *alert, struct instant now);
const char *alert_state_name(enum alert_state state);
/* "true for 3 min 20 s of 5 min", "firing for 12 min", "unknown for 40 s: …", or "". evaluation:
 * says why it is unknown now; NULL: as it was when it became unknown. */
struct str alert_progress(struct arena *arena, const struct alert *alert, const struct rule *rule,
                          const struct evaluation *evaluation, struct instant now);

#endif
