/* level.c - what an incident's clocks did at each severity that it had, and whom it was escalated
 * to: a severity that moves away and back, and a merger, do none of it twice. */
#include "incident/inside.h"

static struct incident_level *find(struct incident *incident, struct str severity)
{
    size_t i = 0;
    while (i < incident->level_count && !str_is(severity, incident->levels[i].severity))
        i++;
    if (i == SEVERITY_LEVELS_MAX)
        i--; /* a runbook has no more; those of an earlier one give way */
    struct incident_level *level = &incident->levels[i];
    if (i < incident->level_count && str_is(severity, level->severity))
        return level;
    if (i == incident->level_count)
        incident->level_count++;
    *level = (struct incident_level){0};
    str_keep(level->severity, sizeof level->severity, severity);
    return level;
}

/* What the clocks of the present severity did stands in the incident itself. */
static void keep_level(struct incident *incident)
{
    struct incident_level *level = find(incident, str_of(incident->severity));
    level->steps_done = incident->steps_done;
    level->response_missed = incident->response_missed;
    level->resolution_missed_at = incident->resolution_missed_at;
}

static void use_level(struct incident *incident)
{
    const struct incident_level *level = find(incident, str_of(incident->severity));
    incident->steps_done = level->steps_done;
    incident->response_missed = level->response_missed;
    incident->resolution_missed_at = level->resolution_missed_at;
}

void incident_fold_severity(struct incident *incident, const struct event *event)
{
    keep_level(incident);
    str_keep(incident->level_before, sizeof incident->level_before, str_of(incident->severity));
    incident->leveled = event->at;
    incident->was_split = false;
    str_keep(incident->severity, sizeof incident->severity, event_str(event, "to"));
    use_level(incident);
    incident->update_from = event->at;
    incident->update_missed_at = (struct instant){0};
}

/* Was it due when the severity was changed to this one? */
static bool is_raised(const struct incident *incident, const struct event *event)
{
    struct instant due = event_instant(event, "due");
    return !instant_is_zero(incident->leveled) && !instant_is_zero(due) &&
           !instant_before(incident->leveled, due);
}

/* The first of those that are not zero. */
static void take_first(struct instant *at, struct instant other)
{
    bool first = instant_is_zero(*at) || instant_before(other, *at);
    if (!instant_is_zero(other) && first)
        *at = other;
}

/* Whoever was told that it was missed by one severity's clock is not told again by another's. */
void incident_fold_missed(struct incident *incident, const struct event *event)
{
    if (event->kind == EVENT_INCIDENT_RESPONSE_MISSED) {
        incident->response_missed = true;
        if (instant_is_zero(incident->missed_at))
            incident->missed_raised = is_raised(incident, event);
        take_first(&incident->missed_at, event->at);
        return;
    }
    incident->resolution_missed_at = event->at;
    for (size_t i = 0; i < incident->level_count; i++)
        take_first(&incident->resolution_missed_at, incident->levels[i].resolution_missed_at);
}

void incident_forget_levels(struct incident *incident)
{
    incident->level_count = 0;
    incident->step_count = 0;
    incident->steps_done = 0;
    incident->response_missed = false;
    incident->missed_at = incident->leveled = (struct instant){0};
    incident->level_before[0] = '\0';
    incident->was_split = false;
    incident->resolution_missed_at = (struct instant){0};
}

void incident_shift_levels(struct incident *incident, int64_t by_ms)
{
    incident_shift(&incident->resolution_missed_at, by_ms);
    incident_shift(&incident->leveled, by_ms);
    for (size_t i = 0; i < incident->level_count; i++)
        incident_shift(&incident->levels[i].resolution_missed_at, by_ms);
}

static void take_escalations(struct incident *to, const struct incident *from)
{
    for (size_t i = 0; i < from->escalation_count; i++) {
        struct str party = str_of(from->escalations[i].to);
        size_t at = 0;
        while (at < to->escalation_count && !str_is(party, to->escalations[at].to))
            at++;
        if (at == to->escalation_count && at < INCIDENT_ESCALATIONS_MAX)
            to->escalations[to->escalation_count++] = from->escalations[i];
    }
}

void incident_take_levels(struct incident *to, struct incident *from)
{
    keep_level(to);
    keep_level(from);
    for (size_t i = 0; i < from->step_count; i++)
        incident_add_step(to, str_of(from->steps[i]));
    for (size_t i = 0; i < from->level_count; i++) {
        const struct incident_level *other = &from->levels[i];
        struct incident_level *level = find(to, str_of(other->severity));
        level->steps_done |= other->steps_done;
        level->response_missed = level->response_missed || other->response_missed;
        take_first(&level->resolution_missed_at, other->resolution_missed_at);
    }
    use_level(to);
    if (instant_is_zero(to->missed_at))
        to->missed_raised = from->missed_raised;
    take_first(&to->missed_at, from->missed_at);
    take_escalations(to, from);
}

void incident_add_escalation(struct incident *incident, const struct event *event)
{
    bool called = event->kind == EVENT_INCIDENT_CALLED;
    struct str to = event_str(event, called ? "person" : "to");
    size_t i = 0;
    while (i < incident->escalation_count && !str_is(to, incident->escalations[i].to))
        i++;
    bool known = i < incident->escalation_count;
    bool raised = event->kind == EVENT_INCIDENT_ESCALATED && is_raised(incident, event);
    if (known && raised)
        return; /* they were told */
    if (i == INCIDENT_ESCALATIONS_MAX)
        i--;
    if (i == incident->escalation_count)
        incident->escalation_count++;
    struct incident_escalation *escalation = &incident->escalations[i];
    *escalation = (struct incident_escalation){
        .at = event->at, .others = event->kind == EVENT_INCIDENT_UNREACHED, .raised = raised};
    str_keep(escalation->to, sizeof escalation->to, to);
    str_keep(escalation->by, sizeof escalation->by, called ? actor_name(event->actor) : STR(""));
}

static bool has_step(const struct incident *incident, const char *words)
{
    for (size_t i = 0; words[0] && i < incident->step_count; i++)
        if (strcmp(incident->steps[i], words) == 0)
            return true;
    return false;
}

void incident_add_step(struct incident *incident, struct str words)
{
    char kept[SEVERITY_WORDS_BYTES];
    str_keep(kept, sizeof kept, words);
    if (has_step(incident, kept))
        return;
    if (incident->step_count == INCIDENT_STEPS_MAX) { /* those of the oldest runbook give way */
        memmove(incident->steps[0], incident->steps[1],
                (INCIDENT_STEPS_MAX - 1) * sizeof incident->steps[0]);
        incident->step_count--;
    }
    str_keep(incident->steps[incident->step_count++], sizeof kept, str_of(kept));
}

bool incident_step_is_done(const struct incident *incident, const struct severity_plan *plan, int i)
{
    const struct severity_level *level = severity_get(plan, str_of(incident->severity));
    return (incident->steps_done & (1U << i)) || has_step(incident, level->steps[i].words);
}

bool incident_step_is_over(const struct incident *incident, const struct severity_plan *plan, int i)
{
    const struct severity_level *level = severity_get(plan, str_of(incident->severity));
    const struct severity_step *step = &level->steps[i];
    if (incident_step_is_done(incident, plan, i) ||
        (step->unanswered && incident_is_answered(incident)))
        return true;
    if (instant_is_zero(incident->leveled))
        return false;
    struct instant due = instant_add_ms(incident->clock_from, step->after_ms);
    return !instant_before(incident->leveled, due) &&
           severity_get(plan, str_of(incident->level_before))->rank < level->rank;
}
