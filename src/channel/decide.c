/* decide.c - which incidents get a channel, what is to be posted next, when one is left. */
#include "channel/channel.h"
#include "channel/name.h"

static struct event *add(const struct channel_world *world, enum event_kind kind,
                         const char *subject, int64_t number, struct event_list *out)
{
    struct event *event =
        event_list_add(out, kind, world->now, STR("reeve"),
                       str_printf(out->arena, "%s:%lld", subject, (long long)number));
    event_set_int(event, "number", number);
    return event;
}

static void want(const struct channel_world *world, const struct incident *incident,
                 int64_t attempt, struct event_list *out)
{
    size_t most = world->settings.name_bytes;
    struct channel_name parts = {.pattern = channel_pattern_find(world->program),
                                 .title = str_of(incident->title),
                                 .severity = str_of(incident->severity),
                                 .incident = incident->number,
                                 .at = incident->opened,
                                 .zone = world->settings.zone,
                                 .attempt = attempt,
                                 .most = most == 0 || most > CHANNEL_NAME_MOST ? CHANNEL_NAME_MOST
                                         : most < 16                           ? 16
                                                                               : most};
    struct event *event = add(world, EVENT_CHANNEL_WANTED, "incident", incident->number, out);
    event_set_str(event, "name", channel_name_make(out->arena, &parts));
    event_set_str(event, "kind", world->settings.kind);
    event_set_str(event, "severity", str_copy(out->arena, str_of(incident->severity)));
    event_set_str(event, "title", str_copy(out->arena, str_of(incident->title)));
    event_set_int(event, "attempt", attempt);
}

static bool is_grave(const struct channel_world *world, const struct incident *incident)
{
    int rank = severity_get(world->plan, str_of(incident->severity))->rank;
    struct str from = world->settings.from;
    return from.n == 0 ? rank < SEVERITY_QUIET_RANK : rank <= severity_get(world->plan, from)->rank;
}

static void decide_incident(const struct channel_world *world, const struct incident *incident,
                            struct event_list *out)
{
    const struct channel *channel = channel_find(world->channels, incident->number);
    if (!channel && incident->state != INCIDENT_RESOLVED && is_grave(world, incident))
        want(world, incident, 1, out);
    else if (channel && incident->state != INCIDENT_RESOLVED && channel->state == CHANNEL_TAKEN &&
             channel->attempt < CHANNEL_ATTEMPTS_MAX)
        want(world, incident, channel->attempt + 1, out);
}

/* What is to be done of a breach, and the law's time for it, outlast the incident. */
static bool is_breach_open(const struct channel_world *world, const struct channel *channel)
{
    const struct incident *incident = incident_find(world->incidents, channel->incident);
    return channel->state == CHANNEL_MADE && incident && incident->breach &&
           breach_is_open(incident->breach);
}

/* When it is left: some time after its incident, and not before all is posted; one that was never
 * made with its incident's end. */
static bool is_over(const struct channel_world *world, const struct channel *channel)
{
    if (instant_is_zero(channel->ended) || is_breach_open(world, channel))
        return false;
    if (channel->state == CHANNEL_MADE && channel->line_count > 0 &&
        str_is(world->settings.kind, channel->kind))
        return false;
    return !instant_before(world->now, instant_add_ms(channel->ended, CHANNEL_LEAVE_MS));
}

static void decide_channel(const struct channel_world *world, const struct channel *channel,
                           struct event_list *out)
{
    if (is_over(world, channel)) {
        struct event *event = add(world, EVENT_CHANNEL_LEFT, "incident", channel->incident, out);
        event_set_str(event, "name", str_copy(out->arena, str_of(channel->name)));
        return;
    }
    if (channel->state != CHANNEL_MADE || channel->posting != 0 || channel->line_count == 0 ||
        channel->topic == 0 || !str_is(world->settings.kind, channel->kind))
        return;
    size_t last =
        channel->line_count < CHANNEL_LINES_POST ? channel->line_count : CHANNEL_LINES_POST;
    struct event *event = add(world, EVENT_CHANNEL_POSTING, "channel", channel->incident, out);
    event_set_int(event, "through", channel->lines[last - 1].entry);
}

