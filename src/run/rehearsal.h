/* rehearsal.h - rehearsals: runs in another environment than production, and what is remembered of
 * the newest ones of each procedure.
 *
 * A rehearsal sees the configuration of its environment in place of production's: variables,
 * folder, and the commands that it names itself. It is whole when every step of it was done:
 * nothing skipped, nothing taken back.
 * A procedure is one of recovery when its name, or a heading above it, has one of the words
 * restore, recover, rollback ("roll back"), disaster, failover ("fail over") or a form of them, or
 * when its own name is an action that brings something back ("db:restore"). Promises: a rehearsal
 * never falls back on what is production's: an environment that lacks one of its variables is
 * refused, before a run and before each command. Refuses: anything outside; the text of a warning
 * that depends on more than state and instant. */
#ifndef RUN_REHEARSAL_H
#define RUN_REHEARSAL_H

#include "run/run.h"

/* Another environment, by its name in reeve.yaml. */
struct run_environment {
    struct str name;
    struct run_settings settings;
};

struct rehearsal {
    int64_t run; /* 0: there was none */
    char environment[RUN_ENVIRONMENT_BYTES];
    char by[RUN_NAME_BYTES];
    char plan[HASH_HEX_BYTES]; /* of what the procedure was then */
    struct instant opened, ended;
    int64_t took_ms;
    int left_out; /* steps that were skipped */
    bool taken_back;
};

/* What is known of one procedure; lives as long as the state. */
struct rehearsed {
    char statement[17];
    char procedure[RUN_TITLE_BYTES];
    struct rehearsal last;  /* begun last */
    struct rehearsal whole; /* the newest in which every step was done */
};

enum { REHEARSED_MAX = 1000 }; /* procedures; the one rehearsed longest ago makes room */

/* Why somebody should rehearse it. */
enum rehearsal_lack {
    REHEARSAL_FINE,
    REHEARSAL_NEVER,
    REHEARSAL_NOT_WHOLE, /* never with every step done */
    REHEARSAL_CHANGED,   /* it is another plan since */
    REHEARSAL_OLD
};

/* As the environment sees it, in arena; name "" is production, and changes nothing. Refused with
 * one sentence when there is no such environment or it lacks a variable. */
MUST_USE bool run_world_in(const struct run_world *world, struct arena *arena, struct str name,
                           struct run_world *out_world, struct err *err);
/* The settings that the run's commands are begun with; NULL: its environment is not in reeve.yaml
 * any more, or lacks a variable, and then none begins. */
const struct run_settings *run_settings_of(const struct run_world *world, const struct run *run);
/* Why a rehearsal's commands do not begin, in arena; "" when they do. */
struct str run_environment_problem(const struct run_world *world, struct arena *arena,
                                   const struct run *run);

bool procedure_recovers(const struct procedure *procedure);
/* The statement that says how long the procedure may take (RTO): the nearest under a heading that
 * the procedure stands below, else one about what its name or headings speak of, else the only one
 * of the runbook. -1: none. */
int procedure_objective(const struct program *program, struct arena *arena,
                        const struct procedure *procedure);
/* What the procedure is: its steps, their times and their commands as in production. */
void procedure_plan_digest(const struct procedure *procedure, char out_hex[HASH_HEX_BYTES]);

/* What is known of the procedure of that title that this statement owns; NULL: never rehearsed. */
const struct rehearsed *rehearsed_find(const struct runs *runs, struct str statement,
                                       struct str title);
enum rehearsal_lack rehearsal_judge(const struct rehearsed *rehearsed, const char *plan,
                                    int64_t within_ms, struct instant now);

/* For run_fold. */
void rehearsal_fold_opened(struct runs *runs, const struct run *run);
void rehearsal_fold_ended(struct runs *runs, const struct run *run, const struct event *event);

#endif
