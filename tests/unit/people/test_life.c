/* test_life.c - roles, merging, splitting, follow-ups and the end of incidents: their limits, and
 * what the clock moves. */
#include "scene.h"

#include "harness/test.h"

#include <stdio.h>

static void declare(struct scene *scene, const char *severity)
{
    scene_order(scene, incident_declare,
                (struct incident_call){.text = STR("It is broken"), .severity = str_of(severity)});
}

TEST(roles_have_a_limit_and_a_name)
{
    static const char *const bad[] = {"", "7th", "com\nmander", "x|y",
                                      "a-role-whose-name-is-longer-than-there-is-room"};
    struct scene scene;
    scene_begin(&scene, arena);
    declare(&scene, "P1");
    for (int i = 0; i < INCIDENT_ROLES_MAX; i++)
        scene_order(&scene, incident_give_role,
                    (struct incident_call){.number = 1,
                                           .role = str_printf(arena, "role %c", 'a' + i),
                                           .person = STR("ben")});
    scene_refused(&scene, incident_give_role,
                  (struct incident_call){.number = 1, .role = STR("ninth"), .person = STR("ben")},
                  "has 8 roles already");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        scene_refused(
            &scene, incident_give_role,
            (struct incident_call){.number = 1, .role = str_of(bad[i]), .person = STR("ben")},
            "is no role");
    /* Nobody becomes commander where there is no room for it: acknowledging is never refused. */
    scene_order(&scene, incident_acknowledge, (struct incident_call){.number = 1});
    CHECK_STR(incident_role_person(incident_find(&scene.incidents, 1), "commander"), "");
    scene_order(&scene, incident_give_role,
                (struct incident_call){.number = 1, .role = STR("ROLE A")});
    CHECK_STR(incident_role_person(incident_find(&scene.incidents, 1), "role a"), "");
    scene_end(&scene);
}

TEST(the_clocks_move_with_the_wall_clock)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene.plan.levels[1].update_ms = 30 * MINUTE;
    scene.plan.levels[1].resolve_ms = 60 * MINUTE;
    declare(&scene, "P1");
    scene_order(&scene, incident_acknowledge, (struct incident_call){.number = 1});
    scene_pass(&scene, 10 * MINUTE);
    scene.now = instant_add_ms(scene.now, 5 * 60 * MINUTE);
    scene_tell(&scene, EVENT_CLOCK_STEPPED, 5 * 60 * MINUTE);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UPDATE_MISSED, NULL), 0);
    scene_pass(&scene, 20 * MINUTE - 1);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UPDATE_MISSED, NULL), 0);
    scene_pass(&scene, 1);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UPDATE_MISSED, NULL), 1);
    scene_pass(&scene, 30 * MINUTE - 1);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_RESOLUTION_MISSED, NULL), 0);
    scene_pass(&scene, 1);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_RESOLUTION_MISSED, NULL), 1);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UPDATE_MISSED, NULL), 1);
    scene_end(&scene);
}

/* An update is owed while it goes on; not while it is mitigated. */
TEST(nobody_owes_an_update_of_what_is_mitigated)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene.plan.levels[1].update_ms = 30 * MINUTE;
    scene_alert(&scene, 0, true);
    scene_order(&scene, incident_acknowledge, (struct incident_call){.number = 1});
    scene_pass(&scene, 10 * MINUTE);
    scene_alert(&scene, 0, false);
    scene_pass(&scene, 25 * MINUTE);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UPDATE_MISSED, NULL), 0);
    scene_alert(&scene, 0, true);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_REOPENED, NULL), 1);
    scene_pass(&scene, 30 * MINUTE - 1);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UPDATE_MISSED, NULL), 0);
    scene_pass(&scene, 1);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_UPDATE_MISSED, NULL), 1);
    scene_end(&scene);
}

