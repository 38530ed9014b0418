/* decide.c - what incidents ask to be recorded: opened, joined, raised, reopened, missed,
 * escalated, mitigated. Reads state only. */
#include "incident/follow.h"
#include "incident/inside.h"

#include <stdlib.h>

static struct str subject_of(struct event_list *out, int64_t number)
{
    return str_printf(out->arena, "incident:%lld", (long long)number);
}

static struct event *add(const struct round *round, enum event_kind kind, int64_t number)
{
    struct event *event = event_list_add(round->out, kind, round->world->now, STR("reeve"),
                                         subject_of(round->out, number));
    event_set_int(event, "number", number);
    return event;
}

struct str incident_cause_of(struct arena *arena, const struct incident_alert *alert)
{
    struct str cause =
        alert->signal.n == 0 ? str_printf(arena, "rule %.*s", STR_ARGS(alert->rule))
        : alert->series.n == 0
            ? str_copy(arena, alert->signal)
            : str_printf(arena, "%.*s on %.*s", STR_ARGS(alert->signal), STR_ARGS(alert->series));
    return str_copy(arena, str_cut(cause, INCIDENT_CAUSE_BYTES - 1));
}

/* The rank that an alert of this rule opens with; of a rule that is gone, the incident's. */
static int rank_of_rule(struct round *round, struct str rule, const struct incident *incident)
{
    const struct incident_world *world = round->world;
    const struct incident_alert *alert = round_alert(round, rule);
    return alert ? severity_of_alert(world->plan, alert->level)->rank
                 : severity_get(world->plan, str_of(incident->severity))->rank;
}

/* "rule on line 12"; what has no line in the runbook, like a heartbeat or an
 * alert from elsewhere, by its title. */
static struct str words_of(struct arena *arena, const struct incident_alert *alert)
{
    return alert->line > 0 ? str_printf(arena, "rule on line %lld", (long long)alert->line)
                           : alert->title;
}

static bool is_over(const struct incident *incident)
{
    return incident->state == INCIDENT_MITIGATED || incident->state == INCIDENT_RESOLVED;
}

static void open_for(const struct round *round, const struct incident_alert *alert,
                     struct str cause, int64_t number)
{
    const struct severity_level *level = severity_of_alert(round->world->plan, alert->level);
    struct event *event = add(round, EVENT_INCIDENT_OPENED, number);
    struct str title = str_is(cause, INCIDENT_OVERFLOW)
                           ? STR("Too many incidents are open; what else fires is gathered here")
                           : alert->title;
    event_set_str(event, "severity", level->id);
    event_set_str(event, "title", title);
    event_set_str(event, "cause", cause);
    event_set_str(event, "rule", alert->rule);
    event_set_int(event, "line", alert->line);
}

static void raise_for(struct round *round, const struct incident_alert *alert,
                      const struct incident *incident)
{
    struct arena *arena = round->out->arena;
    const struct severity_plan *plan = round->world->plan;
    struct str now = round_incident(round, incident)->severity;
    const struct severity_level *level = severity_of_alert(plan, alert->level);
    if (level->rank >= severity_get(plan, now)->rank)
        return;
    struct event *event = add(round, EVENT_INCIDENT_SEVERITY_CHANGED, incident->number);
    event_set_str(event, "from", now);
    event_set_str(event, "to", level->id);
    event_set_str(event, "reason",
                  str_printf(arena, "%.*s%s", STR_ARGS(words_of(arena, alert)),
                             alert->line > 0 ? " fired" : ""));
}

/* Whoever reads the title must see the strongest cause, not the first; and of two of which one
 * depends on the other, the one that does not. What a person called it stays. */
