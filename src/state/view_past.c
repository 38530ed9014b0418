/* view_past.c - an incident as its own facts tell it, whether or not the state still has it. */
#include "state/world.h"

static void take_opened(struct past_view *past, const struct event *event)
{
    past->severity = past->first_severity = event_str(event, "severity");
    past->title = event_str(event, "title");
    past->cause = event_str(event, "cause");
    past->rule = event_str(event, "rule");
    past->line = event_int(event, "line");
    past->opened = past->begun = event->at;
    past->opened_by = actor_name(event->actor);
    past->is_by_hand = past->rule.n == 0;
    past->state = STR("open");
}

static void take_acknowledged(struct past_view *past, const struct event *event)
{
    if (instant_is_zero(past->acknowledged)) {
        past->acknowledged = event->at;
        past->acknowledged_by = event_str(event, "person");
    }
    if (str_is(past->state, "open"))
        past->state = STR("acknowledged");
}

static void take_mitigated(struct past_view *past, const struct event *event)
{
    past->mitigated = event->at;
    if (instant_is_zero(past->first_mitigated))
        past->first_mitigated = event->at;
    past->state = STR("mitigated");
}

static void take_reopened(struct past_view *past)
{
    past->mitigated = past->resolved = past->closed = past->ended = (struct instant){0};
    past->reopened++;
    past->state = STR("open");
}

static void take_end(struct past_view *past, const struct event *event)
{
    if (event->kind == EVENT_INCIDENT_RESOLVED) {
        past->resolved = past->ended = event->at;
        past->resolved_by = actor_name(event->actor);
        past->resolved_note = event_str(event, "note");
        past->state = STR("resolved");
    } else if (event->kind == EVENT_INCIDENT_MERGED) {
        past->ended = event->at;
        past->merged_into = event_int(event, "into");
        past->state = STR("merged");
    } else {
        past->is_waived = event->kind == EVENT_INCIDENT_CLOSED_WITHOUT;
        past->closed = event->at;
        past->closed_by = actor_name(event->actor);
        past->closed_words = event_str(event, past->is_waived ? "reason" : "where");
        past->state = STR("closed");
    }
}

static void take_merged(struct past_view *past, const struct event *event)
{
    struct instant opened = event_instant(event, "opened");
    if (!instant_is_zero(opened) && instant_before(opened, past->begun))
        past->begun = opened;
}

static void take_role(struct past_view *past, const struct event *event)
{
    if (!str_is(event_str(event, "role"), INCIDENT_COMMANDER))
        return;
    past->commander =
        event->kind == EVENT_INCIDENT_ROLE_ENDED ? STR("") : event_str(event, "person");
}

static void take(struct past_view *past, const struct event *event)
{
    switch ((int)event->kind) {
    case EVENT_INCIDENT_OPENED: take_opened(past, event); break;
    case EVENT_INCIDENT_SEVERITY_CHANGED: past->severity = event_str(event, "to"); break;
    case EVENT_INCIDENT_RETITLED: past->title = event_str(event, "title"); break;
    case EVENT_INCIDENT_ACKNOWLEDGED: take_acknowledged(past, event); break;
    case EVENT_INCIDENT_MITIGATED: take_mitigated(past, event); break;
    case EVENT_INCIDENT_REOPENED: take_reopened(past); break;
    case EVENT_INCIDENT_TOOK_OVER: take_merged(past, event); break;
    case EVENT_INCIDENT_RESPONSE_MISSED: past->response_missed = true; break;
    case EVENT_INCIDENT_UPDATE_MISSED: past->update_missed = true; break;
    case EVENT_INCIDENT_RESOLUTION_MISSED: past->resolution_missed = true; break;
    case EVENT_INCIDENT_ROLE_GIVEN:
    case EVENT_INCIDENT_ROLE_HANDED_OVER:
    case EVENT_INCIDENT_ROLE_ENDED: take_role(past, event); break;
    case EVENT_INCIDENT_RESOLVED:
    case EVENT_INCIDENT_MERGED:
    case EVENT_INCIDENT_CLOSED:
    case EVENT_INCIDENT_CLOSED_WITHOUT: take_end(past, event); break;
    default: break;
    }
}

struct past_view view_past(int64_t number, const struct story *story)
{
    struct past_view past = {.number = number, .state = STR("unknown")};
    for (size_t i = 0; i < story->count; i++)
        if (story->events[i].kind != EVENT_KINDS)
            take(&past, &story->events[i]);
    return past;
}
