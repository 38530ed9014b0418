/* response.h - an HTTP/1.1 answer, fed in pieces; the body goes on as it comes.
 *
 * Source: RFC 9112. Knows Content-Length, chunked and bodies that end with the connection.
 * Promises: holds the head only, at most LIMIT_HTTP_HEADER_BYTES.
 * Refuses: every status but 200, encodings that were not asked for, bodies that end too early or go
 * on behind their Content-Length. */
#ifndef COLLECT_RESPONSE_H
#define COLLECT_RESPONSE_H

#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

struct response_use {
    void *context;
    bool (*take)(void *context, struct str body, struct err *err);
};

enum response_part {
    RESPONSE_HEAD,
    RESPONSE_LENGTH,
    RESPONSE_CHUNK_SIZE,
    RESPONSE_CHUNK,
    RESPONSE_CHUNK_END,
    RESPONSE_TRAILER,
    RESPONSE_UNTIL_CLOSE,
    RESPONSE_DONE
};

struct response {
    const struct response_use *use;
    enum response_part part;
    char *head; /* LIMIT_HTTP_HEADER_BYTES; also the line of a chunk's size */
    size_t head_bytes;
    int64_t left_bytes; /* of the body or the chunk */
    bool open_metrics;  /* its type says so; known when the body begins */
};

void response_init(struct response *response, const struct response_use *use, char *head);
MUST_USE bool response_feed(struct response *response, struct str bytes, struct err *err);
/* The connection was closed by the other side: was the body whole? */
MUST_USE bool response_end(struct response *response, struct err *err);

#endif
