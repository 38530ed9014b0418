/* step_folder.h - the files of a step's folder (worker/step.h), as both sides write and read them.
 */
#ifndef WORKER_STEP_FOLDER_H
#define WORKER_STEP_FOLDER_H

#include "worker/step.h"

enum { STEP_FILE_BYTES = 8192, STEP_TAIL_HEAD_BYTES = 21 };

/* Who claimed, or who began. */
struct step_holder {
    bool shim; /* else the core */
    pid_t pid;
    int64_t start_ticks;
    struct str boot;
    int64_t at_ms; /* begun only */
};

struct str step_path(struct arena *arena, struct str folder, const char *name);
struct str step_holder_write(struct arena *arena, const struct step_holder *holder);
struct str step_begun_write(struct arena *arena, const struct step_holder *holder);
struct str step_exit_write(struct arena *arena, const struct step_exit *exit);
/* False when the file is absent or is not one; name: "claim" or "begun". */
MUST_USE bool step_holder_read(struct arena *arena, struct str folder, const char *name,
                               struct step_holder *out_holder);
MUST_USE bool step_exit_read(struct arena *arena, struct str folder, struct step_exit *out_exit);
/* What marks the processes of the step in this folder (os/process.h); 0: there is none. */
uint64_t step_mark(struct str folder);
/* Does the process that claimed or began still run? */
bool step_holder_runs(const struct step_holder *holder, struct str boot_id);

#endif
