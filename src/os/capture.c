/* capture.c - a program that is run to its end for what it prints. */
#include "os/capture.h"

#include "os/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_BYTES = 64 * 1024 };

struct taken {
    struct arena *arena;
    char *bytes;
    size_t count, room;
};

static bool grow(struct taken *taken, size_t most_bytes)
{
    if (taken->room >= most_bytes)
        return false;
    size_t room = taken->room > 0 ? taken->room * 2 : FIRST_BYTES;
    room = room < most_bytes ? room : most_bytes;
    char *bytes = arena_alloc(taken->arena, room);
    if (taken->count > 0)
        memcpy(bytes, taken->bytes, taken->count);
    taken->bytes = bytes;
    taken->room = room;
    return true;
}

/* One look; false at the end, or when it has to go. */
static bool take(const struct capture *capture, int fd, struct taken *taken,
                 struct captured *captured)
{
    int64_t left_ms = capture->until_ms - clock_boot_ms();
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    captured->late = left_ms <= 0;
    captured->cut = taken->count == taken->room && !grow(taken, capture->most_bytes);
    if (captured->late || captured->cut)
        return false;
    if (poll(&waiting, 1, left_ms < INT32_MAX ? (int)left_ms : INT32_MAX) <= 0)
        return true; /* the clock decides */
    ssize_t n = read(fd, taken->bytes + taken->count, taken->room - taken->count);
    if (n > 0)
        taken->count += (size_t)n;
    return n > 0 || (n < 0 && errno == EINTR);
}

bool capture_run(struct arena *arena, const struct capture *capture, struct captured *out_captured,
                 struct err *err)
{
    int out[2];
    struct spawned process = {0};
    struct captured captured = {0};
    if (pipe2(out, O_CLOEXEC) != 0)
        return err_set(err, ERR_SELF, "worker", "There are no descriptors left for a program.");
    struct spawn spawn = {.argv = capture->argv,
                          .environment = capture->environment,
                          .stdin_fd = -1,
                          .stdout_fd = out[1],
                          .extra_fd = -1,
                          .die_with_parent = true,
                          .own_group = true,
                          .stderr_as_stdout = capture->with_stderr,
                          .search_path = true};
    bool started = spawn_start(&spawn, &process, err);
    (void)close(out[1]);
    if (!started) {
        (void)close(out[0]);
        return false;
    }
    struct taken taken = {.arena = arena};
    while (take(capture, out[0], &taken, &captured))
        continue;
    (void)close(out[0]);
    /* It may have closed its output and go on. */
    int64_t left_ms = capture->until_ms - clock_boot_ms();
    if (!captured.late && !captured.cut &&
        !spawn_ends_within(&process,
                           left_ms > 0 ? (int)(left_ms < INT32_MAX ? left_ms : INT32_MAX) : 0))
        captured.late = true;
    if (captured.late || captured.cut)
        (void)kill(-process.pid, SIGKILL); /* its group is its own, and it was not waited for yet */
    captured.exit_code = spawn_wait(&process);
    captured.output = (struct str){taken.bytes ? taken.bytes : "", taken.count};
    *out_captured = captured;
    return true;
}
