/* session_channel.c - channels: joined, made, told; what people write in them. */
#include "irc/session.h"

#include "base/text.h"
#include "channel/said.h"

#include <stdio.h>

enum { PAYLOAD_MOST = 420, REFUSED_WAIT_MS = 30000, BUSY_WAIT_MS = 5000, SOON_WAIT_MS = 1000 };

static struct irc_channel *find(struct irc_session *session, struct str name)
{
    for (size_t i = 0; name.n > 0 && i < IRC_CHANNELS_MAX; i++)
        if (session->channels[i].name[0] != '\0' &&
            irc_equal(name, str_of(session->channels[i].name)))
            return &session->channels[i];
    return NULL;
}

/* NULL: there is no place. */
static struct irc_channel *get(struct irc_session *session, struct str name)
{
    struct irc_channel *channel = find(session, name);
    for (size_t i = 0; !channel && i < IRC_CHANNELS_MAX; i++)
        if (session->channels[i].name[0] == '\0') {
            channel = &session->channels[i];
            *channel = (struct irc_channel){.order = CHANNEL_ORDERS};
            str_keep(channel->name, sizeof channel->name, name);
        }
    return channel;
}

static void drop(struct irc_channel *channel)
{
    *channel = (struct irc_channel){.order = CHANNEL_ORDERS};
}

static void refuse(struct irc_session *session, int64_t incident, struct str reason,
                   int64_t wait_ms)
{
    session->tell(session->context, &(struct channel_heard){.kind = CHANNEL_HEARD_REFUSED,
                                                            .incident = incident,
                                                            .reason = reason,
                                                            .wait_ms = wait_ms});
}

static void end_order(struct irc_channel *channel)
{
    channel->order = CHANNEL_ORDERS;
    channel->number = 0;
}

/* The server has all lines before this one once it answers. */
static void ask_barrier(struct irc_session *session, struct irc_channel *channel)
{
    channel->number = ++session->number;
    channel->until_ms =
        session->now_ms + IRC_ANSWER_MS + (int64_t)session->queue_count * IRC_PACE_MS;
    irc_queue(session, "PING :reeve-%lld", (long long)channel->number);
}

static void set_topic(struct irc_session *session, struct irc_channel *channel)
{
    if (channel->set[0] != '\0' && strcmp(channel->set, channel->topic) != 0)
        irc_queue(session, "TOPIC %s :%s", channel->name, channel->set);
}

/* What the server would cut off is cut before the mark at its end, by which the channel is ours. */
static void keep_set(const struct irc_session *session, struct irc_channel *channel,
                     struct str topic)
{
    size_t mark = topic.n;
    while (mark > 0 && topic.p[mark - 1] != '[')
        mark--;
    size_t tail = mark > 0 ? topic.n - mark + strlen("… [") : strlen("…");
    if (topic.n <= session->topic_bytes || tail >= session->topic_bytes) {
        str_keep(channel->set, sizeof channel->set, topic);
        return;
    }
    struct str head = str_cut(topic, session->topic_bytes - tail);
    (void)snprintf(channel->set, sizeof channel->set, "%.*s…%s%.*s", STR_ARGS(head),
                   mark > 0 ? " [" : "", STR_ARGS(str_from(topic, mark > 0 ? mark : topic.n)));
}

static void join(struct irc_session *session, struct irc_channel *channel)
{
    channel->asked = true;
    channel->others = channel->namesake = false;
    channel->topic[0] = '\0';
    channel->retry_ms = session->now_ms + IRC_ANSWER_MS;
    irc_queue(session, "JOIN %s", channel->name);
}

/* Others get our line with our own prefix before it. */
static size_t payload_most(const struct irc_session *session, struct str target)
{
    size_t prefix = session->prefix[0] ? strlen(session->prefix) : IRC_PREFIX_BYTES;
    size_t used = prefix + target.n + strlen(":  PRIVMSG  :\r\n");
    size_t most = used + 100 < IRC_LINE_BYTES ? IRC_LINE_BYTES - used : 100;
    return most < PAYLOAD_MOST ? most : PAYLOAD_MOST;
}

