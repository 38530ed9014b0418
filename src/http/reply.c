/* reply.c - answering an exchange, and event streams (server-sent events). */
#include "base/instant.h"
#include "http/server_internal.h"

#include <sys/time.h>

/* Nothing is loaded from elsewhere, framed, sniffed or told to other sites. The referrer stays
 * within the site: "no-referrer" would make browsers send "Origin: null" with our own forms. */
static const char security_headers[] =
    "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; img-src "
    "'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
    "'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

const char *http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Status";
}

static void write_date(struct http_exchange *connection, struct evbuffer *output)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct timeval now = {0};
    (void)event_base_gettimeofday_cached(connection->server->base, &now);
    struct civil c = civil_of((struct instant){(int64_t)now.tv_sec * 1000000});
    (void)evbuffer_add_printf(output, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n",
                              days + 3 * c.weekday, c.day, months + 3 * (c.month - 1), c.year,
                              c.hour, c.minute, c.second);
}

/* A value with a line break in it would be a header of somebody else's making. */
static bool is_one_line(struct str s)
{
    return str_find_byte(s, '\r', 0) == s.n && str_find_byte(s, '\n', 0) == s.n;
}

void http_head_write(struct http_exchange *connection, const struct http_reply *reply,
                     int64_t body_bytes)
{
    struct evbuffer *output = bufferevent_get_output(connection->channel);
    (void)evbuffer_add_printf(output, "HTTP/1.1 %d %s\r\n", reply->status,
                              http_reason(reply->status));
    write_date(connection, output);
    if (reply->content_type.n && is_one_line(reply->content_type))
        (void)evbuffer_add_printf(output, "Content-Type: %.*s\r\n", STR_ARGS(reply->content_type));
    if (body_bytes >= 0)
        (void)evbuffer_add_printf(output, "Content-Length: %lld\r\n", (long long)body_bytes);
    (void)evbuffer_add(output, security_headers, sizeof security_headers - 1);
    bool has_cache = false;
    for (size_t i = 0; i < reply->header_count; i++) {
        const struct http_header *header = &reply->headers[i];
        has_cache = has_cache || str_is_nocase(header->name, "Cache-Control");
        if (is_one_line(header->name) && is_one_line(header->value))
            (void)evbuffer_add_printf(output, "%.*s: %.*s\r\n", STR_ARGS(header->name),
                                      STR_ARGS(header->value));
    }
    if (!has_cache)
        (void)evbuffer_add_printf(output, "Cache-Control: no-store\r\n");
    if (connection->close_after)
        (void)evbuffer_add_printf(output, "Connection: close\r\n");
    (void)evbuffer_add(output, "\r\n", 2);
}

int64_t http_exchange_id(const struct http_exchange *exchange)
{
    return exchange->id;
}

struct http_exchange *http_exchange_find(struct http_server *server, int64_t id)
{
    for (struct http_exchange *c = server->first; c; c = c->next) {
        if (c->id == id && (c->phase == CONNECTION_WAITING || c->phase == CONNECTION_STREAM))
            return c;
    }
    return NULL;
}

const struct http_request *http_exchange_request(const struct http_exchange *exchange)
{
    return &exchange->parser.request;
}

struct arena *http_exchange_arena(struct http_exchange *exchange)
{
    return &exchange->turn;
}

void http_reply(struct http_exchange *exchange, const struct http_reply *reply)
{
    bool has_body = reply->status != 204 && reply->status != 304;
    http_head_write(exchange, reply, has_body ? (int64_t)reply->body.n : -1);
    if (has_body && !str_is(exchange->parser.request.method, "HEAD"))
        (void)evbuffer_add(bufferevent_get_output(exchange->channel), reply->body.p, reply->body.n);
    http_connection_write(exchange);
}

void http_reply_text(struct http_exchange *exchange, int status, struct str sentence)
{
    struct str body = str_printf(&exchange->turn, "%.*s\n", STR_ARGS(sentence));
    http_reply(exchange, &(struct http_reply){.status = status,
                                              .content_type = STR("text/plain; charset=utf-8"),
                                              .body = body});
}

