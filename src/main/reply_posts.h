/* reply_posts.h - short messages that people send back, as Twilio posts them: POST /reply/PROVIDER.
 *
 * Promises: nothing is answered before its facts are durable; a message whose signature does not
 * hold, and one of a number that is nobody's, is refused, and that is a fact (callers.h).
 * Refuses: to acknowledge what its sender was not told of by a short message. */
#ifndef MAIN_REPLY_POSTS_H
#define MAIN_REPLY_POSTS_H

#include "main/serve.h"

/* True when the request was one of these, and is answered. */
bool reply_posts_serve(struct serve *serve, struct http_exchange *exchange,
                       const struct http_request *request);

#endif
