/* test_chain.c - incidents and pages together: the whole way, in any order, refolded. */
#include "base/text.h"
#include "harness/test.h"
#include "scene.h"

TEST(the_whole_way_of_a_critical_alert)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    const struct incident *incident = incident_find(&scene.incidents, 1);
    CHECK(incident != NULL);
    CHECK_STR(str_of(incident->severity), "P1");
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ana"), 1);
    CHECK_INT(scene_send(&scene), 1);
    scene_pass(&scene, 5 * MINUTE - 1);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ana"), 1);
    scene_pass(&scene, 1);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ana"), 2);
    scene_send(&scene);
    scene_pass(&scene, 25 * MINUTE - 1);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_RESPONSE_MISSED, NULL), 0);
    scene_pass(&scene, 1);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_RESPONSE_MISSED, NULL), 1);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ben"), 2); /* both of his methods */
    scene_send(&scene);
    scene_order(&scene, incident_acknowledge,
                (struct incident_call){.number = 1, .via = STR("command")});
    CHECK_INT(incident->state, INCIDENT_ACKNOWLEDGED);
    size_t before = scene_count(&scene, EVENT_PAGE_REQUESTED, NULL);
    scene_pass(&scene, 30 * MINUTE - 1);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), before);
    scene_pass(&scene, 1); /* one hour old, acknowledged, unresolved: escalated to the secondary */
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_ESCALATED, NULL), 1);
    CHECK_STR(str_of(incident->escalations[0].to), ONCALL_SECONDARY);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), before + 2);
    scene_send(&scene);
    scene_pass(&scene, 30 * MINUTE);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), before + 2);
    scene_refused(&scene, incident_resolve, (struct incident_call){.number = 1}, "still fires");
    scene.alerts[0].known = false;
    scene_alert(&scene, 0, false);
    CHECK_INT(incident->state, INCIDENT_ACKNOWLEDGED); /* unknown is not resolved */
    scene.alerts[0].known = true;
    scene_settle(&scene);
    CHECK_INT(incident->state, INCIDENT_MITIGATED);
    scene_pass(&scene, 29 * MINUTE);
    scene_alert(&scene, 0, true);
    CHECK_INT(incident->state, INCIDENT_OPEN);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_REOPENED, NULL), 1);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_OPENED, NULL), 1);
    scene_alert(&scene, 0, false);
    scene_order(&scene, incident_resolve, (struct incident_call){.number = 1, .text = STR("done")});
    scene_pass(&scene, 31 * MINUTE);
    scene_alert(&scene, 0, true);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_OPENED, NULL), 2);
    scene_end(&scene);
}

TEST(same_cause_joins_and_only_raises)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 1, true); /* warning: P3 */
    const struct incident *incident = incident_find(&scene.incidents, 1);
    CHECK_STR(str_of(incident->severity), "P3");
    scene_alert(&scene, 0, true);
    CHECK_STR(str_of(incident->severity), "P1");
    CHECK_INT(incident->rule_count, 2);
    scene_alert(&scene, 0, false);
    CHECK_STR(str_of(incident->severity), "P1");
    CHECK_INT(incident->state, INCIDENT_OPEN);
    scene_alert(&scene, 1, false);
    CHECK_INT(incident->state, INCIDENT_MITIGATED);
    CHECK_INT(scene.incidents.count, 1);
    scene_end(&scene);
}

TEST(resolved_anyway_opens_nothing_until_it_fires_anew)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    scene_order(&scene, incident_resolve, (struct incident_call){.number = 1, .anyway = true});
    scene_pass(&scene, 60 * MINUTE);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_OPENED, NULL), 1);
    scene_alert(&scene, 0, false);
    scene_alert(&scene, 0, true);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_OPENED, NULL), 2);
    scene_end(&scene);
}

