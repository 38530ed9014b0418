/* merge.c - incidents that are one, that are two, and that have to do with each other.
 *
 * What is merged is over; its rules that fire, ticks, roles, links and follow-ups go on in the
 * other one, as do its escalations: whoever was told of it is not told again. Its pages stop, and
 * its notes stay in its own story. The other one keeps its
 * acknowledgement or has none: whoever is on it says so. Its clocks count from the earlier of the
 * two beginnings; of two breaches one timeline is left, from the earlier awareness on. */
#include "incident/inside.h"

#include "incident/round.h"

static void add_link(struct incident *incident, int64_t other)
{
    if (other == incident->number)
        return;
    for (size_t i = 0; i < incident->link_count; i++)
        if (incident->links[i] == other)
            return;
    if (incident->link_count < INCIDENT_LINKS_MAX)
        incident->links[incident->link_count++] = other;
}

static bool has_link(const struct incident *incident, int64_t other)
{
    for (size_t i = 0; i < incident->link_count; i++)
        if (incident->links[i] == other)
            return true;
    return false;
}

void incident_fold_link(struct incident *incident, const struct event *event)
{
    int64_t other = event_int(event, "other");
    size_t kept = 0;
    if (event->kind == EVENT_INCIDENT_LINKED) {
        add_link(incident, other);
        return;
    }
    for (size_t i = 0; i < incident->link_count; i++)
        if (incident->links[i] != other)
            incident->links[kept++] = incident->links[i];
    incident->link_count = kept;
}

static void take_earlier(struct instant *at, struct instant other)
{
    if (instant_before(other, *at))
        *at = other;
}

static void take_roles(struct incident *to, const struct incident *from)
{
    for (size_t i = 0; i < from->role_count && to->role_count < INCIDENT_ROLES_MAX; i++) {
        if (incident_role_person(to, from->roles[i].name).n > 0)
            continue;
        to->roles[to->role_count] = from->roles[i];
        to->roles[to->role_count++].given = false; /* they know */
    }
}

static void take_over(struct incidents *incidents, struct incident *to, struct incident *from)
{
    incident_move_rules(incidents, from, to);
    take_earlier(&to->begun, from->begun);
    take_earlier(&to->clock_from, from->clock_from);
    incident_take_ticks(to, from);
    take_roles(to, from);
    incident_take_levels(to, from);
    incident_take_work(incidents, to, from);
    to->note_count += from->note_count;
    for (size_t i = 0; i < from->link_count; i++)
        add_link(to, from->links[i]);
    for (size_t i = 0; i < incidents->follow_up_count; i++)
        if (incidents->follow_ups[i]->incident == from->number)
            incidents->follow_ups[i]->incident = to->number;
}

void incident_fold_merged(struct incidents *incidents, struct incident *incident,
                          const struct event *event)
{
    struct incident *into = incident_find(incidents, event_int(event, "into"));
    if (!into || into == incident || incident->state == INCIDENT_RESOLVED ||
        into->state == INCIDENT_RESOLVED)
        return; /* a foreign ledger */
    take_over(incidents, into, incident);
    incident->state = INCIDENT_RESOLVED;
    incident->merged_into = into->number;
    incident->resolved = event->at;
    incident->reopen_until = (struct instant){0};
    incidents->open_count--;
    incidents->kept_until = (struct instant){0};
}

int64_t incident_goes_on_as(const struct incidents *incidents, int64_t number)
{
    const struct incident *incident = incident_find(incidents, number);
    /* Each step ends one incident: it comes to an end. */
    for (size_t i = 0; i < incidents->count && incident && incident->merged_into; i++) {
        number = incident->merged_into;
        incident = incident_find(incidents, number);
    }
    return number;
}

/* After the event that opened the new one. */
void incident_fold_split(struct incidents *incidents, struct incident *incident,
                         const struct event *event)
{
    struct incident *into = incident_find(incidents, event_int(event, "into"));
    if (!into)
        return;
    add_link(incident, into->number);
    add_link(into, incident->number);
    incident->was_split = true;
}

/* --- commands --- */

