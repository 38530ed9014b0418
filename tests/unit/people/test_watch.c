/* test_watch.c - which incidents are looked at: none while nothing is due, only the one that a fact
 * is about, all when a shift changes; and what is decided is what is decided without a watch. */
#include "harness/test.h"
#include "people/watch.h"
#include "scene.h"

enum { MANY = 200, HOUR_MS = 60 * MINUTE };

static struct page_watch watch;

/* As the world does it: each fact is the watch's too. */
static size_t decide(struct scene *scene)
{
    struct page_world pages = scene_pages(scene);
    size_t decided = 0;
    for (int round = 0; round < LIMIT_TURN_ROUNDS; round++) {
        struct event_list out;
        struct incident_world incidents = scene_incidents(scene);
        event_list_init(&out, scene->arena);
        incident_decide(&incidents, &out);
        pages.now = scene->now;
        pages.watch = &watch;
        if (out.count == 0)
            page_decide(&pages, &out);
        for (size_t i = 0; i < out.count; i++)
            page_watch_fold(&watch, &out.items[i]);
        scene_fold(scene, &out);
        decided += out.count;
        if (out.count == 0)
            break;
    }
    struct event_list all;
    event_list_init(&all, scene->arena);
    pages.watch = NULL;
    page_decide(&pages, &all);
    CHECK_INT(all.count, 0);
    return decided;
}

/* Every page that is ready is taken. */
static void send(struct scene *scene)
{
    size_t before = scene->log.count;
    (void)scene_send(scene);
    for (size_t i = before; i < scene->log.count; i++)
        page_watch_fold(&watch, &scene->log.items[i]);
    (void)decide(scene);
}

static void begin(struct scene *scene, struct arena *arena)
{
    scene_begin(scene, arena);
    watch = (struct page_watch){0};
    for (int i = 0; i < MANY; i++) {
        struct event_list out;
        struct err err = {0};
        struct incident_world world = scene_incidents(scene);
        struct incident_call call = {.actor = STR("person:ben"),
                                     .text = str_printf(arena, "Trouble %d", i),
                                     .severity = STR("P1")};
        event_list_init(&out, arena);
        CHECK_OK(incident_declare(&world, &call, &out, &err), &err);
        scene_fold(scene, &out);
    }
    (void)decide(scene);
    send(scene);
}

static int64_t looks_of(struct scene *scene, int64_t by_ms)
{
    int64_t before = watch.looks;
    scene->now = instant_add_ms(scene->now, by_ms);
    (void)decide(scene);
    return watch.looks - before;
}

TEST(a_turn_in_which_nothing_is_due_looks_at_no_incident)
{
    struct scene scene;
    begin(&scene, arena);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ana"), MANY);
    for (int second = 0; second < 60; second++)
        CHECK_INT(looks_of(&scene, 1000), 0);
    struct page_world pages = scene_pages(&scene);
    pages.watch = &watch;
    int64_t before = watch.looks;
    struct instant next = page_next_due(&pages, arena);
    CHECK_INT(watch.looks - before, 0);
    pages.watch = NULL;
    CHECK_INT(next.us, page_next_due(&pages, arena).us);
    scene_end(&scene);
}

TEST(after_a_fact_only_the_incident_that_it_is_about_is_looked_at)
{
    struct scene scene;
    begin(&scene, arena);
    (void)looks_of(&scene, 1000);
    size_t before = scene.log.count;
    scene_order(
        &scene, incident_acknowledge,
        (struct incident_call){.actor = STR("person:ana"), .via = STR("command"), .number = 17});
    for (size_t i = before; i < scene.log.count; i++)
        page_watch_fold(&watch, &scene.log.items[i]);
    struct page_world pages = scene_pages(&scene);
    pages.watch = &watch;
    int64_t looks = watch.looks;
    struct instant next = page_next_due(&pages, arena);
    CHECK_INT(watch.looks - looks, 1);
    pages.watch = NULL;
    CHECK_INT(next.us, page_next_due(&pages, arena).us);
    CHECK_INT(looks_of(&scene, 1000), 1);
    CHECK_INT(looks_of(&scene, 1000), 0);
    scene_end(&scene);
}

