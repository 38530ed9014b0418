/* ledger_sqlite_check.c - what stands in the file beside the entries and should not, or is missing
 * there. Promises: a sentence names each place, few of each kind; the time is that of a few sorted
 * walks over the rows. Refuses nothing by itself but foreign tables under Reeve's names. */
#include "ledger/event.h"
#include "store/ledger_sqlite_internal.h"

enum { FINDINGS_OF_A_KIND = 5, NAME_BYTES = 80 };

struct inspection {
    struct ledger_sqlite *ledger;
    struct arena *arena;
    struct str *findings;
    size_t count, capacity;
};

struct definition { /* of a table, or of the index that format 1 had */
    const char *name, *sql;
    int64_t from_format, to_format;
};

static const struct definition definitions[] = {
    {"entry", LEDGER_TABLE_ENTRY, 1, INT64_MAX},
    {"text", LEDGER_TABLE_TEXT, 1, INT64_MAX},
    {"checkpoint", LEDGER_TABLE_CHECKPOINT, 1, INT64_MAX},
    {"meta", LEDGER_TABLE_META, 1, INT64_MAX},
    {"subject_block", LEDGER_TABLE_SUBJECT_BLOCK, 2, INT64_MAX},
    {"entry_subject", "CREATE INDEX entry_subject ON entry(subject)", 1, 1},
};
enum { DEFINITIONS = sizeof definitions / sizeof *definitions };

static const struct definition *find_definition(const struct ledger_sqlite *ledger,
                                                const char *name)
{
    for (size_t i = 0; i < DEFINITIONS; i++)
        if (strcmp(name, definitions[i].name) == 0 &&
            ledger->format >= definitions[i].from_format &&
            ledger->format <= definitions[i].to_format)
            return &definitions[i];
    return NULL;
}

static bool refuse_object(struct ledger_sqlite *ledger, const char *type, const char *name,
                          struct err *err)
{
    return err_set(err, ERR_SELF, ledger->path,
                   "The ledger's file holds a %.16s \"%.*s\" that Reeve did not make: it could "
                   "change what is read or written; restore the file from a backup.",
                   type, NAME_BYTES, name);
}

bool ledger_sqlite_check_tables(struct ledger_sqlite *ledger, enum ledger_sqlite_mode mode,
                                struct err *err)
{
    sqlite3_stmt *statement = NULL;
    bool good = true;
    int code = sqlite3_prepare_v2(ledger->db,
                                  "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL",
                                  -1, &statement, NULL);
    while (code == SQLITE_OK && good && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *type = (const char *)sqlite3_column_text(statement, 0);
        const char *name = (const char *)sqlite3_column_text(statement, 1);
        const char *sql = (const char *)sqlite3_column_text(statement, 2);
        const struct definition *own = find_definition(ledger, name ? name : "");
        code = SQLITE_OK;
        if (type && name && sql &&
            ((own && strcmp(sql, own->sql) != 0) ||
             (mode == LEDGER_APPEND && strcmp(type, "trigger") == 0)))
            good = refuse_object(ledger, type, name, err);
    }
    (void)sqlite3_finalize(statement);
    if (good && code != SQLITE_DONE)
        return ledger_sqlite_fail(ledger, code, "looking at its tables", err);
    return good;
}

/* Runs a question whose rows are whole sentences. */
static bool find(struct inspection *inspection, const char *sql, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    struct ledger_sqlite *ledger = inspection->ledger;
    int code = sqlite3_prepare_v2(ledger->db, sql, -1, &statement, NULL);
    if (code != SQLITE_OK)
        return ledger_sqlite_fail(ledger, code, "looking at it", err);
    (void)sqlite3_bind_int64(statement, 1, FINDINGS_OF_A_KIND);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *sentence = (const char *)sqlite3_column_text(statement, 0);
        LIST_PUSH(inspection->arena, inspection->findings, inspection->count,
                  inspection->capacity) = str_copy(inspection->arena, str_of(sentence));
    }
    (void)sqlite3_finalize(statement);
    return code == SQLITE_DONE || ledger_sqlite_fail(ledger, code, "looking at it", err);
}

