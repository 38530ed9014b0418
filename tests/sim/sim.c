/* sim.c - one run: steps of the outside, turns of the core, crashes between. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>

enum { PAGES_MAX = 100000, STORM_ONE_IN = 25 };

uint64_t sim_chance(const struct sim *sim, const char *purpose, int64_t place, uint64_t limit)
{
    uint64_t x = sim->plan.seed * 0x9E3779B97F4A7C15u + str_hash(str_of(purpose));
    x ^= (uint64_t)place * 0xD1B54A32D192ED03u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return (x ^ (x >> 31)) % limit;
}

struct instant sim_now(const struct sim *sim)
{
    struct instant start = {1795420800000000}; /* a Monday, 08:00 UTC */
    return instant_add_ms(start, sim->boot_ms + sim->offset_ms);
}

void sim_fail(const struct sim *sim, const char *format, ...)
{
    static const char *const crashes[] = {"no crash", "lost append", "durable append"};
    char what[600];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    test_fail(__FILE__, __LINE__, "seed %llu, step %lld, %s %lld%s, store fails %lld+%lld: %s",
              (unsigned long long)sim->plan.seed, (long long)sim->step, crashes[sim->plan.crash],
              (long long)sim->plan.crash_at, sim->plan.storm ? ", storm" : "",
              (long long)sim->plan.fail_from, (long long)sim->plan.fail_steps, what);
}

/* Salts only need to differ. */
static void give_random(void *bytes, size_t size_bytes)
{
    static uint64_t counter;
    unsigned char *to = bytes;
    counter++;
    for (size_t i = 0; i < size_bytes; i++)
        to[i] = (unsigned char)((counter * 0x9E3779B97F4A7C15u) >> (8 * (i % 8)));
}

static enum crash crash_of(const struct sim *sim)
{
    if (sim->plan.crash != CRASH_NEVER && sim->appends == sim->plan.crash_at)
        return sim->plan.crash;
    if (sim->plan.storm && sim_chance(sim, "storm", sim->appends, STORM_ONE_IN) == 0)
        return sim_chance(sim, "which", sim->appends, 2) ? CRASH_LOST : CRASH_DURABLE;
    return CRASH_NEVER;
}

static bool gate_append(struct store *store, struct ledger_entry *entries, size_t count,
                        struct err *err)
{
    struct sim *sim = ((struct sim_store *)store)->sim;
    struct store *memory = &sim->memory.store;
    if (sim->crashed)
        return err_set(err, ERR_SELF, "sim", "The core is gone.");
    sim->appends++;
    enum crash crash = crash_of(sim);
    sim->crashed = crash != CRASH_NEVER;
    if (crash == CRASH_LOST)
        return err_set(err, ERR_SELF, "sim", "The core is gone.");
    if (!memory->port->append(memory, entries, count, err))
        return false;
    if (crash == CRASH_DURABLE)
        return err_set(err, ERR_SELF, "sim", "The core is gone.");
    return true;
}

static bool gate_read(struct store *store, struct arena *arena, int64_t sequence, size_t max,
                      struct ledger_entry **out_entries, size_t *out_count, struct err *err)
{
    struct store *memory = &((struct sim_store *)store)->sim->memory.store;
    return memory->port->read(memory, arena, sequence, max, out_entries, out_count, err);
}

static int64_t gate_count(struct store *store)
{
    return (int64_t)((struct sim_store *)store)->sim->memory.count;
}

static void gate_close(struct store *store)
{
    (void)store;
}

static const struct store_port gate_port = {
    .append = gate_append, .read = gate_read, .count = gate_count, .close = gate_close};

static void end_core(struct sim *sim)
{
    if (!sim->up)
        return;
    engine_done(&sim->engine);
    world_done(&sim->world);
    arena_done(&sim->core_arena);
    arena_done(&sim->evaluation_arena);
    sim->up = false;
}

static bool record_start(struct sim *sim)
{
    struct event_list events;
    struct err err = {0};
    event_list_init(&events, &sim->core_arena);
    struct event *event =
        event_list_add(&events, EVENT_NODE_STARTED, sim_now(sim), STR("reeve"), STR("node:local"));
    event_set_str(event, "version", STR("sim"));
    event_set_int(event, "pid", 1);
    event_set_str(event, "boot", STR("sim"));
    event_set_instant(event, "last_seen", sim->world.last_event);
    return engine_append(&sim->engine, &events, &err);
}

/* As the daemon starts: compose, replay, say so. False: it cannot start now. */
static bool start_core(struct sim *sim)
{
    struct err err = {0};
    sim->crashed = false;
    arena_init(&sim->core_arena);
    arena_init(&sim->evaluation_arena);
    world_init(&sim->world);
    company_compose(sim);
    struct engine_ports ports = {.store = &sim->gate.store, .random = give_random};
    engine_init(&sim->engine, ports, &sim->world);
    sim->up = true;
    sim->known_offset_ms = sim->offset_ms;
    sim->fed_ms = sim->boot_ms;
    if (!engine_replay(&sim->engine, &err))
        sim_fail(sim, "the ledger cannot be replayed: %s %s", err.place, err.text);
    if (record_start(sim))
        return true;
    sim->crashes += sim->crashed;
    end_core(sim);
    return false;
}

