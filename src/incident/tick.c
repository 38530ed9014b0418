/* tick.c - ticks of the response checklist: by people, and by the actions that its words name.
 *
 * What proves an action is folded with the number of its entry; a box that is bound to it and not
 * ticked is ticked by the next decision. A person who takes a tick back is not overruled by the
 * same proof, only by a newer one. */
#include "incident/inside.h"

#include "incident/round.h"

/* Which fact of an incident proves which action, and in which words. One row for each; the fact has
 * the incident's number in its field "number". */
static const struct {
    enum event_kind kind;
    enum tick_binding binding;
    const char *by; /* the field that names who did it; NULL: the actor */
    bool by_people; /* what Reeve itself did proves nothing */
    bool names;     /* who did it stands before the words */
    const char *because;
} proofs[] = {
    {EVENT_INCIDENT_ACKNOWLEDGED, TICK_ACKNOWLEDGED, "person", false, true, "acknowledged it"},
    {EVENT_INCIDENT_SEVERITY_CHANGED, TICK_SEVERITY, NULL, true, true, "changed the severity"},
    {EVENT_INCIDENT_SEVERITY_CONFIRMED, TICK_SEVERITY, NULL, true, true, "confirmed the severity"},
    {EVENT_INCIDENT_MITIGATED, TICK_MITIGATED, NULL, false, false,
     "it is mitigated: none of its rules fires"},
    {EVENT_CHANNEL_CREATED, TICK_CHANNEL, NULL, false, false, "its channel is created"},
};

static bool is_tick_of(const struct incident_tick *tick, struct str words, int64_t item)
{
    return str_is(words, tick->words) && (words.n > 0 || tick->item == item);
}

/* Where the tick of a box stands, known by what it says or, in older facts, by its place. */
static struct incident_tick *tick_of(struct incident *incident, struct str words, int64_t item)
{
    for (size_t i = 0; i < incident->tick_count; i++)
        if (is_tick_of(&incident->ticks[i], words, item))
            return &incident->ticks[i];
    size_t at = incident->tick_count;
    if (at == INCIDENT_TICKS_MAX) {
        at = 0; /* of an earlier checklist: no runbook has as many boxes */
        while (at < INCIDENT_TICKS_MAX - 1 && incident->ticks[at].done)
            at++;
        memmove(&incident->ticks[at], &incident->ticks[at + 1],
                (INCIDENT_TICKS_MAX - 1 - at) * sizeof *incident->ticks);
        at = --incident->tick_count;
    }
    incident->tick_count++;
    incident->ticks[at] = (struct incident_tick){.item = item};
    str_keep(incident->ticks[at].words, sizeof incident->ticks[at].words, words);
    return &incident->ticks[at];
}

const struct incident_tick *incident_find_tick(const struct incident *incident,
                                               const struct severity_plan *plan, int i)
{
    static const struct incident_tick none;
    const struct incident_tick *by_place = &none;
    struct str words = str_of(plan->checklist[i].words);
    for (size_t at = 0; at < incident->tick_count; at++) {
        const struct incident_tick *tick = &incident->ticks[at];
        if (words.n > 0 && is_tick_of(tick, words, 0))
            return tick;
        if (is_tick_of(tick, STR(""), i + 1))
            by_place = tick;
    }
    return by_place;
}

void incident_take_ticks(struct incident *to, const struct incident *from)
{
    for (size_t i = 0; i < from->tick_count; i++) {
        const struct incident_tick *tick = &from->ticks[i];
        /* That the other one was mitigated says nothing of this one. */
        if (!tick->done || (tick->entry > 0 && tick->entry == from->mitigated_entry))
            continue;
        struct incident_tick *same = tick_of(to, str_of(tick->words), tick->item);
        if (!same->done)
            *same = *tick;
    }
}

