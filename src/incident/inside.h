/* inside.h - what the files of this folder share about an incident and its rules. */
#ifndef INCIDENT_INSIDE_H
#define INCIDENT_INSIDE_H

#include "incident/incident.h"

/* The rules of one incident that fire become those of another. One that is quiet by now says
 * nothing of that one, and must not make it look mitigated; fires it again, it finds it by its
 * cause. */
void incident_move_rules(struct incidents *incidents, struct incident *from, struct incident *to);
/* By how much an instant moves with the clock; one that is zero stays. */
void incident_shift(struct instant *at, int64_t by_ms);

/* Signal and scope; a rule without a signal is its own cause. Cut as the state keeps it. */
struct str incident_cause_of(struct arena *arena, const struct incident_alert *alert);

/* An event of a command, about the incident of this number. */
struct event *incident_call_event(const struct incident_world *world,
                                  const struct incident_call *call, enum event_kind kind,
                                  int64_t number, struct event_list *out);
/* The incident that a command is about; NULL and a sentence when there is none, or it is over. */
const struct incident *incident_find_going(const struct incident_world *world, int64_t number,
                                           struct err *err);
/* The alert of a rule, or NULL. */
const struct incident_alert *incident_find_alert(const struct incident_world *world,
                                                 struct str rule);

/* Folds by what they are about; the first one gives to the others. */
void incident_fold_life(struct incidents *incidents, const struct event *event);
void incident_fold_role(struct incident *incident, const struct event *event);
void incident_fold_link(struct incident *incident, const struct event *event);
void incident_fold_merged(struct incidents *incidents, struct incident *incident,
                          const struct event *event);
void incident_fold_split(struct incidents *incidents, struct incident *incident,
                         const struct event *event);
void follow_up_fold(struct incidents *incidents, const struct event *event);
void incident_fold_ended(struct incidents *incidents, const struct event *event);

/* Adds that an update, or the resolution, was missed. */
void incident_decide_clocks(const struct incident_world *world, const struct incident *incident,
                            struct event_list *out);
/* Adds that follow-ups are overdue. */
void follow_up_decide(const struct incident_world *world, struct event_list *out);
/* The earliest of what these two decide next and of *earliest, which may be zero. */
void incident_clocks_next(const struct incident *incident, const struct severity_plan *plan,
                          struct instant *earliest);
void follow_up_next(const struct incidents *incidents, struct instant *earliest);
void incident_take_earlier(struct instant *earliest, struct instant due);

#endif