TEST(what_is_merged_goes_on_with_its_rules)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true); /* signal 0 */
    scene_alert(&scene, 2, true); /* signal 1 */
    CHECK_INT(scene.incidents.open_count, 2);
    scene_order(&scene, incident_merge,
                (struct incident_call){.number = 2, .other = 1, .text = STR("one")});
    CHECK_INT(scene.incidents.open_count, 1);
    CHECK_INT(incident_find(&scene.incidents, 1)->rule_count, 2);
    /* A second rule of the merged cause joins what goes on, and opens nothing. */
    scene_alert(&scene, 3, true);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_OPENED, NULL), 2);
    CHECK_INT(incident_find(&scene.incidents, 1)->rule_count, 3);
    scene_alert(&scene, 0, false);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_MITIGATED, NULL), 0);
    scene_alert(&scene, 2, false);
    scene_alert(&scene, 3, false);
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_MITIGATED, NULL), 1);
    scene_refused(&scene, incident_resolve, (struct incident_call){.number = 2},
                  "merged into incident 1");
    scene_order(&scene, incident_resolve, (struct incident_call){.number = 1, .text = STR("over")});
    /* Both have left when nothing can reopen them any more. */
    scene_pass(&scene, INCIDENT_REOPEN_MS + MINUTE);
    declare(&scene, "P3");
    declare(&scene, "P3");
    CHECK(!incident_find(&scene.incidents, 1) && !incident_find(&scene.incidents, 2));
    scene_end(&scene);
}

TEST(a_chain_of_mergers_ends_in_one)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    scene_alert(&scene, 2, true);
    scene_alert(&scene, 4, true);
    scene_order(&scene, incident_merge,
                (struct incident_call){.number = 1, .other = 2, .text = STR("one")});
    scene_order(&scene, incident_merge,
                (struct incident_call){.number = 2, .other = 3, .text = STR("one")});
    scene_alert(&scene, 1, true); /* of the first one's cause */
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_OPENED, NULL), 3);
    CHECK_INT(incident_find(&scene.incidents, 3)->rule_count, 4);
    scene_end(&scene);
}

TEST(what_goes_on_is_not_merged_into_what_is_mitigated)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    scene_alert(&scene, 0, false);
    declare(&scene, "P1");
    scene_refused(&scene, incident_merge,
                  (struct incident_call){.number = 2, .other = 1, .text = STR("one")},
                  "merge the second into the first");
    scene_order(&scene, incident_merge,
                (struct incident_call){.number = 1, .other = 2, .text = STR("one")});
    CHECK_INT(incident_find(&scene.incidents, 2)->state, INCIDENT_OPEN);
    scene_end(&scene);
}

TEST(only_what_fires_is_split_out)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    scene_alert(&scene, 1, true);
    CHECK_INT(scene.incidents.open_count, 1);
    scene_alert(&scene, 1, false);
    scene_refused(&scene, incident_split,
                  (struct incident_call){.number = 1, .rule = STR("61"), .text = STR("two")},
                  "does not fire now");
    scene_refused(&scene, incident_split,
                  (struct incident_call){.number = 1, .rule = STR("title"), .text = STR("two")},
                  "2 rules of incident 1 are meant");
    scene_refused(&scene, incident_split,
                  (struct incident_call){.number = 1, .rule = STR(""), .text = STR("two")},
                  "No rule of incident 1 is meant");
    scene_alert(&scene, 1, true);
    scene_order(&scene, incident_split,
                (struct incident_call){.number = 1, .rule = STR("61"), .text = STR("two")});
    CHECK_INT(scene.incidents.open_count, 2);
    CHECK_INT(incident_find(&scene.incidents, 1)->rule_count, 1);
    CHECK_INT(incident_find(&scene.incidents, 2)->rule_count, 1);
    /* Each ends by its own rule. */
    scene_alert(&scene, 1, false);
    CHECK_INT(incident_find(&scene.incidents, 2)->state, INCIDENT_MITIGATED);
    CHECK_INT(incident_find(&scene.incidents, 1)->state, INCIDENT_OPEN);
    scene_end(&scene);
}

TEST(links_have_a_limit)
{
    struct scene scene;
    scene_begin(&scene, arena);
    for (int i = 0; i <= INCIDENT_LINKS_MAX + 1; i++)
        declare(&scene, "P3");
    for (int i = 0; i < INCIDENT_LINKS_MAX; i++)
        scene_order(&scene, incident_link,
                    (struct incident_call){.number = 1, .other = 2 + i, .done = true});
    scene_refused(
        &scene, incident_link,
        (struct incident_call){.number = 1, .other = INCIDENT_LINKS_MAX + 2, .done = true},
        "has 16 links already");
    scene_refused(&scene, incident_link,
                  (struct incident_call){.number = 1, .other = 1, .done = true},
                  "no other incident 1");
    scene_end(&scene);
}

