/* test_chain.c - incidents and pages together: alerts in, events folded, until nothing is decided.
 */
#include "base/text.h"
#include "harness/test.h"
#include "people/page.h"

enum { MINUTE = 60 * 1000, ALERTS = 6 };

static const struct str roles[] = {{"responder", 9}, {"cto", 3}};
static const struct person team[] = {
    {.id = {"ana", 3}, .email = {"ana@acme.example", 16}, .roles = roles, .role_count = 1},
    {.id = {"ben", 3},
     .email = {"ben@acme.example", 16},
     .webhook_url = {"http://sink", 11},
     .roles = roles,
     .role_count = 1},
    {.id = {"cto", 3}, .email = {"cto@acme.example", 16}, .roles = roles + 1, .role_count = 1},
};
static const struct people people = {team, 3};
static const struct str primary[] = {{"ana", 3}};
static const struct str secondary[] = {{"ben", 3}};
static const struct oncall oncall = {&people, primary, 1, secondary, 1};

struct scene {
    struct arena *arena;
    struct incidents incidents;
    struct pages pages;
    struct severity_plan plan;
    struct incident_alert alerts[LIMIT_INCIDENTS_OPEN + ALERTS];
    size_t alert_count;
    struct event_list log;
    struct instant now;
};

static void begin(struct scene *scene, struct arena *arena)
{
    *scene = (struct scene){.arena = arena, .now = {1763982000000000}}; /* Mon 2025-11-24 11:00 */
    incidents_init(&scene->incidents, arena);
    pages_init(&scene->pages, arena);
    event_list_init(&scene->log, arena);
    severity_plan_make(NULL, &(struct severity_mapping){0}, &scene->plan);
    scene->plan.levels[0].steps[0] = (struct severity_step){0, STR("CTO"), 5};
    scene->plan.levels[0].step_count = 1;
    scene->plan.levels[1].steps[0] = (struct severity_step){60 * MINUTE, STR(""), 9};
    scene->plan.levels[1].step_count = 1;
    scene->plan.checklist[0] = (struct checklist_item){12, STR("Acknowledge")};
    scene->plan.checklist_count = 1;
    for (int i = 0; i < ALERTS; i++)
        scene->alerts[i] =
            (struct incident_alert){.rule = str_printf(arena, "rule%d", i),
                                    .line = 60 + i,
                                    .title = str_printf(arena, "Title %d", i),
                                    .level = i % 2 ? STR("warning") : STR("critical"),
                                    .signal = str_printf(arena, "signal %d", i / 2),
                                    .known = true};
    scene->alert_count = ALERTS;
}

static void end(struct scene *scene)
{
    incidents_done(&scene->incidents);
    pages_done(&scene->pages);
}

static struct incident_world incident_view(const struct scene *scene)
{
    return (struct incident_world){
        &scene->incidents,        &scene->plan, scene->alerts, scene->alert_count,
        oncall_fallback(&oncall), scene->now};
}

static struct page_world page_view(const struct scene *scene)
{
    return (struct page_world){&scene->pages, &scene->incidents, &scene->plan, &oncall, 0,
                               scene->now};
}

static void fold(struct scene *scene, const struct event_list *events)
{
    for (size_t i = 0; i < events->count; i++) {
        LIST_PUSH(scene->arena, scene->log.items, scene->log.count, scene->log.capacity) =
            events->items[i];
        incident_fold(&scene->incidents, &events->items[i]);
        page_fold(&scene->pages, &events->items[i]);
    }
}

static void settle(struct scene *scene)
{
    for (int round = 0; round < LIMIT_TURN_ROUNDS; round++) {
        struct event_list out;
        event_list_init(&out, scene->arena);
        struct incident_world incidents = incident_view(scene);
        struct page_world pages = page_view(scene);
        incident_decide(&incidents, &out);
        page_decide(&pages, &out);
        if (out.count == 0)
            return;
        fold(scene, &out);
    }
    test_fail(__FILE__, __LINE__, "It does not settle within the rounds of a turn.");
}

static void pass(struct scene *scene, int64_t by_ms)
{
    scene->now = instant_add_ms(scene->now, by_ms);
    settle(scene);
}

