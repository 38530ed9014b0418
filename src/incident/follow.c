/* follow.c - causes and groups, by walking what fires. */
#include "incident/follow.h"

static const struct incident_alert *find_alert(const struct incident_world *world, struct str rule)
{
    for (size_t i = 0; i < world->alert_count; i++)
        if (str_equal(world->alerts[i].rule, rule))
            return &world->alerts[i];
    return NULL;
}

static bool is_going_on(const struct incident *incident)
{
    return incident &&
           (incident->state == INCIDENT_OPEN || incident->state == INCIDENT_ACKNOWLEDGED);
}

const struct incident_alert *follow_cause(const struct incident_world *world,
                                          const struct incident_alert *alert)
{
    for (size_t i = 0; i < alert->cause_count; i++) {
        const struct incident_alert *cause = find_alert(world, alert->causes[i]);
        const struct incident_rule *rule = map_find(&world->incidents->rules, alert->causes[i]);
        if (cause && cause->firing && !cause->silenced && rule && is_going_on(rule->incident))
            return cause;
    }
    return NULL;
}

bool follow_depends(const struct incident_alert *alert, struct str rule)
{
    for (size_t i = 0; i < alert->cause_count; i++)
        if (str_equal(alert->causes[i], rule))
            return true;
    return false;
}

bool follow_waits(const struct incident_alert *alert, const struct event_list *out, size_t from)
{
    for (size_t i = from; i < out->count; i++) {
        enum event_kind kind = out->items[i].kind;
        bool gets = kind == EVENT_INCIDENT_OPENED || kind == EVENT_INCIDENT_JOINED ||
                    kind == EVENT_INCIDENT_FOLLOWED || kind == EVENT_INCIDENT_REOPENED;
        if (gets && follow_depends(alert, event_str(&out->items[i], "rule")))
            return true;
    }
    return false;
}

bool follow_is_alone(const struct incident_rule *rule, struct instant now)
{
    return !instant_is_zero(rule->alone_since) &&
           instant_ms_between(rule->alone_since, now) >= INCIDENT_FOLLOW_GRACE_MS;
}

static bool is_of_group(const struct incident_alert *a, const struct incident_alert *b)
{
    return a && b &&
           ((a->group.n > 0 && str_equal(a->group, b->group)) ||
            (a->area.n > 0 && str_equal(a->area, b->area)));
}

const struct incident *group_find(const struct incident_world *world,
                                  const struct incident_alert *alert)
{
    for (size_t i = world->incidents->count; i-- > 0 && world->group_ms > 0;) {
        const struct incident *incident = world->incidents->items[i];
        int64_t age_ms = instant_ms_between(incident->clock_from, world->now);
        if (is_going_on(incident) && age_ms <= world->group_ms &&
            !str_is(STR("overflow"), incident->cause) &&
            is_of_group(alert, find_alert(world, str_of(incident->rule))))
            return incident;
    }
    return NULL;
}

bool group_opens(const struct incident_world *world, const struct incident_alert *alert,
                 const struct event_list *out, size_t from)
{
    for (size_t i = from; i < out->count && world->group_ms > 0; i++)
        if (out->items[i].kind == EVENT_INCIDENT_OPENED &&
            !str_is(event_str(&out->items[i], "cause"), "overflow") &&
            is_of_group(alert, find_alert(world, event_str(&out->items[i], "rule"))))
            return true;
    return false;
}
