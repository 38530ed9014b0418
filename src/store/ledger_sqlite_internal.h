/* ledger_sqlite_internal.h - what the files of this store share; for nobody else. */
#ifndef STORE_LEDGER_SQLITE_INTERNAL_H
#define STORE_LEDGER_SQLITE_INTERNAL_H

#include "store/ledger_sqlite.h"

/* The place of a sequence among blocks of LEDGER_BLOCK entries, from 0: what subject_block holds.
 * The number is part of the format. */
enum { LEDGER_BLOCK = 256 };
#define LEDGER_BLOCK_OF(sequence) (((sequence)-1) / LEDGER_BLOCK)

/* The tables, as SQLite keeps their definitions. */
#define LEDGER_TABLE_ENTRY                                                                         \
    "CREATE TABLE entry(sequence INTEGER PRIMARY KEY, leaf BLOB NOT NULL,"                         \
    " leaf_hash BLOB NOT NULL, subject BLOB NOT NULL) STRICT"
/* Its blocks are of LEDGER_BLOCK entries. */
#define LEDGER_TABLE_SUBJECT_BLOCK                                                                 \
    "CREATE TABLE subject_block(subject BLOB NOT NULL, block INTEGER NOT NULL,"                    \
    " PRIMARY KEY(subject, block)) STRICT, WITHOUT ROWID"
#define LEDGER_TABLE_TEXT                                                                          \
    "CREATE TABLE text(sequence INTEGER NOT NULL, field INTEGER NOT NULL, salt BLOB, text BLOB,"   \
    " erased_at INTEGER, PRIMARY KEY(sequence, field)) STRICT, WITHOUT ROWID"
#define LEDGER_TABLE_CHECKPOINT                                                                    \
    "CREATE TABLE checkpoint(size INTEGER PRIMARY KEY, note BLOB NOT NULL) STRICT"
#define LEDGER_TABLE_META                                                                          \
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID"

/* Turns a SQLite result code into a sentence; returns false. */
bool ledger_sqlite_fail(struct ledger_sqlite *ledger, int code, const char *doing, struct err *err);
/* Runs a statement that returns nothing of interest and resets it. err may be NULL. */
bool ledger_sqlite_step(struct ledger_sqlite *ledger, enum ledger_statement which,
                        const char *doing, struct err *err);
/* Reads the number of entries from the file. */
bool ledger_sqlite_count_now(struct ledger_sqlite *ledger, struct err *err);

/* The first column of the first row as a number. */
bool ledger_sqlite_ask(struct ledger_sqlite *ledger, const char *sql, int64_t *out_value,
                       struct err *err);

/* ledger_sqlite_check.c
 * The tables are Reeve's own, and nothing in the file changes what is written: no trigger when it
 * is opened for appending. */
bool ledger_sqlite_check_tables(struct ledger_sqlite *ledger, enum ledger_sqlite_mode mode,
                                struct err *err);
bool ledger_sqlite_inspect(struct store *store, struct arena *arena, struct str **out_findings,
                           size_t *out_count, struct err *err);

/* ledger_sqlite_place.c */
enum { LEDGER_LOG_PATH_BYTES = 512 + 8 };
struct file_place ledger_sqlite_place_of(const char *path);
bool ledger_sqlite_look(struct store *store, struct err *err);

bool ledger_sqlite_append(struct store *store, struct ledger_entry *entries, size_t count,
                          struct err *err);
bool ledger_sqlite_put_checkpoint(struct store *store, int64_t size, struct str note,
                                  struct err *err);
bool ledger_sqlite_erase_texts(struct store *store, int64_t sequence, struct instant at,
                               struct err *err);

/* ledger_sqlite_read.c */
bool ledger_sqlite_read(struct store *store, struct arena *arena, int64_t sequence, size_t max,
                        struct ledger_entry **out_entries, size_t *out_count, struct err *err);
bool ledger_sqlite_read_subject(struct store *store, struct arena *arena, struct ledger_range range,
                                struct ledger_entry **out_entries, size_t *out_count,
                                struct err *err);
bool ledger_sqlite_read_checkpoints(struct store *store, struct arena *arena,
                                    struct ledger_range range, struct ledger_checkpoint **out_notes,
                                    size_t *out_count, struct err *err);
bool ledger_sqlite_newest_checkpoint(struct store *store, struct arena *arena, struct str *out_note,
                                     struct err *err);

#endif
