/* archive.c - adding, packing, forgetting. */
#include "collect/archive.h"

#include "collect/archive_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, FORGET_SHARE = 10, SQL_BYTES = 512 };

static const char *const statements[ARCHIVE_STATEMENTS] = {
    [ARCHIVE_BEGIN] = "BEGIN",
    [ARCHIVE_COMMIT] = "COMMIT",
    [ARCHIVE_ADD] = "INSERT OR IGNORE INTO fresh(tier, signal, at, target, line)"
                    " VALUES(?1, ?2, ?3, ?4, ?5)",
    [ARCHIVE_ROLLBACK] = "ROLLBACK",
    [ARCHIVE_SIGNALS] = "SELECT DISTINCT signal FROM fresh WHERE tier = 0",
    [ARCHIVE_BUNDLED] = "SELECT max(until) FROM bundle WHERE tier = ?1 AND signal = ?2",
    [ARCHIVE_NEWEST] = "SELECT max(at) FROM fresh WHERE tier = ?1 AND signal = ?2",
    [ARCHIVE_PACKABLE] = "SELECT DISTINCT signal FROM fresh WHERE tier = ?1 AND at <= ?2",
    [ARCHIVE_FIRST] = "SELECT min(at) FROM fresh WHERE tier = ?1 AND signal = ?2",
    [ARCHIVE_FRESH] = "SELECT line FROM fresh WHERE tier = ?1 AND signal = ?2 AND at > ?3 AND"
                      " at <= ?4 ORDER BY at, target",
    [ARCHIVE_DROP_FRESH] = "DELETE FROM fresh WHERE tier = ?1 AND signal = ?2 AND at > ?3 AND"
                           " at <= ?4",
    [ARCHIVE_ADD_BUNDLE] = "INSERT INTO bundle(tier, signal, at, until, size, packed)"
                           " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [ARCHIVE_BUNDLES] = "SELECT size, packed FROM bundle WHERE tier = ?1 AND signal = ?2 AND"
                        " until > ?3 AND at < ?4 ORDER BY at",
    [ARCHIVE_EXPIRE] = "DELETE FROM bundle WHERE tier = ?1 AND until <= ?2",
    [ARCHIVE_EXPIRE_FRESH] = "DELETE FROM fresh WHERE tier = ?1 AND at <= ?2",
    [ARCHIVE_OLDEST] = "SELECT min(m) FROM (SELECT min(at) AS m FROM fresh WHERE tier = ?1 AND"
                       " signal = ?2 UNION ALL SELECT min(at) FROM bundle WHERE tier = ?1 AND"
                       " signal = ?2)",
    [ARCHIVE_FORGET] = "DELETE FROM bundle WHERE rowid IN (SELECT rowid FROM bundle WHERE tier = ?1"
                       " ORDER BY until LIMIT ?2)",
    [ARCHIVE_COUNT_BUNDLES] = "SELECT count(*) FROM bundle WHERE tier = ?1",
};

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS fresh(tier INTEGER NOT NULL, signal TEXT NOT NULL, at INTEGER NOT"
    " NULL, target TEXT NOT NULL, line BLOB NOT NULL, PRIMARY KEY(tier, signal, at, target))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS bundle(tier INTEGER NOT NULL, signal TEXT NOT NULL, at INTEGER NOT"
    " NULL, until INTEGER NOT NULL, size INTEGER NOT NULL, packed BLOB NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS bundle_when ON bundle(tier, signal, until);"
    "CREATE INDEX IF NOT EXISTS bundle_age ON bundle(tier, until);";

bool archive_fail(struct archive *archive, int code, const char *doing, struct err *err)
{
    return err_set(err, ERR_SELF, archive->path,
                   "What was measured cannot be kept or read (%s): %s (SQLite code %d); the "
                   "history folder needs room and has to be writable.",
                   doing, archive->db ? sqlite3_errmsg(archive->db) : sqlite3_errstr(code), code);
}

bool archive_step(struct archive *archive, enum archive_statement which, const char *doing,
                  struct err *err)
{
    int code = sqlite3_step(archive->statements[which]);
    int after = sqlite3_reset(archive->statements[which]);
    if (code == SQLITE_DONE || code == SQLITE_ROW)
        code = after;
    return code == SQLITE_OK || archive_fail(archive, code, doing, err);
}

sqlite3_stmt *archive_bind(struct archive *archive, enum archive_statement which,
                           enum tier_number tier, struct str signal)
{
    sqlite3_stmt *statement = archive->statements[which];
    (void)sqlite3_bind_int(statement, 1, (int)tier);
    if (signal.n > 0)
        (void)sqlite3_bind_text64(statement, 2, signal.p, signal.n, SQLITE_STATIC, SQLITE_UTF8);
    return statement;
}

bool archive_ask(struct archive *archive, enum archive_statement which, int64_t *out_value,
                 struct err *err)
{
    int code = sqlite3_step(archive->statements[which]);
    *out_value = code == SQLITE_ROW ? sqlite3_column_int64(archive->statements[which], 0) : 0;
    (void)sqlite3_reset(archive->statements[which]);
    return code == SQLITE_ROW || archive_fail(archive, code, "asking", err);
}

/* One statement after the other. */
static int run_all(struct archive *archive, const char *sql)
{
    int code = SQLITE_OK;
    while (code == SQLITE_OK && *sql) {
        sqlite3_stmt *statement = NULL;
        code = sqlite3_prepare_v2(archive->db, sql, -1, &statement, &sql);
        while (code == SQLITE_OK && statement && sqlite3_step(statement) == SQLITE_ROW)
            ; /* a pragma says what it has set */
        int ended = sqlite3_finalize(statement);
        code = code == SQLITE_OK ? ended : code;
    }
    return code;
}

static bool prepare(struct archive *archive, enum archive_mode mode, int64_t max_bytes,
                    struct err *err)
{
    char limit[SQL_BYTES];
    (void)snprintf(limit, sizeof limit,
                   "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
                   " PRAGMA cache_size=-2000; PRAGMA journal_size_limit=4194304;"
                   " PRAGMA max_page_count=%lld;",
                   (long long)(max_bytes / PAGE_BYTES));
    (void)sqlite3_busy_timeout(archive->db, 2000);
    int code = SQLITE_OK;
    if (mode == ARCHIVE_WRITE)
        code = run_all(archive, limit);
    if (code == SQLITE_OK && mode == ARCHIVE_WRITE)
        code = run_all(archive, schema);
    for (int i = 0; code == SQLITE_OK && i < ARCHIVE_STATEMENTS; i++)
        code = sqlite3_prepare_v3(archive->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                                  &archive->statements[i], NULL);
    return code == SQLITE_OK || archive_fail(archive, code, "opening it", err);
}

static void forget_handle(struct archive *archive)
{
    for (int i = 0; i < ARCHIVE_STATEMENTS; i++)
        (void)sqlite3_finalize(archive->statements[i]);
    memset(archive->statements, 0, sizeof archive->statements);
    (void)sqlite3_close(archive->db);
    archive->db = NULL;
}

static bool open_file(struct archive *archive, enum archive_mode mode, int64_t max_bytes,
                      struct err *err)
{
    int flags =
        mode == ARCHIVE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int code = sqlite3_open_v2(archive->path, &archive->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return archive_fail(archive, code, "opening it", err);
    struct stat about;
    if (stat(archive->path, &about) == 0) {
        archive->device = about.st_dev;
        archive->inode = about.st_ino;
    }
    return prepare(archive, mode, max_bytes, err);
}

/* A damaged file does not keep what comes from being kept. */
static bool put_aside(struct archive *archive)
{
    char aside[ARCHIVE_PATH_BYTES + 16];
    char beside[ARCHIVE_PATH_BYTES + 16];
    int code = sqlite3_extended_errcode(archive->db) & 0xff;
    if (code != SQLITE_CORRUPT && code != SQLITE_NOTADB)
        return false;
    forget_handle(archive);
    (void)snprintf(aside, sizeof aside, "%s.damaged", archive->path);
    (void)snprintf(beside, sizeof beside, "%s-wal", archive->path);
    (void)unlink(beside);
    return rename(archive->path, aside) == 0;
}

void archive_close(struct archive *archive)
{
    if (!archive)
        return;
    (void)archive_commit(archive, NULL);
    forget_handle(archive);
    for (int i = 1; i < TIERS; i++)
        tier_done(&archive->tiers[i]);
    map_done(&archive->bundled);
    arena_done(&archive->turn);
    arena_done(&archive->packing);
    arena_done(&archive->arena);
    free(archive);
}

bool archive_begin(struct archive *archive, struct err *err)
{
    if (archive->changed && !sqlite3_get_autocommit(archive->db))
        return true; /* a full file may end a transaction by itself */
    archive->changed = archive_step(archive, ARCHIVE_BEGIN, "beginning", err);
    return archive->changed;
}

bool archive_commit(struct archive *archive, struct err *err)
{
    if (!archive->changed)
        return true;
    archive->changed = false;
    if (sqlite3_get_autocommit(archive->db))
        return true;
    if (archive_step(archive, ARCHIVE_COMMIT, "making it durable", err))
        return true;
    (void)archive_step(archive, ARCHIVE_ROLLBACK, "taking it back", NULL);
    return false;
}

/* The oldest of the finest tier that has anything makes room. */
static bool make_room(struct archive *archive, struct err *err)
{
    for (int i = 0; i < TIERS; i++) {
        int64_t count = 0;
        (void)archive_bind(archive, ARCHIVE_COUNT_BUNDLES, (enum tier_number)i, STR(""));
        if (!archive_ask(archive, ARCHIVE_COUNT_BUNDLES, &count, err))
            return false;
        if (count == 0)
            continue;
        sqlite3_stmt *forget = archive_bind(archive, ARCHIVE_FORGET, (enum tier_number)i, STR(""));
        (void)sqlite3_bind_int64(forget, 2, count / FORGET_SHARE + 1);
        return archive_step(archive, ARCHIVE_FORGET, "making room", err);
    }
    return err_set(err, ERR_SELF, archive->path,
                   "The room for what is measured is used up, and nothing in it is old enough to "
                   "be forgotten.");
}

static bool add_line(struct archive *archive, enum tier_number tier, const struct reading *reading,
                     struct err *err)
{
    const struct instant *bundled = archive_bundled(archive, reading->signal, err);
    if (!bundled)
        return false;
    if (!instant_before(bundled[tier], reading->at))
        return true;
    struct str line = reading_write(&archive->turn, reading);
    sqlite3_stmt *add = archive_bind(archive, ARCHIVE_ADD, tier, reading->signal);
    (void)sqlite3_bind_int64(add, 3, reading->at.us);
    (void)sqlite3_bind_text64(add, 4, reading->target.p, reading->target.n, SQLITE_STATIC,
                              SQLITE_UTF8);
    (void)sqlite3_bind_blob64(add, 5, line.p, line.n, SQLITE_STATIC);
    bool added = archive_step(archive, ARCHIVE_ADD, "adding", err);
    if (!added && sqlite3_errcode(archive->db) == SQLITE_FULL)
        added = archive_begin(archive, err) && make_room(archive, err) &&
                archive_step(archive, ARCHIVE_ADD, "adding", err);
    return added;
}

static bool add_merged(struct archive *archive, const struct reading *reading, struct err *err)
{
    struct reading closed;
    bool good = true;
    for (int i = 1; i < TIERS && good; i++)
        if (tier_add(&archive->tiers[i], &archive->turn, reading, &closed))
            good = add_line(archive, (enum tier_number)i, &closed, err);
    return good;
}

bool archive_add(struct archive *archive, const struct reading *reading, struct err *err)
{
    bool good = archive_begin(archive, err) && add_line(archive, TIER_EXACT, reading, err) &&
                add_merged(archive, reading, err);
    arena_reset(&archive->turn);
    return good;
}

struct reopening {
    struct archive *archive;
    struct err *err;
    bool good;
};

static bool reopen_with(void *context, const struct reading *reading)
{
    struct reopening *reopening = context;
    reopening->good = add_merged(reopening->archive, reading, reopening->err);
    return reopening->good;
}

static bool reopen_slots(struct archive *archive, struct str signal, struct err *err)
{
    int64_t newest = 0;
    int64_t widest_us = tier_of(TIER_1_H)->slot_ms * 1000;
    (void)archive_bind(archive, ARCHIVE_NEWEST, TIER_EXACT, signal);
    if (!archive_ask(archive, ARCHIVE_NEWEST, &newest, err) || !archive_begin(archive, err))
        return false;
    /* From the beginning of the widest slot that may be open, and not from its middle. */
    struct instant from = {(newest / widest_us - 1) * widest_us};
    struct archive_range range = {TIER_EXACT, signal, from, {newest}};
    struct reopening reopening = {archive, err, true};
    struct archive_use use = {&reopening, reopen_with};
    return archive_read(archive, &range, &use, err) && reopening.good;
}

/* Slots that were open when the process ended are filled again from the readings themselves. */
static bool reopen_all(struct archive *archive, struct err *err)
{
    sqlite3_stmt *list = archive->statements[ARCHIVE_SIGNALS];
    struct arena names;
    arena_init(&names);
    struct str *signals = NULL;
    size_t count = 0;
    size_t capacity = 0;
    int code;
    while ((code = sqlite3_step(list)) == SQLITE_ROW) {
        struct str name = {(const char *)sqlite3_column_text(list, 0),
                           (size_t)sqlite3_column_bytes(list, 0)};
        LIST_PUSH(&names, signals, count, capacity) = str_copy(&names, name);
    }
    (void)sqlite3_reset(list);
    bool good = code == SQLITE_DONE || archive_fail(archive, code, "reading its signals", err);
    for (size_t i = 0; i < count && good; i++)
        good = reopen_slots(archive, signals[i], err);
    arena_done(&names);
    return good;
}

bool archive_open(struct str folder, enum archive_mode mode, int64_t max_bytes,
                  struct archive **out_archive, struct err *err)
{
    struct archive *archive = calloc(1, sizeof *archive);
    if (!archive)
        return err_set(err, ERR_SELF, NULL, "There is no memory to keep what is measured.");
    (void)snprintf(archive->path, sizeof archive->path, "%.*s/archive.sqlite", STR_ARGS(folder));
    arena_init(&archive->arena);
    arena_init(&archive->turn);
    arena_init(&archive->packing);
    map_init(&archive->bundled, LIMIT_SIGNALS);
    for (int i = 1; i < TIERS; i++)
        tier_init(&archive->tiers[i], &archive->arena, (enum tier_number)i);
    if (mode == ARCHIVE_READ && access(archive->path, F_OK) != 0) {
        archive_close(archive);
        *out_archive = NULL;
        return true;
    }
    bool good =
        open_file(archive, mode, max_bytes, err) ||
        (mode == ARCHIVE_WRITE && put_aside(archive) && open_file(archive, mode, max_bytes, err));
    if (good && mode == ARCHIVE_WRITE)
        good = reopen_all(archive, err) && archive_commit(archive, err);
    if (!good) {
        archive_close(archive);
        return false;
    }
    *out_archive = archive;
    return true;
}

struct closing {
    struct archive *archive;
    enum tier_number tier;
    struct err *err;
    bool good;
};

static void close_slot(void *context, const struct reading *reading)
{
    struct closing *closing = context;
    closing->good =
        closing->good && add_line(closing->archive, closing->tier, reading, closing->err);
}

/* Packs in a transaction of its own: what was added is durable before, whatever becomes of this. */
static bool pack(struct archive *archive, struct instant now, struct err *err)
{
    bool good = archive_begin(archive, err) && archive_pack(archive, now, err);
    bool full = !good && sqlite3_errcode(archive->db) == SQLITE_FULL;
    arena_reset(&archive->turn);
    if (good)
        return archive_commit(archive, err);
    if (!sqlite3_get_autocommit(archive->db))
        (void)archive_step(archive, ARCHIVE_ROLLBACK, "taking it back", NULL);
    archive->changed = false;
    map_done(&archive->bundled); /* as the file has it again */
    map_init(&archive->bundled, LIMIT_SIGNALS);
    /* With more room it is packed at the next flush. */
    return full && archive_begin(archive, err) && make_room(archive, err) &&
           archive_commit(archive, err);
}

/* What is written to a file that was deleted is gone with this process: it is begun anew. */
static bool is_there(const struct archive *archive, struct err *err)
{
    struct stat about;
    return (stat(archive->path, &about) == 0 && about.st_ino == archive->inode &&
            about.st_dev == archive->device) ||
           err_set(err, ERR_SELF, archive->path,
                   "%s was deleted or replaced while it was in use; what was measured is kept "
                   "anew from now on",
                   archive->path);
}

bool archive_flush(struct archive *archive, struct instant now, struct err *err)
{
    if (!is_there(archive, err))
        return false;
    bool good = archive_begin(archive, err);
    for (int i = 1; i < TIERS && good; i++) {
        struct closing closing = {archive, (enum tier_number)i, err, true};
        tier_close_before(&archive->tiers[i], now, close_slot, &closing);
        good = closing.good;
    }
    arena_reset(&archive->turn);
    good = archive_commit(archive, good ? err : NULL) && good;
    return good && pack(archive, now, err);
}
