/* pool.c - the core's side of workers.
 *
 * An order ends by its process ending, never by its output alone: what a worker says counts only
 * when it is gone. Its input is a socket so that writing to a dead worker is an error and no
 * signal. */
#include "worker/pool.h"

#include "base/limits.h"
#include "os/spawn.h"
#include "worker/order_text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GRACE_MS = 1000 };

struct worker {
    struct worker_pool *pool;
    struct arena arena; /* the order's lifetime */
    bool busy;
    enum order_kind kind;
    struct str id;
    struct worker_answer answer;
    struct spawned process;
    int input_fd; /* -1: everything was written */
    int output_fd;
    struct str input;
    size_t input_at;
    char *output; /* room for the longest answer to its kind of order */
    size_t output_room;
    size_t output_bytes;
    const char *killed; /* why, or NULL */
    struct event *input_event;
    struct event *output_event;
    struct event *ended_event;
    struct event *deadline_event;
};

struct worker_pool {
    struct event_base *base;
    const char *program;
    struct worker workers[LIMIT_WORKERS];
};

struct worker_pool *worker_pool_open(struct arena *arena, struct event_base *base,
                                     const char *program)
{
    struct worker_pool *pool = arena_make(arena, struct worker_pool);
    pool->base = base;
    pool->program = str_copy(arena, str_of(program)).p;
    for (size_t i = 0; i < LIMIT_WORKERS; i++) {
        pool->workers[i].pool = pool;
        pool->workers[i].input_fd = -1;
        pool->workers[i].output_fd = -1;
        arena_init(&pool->workers[i].arena);
    }
    return pool;
}

size_t worker_pool_room(const struct worker_pool *pool)
{
    size_t room = 0;
    for (size_t i = 0; i < LIMIT_WORKERS; i++)
        room += pool->workers[i].busy ? 0 : 1;
    return room;
}

size_t worker_pool_running(const struct worker_pool *pool)
{
    return LIMIT_WORKERS - worker_pool_room(pool);
}

size_t worker_pool_pages(const struct worker_pool *pool)
{
    size_t pages = 0;
    for (size_t i = 0; i < LIMIT_WORKERS; i++)
        pages += pool->workers[i].busy && (pool->workers[i].kind == ORDER_PAGE_SMTP ||
                                           pool->workers[i].kind == ORDER_PAGE_WEBHOOK ||
                                           pool->workers[i].kind == ORDER_PAGE_WAY);
    return pages;
}

static void free_event(struct event **event)
{
    if (*event)
        event_free(*event);
    *event = NULL;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void close_input(struct worker *worker)
{
    free_event(&worker->input_event);
    close_fd(&worker->input_fd);
    if (worker->input.n > 0)
        explicit_bzero((void *)(uintptr_t)worker->input.p, worker->input.n);
    worker->input = (struct str){0};
}

/* Back to an empty place; the process must be gone. */
static void release(struct worker *worker)
{
    close_input(worker);
    free_event(&worker->output_event);
    free_event(&worker->ended_event);
    free_event(&worker->deadline_event);
    close_fd(&worker->output_fd);
    arena_done(&worker->arena);
    worker->busy = false;
}

static void kill_worker(struct worker *worker, const char *why)
{
    if (!worker->killed)
        worker->killed = why;
    (void)spawn_signal(&worker->process, SIGKILL);
}

void worker_pool_end(struct worker_pool *pool, struct str id, const char *why)
{
    for (size_t i = 0; i < LIMIT_WORKERS; i++)
        if (pool->workers[i].busy && str_equal(pool->workers[i].id, id))
            kill_worker(&pool->workers[i], why);
}

/* Reads what there is; false at the end of the output. */
static bool take_output(struct worker *worker)
{
    for (;;) {
        size_t room = worker->output_room - worker->output_bytes;
        if (room == 0) {
            kill_worker(worker, "The worker said more than a result and was stopped.");
            return false;
        }
        ssize_t got = read(worker->output_fd, worker->output + worker->output_bytes, room);
        if (got > 0)
            worker->output_bytes += (size_t)got;
        else if (got == 0 || errno != EINTR)
            return got != 0 && errno == EAGAIN;
    }
}

static void on_output(evutil_socket_t fd __attribute__((unused)),
                      short what __attribute__((unused)), void *context)
{
    struct worker *worker = context;
    if (!take_output(worker))
        free_event(&worker->output_event);
}

static void on_input(evutil_socket_t fd, short what __attribute__((unused)), void *context)
{
    struct worker *worker = context;
    struct str left = str_from(worker->input, worker->input_at);
    ssize_t put = send(fd, left.p, left.n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put > 0)
        worker->input_at += (size_t)put;
    else if (errno == EAGAIN || errno == EINTR)
        return;
    /* A worker that reads no more will end or meet its deadline. */
    if (put <= 0 || worker->input_at == worker->input.n)
        close_input(worker);
}

static void on_deadline(evutil_socket_t fd __attribute__((unused)),
                        short what __attribute__((unused)), void *context)
{
    kill_worker(context, "The worker met its deadline and was stopped.");
}

static void on_ended(evutil_socket_t fd __attribute__((unused)), short what __attribute__((unused)),
                     void *context)
{
    struct worker *worker = context;
    int code = spawn_wait(&worker->process);
    if (worker->output_fd >= 0)
        (void)take_output(worker);
    struct arena arena;
    arena_init(&arena);
    struct order_result result =
        order_result_read(&arena, str_trim((struct str){worker->output, worker->output_bytes}));
    if (worker->output_bytes == 0 || result.detail.n == 0)
        result.detail =
            worker->killed
                ? str_of(worker->killed)
                : str_printf(&arena, "The worker ended with %d and without a result.", code);
    struct worker_answer answer = worker->answer;
    struct str id = str_copy(&arena, worker->id);
    release(worker);
    answer.function(answer.context, id, &result);
    arena_done(&arena);
}

static bool watch_worker(struct worker *worker, int64_t deadline_ms)
{
    struct event_base *base = worker->pool->base;
    int64_t wait_ms = deadline_ms + GRACE_MS;
    struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};
    short always = EV_READ | EV_PERSIST;
    worker->input_event =
        event_new(base, worker->input_fd, EV_WRITE | EV_PERSIST, on_input, worker);
    worker->output_event = event_new(base, worker->output_fd, always, on_output, worker);
    worker->ended_event = event_new(base, worker->process.pidfd, EV_READ, on_ended, worker);
    worker->deadline_event = event_new(base, -1, 0, on_deadline, worker);
    return worker->input_event && worker->output_event && worker->ended_event &&
           worker->deadline_event && event_add(worker->input_event, NULL) == 0 &&
           event_add(worker->output_event, NULL) == 0 &&
           event_add(worker->ended_event, NULL) == 0 &&
           event_add(worker->deadline_event, &wait) == 0;
}

