/* query_error.c - what PostgreSQL says of a statement, where it stands, and what helps. */
#include "postgres/query.h"

#include "base/noun.h"
#include "postgres/postgres.h"

enum { MESSAGE_BYTES = 2 * 1024, REPAIR_BYTES = 8 * 1024 };

struct str query_clean(struct arena *arena, struct str s)
{
    size_t bad = 0;
    if (str_utf8_valid(s, &bad))
        return s;
    char *p = arena_alloc(arena, s.n + 1);
    memcpy(p, s.p, s.n);
    while (!str_utf8_valid((struct str){p, s.n}, &bad))
        p[bad] = '?';
    return (struct str){p, s.n};
}

void query_fail(struct query *query, const char *sentence)
{
    query->outcome = ORDER_FAILED;
    query->detail = str_of(sentence);
}

static struct str field(struct query *query, const PGresult *error, int which)
{
    const char *text = PQresultErrorField(error, which);
    return str_cut(query_clean(query->arena, str_of(text)), MESSAGE_BYTES);
}

/* Where the extension that the statement asks for is, if anywhere. */
static struct str find_extension(struct query *query)
{
    if (query->lost)
        return STR("");
    RESULT_SCOPED found =
        link_ask(&query->link,
                 "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = "
                 "e.extnamespace WHERE e.extname = 'pg_stat_statements'",
                 NULL, 0);
    return str_copy(query->arena, link_value(found, 0));
}

static struct str statements_remedy(struct query *query, struct str sqlstate)
{
    struct str schema = find_extension(query);
    if (str_is(sqlstate, "55000"))
        return STR("Write shared_preload_libraries = 'pg_stat_statements' in postgresql.conf and "
                   "restart the server.");
    if (schema.n > 0)
        return str_printf(query->arena,
                          "It stands in the schema %.*s: write %.*s.pg_stat_statements.",
                          STR_ARGS(schema), STR_ARGS(schema));
    return str_printf(query->arena,
                      "The extension pg_stat_statements is not in database %s: write "
                      "shared_preload_libraries = 'pg_stat_statements' in postgresql.conf, restart "
                      "the server, and run CREATE EXTENSION pg_stat_statements.",
                      PQdb(query->link.conn));
}

static bool is_one_of(struct str sqlstate, const char *list)
{
    struct str rest = str_of(list);
    struct str one;
    while (str_split(&rest, ' ', &one))
        if (str_equal(one, sqlstate))
            return true;
    return false;
}

/* What helps beyond PostgreSQL's own hint, or "". */
static struct str remedy_of(struct query *query, struct str sqlstate, struct str message)
{
    struct arena *arena = query->arena;
    const char *user = PQuser(query->link.conn);
    if (is_one_of(sqlstate, "42P01 55000") &&
        str_find(message, "pg_stat_statements", 0) < message.n)
        return statements_remedy(query, sqlstate);
    if (is_one_of(sqlstate, "57014") && str_find(message, "user request", 0) == message.n)
        return str_printf(arena,
                          "It took longer than %lld ms (services.database.statement_timeout): ask "
                          "for less, or see with EXPLAIN why it takes so long.",
                          (long long)query->timeout_ms);
    if (is_one_of(sqlstate, "55P03"))
        return STR("Somebody holds a lock on it; pg_stat_activity and pg_locks say who.");
    if (is_one_of(sqlstate, "25006"))
        return STR("Reeve reads only; run it yourself with psql.");
    if (is_one_of(sqlstate, "42501") && str_starts(message, "permission denied for schema"))
        return str_printf(arena,
                          "GRANT USAGE on the schema to \"%s\", or leave such schemas out: WHERE "
                          "has_schema_privilege(schemaname, 'USAGE').",
                          user);
    if (is_one_of(sqlstate, "42501"))
        return str_printf(arena, "Whoever owns it can GRANT the right to \"%s\".", user);
    return STR("");
}

/* Without the connection there is no error from PostgreSQL. */
static void write_lost(struct query *query)
{
    struct failure failure =
        failure_read(query->arena, &query->address, str_of(PQerrorMessage(query->link.conn)),
                     query->link.timed_out);
    json_str(query->w, "sqlstate", str_of(failure.sqlstate));
    json_str(query->w, "message", failure.sentence);
    query_fail(query, failure.sentence.p);
}

