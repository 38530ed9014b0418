/* server.c - listeners, accepting within the limit, stopping. */
#include "base/limits.h"
#include "http/server_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ACCEPT_RETRY_MS = 100 };

static const char busy[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; "
                           "charset=utf-8\r\nContent-Length: 51\r\nRetry-After: 5\r\nConnection: "
                           "close\r\n\r\nToo many connections are open; try again in a bit.\n";

void http_settings_default(struct http_settings *out_settings)
{
    *out_settings = (struct http_settings){
        .connections = LIMIT_HTTP_CONNECTIONS,
        .streams = LIMIT_HTTP_STREAMS,
        .header_bytes = LIMIT_HTTP_HEADER_BYTES,
        .body_bytes = LIMIT_HTTP_BODY_BYTES,
        .stream_pending_bytes = LIMIT_HTTP_STREAM_PENDING_BYTES,
        .header_ms = 10000,
        .body_ms = 30000,
        .idle_ms = 60000,
        .write_ms = 30000,
        .heartbeat_ms = 15000,
    };
}

/* Answers without making a connection of it: what was sent is read once, so that the close does
 * not throw the answer away. */
static void turn_away(struct http_server *server, int socket)
{
    char sent[4096];
    server->counters.refused_connections++;
    (void)recv(socket, sent, sizeof sent, MSG_DONTWAIT);
    (void)send(socket, busy, sizeof busy - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(socket, SHUT_WR);
    (void)evutil_closesocket(socket);
}

/* Whoever has waited longest without a whole request gives way: clients that only hold connections
 * keep nobody out. Then who has been answered and has not left, then the slowest body. False when
 * each connection has a request, a reply, a stream or a body that comes well. */
static bool make_room(struct http_server *server)
{
    struct http_exchange *oldest = NULL;
    struct http_exchange *answered = NULL;
    for (struct http_exchange *one = server->first; one; one = one->next) {
        if (one->phase == CONNECTION_IDLE || one->phase == CONNECTION_HEAD)
            oldest = one; /* the newest stands first */
        if (one->phase == CONNECTION_LINGERING)
            answered = one;
    }
    if (!oldest)
        oldest = answered;
    struct http_exchange *slow = oldest ? NULL : http_slow_body(server);
    if (!oldest && !slow)
        return false;
    server->counters.refused_connections++;
    server->counters.slow_given_up += slow != NULL;
    if (slow)
        (void)send(bufferevent_getfd(slow->channel), busy, sizeof busy - 1,
                   MSG_DONTWAIT | MSG_NOSIGNAL);
    http_connection_close(slow ? slow : oldest);
    return true;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t socket,
                      struct sockaddr *address, int address_bytes, void *context)
{
    (void)listener;
    (void)address_bytes;
    struct http_server *server = context;
    server->counters.accepted++;
    bool full = server->counters.connections >= server->settings.connections;
    if (server->stopping || (full && !make_room(server))) {
        turn_away(server, socket);
        return;
    }
    bool is_unix = address->sa_family == AF_UNIX;
    int on = 1;
    if (!is_unix)
        (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    http_connection_open(server, socket, is_unix);
}

/* No more file descriptors: looks away for a moment instead of spinning. */
static void on_accept_error(struct evconnlistener *listener, void *context)
{
    (void)listener;
    struct http_server *server = context;
    struct timeval wait = {.tv_usec = ACCEPT_RETRY_MS * 1000};
    for (int i = 0; i < server->listener_count; i++)
        (void)evconnlistener_disable(server->listeners[i]);
    (void)event_add(server->retry_accept, &wait);
}

static void on_retry_accept(evutil_socket_t socket, short what, void *context)
{
    (void)socket;
    (void)what;
    struct http_server *server = context;
    for (int i = 0; i < server->listener_count; i++)
        (void)evconnlistener_enable(server->listeners[i]);
}

static void on_heartbeat(evutil_socket_t socket, short what, void *context)
{
    (void)socket;
    (void)what;
    struct http_server *server = context;
    for (struct http_exchange *c = server->first; c; c = c->next) {
        struct evbuffer *output = bufferevent_get_output(c->channel);
        if (c->phase == CONNECTION_STREAM && evbuffer_get_length(output) == 0)
            (void)evbuffer_add(output, ":\n\n", 3);
    }
}

bool http_server_open(struct event_base *base, const struct http_settings *settings,
                      const struct http_handler *handler, struct http_server **out_server,
                      struct err *err)
{
    struct arena life;
    arena_init(&life);
    struct http_server *server = arena_make(&life, struct http_server);
    server->life = life;
    server->base = base;
    server->settings = *settings;
    server->handler = *handler;
    server->heartbeat = event_new(base, -1, EV_PERSIST, on_heartbeat, server);
    server->retry_accept = evtimer_new(base, on_retry_accept, server);
    struct timeval beat = {.tv_sec = settings->heartbeat_ms / 1000,
                           .tv_usec = settings->heartbeat_ms % 1000 * 1000};
    if (!server->heartbeat || !server->retry_accept || event_add(server->heartbeat, &beat) != 0) {
        http_server_close(server);
        return err_set(err, ERR_SELF, "http", "The event loop gives no timers.");
    }
    *out_server = server;
    return true;
}

/* Takes the socket over in any case. */
static bool listen_on(struct http_server *server, int socket, const char *place, struct err *err)
{
    if (server->listener_count == HTTP_LISTENERS_MAX) {
        (void)evutil_closesocket(socket);
        return err_set(err, ERR_USAGE, place, "No more than %d addresses can be listened on.",
                       HTTP_LISTENERS_MAX);
    }
    (void)evutil_make_socket_nonblocking(socket);
    struct evconnlistener *listener =
        evconnlistener_new(server->base, on_accept, server,
                           LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, SOMAXCONN, socket);
    if (!listener) {
        (void)err_set(err, ERR_OUTSIDE, place, "Cannot listen here: %m.");
        (void)evutil_closesocket(socket);
        return false;
    }
    evconnlistener_set_error_cb(listener, on_accept_error);
    server->listeners[server->listener_count++] = listener;
    return true;
}

/* "127.0.0.1:7333" or "[::1]:0"; no names, so that nothing has to be looked up. */
static bool parse_address(struct str address, struct sockaddr_storage *out_at, socklen_t *out_bytes)
{
    char host[64];
    int64_t port = 0;
    size_t colon = address.n;
    while (colon > 0 && address.p[colon - 1] != ':')
        colon--;
    struct str name = http_host_name(address);
    if (colon == 0 || name.n == 0 || name.n >= sizeof host ||
        !str_int(str_from(address, colon), &port) || port < 0 || port > 65535)
        return false;
    memcpy(host, name.p, name.n);
    host[name.n] = '\0';
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    bool is_six = address.p[0] == '[';
    if (inet_pton(is_six ? AF_INET6 : AF_INET, host,
                  is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr) != 1)
        return false;
    *out_bytes = is_six ? sizeof six : sizeof four;
    memcpy(out_at, is_six ? (const void *)&six : (const void *)&four, *out_bytes);
    return true;
}

bool http_server_listen_tcp(struct http_server *server, struct str address, int *out_port,
                            struct err *err)
{
    char place[128];
    struct sockaddr_storage at = {0};
    socklen_t at_bytes = 0;
    (void)snprintf(place, sizeof place, "%.*s", STR_ARGS(address));
    if (!parse_address(address, &at, &at_bytes))
        return err_set(err, ERR_USAGE, place,
                       "The address to listen on must be like 127.0.0.1:7333 or [::1]:7333.");
    int socket_ = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0)
        return err_set(err, ERR_OUTSIDE, place, "Cannot make a socket: %m.");
    int on = 1;
    (void)setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(socket_, (struct sockaddr *)&at, at_bytes) != 0) {
        (void)err_set(err, ERR_OUTSIDE, place,
                      "Cannot listen here: %m; stop what listens there or change `listen:`.");
        (void)evutil_closesocket(socket_);
        return false;
    }
    socklen_t bound_bytes = sizeof at;
    (void)getsockname(socket_, (struct sockaddr *)&at, &bound_bytes);
    int port = at.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&at)->sin6_port)
                                        : ntohs(((struct sockaddr_in *)&at)->sin_port);
    if (!listen_on(server, socket_, place, err))
        return false;
    *out_port = port;
    return true;
}

