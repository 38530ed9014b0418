/* test_step.c - what a shell step does and what is told of it. */
#include "step_scene.h"

#include "os/file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(an_exit_code_is_told)
{
    struct step_exit exit = scene_perform_script(arena, "echo out; echo err >&2");
    CHECK_INT(exit.outcome, STEP_DONE);
    CHECK_INT(exit.code, 0);
    CHECK_INT(exit.signal, 0);
    CHECK_INT(exit.bytes, 8);
    CHECK_INT(exit.left_behind, 0);
    CHECK(!exit.lost && exit.duration_ms >= 0 && exit.duration_ms < PATIENCE_MS);
    CHECK_STR(exit.detail, "The command ended with code 0.");
    struct str folder = scene_folder(arena, "step");
    CHECK_STR(scene_output(arena, folder), "out\nerr\n");
    struct hash digest = hash_of(STR("out\nerr\n"));
    CHECK(hash_equal(&exit.digest, &digest));
}

TEST(another_code_is_a_failure)
{
    struct step_exit exit = scene_perform_script(arena, "exit 3");
    CHECK_INT(exit.outcome, STEP_FAILED);
    CHECK_INT(exit.code, 3);
    CHECK_STR(exit.detail, "The command ended with code 3.");
}

TEST(a_signal_of_others_is_named)
{
    struct step_exit exit = scene_perform_script(arena, "kill -SEGV $$");
    CHECK_INT(exit.outcome, STEP_KILLED);
    CHECK_INT(exit.code, -1);
    CHECK_INT(exit.signal, SIGSEGV);
    CHECK_STR(exit.detail,
              "The command was ended by signal 11 (SIGSEGV), which Reeve did not send.");
}

TEST(what_cannot_be_executed_did_not_happen)
{
    struct str folder = scene_folder(arena, "bin");
    scene_write(arena, folder, "plain", STR("echo no\n"));
    struct str no_program[] = {STR("nonexistent-program"), STR("x")};
    struct str no_right[] = {scene_file(arena, folder, "plain")};
    struct str is_folder[] = {STR("/tmp")};
    struct str empty[] = {STR("")};
    const struct str *const rows[] = {no_program, no_right, is_folder, empty};
    for (size_t i = 0; i < 4; i++) {
        struct str at = scene_folder(arena, i == 0 ? "a" : i == 1 ? "b" : i == 2 ? "c" : "d");
        struct started started =
            scene_start_in(arena, at, (struct attempt){.argv = rows[i], .argv_count = i ? 1 : 2});
        struct step_exit exit = scene_finish(arena, &started);
        CHECK_INT(exit.outcome, STEP_REFUSED);
        CHECK_INT(exit.code, -1);
        if (i == 0)
            CHECK_STR(exit.detail, "nonexistent-program: This program cannot be started: No such "
                                   "file or directory.");
    }
    struct step_exit exit =
        scene_perform(arena, (struct attempt){.script = "true", .directory = "/nonexistent"});
    CHECK_INT(exit.outcome, STEP_REFUSED);
    CHECK_STR(exit.detail,
              "/nonexistent: This folder cannot be entered: No such file or directory.");
}

TEST(the_environment_and_the_place_are_exact)
{
    struct str folder = scene_folder(arena, "place");
    struct str argv[] = {STR("env")};
    struct step_variable variables[] = {{STR("PATH"), STR("/nonexistent::/usr/bin:/bin")},
                                        {STR("ODD"), STR("a=b \n\xc3\xa9\"\\")}};
    struct step_exit exit = scene_perform(arena, (struct attempt){.argv = argv,
                                                                  .argv_count = 1,
                                                                  .environment = variables,
                                                                  .environment_count = 2});
    CHECK_INT(exit.outcome, STEP_DONE);
    CHECK_STR(scene_output(arena, scene_folder(arena, "step")),
              "PATH=/nonexistent::/usr/bin:/bin\nODD=a=b \n\xc3\xa9\"\\\n");
    struct started started = scene_start_in(
        arena, scene_folder(arena, "two"),
        (struct attempt){.directory = folder.p,
                         .script = "pwd; cat; ls /proc/self/fd | wc -l; ulimit -c; ulimit -Sn; "
                                   "test $(cut -d' ' -f5 /proc/$$/stat) = $$ && echo group; "
                                   /* 32 is glibc's own, as we found it */
                                   "grep -E 'Sig(Blk|Ign)' /proc/$$/status | "
                                   "sed 's/00000080/00000000/'"});
    CHECK_INT(scene_finish(arena, &started).outcome, STEP_DONE);
    CHECK_SAME(scene_output(arena, started.folder),
               str_printf(arena,
                          "%.*s\n4\n0\n1024\ngroup\nSigBlk:\t0000000000000000\n"
                          "SigIgn:\t0000000000000000\n",
                          STR_ARGS(folder)));
}