static void queue_text(struct irc_session *session, const struct irc_channel *channel,
                       struct str text)
{
    struct str piece;
    while (irc_piece(&text, payload_most(session, str_of(channel->name)), &piece))
        irc_queue(session, "PRIVMSG %s :%.*s", channel->name, STR_ARGS(piece));
}

static void keep_facts(struct irc_session *session, struct irc_channel *channel,
                       const struct channel_order *order)
{
    struct text text;
    text_init(&text, &session->turn, IRC_FACTS_BYTES);
    for (size_t i = 0; i < order->line_count; i++)
        text_printf(&text, "%s%.*s", i > 0 ? " | " : "", STR_ARGS(order->lines[i]));
    str_keep(channel->facts, sizeof channel->facts,
             str_cut(text_str(&text), sizeof channel->facts - 1));
}

/* Once in a while each, so that nobody makes us talk by going and coming. */
static void greet(struct irc_session *session, const struct irc_channel *channel, struct str nick)
{
    struct str text = str_of(channel->facts);
    struct str piece;
    if (text.n == 0 || nick.n == 0 || nick.n >= IRC_NAME_BYTES || !channel->joined ||
        session->queue_count >= IRC_GREET_QUEUE ||
        !pace_is_new(&session->greeted, pace_key(nick, str_of(channel->name)), session->now_ms,
                     IRC_GREET_MS))
        return;
    while (irc_piece(&text, payload_most(session, nick), &piece))
        irc_queue(session, "NOTICE %.*s :%.*s", STR_ARGS(nick), STR_ARGS(piece));
}

/* Several lines in one message, as many as fit. */
static void queue_lines(struct irc_session *session, const struct irc_channel *channel,
                        const struct channel_order *order)
{
    size_t most = payload_most(session, str_of(channel->name));
    struct str message = STR("");
    for (size_t i = 0; i < order->line_count; i++) {
        struct str line = order->lines[i];
        if (message.n > 0 && message.n + line.n + 3 > most) {
            queue_text(session, channel, message);
            message = STR("");
        }
        message = message.n == 0 ? line
                                 : str_printf(&session->turn, "%.*s | %.*s", STR_ARGS(message),
                                              STR_ARGS(line));
    }
    queue_text(session, channel, message);
}

static void begin_order(struct irc_session *session, struct irc_channel *channel,
                        const struct channel_order *order)
{
    channel->order = order->kind;
    channel->incident = order->incident;
    channel->through = order->through;
    channel->number = 0;
    channel->until_ms =
        session->now_ms + IRC_ANSWER_MS + (int64_t)session->queue_count * IRC_PACE_MS;
}

static void create(struct irc_session *session, const struct channel_order *order)
{
    struct str name = str_printf(&session->turn, "#%.*s", STR_ARGS(order->name));
    if (name.n > session->name_bytes || name.n >= IRC_NAME_BYTES) {
        session->tell(session->context,
                      &(struct channel_heard){.kind = CHANNEL_HEARD_TAKEN,
                                              .incident = order->incident,
                                              .name = order->name,
                                              .reason = STR("the name is too long for the "
                                                            "server")});
        return;
    }
    struct irc_channel *channel = get(session, name);
    if (!channel) {
        refuse(session, order->incident, STR("too many channels are open"), REFUSED_WAIT_MS);
        return;
    }
    begin_order(session, channel, order);
    str_keep(channel->mark, sizeof channel->mark, order->mark);
    keep_set(session, channel, order->topic);
    join(session, channel);
}

/* The server is asked who is here; each is invited there, once. */
static void ask_over(struct irc_session *session, struct irc_channel *channel, struct str to)
{
    const struct irc_channel *other = find(session, to);
    if (!other || !other->joined || other == channel)
        return;
    str_keep(channel->to, sizeof channel->to, str_of(other->name));
    irc_queue(session, "NAMES %s", channel->name);
}

static void tell_simple(struct irc_session *session, struct irc_channel *channel,
                        const struct channel_order *order)
{
    begin_order(session, channel, order);
    if (order->kind == CHANNEL_ORDER_FACTS) {
        keep_set(session, channel, order->topic);
        str_keep(channel->ordered, sizeof channel->ordered, order->topic);
        keep_facts(session, channel, order);
        set_topic(session, channel);
        if (channel->is_new)
            queue_lines(session, channel, order);
        channel->is_new = false;
    } else {
        queue_lines(session, channel, order);
        ask_over(session, channel, order->to);
    }
    ask_barrier(session, channel);
}

