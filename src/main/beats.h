/* beats.h - beats as they come over HTTP, and the file that keeps them.
 *
 * Promises: a beat is answered once it is durable, or with 503; many of one moment are one write.
 * Nobody learns whether a name or a token was wrong.
 * Refuses: other methods than GET, HEAD and POST; to keep the body of a beat. */
#ifndef MAIN_BEATS_H
#define MAIN_BEATS_H

#include "main/serve.h"

enum { BEAT_TOKEN_BYTES_MIN = 16 };

/* At the start, when the ledger is replayed: what was heard before. Writes the file when there is
 * none that can be read; that is said when heartbeats were expected before. */
void beats_load(struct serve *serve);
/* The same for a command that only reads; what cannot be read is left out. */
void beats_look(struct app *app);
/* A request to /beat/… */
void beats_serve(struct serve *serve, struct http_exchange *exchange,
                 const struct http_request *request);
/* Answers who still waits. */
void beats_close(struct serve *serve);

#endif
