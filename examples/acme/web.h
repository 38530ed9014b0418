/* web.h - the little HTTP server that the shop and the sink share, over libevent's evhttp.
 *
 * Promises: every request gets exactly one answer, also when it is given later; a reader who has
 * gone away is noticed; bodies and headers have limits.
 * Refuses: requests whose Host is not this machine and changes asked for by another site's page
 * (both 403), so that no web page elsewhere can press the demo's buttons. */
#ifndef ACME_WEB_H
#define ACME_WEB_H

#include "base/text.h"

enum { WEB_BODY_BYTES = 64 * 1024, WEB_ANSWER_BYTES = 8 * 1024 * 1024 };

struct event_base;
struct evhttp;
struct evhttp_request;

/* One request until its answer; lives in the memory that it carries. */
struct exchange {
    struct evhttp_request *request; /* NULL once the reader has gone */
    struct arena memory;            /* released by the answer */
    const char *method;             /* "GET", "POST" or "?" */
    struct str path;                /* without the query */
    int64_t started_us;             /* monotonic */
    const char *route;              /* set by the owner, for its metrics; NULL is not counted */
    void (*answered)(struct exchange *exchange, int status); /* may be NULL; called once */
    void *owner;
};

struct web {
    struct evhttp *http;
    void (*handle)(struct exchange *exchange);
    void *owner;
};

/* Listens on 127.0.0.1; port 0 takes a free one. The answer comes in *out_port. */
MUST_USE bool web_open(struct web *web, struct event_base *base, int port, int *out_port,
                       struct err *err);
void web_close(struct web *web);

/* The value of a query or form field, decoded, or "" when it is absent. Valid until the answer. */
struct str web_field(struct exchange *exchange, const char *name);
struct str web_body(struct exchange *exchange);
struct str web_header(struct exchange *exchange, const char *name);

/* Answers and releases the exchange: it must not be touched afterwards. */
void web_answer(struct exchange *exchange, int status, const char *type, struct str body);
/* Before the answer: when to ask again. */
void web_retry_after(struct exchange *exchange, int seconds);
void web_redirect(struct exchange *exchange, const char *to); /* 303 */

/* A text of at most WEB_ANSWER_BYTES in the exchange's arena. */
struct text web_text(struct exchange *exchange);
int64_t web_monotonic_us(void);
int64_t web_unix_ms(void);

/* Writes the decimal number and a newline to path by way of a rename. */
MUST_USE bool web_write_port(const char *path, int port, struct err *err);

#endif
