/* journal.h - what was pushed, on the disk before anybody is told that it was taken.
 *
 * Records of senders: where its series stand (telemetry/push.h), and the readings that were made on
 * the way. Two files take turns: one begins with the whole state of every sender, and grows by what
 * each flush changed; when it is long the other one begins.
 * Promises: journal_write returns true only when the disk has the records; after a crash the file
 * with the newest whole beginning is read up to the first record that is torn.
 * Refuses: to go on in a file whose end is not known; the other one is begun instead. */
#ifndef COLLECT_JOURNAL_H
#define COLLECT_JOURNAL_H

#include "base/err.h"
#include "base/text.h"

enum { JOURNAL_BYTES = 16 * 1024 * 1024, JOURNAL_BYTES_MAX = 512 * 1024 * 1024 };

struct journal {
    int files[2];
    int active; /* -1: none was begun */
    uint64_t generation;
    int64_t bytes, begun_bytes; /* of the active file now, and when it was begun */
};

struct journal_use {
    void *context;
    void (*take)(void *context, struct str sender, struct str state, struct str lines);
};

/* Opens the files in the open folder, and hands over what they hold. */
MUST_USE bool journal_open(struct journal *journal, int folder, const struct journal_use *use,
                           struct err *err);
void journal_close(struct journal *journal);
/* Are its files still in the open folder? */
MUST_USE bool journal_is_there(const struct journal *journal, int folder, struct err *err);
/* Adds a record to those that are written together. */
void journal_pack(struct text *records, struct str sender, struct str state, struct str lines);
/* Is a new file to be begun? */
bool journal_is_long(const struct journal *journal);
/* Begins the other file with the whole state of all senders. */
MUST_USE bool journal_begin(struct journal *journal, struct str wholes, struct err *err);
/* After false nothing of the records is read again, and journal_is_long. */
MUST_USE bool journal_write(struct journal *journal, struct str records, struct err *err);

#endif