static void tell(struct irc_session *session, struct irc_channel *channel,
                 const struct channel_order *order)
{
    if (!channel) {
        refuse(session, order->incident, STR("we are not in the channel just now"), BUSY_WAIT_MS);
    } else if (!channel->joined || session->queue_count + 4 * TRANSPORT_LINES_MAX > IRC_QUEUE_MAX) {
        refuse(session, order->incident, STR(""), SOON_WAIT_MS);
    } else {
        tell_simple(session, channel, order);
    }
}

void irc_session_order(struct irc_session *session, const struct channel_order *order,
                       int64_t now_ms)
{
    session->now_ms = now_ms;
    arena_reset(&session->turn);
    if (!session->welcomed || session->failed)
        return; /* it is ordered again when we are ready */
    struct irc_channel *channel = find(session, order->channel);
    if (order->kind == CHANNEL_ORDER_CREATE) {
        create(session, order);
    } else if (order->kind == CHANNEL_ORDER_JOIN) {
        channel = get(session, order->channel);
        if (!channel)
            return;
        channel->wanted = true;
        channel->incident = order->incident;
        keep_set(session, channel, order->topic);
        keep_facts(session, channel, order);
        if (!channel->joined && !channel->asked)
            join(session, channel);
    } else if (order->kind == CHANNEL_ORDER_SAY) {
        if (channel && channel->joined)
            queue_text(session, channel, order->text);
    } else if (order->kind == CHANNEL_ORDER_LEAVE) {
        if (channel) {
            irc_queue(session, "PART %s :The incident is over.", channel->name);
            drop(channel);
        }
    } else {
        tell(session, channel, order);
    }
}

/* The names of who is in it were listed: it is ours, or somebody else's. */
static void hear_joined(struct irc_session *session, struct irc_channel *channel)
{
    channel->joined = true;
    channel->asked = false;
    if (channel->order != CHANNEL_ORDER_CREATE) {
        set_topic(session, channel);
        session->tell(session->context, &(struct channel_heard){.kind = CHANNEL_HEARD_SET,
                                                                .incident = channel->incident,
                                                                .topic = str_of(channel->set)});
        return;
    }
    struct str name = str_of(channel->name);
    bool is_ours = str_find(str_of(channel->topic), channel->mark, 0) < strlen(channel->topic);
    if (channel->others && !is_ours) {
        session->tell(session->context,
                      &(struct channel_heard){.kind = CHANNEL_HEARD_TAKEN,
                                              .incident = channel->incident,
                                              .name = str_from(name, 1),
                                              .reason = STR("there is a channel of that name, "
                                                            "with others in it")});
        irc_queue(session, "PART %s", channel->name);
        drop(channel);
        return;
    }
    end_order(channel);
    channel->wanted = true;
    channel->is_new = !is_ours;
    /* Anybody in it may set the topic: so may we, when we come back and it is no longer ours. */
    irc_queue(session, "MODE %s +n-t", channel->name);
    set_topic(session, channel);
    session->tell(session->context, &(struct channel_heard){.kind = CHANNEL_HEARD_CREATED,
                                                            .incident = channel->incident,
                                                            .name = str_from(name, 1),
                                                            .channel = name});
}

/* Somebody else is in the channel, or came into it. */
static void meet(struct irc_session *session, struct irc_channel *channel, struct str nick)
{
    channel->others = true;
    if (irc_equal(nick, session->settings.nick))
        channel->namesake = true;
    if (irc_equal(nick, str_of(session->before)))
        session->before[0] = '\0';
}

static void hear_names(struct irc_session *session, struct irc_channel *channel, struct str names)
{
    struct str name;
    while (str_split(&names, ' ', &name)) {
        while (name.n > 0 && memchr("@+%&~!", name.p[0], 6))
            name = str_from(name, 1);
        name = str_slice(name, 0, str_find_byte(name, '!', 0));
        if (name.n == 0 || irc_equal(name, str_of(session->nick)))
            continue;
        meet(session, channel, name);
        if (channel->to[0] != '\0' && session->queue_count < IRC_INVITE_QUEUE)
            irc_queue(session, "INVITE %.*s %s", STR_ARGS(name), channel->to);
    }
}

