/* test_collect.c - the collector as a process against a small server with bad manners. */
#include "collect/collect.h"
#include "collect/history.h"
#include "harness/test.h"
#include "telemetry/collector_spec.h"
#include "telemetry/window.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int requests;

static void answer(int connection, const char *path, int length)
{
    char text[1024];
    const char *body = "auth_failures_total 1\n";
    char counted[64];
    if (strncmp(path, "/html", 5) == 0)
        body = "<html><body>hello</body></html>";
    else if (strncmp(path, "/twice", 6) == 0)
        body = "auth_failures_total 1\nauth_failures_total 1\n";
    else if (strncmp(path, "/count", 6) == 0) {
        (void)snprintf(counted, sizeof counted, "auth_failures_total %d\n", ++requests);
        body = counted;
    }
    int said = length > 0 ? length : (int)strlen(body);
    (void)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", said,
                   body);
    (void)!write(connection, text, strlen(text));
}

static _Noreturn void serve(int listener)
{
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        _exit(1);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        char request[1024] = {0};
        if (connection < 0 || read(connection, request, sizeof request - 1) < 10) {
            (void)close(connection);
            continue;
        }
        const char *path = request + 4;
        if (strncmp(path, "/stall", 6) == 0)
            continue; /* stays open, unanswered */
        if (strncmp(path, "/open", 5) == 0)
            (void)!write(connection, "HTTP/1.0 200 OK\r\n\r\nauth_failures_total 1", 40);
        else if (strncmp(path, "/missing", 8) == 0)
            (void)!write(connection, "HTTP/1.1 404 Not Found\r\n\r\n", 26);
        else
            answer(connection, path, strncmp(path, "/half", 5) == 0 ? 9999 : 0);
        (void)shutdown(connection, SHUT_WR);
        (void)close(connection);
    }
}

struct server {
    pid_t pid;
    int port;
};

static struct server server_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 64) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    struct server server = {.port = ntohs(address.sin_port)};
    server.pid = fork();
    if (server.pid == 0)
        serve(listener);
    (void)close(listener);
    return server;
}

static void server_stop(struct server *server)
{
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
}

struct collector {
    pid_t pid;
    int to, from;
    char held[65536];
    size_t n;
};

static void collector_start(struct collector *collector)
{
    int in[2];
    int out[2];
    CHECK(pipe(in) == 0 && pipe(out) == 0);
    *collector = (struct collector){.to = in[1], .from = out[0]};
    collector->pid = fork();
    if (collector->pid == 0) {
        (void)close(in[1]);
        (void)close(out[0]);
        _exit(collect_main(in[0], out[1]));
    }
    (void)close(in[0]);
    (void)close(out[1]);
}

/* Closes its input: it must end by itself, well. */
static void collector_stop(struct collector *collector)
{
    int status = -1;
    (void)close(collector->to);
    CHECK(waitpid(collector->pid, &status, 0) == collector->pid);
    (void)close(collector->from);
    CHECK_INT(status, 0);
}

static struct str next_line(struct arena *arena, struct collector *collector)
{
    for (;;) {
        struct str held = {collector->held, collector->n};
        size_t end = str_find_byte(held, '\n', 0);
        if (end < held.n) {
            struct str line = str_copy(arena, str_slice(held, 0, end));
            memmove(collector->held, collector->held + end + 1, held.n - end - 1);
            collector->n -= end + 1;
            if (str_is(line, COLLECTOR_HISTORY_READ))
                continue;
            return line;
        }
        struct pollfd ready = {.fd = collector->from, .events = POLLIN};
        if (poll(&ready, 1, 5000) != 1)
            test_fail(__FILE__, __LINE__, "the collector said nothing for 5 s");
        ssize_t n = read(collector->from, collector->held + collector->n,
                         sizeof collector->held - collector->n);
        if (n <= 0)
            test_fail(__FILE__, __LINE__, "the collector ended");
        collector->n += (size_t)n;
    }
}

/* Paths of the server, or whole addresses; paths end with NULL. */
static void tell(struct arena *arena, struct collector *collector, int port, const char *folder,
                 const char *const *paths)
{
    size_t count = 0;
    while (paths[count])
        count++;
    struct collector_spec spec = {.history_dir = str_of(folder), .target_count = count};
    signals_init(&spec.signals, arena);
    spec.targets = arena_array(arena, count, sizeof *spec.targets);
    for (size_t i = 0; i < count; i++)
        spec.targets[i] = (struct collector_target){
            str_of(paths[i]),
            paths[i][0] == '/' ? str_printf(arena, "http://127.0.0.1:%d%s", port, paths[i])
                               : str_of(paths[i]),
            200, false};
    struct str line = collector_spec_write(arena, &spec);
    CHECK(write(collector->to, line.p, line.n) == (ssize_t)line.n);
}

