/* runs.h - a core with a runbook and no outside, for tests of runs: people ask, the clock jumps. */
#ifndef TEST_RUNS_H
#define TEST_RUNS_H

#include "harness/core.h"
#include "harness/test.h"
#include "run/run.h"

struct rig {
    struct core core;
    struct arena *arena;
    struct instant now;
    struct program *program;
    struct run_settings settings;
    struct err err; /* of what was asked last */
};

/* Reads the runbook and starts the core at 2026-06-01 09:00 UTC, commands switched on. */
void rig_start(struct rig *rig, struct arena *arena, const char *runbook);
void rig_restart(struct rig *rig);
void rig_done(struct rig *rig);
/* Time passes, with a turn at its end. */
void rig_pass(struct rig *rig, int64_t ms);

typedef bool ask_function(const struct run_world *world, const struct run_call *call,
                          struct event_list *out, struct err *err);
/* Asks, makes it durable and has a turn; false when refused (rig->err). */
bool rig_ask(struct rig *rig, ask_function *function, struct run_call call);
/* Approves step 1 of the newest run by the digest of what it would do now. */
bool rig_approve_shown(struct rig *rig, const char *actor);
/* "ana" starts it. */
bool rig_run(struct rig *rig, const char *procedure, const char *values);
struct run *rig_newest(struct rig *rig);
enum run_step_state rig_state(struct rig *rig, int step); /* of the newest run; step from 1 */
/* A command's end, as the worker tells it. */
void rig_finish(struct rig *rig, int step, enum run_step_outcome outcome, const char *detail);
void rig_record(struct rig *rig, const struct event_list *events);
/* How many facts of a kind the ledger has. */
int rig_count(struct rig *rig, enum event_kind kind);

#endif
