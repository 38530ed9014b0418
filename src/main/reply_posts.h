/* reply_posts.h - what people send back by POST /reply/PROVIDER: short messages, as Twilio posts
 * them, and clicks on the button of a page in Slack.
 *
 * Promises: nothing is answered before its facts are durable; a reply whose signature does not
 * hold, and one of a number or member that is nobody's, is refused, and that is a fact (callers.h).
 * Refuses: to acknowledge what its sender was not told of by the same way. */
#ifndef MAIN_REPLY_POSTS_H
#define MAIN_REPLY_POSTS_H

#include "main/serve.h"

/* True when the request was one of these, and is answered. */
bool reply_posts_serve(struct serve *serve, struct http_exchange *exchange,
                       const struct http_request *request);

#endif
