/* logins.h - logging in and out, the first administrator, one's own password.
 *
 * A password is hashed by a worker (password.hash, password.check), never here: at most
 * LIMIT_LOGINS_AT_ONCE at a time, some more wait, the rest are asked to come again.
 * Promises: an unknown name takes as long and says the same as a wrong password; tries are counted
 * by name and by address before they begin; a session's secret is new at every login.
 * Refuses: more than access/throttle.h says, each with the time after which it may be tried. */
#ifndef MAIN_LOGINS_H
#define MAIN_LOGINS_H

#include "main/callers.h"

struct logins;

struct logins *logins_open(struct serve *serve);
void logins_close(struct logins *logins); /* NULL is fine */
/* One tick: what waits, sessions that are over, streams of those who may not read any more. */
void logins_turn(struct serve *serve, struct instant now);

/* The login page, with a problem ("" for none). */
void logins_show(struct serve *serve, struct http_exchange *exchange, int status,
                 const struct visitor *visitor);
/* "/?token=…" and POST /login with a token. */
void logins_take_token(struct serve *serve, struct http_exchange *exchange, struct str token);
/* POST /login and /first, which need no caller. False when it is neither. */
bool logins_post_public(struct serve *serve, struct http_exchange *exchange,
                        const struct http_request *request);
/* GET /account; POST /logout and /account/password. False when it is none of them. */
bool logins_serve(struct serve *serve, struct http_exchange *exchange,
                  const struct http_request *request, const struct visitor *visitor);

#endif