static void raise_to(const struct incident_world *world, const struct incident_call *call,
                     const struct incident *from, const struct incident *into,
                     struct event_list *out)
{
    const struct severity_plan *plan = world->plan;
    if (severity_get(plan, str_of(from->severity))->rank >=
        severity_get(plan, str_of(into->severity))->rank)
        return;
    struct event *event =
        incident_call_event(world, call, EVENT_INCIDENT_SEVERITY_CHANGED, into->number, out);
    event->actor = STR("reeve"); /* nobody has looked at what it is */
    event_set_str(event, "from", str_copy(out->arena, str_of(into->severity)));
    event_set_str(event, "to", str_copy(out->arena, str_of(from->severity)));
    event_set_str(
        event, "reason",
        str_printf(out->arena, "incident %lld was merged into it", (long long)from->number));
    if (from->rule[0] == '\0' || incident_is_by_hand(into))
        return; /* somebody wrote a title */
    event = incident_call_event(world, call, EVENT_INCIDENT_RETITLED, into->number, out);
    event_set_str(event, "rule", str_copy(out->arena, str_of(from->rule)));
    event_set_int(event, "line", from->line);
    event_set_str(event, "from", str_copy(out->arena, str_of(into->title)));
    event_set_str(event, "title", str_copy(out->arena, str_of(from->title)));
}

bool incident_merge(const struct incident_world *world, const struct incident_call *call,
                    struct event_list *out, struct err *err)
{
    const struct incident *from = incident_find_going(world, call->number, err);
    const struct incident *into = from ? incident_find_going(world, call->other, err) : NULL;
    if (!into)
        return false;
    if (from == into)
        return err_set(err, ERR_USAGE, NULL, "Incident %lld cannot be merged into itself.",
                       (long long)call->number);
    if (str_is(STR(INCIDENT_OVERFLOW), from->cause))
        return err_set(err, ERR_REFUSED, NULL,
                       "Incident %lld gathers what is too much for incidents of its own; resolve "
                       "others instead.",
                       (long long)call->number);
    if (incident_is_going_on(from) && !incident_is_going_on(into))
        return err_set(err, ERR_REFUSED, NULL,
                       "Incident %lld is %s and incident %lld is %s: merge the second into the "
                       "first, so that it goes on.",
                       (long long)from->number, incident_state_name(from->state),
                       (long long)into->number, incident_state_name(into->state));
    if (str_trim(call->text).n == 0)
        return err_set(err, ERR_USAGE, NULL, "Say why they are one.");
    struct event *event =
        incident_call_event(world, call, EVENT_INCIDENT_MERGED, from->number, out);
    event_set_int(event, "into", into->number);
    event_set_str(event, "reason", call->text);
    event = incident_call_event(world, call, EVENT_INCIDENT_TOOK_OVER, into->number, out);
    event_set_int(event, "from", from->number);
    event_set_str(event, "title", str_copy(out->arena, str_of(from->title)));
    event_set_instant(event, "opened", from->opened);
    raise_to(world, call, from, into, out);
    return true;
}

/* Does one group of alerts from elsewhere belong to it, and nothing else? */
static bool is_from_elsewhere(const struct incident_world *world, const struct incident *incident)
{
    size_t at = 0;
    const struct incident_rule *rule = incident_rule_next(world->incidents, incident, &at);
    return incident->rule_count == 1 && rule && rule->line == 0;
}

/* The one rule of the incident that its line or words name. */
static const struct incident_rule *find_rule(const struct incident_world *world,
                                             const struct incident *incident, struct str wanted,
                                             struct err *err)
{
    const struct incident_rule *found = NULL, *rule;
    size_t at = 0, fits = 0;
    int64_t line = 0;
    bool is_line = str_int(wanted, &line);
    while ((rule = incident_rule_next(world->incidents, incident, &at))) {
        const struct incident_alert *alert = incident_find_alert(world, str_of(rule->id));
        struct str title = alert ? alert->title : STR("");
        char words[INCIDENT_TITLE_BYTES];
        str_keep(words, sizeof words, wanted);
        bool fit = is_line ? rule->line == line
                           : wanted.n > 0 && str_find_nocase(title, words, 0) < title.n;
        if (fit)
            found = rule;
        fits += fit;
    }
    if (fits == 1)
        return found;
    long long number = incident->number;
    if (incident->rule_count == 0)
        err_set(err, ERR_REFUSED, NULL, "No rule belongs to incident %lld: it cannot be split.",
                number);
    else if (is_from_elsewhere(world, incident))
        err_set(err, ERR_REFUSED, NULL,
                "What belongs to incident %lld comes from elsewhere, as one group of its sender: "
                "it cannot be split.",
                number);
    else if (fits > 1)
        err_set(err, ERR_USAGE, NULL,
                "%zu rules of incident %lld are meant by \"%.*s\"; give the line of one, or more "
                "words of its title.",
                fits, number, STR_ARGS(str_cut(wanted, 80)));
    else
        err_set(err, ERR_USAGE, NULL,
                "No rule of incident %lld is meant by \"%.*s\"; give the line of one that belongs "
                "to it (%zu do), or words of its title.",
                number, STR_ARGS(str_cut(wanted, 80)), incident->rule_count);
    return NULL;
}

