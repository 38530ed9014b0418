/* view_proposal.c - which severity what is measured now speaks for, and with which numbers.
 *
 * The share of requests that fail is what the rules of the signal "error rate" read, the worst of
 * them. How much slower requests are is what the rules of the signal "response time" read, against
 * their baseline where they have one, else against the same hour of the week in the last 4 weeks,
 * as the archive has it. */
#include "state/world.h"

#include "alert/relative.h"
#include "incident/propose.h"

#include <math.h>

struct measured {
    struct propose_facts facts;
    const struct rule *failing_rule, *slower_rule;
    double now, usual; /* response time */
};

static bool is_read(const struct world *world, size_t i, const char *signal)
{
    const struct rule *rule = &world->rules.items[i];
    return str_is(rule->signal_name, signal) && !rule->burn && world->evaluations &&
           world->evaluations[i].truth != TRUTH_UNKNOWN && isfinite(world->evaluations[i].value);
}

static void measure_failing(const struct world *world, struct measured *measured)
{
    for (size_t i = 0; i < world->rules.count; i++) {
        if (!is_read(world, i, "error rate"))
            continue;
        double value = world->evaluations[i].value;
        if (measured->failing_rule && value <= measured->facts.failing)
            continue;
        measured->facts.failing = value;
        measured->failing_rule = &world->rules.items[i];
    }
}

/* What was usual at this hour, of the rule's baseline or of the last weeks; NAN: not known. */
static double usual_of(const struct rule *rule)
{
    const struct relative *usual = rule->relative ? rule->relative : rule->usual;
    return usual && usual->hour > 0 && usual->value > 0 ? usual->value : NAN;
}

static void measure_slower(const struct world *world, struct measured *measured)
{
    for (size_t i = 0; i < world->rules.count; i++) {
        const struct rule *rule = &world->rules.items[i];
        if (!is_read(world, i, "response time"))
            continue;
        double usual = usual_of(rule);
        double now = world->evaluations[i].value;
        double slower = usual > 0 ? now / usual - 1 : NAN;
        if (isnan(slower) || (measured->slower_rule && slower <= measured->facts.slower))
            continue;
        measured->facts.slower = slower;
        measured->slower_rule = rule;
        measured->now = now;
        measured->usual = usual;
    }
}

static struct str numbers_of(struct arena *arena, const struct measured *measured,
                             const struct proposal *proposal)
{
    if (proposal->met.part == PROPOSE_OUTAGE && measured->failing_rule)
        return str_printf(arena, "%.1f %% of requests fail (line %d)",
                          100 * measured->facts.failing, measured->failing_rule->line);
    if (!measured->slower_rule)
        return STR(""); /* nothing was measured */
    return str_printf(arena,
                      "requests take %.0f %% longer than usual: %.*s instead of %.*s, %s "
                      "(line %d)",
                      100 * measured->facts.slower,
                      STR_ARGS(view_value_words(arena, measured->slower_rule, measured->now)),
                      STR_ARGS(view_value_words(arena, measured->slower_rule, measured->usual)),
                      measured->slower_rule->relative
                          ? baseline_kind_words(measured->slower_rule->relative->kind)
                          : "the same hour of the last 4 weeks",
                      measured->slower_rule->line);
}

static struct str unknown_of(struct arena *arena, const struct proposal *proposal)
{
    if (!proposal->wants_failing && !proposal->wants_slower)
        return STR("");
    return str_printf(arena, "it is not known %s%s%s",
                      proposal->wants_failing ? "which share of requests fails" : "",
                      proposal->wants_failing && proposal->wants_slower ? ", nor " : "",
                      proposal->wants_slower ? "how much slower they are than usual" : "");
}

/* Numbers speak of the whole; where there are none, what was left after a split speaks. */
static struct proposal_view propose_left(const struct world *world, struct arena *arena,
                                         const struct incident *incident, struct str why)
{
    struct proposal_view view = {.severity = STR(""), .why = why};
    if (!incident->was_split)
        return view;
    struct incident_world incidents = world_incidents(world, arena);
    const struct severity_level *level = incident_left_severity(&incidents, incident);
    if (!level)
        return view;
    view.severity = level->id;
    view.why =
        str_printf(arena, "a rule was split out of it, and what still fires for it opens %.*s",
                   STR_ARGS(level->id));
    return view;
}

struct proposal_view view_proposal(const struct world *world, struct arena *arena,
                                   const struct incident *incident)
{
    struct measured measured = {.facts = {NAN, NAN}};
    struct proposal_view view = {.severity = STR(""), .why = STR("")};
    measure_failing(world, &measured);
    measure_slower(world, &measured);
    struct proposal proposal = propose(&world->plan, &measured.facts);
    if (!proposal.level) {
        return propose_left(world, arena, incident, unknown_of(arena, &proposal));
    }
    view.why = str_printf(arena, "%.*s, and %.*s is \"%.*s\"",
                          STR_ARGS(numbers_of(arena, &measured, &proposal)),
                          STR_ARGS(proposal.level->id), STR_ARGS(proposal.met.words));
    if (!str_is(proposal.level->id, incident->severity))
        view.severity = proposal.level->id;
    return view;
}
