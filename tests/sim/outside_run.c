/* outside_run.c - commands of runs that end, fail, vanish and tell late or twice, and people who
 * start, tick, skip, retry, stop, resume and approve at any moment. */
#include "sim.h"

#include "base/text.h"

enum { WORDS_MAX = 8, WATCHED_MS = 60 * 1000 };

static struct caller person(const char *name)
{
    struct str id = str_of(name);
    return (struct caller){.kind = CALLER_LOCAL,
                           .person = id,
                           .actor = str_is(id, "ben")   ? STR("person:ben")
                                    : str_is(id, "kim") ? STR("person:kim")
                                                        : STR("person:eva")};
}

static struct run_flight *find_flight(struct sim *sim, const struct run *run, int step)
{
    for (int i = 0; i < SIM_RUN_WORKERS; i++) {
        struct run_flight *flight = &sim->run_flights[i];
        if (flight->running && flight->run == run->number && flight->step == step &&
            flight->try_number == run->steps[step].tries)
            return flight;
    }
    return NULL;
}

static struct run_flight *find_room(struct sim *sim)
{
    for (int i = 0; i < SIM_RUN_WORKERS; i++)
        if (!sim->run_flights[i].running)
            return &sim->run_flights[i];
    return NULL;
}

/* What the command will do; of the same try always the same, whatever fell over before it. */
static void script_flight(struct sim *sim, struct run_flight *flight)
{
    int64_t place = flight->run * 4096 + flight->step * 64 + flight->try_number;
    uint64_t kind = sim->draining ? 0 : sim_chance(sim, "command", place, 20);
    flight->due_ms = sim->boot_ms + (int64_t)sim_chance(sim, "long", place, 6) * 1000;
    flight->outcome = kind < 11   ? RUN_STEP_WAS_DONE
                      : kind < 15 ? RUN_STEP_DID_FAIL
                                  : RUN_STEP_IN_DOUBT; /* its process is gone */
    flight->twice = kind % 4 == 0;
    if (kind == 10 || kind == 14) /* a result that comes when nobody waits for it any more */
        flight->due_ms += 300000;
}

/* Each start of the core's is carried out once: the folder of a try knows that it was begun. */
static void begin(struct sim *sim, const struct run *run, int step)
{
    static char present;
    struct str key =
        str_printf(&sim->arena, "%lld.%d.%d", (long long)run->number, step, run->steps[step].tries);
    struct run_flight *flight = find_room(sim);
    if (map_find(&sim->executed, key) || !flight)
        return;
    if (!map_put(&sim->executed, key, &present))
        sim_fail(sim, "too many commands");
    *flight = (struct run_flight){
        .run = run->number, .step = step, .try_number = run->steps[step].tries, .running = true};
    script_flight(sim, flight);
    if (run->steps[step].endless)
        flight->due_ms += WATCHED_MS;
}

static bool is_command_running(struct sim *sim, const struct run *run, int step)
{
    struct run_world view = world_runs(&sim->core.world);
    return run->steps[step].does == DOES_COMMAND &&
           run_step_state(&view, run, step) == RUN_STEP_RUNNING;
}

void outside_run_release(struct sim *sim)
{
    const struct runs *runs = &sim->core.world.runs;
    for (size_t i = 0; i < runs->count; i++) {
        const struct run *run = runs->items[i];
        for (int step = 0; run_is_open(run) && step < run->step_count; step++) {
            if (!is_command_running(sim, run, step))
                continue;
            struct run_flight *flight = find_flight(sim, run, step);
            if (flight && run->cancelled && flight->due_ms > sim->boot_ms) {
                flight->due_ms = sim->boot_ms; /* it is ended */
                flight->outcome = RUN_STEP_DID_FAIL;
            }
            if (flight && run->steps[step].stopping && flight->due_ms > sim->boot_ms) {
                flight->due_ms = sim->boot_ms; /* a person has seen enough */
                flight->outcome = RUN_STEP_WAS_DONE;
            }
            if (!flight)
                begin(sim, run, step);
        }
    }
}

