/* shop.c - the Acme shop: starts the parts, runs the loop, ends it on SIGINT or SIGTERM. */
#include "shop.h"

#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct options {
    const char *database, *volume, *port_file, *watch, *mails, *maintenance;
    int64_t port, connections;
};

static const char usage[] =
    "acme-shop --database CONNINFO --volume FOLDER [--port N] [--port-file PATH]\n"
    "          [--connections N] [--watch URL] [--mails URL] [--maintenance FILE]\n"
    "Serves the shop on 127.0.0.1; port 0 (the default) takes a free one.\n";

static bool parse_options(int argc, char **argv, struct options *options)
{
    static const struct option rows[] = {{"database", required_argument, NULL, 'd'},
                                         {"volume", required_argument, NULL, 'v'},
                                         {"port", required_argument, NULL, 'p'},
                                         {"port-file", required_argument, NULL, 'f'},
                                         {"connections", required_argument, NULL, 'c'},
                                         {"watch", required_argument, NULL, 'w'},
                                         {"mails", required_argument, NULL, 'm'},
                                         {"maintenance", required_argument, NULL, 'M'},
                                         {0}};
    bool good = true;
    int letter;
    while (good && (letter = getopt_long(argc, argv, "", rows, NULL)) != -1) {
        switch (letter) {
        case 'd': options->database = optarg; break;
        case 'v': options->volume = optarg; break;
        case 'f': options->port_file = optarg; break;
        case 'w': options->watch = optarg; break;
        case 'm': options->mails = optarg; break;
        case 'M': options->maintenance = optarg; break;
        case 'p': good = str_int(str_of(optarg), &options->port); break;
        case 'c': good = str_int(str_of(optarg), &options->connections); break;
        default: good = false; break;
        }
    }
    return good && optind == argc && options->database && options->volume && options->port >= 0 &&
           options->port <= 65535 && options->connections >= 1 && options->connections <= POOL_MOST;
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)event_base_loopbreak(arg);
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    faults_tick(arg);
}

static bool open_parts(struct shop *shop, const struct options *options, struct err *err)
{
    int port = 0;
    if (!volume_open(&shop->volume, options->volume, err) ||
        !pool_open(shop->base, options->database, (int)options->connections, &shop->pool, err))
        return false;
    shop->web.handle = routes_handle;
    shop->web.owner = shop;
    routes_open(shop);
    if (!web_open(&shop->web, shop->base, (int)options->port, &port, err))
        return false;
    if (options->port_file && !web_write_port(options->port_file, port, err))
        return false;
    (void)fprintf(stderr, "acme-shop: http://127.0.0.1:%d/\n", port);
    return true;
}

static void close_parts(struct shop *shop)
{
    pool_close(shop->pool);
    web_close(&shop->web);
    volume_close(&shop->volume);
    arena_done(&shop->hoard);
}

static bool run(struct shop *shop, const struct options *options, struct err *err)
{
    struct event *interrupt = evsignal_new(shop->base, SIGINT, on_signal, shop->base);
    struct event *terminate = evsignal_new(shop->base, SIGTERM, on_signal, shop->base);
    struct event *second = event_new(shop->base, -1, EV_PERSIST, on_second, shop);
    if (!interrupt || !terminate || !second)
        abort();
    bool good = open_parts(shop, options, err);
    if (good) {
        (void)event_add(interrupt, NULL);
        (void)event_add(terminate, NULL);
        (void)event_add(second, &(struct timeval){.tv_sec = 1});
        (void)event_base_dispatch(shop->base);
    }
    close_parts(shop);
    event_free(interrupt);
    event_free(terminate);
    event_free(second);
    return good;
}

int main(int argc, char **argv)
{
    struct options options = {.connections = 10};
    if (!parse_options(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    static struct shop shop = {.volume.fd = -1};
    shop.base = event_base_new();
    if (!shop.base)
        abort();
    shop.tokens_since_ms = web_unix_ms();
    shop.watch_url = str_of(options.watch);
    shop.mails_url = str_of(options.mails);
    shop.maintenance = str_of(options.maintenance);
    struct err err;
    bool good = run(&shop, &options, &err);
    event_base_free(shop.base);
    if (!good) {
        (void)fprintf(stderr, "acme-shop: %s: %s\n", err.place, err.text);
        return err_exit_code(err.kind);
    }
    return 0;
}
