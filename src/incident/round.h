/* round.h - what one round of decisions about incidents has found so far: which alert is a rule's,
 * which incident a cause or a group has, and what the round itself records.
 *
 * Promises: each question is one look into a table, so that a round in which all rules fire takes
 * as long as the rules are many; tables are put together when the first question comes, so that a
 * round in which nothing changes pays for none. Reads the state and the events of its round only.
 * Refuses: to decide. */
#ifndef INCIDENT_ROUND_H
#define INCIDENT_ROUND_H

#include "incident/incident.h"

#define INCIDENT_OVERFLOW "overflow" /* the cause of the incident that gathers what is too much */

/* Is it open or acknowledged? */
static inline bool incident_is_going_on(const struct incident *incident)
{
    return incident->state == INCIDENT_OPEN || incident->state == INCIDENT_ACKNOWLEDGED;
}

/* Is it still there to be joined or reopened at now? */
static inline bool incident_is_current(const struct incident *incident, struct instant now)
{
    return incident_is_going_on(incident) ||
           (!instant_is_zero(incident->reopen_until) && now.us <= incident->reopen_until.us);
}

/* What an incident of the state is once the events of the round are folded. */
struct round_incident {
    struct str severity;
    struct str naming_rule; /* that gives it its title */
    bool reopens;
};

/* What alerts with the same causes ask for, once for all of them. */
struct round_causes {
    const struct incident_alert *firing; /* the nearest cause with an incident that goes on */
    bool waits;                          /* a cause gets its incident in this round */
};

enum round_table {
    ROUND_ALERTS, /* by rule: its first struct incident_alert */
    ROUND_CAUSES, /* current incidents by cause, the newest: struct incident */
    ROUND_GROUPS, /* incidents that began within group_ms, by group and by area, the newest */
    ROUND_AREAS,
    ROUND_OPENED, /* causes, groups and areas of the incidents that the round opens */
    ROUND_OPENED_GROUPS,
    ROUND_OPENED_AREAS,
    ROUND_JOINED, /* rules that get an incident in the round */
    ROUND_ASKED,  /* struct round_causes by the list of causes that they are of */
    ROUND_TABLES
};

struct round {
    const struct incident_world *world;
    struct event_list *out;
    size_t taken;  /* events of out that are known, or were there before */
    size_t opened; /* incidents */
    bool is_ready; /* what follows is there */
    struct map tables[ROUND_TABLES];
    struct round_incident *incidents; /* by slot */
};

/* out: what is in it already is not of the round. The tables live until round_done. */
void round_begin(struct round *round, const struct incident_world *world, struct event_list *out);
void round_done(struct round *round);

/* The alert of a rule, or NULL. */
const struct incident_alert *round_alert(struct round *round, struct str rule);
/* The newest incident of the cause that can be joined or reopened, or NULL. */
const struct incident *round_cause(struct round *round, struct str cause);
/* Does the round open an incident of the cause? Its other alerts join it in the next round. */
bool round_opens(struct round *round, struct str cause);
/* How many incidents the round opens. */
size_t round_opened(struct round *round);
/* Does the rule get an incident in this round: opened, joined, followed or reopened? */
bool round_joins(struct round *round, struct str rule);
/* An incident that began within world->group_ms with an alert of the group or area of this one, the
 * newest; NULL: none. */
const struct incident *round_group(struct round *round, const struct incident_alert *alert);
/* Does the round open such an incident? */
bool round_opens_group(struct round *round, const struct incident_alert *alert);
/* What the incident of the state is by the events of the round so far. */
const struct round_incident *round_incident(struct round *round, const struct incident *incident);
/* Does it open again in this round? In a round in which nobody has asked anything, nothing does. */
bool round_reopens(struct round *round, const struct incident *incident);
/* Where what alerts with these causes ask for is kept; NULL: nobody has asked. */
struct round_causes *round_causes_find(struct round *round, const struct incident_alert *alert);
struct round_causes *round_causes_add(struct round *round, const struct incident_alert *alert);

#endif
