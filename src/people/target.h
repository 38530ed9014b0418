/* target.h - whom an incident concerns now, since when, and why.
 *
 * Promises: each person once, with the gravest reason; nobody who cannot be reached. Refuses: by
 * which way they are told, and whether they were (decide.c). */
#ifndef PEOPLE_TARGET_H
#define PEOPLE_TARGET_H

#include "people/page.h"

/* Somebody who must know, and since when. */
struct target {
    const struct person *person;
    struct instant since;
    struct instant from; /* of the way that is being looked at: since, or a while later */
    int rank;            /* of the incident's severity */
    bool repeat, after_ack, quiet;
    bool called; /* by a person, who wants them now: it waits for no hours */
    bool others; /* only when they are not to be told for another reason */
    bool raised; /* a change of severity says so: only when they were not told of it yet */
    bool over;   /* the incident is mitigated: it wakes nobody (calm.h) */
    bool fresh;  /* only by a way that was not tried: it is answered, or over, by now */
    struct str reason;
};

struct targets {
    struct target *items; /* room for LIMIT_PEOPLE */
    size_t count;
};

struct target_search {
    const struct page_world *world;
    struct arena *arena;         /* for reasons */
    const struct person **party; /* room for LIMIT_PEOPLE */
    struct targets *targets;     /* out; what was in it is forgotten */
};

void incident_targets(struct target_search *search, const struct incident *incident);

/* Does the page, the newest by its way, not tell the target why they are to be told now? NULL: none
 * was asked for. */
bool target_is_owed(const struct page *page, const struct target *target);

#endif