/* Somebody is out of a channel, or (channel NULL) out of all and has this nick no more. */
static void miss(struct irc_session *session, struct irc_channel *channel, struct str nick)
{
    if (!irc_is_other(session) || !irc_equal(nick, session->settings.nick))
        return;
    if (channel) {
        channel->namesake = false;
        return;
    }
    for (size_t i = 0; i < IRC_CHANNELS_MAX; i++)
        session->channels[i].namesake = false;
    session->nick_ms = session->now_ms - IRC_NICK_MS - 1; /* it is free: we take it now */
}

/* The server does not say in which of our channels; it is asked of a few. */
static void hear_renamed(struct irc_session *session, const struct irc_message *message)
{
    struct str to = irc_param(message, 0);
    miss(session, NULL, irc_nick(message));
    if (irc_equal(to, str_of(session->before)))
        session->before[0] = '\0';
    for (size_t i = 0; irc_equal(to, session->settings.nick) && i < IRC_CHANNELS_MAX; i++)
        if (session->channels[i].joined && session->queue_count < IRC_GREET_QUEUE)
            irc_queue(session, "NAMES %s", session->channels[i].name);
}

static void hear_out(struct irc_session *session, struct irc_channel *channel, struct str reason)
{
    enum channel_order_kind order = channel->order;
    channel->joined = channel->asked = false;
    channel->retry_ms = session->now_ms + IRC_REJOIN_MS;
    if (order != CHANNEL_ORDERS || channel->wanted)
        refuse(session, channel->incident, reason, REFUSED_WAIT_MS);
    end_order(channel);
    if (!channel->wanted)
        drop(channel);
}

/* A numeric that says no to what we asked of a channel. */
static void hear_refusal(struct irc_session *session, struct irc_channel *channel,
                         const struct irc_message *message)
{
    bool is_muted = str_is(message->command, "404"); /* we are in it still, and may not speak */
    static const char *const closed[] = {"471", "473", "474", "475", NULL};
    struct str reason = str_cut(irc_param(message, message->count - 1), 150);
    bool is_closed = false;
    for (int i = 0; closed[i]; i++)
        is_closed = is_closed || str_is(message->command, closed[i]);
    if (channel->order == CHANNEL_ORDER_CREATE && is_closed) {
        session->tell(
            session->context,
            &(struct channel_heard){
                .kind = CHANNEL_HEARD_TAKEN,
                .incident = channel->incident,
                .name = str_from(str_of(channel->name), 1),
                .reason = str_printf(&session->turn, "the server says: %.*s", STR_ARGS(reason))});
        drop(channel);
        return;
    }
    bool is_joined = channel->joined;
    hear_out(session, channel,
             str_printf(&session->turn, "the server says: %.*s", STR_ARGS(reason)));
    channel->joined = is_muted && is_joined;
}

static bool is_refusal(struct str command)
{
    static const char *const numbers[] = {"403", "404", "405", "442", "471", "473", "474",
                                          "475", "476", "477", "479", "489", NULL};
    for (int i = 0; numbers[i]; i++)
        if (str_is(command, numbers[i]))
            return true;
    return false;
}

static bool is_said_to(struct str text, struct str nick)
{
    return nick.n > 0 && text.n > nick.n && irc_equal(str_slice(text, 0, nick.n), nick) &&
           (text.p[nick.n] == ':' || text.p[nick.n] == ',');
}

/* Somebody else in the channel has our own nick: a command that is said to it may be meant for us,
 * and is not taken for that. Whoever said it is told so, once in a while. */
