/* record_switch.c - switching a provider, a way, replies or a sender off and on. */
#include "action/records.h"

bool record_switch_off(const struct call *call, const struct world *world, struct event_list *out,
                       struct err *err)
{
    struct switch_call made = {.actor = call->caller.actor,
                               .name = call_str(call, "name"),
                               .reason = call_str(call, "reason"),
                               .anyway = call_flag(call, "anyway"),
                               .now = world->now};
    return switch_turn_off(&world->switches, &world->switchables, &made, out, err);
}

bool record_switch_on(const struct call *call, const struct world *world, struct event_list *out,
                      struct err *err)
{
    struct switch_call made = {
        .actor = call->caller.actor, .name = call_str(call, "name"), .now = world->now};
    return switch_turn_on(&world->switches, &made, out, err);
}
