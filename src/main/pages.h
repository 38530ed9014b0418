/* pages.h - the pages that show something: the runbook, an incident, a line, a run, a procedure, a
 * ledger entry.
 *
 * Promises: nothing here changes anything. */
#ifndef MAIN_PAGES_H
#define MAIN_PAGES_H

#include "face/page.h"
#include "main/serve.h"

enum { PAGE_BYTES_MAX = 64 << 20, BEAT_MS = 4000 };

/* The state at now, with what is wrong with Reeve itself; without details. */
struct page_view pages_view(struct serve *serve, struct arena *arena, struct instant now);

/* Leaves in the world, for actions to show, what is wrong with Reeve itself; it lives in arena. */
void pages_tell_troubles(struct serve *serve, struct arena *arena);

void pages_reply(struct http_exchange *exchange, int status, const struct text *text);
void pages_reply_problem(struct http_exchange *exchange, int status, struct str sentence);

/* Answers a GET of one of these pages; false when the path names none. */
bool pages_show(struct serve *serve, struct http_exchange *exchange,
                const struct http_request *request, const struct caller *caller);

/* pages_incident.c: /incidents/NUMBER with the newest 500 facts, from the state and the ledger, and
 * /incidents/NUMBER/postmortem.md, the draft with its picture. */
void pages_show_incident(struct serve *serve, struct http_exchange *exchange, struct str place);

/* pages_run.c: /runs/NUMBER, from the state or, when it ended long ago, from the ledger; and
 * /procedures/STATEMENT or /procedures/STATEMENT/NTH. */
void pages_show_run(struct serve *serve, struct http_exchange *exchange, struct str number,
                    const struct caller *caller);
void pages_show_runs(struct serve *serve, struct http_exchange *exchange); /* /runs */
/* "/procedures/STATEMENT/NTH", also "?incident=N": for which it is looked at. */
void pages_show_procedure(struct serve *serve, struct http_exchange *exchange,
                          const struct http_request *request);

/* pages_oncall.c: /oncall, and /oncall.ics, of one person with ?person=NAME. */
void pages_show_oncall(struct serve *serve, struct http_exchange *exchange);
void pages_show_calendar(struct serve *serve, struct http_exchange *exchange,
                         const struct http_request *request);

/* pages_rule.c: a rule over time, for the page of its line; range is "1h", "24h", "30d" or "365d",
 * else the first. */
const struct rule_chart *pages_rule_chart(struct serve *serve, struct arena *arena,
                                          const struct rule *rule, struct str range);

/* pages_live.c: opens the event stream of the page of one run, which was written when its hash was
 * seen, and tells all such pages what is new: "run" that it has changed, so that it is to be asked
 * for again, and "output" what a command has printed. */
void pages_live_open(struct serve *serve, struct http_exchange *exchange, int64_t number,
                     struct str seen);
void pages_live_send(struct serve *serve, struct instant now);

#endif