static void say_who_we_are(struct irc_session *session, const struct irc_channel *channel,
                           struct str nick, struct str words)
{
    enum said_kind kind = said_parse(words).kind;
    uint64_t key = pace_key(nick, str_of(channel->name)) + 1; /* another one than a greeting's */
    if (kind == SAID_NOTHING || kind == SAID_WORDS ||
        !pace_is_new(&session->greeted, key, session->now_ms, IRC_GREET_MS))
        return;
    queue_text(session, channel,
               str_printf(&session->turn,
                          "%.*s: %.*s is somebody else in this channel, and I am called %s. "
                          "Nothing was done; write \"%s: %.*s\", or the command alone.",
                          STR_ARGS(str_cut(nick, IRC_NICK_BYTES)), STR_ARGS(session->settings.nick),
                          session->nick, session->nick, STR_ARGS(str_cut(words, 40))));
}

/* "reeve: ack" by any name that is ours: that we have, that we had just now, and our own. */
static struct str take_address(struct irc_session *session, const struct irc_channel *channel,
                               struct str nick, struct str text)
{
    const struct str names[] = {str_of(session->nick), str_of(session->before),
                                session->settings.nick};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!is_said_to(text, names[i]))
            continue;
        struct str words = str_trim(str_from(text, names[i].n + 1));
        if (!channel->namesake || !irc_equal(names[i], session->settings.nick))
            return words;
        say_who_we_are(session, channel, nick, words);
        return text;
    }
    return text;
}

static void hear_said(struct irc_session *session, const struct irc_message *message)
{
    const struct irc_channel *channel = find(session, irc_param(message, 0));
    struct str text;
    if (!channel || !channel->joined || irc_equal(irc_nick(message), str_of(session->nick)) ||
        !irc_text(&session->turn, irc_param(message, 1), &text))
        return;
    text = take_address(session, channel, irc_nick(message), text);
    struct str prefix;
    if (irc_text(&session->turn, message->prefix, &prefix))
        session->tell(session->context, &(struct channel_heard){.kind = CHANNEL_HEARD_SAID,
                                                                .channel = str_of(channel->name),
                                                                .who = prefix,
                                                                .text = text});
}

/* An answer to the PING behind what was told. */
static void hear_pong(struct irc_session *session, struct str token)
{
    int64_t number = 0;
    if (!str_starts(token, "reeve-") || !str_int(str_from(token, strlen("reeve-")), &number))
        return;
    for (size_t i = 0; i < IRC_CHANNELS_MAX; i++) {
        struct irc_channel *channel = &session->channels[i];
        if (channel->order == CHANNEL_ORDERS || channel->number != number)
            continue;
        bool is_post = channel->order == CHANNEL_ORDER_POST;
        session->tell(
            session->context,
            &(struct channel_heard){.kind = is_post ? CHANNEL_HEARD_POSTED : CHANNEL_HEARD_SET,
                                    .incident = channel->incident,
                                    .through = is_post ? channel->through : 0,
                                    .topic = is_post ? STR("") : str_of(channel->ordered)});
        end_order(channel);
        return;
    }
}

static void hear_came(struct irc_session *session, struct irc_channel *channel, struct str nick)
{
    if (!channel)
        return;
    /* Their server still shows the topic of before. */
    if (irc_split_regain(&session->split, nick))
        for (size_t i = 0; i < IRC_CHANNELS_MAX; i++)
            if (session->channels[i].joined && session->channels[i].again_ms == 0)
                session->channels[i].again_ms = session->now_ms + IRC_AGAIN_MS;
    meet(session, channel, nick);
    greet(session, channel, nick);
}

static void keep_topic(struct irc_session *session, struct str name, struct str topic)
{
    struct irc_channel *channel = find(session, name);
    if (channel)
        str_keep(channel->topic, sizeof channel->topic, topic);
}

/* Whoever comes later believes the topic, so it is set again, but never in a race with whoever sets
 * it: once a minute. What somebody wrote there is said to be nobody's note. */
