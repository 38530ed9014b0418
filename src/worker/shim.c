/* shim.c - the life of one step: claim, begin, execute, watch, end what is left, tell.
 *
 * Whatever goes wrong before `begun` leaves a folder in which nothing was executed; whatever goes
 * wrong after it must not keep the shim from reading output and from writing `exit`, for which room
 * on the disk is taken beforehand. */
#include "worker/shim.h"

#include "base/noun.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "os/spawn.h"
#include "worker/shim_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    EXIT_TOLD = 0,
    EXIT_CLAIMED = 3,
    EXIT_SELF = 6,
    OPEN_FILES = 1024,
    READ_BYTES = 64 * 1024,
    EASE_MS = 250,           /* what is about to end by itself when the main process does */
    KILL_AGAIN_MS = 20,      /* between two rounds of SIGKILL */
    KILL_MOST_MS = 10000,    /* then what is left cannot be ended */
    DRAIN_MS = 1000,         /* for output that somebody outside the tree holds open */
    POLL_MOST_MS = 60 * 1000 /* poll does not count the machine's sleep */
};

enum phase {
    RUNNING,
    EASING,  /* the main process ended; the rest may do so by itself */
    ASKED,   /* SIGTERM was sent */
    KILLING, /* SIGKILL is sent until nothing is left */
    OVER
};

struct shim {
    struct arena arena;
    struct str folder, boot;
    struct shim_order order;
    struct shim_output output;
    struct shim_tree tree;
    int signal_fd, output_fd; /* -1: it has ended */
    int exit_fd;              /* the room for `exit` */
    enum phase phase;
    enum step_outcome asked; /* STEP_LATE or STEP_CANCELLED when it was ended, else STEP_DONE */
    int64_t begun_ms, until_ms, ended_ms; /* until: when the phase ends, 0: never */
    bool killed;                          /* SIGKILL was needed */
    bool held_open;                       /* the output did not end */
    char *buffer;
    struct step_exit exit;
};

/* --- before anything is executed ---------------------------------------------------------------
 */

static void prepare_process(struct shim *shim)
{
    /* Also what the step may send it by mistake, or to be rid of it. */
    static const int ignored[] = {SIGPIPE, SIGXFSZ, SIGXCPU, SIGHUP,  SIGINT,  SIGQUIT,
                                  SIGUSR1, SIGUSR2, SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU};
    sigset_t signals;
    struct rlimit files = {OPEN_FILES, OPEN_FILES};
    (void)setsid();
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    /* Programs that know what they do may raise it again. */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != OPEN_FILES &&
        files.rlim_max >= OPEN_FILES) {
        files.rlim_cur = OPEN_FILES;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        (void)signal(ignored[i], SIG_IGN);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    shim->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* EXIT_TOLD when the folder is ours. */
static int claim(struct shim *shim)
{
    bool made = false;
    struct process self = {0};
    if (!process_find(getpid(), &self) || shim->boot.n == 0)
        return EXIT_SELF;
    struct step_holder holder = {
        .shim = true, .pid = self.pid, .start_ticks = self.start_ticks, .boot = shim->boot};
    if (!file_make(step_path(&shim->arena, shim->folder, "claim"),
                   step_holder_write(&shim->arena, &holder), 0600, &made, NULL))
        return EXIT_SELF;
    return made ? EXIT_TOLD : EXIT_CLAIMED;
}

static bool write_begun(struct shim *shim)
{
    struct process self = {0};
    if (!process_find(getpid(), &self))
        return false;
    struct step_holder holder = {.shim = true,
                                 .pid = self.pid,
                                 .start_ticks = self.start_ticks,
                                 .boot = shim->boot,
                                 .at_ms = clock_now().us / 1000};
    return file_write(step_path(&shim->arena, shim->folder, "begun"),
                      step_begun_write(&shim->arena, &holder), 0600, NULL);
}

static bool is_cancelled_already(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGTERM) == 1;
}

static bool write_exit(struct shim *shim)
{
    shim->exit.word = str_of(shim->order.word);
    struct str path = step_path(&shim->arena, shim->folder, "exit");
    struct str text = step_exit_write(&shim->arena, &shim->exit);
    return file_write_reserved(shim->exit_fd, path, text, NULL) ||
           file_write(path, text, 0600, NULL);
}

