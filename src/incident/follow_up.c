/* follow_up.c - what is to be done after an incident, and whether its postmortem was written. */
#include "incident/inside.h"

struct follow_up *follow_up_find(const struct incidents *incidents, int64_t number)
{
    for (size_t i = 0; i < incidents->follow_up_count; i++)
        if (incidents->follow_ups[i]->number == number)
            return incidents->follow_ups[i];
    return NULL;
}

size_t follow_up_count_open(const struct incidents *incidents)
{
    size_t count = 0;
    for (size_t i = 0; i < incidents->follow_up_count; i++)
        count += instant_is_zero(incidents->follow_ups[i]->done);
    return count;
}

/* The oldest that is done gives its place; NULL: all are to be done. */
static struct follow_up *take_done(struct incidents *incidents)
{
    for (size_t i = 0; i < incidents->follow_up_count; i++) {
        struct follow_up *follow_up = incidents->follow_ups[i];
        if (instant_is_zero(follow_up->done))
            continue;
        incidents->follow_up_count--;
        memmove(&incidents->follow_ups[i], &incidents->follow_ups[i + 1],
                (incidents->follow_up_count - i) * sizeof(struct follow_up *));
        return follow_up;
    }
    return NULL;
}

static void fold_added(struct incidents *incidents, const struct event *event)
{
    struct follow_up *follow_up = NULL;
    incidents->last_follow_up = event_int(event, "follow_up");
    if (incidents->follow_up_count == FOLLOW_UPS_MAX)
        follow_up = take_done(incidents);
    else
        follow_up = arena_make(incidents->arena, struct follow_up);
    if (!follow_up)
        return; /* a foreign ledger: the command refuses it */
    *follow_up = (struct follow_up){.number = event_int(event, "follow_up"),
                                    .incident = event_int(event, "number"),
                                    .added = event->at,
                                    .due = event_instant(event, "due")};
    str_keep(follow_up->text, sizeof follow_up->text, event_str(event, "text"));
    str_keep(follow_up->owner, sizeof follow_up->owner, event_str(event, "owner"));
    follow_up->told_level = str_is(actor_name(event->actor), follow_up->owner) ? 1 : 0;
    incidents->follow_ups[incidents->follow_up_count++] = follow_up;
}

void follow_up_fold(struct incidents *incidents, const struct event *event)
{
    if (event->kind == EVENT_INCIDENT_FOLLOW_UP_ADDED) {
        fold_added(incidents, event);
        return;
    }
    struct follow_up *follow_up = follow_up_find(incidents, event_int(event, "follow_up"));
    if (!follow_up)
        return;
    if (event->kind == EVENT_INCIDENT_FOLLOW_UP_TOLD) {
        follow_up->told_level = event_int(event, "level");
        follow_up->told_with = event_int(event, "with");
        str_keep(follow_up->told, sizeof follow_up->told, event_str(event, "owner"));
        return;
    }
    if (event->kind == EVENT_INCIDENT_FOLLOW_UP_OVERDUE) {
        follow_up->is_overdue = true;
        return;
    }
    bool done = event->kind == EVENT_INCIDENT_FOLLOW_UP_DONE;
    follow_up->done = done ? event->at : (struct instant){0};
    follow_up->is_overdue = false;
}

void incident_fold_entry(struct incidents *incidents, const struct event *event, int64_t sequence)
{
    bool erased = event->kind == EVENT_TEXT_ERASED;
    incident_prove(incidents, event, sequence);
    if (event->kind == EVENT_INCIDENT_FOLLOW_UP_ADDED) {
        struct follow_up *follow_up = follow_up_find(incidents, event_int(event, "follow_up"));
        if (follow_up)
            follow_up->entry = sequence;
    }
    for (size_t i = 0; erased && i < incidents->follow_up_count; i++)
        if (incidents->follow_ups[i]->entry == event_int(event, "entry"))
            incidents->follow_ups[i]->text[0] = '\0';
}

/* --- what was resolved --- */

static struct incident_ended *find_ended(struct incidents *incidents, int64_t number)
{
    for (size_t i = incidents->ended_count; i-- > 0;)
        if (incidents->ended[i].number == number)
            return &incidents->ended[i];
    return NULL;
}

