/* said.h - what somebody wrote in the channel of an incident: performed as the action that it is,
 * with the permissions of who wrote it.
 *
 * Promises: a message that was taken is a fact in the same batch as what it did (channel.heard), so
 * that it is taken once. Refuses: what the action refuses; its sentence is the answer. */
#ifndef ACTION_SAID_H
#define ACTION_SAID_H

#include "action/action.h"

/* heard: of kind CHANNEL_HEARD_SAID; caller: of caller_of_channel. What is to be answered in the
 * channel, or ""; in arena. Nobody answers a note: it is taken or its refusal is said. */
struct str said_perform(struct engine *engine, const struct channel_heard *heard,
                        struct caller caller, struct instant now, struct arena *arena);

#endif
