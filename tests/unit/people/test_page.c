/* test_page.c - pages that fail, stay in doubt or are overtaken: bounded, never silent, and
 * somebody else is told. */
#include "harness/test.h"
#include "scene.h"

static const struct page *get(const struct scene *scene, const char *id)
{
    const struct page *page = page_find(&scene->pages, str_of(id));
    if (!page)
        test_fail(__FILE__, __LINE__, "page %s is not the newest of its thread", id);
    return page;
}

/* Answers whatever is ready each second for that long; returns how often a page was started. */
static size_t live(struct scene *scene, int64_t seconds, enum page_outcome outcome)
{
    size_t started = 0;
    for (int64_t second = 0; second < seconds; second++) {
        started += scene_answer(scene, outcome);
        scene_pass(scene, 1000);
    }
    return started;
}

static bool is_in(const struct scene *scene, enum event_kind kind, const char *field,
                  const char *words)
{
    for (size_t i = 0; i < scene->log.count; i++) {
        struct str text = {0};
        if (scene->log.items[i].kind != kind)
            continue;
        text = event_str(&scene->log.items[i], field);
        if (str_find(text, words, 0) < text.n)
            return true;
    }
    return false;
}

TEST(failed_pages_are_tried_again_then_given_up_and_repeated)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene.oncall =
        &(struct oncall){scene.oncall->people, scene.oncall->rotas, 1, NULL, NULL, NULL, 0, 0, 0};
    scene_order(&scene, incident_declare,
                (struct incident_call){.text = STR("Down"), .severity = STR("P2")});
    (void)live(&scene, 131, PAGE_DID_FAIL);
    CHECK_INT(get(&scene, "1-ana-smtp-1")->tries, PAGE_TRIES_MAX);
    CHECK_INT(get(&scene, "1-ana-smtp-1")->state, PAGE_FAILED);
    CHECK_STR(str_of(get(&scene, "1-ana-smtp-1")->problem), "as scripted");
    (void)live(&scene, 168, PAGE_WAS_SENT);
    CHECK_INT(get(&scene, "1-ana-smtp-1")->state, PAGE_FAILED);
    scene_pass(&scene, 1000);
    CHECK_INT(get(&scene, "1-ana-smtp-2")->state, PAGE_REQUESTED);
    scene_end(&scene);
}

TEST(a_worker_that_never_answers_floods_nobody)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene.oncall = &(struct oncall){&(struct people){scene.oncall->people->items, 1},
                                    scene.oncall->rotas,
                                    1,
                                    NULL,
                                    NULL,
                                    NULL,
                                    0,
                                    0,
                                    0};
    scene_order(&scene, incident_declare,
                (struct incident_call){.text = STR("Down"), .severity = STR("P2")});
    CHECK_INT(live(&scene, 1, PAGE_IN_DOUBT), 1);
    CHECK_INT(live(&scene, 1, PAGE_IN_DOUBT), 1); /* at once: a crash costs nobody their page */
    CHECK_INT(live(&scene, 8, PAGE_IN_DOUBT), 0);
    CHECK_INT(live(&scene, 60, PAGE_IN_DOUBT), 2);
    const struct page *page = get(&scene, "1-ana-smtp-1");
    CHECK_INT(page->state, PAGE_FAILED);
    CHECK_STR(str_of(page->problem), "as scripted; this attempt is given up");
    /* From then on one sending per repetition, as when all is well. */
    CHECK_INT(live(&scene, 3600, PAGE_IN_DOUBT), 12);
    CHECK_INT(get(&scene, "1-ana-smtp-13")->tries, 1);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_DOUBTED, NULL), 4 + 12);
    /* A page that is taken ends the row of doubts. */
    scene_pass(&scene, 5 * MINUTE);
    CHECK_INT(scene_send(&scene), 1);
    scene_pass(&scene, 5 * MINUTE);
    CHECK_INT(live(&scene, 2, PAGE_IN_DOUBT), 2);
    scene_end(&scene);
}

