/* test_said.c - what somebody writes in a channel: done as the action that it is, once, with their
 * permissions, in the ledger before it is answered. */
#include "action/said.h"

#include "access/caller.h"
#include "engine/engine.h"
#include "harness/memory_store.h"
#include "harness/test.h"
#include "small_world.h"

static const char room[] = "#incident-1";

struct scene {
    struct arena *arena;
    struct memory_store memory;
    struct world *world;
    struct engine engine;
};

static void give_random(void *bytes, size_t size_bytes)
{
    memset(bytes, 7, size_bytes);
}

static void append(struct scene *scene, struct event_list *events)
{
    struct err err = {0};
    CHECK_OK(engine_append(&scene->engine, events, &err), &err);
}

/* An open incident with its channel. */
static void begin(struct scene *scene, struct arena *arena)
{
    struct event_list events;
    *scene = (struct scene){.arena = arena};
    memory_store_init(&scene->memory);
    scene->world = small_world_make(arena);
    engine_init(&scene->engine, (struct engine_ports){&scene->memory.store, give_random},
                scene->world);
    event_list_init(&events, arena);
    struct instant now = small_world_now(0);
    struct event *event =
        event_list_add(&events, EVENT_INCIDENT_OPENED, now, STR("reeve"), STR("incident:1"));
    event_set_int(event, "number", 1);
    event_set_str(event, "severity", STR("P2"));
    event_set_str(event, "title", STR("It burns"));
    event = event_list_add(&events, EVENT_CHANNEL_WANTED, now, STR("reeve"), STR("incident:1"));
    event_set_int(event, "number", 1);
    event_set_str(event, "name", STR("incident-1"));
    event_set_str(event, "kind", STR("irc"));
    event_set_str(event, "severity", STR("P2"));
    event_set_str(event, "title", STR("It burns"));
    event_set_int(event, "attempt", 1);
    event = event_list_add(&events, EVENT_CHANNEL_CREATED, now, STR("reeve"), STR("incident:1"));
    event_set_int(event, "number", 1);
    event_set_str(event, "name", STR("incident-1"));
    event_set_str(event, "channel", str_of(room));
    append(scene, &events);
}

static void end(struct scene *scene)
{
    engine_done(&scene->engine);
    world_done(scene->world);
    memory_store_done(&scene->memory);
}

/* A second incident, and the first one merged into it. */
static void merge(struct scene *scene)
{
    struct event_list events;
    struct instant now = small_world_now(0);
    event_list_init(&events, scene->arena);
    struct event *event =
        event_list_add(&events, EVENT_INCIDENT_OPENED, now, STR("reeve"), STR("incident:2"));
    event_set_int(event, "number", 2);
    event_set_str(event, "severity", STR("P2"));
    event_set_str(event, "title", STR("All burns"));
    event =
        event_list_add(&events, EVENT_INCIDENT_MERGED, now, STR("person:ben"), STR("incident:1"));
    event_set_int(event, "number", 1);
    event_set_int(event, "into", 2);
    event_set_str(event, "reason", STR("one fire"));
    append(scene, &events);
}

static struct str say(struct scene *scene, enum role role, const char *text, const char *id)
{
    struct channel_heard heard = {.kind = CHANNEL_HEARD_SAID,
                                  .channel = str_of(room),
                                  .who = STR("ana!a@h"),
                                  .text = str_of(text),
                                  .id = str_of(id)};
    const struct channel *channel = channel_find(&scene->world->channels, 1);
    struct caller caller =
        caller_of_channel(scene->arena, STR("ana"), role, channel_speaks_of(channel));
    return said_perform(&scene->engine, &heard, caller, small_world_now(1), scene->arena);
}

/* How many entries have these words. */
static int entries(const struct scene *scene, const char *words)
{
    int count = 0;
    for (size_t i = 0; i < scene->memory.count; i++)
        count +=
            str_find(scene->memory.entries[i].leaf, words, 0) < scene->memory.entries[i].leaf.n;
    return count;
}

TEST(words_are_a_note_and_what_comes_twice_is_taken_once)
{
    struct scene scene;
    begin(&scene, arena);
    CHECK_STR(say(&scene, ROLE_RESPONDER, "the pool is full", "m1"), "");
    CHECK_STR(say(&scene, ROLE_RESPONDER, "the pool is full", "m1"), "");
    CHECK_INT(entries(&scene, "\"kind\":\"incident.noted\""), 1);
    CHECK_INT(entries(&scene, "\"kind\":\"channel.heard\""), 1);
    CHECK_INT(entries(&scene, "\"actor\":\"person:ana\""), 2);
    CHECK_STR(say(&scene, ROLE_RESPONDER, "the pool is full", ""), ""); /* no number, no memory */
    CHECK_INT(entries(&scene, "\"kind\":\"incident.noted\""), 2);
    CHECK_STR(say(&scene, ROLE_RESPONDER, "  ", ""), "");
    CHECK_INT(entries(&scene, "\"kind\":\"channel.heard\""), 2);
    end(&scene);
}

