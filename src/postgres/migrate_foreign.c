/* migrate_foreign.c - the histories of other tools: what they say, and taking one over.
 *
 * Nothing of theirs is changed. While one of them is the only history, nothing is run: its
 * migrations would all be run once more. */
#include "postgres/migrate.h"

static const struct {
    const char *tool, *table;
    const char *marks; /* a column that tells it from another tool's table of this name; "-" not */
    const char *sql;   /* version or name, and whether it was left half done */
    bool newest;       /* only the newest is kept: all files up to it are applied */
} tools[] = {
    {"golang-migrate", "schema_migrations", "dirty",
     "SELECT version::text, dirty FROM schema_migrations", true},
    {"dbmate", "schema_migrations", "-dirty", "SELECT version::text, false FROM schema_migrations",
     false},
    {"Supabase", "supabase_migrations.schema_migrations", "version",
     "SELECT version::text, false FROM supabase_migrations.schema_migrations", false},
    {"Prisma", "_prisma_migrations", "migration_name",
     "SELECT migration_name, finished_at IS NULL FROM _prisma_migrations WHERE rolled_back_at IS "
     "NULL",
     false},
    {"node-pg-migrate", "pgmigrations", "name", "SELECT name, false FROM pgmigrations", false},
};

static bool has_table(struct migrate *migrate, size_t at, bool *out_has)
{
    const char *marks = tools[at].marks;
    bool not = marks[0] == '-';
    const char *values[] = {tools[at].table, not ? "version" : marks, not ? marks + 1 : ""};
    RESULT_SCOPED found = link_ask(
        &migrate->link,
        "SELECT count(*) FILTER (WHERE attname = $2) = 1 AND count(*) FILTER (WHERE attname = $3) "
        "= 0 FROM pg_attribute WHERE attrelid = to_regclass($1) AND NOT attisdropped",
        values, 3);
    if (!migrate_is_ok(found))
        return migrate_fail_by(migrate, "look for the histories of other tools", found);
    *out_has = str_is(link_value(found, 0), "t");
    return true;
}

/* Its versions. The caller clears them. */
static PGresult *read_versions(struct migrate *migrate, size_t at)
{
    PGresult *rows = link_ask(&migrate->link, tools[at].sql, NULL, 0);
    if (!migrate_is_ok(rows))
        (void)migrate_fail_by(migrate, "read the history of another tool", rows);
    return rows;
}

/* The first tool whose table has a row; the count of the table when there is none. */
static bool find_tool(struct migrate *migrate, size_t *out_at)
{
    *out_at = sizeof tools / sizeof *tools;
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        bool has = false;
        if (!has_table(migrate, i, &has))
            return false;
        if (!has)
            continue;
        RESULT_SCOPED rows = read_versions(migrate, i);
        if (!migrate_is_ok(rows))
            return false;
        if (PQntuples(rows) == 0)
            continue;
        migrate->foreign = str_of(tools[i].tool);
        migrate->foreign_table = str_of(tools[i].table);
        migrate->foreign_count = (size_t)PQntuples(rows);
        *out_at = i;
        return true;
    }
    return true;
}

bool history_foreign(struct migrate *migrate)
{
    size_t at = 0;
    if (migrate->row_count > 0)
        return true; /* taken over, or never needed */
    return find_tool(migrate, &at);
}

static bool is_applied(const PGresult *rows, bool newest, const struct migration *migration)
{
    for (int i = 0; i < PQntuples(rows); i++) {
        int order = version_compare(migration->version, str_of(PQgetvalue(rows, i, 0)));
        if (order == 0 || (newest && order < 0))
            return true;
    }
    return false;
}

static bool check_whole(struct migrate *migrate, const PGresult *rows)
{
    for (int i = 0; i < PQntuples(rows); i++)
        if (strcmp(PQgetvalue(rows, i, 1), "t") == 0)
            return migrate_fail(migrate, ORDER_REFUSED, STR(""),
                                "%.*s left version %s half done (%.*s): finish or undo it by hand "
                                "and say so to %.*s first.",
                                STR_ARGS(migrate->foreign), PQgetvalue(rows, i, 0),
                                STR_ARGS(migrate->foreign_table), STR_ARGS(migrate->foreign));
    return true;
}

static bool take_one(struct migrate *migrate, const struct migration *migration)
{
    struct migration_view view = {
        .version = migration->version, .name = migration->name, .migration = migration};
    struct passage passage = {.view = &view, .script = &migration->up};
    bool lost = false;
    if (!history_claim(migrate, &passage, &(struct claim){.count = migration->up.count}, &lost))
        return false;
    return !lost || migrate_fail(migrate, ORDER_FAILED, STR(""),
                                 "Another runner works on this database; run it again.");
}

/* Versions that have no file are kept with one row that says so. */
static bool take_without_file(struct migrate *migrate, const PGresult *rows)
{
    for (int i = 0; i < PQntuples(rows); i++) {
        struct str name = str_of(PQgetvalue(rows, i, 0));
        struct str version = str_copy(migrate->arena, version_of(name));
        if (version.n == 0 || migration_find(&migrate->set, version))
            continue;
        const char *values[] = {version.p, name.p, migrate->runner.p};
        if (!migrate_do(
                migrate, "take over a version without a file",
                "INSERT INTO reeve.migration_statement (version, direction, part, parts, "
                "name, state, statement_sum, file_sum, before, runner) VALUES ($1, 'up', 0, "
                "0, $2, 'done', '', '', '', $3) ON CONFLICT DO NOTHING",
                values, 3))
            return false;
    }
    return true;
}

bool history_take_over(struct migrate *migrate)
{
    size_t at = 0;
    if (migrate->row_count > 0)
        return migrate_fail(migrate, ORDER_REFUSED, STR(""),
                            "There is nothing to take over: Reeve keeps the history of this "
                            "database already.");
    if (!find_tool(migrate, &at))
        return false;
    if (at == sizeof tools / sizeof *tools)
        return migrate_fail(migrate, ORDER_REFUSED, STR(""),
                            "There is nothing to take over: no history of dbmate, Supabase, "
                            "Prisma, golang-migrate or node-pg-migrate is in this database.");
    RESULT_SCOPED rows = read_versions(migrate, at);
    if (!migrate_is_ok(rows) || !check_whole(migrate, rows))
        return false;
    if (!migrate_do(migrate, "begin", "BEGIN", NULL, 0))
        return false;
    for (size_t i = 0; i < migrate->set.count; i++)
        if (is_applied(rows, tools[at].newest, &migrate->set.items[i]) &&
            !take_one(migrate, &migrate->set.items[i]))
            return false;
    struct str what = str_printf(migrate->arena, "taken over from %.*s (%.*s, %zu rows)",
                                 STR_ARGS(migrate->foreign), STR_ARGS(migrate->foreign_table),
                                 migrate->foreign_count);
    const char *values[] = {what.p, migrate->runner.p};
    return take_without_file(migrate, rows) &&
           migrate_do(migrate, "write the log of migrations",
                      "INSERT INTO reeve.migration_log (version, name, what, runner) VALUES ('', "
                      "'', $1, $2)",
                      values, 2) &&
           migrate_do(migrate, "commit", "COMMIT", NULL, 0) && history_read(migrate);
}