/* False: it could not be written, and is told again. */
static bool tell(struct sim *sim, const struct run_flight *flight)
{
    static const char *const details[] = {"ended with 0", "ended with 3", "its process is gone"};
    struct arena arena;
    struct event_list events;
    struct err err = {0};
    bool good = true;
    const struct run *run = run_find(&sim->core.world.runs, flight->run);
    if (!run || !run_is_open(run))
        return true;
    /* As the daemon: what is told of an older try is of no use. */
    if (run->steps[flight->step].begun && run->steps[flight->step].tries != flight->try_number)
        return true;
    struct run_step_end end = {.outcome = flight->outcome,
                               .detail = str_of(details[flight->outcome])};
    arena_init(&arena);
    event_list_init(&events, &arena);
    run_finish(run, flight->step, &end, sim_now(sim), &events);
    if (events.count > 0)
        good = engine_append(&sim->core.engine, &events, &err);
    arena_done(&arena);
    return good;
}

void outside_run_answer(struct sim *sim)
{
    for (int i = 0; i < SIM_RUN_WORKERS && !sim->core.crashed; i++) {
        struct run_flight *flight = &sim->run_flights[i];
        if (!flight->running || sim->boot_ms < flight->due_ms || !tell(sim, flight))
            continue;
        flight->running = false;
        if (flight->twice && !sim->core.crashed)
            (void)!tell(sim, flight);
    }
}

static const char *word(struct arena *arena, int64_t number)
{
    return str_printf(arena, "%lld", (long long)number).p;
}

static void perform(struct sim *sim, const char *who, const char *const *words)
{
    int argc = 0;
    while (argc < WORDS_MAX && words[argc])
        argc++;
    (void)outside_perform(sim, person(who), argc, words);
}

/* Somebody agrees to what waits for it, one of two that are wanted. */
static bool agree(struct sim *sim, struct arena *arena)
{
    struct run_world world = world_runs(&sim->core.world);
    const struct runs *runs = &sim->core.world.runs;
    for (size_t i = 0; i < runs->count; i++)
        for (int k = 0; run_is_open(runs->items[i]) && k < runs->items[i]->step_count; k++) {
            if (run_step_state(&world, runs->items[i], k) != RUN_STEP_APPROVAL)
                continue;
            const char *run = word(arena, runs->items[i]->number);
            perform(sim, "kim", (const char *const[WORDS_MAX]){"approve", run, word(arena, k + 1)});
            return true;
        }
    return false;
}

/* Somebody answers the first question that is open. */
static bool answer(struct sim *sim, struct arena *arena)
{
    struct run_world world = world_runs(&sim->core.world);
    const struct runs *runs = &sim->core.world.runs;
    for (size_t i = 0; i < runs->count; i++)
        for (int k = 0; run_is_open(runs->items[i]) && k < runs->items[i]->step_count; k++) {
            const struct run *run = runs->items[i];
            if (!run_step_asks(&run->steps[k]) || run_step_state(&world, run, k) != RUN_STEP_READY)
                continue;
            const char *said = sim_chance(sim, "said", sim->step, 2) ? "yes" : "no";
            perform(sim, "eva",
                    (const char *const[WORDS_MAX]){"run", "answer", word(arena, run->number),
                                                   word(arena, k + 1), said});
            return true;
        }
    return false;
}

