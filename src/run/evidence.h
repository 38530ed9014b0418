/* evidence.h - what a step's words ask to be kept, and the files that are attached to it.
 *
 * Promises: a step asks for evidence when its words do (the table in evidence.c), and then ticking
 * it needs a note or a file; a file is a fact before the tick is; names are clean: one part of a
 * path, nothing hidden, nothing that turns the writing round.
 * Refuses: reading files; whoever performs the call has kept them under their digest before. */
#ifndef RUN_EVIDENCE_H
#define RUN_EVIDENCE_H

#include "run/run.h"

enum { ATTACHMENT_BYTES_MAX = 5 * 1024 * 1024, ATTACHMENT_NAME_BYTES = 120 };
enum { ATTACHMENTS_OF_TICK = 10, ATTACHMENTS_OF_STEP = 50 };

/* A file that is kept for a run, and is told as "DIGEST BYTES NAME". */
struct attachment_told {
    char digest[HASH_HEX_BYTES];
    int64_t bytes;
    struct str name;
};

/* A tick that is asked for. */
struct evidence_tick {
    const struct run_world *world;
    const struct run_call *call;
    const struct run *run;
    int step;
};

/* The word of the text that asks for evidence; "" when none does. */
struct str evidence_asked(struct str text);
/* Does ticking the step need a note or a file? */
bool run_step_wants_evidence(const struct run_step *step);
/* The last part of a path as the name of a file, in arena; "file" when nothing of it is left. */
struct str attachment_name(struct arena *arena, struct str path);
struct str attachment_tell(struct arena *arena, const struct attachment_told *told);
/* Takes the next one off the front of *rest, which begins as run_call's files. False at the end, or
 * with a sentence in err when it is badly told. */
MUST_USE bool attachment_next(struct arena *arena, struct str *rest, struct attachment_told *out,
                              struct err *err);

/* For run_tick: may it be ticked without more? Adds the facts of the files of the call. */
MUST_USE bool evidence_add(const struct evidence_tick *tick, struct event_list *out,
                           struct err *err);

#endif
