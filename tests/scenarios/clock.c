/* clock.c - Reeve started, stopped and turned, as time passes. */
#include "scenario.h"

enum { STEP_MS = 1000, LONG_MS = 30 * 60000, LONG_STEP_MS = 10000, DAY_MS = 86400000 };
enum { VERY_LONG_MS = 6 * 3600000, VERY_LONG_STEP_MS = 60000, SETTLE_ROUNDS = 32 };

struct instant scenario_now(const struct scenario *scenario)
{
    return instant_add_ms(scenario->start, scenario->boot_ms + scenario->offset_ms);
}

int64_t scenario_boot_ms(const struct scenario *scenario, struct instant at)
{
    return instant_ms_between(scenario->start, at) - scenario->offset_ms;
}

/* Notes when each entry was written; a crash is awaited once. */
static enum crash crash_of(void *context, const struct ledger_entry *entries, size_t count)
{
    struct scenario *scenario = context;
    struct arena arena;
    enum crash crash = scenario->crash;
    for (size_t i = 0; i < count; i++)
        if (scenario->core.memory.count + i < SCENARIO_EVENTS_MAX)
            scenario->event_ms[scenario->core.memory.count + i] = scenario->boot_ms;
    if (crash == CRASH_NEVER)
        return crash;
    arena_init(&arena);
    struct str kind = str_printf(&arena, "\"kind\":\"%.*s\"", STR_ARGS(scenario->crash_kind));
    bool meant = scenario->crash_kind.n == 0;
    for (size_t i = 0; i < count; i++)
        meant = meant || str_find(entries[i].leaf, kind.p, 0) < entries[i].leaf.n;
    arena_done(&arena);
    if (!meant)
        return CRASH_NEVER;
    scenario->crash = CRASH_NEVER;
    return crash;
}

/* A copy: what is found of it lives in the core's arena, which ends with the core. */
static struct program *program_of(struct scenario *scenario)
{
    struct program *program = arena_make(&scenario->core.arena, struct program);
    *program = *scenario->program;
    return program;
}

bool clock_start(struct scenario *scenario, struct err *err)
{
    struct core *core = &scenario->core;
    core_open(core);
    core->crash = crash_of;
    core->context = scenario;
    core->clock_offset_ms = scenario->offset_ms;
    if (!compose_world(&core->world, &core->arena, &scenario->config, program_of(scenario), err) ||
        !core_replay(core, err) || !elsewhere_open(scenario, err))
        return false;
    if (core_record_start(core, scenario_now(scenario)))
        return targets_open(scenario, err);
    if (!core->crashed)
        return scenario_wrong(scenario, err, "Reeve cannot record that it starts");
    clock_kill(scenario);
    return true;
}

void clock_kill(struct scenario *scenario)
{
    workers_kill(scenario);
    targets_close(scenario);
    core_close(&scenario->core);
}

bool clock_take_runbook(struct scenario *scenario, struct err *err)
{
    struct core *core = &scenario->core;
    if (!core->up)
        return true;
    if (!compose_program(&core->world, &core->arena, &scenario->config, program_of(scenario), err))
        return false;
    core->world.evaluations = NULL;
    core_evaluate(core, scenario_now(scenario));
    targets_close(scenario);
    return targets_open(scenario, err);
}

/* True when the core is still there. */
static bool still_up(struct scenario *scenario)
{
    if (scenario->core.up && scenario->core.crashed)
        clock_kill(scenario);
    return scenario->core.up;
}

static bool turn_once(struct scenario *scenario, struct err *err)
{
    struct engine *engine = &scenario->core.engine;
    struct err failed = {0};
    scenario->turns++;
    bool good = engine_turn(engine, scenario_now(scenario), &failed);
    if (engine->refused_rounds > 0)
        return scenario_wrong(scenario, err, "a turn did not settle within %d rounds",
                              LIMIT_TURN_ROUNDS);
    if (!good && !scenario->core.crashed && scenario->core.memory.refuse_from == 0)
        return scenario_wrong(scenario, err, "a turn failed: %s %s", failed.place, failed.text);
    if (good)
        core_mark_seen(&scenario->core, scenario_now(scenario));
    return true;
}

/* What was decided goes out, and what is answered at once comes back. */
static bool settle(struct scenario *scenario, struct err *err)
{
    for (int round = 0; round < SETTLE_ROUNDS && still_up(scenario); round++) {
        workers_release(scenario);
        if (!still_up(scenario) || !workers_answer(scenario) || scenario->core.engine.unwritable)
            return true;
        if (still_up(scenario) && !turn_once(scenario, err))
            return false;
    }
    return !still_up(scenario) ||
           scenario_wrong(scenario, err, "pages and answers did not settle at one instant");
}

