/* breach_ask.c - what people say of a breach: that it is one, or none, since when it was known of,
 * what was done, whether the authority was told. */
#include "incident/inside.h"

enum { AWARE_EARLIEST_DAYS = 365 };

static bool check_aware(const struct incident_world *world, struct instant aware, struct err *err)
{
    if (instant_is_zero(aware))
        return true;
    if (instant_before(world->now, aware))
        return err_set(err, ERR_USAGE, NULL, "Nobody can have known of it in the future.");
    if (instant_ms_between(aware, world->now) / (24 * 60 * 60 * 1000) >= AWARE_EARLIEST_DAYS)
        return err_set(err, ERR_USAGE, NULL, "That is more than a year ago; is the date right?");
    return true;
}

static bool withdraw(const struct incident_world *world, const struct incident_call *call,
                     const struct incident *incident, struct event_list *out, struct err *err)
{
    if (!incident->breach)
        return err_set(err, ERR_REFUSED, NULL, "Incident %lld has no breach timeline.",
                       (long long)call->number);
    struct event *event =
        incident_call_event(world, call, EVENT_INCIDENT_BREACH_WITHDRAWN, call->number, out);
    event_set_str(event, "reason", call->text);
    return true;
}

bool incident_breach(const struct incident_world *world, const struct incident_call *call,
                     struct event_list *out, struct err *err)
{
    const struct incident *incident = incident_find_going(world, call->number, err);
    if (!incident || !check_aware(world, call->due, err))
        return false;
    if (str_trim(call->text).n == 0)
        return err_set(err, ERR_USAGE, NULL,
                       "Say why: who saw what, when. It stands in the record.");
    if (!call->done)
        return withdraw(world, call, incident, out, err);
    if (!incident->breach) {
        struct incident_begin begin = {incident, call->actor, str_cut(call->text, 400), call->due};
        incident_begin_breach(world, &begin, out);
        if (instant_is_zero(call->due))
            return true;
    } else if (instant_is_zero(call->due)) {
        return err_set(err, ERR_REFUSED, NULL,
                       "The breach timeline of incident %lld runs already; --aware TIME says since "
                       "when it was known of, --no that it is none.",
                       (long long)call->number);
    }
    struct event *event = incident_call_event(world, call, EVENT_INCIDENT_AWARE, call->number, out);
    event_set_instant(event, "from", call->due);
    event_set_instant(event, "before", incident->breach ? incident->breach->aware : call->due);
    event_set_str(event, "reason", call->text);
    return true;
}

/* The incident with a timeline, and words; else NULL and a sentence. Also one that is resolved:
 * what it left is still owed, and the law's clock runs on. */
static const struct incident *find(const struct incident_world *world,
                                   const struct incident_call *call, struct err *err)
{
    const struct incident *known = incident_find(world->incidents, call->number);
    bool runs_on = known && known->breach && !known->merged_into;
    const struct incident *incident =
        runs_on ? known : incident_find_going(world, call->number, err);
    if (incident && !incident->breach)
        err_set(err, ERR_REFUSED, NULL,
                "Incident %lld has no breach timeline; \"reeve incident breach %lld WHY\" begins "
                "it.",
                (long long)call->number, (long long)call->number);
    else if (incident && str_trim(call->text).n == 0)
        err_set(err, ERR_USAGE, NULL, "Say what was done, or why it was not.");
    else
        return incident;
    return NULL;
}

/* What was left of a resolved one became a follow-up, which is done, or owed again, with it. */
static void set_owed(const struct incident_world *world, const struct incident_call *call,
                     const struct incident *incident, struct event_list *out)
{
    struct str text = incident_breach_owed(out->arena, incident->breach, call->item);
    for (size_t i = 0; i < world->incidents->follow_up_count; i++) {
        const struct follow_up *owed = world->incidents->follow_ups[i];
        if (owed->incident != incident->number || !str_is(text, owed->text) ||
            call->done != instant_is_zero(owed->done))
            continue;
        struct event *event = incident_call_event(world, call,
                                                  call->done ? EVENT_INCIDENT_FOLLOW_UP_DONE
                                                             : EVENT_INCIDENT_FOLLOW_UP_REOPENED,
                                                  incident->number, out);
        event_set_int(event, "follow_up", owed->number);
        event_set_str(event, call->done ? "note" : "reason", call->text);
    }
}

bool incident_deed(const struct incident_world *world, const struct incident_call *call,
                   struct event_list *out, struct err *err)
{
    const struct incident *incident = find(world, call, err);
    if (!incident)
        return false;
    const struct breach *breach = incident->breach;
    if (call->item < 1 || call->item > breach->count)
        return err_set(err, ERR_USAGE, NULL,
                       "The breach timeline of incident %lld has no line %lld; it has %d.",
                       (long long)call->number, (long long)call->item, breach->count);
    const struct breach_line *line = &breach->lines[call->item - 1];
    if (call->done != instant_is_zero(line->done))
        return err_set(err, ERR_REFUSED, NULL, "Line %lld is %s already; nothing changed.",
                       (long long)call->item, call->done ? line->how : "open");
    struct event *event = incident_call_event(
        world, call, call->done ? EVENT_INCIDENT_DEED_DONE : EVENT_INCIDENT_DEED_UNDONE,
        call->number, out);
    event_set_int(event, "item", call->item);
    event_set_str(event, "text", str_copy(out->arena, str_of(line->text)));
    event_set_str(event, call->done ? "note" : "reason", call->text);
    if (call->done)
        event_set_str(event, "how", call->anyway ? STR("not required") : STR("done"));
    set_owed(world, call, incident, out);
    return true;
}

bool incident_authority(const struct incident_world *world, const struct incident_call *call,
                        struct event_list *out, struct err *err)
{
    const struct incident *incident = find(world, call, err);
    if (!incident)
        return false;
    if (call->done == incident->breach->is_law_over)
        return err_set(err, ERR_REFUSED, NULL,
                       call->done ? "The legal clock of incident %lld was ended already; take that "
                                    "back with --undo first."
                                  : "The legal clock of incident %lld runs; nothing changed.",
                       (long long)call->number);
    enum event_kind kind = !call->done    ? EVENT_INCIDENT_DEED_UNDONE
                           : call->anyway ? EVENT_INCIDENT_AUTHORITY_WAIVED
                                          : EVENT_INCIDENT_AUTHORITY_TOLD;
    struct event *event = incident_call_event(world, call, kind, call->number, out);
    event_set_str(event, kind == EVENT_INCIDENT_AUTHORITY_TOLD ? "note" : "reason", call->text);
    if (!call->done) {
        event_set_int(event, "item", 0);
        event_set_str(event, "text", STR("the notification of the supervisory authority"));
    }
    set_owed(world, call, incident, out);
    return true;
}
