/* redact.h - taking secrets out of a stream of bytes.
 *
 * Promises: whatever way the stream is cut into writes, the same comes out; what is not a secret
 * comes out unchanged, text or not; memory is bounded by the values, time is linear. Replaced by
 * REDACT_MARK, those that overlap or touch by one:
 *  - each value as it is; percent-encoded (any byte, either case, '+' for a blank or not);
 *    JSON-escaped (\n, \/, \uXXXX, pairs of surrogates); in hex of either case; in base64 of the
 *    standard and the URL alphabet, wherever in the encoded bytes it begins. Hex and base64 may be
 *    broken into lines of at least REDACT_LINE_MIN, with up to REDACT_BREAK_MAX bytes of line ends
 *    and indentation between;
 *  - each line of at least REDACT_LINE_MIN bytes of a value that has several;
 *  - by their look: the token behind "Authorization: Bearer|Basic|Token" and a long one behind
 *    "Bearer"; what follows AKIA, ASIA, sk-, sk_live_, sk_test_, rk_live_, ghp_ (gho_, ghu_, ghs_,
 *    ghr_), github_pat_, glpat- and xox?-; the password of scheme://user:PASSWORD@; the value of
 *    name=value and "name":"value" where a part of the name is password, passwd, passphrase, pwd,
 *    token, secret, apikey, api_key or api-key; the body of a PEM block that is a private key, up
 *    to REDACT_PEM_MAX bytes. The words before stay readable.
 * Held back: what may still become part of a secret, at most six times the longest value and 1 kB;
 * of words behind which nothing came yet, the last byte.
 * Refuses: values under REDACT_VALUE_MIN bytes, which would be found everywhere. Not found: a value
 * encoded twice, compressed, reversed, in parts, in another character set or with other line ends;
 * base64 of it in lines shorter than REDACT_LINE_MIN; what is printed byte by byte with something
 * between (hexdump). */
#ifndef RUN_REDACT_H
#define RUN_REDACT_H

#include "base/str.h"

#define REDACT_MARK "\u2588\u2588\u2588\u2588\u2588"

enum {
    REDACT_VALUE_MIN = 4,
    REDACT_VALUE_MAX = 4096,
    REDACT_VALUES_MAX = 64,
    REDACT_LINE_MIN = 16,
    REDACT_BREAK_MAX = 16,
    REDACT_PEM_MAX = 16 * 1024
};

struct redact;

struct redact_sink {
    /* piece is valid during the call only and never empty. */
    void (*function)(void *context, struct str piece);
    void *context;
};

/* Would redact_make take these values? Else ERR_REFUSED, without the value in the sentence. */
MUST_USE bool redact_check(const struct str *values, size_t count, struct err *err);
/* Everything is in arena, the values among it: wipe the arena's memory by ending the process. */
MUST_USE bool redact_make(struct arena *arena, const struct str *values, size_t count,
                          struct redact **out_redact, struct err *err);
void redact_write(struct redact *redact, struct str data, const struct redact_sink *sink);
/* The stream has ended: what is held back comes out. */
void redact_end(struct redact *redact, const struct redact_sink *sink);

#endif
