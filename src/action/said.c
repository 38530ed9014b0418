/* said.c - from a message to calls of the table, recorded as one batch. */
#include "action/said.h"

#include "action/perform.h"
#include "channel/said.h"

struct saying {
    struct engine *engine;
    const struct channel *channel;
    const struct channel_heard *heard;
    struct caller caller;
    struct instant now;
    struct arena *arena;
    struct event_list events;
};

/* Adds what the action decides. One that is not permitted is refused as by any other way, which is
 * a fact. */
static bool decide(struct saying *saying, struct call *call, struct err *err)
{
    struct str reason;
    struct reply reply;
    if (!permit(&saying->caller, call->action->permission, saying->arena, &reason)) {
        reply_init(&reply, saying->arena);
        return action_perform(saying->engine, call, saying->now, &reply, err);
    }
    return call->action->record(call, saying->engine->world, &saying->events, err);
}

/* An action about the channel's incident; name NULL: with no other argument. */
static bool add(struct saying *saying, const char *action, const char *name, struct str value,
                struct err *err)
{
    struct call call;
    struct str number =
        str_printf(saying->arena, "%lld", (long long)channel_speaks_of(saying->channel));
    call_init(&call, action_find_name(str_of(action)), saying->caller);
    return call_set(&call, STR("number"), number, err) &&
           (!name || call_set(&call, str_of(name), value, err)) && call_check(&call, err) &&
           decide(saying, &call, err);
}

/* A command without what it needs, in the words of the channel. */
static bool is_whole(const struct said *said, struct err *err)
{
    const char *how = said->kind == SAID_NOTE   ? "Write what is to be noted behind it: note WORDS."
                      : said->kind == SAID_PAGE ? "Write behind it whom to page: page NAME."
                      : said->kind == SAID_RESOLVE
                          ? "Write what it was and what ended it behind it: resolve WORDS."
                          : NULL;
    return !how || said->text.n > 0 || err_set(err, ERR_USAGE, NULL, "%s", how);
}

/* Who ends what was merged may not know what it has become: that is asked for where its people are.
 */
static bool is_meant(const struct saying *saying, struct err *err)
{
    struct channel_world channels = world_channels(saying->engine->world);
    struct str pointer = channel_pointer(&channels, saying->arena, saying->channel);
    return pointer.n == 0 ||
           err_set(err, ERR_REFUSED, NULL,
                   "%.*s Nothing was resolved; resolve incident %lld itself, if it is over.",
                   STR_ARGS(pointer), (long long)channel_speaks_of(saying->channel));
}

static bool perform(struct saying *saying, const struct said *said, struct err *err)
{
    if (!is_whole(said, err))
        return false;
    switch (said->kind) {
    case SAID_ACK:
        return add(saying, "incident ack", NULL, STR(""), err) &&
               (said->text.n == 0 || add(saying, "incident note", "note", said->text, err));
    case SAID_WORDS:
    case SAID_NOTE: return add(saying, "incident note", "note", said->text, err);
    case SAID_PAGE: return add(saying, "incident page", "person", said->text, err);
    case SAID_RESOLVE:
        return is_meant(saying, err) && add(saying, "incident resolve", "note", said->text, err);
    case SAID_NOTHING:
    case SAID_HELP: break;
    }
    return true;
}

struct str said_perform(struct engine *engine, const struct channel_heard *heard,
                        struct caller caller, struct instant now, struct arena *arena)
{
    struct world *world = engine->world;
    const struct channel *channel = channel_find_id(&world->channels, heard->channel);
    struct said said = said_parse(heard->text);
    struct err err = {0};
    if (!channel || said.kind == SAID_NOTHING || channel_has_heard(channel, heard->id))
        return STR("");
    if (said.kind == SAID_HELP)
        return said_help();
    world->now = now;
    struct saying saying = {.engine = engine,
                            .channel = channel,
                            .heard = heard,
                            .caller = caller,
                            .now = now,
                            .arena = arena};
    event_list_init(&saying.events, arena);
    struct channel_world channels = world_channels(world);
    /* What goes to another incident is told in that one's channel. */
    bool is_own_note = (said.kind == SAID_WORDS || said.kind == SAID_NOTE) && channel->into == 0;
    channel_take(&channels, channel, heard, is_own_note, &saying.events);
    saying.events.items[0].actor = caller.actor;
    if (!perform(&saying, &said, &err))
        return str_copy(arena, str_of(err.text));
    if (!engine_append(engine, &saying.events, &err))
        return STR("The ledger cannot be written just now: this was not taken; say it again.");
    (void)!engine_turn(engine, now, &err);
    return STR("");
}
