/* report_migrate.c - what db:migrate, db:rollback and db:status answered, as people read it. */
#include "postgres/report.h"

#include "base/noun.h"
#include "postgres/grid.h"

enum { CELL_MOST = 4096, SQL_MOST = 100, NAME_MOST = 200, TABLE_ROWS = 100 };

static int64_t number(const struct json *object, const char *key)
{
    int64_t value = 0;
    (void)!json_get_int(object, key, &value);
    return value;
}

static bool is_true(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);
    return value && value->type == JSON_TRUE;
}

static const struct json *first_of(const struct json *object, const char *key)
{
    const struct json *list = json_get(object, key);
    return list ? list->first : NULL;
}

static void cell(struct text *out, struct str value, size_t most)
{
    grid_cell(out, value, most);
}

static void add_view(struct text *out, const struct json *view)
{
    const struct json *begun = json_get(view, "begun");
    struct str state = json_get_str(view, "state");
    text_printf(out, "%-16.*s  ", STR_ARGS(state));
    cell(out, json_get_str(view, "name"), CELL_MOST);
    if (json_get(view, "at")) {
        text_adds(out, "  ");
        cell(out, json_get_str(view, "at"), CELL_MOST);
    }
    if (str_starts(state, "half"))
        text_printf(out, "  %lld of %lld statements", (long long)number(view, "done"),
                    (long long)number(view, "statements"));
    if (begun)
        text_printf(out, "  statement %lld was begun, without a result",
                    (long long)number(begun, "statement"));
    if (is_true(view, "edited"))
        text_adds(out, "  edited since");
    if (is_true(view, "late"))
        text_adds(out, "  comes late");
    if (is_true(view, "gone"))
        text_adds(out, "  its file is gone");
    text_byte(out, '\n');
}

/* What is the matter with one, or when it was applied. */
static struct str matter_of(struct arena *arena, const struct json *view)
{
    const struct json *begun = json_get(view, "begun");
    if (begun)
        return str_printf(arena, "statement %lld was begun, without a result",
                          (long long)number(begun, "statement"));
    if (str_starts(json_get_str(view, "state"), "half"))
        return str_printf(arena, "%lld of %lld statements", (long long)number(view, "done"),
                          (long long)number(view, "statements"));
    return is_true(view, "edited") ? STR("edited since")
           : is_true(view, "late") ? STR("comes late")
           : is_true(view, "gone") ? STR("its file is gone")
                                   : json_get_str(view, "at");
}

/* The array is the newest first; people read the newest last. */
static void add_views(struct text *out, const struct json *output)
{
    const struct json *foreign = json_get(output, "foreign");
    const struct json *list = json_get(output, "migrations");
    const struct json **items =
        arena_array(out->arena, (list ? list->count : 0) + 1, sizeof *items);
    size_t count = 0;
    if (foreign)
        text_printf(out,
                    "The history is kept by %.*s (%.*s, %lld rows); take it over with reeve "
                    "db:migrate --take-over.\n",
                    STR_ARGS(json_get_str(foreign, "tool")),
                    STR_ARGS(json_get_str(foreign, "table")), (long long)number(foreign, "rows"));
    if (number(output, "left_out") > 0)
        text_printf(out, "(%lld older ones are left out)\n", (long long)number(output, "left_out"));
    for (const struct json *view = list ? list->first : NULL; view; view = view->next)
        items[count++] = view;
    while (count > 0)
        add_view(out, items[--count]);
    text_printf(out, "%lld applied, %lld pending, %lld half done\n",
                (long long)number(output, "applied"), (long long)number(output, "pending"),
                (long long)number(output, "half"));
}

static void add_step(struct text *out, const struct json *step)
{
    bool inside = is_true(step, "transaction");
    const struct json *statement = first_of(step, "statements");
    if (!statement)
        return;
    text_adds(out, inside ? "  one transaction:\n" : "  in no transaction:\n");
    for (; statement; statement = statement->next) {
        text_adds(out, "    ");
        cell(out, json_get_str(statement, "place"), CELL_MOST);
        text_adds(out, "  ");
        cell(out, json_get_str(statement, "sql"), SQL_MOST);
        text_adds(out, is_true(statement, "begun") ? "  (begun, without a result)\n" : "\n");
    }
}

static void add_would(struct text *out, const struct json *output)
{
    const struct json *one = first_of(output, "would");
    if (!one)
        text_adds(out, "Nothing is to be run.\n");
    for (; one; one = one->next) {
        cell(out, json_get_str(one, "name"), CELL_MOST);
        text_byte(out, '\n');
        for (const struct json *step = first_of(one, "steps"); step; step = step->next)
            add_step(out, step);
    }
    if (number(output, "left_out") > 0)
        text_printf(out, "(and %lld more)\n", (long long)number(output, "left_out"));
}

