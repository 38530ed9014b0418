/* test_step.c - shell steps performed by the real reeve-work, seen as the core sees them. */
#include "base/limits.h"
#include "base/text.h"
#include "harness/test.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "worker/step.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 60000 };

static const char path_variable[] = "/usr/bin:/bin";

/* A step in a folder of its own; what is 0 is as most cases want it. */
struct attempt {
    const char *script; /* by sh -c, or else: */
    const struct str *argv;
    size_t argv_count;
    const char *directory;
    const struct step_variable *environment;
    size_t environment_count;
    const char *secret;
    int64_t deadline_ms, output_bytes;
};

struct started {
    struct str folder, boot;
    struct spawned shim;
};

static const char *work_program(void)
{
    const char *program = getenv("REEVE_WORK");
    if (!program)
        SKIP("REEVE_WORK does not name reeve-work");
    return program;
}

static struct str make_folder(struct arena *arena, const char *name)
{
    struct err err = {0};
    struct str folder = str_printf(arena, "%.*s/%s", STR_ARGS(test_folder(arena)), name);
    CHECK_OK(folder_make(folder, &err), &err);
    return folder;
}

static struct str write_order(struct arena *arena, struct attempt attempt)
{
    struct str shell[] = {STR("sh"), STR("-c"), str_of(attempt.script)};
    struct step_variable path = {STR("PATH"), str_of(path_variable)};
    struct step_order order = {.id = STR("run-12-3-1"),
                               .directory = str_of(attempt.directory ? attempt.directory : "/tmp"),
                               .argv = attempt.argv ? attempt.argv : shell,
                               .argv_count = attempt.argv ? attempt.argv_count : 3,
                               .environment = attempt.environment ? attempt.environment : &path,
                               .environment_count =
                                   attempt.environment ? attempt.environment_count : 1,
                               .deadline_ms = attempt.deadline_ms,
                               .output_bytes = attempt.output_bytes ? attempt.output_bytes : 65536};
    SECRET_SCOPED secret;
    CHECK(secret_value_set(&secret, str_of(attempt.secret)));
    order.secrets = &secret;
    order.secret_count = attempt.secret ? 1 : 0;
    struct str json;
    struct err err = {0};
    CHECK_OK(step_write_order(arena, &order, &json, &err), &err);
    return json;
}

static struct started start_in(struct arena *arena, struct str folder, struct attempt attempt)
{
    struct started started = {.folder = folder, .boot = clock_boot_id(arena)};
    struct err err = {0};
    struct str order = write_order(arena, attempt);
    CHECK_OK(step_start(work_program(), folder, order, &started.shim, &err), &err);
    for (size_t i = 0; i < order.n; i++)
        CHECK(order.p[i] == '\0');
    return started;
}

static struct started start(struct arena *arena, struct attempt attempt)
{
    return start_in(arena, make_folder(arena, "step"), attempt);
}

static struct step_sight look(struct arena *arena, const struct started *started)
{
    return step_look(arena, started->folder, started->boot);
}

/* Waits until the shim has ended; its exit code. */
static int wait_end(struct started *started)
{
    CHECK(spawn_ends_within(&started->shim, PATIENCE_MS));
    return spawn_wait(&started->shim);
}

static struct step_exit finish(struct arena *arena, struct started *started)
{
    CHECK_INT(wait_end(started), 0);
    struct step_sight sight = look(arena, started);
    CHECK_INT(sight.state, STEP_ENDED);
    CHECK(sight.begun_at.us > 0);
    return sight.exit;
}

static struct step_exit perform(struct arena *arena, struct attempt attempt)
{
    struct started started = start(arena, attempt);
    return finish(arena, &started);
}

static struct step_exit perform_script(struct arena *arena, const char *script)
{
    return perform(arena, (struct attempt){.script = script});
}