static void prove(struct incident *incident, enum tick_binding binding, const struct event *event,
                  struct incident_proof proof)
{
    struct incident_proof *of = &incident->proofs[binding];
    struct str by = actor_name(proof.by[0] ? str_of(proof.by) : event->actor);
    *of = (struct incident_proof){.entry = proof.entry, .run = proof.run, .kind = event->kind};
    str_keep(of->by, sizeof of->by, by);
}

/* A role for it: "investigator", "root cause", "analyst". */
static bool investigates(struct str role)
{
    static const char *const words[] = {"investigat", "root cause", "root-cause", "analyst"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_find_nocase(role, words[i], 0) < role.n)
            return true;
    return false;
}

static void prove_by_run(struct incident *incident, const struct incident_run *run,
                         const struct event *event, int64_t sequence)
{
    bool ended = !instant_is_zero(run->ended) && !run->is_taken_back;
    struct incident_proof proof = {.entry = sequence, .run = run->run};
    if (ended && strcmp(run->purpose, "fix") == 0)
        prove(incident, TICK_FIXED, event, proof);
    else if (ended && strcmp(run->purpose, "mitigation") == 0)
        prove(incident, TICK_MITIGATED, event, proof);
    else if (event->kind == EVENT_INCIDENT_RUN_LINKED && strcmp(run->purpose, "diagnosis") == 0)
        prove(incident, TICK_DIAGNOSIS, event, proof);
}

static void prove_runs(struct incidents *incidents, const struct event *event, int64_t sequence)
{
    bool linked = event->kind == EVENT_INCIDENT_RUN_LINKED;
    int64_t run = event_int(event, linked ? "run" : "number");
    for (size_t i = 0; i < incidents->count; i++) {
        struct incident *incident = incidents->items[i];
        const struct incident_run *found = incident_find_run(incident, run);
        if (found && (!linked || incident->number == event_int(event, "number")))
            prove_by_run(incident, found, event, sequence);
    }
}

static void prove_known(struct incident *incident, const struct event *event, int64_t sequence)
{
    bool role =
        event->kind == EVENT_INCIDENT_ROLE_GIVEN || event->kind == EVENT_INCIDENT_ROLE_HANDED_OVER;
    struct incident_proof proof = {.entry = sequence};
    for (size_t i = 0; i < sizeof proofs / sizeof *proofs; i++) {
        if (event->kind != proofs[i].kind || (proofs[i].by_people && str_is(event->actor, "reeve")))
            continue;
        if (proofs[i].by)
            str_keep(proof.by, sizeof proof.by, event_str(event, proofs[i].by));
        prove(incident, proofs[i].binding, event, proof);
    }
    if (event->kind == EVENT_INCIDENT_MITIGATED)
        incident->mitigated_entry = sequence;
    if (role && investigates(event_str(event, "role"))) {
        str_keep(proof.by, sizeof proof.by, event_str(event, "person"));
        prove(incident, TICK_DIAGNOSIS, event, proof);
    }
    /* What a person takes back, only a newer proof sets again. */
    bool taken_back = event->kind == EVENT_INCIDENT_UNTICKED ||
                      (event->kind == EVENT_INCIDENT_TICKED && event_int(event, "done") == 0);
    int64_t item = taken_back ? event_int(event, "item") : 0;
    if (item >= 1 && item <= CHECKLIST_ITEMS_MAX)
        tick_of(incident, event_str(event, "words"), item)->held = sequence;
}

void incident_prove(struct incidents *incidents, const struct event *event, int64_t sequence)
{
    if (event->kind == EVENT_INCIDENT_RUN_LINKED || event->kind == EVENT_RUN_ENDED)
        prove_runs(incidents, event, sequence);
    bool is_own = event->kind >= EVENT_INCIDENT_OPENED && event->kind <= EVENT_INCIDENT_UNTICKED;
    if (!is_own && event->kind != EVENT_CHANNEL_CREATED)
        return;
    struct incident *incident = incident_find(incidents, event_int(event, "number"));
    if (incident)
        prove_known(incident, event, sequence);
}

