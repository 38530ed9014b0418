/* test_views.c - what stands beside each kind of line, and the clocks of an incident. */
#include "harness/test.h"
#include "small_world.h"

/* Decides and folds until nothing is decided, without a ledger. */
static void settle(struct world *world, struct arena *arena, int64_t second)
{
    for (int round = 0; round < LIMIT_TURN_ROUNDS; round++) {
        struct event_list out;
        event_list_init(&out, arena);
        world_decide(world, small_world_now(second), &out);
        if (out.count == 0)
            return;
        for (size_t i = 0; i < out.count; i++)
            world_fold(world, &out.items[i], world->sequence + 1);
    }
    test_fail(__FILE__, __LINE__, "does not settle");
}

static void declare(struct world *world, struct arena *arena, const char *severity)
{
    struct event_list out;
    struct err err = {0};
    event_list_init(&out, arena);
    struct incident_world incidents = world_incidents(world, arena);
    struct incident_call call = {
        .actor = STR("person:ana"), .text = STR("It is odd"), .severity = str_of(severity)};
    CHECK_OK(incident_declare(&incidents, &call, &out, &err), &err);
    world_fold(world, &out.items[0], world->sequence + 1);
}

TEST(each_kind_of_line_says_what_it_does)
{
    static const struct {
        const char *beginning;
        enum mark mark;
        const char *state;
    } cases[] = {
        {"The small shop", MARK_NONE, ""},
        {"P0 (Critical)", MARK_OK, "none open"},
        {"Response time: 20", MARK_OK, "in force"},
        {"Acknowledge the page", MARK_MANUAL, "ready"},
        {"Error rate", MARK_UNKNOWN, "not read yet"},
        {"Moon phase", MARK_UNBOUND, "not read yet"},
        {"systemctl", MARK_MANUAL, "run by people"},
        {"Some words", MARK_NONE, ""},
    };
    struct world *world = small_world_make(arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct line_view line = small_world_line(world, arena, cases[i].beginning);
        if (line.mark != cases[i].mark)
            test_fail(__FILE__, __LINE__, "%s has mark %d", cases[i].beginning, (int)line.mark);
        CHECK_STR(line.state, cases[i].state);
        CHECK_INT(line.incident, 0);
    }
    world_done(world);
}

TEST(what_the_configuration_answers_is_no_open_decision)
{
    struct world *world = small_world_make(arena);
    struct line_view line = small_world_line(world, arena, "Disk usage");
    CHECK_STR(line.detail, "an open decision");
    for (int i = 0; i < world->program->finding_count; i++)
        world->program->findings[i].answer = STR("signals.disk usage.used: d (reeve.yaml:5)");
    line = small_world_line(world, arena, "Disk usage");
    CHECK_STR(line.detail, "");
    world_done(world);
}

TEST(a_rule_goes_from_well_to_pending_to_firing_with_its_incident)
{
    struct world *world = small_world_make(arena);
    small_world_read(world, arena, "Error rate", TRUTH_FALSE);
    settle(world, arena, 0);
    CHECK_INT(small_world_line(world, arena, "Error rate").mark, MARK_OK);
    small_world_read(world, arena, "Error rate", TRUTH_TRUE);
    settle(world, arena, 1);
    struct line_view line = small_world_line(world, arena, "Error rate");
    CHECK_INT(line.mark, MARK_PENDING);
    CHECK_STR(line.state, "7.0 %");
    settle(world, arena, 5);
    CHECK_STR(small_world_line(world, arena, "Error rate").detail, "true for 4 s of 10 s");
    settle(world, arena, 11);
    line = small_world_line(world, arena, "Error rate");
    CHECK_INT(line.mark, MARK_FIRING);
    CHECK_INT(line.incident, 1);
    CHECK_STR(small_world_line(world, arena, "P1 (High)").state, "incident 1");
    CHECK_INT(small_world_line(world, arena, "P1 (High)").mark, MARK_OPEN);
    CHECK_INT(small_world_line(world, arena, "P0 (Critical)").mark, MARK_OK);
    line = small_world_line(world, arena, "Response time: 30");
    CHECK_STR(line.state, "clock running in incident 1");
    CHECK_INT(line.mark, MARK_OPEN);
    CHECK_INT(line.incident, 1);
    CHECK_STR(small_world_line(world, arena, "Response time: 20").state, "in force");
    settle(world, arena, 60);
    CHECK_STR(small_world_line(world, arena, "Response time: 30").state, "missed in incident 1");
    CHECK_STR(small_world_line(world, arena, "Find the cause").state, "open in incident 1");
    world_done(world);
}

