/* orders.c - what the transport is to do now, and the words of it. */
#include "channel/channel.h"

enum { LINE_BYTES_MAX = 1024 };

static struct str time_words(const struct channel_world *world, struct arena *arena,
                             struct instant at)
{
    const struct zone *zone = world->settings.zone ? world->settings.zone : zone_utc();
    struct zone_clock clock = {0};
    struct civil wall = zone_civil(zone, at, &clock);
    return str_printf(arena, "%02d:%02d %s", wall.hour, wall.minute, clock.name);
}

static struct str address_of(const struct channel_world *world, struct arena *arena,
                             int64_t incident)
{
    return world->public_url.n == 0 ? STR("")
                                    : str_printf(arena, "%.*s/incidents/%lld",
                                                 STR_ARGS(world->public_url), (long long)incident);
}

/* What makes a channel ours again after a crash: no other incident has it. */
static struct str mark_of(const struct channel_world *world, struct arena *arena,
                          const struct channel *channel, const struct incident *incident)
{
    char opened[INSTANT_TEXT_BYTES] = "";
    if (incident)
        instant_write(incident->opened, opened);
    (void)world;
    return str_printf(arena, "[incident %lld of %.19sZ]", (long long)channel->incident, opened);
}

/* With its date where it is not today's: the law's time is three days long. */
static void add_clock(const struct channel_world *world, struct text *text, const char *words,
                      struct instant due)
{
    if (instant_is_zero(due))
        return;
    const struct zone *zone = world->settings.zone ? world->settings.zone : zone_utc();
    struct zone_clock clock = {0};
    struct civil day = zone_civil(zone, due, &clock), now = zone_civil(zone, world->now, &clock);
    bool is_today = day.year == now.year && day.month == now.month && day.day == now.day;
    text_printf(text, "%s%s ", text->n > 0 ? ", " : "", words);
    if (!is_today)
        text_printf(text, "%04d-%02d-%02d ", day.year, day.month, day.day);
    text_add(text, time_words(world, text->arena, due));
}

/* It runs until somebody says that it was done or need not be, also when the incident is over. */
static void add_law_clock(const struct channel_world *world, struct text *text,
                          const struct incident *incident)
{
    const struct breach *breach = incident->breach;
    if (!breach || breach->is_law_over)
        return;
    add_clock(world, text,
              instant_is_zero(breach->law_missed) ? "supervisory authority to be notified by"
                                                  : "supervisory authority was to be notified by",
              instant_add_ms(breach->aware, BREACH_LAW_MS));
}

static struct str clocks_of(const struct channel_world *world, struct arena *arena,
                            const struct incident *incident)
{
    struct text text;
    text_init(&text, arena, LINE_BYTES_MAX);
    if (incident->state == INCIDENT_OPEN)
        add_clock(world, &text, "to be answered by", incident_response_due(incident, world->plan));
    if (incident->state == INCIDENT_OPEN || incident->state == INCIDENT_ACKNOWLEDGED)
        add_clock(world, &text, "next update by", incident_update_due(incident, world->plan));
    if (incident->state != INCIDENT_RESOLVED)
        add_clock(world, &text, "to be resolved by",
                  incident_resolution_due(incident, world->plan));
    add_law_clock(world, &text, incident);
    return text_str(&text);
}

static struct str commander_of(const struct incident *incident)
{
    struct str commander = incident_role_person(incident, INCIDENT_COMMANDER);
    return commander.n > 0 ? commander : STR("nobody yet");
}

/* As many of them as fit. */
static struct str topic_parts(const struct channel_world *world, struct arena *arena,
                              const struct incident *incident, size_t most)
{
    const struct {
        const char *before;
        struct str words;
        const char *after;
    } parts[] = {{" | Reeve is called ", world->settings.called, " here"},
                 {" | commander: ", commander_of(incident), ""},
                 {" | ", clocks_of(world, arena, incident), ""},
                 {" | ", address_of(world, arena, incident->number), ""}};
    struct text text;
    text_init(&text, arena, most + 1);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t n = strlen(parts[i].before) + parts[i].words.n + strlen(parts[i].after);
        if (parts[i].words.n > 0 && text.n + n <= most)
            text_printf(&text, "%s%.*s%s", parts[i].before, STR_ARGS(parts[i].words),
                        parts[i].after);
    }
    return text_str(&text);
}

