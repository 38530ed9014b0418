/* local_rule.h - which rule a local action is about, and from when on. */
#ifndef MAIN_LOCAL_RULE_H
#define MAIN_LOCAL_RULE_H

#include "alert/rule.h"
#include "main/app.h"

/* The rules of one sentence with what they need to live; all in the app's arena. */
struct local_rule {
    struct signals signals;
    struct rule *rules; /* at least one */
    size_t count;
    struct rule rule; /* the one that is asked about now; first the first */
    bool is_sentence; /* it stands in no runbook */
};

/* words: a line number of the runbook, its sentence, a part of it that no other line has or what
 * "alert list" shows for one of its rules, or a whole alert sentence that stands nowhere yet.
 * Refused with one sentence when it is none of these, and when it can never be decided as written.
 * file: the runbook, "" the one of reeve.yaml. */
MUST_USE bool local_find_rule(struct app *app, struct str words, struct str file,
                              struct local_rule *local, struct err *err);
/* A moment (base/moment.h) that was already. */
MUST_USE bool local_parse_when(struct str words, struct instant now, struct instant *out_at,
                               struct err *err);
/* The same; refused when no time lies between it and now. */
MUST_USE bool local_parse_since(struct str words, struct instant now, struct instant *out_at,
                                struct err *err);

#endif
