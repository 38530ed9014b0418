/* engine.c - turns, replay and calls. */
#include "engine/engine.h"

#include "base/limits.h"
#include "ledger/codec.h"

enum { REPLAY_BATCH = 2048 };

void engine_init(struct engine *engine, struct engine_ports ports, struct world *world)
{
    *engine = (struct engine){.ports = ports, .world = world};
    merkle_init(&engine->tree);
    arena_init(&engine->turn);
}

void engine_done(struct engine *engine)
{
    arena_done(&engine->turn);
}

static bool fold_entries(struct engine *engine, struct arena *arena,
                         const struct ledger_entry *entries, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct event event;
        if (!codec_read(arena, &entries[i], &event, err))
            return false;
        merkle_append(&engine->tree, entries[i].leaf);
        world_fold(engine->world, &event, entries[i].sequence);
    }
    return true;
}

bool engine_replay(struct engine *engine, struct err *err)
{
    struct store *store = engine->ports.store;
    struct arena arena;
    arena_init(&arena);
    int64_t next = 1;
    bool good = true;
    for (;;) {
        struct ledger_entry *entries = NULL;
        size_t count = 0;
        arena_reset(&arena);
        good = store->port->read(store, &arena, next, REPLAY_BATCH, &entries, &count, err) &&
               fold_entries(engine, &arena, entries, count, err);
        if (!good || count == 0)
            break;
        next += (int64_t)count;
    }
    arena_done(&arena);
    return good;
}

bool engine_append(struct engine *engine, const struct event_list *events, struct err *err)
{
    if (events->count == 0)
        return true;
    struct arena *arena = events->arena;
    struct ledger_entry *entries = arena_array(arena, events->count, sizeof *entries);
    for (size_t i = 0; i < events->count; i++)
        if (!codec_write(arena, &events->items[i], engine->ports.random, &entries[i], err))
            return false;
    struct store *store = engine->ports.store;
    if (!store->port->append(store, entries, events->count, err)) {
        if (!engine->unwritable)
            engine->unwritable_since = events->items[0].at;
        engine->unwritable = true;
        if (err)
            engine->unwritable_err = *err;
        return false;
    }
    engine->unwritable = false;
    for (size_t i = 0; i < events->count; i++) {
        merkle_append(&engine->tree, entries[i].leaf);
        world_fold(engine->world, &events->items[i], entries[i].sequence);
    }
    return true;
}

bool engine_turn(struct engine *engine, struct instant now, struct err *err)
{
    for (int round = 0; round < LIMIT_TURN_ROUNDS; round++) {
        struct event_list decided;
        arena_reset(&engine->turn);
        event_list_init(&decided, &engine->turn);
        world_decide(engine->world, now, &decided);
        if (decided.count == 0)
            return true;
        if (!engine_append(engine, &decided, err))
            return false;
    }
    engine->refused_rounds++;
    return true;
}