void channel_decide(const struct channel_world *world, struct event_list *out)
{
    if (world->settings.kind.n > 0)
        for (size_t i = 0; i < world->incidents->count; i++)
            decide_incident(world, world->incidents->items[i], out);
    for (size_t i = 0; i < world->channels->count; i++)
        decide_channel(world, world->channels->items[i], out);
}

struct instant channel_next_due(const struct channel_world *world)
{
    struct instant earliest = {0};
    for (size_t i = 0; i < world->channels->count; i++) {
        const struct channel *channel = world->channels->items[i];
        if (instant_is_zero(channel->ended))
            continue;
        struct instant at = instant_add_ms(channel->ended, CHANNEL_LEAVE_MS);
        /* For its lines to be posted, or a breach to be done with. */
        bool waits = !instant_before(world->now, at) || is_breach_open(world, channel);
        if (!waits && (instant_is_zero(earliest) || instant_before(at, earliest)))
            earliest = at;
    }
    return earliest;
}

static bool is_like(const struct channel *channel, struct str reason)
{
    return str_equal(str_of(channel->reason), str_cut(reason, CHANNEL_REASON_BYTES - 1));
}

static void hear_created(const struct channel_world *world, const struct channel *channel,
                         const struct channel_heard *heard, struct event_list *out)
{
    if (channel->state != CHANNEL_WANTED || heard->channel.n == 0)
        return;
    struct str name = heard->name.n > 0 ? heard->name : str_of(channel->name);
    struct event *event = add(world, EVENT_CHANNEL_CREATED, "incident", channel->incident, out);
    event_set_str(event, "name", str_copy(out->arena, str_cut(name, CHANNEL_NAME_BYTES - 1)));
    event_set_str(event, "channel",
                  str_copy(out->arena, str_cut(heard->channel, CHANNEL_ID_BYTES - 1)));
}

static void hear_trouble(const struct channel_world *world, const struct channel *channel,
                         const struct channel_heard *heard, struct event_list *out)
{
    bool taken = heard->kind == CHANNEL_HEARD_TAKEN;
    if (taken ? channel->state != CHANNEL_WANTED || !str_is(heard->name, channel->name)
              : is_like(channel, heard->reason))
        return;
    if (!taken && heard->reason.n == 0)
        return; /* only later; what was wrong stands there already */
    struct event *event = add(world, taken ? EVENT_CHANNEL_TAKEN : EVENT_CHANNEL_REFUSED,
                              "incident", channel->incident, out);
    event_set_str(event, "name", str_copy(out->arena, str_of(channel->name)));
    event_set_str(event, "reason",
                  str_copy(out->arena, str_cut(heard->reason, CHANNEL_REASON_BYTES - 1)));
}

void channel_hear(const struct channel_world *world, const struct channel_heard *heard,
                  struct event_list *out)
{
    const struct channel *channel = channel_find(world->channels, heard->incident);
    if (!channel || !str_is(world->settings.kind, channel->kind))
        return;
    if (heard->kind == CHANNEL_HEARD_CREATED)
        hear_created(world, channel, heard, out);
    else if (heard->kind == CHANNEL_HEARD_TAKEN || heard->kind == CHANNEL_HEARD_REFUSED)
        hear_trouble(world, channel, heard, out);
    else if (heard->kind == CHANNEL_HEARD_SET &&
             (channel->topic != str_hash(heard->topic) || channel->reason[0] != '\0'))
        event_set_str(add(world, EVENT_CHANNEL_TOPIC_SET, "channel", channel->incident, out),
                      "topic", str_copy(out->arena, str_cut(heard->topic, CHANNEL_TOPIC_BYTES)));
    else if (heard->kind == CHANNEL_HEARD_POSTED && channel->posting != 0 &&
             heard->through == channel->posting)
        event_set_int(add(world, EVENT_CHANNEL_POSTED, "channel", channel->incident, out),
                      "through", heard->through);
}

void channel_take(const struct channel_world *world, const struct channel *channel,
                  const struct channel_heard *heard, bool is_note, struct event_list *out)
{
    struct event *event = add(world, EVENT_CHANNEL_HEARD, "channel", channel->incident, out);
    event_set_str(event, "message",
                  str_copy(out->arena, str_cut(heard->id, CHANNEL_MESSAGE_BYTES - 1)));
    event_set_int(event, "note", is_note);
}