static int tell(struct shim *shim)
{
    if (write_exit(shim))
        return EXIT_TOLD;
    shim_output_drop_tails(&shim->output);
    shim->exit.lost = true;
    return write_exit(shim) ? EXIT_TOLD : EXIT_SELF;
}

/* Nothing was executed. */
static int tell_refused(struct shim *shim, enum step_outcome outcome, struct str detail)
{
    shim->exit = (struct step_exit){.outcome = outcome,
                                    .code = -1,
                                    .digest = hash_of(STR("")),
                                    .detail = str_cut(detail, STEP_FILE_BYTES / 8)};
    return tell(shim);
}

/* --- the main process --------------------------------------------------------------------------
 */

/* With its wall ready: nothing has begun when it cannot be built. */
static bool start_walled(struct shim *shim, const struct wall *wall, struct err *err)
{
    int ends[2];
    struct spawned spawned;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set(err, ERR_SELF, "step", "No pipe can be made: %s.", strerror(errno));
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    struct spawn spawn = {.argv = shim->order.argv,
                          .environment = shim->order.environment,
                          .directory = shim->order.directory,
                          .stdin_fd = -1,
                          .stdout_fd = ends[1],
                          .extra_fd = -1,
                          .own_group = true,
                          .asked_with_parent = true,
                          .stderr_as_stdout = true,
                          .search_path = true,
                          .wall = wall,
                          .user = shim->order.user};
    /* Whose pipe it is can open it by name, as /dev/stdout. */
    if (spawn.user)
        (void)!fchown(ends[1], spawn.user->uid, spawn.user->gid);
    shim->begun_ms = clock_boot_ms();
    bool started = spawn_start(&spawn, &spawned, err);
    (void)close(ends[1]);
    if (!started) {
        (void)close(ends[0]);
        return false;
    }
    (void)close(spawned.pidfd);
    shim->tree.main_pid = spawned.pid;
    shim->output_fd = ends[0];
    return true;
}

static bool start_main(struct shim *shim, struct err *err)
{
    struct wall wall;
    shim->order.walls.mark = step_mark(shim->folder);
    if (!wall_build(&shim->arena, &shim->order.walls, wall_version(), &wall, err))
        return false;
    bool started = start_walled(shim, &wall, err);
    wall_done(&wall);
    return started;
}

/* --- watching ----------------------------------------------------------------------------------
 */

static void enter(struct shim *shim, enum phase phase, int64_t length_ms)
{
    shim->phase = phase;
    shim->until_ms = length_ms ? clock_boot_ms() + length_ms : 0;
}

/* A stopped process is woken: it could not end otherwise. */
static size_t ask(struct shim *shim, int64_t grace_ms)
{
    size_t others = shim_tree_signal(&shim->tree, SIGTERM);
    (void)shim_tree_signal(&shim->tree, SIGCONT);
    enter(shim, ASKED, grace_ms);
    return others;
}

static void kill_round(struct shim *shim)
{
    size_t others = shim_tree_signal(&shim->tree, SIGKILL);
    if (shim->phase != KILLING && shim->tree.main_ended && shim->asked != STEP_DONE)
        shim->exit.left_behind = (int64_t)others;
    shim->killed = true;
    shim_tree_reap(&shim->tree);
    if (shim->phase != KILLING)
        enter(shim, KILLING, KILL_MOST_MS);
}

static void meet_time(struct shim *shim)
{
    switch (shim->phase) {
    case RUNNING:
        shim->asked = STEP_LATE;
        (void)ask(shim, STEP_GRACE_MS);
        break;
    case EASING: shim->exit.left_behind = (int64_t)ask(shim, STEP_LEFT_GRACE_MS); break;
    case ASKED: kill_round(shim); break;
    case KILLING:
        shim->exit.remaining = (int64_t)shim_tree_signal(&shim->tree, SIGKILL);
        shim->exit.remaining += !shim->tree.main_ended;
        shim->phase = OVER;
        break;
    case OVER: break;
    }
}

