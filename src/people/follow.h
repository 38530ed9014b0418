/* follow.h - alerts that a receiver keeps open until it is told of their end: what it holds, and
 * what it is to be told.
 *
 * Where the receiver of a way keeps an alert (method_row), each thread of pages is one alert there,
 * known by the thread's name, so that the end of one person's is nobody else's. It is told
 *   acknowledged   when the incident is; what is paged after that stands until it is acknowledged
 *                  anew, or over
 *   resolved       when the incident is mitigated, resolved or merged; when its person is not on
 *                  call for it any more; at once after a test, and after FOLLOW_NOTICE_MS where
 *                  nobody has to answer
 * Promises: only what was triggered, perhaps, is followed; in order: not while a page of the thread
 * is being sent, and no page of it begins while its receiver is being told. Intent (page.following)
 * before effect, tried again after a crash and with growing waits for FOLLOW_GIVEN_UP_MS; its end
 * is a fact. What is wanted follows from the folded facts alone, so a restart goes on.
 * Refuses: to tell by a way that is switched off; that waits until it is on again. */
#ifndef PEOPLE_FOLLOW_H
#define PEOPLE_FOLLOW_H

#include "people/page.h"

enum {
    FOLLOW_GIVEN_UP_MS = 24 * 60 * 60 * 1000, /* since it was wanted */
    FOLLOW_NOTICE_MS = 10 * 60 * 1000
};

/* What is to be told now. */
struct follow {
    const struct page *page;
    enum follow_state action;
    struct str lost; /* why it cannot be told any more, a clause; "": it can */
};

void follow_fold(struct pages *pages, const struct event *event);
/* Is its receiver to be told something, now or later? */
bool follow_is_owed(const struct page *page);
/* Does its receiver ring on for an incident, and nothing ends that? */
bool follow_rings_on(const struct page *page);
/* What is to be begun now, the longest waiting first; in arena. */
const struct follow *follow_ready(const struct page_world *world, struct arena *arena,
                                  size_t *out_count);
const char *follow_word(enum follow_state action); /* "acknowledged", "resolved" */

/* What came of it. */
struct follow_end {
    enum page_outcome outcome;
    struct str detail; /* lives at least as long as the list's arena */
    int64_t wait_ms;   /* its receiver asks not to be asked before that; 0: nothing */
};

/* Facts of telling, for the engine to record. */
void follow_start(const struct follow *follow, struct instant now, struct event_list *out);
void follow_finish(const struct follow *follow, const struct follow_end *end, struct instant now,
                   struct event_list *out);
/* Without having begun: it cannot be told any more. */
void follow_give_up(const struct follow *follow, struct instant now, struct event_list *out);

#endif
