/* step_scene.h - steps for tests: started by the real reeve-work, waited for, looked at. */
#ifndef STEP_SCENE_H
#define STEP_SCENE_H

#include "harness/test.h"
#include "os/clock.h"
#include "worker/step.h"

#include <poll.h>

enum { PATIENCE_MS = 60000 };

#define PATH_VARIABLE "/usr/bin:/bin"

/* A step in a folder of its own; what is 0 is as most cases want it. */
struct attempt {
    const char *script; /* by sh -c, or else: */
    const struct str *argv;
    size_t argv_count;
    const char *directory;
    const struct step_variable *environment;
    size_t environment_count;
    const char *secret, *word;
    const struct user *user;
    int64_t deadline_ms, output_bytes;
};

struct started {
    struct str folder, boot;
    struct spawned shim;
};

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

/* reeve-work; the case is skipped where it is not known. */
const char *step_program(void);
/* A folder of this name below the case's own, made when it is absent. */
struct str scene_folder(struct arena *arena, const char *name);
struct str scene_order(struct arena *arena, struct attempt attempt);
struct started scene_start_in(struct arena *arena, struct str folder, struct attempt attempt);
struct started scene_start(struct arena *arena, struct attempt attempt);
struct step_sight scene_look(struct arena *arena, const struct started *started);
/* Waits until the shim has ended; its exit code. */
int scene_wait(struct started *started);
/* Waits for the end, which must be told in `exit`. */
struct step_exit scene_finish(struct arena *arena, struct started *started);
struct step_exit scene_perform(struct arena *arena, struct attempt attempt);
struct step_exit scene_perform_script(struct arena *arena, const char *script);
/* All of the output, of which nothing may be missing. */
struct str scene_output(struct arena *arena, struct str folder);
struct str scene_file(struct arena *arena, struct str folder, const char *name);
bool scene_has(struct arena *arena, struct str folder, const char *name);
void scene_write(struct arena *arena, struct str folder, const char *name, struct str text);
/* The pid that a script has written; waits until it is there. */
pid_t scene_read_pid(struct arena *arena, struct str folder, const char *name);
bool scene_runs(pid_t pid);

#endif
