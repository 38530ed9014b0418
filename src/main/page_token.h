/* page_token.h - the token of the page: a file beside the ledger, printed once.
 *
 * With access: { page_token: always } it opens the page, for whoever has it. Else it makes one
 * administrator and is used up by that; once there is one, only "reeve token new" on the machine
 * itself makes another. Each new token is a fact. */
#ifndef MAIN_PAGE_TOKEN_H
#define MAIN_PAGE_TOKEN_H

#include "main/serve.h"

/* At the start: reads it, or makes one where one is needed. *out_fresh: made now. */
MUST_USE bool page_token_read(struct serve *serve, bool *out_fresh, struct err *err);
/* "reeve token new" writes the file beside us; what it replaced opens nothing any more. */
void page_token_watch(struct serve *serve, struct instant now);
/* Is it the one that is good now? */
bool page_token_matches(struct serve *serve, struct str token);
/* It did what it was for. */
void page_token_use_up(struct serve *serve);

#endif
