/* test_engine.c - turns: durable before folded, all or nothing, replayed to the same. */
#include "engine/engine.h"
#include "harness/memory_store.h"
#include "harness/test.h"
#include "small_world.h"

static void give_random(void *bytes, size_t size_bytes)
{
    memset(bytes, 7, size_bytes);
}

struct scene {
    struct memory_store memory;
    struct world *world;
    struct engine engine;
};

static void begin(struct scene *scene, struct arena *arena)
{
    memory_store_init(&scene->memory);
    scene->world = small_world_make(arena);
    small_world_read(scene->world, arena, "Disk usage", TRUTH_TRUE);
    engine_init(&scene->engine, (struct engine_ports){&scene->memory.store, give_random},
                scene->world);
}

static void end(struct scene *scene)
{
    engine_done(&scene->engine);
    world_done(scene->world);
    memory_store_done(&scene->memory);
}

TEST(a_turn_goes_on_until_nothing_is_decided)
{
    struct scene scene;
    struct err err = {0};
    begin(&scene, arena);
    CHECK_OK(engine_turn(&scene.engine, small_world_now(0), &err), &err);
    /* Loaded and fired; then opened; then the page. */
    CHECK_INT(scene.memory.count, 4);
    CHECK_INT(scene.memory.appends, 3);
    CHECK_INT(scene.world->incidents.open_count, 1);
    CHECK_INT(scene.engine.tree.size, 4);
    CHECK_INT(scene.engine.refused_rounds, 0);
    CHECK_OK(engine_turn(&scene.engine, small_world_now(0), &err), &err);
    CHECK_INT(scene.memory.count, 4);
    end(&scene);
}

TEST(a_refused_append_changes_nothing_and_is_decided_again)
{
    struct scene scene;
    struct err err = {0};
    begin(&scene, arena);
    scene.memory.refuse_from = 1;
    CHECK(!engine_turn(&scene.engine, small_world_now(0), &err));
    CHECK(err.text[0] != '\0');
    CHECK(scene.engine.unwritable);
    CHECK_INT(scene.engine.unwritable_since.us, small_world_now(0).us);
    CHECK_STR(str_of(scene.engine.unwritable_err.text), "The store refuses this batch.");
    CHECK_INT(scene.memory.count, 0);
    CHECK_INT(scene.engine.tree.size, 0);
    CHECK_INT(scene.world->sequence, 0);
    CHECK_INT(scene.world->incidents.count, 0);
    CHECK_INT(scene.world->alerts.table.count, 0);
    /* It is the first failure that counts as since. */
    CHECK(!engine_turn(&scene.engine, small_world_now(9), &err));
    CHECK_INT(scene.engine.unwritable_since.us, small_world_now(0).us);
    scene.memory.refuse_from = 0;
    CHECK_OK(engine_turn(&scene.engine, small_world_now(10), &err), &err);
    CHECK(!scene.engine.unwritable);
    CHECK_INT(scene.memory.count, 4);
    CHECK_INT(scene.world->incidents.open_count, 1);
    end(&scene);
}

TEST(a_turn_cut_off_between_rounds_goes_on_where_it_was)
{
    struct scene scene;
    struct err err = {0};
    begin(&scene, arena);
    scene.memory.refuse_from = 2; /* fired is durable, the incident is not */
    CHECK(!engine_turn(&scene.engine, small_world_now(0), &err));
    CHECK_INT(scene.memory.count, 2);
    CHECK_INT(scene.world->incidents.count, 0);
    scene.memory.refuse_from = 0;
    CHECK_OK(engine_turn(&scene.engine, small_world_now(1), &err), &err);
    CHECK_INT(scene.world->incidents.open_count, 1);
    CHECK_INT(scene.memory.count, 4);
    end(&scene);
}

TEST(nothing_to_append_is_no_batch)
{
    struct scene scene;
    struct err err = {0};
    struct event_list none;
    begin(&scene, arena);
    event_list_init(&none, arena);
    CHECK_OK(engine_append(&scene.engine, &none, &err), &err);
    CHECK_INT(scene.memory.appends, 0);
    end(&scene);
}

TEST(an_event_that_cannot_be_written_leaves_its_batch_unwritten)
{
    struct scene scene;
    struct err err = {0};
    struct event_list events;
    begin(&scene, arena);
    event_list_init(&events, arena);
    for (int i = 0; i < 2; i++) {
        struct event *event = event_list_add(&events, EVENT_NODE_STOPPED, small_world_now(i),
                                             STR("reeve"), STR("node:local"));
        event_set_str(event, "reason", i ? (struct str){"\xFF", 1} : STR("good"));
    }
    CHECK(!engine_append(&scene.engine, &events, &err));
    CHECK(str_find(str_of(err.text), "not valid UTF-8", 0) < strlen(err.text));
    CHECK_INT(scene.memory.count, 0);
    CHECK_INT(scene.world->sequence, 0);
    CHECK(!scene.engine.unwritable);
    end(&scene);
}

TEST(replay_gives_the_same_tree_and_decides_nothing_more)
{
    struct scene scene;
    struct err err = {0};
    begin(&scene, arena);
    CHECK_OK(engine_turn(&scene.engine, small_world_now(0), &err), &err);
    struct world *anew = small_world_make(arena);
    small_world_read(anew, arena, "Disk usage", TRUTH_TRUE);
    struct engine engine;
    engine_init(&engine, scene.engine.ports, anew);
    CHECK_OK(engine_replay(&engine, &err), &err);
    struct hash root = merkle_root(&scene.engine.tree);
    struct hash anew_root = merkle_root(&engine.tree);
    CHECK(hash_equal(&root, &anew_root));
    CHECK_INT(anew->sequence, 4);
    CHECK_OK(engine_turn(&engine, small_world_now(0), &err), &err);
    CHECK_INT(scene.memory.count, 4);
    engine_done(&engine);
    world_done(anew);
    end(&scene);
}

TEST(a_damaged_entry_stops_the_replay_with_its_number)
{
    struct scene scene;
    struct err err = {0};
    begin(&scene, arena);
    CHECK_OK(engine_turn(&scene.engine, small_world_now(0), &err), &err);
    scene.memory.entries[2].leaf = STR("{\"kind\":");
    struct world *anew = small_world_make(arena);
    struct engine engine;
    engine_init(&engine, scene.engine.ports, anew);
    CHECK(!engine_replay(&engine, &err));
    CHECK_STR(str_of(err.place), "entry 3");
    CHECK_INT(err.kind, ERR_SELF);
    engine_done(&engine);
    world_done(anew);
    end(&scene);
}

TEST(an_entry_out_of_its_place_stops_the_replay)
{
    struct scene scene;
    struct err err = {0};
    begin(&scene, arena);
    CHECK_OK(engine_turn(&scene.engine, small_world_now(0), &err), &err);
    scene.memory.entries[3].sequence = INT64_MAX;
    struct world *anew = small_world_make(arena);
    struct engine engine;
    engine_init(&engine, scene.engine.ports, anew);
    CHECK(!engine_replay(&engine, &err));
    CHECK_INT(err.kind, ERR_SELF);
    CHECK(str_find(str_of(err.text), "Entry 9223372036854775807", 0) < strlen(err.text));
    engine_done(&engine);
    world_done(anew);
    end(&scene);
}