static void set_alert(struct scene *scene, int at, bool firing)
{
    struct event_list out;
    event_list_init(&out, scene->arena);
    if (scene->alerts[at].firing == firing)
        return;
    scene->alerts[at].firing = firing;
    struct event *event = event_list_add(&out, firing ? EVENT_ALERT_FIRED : EVENT_ALERT_RESOLVED,
                                         scene->now, STR("reeve"), scene->alerts[at].rule);
    event_set_str(event, "rule", scene->alerts[at].rule);
    fold(scene, &out);
    settle(scene);
}

static size_t count(const struct scene *scene, enum event_kind kind, const char *person)
{
    size_t found = 0;
    for (size_t i = 0; i < scene->log.count; i++) {
        const struct event *event = &scene->log.items[i];
        found += event->kind == kind && (!person || str_is(event_str(event, "person"), person));
    }
    return found;
}

/* Sends everything that is ready. */
static size_t send(struct scene *scene)
{
    size_t ready_count;
    const struct page **ready = page_ready(&scene->pages, scene->now, scene->arena, &ready_count);
    struct event_list out;
    event_list_init(&out, scene->arena);
    for (size_t i = 0; i < ready_count; i++) {
        page_start(ready[i], scene->now, &out);
        page_finish(ready[i], PAGE_WAS_SENT, STR("250 ok"), scene->now, &out);
    }
    fold(scene, &out);
    return ready_count;
}

typedef bool command(const struct incident_world *, const struct incident_call *,
                     struct event_list *, struct err *);

static void order(struct scene *scene, command *run, struct incident_call call)
{
    struct event_list out;
    struct err err = {0};
    struct incident_world world = incident_view(scene);
    event_list_init(&out, scene->arena);
    call.actor = STR("person:ana");
    CHECK_OK(run(&world, &call, &out, &err), &err);
    fold(scene, &out);
    settle(scene);
}

static void refused(struct scene *scene, command *run, struct incident_call call, const char *words)
{
    struct event_list out;
    struct err err = {0};
    struct incident_world world = incident_view(scene);
    event_list_init(&out, scene->arena);
    call.actor = STR("person:ana");
    CHECK(!run(&world, &call, &out, &err));
    CHECK_INT(out.count, 0);
    if (str_find(str_of(err.text), words, 0) == strlen(err.text))
        CHECK_STR(str_of(err.text), words);
}

TEST(the_whole_way_of_a_critical_alert)
{
    struct scene scene;
    begin(&scene, arena);
    set_alert(&scene, 0, true);
    const struct incident *incident = incident_find(&scene.incidents, 1);
    CHECK(incident != NULL);
    CHECK_STR(str_of(incident->severity), "P1");
    CHECK_INT(count(&scene, EVENT_PAGE_REQUESTED, "ana"), 1);
    CHECK_INT(send(&scene), 1);
    pass(&scene, 5 * MINUTE - 1);
    CHECK_INT(count(&scene, EVENT_PAGE_REQUESTED, "ana"), 1);
    pass(&scene, 1);
    CHECK_INT(count(&scene, EVENT_PAGE_REQUESTED, "ana"), 2);
    send(&scene);
    pass(&scene, 25 * MINUTE - 1);
    CHECK_INT(count(&scene, EVENT_INCIDENT_RESPONSE_MISSED, NULL), 0);
    pass(&scene, 1);
    CHECK_INT(count(&scene, EVENT_INCIDENT_RESPONSE_MISSED, NULL), 1);
    CHECK_INT(count(&scene, EVENT_PAGE_REQUESTED, "ben"), 2); /* both of his methods */
    send(&scene);
    order(&scene, incident_acknowledge, (struct incident_call){.number = 1, .via = STR("command")});
    CHECK_INT(incident->state, INCIDENT_ACKNOWLEDGED);
    size_t before = count(&scene, EVENT_PAGE_REQUESTED, NULL);
    pass(&scene, 30 * MINUTE - 1);
    CHECK_INT(count(&scene, EVENT_PAGE_REQUESTED, NULL), before);
    pass(&scene, 1); /* one hour old, acknowledged, unresolved: escalated to the secondary */
    CHECK_INT(count(&scene, EVENT_INCIDENT_ESCALATED, NULL), 1);
    CHECK_STR(str_of(incident->escalations[0].to), ONCALL_SECONDARY);
    CHECK_INT(count(&scene, EVENT_PAGE_REQUESTED, NULL), before + 2);
    send(&scene);
    pass(&scene, 30 * MINUTE);
    CHECK_INT(count(&scene, EVENT_PAGE_REQUESTED, NULL), before + 2);
    refused(&scene, incident_resolve, (struct incident_call){.number = 1}, "still fires");
    scene.alerts[0].known = false;
    set_alert(&scene, 0, false);
    CHECK_INT(incident->state, INCIDENT_ACKNOWLEDGED); /* unknown is not resolved */
    scene.alerts[0].known = true;
    settle(&scene);
    CHECK_INT(incident->state, INCIDENT_MITIGATED);
    pass(&scene, 29 * MINUTE);
    set_alert(&scene, 0, true);
    CHECK_INT(incident->state, INCIDENT_OPEN);
    CHECK_INT(count(&scene, EVENT_INCIDENT_REOPENED, NULL), 1);
    CHECK_INT(count(&scene, EVENT_INCIDENT_OPENED, NULL), 1);
    set_alert(&scene, 0, false);
    order(&scene, incident_resolve, (struct incident_call){.number = 1, .text = STR("done")});
    pass(&scene, 31 * MINUTE);
    set_alert(&scene, 0, true);
    CHECK_INT(count(&scene, EVENT_INCIDENT_OPENED, NULL), 2);
    end(&scene);
}

