/* run_link.c - runs of procedures that were begun because of an incident: linked, ended, taken
 * back. */
#include "incident/inside.h"

const struct incident_run *incident_find_run(const struct incident *incident, int64_t run)
{
    for (size_t i = 0; i < incident->run_count; i++)
        if (incident->runs[i].run == run)
            return &incident->runs[i];
    return NULL;
}

bool incident_run_is_in_force(const struct incident *incident, const struct incident_run *run)
{
    if (instant_is_zero(run->ended) || run->is_taken_back)
        return false;
    for (size_t i = 0; i < incident->run_count; i++)
        if (incident->runs[i].undoes == run->run && !instant_is_zero(incident->runs[i].ended) &&
            !incident->runs[i].is_taken_back)
            return false;
    return true;
}

static void keep(struct incidents *incidents, struct incident *incident, struct incident_run run)
{
    if (!incident->runs)
        incident->runs = arena_array(incidents->arena, INCIDENT_RUNS_MAX, sizeof run);
    if (incident->run_count < INCIDENT_RUNS_MAX)
        incident->runs[incident->run_count++] = run;
}

void incident_fold_run(struct incidents *incidents, struct incident *incident,
                       const struct event *event)
{
    struct incident_run run = {.run = event_int(event, "run"),
                               .undoes = event_int(event, "undoes")};
    struct incident_run *known = NULL;
    for (size_t i = 0; i < incident->run_count; i++)
        if (incident->runs[i].run == run.run)
            known = &incident->runs[i];
    if (known) { /* what it is for was corrected */
        run.ended = known->ended;
        run.is_taken_back = known->is_taken_back;
        run.is_taking_back = known->is_taking_back;
    }
    str_keep(run.procedure, sizeof run.procedure, event_str(event, "procedure"));
    str_keep(run.purpose, sizeof run.purpose, event_str(event, "purpose"));
    str_keep(run.undo, sizeof run.undo, event_str(event, "undo"));
    if (known)
        *known = run;
    else
        keep(incidents, incident, run);
}

void incident_fold_runs(struct incidents *incidents, const struct event *event)
{
    if (event->kind != EVENT_RUN_ENDED && event->kind != EVENT_RUN_TAKEN_BACK)
        return;
    for (size_t i = 0; i < incidents->count; i++)
        for (size_t k = 0; k < incidents->items[i]->run_count; k++) {
            struct incident_run *run = &incidents->items[i]->runs[k];
            if (run->run != event_int(event, "number"))
                continue;
            if (event->kind == EVENT_RUN_TAKEN_BACK) {
                run->is_taking_back = true;
                continue;
            }
            run->ended = event->at;
            run->is_taken_back = run->is_taking_back;
        }
}

void incident_take_work(struct incidents *incidents, struct incident *to, struct incident *from)
{
    incident_take_breach(incidents, to, from);
    for (size_t i = 0; i < from->run_count; i++)
        if (!incident_find_run(to, from->runs[i].run))
            keep(incidents, to, from->runs[i]);
}

/* Its room for runs stays with it. */
void incident_drop_work(struct incidents *incidents, struct incident *incident)
{
    if (!incident->breach)
        return;
    incident->breach->next_free = incidents->free_breaches;
    incidents->free_breaches = incident->breach;
    incident->breach = NULL;
}

bool incident_link_run(const struct incident_world *world, const struct incident_call *call,
                       struct event_list *out, struct err *err)
{
    const struct incident *incident = incident_find_going(world, call->number, err);
    if (!incident)
        return false;
    const struct incident_run *known = incident_find_run(incident, call->other);
    if (known && str_is(call->purpose, known->purpose))
        return err_set(err, ERR_REFUSED, NULL,
                       "Run %lld is linked with incident %lld already, as its %s; --as says what "
                       "else it is.",
                       (long long)call->other, (long long)call->number, known->purpose);
    if (!known && incident->run_count == INCIDENT_RUNS_MAX)
        return err_set(err, ERR_REFUSED, NULL, "Incident %lld has %d linked runs already.",
                       (long long)call->number, INCIDENT_RUNS_MAX);
    struct event *event =
        incident_call_event(world, call, EVENT_INCIDENT_RUN_LINKED, call->number, out);
    event_set_int(event, "run", call->other);
    event_set_str(event, "procedure", call->text);
    event_set_str(event, "statement", call->rule);
    event_set_str(event, "purpose", call->purpose);
    event_set_str(event, "undo", call->undo);
    event_set_int(event, "undoes", call->item);
    return true;
}
