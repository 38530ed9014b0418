/* handover_notice.h - messages that a shift is handed over.
 *
 * Promises: whoever comes on (and, where reeve.yaml says both, whoever goes off) gets one message
 * for each hand-over that was said (handover.h), by the first method that works; decided from the
 * folded state, so a crash neither forgets nor doubles it. It waits for the end of their quiet
 * hours, and says which incidents are open and what is still to be done. Nobody has to answer.
 * Refuses: whoever is on leave, or cannot be reached: that is what a gap is (gap_notice.h). */
#ifndef PEOPLE_HANDOVER_NOTICE_H
#define PEOPLE_HANDOVER_NOTICE_H

#include "people/page.h"

void handover_notice_decide(const struct page_world *world, struct event_list *out);

struct handover_notice {
    const struct page *page;
    const struct oncall_handovers *handovers;
    const struct oncall *oncall;
    const struct incidents *incidents;
    struct str public_url; /* or "" */
    struct str checkpoint; /* newest signed note, or "" */
    struct instant now;
};

struct str handover_notice_subject(struct arena *arena, const struct handover_notice *notice);
struct str handover_notice_text(struct arena *arena, const struct handover_notice *notice);
struct str handover_notice_json(struct arena *arena, const struct handover_notice *notice);

#endif
