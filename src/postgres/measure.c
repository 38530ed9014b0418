/* measure.c - the rows and hashes of all tables of a database, by the server itself. */
#include "postgres/transfer.h"

/* Tables that are a company's own: not the server's, not temporary, not of an extension. */
#define OWN_RELATIONS                                                                              \
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "                              \
    "WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' "                             \
    "AND c.relpersistence <> 't' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = "       \
    "'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') "

static struct str cell(struct transfer *transfer, const PGresult *result, int row, int column)
{
    return str_copy(transfer->arena, (struct str){PQgetvalue(result, row, column),
                                                  (size_t)PQgetlength(result, row, column)});
}

/* One of these sentences for each kind that is there. */
static bool list_uncovered(struct transfer *transfer, struct manifest *manifest)
{
    RESULT_SCOPED result = transfer_ask(
        transfer, "what is not measured",
        "SELECT count(*) || CASE relkind WHEN 'm' THEN ' materialized views: they are made anew by "
        "the import.' WHEN 'f' THEN ' foreign tables: their rows are elsewhere.' ELSE "
        "' sequences: their values are exported, and stand outside of snapshots.' END" OWN_RELATIONS
        "AND relkind IN ('m', 'f', 'S') GROUP BY relkind UNION ALL "
        "SELECT count(*) || ' tables of extensions: only what the extension marks is exported.' "
        "FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid "
        "AND d.deptype = 'e' WHERE c.relkind = 'r' HAVING count(*) > 0");
    for (int i = 0; result && i < PQntuples(result); i++)
        LIST_PUSH(transfer->arena, manifest->uncovered, manifest->uncovered_count,
                  manifest->uncovered_capacity) = cell(transfer, result, i, 0);
    return result != NULL;
}

bool measure_list(struct transfer *transfer, struct manifest *manifest, int64_t *out_bytes)
{
    *out_bytes = 0;
    RESULT_SCOPED result =
        transfer_ask(transfer, "the list of tables",
                     "SELECT n.nspname, c.relname, pg_table_size(c.oid)" OWN_RELATIONS
                     "AND c.relkind = 'r' ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE "
                     "\"C\"");
    for (int i = 0; result && i < PQntuples(result); i++) {
        int64_t bytes = 0;
        (void)!str_int(cell(transfer, result, i, 2), &bytes);
        *out_bytes += bytes;
        LIST_PUSH(transfer->arena, manifest->tables, manifest->table_count,
                  manifest->table_capacity) = (struct manifest_table){
            .schema = cell(transfer, result, i, 0), .name = cell(transfer, result, i, 1)};
    }
    return result && list_uncovered(transfer, manifest);
}

/* Its columns by their names: an inherited column may stand elsewhere in the copy. */
static bool measure(struct transfer *transfer, struct manifest_table *table)
{
    struct arena *arena = transfer->arena;
    const char *values[] = {str_copy(arena, table->schema).p, str_copy(arena, table->name).p};
    RESULT_SCOPED columns = link_ask(
        &transfer->link,
        "SELECT coalesce(string_agg('x.' || quote_ident(attname), ',' ORDER BY attname COLLATE "
        "\"C\"), '') FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n "
        "ON n.oid = relnamespace WHERE nspname = $1 AND relname = $2 AND attnum > 0 AND NOT "
        "attisdropped",
        values, 2);
    if (!link_is_ok(columns))
        return transfer_fail_by(transfer, "the columns of a table", columns);
    struct str list = link_value(columns, 0);
    struct text sql;
    text_init(&sql, arena, list.n + 2048);
    text_adds(&sql, "SELECT count(*), coalesce(sum(hashtextextended(ROW(");
    text_add(&sql, list);
    text_adds(&sql, ")::text, 0)), 0) FROM ONLY ");
    text_add(&sql, link_quoted(arena, table->schema));
    text_byte(&sql, '.');
    text_add(&sql, link_quoted(arena, table->name));
    text_adds(&sql, " AS x");
    struct str what =
        str_printf(arena, "the rows of %.*s.%.*s", STR_ARGS(table->schema), STR_ARGS(table->name));
    RESULT_SCOPED result = transfer_ask(transfer, what.p, text_str(&sql).p);
    if (!result)
        return false;
    table->hash = cell(transfer, result, 0, 1);
    return str_int(cell(transfer, result, 0, 0), &table->rows) ||
           transfer_fail(transfer, ORDER_FAILED, "The server does not count %.*s.", STR_ARGS(what));
}

bool measure_tables(struct transfer *transfer, struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->table_count; i++)
        if (!measure(transfer, &manifest->tables[i]))
            return false;
    RESULT_SCOPED result =
        transfer_ask(transfer, "the large objects",
                     "SELECT count(*), coalesce(sum(hashtextextended(oid || ':' || "
                     "encode(sha256(lo_get(oid)), 'hex'), 0)), 0) FROM pg_largeobject_metadata");
    if (!result)
        return false;
    manifest->large_hash = cell(transfer, result, 0, 1);
    return str_int(cell(transfer, result, 0, 0), &manifest->large_objects);
}
