/* test_wall.c - what can be hidden, what kernels of other years give. */
#include "harness/test.h"
#include "os/file.h"
#include "os/spawn.h"
#include "os/wall.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(a_folder_above_which_files_are_made_cannot_be_hidden)
{
    static const struct {
        const char *directory, *hidden, *writes; /* writes NULL: anywhere, "": nowhere */
        bool hides;
    } rows[] = {
        {"/srv/shop", "/nonexistent/reeve", NULL, true},
        {"/nonexistent/reeve/shop", "/nonexistent/reeve", NULL, true},
        {"/nonexistent", "/nonexistent/reeve", NULL, false},
        {"/nonexistent/reeve", "/nonexistent/reeve", NULL, false},
        {"/nonexistent/ree", "/nonexistent/reeve", NULL, true},
        {"/", "/nonexistent/reeve", NULL, false},
        {"/srv/shop", "/tmp/reeve", NULL, false},
        {"/srv/shop", "/tmp", NULL, true}, /* what is in /tmp itself is not above */
        {"/srv/shop", "", NULL, false},
        {"/srv/shop", "/", NULL, false},
        {"/nonexistent", "/nonexistent/reeve", "", true},
        {"/nonexistent", "/tmp/reeve", "", true},
        {"/nonexistent", "/nonexistent/reeve", "/nonexistent/dist", true},
        {"/srv/shop", "/nonexistent/reeve", "/nonexistent", false},
        {"/srv/shop", "/nonexistent/reeve", "/", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str paths[1] = {str_of(rows[i].writes)};
        struct wall_order order = {.directory = str_of(rows[i].directory),
                                   .hidden = str_of(rows[i].hidden),
                                   .writes = rows[i].writes ? paths : NULL,
                                   .write_count = paths[0].n > 0};
        CHECK_INT(wall_hides(&order) ? (int)i : -1, rows[i].hides ? (int)i : -1);
    }
}

/* Asked by a process that is not root, whom nothing is closed to. */
static bool hides_for_others(const struct wall_order *order)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        bool dropped = geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0);
        _exit(!dropped ? 2 : wall_hides(order) ? 0 : 1);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    CHECK(WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 0;
}

TEST(what_lies_in_a_folder_that_cannot_be_listed_is_not_hidden)
{
    struct err err = {0};
    struct str none[1] = {STR("")};
    struct str way = str_printf(arena, "%.*s/way", STR_ARGS(test_folder(arena)));
    struct wall_order order = {.directory = STR("/srv"),
                               .hidden = str_printf(arena, "%.*s/own", STR_ARGS(way)),
                               .writes = none};
    CHECK_OK(folder_make(order.hidden, &err), &err);
    CHECK(chmod(test_folder(arena).p, 0755) == 0 && chmod(way.p, 0755) == 0);
    CHECK(hides_for_others(&order));
    CHECK(chmod(way.p, 0111) == 0);
    CHECK(!hides_for_others(&order));
    CHECK(chmod(way.p, 0755) == 0);
}

TEST(a_kernel_without_landlock_hides_nothing_and_refuses_what_was_asked_for)
{
    struct wall wall;
    struct err err = {0};
    struct str none[1] = {STR("")};
    struct wall_order order = {.directory = STR("/srv"), .hidden = STR("/nonexistent/reeve")};
    CHECK_OK(wall_build(arena, &order, 0, &wall, &err), &err);
    CHECK(wall.ruleset < 0 && wall.filter.len == 0);
    CHECK_OK(wall_build(arena, &order, 1, &wall, &err), &err); /* it would refuse every move */
    CHECK(wall.ruleset < 0);
    order.writes = none;
    CHECK(!wall_build(arena, &order, 0, &wall, &err));
    CHECK_INT(err.kind, ERR_REFUSED);
    CHECK(strstr(err.text, "this kernel has no Landlock"));
    order.writes = NULL;
    order.no_network = true;
    CHECK_OK(wall_build(arena, &order, 0, &wall, &err), &err);
    CHECK(wall.ruleset < 0 && wall.filter.len > 0);
    wall_done(&wall);
}

/* The code of a script within the wall. */
static int run_within(struct arena *arena, const struct wall_order *order, int version,
                      const char *script)
{
    struct wall wall;
    struct err err = {0};
    struct spawned spawned;
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    CHECK_OK(wall_build(arena, order, version, &wall, &err), &err);
    struct spawn spawn = {.argv = argv,
                          .stdin_fd = -1,
                          .stdout_fd = -1,
                          .extra_fd = -1,
                          .directory = order->directory.p,
                          .wall = &wall};
    CHECK_OK(spawn_start(&spawn, &spawned, &err), &err);
    wall_done(&wall);
    return spawn_wait(&spawned);
}