void report_migrate(struct text *out, const struct json *output)
{
    const struct json *done = json_get(output, "done");
    int64_t count = done ? (int64_t)done->count + number(output, "done_left_out") : 0;
    if (json_get(output, "migrations"))
        add_views(out, output);
    else if (json_get(output, "would"))
        add_would(out, output);
    else if (json_get(output, "taken_over_from"))
        text_printf(out, "Taken over from %.*s: %lld rows. Nothing was run.\n",
                    STR_ARGS(json_get_str(output, "taken_over_from")),
                    (long long)number(output, "taken_over"));
    else if (count > 0)
        text_printf(out, "%lld %s.\n", (long long)count,
                    noun(count, "migration is done", "migrations are done"));
    else if (done && !json_get(output, "failure"))
        text_adds(out, "There was nothing to do.\n");
}

static void add_line(struct text *out, const char *front, struct str value)
{
    if (value.n == 0)
        return;
    text_adds(out, front);
    cell(out, value, CELL_MOST);
    text_byte(out, '\n');
}

/* The line of the file with a caret below the character. */
static void add_caret(struct text *out, const struct json *failure)
{
    struct str line = json_get_str(failure, "line");
    int64_t column = number(failure, "column");
    if (line.n == 0 || column < 1)
        return;
    struct str before = str_cut_characters(line, (size_t)column - 1);
    add_line(out, "  ", line);
    text_adds(out, "  ");
    for (size_t i = grid_width(before); i > 0; i--)
        text_byte(out, ' ');
    text_adds(out, "^\n");
}

static void add_failure(struct text *out, const struct json *failure)
{
    struct str place = json_get_str(failure, "place");
    text_adds(out, "reeve: ");
    if (place.n > 0) {
        cell(out, place, CELL_MOST);
        text_adds(out, ": ");
    }
    cell(out, json_get_str(failure, "text"), CELL_MOST);
    text_byte(out, '\n');
    add_caret(out, failure);
    add_line(out, "  detail: ", json_get_str(failure, "detail"));
    add_line(out, "  hint: ", json_get_str(failure, "hint"));
}

void report_migrate_errors(struct text *out, const struct json *output)
{
    const struct json *failure = json_get(output, "failure");
    for (const struct json *one = first_of(output, "findings"); one; one = one->next) {
        cell(out, json_get_str(one, "place"), CELL_MOST);
        text_adds(out, is_true(one, "stops") ? ": error: " : ": ");
        cell(out, json_get_str(one, "text"), CELL_MOST);
        text_byte(out, '\n');
    }
    if (failure)
        add_failure(out, failure);
}

void report_migrate_line(struct text *out, const struct json *output)
{
    const struct json *foreign = json_get(output, "foreign");
    const struct json *finding = first_of(output, "findings");
    const struct json *first = NULL;
    for (const struct json *view = first_of(output, "migrations"); view; view = view->next)
        if (!str_is(json_get_str(view, "state"), "applied"))
            first = view; /* the oldest: it is the next */
    text_printf(out, "%lld applied, %lld pending, %lld half done",
                (long long)number(output, "applied"), (long long)number(output, "pending"),
                (long long)number(output, "half"));
    if (first) {
        text_adds(out, "; next ");
        cell(out, json_get_str(first, "name"), NAME_MOST);
    }
    if (foreign) {
        text_adds(out, "; the history is kept by ");
        cell(out, json_get_str(foreign, "tool"), NAME_MOST);
    }
    if (finding) {
        text_adds(out, "; ");
        cell(out, json_get_str(finding, "place"), NAME_MOST);
        text_adds(out, ": ");
        cell(out, json_get_str(finding, "text"), NAME_MOST);
    }
}

static void write_columns(struct json_writer *w)
{
    static const char *const names[] = {"migration", "state", "what of it"};
    json_open_array(w, "columns");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_open_object(w, NULL);
        json_str(w, "name", str_of(names[i]));
        json_bool(w, "number", false);
        json_close_object(w);
    }
    json_close_array(w);
}

void report_migrate_table(struct json_writer *w, const struct json *output)
{
    const struct json *list = json_get(output, "migrations");
    int64_t left_out = number(output, "left_out");
    int64_t shown = 0;
    json_open_object(w, NULL);
    json_open_array(w, "results");
    json_open_object(w, NULL);
    json_str(w, "title", STR("Migrations, the newest first"));
    write_columns(w);
    json_open_array(w, "rows");
    for (const struct json *view = list ? list->first : NULL; view && shown < TABLE_ROWS;
         view = view->next, shown++) {
        json_open_array(w, NULL);
        json_str(w, NULL, json_get_str(view, "name"));
        json_str(w, NULL, json_get_str(view, "state"));
        json_str(w, NULL, matter_of(w->text->arena, view));
        json_close_array(w);
    }
    json_close_array(w);
    json_int(w, "count", shown);
    json_bool(w, "more", left_out > 0 || (list && (int64_t)list->count > shown));
    json_open_array(w, "notes");
    for (const struct json *one = first_of(output, "findings"); one; one = one->next)
        json_str(w, NULL,
                 str_printf(w->text->arena, "%.*s: %.*s", STR_ARGS(json_get_str(one, "place")),
                            STR_ARGS(json_get_str(one, "text"))));
    json_close_array(w);
    json_close_object(w);
    json_close_array(w);
    json_close_object(w);
}
