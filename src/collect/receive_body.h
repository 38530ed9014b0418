/* receive_body.h - what a pushed body says, by its path, and what its protocol wants as the answer.
 *
 * One row per path. Promises: unpacking stops at LIMIT_PUSH_BODY_BYTES, whatever a body claims.
 * Refuses, with the status that the protocol has for it: other types and encodings (415), bodies
 * that are too long (413) or cannot be read (400). */
#ifndef COLLECT_RECEIVE_BODY_H
#define COLLECT_RECEIVE_BODY_H

#include "collect/receive_logs.h"
#include "http/server.h"

enum { RECEIVE_HEADERS_MAX = 4 };

struct receive_route;

struct receive_answer {
    struct http_reply reply; /* strings in the arena of receive_read */
    struct http_header headers[RECEIVE_HEADERS_MAX];
    struct str trouble; /* why the body was not taken as a whole; "" when it was */
};

const struct receive_route *receive_route_find(struct str path); /* NULL: none */
/* What is said where there is none: which there are. In arena. */
struct str receive_paths_say(struct arena *arena);
unsigned receive_route_accepts(const struct receive_route *route);
/* Are doubles of this route known by their body? */
bool receive_route_is_of_events(const struct receive_route *route);

enum receive_packing { PACKING_GOOD, PACKING_OTHER, PACKING_BROKEN, PACKING_TOO_LONG };

/* A body as it was meant. */
struct receive_body {
    enum receive_packing packing;
    struct str bytes; /* with PACKING_GOOD unpacked; else as they came */
    struct str why;   /* of PACKING_BROKEN and PACKING_TOO_LONG, one sentence */
};

/* Plain, or gzip of one or several members; remote write unpacks its own. Strings in arena. */
void receive_unpack(struct arena *arena, const struct http_request *request,
                    struct receive_body *out_body);
/* What says that two bodies are one that was sent again, however they were packed; never 0. */
uint64_t receive_digest(const struct http_request *request, const struct receive_body *body);

/* Who takes what a body says. */
struct receive_taker {
    const struct pushed_use *use;
    const struct receive_body *body;
    struct receive_logs *logs; /* begun; of a sender that may send logs */
};
/* Hands over what a body says. The answer is to be given when that is durable;
 * out_answer->reply.headers is set by who gives it. */
void receive_read(const struct receive_route *route, struct arena *arena,
                  const struct http_request *request, const struct receive_taker *taker,
                  struct receive_answer *out_answer);
/* The same protocol's way to say that nothing is taken now; in the exchange's memory. */
void receive_refuse(const struct receive_route *route, struct http_exchange *exchange, int status,
                    struct str sentence, struct receive_answer *out_answer);

#endif