static void write_place(struct query *query, const struct sql_statement *statement,
                        const PGresult *error)
{
    int64_t character = 0;
    size_t byte = statement->from;
    if (!str_int(str_of(PQresultErrorField(error, PG_DIAG_STATEMENT_POSITION)), &character) ||
        character < 1)
        character = 0;
    if (character > 0)
        byte += sql_byte_of(statement->text, (size_t)character);
    struct sql_place place = sql_place_of(query->block, byte);
    json_int(query->w, "line", (int64_t)place.line);
    json_int(query->w, "column", character > 0 ? (int64_t)place.column : 0);
}

static void write_repair(struct query *query, const struct sql_statement *statement,
                         struct str sqlstate)
{
    if (!is_one_of(sqlstate, "42P01 42602 3F000 0A000"))
        return;
    struct str repair = sql_repair(query->arena, statement->text);
    if (repair.n > 0 && repair.n <= REPAIR_BYTES)
        json_str(query->w, "repair", repair);
}

void query_write_error(struct query *query, const struct reading *reading, const PGresult *error)
{
    struct json_writer *w = query->w;
    json_open_object(w, "error");
    if (!error) {
        write_lost(query);
        json_close_object(w);
        return;
    }
    struct str sqlstate = field(query, error, PG_DIAG_SQLSTATE);
    struct str message = field(query, error, PG_DIAG_MESSAGE_PRIMARY);
    json_str(w, "sqlstate", sqlstate);
    json_str(w, "message", message);
    json_str(w, "detail", field(query, error, PG_DIAG_MESSAGE_DETAIL));
    json_str(w, "hint", field(query, error, PG_DIAG_MESSAGE_HINT));
    json_str(w, "remedy", remedy_of(query, sqlstate, message));
    write_place(query, reading->statement, error);
    write_repair(query, reading->statement, sqlstate);
    json_close_object(w);
    if (is_one_of(sqlstate, "25006") && query->outcome == ORDER_DONE) {
        query->outcome = ORDER_REFUSED;
        query->detail = str_copy(query->arena, message);
    } else if (query->outcome != ORDER_FAILED) {
        query_fail(query, str_copy(query->arena, message).p);
    }
}

void query_write_doubt(struct query *query, struct reading *reading)
{
    struct str repair = sql_repair(query->arena, reading->statement->text);
    if (repair.n == 0 || repair.n > REPAIR_BYTES)
        return;
    /* public.Orders without quotes is public.orders, where there is one. */
    RESULT_SCOPED found =
        link_ask(&query->link,
                 "SELECT count(*) FROM pg_tables a JOIN pg_tables b ON b.schemaname = "
                 "lower(a.schemaname) AND b.tablename = lower(a.tablename) WHERE (a.schemaname, "
                 "a.tablename) <> (b.schemaname, b.tablename)",
                 NULL, 0);
    if (!str_int(link_value(found, 0), &reading->mistaken) || reading->mistaken == 0)
        return;
    json_str(query->w, "repair", repair);
}

void query_write_notes(struct query *query, const struct reading *reading)
{
    struct arena *arena = query->arena;
    struct json_writer *w = query->w;
    json_open_array(w, "notes");
    if (reading->full)
        json_str(w, NULL,
                 str_printf(arena,
                            "The answer may have %d kB; only the first %lld %s kept. Ask "
                            "for fewer columns or rows.",
                            ORDER_OUTPUT_BYTES / 1024, (long long)reading->shown,
                            noun(reading->shown, "row is", "rows are")));
    else if (reading->shown < reading->count)
        json_str(w, NULL,
                 str_printf(arena, "Only the first %d rows are kept; write LIMIT, or ask closer.",
                            QUERY_ROWS_MAX));
    if (reading->columns_left_out > 0)
        json_str(w, NULL,
                 str_printf(arena, "Only the first %d columns are kept; %d more %s left out.",
                            QUERY_COLUMNS_MAX, reading->columns_left_out,
                            noun(reading->columns_left_out, "is", "are")));
    if (reading->hidden > 0)
        json_str(w, NULL,
                 str_printf(arena,
                            "%lld %s of other users %s \"<insufficient privilege>\": GRANT "
                            "pg_read_all_stats TO \"%s\" shows them.",
                            (long long)reading->hidden, noun(reading->hidden, "row", "rows"),
                            noun(reading->hidden, "says", "say"), PQuser(query->link.conn)));
    if (reading->secrets > 0)
        json_str(w, NULL, STR("Passwords in it are shown as (secret)."));
    if (reading->mistaken > 0)
        json_str(w, NULL,
                 str_printf(arena,
                            "%lld %s with a name in upper case %s measured as the one in "
                            "lower case: names must be quoted.",
                            (long long)reading->mistaken,
                            noun(reading->mistaken, "table", "tables"),
                            noun(reading->mistaken, "is", "are")));
    json_close_array(w);
}
