/* look_bloat.c - db:bloat: what tables and btree indexes have that they would not have if they were
 * made anew. */
#include "postgres/look_all.h"

#include "postgres/bloat.h"

#include <math.h>

enum { TABLES, COLUMNS, INDEXES, KEYS };
enum { COLUMNS_MOST = 1700 };

#define WASTE_PERCENT 40.0
#define WASTE_BYTES   (8.0 * 1024 * 1024)
#define STALE_SHARE   0.2 /* of the rows, changed since they were counted */

/* Those worth a look; sizes are asked where nobody locks the relation or wants to, so that we do
 * not wait in that queue. */
#define BUSY                                                                                       \
    "WITH busy AS MATERIALIZED (SELECT relation FROM pg_locks WHERE locktype = 'relation' AND "    \
    "mode = 'AccessExclusiveLock' AND relation IS NOT NULL), "
#define LARGE                                                                                      \
    "large AS (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "        \
    "WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND (c.relpages >= 64 OR "          \
    "c.reltuples < 0) AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY "         \
    "c.relpages DESC LIMIT 200) "
#define BYTES(relation)                                                                            \
    "CASE WHEN " relation                                                                          \
    ".oid NOT IN (SELECT relation FROM busy) THEN pg_relation_size(" relation                      \
    ".oid) END AS size_bytes"
#define FILL(relation, usual)                                                                      \
    "coalesce((SELECT option_value FROM pg_options_to_table(" relation ".reloptions) WHERE "       \
    "option_name = 'fillfactor'), '" usual "') AS fill"

/* Are all values that were sampled of one length? Then the next column has a sure place. */
#define SAME                                                                                       \
    "(SELECT min(octet_length(v)) = max(octet_length(v)) FROM (SELECT unnest("                     \
    "s.histogram_bounds::text::text[]) UNION ALL SELECT unnest(s.most_common_vals::text::"         \
    "text[])) x(v)) AS same"

