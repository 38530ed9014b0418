/* push_internal.h - what the files of push.h share. */
#ifndef TELEMETRY_PUSH_INTERNAL_H
#define TELEMETRY_PUSH_INTERNAL_H

#include "telemetry/push.h"

static inline struct pushed_series *pushed_series_at(const struct push *push, size_t index)
{
    return &push->pages[index / SERIES_PAGE][index % SERIES_PAGE];
}
/* The series of an identity, made when it is new, and known by the hash of its labels' bytes (0:
 * not) from now on; false at the maximum. */
MUST_USE bool pushed_series_add(struct push *push, uint64_t identity, uint64_t raw_hash,
                                size_t *out_index);
/* Had a new series of this tally no room lately, so that its sum is not known? */
bool push_is_refused(const struct push *push, size_t tally, struct instant now);

#endif