static void go_on(struct shim *shim)
{
    shim_tree_reap(&shim->tree);
    if (shim->tree.main_ended && shim->ended_ms == 0)
        shim->ended_ms = clock_boot_ms();
    if (shim->phase == RUNNING && shim->tree.main_ended)
        enter(shim, EASING, EASE_MS);
    if (shim->tree.none_left)
        enter(shim, OVER, 0);
    else if (shim->until_ms && clock_boot_ms() >= shim->until_ms)
        meet_time(shim);
    else if (shim->phase == KILLING)
        kill_round(shim);
}

static void read_signals(struct shim *shim)
{
    struct signalfd_siginfo info;
    while (read(shim->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGTERM || shim->phase != RUNNING)
            continue;
        /* A step that has ended before is not cancelled any more. */
        shim_tree_reap(&shim->tree);
        if (shim->tree.main_ended)
            continue;
        shim->asked = STEP_CANCELLED;
        (void)ask(shim, STEP_GRACE_MS);
    }
}

/* False when there is nothing to read now. */
static bool read_output(struct shim *shim)
{
    ssize_t n = read(shim->output_fd, shim->buffer, READ_BYTES);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n > 0) {
        shim_output_write(&shim->output, (struct str){shim->buffer, (size_t)n});
        return true;
    }
    (void)close(shim->output_fd);
    shim->output_fd = -1;
    return false;
}

static int wait_ms(const struct shim *shim)
{
    if (shim->phase == KILLING)
        return KILL_AGAIN_MS;
    int64_t left = shim->until_ms ? shim->until_ms - clock_boot_ms() : POLL_MOST_MS;
    return (int)(left < 0 ? 0 : left < POLL_MOST_MS ? left : POLL_MOST_MS);
}

static void watch(struct shim *shim)
{
    enter(shim, RUNNING, shim->order.deadline_ms);
    while (shim->phase != OVER) {
        struct pollfd fds[2] = {{.fd = shim->signal_fd, .events = POLLIN},
                                {.fd = shim->output_fd, .events = POLLIN}};
        (void)poll(fds, 2, wait_ms(shim));
        if (fds[0].revents)
            read_signals(shim);
        if (fds[1].revents && shim->output_fd >= 0)
            (void)read_output(shim);
        go_on(shim);
    }
}

/* All writers are gone, unless one has handed the pipe to somebody who is not of the step. */
static void drain(struct shim *shim)
{
    int64_t until_ms = clock_boot_ms() + DRAIN_MS;
    while (shim->output_fd >= 0 && !shim->held_open) {
        struct pollfd fd = {.fd = shim->output_fd, .events = POLLIN};
        int64_t left = until_ms - clock_boot_ms();
        if (left > 0 && !read_output(shim))
            (void)poll(&fd, 1, (int)left);
        shim->held_open = left <= 0;
    }
}

/* --- telling -----------------------------------------------------------------------------------
 */

static void say_end(const struct shim *shim, struct text *text)
{
    const struct step_exit *exit = &shim->exit;
    const char *name = sigabbrev_np(exit->signal);
    const char *how = shim->killed ? "SIGKILL" : "SIGTERM";
    switch (exit->outcome) {
    case STEP_LATE:
        text_printf(text, "The command met its deadline of %.*s and was ended by %s",
                    STR_ARGS(duration_text(text->arena, shim->order.deadline_ms)), how);
        break;
    case STEP_CANCELLED: text_printf(text, "The command was cancelled and ended by %s", how); break;
    case STEP_KILLED:
        text_printf(text, "The command was ended by signal %d (SIG%s), which Reeve did not send",
                    exit->signal, name ? name : "RT");
        break;
    case STEP_DONE:
    case STEP_FAILED:
    case STEP_REFUSED:
    case STEP_OUTCOMES: text_printf(text, "The command ended with code %d", exit->code); break;
    }
}

