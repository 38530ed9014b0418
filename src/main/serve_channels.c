/* serve_channels.c - the process that reaches the chat server: started, told what the folded state
 * asks for, listened to.
 *
 * What was ordered and not answered is remembered here, not in the ledger: a restart of either side
 * orders it again. */
#include "main/serve.h"

#include "access/accounts.h"
#include "action/said.h"
#include "channel/pace.h"
#include "channel/said.h"
#include "main/callers.h"
#include "main/config_people.h"
#include "os/clock.h"
#include "os/log.h"

#include <event2/buffer.h>
#include <signal.h>
#include <stdlib.h>

enum {
    CHANNELS_MAX = LIMIT_INCIDENTS_OPEN * 2,
    WAIT_LEAST_MS = 5000,
    WAIT_SOON_MS = 500, /* where nothing is wrong */
    WAIT_MOST_MS = 600000,
    STRANGER_MS = 600000, /* told again only after so long */
    SETUP_BYTES = 64 * 1024,
    CALLED_BYTES = 64,
    LINES_AT_ONCE = 20 /* each may be a fact; other work is done between */
};

/* What is under way in one channel. */
struct talk {
    int64_t incident;
    bool is_asked; /* an order was given and not answered */
    int64_t not_before_ms;
    char channel[CHANNEL_ID_BYTES]; /* that we are in, or "" */
};

struct serve_channels {
    struct child child;
    struct bufferevent *pipe;
    bool ready;
    struct talk asked[CHANNELS_MAX];
    size_t asked_count;
    struct pace strangers, people, moved;
    char lost[300];            /* as it was logged last */
    char called[CALLED_BYTES]; /* where the nick is taken; or "" */
    char without[200];         /* why it is there without its account; or "" */
};

static struct talk *find_asked(struct serve_channels *channels, int64_t incident)
{
    for (size_t i = 0; i < channels->asked_count; i++)
        if (channels->asked[i].incident == incident)
            return &channels->asked[i];
    if (channels->asked_count == CHANNELS_MAX)
        return NULL;
    struct talk *asked = &channels->asked[channels->asked_count++];
    *asked = (struct talk){.incident = incident};
    return asked;
}

static void send_order(struct serve_channels *channels, struct arena *arena,
                       const struct channel_order *order)
{
    struct str line = channel_order_write(arena, order);
    (void)bufferevent_write(channels->pipe, line.p, line.n);
}

static struct channel_world world_of(struct serve *serve, struct instant now)
{
    serve->app->world.now = now;
    serve->app->world.channel_settings.called = str_of(serve->channels->called);
    serve->app->world.channel_settings.without = str_of(serve->channels->without);
    return world_channels(&serve->app->world);
}

/* The facts that an answer is; then what follows from them. */
static void record(struct serve *serve, const struct channel_heard *heard)
{
    struct arena arena;
    struct event_list events;
    struct channel_world world = world_of(serve, clock_now());
    arena_init(&arena);
    event_list_init(&events, &arena);
    channel_hear(&world, heard, &events);
    if (events.count > 0 && serve_record(serve, &events))
        serve_turn(serve);
    arena_done(&arena);
}

static void say(struct serve *serve, struct str channel, struct str text)
{
    struct arena arena;
    struct channel_order order = {.kind = CHANNEL_ORDER_SAY, .channel = channel, .text = text};
    arena_init(&arena);
    if (text.n > 0 && serve->channels->pipe)
        send_order(serve->channels, &arena, &order);
    arena_done(&arena);
}

/* Every channel that waits for something is told why. */
static void hear_lost(struct serve *serve, const struct channel_heard *heard)
{
    const struct channels *all = &serve->app->world.channels;
    struct serve_channels *channels = serve->channels;
    int64_t incidents[CHANNELS_MAX];
    size_t count = 0;
    channels->ready = false;
    for (size_t i = 0; i < channels->asked_count; i++)
        channels->asked[i].is_asked = false;
    if (!str_is(heard->reason, channels->lost))
        log_line(LOG_LEVEL_WARNING, "channels", "The chat server is not reached: %.*s.",
                 STR_ARGS(heard->reason));
    str_keep(channels->lost, sizeof channels->lost, heard->reason);
    for (size_t i = 0; i < all->count; i++)
        if (instant_is_zero(all->items[i]->ended))
            incidents[count++] = all->items[i]->incident;
    for (size_t i = 0; i < count; i++)
        record(serve, &(struct channel_heard){.kind = CHANNEL_HEARD_REFUSED,
                                              .incident = incidents[i],
                                              .reason = heard->reason});
}

