/* look.c - the parts of an answer: cells, findings, what is not known, tables. */
#include "postgres/look.h"

#include "base/instant.h"
#include "base/noun.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { RESULTS_BYTES = 90 * 1024, EXTRA_BYTES = 60 * 1024, SENTENCE_BYTES = 700 };

void look_init(struct look *look, struct arena *arena)
{
    *look = (struct look){.arena = arena};
    text_init(&look->results, arena, RESULTS_BYTES);
    text_init(&look->extra, arena, EXTRA_BYTES);
    look->findings = arena_array(arena, LOOK_FINDINGS_MAX, sizeof *look->findings);
    look->unknown = arena_array(arena, LOOK_UNKNOWN_MAX, sizeof *look->unknown);
}

static size_t column_of(const struct look_table *table, const char *name)
{
    for (size_t i = 0; i < table->columns; i++)
        if (str_is(table->names[i], name))
            return i;
    return table->columns;
}

static const struct str *find_cell(const struct look_table *table, size_t row, const char *name)
{
    size_t column = column_of(table, name);
    return row < table->count && column < table->columns
               ? &table->cells[row * table->columns + column]
               : NULL;
}

struct str look_cell(const struct look_table *table, size_t row, const char *name)
{
    const struct str *cell = find_cell(table, row, name);
    return cell && cell->p ? *cell : STR("");
}

bool look_is_null(const struct look_table *table, size_t row, const char *name)
{
    const struct str *cell = find_cell(table, row, name);
    return !cell || !cell->p;
}

bool look_is_true(const struct look_table *table, size_t row, const char *name)
{
    return str_is(look_cell(table, row, name), "t");
}

bool look_int(const struct look_table *table, size_t row, const char *name, int64_t *out_value)
{
    *out_value = 0;
    return str_int(look_cell(table, row, name), out_value);
}

bool look_real(const struct look_table *table, size_t row, const char *name, double *out_value)
{
    *out_value = 0;
    return str_real(look_cell(table, row, name), out_value);
}

bool look_answered(struct look *look, const struct look_question *question,
                   const struct look_table *table)
{
    if (table->asked && !table->failed) {
        if (table->more)
            look_not_known(look, "rows", "", "%s: only the first %zu rows were read.",
                           question->what, table->count);
        return true;
    }
    if (table->failed)
        look_not_known(look, "refused", "", "%s are not known: PostgreSQL says \"%.*s\" (%s).",
                       question->what, STR_ARGS(table->error), table->sqlstate);
    return false;
}

PRINTF_LIKE(2, 0)
static struct str say(struct arena *arena, const char *format, va_list args)
{
    char *made = arena_alloc(arena, SENTENCE_BYTES);
    int n = vsnprintf(made, SENTENCE_BYTES, format, args);
    size_t bytes = n < 0 ? 0 : (size_t)n < SENTENCE_BYTES ? (size_t)n : SENTENCE_BYTES - 1;
    return str_cut((struct str){made, bytes}, bytes);
}

void look_find(struct look *look, struct look_mark mark, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str sentence = say(look->arena, format, args);
    va_end(args);
    if (look->finding_count < LOOK_FINDINGS_MAX)
        look->findings[look->finding_count] = (struct look_finding){mark, sentence};
    look->finding_count++;
}

void look_not_known(struct look *look, const char *kind, const char *grant, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str sentence = say(look->arena, format, args);
    va_end(args);
    for (size_t i = 0; i < look->unknown_count && i < LOOK_UNKNOWN_MAX; i++)
        if (str_equal(look->unknown[i].sentence, sentence))
            return;
    if (look->unknown_count < LOOK_UNKNOWN_MAX)
        look->unknown[look->unknown_count] =
            (struct look_unknown){kind, sentence, str_copy(look->arena, str_of(grant))};
    look->unknown_count++;
}

void look_note(struct look *look, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str note = say(look->arena, format, args);
    va_end(args);
    LIST_PUSH(look->arena, look->notes, look->note_count, look->notes_capacity) = note;
}

