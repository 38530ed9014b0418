/* test_room.c - more pages than are kept: what is grave goes before what is mild, nothing is asked
 * for that could not be remembered, and whoever waits is said. */
#include "harness/test.h"
#include "scene.h"

enum {
    STAFF = 100,
    EACH = STAFF * 2,
    FILLED = PAGE_THREADS_MAX / EACH,
    LEFT = PAGE_THREADS_MAX % EACH
};

static struct person staff[STAFF];
static struct str names[STAFF];

/* A hundred people who are always on, each by two ways. */
static void hire(struct arena *arena, struct scene *scene)
{
    static struct people people = {staff, STAFF};
    static struct rota_slot slot = {names, STAFF};
    static struct rota_layer layer = {.slots = &slot, .slot_count = 1};
    static struct rota rota = {.name = {"primary", 7}, .layers = &layer, .layer_count = 1};
    static const struct oncall oncall = {.people = &people, .rotas = &rota, .rota_count = 1};
    for (int i = 0; i < STAFF; i++) {
        names[i] = str_printf(arena, "p%d", i);
        staff[i] = (struct person){.id = names[i],
                                   .reach = {[METHOD_SMTP] = {"a@shop.example", 14},
                                             [METHOD_WEBHOOK] = {"https://h.example", 17}}};
    }
    scene->oncall = &oncall;
}

static void declare(struct scene *scene, const char *severity)
{
    scene_order(scene, incident_declare,
                (struct incident_call){.text = STR("Trouble"), .severity = str_of(severity)});
}

static struct str unasked(struct scene *scene)
{
    struct page_world world = scene_pages(scene);
    return page_unasked(&world, scene->arena);
}

static bool has(struct str text, const char *words)
{
    return str_find(text, words, 0) < text.n;
}

TEST(whoever_has_no_room_is_said_and_asked_for_when_there_is_some)
{
    struct scene scene;
    scene_begin(&scene, arena);
    hire(arena, &scene);
    for (int i = 0; i < FILLED; i++)
        declare(&scene, "P1");
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), FILLED * EACH);
    CHECK_STR(unasked(&scene), "");
    declare(&scene, "P1");
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), PAGE_THREADS_MAX);
    CHECK(has(unasked(&scene),
              "There is no room for 8 pages that are due, the first of them to p96 "
              "by smtp of incident 41: 8192 are kept"));
    CHECK(has(unasked(&scene), "resolve or merge what is over"));
    CHECK_INT(EACH - LEFT, 8);
    /* What was asked for before is sent and repeated as ever. */
    CHECK_INT(scene_send(&scene), PAGE_THREADS_MAX);
    scene_pass(&scene, PAGE_REPEAT_MS);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), 2 * PAGE_THREADS_MAX);
    CHECK_INT(scene_send(&scene), PAGE_THREADS_MAX);
    /* Half an hour after an incident has ended, its pages make room; nobody has to open one. */
    scene_order(&scene, incident_resolve, (struct incident_call){.number = 1, .text = STR("over")});
    scene_pass(&scene, INCIDENT_REOPEN_MS + 2 * MINUTE);
    scene_pass(&scene, 1000);
    CHECK_STR(unasked(&scene), "");
    scene_end(&scene);
}

TEST(what_is_mild_leaves_room_for_what_is_grave)
{
    struct scene scene;
    scene_begin(&scene, arena);
    hire(arena, &scene);
    /* Of what is mild each is told by one way. */
    for (int i = 0; i < (PAGE_THREADS_MAX - PAGE_THREADS_KEPT) / STAFF; i++)
        declare(&scene, "P3");
    size_t mild = scene_count(&scene, EVENT_PAGE_REQUESTED, NULL);
    CHECK_INT(mild, (PAGE_THREADS_MAX - PAGE_THREADS_KEPT) / STAFF * STAFF);
    declare(&scene, "P3");
    declare(&scene, "P3");
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL),
              PAGE_THREADS_MAX - PAGE_THREADS_KEPT);
    CHECK(has(unasked(&scene), "There is no room for 132 pages"));
    declare(&scene, "P1");
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL),
              PAGE_THREADS_MAX - PAGE_THREADS_KEPT + EACH);
    scene_end(&scene);
}
