/* look_sequences.c - db:sequences: how much of their range is used, of the column's type, too. */
#include "postgres/look_all.h"

#include <math.h>

enum { SEQUENCES };

#define USED_PERCENT 70.0

/* Whoever owns a sequence, and whatever column's default asks it. last_value is asked only where
 * the role may and nobody locks it: else it is NULL, and known says which. */
/* clang-format off */
const struct look_question look_sequences_questions[] = {
    [SEQUENCES] = {.what = "The sequences",
     .sql = "WITH busy AS MATERIALIZED (SELECT relation FROM pg_locks WHERE locktype = "
            "'relation' AND mode IN ('AccessExclusiveLock', 'ShareRowExclusiveLock', "
            "'ExclusiveLock', 'ShareLock') AND relation IS NOT NULL), columns AS (SELECT "
            "d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS at FROM pg_depend d "
            "WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND "
            "d.refobjsubid > 0 AND d.deptype IN ('a', 'i') UNION SELECT d.refobjid, f.adrelid, "
            "f.adnum FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid WHERE d.classid = "
            "'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass) SELECT "
            "c.oid::regclass::text AS sequence, quote_ident(n.nspname) AS schema, "
            "k.relation::regclass::text || '.' || quote_ident(a.attname) AS \"column\", "
            "format_type(coalesce(a.atttypid, s.seqtypid), NULL) AS type, s.seqincrement AS "
            "increment, s.seqmin AS least, s.seqmax AS most, s.seqcycle AS cycles, CASE "
            "a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 "
            "END AS type_most, has_sequence_privilege(c.oid, 'SELECT, USAGE') AS allowed, c.oid "
            "IN (SELECT relation FROM busy) AS busy, CASE WHEN has_sequence_privilege(c.oid, "
            "'SELECT, USAGE') AND c.oid NOT IN (SELECT relation FROM busy) AND NOT "
            "(pg_is_in_recovery() AND c.relpersistence = 'u') THEN "
            "pg_sequence_last_value(c.oid) END AS last FROM pg_sequence s JOIN pg_class c ON "
            "c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN columns "
            "k ON k.sequence = c.oid LEFT JOIN pg_attribute a ON a.attrelid = k.relation AND "
            "a.attnum = k.at WHERE c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', "
            "'information_schema') ORDER BY 1, 3"},
};
/* clang-format on */

struct range {
    double used_percent;
    double least, most, last, left; /* left: how many numbers it still gives */
    bool by_type;                   /* the column ends before the sequence */
};

/* What is used of the range; a sequence that was never asked has used nothing. */
static struct range range_of(const struct look_table *table, size_t row)
{
    struct range range = {0};
    double increment;
    double type_most;
    (void)look_real(table, row, "least", &range.least);
    (void)look_real(table, row, "most", &range.most);
    (void)look_real(table, row, "increment", &increment);
    if (look_real(table, row, "type_most", &type_most)) {
        double type_least = -type_most - 1;
        range.by_type = increment > 0 ? type_most < range.most : type_least > range.least;
        if (type_most < range.most)
            range.most = type_most;
        if (type_least > range.least)
            range.least = type_least;
    }
    double whole = range.most - range.least + 1;
    if (!look_real(table, row, "last", &range.last) || fabs(increment) < 1)
        return range;
    double used = increment > 0 ? range.last - range.least + 1 : range.most - range.last + 1;
    range.used_percent = whole > 0 ? 100 * used / whole : 100;
    range.left = floor((whole - used) / fabs(increment));
    if (range.left < 0)
        range.left = 0;
    return range;
}

static struct str place_of(const struct look_table *table, size_t row)
{
    struct str column = look_cell(table, row, "column");
    return column.n > 0 ? column : look_cell(table, row, "sequence");
}

static void judge_one(struct look *look, const struct look_table *table, size_t row)
{
    struct range range = range_of(table, row);
    struct str place = place_of(table, row);
    struct str type = look_cell(table, row, "type");
    if (range.used_percent < USED_PERCENT || look_is_true(table, row, "cycles"))
        return;
    bool is_big = str_is(type, "bigint");
    look_find(look, (struct look_mark){"sequence", place, range.used_percent, "percent"},
              "%.*s (%.*s) has used %.1f %% of the numbers of %.*s%s: %.*s are left; %s.",
              STR_ARGS(place), STR_ARGS(type), range.used_percent,
              STR_ARGS(look_cell(table, row, "sequence")),
              range.by_type ? ", which goes on beyond what the column can hold" : "",
              STR_ARGS(look_count(look->arena, range.left)),
              is_big
                  ? "see what asks it for so many, or give it a wider range"
                  : "make the column bigint before they are used up (a new column that is filled "
                    "in parts, then swapped, locks for moments only)");
}

static bool is_hidden(const struct look_table *table, size_t row, struct str schema)
{
    bool again = row > 0 && str_equal(look_cell(table, row, "sequence"),
                                      look_cell(table, row - 1, "sequence"));
    return !again && !look_is_true(table, row, "allowed") &&
           str_equal(look_cell(table, row, "schema"), schema);
}

/* One sentence for all of a schema that may not be read. */
static void say_hidden(struct look *look, const struct look_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        struct str schema = look_cell(table, i, "schema");
        size_t count = 0;
        size_t before = 0;
        for (size_t k = 0; k < table->count; k++) {
            count += is_hidden(table, k, schema);
            before += k < i && is_hidden(table, k, schema);
        }
        if (!is_hidden(table, i, schema) || before > 0)
            continue;
        struct str grant =
            str_printf(look->arena, "GRANT SELECT ON ALL SEQUENCES IN SCHEMA %.*s TO %.*s;",
                       STR_ARGS(schema), STR_ARGS(look->server.user));
        look_not_known(look, "sequences", grant.p,
                       "How far %zu of the sequences of schema %.*s are is hidden from this user "
                       "(pg_monitor does not show it).",
                       count, STR_ARGS(schema));
    }
}

void look_sequences_judge(struct look *look, const struct look_table *tables)
{
    const struct look_table *table = &tables[SEQUENCES];
    struct look_result result;
    if (!look_answered(look, &look_sequences_questions[SEQUENCES], table))
        return;
    look_result_open(look, "Sequences", "sequence column type #last #most #used_percent #left",
                     &result);
    for (size_t i = 0; i < table->count; i++) {
        bool known = look_is_true(table, i, "allowed") && !look_is_true(table, i, "busy");
        struct range range = range_of(table, i);
        struct str unknown = STR("unknown");
        bool begun = !look_is_null(table, i, "last");
        look_row_open(&result);
        look_put(&result, look_cell(table, i, "sequence"));
        look_put(&result, look_cell(table, i, "column"));
        look_put(&result, look_cell(table, i, "type"));
        look_put(&result, !known ? unknown : begun ? look_cell(table, i, "last") : STR("none yet"));
        look_put(&result, range.by_type ? str_printf(look->arena, "%.0f", range.most)
                                        : look_cell(table, i, "most"));
        if (known)
            look_put_real(&result, range.used_percent);
        else
            look_put(&result, unknown);
        look_put(&result, known && begun ? str_printf(look->arena, "%.0f", range.left)
                          : known        ? STR("all")
                                         : unknown);
        look_row_close(&result);
        if (known)
            judge_one(look, table, i);
        else if (look_is_true(table, i, "allowed"))
            look_not_known(look, "busy", "",
                           "%.*s is locked just now, so that it was not asked: look again.",
                           STR_ARGS(look_cell(table, i, "sequence")));
    }
    look_result_close(&result);
    say_hidden(look, table);
}