static bool start_process(struct worker *worker, struct err *err)
{
    int in[2] = {-1, -1};
    int out[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        close_fd(&in[0]);
        close_fd(&in[1]);
        return err_set(err, ERR_SELF, "worker", "There are no descriptors left for a worker.");
    }
    (void)fcntl(out[0], F_SETFL, O_NONBLOCK);
    const char *argv[] = {worker->pool->program, NULL};
    struct spawn spawn = {.argv = argv,
                          .stdin_fd = in[1],
                          .stdout_fd = out[1],
                          .extra_fd = -1,
                          .die_with_parent = true,
                          .own_session = true};
    bool started = spawn_start(&spawn, &worker->process, err);
    close_fd(&in[1]);
    close_fd(&out[1]);
    if (!started) {
        close_fd(&in[0]);
        close_fd(&out[0]);
        return false;
    }
    worker->input_fd = in[0];
    worker->output_fd = out[0];
    return true;
}

bool worker_pool_start(struct worker_pool *pool, const struct order *order,
                       const struct secret_value *secrets, struct worker_answer answer,
                       struct err *err)
{
    struct worker *worker = NULL;
    for (size_t i = 0; i < LIMIT_WORKERS && !worker; i++)
        if (!pool->workers[i].busy)
            worker = &pool->workers[i];
    if (!worker)
        return err_set(err, ERR_REFUSED, "worker", "All %d workers are busy.", LIMIT_WORKERS);
    arena_init(&worker->arena);
    worker->output_room = order_line_bytes(order->kind);
    worker->output = arena_alloc(&worker->arena, worker->output_room);
    worker->output_bytes = 0;
    worker->killed = NULL;
    worker->answer = answer;
    worker->input_at = 0;
    worker->kind = order->kind;
    worker->id = str_copy(&worker->arena, order->id);
    if (!order_text(&worker->arena, order, secrets, &worker->input, err) ||
        !start_process(worker, err)) {
        release(worker);
        return false;
    }
    worker->busy = true;
    if (!watch_worker(worker, order->deadline_ms)) {
        kill_worker(worker, "");
        (void)spawn_wait(&worker->process);
        release(worker);
        return err_set(err, ERR_SELF, "worker", "The event loop takes no more events.");
    }
    return true;
}

void worker_pool_close(struct worker_pool *pool)
{
    for (size_t i = 0; i < LIMIT_WORKERS; i++) {
        struct worker *worker = &pool->workers[i];
        if (!worker->busy)
            continue;
        kill_worker(worker, "");
        (void)spawn_wait(&worker->process);
        release(worker);
    }
}
