/* command.c - what people ask of incidents, and why it is refused. */
#include "incident/inside.h"

struct event *incident_call_event(const struct incident_world *world,
                                  const struct incident_call *call, enum event_kind kind,
                                  int64_t number, struct event_list *out)
{
    struct event *event =
        event_list_add(out, kind, world->now, call->actor,
                       str_printf(out->arena, "incident:%lld", (long long)number));
    event_set_int(event, "number", number);
    return event;
}

const struct incident *incident_find_going(const struct incident_world *world, int64_t number,
                                           struct err *err)
{
    const struct incident *incident = incident_find(world->incidents, number);
    if (incident && incident->state != INCIDENT_RESOLVED)
        return incident;
    if (number < 1 || number > world->incidents->last_number)
        err_set(err, ERR_USAGE, NULL,
                "There is no incident %lld; \"reeve incident list\" shows those that are open.",
                (long long)number);
    else if (incident && incident->merged_into)
        err_set(err, ERR_REFUSED, NULL,
                "Incident %lld was merged into incident %lld; say it of that one.",
                (long long)number, (long long)incident_goes_on_as(world->incidents, number));
    else
        err_set(
            err, ERR_REFUSED, NULL,
            "Incident %lld is already resolved; declare a new one with \"reeve incident declare\".",
            (long long)number);
    return NULL;
}

static const struct incident *find_open(const struct incident_world *world,
                                        const struct incident_call *call, struct err *err)
{
    return incident_find_going(world, call->number, err);
}

const struct severity_level *incident_find_severity(const struct incident_world *world,
                                                    struct str severity, struct err *err)
{
    const struct severity_level *level = severity_find(world->plan, severity);
    char known[128] = "";
    size_t n = 0;
    if (level)
        return level;
    for (int i = 0; i < world->plan->level_count && n + 16 < sizeof known; i++) {
        struct str id = str_slice(world->plan->levels[i].id, 0, 12);
        known[n] = ' ';
        memcpy(known + n + 1, id.p, id.n);
        n += id.n + 1;
    }
    err_set(err, ERR_USAGE, NULL, "The runbook has no severity \"%.*s\"; it has%.*s.",
            STR_ARGS(severity), (int)n, known);
    return NULL;
}

/* Beyond the limit a declaration becomes a note on the overflow incident; it is not refused. */
static bool declare_overflow(const struct incident_world *world, const struct incident_call *call,
                             const struct severity_level *level, struct event_list *out)
{
    const struct incidents *incidents = world->incidents;
    const struct incident *overflow = NULL;
    for (size_t i = 0; i < incidents->count; i++) {
        if (incidents->items[i]->state != INCIDENT_RESOLVED &&
            str_is(STR("overflow"), incidents->items[i]->cause))
            overflow = incidents->items[i];
    }
    if (!overflow)
        return false;
    struct event *note =
        incident_call_event(world, call, EVENT_INCIDENT_NOTED, overflow->number, out);
    event_set_str(note, "note",
                  str_printf(out->arena, "Declared as %.*s: %.*s", STR_ARGS(level->id),
                             STR_ARGS(call->text)));
    if (level->rank < severity_get(world->plan, str_of(overflow->severity))->rank) {
        struct event *raise = incident_call_event(world, call, EVENT_INCIDENT_SEVERITY_CHANGED,
                                                  overflow->number, out);
        event_set_str(raise, "from", str_copy(out->arena, str_of(overflow->severity)));
        event_set_str(raise, "to", level->id);
        event_set_str(raise, "reason", STR("declared by hand"));
    }
    return true;
}

bool incident_declare(const struct incident_world *world, const struct incident_call *call,
                      struct event_list *out, struct err *err)
{
    const struct incidents *incidents = world->incidents;
    const struct severity_level *level = incident_find_severity(world, call->severity, err);
    if (!level)
        return false;
    if (str_trim(call->text).n == 0)
        return err_set(err, ERR_USAGE, NULL, "An incident needs a title: say what is wrong.");
    bool last = incidents->open_count + 1 >= LIMIT_INCIDENTS_OPEN;
    if (last && declare_overflow(world, call, level, out))
        return true;
    if (incidents->open_count >= LIMIT_INCIDENTS_OPEN)
        return err_set(err, ERR_REFUSED, NULL, "%d incidents are open; resolve one first.",
                       LIMIT_INCIDENTS_OPEN);
    struct event *event =
        incident_call_event(world, call, EVENT_INCIDENT_OPENED, incidents->last_number + 1, out);
    event_set_str(event, "severity", level->id);
    event_set_str(event, "title", call->text);
    event_set_str(event, "cause", last ? STR("overflow") : STR(""));
    return true;
}

