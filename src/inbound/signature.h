/* signature.h - bodies that their sender has signed with a shared secret (HMAC-SHA256).
 *
 * Promises: signatures are compared in a time that does not depend on them. Refuses: a time stamp
 * that is more than INBOUND_SIGNED_MS away, so that nobody sends an old body again. */
#ifndef INBOUND_SIGNATURE_H
#define INBOUND_SIGNATURE_H

#include "base/instant.h"

enum { INBOUND_SIGNED_MS = 5 * 60 * 1000 };

enum inbound_signing {
    SIGNED_GRAFANA, /* hexadecimal, of the body; with a time stamp of "time:body" */
    SIGNED_SLACK    /* "v0=" and hexadecimal, of "v0:time:body" */
};

struct inbound_signed {
    enum inbound_signing signing;
    struct str body;
    struct str signature; /* as sent; "": none */
    struct str timestamp; /* as sent, seconds since 1970 */
    bool has_time;        /* a time stamp is wanted; with SIGNED_SLACK it always is */
    struct instant now;
};

/* NULL: it is signed by who has the secret. Else the sentence why not. */
const char *inbound_signature_problem(const struct inbound_signed *what, struct str secret);

#endif
