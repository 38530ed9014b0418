/* decide.c - what incidents ask to be recorded: opened, joined, raised, reopened, missed,
 * escalated, mitigated. Reads state only. */
#include "incident/follow.h"

#define OVERFLOW_CAUSE "overflow"

static struct str subject_of(struct event_list *out, int64_t number)
{
    return str_printf(out->arena, "incident:%lld", (long long)number);
}

static struct event *add(const struct incident_world *world, struct event_list *out,
                         enum event_kind kind, int64_t number)
{
    struct event *event =
        event_list_add(out, kind, world->now, STR("reeve"), subject_of(out, number));
    event_set_int(event, "number", number);
    return event;
}

/* Signal and scope; a rule without a signal is its own cause. Cut as the state keeps it. */
static struct str cause_of(struct arena *arena, const struct incident_alert *alert)
{
    struct str cause =
        alert->signal.n == 0 ? str_printf(arena, "rule %.*s", STR_ARGS(alert->rule))
        : alert->series.n == 0
            ? str_copy(arena, alert->signal)
            : str_printf(arena, "%.*s on %.*s", STR_ARGS(alert->signal), STR_ARGS(alert->series));
    return str_copy(arena, str_cut(cause, INCIDENT_CAUSE_BYTES - 1));
}

/* Still there to be joined or reopened at now? */
static bool is_current(const struct incident *incident, struct instant now)
{
    return incident->state == INCIDENT_OPEN || incident->state == INCIDENT_ACKNOWLEDGED ||
           (!instant_is_zero(incident->reopen_until) && now.us <= incident->reopen_until.us);
}

static const struct incident *find_cause(const struct incident_world *world, struct str cause)
{
    for (size_t i = world->incidents->count; i-- > 0;) {
        const struct incident *incident = world->incidents->items[i];
        if (is_current(incident, world->now) && str_is(cause, incident->cause))
            return incident;
    }
    return NULL;
}

/* The number of an incident that this very round opens for the cause, or 0: its other alerts join
 * it in the next round. */
static bool opens_already(const struct event_list *out, size_t from, struct str cause)
{
    for (size_t i = from; i < out->count; i++) {
        if (out->items[i].kind == EVENT_INCIDENT_OPENED &&
            str_equal(event_str(&out->items[i], "cause"), cause))
            return true;
    }
    return false;
}

static size_t opened_count(const struct event_list *out, size_t from)
{
    size_t count = 0;
    for (size_t i = from; i < out->count; i++)
        count += out->items[i].kind == EVENT_INCIDENT_OPENED;
    return count;
}

static bool reopens_already(const struct event_list *out, size_t from, int64_t number)
{
    for (size_t i = from; i < out->count; i++) {
        if (out->items[i].kind == EVENT_INCIDENT_REOPENED &&
            event_int(&out->items[i], "number") == number)
            return true;
    }
    return false;
}

/* The severity that the incident will have after this round's events so far. */
static struct str severity_after(const struct event_list *out, size_t from,
                                 const struct incident *incident)
{
    struct str severity = str_copy(out->arena, str_of(incident->severity));
    for (size_t i = from; i < out->count; i++) {
        if (out->items[i].kind == EVENT_INCIDENT_SEVERITY_CHANGED &&
            event_int(&out->items[i], "number") == incident->number)
            severity = event_str(&out->items[i], "to");
    }
    return severity;
}

/* The rule that gives the incident its title after this round's events so far. */
static struct str naming_rule_after(const struct event_list *out, size_t from,
                                    const struct incident *incident)
{
    struct str rule = str_of(incident->rule);
    for (size_t i = from; i < out->count; i++) {
        if (out->items[i].kind == EVENT_INCIDENT_RETITLED &&
            event_int(&out->items[i], "number") == incident->number)
            rule = event_str(&out->items[i], "rule");
    }
    return rule;
}

/* The alert of a rule, or NULL. */
static const struct incident_alert *alert_of(const struct incident_world *world, struct str rule)
{
    for (size_t i = 0; i < world->alert_count; i++)
        if (str_equal(world->alerts[i].rule, rule))
            return &world->alerts[i];
    return NULL;
}