static void keep_called(struct serve_channels *channels, const struct channel_heard *heard)
{
    struct str without = str_cut(heard->reason, sizeof channels->without - 1);
    if (without.n > 0 && !str_is(without, channels->without))
        log_line(LOG_LEVEL_WARNING, "channels",
                 "Reeve is on the chat server without its account: %.*s.", STR_ARGS(without));
    str_keep(channels->called, sizeof channels->called, heard->name);
    str_keep(channels->without, sizeof channels->without, without);
}

static void hear_ready(struct serve *serve, const struct channel_heard *heard)
{
    struct serve_channels *channels = serve->channels;
    struct arena arena;
    size_t count = 0;
    keep_called(channels, heard);
    if (heard->name_bytes > 0)
        serve->app->world.channel_settings.name_bytes = (size_t)heard->name_bytes;
    arena_init(&arena);
    struct channel_world world = world_of(serve, clock_now());
    const struct channel_order *joins = channel_joins(&world, &arena, &count);
    channels->asked_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct talk *asked = find_asked(channels, joins[i].incident);
        if (asked)
            str_keep(asked->channel, sizeof asked->channel, joins[i].channel);
        send_order(channels, &arena, &joins[i]);
    }
    arena_done(&arena);
    channels->ready = true;
    channels->lost[0] = '\0';
    log_line(LOG_LEVEL_INFO, "channels", "The chat server is reached.");
}

static const struct config_person *find_person(const struct serve *serve, struct str who)
{
    const struct config *config = &serve->app->config;
    for (size_t i = 0; i < config->person_count; i++)
        if (str_is(config->channels.kind, "slack")
                ? who.n > 0 && str_equal(who, config->people[i].reach[METHOD_SLACK])
                : said_is_by(who, config->people[i].irc))
            return &config->people[i];
    return NULL;
}

/* Once in a while each: an answer to every word would let a stranger make us talk. */
static bool may_answer(struct serve_channels *channels, const struct channel_heard *heard)
{
    return pace_is_new(&channels->strangers, pace_key(heard->who, heard->channel), clock_boot_ms(),
                       STRANGER_MS);
}

static void refuse_stranger(struct serve *serve, const struct channel_heard *heard)
{
    struct arena arena;
    arena_init(&arena);
    struct str nick = str_slice(heard->who, 0, str_find_byte(heard->who, '!', 0));
    struct refusal refusal = {.from = str_printf(&arena, "%.*s in %.*s",
                                                 STR_ARGS(str_cut(heard->who, 100)),
                                                 STR_ARGS(str_cut(heard->channel, 80))),
                              .reason = STR("nobody under people: is called that in the channels")};
    callers_refuse(serve, &refusal);
    if (may_answer(serve->channels, heard))
        say(serve, heard->channel,
            str_printf(&arena,
                       "%.*s, I know nobody of that name under people: in reeve.yaml, and take "
                       "nothing from you.",
                       STR_ARGS(str_cut(nick, 40))));
    arena_done(&arena);
}

/* A program that writes in somebody's name, or a log that was pasted in: each would be a fact. */
static bool is_too_much(struct serve *serve, const struct channel_heard *heard, struct str person)
{
    struct pace *pace = &serve->channels->people;
    enum pace_answer answer = pace_take(pace, pace_key(person, heard->channel), clock_boot_ms());
    struct arena arena;
    if (answer == PACE_TAKE)
        return false;
    arena_init(&arena);
    struct refusal refusal = {
        .from = str_printf(&arena, "%.*s in %.*s", STR_ARGS(person),
                           STR_ARGS(str_cut(heard->channel, 80))),
        .reason = str_printf(&arena, "more than %d messages at once", PACE_MESSAGES)};
    callers_refuse(serve, &refusal);
    if (answer == PACE_TOO_MUCH_TELL)
        say(serve, heard->channel,
            str_printf(&arena,
                       "%.*s: That was more than %d messages at once. Until you pause, one of them "
                       "is taken each second, and the others are not on the incident.",
                       STR_ARGS(person), PACE_MESSAGES));
    arena_done(&arena);
    return true;
}

/* Of an incident that was merged: what was written was taken for the other one, and that is said;
 * of words once in a while. */
static void say_where(struct serve *serve, const struct channel_heard *heard, struct str person,
                      struct str pointer)
{
    enum said_kind kind = said_parse(heard->text).kind;
    bool is_command = kind != SAID_WORDS && kind != SAID_NOTE;
    struct arena arena;
    if (!is_command && !pace_is_new(&serve->channels->moved, pace_key(person, heard->channel),
                                    clock_boot_ms(), STRANGER_MS))
        return;
    arena_init(&arena);
    say(serve, heard->channel,
        str_printf(&arena, "%.*s: %s there. %.*s", STR_ARGS(person),
                   is_command ? "That was done" : "What you write here is noted",
                   STR_ARGS(pointer)));
    arena_done(&arena);
}

