/* look_indexes.c - db:indexes: those that cost and do not help, those that are broken, those that
 * are missing. */
#include "postgres/look_all.h"

#include "base/noun.h"

enum { SINCE, UNUSED, DOUBLED, INVALID, FOREIGN, SCANS };

#define STATISTICS_S (14 * 86400.0) /* younger statistics have not seen a fortnight */
#define UNUSED_BYTES (1024.0 * 1024)
#define FOREIGN_ROWS 1000.0
#define SCAN_ROWS    100000.0 /* read by one scan of a whole table */
#define SCANS_A_DAY  24.0

/* The company's own: no schema of PostgreSQL's. */
#define OWN "n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')"
/* An expression as it is stored, without where it stood: pg_get_expr would lock the table. */
#define TREE(tree) "regexp_replace(" tree "::text, ' :location -?\\d+', '', 'g')"
/* Where a constraint, the replica identity or CLUSTER needs it, an index is not judged. */
#define FREE                                                                                       \
    "NOT i.indisunique AND NOT i.indisprimary AND NOT i.indisexclusion AND NOT i.indisreplident "  \
    "AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype "   \
    "IN ('p', 'u', 'x'))"
#define BYTES(relation) relation ".relpages::bigint * current_setting('block_size')::bigint"

/* clang-format off */
const struct look_question look_indexes_questions[] = {
    /* Counters of a database begin with a reset of its own, or with a crash, which resets the
     * shared ones, too. */
    [SINCE] = {.what = "The age of the statistics",
     .sql = "SELECT extract(epoch FROM clock_timestamp() - greatest(s.stats_reset, (SELECT "
            "least(b.stats_reset, w.stats_reset, a.stats_reset) FROM pg_stat_bgwriter b, "
            "pg_stat_wal w, pg_stat_archiver a))) AS since_s, (SELECT count(*) FROM "
            "pg_stat_replication) AS standbys, current_setting('track_counts') AS tracks FROM "
            "pg_stat_database s WHERE s.datname = current_database()"},
    [UNUSED] = {.what = "The indexes without a scan",
     .sql = "SELECT i.indexrelid::regclass::text AS index, i.indrelid::regclass::text AS "
            "\"table\", "
            BYTES("c")
            " AS size_bytes, s.idx_scan AS scans, coalesce(t.n_tup_ins + t.n_tup_upd + "
            "t.n_tup_del, 0) AS writes FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_stat_all_indexes s ON "
            "s.indexrelid = i.indexrelid JOIN pg_stat_all_tables t ON t.relid = i.indrelid WHERE "
            OWN
            " AND i.indisvalid AND c.relkind = 'i' AND s.idx_scan = 0 AND "
            FREE
            " ORDER BY 3 DESC, 1"},
    /* The same columns, or those with which another one begins; same order, classes and
     * collations; neither with a condition but the same. */
    [DOUBLED] = {.what = "The indexes that others make unnecessary",
     .sql = "WITH x AS (SELECT i.*, c.relam, "
            BYTES("c")
            " AS size_bytes, (i.indkey::text || ' ') AS keys, (i.indclass::text || ' ') AS "
            "classes, (i.indcollation::text || ' ') AS collations, (i.indoption::text || ' ') "
            "AS options, coalesce("
            TREE("i.indexprs")
            ", '') AS exprs, coalesce("
            TREE("i.indpred")
            ", '') AS condition, ("
            FREE
            ") AS free, m.amname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN "
            "pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = c.relam WHERE "
            OWN
            " AND i.indisvalid AND c.relkind = 'i' AND i.indisready) SELECT "
            "a.indexrelid::regclass::text AS index, b.indexrelid::regclass::text AS by, "
            "a.indrelid::regclass::text AS \"table\", a.size_bytes, a.keys = b.keys AS same, "
            "s.idx_scan AS scans FROM x a JOIN x b ON a.indrelid = b.indrelid AND a.indexrelid "
            "<> b.indexrelid AND a.relam = b.relam AND a.exprs = b.exprs AND a.condition = "
            "b.condition JOIN pg_stat_all_indexes s ON s.indexrelid = a.indexrelid WHERE a.free "
            "AND ((a.keys = b.keys AND a.classes = b.classes AND a.collations = b.collations "
            "AND a.options = b.options AND (NOT b.free OR a.indnkeyatts < b.indnkeyatts OR "
            "(a.indnkeyatts = b.indnkeyatts AND a.indexrelid > b.indexrelid))) OR (a.amname = "
            "'btree' AND a.exprs = '' AND a.indnatts = a.indnkeyatts AND a.indnkeyatts < "
            "b.indnkeyatts AND starts_with(b.keys, a.keys) AND starts_with(b.classes, "
            "a.classes) AND starts_with(b.collations, a.collations) AND starts_with(b.options, "
            "a.options))) ORDER BY a.size_bytes DESC, 1, 2"},
    [INVALID] = {.what = "The invalid indexes",
     .sql = "SELECT i.indexrelid::regclass::text AS index, i.indrelid::regclass::text AS "
            "\"table\", "
            BYTES("c")
            " AS size_bytes, c.relkind = 'I' AS partitioned, EXISTS (SELECT FROM pg_locks l "
            "WHERE l.relation = i.indrelid AND l.granted AND l.mode = "
            "'ShareUpdateExclusiveLock') AS at_work FROM pg_index i JOIN pg_class c ON c.oid = "
            "i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
            OWN
            " AND NOT (i.indisvalid AND i.indisready AND i.indislive) ORDER BY 1"},
    [FOREIGN] = {.what = "The foreign keys without an index",
     .sql = "SELECT k.conrelid::regclass::text AS \"table\", quote_ident(k.conname) AS "
            "\"constraint\", k.confrelid::regclass::text AS refers_to, (SELECT "
            "string_agg(quote_ident(a.attname), ', ' ORDER BY x.at) FROM unnest(k.conkey) WITH "
            "ORDINALITY x(n, at) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = "
            "x.n) AS columns, greatest(c.reltuples, t.n_live_tup, 0)::bigint AS rows, "
            "coalesce(r.n_tup_del, 0) AS deletes, coalesce(r.n_tup_upd, 0) AS updates FROM "
            "pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid "
            "= c.relnamespace LEFT JOIN pg_stat_all_tables t ON t.relid = k.conrelid LEFT JOIN "
            "pg_stat_all_tables r ON r.relid = k.confrelid WHERE k.contype = 'f' AND "
            "k.conparentid = 0 AND "
            OWN
            " AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid "
            "JOIN pg_am m ON m.oid = x.relam WHERE i.indrelid = k.conrelid AND i.indisvalid AND "
            "(i.indpred IS NULL OR (i.indpred::text ~ '^\\{NULLTEST :arg \\{VAR [^{}]*\\} "
            ":nulltesttype 1 ' AND (regexp_match(i.indpred::text, ':varattno (\\d+)'))[1]::int2 "
            "= ANY (k.conkey))) AND (m.amname = 'btree' OR (m.amname = 'hash' AND "
            "cardinality(k.conkey) = 1)) AND (string_to_array(i.indkey::text, ' "
            "')::int2[])[1:least(cardinality(k.conkey), i.indnkeyatts)] @> k.conkey) ORDER BY 5 "
            "DESC, 1, 2"},
    [SCANS] = {.what = "The scans of whole tables",
     .sql = "SELECT t.relid::regclass::text AS \"table\", t.n_live_tup AS rows, t.seq_scan AS "
            "scans, t.seq_tup_read AS rows_read, t.idx_scan AS index_scans FROM "
            "pg_stat_all_tables t JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON "
            "n.oid = c.relnamespace WHERE "
            OWN
            " AND t.seq_scan > 0 AND t.n_live_tup >= 10000 ORDER BY 4 DESC, 1 LIMIT 30"},
};
/* clang-format on */

