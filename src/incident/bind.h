/* bind.h - which box of a checklist is ticked by which action, by the words of the runbook.
 *
 * Promises: a box is bound only when all of its words before a bracket, colon or dash are those of
 * the table in bind.c; what only looks alike ("Schedule postmortem", "Deploy fix to staging") is
 * for people. Refuses: to guess. */
#ifndef INCIDENT_BIND_H
#define INCIDENT_BIND_H

#include "base/str.h"

enum tick_binding {
    TICK_BY_HAND,
    TICK_ACKNOWLEDGED, /* "Acknowledge alert" */
    TICK_CHANNEL,      /* "Create incident channel" */
    TICK_SEVERITY,     /* "Assess impact and severity": changed or confirmed by a person */
    TICK_MITIGATED,    /* "Implement immediate mitigation" */
    TICK_DIAGNOSIS,    /* "Begin root cause analysis": a run or a role for it */
    TICK_FIXED,        /* "Deploy fix": a linked run that ended well */
    TICK_POSTMORTEM,   /* "Write postmortem": the incident is closed with it */
    TICK_BINDINGS
};

enum tick_binding tick_binding_of(struct str text);
/* What ticks it, for people: "ticked by the acknowledgement"; "" for TICK_BY_HAND. */
const char *tick_binding_words(enum tick_binding binding);

#endif
