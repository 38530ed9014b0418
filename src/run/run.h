/* run.h - runs of procedures: what was planned, what happened, what comes next.
 *
 * A run keeps the steps that the runbook had when it began; a newer runbook does not change it.
 * Promises: state changes only by folding events; decisions read the folded state, so a crash at
 * any moment changes nothing, and after folding what was decided nothing more is decided at the
 * same now. A step is started at most once by itself: a failed or doubted one waits for a person.
 * Refuses: to run what was not approved where approval is asked (approval.h); to skip without a
 * reason; to take a step in doubt for done.
 *
 *   planned     its turn has not come
 *   waiting     its turn comes at a known time ("after 24 hours")
 *   approval    somebody else has to agree first
 *   ready       a person can do it now, or Reeve begins it in this turn; or it has a condition
 *               that nobody has decided (answer.h), and then nothing of it or below it begins
 *   running     begun
 *   done, failed, doubted, skipped
 * A failed command of an action with retries is tried again by itself, and waits in between. A run
 * that is taken back goes on with what takes back the steps that were begun, the last one first.
 * The steps of a run come one after the other; boxes that stand beside each other in any order. A
 * failed or doubted step stops the run until it is retried or skipped, or, when it is doubted,
 * somebody says that it was done; but where the step behind it says what is to be done when it
 * fails, that step's turn has come. A step of the wall clock moves all open clocks with it. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "access/accounts.h"
#include "alert/alert.h"
#include "alert/rule.h"
#include "incident/incident.h"
#include "ledger/event.h"
#include "people/page.h"
#include "run/procedure.h"

enum { RUN_NAME_BYTES = 80, RUN_REASON_BYTES = 400, RUN_APPROVAL_MS = 60 * 60 * 1000 };
enum { RUNS_ENDED_KEPT = 50, RUN_APPROVERS_MAX = 5 };
enum { RUN_ENVIRONMENT_BYTES = 64, RUN_TITLE_BYTES = 256 };

enum run_step_state {
    RUN_STEP_PLANNED,
    RUN_STEP_WAITING,
    RUN_STEP_APPROVAL,
    RUN_STEP_READY,
    RUN_STEP_RUNNING,
    RUN_STEP_DONE,
    RUN_STEP_FAILED,
    RUN_STEP_DOUBTED,
    RUN_STEP_SKIPPED,
    RUN_STEP_STATES
};

enum run_state {
    RUN_GOING,   /* a step runs, waits or is a person's turn */
    RUN_STOPPED, /* a step failed or is in doubt */
    RUN_CANCELLED,
    RUN_DONE,
    RUN_STATES
};

/* A file that was attached to a step. */
struct run_attachment {
    struct str name; /* "" when it was erased */
    char digest[HASH_HEX_BYTES];
    int64_t bytes, entry; /* entry: of the ledger, that holds the name */
    char by[RUN_NAME_BYTES];
    struct instant at;
    bool erased;
};

/* Who has agreed to a step, and to what. */
struct run_approver {
    char actor[RUN_NAME_BYTES];  /* "program:gate" */
    char person[RUN_NAME_BYTES]; /* who that counts as: "person:ana", who made its token */
    char digest[HASH_HEX_BYTES];
    struct instant at, until; /* as said: they are not moved with the clock */
    const char *lost;         /* why it counts no more, or NULL; static text */
};

/* That somebody refused a step, and who asked for it again. The last one of each. */
struct run_refusal {
    int count; /* how often it was refused */
    char by[RUN_NAME_BYTES], why[RUN_REASON_BYTES];
    struct instant at;
    int64_t entry;                 /* of the ledger, that holds why */
    char again_by[RUN_NAME_BYTES]; /* "": nobody has */
    char again_person[RUN_NAME_BYTES];
    char again_why[RUN_REASON_BYTES];
    struct instant again_at;
    int64_t again_entry;
};

/* Fields up to approvals are as planned and do not change. */
struct run_step {
    enum step_does does;
    enum step_when when;
    int parent, depth;
    int64_t line;
    char statement[17];
    struct str text, action, command, note; /* live in the run's arena */
    struct str people;                      /* whom it tells, as procedure_step has it */
    struct step_condition condition;        /* what is asked before it begins */
    int64_t time_ms, deadline_ms, every_ms;
    int retries; /* as often it is tried again by itself */
    int time_months;
    int approvals;
    bool free, endless;

