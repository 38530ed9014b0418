/* connection.c - one client: reading its requests in turn, deadlines, ending. */
#include "http/server_internal.h"

#include "os/clock.h"

#include <sys/socket.h>

enum { READ_AHEAD_BYTES = 64 * 1024, LINGER_MS = 1000 };

static void next_request(struct http_exchange *connection)
{
    struct http_server *server = connection->server;
    arena_reset(&connection->turn);
    http_parser_init(&connection->parser, &connection->turn, server->settings.header_bytes,
                     server->settings.body_bytes);
    connection->parser.uploads = &server->settings.uploads;
    connection->id = 0;
}

void http_deadline_set(struct http_exchange *connection, int64_t wait_ms)
{
    if (wait_ms < 0) {
        (void)event_del(connection->deadline);
        return;
    }
    struct timeval wait = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};
    (void)event_add(connection->deadline, &wait);
}

void http_connection_close(struct http_exchange *connection)
{
    struct http_server *server = connection->server;
    if (connection->phase == CONNECTION_WAITING && server->handler.gone)
        server->handler.gone(server->handler.context, connection);
    if (connection->phase == CONNECTION_STREAM)
        server->counters.streams--;
    server->counters.connections--;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        server->first = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    event_free(connection->deadline);
    bufferevent_free(connection->channel);
    arena_done(&connection->turn);
    struct arena life = connection->life;
    arena_done(&life);
}

/* Half closes, so that the reply arrives even while the client is still sending. */
static void linger(struct http_exchange *connection)
{
    if (connection->peer_done) {
        http_connection_close(connection);
        return;
    }
    (void)shutdown(bufferevent_getfd(connection->channel), SHUT_WR);
    struct evbuffer *input = bufferevent_get_input(connection->channel);
    (void)evbuffer_drain(input, evbuffer_get_length(input));
    connection->phase = CONNECTION_LINGERING;
    http_deadline_set(connection, LINGER_MS);
}

static void refuse(struct http_exchange *connection, int status, const char *sentence)
{
    connection->server->counters.refused_requests++;
    connection->close_after = true;
    http_reply_text(connection, status, str_of(sentence));
}

static bool is_host_known(const struct http_exchange *connection)
{
    const struct http_settings *settings = &connection->server->settings;
    struct str host = connection->parser.request.host;
    struct str name = http_host_name(host);
    if (connection->is_unix || str_is_nocase(name, "localhost") || str_is(name, "127.0.0.1") ||
        str_is(name, "::1"))
        return true;
    for (size_t i = 0; i < settings->host_count; i++) {
        if (name.n && (str_equal_nocase(name, settings->hosts[i]) ||
                       str_equal_nocase(host, settings->hosts[i])))
            return true;
    }
    return false;
}

static bool changes_something(struct str method)
{
    return !str_is(method, "GET") && !str_is(method, "HEAD") && !str_is(method, "OPTIONS");
}

/* What the head does not say of who sent it. */
static void fill_peer(struct http_exchange *connection)
{
    struct http_request *request = &connection->parser.request;
    request->is_unix = connection->is_unix;
    request->peer_uid = connection->peer_uid;
    request->peer_pid = connection->peer_pid;
    request->peer_since_ms = connection->peer_since_ms;
    request->is_host_known = is_host_known(connection);
}

/* The request is whole: hands it on, unless it comes from where nothing may come from. */
static void dispatch(struct http_exchange *connection)
{
    struct http_server *server = connection->server;
    struct http_request *request = &connection->parser.request;
    fill_peer(connection);
    if (!request->keep_alive || server->stopping)
        connection->close_after = true;
    http_deadline_set(connection, -1);
    server->counters.requests++;
    if (!request->is_host_known && !server->settings.any_host) {
        refuse(connection, 421,
               "This server does not answer under that name; open it as 127.0.0.1 or localhost, "
               "or name it in public_url.");
    } else if (changes_something(request->method) && http_request_is_cross_site(request)) {
        if (connection->server->handler.refused)
            connection->server->handler.refused(connection->server->handler.context, request);
        refuse(connection, 403, "Another site's page may not change anything here.");
    } else {
        connection->phase = CONNECTION_WAITING;
        connection->id = ++server->last_id;
        server->handler.request(server->handler.context, connection, request);
    }
}

static void after_push(struct http_exchange *connection)
{
    struct http_parser *parser = &connection->parser;
    bool begins = connection->phase == CONNECTION_HEAD && http_parser_has_head(parser);
    if (begins && parser->is_upload) {
        fill_peer(connection);
        if (!http_upload_admit(connection))
            return;
    }
    if (parser->phase == HTTP_BAD) {
        refuse(connection, parser->status, parser->problem);
    } else if (parser->phase == HTTP_COMPLETE) {
        dispatch(connection);
    } else if (begins) {
        connection->phase = CONNECTION_BODY;
        connection->body_since_ms = clock_boot_ms();
        http_deadline_set(connection, connection->server->settings.body_ms);
        if (parser->request.expects_continue)
            (void)evbuffer_add_printf(bufferevent_get_output(connection->channel),
                                      "HTTP/1.1 100 Continue\r\n\r\n");
    }
}

