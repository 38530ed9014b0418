/* test_tamper.c - one changed byte anywhere in the entries is found and named. */
#include "harness/test.h"
#include "ledger/merkle.h"
#include "ledger/verify.h"
#include "ledger_sample.h"
#include "store/ledger_sqlite.h"

#include <unistd.h>

enum { ENTRIES = 120, FLIPS = 400 };

struct byte { /* of one entry's column */
    int64_t sequence;
    int at, bit;
};

struct place { /* a column whose bytes are changed */
    const char *table, *column;
    bool needs_text;
};

static const struct place places[] = {
    {"entry", "leaf", false}, {"entry", "leaf_hash", false}, {"entry", "subject", false},
    {"text", "salt", true},   {"text", "text", true},
};

static struct str make_ledger(struct arena *arena, struct str *out_note)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct merkle tree;
    struct str path = str_printf(arena, "%s/ledger", test_folder(arena).p);
    CHECK_OK(ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err), &err);
    struct ledger_entry *entries = sample_entries(arena, ENTRIES);
    CHECK_OK(ledger.store.port->append(&ledger.store, entries, ENTRIES, &err), &err);
    merkle_init(&tree);
    for (size_t i = 0; i < ENTRIES; i++)
        merkle_append(&tree, entries[i].leaf);
    struct checkpoint checkpoint = {STR("reeve"), ENTRIES, merkle_root(&tree)};
    struct checkpoint_key key = {.name = STR("reeve")};
    unsigned char signature[SIGNATURE_BYTES] = {0};
    *out_note = checkpoint_note(arena, checkpoint_body(arena, &checkpoint), &key, signature);
    CHECK_OK(ledger.store.port->put_checkpoint(&ledger.store, ENTRIES, *out_note, &err), &err);
    ledger_sqlite_close(&ledger);
    return path;
}

static struct verify_report verify(struct arena *arena, struct str path, const struct str *note)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct verify_report report;
    CHECK_OK(ledger_sqlite_open(&ledger, path, LEDGER_READ, &err), &err);
    struct verify_request request = {
        .store = &ledger.store, .notes = note, .note_count = note ? 1 : 0};
    CHECK_OK(verify_ledger(arena, &request, &report, &err), &err);
    ledger_sqlite_close(&ledger);
    return report;
}

static void run(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        test_fail(__FILE__, __LINE__, "%s: %s", sql, message);
}

static int64_t ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    (void)sqlite3_finalize(statement);
    return value;
}

/* Flips one bit of one byte through SQLite's blob interface; calling it twice undoes it. */
static void flip(sqlite3 *db, const struct place *place, struct byte where)
{
    sqlite3_blob *blob = NULL;
    unsigned char byte = 0;
    CHECK_INT(sqlite3_blob_open(db, "main", place->table, place->column, where.sequence, 1, &blob),
              SQLITE_OK);
    CHECK_INT(sqlite3_blob_read(blob, &byte, 1, where.at), SQLITE_OK);
    byte = (unsigned char)(byte ^ (1 << where.bit));
    CHECK_INT(sqlite3_blob_write(blob, &byte, 1, where.at), SQLITE_OK);
    CHECK_INT(sqlite3_blob_close(blob), SQLITE_OK);
}