    bool begun, finished, failed, doubted, skipped; /* as folded; see run_step_state */
    bool overdue;                                   /* its last date has passed, and was said */
    bool stopping; /* a person ends the watching of an endless command */
    char stopped_by[RUN_NAME_BYTES];
    bool decided, holds; /* its condition was answered; with yes */
    bool left_out;       /* skipped, because a condition said so */
    bool ending;  /* its run was cancelled while it ran, and perhaps resumed before it had ended */
    bool cut_off; /* it failed because its run was cancelled, or it never began */
    int rounds;   /* of CONDITION_UNTIL: how often its steps have begun again */
    int tries;
    int tries_before;              /* those of earlier rounds of a loop around it */
    struct str decided_by, why;    /* who answered, and by what */
    struct instant started, ended; /* as recorded */
    struct instant from;           /* the start, re-based: holds and deadlines count from it */
    int64_t unwatched_ms;          /* of a hold, at most: Reeve was not there */
    struct instant ended_base;     /* the end, re-based */
    char by[RUN_NAME_BYTES];       /* who did it */
    char detail[RUN_REASON_BYTES]; /* what is known of its end */
    char output[HASH_HEX_BYTES];   /* digest of the output, or "" */
    int64_t output_bytes;
    int64_t detail_entry;          /* of the ledger, when the detail is a text that can be erased */
    bool refused;                  /* it failed because somebody refused it */
    int round;                     /* grows when it is tried again or its run is cancelled */
    char begun_as[HASH_HEX_BYTES]; /* digest of what was to run when its start was recorded */
    struct run_refusal *refusal;   /* NULL: it never was */
    struct run_approver *approvers; /* room for RUN_APPROVERS_MAX, or NULL before the first */
    int approver_count;
    struct run_attachment *attachments;
    size_t attachment_count, attachment_capacity;
    size_t attachments_before; /* those of earlier rounds */
};

struct run_value {
    struct str name, value; /* value "": it was erased */
    int64_t entry;          /* of the ledger, that holds the value */
};

struct run_values {
    struct run_value *items;
    int count;
};

struct run {
    struct arena arena; /* everything below it */
    int64_t number;
    enum run_state state;
    struct str procedure, statement, digest, opened_by;
    struct str environment;   /* of a rehearsal; "" in production */
    struct str plan;          /* of a rehearsal: what production's procedure was then */
    struct str opened_person; /* who that counts as: who made the API token it was opened by */
    /* Who took it back, or resumed it after it was cancelled, last: what then runs is their wish.
     */
    struct str again_by, again_person;
    struct instant again_at;
    int64_t line;
    struct instant opened, opened_base, ended;
    struct instant dates_base; /* where its dates count from instead; re-based; zero: opened_base */
    struct run_step *steps;
    int step_count, step_capacity;
    int wanted; /* steps that were planned, or are to be */
    bool taken_back;
    struct run_values values;
    struct run *next_free;
    bool cancelled;
};

struct runs {
    struct run **items; /* by number; open ones and the RUNS_ENDED_KEPT newest that ended */
    size_t count, capacity;
    size_t open_count;
    int64_t last_number;
    struct run *free_runs;
    struct rehearsed *rehearsed; /* rehearsal.h */
    size_t rehearsed_count, rehearsed_capacity;
    struct arena *arena; /* of items and of the runs themselves */
};

/* What decisions and commands read. */
struct run_world {
    const struct runs *runs;
    const struct procedures *procedures;
    const struct run_settings *settings;
    const struct program *program;
    const struct access *access;
    const struct people *people;
    const struct pages *pages;
    const struct rules *rules;
    const struct alerts *alerts;
    const struct evaluation *evaluations; /* one per rule, or NULL before the first */
    const struct incidents *incidents;    /* NULL: no run is linked with one */
    struct instant now;
};

struct run_call {
    struct str actor;     /* "person:ana" */
    struct str behind;    /* of a program: the person who made its API token; else "" */
    int64_t number, step; /* step from 1; 0: the one whose turn it is */
    struct str name;      /* of a procedure */
    struct str rehearse;  /* the environment of a rehearsal, or "" */
    struct str text;      /* note or reason */
    struct str values;    /* "NAME=value", parted by line feeds */
    struct str files;     /* of a tick, as evidence.h tells them, parted by line feeds */
    struct str digest;    /* of an approval: what was shown, or "" */
    bool is_plan;         /* nothing begins: what is in the way is not asked */
    struct str answer;    /* "yes" or "no" */
};