/* Unused is what nobody scanned in a fortnight, here or on a standby: what is not known is not
 * said. */
static void judge_unused(struct look *look, const struct look_table *since,
                         const struct look_table *unused)
{
    double since_s;
    double all_bytes = 0;
    size_t count = 0;
    int64_t standbys;
    bool known = look_real(since, 0, "since_s", &since_s) && since_s >= STATISTICS_S;
    bool tracks = str_is(look_cell(since, 0, "tracks"), "on");
    (void)look_int(since, 0, "standbys", &standbys);
    for (size_t i = 0; i < unused->count; i++) {
        double bytes;
        struct str index = look_cell(unused, i, "index");
        if (!look_real(unused, i, "size_bytes", &bytes) || bytes < UNUSED_BYTES)
            continue;
        count++;
        all_bytes += bytes;
        if (known && tracks && standbys == 0 && !look->server.standby)
            look_find(look, (struct look_mark){"unused", index, bytes, "bytes"},
                      "%.*s (%.*s, on %.*s) was not read once in %.*s, nor is there a standby; if "
                      "no quarterly job needs it: DROP INDEX CONCURRENTLY %.*s.",
                      STR_ARGS(index), STR_ARGS(look_figure(look->arena, bytes, "bytes")),
                      STR_ARGS(look_cell(unused, i, "table")),
                      STR_ARGS(look_figure(look->arena, since_s, "s")), STR_ARGS(index));
    }
    struct str bytes = look_figure(look->arena, all_bytes, "bytes");
    if (count > 0 && !tracks)
        look_not_known(look, "unused", "",
                       "Whether %zu indexes (%.*s) are used is not known: track_counts is off.",
                       count, STR_ARGS(bytes));
    else if (count > 0 && !known)
        look_not_known(look, "unused", "",
                       "Whether %zu %s (%.*s) without a scan %s used is not known: statistics are "
                       "counted since %.*s only, and a fortnight is asked for.",
                       count, noun((int64_t)count, "index", "indexes"), STR_ARGS(bytes),
                       noun((int64_t)count, "is", "are"),
                       STR_ARGS(look_figure(look->arena, since_s, "s")));
    else if (count > 0 && look->server.standby)
        look_not_known(look, "unused", "",
                       "%zu %s (%.*s) had no scan on this standby; its primary counts its own: ask "
                       "there, too.",
                       count, noun((int64_t)count, "index", "indexes"), STR_ARGS(bytes));
    else if (count > 0 && standbys > 0)
        look_not_known(look, "unused", "",
                       "%zu %s (%.*s) had no scan here, but %lld %s there, which count their own: "
                       "ask them, too, with services.database.url leading there.",
                       count, noun((int64_t)count, "index", "indexes"), STR_ARGS(bytes),
                       (long long)standbys, noun(standbys, "standby is", "standbys are"));
}

