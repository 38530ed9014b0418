/* serve_children.c - the keeper and the collector: started, fed, listened to, started again. */
#include "main/serve.h"

#include "collect/collect.h"
#include "main/compose.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/log.h"

#include <event2/buffer.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    COLLECTOR_LINE_BYTES = 1024 * 1024,
    COLLECTOR_LINES_AT_ONCE = 2000,
    COLLECTOR_END_MS = 2000
};

/* The variables that the configuration names, and nothing else. */
static const char *const *keeper_environment(struct arena *arena, const struct config *config)
{
    const char **environment = arena_array(arena, config->secret_count + 1, sizeof *environment);
    size_t count = 0;
    for (size_t i = 0; i < config->secret_count; i++) {
        if (config->secrets[i].from_file)
            continue;
        const char *value = getenv(config->secrets[i].source.p);
        if (value)
            environment[count++] =
                str_printf(arena, "%.*s=%s", STR_ARGS(config->secrets[i].source), value).p;
    }
    return environment;
}

static struct keeper_setup keeper_setup_of(const struct serve *serve, struct arena *arena,
                                           const struct config *config)
{
    struct keeper_secret *secrets = arena_array(arena, config->secret_count, sizeof *secrets);
    for (size_t i = 0; i < config->secret_count; i++) {
        const struct config_secret *secret = &config->secrets[i];
        secrets[i].name = secret->name;
        secrets[i].reference = str_printf(arena, "%s:%.*s", secret->from_file ? "file" : "env",
                                          STR_ARGS(secret->source));
    }
    return (struct keeper_setup){.key_file = serve->app->key_path,
                                 .origin = compose_origin(),
                                 .secrets = secrets,
                                 .secret_count = config->secret_count};
}

/* The verifier key beside the ledger, so that "ledger verify" finds it. */
static bool publish_key(struct serve *serve, struct err *err)
{
    struct arena *arena = &serve->app->arena;
    if (!keeper_public_key(&serve->keeper, serve->key.public_key, err))
        return false;
    serve->key.name = compose_origin();
    serve->key_known = true;
    struct str line =
        str_printf(arena, "%.*s\n", STR_ARGS(checkpoint_key_write(arena, &serve->key)));
    struct str old = STR("");
    struct err absent = {0};
    if (file_read(arena, serve->app->public_key_path, 4096, &old, &absent) && str_equal(old, line))
        return true;
    return file_write(serve->app->public_key_path, line, 0644, err);
}

static bool spawn_keeper(const struct serve *serve, const struct config *config,
                         struct spawned *out_process, int *out_fd, struct err *err)
{
    int fds[2];
    struct arena arena;
    const char *argv[] = {serve->program, "keep", NULL};
    if (!keeper_socket_pair(fds, err))
        return false;
    arena_init(&arena);
    struct spawn spawn = {.argv = argv,
                          .environment = keeper_environment(&arena, config),
                          .stdin_fd = -1,
                          .stdout_fd = -1,
                          .die_with_parent = true,
                          .own_session = true};
    spawn.extra_fd = fds[1];
    bool started = spawn_start(&spawn, out_process, err);
    arena_done(&arena);
    (void)close(fds[1]);
    if (!started) {
        (void)close(fds[0]);
        return false;
    }
    *out_fd = fds[0];
    return true;
}

static bool spawn_own_keeper(struct serve *serve, int *out_fd, struct err *err)
{
    if (!spawn_keeper(serve, &serve->app->config, &serve->keeper_child.process, out_fd, err))
        return false;
    serve->keeper_child.running = true;
    serve->keeper_child.started_ms = clock_boot_ms();
    return true;
}