TEST(p0_pages_the_cto_at_once_and_commands_refuse_clearly)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_order(&scene, incident_declare,
                (struct incident_call){.text = STR("Down"), .severity = STR("p0")});
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "cto"), 1);
    scene_refused(&scene, incident_note, (struct incident_call){.number = 9},
                  "There is no incident 9");
    scene_refused(&scene, incident_note, (struct incident_call){.number = 1}, "A note needs words");
    scene_refused(&scene, incident_tick, (struct incident_call){.number = 1, .item = 2},
                  "no item 2");
    scene_refused(&scene, incident_set_severity,
                  (struct incident_call){.number = 1, .severity = STR("P0")}, "is P0 already");
    scene_refused(&scene, incident_set_severity,
                  (struct incident_call){.number = 1, .severity = STR("X")}, "it has P0 P1 P2 P3.");
    scene_refused(&scene, incident_declare, (struct incident_call){.severity = STR("P1")},
                  "needs a title");
    scene_order(&scene, incident_tick,
                (struct incident_call){.number = 1, .item = 1, .done = true});
    CHECK(incident_find(&scene.incidents, 1)->ticks[0].done);
    scene_order(&scene, incident_acknowledge, (struct incident_call){.number = 1});
    scene_refused(&scene, incident_acknowledge, (struct incident_call){.number = 1},
                  "already acknowledged");
    CHECK_INT(scene_send(&scene),
              1); /* the CTO's goes out although somebody has answered; ana's not */
    scene_order(&scene, incident_resolve, (struct incident_call){.number = 1});
    scene_refused(&scene, incident_note, (struct incident_call){.number = 1, .text = STR("x")},
                  "already resolved");
    scene_end(&scene);
}

TEST(a_page_in_flight_at_a_crash_is_doubted_and_sent_again)
{
    struct scene scene;
    size_t ready_count;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    const struct page **ready = page_ready(&scene.pages, scene.now, arena, &ready_count);
    CHECK_INT(ready_count, 1);
    CHECK_STR(str_of(ready[0]->id), "1-ana-smtp-1");
    struct event_list out;
    event_list_init(&out, arena);
    page_start(ready[0], scene.now, &out);
    scene_fold(&scene, &out);
    scene_pass(&scene, 20 * MINUTE); /* in flight: no second one beside it */
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ana"), 1);
    scene_tell(&scene, EVENT_NODE_STARTED, 0);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_DOUBTED, NULL), 1);
    scene_pass(&scene, 1);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_DOUBTED, NULL), 1);
    CHECK_INT(scene_send(&scene), 1);
    CHECK_INT(page_find(&scene.pages, STR("1-ana-smtp-1"))->tries, 2);
    scene_end(&scene);
}

TEST(a_mild_incident_is_one_message_in_working_hours)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene.now.us = 1763748000000000; /* Friday 2025-11-21 18:00 UTC */
    scene_alert(&scene, 1, true);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), 1);
    CHECK_INT(scene_send(&scene), 0);
    scene_pass(&scene, (int64_t)23 * 60 * MINUTE);
    CHECK_INT(scene_send(&scene), 0);
    CHECK_INT(page_working_time(scene.now).us, 1763974800000000); /* Monday 09:00 */
    scene.now.us = 1763974800000000;
    CHECK_INT(scene_send(&scene), 1);
    scene_pass(&scene, 60 * MINUTE);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ana"), 1);
    scene_end(&scene);
}