static void take_input(struct http_exchange *connection)
{
    struct evbuffer *input = bufferevent_get_input(connection->channel);
    while (connection->phase <= CONNECTION_BODY) {
        struct evbuffer_iovec piece;
        if (evbuffer_peek(input, -1, NULL, &piece, 1) < 1 || piece.iov_len == 0)
            return;
        if (connection->phase == CONNECTION_IDLE) {
            connection->phase = CONNECTION_HEAD;
            http_deadline_set(connection, connection->server->settings.header_ms);
        }
        struct str bytes = {piece.iov_base, piece.iov_len};
        size_t taken = http_parser_push(&connection->parser, bytes);
        (void)evbuffer_drain(input, taken);
        after_push(connection);
    }
}

static void on_read(struct bufferevent *channel, void *context)
{
    struct http_exchange *connection = context;
    if (connection->phase == CONNECTION_STREAM || connection->phase == CONNECTION_LINGERING) {
        struct evbuffer *input = bufferevent_get_input(channel);
        (void)evbuffer_drain(input, evbuffer_get_length(input));
        return;
    }
    take_input(connection);
}

/* Everything written: the next request, or the end. */
static void on_written(struct bufferevent *channel, void *context)
{
    (void)channel;
    struct http_exchange *connection = context;
    if (connection->phase != CONNECTION_WRITING)
        return;
    if (connection->close_after || connection->peer_done || connection->server->stopping) {
        linger(connection);
        return;
    }
    next_request(connection);
    connection->phase = CONNECTION_IDLE;
    http_deadline_set(connection, connection->server->settings.idle_ms);
    take_input(connection);
}

static void on_end(struct bufferevent *channel, short what, void *context)
{
    (void)channel;
    struct http_exchange *connection = context;
    if (connection->phase == CONNECTION_WRITING && (what & BEV_EVENT_EOF))
        connection->peer_done = true; /* it may still read the reply */
    else
        http_connection_close(connection);
}

static void on_deadline(evutil_socket_t socket, short what, void *context)
{
    (void)socket;
    (void)what;
    struct http_exchange *connection = context;
    size_t unwritten = evbuffer_get_length(bufferevent_get_output(connection->channel));
    switch (connection->phase) {
    case CONNECTION_HEAD:
    case CONNECTION_BODY:
        connection->server->counters.deadline_missed++;
        if (connection->parser.head_bytes == 0)
            http_connection_close(connection);
        else if (connection->phase == CONNECTION_BODY && connection->parser.is_upload)
            http_upload_refuse(connection, 503, "It did not arrive whole in time; send it again.");
        else
            refuse(connection, 408, "The request did not arrive whole in time.");
        break;
    case CONNECTION_WRITING:
        if (unwritten < connection->unwritten) {
            connection->unwritten = unwritten;
            http_deadline_set(connection, connection->server->settings.write_ms);
            break;
        }
        connection->server->counters.deadline_missed++;
        http_connection_close(connection);
        break;
    case CONNECTION_IDLE:
    case CONNECTION_LINGERING: http_connection_close(connection); break;
    case CONNECTION_WAITING:
    case CONNECTION_STREAM: break;
    }
}

void http_connection_write(struct http_exchange *connection)
{
    connection->phase = CONNECTION_WRITING;
    connection->unwritten = evbuffer_get_length(bufferevent_get_output(connection->channel));
    http_deadline_set(connection, connection->server->settings.write_ms);
}

static void find_peer(struct http_exchange *connection, int socket)
{
    struct ucred peer;
    struct timespec since;
    socklen_t size = sizeof peer;
    connection->peer_uid = connection->peer_pid = -1;
    if (!connection->is_unix || getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return;
    connection->peer_uid = (int64_t)peer.uid;
    connection->peer_pid = (int64_t)peer.pid;
    (void)clock_gettime(CLOCK_BOOTTIME, &since);
    connection->peer_since_ms = (int64_t)since.tv_sec * 1000 + since.tv_nsec / 1000000;
}

void http_connection_open(struct http_server *server, int socket, bool is_unix)
{
    struct bufferevent *channel =
        bufferevent_socket_new(server->base, socket, BEV_OPT_CLOSE_ON_FREE);
    if (!channel) {
        (void)evutil_closesocket(socket);
        return;
    }
    struct arena life;
    arena_init_chunks(&life, sizeof(struct http_exchange)); /* thousands may wait */
    struct http_exchange *connection = arena_make(&life, struct http_exchange);
    connection->life = life;
    connection->server = server;
    connection->channel = channel;
    connection->deadline = evtimer_new(server->base, on_deadline, connection);
    connection->is_unix = is_unix;
    find_peer(connection, socket);
    connection->next = server->first;
    if (server->first)
        server->first->previous = connection;
    server->first = connection;
    server->counters.connections++;
    arena_init(&connection->turn);
    next_request(connection);
    connection->phase = CONNECTION_HEAD;
    bufferevent_setcb(channel, on_read, on_written, on_end, connection);
    bufferevent_setwatermark(channel, EV_READ, 0, READ_AHEAD_BYTES);
    http_deadline_set(connection, server->settings.header_ms);
    (void)bufferevent_enable(channel, EV_READ | EV_WRITE);
}
