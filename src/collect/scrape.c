/* scrape.c - a GET over a bufferevent. */
#include "collect/scrape.h"

#include "collect/response.h"
#include "os/clock.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <string.h>

struct scrape {
    struct arena arena; /* as long as the target */
    struct arena turn;  /* one try */
    struct event_base *base;
    struct evdns_base *dns;
    const struct scrape_use *use;
    struct collector_target target;
    struct scrape_address address;
    struct str request;
    struct err refusal; /* why the url can never be asked; kind ERR_NONE: it can */
    struct intake intake;
    struct exposition reader;
    struct response response;
    struct response_use response_use;
    char *carry, *head;
    struct reading *readings;
    struct bufferevent *connection; /* NULL between tries */
    struct event *due, *deadline;
    int64_t next_ms; /* on the boot clock */
    struct instant at;
};

bool scrape_parse_url(struct arena *arena, struct str url, struct scrape_address *out_address,
                      struct err *err)
{
    if (str_starts_nocase(url, "https://"))
        return err_set(err, ERR_USAGE, NULL,
                       "https targets are not read yet: give an http address of the metrics");
    if (!str_starts_nocase(url, "http://"))
        return err_set(err, ERR_USAGE, NULL, "the address \"%.*s\" does not begin with http://",
                       STR_ARGS(str_slice(url, 0, 200)));
    struct str rest = str_from(url, 7);
    size_t slash = str_find_byte(rest, '/', 0);
    struct str authority = str_slice(rest, 0, slash);
    int64_t port = 80;
    size_t bracket = str_find_byte(authority, ']', 0);
    size_t from = bracket < authority.n ? bracket : 0;
    size_t colon = str_find_byte(authority, ':', from);
    if (colon < authority.n &&
        (!str_int(str_from(authority, colon + 1), &port) || port < 1 || port > 65535))
        return err_set(err, ERR_USAGE, NULL, "the port in \"%.*s\" is not a number from 1 to 65535",
                       STR_ARGS(str_slice(url, 0, 200)));
    struct str host = str_slice(authority, 0, colon);
    if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_slice(host, 1, host.n - 1);
    bool plain = host.n > 0;
    for (size_t i = 0; i < url.n; i++)
        plain = plain && (unsigned char)url.p[i] > ' ' && url.p[i] != 127;
    if (!plain || str_find_byte(host, '@', 0) < host.n)
        return err_set(err, ERR_USAGE, NULL, "the address \"%.*s\" is not http://host:port/path",
                       STR_ARGS(str_slice(url, 0, 200)));
    out_address->host = str_copy(arena, host);
    out_address->port = (int)port;
    out_address->path = slash < rest.n ? str_copy(arena, str_from(rest, slash)) : STR("/metrics");
    return true;
}

static void schedule(struct scrape *scrape)
{
    int64_t now_ms = clock_boot_ms();
    int64_t interval_ms = scrape->target.interval_ms;
    scrape->next_ms += interval_ms;
    if (scrape->next_ms <= now_ms)
        scrape->next_ms = now_ms + interval_ms - (now_ms - scrape->next_ms) % interval_ms;
    int64_t wait_ms = scrape->next_ms - now_ms;
    struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};
    (void)evtimer_add(scrape->due, &wait);
}

/* Ends a try. problem NULL: it went well. */
static void finish(struct scrape *scrape, const char *problem)
{
    if (scrape->connection)
        bufferevent_free(scrape->connection);
    scrape->connection = NULL;
    (void)evtimer_del(scrape->deadline);
    struct target_status status = {.name = scrape->target.name,
                                   .url = scrape->target.url,
                                   .at = scrape->at,
                                   .interval_ms = scrape->target.interval_ms,
                                   .up = problem == NULL};
    size_t count = 0;
    if (!problem)
        count = intake_finish(&scrape->intake, &scrape->turn, scrape->target.interval_ms,
                              scrape->readings);
    status.problem = str_of(problem ? problem : scrape->intake.problem);
    scrape->use->done(scrape->use->context, &status, scrape->readings, count, &scrape->intake);
    arena_reset(&scrape->turn);
    schedule(scrape);
}

static bool take_body(void *context, struct str body, struct err *err)
{
    struct scrape *scrape = context;
    return exposition_feed(&scrape->reader, body, err);
}

static void on_whole(struct scrape *scrape)
{
    struct err err = {0};
    finish(scrape, exposition_end(&scrape->reader, &err) ? NULL : err.text);
}

static void on_read(struct bufferevent *connection, void *context)
{
    struct scrape *scrape = context;
    struct evbuffer *input = bufferevent_get_input(connection);
    struct err err = {0};
    struct evbuffer_iovec piece;
    while (evbuffer_peek(input, -1, NULL, &piece, 1) > 0 && piece.iov_len > 0) {
        if (!response_feed(&scrape->response, (struct str){piece.iov_base, piece.iov_len}, &err)) {
            finish(scrape, err.text);
            return;
        }
        (void)evbuffer_drain(input, piece.iov_len);
    }
    if (scrape->response.part == RESPONSE_DONE)
        on_whole(scrape);
}

