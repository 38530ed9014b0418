/* core.c - starting, crashing and reading the core of a test. */
#include "harness/core.h"

#include "alert/lost.h"

enum { HISTORY_STEP_MS = 2000 };

/* Salts only need to differ. */
static void give_random(void *bytes, size_t size_bytes)
{
    static uint64_t counter;
    unsigned char *to = bytes;
    counter++;
    for (size_t i = 0; i < size_bytes; i++)
        to[i] = (unsigned char)((counter * 0x9E3779B97F4A7C15u) >> (8 * (i % 8)));
}

static bool gate_append(struct store *store, struct ledger_entry *entries, size_t count,
                        struct err *err)
{
    struct core *core = ((struct core_gate *)store)->core;
    struct store *memory = &core->memory.store;
    if (core->crashed)
        return err_set(err, ERR_SELF, "core", "The core is gone.");
    core->appends++;
    enum crash crash = core->crash ? core->crash(core->context, entries, count) : CRASH_NEVER;
    core->crashed = crash != CRASH_NEVER;
    if (crash == CRASH_LOST)
        return err_set(err, ERR_SELF, "core", "The core is gone.");
    if (!memory->port->append(memory, entries, count, err))
        return false;
    if (crash == CRASH_DURABLE)
        return err_set(err, ERR_SELF, "core", "The core is gone.");
    return true;
}

static bool gate_read(struct store *store, struct arena *arena, int64_t sequence, size_t max,
                      struct ledger_entry **out_entries, size_t *out_count, struct err *err)
{
    struct store *memory = &((struct core_gate *)store)->core->memory.store;
    return memory->port->read(memory, arena, sequence, max, out_entries, out_count, err);
}

static bool gate_read_subject(struct store *store, struct arena *arena, struct ledger_range range,
                              struct ledger_entry **out_entries, size_t *out_count, struct err *err)
{
    struct store *memory = &((struct core_gate *)store)->core->memory.store;
    return memory->port->read_subject(memory, arena, range, out_entries, out_count, err);
}

static int64_t gate_count(struct store *store)
{
    return (int64_t)((struct core_gate *)store)->core->memory.count;
}

static bool gate_erase(struct store *store, int64_t sequence, struct instant at, struct err *err)
{
    struct core *core = ((struct core_gate *)store)->core;
    struct store *memory = &core->memory.store;
    if (core->crashed)
        return err_set(err, ERR_SELF, "core", "The core is gone.");
    return memory->port->erase_texts(memory, sequence, at, err);
}

static void gate_close(struct store *store)
{
    (void)store;
}

static const struct store_port gate_port = {.append = gate_append,
                                            .read = gate_read,
                                            .count = gate_count,
                                            .close = gate_close,
                                            .read_subject = gate_read_subject,
                                            .erase_texts = gate_erase};

void core_init(struct core *core)
{
    *core = (struct core){.gate = {.store = {&gate_port}, .core = core}};
    memory_store_init(&core->memory);
}

void core_done(struct core *core)
{
    core_close(core);
    memory_store_done(&core->memory);
}

void core_open(struct core *core)
{
    core->crashed = false;
    arena_init(&core->arena);
    arena_init(&core->evaluation_arena);
    world_init(&core->world);
    struct engine_ports ports = {.store = &core->gate.store, .random = give_random};
    engine_init(&core->engine, ports, &core->world);
    core->up = true;
}

bool core_replay(struct core *core, struct err *err)
{
    return engine_replay(&core->engine, err);
}

bool core_record_start(struct core *core, struct instant now)
{
    struct event_list events;
    struct err err = {0};
    event_list_init(&events, &core->arena);
    struct event *event =
        event_list_add(&events, EVENT_NODE_STARTED, now, STR("reeve"), STR("node:local"));
    event_set_str(event, "version", STR("test"));
    event_set_int(event, "pid", 1);
    event_set_str(event, "boot", STR("test"));
    event_set_instant(event, "last_seen",
                      world_last_seen(&core->world, core->seen, core->seen_sequence, now));
    return engine_append(&core->engine, &events, &err);
}

void core_mark_seen(struct core *core, struct instant now)
{
    core->seen = now;
    core->seen_sequence = core->world.sequence;
}

void core_close(struct core *core)
{
    if (!core->up)
        return;
    engine_done(&core->engine);
    world_done(&core->world);
    arena_done(&core->arena);
    arena_done(&core->evaluation_arena);
    core->up = false;
}

void core_evaluate(struct core *core, struct instant now)
{
    struct world *world = &core->world;
    struct arena *arena = &core->evaluation_arena;
    arena_reset(arena);
    struct evaluation *evaluations = arena_array(arena, world->rules.count, sizeof *evaluations);
    for (size_t i = 0; i < world->rules.count; i++) {
        evaluations[i] =
            lost_evaluate(arena, &world->rules.items[i], &world->telemetry, &world->alerts, now);
        history_push(&world->histories[i], &evaluations[i], now, HISTORY_STEP_MS);
    }
    world->evaluations = evaluations;
}

void core_watch_clock(struct core *core, struct instant now, int64_t offset_ms)
{
    struct event_list events;
    struct err err = {0};
    struct arena arena;
    if (offset_ms == core->clock_offset_ms)
        return;
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct event *event =
        event_list_add(&events, EVENT_CLOCK_STEPPED, now, STR("reeve"), STR("node:local"));
    event_set_int(event, "by_ms", offset_ms - core->clock_offset_ms);
    if (engine_append(&core->engine, &events, &err)) {
        core->clock_offset_ms = offset_ms;
        telemetry_forget(&core->world.telemetry);
    }
    arena_done(&arena);
}