/* The first status of each target. */
static void check_statuses(struct arena *arena, struct collector *collector, size_t count,
                           const char *const (*wanted)[2])
{
    size_t found = 0;
    bool seen[16] = {false};
    while (found < count) {
        struct collector_line line;
        struct err err = {0};
        CHECK_OK(collector_line_parse(arena, next_line(arena, collector), &line, &err), &err);
        struct target_status status = line.status;
        for (size_t i = 0; !line.is_reading && i < count; i++) {
            if (seen[i] || !str_is(status.name, wanted[i][0]))
                continue;
            seen[i] = true;
            found++;
            CHECK_INT(status.up, wanted[i][1][0] == '+');
            if (wanted[i][1][0] == '+')
                CHECK_STR(status.problem, wanted[i][1] + 1);
            else
                CHECK_STR(status.problem, wanted[i][1]);
        }
    }
}

TEST(every_kind_of_bad_target_has_its_sentence)
{
    struct server server = server_start();
    struct collector *collector = arena_make(arena, struct collector);
    collector_start(collector);
    static const char *const paths[] = {"/ok",
                                        "/html",
                                        "/half",
                                        "/stall",
                                        "/missing",
                                        "/twice",
                                        "/open",
                                        "http://127.0.0.1:1/",
                                        "https://127.0.0.1/",
                                        NULL};
    static const char *const wanted[][2] = {
        {"/ok", "+"},
        {"/html", "answered HTML, not metrics: is this the right path?"},
        {"/half", "closed the connection in the middle of its answer; look into its own log"},
        {"/open", "closed the connection in the middle of a line; look into its own log"},
        {"/stall",
         "did not answer within 1 s; look at its load, or give it more time by a longer every:"},
        {"/missing", "answered 404 Not Found: is this the right path?"},
        {"/twice", "+auth_failures_total stands twice with the same labels (line 2); it counts "
                   "once"},
        {"http://127.0.0.1:1/",
         "127.0.0.1 port 1 cannot be reached: Connection refused; check that it runs, and its url "
         "in reeve.yaml"},
        {"https://127.0.0.1/",
         "by https a worker reads, not the collector: give it an http address"}};
    tell(arena, collector, server.port, "", paths);
    check_statuses(arena, collector, 9, wanted);
    collector_stop(collector);
    server_stop(&server);
}

/* Reads until the count of the window is at least this. */
static void wait_for_count(struct arena *arena, struct collector *collector,
                           struct telemetry *telemetry, double count)
{
    struct answer answer = {0};
    for (int i = 0; i < 1000 && answer.part < count; i++) {
        struct err err = {0};
        CHECK_OK(telemetry_fold_line(telemetry, arena, next_line(arena, collector), &err), &err);
        size_t at = 0;
        const struct target_status *target = telemetry_next_target(telemetry, &at);
        if (target)
            answer = telemetry_ask(telemetry, STR("failed auth attempts"), 60000, target->at);
    }
    CHECK(answer.part >= count);
}

TEST(a_killed_collector_loses_no_count_and_sends_its_history)
{
    struct server server = server_start();
    struct str folder = test_folder(arena);
    struct collector *collector = arena_make(arena, struct collector);
    static const char *const paths[] = {"/count", NULL};
    struct telemetry first;
    telemetry_init(&first, arena);
    collector_start(collector);
    tell(arena, collector, server.port, folder.p, paths);
    wait_for_count(arena, collector, &first, 3);
    (void)kill(collector->pid, SIGKILL);
    (void)waitpid(collector->pid, NULL, 0);
    (void)close(collector->to);
    (void)close(collector->from);
    /* A core that lost everything gets the whole from a new collector. */
    struct telemetry second;
    telemetry_init(&second, arena);
    collector_start(collector);
    tell(arena, collector, server.port, folder.p, paths);
    wait_for_count(arena, collector, &second, 6);
    collector_stop(collector);
    telemetry_done(&first);
    telemetry_done(&second);
    server_stop(&server);
}

TEST(a_line_that_is_no_spec_ends_the_collector)
{
    struct collector *collector = arena_make(arena, struct collector);
    collector_start(collector);
    CHECK(write(collector->to, "{}\n", 3) == 3);
    int status = -1;
    CHECK(waitpid(collector->pid, &status, 0) == collector->pid);
    CHECK_INT(WEXITSTATUS(status), 2);
    (void)close(collector->to);
    (void)close(collector->from);
}

static void count_line(void *context, struct str line)
{
    size_t *bytes = context;
    *bytes += line.n;
}

TEST(history_is_bounded_and_survives_a_torn_line)
{
    struct str folder = test_folder(arena);
    struct history_files files;
    struct err err = {0};
    CHECK_OK(history_open(&files, folder, &err), &err);
    char *line = arena_alloc(arena, 1024);
    memset(line, 'x', 1023);
    line[1023] = '\n';
    for (int i = 0; i < 20 * 1024; i++)
        history_append(&files, (struct str){line, 1024});
    size_t bytes = 0;
    history_replay(&files, count_line, &bytes);
    CHECK(bytes >= HISTORY_FILE_BYTES && bytes <= 2 * HISTORY_FILE_BYTES);
    history_append(&files, STR("torn"));
    history_close(&files);
    CHECK_OK(history_open(&files, folder, &err), &err);
    history_append(&files, STR("whole\n"));
    bytes = 0;
    history_replay(&files, count_line, &bytes);
    CHECK_INT(bytes % 1024, sizeof "torn" + sizeof "whole" - 2 + 2);
    history_close(&files);
    CHECK(!history_open(&files, STR("/nowhere/at/all"), &err));
}

