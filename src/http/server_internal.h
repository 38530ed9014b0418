/* server_internal.h - what the server's own files share. */
#ifndef HTTP_SERVER_INTERNAL_H
#define HTTP_SERVER_INTERNAL_H

#include "http/server.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

enum { HTTP_LISTENERS_MAX = 8, HTTP_UNIX_PATH_BYTES = 108 };

enum connection_phase {
    CONNECTION_IDLE, /* waiting for the first byte of a request */
    CONNECTION_HEAD,
    CONNECTION_BODY,
    CONNECTION_WAITING,   /* the handler has the exchange */
    CONNECTION_WRITING,   /* the reply flows out */
    CONNECTION_LINGERING, /* answered and half closed: what still comes is thrown away */
    CONNECTION_STREAM
};

struct http_exchange { /* a connection; it has at most one exchange at a time */
    struct http_server *server;
    struct http_exchange *next, *previous;
    struct arena life; /* holds this struct */
    struct arena turn; /* reset after every exchange */
    struct bufferevent *channel;
    struct event *deadline;
    struct http_parser parser;
    enum connection_phase phase;
    int64_t id; /* of the exchange; 0 when there is none */
    int64_t peer_uid, peer_pid, peer_since_ms;
    size_t unwritten; /* at the last look of the write deadline */
    bool is_unix, close_after;
    int64_t topic;         /* of a stream; 0: the page of all */
    size_t largest_bytes;  /* of the messages that wait for a stream */
    uint64_t owner;        /* of a stream */
    bool peer_done;        /* the client has said its last word */
    int64_t body_since_ms; /* of CONNECTION_BODY: when its head was whole */
    uint64_t upload_owner; /* whose long body it is */
};

struct http_server {
    struct arena life;
    struct event_base *base;
    struct http_settings settings;
    struct http_handler handler;
    struct evconnlistener *listeners[HTTP_LISTENERS_MAX];
    int listener_count;
    char unix_path[HTTP_UNIX_PATH_BYTES]; /* "" when there is none */
    struct http_exchange *first;
    int64_t last_id;
    struct event *heartbeat;
    struct event *retry_accept;
    struct http_counters counters;
    bool stopping;
};

void http_connection_open(struct http_server *server, int socket, bool is_unix);
void http_connection_close(struct http_exchange *connection);
void http_deadline_set(struct http_exchange *connection, int64_t wait_ms);
/* Begins to write what stands in the output buffer and to watch the reader. */
void http_connection_write(struct http_exchange *connection);
/* May the long body come whose head is whole? Else it is refused. */
bool http_upload_admit(struct http_exchange *connection);
/* Answers a long body that is not taken, in the handler's form. */
void http_upload_refuse(struct http_exchange *connection, int status, const char *sentence);
/* The slowest of the bodies that come too slowly to keep others out; NULL: none. */
struct http_exchange *http_slow_body(struct http_server *server);
const char *http_reason(int status);
/* Writes status line and headers; body_bytes below 0: no Content-Length. */
void http_head_write(struct http_exchange *connection, const struct http_reply *reply,
                     int64_t body_bytes);

#endif