/* True when the core is still there. */
static bool still_up(struct sim *sim)
{
    if (!sim->crashed)
        return true;
    if (sim->up) {
        sim->crashes++;
        end_core(sim);
        outside_crash(sim);
    }
    return false;
}

static void change_outside(struct sim *sim)
{
    static const int64_t lengths_ms[] = {1000, 1000, 2000, 3000, 5000, 8000, 20000, 60000, 1900000};
    uint64_t kind = sim_chance(sim, "length", sim->step, 40);
    sim->boot_ms += sim->draining ? (sim->step % 4 ? 20000 : 6 * 3600000)
                                  : lengths_ms[kind < 33    ? kind / 5
                                               : kind == 39 ? 8
                                                            : 7];
    for (int i = 0; i < SIM_SIGNALS_MAX; i++)
        if (sim_chance(sim, "trouble", sim->step * 64 + i, 25) == 0)
            sim->trouble[i] = (int)sim_chance(sim, "how", sim->step * 64 + i, 4);
    for (int i = 0; i < SIM_TARGETS; i++)
        if (sim_chance(sim, "silent", sim->step * 64 + i, 30) == 0)
            sim->silent[i] = !sim->silent[i];
    if (sim->draining) {
        memset(sim->trouble, 0, sizeof sim->trouble);
        memset(sim->silent, 0, sizeof sim->silent);
    } else if (sim_chance(sim, "clock", sim->step, 50) == 0) {
        sim->offset_ms += 1000 * (int64_t)sim_chance(sim, "by", sim->step, 14400) - 7200000;
    }
    bool fails = sim->plan.fail_steps > 0 && sim->step >= sim->plan.fail_from &&
                 sim->step < sim->plan.fail_from + sim->plan.fail_steps;
    sim->memory.refuse_from = fails ? 1 : 0;
}

static void watch_clock(struct sim *sim)
{
    struct event_list events;
    struct err err = {0};
    struct arena arena;
    if (sim->offset_ms == sim->known_offset_ms)
        return;
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct event *event =
        event_list_add(&events, EVENT_CLOCK_STEPPED, sim_now(sim), STR("reeve"), STR("node:local"));
    event_set_int(event, "by_ms", sim->offset_ms - sim->known_offset_ms);
    if (engine_append(&sim->engine, &events, &err)) {
        sim->known_offset_ms = sim->offset_ms;
        telemetry_forget(&sim->world.telemetry);
    }
    arena_done(&arena);
}

static void turn(struct sim *sim)
{
    struct err err = {0};
    size_t before = sim->memory.count;
    company_feed(sim);
    bool good = engine_turn(&sim->engine, sim_now(sim), &err);
    if (sim->engine.refused_rounds > 0)
        sim_fail(sim, "a turn did not settle within its rounds");
    if (good)
        check_turn(sim, before);
    else if (!sim->crashed && sim->memory.refuse_from == 0)
        sim_fail(sim, "a turn fails: %s", err.text);
}

/* One step; what a crash cuts off is simply not done. */
static void step(struct sim *sim)
{
    change_outside(sim);
    if (!sim->up && !start_core(sim))
        return;
    if (!sim->draining && sim_chance(sim, "runbook", sim->step, 40) == 0)
        company_take_runbook(sim, (int)sim_chance(sim, "version", sim->step, SIM_RUNBOOKS));
    watch_clock(sim);
    if (!still_up(sim))
        return;
    turn(sim);
    if (!still_up(sim))
        return;
    outside_answer(sim);
    if (!still_up(sim))
        return;
    outside_release(sim);
    if (!still_up(sim))
        return;
    if (sim->draining)
        outside_acknowledge_all(sim);
    else
        outside_call(sim);
    (void)still_up(sim);
}

static void begin(struct sim *sim, const struct company *company, struct plan plan)
{
    *sim = (struct sim){.company = company, .plan = plan};
    arena_init(&sim->arena);
    memory_store_init(&sim->memory);
    map_init(&sim->page_counts, PAGES_MAX);
    sim->gate = (struct sim_store){.store = {&gate_port}, .sim = sim};
}

int64_t sim_run(const struct company *company, struct plan plan)
{
    static struct sim sim;
    begin(&sim, company, plan);
    while (sim.step < SIM_STEPS + SIM_DRAIN_STEPS) {
        sim.draining = sim.step >= SIM_STEPS;
        step(&sim);
        sim.step++;
    }
    if (!sim.up)
        sim_fail(&sim, "the core did not come back");
    check_pages(&sim);
    check_ledger(&sim);
    check_refold(&sim);
    int64_t appends = sim.appends;
    end_core(&sim);
    map_done(&sim.page_counts);
    memory_store_done(&sim.memory);
    arena_done(&sim.arena);
    test_checked();
    return appends;
}