/* What a collector's memory came to when it had sent the history of a folder up. */
static long peak_kb(struct arena *arena, struct str folder, size_t *out_bytes)
{
    *out_bytes = 0;
    struct collector *collector = arena_make(arena, struct collector);
    static const char *const paths[] = {"http://127.0.0.1:1/", NULL};
    collector_start(collector);
    tell(arena, collector, 0, folder.p, paths);
    struct arena turn;
    arena_init(&turn);
    struct str line = STR("");
    while (str_find(line, "127.0.0.1", 0) >= line.n) {
        arena_reset(&turn);
        line = next_line(&turn, collector);
        *out_bytes += line.n;
    }
    arena_done(&turn);
    FILE *status = fopen(str_printf(arena, "/proc/%d/status", (int)collector->pid).p, "re");
    char row[256];
    long peak = 0;
    while (status && fgets(row, sizeof row, status))
        if (strncmp(row, "VmHWM:", 6) == 0)
            peak = strtol(row + 6, NULL, 10);
    if (status)
        (void)fclose(status);
    collector_stop(collector);
    return peak;
}

TEST(a_long_history_is_sent_in_a_bounded_memory)
{
#ifdef __SANITIZE_ADDRESS__
    test_skip("AddressSanitizer keeps what was given back");
#endif
    struct history_files files;
    struct err err = {0};
    struct str folder = test_folder(arena);
    char *name = arena_alloc(arena, 1001);
    memset(name, 'x', 1000);
    CHECK_OK(history_open(&files, folder, &err), &err);
    size_t sent;
    long before = peak_kb(arena, STR(""), &sent);
    struct reading reading = {.signal = STR("disk usage"),
                              .target = STR("shop"),
                              .kind = SIGNAL_GAUGE,
                              .interval_ms = 1000};
    struct arena turn;
    arena_init(&turn);
    reading.high_series = (struct str){name, 1000};
    for (int i = 0; i < 12000; i++) {
        reading.at.us = INT64_C(1767225600000000) + i * INT64_C(1000000);
        history_append(&files, reading_write(&turn, &reading));
        arena_reset(&turn); /* what this process holds the collector would have, too */
    }
    arena_done(&turn);
    CHECK(files.bytes[0] + files.bytes[1] > 10000000);
    history_close(&files);
    long after = peak_kb(arena, folder, &sent);
    CHECK(sent > 10000000);
    if (after - before > 6000)
        test_fail(__FILE__, __LINE__, "%ld kB without a history, %ld kB with one of 12 MB", before,
                  after);
}

TEST(a_line_without_room_is_lost_and_no_other_with_it)
{
    struct str folder = test_folder(arena);
    struct history_files files;
    struct err err = {0};
    struct rlimit before;
    CHECK_OK(history_open(&files, folder, &err), &err);
    history_append(&files, STR("first\n"));
    (void)signal(SIGXFSZ, SIG_IGN);
    CHECK_INT(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit full = {.rlim_cur = 9, .rlim_max = before.rlim_max};
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &full), 0);
    history_append(&files, STR("second\n"));
    history_append(&files, STR("third\n"));
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &before), 0);
    history_append(&files, STR("fourth\n"));
    size_t bytes = 0;
    history_replay(&files, count_line, &bytes);
    CHECK_INT(bytes, sizeof "first" + sizeof "sec" + sizeof "fourth");
    history_close(&files);
}

/* Whoever takes the collector over by what a target says must not reach the keys beside it. */
TEST(after_its_first_line_it_reaches_no_other_folder)
{
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* which version */) < 1)
        test_skip("this kernel has no Landlock");
    struct server server = server_start();
    struct collector *collector = arena_make(arena, struct collector);
    static const char *const paths[] = {"/ok", NULL};
    struct str folders[2];
    for (int i = 0; i < 2; i++) {
        folders[i] = str_printf(arena, "%s/history-%d", test_folder(arena).p, i);
        CHECK(mkdir(folders[i].p, 0700) == 0);
    }
    collector_start(collector);
    for (int i = 0; i < 2; i++) {
        tell(arena, collector, server.port, folders[i].p, paths);
        for (int lines = 0; lines < 3; lines++)
            (void)next_line(arena, collector);
    }
    collector_stop(collector);
    server_stop(&server);
    CHECK(access(str_printf(arena, "%s/readings-0", folders[0].p).p, F_OK) == 0);
    CHECK(access(str_printf(arena, "%s/readings-0", folders[1].p).p, F_OK) != 0);
}