TEST(when_every_page_fails_others_are_told)
{
    struct scene scene;
    struct arena scratch = {0};
    scene_begin(&scene, arena);
    arena_init(&scratch);
    scene_alert(&scene, 0, true);
    const struct incident *incident = incident_find(&scene.incidents, 1);
    CHECK_INT(scene_answer(&scene, PAGE_WAS_REFUSED), 1);
    scene_settle(&scene);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UNREACHED, NULL), 1);
    CHECK(is_in(&scene, EVENT_INCIDENT_UNREACHED, "reason", "every page to ana was given up"));
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ben"), 2);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "cto"), 0);
    struct page_world world = scene_pages(&scene);
    CHECK(!page_nobody_reached(&world, &scratch));
    CHECK_INT(scene_answer(&scene, PAGE_WAS_REFUSED), 2);
    scene_settle(&scene);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "cto"), 1);
    CHECK_INT(scene_answer(&scene, PAGE_WAS_REFUSED), 1);
    scene_settle(&scene);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UNREACHED, NULL), 3);
    CHECK(is_in(&scene, EVENT_INCIDENT_UNREACHED, "to", "nobody is left"));
    world = scene_pages(&scene);
    CHECK(page_nobody_reached(&world, &scratch));
    /* Said once; and everybody is tried again until somebody can be told. */
    scene_pass(&scene, 5 * MINUTE);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UNREACHED, NULL), 3);
    CHECK_INT(scene_send(&scene), 4);
    world = scene_pages(&scene);
    CHECK(!page_nobody_reached(&world, &scratch));
    CHECK_INT(incident->escalation_count, 2);
    arena_done(&scratch);
    scene_end(&scene);
}

TEST(an_escalation_that_reaches_nobody_goes_on_after_the_acknowledgement)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_order(&scene, incident_declare,
                (struct incident_call){.text = STR("Down"), .severity = STR("P0")});
    scene_order(&scene, incident_acknowledge, (struct incident_call){.number = 1});
    CHECK_INT(scene_answer(&scene, PAGE_WAS_REFUSED), 1); /* the CTO's */
    scene_settle(&scene);
    CHECK(is_in(&scene, EVENT_INCIDENT_UNREACHED, "reason", "every page to cto was given up"));
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, "ben"), 2);
    CHECK_INT(scene_send(&scene), 2);
    scene_pass(&scene, 60 * MINUTE);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UNREACHED, NULL), 1);
    scene_end(&scene);
}

TEST(who_has_acknowledged_was_reached)
{
    struct scene scene;
    struct arena scratch;
    arena_init(&scratch);
    scene_begin(&scene, arena);
    scene_order(&scene, incident_declare,
                (struct incident_call){.text = STR("Down"), .severity = STR("P0")});
    for (int i = 0; i < 3; i++) {
        (void)scene_answer(&scene, PAGE_WAS_REFUSED);
        scene_settle(&scene);
    }
    struct page_world world = scene_pages(&scene);
    CHECK(page_nobody_reached(&world, &scratch));
    scene_order(&scene, incident_acknowledge, (struct incident_call){.number = 1});
    world = scene_pages(&scene);
    CHECK(!page_nobody_reached(&world, &scratch));
    arena_done(&scratch);
    scene_end(&scene);
}

TEST(an_incident_that_nobody_can_be_told_of_is_said)
{
    struct scene scene;
    struct arena scratch;
    arena_init(&scratch);
    scene_begin(&scene, arena);
    scene.oncall = &(struct oncall){&(struct people){NULL, 0}, NULL, 0, NULL, NULL, NULL, 0, 0, 0};
    scene_alert(&scene, 0, true);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UNREACHED, NULL), 1);
    CHECK(is_in(&scene, EVENT_INCIDENT_UNREACHED, "reason", "nobody under people:"));
    struct page_world world = scene_pages(&scene);
    CHECK(page_nobody_reached(&world, &scratch));
    scene_order(&scene, incident_acknowledge, (struct incident_call){.number = 1});
    world = scene_pages(&scene);
    CHECK(!page_nobody_reached(&world, &scratch));
    arena_done(&scratch);
    scene_end(&scene);
}

/* Friday evening's message waits for Monday; a stronger alert does not. */
TEST(a_page_that_is_overtaken_ends_in_the_ledger)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene.now.us = 1763748000000000; /* Friday 2025-11-21 18:00 UTC */
    scene_alert(&scene, 1, true);
    CHECK_INT(get(&scene, "1-ana-smtp-1")->state, PAGE_REQUESTED);
    scene_pass(&scene, MINUTE);
    scene_alert(&scene, 0, true);
    CHECK_INT(get(&scene, "1-ana-smtp-2")->state, PAGE_REQUESTED);
    CHECK(is_in(&scene, EVENT_PAGE_STOPPED, "page", "1-ana-smtp-1"));
    CHECK_INT(scene_count(&scene, EVENT_PAGE_STOPPED, NULL), 1);
    scene_order(&scene, incident_acknowledge, (struct incident_call){.number = 1});
    CHECK_INT(get(&scene, "1-ana-smtp-2")->state, PAGE_STOPPED);
    CHECK(is_in(&scene, EVENT_PAGE_STOPPED, "reason", "incident 1 is acknowledged"));
    CHECK_INT(scene_count(&scene, EVENT_PAGE_STOPPED, NULL), 2);
    CHECK_INT(scene_send(&scene), 0);
    scene_end(&scene);
}

