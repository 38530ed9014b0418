/* oncall_args.h - times, lengths and zones as people type them behind "reeve oncall …". */
#ifndef ACTION_ONCALL_ARGS_H
#define ACTION_ONCALL_ARGS_H

#include "action/action.h"

/* Where they are read: zone is the one by whose clock times without a zone are meant. */
struct oncall_reader {
    const struct call *call;
    const struct world *world;
    struct arena *arena;
    const struct zone *zone;
};

/* Takes the zone of the option "zone", when it is given. */
MUST_USE bool oncall_read_zone(struct oncall_reader *reader, struct err *err);
/* The option called name: an instant (2026-03-02T08:00:00Z) or a time on the wall of the zone
 * (2026-03-02 09:00, or a date for its beginning); fallback when it is not given. */
MUST_USE bool oncall_read_time(const struct oncall_reader *reader, const char *name,
                               struct instant fallback, struct instant *out_at, struct err *err);
/* "8h", "14 days", "2 weeks": at most 400 days. */
MUST_USE bool oncall_length(struct str text, int64_t *out_ms, struct err *err);

#endif
