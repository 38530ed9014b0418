/* history.h - the collector's memory on disk: readings of the last hour or more, and where the
 * counters stand.
 *
 * Two files of lines take turns, so that disk use is bounded (HISTORY_FILE_BYTES each). What a
 * crash left half-written is passed over. What scrapes gave is not synced: after a loss of power
 * its windows begin anew. What was pushed is in a journal first (journal.h). */
#ifndef COLLECT_HISTORY_H
#define COLLECT_HISTORY_H

#include "base/err.h"
#include "base/str.h"

enum { HISTORY_FILE_BYTES = 8 * 1024 * 1024, HISTORY_LINE_BYTES = 256 * 1024 };

struct history_files {
    int folder; /* -1: nothing is kept */
    int files[2];
    int active;
    int64_t bytes[2];
    bool torn[2]; /* the newest line is not whole */
};

/* folder "" keeps nothing. The folder must exist. */
MUST_USE bool history_open(struct history_files *files, struct str folder, struct err *err);
void history_close(struct history_files *files);
/* Adds a line with its newline. One for which there is no room is lost, and no other with it. */
void history_append(struct history_files *files, struct str line);
/* What was added so far is on the disk; false: the disk says no. */
MUST_USE bool history_sync(const struct history_files *files);
/* False: the folder or one of its files was deleted or replaced since it was opened, so that what
 * is written is gone with this process. */
MUST_USE bool history_is_there(const struct history_files *files, struct str folder,
                               struct err *err);
/* The same of one open file, by its name in the open folder. */
bool history_file_is_there(int file, int folder, const char *name);
/* Calls take with each whole line, oldest first. */
void history_replay(const struct history_files *files, void (*take)(void *context, struct str line),
                    void *context);
/* The same of a folder that a collector writes to meanwhile, or that none does: nothing is changed.
 * What cannot be read is passed over. */
void history_look(struct str folder, void (*take)(void *context, struct str line), void *context);
/* Small named files written whole. */
void history_write_counters(const struct history_files *files, const char *name, struct str bytes);
struct str history_read_counters(struct arena *arena, const struct history_files *files,
                                 const char *name);

#endif
