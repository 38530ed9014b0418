/* receive_who.h - whom a request is from, and why it is not taken whatever its body says.
 *
 * Any Host may be written on it: behind a proxy it is the proxy's name, and the token is what
 * protects. Only who sends without a token must name this machine, and come from no proxy: a page
 * of another site whose name was made to lead here (DNS rebinding) could say nothing else. */
#ifndef COLLECT_RECEIVE_WHO_H
#define COLLECT_RECEIVE_WHO_H

#include "collect/receive_body.h"
#include "telemetry/collector_spec.h"
#include "telemetry/push.h"

/* status 0: it may be read. */
struct receive_refusal {
    int status; /* 401, 403, 404, 405 */
    struct str sentence;
};

/* Whose token it is; NULL: nobody's. */
const struct collector_sender *receive_sender_of(const struct collector_spec *spec,
                                                 const struct http_request *request);
/* The sentence is in arena: what is missing, and where it is set. */
struct receive_refusal receive_check(struct arena *arena, const struct collector_spec *spec,
                                     const struct http_request *request);
/* Is a problem of then still told of a sender? A minute, or until it would be silent. */
bool receive_is_recent(struct instant at, struct instant now, int64_t interval_ms);
/* Why single signals are not read from the sender, into the status of it; in arena. */
void receive_say_reasons(struct arena *arena, const struct push *push, struct instant now,
                         struct target_status *status);
/* Of the server that listens for senders; what they point to is in arena. As many files may be open
 * then as the system lets this process have. */
void receive_settings(struct arena *arena, const struct collector_spec *spec,
                      struct http_settings *out_settings);

#endif
