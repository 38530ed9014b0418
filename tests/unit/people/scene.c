/* scene.c - alerts in, events folded, until nothing is decided. */
#include "scene.h"

#include "harness/test.h"

static const struct str roles[] = {{"responder", 9}, {"cto", 3}};
static const struct person team[] = {
    {.id = {"ana", 3},
     .reach[METHOD_SMTP] = {"ana@acme.example", 16},
     .roles = roles,
     .role_count = 1},
    {.id = {"ben", 3},
     .reach[METHOD_SMTP] = {"ben@acme.example", 16},
     .reach[METHOD_WEBHOOK] = {"http://sink", 11},
     .roles = roles,
     .role_count = 1},
    {.id = {"cto", 3},
     .reach[METHOD_SMTP] = {"cto@acme.example", 16},
     .roles = roles + 1,
     .role_count = 1},
};
static const struct people people = {team, 3};
static const struct str primary[] = {{"ana", 3}};
static const struct str secondary[] = {{"ben", 3}};
static const struct rota_slot slots[] = {{primary, 1}, {secondary, 1}};
static const struct rota_layer layers[] = {ROTA_ALWAYS(&slots[0]), ROTA_ALWAYS(&slots[1])};
static const struct rota rotas[] = {
    {.name = {"primary", 7}, .layers = &layers[0], .layer_count = 1},
    {.name = {"secondary", 9}, .layers = &layers[1], .layer_count = 1}};
static const struct oncall oncall = {&people, rotas, 2, NULL, NULL, NULL, 0, 0, 0};

void scene_begin(struct scene *scene, struct arena *arena)
{
    *scene = (struct scene){
        .arena = arena, .oncall = &oncall, .now = {1763982000000000}}; /* Mon 2025-11-24 11:00 */
    incidents_init(&scene->incidents, arena);
    pages_init(&scene->pages, arena);
    event_list_init(&scene->log, arena);
    severity_plan_make(NULL, &(struct severity_mapping){0}, &scene->plan);
    scene->plan.levels[0].steps[0] = (struct severity_step){.to = STR("CTO"), .line = 5};
    scene->plan.levels[0].step_count = 1;
    scene->plan.levels[1].steps[0] =
        (struct severity_step){.after_ms = 60 * MINUTE, .to = STR(""), .line = 9};
    scene->plan.levels[1].step_count = 1;
    scene->plan.checklist[0] =
        (struct checklist_item){.line = 12, .text = STR("Acknowledge"), .binding = TICK_BY_HAND};
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

void scene_end(struct scene *scene)
{
    incidents_done(&scene->incidents);
    pages_done(&scene->pages);
}

struct incident_world scene_incidents(const struct scene *scene)
{
    return (struct incident_world){.incidents = &scene->incidents,
                                   .plan = &scene->plan,
                                   .alerts = scene->alerts,
                                   .alert_count = scene->alert_count,
                                   .fallback = oncall_fallback(scene->oncall, scene->now),
                                   .now = scene->now};
}

struct page_world scene_pages(const struct scene *scene)
{
    return (struct page_world){.pages = &scene->pages,
                               .incidents = &scene->incidents,
                               .plan = &scene->plan,
                               .oncall = scene->oncall,
                               .now = scene->now,
                               .silences = &scene->silences};
}

void scene_fold(struct scene *scene, const struct event_list *events)
{
    for (size_t i = 0; i < events->count; i++) {
        LIST_PUSH(scene->arena, scene->log.items, scene->log.count, scene->log.capacity) =
            events->items[i];
        incident_fold(&scene->incidents, &events->items[i]);
        page_fold(&scene->pages, &events->items[i]);
        silence_fold(&scene->silences, &events->items[i]);
    }
}

void scene_settle(struct scene *scene)
{
    for (int round = 0; round < LIMIT_TURN_ROUNDS; round++) {
        struct event_list out;
        event_list_init(&out, scene->arena);
        struct incident_world incidents = scene_incidents(scene);
        struct page_world pages = scene_pages(scene);
        incident_decide(&incidents, &out);
        if (out.count == 0)
            page_decide(&pages, &out);
        if (out.count == 0)
            return;
        scene_fold(scene, &out);
    }
    test_fail(__FILE__, __LINE__, "It does not settle within the rounds of a turn.");
}

void scene_pass(struct scene *scene, int64_t by_ms)
{
    scene->now = instant_add_ms(scene->now, by_ms);
    scene_settle(scene);
}

void scene_alert(struct scene *scene, int at, bool firing)
{
    struct event_list out;
    event_list_init(&out, scene->arena);
    if (scene->alerts[at].firing == firing)
        return;
    scene->alerts[at].firing = firing;
    struct event *event = event_list_add(&out, firing ? EVENT_ALERT_FIRED : EVENT_ALERT_RESOLVED,
                                         scene->now, STR("reeve"), scene->alerts[at].rule);
    event_set_str(event, "rule", scene->alerts[at].rule);
    scene_fold(scene, &out);
    scene_settle(scene);
}

size_t scene_count(const struct scene *scene, enum event_kind kind, const char *person)
{
    size_t found = 0;
    for (size_t i = 0; i < scene->log.count; i++) {
        const struct event *event = &scene->log.items[i];
        found += event->kind == kind && (!person || str_is(event_str(event, "person"), person));
    }
    return found;
}

size_t scene_answer(struct scene *scene, enum page_outcome outcome)
{
    size_t ready_count;
    const struct page **ready = page_ready(&scene->pages, scene->now, scene->arena, &ready_count);
    for (size_t i = 0; i < ready_count; i++) {
        struct event_list out;
        event_list_init(&out, scene->arena);
        page_start(ready[i], scene->now, &out);
        scene_fold(scene, &out);
        event_list_init(&out, scene->arena);
        page_finish(ready[i], outcome, STR("as scripted"), scene->now, &out);
        scene_fold(scene, &out);
    }
    return ready_count;
}

size_t scene_send(struct scene *scene)
{
    return scene_answer(scene, PAGE_WAS_SENT);
}

void scene_order(struct scene *scene, command *run, struct incident_call call)
{
    struct event_list out;
    struct err err = {0};
    struct incident_world world = scene_incidents(scene);
    event_list_init(&out, scene->arena);
    call.actor = STR("person:ana");
    CHECK_OK(run(&world, &call, &out, &err), &err);
    scene_fold(scene, &out);
    scene_settle(scene);
}

void scene_refused(struct scene *scene, command *run, struct incident_call call, const char *words)
{
    struct event_list out;
    struct err err = {0};
    struct incident_world world = scene_incidents(scene);
    event_list_init(&out, scene->arena);
    call.actor = STR("person:ana");
    CHECK(!run(&world, &call, &out, &err));
    CHECK_INT(out.count, 0);
    if (str_find(str_of(err.text), words, 0) == strlen(err.text))
        CHECK_STR(str_of(err.text), words);
}

void scene_tell(struct scene *scene, enum event_kind kind, int64_t by_ms)
{
    struct event_list out;
    event_list_init(&out, scene->arena);
    struct event *event = event_list_add(&out, kind, scene->now, STR("reeve"), STR("node:1"));
    if (kind == EVENT_CLOCK_STEPPED)
        event_set_int(event, "by_ms", by_ms);
    scene_fold(scene, &out);
    scene_settle(scene);
}