/* The files of the output as they are at one look; which of them are there is told, too. */
static int64_t look_at_disk(struct arena *arena, struct str folder, uint64_t *out_which)
{
    static const char *const names[] = {"output", "tail.0", "tail.1", "tail.part"};
    int64_t bytes = 0;
    uint64_t which = 0;
    for (size_t i = 0; i < 4; i++) {
        struct stat info = {0};
        if (stat(scene_file(arena, folder, names[i]).p, &info) == 0)
            bytes += info.st_size;
        which = which * 1000003 + info.st_ino;
    }
    *out_which = which;
    return bytes;
}

/* The shim renames while this looks: a look counts when the next one sees the same files. */
static int64_t disk_bytes(struct arena *arena, struct str folder)
{
    uint64_t which;
    uint64_t again;
    int64_t bytes = look_at_disk(arena, folder, &which);
    for (int64_t next = look_at_disk(arena, folder, &again); again != which;
         next = look_at_disk(arena, folder, &again)) {
        bytes = next;
        which = again;
    }
    return bytes;
}

TEST(much_output_costs_what_was_granted)
{
    enum { LINES = 2000000, LINE_BYTES = 98, GRANTED = 1000 * 1000 };
    struct str script = str_printf(
        arena,
        "yes 'a line of output that is repeated until there are two hundred megabytes of it, "
        "which is very much' | head -n %d",
        LINES);
    struct started started =
        scene_start(arena, (struct attempt){.script = script.p, .output_bytes = GRANTED});
    struct step_output output;
    struct err err = {0};
    int64_t seen = 0;
    int64_t most = 0;
    while (!spawn_ends_within(&started.shim, 20)) {
        struct arena turn;
        arena_init(&turn);
        int64_t bytes = disk_bytes(&turn, started.folder);
        most = bytes > most ? bytes : most;
        CHECK_OK(step_read_output(&turn, started.folder, 10000, &output, &err), &err);
        CHECK(output.bytes >= seen && output.head.n <= 10000 && output.tail.n <= 5000);
        CHECK_INT(output.bytes, (int64_t)(output.head.n + output.tail.n) + output.gap_bytes);
        seen = output.bytes;
        arena_done(&turn);
    }
    struct step_exit exit = scene_finish(arena, &started);
    CHECK_INT(exit.outcome, STEP_DONE);
    CHECK_INT(exit.bytes, (int64_t)LINES * LINE_BYTES);
    CHECK(!exit.lost);
    CHECK(most <= GRANTED && disk_bytes(arena, started.folder) <= GRANTED);
    CHECK_OK(step_read_output(arena, started.folder, GRANTED, &output, &err), &err);
    CHECK_INT(output.bytes, exit.bytes);
    CHECK_INT(output.head.n, GRANTED / 2);
    CHECK(output.tail.n >= GRANTED / 4 - 100 && output.gap_bytes > 0);
    CHECK(str_ends(output.tail, "very much\n"));
    CHECK_OK(step_read_output(arena, started.folder, 1000, &output, &err), &err);
    CHECK_INT(output.head.n, 500);
    CHECK_INT(output.tail.n, 500);
}