static void judge_doubled(struct look *look, const struct look_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        double bytes;
        struct str index = look_cell(table, i, "index");
        bool again = i > 0 && str_equal(index, look_cell(table, i - 1, "index"));
        (void)look_real(table, i, "size_bytes", &bytes);
        if (again)
            continue;
        look_find(look, (struct look_mark){"duplicate", index, bytes, "bytes"},
                  "%.*s (%.*s, on %.*s) %s %.*s and is in the way of writes only: DROP INDEX "
                  "CONCURRENTLY %.*s.",
                  STR_ARGS(index), STR_ARGS(look_figure(look->arena, bytes, "bytes")),
                  STR_ARGS(look_cell(table, i, "table")),
                  look_is_true(table, i, "same") ? "is the same as" : "is the beginning of",
                  STR_ARGS(look_cell(table, i, "by")), STR_ARGS(index));
    }
}

static void judge_invalid(struct look *look, const struct look_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        double bytes;
        struct str index = look_cell(table, i, "index");
        (void)look_real(table, i, "size_bytes", &bytes);
        if (look_is_true(table, i, "at_work"))
            look_note(look, "%.*s is not valid yet: somebody works on its table just now.",
                      STR_ARGS(index));
        else if (look_is_true(table, i, "partitioned"))
            look_find(look, (struct look_mark){"invalid", index, bytes, "bytes"},
                      "%.*s on %.*s is not valid: a partition lacks its index; make it there and "
                      "ALTER INDEX %.*s ATTACH PARTITION it.",
                      STR_ARGS(index), STR_ARGS(look_cell(table, i, "table")), STR_ARGS(index));
        else
            look_find(look, (struct look_mark){"invalid", index, bytes, "bytes"},
                      "%.*s (%.*s, on %.*s) is not valid: its making was broken off, no query uses "
                      "it, each write pays for it; REINDEX INDEX CONCURRENTLY %.*s, or DROP INDEX "
                      "CONCURRENTLY it.",
                      STR_ARGS(index), STR_ARGS(look_figure(look->arena, bytes, "bytes")),
                      STR_ARGS(look_cell(table, i, "table")), STR_ARGS(index));
    }
}

