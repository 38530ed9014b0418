/* lint_facts.c - what the server knows of the tables that migrations name, asked in one question.
 *
 * It reads catalogues and statistics only. pg_table_size opens the table: where somebody holds or
 * waits for the lock that keeps it shut, the pages of the last VACUUM stand in for it, so that the
 * lint does not queue behind what it warns of; who comes in between is waited for for 2 s. */
#include "postgres/migrate.h"

#include "os/clock.h"

enum { ASK_S = 30, ARRAYS = 3 };

/* $1: keys, $2: the same as SQL names, $3: functions in defaults. */
static const char question[] =
    "WITH RECURSIVE asked AS MATERIALIZED ("
    " SELECT k, to_regclass(q) AS oid FROM unnest($1::text[], $2::text[]) AS a (k, q)), "
    "rel AS MATERIALIZED ("
    " SELECT DISTINCT c.oid, c.relkind, c.relname, c.relnamespace, c.relreplident,"
    "  coalesce(i.indrelid, c.oid) AS base, i.indisvalid AND i.indisready AS valid"
    " FROM asked a JOIN pg_class c ON c.oid = a.oid LEFT JOIN pg_index i ON i.indexrelid = c.oid), "
    "tree AS (SELECT base AS root, base AS part FROM rel UNION"
    " SELECT t.root, h.inhrelid FROM tree t JOIN pg_inherits h ON h.inhparent = t.part), "
    "lock AS MATERIALIZED (SELECT l.relation, l.pid, l.mode, l.granted,"
    "  (SELECT x.transactionid FROM pg_locks x WHERE x.locktype = 'transactionid' AND x.pid IS NULL"
    "    AND l.pid IS NULL AND x.virtualtransaction = l.virtualtransaction LIMIT 1) AS xid"
    " FROM pg_locks l WHERE l.locktype = 'relation' AND l.database ="
    " (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())"
    " AND l.pid IS DISTINCT FROM pg_backend_pid()), "
    "shut AS (SELECT DISTINCT relation FROM lock WHERE mode = 'AccessExclusiveLock'), "
    "part AS MATERIALIZED (SELECT t.root, c.reltuples,"
    "  CASE WHEN s.relation IS NULL THEN pg_relation_size(c.oid) ELSE c.relpages * 8192::bigint"
    "  END AS main, "
    "  CASE WHEN s.relation IS NULL THEN pg_table_size(c.oid) ELSE c.relpages * 8192::bigint"
    "  END AS bytes"
    " FROM tree t JOIN pg_class c ON c.oid = t.part LEFT JOIN shut s ON s.relation = c.oid"
    " WHERE c.relkind IN ('r', 'm')), "
    "size AS (SELECT root, CASE WHEN bool_or(reltuples < 0) THEN NULL ELSE"
    "  sum(reltuples)::bigint END AS rows,"
    "  CASE WHEN sum(main) = 0 THEN 0 ELSE sum(bytes) END::bigint AS bytes"
    " FROM part GROUP BY root), "
    "pub AS MATERIALIZED (SELECT DISTINCT schemaname, tablename FROM pg_publication_tables), "
    "named AS (SELECT c.oid, CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END ||"
    "  c.relname AS name, c.relkind"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace), "
    "hang AS MATERIALIZED (SELECT DISTINCT r.oid AS rel,"
    "   CASE v.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END AS what, v.name,"
    "   a.attname, false AS own"
    "  FROM rel r JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid"
    "   AND d.classid = 'pg_rewrite'::regclass"
    "  JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> r.oid JOIN named v ON v.oid ="
    "   w.ev_class"
    "  LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid AND a.attnum > 0"
    " UNION ALL SELECT r.oid, 'foreign key of', v.name, a.attname, false"
    "  FROM rel r JOIN pg_constraint k ON k.confrelid = r.oid AND k.contype = 'f' AND k.conrelid <>"
    "   r.oid AND k.conparentid = 0"
    "  JOIN named v ON v.oid = k.conrelid"
    "  JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = ANY (k.confkey)"
    " UNION ALL SELECT DISTINCT r.oid, 'policy', p.polname, a.attname, true"
    "  FROM rel r JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid"
    "   AND d.classid = 'pg_policy'::regclass AND d.refobjsubid > 0"
    "  JOIN pg_policy p ON p.oid = d.objid"
    "  JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid) "
    "SELECT json_strip_nulls(json_build_object("
    "'version', current_setting('server_version_num')::int, 'zone', current_setting('TimeZone'), "
    "'functions', (SELECT json_agg(DISTINCT proname) FROM pg_proc WHERE proname = ANY ($3)), "
    "'volatile', (SELECT json_agg(DISTINCT proname) FROM pg_proc WHERE proname = ANY ($3) AND"
    " provolatile = 'v'), "
    "'hidden', (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <>"
    " pg_backend_pid() AND query = '<insufficient privilege>'), "
    "'snapshots', (SELECT json_agg(x) FROM ("
    "  SELECT pid, usename AS \"user\", state, NULL AS prepared,"
    "   floor(extract(epoch FROM clock_timestamp() - xact_start))::bigint AS age_s"
    "  FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND"
    "   backend_xmin IS NOT NULL AND backend_type = 'client backend'"
    "  UNION ALL SELECT NULL, owner, NULL, gid,"
    "   floor(extract(epoch FROM clock_timestamp() - prepared))::bigint"
    "  FROM pg_prepared_xacts WHERE database = current_database()) x), "
    "'tables', (SELECT json_agg(json_build_object('name', a.k, 'kind', r.relkind, "
    " 'valid', r.valid, 'identity', r.relreplident, 'rows', z.rows, 'bytes', z.bytes, "
    " 'published', CASE WHEN p.tablename IS NOT NULL THEN true END, "
    " 'columns', (SELECT json_agg(json_build_object('name', t.attname, 'type', CASE WHEN"
    "    y.typnamespace = 'pg_catalog'::regnamespace THEN '' ELSE"
    "    y.typnamespace::regnamespace || '.' END || y.typname, 'mod', t.atttypmod,"
    "    'not_null', t.attnotnull) ORDER BY t.attnum)"
    "   FROM pg_attribute t JOIN pg_type y ON y.oid = t.atttypid"
    "   WHERE t.attrelid = r.oid AND t.attnum > 0 AND NOT t.attisdropped AND r.oid = r.base), "
    " 'constraints', (SELECT json_agg(json_build_object('name', k.conname, 'type', k.contype, "
    "    'valid', k.convalidated, 'def', CASE k.contype WHEN 'c' THEN pg_get_constraintdef(k.oid)"
    "    END)) FROM pg_constraint k WHERE k.conrelid = r.oid), "
    " 'depends', (SELECT json_agg(json_build_object('what', h.what, 'name', h.name, 'column', "
    "    h.attname, 'own', h.own)) FROM hang h WHERE h.rel = r.oid), "
    " 'waiting', (SELECT count(DISTINCT l.pid) FROM lock l JOIN tree t ON t.part = l.relation"
    "   WHERE t.root = r.base AND NOT l.granted), "
    " 'holders', (SELECT json_agg(json_build_object('pid', l.pid, 'mode', l.mode, "
    "    'user', s.usename, 'state', s.state, 'prepared', x.gid, 'age_s',"
    "    floor(extract(epoch FROM clock_timestamp() -"
    "    coalesce(s.xact_start, x.prepared)))::bigint))"
    "   FROM lock l JOIN tree t ON t.part = l.relation"
    "   LEFT JOIN pg_stat_activity s ON s.pid = l.pid"
    "   LEFT JOIN pg_prepared_xacts x ON x.transaction = l.xid"
    "   WHERE t.root = r.base AND l.granted AND NOT (coalesce(s.backend_type, '') ="
    "    'autovacuum worker' AND s.query NOT LIKE '%to prevent wraparound%'))))"
    " FROM asked a LEFT JOIN rel r ON r.oid = a.oid LEFT JOIN size z ON z.root = r.base"
    " LEFT JOIN pg_namespace n ON n.oid = r.relnamespace"
    " LEFT JOIN pub p ON p.schemaname = n.nspname AND p.tablename = r.relname)))";