static void retitle_for(struct round *round, const struct incident_alert *alert,
                        const struct incident *incident)
{
    int rank = severity_of_alert(round->world->plan, alert->level)->rank;
    struct str naming = round_incident(round, incident)->naming_rule;
    const struct incident_alert *named = round_alert(round, naming);
    bool is_cause = named && follow_depends(named, alert->rule);
    if (incident_is_by_hand(incident) || str_is(STR(INCIDENT_OVERFLOW), incident->cause) ||
        follow_depends(alert, naming) ||
        (!is_cause && rank >= rank_of_rule(round, naming, incident)))
        return;
    struct event *event = add(round, EVENT_INCIDENT_RETITLED, incident->number);
    event_set_str(event, "rule", alert->rule);
    event_set_int(event, "line", alert->line);
    event_set_str(event, "from", str_copy(round->out->arena, str_of(incident->title)));
    event_set_str(event, "title", alert->title);
}

/* Once in a round. */
static void reopen_for(struct round *round, const struct incident_alert *alert,
                       const struct incident *incident)
{
    struct arena *arena = round->out->arena;
    if (!is_over(incident) || round_incident(round, incident)->reopens)
        return;
    struct event *event = add(round, EVENT_INCIDENT_REOPENED, incident->number);
    event_set_str(event, "rule", alert->rule);
    event_set_str(
        event, "reason",
        alert->line > 0
            ? str_printf(arena, "%.*s fires again within 30 min", STR_ARGS(words_of(arena, alert)))
            : str_printf(arena, "%.*s fires within 30 min of its end", STR_ARGS(alert->title)));
}

static void join_for(struct round *round, const struct incident_alert *alert,
                     const struct incident *incident)
{
    struct event *event = add(round, EVENT_INCIDENT_JOINED, incident->number);
    event_set_str(event, "rule", alert->rule);
    event_set_int(event, "line", alert->line);
    event_set_str(event, "title", alert->title);
    raise_for(round, alert, incident);
    retitle_for(round, alert, incident);
    reopen_for(round, alert, incident);
}

static void follow_for(struct round *round, const struct incident_alert *alert,
                       const struct incident_alert *cause)
{
    const struct incident_rule *rule = map_find(&round->world->incidents->rules, cause->rule);
    struct event *event = add(round, EVENT_INCIDENT_FOLLOWED, rule->incident->number);
    event_set_str(event, "rule", alert->rule);
    event_set_int(event, "line", alert->line);
    event_set_str(event, "title", alert->title);
    event_set_str(event, "cause_rule", cause->rule);
    event_set_str(event, "cause", cause->title);
    raise_for(round, alert, rule->incident);
}

/* Does the rule stay with the incident it has? One that followed another rule has none of its own
 * to come back to. */
static bool stays(const struct incident_world *world, const struct incident_rule *rule)
{
    if (!rule || !rule->incident || !incident_is_current(rule->incident, world->now))
        return false;
    return rule->follows[0] == '\0' ||
           (!is_over(rule->incident) && !follow_is_alone(rule, world->now));
}

/* An alert that depends on one that fires joins that one's incident, unless it has one that goes
 * on. True: that settles it, or will in the next round. */
static bool decide_follower(struct round *round, const struct incident_alert *alert)
{
    const struct incident_world *world = round->world;
    const struct incident_rule *rule = map_find(&world->incidents->rules, alert->rule);
    if (rule && stays(world, rule) && !is_over(rule->incident))
        return false;
    struct round_causes causes = follow_causes(round, alert);
    if (causes.firing)
        follow_for(round, alert, causes.firing);
    return causes.firing || causes.waits;
}

/* A firing alert has an incident, or gets one. */
static void decide_alert(struct round *round, const struct incident_alert *alert)
{
    const struct incident_world *world = round->world;
    const struct incidents *incidents = world->incidents;
    const struct incident_rule *rule = map_find(&incidents->rules, alert->rule);
    if ((rule && rule->covered) || alert->silenced || decide_follower(round, alert))
        return;
    if (rule && stays(world, rule)) {
        reopen_for(round, alert, rule->incident);
        return;
    }
    struct str cause = incident_cause_of(round->out->arena, alert);
    const struct incident *incident = round_cause(round, cause);
    size_t opened = round_opened(round);
    if (!incident && !(rule && rule->follows[0]))
        incident = round_group(round, alert);
    if (!incident && round_opens_group(round, alert))
        return;
    if (!incident && incidents->open_count + opened + 1 >= LIMIT_INCIDENTS_OPEN &&
        !round_opens(round, cause)) {
        cause = STR(INCIDENT_OVERFLOW);
        incident = round_cause(round, cause);
    }
    if (incident)
        join_for(round, alert, incident);
    else if (!round_opens(round, cause) && incidents->open_count + opened < LIMIT_INCIDENTS_OPEN)
        open_for(round, alert, cause, incidents->last_number + 1 + (int64_t)opened);
}