TEST(beyond_the_limit_alerts_gather_in_one_overflow_incident)
{
    struct scene scene;
    scene_begin(&scene, arena);
    for (int i = ALERTS; i < LIMIT_INCIDENTS_OPEN + ALERTS; i++)
        scene.alerts[i] = (struct incident_alert){.rule = str_printf(arena, "many%d", i),
                                                  .title = STR("One of many"),
                                                  .level = STR("warning"),
                                                  .firing = true,
                                                  .known = true};
    scene.alert_count = LIMIT_INCIDENTS_OPEN + ALERTS;
    scene_settle(&scene);
    CHECK_INT(scene.incidents.open_count, LIMIT_INCIDENTS_OPEN);
    CHECK_INT(scene.incidents.rules.count, LIMIT_INCIDENTS_OPEN);
    scene_alert(&scene, 0, true);
    const struct incident *overflow = incident_find(&scene.incidents, LIMIT_INCIDENTS_OPEN);
    CHECK_STR(str_of(overflow->cause), "overflow");
    CHECK_INT(overflow->rule_count, 2);
    CHECK_STR(str_of(overflow->severity), "P1");
    scene_order(&scene, incident_declare,
                (struct incident_call){.text = STR("Also"), .severity = STR("P0")});
    CHECK_STR(str_of(overflow->severity), "P0");
    CHECK_INT(overflow->note_count, 1);
    scene_end(&scene);
}

TEST(a_step_of_the_wall_clock_moves_open_clocks)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    scene_send(&scene);
    scene_pass(&scene, MINUTE);
    scene.now = instant_add_ms(scene.now, 60 * MINUTE);
    scene_tell(&scene, EVENT_CLOCK_STEPPED, 60 * MINUTE);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_RESPONSE_MISSED, NULL), 0);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), 1);
    scene_pass(&scene, 29 * MINUTE);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_RESPONSE_MISSED, NULL), 1);
    scene_end(&scene);
}

/* Everything that the state says, for comparison. */
static struct str write_state(const struct scene *scene, const struct incidents *incidents,
                              const struct pages *pages)
{
    struct text text;
    size_t at = 0;
    const struct page *page;
    text_init(&text, scene->arena, 1 << 20);
    text_printf(&text, "last %lld open %zu\n", (long long)incidents->last_number,
                incidents->open_count);
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *it = incidents->items[i];
        text_printf(&text, "%lld %d %s %s %lld %lld %lld %d %u %zu %zu by %s\n",
                    (long long)it->number, (int)it->state, it->severity, it->cause,
                    (long long)it->clock_from.us, (long long)it->paged_from.us,
                    (long long)it->reopen_until.us, it->response_missed, it->steps_done,
                    it->rule_count, it->escalation_count, it->acknowledged_by);
    }
    while ((page = page_next(pages, &at)))
        text_printf(&text, "%s %d %lld %lld %d %d\n", page->id, (int)page->state,
                    (long long)page->tries, (long long)page->not_before.us, page->answered,
                    page->doubtful);
    return text_str(&text);
}

static void check_refolded(const struct scene *scene)
{
    struct incidents incidents;
    struct pages pages;
    incidents_init(&incidents, scene->arena);
    pages_init(&pages, scene->arena);
    for (size_t i = 0; i < scene->log.count; i++) {
        incident_fold(&incidents, &scene->log.items[i]);
        page_fold(&pages, &scene->log.items[i]);
    }
    CHECK_SAME(write_state(scene, &incidents, &pages),
               write_state(scene, &scene->incidents, &scene->pages));
    incidents_done(&incidents);
    pages_done(&pages);
}

static unsigned next(uint64_t *seed, unsigned below)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(*seed >> 33) % below;
}