static void hear_said(struct serve *serve, const struct channel_heard *heard)
{
    const struct world *world = &serve->app->world;
    const struct channel *channel = channel_find_id(&world->channels, heard->channel);
    const struct config_person *person = find_person(serve, heard->who);
    struct arena arena;
    if (!channel)
        return;
    if (!person) {
        refuse_stranger(serve, heard);
        return;
    }
    if (is_too_much(serve, heard, person->name))
        return;
    arena_init(&arena);
    const struct account *account = account_find(&world->access, person->name);
    struct caller caller = caller_of_channel(
        &arena, person->name, account ? account->role : ROLE_RESPONDER, channel_speaks_of(channel));
    struct channel_world channels = world_of(serve, clock_now());
    struct str pointer = channel_pointer(&channels, &arena, channel);
    bool is_new =
        said_parse(heard->text).kind != SAID_NOTHING && !channel_has_heard(channel, heard->id);
    struct str answer = said_perform(&serve->app->engine, heard, caller, clock_now(), &arena);
    if (answer.n > 0)
        say(serve, heard->channel,
            str_printf(&arena, "%.*s: %.*s", STR_ARGS(person->name), STR_ARGS(answer)));
    else if (is_new && pointer.n > 0)
        say_where(serve, heard, person->name, pointer);
    arena_done(&arena);
    serve_turn(serve);
}

void serve_channels_said(struct serve *serve, const struct channel_heard *heard)
{
    if (serve->channels)
        hear_said(serve, heard);
}

static void hear_answer(struct serve *serve, const struct channel_heard *heard)
{
    struct talk *asked = find_asked(serve->channels, heard->incident);
    if (asked) {
        asked->is_asked = false;
        if (heard->kind == CHANNEL_HEARD_CREATED)
            str_keep(asked->channel, sizeof asked->channel, heard->channel);
    }
    if (asked && heard->kind == CHANNEL_HEARD_SET)
        asked->not_before_ms = 0; /* we are in it again */
    if (asked && heard->kind == CHANNEL_HEARD_REFUSED) {
        int64_t least_ms = heard->reason.n == 0 ? WAIT_SOON_MS : WAIT_LEAST_MS;
        int64_t wait_ms = heard->wait_ms < least_ms       ? least_ms
                          : heard->wait_ms > WAIT_MOST_MS ? WAIT_MOST_MS
                                                          : heard->wait_ms;
        asked->not_before_ms = clock_boot_ms() + wait_ms;
    }
    record(serve, heard);
}

/* Another nick, or ours again: the topics say so. */
static void hear_called(struct serve *serve, const struct channel_heard *heard)
{
    keep_called(serve->channels, heard);
    serve_turn(serve);
}

static void hear(struct serve *serve, struct str line)
{
    struct arena arena;
    struct channel_heard heard;
    struct err err = {0};
    arena_init(&arena);
    if (!channel_heard_parse(&arena, line, &heard, &err))
        log_err(LOG_LEVEL_WARNING, "channels", &err);
    else if (heard.kind == CHANNEL_HEARD_READY)
        hear_ready(serve, &heard);
    else if (heard.kind == CHANNEL_HEARD_LOST)
        hear_lost(serve, &heard);
    else if (heard.kind == CHANNEL_HEARD_SAID)
        hear_said(serve, &heard);
    else if (heard.kind == CHANNEL_HEARD_CALLED)
        hear_called(serve, &heard);
    else
        hear_answer(serve, &heard);
    arena_done(&arena);
}

static void on_read(struct bufferevent *pipe, void *context)
{
    struct serve *serve = context;
    struct evbuffer *input = bufferevent_get_input(pipe);
    /* A turn may have started another one meanwhile. */
    for (int i = 0; i < LINES_AT_ONCE && serve->channels->pipe == pipe; i++) {
        size_t n = 0;
        char *line = evbuffer_readln(input, &n, EVBUFFER_EOL_LF);
        if (!line)
            break;
        hear(serve, (struct str){line, n});
        free(line);
    }
    if (evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF).pos >= 0)
        bufferevent_trigger(pipe, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
    else if (evbuffer_get_length(input) > TRANSPORT_LINE_BYTES && serve->channels->child.running)
        (void)spawn_signal(&serve->channels->child.process, SIGKILL);
}

static void on_end(struct bufferevent *pipe, short what, void *context)
{
    struct serve *serve = context;
    (void)what;
    (void)bufferevent_disable(pipe, EV_READ | EV_WRITE);
    if (serve->channels->child.running)
        (void)spawn_signal(&serve->channels->child.process, SIGKILL);
}

