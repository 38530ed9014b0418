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
/* One of the runbook's; NULL and a sentence: it has none of this name. */
const struct severity_level *incident_find_severity(const struct incident_world *world,
                                                    struct str severity, struct err *err);
const struct incident_alert *incident_find_alert(const struct incident_world *world,
                                                 struct str rule);

/* Another party is to be told, by a step, a call, or because those before could not be reached:
 * once more when it was told already; the last one gives way to it when there are too many. */
void incident_add_escalation(struct incident *incident, const struct event *event);
/* A step that was escalated, by what it says. */
void incident_add_step(struct incident *incident, struct str words);
/* What the clocks of each severity did (level.c), so that none does it twice. */
void incident_fold_severity(struct incident *incident, const struct event *event);
/* The response or the resolution. */
void incident_fold_missed(struct incident *incident, const struct event *event);
void incident_take_levels(struct incident *to, struct incident *from);
void incident_shift_levels(struct incident *incident, int64_t by_ms);
void incident_forget_levels(struct incident *incident);

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

void incident_fold_breach(struct incidents *incidents, struct incident *incident,
                          const struct event *event);
void incident_fold_run(struct incidents *incidents, struct incident *incident,
                       const struct event *event);
void breach_shift(struct breach *breach, int64_t by_ms);
/* The timeline, the runs and what else outlasts a merger. */
void incident_take_work(struct incidents *incidents, struct incident *to, struct incident *from);
/* Of two timelines one is left: it counts from the earlier awareness, and what was done in either
 * is done. */
void incident_take_breach(struct incidents *incidents, struct incident *to, struct incident *from);
void incident_drop_work(struct incidents *incidents, struct incident *incident);
/* Runs that end, for the incidents that they are linked with. */
void incident_fold_runs(struct incidents *incidents, const struct event *event);

/* Adds that a breach timeline begins, that a line of it is done or late, that the law's time is
 * over. */
void incident_decide_breach(const struct incident_world *world, const struct incident *incident,
                            struct event_list *out);
/* Of one that is resolved only the last two, as long as its timeline is kept. */
void incident_decide_missed(const struct incident_world *world, const struct incident *incident,
                            struct event_list *out);
struct incident_begin {
    const struct incident *incident;
    struct str actor, reason;
    struct instant aware; /* zero: from the opening on */
};
/* The facts that its timeline begins, with the lines that the runbook has now; and the severity
 * that the runbook gives a breach, when that is worse. */
void incident_begin_breach(const struct incident_world *world, const struct incident_begin *begin,
                           struct event_list *out);
void incident_breach_next(const struct incident *incident, struct instant *earliest);
/* What is left when it is resolved becomes follow-ups: lines of the timeline, what is to be taken
 * back. */
void incident_add_leftovers(const struct incident_world *world, const struct incident *incident,
                            struct event_list *out);

/* The words of the follow-up that a line of the timeline leaves, of 0 the authority's. */
struct str incident_breach_owed(struct arena *arena, const struct breach *breach, int64_t item);

/* What was ticked in the one is ticked in the other. */
void incident_take_ticks(struct incident *to, const struct incident *from);
void incident_fold_ticked(struct incident *incident, const struct event *event);
/* What a fact proves, with its entry's number. */
void incident_prove(struct incidents *incidents, const struct event *event, int64_t sequence);
/* Adds ticks of boxes whose action was done. */
void incident_decide_ticks(const struct incident_world *world, const struct incident *incident,
                           struct event_list *out);
/* The ticks of an incident that is closed with its postmortem, in the state or not. */
void incident_tick_closed(const struct incident_world *world, const struct incident_call *call,
                          struct event_list *out);

/* Adds that an update, or the resolution, was missed. */
void incident_decide_clocks(const struct incident_world *world, const struct incident *incident,
                            struct event_list *out);
size_t follow_up_count_open(const struct incidents *incidents);
/* Adds that follow-ups are overdue. */
void follow_up_decide(const struct incident_world *world, struct event_list *out);
/* The earliest of what these two decide next and of *earliest, which may be zero. */
void incident_clocks_next(const struct incident *incident, const struct severity_plan *plan,
                          struct instant *earliest);
void follow_up_next(const struct incidents *incidents, struct instant *earliest);
void incident_take_earlier(struct instant *earliest, struct instant due);

#endif