bool serve_start_keeper(struct serve *serve, struct err *err)
{
    int fd = -1;
    struct arena arena;
    if (!spawn_own_keeper(serve, &fd, err))
        return false;
    arena_init(&arena);
    struct keeper_setup setup = keeper_setup_of(serve, &arena, &serve->app->config);
    bool good = keeper_start(&serve->keeper, fd, &setup, err);
    arena_done(&arena);
    if (good && publish_key(serve, err) && serve_take_fingerprints(serve, err))
        return true;
    keeper_close(&serve->keeper);
    (void)spawn_signal(&serve->keeper_child.process, SIGKILL);
    (void)spawn_wait(&serve->keeper_child.process);
    serve->keeper_child.running = false;
    return false;
}

/* While Reeve runs nobody waits for it: it is asked at each turn whether it is ready. */
static bool begin_keeper(struct serve *serve, struct err *err)
{
    int fd = -1;
    struct arena arena;
    if (!spawn_own_keeper(serve, &fd, err))
        return false;
    arena_init(&arena);
    struct keeper_setup setup = keeper_setup_of(serve, &arena, &serve->app->config);
    bool good = keeper_begin(&serve->next_keeper, fd, &setup, err);
    arena_done(&arena);
    return good;
}

bool serve_try_keeper(struct serve *serve, const struct config *config, struct err *err)
{
    int fd = -1;
    struct arena arena;
    serve_drop_tried_keeper(serve);
    if (!spawn_keeper(serve, config, &serve->tried_process, &fd, err))
        return false;
    serve->tried_ms = clock_boot_ms();
    arena_init(&arena);
    struct keeper_setup setup = keeper_setup_of(serve, &arena, config);
    bool good = keeper_begin(&serve->tried_keeper, fd, &setup, err);
    arena_done(&arena);
    return good;
}

bool serve_tried_keeper(struct serve *serve, struct err *err)
{
    return keeper_started(&serve->tried_keeper, err);
}

static void end_process(struct spawned *process)
{
    (void)spawn_signal(process, SIGKILL);
    (void)spawn_wait(process);
    *process = (struct spawned){0};
}

void serve_drop_tried_keeper(struct serve *serve)
{
    keeper_close(&serve->tried_keeper);
    if (serve->tried_process.pid > 0)
        end_process(&serve->tried_process);
}

/* It has nothing to finish: it only answers, and writes nothing. */
void serve_adopt_keeper(struct serve *serve)
{
    struct err err = {0};
    keeper_close(&serve->keeper);
    keeper_close(&serve->next_keeper);
    if (serve->keeper_child.running)
        end_process(&serve->keeper_child.process);
    serve->keeper = serve->tried_keeper;
    serve->keeper_child.process = serve->tried_process;
    serve->keeper_child.running = true;
    serve->keeper_child.started_ms = serve->tried_ms;
    serve->tried_keeper = (struct keeper_client){.fd = -1};
    serve->tried_process = (struct spawned){0};
    if (publish_key(serve, &err) && serve_take_fingerprints(serve, &err))
        return;
    log_err(LOG_LEVEL_ERROR, "keeper", &err);
    keeper_close(&serve->keeper); /* it is ended and started again */
}

static void take_keeper(struct serve *serve)
{
    struct err err = {0};
    struct keeper_client *next = &serve->next_keeper;
    if (keeper_started(next, &err)) {
        serve->keeper = *next;
        *next = (struct keeper_client){.fd = -1};
        if (publish_key(serve, &err) && serve_take_fingerprints(serve, &err)) {
            serve->keeper_down_since = (struct instant){0};
            serve->unsigned_since = (struct instant){0}; /* what waits is signed at once */
            log_line(LOG_LEVEL_INFO, "keeper", "The keeper runs again.");
            return;
        }
        keeper_close(&serve->keeper);
    } else if (err.kind == ERR_NONE &&
               clock_boot_ms() - serve->keeper_child.started_ms > KEEPER_START_MS) {
        (void)err_set(&err, ERR_SELF, "keeper", "The keeper does not get ready in time.");
    }
    if (err.kind == ERR_NONE)
        return;
    log_err(LOG_LEVEL_ERROR, "keeper", &err);
    keeper_close(next);
}

