/* test_perform.c - calls performed: durable before replied, refusals as facts, reads that change
 * nothing. */
#include "action/perform.h"
#include "harness/memory_store.h"
#include "harness/test.h"
#include "small_world.h"

static void give_random(void *bytes, size_t size_bytes)
{
    memset(bytes, 7, size_bytes);
}

struct scene {
    struct arena *arena;
    struct memory_store memory;
    struct world *world;
    struct engine engine;
    struct reply reply;
    struct err err;
};

static void begin(struct scene *scene, struct arena *arena)
{
    *scene = (struct scene){.arena = arena};
    memory_store_init(&scene->memory);
    scene->world = small_world_make(arena);
    engine_init(&scene->engine, (struct engine_ports){&scene->memory.store, give_random},
                scene->world);
}

static void end(struct scene *scene)
{
    engine_done(&scene->engine);
    world_done(scene->world);
    memory_store_done(&scene->memory);
}

static bool perform(struct scene *scene, struct caller caller, const char *const *words)
{
    struct call call;
    int argc = 0;
    int used = 0;
    while (words[argc])
        argc++;
    const struct action *action = action_find(argc, words, &used);
    CHECK(action != NULL);
    call_init(&call, action, caller);
    reply_init(&scene->reply, scene->arena);
    scene->err = (struct err){0};
    return call_parse(&call, scene->arena, argc - used, words + used, &scene->err) &&
           action_perform(&scene->engine, &call, small_world_now(0), &scene->reply, &scene->err);
}

#define PERFORM(scene, caller, ...) perform(scene, caller, (const char *const[]){__VA_ARGS__, NULL})

TEST(a_record_is_durable_and_told_with_its_sequence)
{
    struct scene scene;
    begin(&scene, arena);
    struct caller eva = caller_of_user(arena, STR("eva"));
    CHECK_OK(PERFORM(&scene, eva, "incident", "declare", "It burns", "--severity", "P0"),
             &scene.err);
    CHECK_STR(
        text_str(&scene.reply.json),
        "{\"facts\":[{\"kind\":\"incident.opened\",\"sentence\":\"Incident 1 opened as P0: It "
        "burns.\",\"sequence\":1,\"subject\":\"incident:1\"}]}");
    CHECK_STR(text_str(&scene.reply.text), "Incident 1 opened as P0: It burns.\n");
    /* The turn after it: the runbook in force, the escalation at once, the pages. */
    CHECK(scene.memory.count > 3);
    CHECK(str_find(scene.memory.entries[0].leaf, "incident.opened", 0) <
          scene.memory.entries[0].leaf.n);
    end(&scene);
}

TEST(what_cannot_be_written_is_not_replied)
{
    struct scene scene;
    begin(&scene, arena);
    scene.memory.refuse_from = 1;
    struct caller eva = caller_of_user(arena, STR("eva"));
    CHECK(!PERFORM(&scene, eva, "incident", "declare", "It burns"));
    CHECK_INT(scene.err.kind, ERR_SELF);
    CHECK_INT(scene.reply.json.n, 0);
    CHECK_INT(scene.world->incidents.count, 0);
    CHECK_INT(scene.memory.count, 0);
    /* Its own facts are durable, only the turn after them is not: that is a yes. */
    scene.memory.refuse_from = scene.memory.appends + 2;
    CHECK_OK(PERFORM(&scene, eva, "incident", "declare", "It burns"), &scene.err);
    CHECK_INT(scene.memory.count, 1);
    end(&scene);
}

TEST(a_refused_permission_is_a_fact_and_stands_when_it_cannot_be_written)
{
    struct scene scene;
    begin(&scene, arena);
    struct caller link = caller_of_link(arena, STR("ben"), 1);
    CHECK(!PERFORM(&scene, link, "incident", "declare", "It burns"));
    CHECK_INT(scene.err.kind, ERR_REFUSED);
    CHECK_INT(scene.memory.count, 1);
    struct str leaf = scene.memory.entries[0].leaf;
    CHECK(str_find(leaf, "\"kind\":\"call.refused\"", 0) < leaf.n);
    CHECK(str_find(leaf, "\"actor\":\"person:ben\"", 0) < leaf.n);
    CHECK_INT(scene.world->incidents.count, 0);
    scene.memory.refuse_from = 1;
    CHECK(!PERFORM(&scene, link, "incident", "declare", "It burns"));
    CHECK_INT(scene.err.kind, ERR_REFUSED);
    CHECK_INT(scene.memory.count, 1);
    end(&scene);
}