static void judge_foreign(struct look *look, const struct look_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        double rows;
        struct str name = look_cell(table, i, "constraint");
        struct str of = look_cell(table, i, "table");
        struct str columns = look_cell(table, i, "columns");
        if (!look_real(table, i, "rows", &rows) || rows < FOREIGN_ROWS)
            continue;
        look_find(look, (struct look_mark){"foreign_key", name, rows, "rows"},
                  "%.*s of %.*s has no index on (%.*s): each DELETE or change of a key in %.*s "
                  "(%.*s deletes so far) reads %.*s rows and holds locks as long; CREATE INDEX "
                  "CONCURRENTLY ON %.*s (%.*s).",
                  STR_ARGS(name), STR_ARGS(of), STR_ARGS(columns),
                  STR_ARGS(look_cell(table, i, "refers_to")),
                  STR_ARGS(look_cell(table, i, "deletes")), STR_ARGS(look_count(look->arena, rows)),
                  STR_ARGS(of), STR_ARGS(columns));
    }
}

static void judge_scans(struct look *look, const struct look_table *since,
                        const struct look_table *table)
{
    double since_s;
    if (!look_real(since, 0, "since_s", &since_s) || since_s <= 0)
        return;
    for (size_t i = 0; i < table->count; i++) {
        double scans;
        double read;
        struct str name = look_cell(table, i, "table");
        if (!look_real(table, i, "scans", &scans) || !look_real(table, i, "rows_read", &read) ||
            scans < 1 || read / scans < SCAN_ROWS || scans / since_s * 86400 < SCANS_A_DAY)
            continue;
        look_find(look, (struct look_mark){"missing", name, read / scans, "rows"},
                  "%.*s was read from end to end %.*s times in %.*s, %.*s rows each time: db:slow "
                  "has the queries; EXPLAIN them for the column that wants an index.",
                  STR_ARGS(name), STR_ARGS(look_count(look->arena, scans)),
                  STR_ARGS(look_figure(look->arena, since_s, "s")),
                  STR_ARGS(look_count(look->arena, read / scans)));
    }
}

void look_indexes_judge(struct look *look, const struct look_table *tables)
{
    static const struct {
        const char *title, *columns;
    } shown[] = {
        [UNUSED] = {"Indexes without a scan here", "index table #size_bytes #scans #writes"},
        [DOUBLED] = {"Indexes that others make unnecessary", "index by table #size_bytes #scans"},
        [INVALID] = {"Invalid indexes", "index table #size_bytes"},
        [FOREIGN] = {"Foreign keys without an index",
                     "table constraint columns refers_to #rows #deletes #updates"},
        [SCANS] = {"Tables read from end to end", "table #rows #scans #rows_read #index_scans"}};
    bool known[SCANS + 1];
    for (size_t i = 0; i <= SCANS; i++) {
        known[i] = look_answered(look, &look_indexes_questions[i], &tables[i]);
        if (known[i] && shown[i].title && tables[i].count > 0)
            look_show(look, shown[i].title, shown[i].columns, &tables[i]);
    }
    judge_invalid(look, &tables[INVALID]);
    judge_doubled(look, &tables[DOUBLED]);
    judge_foreign(look, &tables[FOREIGN]);
    if (known[SINCE] && known[UNUSED])
        judge_unused(look, &tables[SINCE], &tables[UNUSED]);
    if (known[SINCE] && known[SCANS])
        judge_scans(look, &tables[SINCE], &tables[SCANS]);
    look_note(look, "An index is younger than the statistics where it was made since; sizes are "
                    "those of the last VACUUM or ANALYZE.");
}