/* Without its socket it is of no use, whether it hangs, has refused or has ended. */
static void watch_keeper(struct serve *serve)
{
    if (serve->keeper_child.running && serve->next_keeper.fd >= 0)
        take_keeper(serve);
    if (serve->keeper_child.running && serve->next_keeper.fd < 0 && serve->keeper.fd < 0)
        (void)spawn_signal(&serve->keeper_child.process, SIGKILL);
}

static void read_collector(struct bufferevent *bufferevent, void *context)
{
    struct serve *serve = context;
    struct evbuffer *input = bufferevent_get_input(bufferevent);
    bool heard = false;
    for (int i = 0; i < COLLECTOR_LINES_AT_ONCE; i++) {
        size_t n = 0;
        struct err err = {0};
        char *line = evbuffer_readln(input, &n, EVBUFFER_EOL_LF);
        if (!line)
            break;
        arena_reset(&serve->line_arena);
        if (str_is((struct str){line, n}, COLLECTOR_HISTORY_READ))
            serve->history_until_ms = 0;
        else if (!telemetry_fold_line(&serve->app->world.telemetry, &serve->line_arena,
                                      (struct str){line, n}, &err))
            log_err(LOG_LEVEL_WARNING, "collector", &err);
        heard = true;
        free(line);
    }
    if (heard)
        serve_hear_readings(serve);
    /* The rest of a line is waited for; of a collector that was killed it does not come. */
    bool is_whole = evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF).pos >= 0;
    if (evbuffer_get_length(input) > COLLECTOR_LINE_BYTES && !is_whole) {
        log_line(LOG_LEVEL_ERROR, "collector", "The collector sent a line that is too long.");
        (void)spawn_signal(&serve->collector_child.process, SIGKILL);
        return;
    }
    if (is_whole)
        bufferevent_trigger(bufferevent, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}

/* It has ended, or nothing can be read from it or told to it any more: of no use, then, and another
 * is started. */
