/* record_silence.c - silences: opened and ended by people. */
#include "action/records.h"

bool record_silence_add(const struct call *call, const struct world *world, struct event_list *out,
                        struct err *err)
{
    struct silence_call made = {.actor = call->caller.actor,
                                .what = str_trim(call_str(call, "what")),
                                .job = str_trim(call_str(call, "heartbeat")),
                                .sender = str_trim(call_str(call, "sender")),
                                .key = call_str(call, "key"),
                                .name = str_trim(call_str(call, "name")),
                                .for_length = str_trim(call_str(call, "for")),
                                .until = str_trim(call_str(call, "until")),
                                .reason = call_str(call, "reason"),
                                .now = world->now};
    struct silence_choices choices = world_silenceable(world, out->arena);
    return silence_open(&world->alerts.silences, &choices, &made, out, err);
}

bool record_silence_end(const struct call *call, const struct world *world, struct event_list *out,
                        struct err *err)
{
    struct silence_call made = {
        .actor = call->caller.actor, .number = call_int(call, "number"), .now = world->now};
    return silence_end(&world->alerts.silences, &made, out, err);
}
