/* record_inbound.c - alerts of other systems, closed by people. */
#include "action/records.h"

bool record_alert_close(const struct call *call, const struct world *world, struct event_list *out,
                        struct err *err)
{
    struct inbound_close close = {.actor = call->caller.actor,
                                  .sender = call_str(call, "sender"),
                                  .key = call_str(call, "key"),
                                  .reason = call_str(call, "reason"),
                                  .now = world->now};
    return inbound_close(&world->inbounds, &close, out, err);
}
