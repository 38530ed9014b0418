/* follow.c - causes and groups, by the tables of the round. */
#include "incident/follow.h"

bool follow_depends(const struct incident_alert *alert, struct str rule)
{
    for (size_t i = 0; i < alert->cause_count; i++)
        if (str_equal(alert->causes[i], rule))
            return true;
    return false;
}

bool follow_is_alone(const struct incident_rule *rule, struct instant now)
{
    return !instant_is_zero(rule->alone_since) &&
           instant_ms_between(rule->alone_since, now) >= INCIDENT_FOLLOW_GRACE_MS;
}

static const struct incident_alert *find_firing(struct round *round,
                                                const struct incident_alert *alert)
{
    for (size_t i = 0; i < alert->cause_count; i++) {
        const struct incident_alert *cause = round_alert(round, alert->causes[i]);
        const struct incident_rule *rule =
            map_find(&round->world->incidents->rules, alert->causes[i]);
        if (cause && cause->firing && !cause->silenced && rule && rule->incident &&
            incident_is_going_on(rule->incident))
            return cause;
    }
    return NULL;
}

/* Causes have fewer causes than what depends on them, so their own turn was before. */
struct round_causes follow_causes(struct round *round, const struct incident_alert *alert)
{
    if (alert->cause_count == 0)
        return (struct round_causes){0};
    struct round_causes *asked = round_causes_find(round, alert);
    if (asked)
        return *asked;
    asked = round_causes_add(round, alert);
    asked->firing = find_firing(round, alert);
    for (size_t i = 0; i < alert->cause_count && !asked->waits; i++)
        asked->waits = round_joins(round, alert->causes[i]);
    return *asked;
}