const struct incident_ended *incident_ended_find(const struct incidents *incidents, int64_t number)
{
    for (size_t i = incidents->ended_count; i-- > 0;)
        if (incidents->ended[i].number == number)
            return &incidents->ended[i];
    return NULL;
}

static void remove_ended(struct incidents *incidents, size_t at)
{
    incidents->ended_count--;
    memmove(&incidents->ended[at], &incidents->ended[at + 1],
            (incidents->ended_count - at) * sizeof *incidents->ended);
}

/* Those that are closed go first, then those that were resolved longest ago. */
static void make_room(struct incidents *incidents)
{
    size_t at = 0;
    while (at < incidents->ended_count && instant_is_zero(incidents->ended[at].closed))
        at++;
    remove_ended(incidents, at < incidents->ended_count ? at : 0);
}

static void fold_resolved(struct incidents *incidents, const struct event *event)
{
    const struct incident *incident = incident_find(incidents, event_int(event, "number"));
    if (!incident || incident->state != INCIDENT_RESOLVED ||
        find_ended(incidents, incident->number))
        return;
    if (incidents->ended_count == INCIDENT_ENDED_MAX)
        make_room(incidents);
    struct incident_ended *ended = &incidents->ended[incidents->ended_count++];
    *ended = (struct incident_ended){.number = incident->number, .resolved = event->at};
    str_keep(ended->severity, sizeof ended->severity, str_of(incident->severity));
    str_keep(ended->title, sizeof ended->title, str_of(incident->title));
}

void incident_fold_ended(struct incidents *incidents, const struct event *event)
{
    struct incident_ended *ended = find_ended(incidents, event_int(event, "number"));
    if (event->kind == EVENT_INCIDENT_RESOLVED)
        fold_resolved(incidents, event);
    else if (ended && event->kind == EVENT_INCIDENT_REOPENED)
        remove_ended(incidents, (size_t)(ended - incidents->ended));
    else if (ended && event->kind != EVENT_INCIDENT_REOPENED)
        ended->closed = event->at;
}

/* --- decisions --- */

static bool becomes_overdue(const struct follow_up *follow_up)
{
    return instant_is_zero(follow_up->done) && !follow_up->is_overdue &&
           !instant_is_zero(follow_up->due);
}

void follow_up_decide(const struct incident_world *world, struct event_list *out)
{
    const struct incidents *incidents = world->incidents;
    for (size_t i = 0; i < incidents->follow_up_count; i++) {
        const struct follow_up *follow_up = incidents->follow_ups[i];
        if (!becomes_overdue(follow_up) || instant_before(world->now, follow_up->due))
            continue;
        struct event *event =
            event_list_add(out, EVENT_INCIDENT_FOLLOW_UP_OVERDUE, world->now, STR("reeve"),
                           str_printf(out->arena, "incident:%lld", (long long)follow_up->incident));
        event_set_int(event, "number", follow_up->incident);
        event_set_int(event, "follow_up", follow_up->number);
        event_set_str(event, "owner", str_copy(out->arena, str_of(follow_up->owner)));
        event_set_instant(event, "due", follow_up->due);
    }
}

void follow_up_next(const struct incidents *incidents, struct instant *earliest)
{
    for (size_t i = 0; i < incidents->follow_up_count; i++)
        if (becomes_overdue(incidents->follow_ups[i]))
            incident_take_earlier(earliest, incidents->follow_ups[i]->due);
}

/* --- commands --- */

static struct str when_of(struct arena *arena, struct instant due)
{
    char at[INSTANT_TEXT_BYTES];
    if (instant_is_zero(due))
        return STR("without a date");
    instant_write(due, at);
    return str_printf(arena, "due %.10s %.5s UTC", at, at + 11);
}

/* Of what was merged, what is to be done is to be done for what it went on in. */
static int64_t goes_on_as(const struct incidents *incidents, int64_t number)
{
    const struct incident *incident = incident_find(incidents, number);
    for (size_t i = 0; incident && incident->merged_into && i < incidents->count; i++) {
        number = incident->merged_into;
        incident = incident_find(incidents, number);
    }
    return number;
}

