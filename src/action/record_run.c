/* record_run.c - what people do with runs: start, tick, skip, retry, answer, stop, resume,
 * approve, refuse. */
#include "action/records.h"
#include "run/approval.h"

typedef bool ask_of_run(const struct run_world *world, const struct run_call *call,
                        struct event_list *out, struct err *err);

static bool takes(const struct call *call, const char *name)
{
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && call->action->arguments[i].name; i++)
        if (strcmp(call->action->arguments[i].name, name) == 0)
            return true;
    return false;
}

/* Whatever the action's row takes of a run's call. */
static struct run_call make_call(const struct call *call)
{
    return (struct run_call){
        .actor = call->caller.actor,
        .behind = call->caller.behind,
        .answer = takes(call, "answer") ? call_str(call, "answer") : STR(""),
        .digest = takes(call, "digest") ? call_str(call, "digest") : STR(""),
        .number = takes(call, "number") ? call_int(call, "number") : 0,
        .step = takes(call, "step") ? call_int(call, "step") : 0,
        .name = takes(call, "procedure") ? call_str(call, "procedure") : STR(""),
        .rehearse = takes(call, "rehearse") ? call_str(call, "rehearse") : STR(""),
        .files = takes(call, "attach") ? call_str(call, "attach") : STR(""),
        .values = takes(call, "set") ? call_str(call, "set") : STR(""),
        .text = takes(call, "note")     ? call_str(call, "note")
                : takes(call, "reason") ? call_str(call, "reason")
                                        : STR("")};
}

static bool ask(const struct call *call, const struct world *world, ask_of_run *function,
                struct event_list *out, struct err *err)
{
    struct run_world view = world_runs(world);
    struct run_call made = make_call(call);
    return function(&view, &made, out, err);
}

bool record_run(const struct call *call, const struct world *world, struct event_list *out,
                struct err *err)
{
    return ask(call, world, run_open, out, err) &&
           (call_int(call, "incident") == 0 || record_link_begun(call, world, out, err));
}

bool record_run_tick(const struct call *call, const struct world *world, struct event_list *out,
                     struct err *err)
{
    return ask(call, world, run_tick, out, err);
}

bool record_run_skip(const struct call *call, const struct world *world, struct event_list *out,
                     struct err *err)
{
    return ask(call, world, run_skip, out, err);
}

bool record_run_retry(const struct call *call, const struct world *world, struct event_list *out,
                      struct err *err)
{
    return ask(call, world, run_retry, out, err);
}

bool record_run_stop(const struct call *call, const struct world *world, struct event_list *out,
                     struct err *err)
{
    return ask(call, world, run_stop, out, err);
}

bool record_run_answer(const struct call *call, const struct world *world, struct event_list *out,
                       struct err *err)
{
    return ask(call, world, run_answer, out, err);
}

bool record_run_cancel(const struct call *call, const struct world *world, struct event_list *out,
                       struct err *err)
{
    return ask(call, world, run_cancel, out, err);
}

bool record_run_undo(const struct call *call, const struct world *world, struct event_list *out,
                     struct err *err)
{
    return ask(call, world, run_undo, out, err);
}

bool record_run_resume(const struct call *call, const struct world *world, struct event_list *out,
                       struct err *err)
{
    return ask(call, world, run_resume, out, err);
}

bool record_approve(const struct call *call, const struct world *world, struct event_list *out,
                    struct err *err)
{
    return ask(call, world, run_approve, out, err);
}

bool record_refuse(const struct call *call, const struct world *world, struct event_list *out,
                   struct err *err)
{
    return ask(call, world, run_refuse, out, err);
}
