/* keeper_client.h - the core's end of the socket to the keeper.
 *
 * Promises: each call ends within KEEPER_DEADLINE_MS (keeper_start: KEEPER_START_MS). A keeper that
 * let it pass is closed: it is waited for once, every later call fails at once, and whoever
 * supervises the process ends it (fd is -1).
 * The process is started by main (os/spawn.h, extra_fd = the other end of the socket pair), with
 * only those environment variables that its "env:" references name. */
#ifndef KEEPER_KEEPER_CLIENT_H
#define KEEPER_KEEPER_CLIENT_H

#include "base/secret_value.h"

enum {
    KEEPER_DEADLINE_MS = 2000,
    KEEPER_START_MS = 10000,
    KEEPER_SECRETS_MAX = 512,
    KEEPER_KEY_BYTES = 32,
    KEEPER_SIGNATURE_BYTES = 64,
    KEEPER_MAC_BYTES = 32
};

struct keeper_secret {
    struct str name;      /* what orders call it */
    struct str reference; /* "env:NAME" or "file:PATH" */
};

struct keeper_setup {
    struct str key_file; /* made at the first start, 0600 */
    struct str origin;   /* of checkpoints: their first line and the key's name */
    const struct keeper_secret *secrets;
    size_t secret_count;
};

struct keeper_client {
    int fd; /* -1: none */
    uint32_t number;
};

/* A socket pair: out_fds[0] for the client, out_fds[1] for the keeper. Both close-on-exec. */
MUST_USE bool keeper_socket_pair(int out_fds[2], struct err *err);

/* Tells the keeper what to hold and waits until it is ready. The client owns fd from here on. The
 * keeper's own sentence comes back when it refuses its key file or cannot find a secret. */
MUST_USE bool keeper_start(struct keeper_client *client, int fd, const struct keeper_setup *setup,
                           struct err *err);
/* The same without waiting: what it has to hold is sent, and keeper_started asks whether it is
 * ready. No other call may come in between. */
MUST_USE bool keeper_begin(struct keeper_client *client, int fd, const struct keeper_setup *setup,
                           struct err *err);
/* False with an error: it has refused or ended, and is closed. False without: not yet. */
MUST_USE bool keeper_started(struct keeper_client *client, struct err *err);
void keeper_close(struct keeper_client *client); /* the keeper then ends by itself */

MUST_USE bool keeper_public_key(struct keeper_client *client,
                                unsigned char out_key[KEEPER_KEY_BYTES], struct err *err);
/* Ed25519 over body, which must be a checkpoint body of the keeper's origin. */
MUST_USE bool keeper_sign(struct keeper_client *client, struct str body,
                          unsigned char out_signature[KEEPER_SIGNATURE_BYTES], struct err *err);
/* HMAC-SHA256 over data with a key of its own for each purpose ("acknowledge-link"). */
MUST_USE bool keeper_mac(struct keeper_client *client, struct str purpose, struct str data,
                         unsigned char out_mac[KEEPER_MAC_BYTES], struct err *err);
/* One secret, for one order. ERR_USAGE when the keeper holds none of that name. */
MUST_USE bool keeper_give(struct keeper_client *client, struct str name,
                          struct secret_value *out_secret, struct err *err);

#endif
