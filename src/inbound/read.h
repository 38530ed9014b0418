/* read.h - bodies of alerts as other systems post them, read into one form.
 *
 * Promises: a body is read whole or refused whole; every text is one line of UTF-8 within the
 * limits of inbound.h; a key that is longer stands as its SHA-256, where the protocol sets no
 * limit. Refuses: more than LIMIT_INBOUND_ALERTS alerts; addresses that are not http or https;
 * guessing whether something fires. Pure. */
#ifndef INBOUND_READ_H
#define INBOUND_READ_H

#include "base/json.h"
#include "inbound/inbound.h"

enum inbound_form {
    INBOUND_ALERTMANAGER, /* webhook, version 4 */
    INBOUND_GRAFANA,      /* unified alerting's webhook */
    INBOUND_PAGERDUTY,    /* Events API v2 */
    INBOUND_CLOUDEVENTS,  /* 1.0: structured, batched or binary */
    INBOUND_FORMS
};

/* Attributes of a CloudEvent in binary mode, decoded; all "" when it is in another mode. */
struct inbound_attributes {
    struct str id, source, type, specversion, subject, time;
};

struct inbound_body {
    enum inbound_form form;
    struct str content_type; /* as sent */
    struct str text;
    struct inbound_attributes attributes;
};

/* What beside the alerts a protocol wants to know. */
struct inbound_said {
    struct str routing_key; /* PagerDuty's; a secret: never shown or kept */
    struct str dedup_key;   /* to be answered */
};

const char *inbound_form_name(enum inbound_form form);
/* INBOUND_FORMS: there is none of that name. */
enum inbound_form inbound_form_find(struct str name);
/* Is the body of a type that the form has? */
MUST_USE bool inbound_type_fits(const struct inbound_body *body, struct err *err);
/* err: ERR_REFUSED when it is larger than is taken, else ERR_USAGE. The outputs live in arena. */
MUST_USE bool inbound_read(struct arena *arena, const struct inbound_body *body,
                           struct inbound_batch *out_batch, struct inbound_said *out_said,
                           struct err *err);

/* Of a body of PagerDuty's that was refused, so that its sender can be named; "" when it has none.
 */
struct str inbound_routing_key(struct arena *arena, const struct inbound_body *body);

/* What the readers share. */
/* The body as JSON. */
MUST_USE bool inbound_parse(struct arena *arena, struct str text, struct json **out_root,
                            struct err *err);
/* Is it a content type of JSON: none, application/json, text/json, or one that ends with +json? */
bool inbound_is_json(struct str content_type);
/* One line of at most max_bytes: control characters become blanks. */
struct str inbound_line(struct arena *arena, struct str s, size_t max_bytes);
/* One line of at most INBOUND_SUMMARY_CHARACTERS; what is longer is cut. */
struct str inbound_summary(struct arena *arena, struct str s);
/* Of the parts, parted by blanks; a longer one is its hash. */
struct str inbound_key(struct arena *arena, struct str a, struct str b);
/* The first of the members of object that is a text and not empty, or "". keys end with NULL. */
struct str inbound_first(const struct json *object, const char *const *keys);
/* s when it is an address that a page may link to, else "". */
struct str inbound_url(struct arena *arena, struct str s);
/* Zero when it is no time, or one before 1970, which stands for none. */
struct instant inbound_time(struct str s);
/* Room for one more alert; false and the sentence when there is none. */
MUST_USE bool inbound_add(struct arena *arena, struct inbound_batch *batch,
                          const struct inbound_alert *alert, struct err *err);

MUST_USE bool read_pagerduty(struct arena *arena, const struct json *root,
                             struct inbound_batch *batch, struct inbound_said *said,
                             struct err *err);
MUST_USE bool read_cloudevents(struct arena *arena, const struct inbound_body *body,
                               struct inbound_batch *batch, struct err *err);

#endif