bool clock_turn(struct scenario *scenario, struct err *err)
{
    if (!still_up(scenario))
        return true;
    return turn_once(scenario, err) && settle(scenario, err);
}

/* The collector begins again, with what is not from the future. */
static bool watch_clock(struct scenario *scenario, struct err *err)
{
    struct core *core = &scenario->core;
    if (core->clock_offset_ms == scenario->offset_ms)
        return true;
    core_watch_clock(core, scenario_now(scenario), scenario->offset_ms);
    if (!still_up(scenario))
        return true;
    targets_close(scenario);
    return targets_open(scenario, err);
}

/* As the daemon's tick: clock, readings, decisions, what goes out and what comes back. */
static bool tick(struct scenario *scenario, struct err *err)
{
    if (!scenario->core.up && !scenario->stopped && !clock_start(scenario, err))
        return false;
    if (!scenario->core.up)
        return true;
    if (!watch_clock(scenario, err))
        return false;
    if (!still_up(scenario))
        return true;
    if (!targets_scrape(scenario, err))
        return false;
    core_evaluate(&scenario->core, scenario_now(scenario));
    return clock_turn(scenario, err);
}

static void take_earlier(int64_t *earliest_ms, int64_t now_ms, int64_t due_ms)
{
    if (due_ms > now_ms && due_ms < *earliest_ms)
        *earliest_ms = due_ms;
}

struct instant clock_next_due(struct scenario *scenario)
{
    struct arena arena;
    arena_init(&arena);
    struct world *world = &scenario->core.world;
    world->now = scenario_now(scenario);
    struct incident_world incidents = world_incidents(world, &arena);
    struct page_world pages = world_pages(world);
    struct run_world runs = world_runs(world);
    const struct instant dues[] = {incident_next_due(&incidents), page_next_due(&pages, &arena),
                                   run_next_due(&runs)};
    struct instant first = {0};
    arena_done(&arena);
    for (size_t i = 0; i < sizeof dues / sizeof *dues; i++)
        if (!instant_is_zero(dues[i]) && (instant_is_zero(first) || instant_before(dues[i], first)))
            first = dues[i];
    return first;
}

/* The next second (longer steps on a long way), or what is due before it. */
static int64_t next_stop(struct scenario *scenario, int64_t to_ms, int64_t step_ms)
{
    int64_t now_ms = scenario->boot_ms;
    int64_t stop_ms = (now_ms / step_ms + 1) * step_ms;
    take_earlier(&stop_ms, now_ms, to_ms);
    if (!scenario->core.up)
        return stop_ms;
    struct instant due = clock_next_due(scenario);
    if (!instant_is_zero(due))
        take_earlier(&stop_ms, now_ms, scenario_boot_ms(scenario, due));
    for (size_t i = 0; i < scenario->targets.count; i++)
        take_earlier(&stop_ms, now_ms, scenario->targets.items[i].next_ms);
    for (size_t i = 0; i < LIMIT_WORKERS; i++)
        if (scenario->flights[i].running)
            take_earlier(&stop_ms, now_ms, scenario->flights[i].due_ms);
    return stop_ms;
}

static bool check_limits(const struct scenario *scenario, struct err *err)
{
    if (scenario->turns > SCENARIO_TURNS_MAX)
        return scenario_wrong(scenario, err, "more than %d turns; a scenario is shorter",
                              SCENARIO_TURNS_MAX);
    if (scenario->core.memory.count >= SCENARIO_EVENTS_MAX)
        return scenario_wrong(scenario, err, "more than %d events; a scenario is shorter",
                              SCENARIO_EVENTS_MAX);
    if (scenario->boot_ms > (int64_t)SCENARIO_DAYS_MAX * DAY_MS)
        return scenario_wrong(scenario, err, "more than %d days; a scenario is shorter",
                              SCENARIO_DAYS_MAX);
    return true;
}

bool clock_advance(struct scenario *scenario, int64_t to_ms, struct err *err)
{
    int64_t way_ms = to_ms - scenario->boot_ms;
    int64_t step_ms = way_ms <= LONG_MS        ? STEP_MS
                      : way_ms <= VERY_LONG_MS ? LONG_STEP_MS
                                               : VERY_LONG_STEP_MS;
    if ((!scenario->begun || way_ms == 0) && !tick(scenario, err))
        return false;
    scenario->begun = true;
    while (scenario->boot_ms < to_ms) {
        scenario->boot_ms = next_stop(scenario, to_ms, step_ms);
        if (!tick(scenario, err) || !check_limits(scenario, err))
            return false;
    }
    return true;
}
