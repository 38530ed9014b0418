/* notice.h - what is told to people and asks for no acknowledgement: a gap of a rota, a hand-over,
 * the end of a silence, follow-ups.
 *
 * Promises: one way at a time, in the person's own order, the next when those before were given up;
 * ways that ring (a call, a pager) come last, and not at all to somebody who has others, where the
 * matter can wait. Refuses: to choose whom to tell, and when. */
#ifndef PEOPLE_NOTICE_H
#define PEOPLE_NOTICE_H

#include "base/json.h"
#include "people/page.h"

struct notice {
    const struct page_world *world;
    struct event_list *out;
    struct str subject;        /* of its facts: "gap:3" */
    const char *key;           /* the field with the number: "gap" */
    char letter;               /* before the number in ids of pages; one for each kind of notice */
    bool may_ring;             /* it cannot wait until somebody looks */
    int64_t number, attempt;   /* attempt: from 1 */
    struct instant not_before; /* of pages that are asked for now */
};

/* What was asked for to them by this way; NULL: nothing. */
const struct page *notice_page(const struct notice *notice, struct str person, enum method method);
bool notice_was_asked(const struct notice *notice, const struct person *person);
/* Adds the request of a page. */
void notice_ask(const struct notice *notice, const struct person *person, enum method method,
                struct str reason);
/* Asks for the next way, when those before were given up. True: there is none left. */
bool notice_visit(const struct notice *notice, const struct person *person, struct str reason);
/* Their ways in the order in which a notice goes by them. */
size_t notice_contacts(const struct notice *notice, const struct person *person,
                       struct contact out_contacts[METHODS]);

/* The beginning that all notices to programs have, and the end. */
void notice_json_open(struct json_writer *w, const char *type, struct instant now,
                      const struct page *page, struct str subject);
void notice_json_close(struct json_writer *w, struct str checkpoint);

#endif