TEST(follow_ups_that_are_done_make_room)
{
    struct scene scene;
    scene_begin(&scene, arena);
    declare(&scene, "P3");
    struct incident_call call = {.number = 1, .text = STR("Mend it")};
    for (int i = 0; i < FOLLOW_UPS_MAX; i++)
        scene_order(&scene, follow_up_add, call);
    scene_refused(&scene, follow_up_add, call, "1000 follow-ups are to be done");
    scene_order(&scene, follow_up_set,
                (struct incident_call){.other = 7, .done = true, .text = STR("it is")});
    scene_order(&scene, follow_up_add, call);
    CHECK(!follow_up_find(&scene.incidents, 7));
    CHECK_STR(str_of(follow_up_find(&scene.incidents, FOLLOW_UPS_MAX + 1)->text), "Mend it");
    scene_refused(&scene, follow_up_set,
                  (struct incident_call){.other = 7, .text = STR("it is not")}, "done long ago");
    scene_end(&scene);
}

TEST(a_follow_up_forgets_a_text_that_was_erased)
{
    struct scene scene;
    struct event_list out;
    scene_begin(&scene, arena);
    declare(&scene, "P3");
    scene_order(&scene, follow_up_add,
                (struct incident_call){.number = 1, .text = STR("Call Ms Smith")});
    incident_fold_entry(&scene.incidents, &scene.log.items[scene.log.count - 1], 41);
    event_list_init(&out, arena);
    struct event *event =
        event_list_add(&out, EVENT_TEXT_ERASED, scene.now, STR("person:eva"), STR("entry:41"));
    event_set_int(event, "entry", 40);
    incident_fold_entry(&scene.incidents, event, 50);
    CHECK_STR(str_of(follow_up_find(&scene.incidents, 1)->text), "Call Ms Smith");
    event_set_int(event, "entry", 41);
    incident_fold_entry(&scene.incidents, event, 51);
    CHECK_STR(str_of(follow_up_find(&scene.incidents, 1)->text), "");
    scene_end(&scene);
}

/* Those that are closed are forgotten first, then the oldest. */
TEST(the_newest_that_were_resolved_can_be_closed)
{
    struct scene scene;
    scene_begin(&scene, arena);
    for (int64_t number = 1; number <= INCIDENT_ENDED_MAX + 2; number++) {
        declare(&scene, "P3");
        scene_order(&scene, incident_resolve,
                    (struct incident_call){.number = number, .text = STR("over"), .anyway = true});
        scene.now = instant_add_ms(scene.now, INCIDENT_REOPEN_MS + MINUTE);
        if (number == 5)
            scene_order(
                &scene, incident_close,
                (struct incident_call){.number = 5, .done = true, .text = STR("in the wiki")});
    }
    CHECK(!incident_ended_find(&scene.incidents, 5));
    CHECK(!incident_ended_find(&scene.incidents, 1));
    CHECK(incident_ended_find(&scene.incidents, 2));
    scene_refused(&scene, incident_close,
                  (struct incident_call){.number = 1, .done = true, .text = STR("here")},
                  "not among the 500 newest");
    scene_end(&scene);
}

/* Closed too early: what comes back within half an hour is open again, and to be closed again. */
TEST(what_comes_back_is_not_closed)
{
    struct scene scene;
    scene_begin(&scene, arena);
    scene_alert(&scene, 0, true);
    scene_alert(&scene, 0, false);
    scene_order(&scene, incident_resolve, (struct incident_call){.number = 1, .text = STR("over")});
    scene_order(&scene, incident_close, (struct incident_call){.number = 1, .text = STR("a slip")});
    CHECK_INT(scene_count(&scene, EVENT_INCIDENT_CLOSED_WITHOUT, NULL), 1);
    scene_alert(&scene, 0, true);
    CHECK_INT(incident_find(&scene.incidents, 1)->state, INCIDENT_OPEN);
    CHECK(!incident_ended_find(&scene.incidents, 1));
    scene_end(&scene);
}
