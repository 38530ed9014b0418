/* test_bundle.c - pages that go together, ways in their order, quiet hours, and drills. */
#include "calendar/zone.h"
#include "harness/test.h"
#include "people/bundle.h"
#include "people/message.h"
#include "people/reach.h"
#include "scene.h"

enum { STORM = 180 };

static struct page_world bundled(const struct scene *scene)
{
    struct page_world world = scene_pages(scene);
    world.bundle_ms = BUNDLE_MS;
    return world;
}

/* Sends what is ready; returns the number of messages. */
static size_t send(struct scene *scene, enum page_outcome outcome, size_t *out_pages)
{
    size_t messages = 0;
    struct page_world world = bundled(scene);
    const struct bundle *ready = bundle_ready(&world, scene->arena, &messages);
    *out_pages = 0;
    for (size_t i = 0; i < messages; i++) {
        struct event_list out;
        size_t count = 0;
        struct str id = str_copy(scene->arena, str_of(ready[i].pages[0]->id));
        event_list_init(&out, scene->arena);
        page_start(ready[i].pages[0], scene->now, &out);
        for (size_t k = 1; k < ready[i].count; k++)
            page_start_with(ready[i].pages[k], ready[i].pages[0], scene->now, &out);
        scene_fold(scene, &out);
        event_list_init(&out, scene->arena);
        const struct page **pages = bundle_started(&scene->pages, id, scene->arena, &count);
        CHECK_INT(count, ready[i].count);
        for (size_t k = 0; k < count; k++)
            page_finish(pages[k], outcome, STR("as scripted"), scene->now, &out);
        scene_fold(scene, &out);
        *out_pages += count;
    }
    return messages;
}

static void storm(struct scene *scene, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        scene->alerts[i] = (struct incident_alert){.rule = str_printf(scene->arena, "storm%zu", i),
                                                   .line = (int)i,
                                                   .title = STR("Title"),
                                                   .level = STR("critical"),
                                                   .signal = str_printf(scene->arena, "s%zu", i),
                                                   .known = true};
        if (scene->alert_count <= i)
            scene->alert_count = i + 1;
        scene_alert(scene, (int)i, true);
    }
}

TEST(a_storm_of_180_incidents_is_two_messages_to_each)
{
    struct scene scene;
    size_t pages = 0;
    scene_begin(&scene, arena);
    storm(&scene, 0, 1);
    CHECK_INT(send(&scene, PAGE_WAS_SENT, &pages), 1);
    storm(&scene, 1, STORM);
    CHECK_INT(send(&scene, PAGE_WAS_SENT, &pages), 0); /* they wait */
    struct page_world world = bundled(&scene);
    CHECK_INT(instant_ms_between(scene.now, bundle_next_due(&world, arena)), BUNDLE_MS);
    scene_pass(&scene, BUNDLE_MS - 1);
    CHECK_INT(send(&scene, PAGE_WAS_SENT, &pages), 0);
    scene_pass(&scene, 1);
    CHECK_INT(send(&scene, PAGE_WAS_SENT, &pages), 1);
    CHECK_INT(pages, STORM - 1);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_BUNDLED, NULL), STORM - 2);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_SENT, NULL), STORM);
    scene_end(&scene);
}

TEST(a_message_has_at_most_so_many_and_the_rest_is_the_next)
{
    struct scene scene;
    size_t pages = 0;
    scene_begin(&scene, arena);
    storm(&scene, 0, BUNDLE_PAGES_MAX + 7);
    CHECK_INT(send(&scene, PAGE_WAS_SENT, &pages), 1);
    CHECK_INT(pages, BUNDLE_PAGES_MAX);
    CHECK_INT(send(&scene, PAGE_WAS_SENT, &pages), 0);
    scene_pass(&scene, BUNDLE_MS);
    CHECK_INT(send(&scene, PAGE_WAS_SENT, &pages), 1);
    CHECK_INT(pages, 7);
    scene_end(&scene);
}

