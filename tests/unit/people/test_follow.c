/* test_follow.c - what a receiver that keeps alerts is told, when, and what it is not. */
#include "people/follow.h"

#include "harness/test.h"
#include "scene.h"

static const struct person team[] = {{.id = {"ana", 3}, .reach[METHOD_PAGERDUTY] = {"secret", 6}},
                                     {.id = {"ben", 3}, .reach[METHOD_PAGERDUTY] = {"secret", 6}}};
static const struct people people = {team, 2};
static const struct str primary[] = {{"ana", 3}};
static const struct rota_slot slots[] = {{primary, 1}};
static const struct rota_layer layers[] = {ROTA_ALWAYS(&slots[0])};
static const struct rota rotas[] = {
    {.name = {"primary", 7}, .layers = &layers[0], .layer_count = 1}};
static const struct oncall oncall = {&people, rotas, 1, NULL, NULL, NULL, 0, 0, 0};

static void begin(struct scene *scene, struct arena *arena)
{
    scene_begin(scene, arena);
    scene->oncall = &oncall;
}

/* An incident of which ana was told. */
static void open_one(struct scene *scene)
{
    scene_alert(scene, 0, true);
    CHECK_INT(scene_send(scene), 1);
}

static const struct follow *ready(const struct scene *scene, size_t *out_count)
{
    struct page_world world = scene_pages(scene);
    return follow_ready(&world, scene->arena, out_count);
}

static void start(struct scene *scene, const struct follow *follow)
{
    struct event_list out;
    event_list_init(&out, scene->arena);
    follow_start(follow, scene->now, &out);
    scene_fold(scene, &out);
}

static void finish(struct scene *scene, const struct follow *follow, enum page_outcome outcome)
{
    struct follow_end end = {outcome, STR("as scripted"), 0};
    struct event_list out;
    event_list_init(&out, scene->arena);
    follow_finish(follow, &end, scene->now, &out);
    scene_fold(scene, &out);
}

/* Exactly this is to be told now, and it is taken. */
static void tell(struct scene *scene, enum follow_state action)
{
    size_t count = 0;
    const struct follow *follows = ready(scene, &count);
    CHECK_INT(count, 1);
    CHECK_INT(follows[0].action, action);
    start(scene, &follows[0]);
    finish(scene, &follows[0], PAGE_WAS_SENT);
    (void)ready(scene, &count);
    CHECK_INT(count, 0);
}

static void nothing_is_due(const struct scene *scene)
{
    size_t count = 0;
    (void)ready(scene, &count);
    CHECK_INT(count, 0);
}

TEST(an_alert_is_acknowledged_and_resolved_once_each)
{
    struct scene scene;
    begin(&scene, arena);
    open_one(&scene);
    nothing_is_due(&scene);
    scene_order(&scene, incident_acknowledge, (struct incident_call){.number = 1});
    tell(&scene, FOLLOW_ACKNOWLEDGED);
    scene_alert(&scene, 0, false);
    scene_order(&scene, incident_resolve, (struct incident_call){.number = 1, .anyway = true});
    tell(&scene, FOLLOW_RESOLVED);
    scene_end(&scene);
}

TEST(the_newer_end_takes_the_place_of_the_older_one)
{
    struct scene scene;
    begin(&scene, arena);
    open_one(&scene);
    scene_order(&scene, incident_acknowledge, (struct incident_call){.number = 1});
    scene_order(&scene, incident_resolve, (struct incident_call){.number = 1, .anyway = true});
    tell(&scene, FOLLOW_RESOLVED);
    scene_end(&scene);
}

TEST(no_page_begins_while_its_alert_is_told_of_an_end)
{
    struct scene scene;
    size_t count = 0;
    begin(&scene, arena);
    open_one(&scene);
    scene_alert(&scene, 0, false); /* mitigated */
    const struct follow *follows = ready(&scene, &count);
    CHECK_INT(count, 1);
    CHECK_INT(follows[0].action, FOLLOW_RESOLVED);
    start(&scene, &follows[0]);
    scene_alert(&scene, 0, true); /* it opens again */
    scene_pass(&scene, 10 * MINUTE);
    CHECK_INT(scene_send(&scene), 0);
    finish(&scene, &follows[0], PAGE_DID_FAIL);
    CHECK_INT(scene_send(&scene), 1); /* it is triggered anew; nothing ends that */
    scene_pass(&scene, MINUTE);
    nothing_is_due(&scene);
    scene_end(&scene);
}