/* The rank that an alert of this rule opens with; of a rule that is gone, the incident's. */
static int rank_of_rule(const struct incident_world *world, struct str rule,
                        const struct incident *incident)
{
    const struct incident_alert *alert = alert_of(world, rule);
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

static void open_for(const struct incident_world *world, const struct incident_alert *alert,
                     struct str cause, int64_t number, struct event_list *out)
{
    const struct severity_level *level = severity_of_alert(world->plan, alert->level);
    struct event *event = add(world, out, EVENT_INCIDENT_OPENED, number);
    struct str title = str_is(cause, OVERFLOW_CAUSE)
                           ? STR("Too many incidents are open; what else fires is gathered here")
                           : alert->title;
    event_set_str(event, "severity", level->id);
    event_set_str(event, "title", title);
    event_set_str(event, "cause", cause);
    event_set_str(event, "rule", alert->rule);
    event_set_int(event, "line", alert->line);
}

static void raise_for(const struct incident_world *world, const struct incident_alert *alert,
                      const struct incident *incident, size_t from, struct event_list *out)
{
    struct str now = severity_after(out, from, incident);
    const struct severity_level *level = severity_of_alert(world->plan, alert->level);
    if (level->rank >= severity_get(world->plan, now)->rank)
        return;
    struct event *event = add(world, out, EVENT_INCIDENT_SEVERITY_CHANGED, incident->number);
    event_set_str(event, "from", now);
    event_set_str(event, "to", level->id);
    event_set_str(event, "reason",
                  str_printf(out->arena, "%.*s%s", STR_ARGS(words_of(out->arena, alert)),
                             alert->line > 0 ? " fired" : ""));
}

/* Whoever reads the title must see the strongest cause, not the first; and of two of which one
 * depends on the other, the one that does not. */
static void retitle_for(const struct incident_world *world, const struct incident_alert *alert,
                        const struct incident *incident, size_t from, struct event_list *out)
{
    int rank = severity_of_alert(world->plan, alert->level)->rank;
    struct str naming = naming_rule_after(out, from, incident);
    const struct incident_alert *named = alert_of(world, naming);
    bool is_cause = named && follow_depends(named, alert->rule);
    if (str_is(STR(OVERFLOW_CAUSE), incident->cause) || follow_depends(alert, naming) ||
        (!is_cause && rank >= rank_of_rule(world, naming, incident)))
        return;
    struct event *event = add(world, out, EVENT_INCIDENT_RETITLED, incident->number);
    event_set_str(event, "rule", alert->rule);
    event_set_int(event, "line", alert->line);
    event_set_str(event, "from", str_copy(out->arena, str_of(incident->title)));
    event_set_str(event, "title", alert->title);
}

static void reopen_for(const struct incident_world *world, const struct incident_alert *alert,
                       const struct incident *incident, struct event_list *out)
{
    struct event *event = add(world, out, EVENT_INCIDENT_REOPENED, incident->number);
    event_set_str(event, "rule", alert->rule);
    event_set_str(event, "reason",
                  alert->line > 0 ? str_printf(out->arena, "%.*s fires again within 30 min",
                                               STR_ARGS(words_of(out->arena, alert)))
                                  : str_printf(out->arena, "%.*s again, within 30 min",
                                               STR_ARGS(alert->title)));
}

static void join_for(const struct incident_world *world, const struct incident_alert *alert,
                     const struct incident *incident, size_t from, struct event_list *out)
{
    struct event *event = add(world, out, EVENT_INCIDENT_JOINED, incident->number);
    event_set_str(event, "rule", alert->rule);
    event_set_int(event, "line", alert->line);
    event_set_str(event, "title", alert->title);
    raise_for(world, alert, incident, from, out);
    retitle_for(world, alert, incident, from, out);
    bool over = incident->state == INCIDENT_MITIGATED || incident->state == INCIDENT_RESOLVED;
    if (over && !reopens_already(out, from, incident->number))
        reopen_for(world, alert, incident, out);
}

static void follow_for(const struct incident_world *world, const struct incident_alert *alert,
                       const struct incident_alert *cause, size_t from, struct event_list *out)
{
    const struct incident_rule *rule = map_find(&world->incidents->rules, cause->rule);
    struct event *event = add(world, out, EVENT_INCIDENT_FOLLOWED, rule->incident->number);
    event_set_str(event, "rule", alert->rule);
    event_set_int(event, "line", alert->line);
    event_set_str(event, "title", alert->title);
    event_set_str(event, "cause_rule", cause->rule);
    event_set_str(event, "cause", cause->title);
    raise_for(world, alert, rule->incident, from, out);
}

static bool is_over(const struct incident *incident)
{
    return incident->state == INCIDENT_MITIGATED || incident->state == INCIDENT_RESOLVED;
}

/* Does the rule stay with the incident it has? One that followed another rule has none of its own
 * to come back to. */
static bool stays(const struct incident_world *world, const struct incident_rule *rule)
{
    if (!rule || !rule->incident || !is_current(rule->incident, world->now))
        return false;
    return rule->follows[0] == '\0' ||
           (!is_over(rule->incident) && !follow_is_alone(rule, world->now));
}

/* An alert that depends on one that fires joins that one's incident, unless it has one that goes
 * on. True: that settles it, or will in the next round. */
static bool decide_follower(const struct incident_world *world, const struct incident_alert *alert,
                            size_t from, struct event_list *out)
{
    const struct incident_rule *rule = map_find(&world->incidents->rules, alert->rule);
    bool own = rule && stays(world, rule) && !is_over(rule->incident);
    const struct incident_alert *cause = own ? NULL : follow_cause(world, alert);
    if (cause)
        follow_for(world, alert, cause, from, out);
    return cause || (!own && follow_waits(alert, out, from));
}

/* A firing alert has an incident, or gets one. */
static void decide_alert(const struct incident_world *world, const struct incident_alert *alert,
                         size_t from, struct event_list *out)
{
    const struct incidents *incidents = world->incidents;
    const struct incident_rule *rule = map_find(&incidents->rules, alert->rule);
    if ((rule && rule->covered) || alert->silenced || decide_follower(world, alert, from, out))
        return;
    if (stays(world, rule)) {
        if (is_over(rule->incident) && !reopens_already(out, from, rule->incident->number))
            reopen_for(world, alert, rule->incident, out);
        return;
    }
    struct str cause = cause_of(out->arena, alert);
    const struct incident *incident = find_cause(world, cause);
    size_t opened = opened_count(out, from);
    if (!incident && !(rule && rule->follows[0]))
        incident = group_find(world, alert);
    if (!incident && group_opens(world, alert, out, from))
        return;
    if (!incident && incidents->open_count + opened + 1 >= LIMIT_INCIDENTS_OPEN &&
        !opens_already(out, from, cause)) {
        cause = STR(OVERFLOW_CAUSE);
        incident = find_cause(world, cause);
    }
    if (incident)
        join_for(world, alert, incident, from, out);
    else if (!opens_already(out, from, cause) &&
             incidents->open_count + opened < LIMIT_INCIDENTS_OPEN)
        open_for(world, alert, cause, incidents->last_number + 1 + (int64_t)opened, out);
}

/* What others depend on comes first: whoever depends on it has more causes than it. */
static void decide_alerts(const struct incident_world *world, size_t from, struct event_list *out)
{
    size_t most = 0;
    for (size_t causes = 0; causes <= most; causes++) {
        for (size_t i = 0; i < world->alert_count; i++) {
            const struct incident_alert *alert = &world->alerts[i];
            if (alert->firing && alert->cause_count == causes)
                decide_alert(world, alert, from, out);
            else if (alert->firing && alert->cause_count > most)
                most = alert->cause_count;
        }
    }
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

static void decide_response(const struct incident_world *world, const struct incident *incident,
                            struct event_list *out)
{
    struct instant due = incident_response_due(incident, world->plan);
    if (incident->state != INCIDENT_OPEN || incident->response_missed ||
        instant_before(world->now, due))
        return;
    struct event *event = add(world, out, EVENT_INCIDENT_RESPONSE_MISSED, incident->number);
    event_set_instant(event, "due", due);
}

static void decide_escalations(const struct incident_world *world, const struct incident *incident,
                               struct event_list *out)
{
    const struct severity_level *level = severity_get(world->plan, str_of(incident->severity));
    for (int i = 0; i < level->step_count; i++) {
        const struct severity_step *step = &level->steps[i];
        struct instant due = instant_add_ms(incident->clock_from, step->after_ms);
        if (incident_step_is_over(incident, step, i) || instant_before(world->now, due))
            continue;
        struct event *event = add(world, out, EVENT_INCIDENT_ESCALATED, incident->number);
        event_set_int(event, "step", i + 1);
        event_set_str(event, "to", step->to.n ? step->to : world->fallback);
        struct str after = duration_text(out->arena, step->after_ms);
        event_set_str(event, "reason",
                      step->after_ms == 0
                          ? str_printf(out->arena, "%s is escalated at once", incident->severity)
                          : str_printf(out->arena, "not %s after %.*s",
                                       step->unanswered ? "acknowledged" : "resolved",
                                       STR_ARGS(after)));
    }
}

/* Has one of its rules left the runbook? Then nobody knows whether what it watched is over. */
static bool has_lost_rule(const struct incident_world *world, const struct incident *incident)
{
    const struct incident_rule *rule;
    size_t at = 0;
    while ((rule = incident_rule_next(world->incidents, incident, &at))) {
        size_t i = 0;
        while (i < world->alert_count && !str_is(world->alerts[i].rule, rule->id))
            i++;
        if (i == world->alert_count && rule->line > 0)
            return true;
    }
    return false;
}

static void decide_mitigated(const struct incident_world *world, const struct incident *incident,
                             size_t unfinished, struct event_list *out)
{
    if (incident->rule_count == 0 || unfinished > 0 || incident->state == INCIDENT_MITIGATED)
        return;
    struct event *event = add(world, out, EVENT_INCIDENT_MITIGATED, incident->number);
    event_set_str(
        event, "reason",
        has_lost_rule(world, incident)
            ? STR("none of its rules fires, and not all of them are still in the runbook")
        : incident->rule_count == 1
            ? STR("its rule has resolved")
            : str_printf(out->arena, "its %zu rules have resolved", incident->rule_count));
}

void incident_decide(const struct incident_world *world, struct event_list *out)
{
    size_t from = out->count;
    size_t *unfinished = count_unfinished(world, out->arena);
    decide_alerts(world, from, out);
    /* What joins now keeps its incident going. */
    for (size_t i = from; i < out->count; i++) {
        const struct incident *incident =
            incident_find(world->incidents, event_int(&out->items[i], "number"));
        if (incident)
            unfinished[incident->slot]++;
    }
    for (size_t i = 0; i < world->incidents->count; i++) {
        const struct incident *incident = world->incidents->items[i];
        if (incident->state == INCIDENT_RESOLVED)
            continue;
        if (reopens_already(out, from, incident->number))
            continue; /* its clocks begin with the reopening */
        decide_response(world, incident, out);
        decide_escalations(world, incident, out);
        decide_mitigated(world, incident, unfinished[i], out);
    }
}

struct instant incident_response_due(const struct incident *incident,
                                     const struct severity_plan *plan)
{
    return instant_add_ms(incident->clock_from,
                          severity_get(plan, str_of(incident->severity))->respond_ms);
}

static void take_earlier(struct instant *earliest, struct instant due)
{
    if (instant_is_zero(*earliest) || instant_before(due, *earliest))
        *earliest = due;
}

struct instant incident_next_due(const struct incident_world *world)
{
    struct instant earliest = {0};
    for (size_t i = 0; i < world->incidents->count; i++) {
        const struct incident *incident = world->incidents->items[i];
        const struct severity_level *level = severity_get(world->plan, str_of(incident->severity));
        if (incident->state == INCIDENT_RESOLVED)
            continue;
        if (incident->state == INCIDENT_OPEN && !incident->response_missed)
            take_earlier(&earliest, incident_response_due(incident, world->plan));
        for (int step = 0; step < level->step_count; step++) {
            if (!(incident->steps_done & (1U << step)))
                take_earlier(&earliest,
                             instant_add_ms(incident->clock_from, level->steps[step].after_ms));
        }
    }
    return earliest;
}