static int compare_causes(const void *a, const void *b)
{
    const struct incident_alert *const *x = a;
    const struct incident_alert *const *y = b;
    if ((*x)->cause_count != (*y)->cause_count)
        return (*x)->cause_count < (*y)->cause_count ? -1 : 1;
    return (*x > *y) - (*x < *y);
}

/* What others depend on comes first: whoever depends on it has more causes than it. */
static void decide_alerts(struct round *round)
{
    const struct incident_world *world = round->world;
    const struct incident_alert **firing =
        arena_array(round->out->arena, world->alert_count, sizeof *firing);
    size_t count = 0;
    bool are_alike = true;
    for (size_t i = 0; i < world->alert_count; i++) {
        if (!world->alerts[i].firing)
            continue;
        firing[count++] = &world->alerts[i];
        are_alike = are_alike && firing[0]->cause_count == world->alerts[i].cause_count;
    }
    if (!are_alike)
        qsort(firing, count, sizeof *firing, compare_causes);
    for (size_t i = 0; i < count; i++)
        decide_alert(round, firing[i]);
}

/* Per incident: how many of its rules fire or are unknown. */
static size_t *count_unfinished(const struct incident_world *world, struct arena *arena)
{
    const struct incidents *incidents = world->incidents;
    size_t *counts = arena_array(arena, incidents->count + 1, sizeof *counts);
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&incidents->rules, &at))) {
        const struct incident_rule *rule = entry->value;
        if (rule->incident && rule->firing)
            counts[rule->incident->slot]++;
    }
    for (size_t i = 0; i < world->alert_count; i++) {
        const struct incident_alert *alert = &world->alerts[i];
        const struct incident_rule *rule = map_find(&incidents->rules, alert->rule);
        if (!rule || !rule->incident)
            continue;
        counts[rule->incident->slot] -= rule->firing;
        counts[rule->incident->slot] += alert->firing || !alert->known;
    }
    return counts;
}

static void decide_response(const struct round *round, const struct incident *incident)
{
    const struct incident_world *world = round->world;
    struct instant due = incident_response_due(incident, world->plan);
    if (incident->state != INCIDENT_OPEN || incident->response_missed ||
        instant_before(world->now, due))
        return;
    struct event *event = add(round, EVENT_INCIDENT_RESPONSE_MISSED, incident->number);
    event_set_instant(event, "due", due);
}

static void decide_escalations(const struct round *round, const struct incident *incident)
{
    const struct incident_world *world = round->world;
    struct arena *arena = round->out->arena;
    const struct severity_level *level = severity_get(world->plan, str_of(incident->severity));
    for (int i = 0; i < level->step_count; i++) {
        const struct severity_step *step = &level->steps[i];
        struct instant due = instant_add_ms(incident->clock_from, step->after_ms);
        if (incident_step_is_over(incident, world->plan, i) || instant_before(world->now, due))
            continue;
        struct event *event = add(round, EVENT_INCIDENT_ESCALATED, incident->number);
        event_set_int(event, "step", i + 1);
        event_set_str(event, "words", str_of(step->words));
        event_set_str(event, "to", step->to.n ? step->to : world->fallback);
        event_set_instant(event, "due", due);
        struct str after = duration_text(arena, step->after_ms);
        event_set_str(event, "reason",
                      step->after_ms == 0
                          ? str_printf(arena, "%s is escalated at once", incident->severity)
                          : str_printf(arena, "not %s after %.*s",
                                       step->unanswered ? "acknowledged" : "resolved",
                                       STR_ARGS(after)));
    }
}