static void on_event(struct bufferevent *connection, short what, void *context)
{
    struct scrape *scrape = context;
    struct err err = {0};
    if (what & BEV_EVENT_CONNECTED)
        return;
    if (what & BEV_EVENT_EOF) {
        if (response_end(&scrape->response, &err))
            on_whole(scrape);
        else
            finish(scrape, err.text);
        return;
    }
    int dns = bufferevent_socket_get_dns_error(connection);
    const char *reason =
        dns ? "its name cannot be resolved" : strerrordesc_np(EVUTIL_SOCKET_ERROR());
    (void)err_set(&err, ERR_OUTSIDE, NULL, "%.*s port %d cannot be reached: %s",
                  STR_ARGS(scrape->address.host), scrape->address.port, reason);
    finish(scrape, err.text);
}

static int64_t deadline_ms(const struct scrape *scrape)
{
    int64_t interval_ms = scrape->target.interval_ms;
    if (interval_ms < DEADLINE_LEAST_MS)
        return DEADLINE_LEAST_MS;
    return interval_ms < DEADLINE_MOST_MS ? interval_ms : DEADLINE_MOST_MS;
}

static void on_deadline(evutil_socket_t socket, short what, void *context)
{
    (void)socket;
    (void)what;
    struct scrape *scrape = context;
    struct err err = {0};
    const char *stage = scrape->response.part == RESPONSE_HEAD
                            ? "did not answer"
                            : "stalled in the middle of its answer";
    (void)err_set(&err, ERR_OUTSIDE, NULL, "%s within %.*s", stage,
                  STR_ARGS(duration_text(&scrape->turn, deadline_ms(scrape))));
    finish(scrape, err.text);
}

static void begin(evutil_socket_t socket, short what, void *context)
{
    (void)socket;
    (void)what;
    struct scrape *scrape = context;
    scrape->at = clock_now();
    if (scrape->refusal.kind != ERR_NONE) {
        finish(scrape, scrape->refusal.text);
        return;
    }
    intake_begin(&scrape->intake, scrape->at, scrape->target.interval_ms);
    exposition_init(&scrape->reader, &scrape->intake.use, scrape->carry);
    response_init(&scrape->response, &scrape->response_use, scrape->head);
    struct timeval deadline = {deadline_ms(scrape) / 1000, deadline_ms(scrape) % 1000 * 1000};
    (void)evtimer_add(scrape->deadline, &deadline);
    scrape->connection =
        bufferevent_socket_new(scrape->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    if (!scrape->connection) {
        finish(scrape, "no memory for a connection");
        return;
    }
    bufferevent_setcb(scrape->connection, on_read, NULL, on_event, scrape);
    (void)bufferevent_set_max_single_read(scrape->connection, 256 * 1024);
    (void)bufferevent_write(scrape->connection, scrape->request.p, scrape->request.n);
    (void)bufferevent_enable(scrape->connection, EV_READ | EV_WRITE);
    if (bufferevent_socket_connect_hostname(scrape->connection, scrape->dns, AF_UNSPEC,
                                            scrape->address.host.p, scrape->address.port) < 0)
        finish(scrape, "the connection could not be begun");
}

struct scrape *scrape_open(struct event_base *base, struct evdns_base *dns,
                           const struct collector_target *target, const struct signals *signals,
                           const struct scrape_use *use)
{
    struct arena arena;
    arena_init(&arena);
    struct scrape *scrape = arena_make(&arena, struct scrape);
    *scrape = (struct scrape){.arena = arena, .base = base, .dns = dns, .use = use};
    struct arena *own = &scrape->arena;
    arena_init(&scrape->turn);
    scrape->target = (struct collector_target){str_copy(own, target->name),
                                               str_copy(own, target->url), target->interval_ms};
    if (scrape_parse_url(own, target->url, &scrape->address, &scrape->refusal))
        scrape->request = str_printf(own,
                                     "GET %.*s HTTP/1.1\r\nHost: %.*s:%d\r\nAccept: "
                                     "text/plain;version=0.0.4\r\nUser-Agent: reeve\r\n"
                                     "Connection: close\r\n\r\n",
                                     STR_ARGS(scrape->address.path), STR_ARGS(scrape->address.host),
                                     scrape->address.port);
    scrape->response_use = (struct response_use){scrape, take_body};
    scrape->carry = arena_alloc(own, LIMIT_SCRAPE_LINE_BYTES);
    scrape->head = arena_alloc(own, LIMIT_HTTP_HEADER_BYTES);
    scrape->readings = arena_array(own, signals->count + 1, sizeof *scrape->readings);
    intake_init(&scrape->intake, own, signals, scrape->target.name);
    scrape->due = evtimer_new(base, begin, scrape);
    scrape->deadline = evtimer_new(base, on_deadline, scrape);
    scrape->next_ms = clock_boot_ms();
    struct timeval at_once = {0, 0};
    (void)evtimer_add(scrape->due, &at_once);
    return scrape;
}

void scrape_restore(struct scrape *scrape, struct str saved)
{
    intake_restore(&scrape->intake, saved);
}

struct str scrape_target(const struct scrape *scrape)
{
    return scrape->target.name;
}

void scrape_close(struct scrape *scrape)
{
    if (scrape->connection)
        bufferevent_free(scrape->connection);
    event_free(scrape->due);
    event_free(scrape->deadline);
    arena_done(&scrape->turn);
    struct arena arena = scrape->arena;
    arena_done(&arena);
}
