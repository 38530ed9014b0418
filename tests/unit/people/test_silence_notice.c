/* test_silence_notice.c - who is told that a silence ends, once, by which way, over restarts. */
#include "people/silence_notice.h"

#include "harness/test.h"
#include "scene.h"

enum { HOUR_MS = 60 * MINUTE };

/* Of an hour, by this actor; 10 minutes before its end it is said that it still mutes. */
static void begin(struct scene *scene, struct arena *arena, const char *actor)
{
    struct event_list out;
    scene_begin(scene, arena);
    event_list_init(&out, arena);
    struct event *event =
        event_list_add(&out, EVENT_SILENCE_OPENED, scene->now, str_of(actor), STR("silence:1"));
    event_set_int(event, "number", 1);
    event_set_str(event, "scope", STR("everything"));
    event_set_str(event, "title", STR("everything"));
    event_set_str(event, "reason", STR("we move"));
    event_set_instant(event, "until", instant_add_ms(scene->now, HOUR_MS));
    event_set_int(event, "for_ms", HOUR_MS);
    scene_fold(scene, &out);
    scene_pass(scene, 50 * MINUTE);
    CHECK_INT(scene_count(scene, EVENT_PAGE_REQUESTED, NULL), 0);
    event_list_init(&out, arena);
    event = event_list_add(&out, EVENT_SILENCE_ENDING, scene->now, STR("reeve"), STR("silence:1"));
    event_set_int(event, "number", 1);
    scene_fold(scene, &out);
    scene_settle(scene);
}

static void tell_over(struct scene *scene, enum event_kind kind)
{
    struct event_list out;
    event_list_init(&out, scene->arena);
    struct event *event = event_list_add(&out, kind, scene->now, STR("reeve"), STR("silence:1"));
    event_set_int(event, "number", 1);
    scene_fold(scene, &out);
    scene_settle(scene);
}

static struct silence_notice notice_of(const struct scene *scene, const char *id)
{
    const struct page *page = page_find(&scene->pages, str_of(id));
    if (!page)
        test_fail(__FILE__, __LINE__, "there is no page %s", id);
    return (struct silence_notice){.page = page,
                                   .silence = silence_find(&scene->silences, page->silence),
                                   .public_url = STR("https://reeve.example"),
                                   .checkpoint = STR(""),
                                   .now = scene->now};
}

TEST(who_made_it_is_told_once)
{
    struct scene scene;
    begin(&scene, arena, "person:ben");
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), 1); /* one way, not both */
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ben"), 1);
    CHECK_STR(event_sentence(arena, &scene.log.items[scene.log.count - 1]),
              "Ben is to be told of the end of silence 1 by mail: you made the silence.");
    CHECK(page_is_of_silence(page_find(&scene.pages, STR("s1-ben-smtp-1"))));
    CHECK_INT(scene_send(&scene), 1);
    scene_pass(&scene, 9 * MINUTE);
    scene_tell(&scene, EVENT_NODE_STARTED, 0);
    scene_pass(&scene, MINUTE / 2);
    CHECK_INT(scene_send(&scene), 0);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), 1);
    scene_end(&scene);
}

TEST(who_is_on_call_is_told_when_the_maker_is_not_known)
{
    static const char *const makers[] = {"program:ben", "person:somebody"};
    for (size_t i = 0; i < 2; i++) {
        struct scene scene;
        begin(&scene, arena, makers[i]);
        CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), 1);
        CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ana"), 1);
        /* Somebody else is on call by now: it was told. */
        struct str ben[] = {STR("ben")};
        struct rota_layer layer = ROTA_ALWAYS((&(struct rota_slot){ben, 1}));
        struct rota rota = {.name = STR("primary"), .layers = &layer, .layer_count = 1};
        struct oncall other = *scene.oncall;
        other.rotas = &rota;
        other.rota_count = 1;
        scene.oncall = &other;
        scene_settle(&scene);
        CHECK_INT(scene_send(&scene), 1);
        scene_pass(&scene, MINUTE);
        CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), 1);
        scene_end(&scene);
    }
}

