/* runs.c - a core with a runbook and no outside. */
#include "runs.h"

#include "run/approval.h"

#include "ledger/codec.h"

enum { ENTRIES_MAX = 100000 };

static void fill(struct rig *rig)
{
    struct core *core = &rig->core;
    struct world *world = &core->world;
    world->program = rig->program;
    signals_init(&world->signals, &core->arena);
    world->rules = rules_make(&core->arena, rig->program, &world->signals);
    severity_plan_make(rig->program, &world->mapping, &world->plan);
    world->oncall.people = &world->people;
    world->run_settings = rig->settings;
    world->procedures = procedures_make(&core->arena, rig->program, &world->run_settings);
    struct err err = {0};
    CHECK_OK(core_replay(core, &err), &err);
    CHECK_OK(engine_turn(&core->engine, rig->now, &err), &err);
}

void rig_start(struct rig *rig, struct arena *arena, const char *runbook)
{
    struct err err = {0};
    *rig = (struct rig){.arena = arena, .now = {1780304400LL * 1000000}};
    rig->settings = (struct run_settings){
        .commands = true, .deadline_ms = 1800000, .approvals = 1, .context = STR("/srv")};
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(runbook), &rig->program, &err), &err);
    core_init(&rig->core);
    core_open(&rig->core);
    fill(rig);
}

void rig_restart(struct rig *rig)
{
    core_close(&rig->core);
    core_open(&rig->core);
    fill(rig);
}

void rig_done(struct rig *rig)
{
    core_done(&rig->core);
}

void rig_pass(struct rig *rig, int64_t ms)
{
    struct err err = {0};
    rig->now = instant_add_ms(rig->now, ms);
    CHECK_OK(engine_turn(&rig->core.engine, rig->now, &err), &err);
}

void rig_record(struct rig *rig, const struct event_list *events)
{
    struct err err = {0};
    CHECK_OK(engine_append(&rig->core.engine, events, &err), &err);
    rig_pass(rig, 0);
}

bool rig_ask(struct rig *rig, ask_function *function, struct run_call call)
{
    struct event_list out;
    struct world *world = &rig->core.world;
    event_list_init(&out, rig->arena);
    world->now = rig->now;
    rig->err = (struct err){0};
    struct run_world view = world_runs(world);
    if (call.actor.n == 0)
        call.actor = STR("person:ana");
    if (!function(&view, &call, &out, &rig->err)) {
        CHECK_INT(out.count, 0);
        CHECK(rig->err.text[0] != '\0');
        return false;
    }
    rig_record(rig, &out);
    return true;
}

bool rig_run(struct rig *rig, const char *procedure, const char *values)
{
    return rig_ask(rig, run_open,
                   (struct run_call){.name = str_of(procedure), .values = str_of(values)});
}

struct run *rig_newest(struct rig *rig)
{
    struct run *run = run_find(&rig->core.world.runs, rig->core.world.runs.last_number);
    CHECK(run != NULL);
    return run;
}

enum run_step_state rig_state(struct rig *rig, int step)
{
    rig->core.world.now = rig->now;
    struct run_world view = world_runs(&rig->core.world);
    return run_step_state(&view, rig_newest(rig), step - 1);
}

void rig_finish(struct rig *rig, int step, enum run_step_outcome outcome, const char *detail)
{
    struct event_list out;
    struct run_step_end end = {.outcome = outcome, .detail = str_of(detail)};
    event_list_init(&out, rig->arena);
    run_finish(rig_newest(rig), step - 1, &end, rig->now, &out);
    rig_record(rig, &out);
}

int rig_count(struct rig *rig, enum event_kind kind)
{
    struct ledger_entry *entries = NULL;
    size_t count = 0;
    int found = 0;
    struct err err = {0};
    struct store *store = &rig->core.gate.store;
    CHECK_OK(store->port->read(store, rig->arena, 1, ENTRIES_MAX, &entries, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        struct event event;
        CHECK_OK(codec_read(rig->arena, &entries[i], &event, &err), &err);
        found += event.kind == kind;
    }
    return found;
}

bool rig_approve_shown(struct rig *rig, const char *actor)
{
    char digest[HASH_HEX_BYTES];
    const struct run *run = rig_newest(rig);
    struct run_call call = {.actor = str_of(actor), .number = run->number, .step = 1};
    struct run_world view = world_runs(&rig->core.world);
    run_step_digest(&view, run, 0, digest);
    call.digest = str_of(digest);
    return rig_ask(rig, run_approve, call);
}