static void end_collector(struct bufferevent *bufferevent, short what, void *context)
{
    struct serve *serve = context;
    (void)bufferevent_disable(bufferevent, EV_READ | EV_WRITE);
    if (what & BEV_EVENT_ERROR)
        log_line(LOG_LEVEL_WARNING, "collector", "The collector is not heard any more: %s.",
                 evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
    if (serve->collector_child.running)
        (void)spawn_signal(&serve->collector_child.process, SIGKILL);
}

static bool spawn_talking(struct child *child, const struct child_role *role, int *out_fd,
                          struct err *err)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return err_set(err, ERR_SELF, role->name, "The system gives no socket pair.");
    (void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
    struct spawn spawn = {.argv = role->argv,
                          .stdin_fd = fds[1],
                          .stdout_fd = fds[1],
                          .extra_fd = -1,
                          .die_with_parent = true,
                          .own_session = true};
    bool started = spawn_start(&spawn, &child->process, err);
    (void)close(fds[1]);
    if (!started) {
        (void)close(fds[0]);
        return false;
    }
    child->running = true;
    child->started_ms = clock_boot_ms();
    *out_fd = fds[0];
    return true;
}

bool child_start(struct serve *serve, struct child *child, const struct child_role *role,
                 struct bufferevent **pipe, struct err *err)
{
    int fd = -1;
    if (*pipe)
        bufferevent_free(*pipe);
    *pipe = NULL;
    if (!spawn_talking(child, role, &fd, err))
        return false;
    *pipe = bufferevent_socket_new(serve->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (!*pipe) {
        (void)close(fd);
        return err_set(err, ERR_SELF, role->name, "The event loop takes no further process.");
    }
    bufferevent_setcb(*pipe, role->read, NULL, role->end, serve);
    (void)bufferevent_enable(*pipe, EV_READ | EV_WRITE);
    return true;
}

bool serve_tell_collector(struct serve *serve, struct err *err)
{
    arena_reset(&serve->line_arena);
    serve->switch_version = serve->app->world.switches.version;
    struct str line = compose_collector_spec(&serve->line_arena, &serve->app->world,
                                             &serve->app->config, serve->app->history_path);
    return bufferevent_write(serve->collector, line.p, line.n) == 0 ||
           err_set(err, ERR_SELF, "collector", "The collector takes no orders.");
}

bool serve_start_collector(struct serve *serve, struct err *err)
{
    const char *argv[] = {serve->program, "collect", NULL};
    struct child_role role = {"collector", argv, read_collector, end_collector};
    return child_start(serve, &serve->collector_child, &role, &serve->collector, err) &&
           serve_tell_collector(serve, err);
}

bool child_ended(struct child *child, const char *name, struct instant now)
{
    if (!child->running || !spawn_ends_within(&child->process, 0))
        return false;
    int code = spawn_wait(&child->process);
    bool ran_long = clock_boot_ms() - child->started_ms > (int64_t)2 * RESTART_MOST_MS;
    child->running = false;
    child->exit_code = code;
    child->restart_ms = child->restart_ms && !ran_long ? child->restart_ms * 2 : RESTART_FIRST_MS;
    if (child->restart_ms > RESTART_MOST_MS)
        child->restart_ms = RESTART_MOST_MS;
    child->next_try = instant_add_ms(now, child->restart_ms);
    log_line(LOG_LEVEL_WARNING, name, "The %s ended with %d; it is started again in %lld ms.", name,
             code, (long long)child->restart_ms);
    return true;
}

void restart_child(struct serve *serve, struct child *child, const char *name,
                   bool (*start)(struct serve *serve, struct err *err), struct instant now)
{
    struct err err = {0};
    if (child->running || instant_before(now, child->next_try))
        return;
    if (start(serve, &err)) {
        log_line(LOG_LEVEL_INFO, name, "The %s was started again.", name);
        return;
    }
    log_err(LOG_LEVEL_ERROR, name, &err);
    child->next_try = instant_add_ms(now, RESTART_FIRST_MS * 4);
}

/* Its folder may be what it ended for. */
static bool begin_collector(struct serve *serve, struct err *err)
{
    return folder_make(serve->app->history_path, err) && serve_start_collector(serve, err);
}

void serve_watch_children(struct serve *serve, struct instant now)
{
    watch_keeper(serve);
    if (child_ended(&serve->keeper_child, "keeper", now)) {
        keeper_close(&serve->keeper);
        keeper_close(&serve->next_keeper);
    }
    if (child_ended(&serve->collector_child, "collector", now) &&
        serve->collector_child.exit_code == COLLECT_LOST)
        serve->history_lost = now;
    restart_child(serve, &serve->keeper_child, "keeper", begin_keeper, now);
    restart_child(serve, &serve->collector_child, "collector", begin_collector, now);
}

void stop_child(struct child *child)
{
    if (!child->running)
        return;
    (void)spawn_signal(&child->process, SIGTERM);
    (void)spawn_ends_within(&child->process, 1000);
    (void)spawn_signal(&child->process, SIGKILL);
    (void)spawn_wait(&child->process);
    child->running = false;
}

void serve_stop_children(struct serve *serve)
{
    /* The loop has ended, and closes nothing any more. Without its core the collector ends by
     * itself, when what was measured last is in the archive. */
    if (serve->collector) {
        (void)shutdown(bufferevent_getfd(serve->collector), SHUT_RDWR);
        bufferevent_free(serve->collector);
    }
    serve->collector = NULL;
    keeper_close(&serve->keeper);
    keeper_close(&serve->next_keeper);
    if (serve->collector_child.running)
        (void)spawn_ends_within(&serve->collector_child.process, COLLECTOR_END_MS);
    stop_child(&serve->collector_child);
    stop_child(&serve->keeper_child);
}
