/* bundle.h - which pages go out together: a storm of incidents is one message, not one for each.
 *
 * Promises: the first page to a person by a way goes at once, with all that are ready with it; what
 * comes of other incidents within bundle_ms after that waits for the end of those, and then goes in
 * one message. What is graver than everything in the newest message goes at once, with all that
 * waits. Another try of a page keeps its own times and takes along what waits. Nothing is dropped:
 * each page of a bundle has its own facts, which name the page that leads it. All follows from the
 * folded state. Refuses: to hold back tests, approvals, what steps tell and the ends of silences;
 * more than BUNDLE_PAGES_MAX in one message, the rest is the next one's. */
#ifndef PEOPLE_BUNDLE_H
#define PEOPLE_BUNDLE_H

#include "people/page.h"

enum { BUNDLE_PAGES_MAX = 200, BUNDLE_MS = 30 * 1000 };

/* One message: to one person by one way. */
struct bundle {
    const struct page **pages; /* the longest waiting leads; its id is the order's */
    size_t count;
};

/* What is to go out now, the longest waiting first; in arena. */
const struct bundle *bundle_ready(const struct page_world *world, struct arena *arena,
                                  size_t *out_count);
/* When pages that wait for others go out next; zero: none waits. */
struct instant bundle_next_due(const struct page_world *world, struct arena *scratch);
/* Does it tell a person of an incident, so that it can go together with others? */
bool bundle_can_wait(const struct page *page);
/* The pages that were started in the message that id leads, itself among them; in arena. */
const struct page **bundle_started(const struct pages *pages, struct str id, struct arena *arena,
                                   size_t *out_count);

#endif
