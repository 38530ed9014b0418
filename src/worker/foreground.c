/* foreground.c - one order performed by reeve-work while the caller waits. */
#include "worker/foreground.h"

#include "os/clock.h"
#include "os/spawn.h"
#include "worker/order_text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GRACE_MS = 1000 };

struct exchange {
    int input_fd, output_fd;
    int64_t until_ms;
    char *output;
    size_t output_room, output_bytes;
    const char *killed; /* why, or NULL */
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static bool start(const struct foreground *foreground, struct exchange *exchange,
                  struct spawned *process, struct err *err)
{
    int in[2] = {-1, -1};
    int out[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        close_fd(&in[0]);
        close_fd(&in[1]);
        return err_set(err, ERR_SELF, "worker", "There are no descriptors left for a worker.");
    }
    const char *argv[] = {foreground->program, NULL};
    struct spawn spawn = {.argv = argv,
                          .stdin_fd = in[1],
                          .stdout_fd = out[1],
                          .extra_fd = -1,
                          .die_with_parent = foreground->stop == NULL,
                          .asked_with_parent = foreground->stop != NULL};
    bool started = spawn_start(&spawn, process, err);
    close_fd(&in[1]);
    close_fd(&out[1]);
    if (!started) {
        close_fd(&in[0]);
        close_fd(&out[0]);
        return false;
    }
    exchange->input_fd = in[0];
    exchange->output_fd = out[0];
    return true;
}

/* A worker reads its whole order before it says anything; one that does not has ended. */
static void give(struct exchange *exchange, struct str text)
{
    while (text.n > 0) {
        ssize_t put = send(exchange->input_fd, text.p, text.n, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            break;
        text = str_from(text, (size_t)put);
    }
    close_fd(&exchange->input_fd);
}

/* One look at the output; false at its end, or when the worker has to go. */
static bool take(struct exchange *exchange)
{
    int64_t left_ms = exchange->until_ms - clock_boot_ms();
    struct pollfd waiting = {.fd = exchange->output_fd, .events = POLLIN};
    size_t room = exchange->output_room - exchange->output_bytes;
    if (left_ms <= 0)
        exchange->killed = "The worker met its deadline and was stopped.";
    else if (room == 0)
        exchange->killed = "The worker said more than a result and was stopped.";
    if (exchange->killed)
        return false;
    if (poll(&waiting, 1, (int)left_ms) <= 0)
        return true; /* the clock decides */
    ssize_t got = read(exchange->output_fd, exchange->output + exchange->output_bytes, room);
    if (got > 0)
        exchange->output_bytes += (size_t)got;
    return got > 0 || (got < 0 && errno == EINTR);
}

bool worker_perform(struct arena *arena, const struct foreground *foreground,
                    struct order_result *out_result, struct err *err)
{
    const struct order *order = foreground->order;
    struct spawned process = {0};
    struct str text;
    struct exchange exchange = {.input_fd = -1,
                                .output_fd = -1,
                                .until_ms = clock_boot_ms() + order->deadline_ms + GRACE_MS,
                                .output_room = order_line_bytes(order->kind)};
    if (!order_text(arena, order, foreground->secrets, &text, err))
        return false;
    bool started = start(foreground, &exchange, &process, err);
    if (started)
        give(&exchange, text);
    explicit_bzero((void *)(uintptr_t)text.p, text.n);
    if (!started)
        return false;
    exchange.output = arena_alloc(arena, exchange.output_room);
    bool told = false;
    while (take(&exchange)) {
        if (told || !foreground->stop || !*foreground->stop)
            continue;
        told = true;
        (void)spawn_signal(&process, SIGTERM);
    }
    close_fd(&exchange.output_fd);
    if (exchange.killed)
        (void)spawn_signal(&process, SIGKILL);
    int code = spawn_wait(&process);
    *out_result =
        order_result_read(arena, str_trim((struct str){exchange.output, exchange.output_bytes}));
    if (exchange.killed || exchange.output_bytes == 0)
        *out_result = (struct order_result){
            .outcome = ORDER_DOUBTED,
            .detail =
                exchange.killed
                    ? str_of(exchange.killed)
                    : str_printf(arena, "The worker ended with %d and without a result.", code)};
    return true;
}
