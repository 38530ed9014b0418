/* records.h - the record actions: each checks its call against the state and returns facts. */
#ifndef ACTION_RECORDS_H
#define ACTION_RECORDS_H

#include "action/action.h"

bool record_incident_declare(const struct call *call, const struct world *world,
                             struct event_list *out, struct err *err);
bool record_incident_ack(const struct call *call, const struct world *world, struct event_list *out,
                         struct err *err);
bool record_incident_note(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err);
bool record_incident_tick(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err);
bool record_incident_severity(const struct call *call, const struct world *world,
                              struct event_list *out, struct err *err);
bool record_incident_resolve(const struct call *call, const struct world *world,
                             struct event_list *out, struct err *err);
bool record_incident_role(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err);
bool record_incident_page(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err);
bool record_incident_merge(const struct call *call, const struct world *world,
                           struct event_list *out, struct err *err);
bool record_incident_split(const struct call *call, const struct world *world,
                           struct event_list *out, struct err *err);
bool record_incident_link(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err);
bool record_incident_breach(const struct call *call, const struct world *world,
                            struct event_list *out, struct err *err);
bool record_incident_deed(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err);
bool record_incident_authority(const struct call *call, const struct world *world,
                               struct event_list *out, struct err *err);
bool record_incident_run(const struct call *call, const struct world *world, struct event_list *out,
                         struct err *err);
/* Links the run that was just begun by the same call. */
bool record_link_begun(const struct call *call, const struct world *world, struct event_list *out,
                       struct err *err);
bool record_incident_close(const struct call *call, const struct world *world,
                           struct event_list *out, struct err *err);
bool record_follow_up(const struct call *call, const struct world *world, struct event_list *out,
                      struct err *err);
bool record_follow_up_done(const struct call *call, const struct world *world,
                           struct event_list *out, struct err *err);
bool record_follow_up_reopen(const struct call *call, const struct world *world,
                             struct event_list *out, struct err *err);
bool record_alert_close(const struct call *call, const struct world *world, struct event_list *out,
                        struct err *err);
bool record_silence_add(const struct call *call, const struct world *world, struct event_list *out,
                        struct err *err);
bool record_silence_end(const struct call *call, const struct world *world, struct event_list *out,
                        struct err *err);
bool record_oncall_override(const struct call *call, const struct world *world,
                            struct event_list *out, struct err *err);
bool record_oncall_swap(const struct call *call, const struct world *world, struct event_list *out,
                        struct err *err);
bool record_oncall_leave(const struct call *call, const struct world *world, struct event_list *out,
                         struct err *err);
bool record_oncall_undo(const struct call *call, const struct world *world, struct event_list *out,
                        struct err *err);
/* Reads the entry that is to be erased. */
bool record_ledger_erase(const struct call *call, const struct engine *engine,
                         struct event_list *out, struct err *err);
bool record_run(const struct call *call, const struct world *world, struct event_list *out,
                struct err *err);
bool record_run_tick(const struct call *call, const struct world *world, struct event_list *out,
                     struct err *err);
bool record_run_skip(const struct call *call, const struct world *world, struct event_list *out,
                     struct err *err);
bool record_run_retry(const struct call *call, const struct world *world, struct event_list *out,
                      struct err *err);
bool record_run_stop(const struct call *call, const struct world *world, struct event_list *out,
                     struct err *err);
bool record_run_answer(const struct call *call, const struct world *world, struct event_list *out,
                       struct err *err);
bool record_run_cancel(const struct call *call, const struct world *world, struct event_list *out,
                       struct err *err);
bool record_run_undo(const struct call *call, const struct world *world, struct event_list *out,
                     struct err *err);
bool record_run_resume(const struct call *call, const struct world *world, struct event_list *out,
                       struct err *err);
bool record_approve(const struct call *call, const struct world *world, struct event_list *out,
                    struct err *err);
bool record_refuse(const struct call *call, const struct world *world, struct event_list *out,
                   struct err *err);
bool record_account_add(const struct call *call, const struct world *world, struct event_list *out,
                        struct err *err);
bool record_account_role(const struct call *call, const struct world *world, struct event_list *out,
                         struct err *err);
bool record_account_password(const struct call *call, const struct world *world,
                             struct event_list *out, struct err *err);
bool record_account_remove(const struct call *call, const struct world *world,
                           struct event_list *out, struct err *err);
bool record_api_token_new(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err);
bool record_api_token_revoke(const struct call *call, const struct world *world,
                             struct event_list *out, struct err *err);
bool record_drill(const struct call *call, const struct world *world, struct event_list *out,
                  struct err *err);
bool record_switch_off(const struct call *call, const struct world *world, struct event_list *out,
                       struct err *err);
bool record_switch_on(const struct call *call, const struct world *world, struct event_list *out,
                      struct err *err);
bool record_page_test(const struct call *call, const struct world *world, struct event_list *out,
                      struct err *err);

#endif
