/* test_step_life.c - who may begin a step, what becomes of it, where its secrets are not. */
#include "step_scene.h"

#include "os/file.h"
#include "os/process.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(a_claim_of_the_core_keeps_the_shim_away)
{
    struct str folder = scene_folder(arena, "step");
    struct str boot = clock_boot_id(arena);
    struct err err = {0};
    CHECK_OK(step_claim(folder, boot, &err), &err);
    CHECK_OK(step_claim(folder, boot, &err), &err);
    struct str script = str_printf(arena, "touch %s/happened", folder.p);
    struct started started = scene_start_in(arena, folder, (struct attempt){.script = script.p});
    CHECK_INT(scene_wait(&started), 3);
    CHECK_INT(scene_look(arena, &started).state, STEP_NOT_BEGUN);
    CHECK(!scene_has(arena, folder, "happened") && !scene_has(arena, folder, "begun"));
    CHECK(!step_cancel(folder, boot, &err));
    CHECK_OK(step_claim(folder, boot, &err), &err);
}

TEST(a_claim_of_the_shim_keeps_the_core_away)
{
    struct started started = scene_start(arena, (struct attempt){.script = "sleep 1000"});
    struct err err = {0};
    WAIT_FOR(scene_has(arena, started.folder, "claim"));
    CHECK(!step_claim(started.folder, started.boot, &err));
    CHECK_INT(err.kind, ERR_NONE);
    WAIT_FOR(scene_look(arena, &started).state == STEP_RUNNING);
    CHECK(!step_claim(started.folder, started.boot, &err));
    /* A second shim in the same folder does nothing. */
    struct started second =
        scene_start_in(arena, started.folder, (struct attempt){.script = "echo twice"});
    CHECK_INT(scene_wait(&second), 3);
    CHECK_OK(step_cancel(started.folder, started.boot, &err), &err);
    CHECK_INT(scene_finish(arena, &started).outcome, STEP_CANCELLED);
    CHECK_STR(scene_output(arena, started.folder), "");
    CHECK(!step_claim(started.folder, started.boot, &err));
}

TEST(exactly_one_of_many_claims_wins)
{
    struct str boot = clock_boot_id(arena);
    for (int round = 0; round < 8; round++) {
        struct str folder = scene_folder(arena, str_printf(arena, "race-%d", round).p);
        struct str script = str_printf(arena, "echo x >>%s/happened", folder.p);
        struct started all[3];
        struct err err = {0};
        for (size_t i = 0; i < 3; i++)
            all[i] = scene_start_in(arena, folder, (struct attempt){.script = script.p});
        bool core = step_claim(folder, boot, &err);
        int began = 0;
        for (size_t i = 0; i < 3; i++)
            began += scene_wait(&all[i]) == 0;
        CHECK_INT(began, core ? 0 : 1);
        CHECK(scene_has(arena, folder, "happened") == !core);
        if (!core)
            CHECK_STR(test_read_file(arena, scene_file(arena, folder, "happened")), "x\n");
    }
}

TEST(a_shim_that_died_before_it_began_is_known_to_have_done_nothing)
{
    struct str folder = scene_folder(arena, "step");
    struct str boot = clock_boot_id(arena);
    struct err err = {0};
    struct process self;
    CHECK(process_find(getpid(), &self));
    struct str text =
        str_printf(arena, "{\"boot\":\"%.*s\",\"by\":\"shim\",\"pid\":%d,\"start_ticks\":%lld}\n",
                   STR_ARGS(boot), (int)self.pid, (long long)self.start_ticks);
    scene_write(arena, folder, "claim", text);
    CHECK(!step_claim(folder, boot, &err));
    CHECK_OK(step_claim(folder, STR("another boot"), &err), &err);
    text =
        str_printf(arena, "{\"boot\":\"%.*s\",\"by\":\"shim\",\"pid\":%d,\"start_ticks\":%lld}\n",
                   STR_ARGS(boot), (int)self.pid, (long long)self.start_ticks - 1);
    scene_write(arena, folder, "claim", text);
    CHECK_OK(step_claim(folder, boot, &err), &err);
    scene_write(arena, folder, "begun", text);
    CHECK(!step_claim(folder, boot, &err));
    scene_write(arena, scene_folder(arena, "odd"), "claim", STR("?"));
    CHECK(!step_claim(scene_folder(arena, "odd"), boot, &err));
    CHECK_INT(err.kind, ERR_SELF);
    CHECK(!step_claim(STR("/nonexistent/folder"), boot, &err));
    CHECK_INT(err.kind, ERR_SELF);
}

