/* engine.c - turns, replay and calls. */
#include "engine/engine.h"

#include "ledger/codec.h"

enum { REPLAY_BATCH = 2048, ERASE_RETRY_MS = 10 * 1000 };

void engine_init(struct engine *engine, struct engine_ports ports, struct world *world)
{
    *engine = (struct engine){.ports = ports, .world = world};
    merkle_init(&engine->tree);
    arena_init(&engine->turn);
    world->stories = (struct stories){engine_story, engine};
}

void engine_done(struct engine *engine)
{
    arena_done(&engine->turn);
}

bool engine_read_entry(const struct engine *engine, struct arena *arena, int64_t sequence,
                       struct ledger_entry *out_entry, struct err *err)
{
    struct store *store = engine->ports.store;
    struct ledger_entry *entries = NULL;
    size_t count = 0;
    if (sequence >= 1 && !store->port->read(store, arena, sequence, 1, &entries, &count, err))
        return false;
    if (count == 0 || entries[0].sequence != sequence)
        return err_set(err, ERR_USAGE, "ledger",
                       "The ledger has no entry %lld; \"reeve ledger show\" gives their numbers.",
                       (long long)sequence);
    *out_entry = entries[0];
    return true;
}

bool engine_story(void *context, struct arena *arena, struct str subject, struct story *out_story,
                  struct err *err)
{
    const struct engine *engine = context;
    struct store *store = engine->ports.store;
    struct ledger_entry *entries = NULL;
    struct ledger_range range = {subject, INT64_MAX, STORY_ENTRIES_MAX};
    size_t count = 0;
    if (!store->port->read_subject)
        return err_set(err, ERR_SELF, "ledger", "This store cannot be asked for a subject.");
    if (!store->port->read_subject(store, arena, range, &entries, &count, err))
        return false;
    struct event *events = arena_array(arena, count, sizeof *events);
    int64_t *sequences = arena_array(arena, count, sizeof *sequences);
    for (size_t i = 0; i < count; i++) {
        const struct ledger_entry *entry = &entries[count - 1 - i];
        struct err unreadable = {0};
        if (!codec_read(arena, entry, &events[i], &unreadable))
            events[i] = (struct event){.kind = EVENT_KINDS};
        sequences[i] = entry->sequence;
    }
    *out_story = (struct story){events, sequences, count, count == STORY_ENTRIES_MAX};
    return true;
}

/* There is always room: nothing is recorded beyond the limit (action/record_ledger.c). */
static void add_erasure(struct engine *engine, const struct event *event)
{
    if (event->kind == EVENT_TEXT_ERASED && engine->erasure_count < LIMIT_ERASURES)
        engine->erasures[engine->erasure_count++] =
            (struct erasure){event_int(event, "entry"), event->at};
}

/* Only what a crash left undone; an entry that cannot be read is found by "ledger verify". */
static void find_erasure(struct engine *engine, struct arena *arena, const struct event *event)
{
    struct ledger_entry entry;
    struct err err = {0};
    if (event->kind == EVENT_TEXT_ERASED &&
        engine_read_entry(engine, arena, event_int(event, "entry"), &entry, &err) &&
        ledger_entry_has_text(&entry))
        add_erasure(engine, event);
}

static bool erase(const struct engine *engine, struct arena *arena, const struct erasure *erasure,
                  struct err *err)
{
    struct store *store = engine->ports.store;
    struct ledger_entry entry;
    if (!engine_read_entry(engine, arena, erasure->entry, &entry, err))
        return false;
    return !ledger_entry_has_text(&entry) ||
           store->port->erase_texts(store, erasure->entry, erasure->at, err);
}

/* What cannot be erased now is tried again later: the fact that it is to be stands. */
static bool finish_erasures(struct engine *engine, struct instant now, struct err *err)
{
    size_t done = 0;
    bool good = true;
    if (engine->erasure_count == 0 ||
        (!instant_is_zero(engine->erasure_retry) && instant_before(now, engine->erasure_retry)))
        return true;
    while (good && done < engine->erasure_count) {
        good = erase(engine, &engine->turn, &engine->erasures[done], err);
        done += good;
    }
    engine->erasure_count -= done;
    memmove(engine->erasures, engine->erasures + done,
            engine->erasure_count * sizeof *engine->erasures);
    struct instant never = {0};
    engine->erasure_retry = good ? never : instant_add_ms(now, ERASE_RETRY_MS);
    return good;
}

static bool fold_entries(struct engine *engine, struct arena *arena,
                         const struct ledger_entry *entries, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct event event;
        int64_t want = engine->tree.size + 1;
        if (entries[i].sequence != want)
            return err_set(err, ERR_SELF, NULL,
                           "Entry %lld of the ledger stands where entry %lld belongs: look at it "
                           "with \"reeve ledger verify\" and restore it from a backup.",
                           (long long)entries[i].sequence, (long long)want);
        if (!codec_read(arena, &entries[i], &event, err))
            return false;
        merkle_append(&engine->tree, entries[i].leaf);
        world_fold(engine->world, &event, entries[i].sequence);
        find_erasure(engine, arena, &event);
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

static void set_unwritable(struct engine *engine, struct instant now, const struct err *err)
{
    if (!engine->unwritable)
        engine->unwritable_since = now;
    engine->unwritable = true;
    if (err)
        engine->unwritable_err = *err;
}

bool engine_look(struct engine *engine, struct instant now, struct err *err)
{
    struct store *store = engine->ports.store;
    if (engine->unwritable || !store->port->look || store->port->look(store, err))
        return true;
    set_unwritable(engine, now, err);
    return false;
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
        set_unwritable(engine, events->items[0].at, err);
        return false;
    }
    engine->unwritable = false;
    for (size_t i = 0; i < events->count; i++) {
        merkle_append(&engine->tree, entries[i].leaf);
        world_fold(engine->world, &events->items[i], entries[i].sequence);
        add_erasure(engine, &events->items[i]);
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
            return finish_erasures(engine, now, err);
        if (!engine_append(engine, &decided, err))
            return false;
    }
    engine->refused_rounds++;
    return true;
}
