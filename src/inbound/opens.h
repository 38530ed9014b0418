/* opens.h - which severity an alert opens, what parts a group of alerts by it, and of which firing
 * a resolution is: for take.c and inbound.c. */
#ifndef INBOUND_OPENS_H
#define INBOUND_OPENS_H

#include "inbound/inbound.h"

/* Does an alert that says this severity open a worse one than it did? Never without a map. */
bool inbound_is_worse(const struct inbound_sender *sender, struct str severity, struct str than);
/* The id of the group, or of the part of it that opens this severity. */
struct str inbound_group_id(struct arena *arena, const struct inbound_sender *sender,
                            struct str group, struct str opens);

/* Does it resolve a firing older than the one that began then (zero: nobody said)? Both times are
 * the sender's. One that says no end, or the same start, is of what is open. */
bool inbound_is_older(const struct inbound_alert *alert, struct instant began);

#endif
