/* test_proposal.c - which severity is proposed, with which numbers; what the runbook offers. */
#include "alert/relative.h"
#include "harness/test.h"
#include "state/world.h"

#include <math.h>

static const char runbook[] =
    "### Severity Levels\n"
    "- **P0 (Critical)**: Complete outage, data breach, security incident\n"
    "- **P1 (High)**: Partial outage, performance degradation >50%\n"
    "- **P2 (Medium)**: Feature unavailable, performance degradation <50%\n"
    "\n### Critical Alerts\n"
    "- Error rate > 5% for 5 minutes\n"
    "- Response time p95 > 5 seconds\n"
    "\n### Warning Alerts\n"
    "- Response time p95 > 2 seconds\n"
    "\n## Escalation Matrix\n\n"
    "| Service | Contact | Method | Escalation |\n|---|---|---|---|\n"
    "| Database | Supabase Support | support@supabase.example | SLA & more |\n"
    "| AI | OpenAI Support | Dashboard | Standard |\n"
    "\n## Security\n\n### Data Breach Response\n1. Isolate affected systems\n2. Tell legal\n"
    "\n#### High Error Rate\n1. Check recent deployments\n2. Review error logs\n"
    "\n#### Authentication Issues\n1. Check token validity\n2. Check session expiration\n";

static struct world *make(struct arena *arena)
{
    struct err err = {0};
    struct program *program = NULL;
    struct world *world = arena_make(arena, struct world);
    world_init(world);
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(runbook), &program, &err), &err);
    signals_init(&world->signals, arena);
    world->program = program;
    world->rules = rules_make(arena, program, &world->signals);
    CHECK_INT(world->rules.count, 3);
    severity_plan_make(program, &world->mapping, &world->plan);
    world->procedures = procedures_make(arena, program, &world->run_settings);
    world->oncall = (struct oncall){.people = &world->people};
    world->now = (struct instant){1795435200LL * 1000000};
    return world;
}

static const struct incident *open(struct world *world, struct arena *arena, const char *title)
{
    struct event_list list;
    event_list_init(&list, arena);
    struct event *event =
        event_list_add(&list, EVENT_INCIDENT_OPENED, world->now, STR("reeve"), STR("incident:1"));
    event_set_int(event, "number", 1);
    event_set_str(event, "severity", STR("P2"));
    event_set_str(event, "title", str_of(title));
    event_set_str(event, "cause", STR(""));
    world_fold(world, event, 1);
    return incident_find(&world->incidents, 1);
}

/* The rules of the error rate and of response times read these; NAN: unknown. */
static void read_values(struct world *world, struct arena *arena, double failing, double seconds)
{
    struct evaluation *evaluations = arena_array(arena, world->rules.count, sizeof *evaluations);
    for (size_t i = 0; i < world->rules.count; i++) {
        double value = i == 0 ? failing : seconds;
        evaluations[i] = (struct evaluation){.truth = isnan(value) ? TRUTH_UNKNOWN : TRUTH_FALSE,
                                             .value = isnan(value) ? 0.99 : value};
    }
    world->evaluations = evaluations;
}

static void set_usual(struct world *world, struct arena *arena, size_t rule, double seconds)
{
    world->rules.items[rule].usual = arena_make(arena, struct relative);
    *world->rules.items[rule].usual =
        (struct relative){.kind = BASELINE_SAME_HOUR, .hour = 7, .value = seconds};
}

TEST(the_share_of_failures_is_held_against_the_words)
{
    struct world *world = make(arena);
    const struct incident *incident = open(world, arena, "It is broken");
    read_values(world, arena, 0.12, NAN);
    struct proposal_view proposal = view_proposal(world, arena, incident);
    CHECK_STR(proposal.severity, "P1");
    CHECK_STR(proposal.why, "12.0 % of requests fail (line 7), and P1 is \"Partial outage\"");
    read_values(world, arena, 0.001, NAN);
    proposal = view_proposal(world, arena, incident);
    CHECK_STR(proposal.severity, "");
    CHECK_STR(proposal.why, "it is not known how much slower they are than usual");
    world_done(world);
}

TEST(slower_is_against_what_is_usual_at_this_hour)
{
    struct world *world = make(arena);
    const struct incident *incident = open(world, arena, "It is slow");
    read_values(world, arena, 0, 1.6);
    set_usual(world, arena, 2, 1.0);
    struct proposal_view proposal = view_proposal(world, arena, incident);
    CHECK_STR(proposal.severity, "P1");
    CHECK(str_find(proposal.why, "requests take 60 % longer than usual", 0) < proposal.why.n);
    CHECK(str_find(proposal.why, "the same hour of the last 4 weeks (line 11)", 0) <
          proposal.why.n);
    read_values(world, arena, 0, 1.3); /* what it is already */
    proposal = view_proposal(world, arena, incident);
    CHECK_STR(proposal.severity, "");
    /* A past that is not known, and one of which nothing was computed yet, are no zero. */
    set_usual(world, arena, 2, NAN);
    CHECK_STR(view_proposal(world, arena, incident).severity, "");
    set_usual(world, arena, 2, 0.1);
    world->rules.items[2].usual->hour = 0;
    CHECK_STR(view_proposal(world, arena, incident).severity, "");
    world_done(world);
}

TEST(without_readings_nothing_is_proposed)
{
    struct world *world = make(arena);
    const struct incident *incident = open(world, arena, "It is broken");
    struct proposal_view proposal = view_proposal(world, arena, incident);
    CHECK_STR(proposal.severity, "");
    CHECK(str_find(proposal.why, "which share of requests fails, nor how much", 0) <
          proposal.why.n);
    world_done(world);
}

TEST(offers_fit_what_it_is_about)
{
    struct world *world = make(arena);
    struct incident_view view = view_incident(world, arena, open(world, arena, "Error rate is up"));
    CHECK_INT(view.offer_count, 1);
    CHECK_STR(view.offers[0].name, "High Error Rate");
    CHECK_INT(view.offers[0].nth, 1);
    CHECK_INT(view.vendor_count, 0);
    world_done(world);
    world = make(arena);
    view = view_incident(world, arena, open(world, arena, "A breach, somebody reads our data"));
    CHECK_INT(view.offer_count, 1);
    CHECK_STR(view.offers[0].name, "Data Breach Response");
    world_done(world);
}

TEST(a_vendor_is_named_by_service_by_name_or_by_what_it_is)
{
    static const char *const about[] = {"The database is slow", "Supabase does not answer",
                                        "Postgres refuses connections",
                                        "Connection pool exhausted"};
    for (size_t i = 0; i < sizeof about / sizeof *about; i++) {
        struct world *world = make(arena);
        struct incident_view view = view_incident(world, arena, open(world, arena, about[i]));
        CHECK_INT(view.vendor_count, 1);
        CHECK_STR(view.vendors[0].who, "Supabase Support");
        CHECK(
            str_starts(view.vendors[0].mailto, "mailto:support@supabase.example?subject=%5BP2%5D"));
        CHECK(str_find(view.vendors[0].mailto, " ", 0) == view.vendors[0].mailto.n);
        CHECK(str_find(view.vendors[0].mailto, "SLA%20%26%20more", 0) < view.vendors[0].mailto.n);
        world_done(world);
    }
    struct world *world = make(arena);
    struct incident_view view =
        view_incident(world, arena, open(world, arena, "Token usage > 90% of limit"));
    CHECK_INT(view.vendor_count, 1);
    CHECK_STR(view.vendors[0].who, "OpenAI Support");
    CHECK_STR(view.vendors[0].mailto, "");
    world_done(world);
}
