/* view_clock.c - the clocks of an incident as views: those that run, were kept or missed, and those
 * that stopped because it is over or nobody has to answer it any more. */
#include "state/world.h"

enum { CLOCKS_MAX = SEVERITY_STEPS_MAX + 6 };

/* A clock that is neither met nor missed runs no longer when what it waits for cannot come. */
static void add(struct incident_view *view, struct clock_view clock, bool runs)
{
    clock.stopped = !runs && instant_is_zero(clock.met) && !clock.missed;
    view->clocks[view->clock_count++] = clock;
}

static void add_steps(const struct world *world, struct arena *arena,
                      const struct incident *incident, struct incident_view *view)
{
    const struct severity_level *level = severity_get(&world->plan, str_of(incident->severity));
    add(view,
        (struct clock_view){.name = STR("Response"),
                            .due = incident_response_due(incident, &world->plan),
                            .met = incident->acknowledged,
                            .missed = incident->response_missed},
        incident->state == INCIDENT_OPEN);
    for (int i = 0; i < level->step_count; i++) {
        const struct severity_step *step = &level->steps[i];
        struct clock_view clock = {.due = instant_add_ms(incident->clock_from, step->after_ms)};
        clock.name = step->to.n ? str_printf(arena, "Escalation to %.*s", STR_ARGS(step->to))
                                : STR("Escalation");
        clock.is_escalated = incident_step_is_done(incident, &world->plan, i);
        if (clock.is_escalated)
            clock.met = clock.due;
        else if (incident_step_is_over(incident, &world->plan, i))
            clock.met =
                instant_is_zero(incident->acknowledged) ? clock.due : incident->acknowledged;
        add(view, clock, incident->state != INCIDENT_RESOLVED);
    }
}

/* The two that not every runbook has. While it is mitigated no update is owed. */
static void add_targets(const struct world *world, const struct incident *incident,
                        struct incident_view *view)
{
    struct instant update = incident_update_due(incident, &world->plan);
    struct instant resolution = incident_resolution_due(incident, &world->plan);
    if (!instant_is_zero(update))
        add(view,
            (struct clock_view){.name = STR("Next update"),
                                .due = update,
                                .missed = !instant_is_zero(incident->update_missed_at)},
            true);
    if (!instant_is_zero(resolution))
        add(view,
            (struct clock_view){.name = STR("Resolution"),
                                .due = resolution,
                                .missed = !instant_is_zero(incident->resolution_missed_at)},
            true);
}

/* The open line that is due first, of those that are late or of the others; -1: there is none. */
static int first_line(const struct breach *breach, bool late, int *out_count)
{
    int first = -1;
    *out_count = 0;
    for (int i = 0; i < breach->count; i++) {
        if (!instant_is_zero(breach->lines[i].done) ||
            late == instant_is_zero(breach->lines[i].missed))
            continue;
        (*out_count)++;
        if (first < 0 || instant_before(breach_line_due(breach, i), breach_line_due(breach, first)))
            first = i;
    }
    return first;
}

static void add_line(struct arena *arena, const struct breach *breach, bool late,
                     struct incident_view *view)
{
    int count;
    int line = first_line(breach, late, &count);
    if (line < 0)
        return;
    struct str name = str_printf(arena, "Breach: %s", breach->lines[line].text);
    if (late && count > 1)
        name = str_printf(arena, "%.*s (and %d more late)", STR_ARGS(name), count - 1);
    add(view,
        (struct clock_view){.name = name, .due = breach_line_due(breach, line), .missed = late},
        true);
}

/* Of a breach: the line that has been late longest, the one that is due next, and the law's time.
 * They run on when the incident is resolved. */
static void add_breach(struct arena *arena, const struct incident *incident,
                       struct incident_view *view)
{
    const struct breach *breach = incident->breach;
    if (!breach)
        return;
    add_line(arena, breach, true, view);
    add_line(arena, breach, false, view);
    if (!breach->is_law_over)
        add(view,
            (struct clock_view){.name = STR("Authority notified (72 h, " BREACH_LAW_SOURCE ")"),
                                .due = instant_add_ms(breach->aware, BREACH_LAW_MS),
                                .missed = !instant_is_zero(breach->law_missed)},
            true);
}

void view_add_clocks(const struct world *world, struct arena *arena,
                     const struct incident *incident, struct incident_view *view)
{
    view->clocks = arena_array(arena, CLOCKS_MAX, sizeof *view->clocks);
    add_steps(world, arena, incident, view);
    add_targets(world, incident, view);
    add_breach(arena, incident, view);
}

struct str view_gone_severity(const struct world *world, struct arena *arena,
                              const struct incident *incident)
{
    const struct severity_plan *plan = &world->plan;
    if (incident->state == INCIDENT_RESOLVED || severity_find(plan, str_of(incident->severity)))
        return STR("");
    return str_printf(
        arena,
        "The runbook has no severity %s any more, so what its own clocks were is not "
        "known, and it goes by those of %.*s: give it another one, as with \"reeve "
        "incident severity %lld %.*s\".",
        incident->severity, STR_ARGS(severity_get(plan, str_of(incident->severity))->id),
        (long long)incident->number, STR_ARGS(severity_get(plan, str_of(incident->severity))->id));
}
