/* page_run.h - pieces of HTML about runs and procedures that the page's own files share.
 *
 * Promises: states are said in words; a form is shown only where the state takes what it asks. */
#ifndef FACE_PAGE_RUN_H
#define FACE_PAGE_RUN_H

#include "base/limits.h"
#include "face/page_internal.h"

/* How the parts of a run are said (page_words.c). */
struct state_words {
    const char *name; /* as the views have it: "doubted" */
    const char *word; /* as people read it: "In doubt" */
    const char *mark; /* its CSS class */
};
const struct state_words *run_words(struct str state);
const struct state_words *step_words(struct str state);
/* The state within a sentence: "in doubt". */
struct str state_said(struct str state);
bool step_is_over(const struct run_step_view *step);
bool step_is_bad(const struct run_step_view *step); /* failed, or in doubt */
/* Is there a moment still to come, or missed: its turn, its end, its last date? */
bool step_has_due(const struct run_step_view *step);
void state_mark_write(struct text *text, const struct state_words *words);
/* The first line of a text, cut to what fits beside others. */
struct str first_words(struct str text);
/* "person:ana" as "ana". */
void who_write(struct text *text, struct str actor);
/* "lasts 30 min", "not before 24 h after the step before it"; nothing when it has no time. */
void when_write(struct text *text, struct str when, int64_t time_ms, int time_months);
/* "rehearsal in staging", when it is one. */
void environment_write(struct text *text, struct str environment);
/* "by Reeve"; of a title "". */
const char *does_words(struct str does, bool has_command);
void people_write(struct text *text, struct str people); /* whom a step tells; "": nothing */
/* As it is run or typed; nothing when there is none. */
/* What an approval of the step would let happen. */
void approval_write(struct text *text, const struct run_step_view *step, struct instant now);
void command_write(struct text *text, struct str command, const char *label);
/* What makes a step read otherwise than it runs, a line each. */
void warnings_write(struct text *text, struct str warnings);
/* Why it is not as the runbook has it; nothing when it is. */
void note_write(struct text *text, struct str note);

/* The tables that SQL gave, with what the server says (page_table.c); result: JSON. */
void result_write(struct text *text, struct str result, int step);

/* Nested lists, one item a step: the caller writes what the item holds after each step_open. */
struct step_list {
    struct text *text;
    int depths[LIMIT_RUNBOOK_NESTING]; /* of the lists that are open */
    int count;
};
void step_list_next(struct step_list *list, int depth); /* closes what the item before left open */
void step_list_end(struct step_list *list);

/* One step of a run with what can be done about it (page_step.c). */
struct run_page {
    const struct run_view *run;
    struct str viewer;
    struct instant now;
    uint64_t hash; /* page_run_hash */
};
void step_write(struct text *text, const struct run_page *page, const struct run_step_view *step);
/* A form that posts an action of a run; step 0: of the whole run. */
void run_form_open(struct text *text, const struct run_page *page, const char *action, int step);
/* Who approved it, and until when the command that runs may (page_proof.c). */
void proof_write(struct text *text, const struct run_page *page, const struct run_step_view *step);
/* What somebody needs who compares a print of the page with the ledger (page_proof.c). */
void record_write(struct text *text, const struct run_page *page);
/* A term and its value of a list of facts; nothing where there is no value. */
void fact_write(struct text *text, const char *name, struct str value);
/* The run over time, a bar for each step that began (page_chart.c). */
void chart_write(struct text *text, const struct run_page *page);

#endif