TEST(a_test_does_not_take_the_place_of_one_that_is_being_sent)
{
    struct scene scene;
    struct event_list out;
    struct err err = {0};
    scene_begin(&scene, arena);
    for (int i = 0; i < 2; i++) {
        struct page_world world = scene_pages(&scene);
        event_list_init(&out, arena);
        CHECK_OK(page_test(&world, STR("person:ana"), STR("ana"), &out, &err), &err);
        scene_fold(&scene, &out);
    }
    CHECK(is_in(&scene, EVENT_PAGE_STOPPED, "page", "0-ana-smtp-1"));
    event_list_init(&out, arena);
    page_start(get(&scene, "0-ana-smtp-2"), scene.now, &out);
    scene_fold(&scene, &out);
    struct page_world world = scene_pages(&scene);
    event_list_init(&out, arena);
    CHECK(!page_test(&world, STR("person:ana"), STR("ana"), &out, &err));
    CHECK_INT(out.count, 0);
    CHECK_STR(str_of(err.text),
              "A test page to ana by smtp is being sent now; wait for its outcome "
              "and test again.");
    scene_end(&scene);
}

/* A result that comes late, or twice, changes nothing. */
TEST(only_a_page_that_is_being_sent_takes_a_result)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    CHECK_INT(scene_send(&scene), 1);
    for (int outcome = PAGE_DID_FAIL; outcome <= PAGE_IN_DOUBT; outcome++) {
        struct event_list out;
        event_list_init(&out, arena);
        page_finish(get(&scene, "1-ana-smtp-1"), (enum page_outcome)outcome, STR("late"), scene.now,
                    &out);
        scene_fold(&scene, &out);
        CHECK_INT(get(&scene, "1-ana-smtp-1")->state, PAGE_SENT);
        CHECK_INT(get(&scene, "1-ana-smtp-1")->doubts, 0);
    }
    scene_end(&scene);
}

TEST(who_waits_longest_is_paged_first)
{
    struct scene scene;
    size_t count = 0;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    scene_send(&scene);
    scene_pass(&scene, 4 * MINUTE);
    scene_alert(&scene, 2, true);
    scene_pass(&scene, MINUTE); /* the first incident's repetition is asked for after it */
    const struct page **ready = page_ready(&scene.pages, scene.now, arena, &count);
    CHECK_INT(count, 2);
    CHECK_STR(str_of(ready[0]->id), "2-ana-smtp-1");
    CHECK_STR(str_of(ready[1]->id), "1-ana-smtp-2");
    scene_end(&scene);
}

TEST(the_title_is_the_strongest_causes)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 1, true);
    const struct incident *incident = incident_find(&scene.incidents, 1);
    CHECK_STR(str_of(incident->title), "Title 1");
    scene_alert(&scene, 0, true);
    CHECK_STR(str_of(incident->title), "Title 0");
    CHECK_STR(str_of(incident->rule), "rule0");
    CHECK_INT(incident->line, 60);
    CHECK(is_in(&scene, EVENT_INCIDENT_RETITLED, "from", "Title 1"));
    scene_alert(&scene, 2, true);
    const struct incident *other = incident_find(&scene.incidents, 2);
    scene_alert(&scene, 3, true); /* milder: it joins, the title stays */
    CHECK_STR(str_of(other->title), "Title 2");
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_RETITLED, NULL), 1);
    scene_end(&scene);
}

static void retire(struct scene *scene, int at)
{
    struct event_list out;
    event_list_init(&out, scene->arena);
    struct event *event =
        event_list_add(&out, EVENT_ALERT_RETIRED, scene->now, STR("reeve"), scene->alerts[at].rule);
    event_set_str(event, "rule", scene->alerts[at].rule);
    scene->alerts[at].rule = STR("edited");
    scene->alerts[at].firing = false;
    scene_fold(scene, &out);
    scene_settle(scene);
}

TEST(the_message_that_it_is_over_is_bounded_in_doubt_and_wakes_nobody_else)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    (void)live(&scene, 1, PAGE_IN_DOUBT); /* perhaps it got through: then she is told of its end */
    CHECK_INT(live(&scene, 1, PAGE_WAS_SENT), 1);
    scene_alert(&scene, 0, false);
    CHECK_INT(get(&scene, "1-ana-smtp-2")->says_calm, true);
    CHECK_INT(live(&scene, 1800, PAGE_IN_DOUBT), 4);
    CHECK_INT(get(&scene, "1-ana-smtp-2")->state, PAGE_FAILED);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UNREACHED, NULL), 0);
    CHECK_INT(scene_count(&scene, EVENT_PAGE_REQUESTED, NULL), 2);
    scene_end(&scene);
}

