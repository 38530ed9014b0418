/* watch.h - which incidents' pages are to be looked at again, and when: so that a turn in which
 * nothing is due looks at none, and one after a fact looks at those that it is about.
 *
 * Computed, not folded: a watch that is all zero looks at everything, and what is decided is the
 * same with and without one. An incident is looked at again after each fact about it or a page of
 * it, when the time has come that its last look found, when a shift may change on any rota, and
 * when the clock, the runbook, the rotas or the configuration are others. One that something was
 * decided of stays to be looked at until that is a fact.
 * Refuses: to decide; to know of pages of runs, silences, gaps and tests. */
#ifndef PEOPLE_WATCH_H
#define PEOPLE_WATCH_H

#include "people/page.h"

struct page_watched {
    int64_t number;
    struct instant due; /* zero: now; ROTA_NEVER: only after another fact */
};

struct page_watch {
    struct page_watched items[LIMIT_INCIDENTS_OPEN * 2]; /* by number */
    size_t count;
    /* The newest incidents that were merged: what becomes of a page of theirs that was on its way
     * concerns another one. */
    int64_t merged[32];
    size_t merged_count; /* so far */
    /* Nothing was decided at a turn, and nothing has happened since: next is the first time at
     * which anything is due. */
    bool is_settled;
    struct instant next;     /* zero: never */
    struct instant settled;  /* when */
    struct instant handover; /* when somebody else may be on a rota; zero: not known */
    int64_t looks;           /* at an incident, so far: tests count them */
    /* What it is of. */
    const struct person *people;
    const struct rota *rotas;
    const struct vocabulary *vocabulary;
    int64_t version; /* of the changes of rotas */
    int64_t repeat_ms, bundle_ms, drill_ms;
};

/* Any event that is folded. */
void page_watch_fold(struct page_watch *watch, const struct event *event);
/* Before a walk at world->now: everything is to be looked at when it is of other people, or a shift
 * may have changed. */
void page_watch_begin(struct page_watch *watch, const struct page_world *world);
/* Is the incident to be looked at now? */
bool page_watch_is_due(struct page_watch *watch, int64_t number, struct instant now);
/* When it was found to be due without a look; ROTA_NEVER: it is not. */
struct instant page_watch_due(const struct page_watch *watch, int64_t number);
/* It was looked at, and nothing was decided of it: when it is to be looked at next; zero: not
 * before another fact. */
void page_watch_take(struct page_watch *watch, int64_t number, struct instant next);
/* Is nothing due that it has not found at an earlier time? Then watch->next says when it is. */
bool page_watch_is_quiet(const struct page_watch *watch, struct instant now);

#endif