/* Per incident: has one of its rules left the runbook? Then nobody knows whether what it watched is
 * over. */
static bool *find_lost_rules(struct round *round)
{
    const struct incidents *incidents = round->world->incidents;
    bool *lost = arena_array(round->out->arena, incidents->count, sizeof *lost);
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&incidents->rules, &at))) {
        const struct incident_rule *rule = entry->value;
        if (rule->incident && rule->line > 0 && !round_alert(round, str_of(rule->id)))
            lost[rule->incident->slot] = true;
    }
    return lost;
}

/* That alerts which were merged into it have ended says nothing of what a person has seen. */
static bool is_mitigated(const struct incident *incident, size_t unfinished)
{
    return !incident_is_by_hand(incident) && incident->rule_count > 0 && unfinished == 0 &&
           incident->state != INCIDENT_MITIGATED;
}

static void decide_mitigated(const struct round *round, const struct incident *incident,
                             bool has_lost_rule)
{
    struct event *event = add(round, EVENT_INCIDENT_MITIGATED, incident->number);
    event_set_str(
        event, "reason",
        has_lost_rule ? STR("none of its rules fires, and not all of them are still in the runbook")
        : incident->rule_count == 1
            ? STR("its rule has resolved")
            : str_printf(round->out->arena, "its %zu rules have resolved", incident->rule_count));
}

static void decide_incidents(struct round *round, const size_t *unfinished)
{
    const struct incidents *incidents = round->world->incidents;
    bool *lost = NULL;
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->items[i];
        if (incident->state == INCIDENT_RESOLVED)
            incident_decide_missed(round->world, incident, round->out);
        /* The clocks of one that opens again begin with that. */
        if (incident->state == INCIDENT_RESOLVED || round_reopens(round, incident))
            continue;
        decide_response(round, incident);
        decide_escalations(round, incident);
        incident_decide_clocks(round->world, incident, round->out);
        if (!is_mitigated(incident, unfinished[i]))
            continue;
        if (!lost)
            lost = find_lost_rules(round);
        decide_mitigated(round, incident, lost[i]);
    }
}

void incident_decide(const struct incident_world *world, struct event_list *out)
{
    size_t from = out->count;
    size_t *unfinished = count_unfinished(world, out->arena);
    struct round round;
    round_begin(&round, world, out);
    decide_alerts(&round);
    /* What joins now keeps its incident going. */
    for (size_t i = from; i < out->count; i++) {
        const struct incident *incident =
            incident_find(world->incidents, event_int(&out->items[i], "number"));
        if (incident)
            unfinished[incident->slot]++;
    }
    decide_incidents(&round, unfinished);
    follow_up_decide(world, out);
    round_done(&round);
}

struct instant incident_response_due(const struct incident *incident,
                                     const struct severity_plan *plan)
{
    return instant_add_ms(incident->clock_from,
                          severity_get(plan, str_of(incident->severity))->respond_ms);
}

struct instant incident_next_due(const struct incident_world *world)
{
    struct instant earliest = {0};
    for (size_t i = 0; i < world->incidents->count; i++) {
        const struct incident *incident = world->incidents->items[i];
        const struct severity_level *level = severity_get(world->plan, str_of(incident->severity));
        if (incident->state == INCIDENT_RESOLVED) {
            incident_breach_next(incident, &earliest);
            continue;
        }
        if (incident->state == INCIDENT_OPEN && !incident->response_missed)
            incident_take_earlier(&earliest, incident_response_due(incident, world->plan));
        incident_clocks_next(incident, world->plan, &earliest);
        for (int step = 0; step < level->step_count; step++) {
            if (!incident_step_is_over(incident, world->plan, step))
                incident_take_earlier(
                    &earliest, instant_add_ms(incident->clock_from, level->steps[step].after_ms));
        }
    }
    follow_up_next(world->incidents, &earliest);
    return earliest;
}
