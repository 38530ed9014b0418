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

/* pages_run.c: /runs/NUMBER, from the state or, when it ended long ago, from the ledger; and
 * /procedures/STATEMENT or /procedures/STATEMENT/NTH. */
void pages_show_run(struct serve *serve, struct http_exchange *exchange, struct str number,
                    const struct caller *caller);
void pages_show_procedure(struct serve *serve, struct http_exchange *exchange, struct str place);

#endif