TEST(a_killed_shim_is_a_lost_step)
{
    struct str folder = test_folder(arena);
    struct str script =
        str_printf(arena, "cd %s; echo $$ >a.part; mv a.part a; exec sleep 1000", folder.p);
    struct started started = scene_start(arena, (struct attempt){.script = script.p});
    struct err err = {0};
    pid_t pid = scene_read_pid(arena, folder, "a");
    CHECK(spawn_signal(&started.shim, SIGKILL));
    /* Lost from its end on, whether somebody has taken its code or not. */
    WAIT_FOR(scene_look(arena, &started).state == STEP_LOST);
    CHECK_INT(scene_wait(&started), 128 + SIGKILL);
    CHECK_INT(scene_look(arena, &started).state, STEP_LOST);
    CHECK(!step_claim(started.folder, started.boot, &err));
    CHECK(!step_cancel(started.folder, started.boot, &err));
    WAIT_FOR(!scene_runs(pid));
}

TEST(a_pid_that_is_used_again_is_nobody)
{
    struct str folder = scene_folder(arena, "step");
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
        scene_write(arena, folder, "begun", text);
        CHECK_INT(step_look(arena, folder, boot).state, rows[i].want);
        /* Were a signal sent, this test would end here. */
        if (i > 0)
            CHECK(!step_cancel(folder, boot, &err));
    }
}

TEST(the_step_outlives_whoever_started_it)
{
    struct str folder = scene_folder(arena, "step");
    struct str flag = scene_file(arena, test_folder(arena), "flag");
    struct str script =
        str_printf(arena, "until [ -e %s ]; do sleep 0.01; done; echo alone", flag.p);
    struct str boot = clock_boot_id(arena);
    const char *program = step_program();
    struct str order = scene_order(arena, (struct attempt){.script = script.p});
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
    scene_write(arena, test_folder(arena), "flag", STR(""));
    WAIT_FOR(step_look(arena, folder, boot).state == STEP_ENDED);
    CHECK_STR(scene_output(arena, folder), "alone\n");
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
        struct str text = test_read_file(arena, scene_file(arena, folder, entry->d_name));
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
                                        {STR("PATH"), STR(PATH_VARIABLE)}};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct started started =
            scene_start_in(arena, scene_folder(arena, str_printf(arena, "s%zu", i).p),
                           (struct attempt){.script = scripts[i],
                                            .secret = secret,
                                            .environment = variables,
                                            .environment_count = 2});
        struct step_exit exit = scene_finish(arena, &started);
        CHECK_INT(exit.outcome, STEP_DONE);
        struct str out = scene_output(arena, started.folder);
        if (i < 6)
            CHECK(str_find(out, "\u2588\u2588\u2588\u2588\u2588", 0) < out.n);
        if (i < 2)
            CHECK_STR(out, "is \u2588\u2588\u2588\u2588\u2588.\n");
        check_clean(arena, started.folder);
    }
    struct str argv[] = {str_of(secret)};
    struct started started =
        scene_start(arena, (struct attempt){.argv = argv, .argv_count = 1, .secret = secret});
    CHECK_INT(scene_finish(arena, &started).outcome, STEP_REFUSED);
    check_clean(arena, started.folder);
}

TEST(a_secret_is_in_no_place_of_the_shim_that_others_see)
{
    struct step_variable variables[] = {{STR("KEY"), str_of(secret)},
                                        {STR("PATH"), STR(PATH_VARIABLE)}};
    struct str flag = scene_file(arena, test_folder(arena), "flag");
    struct str script = str_printf(arena, "until [ -e %s ]; do sleep 0.01; done", flag.p);
    struct started started = scene_start(arena, (struct attempt){.script = script.p,
                                                                 .secret = secret,
                                                                 .environment = variables,
                                                                 .environment_count = 2});
    WAIT_FOR(scene_look(arena, &started).state == STEP_RUNNING);
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
    scene_write(arena, test_folder(arena), "flag", STR(""));
    CHECK_INT(scene_finish(arena, &started).outcome, STEP_DONE);
}