TEST(output_is_followed_from_where_one_was)
{
    struct str script = STR("i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done");
    struct step_exit exit =
        scene_perform(arena, (struct attempt){.script = script.p, .output_bytes = 8192});
    struct str folder = scene_folder(arena, "step");
    struct step_output piece;
    int64_t at = 0;
    int64_t gaps = 0;
    size_t kept = 0;
    do {
        CHECK(step_follow_output(arena, folder, at, 1000, &piece));
        CHECK_INT(piece.bytes, at + piece.gap_bytes + (int64_t)piece.head.n);
        gaps += piece.gap_bytes;
        kept += piece.head.n;
        at = piece.bytes;
    } while (piece.head.n > 0);
    CHECK_INT(at, exit.bytes);
    CHECK_INT(exit.bytes, gaps + (int64_t)kept);
    CHECK(gaps > 0 && kept > 8192 / 4 * 3 - 50 && kept <= 8192);
    CHECK(step_follow_output(arena, scene_folder(arena, "none"), 0, 1000, &piece));
    CHECK_INT(piece.bytes, 0);
}

TEST(output_can_be_seen_while_the_step_runs)
{
    struct str flag = scene_file(arena, test_folder(arena), "flag");
    struct str script =
        str_printf(arena, "echo first; until [ -e %s ]; do sleep 0.01; done; echo last", flag.p);
    struct started started = scene_start(arena, (struct attempt){.script = script.p});
    WAIT_FOR(str_is(scene_output(arena, started.folder), "first\n"));
    CHECK_INT(scene_look(arena, &started).state, STEP_RUNNING);
    CHECK_INT(scene_look(arena, &started).pid, started.shim.pid);
    scene_write(arena, test_folder(arena), "flag", STR(""));
    CHECK_INT(scene_finish(arena, &started).outcome, STEP_DONE);
    CHECK_STR(scene_output(arena, started.folder), "first\nlast\n");
}

TEST(bytes_that_are_no_text_are_kept)
{
    struct step_exit exit = scene_perform(
        arena, (struct attempt){.script = "head -c 20000 /dev/zero; printf '\\377\\376\\001\\n'",
                                .secret = "some secret"});
    struct str folder = scene_folder(arena, "step");
    struct step_output output;
    struct err err = {0};
    CHECK_INT(exit.bytes, 20004);
    CHECK_OK(step_read_output(arena, folder, 65536, &output, &err), &err);
    CHECK_INT(output.head.n, 20004);
    CHECK(output.head.p[0] == '\0' && memcmp(output.head.p + 20000, "\377\376\001\n", 4) == 0);
    struct hash digest = hash_of(output.head);
    CHECK(hash_equal(&digest, &exit.digest));
}