TEST(what_is_due_is_asked_for_at_its_time_and_not_before)
{
    struct scene scene;
    begin(&scene, arena);
    CHECK_INT(looks_of(&scene, PAGE_REPEAT_MS - 1), 0);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), MANY);
    scene.now = instant_add_ms(scene.now, 1);
    (void)decide(&scene);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), 2 * MANY);
    scene_end(&scene);
}

/* What was decided and not written down is decided again. */
TEST(what_could_not_be_recorded_is_decided_again)
{
    struct scene scene;
    begin(&scene, arena);
    scene.now = instant_add_ms(scene.now, PAGE_REPEAT_MS);
    struct page_world pages = scene_pages(&scene);
    pages.watch = &watch;
    for (int again = 0; again < 3; again++) {
        struct event_list lost;
        event_list_init(&lost, arena);
        page_decide(&pages, &lost);
        CHECK_INT(lost.count, MANY);
    }
    scene_end(&scene);
}

TEST(everything_is_looked_at_after_a_start_a_step_of_the_clock_and_other_repetitions)
{
    struct scene scene;
    begin(&scene, arena);
    static const enum event_kind kinds[] = {EVENT_NODE_STARTED, EVENT_CLOCK_STEPPED};
    for (size_t i = 0; i < 2; i++) {
        size_t before = scene.log.count;
        scene_tell(&scene, kinds[i], kinds[i] == EVENT_CLOCK_STEPPED ? HOUR_MS : 0);
        for (size_t k = before; k < scene.log.count; k++)
            page_watch_fold(&watch, &scene.log.items[k]);
        scene.now = instant_add_ms(scene.now, kinds[i] == EVENT_CLOCK_STEPPED ? HOUR_MS : 0);
        CHECK(looks_of(&scene, 1000) >= MANY);
    }
    struct page_world pages = scene_pages(&scene);
    struct event_list out;
    event_list_init(&out, arena);
    pages.watch = &watch;
    pages.repeat_ms = 1000;
    page_decide(&pages, &out);
    CHECK(out.count >= MANY);
    scene_end(&scene);
}

TEST(a_hand_over_of_any_rota_is_a_time_to_look)
{
    static const struct person team[] = {
        {.id = {"ana", 3}, .reach[METHOD_SMTP] = {"ana@acme.example", 16}},
        {.id = {"ben", 3}, .reach[METHOD_SMTP] = {"ben@acme.example", 16}}};
    static const struct people people = {team, 2};
    static const struct str names[] = {{"ana", 3}, {"ben", 3}};
    static const struct rota_slot slots[] = {{&names[0], 1}, {&names[1], 1}};
    struct scene scene;
    scene_begin(&scene, arena);
    watch = (struct page_watch){0};
    struct rota_layer layer = {.zone = zone_utc(),
                               .length_min = ROTA_DAY_MIN,
                               .anchor_min = scene.now.us / 60000000 - 60,
                               .slots = slots,
                               .slot_count = 2};
    struct rota rota = {.name = STR("database"), .layers = &layer, .layer_count = 1};
    struct oncall oncall = {&people, &rota, 1, NULL, NULL, NULL, 0, 0, 0};
    struct page_world pages = scene_pages(&scene);
    pages.oncall = &oncall;
    page_watch_begin(&watch, &pages);
    CHECK_INT(watch.handover.us, scene.now.us + INT64_C(23) * 3600 * 1000000);
    page_watch_take(&watch, 3, ROTA_NEVER);
    CHECK(!page_watch_is_due(&watch, 3, scene.now));
    pages.now = watch.handover;
    page_watch_begin(&watch, &pages);
    CHECK(page_watch_is_due(&watch, 3, pages.now));
    CHECK_INT(watch.handover.us, pages.now.us + INT64_C(24) * 3600 * 1000000);
    scene_end(&scene);
}
