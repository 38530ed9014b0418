/* whole_story.h - all that the ledger holds about an incident, what is to be learned from it, and
 * its picture.
 *
 * Promises: only facts of the ledger and the runbook in force; what neither says is said to be
 * unknown, and no number is made up. Incidents that were merged into this one are told with it. */
#ifndef STATE_WHOLE_STORY_H
#define STATE_WHOLE_STORY_H

#include "state/world.h"

enum { IMPACTS_MAX = 50, TOLD_MAX = 50, FINDINGS_MAX = 40, RUNS_TOLD_MAX = 20 };

struct impact { /* a rule of the incident */
    struct str id, title;
    int64_t line;
    struct instant fired, ended;       /* the first time; the last end, zero: it fires still */
    struct str fired_text, worst_text; /* what it read then, and at its worst; or "" */
    double worst;
    struct instant worst_at;
    int readings; /* values of it that the ledger holds */
    bool is_read; /* worst_text is of all readings that are kept, not only of the ledger's values */
    bool is_merged;
    int64_t firing_ms, unknown_ms;
    int fired_count;
};

struct told_person { /* who was paged, and what came of it */
    struct str person, method;
    int sent, failed, doubted;
    struct instant first; /* that arrived; zero: none did */
};

struct postmortem {
    struct past_view past;
    struct story story; /* of the incident, what it took over, and its rules; oldest first */
    struct instant end; /* of the story: the resolution, or now */
    struct impact *impacts;
    size_t impact_count;
    struct told_person *told;
    size_t told_count;
    struct str *findings; /* what the runbook should have said */
    size_t finding_count;
    struct follow_up_view *follow_ups;
    size_t follow_up_count;
    const struct run **runs; /* that were begun meanwhile */
    size_t run_count;
    struct breach_view *breach; /* as the facts leave it; NULL: there was none */
    struct tick_view *ticks;    /* as the facts leave them */
    size_t tick_count;
};

/* False: there never was such an incident, or the ledger cannot be read. */
MUST_USE bool postmortem_read(const struct world *world, struct arena *arena, int64_t number,
                              struct postmortem *out_postmortem, struct err *err);
/* Fills findings; the rest is there. */
void postmortem_find(const struct world *world, struct arena *arena, struct postmortem *postmortem);
/* The timeline as one SVG element, without a style sheet; readable on light and on dark. */
void postmortem_draw(struct text *text, const struct postmortem *postmortem);
/* Is it worth a line of the timeline? What only leads to another fact is not. */
bool postmortem_tells(const struct event *event);

#endif
