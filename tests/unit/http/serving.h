/* serving.h - a server over loopback with clients in the same process. */
#ifndef HTTP_SERVING_H
#define HTTP_SERVING_H

#include "harness/test.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct fixture {
    struct event_base *base;
    struct http_server *server;
    int port, handled, gone;
    int64_t waiting; /* the exchange that /later keeps */
    int64_t peer_uid;
    bool host_known;
    int cross_site; /* requests of other sites that were refused */
};

static inline void on_refused(void *context, const struct http_request *request)
{
    struct fixture *fixture = context;
    fixture->cross_site += str_is(request->method, "POST");
}

static inline void on_request(void *context, struct http_exchange *exchange,
                              const struct http_request *request)
{
    struct fixture *fixture = context;
    fixture->handled++;
    fixture->peer_uid = request->peer_uid;
    fixture->host_known = request->is_host_known;
    if (str_is(request->path, "/later")) {
        fixture->waiting = http_exchange_id(exchange);
    } else if (str_is(request->path, "/events")) {
        struct str topic;
        if (http_stream_open(exchange) && !http_stream_send(exchange, 1, "state", STR("a\nb")))
            fixture->handled = -1;
        if (http_form_find(http_exchange_arena(exchange), request->query, "topic", &topic)) {
            http_stream_set_topic(exchange, topic.p[0] - '0');
            http_stream_set_owner(exchange, (uint64_t)(topic.p[0] - '0') % 2);
        }
    } else if (str_is(request->path, "/see")) {
        http_reply_see(exchange, STR("/x\r\nSet-Cookie: evil"));
    } else {
        http_reply(exchange,
                   &(struct http_reply){.status = 200,
                                        .content_type = STR("text/plain"),
                                        .body = request->body.n ? request->body : request->path});
    }
}

static inline bool may_upload(void *context, const struct http_request *request)
{
    struct str value;
    (void)context;
    return http_header_find(request, "X-Known", &value);
}

/* By the first digit of X-Known. */
static inline uint64_t upload_owner(void *context, const struct http_request *request)
{
    struct str value;
    (void)context;
    return http_header_find(request, "X-Known", &value) ? (uint64_t)(value.p[0] - '0') : 0;
}

static inline void on_gone(void *context, struct http_exchange *exchange)
{
    struct fixture *fixture = context;
    fixture->gone += http_exchange_id(exchange) == fixture->waiting;
}

static inline void begin(struct fixture *fixture, struct http_settings settings)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct err err = {0};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    *fixture = (struct fixture){.base = event_base_new()};
    struct http_handler handler = {.context = fixture,
                                   .request = on_request,
                                   .gone = on_gone,
                                   .refused = on_refused,
                                   .may_upload = may_upload,
                                   .upload_owner = upload_owner};
    CHECK_OK(http_server_open(fixture->base, &settings, &handler, &fixture->server, &err), &err);
    CHECK_OK(http_server_listen_tcp(fixture->server, STR("127.0.0.1:0"), &fixture->port, &err),
             &err);
}

static inline void end(struct fixture *fixture)
{
    http_server_close(fixture->server);
    event_base_free(fixture->base);
}

static inline struct http_settings quick(void)
{
    struct http_settings settings;
    http_settings_default(&settings);
    settings.header_ms = 120;
    settings.body_ms = 120;
    settings.idle_ms = 120;
    settings.write_ms = 120;
    return settings;
}

static inline int client(struct fixture *fixture)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)fixture->port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(s >= 0 && connect(s, (struct sockaddr *)&at, sizeof at) == 0);
    CHECK(fcntl(s, F_SETFL, O_NONBLOCK) == 0);
    return s;
}

static inline void put(int s, const char *bytes)
{
    (void)send(s, bytes, strlen(bytes), MSG_NOSIGNAL);
}

static inline void turn(struct fixture *fixture, int ms)
{
    struct timeval wait = {.tv_usec = ms * 1000};
    (void)event_base_loopexit(fixture->base, &wait);
    (void)event_base_dispatch(fixture->base);
}

static inline void wait_second(struct fixture *fixture)
{
    for (int i = 0; i < 11; i++)
        turn(fixture, 100);
}

/* Turns the loop until the answer holds want, the server closes, or two seconds are over. */
static inline struct str get(struct fixture *fixture, struct arena *arena, int s, const char *want)
{
    struct text text;
    char piece[4096];
    text_init(&text, arena, 4 * 1024 * 1024);
    for (int i = 0; i < 200; i++) {
        ssize_t n = recv(s, piece, sizeof piece, 0);
        if (n > 0)
            text_add(&text, (struct str){piece, (size_t)n});
        struct str so_far = text_str(&text);
        if (n == 0 || (want && str_find(so_far, want, 0) < so_far.n))
            break;
        if (n < 0)
            turn(fixture, 10);
    }
    return text_str(&text);
}

static inline bool holds(struct str s, const char *part)
{
    return str_find(s, part, 0) < s.n;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: localhost\r\n\r\n"

#endif