static void hear_topic(struct irc_session *session, const struct irc_message *message)
{
    struct str nick = irc_nick(message);
    keep_topic(session, irc_param(message, 0), irc_param(message, 1));
    struct irc_channel *channel = find(session, irc_param(message, 0));
    if (!channel || !channel->joined || channel->set[0] == '\0' ||
        strcmp(channel->set, channel->topic) == 0 || irc_equal(nick, str_of(session->nick)))
        return;
    int64_t soonest_ms = channel->kept_ms > 0 ? channel->kept_ms + IRC_TOPIC_AGAIN_MS : 0;
    channel->retopic_ms = session->now_ms + IRC_TOPIC_WAIT_MS;
    channel->retopic_ms = channel->retopic_ms > soonest_ms ? channel->retopic_ms : soonest_ms;
    uint64_t key = pace_key(nick, str_of(channel->name)) + 2; /* another one than the other two's */
    if (pace_is_new(&session->greeted, key, session->now_ms, IRC_GREET_MS))
        queue_text(session, channel,
                   str_printf(&session->turn,
                              "%.*s: the topic says what I know of the incident, so I set it "
                              "again. What you wrote there is not noted; say it here.",
                              STR_ARGS(str_cut(nick, IRC_NICK_BYTES))));
}

static void keep_ours(struct irc_session *session, struct irc_channel *channel)
{
    if (channel->retopic_ms == 0 || session->now_ms < channel->retopic_ms || !channel->joined)
        return;
    channel->retopic_ms = 0;
    channel->kept_ms = session->now_ms;
    set_topic(session, channel);
}

void irc_channel_line(struct irc_session *session, const struct irc_message *message)
{
    struct str command = message->command;
    bool is_mine = irc_equal(irc_nick(message), str_of(session->nick));
    struct irc_channel *channel = find(session, irc_param(message, 1));
    if (str_is(command, "PRIVMSG")) {
        hear_said(session, message);
    } else if (str_is(command, "PONG")) {
        hear_pong(session, irc_param(message, message->count ? message->count - 1 : 0));
    } else if (str_is(command, "JOIN") && is_mine) {
        str_keep(session->prefix, sizeof session->prefix, message->prefix);
    } else if (str_is(command, "JOIN")) {
        hear_came(session, find(session, irc_param(message, 0)), irc_nick(message));
    } else if (str_is(command, "PART")) {
        if (find(session, irc_param(message, 0)))
            miss(session, find(session, irc_param(message, 0)), irc_nick(message));
    } else if (str_is(command, "QUIT")) {
        if (irc_split_is(irc_param(message, 0)))
            irc_split_lose(&session->split, irc_nick(message));
        miss(session, NULL, irc_nick(message));
    } else if (str_is(command, "NICK")) {
        hear_renamed(session, message);
    } else if (str_is(command, "TOPIC")) {
        hear_topic(session, message);
    } else if (str_is(command, "332")) {
        keep_topic(session, irc_param(message, 1), irc_param(message, 2));
    } else if (str_is(command, "353")) {
        channel = find(session, irc_param(message, 2));
        if (channel)
            hear_names(session, channel, irc_param(message, 3));
    } else if (str_is(command, "366") && channel && channel->asked) {
        hear_joined(session, channel);
    } else if (str_is(command, "366") && channel) {
        channel->to[0] = '\0';
    } else if (str_is(command, "KICK")) {
        channel = find(session, irc_param(message, 0));
        if (channel && irc_equal(irc_param(message, 1), str_of(session->nick)))
            hear_out(session, channel, STR("somebody put us out of the channel"));
        else if (channel)
            miss(session, channel, irc_param(message, 1));
    } else if (channel && channel->joined && str_is(command, "482")) {
        queue_text(session, channel, str_of(channel->set)); /* the topic is not ours to set */
    } else if (channel && is_refusal(command)) {
        hear_refusal(session, channel, message);
    }
}

void irc_channel_tick(struct irc_session *session)
{
    for (size_t i = 0; i < IRC_CHANNELS_MAX; i++) {
        struct irc_channel *channel = &session->channels[i];
        if (channel->name[0] == '\0')
            continue;
        keep_ours(session, channel);
        if (channel->again_ms > 0 && session->now_ms >= channel->again_ms) {
            channel->again_ms = 0;
            if (channel->joined && channel->set[0] != '\0')
                irc_queue(session, "TOPIC %s :%s", channel->name, channel->set);
        }
        if (channel->order != CHANNEL_ORDERS && session->now_ms > channel->until_ms) {
            bool is_joined = channel->joined;
            hear_out(session, channel, STR("the server does not answer in time"));
            channel->joined = is_joined;
        } else if (channel->wanted && !channel->joined && session->now_ms > channel->retry_ms) {
            join(session, channel);
        }
    }
}
