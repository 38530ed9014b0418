/* perform.h - performing a read or record action for its caller.
 *
 * Promises: a record's facts are durable before the reply says so; a refusal for lack of permission
 * is a fact of its own, and so is what an audited action is asked in vain, as often as the
 * call's denials take it. Refuses: local actions, which main performs. */
#ifndef ACTION_PERFORM_H
#define ACTION_PERFORM_H

#include "action/action.h"
#include "engine/engine.h"

/* reply->arena must outlive the reply. */
MUST_USE bool action_perform(struct engine *engine, struct call *call, struct instant now,
                             struct reply *reply, struct err *err);

/* The same without a ledger, of a world in which nothing has happened; what would change something
 * is refused. */
MUST_USE bool action_read(struct world *world, struct call *call, struct instant now,
                          struct reply *reply, struct err *err);

#endif