/* Waits for something that happens soon; a bound, not a pace. */
#define WAIT_FOR(condition)                                                                        \
    do {                                                                                           \
        int64_t until_ms = clock_boot_ms() + PATIENCE_MS;                                          \
        while (!(condition)) {                                                                     \
            if (clock_boot_ms() > until_ms)                                                        \
                test_fail(__FILE__, __LINE__, "never true: %s", #condition);                       \
            (void)poll(NULL, 0, 5);                                                                \
        }                                                                                          \
    } while (0)

static struct str output_of(struct arena *arena, struct str folder)
{
    struct step_output output;
    struct err err = {0};
    CHECK_OK(step_read_output(arena, folder, STEP_OUTPUT_BYTES_MAX, &output, &err), &err);
    CHECK_INT(output.gap_bytes, 0);
    CHECK_INT(output.bytes, output.head.n + output.tail.n);
    return str_printf(arena, "%.*s%.*s", STR_ARGS(output.head), STR_ARGS(output.tail));
}

static struct str file_of(struct arena *arena, struct str folder, const char *name)
{
    return str_printf(arena, "%.*s/%s", STR_ARGS(folder), name);
}

static bool is_there(struct arena *arena, struct str folder, const char *name)
{
    return access(file_of(arena, folder, name).p, F_OK) == 0;
}

static void write_file(struct arena *arena, struct str folder, const char *name, struct str text)
{
    struct err err = {0};
    CHECK_OK(file_write(file_of(arena, folder, name), text, 0600, &err), &err);
}

/* The pid that a script has written; waits until it is there. */
static pid_t read_pid(struct arena *arena, struct str folder, const char *name)
{
    int64_t pid = 0;
    WAIT_FOR(is_there(arena, folder, name));
    CHECK(str_int(str_trim(test_read_file(arena, file_of(arena, folder, name))), &pid));
    return (pid_t)pid;
}

static bool runs(pid_t pid)
{
    struct process process;
    return process_find(pid, &process) && !process.ended;
}

TEST(an_exit_code_is_told)
{
    struct step_exit exit = perform_script(arena, "echo out; echo err >&2");
    CHECK_INT(exit.outcome, STEP_DONE);
    CHECK_INT(exit.code, 0);
    CHECK_INT(exit.signal, 0);
    CHECK_INT(exit.bytes, 8);
    CHECK_INT(exit.left_behind, 0);
    CHECK(!exit.lost && exit.duration_ms >= 0 && exit.duration_ms < PATIENCE_MS);
    CHECK_STR(exit.detail, "The command ended with code 0.");
    struct str folder = make_folder(arena, "step");
    CHECK_STR(output_of(arena, folder), "out\nerr\n");
    struct hash digest = hash_of(STR("out\nerr\n"));
    CHECK(hash_equal(&exit.digest, &digest));
}

TEST(another_code_is_a_failure)
{
    struct step_exit exit = perform_script(arena, "exit 3");
    CHECK_INT(exit.outcome, STEP_FAILED);
    CHECK_INT(exit.code, 3);
    CHECK_STR(exit.detail, "The command ended with code 3.");
}

TEST(a_signal_of_others_is_named)
{
    struct step_exit exit = perform_script(arena, "kill -SEGV $$");
    CHECK_INT(exit.outcome, STEP_KILLED);
    CHECK_INT(exit.code, -1);
    CHECK_INT(exit.signal, SIGSEGV);
    CHECK_STR(exit.detail,
              "The command was ended by signal 11 (SIGSEGV), which Reeve did not send.");
}

TEST(what_cannot_be_executed_did_not_happen)
{
    struct str folder = make_folder(arena, "bin");
    write_file(arena, folder, "plain", STR("echo no\n"));
    struct str no_program[] = {STR("nonexistent-program"), STR("x")};
    struct str no_right[] = {file_of(arena, folder, "plain")};
    struct str is_folder[] = {STR("/tmp")};
    struct str empty[] = {STR("")};
    const struct str *const rows[] = {no_program, no_right, is_folder, empty};
    for (size_t i = 0; i < 4; i++) {
        struct str at = make_folder(arena, i == 0 ? "a" : i == 1 ? "b" : i == 2 ? "c" : "d");
        struct started started =
            start_in(arena, at, (struct attempt){.argv = rows[i], .argv_count = i ? 1 : 2});
        struct step_exit exit = finish(arena, &started);
        CHECK_INT(exit.outcome, STEP_REFUSED);
        CHECK_INT(exit.code, -1);
        if (i == 0)
            CHECK_STR(exit.detail, "nonexistent-program: This program cannot be started: No such "
                                   "file or directory.");
    }
    struct step_exit exit =
        perform(arena, (struct attempt){.script = "true", .directory = "/nonexistent"});
    CHECK_INT(exit.outcome, STEP_REFUSED);
    CHECK_STR(exit.detail,
              "/nonexistent: This folder cannot be entered: No such file or directory.");
}

TEST(the_environment_and_the_place_are_exact)
{
    struct str folder = make_folder(arena, "place");
    struct str argv[] = {STR("env")};
    struct step_variable variables[] = {{STR("PATH"), STR("/nonexistent::/usr/bin:/bin")},
                                        {STR("ODD"), STR("a=b \n\xc3\xa9\"\\")}};
    struct step_exit exit = perform(arena, (struct attempt){.argv = argv,
                                                            .argv_count = 1,
                                                            .environment = variables,
                                                            .environment_count = 2});
    CHECK_INT(exit.outcome, STEP_DONE);
    CHECK_STR(output_of(arena, make_folder(arena, "step")),
              "PATH=/nonexistent::/usr/bin:/bin\nODD=a=b \n\xc3\xa9\"\\\n");
    struct started started = start_in(
        arena, make_folder(arena, "two"),
        (struct attempt){.directory = folder.p,
                         .script = "pwd; cat; ls /proc/self/fd | wc -l; ulimit -c; ulimit -Sn; "
                                   "test $(cut -d' ' -f5 /proc/$$/stat) = $$ && echo group; "
                                   "grep -E 'Sig(Blk|Ign)' /proc/$$/status"});
    CHECK_INT(finish(arena, &started).outcome, STEP_DONE);
    CHECK_SAME(output_of(arena, started.folder),
               str_printf(arena,
                          "%.*s\n4\n0\n1024\ngroup\nSigBlk:\t0000000000000000\n"
                          "SigIgn:\t0000000000000000\n",
                          STR_ARGS(folder)));
}

static int64_t disk_bytes(struct arena *arena, struct str folder)
{
    static const char *const names[] = {"output", "tail.0", "tail.1", "tail.part"};
    int64_t bytes = 0;
    for (size_t i = 0; i < 4; i++) {
        struct stat info;
        if (stat(file_of(arena, folder, names[i]).p, &info) == 0)
            bytes += info.st_size;
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
        start(arena, (struct attempt){.script = script.p, .output_bytes = GRANTED});
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
    struct step_exit exit = finish(arena, &started);
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
        perform(arena, (struct attempt){.script = script.p, .output_bytes = 8192});
    struct str folder = make_folder(arena, "step");
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
    CHECK(step_follow_output(arena, make_folder(arena, "none"), 0, 1000, &piece));
    CHECK_INT(piece.bytes, 0);
}

TEST(output_can_be_seen_while_the_step_runs)
{
    struct str flag = file_of(arena, test_folder(arena), "flag");
    struct str script =
        str_printf(arena, "echo first; until [ -e %s ]; do sleep 0.01; done; echo last", flag.p);
    struct started started = start(arena, (struct attempt){.script = script.p});
    WAIT_FOR(str_is(output_of(arena, started.folder), "first\n"));
    CHECK_INT(look(arena, &started).state, STEP_RUNNING);
    CHECK_INT(look(arena, &started).pid, started.shim.pid);
    write_file(arena, test_folder(arena), "flag", STR(""));
    CHECK_INT(finish(arena, &started).outcome, STEP_DONE);
    CHECK_STR(output_of(arena, started.folder), "first\nlast\n");
}

TEST(bytes_that_are_no_text_are_kept)
{
    struct step_exit exit = perform(
        arena, (struct attempt){.script = "head -c 20000 /dev/zero; printf '\\377\\376\\001\\n'",
                                .secret = "some secret"});
    struct str folder = make_folder(arena, "step");
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
        start(arena, (struct attempt){.script = "head -c 300000 /dev/zero; echo end",
                                      .output_bytes = 200000});
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    struct step_exit exit = finish(arena, &started);
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
    struct step_exit exit = perform(arena, (struct attempt){.script = script.p});
    CHECK_INT(exit.outcome, STEP_DONE);
    CHECK(exit.left_behind >= 2);
    CHECK_INT(exit.remaining, 0);
    CHECK(!exit.lost);
    CHECK(str_find(exit.detail, "processes that it left behind were ended", 0) < exit.detail.n);
    CHECK(!runs(read_pid(arena, folder, "a")));
    CHECK_STR(output_of(arena, make_folder(arena, "step")), "done\n");
}

TEST(what_ends_by_itself_is_not_left_behind)
{
    struct step_exit exit = perform_script(arena, "(sleep 0.05; echo late) & echo first");
    CHECK_INT(exit.left_behind, 0);
    CHECK_STR(output_of(arena, make_folder(arena, "step")), "first\nlate\n");
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
        perform(arena, (struct attempt){.script = script.p, .deadline_ms = 300});
    CHECK_INT(exit.outcome, STEP_LATE);
    CHECK_INT(exit.signal, SIGKILL);
    CHECK(exit.duration_ms >= 300 + STEP_GRACE_MS && exit.duration_ms < PATIENCE_MS);
    CHECK(str_starts(exit.detail, "The command met its deadline of "));
    CHECK(str_find(exit.detail, "was ended by SIGKILL", 0) < exit.detail.n);
    CHECK(!runs(read_pid(arena, folder, "a")));
    CHECK_STR(output_of(arena, make_folder(arena, "step")), "hung\n");
}

TEST(a_step_may_end_well_when_it_is_asked)
{
    struct step_exit exit =
        perform(arena, (struct attempt){.script = "trap 'echo tidy; exit 7' TERM; echo on; "
                                                  "while :; do sleep 0.05; done",
                                        .deadline_ms = 500});
    CHECK_INT(exit.outcome, STEP_LATE);
    CHECK_INT(exit.code, 7);
    CHECK(str_ends(exit.detail, "was ended by SIGTERM."));
    struct str out = output_of(arena, make_folder(arena, "step"));
    CHECK(str_starts(out, "on\n") && str_ends(out, "tidy\n"));
}

TEST(a_cancelled_step_is_ended_with_all_it_started)
{
    struct str folder = test_folder(arena);
    struct str script = str_printf(arena,
                                   "cd %s; setsid sleep 1000 & echo $! >a.part; mv a.part a; "
                                   "kill -STOP $$; wait",
                                   folder.p);
    struct started started = start(arena, (struct attempt){.script = script.p});
    struct err err = {0};
    pid_t pid = read_pid(arena, folder, "a");
    CHECK_OK(step_cancel(started.folder, started.boot, &err), &err);
    bool again = step_cancel(started.folder, started.boot, &err); /* it may be over by now */
    CHECK(again || err.kind == ERR_OUTSIDE);
    struct step_exit exit = finish(arena, &started);
    CHECK_INT(exit.outcome, STEP_CANCELLED);
    CHECK_INT(exit.signal, SIGTERM);
    CHECK(!runs(pid));
    CHECK(!step_cancel(started.folder, started.boot, &err));
}

TEST(a_claim_of_the_core_keeps_the_shim_away)
{
    struct str folder = make_folder(arena, "step");
    struct str boot = clock_boot_id(arena);
    struct err err = {0};
    CHECK_OK(step_claim(folder, boot, &err), &err);
    CHECK_OK(step_claim(folder, boot, &err), &err);
    struct str script = str_printf(arena, "touch %s/happened", folder.p);
    struct started started = start_in(arena, folder, (struct attempt){.script = script.p});
    CHECK_INT(wait_end(&started), 3);
    CHECK_INT(look(arena, &started).state, STEP_NOT_BEGUN);
    CHECK(!is_there(arena, folder, "happened") && !is_there(arena, folder, "begun"));
    CHECK(!step_cancel(folder, boot, &err));
    CHECK_OK(step_claim(folder, boot, &err), &err);
}

TEST(a_claim_of_the_shim_keeps_the_core_away)
{
    struct started started = start(arena, (struct attempt){.script = "sleep 1000"});
    struct err err = {0};
    WAIT_FOR(is_there(arena, started.folder, "claim"));
    CHECK(!step_claim(started.folder, started.boot, &err));
    CHECK_INT(err.kind, ERR_NONE);
    WAIT_FOR(look(arena, &started).state == STEP_RUNNING);
    CHECK(!step_claim(started.folder, started.boot, &err));
    /* A second shim in the same folder does nothing. */
    struct started second =
        start_in(arena, started.folder, (struct attempt){.script = "echo twice"});
    CHECK_INT(wait_end(&second), 3);
    CHECK_OK(step_cancel(started.folder, started.boot, &err), &err);
    CHECK_INT(finish(arena, &started).outcome, STEP_CANCELLED);
    CHECK_STR(output_of(arena, started.folder), "");
    CHECK(!step_claim(started.folder, started.boot, &err));
}

TEST(exactly_one_of_many_claims_wins)
{
    struct str boot = clock_boot_id(arena);
    for (int round = 0; round < 8; round++) {
        struct str folder = make_folder(arena, str_printf(arena, "race-%d", round).p);
        struct str script = str_printf(arena, "echo x >>%s/happened", folder.p);
        struct started all[3];
        struct err err = {0};
        for (size_t i = 0; i < 3; i++)
            all[i] = start_in(arena, folder, (struct attempt){.script = script.p});
        bool core = step_claim(folder, boot, &err);
        int began = 0;
        for (size_t i = 0; i < 3; i++)
            began += wait_end(&all[i]) == 0;
        CHECK_INT(began, core ? 0 : 1);
        CHECK(is_there(arena, folder, "happened") == !core);
        if (!core)
            CHECK_STR(test_read_file(arena, file_of(arena, folder, "happened")), "x\n");
    }
}

TEST(a_shim_that_died_before_it_began_is_known_to_have_done_nothing)
{
    struct str folder = make_folder(arena, "step");
    struct str boot = clock_boot_id(arena);
    struct err err = {0};
    struct process self;
    CHECK(process_find(getpid(), &self));
    struct str text =
        str_printf(arena, "{\"boot\":\"%.*s\",\"by\":\"shim\",\"pid\":%d,\"start_ticks\":%lld}\n",
                   STR_ARGS(boot), (int)self.pid, (long long)self.start_ticks);
    write_file(arena, folder, "claim", text);
    CHECK(!step_claim(folder, boot, &err));
    CHECK_OK(step_claim(folder, STR("another boot"), &err), &err);
    text =
        str_printf(arena, "{\"boot\":\"%.*s\",\"by\":\"shim\",\"pid\":%d,\"start_ticks\":%lld}\n",
                   STR_ARGS(boot), (int)self.pid, (long long)self.start_ticks - 1);
    write_file(arena, folder, "claim", text);
    CHECK_OK(step_claim(folder, boot, &err), &err);
    write_file(arena, folder, "begun", text);
    CHECK(!step_claim(folder, boot, &err));
    write_file(arena, make_folder(arena, "odd"), "claim", STR("?"));
    CHECK(!step_claim(make_folder(arena, "odd"), boot, &err));
    CHECK_INT(err.kind, ERR_SELF);
    CHECK(!step_claim(STR("/nonexistent/folder"), boot, &err));
    CHECK_INT(err.kind, ERR_SELF);
}

TEST(a_killed_shim_is_a_lost_step)
{
    struct str folder = test_folder(arena);
    struct str script =
        str_printf(arena, "cd %s; echo $$ >a.part; mv a.part a; exec sleep 1000", folder.p);
    struct started started = start(arena, (struct attempt){.script = script.p});
    struct err err = {0};
    pid_t pid = read_pid(arena, folder, "a");
    CHECK(spawn_signal(&started.shim, SIGKILL));
    /* Lost from its end on, whether somebody has taken its code or not. */
    WAIT_FOR(look(arena, &started).state == STEP_LOST);
    CHECK_INT(wait_end(&started), 128 + SIGKILL);
    CHECK_INT(look(arena, &started).state, STEP_LOST);
    CHECK(!step_claim(started.folder, started.boot, &err));
    CHECK(!step_cancel(started.folder, started.boot, &err));
    WAIT_FOR(!runs(pid));
}

TEST(a_pid_that_is_used_again_is_nobody)
{
    struct str folder = make_folder(arena, "step");
    struct str boot = clock_boot_id(arena);
    struct err err = {0};
    struct process self;
    CHECK(process_find(getpid(), &self));
    struct str other_boot = STR("00000000-0000-0000-0000-000000000000");
    struct {
        struct str boot;
        int64_t ticks;
        enum step_state want;
    } rows[] = {{boot, self.start_ticks, STEP_RUNNING},
                {boot, self.start_ticks + 1, STEP_LOST},
                {other_boot, self.start_ticks, STEP_LOST}};
    for (size_t i = 0; i < 3; i++) {
        struct str text =
            str_printf(arena, "{\"at_ms\":1,\"boot\":\"%.*s\",\"pid\":%d,\"start_ticks\":%lld}\n",
                       STR_ARGS(rows[i].boot), (int)self.pid, (long long)rows[i].ticks);
        write_file(arena, folder, "begun", text);
        CHECK_INT(step_look(arena, folder, boot).state, rows[i].want);
        /* Were a signal sent, this test would end here. */
        if (i > 0)
            CHECK(!step_cancel(folder, boot, &err));
    }
}

TEST(the_step_outlives_whoever_started_it)
{
    struct str folder = make_folder(arena, "step");
    struct str flag = file_of(arena, test_folder(arena), "flag");
    struct str script =
        str_printf(arena, "until [ -e %s ]; do sleep 0.01; done; echo alone", flag.p);
    struct str boot = clock_boot_id(arena);
    const char *program = work_program();
    struct str order = write_order(arena, (struct attempt){.script = script.p});
    pid_t pid = fork();
    if (pid == 0) {
        struct spawned shim;
        (void)setsid();
        bool done = step_start(program, folder, order, &shim, NULL);
        while (done && step_look(arena, folder, boot).state != STEP_RUNNING)
            (void)poll(NULL, 0, 5);
        (void)kill(0, SIGKILL);
        _exit(1);
    }
    int status = 0;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
    CHECK_INT(step_look(arena, folder, boot).state, STEP_RUNNING);
    write_file(arena, test_folder(arena), "flag", STR(""));
    WAIT_FOR(step_look(arena, folder, boot).state == STEP_ENDED);
    CHECK_STR(output_of(arena, folder), "alone\n");
}

static const char secret[] = "S3cret-\xc3\xa4/+value 42";

/* No file of the folder has the secret or its base64, whole or a long part of it. */
static void check_clean(struct arena *arena, struct str folder)
{
    struct str code = base64_write(arena, secret, sizeof secret - 1);
    DIR *dir = opendir(folder.p);
    const struct dirent *entry;
    CHECK(dir);
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        struct str text = test_read_file(arena, file_of(arena, folder, entry->d_name));
        CHECK(str_find(text, "S3cret", 0) == text.n);
        CHECK(str_find(text, "value 42", 0) == text.n);
        CHECK(str_find(text, str_copy(arena, str_slice(code, 4, 20)).p, 0) == text.n);
    }
    (void)closedir(dir);
}

TEST(a_secret_that_is_printed_is_in_no_file)
{
    static const char *const scripts[] = {
        "echo \"is $KEY.\"",
        "printf 'is S3cret-'; sleep 0.1; printf '\\303\\244/+va'; sleep 0.1; echo 'lue 42.'",
        "printf %s \"is $KEY\" | base64",
        "(head -c 100 /dev/zero; printf %s \"$KEY\"; head -c 100 /dev/zero) | base64 -w 76",
        "(head -c 101 /dev/zero; printf %s \"$KEY\"; head -c 100 /dev/zero) | base64 -w 76",
        "printf %s \"is $KEY\" | od -An -v -tx1 | tr -d ' \\n'",
        "nonexistent-program \"$KEY\"; exit 0",
    };
    struct step_variable variables[] = {{STR("KEY"), str_of(secret)},
                                        {STR("PATH"), str_of(path_variable)}};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct started started = start_in(arena, make_folder(arena, str_printf(arena, "s%zu", i).p),
                                          (struct attempt){.script = scripts[i],
                                                           .secret = secret,
                                                           .environment = variables,
                                                           .environment_count = 2});
        struct step_exit exit = finish(arena, &started);
        CHECK_INT(exit.outcome, STEP_DONE);
        struct str out = output_of(arena, started.folder);
        if (i < 6)
            CHECK(str_find(out, "\u2588\u2588\u2588\u2588\u2588", 0) < out.n);
        if (i < 2)
            CHECK_STR(out, "is \u2588\u2588\u2588\u2588\u2588.\n");
        check_clean(arena, started.folder);
    }
    struct str argv[] = {str_of(secret)};
    struct started started =
        start(arena, (struct attempt){.argv = argv, .argv_count = 1, .secret = secret});
    CHECK_INT(finish(arena, &started).outcome, STEP_REFUSED);
    check_clean(arena, started.folder);
}

