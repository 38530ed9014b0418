/* load.c - the shop's customers: a steady mix of requests over kept-alive connections.
 *
 * Promises: the same seed gives the same customers; ends on SIGINT or SIGTERM and says what it did.
 * Reads the shop's switches once a second: while "failed-logins" is on, it tries stolen passwords.
 * Refuses: more than LOAD_CUSTOMERS requests at once; what is over is counted as skipped. */
#include "base/json.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOAD_CUSTOMERS = 64, LOAD_TIMEOUT_S = 10, LOAD_STOLEN_EVERY_MS = 500 };

enum errand {
    ERRAND_HOME,
    ERRAND_PRODUCTS,
    ERRAND_PRODUCT,
    ERRAND_SIGN_IN,
    ERRAND_STOLEN, /* a sign-in with a wrong password */
    ERRAND_ORDER,
    ERRAND_SHOW_ORDER,
    ERRAND_ASK,
    ERRAND_SWITCHES,
    ERRANDS
};

struct load;

struct customer {
    struct load *load;
    struct evhttp_connection *connection;
    enum errand errand;
    bool busy;
};

struct load {
    struct event_base *base;
    struct event *next, *second, *stolen_next;
    struct customer customers[LOAD_CUSTOMERS];
    int64_t rate;
    uint64_t chance; /* state of the generator */
    bool stolen;
    char session[40];
    int64_t order;
    int64_t sent, answered, failed, skipped;
};

/* A share of a hundred requests for each; the rest of the errands is not drawn. */
static const int mix[ERRANDS] = {
    [ERRAND_HOME] = 20, [ERRAND_PRODUCTS] = 20,  [ERRAND_PRODUCT] = 40, [ERRAND_SIGN_IN] = 3,
    [ERRAND_ORDER] = 8, [ERRAND_SHOW_ORDER] = 7, [ERRAND_ASK] = 2};

/* xorshift64*: good enough to mix customers. */
static uint64_t draw(struct load *load, uint64_t below)
{
    load->chance ^= load->chance >> 12;
    load->chance ^= load->chance << 25;
    load->chance ^= load->chance >> 27;
    return (load->chance * 2685821657736338717ULL >> 33) % below;
}

static enum errand draw_errand(struct load *load)
{
    int left = (int)draw(load, 100);
    for (int i = 0; i < ERRANDS; i++) {
        left -= mix[i];
        if (left < 0)
            return (enum errand)i;
    }
    return ERRAND_PRODUCT;
}

static struct str answer_body(struct evhttp_request *request)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    size_t n = evbuffer_get_length(input);
    return (struct str){(const char *)evbuffer_pullup(input, -1), n};
}

static void learn(struct load *load, enum errand errand, struct str body)
{
    if (errand == ERRAND_SIGN_IN && body.n < sizeof load->session) {
        (void)snprintf(load->session, sizeof load->session, "%.*s", STR_ARGS(body));
        return;
    }
    if (errand != ERRAND_ORDER && errand != ERRAND_SWITCHES)
        return;
    struct arena arena;
    arena_init(&arena);
    struct json *root = NULL;
    if (json_parse(&arena, body, &root, NULL)) {
        int64_t order = 0;
        if (errand == ERRAND_ORDER && json_get_int(root, "order", &order))
            load->order = order;
        const struct json *stolen = json_get(root, "failed-logins");
        if (errand == ERRAND_SWITCHES)
            load->stolen = stolen && stolen->type == JSON_TRUE;
    }
    arena_done(&arena);
}

static void on_answer(struct evhttp_request *request, void *arg)
{
    struct customer *customer = arg;
    struct load *load = customer->load;
    customer->busy = false;
    int code = request ? evhttp_request_get_response_code(request) : 0;
    if (code == 0 || code >= 500)
        load->failed++;
    else
        load->answered++;
    if (code == 200 || code == 201)
        learn(load, customer->errand, answer_body(request));
}

/* The address and the form of an errand; form stays "" for a GET. */
static void plan(struct load *load, enum errand errand, char path[64], char form[160])
{
    long long product = 1 + (long long)draw(load, 24);
    long long customer = 1 + (long long)draw(load, 50);
    static const char *const questions[] = {"something heavy", "rocket", "portable magnet",
                                            "seed or kit"};
    const char *to = "/";
    form[0] = '\0';
    if (errand == ERRAND_PRODUCTS)
        to = "/products";
    else if (errand == ERRAND_SWITCHES)
        to = "/faults";
    (void)snprintf(path, 64, "%s", to);
    if (errand == ERRAND_PRODUCT)
        (void)snprintf(path, 64, "/products/%lld", product);
    else if (errand == ERRAND_SHOW_ORDER)
        (void)snprintf(path, 64, "/orders/%lld", (long long)load->order);
    if (errand == ERRAND_SIGN_IN || errand == ERRAND_STOLEN) {
        (void)snprintf(path, 64, "/login");
        (void)snprintf(form, 160, "email=customer%lld%%40acme.example&password=%s+horse+%lld",
                       customer, errand == ERRAND_STOLEN ? "stolen" : "correct", customer);
    } else if (errand == ERRAND_ORDER) {
        (void)snprintf(path, 64, "/orders");
        (void)snprintf(form, 160, "session=%s&product=%lld&quantity=%d", load->session, product,
                       1 + (int)draw(load, 3));
    } else if (errand == ERRAND_ASK) {
        (void)snprintf(path, 64, "/assistant");
        char *words = evhttp_uriencode(questions[draw(load, 4)], -1, 1);
        (void)snprintf(form, 160, "question=%s", words ? words : "");
        free(words);
    }
}