TEST(files_are_not_emptied_on_a_kernel_that_has_no_right_for_it)
{
    if (wall_version() < 2)
        SKIP("this kernel has no Landlock of the second version");
    struct err err = {0};
    struct str file = str_printf(arena, "%.*s/file", STR_ARGS(test_folder(arena)));
    struct str none[1] = {STR("")};
    struct wall_order order = {.directory = test_folder(arena), .writes = none};
    CHECK_OK(file_write(file, STR("full"), 0644, &err), &err);
    static const char *const scripts[] = {
        "python3 -c 'import os; os.truncate(\"file\", 0)'",
        "python3 -c 'import os; os.open(\"file\", os.O_RDONLY | os.O_TRUNC)'", "echo x >file",
        "chmod 600 file", "rm file"};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        for (int version = 2; version <= wall_version() && version <= 3; version++) {
            struct str script =
                str_printf(arena, "PATH=/usr/bin:/bin; (%s) 2>/dev/null", scripts[i]);
            CHECK(run_within(arena, &order, version, script.p) != 0);
            CHECK_STR(test_read_file(arena, file), "full");
        }
    CHECK_INT(run_within(arena, &order, 2, "PATH=/bin; cat file >/dev/null"), 0);
}

TEST(a_folder_is_hidden_by_every_version_that_can)
{
    if (wall_version() < 2)
        SKIP("this kernel has no Landlock of the second version");
    struct str folder = test_folder(arena);
    struct str out[1] = {str_printf(arena, "%.*s/out", STR_ARGS(folder))};
    struct wall_order order = {.directory = folder,
                               .hidden = str_printf(arena, "%.*s/a/own", STR_ARGS(folder)),
                               .writes = out,
                               .write_count = 1};
    struct wall_order open = {.directory = folder};
    CHECK_INT(
        run_within(arena, &open, 0,
                   "PATH=/bin; mkdir -p a/own a/b out/c; echo x >a/own/key; echo x >a/b/file"),
        0);
    static const char *const refused[] = {"cat a/own/key", "mv a/own/key out", "ln a/own/key out",
                                          "mv a/own out",  "rm a/own/key",     "cp a/b/file a/own",
                                          "touch a/new"};
    static const int versions[] = {2, 3, 0};
    for (size_t i = 0; i < 3; i++) {
        int version = versions[i] ? versions[i] : wall_version();
        if (version > wall_version())
            continue;
        CHECK_INT(run_within(arena, &order, version,
                             "PATH=/bin; cat a/b/file >out/x && mv out/x out/c/y && rm out/c/y"),
                  0);
        for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
            struct str script = str_printf(arena, "PATH=/bin; %s 2>/dev/null", refused[k]);
            CHECK(run_within(arena, &order, version, script.p) != 0);
        }
    }
}

TEST(a_program_that_only_reads_signals_nobody_where_the_kernel_has_it_so)
{
    if (wall_version() < 6)
        SKIP("this kernel has no Landlock of the sixth version");
    struct str none[1] = {STR("")};
    struct wall_order order = {.directory = test_folder(arena), .writes = none};
    CHECK(run_within(arena, &order, wall_version(), "kill -0 $PPID 2>/dev/null") != 0);
    CHECK_INT(run_within(arena, &order, wall_version(), "sleep 600 & kill $!"), 0);
    CHECK_INT(run_within(arena, &order, 5, "kill -0 $PPID"), 0);
    order.write_count = 1;
    none[0] = test_folder(arena);
    CHECK_INT(run_within(arena, &order, wall_version(), "kill -0 $PPID"), 0);
}

TEST(a_limit_that_was_harder_stays)
{
    struct rlimit before;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    struct wall_order order = {.directory = STR("/"), .open_files = 40};
    CHECK_INT(run_within(arena, &order, 0, "test $(ulimit -Hn) = 40 && test $(ulimit -Sn) = 40"),
              0);
    order.open_files = (int64_t)before.rlim_max + 1;
    struct str script =
        str_printf(arena, "test $(ulimit -Hn) = %llu", (unsigned long long)before.rlim_max);
    if (before.rlim_max < 1000000000)
        CHECK_INT(run_within(arena, &order, 0, script.p), 0);
}
