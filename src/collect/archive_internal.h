/* archive_internal.h - what the files of the archive share; for nobody else. */
#ifndef COLLECT_ARCHIVE_INTERNAL_H
#define COLLECT_ARCHIVE_INTERNAL_H

#include "collect/archive.h"

#include <sqlite3.h>

enum archive_statement {
    ARCHIVE_BEGIN,
    ARCHIVE_COMMIT,
    ARCHIVE_ROLLBACK,
    ARCHIVE_ADD,
    ARCHIVE_SIGNALS,
    ARCHIVE_BUNDLED,
    ARCHIVE_NEWEST,
    ARCHIVE_PACKABLE,
    ARCHIVE_FIRST,
    ARCHIVE_FRESH,
    ARCHIVE_DROP_FRESH,
    ARCHIVE_ADD_BUNDLE,
    ARCHIVE_BUNDLES,
    ARCHIVE_EXPIRE,
    ARCHIVE_EXPIRE_FRESH,
    ARCHIVE_OLDEST,
    ARCHIVE_FORGET,
    ARCHIVE_COUNT_BUNDLES,
    ARCHIVE_STATEMENTS
};

enum { ARCHIVE_PATH_BYTES = 4096 };

struct archive {
    sqlite3 *db;
    sqlite3_stmt *statements[ARCHIVE_STATEMENTS];
    char path[ARCHIVE_PATH_BYTES];
    struct arena arena;       /* as long as the archive */
    struct arena turn;        /* one line, or one bundle */
    struct arena packing;     /* names while packing */
    struct tier tiers[TIERS]; /* [TIER_EXACT] is not used */
    struct map bundled;       /* by signal: struct instant[TIERS], up to where it is packed */
    bool changed;             /* a transaction is open */
    uint64_t device, inode;   /* of the file that is written */
};

bool archive_fail(struct archive *archive, int code, const char *doing, struct err *err);
/* Runs a statement that returns nothing of interest and resets it. err may be NULL. */
bool archive_step(struct archive *archive, enum archive_statement which, const char *doing,
                  struct err *err);
/* The statement with its first parameters; signal "" binds only the tier. */
sqlite3_stmt *archive_bind(struct archive *archive, enum archive_statement which,
                           enum tier_number tier, struct str signal);
/* The first column of the only row; 0 when it is NULL. Resets the statement. */
bool archive_ask(struct archive *archive, enum archive_statement which, int64_t *out_value,
                 struct err *err);
/* Opens a transaction where none is open. */
bool archive_begin(struct archive *archive, struct err *err);
bool archive_commit(struct archive *archive, struct err *err);

/* archive_pack.c: packs what is over and forgets what is too old, in the open transaction. */
bool archive_pack(struct archive *archive, struct instant now, struct err *err);
/* Up to where a signal is packed: an array of TIERS, NULL without room for one more signal. */
struct instant *archive_bundled(struct archive *archive, struct str signal, struct err *err);

#endif