TEST(an_incident_that_opens_again_in_time_is_not_resolved)
{
    struct scene scene;
    begin(&scene, arena);
    open_one(&scene);
    scene_alert(&scene, 0, false);
    scene_alert(&scene, 0, true);
    nothing_is_due(&scene);
    scene_end(&scene);
}

TEST(a_late_second_result_begins_no_alert_anew)
{
    struct scene scene;
    begin(&scene, arena);
    open_one(&scene);
    scene_order(&scene, incident_resolve, (struct incident_call){.number = 1, .anyway = true});
    tell(&scene, FOLLOW_RESOLVED);
    struct event_list out;
    event_list_init(&out, arena);
    page_finish(page_find(&scene.pages, STR("1-ana-pagerduty-1")), PAGE_WAS_SENT, STR("again"),
                scene.now, &out);
    scene_fold(&scene, &out);
    nothing_is_due(&scene);
    scene_end(&scene);
}

TEST(waits_grow_and_a_restart_tries_at_once)
{
    static const int64_t waits_ms[] = {10000, 30000, 90000, 300000, 900000, 900000};
    struct scene scene;
    size_t count = 0;
    begin(&scene, arena);
    open_one(&scene);
    scene_order(&scene, incident_resolve, (struct incident_call){.number = 1, .anyway = true});
    for (size_t i = 0; i < sizeof waits_ms / sizeof *waits_ms; i++) {
        const struct follow *follows = ready(&scene, &count);
        CHECK_INT(count, 1);
        start(&scene, &follows[0]);
        finish(&scene, &follows[0], PAGE_DID_FAIL);
        scene_pass(&scene, waits_ms[i] - 1);
        nothing_is_due(&scene);
        scene_pass(&scene, 1);
    }
    const struct follow *follows = ready(&scene, &count);
    start(&scene, &follows[0]);
    nothing_is_due(&scene);
    scene_tell(&scene, EVENT_CLOCK_STEPPED, 60 * MINUTE);
    nothing_is_due(&scene);
    scene_tell(&scene, EVENT_NODE_STARTED, 0);
    tell(&scene, FOLLOW_RESOLVED);
    scene_end(&scene);
}

TEST(whom_nobody_knows_any_more_and_what_lasts_a_day_is_given_up)
{
    static const struct people others = {team + 1, 1};
    struct oncall without = oncall;
    struct scene scene;
    size_t count = 0;
    begin(&scene, arena);
    open_one(&scene);
    scene_order(&scene, incident_acknowledge, (struct incident_call){.number = 1});
    without.people = &others;
    without.rota_count = 0;
    scene.oncall = &without;
    const struct follow *follows = ready(&scene, &count);
    CHECK_INT(count, 1);
    CHECK(str_starts(follows[0].lost, "their address is no longer in the configuration"));
    scene.oncall = &oncall;
    scene.now = instant_add_ms(scene.now, FOLLOW_GIVEN_UP_MS);
    follows = ready(&scene, &count);
    CHECK_INT(count, 1);
    CHECK(str_starts(follows[0].lost, "it was tried for 24 hours"));
    struct event_list out;
    event_list_init(&out, arena);
    follow_give_up(&follows[0], scene.now, &out);
    scene_fold(&scene, &out);
    nothing_is_due(&scene);
    scene_order(&scene, incident_resolve, (struct incident_call){.number = 1, .anyway = true});
    tell(&scene, FOLLOW_RESOLVED); /* its end is told nevertheless */
    scene_end(&scene);
}

TEST(a_test_is_over_at_once_and_a_notice_after_ten_minutes)
{
    struct scene scene;
    struct event_list out;
    struct err err = {0};
    begin(&scene, arena);
    struct page_world world = scene_pages(&scene);
    event_list_init(&out, arena);
    CHECK_OK(page_test(&world, STR("person:ben"), STR("ana"), &out, &err), &err);
    scene_fold(&scene, &out);
    CHECK_INT(scene_send(&scene), 1);
    tell(&scene, FOLLOW_RESOLVED);
    event_list_init(&out, arena);
    struct page gap = {.method = METHOD_PAGERDUTY, .attempt = 1, .requested = scene.now};
    page_request(&gap, &team[1], STR("reeve"), STR("a gap"), &out);
    event_set_int(&out.items[0], "gap", 1);
    scene_fold(&scene, &out);
    CHECK_INT(scene_send(&scene), 1);
    nothing_is_due(&scene);
    scene.now = instant_add_ms(scene.now, FOLLOW_NOTICE_MS);
    tell(&scene, FOLLOW_RESOLVED);
    scene_end(&scene);
}
