/* migrate_history.c - what was done, as rows in the database it was done to. */
#include "postgres/migrate.h"

#include "os/clock.h"

enum {
    ROW_BYTES = 100, /* of a statement in the arrays of a claim */
    MAKE_TRIES = 5,
};

/* Two runners that make them at once would meet in the catalogue; the lock is held for one short
 * transaction in which nothing else is waited for. */
static const char tables[] =
    "BEGIN; SET LOCAL lock_timeout = '10s'; "
    "SELECT pg_advisory_xact_lock(x'52454556'::int, 0); "
    "CREATE SCHEMA IF NOT EXISTS reeve; "
    "CREATE TABLE IF NOT EXISTS reeve.migration_statement ("
    "version text NOT NULL, direction text NOT NULL CHECK (direction IN ('up', 'down')), "
    "part integer NOT NULL, parts integer NOT NULL, name text NOT NULL, "
    "state text NOT NULL CHECK (state IN ('begun', 'done')), statement_sum text NOT NULL, "
    "file_sum text NOT NULL, before text NOT NULL, runner text NOT NULL, "
    "at timestamptz NOT NULL DEFAULT clock_timestamp(), "
    "PRIMARY KEY (version, direction, part)); "
    "CREATE TABLE IF NOT EXISTS reeve.migration_lock ("
    "one boolean PRIMARY KEY DEFAULT true CHECK (one), token bigint NOT NULL, holder text NOT "
    "NULL, session boolean NOT NULL, since timestamptz NOT NULL, until timestamptz NOT NULL); "
    "CREATE TABLE IF NOT EXISTS reeve.migration_log ("
    "number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT "
    "clock_timestamp(), version text NOT NULL, name text NOT NULL, what text NOT NULL, runner text "
    "NOT NULL); "
    "INSERT INTO reeve.migration_lock VALUES (true, 1, '', false, now(), 'epoch') "
    "ON CONFLICT DO NOTHING; COMMIT";

static bool find(struct migrate *migrate)
{
    RESULT_SCOPED found =
        link_ask(&migrate->link,
                 "SELECT to_regclass('reeve.migration_statement') IS NOT NULL AND "
                 "to_regclass('reeve.migration_lock') IS NOT NULL AND "
                 "to_regclass('reeve.migration_log') IS NOT NULL",
                 NULL, 0);
    if (!migrate_is_ok(found))
        return migrate_fail_by(migrate, "look for the history of migrations", found);
    migrate->there = str_is(link_value(found, 0), "t");
    return true;
}

/* Somebody else made it just now, which this session's cache did not know yet. */
static bool is_made_twice(const PGresult *result)
{
    static const char *const states[] = {"23505", "42P06", "42P07", "40P01", "55P03"};
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
        if (strcmp(state, states[i]) == 0)
            return true;
    return false;
}

bool history_make(struct migrate *migrate)
{
    for (int tries = 1; !migrate->there; tries++) {
        RESULT_SCOPED made = link_tell(&migrate->link, tables);
        migrate->there = migrate_is_ok(made);
        if (!migrate->there && (tries == MAKE_TRIES || !is_made_twice(made)))
            return migrate_fail_by(migrate, "make the history of migrations (schema reeve)", made);
        if (!migrate->there &&
            (!migrate_do(migrate, "roll back", "ROLLBACK", NULL, 0) || !find(migrate)))
            return false;
    }
    return true;
}

static struct str field(struct migrate *migrate, const PGresult *result, int row, int column)
{
    return str_copy(migrate->arena, (struct str){PQgetvalue(result, row, column),
                                                 (size_t)PQgetlength(result, row, column)});
}

static int64_t number_at(const PGresult *result, int row, int column)
{
    int64_t value = 0;
    (void)!str_int(str_of(PQgetvalue(result, row, column)), &value);
    return value;
}

