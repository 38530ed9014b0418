/* record_incident.c - what people do to incidents: declare, acknowledge, note, tick, change,
 * resolve. */
#include "action/records.h"

static const char *via_of(const struct call *call)
{
    switch (call->caller.kind) {
    case CALLER_LOCAL: return "command";
    case CALLER_ACCOUNT:
    case CALLER_TOKEN: return "page";
    case CALLER_PROGRAM: return "program";
    case CALLER_LINK: return "link";
    case CALLER_CHANNEL: return "channel";
    case CALLER_KINDS: break;
    }
    return "command";
}

static struct incident_call make_call(const struct call *call)
{
    return (struct incident_call){.actor = call->caller.actor, .via = str_of(via_of(call))};
}

static struct incident_call numbered_call(const struct call *call)
{
    struct incident_call made = make_call(call);
    made.number = call_int(call, "number");
    return made;
}

static bool check_incident(const struct call *call, struct event_list *out, struct err *err)
{
    struct str reason;
    if (permit_incident(&call->caller, call_int(call, "number"), out->arena, &reason))
        return true;
    return err_set(err, ERR_REFUSED, call->action->name, "%.*s", STR_ARGS(reason));
}

/* What P1 is among P0 to P3: the second worst severity of the runbook. */
static struct str usual_severity(const struct severity_plan *plan)
{
    int at = 0;
    while (at + 1 < plan->level_count && plan->levels[at].rank == plan->levels[0].rank)
        at++;
    return plan->levels[at].id;
}

bool record_incident_declare(const struct call *call, const struct world *world,
                             struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = make_call(call);
    made.text = call_str(call, "title");
    made.severity = call_str(call, "severity");
    if (made.severity.n == 0)
        made.severity = usual_severity(view.plan);
    return incident_declare(&view, &made, out, err);
}

bool record_incident_ack(const struct call *call, const struct world *world, struct event_list *out,
                         struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = numbered_call(call);
    return check_incident(call, out, err) && incident_acknowledge(&view, &made, out, err);
}

bool record_incident_note(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = numbered_call(call);
    made.text = call_str(call, "note");
    return incident_note(&view, &made, out, err);
}

bool record_incident_tick(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = numbered_call(call);
    made.item = call_int(call, "item");
    made.done = !call_flag(call, "undo");
    made.text = call_str(call, "reason");
    return incident_tick(&view, &made, out, err);
}

/* What is proposed now, and its numbers as the reason. */
static bool take_proposal(const struct world *world, int64_t number, struct arena *arena,
                          struct incident_call *made, struct err *err)
{
    const struct incident *incident = incident_find(&world->incidents, number);
    if (!incident)
        return true; /* the command says what is wrong */
    struct proposal_view proposal = view_proposal(world, arena, incident);
    if (proposal.severity.n == 0)
        return err_set(err, ERR_REFUSED, NULL,
                       "No other severity is proposed for incident %lld%s%.*s.", (long long)number,
                       proposal.why.n ? ": " : "", STR_ARGS(proposal.why));
    made->severity = proposal.severity;
    made->reason = str_printf(arena, "proposed because %.*s, and accepted", STR_ARGS(proposal.why));
    return true;
}

bool record_incident_severity(const struct call *call, const struct world *world,
                              struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = numbered_call(call);
    made.severity = call_str(call, "severity");
    if (call_flag(call, "proposed") + call_flag(call, "confirm") + (made.severity.n > 0) != 1)
        return err_set(err, ERR_USAGE, call->action->name,
                       "Say a severity of the runbook, or --proposed, or --confirm.");
    if (call_flag(call, "confirm"))
        return incident_confirm_severity(&view, &made, out, err);
    if (call_flag(call, "proposed") && !take_proposal(world, made.number, out->arena, &made, err))
        return false;
    return incident_set_severity(&view, &made, out, err);
}

bool record_incident_resolve(const struct call *call, const struct world *world,
                             struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = numbered_call(call);
    made.text = call_str(call, "note");
    made.anyway = call_flag(call, "anyway");
    return incident_resolve(&view, &made, out, err);
}