TEST(an_ack_with_words_is_both_and_a_second_one_is_answered)
{
    struct scene scene;
    begin(&scene, arena);
    CHECK_STR(say(&scene, ROLE_RESPONDER, "ack on my way", "m1"), "");
    CHECK_INT(entries(&scene, "\"kind\":\"incident.acknowledged\""), 1);
    CHECK_INT(entries(&scene, "\"kind\":\"incident.noted\""), 1);
    CHECK(str_starts(say(&scene, ROLE_RESPONDER, "ACK", "m2"),
                     "Incident 1 was already acknowledged by ana at "));
    CHECK_INT(entries(&scene, "\"kind\":\"incident.acknowledged\""), 1);
    CHECK_STR(say(&scene, ROLE_RESPONDER, "resolve it was the pool", "m3"), "");
    CHECK_INT(entries(&scene, "\"kind\":\"incident.resolved\""), 1);
    end(&scene);
}

TEST(who_may_not_is_refused_by_a_fact_and_nothing_is_done)
{
    struct scene scene;
    begin(&scene, arena);
    CHECK(say(&scene, ROLE_VIEWER, "resolve it was the pool", "m1").n > 0);
    CHECK_INT(entries(&scene, "\"kind\":\"call.refused\""), 1);
    CHECK_INT(entries(&scene, "\"kind\":\"incident.resolved\""), 0);
    CHECK(say(&scene, ROLE_RESPONDER, "page zoe", "m2").n > 0);
    CHECK_INT(entries(&scene, "\"kind\":\"incident.called\""), 0);
    CHECK(str_starts(say(&scene, ROLE_VIEWER, "help", "m3"), "Write ack"));
    end(&scene);
}

TEST(a_command_that_lacks_its_words_is_answered_in_the_channels_words)
{
    struct scene scene;
    begin(&scene, arena);
    CHECK(str_ends(say(&scene, ROLE_RESPONDER, "resolve", "m1"), "behind it: resolve WORDS."));
    CHECK(str_ends(say(&scene, ROLE_RESPONDER, "!note", "m2"), "behind it: note WORDS."));
    CHECK(str_ends(say(&scene, ROLE_RESPONDER, "page", "m3"), "whom to page: page NAME."));
    CHECK_INT(entries(&scene, "\"kind\":\"channel.heard\""), 0);
    end(&scene);
}

TEST(what_cannot_be_written_is_to_be_said_again)
{
    struct scene scene;
    begin(&scene, arena);
    scene.memory.refuse_from = 2; /* the batch after the incident's */
    CHECK_STR(say(&scene, ROLE_RESPONDER, "the pool is full", "m1"),
              "The ledger cannot be written just now: this was not taken; say it again.");
    CHECK_INT(entries(&scene, "\"kind\":\"incident.noted\""), 0);
    end(&scene);
}

TEST(what_is_written_where_an_incident_was_merged_is_taken_for_the_other_one)
{
    struct scene scene;
    begin(&scene, arena);
    merge(&scene);
    CHECK_STR(say(&scene, ROLE_RESPONDER, "ack", "m1"), "");
    CHECK_INT(entries(&scene, "\"kind\":\"incident.acknowledged\",\"subject\":\"incident:2\""), 1);
    CHECK_STR(say(&scene, ROLE_RESPONDER, "the pool is full", "m2"), "");
    CHECK_INT(entries(&scene, "\"kind\":\"incident.noted\",\"subject\":\"incident:2\""), 1);
    CHECK(!channel_find(&scene.world->channels, 1)->is_skipping);
    CHECK_STR(say(&scene, ROLE_RESPONDER, "resolve it was the pool", "m3"),
              "Incident 1 was merged into incident 2; it goes on without a channel so far. Nothing "
              "was resolved; resolve incident 2 itself, if it is over.");
    CHECK_INT(entries(&scene, "\"kind\":\"incident.resolved\""), 0);
    end(&scene);
}

TEST(another_channel_is_nobodys)
{
    struct scene scene;
    begin(&scene, arena);
    struct channel_heard heard = {
        .kind = CHANNEL_HEARD_SAID, .channel = STR("#other"), .text = STR("ack")};
    struct caller caller = caller_of_channel(arena, STR("ana"), ROLE_RESPONDER, 1);
    CHECK_STR(said_perform(&scene.engine, &heard, caller, small_world_now(1), arena), "");
    CHECK_INT(entries(&scene, "\"kind\":\"channel.heard\""), 0);
    end(&scene);
}