TEST(a_link_answers_its_own_incident_only)
{
    struct scene scene;
    begin(&scene, arena);
    struct caller eva = caller_of_user(arena, STR("eva"));
    CHECK(PERFORM(&scene, eva, "incident", "declare", "It burns"));
    CHECK(PERFORM(&scene, eva, "incident", "declare", "It rains"));
    struct caller link = caller_of_link(arena, STR("ben"), 1);
    CHECK(!PERFORM(&scene, link, "incident", "ack", "2"));
    CHECK_INT(scene.err.kind, ERR_REFUSED);
    CHECK_OK(PERFORM(&scene, link, "incident", "ack", "1"), &scene.err);
    CHECK_INT(incident_find(&scene.world->incidents, 1)->state, INCIDENT_ACKNOWLEDGED);
    CHECK_INT(incident_find(&scene.world->incidents, 2)->state, INCIDENT_OPEN);
    end(&scene);
}

TEST(a_command_that_is_refused_leaves_no_fact)
{
    struct scene scene;
    begin(&scene, arena);
    struct caller eva = caller_of_user(arena, STR("eva"));
    CHECK(!PERFORM(&scene, eva, "incident", "ack", "4"));
    CHECK_STR(str_of(scene.err.text),
              "There is no incident 4; \"reeve incident list\" shows those that are open.");
    CHECK(!PERFORM(&scene, eva, "page", "test", "nobody"));
    CHECK(!PERFORM(&scene, eva, "page", "test", "kim"));
    CHECK(!PERFORM(&scene, eva, "incident", "declare", "It burns", "--severity", "P9"));
    CHECK_INT(scene.memory.count, 0);
    end(&scene);
}

TEST(reads_render_and_write_nothing)
{
    struct scene scene;
    struct json *json;
    begin(&scene, arena);
    struct caller page = caller_of_token();
    CHECK_OK(PERFORM(&scene, page, "alert", "list"), &scene.err);
    CHECK_OK(json_parse(arena, text_str(&scene.reply.json), &json, &scene.err), &scene.err);
    CHECK_INT(json->count, 3);
    CHECK_OK(PERFORM(&scene, page, "incident", "list"), &scene.err);
    CHECK_OK(json_parse(arena, text_str(&scene.reply.json), &json, &scene.err), &scene.err);
    CHECK_INT(scene.memory.count, 0);
    CHECK(PERFORM(&scene, caller_of_user(arena, STR("eva")), "incident", "declare", "It burns"));
    size_t before = scene.memory.count;
    CHECK_OK(PERFORM(&scene, page, "status"), &scene.err);
    CHECK_INT(scene.reply.exit_code, 1);
    CHECK(str_find(text_str(&scene.reply.text), "It burns", 0) < scene.reply.text.n);
    CHECK_OK(PERFORM(&scene, page, "incident", "show", "1"), &scene.err);
    CHECK_OK(json_parse(arena, text_str(&scene.reply.json), &json, &scene.err), &scene.err);
    CHECK(!PERFORM(&scene, page, "incident", "show", "2"));
    CHECK_INT(scene.memory.count, before);
    struct caller link = caller_of_link(arena, STR("ben"), 1);
    CHECK(!PERFORM(&scene, link, "status"));
    end(&scene);
}

/* The reply is written when the facts are folded already: it must not show the state of after. */
TEST(a_change_of_severity_says_from_what)
{
    struct scene scene;
    begin(&scene, arena);
    struct caller eva = caller_of_user(arena, STR("eva"));
    CHECK(PERFORM(&scene, eva, "incident", "declare", "It burns"));
    CHECK_OK(PERFORM(&scene, eva, "incident", "severity", "1", "P0"), &scene.err);
    CHECK_STR(text_str(&scene.reply.text), "Incident 1 went from P1 to P0: a person changed it.\n");
    end(&scene);
}

static bool says(const struct scene *scene, const char *words)
{
    return str_find(text_str(&scene->reply.text), words, 0) < scene->reply.text.n;
}

TEST(the_list_of_alerts_says_unknown_when_the_ledger_does)
{
    struct scene scene;
    begin(&scene, arena);
    struct caller eva = caller_of_user(arena, STR("eva"));
    small_world_read(scene.world, arena, "Error rate", TRUTH_UNKNOWN);
    CHECK_OK(PERFORM(&scene, eva, "alert", "list"), &scene.err);
    CHECK(says(&scene, "inactive not read yet"));
    CHECK(!says(&scene, "inactive unknown"));
    CHECK_OK(engine_turn(&scene.engine, small_world_now(0), &scene.err), &scene.err);
    CHECK_OK(PERFORM(&scene, eva, "alert", "list"), &scene.err);
    CHECK(says(&scene, "inactive unknown"));
    end(&scene);
}

