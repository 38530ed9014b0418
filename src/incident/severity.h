/* severity.h - the severities of a runbook: how soon to answer, and whom to escalate to when.
 *
 * Promises: compiled once from the program and immutable; where the document is silent, the default
 * of severity.c stands in and is marked so. Clocks are counted from the incident's opening (its
 * reopening, when it was), so that a changed severity re-bases them.
 * Refuses: to have no answer - a severity that the document no longer knows keeps its rank where it
 * is P0 to P3, which mean one in every document, and goes by the clocks of the next graver one that
 * is left, else of the worst one. */
#ifndef INCIDENT_SEVERITY_H
#define INCIDENT_SEVERITY_H

#include "base/instant.h"
#include "incident/bind.h"
#include "incident/breach.h"
#include "runbook/program.h"

enum {
    SEVERITY_LEVELS_MAX = 8,
    SEVERITY_STEPS_MAX = 4,
    CHECKLIST_ITEMS_MAX = 32,
    SEVERITY_USUAL = 4, /* P0 to P3 */
    SEVERITY_WORDS_BYTES = 17,
    SEVERITY_QUIET_RANK = 3 /* from this rank on: one message in working hours, no repeated pages */
};

struct severity_step {
    int64_t after_ms; /* since opening; 0: at once */
    struct str to;    /* "CTO"; "" = nobody named */
    int line;         /* in the runbook; 0: default */
    bool unanswered;  /* only while nobody has acknowledged */
    /* What it says, as a hash: it is the same one wherever it stands in a runbook that was edited.
     * No two of a plan have the same one. */
    char words[SEVERITY_WORDS_BYTES];
};

struct severity_level {
    struct str id; /* "P1" */
    int rank;      /* 0 is worst */
    struct str word, when;
    int line; /* 0: not in the document */
    int64_t respond_ms;
    bool respond_is_default;
    int64_t update_ms;  /* an update at least so often while it is going on; 0: nobody says */
    int update_line;    /* in the runbook; 0: reeve.yaml says it */
    int64_t resolve_ms; /* to be resolved so soon; 0: nobody says */
    int resolve_line;
    struct severity_step steps[SEVERITY_STEPS_MAX];
    int step_count;
};

struct checklist_item {
    int line;
    struct str text;
    enum tick_binding binding;
    char words[SEVERITY_WORDS_BYTES]; /* as a step's */
};

/* What reeve.yaml says of a severity where the runbook is silent: `incidents: updates:` and
 * `resolution:`; 0: nothing. */
struct severity_time {
    struct str severity;
    int64_t update_ms, resolve_ms;
};

/* Which severity an alert's level opens: reeve.yaml's `alerts:`. "" takes P1 and P3. */
struct severity_mapping {
    struct str critical, warning;
    const struct severity_time *times;
    size_t time_count;
};

struct severity_plan {
    struct severity_level levels[SEVERITY_LEVELS_MAX]; /* worst first */
    int level_count;                                   /* at least 1 */
    struct severity_level
        gone[SEVERITY_USUAL]; /* what stands in for P0 to P3: id is whose clocks */
    struct severity_mapping mapping;
    struct checklist_item checklist[CHECKLIST_ITEMS_MAX];
    int checklist_count;
    struct breach_plan breach;
};

/* Strings point into the program and the mapping, which must outlive the plan. program may be NULL:
 * the defaults. */
void severity_plan_make(const struct program *program, const struct severity_mapping *mapping,
                        struct severity_plan *out_plan);
/* NULL when the plan has no such severity; case does not matter. */
const struct severity_level *severity_find(const struct severity_plan *plan, struct str id);
/* As severity_find; when there is none, what stands in for it: its id is that of the severity by
 * whose clocks it goes, its rank its own. */
const struct severity_level *severity_get(const struct severity_plan *plan, struct str id);
/* What an alert of level "critical", "warning" or a severity's own id opens. An unknown level is
 * treated as critical. */
const struct severity_level *severity_of_alert(const struct severity_plan *plan, struct str level);

#endif
