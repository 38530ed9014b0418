/* approval.h - agreeing to a step before it begins.
 *
 * An approval is of one digest: run, step, command, what its action is bound to now, values,
 * runbook, folder and environment. Promises: it counts for as long as it says and no longer; who
 * asked never gives it, nor one person twice, whichever name they come by; an approval that counts
 * no more is a fact with its reason; whoever may approve and has a mail address is asked once for
 * each digest, a fact before the mail; a command is compared again when it is launched. Whoever is
 * asked for what was refused before is told by whom, when and why, and why it is asked for again.
 * Refuses: to agree without naming the step; to agree to something else than was shown; to agree
 * to what was refused without having been shown that.
 * What cannot be known: that two accounts belong to one person. */
#ifndef RUN_APPROVAL_H
#define RUN_APPROVAL_H

#include "people/link.h"
#include "run/run.h"

enum { RUN_ASK_MS = LINK_LIFE_MS };

/* What an approval is bound to. */
void run_step_digest(const struct run_world *world, const struct run *run, int step,
                     char out_hex[HASH_HEX_BYTES]);
/* How many persons agree to the step as it would run now. */
int run_step_approved(const struct run_world *world, const struct run *run, int step);
/* Was it given at a moment that has not come yet? Then the clock was set while nobody saw it. */
bool run_approver_is_ahead(const struct run_world *world, const struct run_approver *approver);
bool run_approver_counts(const struct run_world *world, const struct run_approver *approver,
                         const char *digest);
/* May its command be launched, now that its start is a fact? ERR_REFUSED with the reason. */
MUST_USE bool run_step_may_launch(const struct run_world *world, const struct run *run, int step,
                                  struct err *err);

/* Who wants the step to begin: who started the run, who took it back or resumed it since, or who
 * asked for the step again after it was refused; the last of them. */
struct str run_step_asker(const struct run *run, int step);
/* Is it one of those who want it to begin? They do not approve it. */
bool run_step_is_asker(const struct run *run, int step, struct str person);
/* Who refused this step before, or the same command in another run of the procedure, and what came
 * of it: a sentence a line, or "". */
struct str run_step_objections(const struct run_world *world, const struct run *run, int step,
                               struct arena *arena);

MUST_USE bool run_approve(const struct run_world *world, const struct run_call *call,
                          struct event_list *out, struct err *err);
/* text: why. The step then has failed, and the run waits for a person. */
MUST_USE bool run_refuse(const struct run_world *world, const struct run_call *call,
                         struct event_list *out, struct err *err);

/* Approvals that count no more, and the pages that ask for approvals. */
void approval_decide(const struct run_world *world, struct event_list *out);
void approval_fold(struct run *run, struct run_step *step, const struct event *event);
/* Approvals of whoever may not approve any more, and of before the clock was set, are lost. */
void approval_fold_all(struct runs *runs, const struct event *event);

/* What would run, for whoever is to agree to it. */
struct approval_words {
    struct str runs;      /* the program and its arguments, one with blanks in ‹ › */
    struct str values;    /* variables that carry values of the run, a line each, or "" */
    struct str folder;    /* "" where commands are not switched on */
    struct str variables; /* names of its environment, or "" */
    struct str other;     /* what its action is bound to by now, when that is another command */
    struct str problem;   /* why it cannot be filled in, or "" */
    struct str warnings;  /* what makes it read otherwise than it runs, a line each, or "" */
    struct str refused;   /* run_step_objections */
};
struct approval_words approval_words(const struct run_world *world, const struct run *run, int step,
                                     struct arena *arena);

/* The mail. */
struct approval_mail {
    const struct run_world *world;
    const struct page *page;
    struct str url;        /* of the page with the form, or "" */
    struct str checkpoint; /* newest signed note, or "" */
};
struct str approval_subject(struct arena *arena, const struct approval_mail *mail);
struct str approval_text(struct arena *arena, const struct approval_mail *mail);
/* The words as part of a mail's header: one line, nothing hidden in it. */
struct str approval_header_line(struct arena *arena, struct str words);

/* Is the link good for approving now? ERR_REFUSED with a sentence; *out_step is then not set. */
MUST_USE bool approval_link_check(const struct run_world *world, const struct links *links,
                                  const struct link *link, int *out_step, struct err *err);
/* Records the use; to be appended together with the approval or refusal. */
void approval_link_use(const struct link *link, struct str actor, struct instant now,
                       struct event_list *out);

#endif
