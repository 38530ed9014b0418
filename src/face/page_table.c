/* page_table.c - what a database answered to the SQL of a step, as tables. */
#include "face/page_run.h"

#include "base/json.h"
#include "base/noun.h"

enum { ROWS_SHOWN = 200 };

static void cell_write(struct text *text, const struct json *cell, bool number)
{
    text_printf(text, "<td%s>", number ? " class=\"figure\"" : "");
    if (cell->type == JSON_STRING)
        text_html(text, cell->text);
    else
        text_adds(text, "<span class=\"faint\">NULL</span>");
    text_adds(text, "</td>");
}

static bool is_number(const struct json *column)
{
    const struct json *number = json_get(column, "number");
    return number && number->type == JSON_TRUE;
}

static void rows_write(struct text *text, const struct json *columns, const struct json *rows)
{
    int shown = 0;
    for (const struct json *row = rows ? rows->first : NULL; row && shown < ROWS_SHOWN;
         row = row->next) {
        const struct json *column = columns->first;
        text_adds(text, "<tr>");
        for (const struct json *cell = row->first; cell && column; cell = cell->next) {
            cell_write(text, cell, is_number(column));
            column = column->next;
        }
        text_adds(text, "</tr>");
        shown++;
    }
}

static void words_write(struct text *text, const char *kind, struct str words)
{
    if (words.n == 0)
        return;
    text_printf(text, "<p class=\"%s\">", kind);
    text_html(text, words);
    text_adds(text, "</p>");
}

static void notes_write(struct text *text, const struct json *of)
{
    const struct json *notes = json_get(of, "notes");
    for (const struct json *note = notes ? notes->first : NULL; note; note = note->next)
        words_write(text, str_starts(note->text, "Found: ") ? "reason" : "faint", note->text);
}

/* "10 rows in 3.2 ms", and what is not shown of them. */
static void count_write(struct text *text, const struct json *result, int shown)
{
    const struct json *ms = json_get(result, "ms");
    const struct json *more = json_get(result, "more");
    int64_t count = 0;
    if (!json_get_int(result, "count", &count))
        return;
    struct str title = json_get_str(result, "title");
    text_adds(text, "<caption>");
    text_html(text, title);
    text_printf(text, "%s%s%lld %s", title.n > 0 ? ": " : "",
                more && more->type == JSON_TRUE ? "more than " : "", (long long)count,
                noun(count, "row", "rows"));
    if (shown < count)
        text_printf(text, ", the first %d are shown", shown);
    if (ms && ms->type == JSON_NUMBER)
        text_printf(text, " (%.*s ms)", STR_ARGS(ms->text));
    text_adds(text, "</caption>");
}

static void table_write(struct text *text, const struct json *result, int nth, int step)
{
    const struct json *columns = json_get(result, "columns");
    const struct json *rows = json_get(result, "rows");
    int shown = rows && rows->count < ROWS_SHOWN ? (int)rows->count : ROWS_SHOWN;
    if (!columns || columns->count == 0)
        return;
    text_printf(text,
                "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Result %d of "
                "step %d\"><table>",
                nth, step);
    count_write(text, result, shown);
    text_adds(text, "<thead><tr>");
    for (const struct json *column = columns->first; column; column = column->next) {
        text_adds(text, "<th scope=\"col\">");
        text_html(text, json_get_str(column, "name"));
        text_adds(text, "</th>");
    }
    text_adds(text, "</tr></thead><tbody>");
    rows_write(text, columns, rows);
    text_adds(text, "</tbody></table></div>");
}

void result_write(struct text *text, struct str result, int step)
{
    struct json *root = NULL;
    int nth = 0;
    if (!json_parse(text->arena, result, &root, NULL)) {
        words_write(text, "reason bad", STR("The result cannot be read."));
        return;
    }
    const struct json *results = json_get(root, "results");
    for (const struct json *one = results ? results->first : NULL; one; one = one->next) {
        const struct json *error = json_get(one, "error");
        nth++;
        if (error) {
            words_write(text, "reason bad", json_get_str(error, "message"));
            words_write(text, "reason", json_get_str(error, "hint"));
            words_write(text, "reason", json_get_str(error, "remedy"));
            command_write(text, json_get_str(error, "repair"), "The repaired statement");
        } else {
            table_write(text, one, nth, step);
        }
        notes_write(text, one);
        command_write(text, json_get_str(one, "repair"), "The repaired statement");
    }
    notes_write(text, root);
}
