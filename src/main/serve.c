/* serve.c - starting, running and stopping the core. */
#include "main/serve.h"

#include "main/accounts_file.h"
#include "main/attachments.h"
#include "main/beats.h"
#include "main/callers.h"
#include "main/compose.h"
#include "main/config_fit.h"
#include "main/local_actions.h"
#include "main/local_runbook.h"
#include "main/logins.h"
#include "main/page_token.h"
#include "main/programs.h"
#include "main/seen_mark.h"
#include "main/serve_reload.h"
#include "main/uploads.h"
#include "main/users.h"
#include "main/walls.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/log.h"
#include "os/sandbox.h"
#include "os/service.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What was begun is waited for when Reeve is to end, so that nobody is told twice because nobody
 * heard the answer: pages longest, and all of it well within the time that a service has to end. */
enum { STOP_PAGES_MS = 10 * 1000, STOP_OTHERS_MS = 2 * 1000 };

static void on_tick(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    serve_turn(context);
    service_alive(clock_boot_ms());
}

static void on_signal(evutil_socket_t fd, short what, void *context)
{
    struct serve *serve = context;
    (void)fd;
    (void)what;
    serve->is_urgent = serve->stopping;
    serve->stopping = true;
    (void)event_base_loopbreak(serve->base);
}

/* A shell that hangs up, or "systemctl reload": the runbook's file is looked at at once. */
static void on_hang_up(evutil_socket_t fd, short what, void *context)
{
    struct serve *serve = context;
    (void)fd;
    (void)what;
    serve->runbook_read = (struct instant){0};
    serve_turn(serve);
}

static bool open_server(struct serve *serve, struct err *err)
{
    struct http_settings settings;
    struct http_handler handler = {.context = serve,
                                   .request = routes_request,
                                   .refused = callers_cross_site,
                                   .may_upload = callers_may_stay};
    http_settings_default(&settings);
    struct str *hosts = arena_array(&serve->app->arena, 1, sizeof *hosts);
    hosts[0] = compose_public_host(&serve->app->config);
    settings.hosts = hosts;
    settings.host_count = hosts[0].n > 0 ? 1 : 0;
    uploads_set(&settings);
    return http_server_open(serve->base, &settings, &handler, &serve->server, err) &&
           http_server_listen_tcp(serve->server, serve->app->config.listen, &serve->port, err) &&
           http_server_listen_unix(serve->server, serve->app->socket_path, err);
}

static bool open_loop(struct serve *serve, struct err *err)
{
    static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
    struct timeval every = {.tv_usec = TICK_MS * 1000};
    serve->base = event_base_new();
    if (!serve->base)
        return err_set(err, ERR_SELF, "serve", "The system gives no event loop.");
    (void)signal(SIGPIPE, SIG_IGN);
    serve->tick = event_new(serve->base, -1, EV_PERSIST, on_tick, serve);
    for (int i = 0; i < SIGNALS; i++) {
        serve->signals[i] = evsignal_new(serve->base, numbers[i],
                                         numbers[i] == SIGHUP ? on_hang_up : on_signal, serve);
        (void)event_add(serve->signals[i], NULL);
    }
    (void)event_add(serve->tick, &every);
    return true;
}

static bool find_programs(struct serve *serve, struct err *err)
{
    struct programs programs;
    if (!programs_find(&serve->app->arena, &programs, err))
        return false;
    serve->program = programs.self;
    serve->pool_program = programs.worker;
    serve->pool = worker_pool_open(&serve->app->arena, serve->base, programs.worker);
    return true;
}

/* The clock was set while nobody looked, or is behind what is known: open clocks would be shifted
 * by that. Returns by how much; 0: it was not. */
static int64_t record_step(struct serve *serve, const struct seen_mark *mark, struct instant now,
                           struct event_list *events)
{
    struct seen_mark present = serve_seen_mark(serve, now);
    bool is_least = false;
    int64_t by_ms = seen_mark_step_ms(mark, &present, serve->app->world.last_event, &is_least);
    if (by_ms <= CLOCK_STEP_MS && by_ms >= -CLOCK_STEP_MS)
        return 0;
    struct event *event =
        event_list_add(events, EVENT_CLOCK_STEPPED, now, STR("reeve"), STR("node:local"));
    event_set_int(event, "by_ms", by_ms);
    serve->behind_ms = is_least ? -by_ms : 0;
    serve->stepped_by_ms = by_ms;
    serve->stepped_boot_ms = present.boot_ms;
    return by_ms;
}