bool http_server_listen_unix(struct http_server *server, struct str path, struct err *err)
{
    char place[256];
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(place, sizeof place, "%.*s", STR_ARGS(path));
    if (path.n == 0 || path.n >= sizeof at.sun_path || server->unix_path[0])
        return err_set(err, ERR_USAGE, place,
                       "The path of the socket must have 1 to 107 bytes, and there is one socket; "
                       "choose a shorter state folder.");
    memcpy(at.sun_path, path.p, path.n);
    struct stat there;
    if (lstat(at.sun_path, &there) == 0) {
        if (!S_ISSOCK(there.st_mode))
            return err_set(err, ERR_USAGE, place, "Something that is no socket stands here.");
        (void)unlink(at.sun_path);
    }
    int socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0)
        return err_set(err, ERR_OUTSIDE, place, "Cannot make a socket: %m.");
    if (fchmod(socket_, 0600) != 0 || bind(socket_, (struct sockaddr *)&at, sizeof at) != 0) {
        (void)err_set(err, ERR_OUTSIDE, place, "Cannot make the socket here: %m.");
        (void)evutil_closesocket(socket_);
        return false;
    }
    if (!listen_on(server, socket_, place, err))
        return false;
    memcpy(server->unix_path, at.sun_path, path.n + 1);
    return true;
}

static void stop_listening(struct http_server *server)
{
    for (int i = 0; i < server->listener_count; i++)
        evconnlistener_free(server->listeners[i]);
    server->listener_count = 0;
    if (server->unix_path[0])
        (void)unlink(server->unix_path);
    server->unix_path[0] = '\0';
}

void http_server_stop(struct http_server *server)
{
    server->stopping = true;
    stop_listening(server);
    struct http_exchange *next;
    for (struct http_exchange *c = server->first; c; c = next) {
        next = c->next;
        bool is_idle = c->phase == CONNECTION_HEAD && c->parser.head_bytes == 0;
        if (is_idle || c->phase == CONNECTION_IDLE || c->phase == CONNECTION_STREAM)
            http_connection_close(c);
        else
            c->close_after = true;
    }
}

bool http_server_is_quiet(const struct http_server *server)
{
    return server->first == NULL;
}

void http_server_close(struct http_server *server)
{
    if (!server)
        return;
    stop_listening(server);
    while (server->first)
        http_connection_close(server->first);
    if (server->heartbeat)
        event_free(server->heartbeat);
    if (server->retry_accept)
        event_free(server->retry_accept);
    struct arena life = server->life;
    arena_done(&life);
}

struct http_counters http_server_counters(const struct http_server *server)
{
    return server->counters;
}
