/* silence_notice.h - telling whoever made a silence that it ends while something of it fires.
 *
 * Promises: the fact that it ends soon comes first, then one page for each person is asked for, in
 * a fact of its own, before anything is sent; it goes by one of their ways, by the next one only
 * when that was given up. Told is the person who made the silence; when the configuration does not
 * know them, or every way to them was given up, it is who is on call at that moment. Each is told
 * once. Refuses: asking for an answer; telling of a silence that is over. */
#ifndef PEOPLE_SILENCE_NOTICE_H
#define PEOPLE_SILENCE_NOTICE_H

#include "people/page.h"

void silence_notice_decide(const struct page_world *world, struct event_list *out);

struct silence_notice {
    const struct page *page;
    const struct silence *silence; /* NULL: it is over */
    struct silence_firing firing;  /* all that fires; what the silence does not mute is left out */
    struct str public_url;         /* or "" */
    struct str checkpoint;         /* newest signed note, or "" */
    struct instant now;
};

/* A mail's subject and text, a webhook's JSON. All in arena. */
struct str silence_notice_subject(struct arena *arena, const struct silence_notice *notice);
struct str silence_notice_text(struct arena *arena, const struct silence_notice *notice);
struct str silence_notice_json(struct arena *arena, const struct silence_notice *notice);

#endif