static bool record_start(struct serve *serve, struct err *err)
{
    struct arena arena;
    struct event_list events;
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct seen_mark mark = seen_mark_read(serve->app->seen_path);
    struct instant now = clock_now();
    int64_t by_ms = record_step(serve, &mark, now, &events);
    struct event *event =
        event_list_add(&events, EVENT_NODE_STARTED, now, STR("reeve"), STR("node:local"));
    event_set_str(event, "version", STR(REEVE_VERSION));
    event_set_int(event, "pid", getpid());
    event_set_str(event, "boot", clock_boot_id(&arena));
    /* By the clock as it was, and then as it is. */
    struct instant last_seen =
        world_last_seen(&serve->app->world, mark.at, mark.sequence, instant_add_ms(now, -by_ms));
    event_set_instant(event, "last_seen",
                      instant_is_zero(last_seen) ? last_seen : instant_add_ms(last_seen, by_ms));
    bool good = engine_append(&serve->app->engine, &events, err);
    arena_done(&arena);
    return good;
}

/* Without a mark the newest fact says until when it ran: a wait may become longer. */
static void open_mark(struct serve *serve)
{
    struct str path = serve->app->seen_path;
    serve->seen_fd = seen_mark_open(path);
    if (serve->seen_fd < 0)
        log_line(LOG_LEVEL_WARNING, "ledger", "%.*s cannot be written: %s.", STR_ARGS(path),
                 strerror(errno));
}

static void record_stop(struct serve *serve)
{
    struct arena arena;
    struct event_list events;
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct event *event =
        event_list_add(&events, EVENT_NODE_STOPPED, clock_now(), STR("reeve"), STR("node:local"));
    event_set_str(event, "reason", STR("asked to by a signal"));
    if (serve_record(serve, &events))
        serve_checkpoint(serve, clock_now(), true);
    arena_done(&arena);
}

/* A key made anew could not vouch for what the lost one signed. */
static bool check_key(struct app *app, struct err *err)
{
    struct str note = STR("");
    if (access(app->key_path.p, F_OK) == 0)
        return true;
    if (!app->ledger.store.port->newest_checkpoint(&app->ledger.store, &app->arena, &note, err))
        return false;
    return note.n == 0 ||
           err_set(err, ERR_REFUSED, app->key_path.p,
                   "The key that signed this ledger is gone. Restore it from a backup; without "
                   "it, move %.*s aside and begin a new ledger.",
                   STR_ARGS(app->ledger_path));
}

/* A key or a history beside an empty ledger: there was one, and it is not the one found now. */
static void warn_of_lost_ledger(struct app *app)
{
    const char *proof = NULL;
    if (app->ledger.store.port->count(&app->ledger.store) > 0)
        return;
    if (access(app->public_key_path.p, F_OK) == 0)
        proof = app->public_key_path.p;
    else if (access(app->key_path.p, F_OK) == 0)
        proof = app->key_path.p;
    else if (access(app->history_path.p, F_OK) == 0)
        proof = app->history_path.p;
    if (proof)
        log_line(LOG_LEVEL_WARNING, "ledger",
                 "%.*s is empty and begins at entry 1, but %s says that there was a ledger before: "
                 "if it was lost, stop Reeve and put a backup in its place.",
                 STR_ARGS(app->ledger_path), proof);
}

/* What "reeve check" says of the configuration: said at the start too, and no reason to stay away.
 */
static bool log_notes(struct app *app, struct err *err)
{
    struct arena arena;
    arena_init(&arena);
    struct config_notes *notes = arena_make(&arena, struct config_notes);
    bool good = config_fit(&arena, &app->config, app->program, notes, err);
    for (size_t i = 0; good && i < notes->count; i++) {
        struct err note = {0};
        struct config_place at = notes->items[i].place;
        struct str place =
            str_printf(&arena, "%.*s:%zu:%zu", STR_ARGS(app->config.file), at.line, at.column);
        (void)err_set(&note, ERR_USAGE, place.p, "%.*s", STR_ARGS(notes->items[i].sentence));
        log_err(LOG_LEVEL_WARNING, "configuration", &note);
    }
    struct str missing = walls_missing(&app->config);
    if (good && missing.n > 0)
        log_line(LOG_LEVEL_WARNING, "configuration", "%.*s", STR_ARGS(missing));
    arena_done(&arena);
    return good;
}

static bool start(struct serve *serve, bool *out_fresh_token, struct err *err)
{
    struct app *app = serve->app;
    struct err reserve_err = {0};
    serve->clock_offset_ms = clock_now().us / 1000 - clock_boot_ms();
    if (!app_read_config(app, err) || !app_open_ledger(app, true, err) || !check_key(app, err) ||
        !users_check(&app->arena, &app->config, err) || !log_notes(app, err) ||
        !accounts_file_read(app, err))
        return false;
    beats_load(serve);
    serve->logins = logins_open(serve);
    warn_of_lost_ledger(app);
    attachments_sweep(app, NULL);
    serve->reserve_freed =
        !ledger_sqlite_make_reserve(app->ledger_path, RESERVE_BYTES, &reserve_err);
    if (serve->reserve_freed)
        log_err(LOG_LEVEL_WARNING, "ledger", &reserve_err);
    serve_refill(serve, clock_now());
    serve_tell_force(serve);
    compose_expect(&app->world, &app->config, clock_now());
    serve_await_history(serve);
    return open_loop(serve, err) && find_programs(serve, err) &&
           folder_make(app->history_path, err) && serve_start_keeper(serve, err) &&
           record_start(serve, err) && serve_start_collector(serve, err) &&
           page_token_read(serve, out_fresh_token, err) && open_server(serve, err);
}

