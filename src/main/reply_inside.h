/* reply_inside.h - what replies by short message and by a chat's button have in common.
 *
 * Promises: an acknowledgement is durable when reply_acknowledge returns. */
#ifndef MAIN_REPLY_INSIDE_H
#define MAIN_REPLY_INSIDE_H

#include "inbound/reply.h"
#include "main/serve.h"

/* A reply on its way in. */
struct incoming {
    struct serve *serve;
    struct http_exchange *exchange;
    const struct http_request *request;
    struct arena *arena; /* the exchange's */
    const struct config_provider *provider;
    struct reply_post post; /* Twilio's form */
};

/* What a reply is about, and by which way its sender was told of it. */
struct reply_to {
    enum method method;
    int64_t number; /* of the incident */
};

/* Answers with the sentence and records that somebody was refused. Always false. */
bool reply_refuse(const struct incoming *reply, int status, struct str sentence);
/* The keeper's secret. False: the reply was answered with 503. */
MUST_USE bool reply_secret(const struct incoming *reply, const struct config_secret *secret,
                           struct secret_value *out_value);
/* Whose address of this way it is; NULL: nobody's. */
const struct config_person *reply_person(const struct incoming *reply, enum method method,
                                         struct str address);
/* Was the person told of the incident, or of one that was merged into it, by this way? */
bool reply_was_told(const struct world *world, struct str person, enum method method,
                    int64_t number);
/* ERR_SELF: it could not be recorded; else err is what the person is to know. */
MUST_USE bool reply_acknowledge(const struct incoming *reply, const struct config_person *person,
                                const struct reply_to *to, struct err *err);

/* A request of Slack at the address of a provider of kind slack (slack_posts.c): answers it. */
void slack_posts_serve(struct incoming *reply);

#endif