/* clang-format off */
const struct look_question look_bloat_questions[] = {
    [TABLES] = {.what = "The tables",
     .sql = BUSY
            LARGE
            "SELECT c.oid, c.oid::regclass::text AS \"table\", "
            BYTES("c")
            ", c.reltuples AS rows, greatest(s.n_mod_since_analyze, 0) AS changed, s.n_live_tup "
            "AS live, s.n_dead_tup AS dead, "
            FILL("c", "100")
            ", current_setting('block_size') AS page, has_table_privilege(c.oid, 'SELECT') AND "
            "NOT row_security_active(c.oid) AS allowed, quote_ident(n.nspname) AS schema FROM "
            "large JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace "
            "LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid ORDER BY c.oid"},
    [COLUMNS] = {.what = "The columns",
     .sql = "WITH "
            LARGE
            "SELECT a.attrelid AS oid, a.attlen AS length, a.attalign AS align, a.attisdropped "
            "AS dropped, a.attnotnull AS filled, s.avg_width AS width, s.null_frac AS nulls, "
            "s.n_distinct AS distinct, CASE WHEN a.atttypid = 'bpchar'::regtype AND a.atttypmod "
            "> 4 THEN a.atttypmod - 3 END AS padded, "
            SAME
            " FROM large JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = "
            "c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 LEFT "
            "JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND "
            "s.attname = a.attname AND NOT s.inherited ORDER BY a.attrelid, a.attnum"},
    [INDEXES] = {.what = "The btree indexes",
     .sql = BUSY
            LARGE
            "SELECT c.oid, c.oid::regclass::text AS index, i.indrelid::regclass::text AS "
            "\"table\", "
            BYTES("c")
            ", c.reltuples AS rows, greatest(s.n_mod_since_analyze, 0) AS changed, "
            FILL("c", "90")
            ", current_setting('block_size') AS page, NOT i.indisunique AND i.indnatts = "
            "i.indnkeyatts AND coalesce((SELECT option_value FROM "
            "pg_options_to_table(c.reloptions) WHERE option_name = 'deduplicate_items'), 'on') "
            "IN ('on', 'true', '1') AND NOT EXISTS (SELECT FROM unnest(i.indclass::oid[]) "
            "o(oid) JOIN pg_opclass p ON p.oid = o.oid WHERE NOT EXISTS (SELECT FROM pg_amproc "
            "m WHERE m.amprocfamily = p.opcfamily AND m.amprocnum = 4 AND m.amproclefttype = "
            "p.opcintype AND m.amprocrighttype = p.opcintype)) AS merges, "
            "has_table_privilege(i.indrelid, 'SELECT') AND NOT row_security_active(i.indrelid) "
            "AS allowed, quote_ident(n.nspname) AS schema FROM large JOIN pg_index i ON "
            "i.indrelid = large.oid JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON "
            "m.oid = c.relam JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN "
            "pg_stat_all_tables s ON s.relid = i.indrelid WHERE m.amname = 'btree' AND "
            "c.relkind = 'i' AND c.relpages >= 16 AND i.indisvalid ORDER BY c.oid"},
    [KEYS] = {.what = "The columns of indexes",
     .sql = "WITH "
            LARGE
            "SELECT k.attrelid AS oid, k.attlen AS length, k.attalign AS align, false AS "
            "dropped, coalesce(a.attnotnull, false) AS filled, s.avg_width AS width, "
            "s.null_frac AS nulls, s.n_distinct AS distinct, CASE WHEN k.atttypid = "
            "'bpchar'::regtype AND k.atttypmod > 4 THEN k.atttypmod - 3 END AS padded, "
            SAME
            " FROM large JOIN pg_index i ON i.indrelid = large.oid JOIN pg_class x ON x.oid = "
            "i.indexrelid JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = "
            "c.relnamespace JOIN pg_attribute k ON k.attrelid = i.indexrelid AND k.attnum > 0 "
            "LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = "
            "i.indkey[k.attnum - 1] AND a.attnum > 0 LEFT JOIN pg_stats s ON s.schemaname = "
            "n.nspname AND s.tablename = CASE WHEN a.attnum IS NULL THEN x.relname ELSE "
            "c.relname END AND s.attname = coalesce(a.attname, k.attname) AND NOT s.inherited "
            "WHERE x.relpages >= 16 ORDER BY k.attrelid, k.attnum"},
};
/* clang-format on */

/* The columns of one relation. */
struct shape {
    struct bloat_column *columns;
    size_t count;
    double distinct; /* different rows, at most */
    bool known;      /* all that counts is there */
};

static int align_of(struct str code)
{
    return str_is(code, "d") ? 8 : str_is(code, "i") ? 4 : str_is(code, "s") ? 2 : 1;
}

/* False: statistics that it takes are not there. */
static bool read_column(const struct look_table *table, size_t row, struct bloat_column *out_column)
{
    double length;
    double width;
    double nulls;
    double padded;
    bool filled = look_is_true(table, row, "filled");
    bool counted = look_real(table, row, "nulls", &nulls);
    bool dropped = look_is_true(table, row, "dropped");
    (void)look_real(table, row, "length", &length);
    *out_column = (struct bloat_column){.align = align_of(look_cell(table, row, "align")),
                                        .null_share = filled ? 0 : nulls};
    if (dropped) { /* rows that are written anew have it as NULL */
        *out_column = (struct bloat_column){.align = 1, .null_share = 1};
        return true;
    }
    if (length > 0) {
        out_column->width = length;
        return counted || filled;
    }
    out_column->varies = true;
    if (look_real(table, row, "padded", &padded) && padded <= 127) {
        out_column->width = padded; /* character(n): as long as it says, unless it is no ASCII */
        out_column->align = 1;
        out_column->varies = false;
        return counted || filled;
    }
    if (!look_real(table, row, "width", &width))
        return false;
    out_column->width = width;
    out_column->varies = !look_is_true(table, row, "same");
    if (!out_column->varies && width <= 127)
        out_column->align = 1;
    return counted || filled;
}