TEST(a_secret_is_in_no_place_of_the_shim_that_others_see)
{
    struct step_variable variables[] = {{STR("KEY"), str_of(secret)},
                                        {STR("PATH"), str_of(path_variable)}};
    struct str flag = file_of(arena, test_folder(arena), "flag");
    struct str script = str_printf(arena, "until [ -e %s ]; do sleep 0.01; done", flag.p);
    struct started started = start(arena, (struct attempt){.script = script.p,
                                                           .secret = secret,
                                                           .environment = variables,
                                                           .environment_count = 2});
    WAIT_FOR(look(arena, &started).state == STEP_RUNNING);
    static const char *const names[] = {"cmdline", "environ", "comm", "status"};
    for (size_t i = 0; i < 4; i++) {
        struct str path = str_printf(arena, "/proc/%d/%s", (int)started.shim.pid, names[i]);
        struct str text;
        if (file_read(arena, path, 65536, &text, NULL))
            CHECK(str_find(text, "S3cret", 0) == text.n);
    }
    DIR *dir = opendir("/proc");
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        struct str text;
        struct str path = str_printf(arena, "/proc/%s/cmdline", entry->d_name);
        if (byte_is_digit(entry->d_name[0]) && file_read(arena, path, 65536, &text, NULL))
            CHECK(str_find(text, "S3cret", 0) == text.n);
    }
    (void)closedir(dir);
    /* Standard input is the order no more, and only root may look into the process. */
    struct stat info;
    char link[64];
    char target[64] = {0};
    (void)snprintf(link, sizeof link, "/proc/%d/fd/0", (int)started.shim.pid);
    if (readlink(link, target, sizeof target - 1) > 0)
        CHECK_STR(str_of(target), "/dev/null");
    (void)snprintf(link, sizeof link, "/proc/%d/mem", (int)started.shim.pid);
    CHECK(stat(link, &info) != 0 || info.st_uid == 0);
    write_file(arena, test_folder(arena), "flag", STR(""));
    CHECK_INT(finish(arena, &started).outcome, STEP_DONE);
}

