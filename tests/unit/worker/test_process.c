/* test_process.c - what steps need of os/: processes by identity, files that one of many makes. */
#include "step_scene.h"

#include "os/file.h"
#include "os/process.h"
#include "os/wall.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(a_process_is_known_by_its_start)
{
    struct process self;
    struct process none;
    /* A name that looks like the fields behind it. */
    CHECK(prctl(PR_SET_NAME, "a) Z 1 (b") == 0);
    CHECK(process_find(getpid(), &self));
    CHECK_INT(self.pid, getpid());
    CHECK_INT(self.parent, getppid());
    CHECK_INT(self.group, getpgrp());
    CHECK(!self.ended && self.start_ticks > 0);
    CHECK(process_runs(self.pid, self.start_ticks));
    CHECK(!process_runs(self.pid, self.start_ticks + 1));
    CHECK(process_signal(self.pid, self.start_ticks, 0));
    CHECK(!process_signal(self.pid, self.start_ticks + 1, SIGKILL) && errno == ESRCH);
    CHECK(!process_find(0x3FFFFFFF, &none));
    CHECK(!process_signal(0x3FFFFFFF, 1, 0));
}

TEST(children_of_children_are_found)
{
    int ready[2];
    char byte = 0;
    CHECK(pipe(ready) == 0);
    pid_t child = fork();
    if (child == 0) {
        if (fork() >= 0)
            (void)!write(ready[1], "x", 1);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            (void)pause();
    }
    CHECK(child > 0 && read(ready[0], &byte, 1) == 1 && read(ready[0], &byte, 1) == 1);
    struct process *below = NULL;
    CHECK_INT(process_list_below(arena, &below), 2);
    CHECK_INT(below[0].pid, child);
    CHECK_INT(below[1].parent, child);
    CHECK(process_signal(below[1].pid, below[1].start_ticks, SIGKILL));
    CHECK(process_signal(child, below[0].start_ticks, SIGKILL));
    WAIT_FOR(!scene_runs(child));
    /* A zombie is nobody who runs, and still in the list. */
    CHECK(!process_runs(child, below[0].start_ticks));
    CHECK(process_list_below(arena, &below) >= 1 && below[0].ended);
    CHECK_INT(waitpid(child, NULL, 0), child);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

TEST(a_file_is_made_once)
{
    struct str path = scene_file(arena, scene_folder(arena, "f"), "one");
    struct err err = {0};
    bool made = false;
    CHECK_OK(file_make(path, STR("first"), 0600, &made, &err), &err);
    CHECK(made);
    CHECK_OK(file_make(path, STR("second"), 0600, &made, &err), &err);
    CHECK(!made);
    CHECK_STR(test_read_file(arena, path), "first");
    CHECK(!file_make(STR("/nonexistent/folder/one"), STR(""), 0600, &made, &err));
    CHECK_INT(err.kind, ERR_SELF);
    CHECK(unlink(path.p) == 0 && rmdir(scene_folder(arena, "f").p) == 0);
}

TEST(a_reserved_file_is_written_when_nothing_else_can_be)
{
    struct str path = scene_file(arena, scene_folder(arena, "f"), "exit");
    struct err err = {0};
    int fd = -1;
    CHECK_OK(file_reserve(path, 8192, 0600, &fd, &err), &err);
    CHECK(!scene_has(arena, scene_folder(arena, "f"), "exit"));
    CHECK_OK(file_write_reserved(fd, path, STR("told"), &err), &err);
    CHECK_STR(test_read_file(arena, path), "told");
    struct rlimit before;
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, before.rlim_max}) == 0);
    bool reserved = file_reserve(path, 8192, 0600, &fd, &err);
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(!reserved && err.kind == ERR_SELF);
    CHECK(!scene_has(arena, scene_folder(arena, "f"), "exit.part"));
    CHECK(!file_reserve(STR("/nonexistent/folder/x"), 10, 0600, &fd, &err));
}

TEST(a_mark_is_not_taken_off)
{
    static const char script[] = "import os, resource, time\n"
                                 "if os.fork(): os._exit(0)\n"
                                 "os.setsid()\n"
                                 "above = os.getpid()\n"
                                 "if os.fork(): os._exit(0)\n"
                                 "while os.getppid() == above: time.sleep(0.01)\n"
                                 "hard = resource.getrlimit(resource.RLIMIT_RTTIME)[1]\n"
                                 "resource.setrlimit(resource.RLIMIT_RTTIME, (1000, hard))\n"
                                 "open('alone', 'w').close()\n"
                                 "os.execve('/bin/sleep', ['sleep', '600'], {})\n";
    struct str alone = str_printf(arena, "%.*s/alone", STR_ARGS(test_folder(arena)));
    struct str text = str_printf(arena, "PATH=/usr/bin:/bin; cd '%.*s' && exec python3 -c \"%s\"",
                                 STR_ARGS(test_folder(arena)), script);
    struct wall_order order = {.directory = test_folder(arena),
                               .mark = process_mark(test_folder(arena))};
    struct process *found = NULL;
    struct wall wall;
    struct err err = {0};
    struct spawned spawned;
    CHECK(process_mark(STR("a")) != process_mark(STR("b")));
    CHECK_INT(process_list_marked(arena, order.mark, &found), 0);
    CHECK_OK(wall_build(arena, &order, 0, &wall, &err), &err);
    const char *argv[] = {"/bin/sh", "-c", text.p, NULL};
    struct spawn spawn = {
        .argv = argv, .stdin_fd = -1, .stdout_fd = -1, .extra_fd = -1, .wall = &wall};
    CHECK_OK(spawn_start(&spawn, &spawned, &err), &err);
    CHECK_INT(spawn_wait(&spawned), 0);
    WAIT_FOR(access(alone.p, F_OK) == 0);
    WAIT_FOR(process_list_marked(arena, order.mark, &found) == 1);
    CHECK_INT(process_list_marked(arena, order.mark + 1, &found), 0);
    CHECK_INT(process_list_marked(arena, order.mark, &found), 1);
    CHECK(process_signal(found[0].pid, found[0].start_ticks, SIGKILL));
    WAIT_FOR(process_list_marked(arena, order.mark, &found) == 0);
}
