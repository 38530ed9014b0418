/* clock.c - how often an incident has to be spoken of, and until when it is to be resolved. */
#include "incident/inside.h"

#include "incident/round.h"

struct instant incident_update_due(const struct incident *incident,
                                   const struct severity_plan *plan)
{
    int64_t every_ms = severity_get(plan, str_of(incident->severity))->update_ms;
    bool counts = every_ms > 0 && incident_is_going_on(incident);
    return counts ? instant_add_ms(incident->update_from, every_ms) : (struct instant){0};
}

struct instant incident_resolution_due(const struct incident *incident,
                                       const struct severity_plan *plan)
{
    int64_t within_ms = severity_get(plan, str_of(incident->severity))->resolve_ms;
    bool counts = within_ms > 0 && incident->state != INCIDENT_RESOLVED;
    return counts ? instant_add_ms(incident->clock_from, within_ms) : (struct instant){0};
}

static void miss(const struct incident_world *world, const struct incident *incident,
                 enum event_kind kind, struct event_list *out)
{
    bool update = kind == EVENT_INCIDENT_UPDATE_MISSED;
    const struct severity_level *level = severity_get(world->plan, str_of(incident->severity));
    struct event *event =
        event_list_add(out, kind, world->now, STR("reeve"),
                       str_printf(out->arena, "incident:%lld", (long long)incident->number));
    event_set_int(event, "number", incident->number);
    event_set_instant(event, "due",
                      update ? incident_update_due(incident, world->plan)
                             : incident_resolution_due(incident, world->plan));
    event_set_int(event, "after_ms", update ? level->update_ms : level->resolve_ms);
}

static bool is_over(struct instant due, struct instant missed_at, struct instant now)
{
    return !instant_is_zero(due) && instant_is_zero(missed_at) && !instant_before(now, due);
}

void incident_decide_clocks(const struct incident_world *world, const struct incident *incident,
                            struct event_list *out)
{
    if (is_over(incident_update_due(incident, world->plan), incident->update_missed_at, world->now))
        miss(world, incident, EVENT_INCIDENT_UPDATE_MISSED, out);
    if (is_over(incident_resolution_due(incident, world->plan), incident->resolution_missed_at,
                world->now))
        miss(world, incident, EVENT_INCIDENT_RESOLUTION_MISSED, out);
    incident_decide_breach(world, incident, out);
    incident_decide_ticks(world, incident, out);
}

void incident_take_earlier(struct instant *earliest, struct instant due)
{
    if (instant_is_zero(due))
        return;
    if (instant_is_zero(*earliest) || instant_before(due, *earliest))
        *earliest = due;
}

void incident_clocks_next(const struct incident *incident, const struct severity_plan *plan,
                          struct instant *earliest)
{
    if (instant_is_zero(incident->update_missed_at))
        incident_take_earlier(earliest, incident_update_due(incident, plan));
    if (instant_is_zero(incident->resolution_missed_at))
        incident_take_earlier(earliest, incident_resolution_due(incident, plan));
    incident_breach_next(incident, earliest);
}
