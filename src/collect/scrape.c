/* scrape.c - a GET: libevent's bufferevent connects and sends it, the answer is received here.
 *
 * Receiving in large pieces halves the CPU time of a bufferevent's pieces of 4 KiB. */
#include "collect/scrape.h"

#include "collect/response.h"
#include "os/clock.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Of a name; outlives the try that gave it up, for its answer comes in any case. */
struct lookup {
    struct arena arena;
    struct scrape *scrape; /* NULL: nobody waits */
    struct evdns_getaddrinfo_request *request;
};

struct scrape {
    struct arena arena; /* as long as the target */
    struct arena known; /* the intake's: until it is renewed */
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
    struct lookup *lookup;             /* NULL: none is under way */
    struct evutil_addrinfo *addresses; /* of this try; NULL: not known yet */
    struct evutil_addrinfo *untried;
    struct bufferevent *connection; /* NULL between tries */
    struct event *readable;         /* of the connection, once it stands */
    struct event *due, *deadline;
    int64_t next_ms; /* on the boot clock */
    struct instant at;
};

bool scrape_parse_url(struct arena *arena, struct str url, struct scrape_address *out_address,
                      struct err *err)
{
    if (str_starts_nocase(url, "https://"))
        return err_set(err, ERR_USAGE, NULL,
                       "by https a worker reads, not the collector: give it an http address");
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

static void close_socket(struct scrape *scrape)
{
    if (scrape->readable)
        event_free(scrape->readable);
    scrape->readable = NULL;
    if (scrape->connection)
        bufferevent_free(scrape->connection);
    scrape->connection = NULL;
}

static void close_connection(struct scrape *scrape)
{
    close_socket(scrape);
    if (scrape->lookup) {
        scrape->lookup->scrape = NULL;
        evdns_getaddrinfo_cancel(scrape->lookup->request);
    }
    if (scrape->addresses)
        evutil_freeaddrinfo(scrape->addresses);
    scrape->lookup = NULL;
    scrape->addresses = scrape->untried = NULL;
}

/* Ends a try. problem NULL: it went well. */
static void finish(struct scrape *scrape, const char *problem)
{
    close_connection(scrape);
    (void)evtimer_del(scrape->deadline);
    struct target_status status = {.name = scrape->target.name,
                                   .url = scrape->target.url,
                                   .at = scrape->at,
                                   .interval_ms = scrape->target.interval_ms,
                                   .up = problem == NULL};
    size_t count = 0;
    if (problem) {
        status.problem = str_of(problem);
    } else {
        int64_t interval_ms = scrape->target.interval_ms;
        count = intake_finish(&scrape->intake, &scrape->turn, interval_ms, scrape->readings);
        count +=
            intake_ended(&scrape->intake, &scrape->turn, interval_ms, scrape->readings + count);
        intake_say_reasons(&scrape->intake, &scrape->turn, &status);
    }
    scrape->use->done(scrape->use->context, &status, scrape->readings, count, &scrape->intake);
    arena_reset(&scrape->turn);
    schedule(scrape);
}

static bool take_body(void *context, struct str body, struct err *err)
{
    struct scrape *scrape = context;
    scrape->reader.open_metrics = scrape->response.open_metrics;
    return exposition_feed(&scrape->reader, body, err);
}

static void on_whole(struct scrape *scrape)
{
    struct err err = {0};
    finish(scrape, exposition_end(&scrape->reader, &err) ? NULL : err.text);
}

static void on_close(struct scrape *scrape)
{
    struct err err = {0};
    bool cut = scrape->response.part == RESPONSE_UNTIL_CLOSE && scrape->reader.carry_bytes > 0;
    bool ended = response_end(&scrape->response, &err);
    /* Half a number is a number, so what was cut is not used. Words that are no metrics are all
     * there is: a page without a last end of line. */
    bool torn = ended && cut &&
                (scrape->reader.started || exposition_end(&scrape->reader, &err) ||
                 scrape->reader.samples > 0);
    if (torn)
        finish(scrape, "closed the connection in the middle of a line; look into its own log");
    else if (!ended || cut)
        finish(scrape, err.text);
    else
        on_whole(scrape);
}

/* One piece a turn of the loop, so that no target holds up the others. */
static void on_readable(evutil_socket_t socket, short what, void *context)
{
    (void)what;
    struct scrape *scrape = context;
    struct err err = {0};
    ssize_t n = recv(socket, scrape->use->received, RECEIVE_BYTES, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        (void)err_set(&err, ERR_OUTSIDE, NULL,
                      "broke the connection off: %s; look into its own log",
                      strerrordesc_np(errno));
        finish(scrape, err.text);
    } else if (n == 0) {
        on_close(scrape);
    } else if (!response_feed(&scrape->response, (struct str){scrape->use->received, (size_t)n},
                              &err)) {
        finish(scrape, err.text);
    } else if (scrape->response.part == RESPONSE_DONE) {
        on_whole(scrape);
    }
}

static void on_connected(struct scrape *scrape)
{
    (void)bufferevent_set_timeouts(scrape->connection, NULL, NULL);
    scrape->readable = event_new(scrape->base, bufferevent_getfd(scrape->connection),
                                 EV_READ | EV_PERSIST, on_readable, scrape);
    if (!scrape->readable || event_add(scrape->readable, NULL) < 0)
        finish(scrape, "no memory for a connection");
}

static void connect_next(struct scrape *scrape, const char *reason);

static void on_event(struct bufferevent *connection, short what, void *context)
{
    (void)connection;
    struct scrape *scrape = context;
    if (what & BEV_EVENT_CONNECTED) {
        on_connected(scrape);
        return;
    }
    if (scrape->readable)
        return; /* the request was not wanted; what was answered says why */
    connect_next(scrape, what & BEV_EVENT_TIMEOUT ? "it did not take the connection"
                                                  : strerrordesc_np(EVUTIL_SOCKET_ERROR()));
}

static int64_t deadline_ms(const struct scrape *scrape)
{
    int64_t interval_ms = scrape->target.interval_ms;
    if (interval_ms < DEADLINE_LEAST_MS)
        return DEADLINE_LEAST_MS;
    return interval_ms < DEADLINE_MOST_MS ? interval_ms : DEADLINE_MOST_MS;
}

static bool connect_to(struct scrape *scrape, const struct evutil_addrinfo *address)
{
    close_socket(scrape);
    scrape->connection =
        bufferevent_socket_new(scrape->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    if (!scrape->connection)
        return false;
    bufferevent_setcb(scrape->connection, NULL, NULL, on_event, scrape);
    (void)bufferevent_write(scrape->connection, scrape->request.p, scrape->request.n);
    (void)bufferevent_disable(scrape->connection, EV_READ);
    /* One that does not answer at all leaves half of the time to those behind it. */
    int64_t half_ms = deadline_ms(scrape) / 2;
    struct timeval wait = {half_ms / 1000, half_ms % 1000 * 1000};
    if (scrape->untried)
        (void)bufferevent_set_timeouts(scrape->connection, NULL, &wait);
    return bufferevent_socket_connect(scrape->connection, address->ai_addr,
                                      (int)address->ai_addrlen) == 0;
}

/* Tries the addresses that are left; reason: why the one before was none. */
static void connect_next(struct scrape *scrape, const char *reason)
{
    while (scrape->untried) {
        const struct evutil_addrinfo *address = scrape->untried;
        scrape->untried = address->ai_next;
        if (connect_to(scrape, address))
            return;
        reason = strerrordesc_np(EVUTIL_SOCKET_ERROR());
    }
    struct err err = {0};
    (void)err_set(
        &err, ERR_OUTSIDE, NULL,
        "%.*s port %d cannot be reached: %s; check that it runs, and its url in reeve.yaml",
        STR_ARGS(scrape->address.host), scrape->address.port, reason);
    finish(scrape, err.text);
}

static void on_lookup(int result, struct evutil_addrinfo *found, void *context)
{
    struct lookup *lookup = context;
    struct scrape *scrape = lookup->scrape;
    struct arena arena = lookup->arena;
    arena_done(&arena);
    if (!scrape) {
        if (found)
            evutil_freeaddrinfo(found);
        return;
    }
    scrape->lookup = NULL;
    scrape->addresses = scrape->untried = result == 0 ? found : NULL;
    connect_next(scrape, "its name cannot be resolved");
}

/* A number is found at once. */
static void look_up(struct scrape *scrape)
{
    struct arena arena;
    char port[8];
    struct evutil_addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};
    arena_init(&arena);
    struct lookup *lookup = arena_make(&arena, struct lookup);
    *lookup = (struct lookup){.arena = arena, .scrape = scrape};
    scrape->lookup = lookup;
    (void)snprintf(port, sizeof port, "%d", scrape->address.port);
    struct evdns_getaddrinfo_request *request =
        evdns_getaddrinfo(scrape->dns, scrape->address.host.p, port, &hints, on_lookup, lookup);
    if (request)
        lookup->request = request;
}

static void on_deadline(evutil_socket_t socket, short what, void *context)
{
    (void)socket;
    (void)what;
    struct scrape *scrape = context;
    struct err err = {0};
    struct str within = duration_text(&scrape->turn, deadline_ms(scrape));
    if (scrape->lookup)
        (void)err_set(&err, ERR_OUTSIDE, NULL,
                      "%.*s was not found by its name within %.*s; check its url in reeve.yaml, "
                      "and DNS",
                      STR_ARGS(scrape->address.host), STR_ARGS(within));
    else if (!scrape->readable)
        (void)err_set(&err, ERR_OUTSIDE, NULL,
                      "%.*s port %d did not take the connection within %.*s; check its url in "
                      "reeve.yaml, and the firewalls between",
                      STR_ARGS(scrape->address.host), scrape->address.port, STR_ARGS(within));
    else
        (void)err_set(&err, ERR_OUTSIDE, NULL, "did not %s within %.*s; look at its load%s",
                      scrape->response.part == RESPONSE_HEAD ? "answer" : "finish its answer",
                      STR_ARGS(within),
                      scrape->target.interval_ms < DEADLINE_MOST_MS
                          ? ", or give it more time by a longer every:"
                          : "");
    finish(scrape, err.text);
}

static void renew(struct scrape *scrape)
{
    struct arena former = scrape->known;
    arena_init(&scrape->known);
    intake_renew(&scrape->intake, &scrape->known);
    arena_done(&former);
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
    if (intake_is_crowded(&scrape->intake))
        renew(scrape);
    intake_begin(&scrape->intake, scrape->at, scrape->target.interval_ms);
    exposition_init(&scrape->reader, &scrape->intake.use, scrape->carry);
    response_init(&scrape->response, &scrape->response_use, scrape->head);
    struct timeval deadline = {deadline_ms(scrape) / 1000, deadline_ms(scrape) % 1000 * 1000};
    (void)evtimer_add(scrape->deadline, &deadline);
    look_up(scrape);
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
    arena_init(&scrape->known);
    scrape->target = (struct collector_target){.name = str_copy(own, target->name),
                                               .url = str_copy(own, target->url),
                                               .interval_ms = target->interval_ms};
    bool six = false; /* an address of IPv6 stands in brackets */
    if (scrape_parse_url(own, target->url, &scrape->address, &scrape->refusal))
        six = str_find_byte(scrape->address.host, ':', 0) < scrape->address.host.n;
    if (scrape->refusal.kind == ERR_NONE)
        scrape->request =
            str_printf(own,
                       "GET %.*s HTTP/1.1\r\nHost: %s%.*s%s:%d\r\nAccept: " EXPOSITION_ACCEPT
                       "\r\nUser-Agent: reeve\r\n"
                       "Connection: close\r\n\r\n",
                       STR_ARGS(scrape->address.path), six ? "[" : "",
                       STR_ARGS(scrape->address.host), six ? "]" : "", scrape->address.port);
    scrape->response_use = (struct response_use){scrape, take_body};
    scrape->carry = arena_alloc(own, LIMIT_SCRAPE_LINE_BYTES);
    scrape->head = arena_alloc(own, LIMIT_HTTP_HEADER_BYTES);
    scrape->readings = arena_array(own, signals->count + 1, sizeof *scrape->readings);
    intake_init(&scrape->intake, &scrape->known, signals, scrape->target.name);
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
    close_connection(scrape);
    event_free(scrape->due);
    event_free(scrape->deadline);
    arena_done(&scrape->turn);
    arena_done(&scrape->known);
    struct arena arena = scrape->arena;
    arena_done(&arena);
}