bool follow_up_add(const struct incident_world *world, const struct incident_call *call,
                   struct event_list *out, struct err *err)
{
    const struct incidents *incidents = world->incidents;
    if (call->number < 1 || call->number > incidents->last_number)
        return err_set(err, ERR_USAGE, NULL, "There never was an incident %lld.",
                       (long long)call->number);
    if (str_trim(call->text).n == 0)
        return err_set(err, ERR_USAGE, NULL, "A follow-up needs words: say what is to be done.");
    if (!instant_is_zero(call->due) && !instant_before(world->now, call->due))
        return err_set(err, ERR_USAGE, NULL,
                       "The follow-up would be due in the past; give a day that is to come.");
    if (follow_up_count_open(incidents) >= FOLLOW_UPS_MAX)
        return err_set(err, ERR_REFUSED, NULL, "%d follow-ups are to be done; end one first.",
                       FOLLOW_UPS_MAX);
    struct event *event = incident_call_event(world, call, EVENT_INCIDENT_FOLLOW_UP_ADDED,
                                              goes_on_as(incidents, call->number), out);
    event_set_int(event, "follow_up", incidents->last_follow_up + 1);
    event_set_str(event, "owner",
                  call->person.n ? str_copy(out->arena, call->person) : STR(FOLLOW_UP_UNOWNED));
    event_set_instant(event, "due", call->due);
    event_set_str(event, "when", when_of(out->arena, call->due));
    event_set_str(event, "text", call->text);
    return true;
}

bool follow_up_set(const struct incident_world *world, const struct incident_call *call,
                   struct event_list *out, struct err *err)
{
    const struct follow_up *follow_up = follow_up_find(world->incidents, call->other);
    if (!follow_up)
        return err_set(err, ERR_USAGE, NULL,
                       call->other >= 1 && call->other <= world->incidents->last_follow_up
                           ? "Follow-up %lld was done long ago; add a new one."
                           : "There is no follow-up %lld; \"reeve incident follow-up list\" shows "
                             "them.",
                       (long long)call->other);
    if (call->done != instant_is_zero(follow_up->done))
        return err_set(err, ERR_REFUSED, NULL, "Follow-up %lld is %s already.",
                       (long long)call->other, call->done ? "done" : "open");
    if (str_trim(call->text).n == 0)
        return err_set(err, ERR_USAGE, NULL, "Say what was done, or why it is not.");
    struct event *event = incident_call_event(
        world, call, call->done ? EVENT_INCIDENT_FOLLOW_UP_DONE : EVENT_INCIDENT_FOLLOW_UP_REOPENED,
        follow_up->incident, out);
    event_set_int(event, "follow_up", follow_up->number);
    event_set_str(event, call->done ? "note" : "reason", call->text);
    return true;
}

bool incident_close(const struct incident_world *world, const struct incident_call *call,
                    struct event_list *out, struct err *err)
{
    const struct incidents *incidents = world->incidents;
    const struct incident *incident = incident_find(incidents, call->number);
    const struct incident_ended *ended = incident_ended_find(incidents, call->number);
    if (call->number < 1 || call->number > incidents->last_number)
        return err_set(err, ERR_USAGE, NULL, "There never was an incident %lld.",
                       (long long)call->number);
    if (incident && incident->state != INCIDENT_RESOLVED)
        return err_set(err, ERR_REFUSED, NULL,
                       "Incident %lld is %s; resolve it first, and close it when its postmortem "
                       "is written.",
                       (long long)call->number, incident_state_name(incident->state));
    if (incident && incident->merged_into)
        return err_set(err, ERR_REFUSED, NULL,
                       "Incident %lld was merged into incident %lld; close that one.",
                       (long long)call->number, (long long)incident->merged_into);
    if (!ended)
        return err_set(err, ERR_REFUSED, NULL,
                       "Incident %lld was merged, or is not among the %d newest that were "
                       "resolved; nothing is left to close.",
                       (long long)call->number, INCIDENT_ENDED_MAX);
    if (!instant_is_zero(ended->closed))
        return err_set(err, ERR_REFUSED, NULL, "Incident %lld is closed already.",
                       (long long)call->number);
    if (str_trim(call->text).n == 0)
        return err_set(err, ERR_USAGE, NULL,
                       "Say where its postmortem is, or with --waive why there is none.");
    struct event *event = incident_call_event(
        world, call, call->done ? EVENT_INCIDENT_CLOSED : EVENT_INCIDENT_CLOSED_WITHOUT,
        call->number, out);
    event_set_str(event, call->done ? "where" : "reason", call->text);
    if (call->done)
        incident_tick_closed(world, call, out);
    return true;
}
