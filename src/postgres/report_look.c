/* report_look.c - what a look found, as people read it: tables with units, findings, what is not
 * known and the statement that would show it. */
#include "postgres/report.h"

#include "base/noun.h"
#include "postgres/grid.h"
#include "postgres/look.h"

enum { CELL_MOST = 4096, NAME_MOST = 64, SENTENCE_MOST = 240 };

static const char *const units[] = {"percent", "bytes", "ms", "s"};

/* The unit that a column's name ends in, or NULL; *out_head is what people read above it. */
static const char *unit_of(struct arena *arena, struct str name, struct str *out_head)
{
    const char *unit = NULL;
    for (size_t i = 0; i < sizeof units / sizeof *units && !unit; i++)
        if (name.n > strlen(units[i]) + 1 && str_ends(name, units[i]) &&
            name.p[name.n - strlen(units[i]) - 1] == '_')
            unit = units[i];
    if (unit)
        name.n -= strlen(unit) + 1;
    char *head = arena_alloc(arena, name.n + 1);
    for (size_t i = 0; i < name.n; i++)
        head[i] = name.p[i] == '_' ? ' ' : name.p[i];
    *out_head = (struct str){head, name.n};
    return unit;
}

static struct json *copy_of(struct arena *arena, const struct json *from)
{
    struct json *copy = arena_make(arena, struct json);
    *copy = *from;
    copy->next = NULL;
    return copy;
}

static struct json *as_text(struct arena *arena, const struct json *from, struct str text)
{
    struct json *made = copy_of(arena, from);
    made->type = JSON_STRING;
    made->text = text;
    return made;
}

static struct json *shown_cell(struct arena *arena, const struct json *cell, const char *unit)
{
    double value;
    if (cell->type != JSON_STRING)
        return as_text(arena, cell, STR(""));
    if (!unit || !str_real(cell->text, &value))
        return copy_of(arena, cell);
    return as_text(arena, cell, look_figure(arena, value, unit));
}

static struct json *shown_row(struct arena *arena, const struct json *row, const char *const *of,
                              size_t columns)
{
    struct json *made = copy_of(arena, row);
    struct json **tail = &made->first;
    size_t i = 0;
    for (const struct json *cell = row->first; cell; cell = cell->next) {
        *tail = shown_cell(arena, cell, i < columns ? of[i] : NULL);
        i++;
        tail = &(*tail)->next;
    }
    return made;
}

/* The result with names and figures as people read them. */
static struct json *shown(struct arena *arena, const struct json *result)
{
    const struct json *columns = json_get(result, "columns");
    const struct json *rows = json_get(result, "rows");
    const char **of = arena_array(arena, columns->count + 1, sizeof *of);
    struct json *made = copy_of(arena, result);
    struct json *heads = copy_of(arena, columns);
    struct json *lines = copy_of(arena, rows);
    struct json **tail = &heads->first;
    size_t i = 0;
    for (const struct json *column = columns->first; column; column = column->next) {
        const struct json *name = json_get(column, "name");
        struct str head = STR("");
        *tail = copy_of(arena, column);
        of[i++] = unit_of(arena, name ? name->text : STR(""), &head);
        if (name) {
            (*tail)->first = as_text(arena, name, head);
            (*tail)->first->next = name->next;
        }
        tail = &(*tail)->next;
    }
    tail = &lines->first;
    for (const struct json *row = rows->first; row; row = row->next) {
        *tail = shown_row(arena, row, of, columns->count);
        tail = &(*tail)->next;
    }
    const struct json *rest = rows->next;
    made->first = heads;
    heads->next = lines;
    lines->next = (struct json *)(uintptr_t)rest;
    return made;
}

static void add_sentences(struct text *out, const struct json *output, const char *key,
                          const char *title)
{
    const struct json *list = json_get(output, key);
    if (!list || !list->first)
        return;
    text_printf(out, "%s%s\n", out->n > 0 ? "\n" : "", title);
    for (const struct json *one = list->first; one; one = one->next) {
        text_adds(out, "- ");
        grid_cell(out, json_get_str(one, "sentence"), CELL_MOST);
        text_byte(out, '\n');
        if (json_get_str(one, "grant").n > 0) {
            text_adds(out, "  ");
            grid_cell(out, json_get_str(one, "grant"), CELL_MOST);
            text_byte(out, '\n');
        }
    }
}

static void add_more(struct text *out, const struct json *output, const char *key)
{
    int64_t more = 0;
    if (json_get_int(output, key, &more) && more > 0)
        text_printf(out, "- and %lld more\n", (long long)more);
}

static bool is_empty(const struct json *output, const char *key)
{
    const struct json *list = json_get(output, key);
    return !list || !list->first;
}

