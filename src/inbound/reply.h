/* reply.h - short messages that people send back: who signed them, and what they ask.
 *
 * Promises: pure; signatures are compared in a time that does not depend on them. Refuses: to guess
 * what is meant: "ack" and "acknowledge", alone or with a number, and nothing else. */
#ifndef INBOUND_REPLY_H
#define INBOUND_REPLY_H

#include "base/str.h"

enum { REPLY_FIELDS_MAX = 64, REPLY_BYTES_MAX = 1600 };

struct reply_field {
    struct str name, value;
};

/* What Twilio posts: the address that it called, and the fields of the form. */
struct reply_post {
    struct str url;
    struct reply_field *fields; /* are put in order */
    size_t count;
    struct str signature; /* the header X-Twilio-Signature; "": none */
};

/* base64(HMAC-SHA1(token, address and every name and value, in the order of the names)). */
struct str reply_sign(struct arena *arena, struct reply_post *post, struct str token);
/* NULL: it was signed with the token. Else the sentence why not. */
const char *reply_signature_problem(struct arena *arena, struct reply_post *post, struct str token);
struct str reply_field_find(const struct reply_post *post, const char *name); /* "": none */
/* "ack 12" gives 12, "ack" 0. False: it asks something else. */
MUST_USE bool reply_read(struct str text, int64_t *out_number);

#endif
