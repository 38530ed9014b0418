/* ledger_sqlite_read.c - entries, timelines and checkpoints read back. */
#include "ledger/event.h"
#include "store/ledger_sqlite_internal.h"

#include <limits.h>

static struct str column_bytes(struct arena *arena, sqlite3_stmt *statement, int column)
{
    const void *bytes = sqlite3_column_blob(statement, column);
    int n = sqlite3_column_bytes(statement, column);
    return str_copy(arena, (struct str){bytes, n > 0 ? (size_t)n : 0});
}

static void read_row(struct arena *arena, sqlite3_stmt *statement, struct ledger_entry *out_entry)
{
    *out_entry = (struct ledger_entry){.sequence = sqlite3_column_int64(statement, 0),
                                       .leaf = column_bytes(arena, statement, 1),
                                       .subject = column_bytes(arena, statement, 3)};
    struct str hash = column_bytes(arena, statement, 2);
    if (hash.n == HASH_BYTES) /* another length stays zero and is found by verify */
        memcpy(out_entry->leaf_hash.b, hash.p, HASH_BYTES);
}

struct rows {
    struct ledger_entry *entries;
    size_t count, capacity;
};

static bool read_rows(struct ledger_sqlite *ledger, enum ledger_statement which,
                      struct arena *arena, struct rows *out_rows, struct err *err)
{
    sqlite3_stmt *statement = ledger->statements[which];
    struct rows rows = {0};
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        read_row(arena, statement, &LIST_PUSH(arena, rows.entries, rows.count, rows.capacity));
    (void)sqlite3_reset(statement);
    if (code != SQLITE_DONE)
        return ledger_sqlite_fail(ledger, code, "reading entries", err);
    *out_rows = rows;
    return true;
}

static void read_text(struct arena *arena, sqlite3_stmt *statement, struct ledger_entry *entry,
                      size_t *capacity)
{
    LIST_PUSH(arena, entry->texts, entry->text_count, *capacity) =
        (struct ledger_text){.field = (size_t)sqlite3_column_int64(statement, 1),
                             .salt = column_bytes(arena, statement, 2),
                             .text = column_bytes(arena, statement, 3),
                             .erased = sqlite3_column_type(statement, 4) != SQLITE_NULL};
}

/* Texts of entries with rising sequences, in one walk beside them. */
static bool read_texts(struct ledger_sqlite *ledger, struct arena *arena,
                       struct ledger_entry *entries, size_t count, struct err *err)
{
    sqlite3_stmt *statement = ledger->statements[STATEMENT_READ_TEXTS];
    if (count == 0)
        return true;
    (void)sqlite3_bind_int64(statement, 1, entries[0].sequence);
    (void)sqlite3_bind_int64(statement, 2, entries[count - 1].sequence);
    (void)sqlite3_bind_int64(statement, 3, EVENT_FIELDS_MAX - 1);
    size_t at = 0;
    size_t capacity = 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        int64_t sequence = sqlite3_column_int64(statement, 0);
        while (at < count && entries[at].sequence < sequence) {
            at++;
            capacity = 0;
        }
        if (at < count && entries[at].sequence == sequence)
            read_text(arena, statement, &entries[at], &capacity);
    }
    (void)sqlite3_reset(statement);
    return code == SQLITE_DONE || ledger_sqlite_fail(ledger, code, "reading texts", err);
}

static int64_t limit_of(size_t max)
{
    return max > INT_MAX ? INT_MAX : (int64_t)max;
}

bool ledger_sqlite_read(struct store *store, struct arena *arena, int64_t sequence, size_t max,
                        struct ledger_entry **out_entries, size_t *out_count, struct err *err)
{
    struct ledger_sqlite *ledger = (struct ledger_sqlite *)store;
    sqlite3_stmt *statement = ledger->statements[STATEMENT_READ_ENTRIES];
    struct rows rows = {0};
    (void)sqlite3_bind_int64(statement, 1, sequence);
    (void)sqlite3_bind_int64(statement, 2, limit_of(max));
    if (!read_rows(ledger, STATEMENT_READ_ENTRIES, arena, &rows, err) ||
        !read_texts(ledger, arena, rows.entries, rows.count, err))
        return false;
    *out_entries = rows.entries;
    *out_count = rows.count;
    return true;
}

bool ledger_sqlite_read_subject(struct store *store, struct arena *arena, struct ledger_range range,
                                struct ledger_entry **out_entries, size_t *out_count,
                                struct err *err)
{
    struct ledger_sqlite *ledger = (struct ledger_sqlite *)store;
    sqlite3_stmt *statement = ledger->statements[STATEMENT_READ_SUBJECT];
    struct rows rows = {0};
    (void)sqlite3_bind_blob64(statement, 1, range.subject.n ? range.subject.p : "", range.subject.n,
                              SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 2, range.sequence);
    (void)sqlite3_bind_int64(statement, 3, limit_of(range.max));
    if (!read_rows(ledger, STATEMENT_READ_SUBJECT, arena, &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++)
        if (!read_texts(ledger, arena, &rows.entries[i], 1, err))
            return false;
    *out_entries = rows.entries;
    *out_count = rows.count;
    return true;
}

bool ledger_sqlite_read_checkpoints(struct store *store, struct arena *arena,
                                    struct ledger_range range, struct ledger_checkpoint **out_notes,
                                    size_t *out_count, struct err *err)
{
    struct ledger_sqlite *ledger = (struct ledger_sqlite *)store;
    sqlite3_stmt *statement = ledger->statements[STATEMENT_READ_CHECKPOINTS];
    struct ledger_checkpoint *notes = NULL;
    size_t count = 0;
    size_t capacity = 0;
    int code;
    (void)sqlite3_bind_int64(statement, 1, range.sequence);
    (void)sqlite3_bind_int64(statement, 2, limit_of(range.max));
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        LIST_PUSH(arena, notes, count, capacity) = (struct ledger_checkpoint){
            .size = sqlite3_column_int64(statement, 0), .note = column_bytes(arena, statement, 1)};
    (void)sqlite3_reset(statement);
    if (code != SQLITE_DONE)
        return ledger_sqlite_fail(ledger, code, "reading checkpoints", err);
    *out_notes = notes;
    *out_count = count;
    return true;
}

bool ledger_sqlite_newest_checkpoint(struct store *store, struct arena *arena, struct str *out_note,
                                     struct err *err)
{
    struct ledger_sqlite *ledger = (struct ledger_sqlite *)store;
    sqlite3_stmt *statement = ledger->statements[STATEMENT_NEWEST_CHECKPOINT];
    int code = sqlite3_step(statement);
    struct str note = code == SQLITE_ROW ? column_bytes(arena, statement, 0) : STR("");
    (void)sqlite3_reset(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return ledger_sqlite_fail(ledger, code, "reading the newest checkpoint", err);
    *out_note = note;
    return true;
}