TEST(what_failed_holds_nothing_back)
{
    struct scene scene;
    size_t pages = 0;
    scene_begin(&scene, arena);
    storm(&scene, 0, 1);
    CHECK_INT(send(&scene, PAGE_DID_FAIL, &pages), 1);
    storm(&scene, 1, 2);
    CHECK_INT(send(&scene, PAGE_WAS_SENT, &pages), 1);
    CHECK_INT(pages, 1);
    /* Another try takes along what waits. */
    storm(&scene, 2, 3);
    CHECK_INT(send(&scene, PAGE_WAS_SENT, &pages), 0);
    scene_pass(&scene, 10000);
    CHECK_INT(send(&scene, PAGE_WAS_SENT, &pages), 1);
    CHECK_INT(pages, 2);
    scene_end(&scene);
}

/* The longest message of the most pages, with links, is whole: each link stands in it. */
TEST(a_full_message_names_each_of_its_incidents)
{
    struct incident *incidents = arena_array(arena, BUNDLE_PAGES_MAX, sizeof *incidents);
    struct message_facts *facts = arena_array(arena, BUNDLE_PAGES_MAX, sizeof *facts);
    struct severity_plan *plan = arena_make(arena, struct severity_plan);
    struct page *page = arena_make(arena, struct page);
    severity_plan_make(NULL, &(struct severity_mapping){0}, plan);
    str_keep(page->id, sizeof page->id, STR("1-ana-smtp-1"));
    for (int i = 0; i < BUNDLE_PAGES_MAX; i++) {
        incidents[i] = (struct incident){.number = 1000 + i, .begun = {1763982000000000}};
        str_keep(incidents[i].severity, sizeof incidents[i].severity, STR("P2"));
        memset(incidents[i].title, 'x', sizeof incidents[i].title - 1);
        facts[i] = (struct message_facts){
            .page = page,
            .incident = &incidents[i],
            .plan = plan,
            .ack_url = str_printf(arena, "https://reeve.example.com/ack/%0200d", i),
            .now = {1763982000000000}};
    }
    str_keep(incidents[77].severity, sizeof incidents[77].severity, STR("P0"));
    struct message_bundle bundle = {facts, BUNDLE_PAGES_MAX};
    struct str text = message_bundle_shaped(arena, &bundle, SHAPE_MAIL);
    for (int i = 0; i < BUNDLE_PAGES_MAX; i++)
        CHECK(str_find(text, facts[i].ack_url.p, 0) < text.n);
    CHECK(str_find(text, "P0 incident 1077", 0) < str_find(text, "P2 incident 1000", 0));
    struct str brief = message_bundle_shaped(arena, &bundle, SHAPE_BRIEF);
    CHECK(brief.n < 1200 && str_find(brief, "and 195 more", 0) < brief.n);
    CHECK(str_find(brief, facts[77].ack_url.p, 0) < brief.n);
    struct str subject = message_bundle_subject(arena, &bundle);
    CHECK(subject.n <= SUBJECT_BYTES_MAX && str_starts(subject, "[P0] 200 incidents: 1077 xxx"));
    CHECK(str_ends(subject, "more"));
    struct str spoken = message_bundle_shaped(arena, &bundle, SHAPE_SPOKEN);
    CHECK(str_find(spoken, "https", 0) == spoken.n);
}

static struct person ana_with(const struct contact *contacts, size_t count)
{
    struct person person = {.id = STR("ana"), .contacts = contacts, .contact_count = count};
    person.reach[METHOD_SMTP] = STR("a@a.example");
    person.reach[METHOD_SMS] = STR("+38640123456");
    return person;
}

TEST(ways_that_are_not_in_the_order_are_not_used)
{
    static const struct contact only[] = {{METHOD_SMS, 0}, {METHOD_SLACK, 0}};
    struct person person = ana_with(only, 2);
    struct contact found[METHODS];
    bool at_once;
    CHECK_INT(person_contacts(&person, found, &at_once), 1); /* slack has no address */
    CHECK(!at_once);
    CHECK_INT(found[0].method, METHOD_SMS);
    person.contact_count = 0;
    CHECK_INT(person_contacts(&person, found, &at_once), 2);
    CHECK(at_once);
    person.reach[METHOD_SMTP] = person.reach[METHOD_SMS] = STR("");
    CHECK(!person_is_reachable(&person));
}