TEST(an_order_that_is_none_is_refused_on_both_sides)
{
    static const char *const orders[] = {
        "",
        "[]",
        "{}",
        "{\"argv\":[]}",
        "{\"argv\":[\"true\"],\"deadline_ms\":0,\"directory\":\"x\",\"environment\":{},\"id\":\"\","
        "\"output_bytes\":5000,\"secrets\":[]}",
        "{\"argv\":[\"true\"],\"deadline_ms\":0,\"directory\":\"/\",\"environment\":{},\"id\":\"\","
        "\"output_bytes\":5000,\"secrets\":[\"abc\"]}",
        "{\"argv\":[\"true\"],\"deadline_ms\":-1,\"directory\":\"/\",\"environment\":{},"
        "\"id\":\"\",\"output_bytes\":5000,\"secrets\":[]}",
        "{\"argv\":[\"a\\u0000b\"],\"deadline_ms\":0,\"directory\":\"/\",\"environment\":{},"
        "\"id\":\"\",\"output_bytes\":5000,\"secrets\":[]}",
        "{\"argv\":[\"true\"],\"deadline_ms\":0,\"directory\":\"/\",\"environment\":{\"\":\"\"},"
        "\"id\":\"\",\"output_bytes\":5000,\"secrets\":[]}"};
    struct str boot = clock_boot_id(arena);
    struct err err = {0};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct started started = {.folder = make_folder(arena, str_printf(arena, "o%zu", i).p),
                                  .boot = boot};
        struct str order = str_copy(arena, str_of(orders[i]));
        CHECK_OK(step_start(work_program(), started.folder, order, &started.shim, &err), &err);
        CHECK_INT(wait_end(&started), 0);
        struct step_sight sight = look(arena, &started);
        CHECK_INT(sight.state, STEP_ENDED);
        CHECK_INT(sight.exit.outcome, STEP_REFUSED);
        CHECK(sight.exit.detail.n > 20);
    }
    struct str argv[] = {STR("true")};
    struct step_order good = {.directory = STR("/"),
                              .argv = argv,
                              .argv_count = 1,
                              .output_bytes = STEP_OUTPUT_BYTES_MIN};
    struct step_order bad[6] = {good, good, good, good, good, good};
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
    CHECK_OK(step_write_order(arena, &good, &order, &err), &err);
    for (size_t i = 0; i < 6; i++) {
        CHECK(!step_write_order(arena, &bad[i], &order, &err));
        CHECK_INT(err.kind, ERR_REFUSED);
    }
}

TEST(a_folder_that_cannot_be_written_executes_nothing)
{
    struct started started = {.folder = STR("/nonexistent/folder"), .boot = clock_boot_id(arena)};
    struct err err = {0};
    struct str flag = file_of(arena, test_folder(arena), "flag");
    struct str script = str_printf(arena, "touch %s", flag.p);
    struct str order = write_order(arena, (struct attempt){.script = script.p});
    CHECK_OK(step_start(work_program(), started.folder, order, &started.shim, &err), &err);
    CHECK_INT(wait_end(&started), 6);
    CHECK(!is_there(arena, test_folder(arena), "flag"));
    CHECK(!step_start("/nonexistent/reeve-work", started.folder, STR(""), &started.shim, &err));
}
