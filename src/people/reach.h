/* reach.h - who was reached last by which way, and drills that prove it before it is needed.
 *
 * Promises: every page that was taken or given up is proof, a test's as well as an incident's; a
 * way that was not proved within drill_ms is tested, one page by it, outside the person's quiet
 * hours (without: in working hours), and not again before drill_ms are over, however it ended.
 * Refuses: to test a way while a test by it is under way. */
#ifndef PEOPLE_REACH_H
#define PEOPLE_REACH_H

#include "people/page.h"

struct reach {
    char person[INCIDENT_NAME_BYTES];
    enum method method;
    struct instant sent, failed; /* when a page by it was taken last, given up last; or zero */
    struct instant asked;        /* when a test by it was asked for last; or zero */
    char detail[160];            /* who took it and what they said */
    char problem[160];           /* why it was given up, while nothing was taken since; or "" */
    int64_t failures;            /* pages given up in a row, since one was taken */
    struct instant failing;      /* the first of them */
    char hitch[160];             /* why the newest try failed that was not the last one; or "" */
    struct instant hitched;      /* when */
};

void reach_fold(struct pages *pages, const struct page *page, const struct event *event);
/* NULL: nothing is known of it. */
const struct reach *reach_find(const struct pages *pages, struct str person, enum method method);

void drill_decide(const struct page_world *world, struct event_list *out);
/* When a way is to be tested next; zero: never. */
struct instant drill_next_due(const struct page_world *world, struct arena *scratch);
/* `drill`: one test to everybody by each of their ways; *out_count of them. */
void drill_all(const struct page_world *world, struct str actor, struct event_list *out,
               size_t *out_count);

#endif
