/* irc.c - one connection by libcurl, which only carries bytes, and the pipes to the core, in one
 * poll. */
#include "irc/irc.h"

#include "irc/session.h"
#include "os/clock.h"
#include "os/file.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    TICK_MS = 250,
    IN_BYTES = 2 * TRANSPORT_LINE_BYTES,
    HEARD_BYTES = IRC_TAGS_BYTES + 2 * IRC_LINE_BYTES,
    OUT_BYTES = 256 * 1024, /* that the server has not taken yet */
    READ_BYTES = 4096,
    STABLE_MS = 60000 /* a connection that lasted so long begins the pauses anew */
};

struct client {
    const struct json *setup;
    int in_fd, out_fd;
    struct irc_session session;
    CURL *curl; /* NULL: not connected */
    curl_socket_t socket;
    char said[CURL_ERROR_SIZE];
    char problem[400];
    bool ended;
    int64_t retry_ms, next_ms, begun_ms;
    struct arena arena; /* reset per line */
    char *in, *heard, *out;
    size_t in_n, heard_n, out_n;
    bool is_passing; /* the rest of a line that was too long */
};

static void tell(void *context, const struct channel_heard *heard)
{
    struct client *client = context;
    struct arena arena;
    arena_init(&arena);
    if (!fd_write(client->out_fd, channel_heard_write(&arena, heard)))
        client->ended = true;
    arena_done(&arena);
}

static void push_out(struct client *client)
{
    size_t done = 0;
    while (client->curl && done < client->out_n) {
        size_t n = 0;
        CURLcode code = curl_easy_send(client->curl, client->out + done, client->out_n - done, &n);
        done += n;
        if (code == CURLE_AGAIN)
            break;
        if (code != CURLE_OK) {
            irc_fail(&client->session, "the connection broke off");
            break;
        }
    }
    client->out_n -= done;
    memmove(client->out, client->out + done, client->out_n);
}

static void send_line(void *context, struct str line)
{
    struct client *client = context;
    if (client->out_n + line.n > OUT_BYTES) {
        irc_fail(&client->session, "the server takes nothing any more");
        return;
    }
    memcpy(client->out + client->out_n, line.p, line.n);
    client->out_n += line.n;
}

static void set_up(const struct client *client, CURL *curl, struct str rest, bool is_secure)
{
    struct str ca = json_get_str(client->setup, "ca");
    char url[600];
    (void)snprintf(url, sizeof url, "%s://%.*s/", is_secure ? "https" : "http", STR_ARGS(rest));
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, is_secure ? "https" : "http");
    (void)curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)IRC_CONNECT_MS);
    (void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    if (ca.n > 0) {
        char path[4200];
        str_keep(path, sizeof path, ca);
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, path);
        (void)curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
}

/* "irc://host", with 6667 where no port is said; "ircs://host:6697". */
static struct str host_of(const struct client *client, char *room, size_t room_bytes,
                          bool *out_secure)
{
    struct str server = json_get_str(client->setup, "server");
    *out_secure = str_starts(server, "ircs://");
    struct str host = str_from(server, strlen(*out_secure ? "ircs://" : "irc://"));
    while (str_ends(host, "/"))
        host.n--;
    size_t bracket = str_find_byte(host, ']', 0);
    bool has_port = str_find_byte(host, ':', bracket < host.n ? bracket : 0) < host.n;
    (void)snprintf(room, room_bytes, "%.*s%s", STR_ARGS(host),
                   has_port      ? ""
                   : *out_secure ? ":6697"
                                 : ":6667");
    return str_of(room);
}

static void say_lost(struct client *client, const char *why)
{
    struct str server = json_get_str(client->setup, "server");
    (void)snprintf(client->problem, sizeof client->problem, "%.*s: %s",
                   STR_ARGS(str_cut(server, 200)), why);
    tell(client,
         &(struct channel_heard){.kind = CHANNEL_HEARD_LOST, .reason = str_of(client->problem)});
}

static void disconnect(struct client *client, const char *why)
{
    int64_t now_ms = clock_boot_ms();
    if (client->curl)
        curl_easy_cleanup(client->curl);
    client->curl = NULL;
    if (now_ms - client->begun_ms > STABLE_MS)
        client->retry_ms = 0;
    client->retry_ms = client->retry_ms == 0 ? IRC_RETRY_FIRST_MS : client->retry_ms * 2;
    if (client->retry_ms > IRC_RETRY_MOST_MS)
        client->retry_ms = IRC_RETRY_MOST_MS;
    client->next_ms = now_ms + client->retry_ms;
    say_lost(client, why);
}

static void try_connect(struct client *client)
{
    char host[400];
    bool is_secure = false;
    struct str rest = host_of(client, host, sizeof host, &is_secure);
    client->begun_ms = clock_boot_ms();
    client->said[0] = '\0';
    client->curl = curl_easy_init();
    if (!client->curl) {
        disconnect(client, "libcurl cannot be used here");
        return;
    }
    set_up(client, client->curl, rest, is_secure);
    (void)curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, client->said);
    CURLcode code = curl_easy_perform(client->curl);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(client->curl, CURLINFO_ACTIVESOCKET, &client->socket);
    if (code != CURLE_OK) {
        char why[CURL_ERROR_SIZE];
        (void)snprintf(
            why, sizeof why, "%.200s%s", client->said[0] ? client->said : curl_easy_strerror(code),
            is_secure && code == CURLE_OPERATION_TIMEDOUT ? "; does it speak TLS at this port?"
                                                          : "");
        disconnect(client, why);
        return;
    }
    client->out_n = client->heard_n = 0;
    irc_session_begin(&client->session, clock_boot_ms());
    push_out(client);
}