/* Nobody answered, and nobody has to: as the card of the incident says. */
TEST(the_clock_of_a_response_stops_when_the_incident_is_mitigated)
{
    struct world *world = small_world_make(arena);
    small_world_read(world, arena, "Error rate", TRUTH_TRUE);
    settle(world, arena, 0);
    settle(world, arena, 11);
    small_world_read(world, arena, "Error rate", TRUTH_FALSE);
    settle(world, arena, 12);
    settle(world, arena, 30);
    struct line_view line = small_world_line(world, arena, "Response time: 30");
    CHECK_STR(line.state, "clock stopped in incident 1");
    CHECK_INT(line.mark, MARK_OK);
    world_done(world);
}

TEST(an_incident_shows_what_its_rules_read_and_who_was_told)
{
    struct world *world = small_world_make(arena);
    size_t count = 0;
    small_world_read(world, arena, "Error rate", TRUTH_TRUE);
    settle(world, arena, 0);
    settle(world, arena, 11);
    const struct incident_view *views = view_incidents(world, arena, &count);
    CHECK_INT(count, 1);
    CHECK_INT(views[0].reading_count, 1);
    CHECK_STR(views[0].readings[0].value, "7.0 %");
    CHECK_STR(views[0].readings[0].title, "Error rate > 5% for 10 seconds");
    CHECK(str_find(views[0].paged, "ana by smtp (requested)", 0) < views[0].paged.n);
    world_done(world);
}

TEST(a_line_opens_to_its_meaning_and_its_binding)
{
    struct world *world = small_world_make(arena);
    struct line_detail *details = view_details(world, arena);
    const struct program *program = world->program;
    size_t rules = 0;
    for (int i = 0; i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        size_t rule = view_rule_index(world, statement);
        CHECK((rule != SIZE_MAX) == (statement->kind == STATEMENT_ALERT));
        if (rule == SIZE_MAX)
            continue;
        rules++;
        CHECK_STR(world->rules.items[rule].id, statement->id);
        if (str_starts(statement->text, "Error rate"))
            CHECK(str_starts(details[i].meaning, "fires") &&
                  str_starts(details[i].binding, "signal \"error rate\": failures ") &&
                  str_is(details[i].answers, "opens an incident of P1"));
        if (str_starts(statement->text, "Moon phase"))
            CHECK(str_find(details[i].binding, "signals: in reeve.yaml", 0) < details[i].binding.n);
    }
    CHECK_INT(rules, world->rules.count);
    world_done(world);
}

TEST(targets_that_are_all_silent_are_a_trouble_of_reeve)
{
    struct world *world = small_world_make(arena);
    struct err err = {0};
    world->now = small_world_now(0);
    CHECK_INT(view_page(world, arena).trouble_count, 0);
    struct target_status status = {.name = STR("shop"),
                                   .url = STR("http://127.0.0.1:1/metrics"),
                                   .at = small_world_now(0),
                                   .interval_ms = 1000,
                                   .up = true};
    CHECK_OK(telemetry_fold_line(&world->telemetry, arena,
                                 str_trim(target_status_write(arena, &status)), &err),
             &err);
    CHECK_INT(view_page(world, arena).trouble_count, 0);
    world->now = small_world_now(600);
    struct page_view view = view_page(world, arena);
    CHECK_INT(view.trouble_count, 1);
    CHECK_STR(view.troubles[0], "Its only target does not answer, so no rule is being watched.");
    world_done(world);
}

TEST(what_cannot_be_read_while_it_fires_goes_on_firing_and_says_so)
{
    struct world *world = small_world_make(arena);
    small_world_read(world, arena, "Disk usage", TRUTH_TRUE);
    settle(world, arena, 0);
    small_world_read(world, arena, "Disk usage", TRUTH_UNKNOWN);
    settle(world, arena, 40);
    struct line_view line = small_world_line(world, arena, "Disk usage");
    CHECK_INT(line.mark, MARK_FIRING);
    CHECK_STR(line.state, "target shop has given nothing for 6 s");
    CHECK_STR(line.detail, "firing for 40 s; unknown for 0 s");
    size_t count = 0;
    const struct incident_view *views = view_incidents(world, arena, &count);
    CHECK_INT(count, 1);
    CHECK_STR(views[0].note, "Its rule cannot be read: not resolved, unknown.");
    CHECK_STR(views[0].state, "open");
    world_done(world);
}

TEST(an_incident_shows_its_clocks_with_due_met_and_missed)
{
    struct world *world = small_world_make(arena);
    world->now = small_world_now(0);
    declare(world, arena, "P1");
    settle(world, arena, 0);
    struct incident_view view = view_incident(world, arena, incident_find(&world->incidents, 1));
    CHECK_INT(view.clock_count, 2);
    CHECK_STR(view.clocks[0].name, "Response");
    CHECK_INT(view.clocks[0].due.us, small_world_now(30).us);
    CHECK(!view.clocks[0].missed && instant_is_zero(view.clocks[0].met));
    CHECK_STR(view.clocks[1].name, "Escalation");
    CHECK_INT(view.clocks[1].due.us, small_world_now(60).us);
    settle(world, arena, 30);
    view = view_incident(world, arena, incident_find(&world->incidents, 1));
    CHECK(view.clocks[0].missed);
    CHECK(instant_is_zero(view.clocks[1].met));
    settle(world, arena, 60);
    view = view_incident(world, arena, incident_find(&world->incidents, 1));
    CHECK_INT(view.clocks[1].met.us, small_world_now(60).us);
    CHECK_INT(view.tick_count, 2);
    CHECK_STR(view.ticks[1].text, "Find the cause");
    CHECK(!view.ticks[1].done);
    world_done(world);
}

