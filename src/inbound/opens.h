/* opens.h - which severity an alert opens, and what parts a group of alerts by it: for take.c. */
#ifndef INBOUND_OPENS_H
#define INBOUND_OPENS_H

#include "inbound/inbound.h"

/* Does an alert that says this severity open a worse one than it did? Never without a map. */
bool inbound_is_worse(const struct inbound_sender *sender, struct str severity, struct str than);
/* The id of the group, or of the part of it that opens this severity. */
struct str inbound_group_id(struct arena *arena, const struct inbound_sender *sender,
                            struct str group, struct str opens);

#endif