void report_look(struct text *out, const struct json *output, size_t width)
{
    const struct json *results = json_get(output, "results");
    const struct json *notes = json_get(output, "notes");
    for (const struct json *result = results ? results->first : NULL; result;
         result = result->next) {
        const struct json *rows = json_get(result, "rows");
        if (!rows || !json_get(result, "columns"))
            continue;
        text_adds(out, out->n > 0 ? "\n" : "");
        grid_cell(out, json_get_str(result, "title"), CELL_MOST);
        text_adds(out, "\n");
        grid_write(out, shown(out->arena, result), width);
    }
    add_sentences(out, output, "findings", "Found:");
    add_more(out, output, "more_findings");
    add_sentences(out, output, "unknown", "Unknown:");
    add_more(out, output, "more_unknown");
    if (is_empty(output, "findings"))
        text_printf(out, "%s%s\n", out->n > 0 ? "\n" : "",
                    is_empty(output, "unknown") ? "Nothing found."
                                                : "Nothing found in what is known.");
    for (const struct json *note = notes ? notes->first : NULL; note; note = note->next) {
        text_adds(out, "Note: ");
        grid_cell(out, note->text, CELL_MOST);
        text_byte(out, '\n');
    }
}

static int64_t count_of(const struct json *output, const char *key, const char *more_key)
{
    const struct json *list = json_get(output, key);
    int64_t more = 0;
    (void)!json_get_int(output, more_key, &more);
    return (list ? (int64_t)list->count : 0) + more;
}

void report_look_line(struct text *out, const struct json *output)
{
    const struct json *findings = json_get(output, "findings");
    int64_t found = count_of(output, "findings", "more_findings");
    int64_t unknown = count_of(output, "unknown", "more_unknown");
    if (found == 0)
        text_adds(out, unknown > 0 ? "nothing found in what is known" : "nothing found");
    else
        text_printf(out, "%lld found", (long long)found);
    if (unknown > 0)
        text_printf(out, ", %lld %s not known", (long long)unknown, noun(unknown, "is", "are"));
    text_adds(out, ", in database ");
    grid_cell(out, json_get_str(output, "database"), NAME_MOST);
    text_adds(out, " as ");
    grid_cell(out, json_get_str(output, "user"), NAME_MOST);
    if (findings && findings->first) {
        text_adds(out, ": ");
        grid_cell(out, json_get_str(findings->first, "sentence"), SENTENCE_MOST);
    }
}

/* A tree as it was read; numbers in their own digits. */
static void write_tree(struct json_writer *w, const char *key, const struct json *value)
{
    double number = 0;
    switch (value->type) {
    case JSON_NULL: json_null(w, key); return;
    case JSON_FALSE:
    case JSON_TRUE: json_bool(w, key, value->type == JSON_TRUE); return;
    case JSON_NUMBER: json_real(w, key, str_real(value->text, &number) ? number : 0); return;
    case JSON_STRING: json_str(w, key, value->text); return;
    case JSON_ARRAY: json_open_array(w, key); break;
    case JSON_OBJECT: json_open_object(w, key); break;
    }
    for (const struct json *child = value->first; child; child = child->next)
        write_tree(w, value->type == JSON_OBJECT ? str_copy(w->text->arena, child->key).p : NULL,
                   child);
    if (value->type == JSON_ARRAY)
        json_close_array(w);
    else
        json_close_object(w);
}

static void write_sentences(struct json_writer *w, const struct json *output, const char *key,
                            const char *front)
{
    const struct json *list = json_get(output, key);
    for (const struct json *one = list ? list->first : NULL; one; one = one->next) {
        struct str grant = json_get_str(one, "grant");
        struct str sentence = json_get_str(one, "sentence");
        json_str(w, NULL,
                 str_printf(w->text->arena, "%s%.*s%s%.*s", front, STR_ARGS(sentence),
                            grant.n > 0 ? " " : "", STR_ARGS(grant)));
    }
}

static void write_more(struct json_writer *w, const struct json *output, const char *key,
                       const char *what)
{
    int64_t more = 0;
    if (json_get_int(output, key, &more) && more > 0)
        json_str(w, NULL,
                 str_printf(w->text->arena, "%s: %lld more than are told.", what, (long long)more));
}

void report_look_table(struct json_writer *w, const struct json *output)
{
    const struct json *results = json_get(output, "results");
    const struct json *notes = json_get(output, "notes");
    json_open_object(w, NULL);
    json_open_array(w, "results");
    for (const struct json *one = results ? results->first : NULL; one; one = one->next) {
        if (!json_get(one, "rows") || !json_get(one, "columns"))
            continue;
        json_open_object(w, NULL);
        json_str(w, "title", json_get_str(one, "title"));
        const struct json *part = shown(w->text->arena, one)->first;
        for (; part; part = part->next)
            write_tree(w, str_copy(w->text->arena, part->key).p, part);
        json_close_object(w);
    }
    json_close_array(w);
    json_open_array(w, "notes");
    write_sentences(w, output, "findings", "Found: ");
    write_more(w, output, "more_findings", "Found");
    write_sentences(w, output, "unknown", "Not known: ");
    write_more(w, output, "more_unknown", "Not known");
    for (const struct json *note = notes ? notes->first : NULL; note; note = note->next)
        json_str(w, NULL, note->text);
    json_close_array(w);
    json_close_object(w);
}
