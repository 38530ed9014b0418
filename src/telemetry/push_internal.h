/* push_internal.h - what the files of push.h share. */
#ifndef TELEMETRY_PUSH_INTERNAL_H
#define TELEMETRY_PUSH_INTERNAL_H

#include "telemetry/push.h"

static inline struct pushed_series *pushed_series_at(const struct push *push, size_t index)
{
    return (struct pushed_series *)series_at(&push->table, index);
}
/* Had a new series of this tally no room lately, so that its sum is not known? */
bool push_is_refused(const struct push *push, size_t tally, struct instant now);
/* What the live series show of their signals, as a scrape of them would now. */
void push_gather(struct push *push, struct instant now);

#endif
