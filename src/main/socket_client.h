/* socket_client.h - the command beside the daemon: one HTTP request over the daemon's Unix socket.
 *
 * The daemon knows the caller by SO_PEERCRED. Blocking, with a deadline. */
#ifndef MAIN_SOCKET_CLIENT_H
#define MAIN_SOCKET_CLIENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Is a daemon listening there? */
bool socket_client_is_there(struct str socket_path);

struct socket_request {
    struct str socket_path; /* ends with a NUL */
    struct str path, body;  /* of the HTTP request; body is JSON */
};

/* POSTs the request. *out_body is the answer's whole body, whatever its status (in arena, at most
 * 32 MiB). False when nobody answers within 30 seconds: ERR_DOUBT when the request had been sent,
 * else ERR_OUTSIDE; ERR_SELF when the answer is not HTTP. */
MUST_USE bool socket_client_post(struct arena *arena, const struct socket_request *request,
                                 struct str *out_body, struct err *err);

#endif
