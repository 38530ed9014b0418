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

static enum crash crash_of(void *context, const struct ledger_entry *entries, size_t count)
{
    const struct sim *sim = context;
    (void)entries;
    (void)count;
    if (sim->plan.crash != CRASH_NEVER && sim->core.appends == sim->plan.crash_at)
        return sim->plan.crash;
    if (sim->plan.storm && sim_chance(sim, "storm", sim->core.appends, STORM_ONE_IN) == 0)
        return sim_chance(sim, "which", sim->core.appends, 2) ? CRASH_LOST : CRASH_DURABLE;
    return CRASH_NEVER;
}

/* As the daemon starts: compose, replay, say so. False: it cannot start now. */
static bool start_core(struct sim *sim)
{
    struct err err = {0};
    core_open(&sim->core);
    company_compose(sim);
    sim->core.clock_offset_ms = sim->offset_ms;
    sim->fed_ms = sim->boot_ms;
    if (!core_replay(&sim->core, &err))
        sim_fail(sim, "the ledger cannot be replayed: %s %s", err.place, err.text);
    beats_open(sim);
    if (core_record_start(&sim->core, sim_now(sim)))
        return true;
    sim->crashes += sim->core.crashed;
    core_close(&sim->core);
    return false;
}

/* True when the core is still there. */
static bool still_up(struct sim *sim)
{
    if (!sim->core.crashed)
        return true;
    if (sim->core.up) {
        sim->crashes++;
        core_close(&sim->core);
        outside_crash(sim);
    }
    return false;
}

/* Now and then exactly at the instant that the runs want to be woken at, as the daemon does. */
static void wake_for_runs(struct sim *sim)
{
    if (!sim->core.up || sim_chance(sim, "wake", sim->step, 3) > 0)
        return;
    struct run_world view = world_runs(&sim->core.world);
    struct instant due = run_next_due(&view);
    int64_t way_ms = instant_is_zero(due) ? 0 : instant_ms_between(sim->core.world.now, due);
    if (way_ms > 0 && way_ms < 600000 && !instant_before(due, sim_now(sim)))
        sim->boot_ms += instant_ms_between(sim_now(sim), due);
}

static void change_outside(struct sim *sim)
{
    static const int64_t lengths_ms[] = {1000, 1000, 2000, 3000, 5000, 8000, 20000, 60000, 1900000};
    uint64_t kind = sim_chance(sim, "length", sim->step, 40);
    sim->boot_ms += sim->draining ? (sim->step % 4 ? 20000 : 6 * 3600000)
                                  : lengths_ms[kind < 33    ? kind / 5
                                               : kind == 39 ? 8
                                                            : 7];
    wake_for_runs(sim);
    for (int i = 0; i < SIM_SIGNALS_MAX; i++)
        if (sim_chance(sim, "trouble", sim->step * 64 + i, 25) == 0)
            sim->trouble[i] = (int)sim_chance(sim, "how", sim->step * 64 + i, 4);
    /* In some runs a gauge swings around its limits, and then stays above them. */
    if (sim->plan.seed % 4 == 2)
        sim->trouble[SIM_SWINGING] = sim->step > SIM_STEPS / 2 || sim->step / 4 % 2 ? 2 : 0;
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
    sim->core.memory.refuse_from = fails ? 1 : 0;
}

static void turn(struct sim *sim)
{
    struct err err = {0};
    size_t before = sim->core.memory.count;
    company_feed(sim);
    bool good = engine_turn(&sim->core.engine, sim_now(sim), &err);
    if (sim->core.engine.refused_rounds > 0)
        sim_fail(sim, "a turn did not settle within its rounds");
    /* A power cut may leave an older mark. */
    if (good && sim_chance(sim, "mark", sim->step, 3) > 0)
        core_mark_seen(&sim->core, sim_now(sim));
    if (good) {
        check_turn(sim, before);
        beats_check(sim);
    } else if (!sim->core.crashed && sim->core.memory.refuse_from == 0)
        sim_fail(sim, "a turn fails: %s", err.text);
}

/* One step; what a crash cuts off is simply not done. */
static void step(struct sim *sim)
{
    change_outside(sim);
    if (!sim->core.up && !start_core(sim))
        return;
    if (!sim->draining && sim_chance(sim, "runbook", sim->step, 40) == 0)
        company_take_runbook(sim, (int)sim_chance(sim, "version", sim->step, SIM_RUNBOOKS));
    core_watch_clock(&sim->core, sim_now(sim), sim->offset_ms);
    if (!still_up(sim))
        return;
    beats_say(sim);
    turn(sim);
    if (!still_up(sim))
        return;
    static void (*const parts[])(struct sim * sim) = {outside_inbound,     outside_answer,
                                                      outside_run_answer,  outside_release,
                                                      outside_run_release, channels_answer};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        parts[i](sim);
        if (!still_up(sim))
            return;
    }
    (sim->draining ? outside_acknowledge_all : outside_call)(sim);
    if (!still_up(sim))
        return;
    (sim->draining ? outside_run_finish_all : outside_run_call)(sim);
    (void)still_up(sim);
}

static void begin(struct sim *sim, const struct company *company, struct plan plan)
{
    *sim = (struct sim){.company = company, .plan = plan};
    arena_init(&sim->arena);
    core_init(&sim->core);
    sim->core.crash = crash_of;
    sim->core.context = sim;
    map_init(&sim->page_counts, PAGES_MAX);
    map_init(&sim->executed, PAGES_MAX);
    map_init(&sim->talks, PAGES_MAX);
}

int64_t sim_run(const struct company *company, struct plan plan)
{
    static struct sim sim;
    begin(&sim, company, plan);
    while (sim.step < SIM_STEPS + SIM_DRAIN_STEPS) {
        sim.draining = sim.step >= SIM_STEPS;
        if (sim.draining)
            sim.core.world.drill_ms = 0;
        step(&sim);
        sim.step++;
    }
    if (!sim.core.up)
        sim_fail(&sim, "the core did not come back");
    check_pages(&sim);
    channels_check(&sim);
    check_ledger(&sim);
    check_run_ledger(&sim);
    check_refold(&sim);
    int64_t appends = sim.core.appends;
    core_done(&sim.core);
    map_done(&sim.page_counts);
    map_done(&sim.executed);
    map_done(&sim.talks);
    arena_done(&sim.arena);
    test_checked();
    return appends;
}