static bool read_rows(struct migrate *migrate)
{
    RESULT_SCOPED result =
        link_ask(&migrate->link,
                 "SELECT version, direction = 'down', part, parts, name, state = 'done', "
                 "statement_sum, file_sum, before, to_char(at AT TIME ZONE 'UTC', "
                 "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM reeve.migration_statement",
                 NULL, 0);
    if (!migrate_is_ok(result))
        return migrate_fail_by(migrate, "read the history of migrations", result);
    int count = PQntuples(result);
    migrate->rows = arena_array(migrate->arena, (size_t)count + 1, sizeof *migrate->rows);
    migrate->row_count = (size_t)count;
    for (int i = 0; i < count; i++)
        migrate->rows[i] = (struct history_row){.version = field(migrate, result, i, 0),
                                                .down = str_is(field(migrate, result, i, 1), "t"),
                                                .part = number_at(result, i, 2),
                                                .parts = number_at(result, i, 3),
                                                .name = field(migrate, result, i, 4),
                                                .done = str_is(field(migrate, result, i, 5), "t"),
                                                .sum = field(migrate, result, i, 6),
                                                .file_sum = field(migrate, result, i, 7),
                                                .before = field(migrate, result, i, 8),
                                                .at = field(migrate, result, i, 9)};
    return true;
}

bool history_read(struct migrate *migrate)
{
    migrate->row_count = 0;
    if (!migrate->there && !find(migrate))
        return false;
    if (migrate->there && !read_rows(migrate))
        return false;
    if (!migrate_read_folder(migrate))
        return false;
    migration_plan_make(&migrate->set, migrate->rows, migrate->row_count, migrate->options,
                        &migrate->plan);
    return true;
}

static const char *number(const struct migrate *migrate, int64_t value)
{
    return str_printf(migrate->arena, "%lld", (long long)value).p;
}

static const char *direction_of(const struct passage *passage)
{
    return passage->down ? "down" : "up";
}

/* "{1,2,3}" and "{sum,sum,sum}" */
static void write_arrays(const struct passage *passage, size_t first, size_t count,
                         struct text *parts, struct text *sums)
{
    for (size_t i = first; i < first + count; i++) {
        text_printf(parts, "%s%zu", i == first ? "{" : ",", i + 1);
        text_printf(sums, "%s%s", i == first ? "{" : ",", passage->script->statements[i].sum);
    }
    if (count == 0) { /* a migration without statements has one row all the same */
        text_adds(parts, "{0");
        text_adds(sums, "{\"\"");
    }
    text_byte(parts, '}');
    text_byte(sums, '}');
}

enum { CLAIM_VALUES = 11 };
static const char claim_sql[] =
    "INSERT INTO reeve.migration_statement (version, direction, parts, name, state, file_sum, "
    "before, runner, part, statement_sum) SELECT $1, $2, $3::integer, $4, $5, $6, $7, $8, "
    "row.part, row.sum FROM reeve.migration_lock l, unnest($10::integer[], $11::text[]) AS "
    "row(part, sum) WHERE l.token = $9::bigint";

/* Prepared once where the session is ours, since planning takes longer than the row. */
static PGresult *ask_claim(struct migrate *migrate, const char *const *values)
{
    struct link *link = &migrate->link;
    if (migrate->pooled)
        return link_ask(link, claim_sql, values, CLAIM_VALUES);
    if (!migrate->prepared) {
        if (!PQsendPrepare(link->conn, "reeve_claim", claim_sql, 0, NULL))
            return NULL;
        PGresult *made = link_last(link);
        if (!migrate_is_ok(made))
            return made;
        PQclear(made);
        migrate->prepared = true;
    }
    if (!PQsendQueryPrepared(link->conn, "reeve_claim", CLAIM_VALUES, values, NULL, NULL, 0))
        return NULL;
    return link_last(link);
}

bool history_claim(struct migrate *migrate, const struct passage *passage,
                   const struct claim *claim, bool *out_lost)
{
    struct text parts;
    struct text sums;
    text_init(&parts, migrate->arena, (claim->count + 1) * ROW_BYTES);
    text_init(&sums, migrate->arena, (claim->count + 1) * ROW_BYTES);
    write_arrays(passage, claim->first, claim->count, &parts, &sums);
    const struct migration *migration = passage->view->migration;
    const char *values[] = {migration->version.p,
                            direction_of(passage),
                            number(migrate, (int64_t)passage->script->count),
                            migration->name.p,
                            claim->before.n > 0 ? "begun" : "done",
                            migration->sum,
                            claim->before.n > 0 ? claim->before.p : "",
                            migrate->runner.p,
                            number(migrate, migrate->token),
                            text_str(&parts).p,
                            text_str(&sums).p};
    RESULT_SCOPED result = ask_claim(migrate, values);
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    *out_lost = state && strcmp(state, "23505") == 0;
    if (*out_lost)
        return true;
    if (!migrate_is_ok(result))
        migrate->prepared = false; /* a migration may have deallocated it */
    if (!migrate_is_ok(result))
        return migrate_fail_by(migrate, "write the history of migrations", result);
    *out_lost = strcmp(PQcmdTuples(result),
                       claim->count > 0 ? number(migrate, (int64_t)claim->count) : "1") != 0;
    return true;
}