TEST(quiet_hours_end_on_the_clock_of_the_wall)
{
    struct person person = {.quiet = {22 * 60, 7 * 60, zone_utc()}};
    static const struct {
        const char *at, *awake;
    } rows[] = {{"2026-06-01T21:59:59Z", "2026-06-01T21:59:59.000000Z"},
                {"2026-06-01T22:00:00Z", "2026-06-02T07:00:00.000000Z"},
                {"2026-02-28T23:59:59Z", "2026-03-01T07:00:00.000000Z"},
                {"2026-06-02T06:59:59Z", "2026-06-02T07:00:00.000000Z"},
                {"2026-06-02T07:00:00Z", "2026-06-02T07:00:00.000000Z"}};
    char written[INSTANT_TEXT_BYTES];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct instant at;
        CHECK(instant_parse(str_of(rows[i].at), &at));
        instant_write(person_awake(&person, at), written);
        CHECK_STR(str_of(written), rows[i].awake);
    }
    person.quiet.from_minute = 12 * 60; /* a nap */
    person.quiet.to_minute = 13 * 60;
    struct instant noon;
    CHECK(instant_parse(STR("2026-06-02T12:30:00Z"), &noon));
    instant_write(person_awake(&person, noon), written);
    CHECK_STR(str_of(written), "2026-06-02T13:00:00.000000Z");
    person.quiet.zone = NULL;
    CHECK_INT(person_awake(&person, noon).us, noon.us);
}

TEST(a_drill_comes_again_when_its_time_is_over_and_a_page_of_an_incident_counts)
{
    enum { DAY = 24 * 60 * MINUTE };
    struct scene scene;
    scene_begin(&scene, arena); /* Monday, 11:00 */
    struct event_list out;
    struct page_world world = scene_pages(&scene);
    world.drill_ms = 30 * (int64_t)DAY;
    event_list_init(&out, arena);
    drill_decide(&world, &out);
    CHECK_INT(out.count, 4); /* ana, ben by both, cto */
    scene_fold(&scene, &out);
    event_list_init(&out, arena);
    drill_decide(&world, &out);
    CHECK_INT(out.count, 0); /* under way */
    scene_send(&scene);
    const struct reach *reach = reach_find(&scene.pages, STR("ben"), METHOD_WEBHOOK);
    CHECK(reach && reach->sent.us == scene.now.us);
    CHECK_STR(str_of(reach->detail), "as scripted");
    CHECK_INT(drill_next_due(&world, arena).us, instant_add_ms(scene.now, world.drill_ms).us);
    scene.now = instant_add_ms(scene.now, 10 * (int64_t)DAY);
    scene_alert(&scene, 0, true); /* pages ana */
    scene_send(&scene);
    scene_alert(&scene, 0, false);
    scene.now = instant_add_ms(scene.now, 20 * (int64_t)DAY - 1);
    world.now = scene.now;
    event_list_init(&out, arena);
    drill_decide(&world, &out);
    CHECK_INT(out.count, 0);
    world.now = instant_add_ms(world.now, 1);
    drill_decide(&world, &out);
    CHECK_INT(out.count, 3); /* all but ana */
    for (size_t i = 0; i < out.count; i++)
        CHECK(!str_is(event_str(&out.items[i], "person"), "ana"));
    scene_end(&scene);
}

TEST(what_was_given_up_is_known_until_something_is_taken)
{
    struct scene scene;
    struct event_list out;
    size_t count = 0;
    scene_begin(&scene, arena);
    struct page_world world = scene_pages(&scene);
    event_list_init(&out, arena);
    drill_all(&world, STR("person:ana"), &out, &count);
    CHECK_INT(count, 4);
    scene_fold(&scene, &out);
    scene_answer(&scene, PAGE_WAS_REFUSED);
    const struct reach *reach = reach_find(&scene.pages, STR("cto"), METHOD_SMTP);
    CHECK(reach && instant_is_zero(reach->sent));
    CHECK_STR(str_of(reach->problem), "as scripted");
    event_list_init(&out, arena);
    drill_all(&world, STR("person:ana"), &out, &count);
    scene_fold(&scene, &out);
    scene_send(&scene);
    CHECK_STR(str_of(reach->problem), "");
    CHECK(reach_find(&scene.pages, STR("nobody"), METHOD_SMS) == NULL);
    scene_end(&scene);
}
