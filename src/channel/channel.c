/* channel.c - the rows of channels and the fold. */
#include "channel/channel.h"

enum { CHANNELS_MAX = LIMIT_INCIDENTS_OPEN * 2 };

void channels_init(struct channels *channels, struct arena *arena)
{
    *channels = (struct channels){.arena = arena};
    arena_init(&channels->scratch);
}

void channels_done(struct channels *channels)
{
    arena_done(&channels->scratch);
}

/* Where the channel of this incident stands, or belongs. */
static size_t place_of(const struct channels *channels, int64_t incident)
{
    size_t low = 0;
    size_t high = channels->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (channels->items[middle]->incident < incident)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct channel *find(const struct channels *channels, int64_t incident)
{
    size_t at = place_of(channels, incident);
    bool found = at < channels->count && channels->items[at]->incident == incident;
    return found ? channels->items[at] : NULL;
}

const struct channel *channel_find(const struct channels *channels, int64_t incident)
{
    return find(channels, incident);
}

const struct channel *channel_find_id(const struct channels *channels, struct str id)
{
    for (size_t i = 0; id.n > 0 && i < channels->count; i++)
        if (channels->items[i]->state == CHANNEL_MADE && str_is(id, channels->items[i]->id))
            return channels->items[i];
    return NULL;
}

int64_t channel_speaks_of(const struct channel *channel)
{
    return channel->into > 0 ? channel->into : channel->incident;
}

bool channel_has_heard(const struct channel *channel, struct str id)
{
    size_t count = channel->heard_count;
    if (count > CHANNEL_MESSAGES_MAX)
        count = CHANNEL_MESSAGES_MAX;
    id = str_cut(id, CHANNEL_MESSAGE_BYTES - 1);
    for (size_t i = 0; id.n > 0 && i < count; i++)
        if (str_is(id, channel->heard[i]))
            return true;
    return false;
}

static void drop(struct channels *channels, int64_t incident)
{
    size_t at = place_of(channels, incident);
    struct channel *channel = find(channels, incident);
    if (!channel)
        return;
    channels->count--;
    memmove(&channels->items[at], &channels->items[at + 1],
            (channels->count - at) * sizeof(struct channel *));
    channel->next_free = channels->free;
    channels->free = channel;
}

/* NULL beyond the limit, which a ledger of ours does not reach. */
static struct channel *add(struct channels *channels, int64_t incident)
{
    size_t at = place_of(channels, incident);
    struct channel *channel = channels->free;
    if (channels->count == CHANNELS_MAX)
        return NULL;
    if (channel)
        channels->free = channel->next_free;
    else
        channel = arena_make(channels->arena, struct channel);
    struct channel_line *lines = channel->lines;
    *channel = (struct channel){.incident = incident, .lines = lines};
    if (!channel->lines)
        channel->lines = arena_array(channels->arena, CHANNEL_LINES_MAX, sizeof *lines);
    memmove(&channels->items[at + 1], &channels->items[at],
            (channels->count - at) * sizeof(struct channel *));
    channels->items[at] = channel;
    channels->count++;
    return channel;
}

/* Of a storm the oldest and the newest stay. What is being posted is at the front and shorter than
 * what is kept there. */
static void make_room(struct channel *channel)
{
    enum { AT = CHANNEL_LINES_MAX - CHANNEL_LINES_TAIL };
    _Static_assert(AT > CHANNEL_LINES_POST + 1, "what is being posted loses no line");
    channel->lines[AT - 1].more += 1 + channel->lines[AT].more;
    memmove(&channel->lines[AT], &channel->lines[AT + 1],
            (CHANNEL_LINES_MAX - AT - 1) * sizeof *channel->lines);
    channel->line_count--;
}

static void add_line(struct channel *channel, const struct event *event, int64_t entry,
                     struct str sentence)
{
    if (channel->line_count == CHANNEL_LINES_MAX)
        make_room(channel);
    struct channel_line *line = &channel->lines[channel->line_count++];
    *line = (struct channel_line){.entry = entry, .at = event->at};
    struct str part = str_cut(sentence, CHANNEL_LINE_BYTES - sizeof "…");
    str_keep(line->text, sizeof line->text, part);
    if (part.n < sentence.n)
        memcpy(line->text + part.n, "…", sizeof "…");
}

static void fold_wanted(struct channels *channels, const struct event *event, int64_t entry)
{
    int64_t number = event_int(event, "number");
    struct channel *channel = find(channels, number);
    bool is_new = !channel;
    if (is_new)
        channel = add(channels, number);
    if (!channel)
        return;
    channel->state = CHANNEL_WANTED;
    channel->attempt = event_int(event, "attempt");
    str_keep(channel->kind, sizeof channel->kind, event_str(event, "kind"));
    str_keep(channel->name, sizeof channel->name, event_str(event, "name"));
    if (is_new)
        add_line(channel, event, entry,
                 str_printf(&channels->scratch, "Incident %lld, %.*s: %.*s", (long long)number,
                            STR_ARGS(event_str(event, "severity")),
                            STR_ARGS(event_str(event, "title"))));
}

static void fold_posted(struct channel *channel, int64_t through)
{
    size_t done = 0;
    while (done < channel->line_count && channel->lines[done].entry <= through)
        done++;
    channel->line_count -= done;
    memmove(channel->lines, channel->lines + done, channel->line_count * sizeof *channel->lines);
    channel->posted = through;
    channel->posting = 0;
    channel->reason[0] = '\0';
}

static void fold_heard(struct channel *channel, const struct event *event)
{
    struct str message = event_str(event, "message");
    channel->is_skipping = event_int(event, "note") != 0;
    if (message.n > 0)
        str_keep(channel->heard[channel->heard_count++ % CHANNEL_MESSAGES_MAX],
                 CHANNEL_MESSAGE_BYTES, message);
}

static void fold_own(struct channel *channel, const struct event *event)
{
    if (event->kind == EVENT_CHANNEL_TAKEN) {
        channel->state = CHANNEL_TAKEN;
        str_keep(channel->reason, sizeof channel->reason, event_str(event, "reason"));
    } else if (event->kind == EVENT_CHANNEL_REFUSED) {
        str_keep(channel->reason, sizeof channel->reason, event_str(event, "reason"));
    } else if (event->kind == EVENT_CHANNEL_CREATED) {
        channel->state = CHANNEL_MADE;
        channel->reason[0] = '\0';
        str_keep(channel->name, sizeof channel->name, event_str(event, "name"));
        str_keep(channel->id, sizeof channel->id, event_str(event, "channel"));
    } else if (event->kind == EVENT_CHANNEL_TOPIC_SET) {
        channel->topic = str_hash(event_str(event, "topic"));
        channel->reason[0] = '\0';
    } else if (event->kind == EVENT_CHANNEL_POSTING) {
        channel->posting = event_int(event, "through");
    } else if (event->kind == EVENT_CHANNEL_POSTED) {
        fold_posted(channel, event_int(event, "through"));
    } else if (event->kind == EVENT_CHANNEL_HEARD) {
        fold_heard(channel, event);
    }
}

static void fold_step(struct channels *channels, int64_t by_ms)
{
    for (size_t i = 0; i < channels->count; i++)
        if (!instant_is_zero(channels->items[i]->ended))
            channels->items[i]->ended = instant_add_ms(channels->items[i]->ended, by_ms);
}

static void fold_erased(struct channels *channels, int64_t entry)
{
    for (size_t i = 0; i < channels->count; i++)
        for (size_t at = 0; at < channels->items[i]->line_count; at++)
            if (channels->items[i]->lines[at].entry == entry &&
                channels->items[i]->lines[at].to == 0)
                str_keep(channels->items[i]->lines[at].text, CHANNEL_LINE_BYTES,
                         STR("(this text was erased)"));
}

/* What people in the channel want to know of: its incident, and who was told of it. That a breach
 * has begun says enough of it; the lines of its plan are on the page. */
static bool is_of_timeline(enum event_kind kind)
{
    return (kind >= EVENT_INCIDENT_OPENED && kind <= EVENT_INCIDENT_UNTICKED &&
            kind != EVENT_INCIDENT_BREACH_LINE) ||
           kind == EVENT_PAGE_SENT || kind == EVENT_PAGE_FAILED || kind == EVENT_PAGE_DOUBTED;
}

static void await(struct channel *channel, int64_t incident)
{
    if (channel->awaited_count < CHANNEL_AWAITED_MAX)
        channel->awaited[channel->awaited_count++] = incident;
}

static bool awaits(struct channel *channel, int64_t incident)
{
    for (size_t i = 0; i < channel->awaited_count; i++)
        if (channel->awaited[i] == incident) {
            channel->awaited[i] = channel->awaited[--channel->awaited_count];
            return true;
        }
    return false;
}

/* A second line of the entry that it follows from: never more than two are of one. */
static void add_pointer(struct channels *channels, struct channel *channel,
                        const struct event *event, int64_t entry, const struct channel *to)
{
    bool is_merged = channel_speaks_of(channel) == to->incident;
    add_line(channel, event, entry,
             str_printf(&channels->scratch, "%s %lld %s #%s, %s incident %lld.",
                        is_merged ? "The talk of incident" : "What was split out of incident",
                        (long long)channel->incident, is_merged ? "goes on in" : "is talked of in",
                        to->name, is_merged ? "that of" : "the channel of",
                        (long long)to->incident));
    channel->lines[channel->line_count - 1].to = to->incident;
}

/* In its own channel, and in those of incidents that were merged into it before. */
static void fold_merged(struct channels *channels, const struct event *event, int64_t entry)
{
    int64_t number = event_int(event, "number"), into = event_int(event, "into");
    const struct channel *to = find(channels, into);
    struct str sentence = event_sentence(&channels->scratch, event);
    for (size_t i = 0; i < channels->count; i++) {
        struct channel *channel = channels->items[i];
        if (channel_speaks_of(channel) != number || channel->incident == into)
            continue;
        channel->into = into;
        if (instant_is_zero(channel->ended))
            channel->ended = event->at;
        add_line(channel, event, entry, sentence);
        if (to && to->state == CHANNEL_MADE)
            add_pointer(channels, channel, event, entry, to);
        else
            await(channel, into);
    }
}

/* Those that wait for it are told. */
static void fold_created(struct channels *channels, const struct event *event, int64_t entry)
{
    const struct channel *made = find(channels, event_int(event, "number"));
    for (size_t i = 0; made && i < channels->count; i++)
        if (awaits(channels->items[i], made->incident))
            add_pointer(channels, channels->items[i], event, entry, made);
}

static void fold_timeline(struct channels *channels, const struct event *event, int64_t entry)
{
    int64_t number = 0;
    struct channel *channel = NULL;
    if (!str_starts(event->subject, "incident:") || !is_of_timeline(event->kind) ||
        !str_int(str_from(event->subject, strlen("incident:")), &number) ||
        !(channel = find(channels, number)))
        return;
    if (event->kind == EVENT_INCIDENT_SPLIT)
        await(channel, event_int(event, "into"));
    if (event->kind == EVENT_INCIDENT_RESOLVED)
        channel->ended = event->at;
    else if (event->kind == EVENT_INCIDENT_REOPENED)
        channel->ended = (struct instant){0};
    if (event->kind == EVENT_INCIDENT_NOTED && channel->is_skipping)
        channel->is_skipping = false;
    else
        add_line(channel, event, entry, event_sentence(&channels->scratch, event));
}

void channel_fold(struct channels *channels, const struct event *event, int64_t sequence)
{
    if (event->kind == EVENT_CHANNEL_WANTED) {
        fold_wanted(channels, event, sequence);
    } else if (channels->count == 0) {
        return;
    } else if (event->kind == EVENT_CHANNEL_LEFT) {
        drop(channels, event_int(event, "number"));
    } else if (event->kind > EVENT_CHANNEL_WANTED && event->kind < EVENT_CHANNEL_LEFT) {
        struct channel *channel = find(channels, event_int(event, "number"));
        if (channel)
            fold_own(channel, event);
        if (event->kind == EVENT_CHANNEL_CREATED)
            fold_created(channels, event, sequence);
    } else if (event->kind == EVENT_CLOCK_STEPPED) {
        fold_step(channels, event_int(event, "by_ms"));
    } else if (event->kind == EVENT_INCIDENT_MERGED) {
        fold_merged(channels, event, sequence);
    } else if (event->kind == EVENT_TEXT_ERASED) {
        fold_erased(channels, event_int(event, "entry"));
    } else {
        fold_timeline(channels, event, sequence);
    }
    arena_reset(&channels->scratch);
}