TEST(same_cause_joins_and_only_raises)
{
    struct scene scene;
    begin(&scene, arena);
    set_alert(&scene, 1, true); /* warning: P3 */
    const struct incident *incident = incident_find(&scene.incidents, 1);
    CHECK_STR(str_of(incident->severity), "P3");
    set_alert(&scene, 0, true);
    CHECK_STR(str_of(incident->severity), "P1");
    CHECK_INT(incident->rule_count, 2);
    set_alert(&scene, 0, false);
    CHECK_STR(str_of(incident->severity), "P1");
    CHECK_INT(incident->state, INCIDENT_OPEN);
    set_alert(&scene, 1, false);
    CHECK_INT(incident->state, INCIDENT_MITIGATED);
    CHECK_INT(scene.incidents.count, 1);
    end(&scene);
}

TEST(resolved_anyway_opens_nothing_until_it_fires_anew)
{
    struct scene scene;
    begin(&scene, arena);
    set_alert(&scene, 0, true);
    order(&scene, incident_resolve, (struct incident_call){.number = 1, .anyway = true});
    pass(&scene, 60 * MINUTE);
    CHECK_INT(count(&scene, EVENT_INCIDENT_OPENED, NULL), 1);
    set_alert(&scene, 0, false);
    set_alert(&scene, 0, true);
    CHECK_INT(count(&scene, EVENT_INCIDENT_OPENED, NULL), 2);
    end(&scene);
}

TEST(p0_pages_the_cto_at_once_and_commands_refuse_clearly)
{
    struct scene scene;
    begin(&scene, arena);
    order(&scene, incident_declare,
          (struct incident_call){.text = STR("Down"), .severity = STR("p0")});
    CHECK_INT(count(&scene, EVENT_PAGE_REQUESTED, "cto"), 1);
    refused(&scene, incident_note, (struct incident_call){.number = 9}, "There is no incident 9");
    refused(&scene, incident_note, (struct incident_call){.number = 1}, "A note needs words");
    refused(&scene, incident_tick, (struct incident_call){.number = 1, .item = 2}, "no item 2");
    refused(&scene, incident_set_severity,
            (struct incident_call){.number = 1, .severity = STR("P0")}, "is P0 already");
    refused(&scene, incident_set_severity,
            (struct incident_call){.number = 1, .severity = STR("X")}, "it has P0 P1 P2 P3.");
    refused(&scene, incident_declare, (struct incident_call){.severity = STR("P1")},
            "needs a title");
    order(&scene, incident_tick, (struct incident_call){.number = 1, .item = 1, .done = true});
    CHECK(incident_find(&scene.incidents, 1)->ticks[0].done);
    order(&scene, incident_acknowledge, (struct incident_call){.number = 1});
    refused(&scene, incident_acknowledge, (struct incident_call){.number = 1},
            "already acknowledged");
    CHECK_INT(send(&scene), 1); /* the CTO's goes out although somebody has answered; ana's not */
    order(&scene, incident_resolve, (struct incident_call){.number = 1});
    refused(&scene, incident_note, (struct incident_call){.number = 1, .text = STR("x")},
            "already resolved");
    end(&scene);
}

