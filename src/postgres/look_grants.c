/* look_grants.c - db:grants: what the role may see, and what would show the rest. */
#include "postgres/look_all.h"

enum { ROLES, SCHEMAS };

/* clang-format off */
const struct look_question look_grants_questions[] = {
    [ROLES] = {.what = "The roles",
     .sql = "SELECT pg_has_role('pg_monitor', 'USAGE') AS monitor, "
            "pg_has_role('pg_signal_backend', 'USAGE') AS signals, EXISTS (SELECT FROM "
            "pg_available_extensions WHERE name = 'pg_stat_statements') AS available, EXISTS "
            "(SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max') AS loaded, "
            "(SELECT has_schema_privilege(e.extnamespace, 'USAGE') FROM pg_extension e WHERE "
            "e.extname = 'pg_stat_statements') AS usable"},
    [SCHEMAS] = {.what = "The schemas",
     .sql = "SELECT quote_ident(n.nspname) AS schema, count(*) FILTER (WHERE c.relkind IN ('r', "
            "'p', 'm')) AS tables, count(*) FILTER (WHERE c.relkind IN ('r', 'p', 'm') AND NOT "
            "has_table_privilege(c.oid, 'SELECT')) AS tables_hidden, count(*) FILTER (WHERE "
            "c.relkind = 'S') AS sequences, count(*) FILTER (WHERE c.relkind = 'S' AND NOT "
            "has_sequence_privilege(c.oid, 'SELECT, USAGE')) AS sequences_hidden, "
            "has_schema_privilege(n.oid, 'USAGE') AS usable FROM pg_namespace n JOIN pg_class c "
            "ON c.relnamespace = n.oid WHERE c.relpersistence <> 't' AND c.relkind IN ('r', "
            "'p', 'm', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND "
            "n.nspname !~ '^pg_(toast|temp)' GROUP BY n.oid, n.nspname ORDER BY n.nspname"},
};
/* clang-format on */

struct right {
    const char *name; /* of the right */
    struct str on;
    bool there;
    const char *kind, *why; /* "Without it …" */
    struct str grant;
};

static void say(struct look *look, struct look_result *result, const struct right *right)
{
    look_row_open(result);
    look_put(result, str_of(right->name));
    look_put(result, right->on);
    look_put(result, right->there ? STR("yes") : STR("no"));
    look_put(result, str_of(right->why));
    look_put(result, right->there ? (struct str){NULL, 0} : right->grant);
    look_row_close(result);
    if (!right->there)
        look_not_known(look, right->kind, str_copy(look->arena, right->grant).p,
                       "%s%s%.*s is missing: %s.", right->name, right->on.n > 0 ? " in " : "",
                       STR_ARGS(right->on), right->why);
}

static void say_schema(struct look *look, struct look_result *result,
                       const struct look_table *table, size_t row)
{
    struct arena *arena = look->arena;
    struct str schema = look_cell(table, row, "schema");
    struct str user = look->server.user;
    bool has_sequences = !str_is(look_cell(table, row, "sequences"), "0");
    struct right sequences = {"SELECT on sequences",
                              schema,
                              str_is(look_cell(table, row, "sequences_hidden"), "0"),
                              "sequences",
                              "db:sequences does not know how far those of others are",
                              str_printf(arena,
                                         "GRANT SELECT ON ALL SEQUENCES IN SCHEMA %.*s TO %.*s;",
                                         STR_ARGS(schema), STR_ARGS(user))};
    struct right tables = {
        "SELECT on tables",
        schema,
        str_is(look_cell(table, row, "tables_hidden"), "0"),
        "tables",
        "db:bloat does not know how wide columns are, nor is EXPLAIN of queries let through; it "
        "lets the role read what stands in them, too",
        str_printf(arena,
                   "GRANT USAGE ON SCHEMA %.*s TO %.*s; GRANT SELECT ON ALL TABLES IN SCHEMA %.*s "
                   "TO %.*s;",
                   STR_ARGS(schema), STR_ARGS(user), STR_ARGS(schema), STR_ARGS(user))};
    if (has_sequences)
        say(look, result, &sequences);
    if (!str_is(look_cell(table, row, "tables"), "0"))
        say(look, result, &tables);
}

void look_grants_judge(struct look *look, const struct look_table *tables)
{
    struct look_result result;
    struct arena *arena = look->arena;
    const struct look_table *roles = &tables[ROLES];
    if (!look_answered(look, &look_grants_questions[ROLES], roles) ||
        !look_answered(look, &look_grants_questions[SCHEMAS], &tables[SCHEMAS]))
        return;
    look_result_open(look, "What the looks need", "right schema there without_it grant", &result);
    const struct right monitor = {
        "pg_monitor",
        STR(""),
        look_is_true(roles, 0, "monitor"),
        "monitor",
        "what sessions of others do, their statements, standbys and some settings are hidden from "
        "every look",
        look_grant(arena, &look->server, "pg_monitor")};
    const struct right signals = {"pg_signal_backend",
                                  STR(""),
                                  look_is_true(roles, 0, "signals"),
                                  "signals",
                                  "db:locks --cancel and --terminate are refused; who only looks "
                                  "does not need it",
                                  look_grant(arena, &look->server, "pg_signal_backend")};
    bool has = look->server.statements.n > 0 && look_is_true(roles, 0, "loaded");
    const struct right statements = {
        "pg_stat_statements",
        STR(""),
        has,
        "statements",
        "db:slow knows nothing; it has to be in shared_preload_libraries, which takes a restart",
        STR("CREATE EXTENSION pg_stat_statements;")};
    const struct right usage = {"USAGE of the schema",
                                look->server.statements,
                                look_is_true(roles, 0, "usable"),
                                "statements",
                                "db:slow may not read pg_stat_statements, which is there",
                                str_printf(arena, "GRANT USAGE ON SCHEMA %.*s TO %.*s;",
                                           STR_ARGS(look->server.statements),
                                           STR_ARGS(look->server.user))};
    say(look, &result, &monitor);
    say(look, &result, &statements);
    if (look->server.statements.n > 0)
        say(look, &result, &usage);
    for (size_t i = 0; i < tables[SCHEMAS].count; i++)
        say_schema(look, &result, &tables[SCHEMAS], i);
    look_row_open(&result);
    look_put(&result, str_of(signals.name));
    look_put(&result, STR(""));
    look_put(&result, signals.there ? STR("yes") : STR("no"));
    look_put(&result, str_of(signals.why));
    look_put(&result, signals.there ? (struct str){NULL, 0} : signals.grant);
    look_row_close(&result);
    look_result_close(&result);
    look_note(look, "What is made later needs its grants again: ALTER DEFAULT PRIVILEGES FOR ROLE "
                    "… IN SCHEMA … GRANT SELECT ON TABLES TO …, and ON SEQUENCES.");
}