static const char foreign_objects[] =
    "SELECT printf('The file holds a %s \"%.80s\" that Reeve did not make.', type, name)"
    " FROM sqlite_master WHERE sql IS NOT NULL AND name NOT IN ('entry', 'text', 'checkpoint',"
    " 'meta', CASE (SELECT user_version FROM pragma_user_version) WHEN 1 THEN 'entry_subject'"
    " ELSE 'subject_block' END) LIMIT ?1";

/* The questions of format 2; format 1 has no subject_block. */
static const char *const questions[] = {
    "SELECT printf('Entry %lld stands before the first one: entries are numbered from 1.',"
    " sequence) FROM entry WHERE sequence < 1 LIMIT ?1",
    "SELECT printf('A text is kept for field %lld of entry %lld, but there is no such entry.',"
    " field, sequence) FROM text WHERE sequence NOT IN (SELECT sequence FROM entry) LIMIT ?1",
    "SELECT printf('A text is kept for field %lld of entry %lld, and no kind has such a field.',"
    " field, sequence) FROM text WHERE field NOT BETWEEN 0 AND 20 LIMIT ?1",
    "SELECT printf('A checkpoint is kept over %lld entries.', size) FROM checkpoint"
    " WHERE size < 0 LIMIT ?1",
};
_Static_assert(EVENT_FIELDS_MAX == 21, "the last field in the questions is another one");

static const char *const subject_questions[] = {
    "SELECT printf('Entry %lld is not found by its subject: the index was changed.', sequence)"
    " FROM entry AS e WHERE sequence > 0 AND NOT EXISTS (SELECT 1 FROM subject_block AS b"
    " WHERE b.subject = e.subject AND b.block = (e.sequence - 1) / 256) LIMIT ?1",
    "SELECT printf('The index says that block %lld holds the subject \"%.80s\", but no entry there"
    " has it.', block, CAST(subject AS TEXT)) FROM (SELECT subject, block FROM subject_block EXCEPT"
    " SELECT subject, (sequence - 1) / 256 FROM entry WHERE sequence > 0) LIMIT ?1",
};

static bool ask_questions(struct inspection *inspection, struct err *err)
{
    if (!find(inspection, foreign_objects, err))
        return false;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if (!find(inspection, questions[i], err))
            return false;
    for (size_t i = 0; inspection->ledger->format > 1 && i < 2; i++)
        if (!find(inspection, subject_questions[i], err))
            return false;
    return true;
}

/* SQLite's own look at the pages; "" in *out_problem when they are whole. */
static bool check_pages(struct ledger_sqlite *ledger, struct arena *arena, struct str *out_problem,
                        struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(ledger->db, "PRAGMA integrity_check(1)", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    const char *answer = NULL;
    if (code == SQLITE_ROW)
        answer = (const char *)sqlite3_column_text(statement, 0);
    if (!answer)
        answer = "SQLite does not say how";
    bool whole = strcmp(answer, "ok") == 0;
    *out_problem = whole ? STR("")
                         : str_printf(arena,
                                      "The ledger's file is damaged: %s; restore it from a backup "
                                      "and compare it with the newest checkpoint.",
                                      answer);
    (void)sqlite3_finalize(statement);
    return code == SQLITE_ROW || ledger_sqlite_fail(ledger, code, "looking at it", err);
}

bool ledger_sqlite_inspect(struct store *store, struct arena *arena, struct str **out_findings,
                           size_t *out_count, struct err *err)
{
    struct ledger_sqlite *ledger = (struct ledger_sqlite *)store;
    struct inspection inspection = {.ledger = ledger, .arena = arena};
    struct str damage;
    if (!check_pages(ledger, arena, &damage, err))
        return false;
    if (damage.n > 0)
        LIST_PUSH(arena, inspection.findings, inspection.count, inspection.capacity) = damage;
    else if (!ask_questions(&inspection, err))
        return false;
    *out_findings = inspection.findings;
    *out_count = inspection.count;
    return true;
}

bool ledger_sqlite_check(struct ledger_sqlite *ledger, struct err *err)
{
    struct str *findings = NULL;
    size_t count = 0;
    struct arena arena;
    arena_init(&arena);
    bool good = ledger_sqlite_inspect(&ledger->store, &arena, &findings, &count, err);
    if (good && count > 0)
        good = err_set(err, ERR_SELF, ledger->path, "%.*s", STR_ARGS(findings[0]));
    arena_done(&arena);
    return good;
}
