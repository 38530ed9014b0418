/* callers.h - who sent a request, and what is recorded of those who are refused.
 *
 * Over the Unix socket the kernel says who it is, and only the owner of the process may call. Over
 * TCP a caller has a session's cookie, an API token, or the page's token where that opens the page.
 * Promises: every refusal is a fact; many of one minute from one caller are one. */
#ifndef MAIN_CALLERS_H
#define MAIN_CALLERS_H

#include "access/tally.h"
#include "main/serve.h"

struct visitor {
    struct caller caller;
    struct str cookie;             /* "" unless it came by one: then forms need the field csrf */
    const struct session *session; /* of the cookie, or NULL; until the next event */
    const char *problem;           /* nobody we know: why what was brought is not good; or NULL */
    bool drop_cookie;              /* the browser shall forget what it brought */
};

/* False: nobody we know; out_visitor->problem may say why. */
bool callers_find(struct serve *serve, const struct http_request *request, struct arena *arena,
                  struct visitor *out_visitor);
/* Is it still somebody who may read what streams? Neither records nor counts as use. */
bool callers_may_stay(void *context, const struct http_request *request);
/* Does the form, or the header X-Reeve-Csrf, show that our own page sent it? Recorded when not. */
bool callers_check_form(struct serve *serve, const struct http_request *request,
                        struct arena *arena, const struct visitor *visitor);
/* Where a request comes from: an address behind the reverse proxy, or "this machine". */
struct str callers_from(const struct serve *serve, const struct http_request *request,
                        struct arena *arena);
/* Records a refusal, now or at the end of its minute. */
void callers_refuse(struct serve *serve, const struct refusal *refusal);
/* What was counted in minutes that are over; all of it when the core stops. */
void callers_tell(struct serve *serve, bool all);
/* The server refused another site's request (struct http_handler). */
void callers_cross_site(void *context, const struct http_request *request);

/* Set-Cookie for a secret, or with "" to forget it. */
struct http_header callers_cookie(const struct serve *serve, struct arena *arena,
                                  struct str secret);

#endif