void http_reply_see(struct http_exchange *exchange, struct str location)
{
    struct http_header header = {STR("Location"), location};
    http_reply(exchange,
               &(struct http_reply){.status = 303, .headers = &header, .header_count = 1});
}

bool http_stream_open(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;
    if (server->counters.streams >= server->settings.streams || server->stopping) {
        http_reply_text(exchange, 503,
                        STR("Too many pages are watching; close one, or reload this one by hand."));
        return false;
    }
    exchange->close_after = true; /* a stream ends with its connection */
    http_head_write(exchange,
                    &(struct http_reply){.status = 200, .content_type = STR("text/event-stream")},
                    -1);
    (void)evbuffer_add_printf(bufferevent_get_output(exchange->channel), "retry: 3000\n\n");
    exchange->phase = CONNECTION_STREAM;
    http_deadline_set(exchange, -1);
    server->counters.streams++;
    server->counters.streams_opened++;
    return true;
}

/* Ended by the loop, not under the caller's feet. */
void http_stream_set_owner(struct http_exchange *exchange, uint64_t owner)
{
    exchange->owner = owner;
}

int http_stream_count(const struct http_server *server, uint64_t owner)
{
    int count = 0;
    for (const struct http_exchange *c = server->first; c; c = c->next)
        count += c->phase == CONNECTION_STREAM && c->owner == owner;
    return count;
}

static void end_stream(struct http_exchange *stream)
{
    stream->server->counters.streams--;
    stream->phase = CONNECTION_LINGERING;
    http_deadline_set(stream, 0);
}

void http_stream_end_unless(struct http_server *server, void *context,
                            bool (*may_stay)(void *context, const struct http_request *request))
{
    for (struct http_exchange *c = server->first; c; c = c->next)
        if (c->phase == CONNECTION_STREAM && !may_stay(context, &c->parser.request))
            end_stream(c);
}

bool http_stream_send(struct http_exchange *stream, int64_t id, const char *event, struct str data)
{
    struct http_server *server = stream->server;
    struct evbuffer *output = bufferevent_get_output(stream->channel);
    if (stream->phase != CONNECTION_STREAM)
        return false;
    size_t before = evbuffer_get_length(output);
    /* One message may be large; it is what waits besides it that tells who does not read. */
    if (before > server->settings.stream_pending_bytes + stream->largest_bytes) {
        server->counters.streams_stalled++;
        end_stream(stream);
        return false;
    }
    if (id > 0)
        (void)evbuffer_add_printf(output, "id: %lld\n", (long long)id);
    (void)evbuffer_add_printf(output, "event: %s\n", event);
    struct str rest = data;
    struct str line;
    while (str_split(&rest, '\n', &line)) {
        (void)evbuffer_add(output, "data: ", 6);
        (void)evbuffer_add(output, line.p, line.n);
        (void)evbuffer_add(output, "\n", 1);
    }
    (void)evbuffer_add(output, "\n", 1);
    size_t added = evbuffer_get_length(output) - before;
    if (before == 0 || added > stream->largest_bytes)
        stream->largest_bytes = added;
    return true;
}

int http_stream_send_all(struct http_server *server, int64_t id, const char *event, struct str data)
{
    int sent = 0;
    for (struct http_exchange *c = server->first; c; c = c->next) {
        if (c->phase == CONNECTION_STREAM)
            sent += http_stream_send(c, id, event, data);
    }
    return sent;
}

void http_stream_set_topic(struct http_exchange *stream, int64_t topic)
{
    stream->topic = topic;
}

int64_t http_stream_next_topic(const struct http_server *server, int64_t from)
{
    int64_t next = -1;
    for (const struct http_exchange *c = server->first; c; c = c->next)
        if (c->phase == CONNECTION_STREAM && c->topic >= from && (next < 0 || c->topic < next))
            next = c->topic;
    return next;
}

int http_stream_send_topic(struct http_server *server, int64_t topic, const char *event,
                           struct str data)
{
    int sent = 0;
    for (struct http_exchange *c = server->first; c; c = c->next)
        if (c->phase == CONNECTION_STREAM && c->topic == topic)
            sent += http_stream_send(c, 0, event, data);
    return sent;
}