bool incident_acknowledge(const struct incident_world *world, const struct incident_call *call,
                          struct event_list *out, struct err *err)
{
    const struct incident *incident = find_open(world, call, err);
    if (!incident)
        return false;
    if (!instant_is_zero(incident->acknowledged)) {
        char at[INSTANT_TEXT_BYTES];
        instant_write(incident->acknowledged, at);
        return err_set(err, ERR_REFUSED, NULL,
                       "Incident %lld was already acknowledged by %s at %.19sZ; nothing changed.",
                       (long long)call->number, incident->acknowledged_by, at);
    }
    struct event *event =
        incident_call_event(world, call, EVENT_INCIDENT_ACKNOWLEDGED, call->number, out);
    event_set_str(event, "person", actor_name(call->actor));
    event_set_str(event, "via", call->via);
    /* Whoever is on it first leads it, until they hand that over. */
    if (incident_role_person(incident, INCIDENT_COMMANDER).n > 0 ||
        incident->role_count == INCIDENT_ROLES_MAX)
        return true;
    event = incident_call_event(world, call, EVENT_INCIDENT_ROLE_GIVEN, call->number, out);
    event_set_str(event, "role", STR(INCIDENT_COMMANDER));
    event_set_str(event, "person", actor_name(call->actor));
    event_set_str(event, "reason", STR("acknowledged it first"));
    return true;
}

bool incident_note(const struct incident_world *world, const struct incident_call *call,
                   struct event_list *out, struct err *err)
{
    if (!find_open(world, call, err))
        return false;
    if (str_trim(call->text).n == 0)
        return err_set(err, ERR_USAGE, NULL, "A note needs words: say what happened or was done.");
    struct event *event = incident_call_event(world, call, EVENT_INCIDENT_NOTED, call->number, out);
    event_set_str(event, "note", call->text);
    return true;
}

bool incident_confirm_severity(const struct incident_world *world, const struct incident_call *call,
                               struct event_list *out, struct err *err)
{
    const struct incident *incident = find_open(world, call, err);
    if (!incident)
        return false;
    struct event *event =
        incident_call_event(world, call, EVENT_INCIDENT_SEVERITY_CONFIRMED, call->number, out);
    event_set_str(event, "severity", str_copy(out->arena, str_of(incident->severity)));
    return true;
}

bool incident_set_severity(const struct incident_world *world, const struct incident_call *call,
                           struct event_list *out, struct err *err)
{
    const struct incident *incident = find_open(world, call, err);
    const struct severity_level *level =
        incident ? incident_find_severity(world, call->severity, err) : NULL;
    if (!level)
        return false;
    if (str_is(level->id, incident->severity))
        return err_set(err, ERR_REFUSED, NULL, "Incident %lld is %s already; nothing changed.",
                       (long long)call->number, incident->severity);
    struct event *event =
        incident_call_event(world, call, EVENT_INCIDENT_SEVERITY_CHANGED, call->number, out);
    event_set_str(event, "from", str_copy(out->arena, str_of(incident->severity)));
    event_set_str(event, "to", level->id);
    event_set_str(event, "reason", call->reason.n ? call->reason : STR("a person changed it"));
    return true;
}

const struct incident_alert *incident_find_alert(const struct incident_world *world,
                                                 struct str rule)
{
    for (size_t i = 0; i < world->alert_count; i++) {
        if (str_equal(world->alerts[i].rule, rule))
            return &world->alerts[i];
    }
    return NULL;
}

bool incident_resolve(const struct incident_world *world, const struct incident_call *call,
                      struct event_list *out, struct err *err)
{
    const struct incident *incident = find_open(world, call, err);
    const struct incident_rule *rule;
    size_t at = 0;
    if (!incident)
        return false;
    while (!call->anyway && (rule = incident_rule_next(world->incidents, incident, &at))) {
        const struct incident_alert *alert = incident_find_alert(world, str_of(rule->id));
        if (rule->retired)
            return err_set(err, ERR_REFUSED, NULL,
                           "Nobody knows whether incident %lld is over: its rule is no longer in "
                           "the runbook; look yourself, then say --anyway.",
                           (long long)call->number);
        bool firing = alert ? alert->firing : rule->firing;
        struct str cause = STR("an alert from elsewhere still fires");
        if (alert)
            cause = alert->title;
        if (firing && rule->line == 0)
            return err_set(
                err, ERR_REFUSED, NULL,
                "Incident %lld is not over: %.*s; wait until that has ended, close what its "
                "sender never ends with \"reeve alert close\", or say --anyway.",
                (long long)call->number, STR_ARGS(cause));
        if (firing)
            return err_set(err, ERR_REFUSED, NULL,
                           "Incident %lld is not over: its rule on line %lld still fires%s; wait "
                           "until it resolves, or say --anyway.",
                           (long long)call->number, (long long)rule->line,
                           alert && !alert->known ? " and is unknown now" : "");
    }
    if (!call->anyway && incident->breach && breach_is_open(incident->breach))
        return err_set(
            err, ERR_REFUSED, NULL,
            "The breach timeline of incident %lld is not done; see \"reeve incident show "
            "%lld\" and end its lines, or say --anyway: what is left becomes follow-ups.",
            (long long)call->number, (long long)call->number);
    struct event *event =
        incident_call_event(world, call, EVENT_INCIDENT_RESOLVED, call->number, out);
    event_set_str(event, "note", call->text);
    incident_add_leftovers(world, incident, out);
    return true;
}
