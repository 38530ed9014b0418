/* gap_notice.h - messages that a rota will have nobody.
 *
 * Promises: one message for each gap, or for those that were found together, to whoever is on the
 * rota just before it, by the first method that works; whom it does not reach by any way, it goes
 * to the secondary on call, and then to every responder; decided from the folded state, so a crash
 * neither forgets nor doubles it. It waits for working hours, but not beyond an hour before the gap
 * begins. Nobody has to answer. Refuses: people who are on leave. */
#ifndef PEOPLE_GAP_NOTICE_H
#define PEOPLE_GAP_NOTICE_H

#include "people/page.h"

enum { GAP_TOLD_BEFORE_MS = 60 * 60 * 1000 };

void gap_notice_decide(const struct page_world *world, struct event_list *out);

struct gap_notice {
    const struct page *page;
    const struct oncall_gaps *gaps;
    const struct oncall *oncall;
    struct str public_url; /* or "" */
    struct str checkpoint; /* newest signed note, or "" */
    struct instant now;
};

struct str gap_notice_subject(struct arena *arena, const struct gap_notice *notice);
struct str gap_notice_text(struct arena *arena, const struct gap_notice *notice);
struct str gap_notice_json(struct arena *arena, const struct gap_notice *notice);

#endif