TEST(the_next_way_and_then_who_is_on_call)
{
    struct scene scene;
    begin(&scene, arena, "person:ben");
    CHECK_INT(scene_answer(&scene, PAGE_WAS_REFUSED), 1); /* the mail */
    scene_settle(&scene);
    CHECK(page_find(&scene.pages, STR("s1-ben-webhook-1")) != NULL);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ana"), 0);
    CHECK_INT(scene_answer(&scene, PAGE_WAS_REFUSED), 1);
    scene_settle(&scene);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ana"), 1);
    CHECK_STR(str_of(page_find(&scene.pages, STR("s1-ana-smtp-1"))->reason),
              "you are on call, and who made the silence cannot be told");
    CHECK_INT(scene_answer(&scene, PAGE_WAS_REFUSED), 1);
    scene_settle(&scene);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), 3); /* nobody is left, and no more */
    scene_end(&scene);
}

TEST(a_maker_who_left_the_configuration_was_told)
{
    struct scene scene;
    begin(&scene, arena, "person:ben");
    CHECK_INT(scene_send(&scene), 1);
    struct people only = {scene.oncall->people->items, 1};
    struct oncall other = *scene.oncall;
    other.people = &only;
    scene.oncall = &other;
    scene_settle(&scene);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), 1);
    scene_end(&scene);
}

TEST(what_waits_is_stopped_when_the_silence_is_over)
{
    static const enum event_kind ends[] = {EVENT_SILENCE_ENDED, EVENT_SILENCE_EXPIRED};
    for (size_t i = 0; i < 2; i++) {
        struct scene scene;
        begin(&scene, arena, "person:ben");
        tell_over(&scene, ends[i]);
        CHECK_INT(scene_send(&scene), 0);
        CHECK_INT(scene_count(&scene, EVENT_PAGE_STOPPED, NULL), 1);
        CHECK_STR(event_sentence(arena, &scene.log.items[scene.log.count - 1]),
                  "Ben is not told by mail any more: the silence is over.");
        scene_end(&scene);
    }
}

TEST(one_in_doubt_is_sent_again)
{
    struct scene scene;
    begin(&scene, arena, "person:ben");
    struct event_list out;
    event_list_init(&out, arena);
    page_start(page_find(&scene.pages, STR("s1-ben-smtp-1")), scene.now, &out);
    CHECK_STR(out.items[0].subject, "silence:1");
    scene_fold(&scene, &out);
    scene_tell(&scene, EVENT_NODE_STARTED, 0);
    scene_settle(&scene);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_DOUBTED, NULL), 1);
    CHECK_INT(scene_send(&scene), 1);
    struct silence_notice notice = notice_of(&scene, "s1-ben-smtp-1");
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), 1);
    CHECK_STR(silence_notice_subject(arena, &notice),
              "[notice] Silence 1 ends at 12:00 UTC: everything");
    scene_end(&scene);
}

TEST(what_is_said)
{
    struct scene scene;
    begin(&scene, arena, "person:ben");
    struct silence_notice notice = notice_of(&scene, "s1-ben-smtp-1");
    const struct silence_matter matters[] = {
        {.kind = SILENCE_OF_RULE,
         .title = STR("Disk usage > 80%"),
         .level = STR("critical"),
         .since = instant_add_ms(scene.now, -5 * MINUTE)},
        {.kind = SILENCE_OF_ALERT, .title = STR("graf: only shown"), .level = STR("")}};
    notice.firing = (struct silence_firing){matters, 2};
    struct str text = silence_notice_text(arena, &notice);
    CHECK(str_find(text, "Silence 1 of everything ends at 2025-11-24 12:00:00 UTC (in 10 min).",
                   0) < text.n);
    CHECK(str_find(text, "Made by ben: we move", 0) < text.n);
    CHECK(str_find(text, "  Disk usage > 80%, for 5 min\n", 0) < text.n);
    CHECK(str_find(text, "only shown", 0) == text.n);
    CHECK(str_find(text, "  reeve silence end 1\n", 0) < text.n);
    CHECK(str_find(text, "You are told because: you made the silence", 0) < text.n);
    struct str json = silence_notice_json(arena, &notice);
    CHECK(str_find(json, "\"type\":\"silence.ending\"", 0) < json.n);
    CHECK(str_find(json, "\"mutes\":[\"Disk usage > 80%\"],\"mutes_count\":1", 0) < json.n);
    notice.silence = NULL;
    CHECK_STR(silence_notice_subject(arena, &notice), "[notice] Silence 1 is over");
    text = silence_notice_text(arena, &notice);
    CHECK(str_find(text, "whose end was to be told to you, is over", 0) < text.n);
    json = silence_notice_json(arena, &notice);
    CHECK(str_find(json, "\"mutes\"", 0) == json.n);
    scene_end(&scene);
}