/* Of the rules that stay, the one that opens the worst severity. */
static const struct incident_alert *find_strongest(const struct incident_world *world,
                                                   const struct incident *incident,
                                                   const struct incident_rule *without)
{
    const struct incident_alert *best = NULL;
    const struct incident_rule *rule;
    size_t at = 0;
    while ((rule = incident_rule_next(world->incidents, incident, &at))) {
        const struct incident_alert *alert = incident_find_alert(world, str_of(rule->id));
        if (rule == without || !alert)
            continue;
        if (!best || severity_of_alert(world->plan, alert->level)->rank <
                         severity_of_alert(world->plan, best->level)->rank)
            best = alert;
    }
    return best;
}

static void retitle(const struct incident_world *world, const struct incident_call *call,
                    const struct incident *incident, const struct incident_rule *without,
                    struct event_list *out)
{
    const struct incident_alert *strongest = find_strongest(world, incident, without);
    if (!strongest || !str_equal(str_of(incident->rule), str_of(without->id)))
        return;
    struct event *event =
        incident_call_event(world, call, EVENT_INCIDENT_RETITLED, incident->number, out);
    event_set_str(event, "rule", strongest->rule);
    event_set_int(event, "line", strongest->line);
    event_set_str(event, "from", str_copy(out->arena, str_of(incident->title)));
    event_set_str(event, "title", strongest->title);
}

/* NULL and a sentence when it cannot be split out. */
static const struct incident_alert *find_split(const struct incident_world *world,
                                               const struct incident *incident,
                                               const struct incident_rule *rule, struct err *err)
{
    const struct incident_alert *alert = incident_find_alert(world, str_of(rule->id));
    if (is_from_elsewhere(world, incident))
        err_set(err, ERR_REFUSED, NULL,
                "It is all that belongs to incident %lld; alerts from elsewhere stay together as "
                "their sender grouped them.",
                (long long)incident->number);
    else if (incident->rule_count < 2)
        err_set(err, ERR_REFUSED, NULL, "It is the only rule of incident %lld.",
                (long long)incident->number);
    else if (!alert || !rule->firing || rule->retired)
        err_set(err, ERR_REFUSED, NULL,
                "It does not fire now, so there is nothing to go on in an incident of its own.");
    else if (world->incidents->open_count >= LIMIT_INCIDENTS_OPEN)
        err_set(err, ERR_REFUSED, NULL, "%d incidents are open; resolve one first.",
                LIMIT_INCIDENTS_OPEN);
    else
        return alert;
    return NULL;
}

/* What the rule opens, unless people have made the whole milder than that: a part of it is no
 * graver than what they made of it. NULL and a sentence: what was said is no severity. */
static const struct severity_level *find_level(const struct incident_world *world,
                                               const struct incident_call *call,
                                               const struct incident *incident,
                                               const struct incident_alert *alert, struct err *err)
{
    const struct severity_plan *plan = world->plan;
    if (call->severity.n > 0)
        return incident_find_severity(world, call->severity, err);
    const struct severity_level *own = severity_of_alert(plan, alert->level);
    const struct severity_level *now = severity_find(plan, str_of(incident->severity));
    const struct severity_level *before = severity_find(plan, str_of(incident->level_before));
    bool lowered = now && before && before->rank < now->rank;
    return lowered && own->rank < now->rank ? now : own;
}

