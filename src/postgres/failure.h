/* failure.h - why a connection did not come about, in one sentence with the remedy.
 *
 * Promises: decides by SQLSTATE and by libpq's own fixed words, never by the server's language; the
 * sentence names host, database or user, never the password.
 * Refuses: guessing: what it does not know is said in the server's words. */
#ifndef POSTGRES_FAILURE_H
#define POSTGRES_FAILURE_H

#include "base/json.h"
#include "postgres/address.h"

enum failure_kind {
    FAILURE_OTHER,
    FAILURE_REFUSED,     /* nobody listens */
    FAILURE_DNS,         /* the name has no address */
    FAILURE_TIMEOUT,     /* no answer in time */
    FAILURE_UNREACHABLE, /* no way there */
    FAILURE_CLOSED,      /* taken and closed again */
    FAILURE_PASSWORD,    /* wrong or missing */
    FAILURE_DATABASE,    /* absent */
    FAILURE_USER,        /* absent, or may not log in */
    FAILURE_NOT_ALLOWED, /* pg_hba.conf has no line for it */
    FAILURE_TLS_NEEDED,  /* the server takes no connection without */
    FAILURE_NO_TLS,      /* it was asked for, and the server has none */
    FAILURE_CERTIFICATE, /* not the one that was expected */
    FAILURE_TOO_MANY,    /* connections */
    FAILURE_STARTING,    /* starting, stopping or recovering */
    FAILURES
};

struct failure {
    enum failure_kind kind;
    char sqlstate[6]; /* "" when the server said none */
    struct str sentence;
    struct str said; /* the first line of what was said, scrubbed */
};

/* said: libpq's error, verbose; timed_out: our own time was over. */
struct failure failure_read(struct arena *arena, const struct address *address, struct str said,
                            bool timed_out);
const char *failure_name(enum failure_kind kind); /* "too_many" */
/* "failure":{"kind":"refused","sqlstate":"","sentence":"…","said":"…"} */
void failure_write(struct json_writer *w, const struct failure *failure);

#endif
