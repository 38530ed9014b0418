/* page_order.h - the order that tells a person by a way: a message, an address, who carries it.
 *
 * Promises: no secret stands in it; those that it needs are named, and the keeper gives them. */
#ifndef MAIN_PAGE_ORDER_H
#define MAIN_PAGE_ORDER_H

#include "main/config.h"
#include "people/message.h"
#include "people/switch.h"
#include "run/order.h"

struct message { /* ready to be put into an order */
    struct str message_id, subject;
    struct str shaped[SHAPE_SPOKEN + 1]; /* the text for each shape */
    struct str link;                     /* that acknowledges, or "" */
    struct str key;                      /* of what it is about: "incident-12" */
    int rank;                            /* of its severity */
    bool over;                           /* it says that it is over */
    struct str thread;                   /* of its page, by which what keeps alerts knows it */
    struct str act;                      /* "acknowledge", "resolve": no message, but that; or "" */
};

/* Who is told what by which way. */
struct telling {
    const struct config *config;
    const struct config_person *person;
    enum method method;
    const struct message *message;
    const struct switches *switches; /* what carries nothing any more */
};

/* Fills all but the id and the deadline, which are the caller's. */
void page_order_write(struct arena *arena, const struct telling *telling, struct order *order);
/* What somebody who clicked is told where they clicked. */
struct page_said {
    struct str to;       /* the address that the click came with */
    struct str sentence; /* plain */
    struct str message;  /* what was clicked in, marked up as its chat has it; or "" */
    bool replaces;       /* everybody reads it in the place of the message; else only they do */
};
void page_order_said(struct arena *arena, const struct config_provider *provider,
                     const struct page_said *said, struct order *order);
/* Does the order for this person and way need the keeper? */
bool page_order_needs_secret(const struct config *config, const struct config_person *person,
                             enum method method);

#endif
