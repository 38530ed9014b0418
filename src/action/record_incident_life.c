/* record_incident_life.c - roles, merging, splitting, linking, follow-ups and closing. */
#include "action/records.h"

#include "action/when.h"

static struct incident_call make_call(const struct call *call)
{
    return (struct incident_call){.actor = call->caller.actor, .number = call_int(call, "number")};
}

/* Only somebody whom Reeve knows can be told of it. */
static bool check_person(const struct world *world, struct str person, struct err *err)
{
    if (person_find(&world->people, person))
        return true;
    return err_set(err, ERR_USAGE, NULL, "There is no person \"%.*s\" under people: in reeve.yaml.",
                   STR_ARGS(str_cut(person, 64)));
}

/* Why nobody can tell the person; "" when somebody can, or nobody has to. */
static struct str find_untold(const struct world *world, struct arena *arena, struct str person,
                              struct str actor)
{
    const struct person *found = person_find(&world->people, person);
    if (!found || person_is_reachable(found) || str_equal_nocase(actor_name(actor), found->id))
        return STR("");
    return str_printf(arena,
                      "%.*s was not told, for no way to reach them works: give them an email (with "
                      "smtp:), a phone or another way in reeve.yaml, and tell them yourself",
                      STR_ARGS(found->id));
}

bool record_incident_role(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = make_call(call);
    made.role = call_str(call, "role");
    made.person = str_trim(call_str(call, "person"));
    if (call_flag(call, "end") == (made.person.n > 0))
        return err_set(err, ERR_USAGE, call->action->name,
                       made.person.n > 0
                           ? "Say who it is, or --end when nobody is any more, not both."
                           : "Say who it is, or --end when nobody is any more.");
    made.untold = find_untold(world, out->arena, made.person, made.actor);
    return (made.person.n == 0 || check_person(world, made.person, err)) &&
           incident_give_role(&view, &made, out, err);
}

bool record_incident_page(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = make_call(call);
    const struct person *person = person_find(&world->people, str_trim(call_str(call, "person")));
    if (!check_person(world, str_trim(call_str(call, "person")), err))
        return false;
    made.person = person->id;
    struct str untold = find_untold(world, out->arena, made.person, STR(""));
    if (untold.n > 0)
        return err_set(err, ERR_REFUSED, NULL, "Nobody was paged: %.*s.", STR_ARGS(untold));
    return incident_call_person(&view, &made, out, err);
}

bool record_incident_merge(const struct call *call, const struct world *world,
                           struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = make_call(call);
    made.other = call_int(call, "into");
    made.text = call_str(call, "reason");
    return incident_merge(&view, &made, out, err);
}

bool record_incident_split(const struct call *call, const struct world *world,
                           struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = make_call(call);
    made.rule = call_str(call, "rule");
    made.text = call_str(call, "reason");
    made.severity = call_str(call, "severity");
    return incident_split(&view, &made, out, err);
}

bool record_incident_link(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = make_call(call);
    made.other = call_int(call, "other");
    made.done = !call_flag(call, "undo");
    return incident_link(&view, &made, out, err);
}

bool record_incident_close(const struct call *call, const struct world *world,
                           struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = make_call(call);
    struct str waived = str_trim(call_str(call, "waive"));
    made.text = str_trim(call_str(call, "postmortem"));
    made.done = waived.n == 0;
    if (made.text.n > 0 && waived.n > 0)
        return err_set(err, ERR_USAGE, call->action->name,
                       "Say where the postmortem is, or --waive and why there is none; not both.");
    if (waived.n > 0)
        made.text = waived;
    return incident_close(&view, &made, out, err);
}

bool record_follow_up(const struct call *call, const struct world *world, struct event_list *out,
                      struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = make_call(call);
    struct str due = str_trim(call_str(call, "due"));
    made.text = call_str(call, "text");
    made.person = str_trim(call_str(call, "owner"));
    if (due.n > 0 && !when_ahead(due, world->now, &made.due))
        return err_set(err, ERR_USAGE, call->action->name,
                       "\"%.*s\" is no time: write 14d, 6h, 2026-12-14 or "
                       "2026-12-14T16:00:00Z.",
                       STR_ARGS(due));
    return (made.person.n == 0 || check_person(world, made.person, err)) &&
           follow_up_add(&view, &made, out, err);
}

static bool set_follow_up(const struct call *call, const struct world *world, bool done,
                          struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = {.actor = call->caller.actor,
                                 .other = call_int(call, "follow-up"),
                                 .text = call_str(call, done ? "note" : "reason"),
                                 .done = done};
    return follow_up_set(&view, &made, out, err);
}

bool record_follow_up_done(const struct call *call, const struct world *world,
                           struct event_list *out, struct err *err)
{
    return set_follow_up(call, world, true, out, err);
}

bool record_follow_up_reopen(const struct call *call, const struct world *world,
                             struct event_list *out, struct err *err)
{
    return set_follow_up(call, world, false, out, err);
}