/* The next name of a list of columns; "#" stands before those of numbers. */
static bool next_column(struct str *rest, struct str *out_name, bool *out_number)
{
    if (rest->n == 0 || !str_split(rest, ' ', out_name))
        return false;
    *out_number = str_starts(*out_name, "#");
    *out_name = str_from(*out_name, *out_number);
    return true;
}

void look_result_open(struct look *look, const char *title, const char *columns,
                      struct look_result *out_result)
{
    *out_result = (struct look_result){.look = look, .title = title, .columns = columns};
    text_init(&out_result->rows, look->arena, RESULTS_BYTES);
    out_result->w.text = &out_result->rows;
}

void look_row_open(struct look_result *result)
{
    struct text *row = arena_make(result->look->arena, struct text);
    text_init(row, result->look->arena, 64 * 1024);
    result->row = (struct json_writer){.text = row};
    json_open_array(&result->row, NULL);
}

void look_put(struct look_result *result, struct str cell)
{
    if (cell.p)
        json_str(&result->row, NULL, cell);
    else
        json_null(&result->row, NULL);
}

void look_put_int(struct look_result *result, int64_t value)
{
    look_put(result, str_printf(result->look->arena, "%lld", (long long)value));
}

void look_put_real(struct look_result *result, double value)
{
    struct text text;
    text_init(&text, result->look->arena, 64);
    text_real(&text, floor(value * 1000 + 0.5) / 1000);
    look_put(result, text_str(&text));
}

void look_row_close(struct look_result *result)
{
    json_close_array(&result->row);
    struct text *row = result->row.text;
    result->count++;
    if (result->shown == LOOK_SHOWN_MAX || text_full(row) ||
        result->look->results.n + result->rows.n + row->n + 2048 > RESULTS_BYTES)
        return;
    text_adds(&result->rows, result->shown > 0 ? "," : "");
    text_add(&result->rows, text_str(row));
    result->shown++;
}

void look_result_close(struct look_result *result)
{
    struct look *look = result->look;
    struct json_writer w = {.text = &look->results};
    struct str rest = str_of(result->columns);
    struct str name;
    bool number;
    text_adds(&look->results, look->result_count++ > 0 ? "," : "");
    json_open_object(&w, NULL);
    json_str(&w, "title", str_of(result->title));
    json_open_array(&w, "columns");
    while (next_column(&rest, &name, &number)) {
        json_open_object(&w, NULL);
        json_str(&w, "name", name);
        json_bool(&w, "number", number);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_open_array(&w, "rows");
    text_add(&look->results, text_str(&result->rows));
    json_close_array(&w);
    json_int(&w, "count", (int64_t)result->count);
    json_bool(&w, "more", false);
    json_str(&w, "cut", result->shown < result->count ? STR("rows") : STR(""));
    json_close_object(&w);
}

void look_show(struct look *look, const char *title, const char *columns,
               const struct look_table *table)
{
    struct look_result result;
    look_result_open(look, title, columns, &result);
    for (size_t i = 0; i < table->count; i++) {
        struct str rest = str_of(columns);
        struct str name;
        bool number;
        look_row_open(&result);
        while (next_column(&rest, &name, &number)) {
            const struct str *cell = find_cell(table, i, str_copy(look->arena, name).p);
            look_put(&result, cell ? *cell : (struct str){NULL, 0});
        }
        look_row_close(&result);
    }
    look_result_close(&result);
}

static struct str of_bytes(struct arena *arena, double value)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    while (fabs(value) >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1024;
        unit++;
    }
    return str_printf(arena, unit > 0 && fabs(value) < 10 ? "%.1f %s" : "%.0f %s", value,
                      units[unit]);
}

static struct str of_seconds(struct arena *arena, double value)
{
    if (value < 10)
        return str_printf(arena, value < 0.1 ? "%.3f s" : "%.1f s", value);
    return duration_text(arena, value < 9e12 ? (int64_t)(value * 1000) : INT64_C(9000000000000000));
}