struct str channel_pointer(const struct channel_world *world, struct arena *arena,
                           const struct channel *channel)
{
    if (channel->into == 0)
        return STR("");
    const struct channel *to = channel_find(world->channels, channel->into);
    struct str address = address_of(world, arena, channel->into);
    struct str where =
        to && to->state == CHANNEL_MADE
            ? str_printf(arena, "the talk goes on in #%s", to->name)
            : str_printf(arena, "it goes on without a channel%s%.*s",
                         address.n > 0 ? ", on its page: " : " so far", STR_ARGS(address));
    return str_printf(arena, "Incident %lld was merged into incident %lld; %.*s.",
                      (long long)channel->incident, (long long)channel->into, STR_ARGS(where));
}

struct str channel_topic(const struct channel_world *world, struct arena *arena,
                         const struct channel *channel, const struct incident *incident)
{
    struct text text;
    if (channel->into > 0)
        return channel_pointer(world, arena, channel);
    text_init(&text, arena, CHANNEL_TOPIC_BYTES);
    if (!incident) {
        struct str page = address_of(world, arena, channel->incident);
        text_printf(&text, "Incident %lld is over. %.*s", (long long)channel->incident,
                    STR_ARGS(page));
        return text_str(&text);
    }
    struct str mark = mark_of(world, arena, channel, incident);
    struct str parts = topic_parts(world, arena, incident, CHANNEL_TOPIC_BYTES - 40 - mark.n);
    struct str head = str_printf(arena, "%s %s: %s", incident->severity,
                                 incident_state_name(incident->state), incident->title);
    size_t tail = parts.n + strlen(" ") + mark.n;
    text_add(&text, str_cut(str_visible_line(arena, head), CHANNEL_TOPIC_BYTES - 1 - tail));
    text_printf(&text, "%.*s %.*s", STR_ARGS(parts), STR_ARGS(mark));
    return text_str(&text);
}

struct str *channel_facts(const struct channel_world *world, struct arena *arena,
                          const struct incident *incident, size_t *out_count)
{
    struct str *lines = arena_array(arena, 6, sizeof *lines);
    struct str address = address_of(world, arena, incident->number);
    struct str clocks = clocks_of(world, arena, incident);
    const struct channel *channel = channel_find(world->channels, incident->number);
    size_t count = 0;
    *out_count = 1;
    if (channel && channel->into > 0) {
        lines[0] = channel_pointer(world, arena, channel);
        return lines;
    }
    lines[count++] = str_printf(arena, "Incident %lld, %s, %s: %.*s", (long long)incident->number,
                                incident->severity, incident_state_name(incident->state),
                                STR_ARGS(str_visible_line(arena, str_of(incident->title))));
    lines[count++] = str_printf(arena, "Commander: %.*s.", STR_ARGS(commander_of(incident)));
    if (clocks.n > 0)
        lines[count++] = str_printf(arena, "Clocks: %.*s.", STR_ARGS(clocks));
    if (address.n > 0)
        lines[count++] = str_printf(arena, "Page: %.*s", STR_ARGS(address));
    if (world->settings.called.n > 0)
        lines[count++] = str_printf(arena, "Reeve is called %.*s here, until its own nick is free.",
                                    STR_ARGS(world->settings.called));
    *out_count = count;
    return lines;
}

/* The lines up to what was promised, each with its time; what a storm left out, said as one. */
static void set_post(const struct channel_world *world, struct arena *arena,
                     const struct channel *channel, struct channel_order *order)
{
    struct str address = address_of(world, arena, channel->incident);
    /* One more than was counted: two lines may be of the last entry. */
    size_t most = CHANNEL_LINES_POST + 1;
    order->lines = arena_array(arena, most * 2, sizeof *order->lines);
    order->through = channel->posting;
    for (size_t i = 0; i < channel->line_count && i < most; i++) {
        const struct channel_line *line = &channel->lines[i];
        const struct channel *to = channel_find(world->channels, line->to);
        if (line->entry > channel->posting)
            break;
        if (to && to->state == CHANNEL_MADE && strcmp(to->kind, channel->kind) == 0)
            order->to = str_of(to->id);
        order->lines[order->line_count++] =
            str_printf(arena, "%.*s  %s", STR_ARGS(time_words(world, arena, line->at)), line->text);
        if (line->more > 0)
            order->lines[order->line_count++] =
                str_printf(arena, "(%lld more lines are on the page%s%.*s)", (long long)line->more,
                           address.n > 0 ? ": " : "", STR_ARGS(address));
    }
}

static struct channel_order order_of(const struct channel *channel, enum channel_order_kind kind)
{
    return (struct channel_order){.kind = kind,
                                  .incident = channel->incident,
                                  .name = str_of(channel->name),
                                  .channel = str_of(channel->id)};
}

