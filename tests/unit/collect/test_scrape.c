/* test_scrape.c - targets by numbers and by names with several addresses. */
#include "collect/scrape.h"
#include "harness/test.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct rig {
    struct arena *arena;
    struct event_base *base;
    struct evdns_base *dns;
    struct signals signals;
    struct evconnlistener *listener;
    struct bufferevent *accepted;
    int port; /* of the listener */
    struct scrape_use use;
    char request[512]; /* what the listener was asked */
    char problem[256]; /* of the status */
    bool up;
};

static void on_request(struct bufferevent *accepted, void *context)
{
    struct rig *rig = context;
    size_t n = evbuffer_get_length(bufferevent_get_input(accepted));
    if (n >= sizeof rig->request)
        n = sizeof rig->request - 1;
    (void)evbuffer_copyout(bufferevent_get_input(accepted), rig->request, n);
    rig->request[n] = '\0';
    struct str answer = STR("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na 1\n");
    if (strstr(rig->request, "\r\n\r\n"))
        (void)bufferevent_write(accepted, answer.p, answer.n);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                      int length, void *context)
{
    (void)listener;
    (void)address;
    (void)length;
    struct rig *rig = context;
    CHECK(rig->accepted == NULL);
    rig->accepted = bufferevent_socket_new(rig->base, fd, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(rig->accepted, on_request, NULL, NULL, rig);
    (void)bufferevent_enable(rig->accepted, EV_READ);
}

static void on_done(void *context, const struct target_status *status,
                    const struct reading *readings, size_t count, const struct intake *intake)
{
    (void)readings;
    (void)count;
    (void)intake;
    struct rig *rig = context;
    rig->up = status->up;
    str_keep(rig->problem, sizeof rig->problem, status->problem);
    (void)event_base_loopbreak(rig->base);
}

/* Listens on one address; false: this machine has none of its family. */
static bool rig_listen(struct rig *rig, struct arena *arena, const char *address)
{
    struct sockaddr_storage storage = {0};
    struct sockaddr_in *four = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&storage;
    bool is_six = strchr(address, ':') != NULL;
    storage.ss_family = is_six ? AF_INET6 : AF_INET;
    CHECK(inet_pton(storage.ss_family, address,
                    is_six ? (void *)&six->sin6_addr : (void *)&four->sin_addr) == 1);
    *rig = (struct rig){.arena = arena, .base = event_base_new()};
    int length = is_six ? (int)sizeof *six : (int)sizeof *four;
    rig->listener = evconnlistener_new_bind(rig->base, on_accept, rig, LEV_OPT_CLOSE_ON_FREE, 8,
                                            (struct sockaddr *)&storage, length);
    if (!rig->listener) {
        event_base_free(rig->base);
        return false;
    }
    socklen_t size = sizeof storage;
    CHECK(getsockname(evconnlistener_get_fd(rig->listener), (struct sockaddr *)&storage, &size) ==
          0);
    rig->port = ntohs(is_six ? six->sin6_port : four->sin_port);
    rig->dns = evdns_base_new(rig->base, 0);
    signals_init(&rig->signals, arena);
    rig->use = (struct scrape_use){rig, arena_alloc(arena, RECEIVE_BYTES), on_done};
    return true;
}

static void rig_done(struct rig *rig)
{
    if (rig->accepted)
        bufferevent_free(rig->accepted);
    evconnlistener_free(rig->listener);
    evdns_base_free(rig->dns, 1);
    (void)event_base_loop(rig->base, EVLOOP_NONBLOCK); /* who waited for a name is told so */
    event_base_free(rig->base);
}

/* What the names of a hosts file are, and no others. */
static void set_hosts(const struct rig *rig, const char *words)
{
    char *name =
        (char *)(uintptr_t)str_printf(rig->arena, "%s/hosts-XXXXXX", test_folder(rig->arena).p).p;
    int fd = mkstemp(name);
    CHECK(fd >= 0 && write(fd, words, strlen(words)) == (ssize_t)strlen(words));
    CHECK(close(fd) == 0 && evdns_base_load_hosts(rig->dns, name) == 0 && unlink(name) == 0);
}

static void scrape_once(struct rig *rig, const char *host)
{
    struct collector_target target = {.name = STR("app"),
                                      .url =
                                          str_printf(rig->arena, "http://%s:%d/m", host, rig->port),
                                      .interval_ms = 2000};
    struct scrape *scrape = scrape_open(rig->base, rig->dns, &target, &rig->signals, &rig->use);
    CHECK(event_base_dispatch(rig->base) >= 0);
    scrape_close(scrape);
}

TEST(each_address_of_a_name_is_tried)
{
    static const char *const hosts[] = {"127.0.0.1 dual.example\n::1 dual.example\n",
                                        "::1 dual.example\n127.0.0.1 dual.example\n"};
    static const char *const listens[] = {"127.0.0.1", "::1"};
    for (int i = 0; i < 4; i++) {
        struct rig rig;
        if (!rig_listen(&rig, arena, listens[i / 2]))
            continue; /* no IPv6 here */
        set_hosts(&rig, hosts[i % 2]);
        scrape_once(&rig, "dual.example");
        CHECK_STR(str_of(rig.problem), "");
        CHECK(rig.up);
        struct str wanted =
            str_printf(arena, "GET /m HTTP/1.1\r\nHost: dual.example:%d\r\n", rig.port);
        CHECK_STR(str_cut(str_of(rig.request), wanted.n), wanted.p);
        rig_done(&rig);
    }
}

TEST(a_name_of_which_no_address_answers_is_said)
{
    struct rig rig;
    CHECK(rig_listen(&rig, arena, "127.0.0.1"));
    set_hosts(&rig, "127.0.0.2 dual.example\n127.0.0.3 dual.example\n");
    scrape_once(&rig, "dual.example");
    CHECK(!rig.up);
    CHECK_STR(str_of(rig.problem),
              str_printf(arena,
                         "dual.example port %d cannot be reached: Connection refused; check that "
                         "it runs, and its url in reeve.yaml",
                         rig.port)
                  .p);
    /* Nobody is asked for it here: the look-up is given up with the try. */
    scrape_once(&rig, "other.example");
    CHECK_STR(str_of(rig.problem),
              "other.example was not found by its name within 2 s; check its url in reeve.yaml, "
              "and DNS");
    rig_done(&rig);
}

TEST(an_address_of_ipv6_stands_in_brackets)
{
    struct rig rig;
    if (!rig_listen(&rig, arena, "::1"))
        return;
    scrape_once(&rig, "[::1]");
    CHECK_STR(str_of(rig.problem), "");
    struct str wanted = str_printf(arena, "GET /m HTTP/1.1\r\nHost: [::1]:%d\r\n", rig.port);
    CHECK_STR(str_cut(str_of(rig.request), wanted.n), wanted.p);
    rig_done(&rig);
}
