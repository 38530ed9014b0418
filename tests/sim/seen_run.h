/* seen_run.h - what the checker of runs has read of them in the ledger. */
#ifndef SIM_SEEN_RUN_H
#define SIM_SEEN_RUN_H

#include "base/instant.h"
#include "base/text.h"

enum { STEPS_MAX = 32, APPROVERS_MAX = 4, TOLD_MAX = 4 };

struct seen_approver {
    struct str actor, digest;
    struct instant until;
    bool lost;  /* the clock was set, or what they may do was taken from them */
    bool other; /* what they may do has changed somehow: they may be asked again */
};

struct seen_mail {
    int64_t of_try;       /* in which it was asked for last */
    bool waits, sent_now; /* asked for and not begun; begun and without a result */
    bool told;
};

struct seen_step {
    bool command, title, box;
    char form;           /* of its condition: 'i' if, 'n' unless, 't' until; 0: none */
    int of, first, last; /* the steps that it speaks of, or -1 */
    bool fails;          /* it asks whether that failed, and is for when it did */
    bool decided, out;   /* answered; left out by an answer */
    bool cut_off;        /* it failed with its run, or never began */
    int64_t rounds, tries_before;
    bool notice;
    struct str people;                /* whom it tells: "ana, eva" */
    struct seen_mail mails[TOLD_MAX]; /* to them */
    bool doubted_mail;                /* one of them was in doubt once */
    bool endless;
    struct str stopper; /* who ended the watching in this try, or "" */
    int64_t depth, approvals, tries, retries;
    bool running, over, bad, doubted, refused, retried, overdue;
    struct seen_approver approvers[APPROVERS_MAX];
    int approved;
};

struct seen_run {
    struct str opener;
    bool rehearses;
    struct seen_step steps[STEPS_MAX];
    int count;
    bool cancelled, ended;
};

/* What stands below it ends before this one. */
int seen_end_of(const struct seen_run *run, int at);
/* It has failed for good, and a step behind it says what is to be done then. */
bool seen_is_dealt_with(const struct seen_run *run, int at);
/* Nothing of it is to come. */
bool seen_is_passed(const struct seen_run *run, int at);
/* "until:2-6 not-failed:3 …", as the plan has it. */
void seen_read_condition(struct seen_step *step, struct str condition);
bool seen_is_asked(const struct seen_run *run, int at);
/* Is its own condition, and that of each title above it, decided? */
bool seen_may_begin(const struct seen_run *run, int at);
void seen_set_back(struct seen_step *step);
/* Who speaks of the step asks anew, unless something of it has begun. */
void seen_forget(struct seen_run *run, int of);

#endif
