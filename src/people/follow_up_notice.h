/* follow_up_notice.h - telling owners what they owe after incidents.
 *
 * Promises: an owner is told when a follow-up is given to them by somebody else, once when it is
 * due within FOLLOW_UP_SOON_DAYS, and when it is overdue, once a week at most; that they are to be
 * told is a fact before any message, so a restart neither forgets nor doubles it. One message names
 * all that the person owes; it goes by the first of their ways, by the next one when that was given
 * up, outside their quiet hours or, where they have none, in working hours. Nobody has to answer.
 * One without an owner is told, once it is overdue, to whoever is on call, as is one whose owner no
 * page reaches. */
#ifndef PEOPLE_FOLLOW_UP_NOTICE_H
#define PEOPLE_FOLLOW_UP_NOTICE_H

#include "people/page.h"

enum {
    FOLLOW_UP_SOON_DAYS = 3,
    FOLLOW_UP_AGAIN_DAYS = 7,
    FOLLOW_UP_GATHER_MS = 5 * 60 * 1000 /* whoever gives one gives others, too: one message */
};

void follow_up_notice_decide(const struct page_world *world, struct event_list *out);
/* When an owner is next to be told something; zero: never. */
struct instant follow_up_notice_next(const struct page_world *world);

struct follow_up_notice {
    const struct page *page;
    const struct incidents *incidents;
    struct str public_url; /* or "" */
    struct str checkpoint; /* newest signed note, or "" */
    struct instant now;
};

struct str follow_up_notice_subject(struct arena *arena, const struct follow_up_notice *notice);
struct str follow_up_notice_text(struct arena *arena, const struct follow_up_notice *notice);
struct str follow_up_notice_json(struct arena *arena, const struct follow_up_notice *notice);

#endif