/* Takes whole lines off the front; what is left stays for the next time. */
static size_t take_lines(struct client *client, char *bytes, size_t n,
                         void (*take)(struct client *client, struct str line))
{
    size_t begin = 0;
    for (;;) {
        char *end = memchr(bytes + begin, '\n', n - begin);
        if (!end)
            break;
        size_t stop = (size_t)(end - bytes);
        size_t length = stop - begin;
        if (length > 0 && bytes[stop - 1] == '\r')
            length--;
        if (length > 0)
            take(client, (struct str){bytes + begin, length});
        begin = stop + 1;
    }
    memmove(bytes, bytes + begin, n - begin);
    return n - begin;
}

static void take_heard(struct client *client, struct str line)
{
    if (!client->is_passing && !client->session.failed)
        irc_session_line(&client->session, line, clock_boot_ms());
    client->is_passing = false;
}

static void take_order(struct client *client, struct str line)
{
    struct channel_order order;
    struct err err = {0};
    arena_reset(&client->arena);
    if (!channel_order_parse(&client->arena, line, &order, &err))
        (void)fprintf(stderr, "chat: %s\n", err.text);
    else if (client->curl)
        irc_session_order(&client->session, &order, clock_boot_ms());
}

static void read_server(struct client *client)
{
    for (int i = 0; i < 64 && client->curl && !client->session.failed; i++) {
        size_t n = 0;
        if (client->heard_n + READ_BYTES > HEARD_BYTES) { /* longer than any line may be */
            client->heard_n = 0;
            client->is_passing = true;
        }
        CURLcode code =
            curl_easy_recv(client->curl, client->heard + client->heard_n, READ_BYTES, &n);
        if (code == CURLE_AGAIN)
            return;
        if (code != CURLE_OK || n == 0) {
            irc_fail(&client->session, "the server dropped the connection");
            return;
        }
        client->heard_n = take_lines(client, client->heard, client->heard_n + n, take_heard);
    }
}

/* Only where poll has said that there is something. The pipe waits: it may be one socket with that
 * of the answers, which must not be lost when the core is slower than the server. */
static void read_core(struct client *client)
{
    ssize_t n = read(client->in_fd, client->in + client->in_n, IN_BYTES - client->in_n);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        client->ended = true;
        return;
    }
    if (n > 0)
        client->in_n = take_lines(client, client->in, client->in_n + (size_t)n, take_order);
    if (client->in_n == IN_BYTES)
        client->ended = true; /* the core sends no line as long as this */
}

static void wait_and_read(struct client *client)
{
    short events = (short)(client->out_n > 0 ? POLLIN | POLLOUT : POLLIN);
    struct pollfd fds[2] = {{.fd = client->in_fd, .events = POLLIN},
                            {.fd = client->curl ? (int)client->socket : -1, .events = events}};
    (void)poll(fds, 2, TICK_MS);
    if (fds[0].revents)
        read_core(client);
    if (client->curl)
        read_server(client);
}

static void turn(struct client *client)
{
    if (!client->curl && clock_boot_ms() >= client->next_ms)
        try_connect(client);
    wait_and_read(client);
    if (!client->curl)
        return;
    irc_session_tick(&client->session, clock_boot_ms());
    push_out(client);
    if (client->session.failed) {
        char why[sizeof client->session.problem];
        str_keep(why, sizeof why, str_of(client->session.problem));
        disconnect(client, why);
    } else if (client->session.welcomed && clock_boot_ms() - client->begun_ms > STABLE_MS) {
        client->retry_ms = 0;
    }
}

int irc_run(const struct json *setup, int in_fd, int out_fd)
{
    struct arena own; /* as long as the process */
    arena_init(&own);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return 6;
    struct client *client = arena_make(&own, struct client);
    client->setup = setup;
    client->in_fd = in_fd;
    client->out_fd = out_fd;
    client->in = arena_alloc(&own, IN_BYTES);
    client->heard = arena_alloc(&own, HEARD_BYTES);
    client->out = arena_alloc(&own, OUT_BYTES);
    client->session.settings = (struct irc_settings){.nick = json_get_str(setup, "nick"),
                                                     .account = json_get_str(setup, "account"),
                                                     .password = json_get_str(setup, "password")};
    client->session.context = client;
    client->session.send = send_line;
    client->session.tell = tell;
    arena_init(&client->arena);
    irc_session_init(&client->session, &own);
    while (!client->ended)
        turn(client);
    if (client->curl)
        curl_easy_cleanup(client->curl);
    irc_session_done(&client->session);
    arena_done(&client->arena);
    arena_done(&own);
    return 0;
}
