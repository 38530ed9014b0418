/* test_keeper.c - the keeper in a process of its own, asked through its client. */
#include "harness/test.h"
#include "keeper/keeper.h"
#include "keeper/keeper_client.h"
#include "keeper/keeper_frame.h"
#include "keeper/keeper_sandbox.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct running {
    struct keeper_client client;
    pid_t pid;
    int fd; /* of the client, before start */
};

static struct running run_keeper(void)
{
    int fds[2];
    struct err err = {0};
    CHECK_OK(keeper_socket_pair(fds, &err), &err);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        (void)close(fds[0]);
        _exit(keeper_main(fds[1]));
    }
    (void)close(fds[1]);
    return (struct running){.client = {-1, 0}, .pid = pid, .fd = fds[0]};
}

static int end_keeper(struct running *running)
{
    int status = 0;
    keeper_close(&running->client);
    CHECK(waitpid(running->pid, &status, 0) == running->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static struct keeper_setup setup_in(struct arena *arena)
{
    return (struct keeper_setup){.key_file = str_printf(arena, "%s/key", test_folder(arena).p),
                                 .origin = STR("reeve.example")};
}

static struct running start_keeper(const struct keeper_setup *setup)
{
    struct err err = {0};
    struct running running = run_keeper();
    CHECK_OK(keeper_start(&running.client, running.fd, setup, &err), &err);
    return running;
}

TEST(signs_checkpoints_and_nothing_else)
{
    struct err err = {0};
    struct keeper_setup setup = setup_in(arena);
    struct running running = start_keeper(&setup);
    unsigned char key[KEEPER_KEY_BYTES];
    unsigned char signature[KEEPER_SIGNATURE_BYTES];
    struct str body = STR("reeve.example\n12\nAAAA\n");
    CHECK_OK(keeper_public_key(&running.client, key, &err), &err);
    CHECK_OK(keeper_sign(&running.client, body, signature, &err), &err);
    CHECK_INT(crypto_sign_verify_detached(signature, (const unsigned char *)body.p, body.n, key),
              0);
    static const char *const others[] = {"",
                                         "reeve.example\n12\nAAAA",
                                         "other\n12\nAAAA\n",
                                         "reeve.example\n12\nAAAA\nmore\n",
                                         "reeve.example\n\nAAAA\n",
                                         "reeve.example\n12\n"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        CHECK(!keeper_sign(&running.client, str_of(others[i]), signature, &err));
        CHECK_INT(err.kind, ERR_REFUSED);
    }
    CHECK_INT(end_keeper(&running), 0);
}

TEST(the_key_stays_the_same_and_is_private)
{
    struct err err = {0};
    struct stat info;
    struct keeper_setup setup = setup_in(arena);
    unsigned char keys[2][KEEPER_KEY_BYTES];
    unsigned char macs[4][KEEPER_MAC_BYTES];
    for (int i = 0; i < 2; i++) {
        struct running running = start_keeper(&setup);
        CHECK_OK(keeper_public_key(&running.client, keys[i], &err), &err);
        CHECK_OK(keeper_mac(&running.client, STR("link"), STR("page-1"), macs[i], &err), &err);
        CHECK_OK(keeper_mac(&running.client, STR("other"), STR("page-1"), macs[2], &err), &err);
        CHECK_OK(keeper_mac(&running.client, STR("link"), STR("page-2"), macs[3], &err), &err);
        CHECK(!keeper_mac(&running.client, STR(""), STR("page-2"), macs[3], &err));
        CHECK_INT(end_keeper(&running), 0);
    }
    CHECK(memcmp(keys[0], keys[1], KEEPER_KEY_BYTES) == 0);
    CHECK(memcmp(macs[0], macs[1], KEEPER_MAC_BYTES) == 0);
    CHECK(memcmp(macs[0], macs[2], KEEPER_MAC_BYTES) != 0);
    CHECK(memcmp(macs[0], macs[3], KEEPER_MAC_BYTES) != 0);
    CHECK(stat(setup.key_file.p, &info) == 0);
    CHECK_INT(info.st_mode & 07777, 0600);
}

static void check_refused(const struct keeper_setup *setup, enum err_kind kind, const char *words)
{
    struct err err = {0};
    struct running running = run_keeper();
    CHECK(!keeper_start(&running.client, running.fd, setup, &err));
    CHECK_INT(err.kind, kind);
    if (str_find(str_of(err.text), words, 0) == strlen(err.text))
        test_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", err.text, words);
    CHECK(end_keeper(&running) != 0);
}

TEST(bad_key_files_are_refused)
{
    struct err err = {0};
    struct keeper_setup setup = setup_in(arena);
    struct running running = start_keeper(&setup);
    CHECK_INT(end_keeper(&running), 0);
    CHECK(chmod(setup.key_file.p, 0640) == 0);
    check_refused(&setup, ERR_REFUSED, "chmod 600");
    CHECK_OK(file_write(setup.key_file, STR("reeve-key-1\nshort\n"), 0600, &err), &err);
    check_refused(&setup, ERR_REFUSED, "not a key file");
    CHECK(unlink(setup.key_file.p) == 0);
    CHECK(symlink("/dev/null", setup.key_file.p) == 0);
    check_refused(&setup, ERR_REFUSED, "not a plain file");
    setup.key_file = STR("/nowhere/at/all");
    check_refused(&setup, ERR_SELF, "cannot be written");
    setup.origin = STR("");
    check_refused(&setup, ERR_USAGE, "origin");
}

TEST(secrets_come_from_references)
{
    struct err err = {0};
    struct keeper_setup setup = setup_in(arena);
    SECRET_SCOPED secret;
    struct str file = str_printf(arena, "%s/password", test_folder(arena).p);
    struct keeper_secret secrets[] = {{STR("smtp.password"), str_printf(arena, "file:%s", file.p)},
                                      {STR("webhook.key"), STR("env:KEEPER_TEST_KEY")}};
    CHECK_OK(file_write(file, STR("from a file\n"), 0600, &err), &err);
    CHECK(setenv("KEEPER_TEST_KEY", "from the environment", 1) == 0);
    setup.secrets = secrets;
    setup.secret_count = 2;
    struct running running = start_keeper(&setup);
    CHECK_OK(keeper_give(&running.client, STR("smtp.password"), &secret, &err), &err);
    CHECK_STR(secret_value_reveal(&secret), "from a file");
    CHECK_OK(keeper_give(&running.client, STR("webhook.key"), &secret, &err), &err);
    CHECK_STR(secret_value_reveal(&secret), "from the environment");
    CHECK(!keeper_give(&running.client, STR("nobody.knows"), &secret, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK_INT(end_keeper(&running), 0);
    secrets[0].reference = STR("file:/nowhere/at/all");
    check_refused(&setup, ERR_USAGE, "cannot be read");
    secrets[0].reference = STR("plain words");
    check_refused(&setup, ERR_USAGE, "env:NAME or file:PATH");
    secrets[0].reference = STR("env:KEEPER_TEST_NOT_SET");
    check_refused(&setup, ERR_USAGE, "not set");
    CHECK(setenv("KEEPER_TEST_EMPTY", "", 1) == 0);
    secrets[0].reference = STR("env:KEEPER_TEST_EMPTY");
    check_refused(&setup, ERR_USAGE, "empty");
}

TEST(nothing_is_answered_before_start_or_after_the_end)
{
    struct err err = {0};
    unsigned char mac[KEEPER_MAC_BYTES];
    struct running running = run_keeper();
    running.client.fd = running.fd;
    CHECK(!keeper_mac(&running.client, STR("link"), STR("x"), mac, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK(end_keeper(&running) != 0);
    struct keeper_setup setup = setup_in(arena);
    running = start_keeper(&setup);
    CHECK(kill(running.pid, SIGKILL) == 0);
    struct pollfd waiting = {.fd = running.client.fd, .events = POLLIN};
    CHECK_INT(poll(&waiting, 1, 5000), 1);
    CHECK(!keeper_mac(&running.client, STR("link"), STR("x"), mac, &err));
    CHECK_INT(err.kind, ERR_SELF);
    CHECK_INT(end_keeper(&running), 128 + SIGKILL);
}

/* A keeper that is stopped is waited for once: the call ends at its deadline, later ones at once.
 */
TEST(a_keeper_that_hangs_is_waited_for_once)
{
    struct err err = {0};
    unsigned char mac[KEEPER_MAC_BYTES];
    struct keeper_setup setup = setup_in(arena);
    struct running running = start_keeper(&setup);
    CHECK_OK(keeper_mac(&running.client, STR("link"), STR("one"), mac, &err), &err);
    CHECK(kill(running.pid, SIGSTOP) == 0);
    CHECK(!keeper_mac(&running.client, STR("link"), STR("late"), mac, &err));
    CHECK_INT(err.kind, ERR_SELF);
    CHECK_INT(running.client.fd, -1);
    for (int i = 0; i < 1000; i++) { /* each with a wait would pass the test's time */
        CHECK(!keeper_mac(&running.client, STR("link"), STR("late"), mac, &err));
        CHECK_INT(err.kind, ERR_SELF);
    }
    CHECK(kill(running.pid, SIGCONT) == 0);
    (void)end_keeper(&running);
}

TEST(a_keeper_is_started_without_waiting)
{
    struct err err = {0};
    unsigned char mac[KEEPER_MAC_BYTES];
    struct keeper_setup setup = setup_in(arena);
    struct running running = run_keeper();
    CHECK(kill(running.pid, SIGSTOP) == 0);
    CHECK_OK(keeper_begin(&running.client, running.fd, &setup, &err), &err);
    CHECK(!keeper_started(&running.client, &err));
    CHECK_INT(err.kind, ERR_NONE);
    CHECK(kill(running.pid, SIGCONT) == 0);
    struct pollfd waiting = {.fd = running.client.fd, .events = POLLIN};
    CHECK_INT(poll(&waiting, 1, 5000), 1);
    CHECK_OK(keeper_started(&running.client, &err), &err);
    CHECK_OK(keeper_mac(&running.client, STR("link"), STR("one"), mac, &err), &err);
    CHECK_INT(end_keeper(&running), 0);
    running = run_keeper();
    setup.key_file = STR("/nowhere/at/all");
    CHECK_OK(keeper_begin(&running.client, running.fd, &setup, &err), &err);
    waiting.fd = running.client.fd;
    CHECK_INT(poll(&waiting, 1, 5000), 1);
    CHECK(!keeper_started(&running.client, &err));
    CHECK_INT(err.kind, ERR_SELF);
    CHECK_INT(running.client.fd, -1);
    CHECK(end_keeper(&running) != 0);
}

TEST(too_long_frames_are_refused)
{
    struct err err = {0};
    unsigned char signature[KEEPER_SIGNATURE_BYTES];
    struct keeper_setup setup = setup_in(arena);
    struct running running = start_keeper(&setup);
    char *much = arena_alloc(arena, FRAME_BYTES);
    memset(much, 'x', FRAME_BYTES);
    CHECK(!keeper_sign(&running.client, (struct str){much, FRAME_BYTES}, signature, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK_INT(send(running.client.fd, "x", 1, 0), 1); /* no frame: the keeper ends */
    CHECK(end_keeper(&running) != 0);
}

static int look_around(void)
{
    struct err err = {0};
    keeper_sandbox_begin();
    if (prctl(PR_GET_DUMPABLE) != 0)
        return 10;
    if (!keeper_sandbox_close(&err))
        return 11;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM)
        return 12;
    if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EPERM)
        return 13;
    if (open("/dev/null", O_RDONLY) >= 0 || errno != EPERM)
        return 14;
    if (syscall(425 /* io_uring_setup */, 1, NULL) >= 0 || errno != EPERM)
        return 15;
    if (fork() >= 0 || errno != EPERM)
        return 16;
    return 0;
}

TEST(the_sandbox_leaves_no_way_out)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0)
        _exit(look_around());
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
}

/* A kernel that refuses Landlock: the keeper says so in one line and shuts itself in all the same.
 */
static int look_around_without_landlock(int log_fd)
{
    struct err err = {0};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter || dup2(log_fd, STDERR_FILENO) < 0 ||
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) !=
            0 ||
        seccomp_load(filter) != 0)
        return 10;
    if (!keeper_sandbox_close(&err))
        return 11;
    return open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0 || errno != EPERM ? 12 : 0;
}

TEST(without_landlock_the_keeper_says_so_and_goes_on)
{
    int fds[2];
    int status = 0;
    char said[4096] = {0};
    CHECK(pipe(fds) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(look_around_without_landlock(fds[1]));
    (void)close(fds[1]);
    CHECK(read(fds[0], said, sizeof said - 1) > 0);
    (void)close(fds[0]);
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    CHECK(strstr(said, "Landlock is not to be had here") != NULL);
    CHECK(strstr(said, "warning") != NULL);
}

TEST(frames_come_back_and_short_ones_are_refused)
{
    unsigned char *bytes = arena_alloc(arena, FRAME_BYTES);
    struct keeper_frame frame = {KEEPER_MAC, 0xfedcba98u, STR("purpose"), STR("data")};
    struct keeper_frame back;
    size_t n = keeper_frame_write(&frame, bytes);
    CHECK(keeper_frame_parse(bytes, n, &back));
    CHECK_INT(back.number, 0xfedcba98u);
    CHECK_STR(back.name, "purpose");
    CHECK_STR(back.data, "data");
    for (size_t cut = 0; cut < FRAME_HEAD_BYTES + 7; cut++)
        CHECK(!keeper_frame_parse(bytes, cut, &back));
    CHECK(!keeper_answer_parse((const unsigned char *)"-0000", 5, &back));
    CHECK(!keeper_answer_parse((const unsigned char *)"x0000", 5, &back));
}
