/* resp.h - the replies of Redis, of the second version of its protocol (RESP2), which every server
 * speaks until it is asked for another one. Pure.
 *
 * Refuses: arrays, which nothing here asks for; a reply over RESP_BYTES_MAX. */
#ifndef PROBE_RESP_H
#define PROBE_RESP_H

#include "base/text.h"

enum { RESP_BYTES_MAX = 256 * 1024, RESP_WORDS_MAX = 4 };

enum resp_state { RESP_MORE, RESP_WHOLE, RESP_BAD };

struct resp_reply {
    bool is_error;
    bool is_null;
    struct str text; /* of what was read, or "" */
    size_t bytes;    /* of the whole reply, when it is there */
};

/* Is a whole reply at the front of what was read? */
enum resp_state resp_read(struct str read, struct resp_reply *out_reply);
/* A command as an array of bulk strings: nothing in a word can become another command. */
void resp_write(struct text *text, const struct str *words, size_t count);

/* What an address says: redis://[user[:password]@]host[:port][/number], or rediss:// with TLS. */
struct resp_address {
    bool tls;
    struct str user, password, host, port, number;
};
/* No sentence repeats the address. */
MUST_USE bool resp_read_address(struct arena *arena, struct str text,
                                struct resp_address *out_address, struct err *err);
/* The value of "name:value" in what INFO says; "" when it is not there. */
struct str resp_info(struct str info, const char *name);

#endif
