/* receive_token.h - is a request that of a sender? By its token, or by having none.
 *
 * Promises: how long the comparison takes tells nothing of a token. Refuses: who has no token and
 * comes through a proxy, for nobody knows where from. */
#ifndef COLLECT_RECEIVE_TOKEN_H
#define COLLECT_RECEIVE_TOKEN_H

#include "http/request.h"
#include "telemetry/collector_spec.h"

/* What a request says of who sends it. */
struct receive_token {
    struct hash digest; /* of the token */
    bool is_given, is_empty;
    bool is_near; /* no proxy brings it */
};

struct receive_token receive_token_of(const struct http_request *request);
bool receive_token_is_of(const struct receive_token *token, const struct collector_sender *sender);

#endif
