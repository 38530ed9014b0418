/* whatif.h - what would follow if rules fired: the product's own decisions over a copy of its
 * state.
 *
 * Incidents and pages are decided, folded and decided again as live, every page counting as sent at
 * once and nobody acknowledging, for WHATIF_LENGTH_MS, or until nothing more is due. Silences end
 * when they do: what they mute opens its incident then, and that one will end is told as
 * live. The world is not changed. What was opened after the asked instant is not there then; of an
 * instant that is over, what fires by now and was no part of an incident then does not fire.
 * Refuses nothing. */
#ifndef STATE_WHATIF_H
#define STATE_WHATIF_H

#include "state/world.h"

/* From Friday evening past Monday morning. */
#define WHATIF_LENGTH_MS (INT64_C(72) * 60 * 60 * 1000)
enum { WHATIF_FACTS_MAX = 500 };

/* One page, or a fact of an incident that is no page. */
struct whatif_fact {
    struct instant at;
    struct event event;
    int64_t again; /* pages: so many more to the same person for the same reason */
    bool held;     /* pages: asked for before working hours, and sent at their beginning */
};

struct whatif {
    struct whatif_fact *facts; /* in order of time */
    size_t count;
    bool is_cut; /* more than WHATIF_FACTS_MAX */
};

/* A silence that is in force now and covers a rule that is to fire. */
struct whatif_silence {
    const struct silence *silence;
    const struct rule *rule;
    bool is_over; /* by then: it does not mute */
};

/* Those that mute at the instant, and those that will be over by then; *out_count, in arena. One
 * that was made after it is left out. firing: one for each rule of the world. */
struct whatif_silence *whatif_silences(const struct world *world, struct arena *arena,
                                       const bool *firing, struct instant at, size_t *out_count);
/* firing: one for each rule of the world. All in arena. */
struct whatif whatif_play(const struct world *world, struct arena *arena, const bool *firing,
                          struct instant at);

#endif