static bool change(struct migrate *migrate, const struct passage *passage, size_t at,
                   const char *what, const char *sql)
{
    const char *values[] = {passage->view->version.p, direction_of(passage),
                            number(migrate, (int64_t)at + 1), migrate->runner.p};
    return migrate_do(migrate, what, sql, values, 4);
}

bool history_done(struct migrate *migrate, const struct passage *passage, size_t at)
{
    return change(migrate, passage, at, "write that a statement is done",
                  "UPDATE reeve.migration_statement SET state = 'done', runner = $4, at = "
                  "clock_timestamp() WHERE version = $1 AND direction = $2 AND part = $3::integer");
}

bool history_forget(struct migrate *migrate, const struct passage *passage, size_t at)
{
    return change(migrate, passage, at, "write that a statement was not done",
                  "DELETE FROM reeve.migration_statement WHERE version = $1 AND direction = $2 AND "
                  "part = $3::integer AND state = 'begun' AND $4 <> ''");
}

static bool log_it(struct migrate *migrate, const struct migration_view *view, const char *what)
{
    const char *values[] = {view->version.p, view->name.p, what, migrate->runner.p};
    return migrate_do(migrate, "write the log of migrations",
                      "INSERT INTO reeve.migration_log (version, name, what, runner) VALUES ($1, "
                      "$2, $3, $4)",
                      values, 4);
}

bool history_finish(struct migrate *migrate, const struct passage *passage)
{
    const char *values[] = {passage->view->version.p};
    return migrate_do(
               migrate, "keep when a migration was applied",
               "INSERT INTO reeve.migration_log (at, version, name, what, runner) SELECT at, "
               "version, name, 'applied', runner FROM reeve.migration_statement WHERE version "
               "= $1 AND direction = 'up' ORDER BY part DESC LIMIT 1",
               values, 1) &&
           migrate_do(migrate, "write that a migration was undone",
                      "DELETE FROM reeve.migration_statement WHERE version = $1", values, 1) &&
           log_it(migrate, passage->view, "rolled back");
}

bool history_accept(struct migrate *migrate)
{
    for (size_t i = 0; i < migrate->plan.count; i++) {
        const struct migration_view *view = &migrate->plan.views[i];
        if (!view->edited || view->state != MIGRATION_APPLIED)
            continue;
        const char *values[] = {view->version.p, view->migration->sum, view->migration->name.p};
        if (!migrate_do(migrate, "accept an edited file",
                        "UPDATE reeve.migration_statement SET file_sum = $2, name = $3 WHERE "
                        "version = $1",
                        values, 3) ||
            !log_it(migrate, view, "edited file accepted"))
            return false;
    }
    return true;
}

/* "20240101:3=done": what a person found out about a statement that is in doubt. */
bool history_settle(struct migrate *migrate)
{
    struct str rest = migrate->settle;
    struct str place;
    struct str version;
    int64_t part = 0;
    bool good = str_split(&rest, '=', &place) && rest.p && str_split(&place, ':', &version) &&
                place.p && version_of(version).n == version.n && version.n > 0 &&
                str_int(place, &part);
    bool done = good && str_is(rest, "done");
    if (!good || (!done && !str_is(rest, "again")))
        return migrate_fail(migrate, ORDER_REFUSED, STR(""),
                            "Write --settle VERSION:STATEMENT=done, or =again when it shall be "
                            "run (again).");
    const struct migration_view *view = plan_find(&migrate->plan, version);
    const struct history_row *row =
        view ? view_row(view, view->state == MIGRATION_UNDOING, part) : NULL;
    if (!row || row->done)
        return migrate_fail(migrate, ORDER_REFUSED, STR(""),
                            "Statement %lld of version %.*s is not in doubt; db:status says what "
                            "is.",
                            (long long)part, STR_ARGS(version));
    struct passage passage = {.view = view, .down = row->down};
    bool written = done ? history_done(migrate, &passage, (size_t)part - 1)
                        : history_forget(migrate, &passage, (size_t)part - 1);
    return written && log_it(migrate, view, done ? "settled as done" : "settled as not done") &&
           history_read(migrate);
}