/* One element of an array as PostgreSQL reads it. */
static void add_element(struct text *text, struct str value)
{
    if (text->n > 1)
        text_byte(text, ',');
    text_byte(text, '"');
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '"' || value.p[i] == '\\')
            text_byte(text, '\\');
        text_byte(text, value.p[i]);
    }
    text_byte(text, '"');
}

/* shop.orders: "shop"."orders"; parts that have quotes keep them. */
static struct str sql_name(struct arena *arena, struct str key)
{
    struct text text;
    text_init(&text, arena, key.n * 2 + 8);
    for (size_t at = 0; at < key.n;) {
        size_t end = at;
        bool quoted = key.p[at] == '"';
        for (bool inside = false; end < key.n && (inside || key.p[end] != '.'); end++)
            inside = inside != (key.p[end] == '"');
        if (at > 0)
            text_byte(&text, '.');
        if (!quoted)
            text_byte(&text, '"');
        text_add(&text, str_slice(key, at, end));
        if (!quoted)
            text_byte(&text, '"');
        at = end + 1;
    }
    return text_str(&text);
}

static bool ask(struct migrate *migrate, const struct text *arrays, struct str *out_answer)
{
    static const char what[] = "ask about the tables that the migrations name";
    const char *values[ARRAYS];
    for (size_t i = 0; i < ARRAYS; i++)
        values[i] = text_str(&arrays[i]).p;
    /* To the planner this question is dear, and the compiler it would call takes 16 s for it. */
    if (!migrate_do(migrate, what, "BEGIN READ ONLY", NULL, 0) ||
        !migrate_do(migrate, what, "SET LOCAL jit = off", NULL, 0) ||
        !migrate_do(migrate, what, "SET LOCAL lock_timeout = '2s'", NULL, 0))
        return false;
    migrate->link.until_us = clock_boot_us() + (int64_t)ASK_S * 1000 * 1000;
    RESULT_SCOPED row = link_ask(&migrate->link, question, values, ARRAYS);
    *out_answer = str_copy(migrate->arena, link_value(row, 0));
    bool good = migrate_is_ok(row) || migrate_fail_by(migrate, what, row);
    return migrate_do(migrate, what, good ? "COMMIT" : "ROLLBACK", NULL, 0) && good;
}

bool lint_ask(struct migrate *migrate, const struct lint_names *names,
              const struct json **out_facts)
{
    struct text arrays[ARRAYS];
    struct json *facts = NULL;
    struct str answer;
    struct err err = {0};
    for (size_t i = 0; i < ARRAYS; i++) {
        text_init(&arrays[i], migrate->arena, MIGRATION_BYTES_MAX);
        text_byte(&arrays[i], '{');
    }
    for (size_t i = 0; i < names->count; i++) {
        add_element(&arrays[0], names->items[i]);
        add_element(&arrays[1], sql_name(migrate->arena, names->items[i]));
    }
    for (size_t i = 0; i < names->function_count; i++)
        add_element(&arrays[2], names->functions[i]);
    for (size_t i = 0; i < ARRAYS; i++)
        text_byte(&arrays[i], '}');
    if (!ask(migrate, arrays, &answer))
        return false;
    if (!json_parse(migrate->arena, answer, &facts, &err))
        return migrate_fail(migrate, ORDER_FAILED, STR(""),
                            "What the server says of its tables cannot be read (%s): this is an "
                            "error of Reeve; --lint=off goes on without it.",
                            err.text);
    *out_facts = facts;
    return true;
}
