/* past_fresh.h - readings that the collector has made and the archive does not have yet.
 *
 * They stand in the collector's lines (collect/history.h) as soon as they are made; the archive
 * gets them some seconds later, or not at all while its disk is full. */
#ifndef MAIN_PAST_FRESH_H
#define MAIN_PAST_FRESH_H

#include "telemetry/reading.h"

struct past_seen; /* the newest reading that the archive has of a target */

struct past_fresh {
    struct arena *arena;
    struct str signal;
    struct past_seen *seen;
    size_t seen_count, seen_capacity;
    struct reading *items; /* oldest first */
    size_t count, capacity;
};

void past_fresh_init(struct past_fresh *fresh, struct arena *arena, struct str signal);
/* Of the archive, each. */
void past_fresh_saw(struct past_fresh *fresh, const struct reading *reading);
/* Fills items: of the signal, newer than what was seen of their target and than after, until now at
 * the most. A folder that cannot be read has none. */
void past_fresh_read(struct past_fresh *fresh, struct str folder, struct instant after,
                     struct instant now);

#endif