/* What was counted is told, and when sessions were used is kept for the next start. */
static void keep_logins(struct serve *serve)
{
    struct err err = {0};
    callers_tell(serve, true);
    if (serve->app->world.access.session_count > 0 && !accounts_file_write(serve->app, &err))
        log_err(LOG_LEVEL_WARNING, "accounts", &err);
}

/* The loop goes on meanwhile: each answer becomes a fact as always. */
static void await_orders(const struct serve *serve)
{
    int64_t begun_ms = clock_boot_ms();
    while (!serve->is_urgent) {
        int64_t most_ms = worker_pool_pages(serve->pool) > 0     ? STOP_PAGES_MS
                          : worker_pool_running(serve->pool) > 0 ? STOP_OTHERS_MS
                                                                 : 0;
        if (clock_boot_ms() - begun_ms >= most_ms || event_base_loop(serve->base, EVLOOP_ONCE) != 0)
            return;
    }
}

static void stop(struct serve *serve)
{
    if (serve->app->ledger_open && serve->key_known) {
        keep_logins(serve);
        record_stop(serve);
    }
    logins_close(serve->logins);
    if (serve->pool)
        worker_pool_close(serve->pool);
    serve_close_reload(serve);
    serve_close_probes(serve);
    serve_close_asks(serve);
    serve_close_channels(serve);
    if (serve->server)
        beats_close(serve);
    http_server_close(serve->server);
    if (serve->keeper_child.running || serve->collector_child.running)
        serve_stop_children(serve);
    for (int i = 0; i < SIGNALS; i++)
        if (serve->signals[i])
            event_free(serve->signals[i]);
    if (serve->tick)
        event_free(serve->tick);
    if (serve->early)
        event_free(serve->early);
    if (serve->seen_fd >= 0)
        (void)close(serve->seen_fd);
    if (serve->base)
        event_base_free(serve->base);
    /* Without the lock it is the socket of the daemon that runs already. */
    if (serve->app->lock.fd >= 0)
        (void)unlink(serve->app->socket_path.p);
}

static void say_address(const struct serve *serve, bool fresh)
{
    struct str listen = serve->app->config.listen;
    size_t colon = listen.n;
    while (colon > 0 && listen.p[colon - 1] != ':')
        colon--;
    if (fresh)
        (void)printf("Reeve is at http://%.*s%d/?token=%.*s\n",
                     STR_ARGS(str_slice(listen, 0, colon)), serve->port, STR_ARGS(serve->token));
    else
        (void)printf("Reeve is at http://%.*s%d/ (\"reeve token new\" prints a new token)\n",
                     STR_ARGS(str_slice(listen, 0, colon)), serve->port);
    (void)fflush(stdout);
}

bool local_serve(struct app *app, const struct call *call, struct err *err)
{
    (void)call;
    bool fresh = false;
    if (!local_config_is_there(app))
        return err_set(err, ERR_USAGE, "reeve.yaml",
                       "There is no configuration in this folder; write one (\"reeve config show\" "
                       "lists its keys), or name it with --config.");
    sandbox_hide_memory();
    struct serve *serve = arena_make(&app->arena, struct serve);
    serve->app = app;
    serve->keeper.fd = serve->next_keeper.fd = serve->tried_keeper.fd = serve->seen_fd = -1;
    struct arena *arenas[] = {&serve->note_arena,           &serve->line_arena,
                              &serve->evaluation_arenas[0], &serve->evaluation_arenas[1],
                              &serve->program_arenas[0],    &serve->program_arenas[1],
                              &serve->page_arena,           &serve->seen_arena};
    for (size_t i = 0; i < sizeof arenas / sizeof arenas[0]; i++)
        arena_init(arenas[i]);
    heards_init(&serve->heards, &app->arena);
    log_start("serve", LOG_LEVEL_INFO);
    (void)signal(SIGHUP, SIG_IGN); /* until the loop hears it */
    bool good = start(serve, &fresh, err);
    if (good) {
        open_mark(serve);
        say_address(serve, fresh);
        service_ready();
        serve_say_gone(serve);
        serve_turn(serve);
        while (!serve->stopping && event_base_dispatch(serve->base) == 0)
            continue;
    }
    service_stopping();
    if (good)
        await_orders(serve);
    stop(serve);
    heards_done(&serve->heards);
    for (size_t i = 0; i < sizeof arenas / sizeof arenas[0]; i++)
        arena_done(arenas[i]);
    return good;
}