void incident_fold_ticked(struct incident *incident, const struct event *event)
{
    bool by_action = event->kind == EVENT_INCIDENT_TICKED_BY_ACTION;
    int64_t item = event_int(event, "item");
    if (item < 1 || item > CHECKLIST_ITEMS_MAX)
        return;
    struct incident_tick *tick = tick_of(incident, event_str(event, "words"), item);
    struct str by = by_action ? event_str(event, "by") : actor_name(event->actor);
    tick->done =
        by_action || (event->kind == EVENT_INCIDENT_TICKED && event_int(event, "done") != 0);
    tick->at = event->at;
    tick->entry = by_action ? event_int(event, "entry") : 0;
    str_keep(tick->by, sizeof tick->by, by);
    str_keep(tick->because, sizeof tick->because,
             by_action ? event_str(event, "because") : STR(""));
}

/* --- decisions --- */

static struct str because_of(struct arena *arena, const struct incident *incident,
                             const struct incident_proof *proof)
{
    const struct incident_run *run = incident_find_run(incident, proof->run);
    if (run)
        return str_printf(arena, "run %lld, %s, has %s", (long long)run->run, run->procedure,
                          proof->kind == EVENT_RUN_ENDED || strcmp(run->purpose, "diagnosis") != 0
                              ? "ended"
                              : "begun");
    for (size_t i = 0; i < sizeof proofs / sizeof *proofs; i++)
        if (proofs[i].kind == proof->kind && proofs[i].names)
            return str_printf(arena, "%s %s", proof->by, proofs[i].because);
        else if (proofs[i].kind == proof->kind)
            return str_of(proofs[i].because);
    return str_printf(arena, "%s has that role", proof->by);
}

static void set_box(struct event *event, const struct severity_plan *plan, int i)
{
    event_set_int(event, "item", i + 1);
    event_set_str(event, "text", plan->checklist[i].text);
    event_set_str(event, "words", str_of(plan->checklist[i].words));
}

static void untick(const struct incident_world *world, const struct incident *incident, int item,
                   struct str why, struct event_list *out)
{
    struct event *event =
        event_list_add(out, EVENT_INCIDENT_UNTICKED, world->now, STR("reeve"),
                       str_printf(out->arena, "incident:%lld", (long long)incident->number));
    event_set_int(event, "number", incident->number);
    set_box(event, world->plan, item);
    event_set_str(event, "reason", why);
}

/* Why a tick by an action is no longer true: the incident goes on, or the run that it was ticked by
 * is said to be something else; "": it is, as far as anybody knows. */
static struct str why_untrue(struct arena *arena, const struct incident *incident,
                             const struct incident_tick *tick, enum tick_binding binding)
{
    static const char *const purposes[TICK_BINDINGS] = {
        [TICK_MITIGATED] = "mitigation", [TICK_FIXED] = "fix", [TICK_DIAGNOSIS] = "diagnosis"};
    const struct incident_proof *proof = &incident->proofs[binding];
    if (!tick->done || tick->entry == 0)
        return STR("");
    if (tick->entry == incident->mitigated_entry && incident_is_going_on(incident))
        return STR("it is not mitigated any more");
    if (binding == TICK_ACKNOWLEDGED && instant_is_zero(incident->acknowledged) &&
        incident->reopened > 0 && instant_before(tick->at, incident->reopened_at))
        return STR("it came back, and nobody has acknowledged it since");
    const struct incident_run *run =
        proof->entry == tick->entry ? incident_find_run(incident, proof->run) : NULL;
    if (run && purposes[binding] && strcmp(run->purpose, purposes[binding]) != 0)
        return str_printf(arena, "run %lld is its %s", (long long)run->run, run->purpose);
    return STR("");
}

