/* test_os.c - files, locks, processes, clocks: what they promise on a real system. */
#include "base/json.h"
#include "harness/test.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/log.h"
#include "os/peer.h"
#include "os/random.h"
#include "os/sandbox.h"
#include "os/service.h"
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(clocks_go_forward)
{
    struct instant now = clock_now();
    int64_t boot_ms = clock_boot_ms();
    CHECK(now.us > 1700000000000000);
    CHECK(boot_ms > 0);
    CHECK(clock_boot_ms() >= boot_ms);
    struct str id = clock_boot_id(arena);
    CHECK(id.n == 36 || id.n == 0);
}

TEST(random_ids_differ)
{
    struct str one = random_id(arena, 16);
    struct str two = random_id(arena, 16);
    CHECK_INT(one.n, 32);
    CHECK(!str_equal(one, two));
    CHECK_INT(random_id(arena, 64).n, 128);
}

TEST(files_are_written_whole_and_read_with_a_maximum)
{
    struct err err = {0};
    struct str back;
    struct stat info;
    struct str path = str_printf(arena, "%s/file", test_folder(arena).p);
    CHECK_OK(file_write(path, STR("first"), 0600, &err), &err);
    CHECK_OK(file_write(path, STR("second"), 0640, &err), &err);
    CHECK(stat(path.p, &info) == 0);
    CHECK_INT(info.st_mode & 0777, 0640);
    CHECK_OK(file_read(arena, path, 6, &back, &err), &err);
    CHECK_STR(back, "second");
    CHECK(!file_read(arena, path, 5, &back, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK(str_find(str_of(err.text), "at most 5", 0) < strlen(err.text));
    CHECK_OK(file_write(path, STR(""), 0600, &err), &err);
    CHECK_OK(file_read(arena, path, 0, &back, &err), &err);
    CHECK_INT(back.n, 0);
    char *big = arena_alloc(arena, 300000);
    memset(big, 'x', 300000);
    CHECK_OK(file_write(path, (struct str){big, 300000}, 0600, &err), &err);
    CHECK_OK(file_read(arena, path, 300000, &back, &err), &err);
    CHECK_SAME(back, ((struct str){big, 300000}));
}

TEST(a_file_of_secrets_is_for_its_owner_only)
{
    struct err err = {0};
    bool there = true;
    struct str folder = test_folder(arena);
    struct str path = str_printf(arena, "%s/secrets", folder.p);
    CHECK_OK(file_check_private(path, &there, &err), &err);
    CHECK(!there);
    CHECK_OK(file_write(path, STR("x"), 0600, &err), &err);
    CHECK_OK(file_check_private(path, &there, &err), &err);
    CHECK(there);
    static const mode_t modes[] = {0640, 0604, 0660, 0602, 0601};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        CHECK(chmod(path.p, modes[i]) == 0);
        CHECK(!file_check_private(path, &there, &err));
        CHECK_INT(err.kind, ERR_REFUSED);
        CHECK(str_find(str_of(err.text), "chmod 600", 0) < strlen(err.text));
    }
    CHECK(chmod(path.p, 0600) == 0);
    struct str link = str_printf(arena, "%s/link", folder.p);
    CHECK(symlink(path.p, link.p) == 0);
    CHECK(!file_check_private(link, &there, &err));
    CHECK(!file_check_private(folder, &there, &err));
    if (getuid() == 0) {
        CHECK(chown(path.p, 65534, 65534) == 0);
        CHECK(!file_check_private(path, &there, &err));
        CHECK(str_find(str_of(err.text), "another user", 0) < strlen(err.text));
    }
}

TEST(a_stamp_tells_that_a_file_was_touched)
{
    struct err err = {0};
    struct str path = str_printf(arena, "%s/stamped", test_folder(arena).p);
    CHECK(file_stamp(path) == 0);
    CHECK(file_stamp(STR("")) == 0);
    CHECK_OK(file_write(path, STR("same"), 0600, &err), &err);
    uint64_t first = file_stamp(path);
    CHECK(first != 0);
    CHECK(file_stamp(path) == first);
    CHECK_OK(file_write(path, STR("same"), 0600, &err), &err);
    CHECK(file_stamp(path) != first);
    struct timespec times[2] = {{1, 1}, {1, 1}};
    uint64_t second = file_stamp(path);
    CHECK(utimensat(AT_FDCWD, path.p, times, 0) == 0);
    CHECK(file_stamp(path) != second);
}

TEST(files_that_cannot_be_read)
{
    struct err err = {0};
    struct str back;
    CHECK(!file_read(arena, STR("/nowhere/at/all"), 10, &back, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK(!file_read(arena, test_folder(arena), 10, &back, &err));
    CHECK(!file_read(arena, STR(""), 10, &back, &err));
    struct str pipe_path = str_printf(arena, "%s/pipe", test_folder(arena).p);
    CHECK(mkfifo(pipe_path.p, 0600) == 0);
    CHECK(!file_read(arena, pipe_path, 10, &back, &err));
    /* /proc tells no size: the maximum is met while reading. */
    CHECK(!file_read(arena, STR("/proc/self/status"), 10, &back, &err));
    CHECK_OK(file_read(arena, STR("/proc/self/status"), 65536, &back, &err), &err);
    CHECK(back.n > 100);
}

/* A disk that takes no more, by the limit on file sizes. */
static int write_beyond_limit(struct str path)
{
    struct err err = {0};
    struct rlimit limit = {1000, 1000};
    char much[5000];
    memset(much, 'x', sizeof much);
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 10;
    if (file_write(path, (struct str){much, sizeof much}, 0600, &err))
        return 11;
    return err.kind == ERR_SELF ? 0 : 12;
}

TEST(a_full_disk_leaves_the_old_file)
{
    struct err err = {0};
    struct str back;
    int status = 0;
    struct str path = str_printf(arena, "%s/file", test_folder(arena).p);
    CHECK_OK(file_write(path, STR("old"), 0600, &err), &err);
    pid_t pid = fork();
    if (pid == 0)
        _exit(write_beyond_limit(path));
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    CHECK_OK(file_read(arena, path, 100, &back, &err), &err);
    CHECK_STR(back, "old");
    CHECK(access(str_printf(arena, "%s.part", path.p).p, F_OK) != 0);
}

TEST(folders)
{
    struct err err = {0};
    struct stat info;
    struct str path = str_printf(arena, "%s/one/two", test_folder(arena).p);
    CHECK_OK(folder_make(path, &err), &err);
    CHECK_OK(folder_make(path, &err), &err);
    CHECK(stat(path.p, &info) == 0);
    CHECK_INT(info.st_mode & 0777, 0700);
    struct str file = str_printf(arena, "%s/file", path.p);
    CHECK_OK(file_write(file, STR("x"), 0600, &err), &err);
    CHECK(!folder_make(file, &err));
    CHECK(!folder_make(str_printf(arena, "%s/below", file.p), &err));
}

TEST(a_second_holder_is_told_the_first)
{
    struct err err = {0};
    struct lock first = {-1};
    struct lock second = {-1};
    struct str path = str_printf(arena, "%s/lock", test_folder(arena).p);
    CHECK_OK(lock_take(&first, path, &err), &err);
    CHECK(!lock_take(&second, path, &err));
    CHECK_INT(err.kind, ERR_REFUSED);
    struct str pid = str_printf(arena, "Process %ld ", (long)getpid());
    CHECK(str_starts(str_of(err.text), pid.p));
    CHECK_INT(second.fd, -1);
    lock_release(&first);
    CHECK_OK(lock_take(&second, path, &err), &err);
    lock_release(&second);
    lock_release(&second);
    CHECK(!lock_take(&first, STR("/nowhere/at/all"), &err));
    CHECK_INT(err.kind, ERR_SELF);
}

TEST(a_lock_ends_with_its_process)
{
    struct err err = {0};
    struct lock lock = {-1};
    int ready[2];
    char byte = 0;
    struct str path = str_printf(arena, "%s/lock", test_folder(arena).p);
    CHECK(pipe(ready) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)!write(ready[1], lock_take(&lock, path, NULL) ? "y" : "n", 1);
        (void)pause();
        _exit(0);
    }
    CHECK(read(ready[0], &byte, 1) == 1);
    CHECK_INT(byte, 'y');
    CHECK(!lock_take(&lock, path, &err));
    CHECK(str_starts(str_of(err.text), str_printf(arena, "Process %ld ", (long)pid).p));
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK(waitpid(pid, NULL, 0) == pid);
    CHECK_OK(lock_take(&lock, path, &err), &err);
    lock_release(&lock);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

static struct str output_of(struct arena *arena, struct spawn spawn, int *out_code)
{
    struct err err = {0};
    struct spawned spawned;
    int fds[2];
    char *text = arena_alloc(arena, 4096);
    size_t n = 0;
    ssize_t got;
    CHECK(pipe2(fds, O_CLOEXEC) == 0);
    spawn.stdin_fd = -1;
    spawn.stdout_fd = fds[1];
    CHECK_OK(spawn_start(&spawn, &spawned, &err), &err);
    (void)close(fds[1]);
    while (n < 4096 && (got = read(fds[0], text + n, 4096 - n)) > 0)
        n += (size_t)got;
    (void)close(fds[0]);
    *out_code = spawn_wait(&spawned);
    return (struct str){text, n};
}

TEST(a_child_has_only_what_it_is_given)
{
    int code = 0;
    static const char *const argv[] = {"/bin/sh", "-c", "env; ls /proc/self/fd; exit 7", NULL};
    static const char *const environment[] = {"GIVEN=yes", NULL};
    int secret = open("/dev/null", O_RDONLY); /* without close-on-exec, as a library might */
    CHECK(setenv("HIDDEN", "secret", 1) == 0);
    struct spawn spawn = {.argv = argv,
                          .environment = environment,
                          .extra_fd = -1,
                          .die_with_parent = true,
                          .own_session = true};
    struct str out = output_of(arena, spawn, &code);
    CHECK_INT(code, 7);
    CHECK(str_find(out, "GIVEN=yes\n", 0) < out.n);
    CHECK(str_find(out, "HIDDEN", 0) == out.n);
    struct str fds = str_from(out, str_find(out, "\n0\n", 0));
    CHECK_STR(fds, "\n0\n1\n2\n3\n"); /* 3 is the folder that ls reads */
    CHECK(close(secret) == 0);
}

TEST(a_child_gets_its_extra_descriptor)
{
    int code = 0;
    int extra[2];
    static const char *const argv[] = {"/bin/sh", "-c", "cat <&3", NULL};
    CHECK(pipe2(extra, O_CLOEXEC) == 0);
    CHECK(write(extra[1], "by three", 8) == 8);
    (void)close(extra[1]);
    struct spawn spawn = {.argv = argv, .extra_fd = extra[0]};
    CHECK_STR(output_of(arena, spawn, &code), "by three");
    CHECK_INT(code, 0);
    (void)close(extra[0]);
}

TEST(a_program_that_is_not_there_is_an_error_here)
{
    struct err err = {0};
    struct spawned spawned;
    static const char *const argv[] = {"/nowhere/at/all", NULL};
    struct spawn spawn = {.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .extra_fd = -1};
    CHECK(!spawn_start(&spawn, &spawned, &err));
    CHECK_INT(err.kind, ERR_SELF);
    CHECK_STR(str_of(err.place), "/nowhere/at/all");
}

TEST(a_child_is_ended_by_its_pidfd)
{
    struct err err = {0};
    struct spawned spawned;
    static const char *const argv[] = {"/bin/sleep", "1000", NULL};
    struct spawn spawn = {.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .extra_fd = -1};
    CHECK_OK(spawn_start(&spawn, &spawned, &err), &err);
    struct pollfd waiting = {.fd = spawned.pidfd, .events = POLLIN};
    CHECK_INT(poll(&waiting, 1, 0), 0);
    CHECK(spawn_signal(&spawned, SIGKILL));
    CHECK_INT(poll(&waiting, 1, 5000), 1);
    CHECK_INT(spawn_wait(&spawned), 128 + SIGKILL);
}

TEST(a_log_line_is_one_json_object)
{
    int fds[2];
    char line[8192];
    struct json *root = NULL;
    struct err err = {0};
    CHECK(pipe(fds) == 0);
    int saved = dup(STDERR_FILENO);
    CHECK(dup2(fds[1], STDERR_FILENO) == STDERR_FILENO);
    log_start("test", LOG_LEVEL_INFO);
    log_line(LOG_LEVEL_DEBUG, NULL, "not this");
    log_line(LOG_LEVEL_WARNING, "incident:12", "line\n\"two\" %d \xff", 5);
    CHECK(dup2(saved, STDERR_FILENO) == STDERR_FILENO);
    ssize_t n = read(fds[0], line, sizeof line);
    CHECK(n > 0 && line[n - 1] == '\n');
    CHECK_OK(json_parse(arena, (struct str){line, (size_t)n}, &root, &err), &err);
    CHECK_STR(json_get_str(root, "text"), "line\n\"two\" 5 ?");
    CHECK_STR(json_get_str(root, "level"), "warning");
    CHECK_STR(json_get_str(root, "about"), "incident:12");
    CHECK_STR(json_get_str(root, "role"), "test");
    (void)close(saved);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

TEST(the_other_end_is_known)
{
    struct err err = {0};
    struct peer peer;
    int fds[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    CHECK_OK(peer_find(fds[0], &peer, &err), &err);
    CHECK_INT(peer.pid, getpid());
    CHECK_INT(peer.uid, geteuid());
    (void)close(fds[0]);
    (void)close(fds[1]);
    CHECK(!peer_find(fds[0], &peer, &err));
    CHECK_STR(user_name(arena, 0), "root");
    CHECK_STR(user_name(arena, 4000000001u), "uid-4000000001");
}

/* A command of root's beside a service that runs as its own user. */
TEST(root_works_as_the_owner_of_the_folder)
{
    enum { SERVICE = 65534 };
    struct err err = {0};
    struct stat info;
    int status = 0;
    struct str folder = str_printf(arena, "%s/state", test_folder(arena).p);
    struct str file = str_printf(arena, "%s/token", folder.p);
    if (geteuid() != 0)
        test_skip("only root can become another user");
    CHECK_OK(folder_enter(folder, &err), &err);
    CHECK_INT(geteuid(), 0); /* its own folder */
    CHECK(chmod(test_folder(arena).p, 0755) == 0);
    CHECK(chown(folder.p, SERVICE, SERVICE) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(folder_enter(folder, &err) && file_write(file, STR("x"), 0600, &err) && getuid() == 0
                  ? 0
                  : 1);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
    CHECK(stat(file.p, &info) == 0);
    CHECK_INT(info.st_uid, SERVICE);
    CHECK_INT(info.st_gid, SERVICE);
}

TEST(users_are_known_by_name)
{
    struct user user;
    struct err err = {0};
    CHECK_OK(user_find(arena, STR("root"), &user, &err), &err);
    CHECK_INT(user.uid, 0);
    CHECK_STR(user.name, "root");
    CHECK(str_starts(user.home, "/"));
    CHECK(user.group_count >= 1);
    CHECK(!user_find(arena, STR("no-such-user"), &user, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK_STR(str_of(err.text), "This machine has no user \"no-such-user\".");
    CHECK(!user_find(arena, STR(""), &user, &err));
    CHECK(!user_find(arena, (struct str){"root\0x", 6}, &user, &err));
    CHECK_INT(user.uid, 0);
}

/* Who is not root becomes nobody else, and nothing is executed. */
TEST(a_child_becomes_another_user_for_good_or_is_not_started)
{
    static const char *const argv[] = {
        "/bin/sh", "-c", "id -u; id -G; grep -E '^(Uid|Gid|CapPrm|CapEff):' /proc/self/status",
        NULL};
    struct user nobody;
    struct err err = {0};
    struct spawned spawned;
    int code = 0;
    CHECK_OK(user_find(arena, STR("nobody"), &nobody, &err), &err);
    struct spawn spawn = {.argv = argv, .extra_fd = -1, .asked_with_parent = true, .user = &nobody};
    if (geteuid() == 0) {
        struct str said = output_of(arena, spawn, &code);
        CHECK_INT(code, 0);
        CHECK_STR(said, str_printf(arena,
                                   "%u\n%u\nUid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n"
                                   "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n",
                                   nobody.uid, nobody.gid, nobody.uid, nobody.uid, nobody.uid,
                                   nobody.uid, nobody.gid, nobody.gid, nobody.gid, nobody.gid)
                            .p);
        pid_t pid = fork();
        if (pid == 0)
            _exit(user_become(&nobody) && !spawn_start(&spawn, &spawned, &err) ? 0 : 1);
        CHECK(waitpid(pid, &code, 0) == pid);
        CHECK_INT(code, 0);
        return;
    }
    spawn.stdin_fd = spawn.stdout_fd = -1;
    CHECK(!spawn_start(&spawn, &spawned, &err));
    CHECK_STR(str_of(err.text), "This program cannot become user nobody: Operation not permitted.");
}

enum { NO_LANDLOCK = 77 };

/* In a child: which step went otherwise than it must once files are taken away; 0: none. */
static int try_files(int folder, const char *outside)
{
    struct err err = {0};
    char *const words[] = {"true", NULL};
    int before = open(outside, O_RDWR | O_CLOEXEC);
    if (before < 0)
        return 1;
    if (!sandbox_files(folder, &err))
        return errno == ENOSYS || errno == EOPNOTSUPP ? NO_LANDLOCK : 2;
    if (open(outside, O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES)
        return 3;
    if (open(outside, O_WRONLY | O_CLOEXEC) >= 0 || unlink(outside) == 0)
        return 4;
    if (execv("/bin/true", words) == 0 || errno != EACCES)
        return 5;
    if (write(before, "x", 1) != 1)
        return 6;
    if (folder < 0)
        return 0;
    int made = openat(folder, "new", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (made < 0 || write(made, "x", 1) != 1 || renameat(folder, "new", folder, "old") != 0)
        return 7;
    if (openat(folder, "old", O_RDWR | O_TRUNC | O_CLOEXEC) < 0 || unlinkat(folder, "old", 0) != 0)
        return 8;
    return mkdirat(folder, "deep", 0700) == 0 || symlinkat(outside, folder, "link") == 0 ? 9 : 0;
}

static int in_child(int folder, const char *outside)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0)
        _exit(try_files(folder, outside));
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

TEST(the_sandbox_leaves_one_folder_or_none)
{
    struct err err = {0};
    struct str outside = str_printf(arena, "%s/outside", test_folder(arena).p);
    struct str inside = str_printf(arena, "%s/inside", test_folder(arena).p);
    CHECK_OK(file_write(outside, STR("kept"), 0600, &err), &err);
    CHECK_OK(folder_make(inside, &err), &err);
    int folder = open(inside.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int closed = in_child(-1, outside.p);
    if (closed == NO_LANDLOCK)
        test_skip("this kernel has no Landlock");
    CHECK_INT(closed, 0);
    CHECK_INT(in_child(folder, outside.p), 0);
    (void)close(folder);
}

static void check_told(int fd, const char *wanted)
{
    char said[64] = {0};
    ssize_t n = recv(fd, said, sizeof said - 1, MSG_DONTWAIT);
    if (wanted)
        CHECK_STR(str_of(said), wanted);
    else
        CHECK(n < 0 && errno == EAGAIN);
}

TEST(the_service_manager_is_told_what_it_asked_for)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct str path = str_printf(arena, "%s/notify", test_folder(arena).p);
    CHECK(path.n < sizeof address.sun_path);
    memcpy(address.sun_path, path.p, path.n);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0);
    service_ready(); /* nobody asked */
    check_told(fd, NULL);
    CHECK(setenv("NOTIFY_SOCKET", path.p, 1) == 0);
    service_ready();
    check_told(fd, "READY=1");
    service_alive(1000); /* no watchdog */
    check_told(fd, NULL);
    CHECK(setenv("WATCHDOG_USEC", "60000000", 1) == 0 && setenv("WATCHDOG_PID", "1", 1) == 0);
    service_alive(1000); /* another process's watchdog */
    check_told(fd, NULL);
    CHECK(setenv("WATCHDOG_PID", str_printf(arena, "%d", (int)getpid()).p, 1) == 0);
    service_alive(1000);
    check_told(fd, "WATCHDOG=1");
    service_alive(30999);
    check_told(fd, NULL);
    service_alive(31000);
    check_told(fd, "WATCHDOG=1");
    service_stopping();
    check_told(fd, "STOPPING=1");
    (void)close(fd);
    service_stopping(); /* the manager is gone: no error */
    CHECK(unsetenv("NOTIFY_SOCKET") == 0 && unsetenv("WATCHDOG_USEC") == 0);
}
