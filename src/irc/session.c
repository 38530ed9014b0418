/* session.c - registration, PING and PONG, the nick, and the pace at which lines are sent. */
#include "irc/session.h"

#include "base/hash.h"

#include <stdarg.h>
#include <stdio.h>

enum { NICK_TRIES_MAX = 9, NAME_BYTES_DEFAULT = 50, SASL_PIECE = 400, PLAIN_BYTES = 1024 };

void irc_session_init(struct irc_session *session, struct arena *arena)
{
    arena_init(&session->turn);
    session->queue = arena_array(arena, IRC_QUEUE_MAX, sizeof *session->queue);
    session->channels = arena_array(arena, IRC_CHANNELS_MAX, sizeof *session->channels);
}

void irc_session_done(struct irc_session *session)
{
    arena_done(&session->turn);
}

static void send_now(struct irc_session *session, const char *format, ...) PRINTF_LIKE(2, 3);

/* What others wrote must not end our line. */
static size_t clean(char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (line[i] == '\r' || line[i] == '\n' || line[i] == '\0')
            line[i] = ' ';
    n = str_cut((struct str){line, n}, IRC_LINE_BYTES - 2).n;
    line[n++] = '\r';
    line[n++] = '\n';
    return n;
}

static void send_now(struct irc_session *session, const char *format, ...)
{
    char line[IRC_LINE_BYTES + 2];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(line, IRC_LINE_BYTES, format, arguments);
    va_end(arguments);
    size_t most = n < 0 ? 0 : n >= IRC_LINE_BYTES ? IRC_LINE_BYTES - 1 : (size_t)n;
    session->send(session->context, (struct str){line, clean(line, most)});
}

void irc_queue(struct irc_session *session, const char *format, ...)
{
    if (session->queue_count == IRC_QUEUE_MAX)
        return; /* whoever adds many has looked before */
    size_t at = (session->queue_first + session->queue_count++) % IRC_QUEUE_MAX;
    struct irc_queued *queued = &session->queue[at];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(queued->text, IRC_LINE_BYTES, format, arguments);
    va_end(arguments);
    size_t most = n < 0 ? 0 : n >= IRC_LINE_BYTES ? IRC_LINE_BYTES - 1 : (size_t)n;
    queued->n = clean(queued->text, most);
}

void irc_fail(struct irc_session *session, const char *format, ...)
{
    va_list arguments;
    if (session->failed)
        return;
    session->failed = true;
    int n = session->banned[0] ? snprintf(session->problem, sizeof session->problem,
                                          "the server does not let us in: %s; ", session->banned)
                               : 0;
    size_t at = n > 0 && (size_t)n < sizeof session->problem ? (size_t)n : 0;
    va_start(arguments, format);
    (void)vsnprintf(session->problem + at, sizeof session->problem - at, format, arguments);
    va_end(arguments);
}

void irc_session_begin(struct irc_session *session, int64_t now_ms)
{
    session->welcomed = session->failed = false;
    session->problem[0] = session->prefix[0] = session->banned[0] = '\0';
    session->nick_tries = 0;
    session->name_bytes = NAME_BYTES_DEFAULT;
    session->now_ms = session->begun_ms = session->heard_ms = session->sent_ms = now_ms;
    session->asked_ms = 0;
    session->nick_ms = now_ms;
    session->credit = IRC_BURST;
    session->bad_nick = false;
    session->queue_count = session->greeted.count = 0;
    session->split = (struct irc_split){0};
    for (size_t i = 0; i < IRC_CHANNELS_MAX; i++)
        session->channels[i] = (struct irc_channel){.order = CHANNEL_ORDERS};
    str_keep(session->nick, sizeof session->nick, session->settings.nick);
    session->topic_bytes = IRC_TOPIC_BYTES - 1;
    session->in_sasl = session->settings.account.n > 0;
    session->without[0] = session->mechanisms[0] = '\0';
    session->account_ms = now_ms;
    session->account_wait_ms = IRC_ACCOUNT_FIRST_MS;
    if (session->in_sasl)
        send_now(session, "CAP REQ :sasl");
    else if (session->settings.password.n > 0)
        send_now(session, "PASS :%.*s", STR_ARGS(session->settings.password));
    send_now(session, "NICK %s", session->nick);
    send_now(session, "USER %.10s 0 * :Reeve, the incident's log", session->nick);
}

bool irc_is_other(const struct irc_session *session)
{
    return !irc_equal(str_of(session->nick), session->settings.nick);
}

/* What we are called, where that is not our own nick, and why we are not logged in. */
static void tell_called(struct irc_session *session, enum channel_heard_kind kind)
{
    bool is_ready = kind == CHANNEL_HEARD_READY;
    struct channel_heard heard = {.kind = kind,
                                  .name_bytes = is_ready ? (int64_t)session->name_bytes - 1 : 0,
                                  .name = irc_is_other(session) ? str_of(session->nick) : STR(""),
                                  .reason = str_of(session->without)};
    session->tell(session->context, &heard);
}

