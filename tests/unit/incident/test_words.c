/* test_words.c - steps and boxes are known by what they say, and by their place in facts that do
 * not say it. */
#include "base/text.h"
#include "harness/test.h"
#include "incident/incident.h"

static const struct instant now = {1700000000000000};

static void make_plan(struct arena *arena, const char *source, struct severity_plan *out_plan)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(source), &program, &err), &err);
    severity_plan_make(program, &(struct severity_mapping){0}, out_plan);
}

static const char before[] = "## Severity Levels\n"
                             "- **P1 (High)**: Partial outage\n"
                             "  - Escalation: Immediate to CTO\n"
                             "  - Escalation: After 1 hour to DBA\n\n"
                             "## Response Checklist\n"
                             "1. [ ] Call the bank\n"
                             "2. [ ] Call the bank\n"
                             "3. [ ] Deploy fix\n";
static const char after[] = "## Severity Levels\n"
                            "- **P1 (High)**: Partial outage\n"
                            "  - Escalation: After 1 hour to DBA\n"
                            "  - Escalation: Immediate to CTO\n\n"
                            "## Response Checklist\n"
                            "1. [ ] Deploy fix\n"
                            "2. [ ] call  the bank\n"
                            "3. [ ] Call the bank\n";

static struct event *tell(enum event_kind kind, struct event_list *list)
{
    struct event *event = event_list_add(list, kind, now, STR("person:ana"), STR("incident:1"));
    event_set_int(event, "number", 1);
    return event;
}

struct story {
    struct incidents incidents;
    struct event_list list;
};

static const struct incident *begin(struct arena *arena, struct story *story)
{
    incidents_init(&story->incidents, arena);
    event_list_init(&story->list, arena);
    struct event *event = tell(EVENT_INCIDENT_OPENED, &story->list);
    event_set_str(event, "severity", STR("P1"));
    incident_fold(&story->incidents, event);
    return incident_find(&story->incidents, 1);
}

static void escalate(struct story *story, int step, const char *words)
{
    struct event *event = tell(EVENT_INCIDENT_ESCALATED, &story->list);
    event_set_int(event, "step", step);
    event_set_str(event, "to", STR("CTO"));
    if (words)
        event_set_str(event, "words", str_of(words));
    incident_fold(&story->incidents, event);
}

static void tick(struct story *story, int item, const char *words)
{
    struct event *event = tell(EVENT_INCIDENT_TICKED, &story->list);
    event_set_int(event, "item", item);
    event_set_int(event, "done", 1);
    if (words)
        event_set_str(event, "words", str_of(words));
    incident_fold(&story->incidents, event);
}

TEST(a_plan_gives_each_its_words_wherever_it_stands)
{
    struct severity_plan old, new;
    make_plan(arena, before, &old);
    make_plan(arena, after, &new);
    const struct severity_level *a = severity_get(&old, STR("P1")),
                                *b = severity_get(&new, STR("P1"));
    CHECK_INT(a->step_count, 2);
    CHECK_INT(strlen(a->steps[0].words), SEVERITY_WORDS_BYTES - 1);
    CHECK_STR(str_of(b->steps[1].words), a->steps[0].words);
    CHECK_STR(str_of(b->steps[0].words), a->steps[1].words);
    CHECK(strcmp(a->steps[0].words, a->steps[1].words) != 0);
    CHECK_STR(str_of(new.checklist[0].words), old.checklist[2].words);
    CHECK_STR(str_of(new.checklist[1].words), old.checklist[0].words);
    CHECK_STR(str_of(new.checklist[2].words), old.checklist[1].words);
    CHECK(strcmp(old.checklist[0].words, old.checklist[1].words) != 0);
}

TEST(what_is_known_by_its_words_is_found_where_it_stands_now)
{
    struct severity_plan old, new;
    struct story story;
    make_plan(arena, before, &old);
    make_plan(arena, after, &new);
    const struct incident *incident = begin(arena, &story);
    escalate(&story, 1, severity_get(&old, STR("P1"))->steps[0].words);
    tick(&story, 3, old.checklist[2].words);
    CHECK(incident_step_is_done(incident, &old, 0) && !incident_step_is_done(incident, &old, 1));
    CHECK(incident_step_is_done(incident, &new, 1) && !incident_step_is_done(incident, &new, 0));
    CHECK(incident_find_tick(incident, &old, 2)->done &&
          !incident_find_tick(incident, &old, 0)->done);
    CHECK(incident_find_tick(incident, &new, 0)->done &&
          !incident_find_tick(incident, &new, 2)->done);
    incidents_done(&story.incidents);
}

TEST(facts_of_the_version_before_count_by_their_place)
{
    struct severity_plan old, new;
    struct story story;
    make_plan(arena, before, &old);
    make_plan(arena, after, &new);
    const struct incident *incident = begin(arena, &story);
    escalate(&story, 1, NULL);
    tick(&story, 3, NULL);
    CHECK(incident_step_is_done(incident, &old, 0) && !incident_step_is_done(incident, &old, 1));
    CHECK(incident_step_is_done(incident, &new, 0) && !incident_step_is_done(incident, &new, 1));
    CHECK(incident_find_tick(incident, &old, 2)->done &&
          !incident_find_tick(incident, &old, 0)->done);
    CHECK(incident_find_tick(incident, &new, 2)->done &&
          !incident_find_tick(incident, &new, 0)->done);
    incidents_done(&story.incidents);
}

TEST(more_boxes_than_are_kept_leave_the_newest)
{
    struct story story;
    const struct incident *incident = begin(arena, &story);
    for (int i = 0; i < INCIDENT_TICKS_MAX + 5; i++)
        tick(&story, 1, str_printf(arena, "words %d", i).p);
    CHECK_INT(incident->tick_count, INCIDENT_TICKS_MAX);
    CHECK_STR(str_of(incident->ticks[INCIDENT_TICKS_MAX - 1].words), "words 52");
    for (int i = 0; i < INCIDENT_STEPS_MAX + 5; i++)
        escalate(&story, 1, str_printf(arena, "words %d", i).p);
    CHECK_INT(incident->step_count, INCIDENT_STEPS_MAX);
    CHECK_STR(str_of(incident->steps[INCIDENT_STEPS_MAX - 1]), "words 36");
    incidents_done(&story.incidents);
}
