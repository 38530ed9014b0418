/* inbound_posts.h - alerts that other systems post: POST /in/NAME, and /v2/enqueue as PagerDuty has
 * it.
 *
 * Promises: nothing is answered with 2xx before its facts are durable; whoever is refused, and why,
 * is a fact (callers.h); what cannot be taken now is answered so that its sender tries again. */
#ifndef MAIN_INBOUND_POSTS_H
#define MAIN_INBOUND_POSTS_H

#include "main/serve.h"

/* True when the request was one of these, and is answered. */
bool inbound_posts_serve(struct serve *serve, struct http_exchange *exchange,
                         const struct http_request *request);

#endif
