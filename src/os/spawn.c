/* spawn.c - fork and execve; what fails between them comes back over a pipe. */
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Only calls that are safe after fork. Descriptors are first moved above the range they go to. */
static bool place_fds(const struct spawn *spawn, int failure_fd)
{
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int from[4] = {spawn->stdin_fd, spawn->stdout_fd, STDERR_FILENO, spawn->extra_fd};
    for (int i = 0; i < 4; i++) {
        if (i == 3 && spawn->extra_fd < 0)
            break;
        from[i] = fcntl(from[i] < 0 ? null_fd : from[i], F_DUPFD_CLOEXEC, 64);
        if (from[i] < 0)
            return false;
    }
    for (int i = 0; i < (spawn->extra_fd < 0 ? 3 : 4); i++)
        if (dup2(from[i], i) < 0)
            return false;
    unsigned first = spawn->extra_fd < 0 ? 3 : 4;
    return (unsigned)failure_fd >= first &&
           syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

static void reset_signals(void)
{
    sigset_t none;
    (void)sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void become(const struct spawn *spawn, pid_t parent, int failure_fd)
{
    static const char *const empty[] = {NULL};
    const char *const *environment = spawn->environment ? spawn->environment : empty;
    union { /* execve does not write through them, whatever its signature says */
        const char *const *in;
        char *const *out;
    } argv = {spawn->argv}, envp = {environment};
    reset_signals();
    if (spawn->own_session)
        (void)setsid();
    if (spawn->die_with_parent) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) /* it ended before we asked */
            _exit(127);
    }
    int high = fcntl(failure_fd, F_DUPFD_CLOEXEC, 64);
    if (high >= 0 && place_fds(spawn, high))
        (void)execve(spawn->argv[0], argv.out, envp.out);
    int reason = errno;
    (void)!write(high >= 0 ? high : failure_fd, &reason, sizeof reason);
    _exit(127);
}

bool spawn_start(const struct spawn *spawn, struct spawned *out_spawned, struct err *err)
{
    int failure[2];
    if (pipe2(failure, O_CLOEXEC) != 0)
        return err_set(err, ERR_SELF, spawn->argv[0], "No pipe can be made: %s.", strerror(errno));
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become(spawn, parent, failure[1]);
    int reason = errno;
    (void)close(failure[1]);
    if (pid < 0) {
        (void)close(failure[0]);
        return err_set(err, ERR_SELF, spawn->argv[0], "No process can be started: %s.",
                       strerror(reason));
    }
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    int pidfd_reason = errno;
    ssize_t n;
    do
        n = read(failure[0], &reason, sizeof reason);
    while (n < 0 && errno == EINTR);
    (void)close(failure[0]);
    struct spawned spawned = {pid, pidfd};
    if (n == 0 && pidfd >= 0) {
        *out_spawned = spawned;
        return true;
    }
    if (n == 0) {
        reason = pidfd_reason;
        (void)kill(pid, SIGKILL);
    }
    (void)spawn_wait(&spawned);
    return err_set(err, ERR_SELF, spawn->argv[0], "This program cannot be started: %s.",
                   strerror(reason));
}

int spawn_wait(struct spawned *spawned)
{
    int status = 0;
    pid_t pid;
    do
        pid = waitpid(spawned->pid, &status, 0);
    while (pid < 0 && errno == EINTR);
    if (spawned->pidfd >= 0)
        (void)close(spawned->pidfd);
    spawned->pidfd = -1;
    if (pid < 0)
        return 127;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool spawn_signal(const struct spawned *spawned, int signal_number)
{
    return syscall(SYS_pidfd_send_signal, spawned->pidfd, signal_number, NULL, 0) == 0;
}

bool spawn_ends_within(const struct spawned *spawned, int timeout_ms)
{
    struct pollfd waiting = {.fd = spawned->pidfd, .events = POLLIN};
    return poll(&waiting, 1, timeout_ms) > 0;
}