struct str look_figure(struct arena *arena, double value, const char *unit)
{
    if (strcmp(unit, "bytes") == 0)
        return of_bytes(arena, value);
    if (strcmp(unit, "s") == 0)
        return of_seconds(arena, value);
    if (strcmp(unit, "ms") == 0 && value >= 10000)
        return of_seconds(arena, value / 1000);
    if (strcmp(unit, "ms") == 0)
        return str_printf(arena, value < 10 ? "%.2f ms" : "%.0f ms", value);
    if (strcmp(unit, "percent") == 0)
        return str_printf(arena, value > 0 && value < 10 ? "%.1f %%" : "%.0f %%", value);
    return str_printf(arena, "%.*s %s", STR_ARGS(look_count(arena, value)), unit);
}

struct str look_cell_figure(struct look *look, const struct look_table *table, size_t row,
                            const char *name, const char *unit)
{
    double value;
    return look_real(table, row, name, &value) ? look_figure(look->arena, value, unit)
                                               : STR("unknown");
}

struct str look_count(struct arena *arena, double value)
{
    struct str plain = str_printf(arena, "%.0f", value);
    struct text text;
    text_init(&text, arena, 2 * plain.n + 1);
    for (size_t i = 0; i < plain.n; i++) {
        bool begins = i == 0 || (i == 1 && plain.p[0] == '-');
        if (!begins && (plain.n - i) % 3 == 0)
            text_byte(&text, ',');
        text_byte(&text, plain.p[i]);
    }
    return text_str(&text);
}

struct str look_grant(struct arena *arena, const struct look_server *server, const char *role)
{
    return str_printf(arena, "GRANT %s TO %.*s;", role, STR_ARGS(server->user));
}

static void write_findings(struct json_writer *w, const struct look *look)
{
    size_t shown =
        look->finding_count < LOOK_FINDINGS_MAX ? look->finding_count : LOOK_FINDINGS_MAX;
    json_open_array(w, "findings");
    for (size_t i = 0; i < shown; i++) {
        const struct look_finding *finding = &look->findings[i];
        json_open_object(w, NULL);
        json_str(w, "kind", str_of(finding->mark.kind));
        json_str(w, "place", finding->mark.place);
        json_real(w, "value", floor(finding->mark.value * 1000 + 0.5) / 1000);
        json_str(w, "unit", str_of(finding->mark.unit));
        json_str(w, "sentence", finding->sentence);
        json_close_object(w);
    }
    json_close_array(w);
    json_int(w, "more_findings", (int64_t)(look->finding_count - shown));
}

static void write_unknown(struct json_writer *w, const struct look *look)
{
    size_t shown = look->unknown_count < LOOK_UNKNOWN_MAX ? look->unknown_count : LOOK_UNKNOWN_MAX;
    json_open_array(w, "unknown");
    for (size_t i = 0; i < shown; i++) {
        json_open_object(w, NULL);
        json_str(w, "kind", str_of(look->unknown[i].kind));
        json_str(w, "sentence", look->unknown[i].sentence);
        json_str(w, "grant", look->unknown[i].grant);
        json_close_object(w);
    }
    json_close_array(w);
    json_int(w, "more_unknown", (int64_t)(look->unknown_count - shown));
}

void look_write(struct json_writer *w, const struct look *look)
{
    json_open_array(w, "results");
    text_add(w->text, text_str(&look->results));
    json_close_array(w);
    write_findings(w, look);
    write_unknown(w, look);
    json_open_array(w, "notes");
    for (size_t i = 0; i < look->note_count; i++)
        json_str(w, NULL, look->notes[i]);
    json_close_array(w);
    if (look->extra.n > 0 && !text_full(&look->extra)) {
        text_byte(w->text, ',');
        text_add(w->text, text_str(&look->extra));
    }
}