static void step_at_random(struct scene *scene, uint64_t *seed)
{
    struct incident_call call = {.number = scene->incidents.last_number,
                                 .anyway = true,
                                 .actor = STR("person:ana"),
                                 .text = STR("x"),
                                 .item = 1,
                                 .severity = str_printf(scene->arena, "P%u", next(seed, 4))};
    static command *const commands[] = {incident_acknowledge, incident_set_severity,
                                        incident_resolve, incident_tick, incident_declare};
    struct incident_world world = scene_incidents(scene);
    struct event_list out;
    struct err err;
    size_t ready_count;
    event_list_init(&out, scene->arena);
    switch (next(seed, 6)) {
    case 0:
        if (commands[next(seed, 5)](&world, &call, &out, &err))
            scene_fold(scene, &out);
        break;
    case 1: scene_tell(scene, EVENT_NODE_STARTED, 0); break;
    case 2: {
        const struct page **ready =
            page_ready(&scene->pages, scene->now, scene->arena, &ready_count);
        if (ready_count)
            page_start(ready[next(seed, (unsigned)ready_count)], scene->now, &out);
        scene_fold(scene, &out);
        break;
    }
    case 3: scene_send(scene); break;
    default: {
        int at = (int)next(seed, ALERTS);
        scene_alert(scene, at, !scene->alerts[at].firing);
        scene->alerts[at].known = next(seed, 4) > 0;
    }
    }
    scene_pass(scene, (int64_t)next(seed, 40) * MINUTE);
}

/* No firing alert is without an incident, no page id is asked for twice, nothing is left to decide.
 */
static void check_promises(const struct scene *scene)
{
    struct map ids;
    map_init(&ids, 100000);
    for (size_t i = 0; i < scene->log.count; i++) {
        if (scene->log.items[i].kind != EVENT_PAGE_REQUESTED)
            continue;
        struct str id = event_str(&scene->log.items[i], "page");
        CHECK(map_find(&ids, id) == NULL);
        CHECK(map_put(&ids, id, scene->log.items + i));
    }
    map_done(&ids);
    for (int i = 0; i < ALERTS; i++)
        CHECK(!scene->alerts[i].firing || map_find(&scene->incidents.rules, scene->alerts[i].rule));
}

TEST(random_lives_refold_to_the_same_state)
{
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct scene *scene = arena_make(arena, struct scene);
        uint64_t state = seed;
        scene_begin(scene, arena);
        for (int i = 0; i < 60; i++) {
            step_at_random(scene, &state);
            check_refolded(scene);
        }
        check_promises(scene);
        scene_end(scene);
    }
}

TEST(page_test_reaches_every_method_and_refuses_strangers)
{
    struct scene scene;
    struct event_list out;
    struct err err = {0};
    scene_begin(&scene, arena);
    for (int attempt = 1; attempt <= 2; attempt++) {
        struct page_world world = scene_pages(&scene);
        event_list_init(&out, arena);
        CHECK_OK(page_test(&world, STR("person:ana"), STR("ben"), &out, &err), &err);
        scene_fold(&scene, &out);
        CHECK_INT(scene_send(&scene), 2);
    }
    CHECK(page_find(&scene.pages, STR("0-ben-webhook-2")) != NULL);
    struct page_world world = scene_pages(&scene);
    CHECK(!page_test(&world, STR("person:ana"), STR("zoe"), &out, &err));
    CHECK_STR(str_of(err.text), "There is no person \"zoe\" under people: in reeve.yaml.");
    scene_end(&scene);
}

TEST(due_times_are_known_before_they_come)
{
    struct scene scene;
    scene_begin(&scene, arena);
    struct incident_world world = scene_incidents(&scene);
    struct page_world pages = scene_pages(&scene);
    CHECK_INT(incident_next_due(&world).us, 0);
    CHECK_INT(page_next_due(&pages, arena).us, 0);
    scene_alert(&scene, 0, true);
    scene_send(&scene);
    world = scene_incidents(&scene);
    pages = scene_pages(&scene);
    CHECK_INT(incident_next_due(&world).us, instant_add_ms(scene.now, 30 * MINUTE).us);
    CHECK_INT(page_next_due(&pages, arena).us, instant_add_ms(scene.now, 5 * MINUTE).us);
    scene_order(&scene, incident_set_severity,
                (struct incident_call){.number = 1, .severity = STR("P2")});
    world = scene_incidents(&scene);
    CHECK_INT(incident_next_due(&world).us, instant_add_ms(scene.now, 120 * MINUTE).us);
    scene_end(&scene);
}
