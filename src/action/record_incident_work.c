/* record_incident_work.c - what people say of a breach, and runs that belong to an incident. */
#include "action/records.h"

#include "action/when.h"

static struct incident_call make_call(const struct call *call)
{
    return (struct incident_call){.actor = call->caller.actor, .number = call_int(call, "number")};
}

bool record_incident_breach(const struct call *call, const struct world *world,
                            struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = make_call(call);
    struct str aware = str_trim(call_str(call, "aware"));
    made.text = call_str(call, "reason");
    made.done = !call_flag(call, "no");
    if (aware.n > 0 && !made.done)
        return err_set(err, ERR_USAGE, call->action->name,
                       "Say --no or --aware, not both: what is no breach was known of at no time.");
    if (aware.n > 0 && !when_back(aware, world->now, &made.due))
        return err_set(err, ERR_USAGE, call->action->name,
                       "\"%.*s\" is no time: write 2h, 30m, 2026-11-01T08:00:00Z.",
                       STR_ARGS(str_cut(aware, 40)));
    return incident_breach(&view, &made, out, err);
}

/* True: it may be asked so. */
static bool check_flags(const struct call *call, struct err *err)
{
    return !call_flag(call, "undo") || !call_flag(call, "not-required") ||
           err_set(err, ERR_USAGE, call->action->name, "Say --undo or --not-required, not both.");
}

bool record_incident_deed(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = make_call(call);
    made.item = call_int(call, "item");
    made.text = call_str(call, "note");
    made.done = !call_flag(call, "undo");
    made.anyway = call_flag(call, "not-required");
    return check_flags(call, err) && incident_deed(&view, &made, out, err);
}

bool record_incident_authority(const struct call *call, const struct world *world,
                               struct event_list *out, struct err *err)
{
    struct incident_world view = world_incidents(world, out->arena);
    struct incident_call made = make_call(call);
    made.text = call_str(call, "note");
    made.done = !call_flag(call, "undo");
    made.anyway = call_flag(call, "not-required");
    return check_flags(call, err) && incident_authority(&view, &made, out, err);
}

/* --- runs --- */

struct linking {
    const struct world *world;
    int64_t incident, run;
    struct str actor, title, statement, as;
    const struct procedure *procedure; /* NULL: the runbook in force has it no more */
};

static bool check_purpose(struct str as, struct err *err)
{
    static const char *const known[] = {"mitigation", "fix", "diagnosis", "breach", "part"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_is_nocase(as, known[i]))
            return true;
    return err_set(err, ERR_USAGE, NULL,
                   "A run is a mitigation, fix, diagnosis, breach or part of an incident, not "
                   "\"%.*s\".",
                   STR_ARGS(str_cut(as, 40)));
}

static bool link_run(const struct linking *linking, struct event_list *out, struct err *err)
{
    const struct world *world = linking->world;
    struct incident_world view = world_incidents(world, out->arena);
    const struct incident *incident = incident_find(&world->incidents, linking->incident);
    struct run_purpose purpose = {.purpose = STR("part"), .undo = STR("")};
    if (linking->as.n > 0 && !check_purpose(linking->as, err))
        return false;
    if (incident && linking->procedure)
        purpose = view_run_purpose(world, out->arena, incident, linking->procedure);
    if (linking->as.n > 0 && !str_equal_nocase(linking->as, purpose.purpose)) {
        purpose =
            (struct run_purpose){.purpose = str_lower(out->arena, linking->as), .undo = STR("")};
        if (linking->procedure && str_is(purpose.purpose, "mitigation"))
            purpose.undo = view_undo_of(world, out->arena, linking->procedure);
    }
    const struct incident_run *known =
        incident && linking->as.n == 0 ? incident_find_run(incident, linking->run) : NULL;
    if (known) /* nothing is corrected: it is refused with what it is */
        purpose.purpose = str_copy(out->arena, str_of(known->purpose));
    struct incident_call made = {.actor = linking->actor,
                                 .number = linking->incident,
                                 .other = linking->run,
                                 .text = str_copy(out->arena, linking->title),
                                 .rule = str_copy(out->arena, linking->statement),
                                 .purpose = purpose.purpose,
                                 .undo = purpose.undo,
                                 .item = purpose.undoes};
    return incident_link_run(&view, &made, out, err);
}

bool record_link_begun(const struct call *call, const struct world *world, struct event_list *out,
                       struct err *err)
{
    struct linking linking = {.world = world,
                              .incident = call_int(call, "incident"),
                              .run = world->runs.last_number + 1,
                              .actor = call->caller.actor};
    if (call_str(call, "rehearse").n > 0)
        return err_set(err, ERR_USAGE, call->action->name,
                       "A rehearsal is begun because of no incident; leave --incident or "
                       "--rehearse out.");
    linking.procedure = procedure_find(&world->procedures, call_str(call, "procedure"), err);
    if (!linking.procedure)
        return false;
    linking.title = procedure_title(&world->procedures, linking.procedure, out->arena);
    linking.statement = str_of(world->program->statements[linking.procedure->statement].id);
    return link_run(&linking, out, err);
}

bool record_incident_run(const struct call *call, const struct world *world, struct event_list *out,
                         struct err *err)
{
    const struct run *run = run_find(&world->runs, call_int(call, "run"));
    struct linking linking = {.world = world,
                              .incident = call_int(call, "number"),
                              .run = call_int(call, "run"),
                              .actor = call->caller.actor,
                              .as = str_trim(call_str(call, "as"))};
    struct err none = {0};
    if (!run || run->environment.n > 0)
        return err_set(err, ERR_USAGE, call->action->name,
                       run ? "Run %lld is a rehearsal, which is begun because of no incident."
                           : "There is no run %lld among those that are kept; \"reeve run list "
                             "--all\" shows them.",
                       (long long)linking.run);
    linking.title = run->procedure;
    linking.statement = run->statement;
    linking.procedure = procedure_find(&world->procedures, run->procedure, &none);
    return link_run(&linking, out, err);
}