void runs_init(struct runs *runs, struct arena *arena);
void runs_done(struct runs *runs);
/* sequence: of the event's entry. A value whose text is erased is forgotten at once. */
void run_fold(struct runs *runs, const struct event *event, int64_t sequence);
void run_decide(const struct run_world *world, struct event_list *out);
/* When run_decide next has something to do by the clock; zero: never. */
struct instant run_next_due(const struct run_world *world);

struct run *run_find(const struct runs *runs, int64_t number); /* NULL: not in the state */
enum run_step_state run_step_state(const struct run_world *world, const struct run *run, int step);
/* When a waiting step's turn comes or it is tried again, a running hold ends, or a step is due;
 * zero: no such time. */
struct instant run_step_due(const struct run *run, int step);
/* The last date that the text gives the step; zero: none. */
struct instant run_step_last_date(const struct run *run, int step);
/* How often its condition is tested until it holds; 0: its command runs once. */
int64_t run_step_every_ms(const struct run_step *step);
/* Did it fail, and is it tried again by itself? */
bool run_step_tries_again(const struct run_step *step);
/* Is it the turn of this step, in the order of the run? */
bool run_step_is_next(const struct run *run, int step);
/* The step that the run waits for: the first that is not over; -1: none. */
int run_current(const struct run *run);
bool run_is_open(const struct run *run);
/* Has it a condition that nobody has decided? */
bool run_step_asks(const struct run_step *step);
/* Why Reeve cannot answer what the step asks, in arena; "" when nothing is known of it. */
struct str run_step_unanswered(const struct run_world *world, struct arena *arena,
                               const struct run *run, int step);
/* Nothing of it is to come: done, skipped, or failed and dealt with by the step behind it. */
bool run_step_is_over(const struct run *run, int step);
/* Did what it does fail, with no more tries to come, and not because somebody ended it? */
bool run_step_surely_failed(const struct run_step *step);
/* The step that says what is to be done when this one fails; -1: none, or it was skipped. */
int run_step_handler(const struct run *run, int step);
/* The same while the step has failed and something of the handler has begun; else -1. */
int run_step_dealing(const struct run *run, int step);
/* Forgets what is known of its end. */
void run_step_clear_end(struct run_step *step);
const char *run_state_name(enum run_state state);
const char *run_step_state_name(enum run_step_state state);
/* Commands; false and one sentence when refused, nothing added. */
MUST_USE bool run_open(const struct run_world *world, const struct run_call *call,
                       struct event_list *out, struct err *err);
MUST_USE bool run_tick(const struct run_world *world, const struct run_call *call,
                       struct event_list *out, struct err *err);
MUST_USE bool run_skip(const struct run_world *world, const struct run_call *call,
                       struct event_list *out, struct err *err);
MUST_USE bool run_retry(const struct run_world *world, const struct run_call *call,
                        struct event_list *out, struct err *err);
/* Answers the question of a step; answer: yes or no. text: a note. */
MUST_USE bool run_answer(const struct run_world *world, const struct run_call *call,
                         struct event_list *out, struct err *err);
/* Ends the watching of an endless command: it counts as done by who asks. text: a note. */
MUST_USE bool run_stop(const struct run_world *world, const struct run_call *call,
                       struct event_list *out, struct err *err);
MUST_USE bool run_cancel(const struct run_world *world, const struct run_call *call,
                         struct event_list *out, struct err *err);
/* text: why. What is still to be done is skipped. */
MUST_USE bool run_undo(const struct run_world *world, const struct run_call *call,
                       struct event_list *out, struct err *err);
/* How many steps would take the run back; 0: nothing can be. */
int run_undo_count(const struct run_world *world, const struct run *run);
MUST_USE bool run_resume(const struct run_world *world, const struct run_call *call,
                         struct event_list *out, struct err *err);
/* The end of a command, for the engine to record; nothing when the step no longer runs. */
enum run_step_outcome { RUN_STEP_WAS_DONE, RUN_STEP_DID_FAIL, RUN_STEP_IN_DOUBT };
struct run_step_end {
    enum run_step_outcome outcome;
    struct str detail;
    struct str output; /* digest, or "" */
    int64_t output_bytes;
    bool unbegun; /* it certainly did not begin */
};
void run_finish(const struct run *run, int step, const struct run_step_end *end, struct instant now,
                struct event_list *out);

#endif
