/* sink.c - where the demonstration's mails, webhooks and heartbeats end: mail and HTTP in.
 *
 * POST /hook takes a webhook, /heartbeat a sign of life; GET / shows all, /mails.json, /hooks.json
 * and /heartbeat.json give it to programs; POST /refuse?mails=1&hooks=1 lets it refuse from then
 * on. */
#include "sink.h"

#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

static void take_mail(void *owner, struct str sender, struct str recipients, struct str data)
{
    struct sink *sink = owner;
    int64_t number = ++sink->mail_count;
    struct sink_mail *mail = &sink->mails[number % SINK_KEPT];
    arena_done(&mail->memory);
    *mail = (struct sink_mail){.number = number, .at_ms = web_unix_ms()};
    mail->sender = str_copy(&mail->memory, sender);
    mail->recipients = str_copy(&mail->memory, recipients);
    mail->raw = str_copy(&mail->memory, data);
    mail->mail = mail_parse(&mail->memory, mail->raw);
}

static void keep_headers(struct sink_hook *hook, struct evhttp_request *request)
{
    struct evkeyval *header;
    TAILQ_FOREACH(header, evhttp_request_get_input_headers(request), next)
    {
        if (hook->header_count == SINK_HEADERS)
            return;
        hook->headers[hook->header_count++] =
            (struct sink_header){str_copy(&hook->memory, str_of(header->key)),
                                 str_copy(&hook->memory, str_of(header->value))};
    }
}

static void take_hook(struct exchange *exchange)
{
    struct sink *sink = exchange->owner;
    int64_t number = ++sink->hook_count;
    struct sink_hook *hook = &sink->hooks[number % SINK_KEPT];
    arena_done(&hook->memory);
    *hook = (struct sink_hook){.number = number, .at_ms = web_unix_ms()};
    hook->path = str_copy(&hook->memory, exchange->path);
    hook->body = str_copy(&hook->memory, web_body(exchange));
    keep_headers(hook, exchange->request);
    hook->status = sink->refusing_hooks ? 503 : 200;
    web_answer(exchange, hook->status, "text/plain",
               sink->refusing_hooks ? STR("Refusing for the moment.\n") : STR("Taken.\n"));
}

static void take_heartbeat(struct exchange *exchange)
{
    struct sink *sink = exchange->owner;
    sink->heartbeats++;
    sink->heartbeat_ms = web_unix_ms();
    sink->heartbeat_us = web_monotonic_us();
    web_answer(exchange, 200, "text/plain", STR("Heard.\n"));
}

static void set_refusals(struct exchange *exchange)
{
    struct sink *sink = exchange->owner;
    sink->smtp.refusing = str_is(web_field(exchange, "mails"), "1");
    sink->refusing_hooks = str_is(web_field(exchange, "hooks"), "1");
    web_answer(exchange, 200, "text/plain", STR("Noted.\n"));
}

static void handle(struct exchange *exchange)
{
    static const struct {
        const char *method, *path;
        void (*handle)(struct exchange *exchange);
    } routes[] = {
        {"GET", "/", sink_show_page},
        {"GET", "/mails.json", sink_show_mails},
        {"GET", "/hooks.json", sink_show_hooks},
        {"GET", "/heartbeat.json", sink_show_heartbeat},
        {"GET", "/heartbeat", take_heartbeat},
        {"POST", "/heartbeat", take_heartbeat},
        {"POST", "/hook", take_hook},
        {"POST", "/refuse", set_refusals},
    };
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!str_is(exchange->path, routes[i].path) ||
            strcmp(exchange->method, routes[i].method) != 0)
            continue;
        routes[i].handle(exchange);
        return;
    }
    web_answer(exchange, 404, "text/plain", STR("There is nothing at that address.\n"));
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)event_base_loopbreak(arg);
}

static bool open_parts(struct sink *sink, const char *port_file, const char *smtp_port_file,
                       struct err *err)
{
    int port = 0;
    int smtp_port = 0;
    sink->web.handle = handle;
    sink->web.owner = sink;
    sink->smtp.take = take_mail;
    sink->smtp.owner = sink;
    return web_open(&sink->web, sink->base, 0, &port, err) &&
           smtp_open(&sink->smtp, sink->base, 0, &smtp_port, err) &&
           web_write_port(smtp_port_file, smtp_port, err) && web_write_port(port_file, port, err);
}

static void close_parts(struct sink *sink)
{
    web_close(&sink->web);
    smtp_close(&sink->smtp);
    for (int i = 0; i < SINK_KEPT; i++) {
        arena_done(&sink->mails[i].memory);
        arena_done(&sink->hooks[i].memory);
    }
}

int main(int argc, char **argv)
{
    static const struct option rows[] = {{"port-file", required_argument, NULL, 'p'},
                                         {"smtp-port-file", required_argument, NULL, 's'},
                                         {0}};
    const char *port_file = NULL;
    const char *smtp_port_file = NULL;
    int letter;
    while ((letter = getopt_long(argc, argv, "", rows, NULL)) != -1)
        *(letter == 'p' ? &port_file : &smtp_port_file) = letter == '?' ? NULL : optarg;
    if (!port_file || !smtp_port_file || optind != argc) {
        (void)fputs("acme-sink --port-file PATH --smtp-port-file PATH\n"
                    "Takes free ports of 127.0.0.1 and writes them there.\n",
                    stderr);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    static struct sink sink;
    sink.base = event_base_new();
    struct event *interrupt = evsignal_new(sink.base, SIGINT, on_signal, sink.base);
    struct event *terminate = evsignal_new(sink.base, SIGTERM, on_signal, sink.base);
    if (!interrupt || !terminate)
        abort();
    struct err err;
    bool good = open_parts(&sink, port_file, smtp_port_file, &err);
    if (good) {
        (void)event_add(interrupt, NULL);
        (void)event_add(terminate, NULL);
        (void)event_base_dispatch(sink.base);
    }
    close_parts(&sink);
    event_free(interrupt);
    event_free(terminate);
    event_base_free(sink.base);
    if (!good)
        (void)fprintf(stderr, "acme-sink: %s: %s\n", err.place, err.text);
    return good ? 0 : err_exit_code(err.kind);
}
