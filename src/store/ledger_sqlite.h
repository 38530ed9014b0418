/* ledger_sqlite.h - the ledger in one SQLite file.
 *
 * Promises: a batch is one transaction, on disk when append returns (WAL, synchronous=FULL); a
 * failed append leaves nothing of the batch. Erased texts are overwritten, in the WAL too. A ledger
 * of format 1 is read as it is and brought to the newest when it is opened for appending.
 * An entry is refused while another file, or none, stands where the ledger was opened.
 * Refuses: files that are not a ledger of Reeve or of a newer format, tables that are not exactly
 * Reeve's, for appending also triggers and entries below 1, a second writer's gap.
 * Takes no lock of its own: the process that appends holds os/lock.h's. */
#ifndef STORE_LEDGER_SQLITE_H
#define STORE_LEDGER_SQLITE_H

#include "ledger/store.h"

#include <sqlite3.h>

enum ledger_sqlite_mode {
    LEDGER_APPEND, /* creates the file (0600) when it is absent */
    LEDGER_READ    /* changes nothing; works on a read-only folder too */
};

enum ledger_statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_ADD_ENTRY,
    STATEMENT_ADD_TEXT,
    STATEMENT_ADD_SUBJECT,
    STATEMENT_READ_ENTRIES,
    STATEMENT_READ_TEXTS,
    STATEMENT_READ_SUBJECT,
    STATEMENT_COUNT,
    STATEMENT_PUT_CHECKPOINT,
    STATEMENT_READ_CHECKPOINTS,
    STATEMENT_NEWEST_CHECKPOINT,
    STATEMENT_ERASE_TEXTS,
    STATEMENTS
};

/* Which file it is; inode 0: none. */
struct file_place {
    uint64_t device, inode;
};

/* In the caller's storage; fields are this module's. */
struct ledger_sqlite {
    struct store store; /* first: the port is reached through it */
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    char path[512];
    int64_t format; /* the file's user_version */
    int64_t count;
    bool count_in_doubt;                /* a commit failed: ask the file before the next append */
    struct file_place place, log_place; /* for appending: the file that is open, and its WAL */
    bool is_lost; /* another one, or none, stood in its place at the last look */
};

/* err: ERR_USAGE for a file that is not ours or newer, ERR_SELF for what the disk refuses. */
MUST_USE bool ledger_sqlite_open(struct ledger_sqlite *ledger, struct str path,
                                 enum ledger_sqlite_mode mode, struct err *err);
void ledger_sqlite_close(struct ledger_sqlite *ledger); /* also through the port */

/* Copies the ledger as it is now into a new file while it is in use (SQLite's backup); the copy is
 * whole or absent. ERR_USAGE when the target exists. */
MUST_USE bool ledger_sqlite_backup(struct ledger_sqlite *ledger, struct str target,
                                   struct err *err);
/* SQLite's own look at the tables, and what verify_ledger is told about the file around the
 * entries. ERR_SELF with the first thing it finds. */
MUST_USE bool ledger_sqlite_check(struct ledger_sqlite *ledger, struct err *err);
/* Limits the file for tests of a full disk, in pages beyond those it has now; -1: no limit. */
MUST_USE bool ledger_sqlite_limit_pages(struct ledger_sqlite *ledger, int64_t more_pages,
                                        struct err *err);

/* The reserve: blocks of the disk held back in PATH.reserve, given free when the disk is full. */
MUST_USE bool ledger_sqlite_make_reserve(struct str ledger_path, int64_t size_bytes,
                                         struct err *err);
/* True when there was a reserve to free. */
bool ledger_sqlite_free_reserve(struct str ledger_path);

#endif