static bool set_facts(const struct channel_world *world, struct arena *arena,
                      const struct channel *channel, struct channel_order *out_order)
{
    const struct incident *incident = incident_find(world->incidents, channel->incident);
    struct str topic = channel_topic(world, arena, channel, incident);
    if (channel->topic == str_hash(topic))
        return false;
    *out_order = order_of(channel, CHANNEL_ORDER_FACTS);
    out_order->topic = topic;
    if (incident)
        out_order->lines = channel_facts(world, arena, incident, &out_order->line_count);
    return true;
}

static bool set_order(const struct channel_world *world, struct arena *arena,
                      const struct channel *channel, struct channel_order *out_order)
{
    const struct incident *incident = incident_find(world->incidents, channel->incident);
    if (channel->state == CHANNEL_WANTED && incident && incident->state != INCIDENT_RESOLVED) {
        *out_order = order_of(channel, CHANNEL_ORDER_CREATE);
        out_order->mark = mark_of(world, arena, channel, incident);
        out_order->topic = channel_topic(world, arena, channel, incident);
        return true;
    }
    if (channel->state != CHANNEL_MADE)
        return false;
    if (set_facts(world, arena, channel, out_order))
        return true;
    if (channel->posting == 0)
        return false;
    *out_order = order_of(channel, CHANNEL_ORDER_POST);
    set_post(world, arena, channel, out_order);
    return true;
}

struct channel_order *channel_orders(const struct channel_world *world, struct arena *arena,
                                     size_t *out_count)
{
    const struct channels *channels = world->channels;
    struct channel_order *orders = arena_array(arena, channels->count, sizeof *orders);
    size_t count = 0;
    for (size_t i = 0; i < channels->count; i++)
        if (str_is(world->settings.kind, channels->items[i]->kind) &&
            set_order(world, arena, channels->items[i], &orders[count]))
            count++;
    *out_count = count;
    return orders;
}

struct channel_order *channel_joins(const struct channel_world *world, struct arena *arena,
                                    size_t *out_count)
{
    const struct channels *channels = world->channels;
    struct channel_order *orders = arena_array(arena, channels->count, sizeof *orders);
    size_t count = 0;
    for (size_t i = 0; i < channels->count; i++) {
        const struct channel *channel = channels->items[i];
        if (channel->state != CHANNEL_MADE || !str_is(world->settings.kind, channel->kind))
            continue;
        const struct incident *incident = incident_find(world->incidents, channel->incident);
        orders[count] = order_of(channel, CHANNEL_ORDER_JOIN);
        orders[count].topic = channel_topic(world, arena, channel, incident);
        if (incident)
            orders[count].lines = channel_facts(world, arena, incident, &orders[count].line_count);
        count++;
    }
    *out_count = count;
    return orders;
}

/* What is not as reeve.yaml has it, though it works. */
static struct str as_whom(const struct channel_world *world, struct arena *arena)
{
    struct str called = world->settings.called, without = world->settings.without;
    return str_printf(arena, "%s%.*s%s%s%.*s", called.n > 0 ? "; Reeve is called " : "",
                      STR_ARGS(called), called.n > 0 ? " there until its own nick is free" : "",
                      without.n > 0 ? "; Reeve is there without its account: " : "",
                      STR_ARGS(without));
}

struct str channel_sentence(const struct channel_world *world, struct arena *arena,
                            int64_t incident)
{
    const struct channel *channel = channel_find(world->channels, incident);
    if (!channel)
        return STR("");
    struct str reason = str_of(channel->reason);
    if (channel->state == CHANNEL_MADE)
        return reason.n == 0
                   ? str_printf(arena, "#%s (%s)%.*s", channel->name, channel->kind,
                                STR_ARGS(as_whom(world, arena)))
                   : str_printf(arena, "#%s (%s), cannot be written to: %.*s; it is tried again",
                                channel->name, channel->kind, STR_ARGS(reason));
    if (!str_is(world->settings.kind, channel->kind))
        return str_printf(arena, "#%s was not created: channels: no longer names %s.",
                          channel->name, channel->kind);
    if (reason.n == 0)
        return str_printf(arena, "#%s is being created (%s)", channel->name, channel->kind);
    return str_printf(arena, "#%s cannot be created: %.*s%s", channel->name, STR_ARGS(reason),
                      channel->state == CHANNEL_TAKEN ? "" : "; it is tried again");
}