const struct severity_level *incident_left_severity(const struct incident_world *world,
                                                    const struct incident *incident)
{
    const struct severity_level *now = severity_find(world->plan, str_of(incident->severity));
    const struct severity_level *worst = NULL;
    const struct incident_rule *rule;
    size_t at = 0;
    while (incident->was_split && (rule = incident_rule_next(world->incidents, incident, &at))) {
        const struct incident_alert *alert = incident_find_alert(world, str_of(rule->id));
        if (!alert || rule->retired)
            return NULL; /* what it would open nobody knows */
        const struct severity_level *level = severity_of_alert(world->plan, alert->level);
        if (rule->firing && (!worst || level->rank < worst->rank))
            worst = level;
    }
    return now && worst && worst->rank > now->rank ? worst : NULL;
}

bool incident_split(const struct incident_world *world, const struct incident_call *call,
                    struct event_list *out, struct err *err)
{
    const struct incident *incident = incident_find_going(world, call->number, err);
    const struct incident_rule *rule =
        incident ? find_rule(world, incident, str_trim(call->rule), err) : NULL;
    const struct incident_alert *alert = rule ? find_split(world, incident, rule, err) : NULL;
    if (!alert)
        return false;
    if (str_trim(call->text).n == 0)
        return err_set(err, ERR_USAGE, NULL, "Say why they are two.");
    const struct severity_level *level = find_level(world, call, incident, alert, err);
    if (!level)
        return false;
    int64_t number = world->incidents->last_number + 1;
    struct event *event = incident_call_event(world, call, EVENT_INCIDENT_OPENED, number, out);
    event_set_str(event, "severity", level->id);
    event_set_str(event, "title", alert->title);
    event_set_str(event, "cause", incident_cause_of(out->arena, alert));
    event_set_str(event, "rule", alert->rule);
    event_set_int(event, "line", alert->line);
    event = incident_call_event(world, call, EVENT_INCIDENT_SPLIT, call->number, out);
    event_set_int(event, "into", number);
    event_set_str(event, "rule", alert->rule);
    event_set_int(event, "line", alert->line);
    event_set_str(event, "title", alert->title);
    event_set_str(event, "reason", call->text);
    retitle(world, call, incident, rule, out);
    return true;
}

static struct str title_of(const struct incident_world *world, struct arena *arena, int64_t number)
{
    const struct incident *incident = incident_find(world->incidents, number);
    const struct incident_ended *ended = incident_ended_find(world->incidents, number);
    return incident ? str_copy(arena, str_of(incident->title))
           : ended  ? str_copy(arena, str_of(ended->title))
                    : STR("of long ago");
}

static void link_one(const struct incident_world *world, const struct incident_call *call,
                     int64_t number, int64_t other, struct event_list *out)
{
    enum event_kind kind = call->done ? EVENT_INCIDENT_LINKED : EVENT_INCIDENT_UNLINKED;
    struct event *event = incident_call_event(world, call, kind, number, out);
    event_set_int(event, "other", other);
    if (call->done)
        event_set_str(event, "title", title_of(world, out->arena, other));
}

bool incident_link(const struct incident_world *world, const struct incident_call *call,
                   struct event_list *out, struct err *err)
{
    const struct incident *incident = incident_find_going(world, call->number, err);
    if (!incident)
        return false;
    if (call->other < 1 || call->other > world->incidents->last_number ||
        call->other == call->number)
        return err_set(err, ERR_USAGE, NULL, "There is no other incident %lld.",
                       (long long)call->other);
    if (call->done == has_link(incident, call->other))
        return err_set(err, ERR_REFUSED, NULL, "Incidents %lld and %lld are %slinked%s.",
                       (long long)call->number, (long long)call->other, call->done ? "" : "not ",
                       call->done ? " already" : "");
    if (call->done && incident->link_count == INCIDENT_LINKS_MAX)
        return err_set(err, ERR_REFUSED, NULL, "Incident %lld has %d links already.",
                       (long long)call->number, INCIDENT_LINKS_MAX);
    link_one(world, call, call->number, call->other, out);
    link_one(world, call, call->other, call->number, out);
    return true;
}