static void tell(struct scene *scene, enum event_kind kind, int64_t by_ms)
{
    struct event_list out;
    event_list_init(&out, scene->arena);
    struct event *event = event_list_add(&out, kind, scene->now, STR("reeve"), STR("node:1"));
    if (kind == EVENT_CLOCK_STEPPED)
        event_set_int(event, "by_ms", by_ms);
    fold(scene, &out);
    settle(scene);
}

TEST(a_page_in_flight_at_a_crash_is_doubted_and_sent_again)
{
    struct scene scene;
    size_t ready_count;
    begin(&scene, arena);
    set_alert(&scene, 0, true);
    const struct page **ready = page_ready(&scene.pages, scene.now, arena, &ready_count);
    CHECK_INT(ready_count, 1);
    CHECK_STR(str_of(ready[0]->id), "1-ana-smtp-1");
    struct event_list out;
    event_list_init(&out, arena);
    page_start(ready[0], scene.now, &out);
    fold(&scene, &out);
    pass(&scene, 20 * MINUTE); /* in flight: no second one beside it */
    CHECK_INT(count(&scene, EVENT_PAGE_REQUESTED, "ana"), 1);
    tell(&scene, EVENT_NODE_STARTED, 0);
    CHECK_INT(count(&scene, EVENT_PAGE_DOUBTED, NULL), 1);
    pass(&scene, 1);
    CHECK_INT(count(&scene, EVENT_PAGE_DOUBTED, NULL), 1);
    CHECK_INT(send(&scene), 1);
    CHECK_INT(page_find(&scene.pages, STR("1-ana-smtp-1"))->tries, 2);
    end(&scene);
}

TEST(failed_pages_are_tried_again_then_given_up_and_repeated)
{
    struct scene scene;
    size_t ready_count, tries = 0;
    begin(&scene, arena);
    set_alert(&scene, 0, true);
    for (int second = 0; second < 299; second++) {
        const struct page **ready = page_ready(&scene.pages, scene.now, arena, &ready_count);
        struct event_list out;
        event_list_init(&out, arena);
        if (ready_count) {
            page_start(ready[0], scene.now, &out);
            fold(&scene, &out);
            event_list_init(&out, arena);
            page_finish(ready[0], PAGE_DID_FAIL, STR("no route"), scene.now, &out);
            fold(&scene, &out);
            tries++;
        }
        pass(&scene, 1000);
    }
    CHECK_INT(tries, PAGE_TRIES_MAX);
    CHECK_INT(page_find(&scene.pages, STR("1-ana-smtp-1"))->state, PAGE_FAILED);
    pass(&scene, 1000);
    CHECK(page_find(&scene.pages, STR("1-ana-smtp-2")) != NULL);
    end(&scene);
}

TEST(a_mild_incident_is_one_message_in_working_hours)
{
    struct scene scene;
    begin(&scene, arena);
    scene.now.us = 1763748000000000; /* Friday 2025-11-21 18:00 UTC */
    set_alert(&scene, 1, true);
    CHECK_INT(count(&scene, EVENT_PAGE_REQUESTED, NULL), 1);
    CHECK_INT(send(&scene), 0);
    pass(&scene, (int64_t)23 * 60 * MINUTE);
    CHECK_INT(send(&scene), 0);
    CHECK_INT(page_working_time(scene.now).us, 1763974800000000); /* Monday 09:00 */
    scene.now.us = 1763974800000000;
    CHECK_INT(send(&scene), 1);
    pass(&scene, 60 * MINUTE);
    CHECK_INT(count(&scene, EVENT_PAGE_REQUESTED, "ana"), 1);
    end(&scene);
}

TEST(beyond_the_limit_alerts_gather_in_one_overflow_incident)
{
    struct scene scene;
    begin(&scene, arena);
    for (int i = ALERTS; i < LIMIT_INCIDENTS_OPEN + ALERTS; i++)
        scene.alerts[i] = (struct incident_alert){.rule = str_printf(arena, "many%d", i),
                                                  .title = STR("One of many"),
                                                  .level = STR("warning"),
                                                  .firing = true,
                                                  .known = true};
    scene.alert_count = LIMIT_INCIDENTS_OPEN + ALERTS;
    settle(&scene);
    CHECK_INT(scene.incidents.open_count, LIMIT_INCIDENTS_OPEN);
    CHECK_INT(scene.incidents.rules.count, LIMIT_INCIDENTS_OPEN);
    set_alert(&scene, 0, true);
    const struct incident *overflow = incident_find(&scene.incidents, LIMIT_INCIDENTS_OPEN);
    CHECK_STR(str_of(overflow->cause), "overflow");
    CHECK_INT(overflow->rule_count, 2);
    CHECK_STR(str_of(overflow->severity), "P1");
    order(&scene, incident_declare,
          (struct incident_call){.text = STR("Also"), .severity = STR("P0")});
    CHECK_STR(str_of(overflow->severity), "P0");
    CHECK_INT(overflow->note_count, 1);
    end(&scene);
}

