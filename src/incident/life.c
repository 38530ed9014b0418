/* life.c - which fold is whose, of all that can be said of an incident beside its states. */
#include "incident/inside.h"

void incident_fold_life(struct incidents *incidents, const struct event *event)
{
    struct incident *incident = incident_find(incidents, event_int(event, "number"));
    if (incident && event->kind == EVENT_INCIDENT_SEVERITY_CONFIRMED)
        incident->was_split = false;
    if (event->kind >= EVENT_INCIDENT_FOLLOW_UP_ADDED &&
        event->kind <= EVENT_INCIDENT_FOLLOW_UP_TOLD)
        follow_up_fold(incidents, event);
    else if (event->kind >= EVENT_INCIDENT_CLOSED && event->kind < EVENT_INCIDENT_BREACH_BEGUN)
        incident_fold_ended(incidents, event);
    else if (!incident)
        return;
    else if (event->kind >= EVENT_INCIDENT_BREACH_BEGUN)
        incident_fold_breach(incidents, incident, event);
    else if (event->kind <= EVENT_INCIDENT_ROLE_ENDED)
        incident_fold_role(incident, event);
    else if (event->kind <= EVENT_INCIDENT_UNLINKED)
        incident_fold_link(incident, event);
    else if (event->kind == EVENT_INCIDENT_MERGED)
        incident_fold_merged(incidents, incident, event);
    else if (event->kind == EVENT_INCIDENT_SPLIT)
        incident_fold_split(incidents, incident, event);
    else if (event->kind == EVENT_INCIDENT_CALLED)
        incident_add_escalation(incident, event);
    else if (event->kind == EVENT_INCIDENT_UPDATE_MISSED)
        incident->update_missed_at = event->at;
    else if (event->kind == EVENT_INCIDENT_RESOLUTION_MISSED)
        incident_fold_missed(incident, event);
}
