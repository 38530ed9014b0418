/* test_storm.c - all rules of a runbook as large as it may be fire in the same round: each gets its
 * incident, nobody is told more often than there are incidents, and a rule's own number of facts
 * does not grow with the number of others. */
#include "alert/depend.h"
#include "harness/test.h"
#include "small_world.h"

enum { SIGNALS = 100, RULES = LIMIT_RULES };

static const struct person team[] = {
    {.id = {"ana", 3}, .reach[METHOD_SMTP] = {"ana@acme.example", 16}}};
static const struct str primary[] = {{"ana", 3}};
static const struct rota_slot slot = {primary, 1};
static const struct rota_layer layer = ROTA_ALWAYS(&slot);
static const struct rota rota = {.name = {"primary", 7}, .layers = &layer, .layer_count = 1};

struct storm {
    struct world world;
    struct arena *arena;
    struct evaluation *evaluations;
    size_t counts[EVENT_KINDS]; /* of the newest turn */
    int64_t *incidents;         /* by rule: the one that it got last */
};

static size_t index_of(const struct storm *storm, struct str rule)
{
    const struct rule *found = rules_find(&storm->world.rules, rule);
    CHECK(found != NULL);
    return (size_t)(found - storm->world.rules.items);
}

static struct storm *make(struct arena *arena, struct str runbook)
{
    struct storm *storm = arena_make(arena, struct storm);
    struct world *world = &storm->world;
    struct program *program = NULL;
    struct err err = {0};
    world_init(world);
    storm->arena = arena;
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), runbook, &program, &err), &err);
    signals_init(&world->signals, arena);
    for (int i = 0; i < SIGNALS; i++) {
        struct signal_option gauge = {STR("gauge"), str_printf(arena, "depth_%d", i)};
        CHECK_OK(signal_bind(&world->signals, str_printf(arena, "Queue depth of w%d", i), &gauge, 1,
                             &err),
                 &err);
    }
    world->program = program;
    world->mapping = (struct severity_mapping){.critical = STR("P1"), .warning = STR("P3")};
    world->rules = rules_make(arena, program, &world->signals);
    CHECK_INT(world->rules.count, RULES);
    severity_plan_make(program, &world->mapping, &world->plan);
    world->people = (struct people){team, 1};
    world->oncall = (struct oncall){&world->people, &rota, 1, NULL, NULL, NULL, 0, 0, 0};
    world->group_ms = 30000;
    storm->evaluations = arena_array(arena, RULES, sizeof *storm->evaluations);
    storm->incidents = arena_array(arena, RULES, sizeof *storm->incidents);
    world->evaluations = storm->evaluations;
    return storm;
}

/* As many rules of each signal as of the others. */
static struct storm *make_queues(struct arena *arena)
{
    struct text text;
    text_init(&text, arena, 1024 * 1024);
    text_adds(&text, "## Severity Levels\n- **P1 (High)**: Bad\n  - Response time: 15 minutes\n"
                     "## Critical Alerts\n");
    for (int i = 0; i < RULES; i++)
        text_printf(&text, "- Queue depth of w%d > %d\n", i % SIGNALS, 10 + i);
    return make(arena, text_str(&text));
}

static void read_all(struct storm *storm, size_t from, size_t step, enum truth truth)
{
    for (size_t i = from; i < RULES; i += step)
        storm->evaluations[i] = (struct evaluation){
            .truth = truth, .value = truth == TRUTH_TRUE ? 99999 : 1, .value_text = STR("so")};
}

static void turn(struct storm *storm, int64_t second)
{
    struct arena scratch;
    arena_init(&scratch);
    memset(storm->counts, 0, sizeof storm->counts);
    for (int round = 0;; round++) {
        struct event_list out;
        event_list_init(&out, &scratch);
        world_decide(&storm->world, small_world_now(second), &out);
        if (out.count == 0)
            break;
        CHECK(round < LIMIT_TURN_ROUNDS);
        for (size_t i = 0; i < out.count; i++) {
            const struct event *event = &out.items[i];
            storm->counts[event->kind]++;
            if (event->kind == EVENT_INCIDENT_OPENED || event->kind == EVENT_INCIDENT_JOINED ||
                event->kind == EVENT_INCIDENT_FOLLOWED)
                storm->incidents[index_of(storm, event_str(event, "rule"))] =
                    event_int(event, "number");
            world_fold(&storm->world, event, storm->world.sequence + 1);
        }
    }
    arena_done(&scratch);
}

static void check_counts(const struct storm *storm, size_t opened, size_t joined, size_t followed,
                         size_t pages)
{
    CHECK_INT(storm->counts[EVENT_INCIDENT_OPENED], opened);
    CHECK_INT(storm->counts[EVENT_INCIDENT_JOINED], joined);
    CHECK_INT(storm->counts[EVENT_INCIDENT_FOLLOWED], followed);
    CHECK_INT(storm->counts[EVENT_PAGE_REQUESTED], pages);
}

