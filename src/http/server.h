/* server.h - an HTTP/1.1 server on the program's event loop: TCP and Unix socket, replies now or
 * later, and event streams (RFC 9112; server-sent events as in the HTML standard, 9.2).
 *
 * Promises: one exchange at a time on a connection; deadlines for head, body, idleness and a reader
 * that takes nothing; counted connections and streams; a stream whose reader stalls is dropped once
 * more than stream_pending_bytes wait for it besides one message; requests under a foreign Host
 * name and state-changing requests sent by another site's page are refused before the handler sees
 * them.
 * Refuses: blocking, threads, and SIGPIPE: the program must ignore it (os/). */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/err.h"
#include "http/request.h"

struct event_base;
struct http_server;
struct http_exchange; /* one request waiting for its reply, or an open event stream */

struct http_settings {
    int connections; /* at most; over it who waits longest without a whole request is closed for the
                      * new one, else who was answered, else the slowest body is given up with 503;
                      * when there is none: 503 and close */
    int streams;     /* at most; over it: 503 */
    size_t header_bytes, body_bytes;
    struct http_uploads uploads; /* the array must outlive the server */
    int uploads_at_once;         /* at most, shared by their owners: upload.c; over it: 503 */
    size_t stream_pending_bytes; /* unread besides its largest message before a stream is dropped */
    int64_t header_ms;           /* from the first byte, or the connection, to the whole head */
    int64_t body_ms;             /* for the body after the head */
    int64_t idle_ms;             /* between two requests of a connection */
    int64_t write_ms;            /* a reader must take something within this time */
    int64_t heartbeat_ms;        /* comment line on each stream, so that the dead are noticed */
    const struct str *hosts;     /* allowed Host names beside localhost, 127.0.0.1 and ::1 */
    size_t host_count;           /* the array must outlive the server */
    bool any_host;               /* others reach the handler, too; request->is_host_known tells */
};
void http_settings_default(struct http_settings *out_settings);

/* What the server calls. request's strings live until the reply. When request returns without a
 * reply the exchange waits; it is answered later by http_reply or http_stream_open, or the client
 * leaves first: then gone is called (may be NULL) and the exchange is no more. */
struct http_handler {
    void *context;
    void (*request)(void *context, struct http_exchange *exchange,
                    const struct http_request *request);
    void (*gone)(void *context, struct http_exchange *exchange);
    /* May who sent this head send a body that is longer than others may be? NULL: nobody. */
    bool (*may_upload)(void *context, const struct http_request *request);
    /* Whose body it is, a number of the handler's, once it may come. NULL: all have one owner. */
    uint64_t (*upload_owner)(void *context, const struct http_request *request);
    /* Answers one that is not taken: 401 by may_upload, or 503. NULL: the sentence as text. */
    void (*refuse_upload)(void *context, struct http_exchange *exchange, int status,
                          struct str sentence);
    /* Another site's page sent this request, and it was refused; to be recorded. May be NULL. */
    void (*refused)(void *context, const struct http_request *request);
};

struct http_counters {
    int64_t accepted, refused_connections, requests, refused_requests, deadline_missed;
    int64_t streams_opened, streams_stalled;
    int64_t slow_given_up;    /* bodies, for those of others */
    int connections, streams; /* now */
};

/* Copies settings and handler. The server closes with http_server_close only. */
MUST_USE bool http_server_open(struct event_base *base, const struct http_settings *settings,
                               const struct http_handler *handler, struct http_server **out_server,
                               struct err *err);
/* address "127.0.0.1:7333" or "[::1]:0"; *out_port is the actual one. */
MUST_USE bool http_server_listen_tcp(struct http_server *server, struct str address, int *out_port,
                                     struct err *err);
/* Mode 0600; a socket left over at path is replaced, anything else there is refused. */
MUST_USE bool http_server_listen_unix(struct http_server *server, struct str path, struct err *err);
/* Stops listening, ends streams and idle connections; running exchanges may still be answered. */
void http_server_stop(struct http_server *server);
/* Nothing left to answer or to flush after http_server_stop? */
bool http_server_is_quiet(const struct http_server *server);
void http_server_close(struct http_server *server); /* ends everything; NULL is fine */
struct http_counters http_server_counters(const struct http_server *server);

struct http_reply {
    int status;
    struct str content_type; /* "" with an empty body */
    struct str body;
    const struct http_header *headers; /* beside the security headers that every reply has */
    size_t header_count;
};

/* A number of the exchange that is never used again, and the exchange of that number or NULL. */
int64_t http_exchange_id(const struct http_exchange *exchange);
struct http_exchange *http_exchange_find(struct http_server *server, int64_t id);
/* What is to be answered. */
const struct http_request *http_exchange_request(const struct http_exchange *exchange);
/* Memory that lives until the exchange is answered. */
struct arena *http_exchange_arena(struct http_exchange *exchange);
/* Answers; the exchange must not be used after it. */
void http_reply(struct http_exchange *exchange, const struct http_reply *reply);
/* Answers with a plain sentence. */
void http_reply_text(struct http_exchange *exchange, int status, struct str sentence);
/* 303 See Other to location (a path of ours). */
void http_reply_see(struct http_exchange *exchange, struct str location);

/* Turns a waiting exchange into an event stream; false (and a 503 sent) when there are too many. */
MUST_USE bool http_stream_open(struct http_exchange *exchange);
/* Whose stream it is, or is to be: a number of the handler's; 0 at first. */
void http_stream_set_owner(struct http_exchange *exchange, uint64_t owner);
/* How many streams of this owner are open. */
int http_stream_count(const struct http_server *server, uint64_t owner);
/* One event to one stream (data without CR, which would end a line); false when the reader had
 * stalled and the stream is gone. */
MUST_USE bool http_stream_send(struct http_exchange *stream, int64_t id, const char *event,
                               struct str data);
/* What a stream is about, for those that do not want everything; 0 at first. */
void http_stream_set_topic(struct http_exchange *stream, int64_t topic);
/* The smallest topic of an open stream that is not below from; -1: there is none. */
int64_t http_stream_next_topic(const struct http_server *server, int64_t from);
/* One event, without a number, to the streams of a topic; those that stall are dropped. Returns how
 * many it went to. */
int http_stream_send_topic(struct http_server *server, int64_t topic, const char *event,
                           struct str data);
/* One event to all streams; those that stall are dropped. Returns how many it went to. */
int http_stream_send_all(struct http_server *server, int64_t id, const char *event,
                         struct str data);
/* Ends the streams whose request may_stay does not let stay: who may read changes while they run.
 */
void http_stream_end_unless(struct http_server *server, void *context,
                            bool (*may_stay)(void *context, const struct http_request *request));

#endif
