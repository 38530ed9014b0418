/* report_transfer.c - what db:export, db:import and db:verify answered, as people read it. */
#include "postgres/report.h"

#include "base/noun.h"
#include "postgres/grid.h"

enum { CELL_MOST = 4096, MB = 1000000 };

static long long number(const struct json *object, const char *key)
{
    int64_t value = 0;
    (void)!json_get_int(object, key, &value);
    return value;
}

static void counts(struct text *out, const struct json *output)
{
    long long tables = number(output, "tables");
    long long rows = number(output, "rows");
    long long large = number(output, "large_objects");
    text_printf(out, "%lld %s, %lld %s", tables, noun(tables, "table", "tables"), rows,
                noun(rows, "row", "rows"));
    if (large > 0)
        text_printf(out, ", %lld large %s", large, noun(large, "object", "objects"));
}

static void list(struct text *out, const struct json *output, const char *key, const char *front)
{
    const struct json *items = json_get(output, key);
    for (const struct json *item = items ? items->first : NULL; item; item = item->next) {
        text_adds(out, front);
        grid_cell(out, item->text, CELL_MOST);
        text_byte(out, '\n');
    }
}

static void size(struct text *out, long long bytes)
{
    if (bytes < MB)
        text_printf(out, "%lld bytes", bytes);
    else
        text_printf(out, "%lld.%lld MB", bytes / MB, bytes % MB * 10 / MB);
}

static bool is_true(const struct json *output, const char *key)
{
    const struct json *value = json_get(output, key);
    return value && value->type == JSON_TRUE;
}

/* An import: what came of it. */
static void add_import(struct text *out, const struct json *output)
{
    struct str database = json_get_str(output, "database");
    long long differences = number(output, "difference_count");
    text_adds(out, "Database ");
    grid_cell(out, database, CELL_MOST);
    if (is_true(output, "equal"))
        text_adds(out, " is equal: ");
    else
        text_printf(out, " differs in %lld %s of: ", differences,
                    noun(differences, "place", "places"));
    counts(out, output);
    text_adds(out, ".\n");
    list(out, output, "differences", "  differs: ");
    if (json_get_str(output, "kept").n == 0)
        return;
    text_adds(out, "What it replaced is kept as database ");
    grid_cell(out, json_get_str(output, "kept"), CELL_MOST);
    text_adds(out, "; drop it when nobody misses it.\n");
}

void report_transfer(struct text *out, const struct json *output)
{
    bool made = json_get(output, "dump_bytes") != NULL;
    if (json_get(output, "equal")) {
        add_import(out, output);
    } else {
        grid_cell(out, json_get_str(output, "file"), CELL_MOST);
        text_adds(out, made ? ": " : " is whole: ");
        counts(out, output);
        text_adds(out, " of database ");
        grid_cell(out, json_get_str(output, made ? "database" : "of"), CELL_MOST);
        text_adds(out, " as of ");
        grid_cell(out, json_get_str(output, "at"), CELL_MOST);
        text_adds(out, "; ");
        size(out, number(output, "bytes"));
        text_adds(out, is_true(output, "encrypted") ? ", encrypted.\n" : ", not encrypted.\n");
    }
    list(out, output, "uncovered", "Not in the proof: ");
}
