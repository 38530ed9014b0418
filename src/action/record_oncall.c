/* record_oncall.c - overrides, swaps and leave: made and taken back by people. */
#include "action/records.h"

#include "action/oncall_args.h"

/* Beginning and end, by the clock of the rota; of a leave by that of the first rota. */
static bool read_times(const struct call *call, const struct world *world, struct arena *arena,
                       struct oncall_call *made, struct err *err)
{
    const struct oncall *oncall = &world->oncall;
    const struct rota *rota = rota_find(oncall->rotas, oncall->rota_count, made->rota);
    const struct zone *zone = rota                     ? rota_zone(rota)
                              : oncall->rota_count > 0 ? rota_zone(&oncall->rotas[0])
                                                       : zone_utc();
    struct str length = str_trim(call_str(call, "for"));
    int64_t length_ms = 0;
    if ((length.n > 0) == (str_trim(call_str(call, "until")).n > 0))
        return err_set(err, ERR_USAGE, "until",
                       "It needs one end: --until \"2026-03-16 09:00\", or --for 8h.");
    struct oncall_reader reader = {call, world, arena, zone};
    if (!oncall_read_zone(&reader, err) ||
        !oncall_read_time(&reader, "from", world->now, &made->from, err) ||
        !oncall_read_time(&reader, "until", made->from, &made->until, err) ||
        (length.n > 0 && !oncall_length(length, &length_ms, err)))
        return false;
    made->until = instant_add_ms(made->until, length_ms);
    return true;
}

static struct oncall_call read_call(const struct call *call, const struct world *world)
{
    return (struct oncall_call){.actor = call->caller.actor,
                                .person = str_trim(call_str(call, "person")),
                                .reason = call_str(call, "reason"),
                                .rota = STR("primary"),
                                .now = world->now};
}

bool record_oncall_override(const struct call *call, const struct world *world,
                            struct event_list *out, struct err *err)
{
    struct oncall_call made = read_call(call, world);
    made.rota = str_trim(call_str(call, "rota"));
    return read_times(call, world, out->arena, &made, err) &&
           oncall_override(&world->oncall, &made, out, err);
}

bool record_oncall_swap(const struct call *call, const struct world *world, struct event_list *out,
                        struct err *err)
{
    struct oncall_call made = read_call(call, world);
    made.rota = str_trim(call_str(call, "rota"));
    made.other = str_trim(call_str(call, "other"));
    return read_times(call, world, out->arena, &made, err) &&
           oncall_swap(&world->oncall, &made, out, err);
}

bool record_oncall_leave(const struct call *call, const struct world *world, struct event_list *out,
                         struct err *err)
{
    struct oncall_call made = read_call(call, world);
    return read_times(call, world, out->arena, &made, err) &&
           oncall_leave(&world->oncall, &made, out, err);
}

bool record_oncall_undo(const struct call *call, const struct world *world, struct event_list *out,
                        struct err *err)
{
    struct oncall_call made = {
        .actor = call->caller.actor, .number = call_int(call, "number"), .now = world->now};
    return oncall_undo(&world->oncall, &made, out, err);
}