TEST(a_full_disk_loses_output_and_never_the_step)
{
    struct rlimit before;
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    struct rlimit small = {20000, before.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    struct started started =
        scene_start(arena, (struct attempt){.script = "head -c 300000 /dev/zero; echo end",
                                            .output_bytes = 200000});
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    struct step_exit exit = scene_finish(arena, &started);
    CHECK_INT(exit.outcome, STEP_DONE);
    CHECK_INT(exit.bytes, 300004);
    CHECK(exit.lost);
    CHECK_STR(exit.detail, "The command ended with code 0; part of its output could not be kept: "
                           "File too large.");
    struct step_output output;
    struct err err = {0};
    CHECK_OK(step_read_output(arena, started.folder, 200000, &output, &err), &err);
    CHECK(output.head.n <= 20000);
}

TEST(what_is_left_behind_is_ended_and_counted)
{
    struct str folder = test_folder(arena);
    /* setsid and a double fork, the output held open, SIGTERM ignored by the second. */
    struct str script = str_printf(
        arena,
        "cd %s; (setsid sh -c 'echo $$ >a.part; mv a.part a; exec sleep 1000' &) ; "
        "(trap '' TERM; setsid sh -c '(echo $$ >b.part; mv b.part b; while :; do sleep 1; done) &'"
        " ) & until [ -e a ] && [ -e b ]; do sleep 0.01; done; echo done",
        folder.p);
    struct step_exit exit = scene_perform(arena, (struct attempt){.script = script.p});
    CHECK_INT(exit.outcome, STEP_DONE);
    CHECK(exit.left_behind >= 2);
    CHECK_INT(exit.remaining, 0);
    CHECK(!exit.lost);
    CHECK(str_find(exit.detail, "processes that it left behind were ended", 0) < exit.detail.n);
    CHECK(!scene_runs(scene_read_pid(arena, folder, "a")));
    CHECK_STR(scene_output(arena, scene_folder(arena, "step")), "done\n");
}

/* A busy machine may take longer than what is granted, but not always. */
TEST(what_ends_by_itself_is_not_left_behind)
{
    struct step_exit exit = {.left_behind = 1};
    struct str folder = {0};
    for (int round = 0; round < 10 && exit.left_behind > 0; round++) {
        folder = scene_folder(arena, str_printf(arena, "round-%d", round).p);
        struct started started = scene_start_in(
            arena, folder, (struct attempt){.script = "(sleep 0.05; echo late) & echo first"});
        exit = scene_finish(arena, &started);
    }
    CHECK_INT(exit.left_behind, 0);
    CHECK_STR(scene_output(arena, folder), "first\nlate\n");
}

TEST(a_step_that_ignores_everything_meets_its_deadline)
{
    struct str folder = test_folder(arena);
    struct str script =
        str_printf(arena,
                   "trap '' TERM INT HUP; cd %s; setsid sleep 1000 & echo $! >a.part; "
                   "mv a.part a; echo hung; while :; do sleep 0.1; done",
                   folder.p);
    struct step_exit exit =
        scene_perform(arena, (struct attempt){.script = script.p, .deadline_ms = 1500});
    CHECK_INT(exit.outcome, STEP_LATE);
    CHECK_INT(exit.signal, SIGKILL);
    CHECK(exit.duration_ms >= 1500 + STEP_GRACE_MS && exit.duration_ms < PATIENCE_MS);
    CHECK(str_starts(exit.detail, "The command met its deadline of "));
    CHECK(str_find(exit.detail, "was ended by SIGKILL", 0) < exit.detail.n);
    CHECK(!scene_runs(scene_read_pid(arena, folder, "a")));
    CHECK_STR(scene_output(arena, scene_folder(arena, "step")), "hung\n");
}

TEST(a_step_may_end_well_when_it_is_asked)
{
    struct started started = scene_start(
        arena,
        (struct attempt){
            .script = "trap 'echo tidy; exit 7' TERM; echo on; while :; do sleep 0.05; done"});
    struct err err = {0};
    WAIT_FOR(str_is(scene_output(arena, started.folder), "on\n"));
    CHECK_OK(step_cancel(started.folder, started.boot, &err), &err);
    struct step_exit exit = scene_finish(arena, &started);
    CHECK_INT(exit.outcome, STEP_CANCELLED);
    CHECK_INT(exit.code, 7);
    CHECK_STR(exit.detail, "The command was cancelled and ended by SIGTERM.");
    struct str out = scene_output(arena, started.folder);
    CHECK(str_starts(out, "on\n") && str_ends(out, "tidy\n"));
}

TEST(a_cancelled_step_is_ended_with_all_it_started)
{
    struct str folder = test_folder(arena);
    struct str script = str_printf(arena,
                                   "cd %s; setsid sleep 1000 & echo $! >a.part; mv a.part a; "
                                   "kill -STOP $$; wait",
                                   folder.p);
    struct started started = scene_start(arena, (struct attempt){.script = script.p});
    struct err err = {0};
    pid_t pid = scene_read_pid(arena, folder, "a");
    CHECK_OK(step_cancel(started.folder, started.boot, &err), &err);
    bool again = step_cancel(started.folder, started.boot, &err); /* it may be over by now */
    CHECK(again || err.kind == ERR_OUTSIDE);
    struct step_exit exit = scene_finish(arena, &started);
    CHECK_INT(exit.outcome, STEP_CANCELLED);
    CHECK_INT(exit.signal, SIGTERM);
    CHECK(!scene_runs(pid));
    CHECK(!step_cancel(started.folder, started.boot, &err));
}

TEST(the_end_bears_the_word_of_the_order_and_the_step_does_not_have_it)
{
    struct attempt attempt = {.word = "a-word-of-its-own",
                              .script = "env; cat /proc/self/cmdline /proc/$PPID/environ; "
                                        "cat /proc/$PPID/cmdline <&0; ls /proc/self/fd; exit 0"};
    struct step_exit exit = scene_perform(arena, attempt);
    struct str output = scene_output(arena, scene_folder(arena, "step"));
    CHECK_INT(exit.outcome, STEP_DONE);
    CHECK_STR(exit.word, "a-word-of-its-own");
    CHECK(output.n > 0 && str_find(output, "a-word-of-its-own", 0) == output.n);
}

#define WHOLE                                                                                      \
    "{\"argv\":[\"true\"],\"deadline_ms\":0,\"directory\":\"/\",\"environment\":{},\"id\":\"\","   \
    "\"output_bytes\":5000,\"secrets\":[],\"word\":\"\",\"hidden\":\"\",\"network\":true,"         \
    "\"memory_bytes\":0,\"file_bytes\":0,\"processes\":0,\"open_files\":0,\"writes\":null"

TEST(an_order_with_all_that_it_needs_is_done)
{
    struct started started = {.folder = scene_folder(arena, "o"), .boot = clock_boot_id(arena)};
    struct err err = {0};
    struct str order = str_copy(arena, STR(WHOLE ",\"user\":null}"));
    CHECK_OK(step_start(step_program(), started.folder, order, &started.shim, &err), &err);
    CHECK_INT(scene_finish(arena, &started).outcome, STEP_DONE);
}

/* Root's shim makes the command another user's, whose pipe is its own too; another one executes
 * nothing. */
TEST(a_step_runs_as_its_user_or_not_at_all)
{
    struct user nobody;
    struct err err = {0};
    CHECK_OK(user_find(arena, STR("nobody"), &nobody, &err), &err);
    struct str folder = test_folder(arena);
    struct attempt attempt = {.script = "id -u; echo name >/dev/stdout; sleep 60 & wait",
                              .user = &nobody,
                              .deadline_ms = 1500};
    if (geteuid() == 0) {
        struct started started = scene_start(arena, attempt);
        struct step_exit end = scene_finish(arena, &started);
        CHECK_INT(end.outcome, STEP_LATE); /* it can be ended, whoever it is */
        CHECK_INT(end.remaining, 0);
        CHECK_STR(scene_output(arena, started.folder),
                  str_printf(arena, "%u\nname\n", nobody.uid).p);
        return;
    }
    attempt.script = str_printf(arena, "touch %s/flag", folder.p).p;
    struct step_exit end = scene_perform(arena, attempt);
    CHECK_INT(end.outcome, STEP_REFUSED);
    CHECK(!scene_has(arena, folder, "flag"));
}

TEST(an_order_that_is_none_is_refused_on_both_sides)
{
    static const char *const orders[] = {
        "", "[]", "{}", "{\"argv\":[]}",
        "{\"argv\":[\"true\"],\"deadline_ms\":0,\"directory\":\"x\",\"environment\":{},\"id\":\"\","
        "\"output_bytes\":5000,\"secrets\":[]}",
        "{\"argv\":[\"true\"],\"deadline_ms\":0,\"directory\":\"/\",\"environment\":{},\"id\":\"\","
        "\"output_bytes\":5000,\"secrets\":[\"abc\"]}",
        "{\"argv\":[\"true\"],\"deadline_ms\":-1,\"directory\":\"/\",\"environment\":{},"
        "\"id\":\"\",\"output_bytes\":5000,\"secrets\":[]}",
        "{\"argv\":[\"a\\u0000b\"],\"deadline_ms\":0,\"directory\":\"/\",\"environment\":{},"
        "\"id\":\"\",\"output_bytes\":5000,\"secrets\":[]}",
        "{\"argv\":[\"true\"],\"deadline_ms\":0,\"directory\":\"/\",\"environment\":{\"\":\"\"},"
        "\"id\":\"\",\"output_bytes\":5000,\"secrets\":[]}",
        /* All is there but what it may write. */
        "{\"argv\":[\"true\"],\"deadline_ms\":0,\"directory\":\"/\",\"environment\":{},\"id\":\"\","
        "\"output_bytes\":5000,\"secrets\":[],\"hidden\":\"\",\"network\":true,\"memory_bytes\":0,"
        "\"file_bytes\":0,\"processes\":0,\"open_files\":0}",
        "{\"argv\":[\"true\"],\"deadline_ms\":0,\"directory\":\"/\",\"environment\":{},\"id\":\"\","
        "\"output_bytes\":5000,\"secrets\":[],\"hidden\":\"\",\"network\":0,\"memory_bytes\":0,"
        "\"file_bytes\":0,\"processes\":0,\"open_files\":0,\"writes\":null,\"user\":null}",
        /* All is there but who it is to be; and users that are none. */
        WHOLE "}", WHOLE ",\"user\":\"nobody\"}",
        WHOLE ",\"user\":{\"name\":\"x\",\"uid\":-1,\"gid\":1,\"groups\":[]}}",
        WHOLE ",\"user\":{\"name\":\"x\",\"uid\":4294967295,\"gid\":1,\"groups\":[]}}",
        WHOLE ",\"user\":{\"name\":\"x\",\"uid\":1,\"gid\":1,\"groups\":[-1]}}",
        WHOLE ",\"user\":{\"name\":\"x\",\"uid\":1,\"gid\":1}}"};
    struct str boot = clock_boot_id(arena);
    struct err err = {0};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct started started = {.folder = scene_folder(arena, str_printf(arena, "o%zu", i).p),
                                  .boot = boot};
        struct str order = str_copy(arena, str_of(orders[i]));
        CHECK_OK(step_start(step_program(), started.folder, order, &started.shim, &err), &err);
        CHECK_INT(scene_wait(&started), 0);
        struct step_sight sight = scene_look(arena, &started);
        CHECK_INT(sight.state, STEP_ENDED);
        CHECK_INT(sight.exit.outcome, STEP_REFUSED);
        CHECK(sight.exit.detail.n > 20);
    }
}

