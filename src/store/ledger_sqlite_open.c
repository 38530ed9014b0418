/* ledger_sqlite_open.c - opening, closing, copying and looking at the whole file. */
#include "store/ledger_sqlite_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x52454556, FORMAT = 2, BUSY_MS = 5000, BACKUP_PAGES = 256 };

/* No row that Reeve writes comes near it; a planted one is refused and not read. */
enum { ROW_BYTES = 1024 * 1024 };

static const char tables[] =
    "BEGIN IMMEDIATE;" LEDGER_TABLE_ENTRY ";" LEDGER_TABLE_SUBJECT_BLOCK ";" LEDGER_TABLE_TEXT
    ";" LEDGER_TABLE_CHECKPOINT ";" LEDGER_TABLE_META ";"
    "INSERT INTO meta VALUES('made_by', 'Reeve " REEVE_VERSION "');"
    "PRAGMA application_id=0x52454556;"
    "PRAGMA user_version=2;"
    "COMMIT;";

/* Format 1 had an index over the subjects of all entries. */
static const char from_format_1[] =
    "BEGIN IMMEDIATE;" LEDGER_TABLE_SUBJECT_BLOCK ";"
    "INSERT INTO subject_block SELECT DISTINCT subject, (sequence - 1) / 256 FROM entry;"
    "DROP INDEX entry_subject;"
    "PRAGMA user_version=2;"
    "COMMIT;";
static const char read_subject_of_format_1[] =
    "SELECT sequence, leaf, leaf_hash, subject FROM entry WHERE subject = ?1 AND sequence < ?2"
    " ORDER BY sequence DESC LIMIT ?3";

static const char *const statement_sql[STATEMENTS] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_ADD_ENTRY] = "INSERT INTO entry VALUES(?1, ?2, ?3, ?4)",
    [STATEMENT_ADD_TEXT] = "INSERT INTO text VALUES(?1, ?2, ?3, ?4, NULL)",
    [STATEMENT_ADD_SUBJECT] = "INSERT OR IGNORE INTO subject_block VALUES(?1, ?2)",
    [STATEMENT_READ_ENTRIES] = "SELECT sequence, leaf, leaf_hash, subject FROM entry"
                               " WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2",
    [STATEMENT_READ_TEXTS] = "SELECT sequence, field, salt, text, erased_at FROM text"
                             " WHERE sequence BETWEEN ?1 AND ?2 AND field BETWEEN 0 AND ?3"
                             " ORDER BY sequence, field",
    [STATEMENT_READ_SUBJECT] =
        "SELECT e.sequence, e.leaf, e.leaf_hash, e.subject FROM subject_block AS b CROSS JOIN"
        " entry AS e ON e.sequence BETWEEN b.block * 256 + 1 AND b.block * 256 + 256"
        " WHERE b.subject = ?1 AND b.block <= ?2 / 256 AND e.subject = ?1 AND e.sequence < ?2"
        " ORDER BY b.block DESC, e.sequence DESC LIMIT ?3",
    [STATEMENT_COUNT] = "SELECT coalesce(max(sequence), 0) FROM entry",
    [STATEMENT_PUT_CHECKPOINT] = "INSERT OR REPLACE INTO checkpoint VALUES(?1, ?2)",
    [STATEMENT_READ_CHECKPOINTS] = "SELECT size, note FROM checkpoint WHERE size >= ?1"
                                   " ORDER BY size LIMIT ?2",
    [STATEMENT_NEWEST_CHECKPOINT] = "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1",
    [STATEMENT_ERASE_TEXTS] = "UPDATE text SET salt = NULL, text = NULL, erased_at = ?1"
                              " WHERE sequence = ?2 AND erased_at IS NULL",
};

static int64_t entry_count(struct store *store)
{
    return ((struct ledger_sqlite *)store)->count;
}

static void close_store(struct store *store)
{
    ledger_sqlite_close((struct ledger_sqlite *)store);
}