static struct shape shape_of(struct look *look, const struct look_table *table, struct str oid,
                             double rows)
{
    struct shape shape = {.columns = arena_array(look->arena, COLUMNS_MOST, sizeof *shape.columns),
                          .distinct = 1,
                          .known = true};
    size_t low = 0;
    size_t high = table->count;
    int64_t wanted = 0;
    int64_t here;
    if (!str_int(oid, &wanted))
        return shape;
    while (low < high) { /* they stand in the order of their relations */
        size_t middle = low + (high - low) / 2;
        (void)look_int(table, middle, "oid", &here);
        if (here < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i < table->count && shape.count < COLUMNS_MOST; i++) {
        double distinct;
        if (!str_equal(look_cell(table, i, "oid"), oid))
            break;
        shape.known = read_column(table, i, &shape.columns[shape.count]) && shape.known;
        if (look_real(table, i, "distinct", &distinct) && distinct != 0)
            shape.distinct *= distinct < 0 ? -distinct * rows : distinct;
        else
            shape.distinct = rows;
        shape.distinct = fmin(shape.distinct, rows);
        shape.count++;
    }
    shape.known = shape.known && shape.count > 0;
    return shape;
}

struct estimate {
    bool known;
    double bytes, wasted, percent;
};

static void put(struct look_result *result, bool known, double value)
{
    if (known)
        look_put_real(result, value);
    else
        look_put(result, STR("unknown"));
}

static void judge(struct look *look, const char *kind, struct str name,
                  const struct estimate *estimate)
{
    bool is_table = strcmp(kind, "table_bloat") == 0;
    if (!estimate->known || estimate->percent < WASTE_PERCENT || estimate->wasted < WASTE_BYTES)
        return;
    look_find(look, (struct look_mark){kind, name, estimate->wasted, "bytes"},
              "%.*s has %.*s that it would not have if it were made anew, %.0f %% of its %.*s: %s.",
              STR_ARGS(name), STR_ARGS(look_figure(look->arena, estimate->wasted, "bytes")),
              estimate->percent, STR_ARGS(look_figure(look->arena, estimate->bytes, "bytes")),
              is_table
                  ? "new rows fill it again; to give it back pg_repack (no long lock) or VACUUM "
                    "FULL (locks it wholly)"
                  : "REINDEX INDEX CONCURRENTLY it");
}

/* Everything but the pages. False: it is unknown, and why is said. */
static bool measure(struct look *look, const struct look_table *table, size_t row, const char *name,
                    struct shape *out_shape)
{
    const struct look_table *columns = table + 1; /* TABLES, COLUMNS; INDEXES, KEYS */
    struct str relation = look_cell(table, row, name);
    double rows;
    double changed;
    bool counted = look_real(table, row, "rows", &rows) && rows >= 0;
    (void)look_real(table, row, "changed", &changed);
    *out_shape = shape_of(look, columns, look_cell(table, row, "oid"), rows);
    if (look_is_null(table, row, "size_bytes"))
        look_not_known(
            look, "busy", "",
            "%.*s is locked just now or about to be, so that its size was not asked: look "
            "again.",
            STR_ARGS(relation));
    else if (!look_is_true(table, row, "allowed") && !out_shape->known)
        look_not_known(
            look, "statistics",
            str_printf(look->arena, "GRANT SELECT ON ALL TABLES IN SCHEMA %.*s TO %.*s;",
                       STR_ARGS(look_cell(table, row, "schema")), STR_ARGS(look->server.user))
                .p,
            "How wide columns are in schema %.*s PostgreSQL tells only who may read them "
            "(pg_monitor does not show it): the bloat of their tables is not known.",
            STR_ARGS(look_cell(table, row, "schema")));
    else if (counted && !out_shape->known && strcmp(name, "index") == 0)
        look_not_known(
            look, "statistics", "",
            "%.*s has an expression, whose width PostgreSQL tells only its owner, or was "
            "never analysed: its bloat is not known.",
            STR_ARGS(relation));
    else if (!counted || !out_shape->known)
        look_not_known(look, "statistics", "",
                       "%.*s was never analysed, or has columns without statistics: ANALYZE %.*s.",
                       STR_ARGS(relation), STR_ARGS(relation));
    else if (changed > STALE_SHARE * rows + 1000)
        look_not_known(look, "statistics", "",
                       "%.*s changed by %.*s rows since its %.*s were counted: ANALYZE it first.",
                       STR_ARGS(relation), STR_ARGS(look_count(look->arena, changed)),
                       STR_ARGS(look_count(look->arena, rows)));
    else
        return true;
    return false;
}

static struct estimate compare(const struct look_table *table, size_t row, double pages)
{
    double page;
    struct estimate estimate = {.known = look_real(table, row, "size_bytes", &estimate.bytes)};
    (void)look_real(table, row, "page", &page);
    estimate.wasted = fmax(0, estimate.bytes - pages * page);
    estimate.percent = estimate.bytes > 0 ? 100 * estimate.wasted / estimate.bytes : 0;
    return estimate;
}

/* Never counted, and yet seen to be small. */
static bool is_small(const struct look_table *table, size_t row)
{
    double rows;
    double bytes;
    double page;
    (void)look_real(table, row, "rows", &rows);
    (void)look_real(table, row, "page", &page);
    return rows < 0 && look_real(table, row, "size_bytes", &bytes) && bytes < 64 * page;
}

static void look_at(struct look *look, const struct look_table *table, bool is_index)
{
    struct look_result result;
    const char *name = is_index ? "index" : "table";
    look_result_open(look, is_index ? "Btree indexes" : "Tables",
                     is_index ? "index table #size_bytes #wasted_bytes #wasted_percent #rows"
                              : "table #size_bytes #wasted_bytes #wasted_percent #rows #dead",
                     &result);
    for (size_t i = 0; i < table->count; i++) {
        struct shape shape;
        struct bloat_index index = {.merges = is_index && look_is_true(table, i, "merges")};
        struct estimate estimate = {.known = false};
        (void)look_real(table, i, "page", &index.page.bytes);
        (void)look_real(table, i, "fill", &index.page.fill_percent);
        (void)look_real(table, i, "rows", &index.rows);
        if (is_small(table, i))
            continue;
        if (measure(look, table, i, name, &shape)) {
            index.distinct = shape.distinct;
            estimate = compare(
                table, i,
                is_index ? bloat_index_pages(shape.columns, shape.count, &index)
                         : bloat_table_pages(shape.columns, shape.count, index.rows, &index.page));
        }
        look_row_open(&result);
        look_put(&result, look_cell(table, i, name));
        if (is_index)
            look_put(&result, look_cell(table, i, "table"));
        look_put(&result, look_is_null(table, i, "size_bytes") ? STR("unknown")
                                                               : look_cell(table, i, "size_bytes"));
        put(&result, estimate.known, estimate.wasted);
        put(&result, estimate.known, estimate.percent);
        put(&result, index.rows >= 0, index.rows);
        if (!is_index)
            look_put(&result, look_cell(table, i, "dead"));
        look_row_close(&result);
        judge(look, is_index ? "index_bloat" : "table_bloat", look_cell(table, i, name), &estimate);
    }
    look_result_close(&result);
}

void look_bloat_judge(struct look *look, const struct look_table *tables)
{
    bool known[KEYS + 1];
    for (size_t i = 0; i <= KEYS; i++)
        known[i] = look_answered(look, &look_bloat_questions[i], &tables[i]);
    if (known[TABLES] && known[COLUMNS])
        look_at(look, &tables[TABLES], false);
    if (known[INDEXES] && known[KEYS])
        look_at(look, &tables[INDEXES], true);
    look_note(look, "Estimated from statistics, with the padding of columns in their order: of the "
                    "200 largest tables from 64 pages on and their btree indexes; TOAST is not "
                    "among it. pgstattuple measures one exactly, by reading all of it.");
}
