/* reads.h - the read actions: each renders a view of the world as text and as JSON. */
#ifndef ACTION_READS_H
#define ACTION_READS_H

#include "action/action.h"

/* The first line of a text, cut where it is long for a terminal. */
struct str read_first_line(struct str text);
/* Each line of a text below its name. */
void read_add_lines(struct text *text, const char *what, struct str lines);

/* Heartbeats that are in trouble, into a status; how many. */
size_t read_add_heartbeats(const struct world *world, struct reply *reply, struct json_writer *w);

bool read_status(const struct call *call, const struct world *world, struct reply *reply,
                 struct err *err);
bool read_alert_list(const struct call *call, const struct world *world, struct reply *reply,
                     struct err *err);
bool read_alert_inbound(const struct call *call, const struct world *world, struct reply *reply,
                        struct err *err);
bool read_silence_list(const struct call *call, const struct world *world, struct reply *reply,
                       struct err *err);
bool read_oncall(const struct call *call, const struct world *world, struct reply *reply,
                 struct err *err);
bool read_oncall_whatif(const struct call *call, const struct world *world, struct reply *reply,
                        struct err *err);
bool read_oncall_ics(const struct call *call, const struct world *world, struct reply *reply,
                     struct err *err);
bool read_alert_whatif(const struct call *call, const struct world *world, struct reply *reply,
                       struct err *err);
bool read_logs_errors(const struct call *call, const struct world *world, struct reply *reply,
                      struct err *err);
bool read_page_ways(const struct call *call, const struct world *world, struct reply *reply,
                    struct err *err);
bool read_switch_list(const struct call *call, const struct world *world, struct reply *reply,
                      struct err *err);
/* What is switched off, as warnings of "status". */
void read_add_switches(const struct world *world, struct reply *reply, struct json_writer *w);
/* Ways that are not proved, as warnings of "status". */
void read_add_ways(const struct world *world, struct reply *reply, struct json_writer *w);
bool read_heartbeat_list(const struct call *call, const struct world *world, struct reply *reply,
                         struct err *err);
bool read_heartbeat_show(const struct call *call, const struct world *world, struct reply *reply,
                         struct err *err);
bool read_incident_list(const struct call *call, const struct world *world, struct reply *reply,
                        struct err *err);
/* Every incident that is not resolved: a line, and an element of the array key; how many. */
size_t read_add_incidents(const struct world *world, struct reply *reply, struct json_writer *w,
                          const char *key);
bool read_incident_show(const struct call *call, const struct world *world, struct reply *reply,
                        struct err *err);
bool read_incident_postmortem(const struct call *call, const struct world *world,
                              struct reply *reply, struct err *err);
bool read_follow_up_list(const struct call *call, const struct world *world, struct reply *reply,
                         struct err *err);
/* A follow-up as an element of an array, and as a line, with its incident or without. */
void read_write_follow_up(struct json_writer *w, const struct follow_up_view *view);
void read_add_follow_up(struct text *text, const struct follow_up_view *view, bool names_incident);
/* The timeline of a breach and the linked runs: lines, and members of the incident's object. */
void read_add_work(struct reply *reply, const struct incident_view *view, struct instant now);
void read_write_work(struct json_writer *w, const struct incident_view *view);
/* Follow-ups that are overdue, into a status; how many. */
size_t read_add_overdue(const struct world *world, struct reply *reply, struct json_writer *w);
/* Incidents of the past, as the ledger tells them: "incident list" with an option. */
bool read_incident_history(const struct call *call, const struct world *world, struct reply *reply,
                           struct err *err);
/* An incident that is over, as the ledger tells it. */
bool read_incident_ended(const struct world *world, int64_t number, struct reply *reply,
                         struct err *err);
bool read_procedure_list(const struct call *call, const struct world *world, struct reply *reply,
                         struct err *err);
bool read_procedure_show(const struct call *call, const struct world *world, struct reply *reply,
                         struct err *err);
bool read_run_list(const struct call *call, const struct world *world, struct reply *reply,
                   struct err *err);
bool read_run_show(const struct call *call, const struct world *world, struct reply *reply,
                   struct err *err);
bool read_run_output(const struct call *call, const struct world *world, struct reply *reply,
                     struct err *err);
bool read_run_plan(const struct call *call, const struct world *world, struct reply *reply,
                   struct err *err);
bool read_account_list(const struct call *call, const struct world *world, struct reply *reply,
                       struct err *err);
bool read_api_token_list(const struct call *call, const struct world *world, struct reply *reply,
                         struct err *err);

#endif