TEST(an_order_out_of_its_bounds_is_not_written)
{
    struct err err = {0};
    struct str argv[] = {STR("true")};
    struct step_order good = {.directory = STR("/"),
                              .argv = argv,
                              .argv_count = 1,
                              .output_bytes = STEP_OUTPUT_BYTES_MIN};
    struct step_order bad[10] = {good, good, good, good, good, good, good, good, good, good};
    struct step_variable wrong = {STR("A=B"), STR("")};
    struct str order;
    SECRET_SCOPED small;
    CHECK(secret_value_set(&small, STR("abc")));
    char *large = arena_alloc(arena, WORK_ORDER_BYTES);
    memset(large, 'x', WORK_ORDER_BYTES);
    struct str large_argv[] = {{large, WORK_ORDER_BYTES}};
    bad[0].argv_count = 0;
    bad[1].directory = STR("tmp");
    bad[2].environment = &wrong;
    bad[2].environment_count = 1;
    bad[3].secrets = &small;
    bad[3].secret_count = 1;
    bad[4].argv = large_argv;
    bad[5].output_bytes = 1;
    bad[9].word = (struct str){large, STEP_WORD_BYTES_MAX + 1};
    bad[6].walls.memory_bytes = -1;
    bad[7].walls.hidden = (struct str){"/a\0b", 4};
    bad[8].walls.few_writes = true;
    bad[8].walls.write_count = STEP_WRITES_MAX + 1;
    CHECK_OK(step_write_order(arena, &good, &order, &err), &err);
    for (size_t i = 0; i < 10; i++) {
        CHECK(!step_write_order(arena, &bad[i], &order, &err));
        CHECK_INT(err.kind, ERR_REFUSED);
    }
}

TEST(a_folder_that_cannot_be_written_executes_nothing)
{
    struct started started = {.folder = STR("/nonexistent/folder"), .boot = clock_boot_id(arena)};
    struct err err = {0};
    struct str flag = scene_file(arena, test_folder(arena), "flag");
    struct str script = str_printf(arena, "touch %s", flag.p);
    struct str order = scene_order(arena, (struct attempt){.script = script.p});
    CHECK_OK(step_start(step_program(), started.folder, order, &started.shim, &err), &err);
    CHECK_INT(scene_wait(&started), 6);
    CHECK(!scene_has(arena, test_folder(arena), "flag"));
    CHECK(!step_start("/nonexistent/reeve-work", started.folder, STR(""), &started.shim, &err));
}