TEST(incidents_stand_worst_first)
{
    struct world *world = small_world_make(arena);
    declare(world, arena, "P3");
    declare(world, arena, "P0");
    declare(world, arena, "P0");
    size_t count = 0;
    const struct incident_view *views = view_incidents(world, arena, &count);
    CHECK_INT(count, 3);
    CHECK_INT(views[0].number, 2);
    CHECK_INT(views[1].number, 3);
    CHECK_INT(views[2].number, 1);
    CHECK_STR(views[0].clocks[1].name, "Escalation to CTO");
    CHECK_STR(view_page(world, arena).title, "The small shop");
    world_done(world);
}

TEST(the_runbook_in_force_is_recorded_once)
{
    struct world *world = small_world_make(arena);
    struct event_list out;
    event_list_init(&out, arena);
    world_decide(world, small_world_now(0), &out);
    CHECK_INT(out.count, 1);
    CHECK_INT(out.items[0].kind, EVENT_RUNBOOK_LOADED);
    world_fold(world, &out.items[0], 1);
    CHECK_INT(world->sequence, 1);
    event_list_init(&out, arena);
    world_decide(world, small_world_now(1), &out);
    CHECK_INT(out.count, 0);
    struct event *refused = event_list_add(&out, EVENT_RUNBOOK_REFUSED, small_world_now(2),
                                           STR("reeve"), STR("runbook"));
    event_set_str(refused, "first", STR("Line 7 is unclear."));
    world_fold(world, refused, 2);
    CHECK_STR(view_page(world, arena).refused, "Line 7 is unclear.");
    world_done(world);
}

/* What was seen last is what was recorded last: not an hour ahead for ever after the clock was set
 * back, or time in which nobody ran would count. */
TEST(the_last_fact_follows_a_clock_that_is_set_back)
{
    struct world *world = small_world_make(arena);
    struct event_list out;
    event_list_init(&out, arena);
    declare(world, arena, "P1");
    CHECK_INT(world->last_event.us, small_world_now(0).us);
    struct event *event = event_list_add(&out, EVENT_CLOCK_STEPPED, small_world_now(-3600),
                                         STR("reeve"), STR("node:local"));
    event_set_int(event, "by_ms", -3600 * 1000);
    world_fold(world, event, world->sequence + 1);
    CHECK_INT(world->last_event.us, small_world_now(-3600).us);
    size_t count = 0;
    world->now = small_world_now(-3600);
    const struct incident_view *views = view_incidents(world, arena, &count);
    CHECK_INT(count, 1);
    CHECK_INT(views[0].since.us, small_world_now(-3600).us);
    CHECK_INT(views[0].opened.us, small_world_now(0).us);
    world_done(world);
}

TEST(an_incident_that_nobody_was_told_of_says_so)
{
    struct world *world = small_world_make(arena);
    size_t count = 0;
    world->people.count = 0;
    declare(world, arena, "P1");
    settle(world, arena, 1);
    const struct incident_view *views = view_incidents(world, arena, &count);
    CHECK_INT(count, 1);
    CHECK_STR(views[0].note, "Nobody could be told of it: no page arrived.");
    world_done(world);
}

TEST(a_mark_counts_only_beside_its_ledger_and_in_the_past)
{
    struct world world = {.sequence = 12, .last_event = small_world_now(100)};
    (void)arena;
    struct instant now = small_world_now(200);
    CHECK_INT(world_last_seen(&world, small_world_now(190), 12, now).us, small_world_now(190).us);
    /* Of another ledger; older than the newest fact; of a time that has not come; none at all. */
    CHECK_INT(world_last_seen(&world, small_world_now(190), 11, now).us, small_world_now(100).us);
    CHECK_INT(world_last_seen(&world, small_world_now(190), 13, now).us, small_world_now(100).us);
    CHECK_INT(world_last_seen(&world, small_world_now(99), 12, now).us, small_world_now(100).us);
    CHECK_INT(world_last_seen(&world, small_world_now(201), 12, now).us, small_world_now(100).us);
    CHECK_INT(world_last_seen(&world, (struct instant){0}, 0, now).us, small_world_now(100).us);
    struct world empty = {.sequence = 0};
    CHECK_INT(world_last_seen(&empty, small_world_now(190), 0, now).us, 0);
}
