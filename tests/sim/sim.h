/* sim.h - the whole core driven from a seed: world, engine and store, with everything outside it
 * scripted.
 *
 * Chance is a hash of seed, purpose and place, never a stream, so that a run with a crash meets the
 * same outside as the run without. A crash is at one append: the batch is lost, or it is durable
 * and nothing after it happens. Promises: the same seed and crash give the same run.
 * Refuses: files, sockets, the clock - a second here is an addition. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "access/caller.h"
#include "harness/core.h"
#include "harness/test.h"
#include "people/bundle.h"

enum {
    SIM_RUNBOOKS = 3,
    SIM_PEOPLE = 4,
    SIM_TARGETS = 2,
    SIM_SIGNALS_MAX = 16,
    SIM_WORKERS = 3,
    SIM_RUN_WORKERS = 16,
    SIM_MISSING_MS = 20000,
    SIM_BEATS = 3,
    SIM_SWINGING = 6, /* the signal that does in some runs */
    SIM_INBOUNDS = 4, /* alerts of other systems */
    SIM_STEPS = 120,
    SIM_DRAIN_STEPS = 130
};

/* What does not change: made once for all runs. */
struct company {
    struct program *runbooks[SIM_RUNBOOKS];
    struct str roles[SIM_PEOPLE][2];
    struct person persons[SIM_PEOPLE];
    struct people people;
    struct str primary[1], secondary[1];
    struct rota_slot slots[2];
    struct rota_layer layers[2];
    struct rota rotas[2];
    struct str targets[SIM_TARGETS];
};

struct plan {
    uint64_t seed;
    enum crash crash;
    int64_t crash_at;   /* number of the append, from 1 */
    bool storm;         /* crashes at random appends too */
    int64_t fail_from;  /* store fails from this step … */
    int64_t fail_steps; /* … this long; 0: never */
    int64_t *seen;      /* counts entries by kind, EVENT_KINDS of them; or NULL */
};

struct flight { /* an order that a worker has */
    char id[PAGE_ID_BYTES];
    int64_t try_number;
    int64_t due_ms;
    enum page_outcome outcome;
    bool sends; /* the page really goes out */
    bool twice; /* answers twice */
    bool running;
    struct page_count *counts[BUNDLE_PAGES_MAX]; /* of the pages in its message */
    size_t count;
};

struct run_flight { /* a command that a worker has; it outlives the core */
    int64_t run, try_number;
    int step;
    int64_t due_ms;
    enum run_step_outcome outcome;
    bool twice; /* told twice */
    bool running;
};

struct sim_inbound { /* what another system says of one alert */
    bool fires;
    bool told; /* and it was answered that this was taken */
    struct instant starts;
};

struct page_count {
    int64_t sent;    /* really */
    int64_t excused; /* times that nobody could know whether it went out */
};

struct sim {
    const struct company *company;
    struct plan plan;
    struct arena arena; /* of the run */
    struct core core;
    int64_t crashes;

    int64_t step;
    int64_t boot_ms;   /* of the clock that never jumps */
    int64_t offset_ms; /* wall clock less that */
    int runbook;
    bool draining;
    int trouble[SIM_SIGNALS_MAX]; /* 0 well, 1 warning, 2 critical, 3 no traffic */
    bool silent[SIM_TARGETS];
    int64_t fed_ms;
    struct flight flights[SIM_WORKERS];
    struct map page_counts; /* by page id: struct page_count */
    struct run_flight run_flights[SIM_RUN_WORKERS];
    struct map executed; /* commands that were begun, by "run.step.try" */
    int64_t replies;
    struct map talks;     /* by incident: what was really posted in its channel (channels.c) */
    int64_t lost_answers; /* of the chat server, that could not be written */
    struct sim_inbound inbounds[SIM_INBOUNDS];
    struct str beat_file;            /* of what was heard, as it was written last; "": none */
    int64_t beat_boot_ms[SIM_BEATS]; /* when each was heard of last; 0: never */
};

void company_make(struct company *company, struct arena *arena);
/* Puts people, signals and the runbook of now into the core's world. */
void company_compose(struct sim *sim);
void company_take_runbook(struct sim *sim, int runbook);
/* Readings of all targets up to now, and what the rules say of them. */
void company_feed(struct sim *sim);

/* A number below limit by seed, purpose and two places. */
uint64_t sim_chance(const struct sim *sim, const char *purpose, int64_t place, uint64_t limit);
struct instant sim_now(const struct sim *sim);
_Noreturn void sim_fail(const struct sim *sim, const char *format, ...) PRINTF_LIKE(2, 3);
/* Runs the plan to its end and checks everything; returns the appends it took. */
int64_t sim_run(const struct company *company, struct plan plan);

/* Heartbeats: the file is read, jobs say something, and nothing that was heard of is late. */
void beats_open(struct sim *sim);
void beats_say(struct sim *sim);
void beats_check(struct sim *sim);
/* Those of the configuration of now. */
struct beat_plans beats_of(int runbook);

/* The chat server. */
void channels_answer(struct sim *sim);
void channels_check(struct sim *sim);

/* Outside. */
void outside_release(struct sim *sim);
void outside_answer(struct sim *sim);
void outside_call(struct sim *sim);
/* Alerts of other systems; at the end all are resolved. */
void outside_inbound(struct sim *sim);
void outside_acknowledge_all(struct sim *sim);
/* Commands that begin, and what their workers tell, lost, late and twice. */
void outside_run_release(struct sim *sim);
void outside_run_answer(struct sim *sim);
/* People start procedures and tick, skip, retry, stop, resume and approve; at the end each open run
 * is brought to its end. */
void outside_run_call(struct sim *sim);
void outside_run_finish_all(struct sim *sim);
/* Performs words as a caller; true when it was replied to. */
bool outside_perform(struct sim *sim, struct caller caller, int argc, const char *const *argv);
/* The core is gone: what workers had begun may have gone out. */
void outside_crash(struct sim *sim);
struct page_count *outside_count(struct sim *sim, struct str page);

/* Checks; each fails the case with seed and step. */
void check_turn(struct sim *sim, size_t entries_before);
void check_ledger(struct sim *sim);
void check_refold(struct sim *sim);
/* Of the state after a turn, and of all that was recorded of runs. */
void check_run_state(struct sim *sim);
void check_run_ledger(struct sim *sim);
void check_run_digest(struct json_writer *w, const struct world *world);
struct event check_event_at(struct sim *sim, struct arena *arena, size_t at);
void check_pages(struct sim *sim);
/* Everything that people can see of the folded state, as JSON. */
struct str check_digest(const struct world *world, struct arena *arena);

#endif
