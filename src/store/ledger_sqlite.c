/* ledger_sqlite.c - appending, erasing, checkpoints. */
#include "store/ledger_sqlite.h"

#include "base/noun.h"
#include "store/ledger_sqlite_internal.h"

#include <limits.h>

enum { SUBJECT_SLOTS = 256 };

bool ledger_sqlite_fail(struct ledger_sqlite *ledger, int code, const char *doing, struct err *err)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return err_set(err, ERR_SELF, ledger->path,
                       "The disk of the ledger is full (%s); nothing of this batch was recorded: "
                       "free space on it.",
                       doing);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return err_set(err, ERR_SELF, ledger->path,
                       "The ledger cannot be written (%s): its file, folder or disk is read-only; "
                       "make it writable for this user.",
                       doing);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_SELF, ledger->path,
                       "Another program holds the ledger's file (%s); end that program.", doing);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return err_set(err, ERR_SELF, ledger->path,
                       "The ledger's file is damaged (%s): %s; restore it from a backup and "
                       "compare it with the newest checkpoint.",
                       doing, sqlite3_errmsg(ledger->db));
    case SQLITE_TOOBIG:
        return err_set(err, ERR_SELF, ledger->path,
                       "The ledger holds a row longer than any that Reeve writes (%s): it was put "
                       "in beside Reeve; restore the file from a backup.",
                       doing);
    default:
        return err_set(err, ERR_SELF, ledger->path,
                       "The ledger's file refuses (%s): %s (SQLite code %d, system error %d).",
                       doing, sqlite3_errmsg(ledger->db), code, sqlite3_system_errno(ledger->db));
    }
}

bool ledger_sqlite_step(struct ledger_sqlite *ledger, enum ledger_statement which,
                        const char *doing, struct err *err)
{
    int code = sqlite3_step(ledger->statements[which]);
    int after = sqlite3_reset(ledger->statements[which]);
    if (code == SQLITE_DONE || code == SQLITE_ROW)
        code = after;
    return code == SQLITE_OK || ledger_sqlite_fail(ledger, code, doing, err);
}

static int bind_bytes(sqlite3_stmt *statement, int at, struct str bytes)
{
    return sqlite3_bind_blob64(statement, at, bytes.n ? bytes.p : "", bytes.n, SQLITE_STATIC);
}

static bool add_texts(struct ledger_sqlite *ledger, const struct ledger_entry *entry,
                      int64_t sequence, struct err *err)
{
    sqlite3_stmt *statement = ledger->statements[STATEMENT_ADD_TEXT];
    for (size_t i = 0; i < entry->text_count; i++) {
        (void)sqlite3_bind_int64(statement, 1, sequence);
        (void)sqlite3_bind_int64(statement, 2, (int64_t)entry->texts[i].field);
        (void)bind_bytes(statement, 3, entry->texts[i].salt);
        (void)bind_bytes(statement, 4, entry->texts[i].text);
        if (!ledger_sqlite_step(ledger, STATEMENT_ADD_TEXT, "adding a text", err))
            return false;
    }
    return true;
}

/* Whether an entry of this batch with the same subject went into the same block before. *slot is
 * that of the subject's hash: another subject in it costs one more statement and nothing else. */
static bool subject_is_added(const struct ledger_entry *entries, size_t at, int64_t first_sequence,
                             size_t *slot)
{
    size_t before = *slot; /* index from 1; 0: none */
    *slot = at + 1;
    return before != 0 && str_equal(entries[before - 1].subject, entries[at].subject) &&
           LEDGER_BLOCK_OF(first_sequence + (int64_t)before - 1) ==
               LEDGER_BLOCK_OF(first_sequence + (int64_t)at);
}

/* In which blocks a subject occurs: a row for a block and not for an entry, because entries of one
 * subject come close together. */
static bool add_subjects(struct ledger_sqlite *ledger, const struct ledger_entry *entries,
                         size_t count, struct err *err)
{
    sqlite3_stmt *statement = ledger->statements[STATEMENT_ADD_SUBJECT];
    size_t slots[SUBJECT_SLOTS] = {0};
    for (size_t i = 0; i < count; i++) {
        if (subject_is_added(entries, i, ledger->count + 1,
                             &slots[str_hash(entries[i].subject) % SUBJECT_SLOTS]))
            continue;
        (void)bind_bytes(statement, 1, entries[i].subject);
        (void)sqlite3_bind_int64(statement, 2, LEDGER_BLOCK_OF(ledger->count + 1 + (int64_t)i));
        if (!ledger_sqlite_step(ledger, STATEMENT_ADD_SUBJECT, "adding a subject", err))
            return false;
    }
    return true;
}

