/* spawn.c - fork and execve; what fails between them comes back over a pipe. */
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
    int stderr_fd = spawn->stderr_as_stdout ? spawn->stdout_fd : STDERR_FILENO;
    int from[4] = {spawn->stdin_fd, spawn->stdout_fd, stderr_fd, spawn->extra_fd};
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

union strings { /* execve does not write through them, whatever its signature says */
    const char *const *in;
    char *const *out;
};

static const char *path_of(const char *const *environment)
{
    for (; *environment; environment++)
        if (strncmp(*environment, "PATH=", 5) == 0)
            return *environment + 5;
    return "/usr/bin:/bin";
}

/* Each folder of PATH in turn, an empty one being the current. A file that may not be executed is
 * said only when no other is found, as the shell does. */
static void execute_found(const char *name, union strings argv, union strings envp)
{
    char file[PATH_MAX];
    size_t name_bytes = strlen(name) + 1;
    int reason = ENOENT;
    for (const char *at = path_of(envp.in);; at++) {
        size_t n = strcspn(at, ":");
        if (n + 1 + name_bytes <= sizeof file) {
            memcpy(file, at, n);
            file[n] = '/';
            memcpy(file + n + (n > 0), name, name_bytes);
            (void)execve(file, argv.out, envp.out);
            if (errno == EACCES)
                reason = EACCES;
            else if (errno != ENOENT && errno != ENOTDIR)
                return;
        }
        at += n;
        if (*at == '\0')
            break;
    }
    errno = reason;
}

static void execute(const struct spawn *spawn)
{
    static const char *const empty[] = {NULL};
    union strings argv = {spawn->argv};
    union strings envp = {spawn->environment ? spawn->environment : empty};
    if (spawn->search_path && spawn->argv[0][0] && !strchr(spawn->argv[0], '/'))
        execute_found(spawn->argv[0], argv, envp);
    else
        (void)execve(spawn->argv[0], argv.out, envp.out);
}

/* What the child says when it cannot become the program. */
struct failure {
    int reason;
    bool directory; /* it is the folder */
    bool wall, user;
};

_Noreturn static void fail(int fd, const struct failure *failure)
{
    (void)!write(fd, failure, sizeof *failure);
    _exit(127);
}

_Noreturn static void become(const struct spawn *spawn, pid_t parent, int failure_fd)
{
    struct failure failure = {0};
    reset_signals();
    if (spawn->own_session)
        (void)setsid();
    if (spawn->own_group)
        (void)setpgid(0, 0);
    failure.user = spawn->user && !user_become(spawn->user);
    if (failure.user) {
        failure.reason = errno;
        fail(failure_fd, &failure);
    }
    /* Behind the change of the user, which takes it back. */
    if (spawn->die_with_parent || spawn->asked_with_parent) {
        (void)prctl(PR_SET_PDEATHSIG, spawn->die_with_parent ? SIGKILL : SIGTERM);
        if (getppid() != parent) /* it ended before we asked */
            _exit(127);
    }
    int high = fcntl(failure_fd, F_DUPFD_CLOEXEC, 64);
    if (high >= 0 && place_fds(spawn, high)) {
        failure.directory = spawn->directory && chdir(spawn->directory) != 0;
        failure.wall = !failure.directory && spawn->wall && !wall_enter(spawn->wall);
        if (!failure.directory && !failure.wall)
            execute(spawn);
    }
    failure.reason = errno;
    fail(high >= 0 ? high : failure_fd, &failure);
}

static bool say_failure(const struct spawn *spawn, const struct failure *said, struct err *err)
{
    if (said->user)
        return err_set(err, ERR_SELF, spawn->argv[0], "This program cannot become user %.*s: %s.",
                       STR_ARGS(spawn->user->name), strerror(said->reason));
    if (said->directory)
        return err_set(err, ERR_SELF, spawn->directory, "This folder cannot be entered: %s.",
                       strerror(said->reason));
    if (said->wall)
        return err_set(err, ERR_SELF, spawn->argv[0],
                       "This program cannot be shut in as it is to be: %s.",
                       strerror(said->reason));
    return err_set(err, ERR_SELF, spawn->argv[0], "This program cannot be started: %s.",
                   strerror(said->reason));
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
    struct failure said = {0};
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    int pidfd_reason = errno;
    ssize_t n;
    do
        n = read(failure[0], &said, sizeof said);
    while (n < 0 && errno == EINTR);
    (void)close(failure[0]);
    struct spawned spawned = {pid, pidfd};
    if (n == 0 && pidfd >= 0) {
        *out_spawned = spawned;
        return true;
    }
    /* Unless it has said why it ends, it may run, and for ever. */
    bool has_said = n == (ssize_t)sizeof said;
    if (!has_said)
        (void)kill(pid, SIGKILL);
    (void)spawn_wait(&spawned);
    if (n == 0)
        return err_set(err, ERR_DOUBT, spawn->argv[0],
                       "This program was started and ended at once, for want of a descriptor: %s.",
                       strerror(pidfd_reason));
    if (!has_said)
        return err_set(err, ERR_DOUBT, spawn->argv[0],
                       "Whether this program was started could not be read: it was ended.");
    return say_failure(spawn, &said, err);
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
