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

/* POSTs body (JSON) to path. *out_status is the HTTP status, *out_body the whole answer (in arena,
 * at most 32 MB). False when nobody answers within deadline_ms: ERR_DOUBT when the request had been
 * sent, else ERR_OUTSIDE. */
MUST_USE bool socket_client_post(struct arena *arena, struct str socket_path, struct str path,
                                 struct str body, int *out_status, struct str *out_body,
                                 struct err *err);

#endif