/* A channel without our account is worth more than none; what is secret was not said. */
static void go_without(struct irc_session *session, const char *reason)
{
    bool is_new = strcmp(session->without, reason) != 0;
    str_keep(session->without, sizeof session->without, str_of(reason));
    session->in_sasl = false;
    session->account_ms = session->now_ms + session->account_wait_ms;
    session->account_wait_ms *= 2;
    if (session->account_wait_ms > IRC_ACCOUNT_MOST_MS)
        session->account_wait_ms = IRC_ACCOUNT_MOST_MS;
    if (!session->welcomed)
        send_now(session, "CAP END");
    else if (is_new)
        tell_called(session, CHANNEL_HEARD_CALLED);
}

static void be_logged_in(struct irc_session *session)
{
    session->in_sasl = false;
    session->without[0] = '\0';
    if (!session->welcomed)
        send_now(session, "CAP END");
    else
        tell_called(session, CHANNEL_HEARD_CALLED);
}

/* The server knows accounts and does not take ours: that is somebody's to mend. */
static void be_refused(struct irc_session *session, const struct irc_message *message)
{
    struct str said = str_cut(irc_param(message, message->count - 1), 80);
    struct str reason =
        session->mechanisms[0]
            ? str_printf(&session->turn,
                         "the server does not take a name and a password (SASL PLAIN), only %s",
                         session->mechanisms)
            : str_printf(&session->turn,
                         "the server does not take the account: %.*s; look at account: and "
                         "password: under channels:",
                         STR_ARGS(said));
    if (session->welcomed)
        go_without(session, reason.p);
    else
        irc_fail(session, "%s", reason.p);
}

static void tick_account(struct irc_session *session)
{
    if (session->in_sasl && session->now_ms - session->account_ms > IRC_ACCOUNT_MS) {
        send_now(session, "AUTHENTICATE *");
        go_without(session, "the server's services do not answer; it is tried again");
    } else if (!session->in_sasl && session->welcomed && session->without[0] != '\0' &&
               session->now_ms > session->account_ms) {
        session->in_sasl = true;
        session->account_ms = session->now_ms;
        session->mechanisms[0] = '\0';
        irc_queue(session, "CAP REQ :sasl");
    }
}

static void authenticate(struct irc_session *session)
{
    const struct irc_settings *settings = &session->settings;
    char plain[PLAIN_BYTES];
    int n = snprintf(plain, sizeof plain, "%.*s%c%.*s%c%.*s", STR_ARGS(settings->account), 0,
                     STR_ARGS(settings->account), 0, STR_ARGS(settings->password));
    if (n < 0 || (size_t)n >= sizeof plain) {
        irc_fail(session, "the account's name and password are too long");
        return;
    }
    struct str rest = base64_write(&session->turn, plain, (size_t)n);
    bool whole = rest.n % SASL_PIECE == 0;
    for (; rest.n > 0; rest = str_from(rest, SASL_PIECE))
        send_now(session, "AUTHENTICATE %.*s", STR_ARGS(str_slice(rest, 0, SASL_PIECE)));
    if (whole)
        send_now(session, "AUTHENTICATE +");
    explicit_bzero(plain, sizeof plain);
}

/* True: the line was about that. */
static bool hear_sasl(struct irc_session *session, const struct irc_message *message)
{
    if (!session->in_sasl)
        return false;
    if (str_is(message->command, "CAP") && str_is(irc_param(message, 1), "ACK")) {
        send_now(session, "AUTHENTICATE PLAIN");
    } else if ((str_is(message->command, "CAP") && str_is(irc_param(message, 1), "NAK")) ||
               (str_is(message->command, "421") && str_is(irc_param(message, 1), "CAP"))) {
        go_without(session, "the server offers none (SASL) just now; it is tried again, and where "
                            "it never does, take account: away");
    } else if (str_is(message->command, "AUTHENTICATE")) {
        authenticate(session);
    } else if (str_is(message->command, "903") || str_is(message->command, "907")) {
        be_logged_in(session);
    } else if (str_is(message->command, "908")) {
        str_keep(session->mechanisms, sizeof session->mechanisms, irc_param(message, 1));
    } else if (str_is(message->command, "902") || str_is(message->command, "904") ||
               str_is(message->command, "905") || str_is(message->command, "906")) {
        be_refused(session, message);
    } else {
        return false;
    }
    return true;
}

/* Ours first, then with a number: another one of us may not have left yet. */
static void take_other_nick(struct irc_session *session, bool is_bad)
{
    if (session->welcomed)
        return; /* it was tried to get ours again */
    session->bad_nick = session->bad_nick || is_bad;
    if (++session->nick_tries > NICK_TRIES_MAX) {
        irc_fail(session,
                 session->bad_nick
                     ? "the server does not take the nick %.*s, nor with a number behind it"
                     : "the nick %.*s is in use, and so are those with a number behind it",
                 STR_ARGS(session->settings.nick));
        return;
    }
    (void)snprintf(session->nick, sizeof session->nick, "%.*s%d",
                   STR_ARGS(str_cut(session->settings.nick, 8)), session->nick_tries);
    send_now(session, "NICK %s", session->nick);
}

