/* notice.h - steps by which people are told something by mail.
 *
 * Promises: the start of the step is a fact, then one page for each person is asked for, in a fact
 * of its own, before any mail is sent; the step ends when each of its pages has: done when all were
 * sent, in doubt when one may have been, failed when one was not; a step that is tried again tells
 * only those whose mail was not certainly taken. Refuses: telling anybody in a rehearsal, and links
 * that change something. */
#ifndef RUN_NOTICE_H
#define RUN_NOTICE_H

#include "run/run.h"

void notice_decide(const struct run_world *world, struct event_list *out);

/* The mail. */
struct notice_mail {
    const struct run_world *world;
    const struct page *page;
    struct str public_url; /* or "" */
    struct str checkpoint; /* newest signed note, or "" */
};
struct str notice_subject(struct arena *arena, const struct notice_mail *mail);
struct str notice_text(struct arena *arena, const struct notice_mail *mail);

#endif