static void write_slack(struct json_writer *w, const struct config *config)
{
    const struct config_provider *provider = config_channels_provider(config);
    json_bool(w, "archive", config->channels.archive);
    json_open_array(w, "invite");
    for (size_t i = 0; i < config->person_count; i++)
        if (config->people[i].reach[METHOD_SLACK].n > 0)
            json_str(w, NULL, config->people[i].reach[METHOD_SLACK]);
    json_close_array(w);
    if (provider)
        json_str(w, "url", provider->url);
}

static bool write_setup(struct serve *serve, struct bufferevent *pipe, struct err *err)
{
    const struct config_channels *config = &serve->app->config.channels;
    const struct config_provider *provider = config_channels_provider(&serve->app->config);
    const struct config_secret *secret = provider ? &provider->token : &config->password;
    SECRET_SCOPED password = {0};
    struct arena arena;
    struct text text;
    bool has_password = secret->name.n > 0;
    if (has_password && !keeper_give(&serve->keeper, secret->name, &password, err))
        return false;
    arena_init(&arena);
    text_init(&text, &arena, SETUP_BYTES);
    text_reserve(&text, SETUP_BYTES);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "kind", config->kind);
    json_str(&w, "server", config->server);
    json_str(&w, "nick", config->nick);
    json_str(&w, "account", config->account);
    json_str(&w, "ca", provider ? provider->ca : config->ca);
    if (provider)
        write_slack(&w, &serve->app->config);
    if (has_password)
        json_str(&w, provider ? "token" : "password", str_trim(secret_value_reveal(&password)));
    json_close_object(&w);
    text_byte(&text, '\n');
    (void)bufferevent_write(pipe, text.p, text.n);
    explicit_bzero(text.p, text.n);
    arena_done(&arena);
    return true;
}

static bool start(struct serve *serve, struct err *err)
{
    struct serve_channels *channels = serve->channels;
    const char *argv[] = {serve->pool_program, "chat", NULL};
    struct child_role role = {"channels", argv, on_read, on_end};
    channels->ready = false;
    if (!child_start(serve, &channels->child, &role, &channels->pipe, err))
        return false;
    if (write_setup(serve, channels->pipe, err))
        return true;
    (void)spawn_signal(&channels->child.process, SIGKILL); /* it is started again */
    return false;
}

/* Those that are in no state any more are left. */
static void leave(struct serve *serve, struct arena *arena)
{
    struct serve_channels *channels = serve->channels;
    for (size_t i = 0; i < channels->asked_count; i++) {
        struct talk *asked = &channels->asked[i];
        if (channel_find(&serve->app->world.channels, asked->incident))
            continue;
        if (asked->channel[0] != '\0')
            send_order(channels, arena,
                       &(struct channel_order){.kind = CHANNEL_ORDER_LEAVE,
                                               .incident = asked->incident,
                                               .channel = str_of(asked->channel)});
        *asked = channels->asked[--channels->asked_count];
        i--;
    }
}

static void give_orders(struct serve *serve, struct instant now)
{
    struct serve_channels *channels = serve->channels;
    struct channel_world world = world_of(serve, now);
    struct arena arena;
    size_t count = 0;
    arena_init(&arena);
    const struct channel_order *orders = channel_orders(&world, &arena, &count);
    for (size_t i = 0; i < count; i++) {
        struct talk *asked = find_asked(channels, orders[i].incident);
        if (!asked || asked->is_asked || clock_boot_ms() < asked->not_before_ms)
            continue;
        asked->is_asked = true;
        send_order(channels, &arena, &orders[i]);
    }
    leave(serve, &arena);
    arena_done(&arena);
}

void serve_channels(struct serve *serve, struct instant now)
{
    if (serve->app->config.channels.kind.n == 0)
        return;
    if (!serve->channels)
        serve->channels = arena_make(&serve->app->arena, struct serve_channels);
    struct serve_channels *channels = serve->channels;
    (void)child_ended(&channels->child, "transport of the channels", now);
    if (!channels->child.running && channels->ready)
        hear_lost(serve, &(struct channel_heard){.kind = CHANNEL_HEARD_LOST,
                                                 .reason = STR("the transport ended")});
    restart_child(serve, &channels->child, "transport of the channels", start, now);
    if (channels->ready && !serve->app->engine.unwritable)
        give_orders(serve, now);
}

void serve_close_channels(struct serve *serve)
{
    struct serve_channels *channels = serve->channels;
    if (!channels)
        return;
    if (channels->pipe)
        bufferevent_free(channels->pipe);
    channels->pipe = NULL;
    stop_child(&channels->child);
}