static void read_limits(struct irc_session *session, const struct irc_message *message)
{
    int64_t most = 0;
    for (size_t i = 1; i < message->count; i++)
        if (str_starts(message->params[i], "CHANNELLEN=") &&
            str_int(str_from(message->params[i], strlen("CHANNELLEN=")), &most) && most >= 20)
            session->name_bytes = most < 500 ? (size_t)most : 500;
        else if (str_starts(message->params[i], "TOPICLEN=") &&
                 str_int(str_from(message->params[i], strlen("TOPICLEN=")), &most) && most >= 80 &&
                 most < IRC_TOPIC_BYTES)
            session->topic_bytes = (size_t)most;
}

/* The answer to NICK says what we are called from now on; the server may also have renamed us. */
static void hear_nick(struct irc_session *session, const struct irc_message *message)
{
    str_keep(session->before, sizeof session->before, str_of(session->nick));
    str_keep(session->nick, sizeof session->nick, irc_param(message, 0));
    session->prefix[0] = '\0';
    if (session->welcomed)
        tell_called(session, CHANNEL_HEARD_CALLED);
}

static void say_ready(struct irc_session *session)
{
    if (session->welcomed)
        return;
    session->welcomed = true;
    tell_called(session, CHANNEL_HEARD_READY);
}

void irc_session_line(struct irc_session *session, struct str line, int64_t now_ms)
{
    struct irc_message message;
    session->now_ms = session->heard_ms = now_ms;
    session->asked_ms = 0;
    arena_reset(&session->turn);
    if (!irc_message_parse(line, &message) || hear_sasl(session, &message))
        return;
    struct str command = message.command;
    struct str last = str_cut(irc_param(&message, message.count ? message.count - 1 : 0), 150);
    if (str_is(command, "PING")) {
        send_now(session, "PONG :%.*s", STR_ARGS(irc_param(&message, 0)));
    } else if (str_is(command, "001")) {
        str_keep(session->nick, sizeof session->nick, irc_param(&message, 0));
    } else if (str_is(command, "005")) {
        read_limits(session, &message);
    } else if (str_is(command, "376") || str_is(command, "422")) {
        say_ready(session);
    } else if (str_is(command, "433") || str_is(command, "436") || str_is(command, "437")) {
        take_other_nick(session, false);
    } else if (str_is(command, "432")) { /* never taken, or kept by services for its owner */
        take_other_nick(session, true);
    } else if (str_is(command, "465")) {
        str_keep(session->banned, sizeof session->banned, last);
    } else if (str_is(command, "464")) {
        irc_fail(session, "the server does not let us in: %.*s", STR_ARGS(last));
    } else if (str_is(command, "ERROR")) {
        irc_fail(session, "the server closed the connection: %.*s", STR_ARGS(last));
    } else if (str_is(command, "NICK") && irc_equal(irc_nick(&message), str_of(session->nick))) {
        hear_nick(session, &message);
    } else {
        irc_channel_line(session, &message);
    }
}

static void send_queued(struct irc_session *session)
{
    int64_t earned = (session->now_ms - session->sent_ms) / IRC_PACE_MS;
    if (earned > 0) {
        session->credit =
            earned > IRC_BURST - session->credit ? IRC_BURST : session->credit + (int)earned;
        session->sent_ms += earned * IRC_PACE_MS;
    }
    while (session->queue_count > 0 && session->credit > 0) {
        const struct irc_queued *queued = &session->queue[session->queue_first];
        session->send(session->context, (struct str){queued->text, queued->n});
        session->queue_first = (session->queue_first + 1) % IRC_QUEUE_MAX;
        session->queue_count--;
        session->credit--;
    }
}

void irc_session_tick(struct irc_session *session, int64_t now_ms)
{
    session->now_ms = now_ms;
    arena_reset(&session->turn);
    if (session->failed)
        return;
    tick_account(session);
    if (!session->welcomed) {
        if (now_ms - session->begun_ms > IRC_REGISTER_MS)
            irc_fail(session, "the server did not let us in within %d s", IRC_REGISTER_MS / 1000);
        return;
    }
    if (session->asked_ms && now_ms - session->asked_ms > IRC_DEAD_MS) {
        irc_fail(session, "the server has said nothing for %d s",
                 (IRC_SILENT_MS + IRC_DEAD_MS) / 1000);
        return;
    }
    if (!session->asked_ms && now_ms - session->heard_ms > IRC_SILENT_MS) {
        session->asked_ms = now_ms;
        send_now(session, "PING :alive");
    }
    if (irc_is_other(session) && now_ms - session->nick_ms > IRC_NICK_MS) {
        session->nick_ms = now_ms;
        irc_queue(session, "NICK %.*s", STR_ARGS(session->settings.nick));
    }
    irc_channel_tick(session);
    send_queued(session);
}
