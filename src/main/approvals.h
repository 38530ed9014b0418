/* approvals.h - the mails of runs: those that ask for an approval, with the page behind their
 * links, and those by which a step tells people. */
#ifndef MAIN_APPROVALS_H
#define MAIN_APPROVALS_H

#include "main/links.h"

/* The mail by which a run's step tells somebody. */
struct message approvals_notice(struct serve *serve, struct arena *arena, const struct page *page,
                                struct instant now);
/* The mail of a page that asks for the approval of a run's step, with its link when there is a
 * public_url and the keeper answers; else with the command. */
struct message approvals_message(struct serve *serve, struct arena *arena, const struct page *page,
                                 struct instant now);
/* GET shows what would run and a form, POST approves or refuses. */
void approvals_serve(struct serve *serve, struct http_exchange *exchange,
                     const struct http_request *request);

#endif