static struct customer *find_idle(struct load *load)
{
    for (int i = 0; i < LOAD_CUSTOMERS; i++)
        if (!load->customers[i].busy)
            return &load->customers[i];
    return NULL;
}

static void send_errand(struct load *load, enum errand errand)
{
    struct customer *customer = find_idle(load);
    struct evhttp_request *request = customer ? evhttp_request_new(on_answer, customer) : NULL;
    if (!request) {
        load->skipped++;
        return;
    }
    char path[64];
    char form[160];
    plan(load, errand, path, form);
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    (void)evhttp_add_header(headers, "Host", "127.0.0.1");
    enum evhttp_cmd_type command = form[0] ? EVHTTP_REQ_POST : EVHTTP_REQ_GET;
    if (form[0]) {
        (void)evhttp_add_header(headers, "Content-Type", "application/x-www-form-urlencoded");
        (void)evbuffer_add(evhttp_request_get_output_buffer(request), form, strlen(form));
    }
    customer->errand = errand;
    customer->busy = true;
    load->sent++;
    if (evhttp_make_request(customer->connection, request, command, path) != 0) {
        customer->busy = false;
        load->failed++;
    }
}

static void on_next(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct load *load = arg;
    enum errand errand = draw_errand(load);
    if (errand == ERRAND_ORDER && !load->session[0])
        errand = ERRAND_SIGN_IN;
    if (errand == ERRAND_SHOW_ORDER && load->order == 0)
        errand = ERRAND_PRODUCTS;
    send_errand(load, errand);
    int64_t mean_us = 1000000 / load->rate;
    int64_t wait_us = mean_us / 2 + (int64_t)draw(load, (uint64_t)mean_us + 1);
    (void)event_add(load->next,
                    &(struct timeval){.tv_sec = wait_us / 1000000, .tv_usec = wait_us % 1000000});
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    send_errand(arg, ERRAND_SWITCHES);
}

static void on_stolen(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct load *load = arg;
    if (load->stolen)
        send_errand(load, ERRAND_STOLEN);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)event_base_loopbreak(arg);
}

static void run(struct load *load, int port)
{
    struct event_base *base = load->base;
    struct event *events[] = {evsignal_new(base, SIGINT, on_signal, base),
                              evsignal_new(base, SIGTERM, on_signal, base),
                              load->second = event_new(base, -1, EV_PERSIST, on_second, load),
                              load->stolen_next = event_new(base, -1, EV_PERSIST, on_stolen, load),
                              load->next = evtimer_new(base, on_next, load)};
    for (int i = 0; i < LOAD_CUSTOMERS; i++) {
        struct evhttp_connection *connection =
            evhttp_connection_base_new(base, NULL, "127.0.0.1", (uint16_t)port);
        evhttp_connection_set_timeout(connection, LOAD_TIMEOUT_S);
        load->customers[i] = (struct customer){.load = load, .connection = connection};
    }
    (void)event_add(events[0], NULL);
    (void)event_add(events[1], NULL);
    (void)event_add(load->second, &(struct timeval){.tv_sec = 1});
    (void)event_add(load->stolen_next, &(struct timeval){.tv_usec = LOAD_STOLEN_EVERY_MS * 1000});
    send_errand(load, ERRAND_SIGN_IN);
    on_next(-1, 0, load);
    (void)event_base_dispatch(base);
    for (int i = 0; i < LOAD_CUSTOMERS; i++)
        evhttp_connection_free(load->customers[i].connection);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        event_free(events[i]);
}

int main(int argc, char **argv)
{
    static const struct option rows[] = {{"port", required_argument, NULL, 'p'},
                                         {"rate", required_argument, NULL, 'r'},
                                         {"seed", required_argument, NULL, 's'},
                                         {0}};
    int64_t port = 0;
    int64_t seed = 1;
    static struct load load = {.rate = 30};
    bool good = true;
    int letter;
    while (good && (letter = getopt_long(argc, argv, "", rows, NULL)) != -1)
        good = letter != '?' && str_int(str_of(optarg), letter == 'p'   ? &port
                                                        : letter == 'r' ? &load.rate
                                                                        : &seed);
    if (!good || optind != argc || port < 1 || port > 65535 || load.rate < 1 || load.rate > 5000) {
        (void)fputs("acme-load --port PORT_OF_THE_SHOP [--rate 1-5000 a second] [--seed N]\n",
                    stderr);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    load.chance = (uint64_t)seed * 0x9E3779B97F4A7C15ULL + 1;
    load.base = event_base_new();
    if (!load.base)
        abort();
    run(&load, (int)port);
    event_base_free(load.base);
    (void)fprintf(stderr, "acme-load: %lld sent, %lld answered, %lld failed, %lld skipped\n",
                  (long long)load.sent, (long long)load.answered, (long long)load.failed,
                  (long long)load.skipped);
    return 0;
}