void incident_decide_ticks(const struct incident_world *world, const struct incident *incident,
                           struct event_list *out)
{
    const struct severity_plan *plan = world->plan;
    for (int i = 0; i < plan->checklist_count; i++) {
        const struct incident_tick *tick = incident_find_tick(incident, plan, i);
        const struct incident_proof *proof = &incident->proofs[plan->checklist[i].binding];
        struct str why = why_untrue(out->arena, incident, tick, plan->checklist[i].binding);
        if (why.n > 0)
            untick(world, incident, i, why, out);
        if (tick->done || plan->checklist[i].binding == TICK_BY_HAND || proof->entry <= tick->held)
            continue;
        struct event *event =
            event_list_add(out, EVENT_INCIDENT_TICKED_BY_ACTION, world->now, STR("reeve"),
                           str_printf(out->arena, "incident:%lld", (long long)incident->number));
        event_set_int(event, "number", incident->number);
        set_box(event, plan, i);
        event_set_str(event, "by", str_copy(out->arena, str_of(proof->by)));
        event_set_str(event, "because", because_of(out->arena, incident, proof));
        event_set_int(event, "entry", proof->entry);
    }
}

void incident_tick_closed(const struct incident_world *world, const struct incident_call *call,
                          struct event_list *out)
{
    const struct severity_plan *plan = world->plan;
    const struct incident *incident = incident_find(world->incidents, call->number);
    int64_t closed = world->sequence + (int64_t)out->count; /* what is in out is one batch */
    for (int i = 0; i < plan->checklist_count; i++) {
        if (plan->checklist[i].binding != TICK_POSTMORTEM ||
            (incident && incident_find_tick(incident, plan, i)->done))
            continue;
        struct event *event =
            incident_call_event(world, call, EVENT_INCIDENT_TICKED_BY_ACTION, call->number, out);
        event->actor = STR("reeve");
        set_box(event, plan, i);
        event_set_str(event, "by", str_copy(out->arena, actor_name(call->actor)));
        event_set_str(event, "because",
                      str_printf(out->arena, "%.*s closed it with its postmortem",
                                 STR_ARGS(actor_name(call->actor))));
        event_set_int(event, "entry", closed);
    }
}

/* --- what people ask --- */

static bool take_back(const struct incident_world *world, const struct incident_call *call,
                      const struct incident_tick *tick, struct event_list *out, struct err *err)
{
    if (tick->because[0] && str_trim(call->text).n == 0)
        return err_set(
            err, ERR_USAGE, NULL,
            "Item %lld was ticked because %s; say with --reason why that does not count.",
            (long long)call->item, tick->because);
    struct event *event = incident_call_event(
        world, call, str_trim(call->text).n > 0 ? EVENT_INCIDENT_UNTICKED : EVENT_INCIDENT_TICKED,
        call->number, out);
    set_box(event, world->plan, (int)call->item - 1);
    if (str_trim(call->text).n > 0)
        event_set_str(event, "reason", call->text);
    else
        event_set_int(event, "done", 0);
    return true;
}

bool incident_tick(const struct incident_world *world, const struct incident_call *call,
                   struct event_list *out, struct err *err)
{
    const struct incident *incident = incident_find_going(world, call->number, err);
    int count = world->plan->checklist_count;
    if (!incident)
        return false;
    if (count == 0)
        return err_set(err, ERR_USAGE, NULL,
                       "The runbook has no response checklist, so there is nothing to tick.");
    if (call->item < 1 || call->item > count)
        return err_set(err, ERR_USAGE, NULL, "The checklist has no item %lld; it has 1 to %d.",
                       (long long)call->item, count);
    const struct incident_tick *tick =
        incident_find_tick(incident, world->plan, (int)call->item - 1);
    if (tick->done == call->done)
        return true;
    if (!call->done)
        return take_back(world, call, tick, out, err);
    struct event *event =
        incident_call_event(world, call, EVENT_INCIDENT_TICKED, call->number, out);
    set_box(event, world->plan, (int)call->item - 1);
    event_set_int(event, "done", 1);
    return true;
}