TEST(a_rule_that_is_pending_was_read)
{
    struct scene scene;
    begin(&scene, arena);
    struct caller eva = caller_of_user(arena, STR("eva"));
    small_world_read(scene.world, arena, "Error rate", TRUTH_TRUE);
    CHECK_OK(engine_turn(&scene.engine, small_world_now(0), &scene.err), &scene.err);
    small_world_read(scene.world, arena, "Error rate", TRUTH_UNKNOWN);
    CHECK_OK(PERFORM(&scene, eva, "alert", "list"), &scene.err);
    CHECK(says(&scene, "pending  unknown"));
    CHECK(!says(&scene, "pending  not read yet"));
    end(&scene);
}

TEST(the_status_names_pages_that_were_given_up)
{
    struct scene scene;
    begin(&scene, arena);
    struct caller eva = caller_of_user(arena, STR("eva"));
    CHECK(PERFORM(&scene, eva, "page", "test", "ana"));
    struct event_list out;
    event_list_init(&out, arena);
    const struct page *page = page_find(&scene.world->pages, STR("0-ana-smtp-1"));
    CHECK(page != NULL);
    page_start(page, small_world_now(1), &out);
    page_finish(page, PAGE_WAS_REFUSED, STR("550 no such mailbox"), small_world_now(2), &out);
    CHECK_OK(engine_append(&scene.engine, &out, &scene.err), &scene.err);
    CHECK_OK(PERFORM(&scene, eva, "status"), &scene.err);
    CHECK(says(&scene, "page 0-ana-smtp-1 to ana by smtp was given up: 550 no such mailbox\n"));
    CHECK_INT(scene.reply.exit_code, 1);
    /* Somebody who is no longer in the configuration is no trouble any more. */
    scene.world->people.count = 0;
    scene.world->oncall.rota_count = 0;
    scene.world->rules.count = 0;
    CHECK_OK(PERFORM(&scene, eva, "status"), &scene.err);
    CHECK(says(&scene, "Nothing is wrong."));
    CHECK_INT(scene.reply.exit_code, 0);
    end(&scene);
}

TEST(the_status_says_that_nothing_is_known_of_rules)
{
    struct scene scene;
    begin(&scene, arena);
    struct caller eva = caller_of_user(arena, STR("eva"));
    CHECK(scene.world->rules.count > 0);
    CHECK_OK(PERFORM(&scene, eva, "status"), &scene.err);
    CHECK(says(&scene, "; the daemon reads them, and it does not run\n"));
    CHECK(!says(&scene, "Nothing is wrong."));
    CHECK_INT(scene.reply.exit_code, 1);
    scene.world->evaluations =
        arena_array(arena, scene.world->rules.count, sizeof *scene.world->evaluations);
    telemetry_set_targets(&scene.world->telemetry, NULL, 0);
    CHECK_OK(PERFORM(&scene, eva, "status"), &scene.err);
    CHECK(says(&scene, "there is no target to read from; name one under targets: in reeve.yaml\n"));
    CHECK_INT(scene.reply.exit_code, 1);
    end(&scene);
}

TEST(a_text_with_control_characters_is_refused)
{
    static const char *const titles[] = {"Down\r\nBcc: all@acme.example", "Down\x1b[2J", "Down\x7f",
                                         "Down\xc2\x9b and more"};
    struct scene scene;
    begin(&scene, arena);
    struct caller eva = caller_of_user(arena, STR("eva"));
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        CHECK(!PERFORM(&scene, eva, "incident", "declare", titles[i]));
        CHECK_STR(
            str_of(scene.err.text),
            "title has a control character or a line break at byte 5; write it as one line of "
            "plain text.");
    }
    CHECK(PERFORM(&scene, eva, "incident", "declare", "Caf\xc3\xa9\tis down"));
    end(&scene);
}

/* The leaf of the entry at this place, from 1, has these words. */
static bool leaf_has(const struct scene *scene, size_t sequence, const char *words)
{
    struct str leaf = scene->memory.entries[sequence - 1].leaf;
    return str_find(leaf, words, 0) < leaf.n;
}

static size_t write_note(struct scene *scene)
{
    struct caller eva = caller_of_user(scene->arena, STR("eva"));
    CHECK(PERFORM(scene, eva, "incident", "declare", "It burns"));
    CHECK(PERFORM(scene, eva, "incident", "note", "1", "The", "customer", "is", "Zoe"));
    return scene->memory.count;
}

