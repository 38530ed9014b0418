/* local_rule.h - which rule a local action is about, and from when on. */
#ifndef MAIN_LOCAL_RULE_H
#define MAIN_LOCAL_RULE_H

#include "alert/rule.h"
#include "main/app.h"

/* A rule with what it needs to live; both in the app's arena. */
struct local_rule {
    struct signals signals;
    struct rule rule;
    bool is_sentence; /* it stands in no runbook */
};

/* words: a line number of the runbook, its sentence or a part of it that no other rule has, or a
 * whole alert sentence that stands nowhere yet. Refused with one sentence when it is none of these,
 * and when it can never be decided as written. file: the runbook, "" the one of reeve.yaml. */
MUST_USE bool local_find_rule(struct app *app, struct str words, struct str file,
                              struct local_rule *local, struct err *err);
/* A moment (base/moment.h) that was already. */
MUST_USE bool local_parse_when(struct str words, struct instant now, struct instant *out_at,
                               struct err *err);
/* The same; refused when no time lies between it and now. */
MUST_USE bool local_parse_since(struct str words, struct instant now, struct instant *out_at,
                                struct err *err);

#endif