TEST(the_message_that_it_is_over_survives_a_stop_while_it_is_sent)
{
    struct scene scene;
    struct event_list out;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    CHECK_INT(scene_send(&scene), 1);
    scene_alert(&scene, 0, false);
    event_list_init(&out, arena);
    page_start(get(&scene, "1-ana-smtp-2"), scene.now, &out);
    scene_fold(&scene, &out);
    scene_tell(&scene, EVENT_NODE_STARTED, 0);
    scene_tell(&scene, EVENT_CLOCK_STEPPED, 60 * MINUTE);
    scene.now = instant_add_ms(scene.now, 60 * MINUTE);
    scene_settle(&scene);
    CHECK_INT(scene_send(&scene), 1);
    CHECK_INT(get(&scene, "1-ana-smtp-2")->tries, 2);
    CHECK_INT(live(&scene, 1200, PAGE_WAS_SENT), 0);
    scene_end(&scene);
}

TEST(who_was_never_reached_is_not_told_that_it_is_over)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    CHECK_INT(live(&scene, 5, PAGE_WAS_REFUSED), 4); /* ana, then ben, then everybody */
    scene_alert(&scene, 0, false);
    CHECK_INT(live(&scene, 1200, PAGE_WAS_SENT), 0);
    scene_end(&scene);
}

TEST(a_message_that_it_is_over_in_flight_is_not_tried_again_when_it_is_open)
{
    struct scene scene;
    struct event_list out;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    CHECK_INT(scene_send(&scene), 1);
    scene_alert(&scene, 0, false);
    event_list_init(&out, arena);
    page_start(get(&scene, "1-ana-smtp-2"), scene.now, &out);
    scene_fold(&scene, &out);
    scene_pass(&scene, MINUTE);
    scene_alert(&scene, 0, true);
    CHECK_INT(get(&scene, "1-ana-smtp-2")->state, PAGE_STARTED);
    event_list_init(&out, arena);
    page_finish(get(&scene, "1-ana-smtp-2"), PAGE_DID_FAIL, STR("450"), scene.now, &out);
    scene_fold(&scene, &out);
    scene_settle(&scene);
    CHECK(is_in(&scene, EVENT_PAGE_STOPPED, "reason", "incident 1 is open"));
    CHECK_STR(str_of(get(&scene, "1-ana-smtp-3")->reason), "on call");
    scene_end(&scene);
}

TEST(a_rule_that_left_the_runbook_has_not_resolved)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    retire(&scene, 0);
    CHECK_INT(incident_find(&scene.incidents, 1)->state, INCIDENT_OPEN);
    CHECK(!is_in(&scene, EVENT_INCIDENT_MITIGATED, "reason", "rule"));
    scene_end(&scene);
}

TEST(a_rule_that_left_the_runbook_after_it_had_resolved_holds_nothing_up)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    scene_alert(&scene, 1, true);
    scene_alert(&scene, 0, false);
    retire(&scene, 0);
    CHECK_INT(incident_find(&scene.incidents, 1)->state, INCIDENT_OPEN);
    scene_alert(&scene, 1, false);
    CHECK_INT(incident_find(&scene.incidents, 1)->state, INCIDENT_MITIGATED);
    CHECK(is_in(&scene, EVENT_INCIDENT_MITIGATED, "reason", "not all of them are still in"));
    scene_end(&scene);
}

TEST(a_stronger_cause_names_the_incident_that_a_person_has_raised)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 1, true);
    scene_order(&scene, incident_set_severity,
                (struct incident_call){.number = 1, .severity = STR("P0")});
    scene_alert(&scene, 0, true);
    CHECK_STR(str_of(incident_find(&scene.incidents, 1)->title), "Title 0");
    CHECK_STR(str_of(incident_find(&scene.incidents, 1)->severity), "P0");
    scene_end(&scene);
}

TEST(ages_count_on_over_a_step_of_the_wall_clock)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    const struct incident *incident = incident_find(&scene.incidents, 1);
    struct instant opened = incident->opened;
    scene_pass(&scene, MINUTE);
    for (int64_t by_ms = 60 * MINUTE; by_ms >= -60 * MINUTE; by_ms -= 120 * MINUTE) {
        scene.now = instant_add_ms(scene.now, by_ms);
        scene_tell(&scene, EVENT_CLOCK_STEPPED, by_ms);
        CHECK_INT(instant_ms_between(incident->begun, scene.now), MINUTE);
        CHECK_INT(incident->opened.us, opened.us); /* as the ledger has it */
    }
    scene_end(&scene);
}