static const struct store_port port = {
    .append = ledger_sqlite_append,
    .read = ledger_sqlite_read,
    .count = entry_count,
    .close = close_store,
    .read_subject = ledger_sqlite_read_subject,
    .put_checkpoint = ledger_sqlite_put_checkpoint,
    .read_checkpoints = ledger_sqlite_read_checkpoints,
    .newest_checkpoint = ledger_sqlite_newest_checkpoint,
    .erase_texts = ledger_sqlite_erase_texts,
    .inspect = ledger_sqlite_inspect,
    .look = ledger_sqlite_look,
};

static bool run(struct ledger_sqlite *ledger, const char *sql, const char *doing, struct err *err)
{
    int code = sqlite3_exec(ledger->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK || ledger_sqlite_fail(ledger, code, doing, err);
}

bool ledger_sqlite_ask(struct ledger_sqlite *ledger, const char *sql, int64_t *out_value,
                       struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(ledger->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    (void)sqlite3_finalize(statement);
    if (code == SQLITE_NOTADB)
        return err_set(err, ERR_USAGE, ledger->path,
                       "This file is not a ledger of Reeve; give another path.");
    if (code != SQLITE_ROW)
        return ledger_sqlite_fail(ledger, code, "reading the file's head", err);
    *out_value = value;
    return true;
}

static bool check_format(struct ledger_sqlite *ledger, bool *out_empty, struct err *err)
{
    int64_t application = 0;
    int64_t format = 0;
    int64_t objects = 0;
    if (!ledger_sqlite_ask(ledger, "PRAGMA application_id", &application, err) ||
        !ledger_sqlite_ask(ledger, "PRAGMA user_version", &format, err) ||
        !ledger_sqlite_ask(ledger, "SELECT count(*) FROM sqlite_master", &objects, err))
        return false;
    bool empty = application == 0 && format == 0 && objects == 0;
    if (!empty && application != APPLICATION_ID)
        return err_set(err, ERR_USAGE, ledger->path,
                       "This file is a database of another program, not a ledger of Reeve; give "
                       "another path.");
    if (format > FORMAT)
        return err_set(err, ERR_USAGE, ledger->path,
                       "This ledger has format %lld and Reeve " REEVE_VERSION
                       " knows formats up to %d; use the newer Reeve that wrote it.",
                       (long long)format, FORMAT);
    if (!empty)
        ledger->format = format;
    *out_empty = empty;
    return true;
}

static bool prepare(struct ledger_sqlite *ledger, struct err *err)
{
    for (int i = 0; i < STATEMENTS; i++) {
        const char *sql = statement_sql[i];
        if (ledger->format == 1 && i == STATEMENT_READ_SUBJECT)
            sql = read_subject_of_format_1;
        if (ledger->format == 1 && i == STATEMENT_ADD_SUBJECT)
            continue; /* opened for reading only */
        int code = sqlite3_prepare_v3(ledger->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                      &ledger->statements[i], NULL);
        if (code != SQLITE_OK)
            return ledger_sqlite_fail(ledger, code, "preparing", err);
    }
    return true;
}

static bool open_append(struct ledger_sqlite *ledger, struct err *err)
{
    /* Made here and not by SQLite, so that nobody else can read it for a moment. */
    int fd = open(ledger->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_SELF, ledger->path,
                       "The ledger cannot be opened for writing: %s; make its folder and file "
                       "writable for this user.",
                       strerror(errno));
    (void)close(fd);
    /* One thread uses it: SQLite need not lock each of its calls. */
    int code = sqlite3_open_v2(ledger->path, &ledger->db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return ledger_sqlite_fail(ledger, code, "opening", err);
    (void)sqlite3_busy_timeout(ledger->db, BUSY_MS);
    (void)sqlite3_limit(ledger->db, SQLITE_LIMIT_LENGTH, ROW_BYTES);
    bool empty = false;
    if (!check_format(ledger, &empty, err))
        return false;
    if (!run(ledger,
             "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
             "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;",
             "setting it up", err) ||
        (empty && !run(ledger, tables, "making its tables", err)) ||
        (ledger->format == 1 && !run(ledger, from_format_1, "bringing it to format 2", err)))
        return false;
    ledger->format = FORMAT;
    ledger->place = ledger_sqlite_place_of(ledger->path);
    return true;
}

static bool open_as(struct ledger_sqlite *ledger, const char *name, bool *out_empty,
                    struct err *err)
{
    (void)sqlite3_close(ledger->db);
    ledger->db = NULL;
    int code = sqlite3_open_v2(name, &ledger->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    if (code != SQLITE_OK)
        return ledger_sqlite_fail(ledger, code, "opening", err);
    (void)sqlite3_busy_timeout(ledger->db, BUSY_MS);
    (void)sqlite3_limit(ledger->db, SQLITE_LIMIT_LENGTH, ROW_BYTES);
    return check_format(ledger, out_empty, err);
}

/* A folder that cannot be written has no place for SQLite's shared memory: then the file is read
 * as it stands, which is right because this user cannot write it there either. */
static bool open_read(struct ledger_sqlite *ledger, struct err *err)
{
    char name[sizeof ledger->path + 32];
    bool empty = false;
    struct err first = {0};
    struct stat info;
    if (access(ledger->path, R_OK) != 0)
        return err_set(err, ERR_USAGE, ledger->path,
                       "The ledger cannot be read: %s; give the path of a ledger that this user "
                       "may read.",
                       strerror(errno));
    if (stat(ledger->path, &info) == 0 && !S_ISREG(info.st_mode))
        return err_set(err, ERR_USAGE, ledger->path,
                       "This is not a file; give the path of a ledger.");
    if (strpbrk(ledger->path, "?#%"))
        return err_set(err, ERR_USAGE, ledger->path,
                       "The ledger's path may not hold '?', '#' or '%%'; rename it.");
    (void)snprintf(name, sizeof name, "file:%s?mode=ro", ledger->path);
    if (!open_as(ledger, name, &empty, &first)) {
        if (first.kind == ERR_USAGE)
            return err_set(err, first.kind, first.place, "%s", first.text);
        (void)snprintf(name, sizeof name, "file:%s?immutable=1", ledger->path);
        if (!open_as(ledger, name, &empty, err))
            return false;
    }
    return !empty || err_set(err, ERR_USAGE, ledger->path,
                             "This file is empty: there is no ledger in it yet.");
}

/* A writer must not go on behind rows that no reader reaches. */
static bool check_first(struct ledger_sqlite *ledger, struct err *err)
{
    int64_t first = 0;
    if (!ledger_sqlite_ask(ledger, "SELECT coalesce(min(sequence), 1) FROM entry", &first, err))
        return false;
    if (first == 1 && ledger->count < INT64_MAX)
        return true;
    return err_set(err, ERR_SELF, ledger->path,
                   "The ledger holds an entry %lld, which Reeve never writes: look at it with "
                   "\"reeve ledger verify\" and restore the file from a backup.",
                   (long long)(first == 1 ? ledger->count : first));
}

bool ledger_sqlite_open(struct ledger_sqlite *ledger, struct str path, enum ledger_sqlite_mode mode,
                        struct err *err)
{
    *ledger = (struct ledger_sqlite){.store = {&port}};
    if (path.n == 0 || path.n >= sizeof ledger->path)
        return err_set(err, ERR_USAGE, NULL,
                       "The ledger's path must have 1 to %zu bytes, this one has %zu.",
                       sizeof ledger->path - 1, path.n);
    memcpy(ledger->path, path.p, path.n);
    bool good = (mode == LEDGER_APPEND ? open_append(ledger, err) : open_read(ledger, err)) &&
                ledger_sqlite_check_tables(ledger, mode, err) && prepare(ledger, err) &&
                ledger_sqlite_count_now(ledger, err) &&
                (mode == LEDGER_READ || check_first(ledger, err));
    if (!good)
        ledger_sqlite_close(ledger);
    return good;
}

void ledger_sqlite_close(struct ledger_sqlite *ledger)
{
    for (int i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize(ledger->statements[i]);
    (void)sqlite3_close(ledger->db);
    memset(ledger->statements, 0, sizeof ledger->statements);
    ledger->db = NULL;
}

static int copy_pages(struct ledger_sqlite *ledger, sqlite3 *target)
{
    sqlite3_backup *backup = sqlite3_backup_init(target, "main", ledger->db, "main");
    if (!backup)
        return sqlite3_errcode(target);
    int code;
    do
        code = sqlite3_backup_step(backup, BACKUP_PAGES);
    while (code == SQLITE_OK);
    int after = sqlite3_backup_finish(backup);
    return code == SQLITE_DONE ? after : code;
}

/* The copy is made under another name, brought to disk, and only then gets its own. */
bool ledger_sqlite_backup(struct ledger_sqlite *ledger, struct str target, struct err *err)
{
    char part[sizeof ledger->path + 8];
    if (target.n == 0 || target.n >= sizeof ledger->path)
        return err_set(err, ERR_USAGE, NULL, "The path of the copy must have 1 to %zu bytes.",
                       sizeof ledger->path - 1);
    (void)snprintf(part, sizeof part, "%.*s.part", STR_ARGS(target));
    (void)unlink(part);
    int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_OUTSIDE, part, "The copy cannot be made: %s.", strerror(errno));
    sqlite3 *copy = NULL;
    int code = sqlite3_open_v2(part, &copy, SQLITE_OPEN_READWRITE, NULL);
    if (code == SQLITE_OK)
        code = copy_pages(ledger, copy);
    /* A copy is one file: no WAL beside it. */
    if (code == SQLITE_OK)
        code = sqlite3_exec(copy, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    (void)sqlite3_close(copy);
    part[target.n] = '\0';
    char final[sizeof ledger->path];
    memcpy(final, part, target.n + 1);
    part[target.n] = '.';
    bool good = code == SQLITE_OK && fsync(fd) == 0 && link(part, final) == 0;
    int reason = errno;
    (void)close(fd);
    (void)unlink(part);
    if (good)
        return true;
    if (code != SQLITE_OK)
        return err_set(err, ERR_OUTSIDE, final, "The copy cannot be made: %s.",
                       sqlite3_errstr(code));
    return err_set(err, reason == EEXIST ? ERR_USAGE : ERR_OUTSIDE, final,
                   "The copy cannot be made: %s; give the name of a new file.", strerror(reason));
}

bool ledger_sqlite_limit_pages(struct ledger_sqlite *ledger, int64_t more_pages, struct err *err)
{
    int64_t pages = 0;
    char sql[64];
    if (!ledger_sqlite_ask(ledger, "PRAGMA page_count", &pages, err))
        return false;
    (void)snprintf(sql, sizeof sql, "PRAGMA max_page_count=%lld",
                   more_pages < 0 ? 1073741823LL : (long long)(pages + more_pages));
    return run(ledger, sql, "limiting its size", err);
}

static bool reserve_path(struct str ledger_path, char out_path[544])
{
    return ledger_path.n > 0 && ledger_path.n < 512 &&
           snprintf(out_path, 544, "%.*s.reserve", STR_ARGS(ledger_path)) > 0;
}

bool ledger_sqlite_make_reserve(struct str ledger_path, int64_t size_bytes, struct err *err)
{
    char path[544];
    if (!reserve_path(ledger_path, path))
        return err_set(err, ERR_USAGE, NULL, "The ledger's path is too long for a reserve.");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int code = fd < 0 ? errno : posix_fallocate(fd, 0, size_bytes);
    if (fd >= 0)
        (void)close(fd);
    if (code == 0)
        return true;
    if (fd >= 0)
        (void)unlink(path);
    return err_set(err, ERR_SELF, path, "The reserve of %lld bytes cannot be held back: %s.",
                   (long long)size_bytes, strerror(code));
}

bool ledger_sqlite_free_reserve(struct str ledger_path)
{
    char path[544];
    return reserve_path(ledger_path, path) && unlink(path) == 0;
}
