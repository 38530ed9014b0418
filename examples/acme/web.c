/* web.c - the little HTTP server that the shop and the sink share, over libevent's evhttp. */
#include "web.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int64_t web_monotonic_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t web_unix_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct text web_text(struct exchange *exchange)
{
    struct text text;
    text_init(&text, &exchange->memory, WEB_ANSWER_BYTES);
    return text;
}

static void reader_gone(struct evhttp_connection *connection, void *arg)
{
    (void)connection;
    ((struct exchange *)arg)->request = NULL;
}

static struct exchange *start_exchange(struct web *web, struct evhttp_request *request)
{
    struct arena first;
    arena_init(&first);
    struct exchange *exchange = arena_make(&first, struct exchange);
    *exchange = (struct exchange){.request = request, .memory = first, .owner = web->owner};
    exchange->started_us = web_monotonic_us();
    enum evhttp_cmd_type command = evhttp_request_get_command(request);
    exchange->method = command == EVHTTP_REQ_GET || command == EVHTTP_REQ_HEAD ? "GET"
                       : command == EVHTTP_REQ_POST                            ? "POST"
                                                                               : "?";
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    exchange->path = str_copy(&exchange->memory, str_of(path && *path ? path : "/"));
    evhttp_connection_set_closecb(evhttp_request_get_connection(request), reader_gone, exchange);
    return exchange;
}

/* Ours are 127.0.0.1 and localhost with any port; a name that resolves here is not. */
static bool host_is_ours(struct str host)
{
    struct str name = str_slice(host, 0, str_find_byte(host, ':', 0));
    return str_is(name, "127.0.0.1") || str_is_nocase(name, "localhost");
}

static bool asked_by_another_site(struct exchange *exchange)
{
    return str_is(web_header(exchange, "Sec-Fetch-Site"), "cross-site") &&
           strcmp(exchange->method, "GET") != 0;
}

static void take_request(struct evhttp_request *request, void *arg)
{
    struct web *web = arg;
    struct exchange *exchange = start_exchange(web, request);
    if (!host_is_ours(web_header(exchange, "Host")))
        web_answer(exchange, 403, "text/plain", STR("Ask for 127.0.0.1 or localhost.\n"));
    else if (asked_by_another_site(exchange))
        web_answer(exchange, 403, "text/plain", STR("Changes are made from this site only.\n"));
    else if (exchange->method[0] == '?')
        web_answer(exchange, 405, "text/plain", STR("GET and POST are understood here.\n"));
    else
        web->handle(exchange);
}

bool web_open(struct web *web, struct event_base *base, int port, int *out_port, struct err *err)
{
    struct evhttp *http = evhttp_new(base);
    if (!http)
        return err_set(err, ERR_SELF, NULL, "The HTTP server could not be made.");
    struct evhttp_bound_socket *bound =
        evhttp_bind_socket_with_handle(http, "127.0.0.1", (uint16_t)port);
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    if (!bound ||
        getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) != 0) {
        evhttp_free(http);
        return err_set(err, ERR_OUTSIDE, NULL,
                       "Port %d of 127.0.0.1 cannot be listened on; choose another or 0.", port);
    }
    evhttp_set_max_body_size(http, WEB_BODY_BYTES);
    evhttp_set_max_headers_size(http, 16 * 1024);
    evhttp_set_timeout(http, 20);
    evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST);
    evhttp_set_gencb(http, take_request, web);
    web->http = http;
    *out_port = ntohs(address.sin_port);
    return true;
}

void web_close(struct web *web)
{
    if (web->http)
        evhttp_free(web->http);
    web->http = NULL;
}

struct str web_body(struct exchange *exchange)
{
    if (!exchange->request)
        return (struct str){0};
    struct evbuffer *input = evhttp_request_get_input_buffer(exchange->request);
    size_t n = evbuffer_get_length(input);
    return (struct str){(const char *)evbuffer_pullup(input, -1), n};
}

struct str web_header(struct exchange *exchange, const char *name)
{
    if (!exchange->request)
        return (struct str){0};
    return str_of(evhttp_find_header(evhttp_request_get_input_headers(exchange->request), name));
}

static struct str find_field(struct exchange *exchange, const char *fields, const char *name)
{
    struct evkeyvalq pairs;
    if (!fields || evhttp_parse_query_str(fields, &pairs) != 0)
        return (struct str){0};
    struct str value = str_copy(&exchange->memory, str_of(evhttp_find_header(&pairs, name)));
    evhttp_clear_headers(&pairs);
    return value;
}

struct str web_field(struct exchange *exchange, const char *name)
{
    if (!exchange->request)
        return (struct str){0};
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(exchange->request);
    struct str value = find_field(exchange, uri ? evhttp_uri_get_query(uri) : NULL, name);
    if (value.n > 0 || strcmp(exchange->method, "POST") != 0)
        return value;
    struct str body = str_copy(&exchange->memory, web_body(exchange));
    return find_field(exchange, body.p, name);
}

static void release(struct exchange *exchange, int status)
{
    if (exchange->answered)
        exchange->answered(exchange, status);
    struct arena memory = exchange->memory; /* the exchange itself lives in it */
    arena_done(&memory);
}

static void send_answer(struct evhttp_request *request, int status, struct str body)
{
    evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
    struct evbuffer *out = evbuffer_new();
    if (!out || evbuffer_add(out, body.p, body.n) != 0)
        abort();
    evhttp_send_reply(request, status, NULL, out);
    evbuffer_free(out);
}

void web_answer(struct exchange *exchange, int status, const char *type, struct str body)
{
    if (exchange->request) {
        struct evkeyvalq *headers = evhttp_request_get_output_headers(exchange->request);
        evhttp_add_header(headers, "Content-Type", type);
        evhttp_add_header(headers, "Cache-Control", "no-store");
        evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
        evhttp_add_header(headers, "Content-Security-Policy",
                          "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'");
        send_answer(exchange->request, status, body);
    }
    release(exchange, status);
}

void web_retry_after(struct exchange *exchange, int seconds)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%d", seconds);
    if (exchange->request)
        evhttp_add_header(evhttp_request_get_output_headers(exchange->request), "Retry-After",
                          text);
}

void web_redirect(struct exchange *exchange, const char *to)
{
    if (exchange->request) {
        evhttp_add_header(evhttp_request_get_output_headers(exchange->request), "Location", to);
        send_answer(exchange->request, 303, STR(""));
    }
    release(exchange, 303);
}

bool web_write_port(const char *path, int port, struct err *err)
{
    char beside[512];
    int n = snprintf(beside, sizeof beside, "%s.new", path);
    FILE *file = n > 0 && (size_t)n < sizeof beside ? fopen(beside, "we") : NULL;
    if (!file)
        return err_set(err, ERR_OUTSIDE, path, "The port file cannot be written: %s.",
                       strerror(errno));
    bool written = fprintf(file, "%d\n", port) > 0;
    if (fclose(file) != 0 || !written || rename(beside, path) != 0)
        return err_set(err, ERR_OUTSIDE, path, "The port file cannot be written: %s.",
                       strerror(errno));
    return true;
}