TEST(a_step_of_the_wall_clock_moves_open_clocks)
{
    struct scene scene;
    begin(&scene, arena);
    set_alert(&scene, 0, true);
    send(&scene);
    pass(&scene, MINUTE);
    scene.now = instant_add_ms(scene.now, 60 * MINUTE);
    tell(&scene, EVENT_CLOCK_STEPPED, 60 * MINUTE);
    CHECK_INT(count(&scene, EVENT_INCIDENT_RESPONSE_MISSED, NULL), 0);
    CHECK_INT(count(&scene, EVENT_PAGE_REQUESTED, NULL), 1);
    pass(&scene, 29 * MINUTE);
    CHECK_INT(count(&scene, EVENT_INCIDENT_RESPONSE_MISSED, NULL), 1);
    end(&scene);
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
    struct incident_world world = incident_view(scene);
    struct event_list out;
    struct err err;
    size_t ready_count;
    event_list_init(&out, scene->arena);
    switch (next(seed, 6)) {
    case 0:
        if (commands[next(seed, 5)](&world, &call, &out, &err))
            fold(scene, &out);
        break;
    case 1: tell(scene, EVENT_NODE_STARTED, 0); break;
    case 2: {
        const struct page **ready =
            page_ready(&scene->pages, scene->now, scene->arena, &ready_count);
        if (ready_count)
            page_start(ready[next(seed, (unsigned)ready_count)], scene->now, &out);
        fold(scene, &out);
        break;
    }
    case 3: send(scene); break;
    default: {
        int at = (int)next(seed, ALERTS);
        set_alert(scene, at, !scene->alerts[at].firing);
        scene->alerts[at].known = next(seed, 4) > 0;
    }
    }
    pass(scene, (int64_t)next(seed, 40) * MINUTE);
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
        begin(scene, arena);
        for (int i = 0; i < 60; i++) {
            step_at_random(scene, &state);
            check_refolded(scene);
        }
        check_promises(scene);
        end(scene);
    }
}

TEST(page_test_reaches_every_method_and_refuses_strangers)
{
    struct scene scene;
    struct event_list out;
    struct err err = {0};
    begin(&scene, arena);
    for (int attempt = 1; attempt <= 2; attempt++) {
        struct page_world world = page_view(&scene);
        event_list_init(&out, arena);
        CHECK_OK(page_test(&world, STR("person:ana"), STR("ben"), &out, &err), &err);
        fold(&scene, &out);
        CHECK_INT(send(&scene), 2);
    }
    CHECK(page_find(&scene.pages, STR("0-ben-webhook-2")) != NULL);
    struct page_world world = page_view(&scene);
    CHECK(!page_test(&world, STR("person:ana"), STR("zoe"), &out, &err));
    CHECK_STR(str_of(err.text), "There is no person \"zoe\" under people: in reeve.yaml.");
    end(&scene);
}

TEST(due_times_are_known_before_they_come)
{
    struct scene scene;
    begin(&scene, arena);
    struct incident_world world = incident_view(&scene);
    struct page_world pages = page_view(&scene);
    CHECK_INT(incident_next_due(&world).us, 0);
    CHECK_INT(page_next_due(&pages, arena).us, 0);
    set_alert(&scene, 0, true);
    send(&scene);
    world = incident_view(&scene);
    pages = page_view(&scene);
    CHECK_INT(incident_next_due(&world).us, instant_add_ms(scene.now, 30 * MINUTE).us);
    CHECK_INT(page_next_due(&pages, arena).us, instant_add_ms(scene.now, 5 * MINUTE).us);
    order(&scene, incident_set_severity,
          (struct incident_call){.number = 1, .severity = STR("P2")});
    world = incident_view(&scene);
    CHECK_INT(incident_next_due(&world).us, instant_add_ms(scene.now, 120 * MINUTE).us);
    end(&scene);
}
