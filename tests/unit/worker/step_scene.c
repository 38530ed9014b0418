/* step_scene.c - steps for tests: started by the real reeve-work, waited for, looked at. */
#include "step_scene.h"

#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"

#include <stdlib.h>
#include <unistd.h>

const char *step_program(void)
{
    const char *program = getenv("REEVE_WORK");
    if (!program)
        SKIP("REEVE_WORK does not name reeve-work");
    return program;
}

struct str scene_folder(struct arena *arena, const char *name)
{
    struct err err = {0};
    struct str folder = str_printf(arena, "%.*s/%s", STR_ARGS(test_folder(arena)), name);
    CHECK_OK(folder_make(folder, &err), &err);
    return folder;
}

struct str scene_order(struct arena *arena, struct attempt attempt)
{
    struct str shell[] = {STR("sh"), STR("-c"), str_of(attempt.script)};
    struct step_variable path = {STR("PATH"), STR(PATH_VARIABLE)};
    struct step_order order = {.id = STR("run-12-3-1"),
                               .directory = str_of(attempt.directory ? attempt.directory : "/tmp"),
                               .argv = attempt.argv ? attempt.argv : shell,
                               .argv_count = attempt.argv ? attempt.argv_count : 3,
                               .environment = attempt.environment ? attempt.environment : &path,
                               .environment_count =
                                   attempt.environment ? attempt.environment_count : 1,
                               .deadline_ms = attempt.deadline_ms,
                               .output_bytes = attempt.output_bytes ? attempt.output_bytes : 65536};
    order.user = attempt.user;
    SECRET_SCOPED secret;
    order.word = str_of(attempt.word);
    CHECK(secret_value_set(&secret, str_of(attempt.secret)));
    order.secrets = &secret;
    order.secret_count = attempt.secret ? 1 : 0;
    struct str json;
    struct err err = {0};
    CHECK_OK(step_write_order(arena, &order, &json, &err), &err);
    return json;
}

struct started scene_start_in(struct arena *arena, struct str folder, struct attempt attempt)
{
    struct started started = {.folder = folder, .boot = clock_boot_id(arena)};
    struct err err = {0};
    struct str order = scene_order(arena, attempt);
    CHECK_OK(step_start(step_program(), folder, order, &started.shim, &err), &err);
    for (size_t i = 0; i < order.n; i++)
        CHECK(order.p[i] == '\0');
    return started;
}

struct started scene_start(struct arena *arena, struct attempt attempt)
{
    return scene_start_in(arena, scene_folder(arena, "step"), attempt);
}

struct step_sight scene_look(struct arena *arena, const struct started *started)
{
    return step_look(arena, started->folder, started->boot);
}

int scene_wait(struct started *started)
{
    CHECK(spawn_ends_within(&started->shim, PATIENCE_MS));
    return spawn_wait(&started->shim);
}

struct step_exit scene_finish(struct arena *arena, struct started *started)
{
    CHECK_INT(scene_wait(started), 0);
    struct step_sight sight = scene_look(arena, started);
    CHECK_INT(sight.state, STEP_ENDED);
    CHECK(sight.begun_at.us > 0);
    return sight.exit;
}

struct step_exit scene_perform(struct arena *arena, struct attempt attempt)
{
    struct started started = scene_start(arena, attempt);
    return scene_finish(arena, &started);
}

struct step_exit scene_perform_script(struct arena *arena, const char *script)
{
    return scene_perform(arena, (struct attempt){.script = script});
}

struct str scene_output(struct arena *arena, struct str folder)
{
    struct step_output output;
    struct err err = {0};
    CHECK_OK(step_read_output(arena, folder, STEP_OUTPUT_BYTES_MAX, &output, &err), &err);
    CHECK_INT(output.gap_bytes, 0);
    CHECK_INT(output.bytes, output.head.n + output.tail.n);
    return str_printf(arena, "%.*s%.*s", STR_ARGS(output.head), STR_ARGS(output.tail));
}

struct str scene_file(struct arena *arena, struct str folder, const char *name)
{
    return str_printf(arena, "%.*s/%s", STR_ARGS(folder), name);
}

bool scene_has(struct arena *arena, struct str folder, const char *name)
{
    return access(scene_file(arena, folder, name).p, F_OK) == 0;
}

void scene_write(struct arena *arena, struct str folder, const char *name, struct str text)
{
    struct err err = {0};
    CHECK_OK(file_write(scene_file(arena, folder, name), text, 0600, &err), &err);
}

pid_t scene_read_pid(struct arena *arena, struct str folder, const char *name)
{
    int64_t pid = 0;
    WAIT_FOR(scene_has(arena, folder, name));
    CHECK(str_int(str_trim(test_read_file(arena, scene_file(arena, folder, name))), &pid));
    return (pid_t)pid;
}

bool scene_runs(pid_t pid)
{
    struct process process;
    return process_find(pid, &process) && !process.ended;
}