TEST(erasing_is_a_fact_before_the_text_goes)
{
    struct scene scene;
    begin(&scene, arena);
    struct caller eva = caller_of_user(arena, STR("eva"));
    size_t note = write_note(&scene);
    struct str leaf = str_copy(arena, scene.memory.entries[note - 1].leaf);
    const char *number = str_printf(arena, "%zu", note).p;
    CHECK_OK(PERFORM(&scene, eva, "ledger", "erase", number, "--reason", "a name"), &scene.err);
    CHECK(says(&scene, "Eva erased the texts of entry"));
    CHECK_INT(scene.memory.count, note + 1);
    CHECK(leaf_has(&scene, note + 1, "\"kind\":\"text.erased\""));
    CHECK(leaf_has(&scene, note + 1, "\"subject\":\"incident:1\""));
    CHECK(scene.memory.entries[note - 1].texts[0].erased);
    CHECK_SAME(scene.memory.entries[note - 1].leaf, leaf);
    CHECK_INT(scene.engine.erasure_count, 0);
    /* Twice, without a text, or what is not there: a sentence and no fact. */
    CHECK(!PERFORM(&scene, eva, "ledger", "erase", number, "--reason", "a name"));
    CHECK(str_find(str_of(scene.err.text), "were erased already", 0) < strlen(scene.err.text));
    CHECK(!PERFORM(&scene, eva, "ledger", "erase", "2", "--reason", "a name"));
    CHECK(str_find(str_of(scene.err.text), "has no text beside it", 0) < strlen(scene.err.text));
    CHECK(!PERFORM(&scene, eva, "ledger", "erase", "99", "--reason", "a name"));
    CHECK(str_find(str_of(scene.err.text), "no entry 99", 0) < strlen(scene.err.text));
    CHECK(!PERFORM(&scene, eva, "ledger", "erase", "1"));
    CHECK(str_find(str_of(scene.err.text), "reason is missing", 0) < strlen(scene.err.text));
    CHECK_INT(scene.memory.count, note + 1);
    CHECK(!PERFORM(&scene, caller_of_token(), "ledger", "erase", number, "--reason", "a name"));
    CHECK_INT(scene.err.kind, ERR_REFUSED);
    end(&scene);
}

TEST(an_erasure_that_a_crash_cut_off_is_completed)
{
    struct scene scene;
    begin(&scene, arena);
    struct caller eva = caller_of_user(arena, STR("eva"));
    size_t note = write_note(&scene);
    const char *number = str_printf(arena, "%zu", note).p;
    scene.memory.refuse_erasing = true;
    CHECK_OK(PERFORM(&scene, eva, "ledger", "erase", number, "--reason", "a name"), &scene.err);
    CHECK(says(&scene, "as soon as it can be"));
    CHECK(!scene.memory.entries[note - 1].texts[0].erased);
    CHECK_INT(scene.engine.erasure_count, 1);
    /* It does not stand in the way of what else is decided, and is not tried each tick. */
    CHECK_OK(engine_turn(&scene.engine, small_world_now(1), &scene.err), &scene.err);
    CHECK(!engine_turn(&scene.engine, small_world_now(11), &scene.err));
    for (int restart = 0; restart < 2; restart++) {
        engine_done(&scene.engine);
        world_done(scene.world);
        scene.world = small_world_make(arena);
        engine_init(&scene.engine, (struct engine_ports){&scene.memory.store, give_random},
                    scene.world);
        CHECK_OK(engine_replay(&scene.engine, &scene.err), &scene.err);
        CHECK_INT(scene.engine.erasure_count, restart == 0);
        scene.memory.refuse_erasing = false;
        CHECK_OK(engine_turn(&scene.engine, small_world_now(20), &scene.err), &scene.err);
        CHECK(scene.memory.entries[note - 1].texts[0].erased);
        CHECK_INT(scene.engine.erasure_count, 0);
    }
    end(&scene);
}

TEST(not_more_erasures_wait_than_the_limit)
{
    struct scene scene;
    begin(&scene, arena);
    struct caller eva = caller_of_user(arena, STR("eva"));
    size_t entry = write_note(&scene);
    scene.memory.refuse_erasing = true;
    /* The reason of each is itself a text that can be erased. */
    for (int i = 0; i < LIMIT_ERASURES; i++, entry++)
        CHECK_OK(PERFORM(&scene, eva, "ledger", "erase", str_printf(arena, "%zu", entry).p,
                         "--reason", "a name"),
                 &scene.err);
    CHECK(!PERFORM(&scene, eva, "ledger", "erase", str_printf(arena, "%zu", entry).p, "--reason",
                   "a name"));
    CHECK(str_find(str_of(scene.err.text), "64 erasures wait", 0) < strlen(scene.err.text));
    CHECK_INT(scene.memory.count, entry);
    scene.memory.refuse_erasing = false;
    CHECK_OK(engine_turn(&scene.engine, small_world_now(60), &scene.err), &scene.err);
    CHECK_INT(scene.engine.erasure_count, 0);
    for (size_t i = entry - LIMIT_ERASURES; i < entry; i++)
        CHECK(!ledger_entry_has_text(&scene.memory.entries[i - 1]));
    end(&scene);
}