static uint64_t next_number(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Tables without rowids and indexed columns have no blob interface: those bytes go through SQL. */
static void flip_by_sql(struct arena *arena, sqlite3 *db, const struct place *place,
                        struct byte where)
{
    sqlite3_stmt *statement = NULL;
    struct str sql = str_printf(arena, "SELECT %s FROM %s WHERE sequence = %lld", place->column,
                                place->table, (long long)where.sequence);
    CHECK_INT(sqlite3_prepare_v2(db, sql.p, -1, &statement, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
    int n = sqlite3_column_bytes(statement, 0);
    char *bytes = arena_alloc(arena, (size_t)n);
    memcpy(bytes, sqlite3_column_blob(statement, 0), (size_t)n);
    (void)sqlite3_finalize(statement);
    bytes[where.at] = (char)(bytes[where.at] ^ (1 << where.bit));
    sql = str_printf(arena, "UPDATE %s SET %s = ?1 WHERE sequence = %lld", place->table,
                     place->column, (long long)where.sequence);
    CHECK_INT(sqlite3_prepare_v2(db, sql.p, -1, &statement, NULL), SQLITE_OK);
    (void)sqlite3_bind_blob(statement, 1, bytes, n, SQLITE_STATIC);
    CHECK_INT(sqlite3_step(statement), SQLITE_DONE);
    (void)sqlite3_finalize(statement);
}

static void change(struct arena *arena, sqlite3 *db, const struct place *place, int64_t sequence,
                   uint64_t where)
{
    int64_t size = ask(db, str_printf(arena, "SELECT length(%s) FROM %s WHERE sequence = %lld",
                                      place->column, place->table, (long long)sequence)
                               .p);
    CHECK(size > 0);
    struct byte byte = {sequence, (int)(where / 8 % (uint64_t)size), (int)(where % 8)};
    bool plain = strcmp(place->table, "entry") == 0 && strcmp(place->column, "subject") != 0;
    if (plain)
        flip(db, place, byte);
    else
        flip_by_sql(arena, db, place, byte);
}

TEST(one_changed_byte_is_named)
{
    struct str note;
    struct str path = make_ledger(arena, &note);
    sqlite3 *db = NULL;
    uint64_t state = 20261123;
    CHECK_INT(verify(arena, path, &note).finding_count, 0);
    CHECK_INT(sqlite3_open(path.p, &db), SQLITE_OK);
    run(db, "PRAGMA synchronous=OFF");
    for (int i = 0; i < FLIPS; i++) {
        const struct place *place = &places[next_number(&state) % (sizeof places / sizeof *places)];
        int64_t sequence = 1 + (int64_t)(next_number(&state) % ENTRIES);
        if (place->needs_text) /* the nearest entry that has a text */
            sequence = ask(db, str_printf(arena,
                                          "SELECT coalesce((SELECT min(sequence) FROM text "
                                          "WHERE sequence >= %lld), (SELECT max(sequence) "
                                          "FROM text))",
                                          (long long)sequence)
                                   .p);
        uint64_t where = next_number(&state);
        change(arena, db, place, sequence, where);
        struct verify_report report = verify(arena, path, NULL);
        if (report.first_changed != sequence || report.last_changed != sequence)
            test_fail(__FILE__, __LINE__, "flip %d: %s.%s of entry %lld was named as %lld", i,
                      place->table, place->column, (long long)sequence,
                      (long long)report.first_changed);
        change(arena, db, place, sequence, where);
    }
    CHECK_INT(verify(arena, path, &note).finding_count, 0);
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

TEST(a_changed_note_is_found)
{
    struct str note;
    struct str path = make_ledger(arena, &note);
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(path.p, &db), SQLITE_OK);
    run(db, "UPDATE checkpoint SET note = CAST(replace(CAST(note AS TEXT), '120', '119') AS BLOB)");
    struct verify_report report = verify(arena, path, NULL);
    CHECK_INT(report.finding_count, 1);
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

TEST(a_cut_tail_is_found_by_an_older_checkpoint)
{
    struct str note;
    struct str path = make_ledger(arena, &note);
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(path.p, &db), SQLITE_OK);
    run(db, "DELETE FROM entry WHERE sequence > 100; DELETE FROM text WHERE sequence > 100;");
    struct verify_report stored = verify(arena, path, NULL);
    CHECK_INT(stored.first_changed, 101);
    run(db, "DELETE FROM checkpoint");
    CHECK_INT(verify(arena, path, NULL).finding_count, 0);
    struct verify_report given = verify(arena, path, &note);
    CHECK_INT(given.finding_count, 1);
    CHECK_INT(given.first_changed, 101);
    CHECK_INT(given.last_changed, ENTRIES);
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

TEST(taken_rows_are_named)
{
    struct str note;
    struct str path = make_ledger(arena, &note);
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(path.p, &db), SQLITE_OK);
    int64_t with_text = ask(db, "SELECT min(sequence) FROM text");
    run(db, "DELETE FROM text WHERE sequence = (SELECT min(sequence) FROM text)");
    CHECK_INT(verify(arena, path, &note).first_changed, with_text);
    run(db, "DELETE FROM entry WHERE sequence = 5");
    CHECK_INT(verify(arena, path, &note).first_changed, 5);
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

static bool has_finding(const struct verify_report *report, const char *words)
{
    for (size_t i = 0; i < report->finding_count && i < VERIFY_FINDINGS_MAX; i++)
        if (str_find(report->findings[i], words, 0) < report->findings[i].n)
            return true;
    return false;
}

/* What somebody plants in the file without changing an entry, and the words that name the place. */
static const struct {
    const char *sql, *words;
} planted[] = {
    {"INSERT INTO entry SELECT 0, leaf, leaf_hash, subject FROM entry WHERE sequence = 1",
     "Entry 0 "},
    {"INSERT INTO entry SELECT -5, leaf, leaf_hash, subject FROM entry WHERE sequence = 1",
     "Entry -5 "},
    {"INSERT INTO text SELECT 77777, field, salt, text, NULL FROM text LIMIT 1", "entry 77777"},
    {"INSERT INTO text SELECT sequence, -1, salt, text, NULL FROM text LIMIT 1", "field -1 "},
    {"INSERT INTO text SELECT sequence, 4711, salt, text, NULL FROM text LIMIT 1", "field 4711 "},
    {"INSERT INTO text SELECT sequence, 0, salt, text, NULL FROM text LIMIT 1", "field 0 "},
    {"INSERT INTO text SELECT sequence, 9, NULL, NULL, 5 FROM text LIMIT 1", "field 9 "},
    {"UPDATE text SET erased_at = 5", "marked as erased"},
    {"DELETE FROM subject_block", "Entry 1 is not found"},
    {"INSERT INTO subject_block SELECT subject, 300 FROM entry LIMIT 1", "block 300 "},
    {"INSERT INTO subject_block VALUES(CAST('incident:none' AS BLOB), 0)", "incident:none"},
    {"INSERT INTO checkpoint SELECT -7, note FROM checkpoint", "over -7 entries"},
    {"INSERT INTO checkpoint SELECT 9223372036854775807, note FROM checkpoint",
     "over 9223372036854775807 entries"},
    {"CREATE TRIGGER sly AFTER INSERT ON entry BEGIN DELETE FROM text; END", "trigger \"sly\""},
    {"CREATE VIEW sight AS SELECT * FROM entry", "view \"sight\""},
    {"CREATE TABLE notes(line)", "table \"notes\""},
    {"CREATE INDEX fast ON entry(leaf_hash)", "index \"fast\""},
};

TEST(what_was_planted_is_named)
{
    struct str note;
    struct str path = make_ledger(arena, &note);
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
        struct str copy = str_printf(arena, "%s/copy-%zu", test_folder(arena).p, i);
        sqlite3 *db = NULL;
        CHECK_INT(sqlite3_open(path.p, &db), SQLITE_OK);
        run(db, str_printf(arena, "VACUUM INTO '%s'", copy.p).p);
        CHECK_INT(sqlite3_close(db), SQLITE_OK);
        CHECK_INT(verify(arena, copy, &note).finding_count, 0);
        CHECK_INT(sqlite3_open(copy.p, &db), SQLITE_OK);
        run(db, planted[i].sql);
        CHECK_INT(sqlite3_close(db), SQLITE_OK);
        struct verify_report report = verify(arena, copy, &note);
        if (!has_finding(&report, planted[i].words))
            test_fail(__FILE__, __LINE__, "%s: %zu findings, the first: %s", planted[i].sql,
                      report.finding_count, report.finding_count ? report.findings[0].p : "none");
    }
}

/* The largest number there is has none behind it to read on from. */
TEST(a_row_far_behind_the_end_is_one_finding)
{
    struct str note;
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct str path = make_ledger(arena, &note);
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(path.p, &db), SQLITE_OK);
    run(db, "INSERT INTO entry SELECT 9223372036854775807, leaf, leaf_hash, subject FROM entry"
            " WHERE sequence = 1");
    struct verify_report report = verify(arena, path, &note);
    CHECK(has_finding(&report, "Entries 121 to 9223372036854775806 are missing"));
    CHECK_INT(report.first_changed, 121);
    CHECK_INT(report.entries, 121);
    CHECK_INT(report.finding_count, 2); /* and its subject does not find it */
    CHECK(!ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err));
    CHECK(str_find(str_of(err.text), "9223372036854775807", 0) < strlen(err.text));
    run(db, "DELETE FROM entry WHERE sequence > 120;"
            "INSERT INTO entry SELECT -5, leaf, leaf_hash, subject FROM entry WHERE sequence = 1");
    CHECK(!ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err));
    CHECK(str_find(str_of(err.text), "entry -5", 0) < strlen(err.text));
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

TEST(a_gap_is_one_finding)
{
    struct str note;
    struct str path = make_ledger(arena, &note);
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(path.p, &db), SQLITE_OK);
    run(db, "DELETE FROM checkpoint; DELETE FROM entry WHERE sequence BETWEEN 30 AND 80;"
            "DELETE FROM text WHERE sequence BETWEEN 30 AND 80");
    struct verify_report report = verify(arena, path, NULL);
    CHECK(has_finding(&report, "Entries 30 to 80 are missing"));
    CHECK_INT(report.finding_count, 1);
    CHECK_INT(report.first_changed, 30);
    CHECK_INT(report.last_changed, 80);
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

TEST(foreign_tables_and_triggers_are_refused)
{
    static const char *const changes[] = {
        "ALTER TABLE entry RENAME TO old; CREATE VIEW entry AS SELECT * FROM old",
        "CREATE TRIGGER sly AFTER INSERT ON entry BEGIN DELETE FROM text; END"};
    for (size_t i = 0; i < 2; i++) {
        struct str note;
        struct err err = {0};
        struct ledger_sqlite ledger;
        struct str path = make_ledger(arena, &note);
        sqlite3 *db = NULL;
        CHECK_INT(sqlite3_open(path.p, &db), SQLITE_OK);
        run(db, changes[i]);
        CHECK_INT(sqlite3_close(db), SQLITE_OK);
        CHECK(!ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err));
        CHECK(str_find(str_of(err.text), "did not make", 0) < strlen(err.text));
        if (i == 0)
            CHECK(!ledger_sqlite_open(&ledger, path, LEDGER_READ, &err));
        CHECK(unlink(path.p) == 0);
    }
}
