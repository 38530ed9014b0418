/* channels.c - a chat server that makes channels, loses answers, refuses and is away; what is
 * really posted there, and what people write.
 *
 * A post is real before its answer is a fact. What is posted twice must have had a crash, or a fact
 * that could not be written, between the two. */
#include "sim.h"

#include "action/said.h"

struct sim_talk {
    int64_t through; /* posted for real, up to this entry */
    int64_t trouble; /* crashes and lost facts at that time */
};

static int64_t trouble_of(const struct sim *sim)
{
    return sim->crashes + sim->lost_answers;
}

static bool hear(struct sim *sim, const struct channel_heard *heard)
{
    struct arena arena;
    struct event_list events;
    struct err err = {0};
    arena_init(&arena);
    event_list_init(&events, &arena);
    sim->core.world.now = sim_now(sim);
    struct channel_world world = world_channels(&sim->core.world);
    channel_hear(&world, heard, &events);
    bool good = engine_append(&sim->core.engine, &events, &err);
    sim->lost_answers += !good;
    arena_done(&arena);
    return good;
}

static struct sim_talk *talk_of(struct sim *sim, int64_t incident)
{
    struct str key = str_printf(&sim->arena, "%lld", (long long)incident);
    struct sim_talk *talk = map_find(&sim->talks, key);
    if (talk)
        return talk;
    talk = arena_make(&sim->arena, struct sim_talk);
    if (!map_put(&sim->talks, key, talk))
        sim_fail(sim, "too many channels");
    return talk;
}

static void post(struct sim *sim, const struct channel_order *order)
{
    struct sim_talk *talk = talk_of(sim, order->incident);
    if (order->through <= talk->through && trouble_of(sim) == talk->trouble)
        sim_fail(sim, "incident %lld is told of entry %lld twice", (long long)order->incident,
                 (long long)order->through);
    if (order->through > (int64_t)sim->core.memory.count || order->line_count == 0)
        sim_fail(sim, "incident %lld is told of what is not in the ledger",
                 (long long)order->incident);
    talk->through = order->through;
    talk->trouble = trouble_of(sim);
}

static struct channel_heard answer_of(struct sim *sim, const struct channel_order *order)
{
    struct channel_heard heard = {.incident = order->incident, .name = order->name};
    uint64_t chance = sim_chance(sim, "channel", sim->step * 1000 + order->incident, 8);
    if (!sim->draining && chance == 0) {
        heard.kind = CHANNEL_HEARD_REFUSED;
        heard.reason = STR("the server is busy");
    } else if (order->kind == CHANNEL_ORDER_CREATE && !sim->draining && chance == 1) {
        heard.kind = CHANNEL_HEARD_TAKEN;
        heard.reason = STR("somebody is in it");
    } else if (order->kind == CHANNEL_ORDER_CREATE) {
        heard.kind = CHANNEL_HEARD_CREATED;
        heard.channel = order->name;
    } else if (order->kind == CHANNEL_ORDER_FACTS) {
        heard.kind = CHANNEL_HEARD_SET;
        heard.topic = order->topic;
    } else {
        post(sim, order);
        heard.kind = CHANNEL_HEARD_POSTED;
        heard.through = order->through;
    }
    return heard;
}

/* A message comes twice, as servers repeat them: it is taken once. */
static void speak(struct sim *sim)
{
    const struct channels *channels = &sim->core.world.channels;
    static const char *const words[] = {"ack",     "it is the pool", "note mended",      "page ben",
                                        "resolve", "help",           "page nobody-known"};
    uint64_t which = sim_chance(sim, "words", sim->step, sizeof words / sizeof *words);
    if (channels->count == 0 || sim_chance(sim, "speak", sim->step, 6) > 0)
        return;
    const struct channel *channel =
        channels->items[sim_chance(sim, "where", sim->step, channels->count)];
    struct arena arena;
    arena_init(&arena);
    int64_t incident = channel->incident;
    struct channel_heard heard = {.kind = CHANNEL_HEARD_SAID,
                                  .channel = str_copy(&arena, str_of(channel->id)),
                                  .text = str_of(words[which]),
                                  .id = str_printf(&arena, "m%lld", (long long)sim->step)};
    enum role role = sim_chance(sim, "role there", sim->step, 4) ? ROLE_RESPONDER : ROLE_VIEWER;
    struct caller caller = caller_of_channel(&arena, STR("ana"), role, channel_speaks_of(channel));
    struct str said = said_perform(&sim->core.engine, &heard, caller, sim_now(sim), &arena);
    channel = channel_find(&sim->core.world.channels, incident);
    size_t before = sim->core.memory.count;
    bool taken = !sim->core.crashed && channel && channel_has_heard(channel, heard.id);
    if (taken && said.n > 0)
        sim_fail(sim, "what was taken is answered by \"%.*s\"", STR_ARGS(said));
    if (taken)
        (void)said_perform(&sim->core.engine, &heard, caller, sim_now(sim), &arena);
    if (taken && sim->core.memory.count != before)
        sim_fail(sim, "a message that came twice was taken twice");
    arena_done(&arena);
}

void channels_answer(struct sim *sim)
{
    struct arena arena;
    size_t count = 0;
    sim->core.world.now = sim_now(sim);
    arena_init(&arena);
    struct channel_world world = world_channels(&sim->core.world);
    const struct channel_order *orders = channel_orders(&world, &arena, &count);
    bool is_away = !sim->draining && sim_chance(sim, "chat", sim->step / 5, 5) == 0;
    for (size_t i = 0; i < count && !is_away && !sim->core.crashed; i++) {
        struct channel_heard heard = answer_of(sim, &orders[i]);
        (void)hear(sim, &heard);
    }
    arena_done(&arena);
    if (!sim->core.crashed && !sim->draining)
        speak(sim);
}

/* At the end all that happened stands in the channel, and nothing more. */
void channels_check(struct sim *sim)
{
    const struct channels *channels = &sim->core.world.channels;
    for (size_t i = 0; i < channels->count; i++) {
        const struct channel *channel = channels->items[i];
        if (channel->state == CHANNEL_MADE && (channel->line_count > 1 || channel->topic == 0))
            sim_fail(sim, "the channel of incident %lld was not told of %zu lines",
                     (long long)channel->incident, channel->line_count);
        if (channel->posted > talk_of(sim, channel->incident)->through)
            sim_fail(sim, "what was never posted counts as posted");
    }
}