void outside_run_call(struct sim *sim)
{
    struct arena arena;
    int64_t last = sim->core.world.runs.last_number;
    arena_init(&arena);
    const char *run = word(&arena, last + 1 - (int64_t)sim_chance(sim, "run", sim->step, 4));
    const char *step = word(&arena, 1 + (int64_t)sim_chance(sim, "run step", sim->step, 8));
    static const char attached[] =
        "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae 3 seen.txt";
    const char *const scripts[][WORDS_MAX] = {
        {"run", "Simulated Release"},
        {"run", "Simulated Calls"},
        {"run", "Simulated Restart"},
        {"run", "Clean one up", "--set", "USER_ID=u-7"},
        {"run", "Clean one up"},
        {"run", "Simulated Release", "--rehearse", "staging"},
        {"run", "Simulated Calls", "--rehearse", "staging"},
        {"run", "tick", run, step, "--attach", attached},
        {"run", "tick", run},
        {"run", "tick", run, step},
        {"run", "tick", run, "--note", "seen"},
        {"run", "tick", run, step, "--note", "seen"},
        {"run", "skip", run, "--reason", "not today"},
        {"run", "skip", run, step, "--reason", "not today"},
        {"run", "retry", run},
        {"run", "retry", run, "--reason", "it did not happen"},
        {"run", "cancel", run, "wrong day"},
        {"run", "resume", run},
        {"run", "undo", run, "it is broken"},
        {"approve", run, step},
        {"approve", run, step},
        {"refuse", run, step, "not now"},
        {"refuse", run, step, "not now"},
        {"refuse", run, "1", "not now"},
        {"approve", run},
        {"run", "show", run},
        {"run", "list", "--all"},
        {"procedure", "list"},
        {"run", "Simulated Watch"},
        {"run", "Simulated Notice"},
        {"run", "Simulated Notice"},
        {"run", "Simulated Notice", "--rehearse", "staging"},
        {"run", "Simulated Choice"},
        {"run", "Simulated Choice", "--rehearse", "staging"},
        {"run", "answer", run, "yes"},
        {"run", "answer", run, "no"},
        {"run", "answer", run, step, "no", "--note", "seen"},
        {"run", "stop", run},
        {"run", "stop", run, "1"},
        {"run", "stop", run, step, "--note", "seen enough"},
    };
    enum { SCRIPTS = sizeof scripts / sizeof *scripts };
    uint64_t which = sim_chance(sim, "run call", sim->step, 2 * SCRIPTS);
    if (which >= SCRIPTS) /* people go on with what is open more often than anything else */
        which = 8 + which % 4;
    bool answers = which < 12 && which >= 8 && sim_chance(sim, "answers", sim->step, 2) > 0;
    const char *who = sim_chance(sim, "who", sim->step, 2) ? "eva" : "ben";
    /* A third one, so that two can agree to what either has started. */
    if (strcmp(scripts[which][0], "approve") == 0 && sim_chance(sim, "third", sim->step, 2))
        who = "kim";
    if ((answers && answer(sim, &arena)) ||
        (sim_chance(sim, "agree", sim->step, 4) == 0 && agree(sim, &arena))) {
        arena_done(&arena);
        return;
    }
    perform(sim, who, scripts[which]);
    arena_done(&arena);
}

/* Was a value of it erased? Then its command can never begin. */
static bool lacks_value(const struct run *run)
{
    bool lacks = false;
    for (int i = 0; i < run->values.count; i++)
        lacks = lacks || run->values.items[i].value.n == 0;
    return lacks;
}

/* By the two who have not started it; one of them may have agreed already, or have resumed it: then
 * nobody is left. */
static void approve(struct sim *sim, const struct run *run, const char *number, const char *step)
{
    struct run_world view = world_runs(&sim->core.world);
    const char *other = str_is(run->opened_by, "person:ben") ? "eva" : "ben";
    perform(sim, other, (const char *const[WORDS_MAX]){"approve", number, step});
    perform(sim, "kim", (const char *const[WORDS_MAX]){"approve", number, step});
    int at = run_current(run);
    if (!sim->core.crashed && at >= 0 && run_step_state(&view, run, at) == RUN_STEP_APPROVAL)
        perform(
            sim, "eva",
            (const char *const[WORDS_MAX]){"run", "skip", number, "--reason", "nobody is left"});
}

/* What a person does at last with the step that a run waits for. */
static void finish_one(struct sim *sim, const struct run *run, struct arena *arena)
{
    struct run_world view = world_runs(&sim->core.world);
    const char *number = word(arena, run->number);
    int at = run_current(run);
    if (run->cancelled) {
        perform(sim, "eva", (const char *const[WORDS_MAX]){"run", "resume", number});
        return;
    }
    enum run_step_state state = at < 0 ? RUN_STEP_STATES : run_step_state(&view, run, at);
    if (state == RUN_STEP_READY && run_step_asks(&run->steps[at]))
        perform(sim, "eva", (const char *const[WORDS_MAX]){"run", "answer", number, "yes"});
    else if (state == RUN_STEP_READY)
        perform(sim, "eva", (const char *const[WORDS_MAX]){"run", "tick", number});
    else if (state == RUN_STEP_APPROVAL && !lacks_value(run))
        approve(sim, run, number, word(arena, at + 1));
    else if (state == RUN_STEP_APPROVAL || state == RUN_STEP_FAILED || state == RUN_STEP_DOUBTED)
        perform(sim, "eva",
                (const char *const[WORDS_MAX]){"run", "skip", number, "--reason", "over"});
}

void outside_run_finish_all(struct sim *sim)
{
    const struct runs *runs = &sim->core.world.runs;
    struct arena arena;
    int64_t last = runs->last_number;
    arena_init(&arena);
    for (int64_t number = 1; number <= last && !sim->core.crashed; number++) {
        const struct run *run = run_find(runs, number);
        sim->core.world.now = sim_now(sim);
        if (run && run_is_open(run))
            finish_one(sim, run, &arena);
    }
    arena_done(&arena);
}