TEST(rules_that_fire_at_once_join_the_incident_of_their_signal)
{
    struct storm *storm = make_queues(arena);
    read_all(storm, 0, 1, TRUTH_TRUE);
    turn(storm, 0);
    CHECK_INT(storm->counts[EVENT_ALERT_FIRED], RULES);
    check_counts(storm, SIGNALS, RULES - SIGNALS, 0, SIGNALS);
    for (int i = 0; i < RULES; i++)
        CHECK_INT(storm->incidents[i], i % SIGNALS + 1);
    turn(storm, 1);
    CHECK_INT(storm->world.pages.table.count, SIGNALS);

    /* Half of each signal's rules resolve: its incident goes on. */
    for (size_t i = 0; i < SIGNALS; i++)
        read_all(storm, i, SIGNALS * 2, TRUTH_FALSE);
    turn(storm, 10);
    turn(storm, 30);
    CHECK_INT(storm->counts[EVENT_ALERT_RESOLVED], RULES / 2);
    CHECK_INT(storm->counts[EVENT_INCIDENT_MITIGATED], 0);
    read_all(storm, 0, 1, TRUTH_FALSE);
    turn(storm, 40);
    turn(storm, 60);
    CHECK_INT(storm->counts[EVENT_ALERT_RESOLVED], RULES / 2);
    CHECK_INT(storm->counts[EVENT_INCIDENT_MITIGATED], SIGNALS);

    /* All of them again: each incident opens again once, and none anew. */
    read_all(storm, 0, 1, TRUTH_TRUE);
    turn(storm, 70);
    CHECK_INT(storm->counts[EVENT_ALERT_FIRED], RULES);
    CHECK_INT(storm->counts[EVENT_INCIDENT_REOPENED], SIGNALS);
    check_counts(storm, 0, 0, 0, SIGNALS);
    world_done(&storm->world);
}

TEST(rules_that_depend_on_each_other_are_one_incident_however_many_they_are)
{
    struct storm *storm = make_queues(arena);
    struct dependency items[SIGNALS];
    struct dependencies all = {items, 0};
    struct err err = {0};
    size_t bad = 0;
    /* Each signal on the one before it: the last of them has the rules of all others as causes. */
    for (int i = 1; i < SIGNALS; i++) {
        struct str *on = arena_make(arena, struct str);
        *on = str_printf(arena, "Queue depth of w%d", i - 1);
        items[all.count++] = (struct dependency){str_printf(arena, "Queue depth of w%d", i), on, 1};
    }
    CHECK_OK(depend_bind(arena, &storm->world.rules, &all, &bad, &err), &err);
    const struct rule *rules = storm->world.rules.items;
    CHECK_INT(rules[SIGNALS - 1].cause_count, RULES / SIGNALS * (SIGNALS - 1));
    CHECK(rules[SIGNALS - 1].causes == rules[RULES - 1].causes);

    read_all(storm, 0, 1, TRUTH_TRUE);
    turn(storm, 0);
    check_counts(storm, 1, RULES / SIGNALS - 1, RULES - RULES / SIGNALS, 1);
    for (int i = 0; i < RULES; i++)
        CHECK_INT(storm->incidents[i], 1);

    /* The first of the chain ends: two minutes later the next one opens, once, and what depends on
     * that follows it. */
    read_all(storm, 0, SIGNALS, TRUTH_FALSE);
    turn(storm, 10);
    turn(storm, 30);
    CHECK_INT(storm->counts[EVENT_ALERT_RESOLVED], RULES / SIGNALS);
    turn(storm, 149);
    check_counts(storm, 0, 0, 0, 0);
    turn(storm, 150);
    check_counts(storm, 1, RULES / SIGNALS - 1, RULES - 2 * RULES / SIGNALS, 1);
    for (int i = 1; i < RULES; i += SIGNALS)
        CHECK_INT(storm->incidents[i], 2);
    world_done(&storm->world);
}

TEST(signals_that_count_the_same_events_are_one_incident)
{
    struct text text;
    text_init(&text, arena, 1024 * 1024);
    text_adds(&text, "## Severity Levels\n- **P1 (High)**: Bad\n  - Response time: 15 minutes\n"
                     "## Critical Alerts\n");
    for (int i = 0; i < RULES; i += 2)
        text_printf(&text, "- Error rate > %d.%03d%%\n- Response time p95 > %d ms\n", i / 1000,
                    i % 1000, 10 + i);
    struct storm *storm = make(arena, text_str(&text));
    read_all(storm, 0, 2, TRUTH_TRUE);
    read_all(storm, 1, 2, TRUTH_FALSE);
    turn(storm, 0);
    check_counts(storm, 1, RULES / 2 - 1, 0, 1);
    read_all(storm, 1, 2, TRUTH_TRUE);
    turn(storm, 20);
    check_counts(storm, 0, RULES / 2, 0, 0);
    for (int i = 0; i < RULES; i++)
        CHECK_INT(storm->incidents[i], 1);
    world_done(&storm->world);
}