static bool add_entries(struct ledger_sqlite *ledger, const struct ledger_entry *entries,
                        size_t count, struct err *err)
{
    sqlite3_stmt *statement = ledger->statements[STATEMENT_ADD_ENTRY];
    for (size_t i = 0; i < count; i++) {
        const struct ledger_entry *entry = &entries[i];
        int64_t sequence = ledger->count + 1 + (int64_t)i;
        (void)sqlite3_bind_int64(statement, 1, sequence);
        (void)bind_bytes(statement, 2, entry->leaf);
        (void)sqlite3_bind_blob(statement, 3, entry->leaf_hash.b, HASH_BYTES, SQLITE_STATIC);
        (void)bind_bytes(statement, 4, entry->subject);
        if (!ledger_sqlite_step(ledger, STATEMENT_ADD_ENTRY, "adding an entry", err) ||
            !add_texts(ledger, entry, sequence, err))
            return false;
    }
    return true;
}

/* After a failed step the transaction may already be gone; then there is nothing to roll back. */
static void roll_back(struct ledger_sqlite *ledger)
{
    if (!sqlite3_get_autocommit(ledger->db))
        (void)ledger_sqlite_step(ledger, STATEMENT_ROLLBACK, "rolling back", NULL);
}

bool ledger_sqlite_count_now(struct ledger_sqlite *ledger, struct err *err)
{
    sqlite3_stmt *statement = ledger->statements[STATEMENT_COUNT];
    int code = sqlite3_step(statement);
    int64_t count = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    (void)sqlite3_reset(statement);
    if (code != SQLITE_ROW)
        return ledger_sqlite_fail(ledger, code, "counting the entries", err);
    ledger->count = count;
    ledger->count_in_doubt = false;
    return true;
}

/* A commit that failed may still be found whole in the WAL; the writer must not go on as if it
 * were not there. */
static bool settle_doubt(struct ledger_sqlite *ledger, struct err *err)
{
    int64_t known = ledger->count;
    if (!ledger->count_in_doubt)
        return true;
    if (!ledger_sqlite_count_now(ledger, err))
        return false;
    if (ledger->count == known)
        return true;
    int64_t found = ledger->count;
    ledger->count = known;
    ledger->count_in_doubt = true;
    return err_set(err, ERR_DOUBT, ledger->path,
                   "The ledger holds %lld %s where this process knows %lld; restart Reeve so "
                   "that it reads them.",
                   (long long)found, noun(found, "entry", "entries"), (long long)known);
}

bool ledger_sqlite_append(struct store *store, struct ledger_entry *entries, size_t count,
                          struct err *err)
{
    struct ledger_sqlite *ledger = (struct ledger_sqlite *)store;
    if (count == 0)
        return true;
    if (!ledger_sqlite_look(store, err) || !settle_doubt(ledger, err) ||
        !ledger_sqlite_step(ledger, STATEMENT_BEGIN, "beginning a batch", err))
        return false;
    if (!add_entries(ledger, entries, count, err) || !add_subjects(ledger, entries, count, err)) {
        roll_back(ledger);
        return false;
    }
    if (!ledger_sqlite_step(ledger, STATEMENT_COMMIT, "making a batch durable", err)) {
        roll_back(ledger);
        ledger->count_in_doubt = true;
        return false;
    }
    for (size_t i = 0; i < count; i++)
        entries[i].sequence = ledger->count + 1 + (int64_t)i;
    ledger->count += (int64_t)count;
    return true;
}

bool ledger_sqlite_put_checkpoint(struct store *store, int64_t size, struct str note,
                                  struct err *err)
{
    struct ledger_sqlite *ledger = (struct ledger_sqlite *)store;
    sqlite3_stmt *statement = ledger->statements[STATEMENT_PUT_CHECKPOINT];
    (void)sqlite3_bind_int64(statement, 1, size);
    (void)bind_bytes(statement, 2, note);
    if (!ledger_sqlite_step(ledger, STATEMENT_PUT_CHECKPOINT, "keeping a checkpoint", err))
        return false;
    /* A time without a batch: what stands in the WAL is brought into the file as far as it goes, so
     * that a file copied without its WAL lacks little. */
    (void)sqlite3_wal_checkpoint_v2(ledger->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return true;
}

bool ledger_sqlite_erase_texts(struct store *store, int64_t sequence, struct instant at,
                               struct err *err)
{
    struct ledger_sqlite *ledger = (struct ledger_sqlite *)store;
    sqlite3_stmt *statement = ledger->statements[STATEMENT_ERASE_TEXTS];
    (void)sqlite3_bind_int64(statement, 1, at.us);
    (void)sqlite3_bind_int64(statement, 2, sequence);
    if (!ledger_sqlite_step(ledger, STATEMENT_ERASE_TEXTS, "erasing a text", err))
        return false;
    if (sqlite3_changes(ledger->db) == 0)
        return err_set(err, ERR_USAGE, ledger->path,
                       "Entry %lld has no text to erase: look at \"reeve ledger show\".",
                       (long long)sequence);
    /* The old page stands in the WAL until it is written back and cut. */
    int code = sqlite3_wal_checkpoint_v2(ledger->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return code == SQLITE_OK || ledger_sqlite_fail(ledger, code, "erasing a text", err);
}
