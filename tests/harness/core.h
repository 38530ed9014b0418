/* core.h - the whole core under a test's clock: a ledger in memory, a world and an engine that can
 * be started, crashed at an append and started again.
 *
 * Promises: the same calls at the same instants give the same ledger; what was appended survives a
 * crash and nothing else does.
 * Refuses: files, sockets, the clock: a second here is an argument. What the world is filled with
 * (runbook, people, signals) is the caller's, between core_open and core_replay. */
#ifndef HARNESS_CORE_H
#define HARNESS_CORE_H

#include "engine/engine.h"
#include "harness/memory_store.h"

enum crash {
    CRASH_NEVER,
    CRASH_LOST,   /* the batch is lost */
    CRASH_DURABLE /* the batch is on disk, and nothing after it happens */
};

struct core;

struct core_gate { /* stands before the memory store: crashes */
    struct store store;
    struct core *core;
};

struct core {
    struct memory_store memory;
    struct core_gate gate;
    int64_t appends; /* tried so far; the one being tried is counted */
    /* Asked before each append; NULL: never. */
    enum crash (*crash)(void *context, const struct ledger_entry *entries, size_t count);
    void *context;
    struct instant seen;   /* as the daemon's mark: when a turn was done last … */
    int64_t seen_sequence; /* … and the newest entry then; it outlives the core */
    bool crashed;          /* at an append; everything fails from then on, until core_open */

    /* Made anew at each start. */
    bool up;
    struct arena arena, evaluation_arena;
    struct world world;
    struct engine engine;
    int64_t clock_offset_ms; /* of the wall clock, as known */
};

void core_init(struct core *core);
void core_done(struct core *core);

/* A new process: an empty world. */
void core_open(struct core *core);
/* After the world was filled: everything that is in the ledger, once more. */
MUST_USE bool core_replay(struct core *core, struct err *err);
/* The fact that it runs; false when it could not be written. */
MUST_USE bool core_record_start(struct core *core, struct instant now);
/* A turn at now is done. */
void core_mark_seen(struct core *core, struct instant now);
/* The process is gone. */
void core_close(struct core *core);

/* What the rules say of the telemetry at now. */
void core_evaluate(struct core *core, struct instant now);
/* Records a step of the wall clock against the clock that never jumps; offset_ms is the one less
 * the other. */
void core_watch_clock(struct core *core, struct instant now, int64_t offset_ms);

#endif