static struct str say(struct shim *shim)
{
    struct text text;
    const struct step_exit *exit = &shim->exit;
    text_init(&text, &shim->arena, STEP_FILE_BYTES / 8);
    say_end(shim, &text);
    if (exit->left_behind > 0)
        text_printf(&text, "; %lld %s that it left behind %s ended", (long long)exit->left_behind,
                    noun(exit->left_behind, "process", "processes"),
                    noun(exit->left_behind, "was", "were"));
    if (exit->remaining > 0)
        text_printf(&text, "; %lld %s cannot be ended", (long long)exit->remaining,
                    noun(exit->remaining, "process", "processes"));
    if (shim->output.lost_reason)
        text_printf(&text, "; part of its output could not be kept: %s",
                    strerror(shim->output.lost_reason));
    if (shim->held_open)
        text_adds(&text, "; another program holds its output open, whose words are not kept");
    text_byte(&text, '.');
    return text_str(&text);
}

static void sum_up(struct shim *shim)
{
    struct step_exit *exit = &shim->exit;
    const struct shim_tree *tree = &shim->tree;
    int64_t ended_ms = shim->ended_ms ? shim->ended_ms : clock_boot_ms();
    shim_output_close(&shim->output, &exit->digest);
    exit->bytes = shim->output.bytes;
    exit->lost = shim->output.lost_reason != 0 || shim->held_open;
    exit->duration_ms = ended_ms - shim->begun_ms;
    exit->code = tree->main_ended && WIFEXITED(tree->status) ? WEXITSTATUS(tree->status) : -1;
    exit->signal = tree->main_ended && WIFSIGNALED(tree->status) ? WTERMSIG(tree->status) : 0;
    exit->outcome = shim->asked != STEP_DONE ? shim->asked
                    : exit->signal           ? STEP_KILLED
                    : exit->code != 0        ? STEP_FAILED
                                             : STEP_DONE;
    exit->detail = say(shim);
}

static void add_piece(void *context, struct str piece)
{
    text_add(context, piece);
}

/* The name of a program or a folder may have a secret in it too. */
static struct str redacted(struct shim *shim, const struct err *err)
{
    struct text text;
    struct redact_sink sink = {add_piece, &text};
    text_init(&text, &shim->arena, STEP_FILE_BYTES);
    redact_write(shim->output.redact, str_of(err->place), &sink);
    redact_write(shim->output.redact, STR(": "), &sink);
    redact_write(shim->output.redact, str_of(err->text), &sink);
    redact_end(shim->output.redact, &sink);
    return text_str(&text);
}

/* From the claim on. */
static int perform(struct shim *shim)
{
    struct err err = {0};
    struct str path = step_path(&shim->arena, shim->folder, "exit");
    if (!file_reserve(path, STEP_FILE_BYTES, 0600, &shim->exit_fd, NULL))
        return EXIT_SELF;
    if (!shim_order_read(&shim->arena, &shim->order, &err))
        return tell_refused(shim, STEP_REFUSED, str_of(err.text));
    (void)prctl(PR_SET_NAME, shim->order.id.p);
    if (!shim_output_open(&shim->output, &shim->arena, shim->folder, &shim->order, &err))
        return tell_refused(shim, STEP_REFUSED, str_of(err.text));
    if (!write_begun(shim))
        return EXIT_SELF;
    if (is_cancelled_already())
        return tell_refused(shim, STEP_CANCELLED,
                            STR("The command was cancelled before it began."));
    bool started = start_main(shim, &err);
    shim_order_wipe(&shim->order);
    if (!started && err.kind == ERR_DOUBT)
        return EXIT_SELF;
    if (!started)
        return tell_refused(shim, STEP_REFUSED, redacted(shim, &err));
    watch(shim);
    drain(shim);
    sum_up(shim);
    return tell(shim);
}

int shim_perform(struct str folder)
{
    struct shim shim = {.folder = folder, .output_fd = -1, .exit_fd = -1, .asked = STEP_DONE};
    arena_init(&shim.arena);
    arena_init(&shim.tree.arena);
    shim.boot = clock_boot_id(&shim.arena);
    shim.buffer = arena_alloc(&shim.arena, READ_BYTES);
    prepare_process(&shim);
    int code = shim.signal_fd < 0 ? EXIT_SELF : claim(&shim);
    if (code == EXIT_TOLD)
        code = perform(&shim);
    arena_done(&shim.tree.arena);
    arena_done(&shim.arena);
    return code;
}
