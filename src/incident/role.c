/* role.c - who does what in an incident: given, handed over, given up.
 *
 * Whoever acknowledges first is its commander unless somebody is (command.c). */
#include "incident/inside.h"

static struct incident_role *find(const struct incident *incident, struct str name)
{
    for (size_t i = 0; i < incident->role_count; i++)
        if (str_is_nocase(name, incident->roles[i].name))
            return (struct incident_role *)(uintptr_t)&incident->roles[i];
    return NULL;
}

struct str incident_role_person(const struct incident *incident, const char *role)
{
    const struct incident_role *found = find(incident, str_of(role));
    return found ? str_of(found->person) : STR("");
}

void incident_fold_role(struct incident *incident, const struct event *event)
{
    struct str name = event_str(event, "role");
    struct incident_role *role = find(incident, name);
    struct str person = event_str(event, "person");
    if (event->kind == EVENT_INCIDENT_ROLE_ENDED) {
        if (role)
            *role = incident->roles[--incident->role_count];
        return;
    }
    if (!role && incident->role_count == INCIDENT_ROLES_MAX)
        return; /* a foreign ledger: the command refuses it */
    if (!role)
        role = &incident->roles[incident->role_count++];
    *role = (struct incident_role){.since = event->at,
                                   .given = !str_equal(actor_name(event->actor), person)};
    str_keep(role->name, sizeof role->name, name);
    str_keep(role->person, sizeof role->person, person);
}

static bool name_is_good(struct str name)
{
    if (name.n == 0 || name.n >= INCIDENT_ROLE_BYTES || !byte_is_alpha(name.p[0]))
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!byte_is_alnum(name.p[i]) && !memchr(" -_", name.p[i], 3))
            return false;
    return true;
}

static struct event *add(const struct incident_world *world, const struct incident_call *call,
                         enum event_kind kind, struct event_list *out)
{
    struct event *event = incident_call_event(world, call, kind, call->number, out);
    event_set_str(event, "role", str_lower(out->arena, str_trim(call->role)));
    event_set_str(event, "person", str_copy(out->arena, call->person));
    return event;
}

static bool give_up(const struct incident_world *world, const struct incident_call *call,
                    const struct incident_role *role, struct event_list *out, struct err *err)
{
    if (!role)
        return err_set(err, ERR_REFUSED, NULL, "Nobody is %.*s of incident %lld.",
                       STR_ARGS(str_trim(call->role)), (long long)call->number);
    struct event *event = add(world, call, EVENT_INCIDENT_ROLE_ENDED, out);
    event_set_str(event, "person", str_copy(out->arena, str_of(role->person)));
    return true;
}

bool incident_give_role(const struct incident_world *world, const struct incident_call *call,
                        struct event_list *out, struct err *err)
{
    const struct incident *incident = incident_find_going(world, call->number, err);
    struct str name = str_trim(call->role);
    if (!incident)
        return false;
    if (!name_is_good(name))
        return err_set(err, ERR_USAGE, NULL,
                       "\"%.*s\" is no role: a role is a word or some, like commander, "
                       "communications or scribe, with letters and digits, at most %d bytes.",
                       STR_ARGS(str_cut(name, INCIDENT_ROLE_BYTES)), INCIDENT_ROLE_BYTES - 1);
    const struct incident_role *role = find(incident, name);
    if (call->person.n == 0)
        return give_up(world, call, role, out, err);
    if (role && str_is(call->person, role->person))
        return err_set(err, ERR_REFUSED, NULL, "%s is %s of incident %lld already.", role->person,
                       role->name, (long long)call->number);
    if (role && call->untold.n > 0) {
        /* The fact of a hand-over has no room for it. */
        if (!give_up(world, call, role, out, err))
            return false;
    } else if (role) {
        struct event *event = add(world, call, EVENT_INCIDENT_ROLE_HANDED_OVER, out);
        event_set_str(event, "from", str_copy(out->arena, str_of(role->person)));
        return true;
    }
    if (!role && incident->role_count == INCIDENT_ROLES_MAX)
        return err_set(err, ERR_REFUSED, NULL,
                       "Incident %lld has %d roles already; give one up with --end, or hand it "
                       "over.",
                       (long long)call->number, INCIDENT_ROLES_MAX);
    event_set_str(add(world, call, EVENT_INCIDENT_ROLE_GIVEN, out), "reason",
                  str_printf(out->arena, "%.*s said so%s%.*s", STR_ARGS(actor_name(call->actor)),
                             call->untold.n ? "; " : "", STR_ARGS(call->untold)));
    return true;
}

bool incident_call_person(const struct incident_world *world, const struct incident_call *call,
                          struct event_list *out, struct err *err)
{
    if (!incident_find_going(world, call->number, err))
        return false;
    struct event *event =
        incident_call_event(world, call, EVENT_INCIDENT_CALLED, call->number, out);
    event_set_str(event, "person", str_copy(out->arena, call->person));
    return true;
}
