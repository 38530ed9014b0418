/* attachments.h - files that are attached to steps, beside the ledger.
 *
 * A file lies under runs/RUN/attached/ in the state folder, named by its SHA-256, 0600. It is kept
 * before the fact says so, and what the fact says is compared with it whenever it is read.
 * Promises: a step is not ticked with a file that is not whole on disk; what was erased in the
 * ledger is taken away here too, at once or at the next start.
 * Refuses: empty files, more than ATTACHMENT_BYTES_MAX, files for runs that are not open. */
#ifndef MAIN_ATTACHMENTS_H
#define MAIN_ATTACHMENTS_H

#include "main/app.h"
#include "run/evidence.h"

/* Keeps data for the run; *told gets its digest and length. */
MUST_USE bool attachments_keep(struct app *app, int64_t run, struct str data,
                               struct attachment_told *told, struct err *err);
/* One file of a run. */
struct attachment_at {
    const struct run *run;
    const char *digest;
};
/* The file, when it is there and is what was attached; else one sentence. */
MUST_USE bool attachments_read(struct app *app, struct arena *arena, struct attachment_at at,
                               struct str *out_data, struct err *err);
/* Tells the world which files of the run are missing or altered, in arena. Contents are compared up
 * to some megabytes in all, so that a page is not waited for; beyond, sizes are, and a download
 * tells the rest. attachments_looked ends it. run may be NULL. */
void attachments_look(struct app *app, struct arena *arena, const struct run *run);
/* The same for a read action about a run. */
void attachments_look_for(struct app *app, struct arena *arena, const struct call *call);
void attachments_looked(struct app *app);
/* Are the files that the call names kept, and whole? True for a call that names none. */
MUST_USE bool attachments_check(struct app *app, const struct call *call, struct err *err);
/* On the command line a call names paths: their files are kept here, or by the daemon, and the call
 * is told what is kept. */
MUST_USE bool attachments_take(struct app *app, struct call *call, bool has_daemon,
                               struct err *err);
/* Takes away what was erased: after a call that may have erased something, and at the start. */
void attachments_sweep(struct app *app, const struct call *call);

#endif
