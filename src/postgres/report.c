/* report.c - what reeve-work answered about a database, as people read it. */
#include "postgres/report.h"

#include "postgres/grid.h"

enum { CELL_MOST = 4096 };

/* A member's text with its control characters as ·. */
static void add(struct text *out, const struct json *object, const char *key)
{
    grid_cell(out, json_get_str(object, key), CELL_MOST);
}

static bool is_true(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);
    return value && value->type == JSON_TRUE;
}

static void add_notes(struct text *out, const struct json *object, const char *front)
{
    const struct json *notes = json_get(object, "notes");
    for (const struct json *note = notes ? notes->first : NULL; note; note = note->next) {
        text_adds(out, front);
        grid_cell(out, note->text, CELL_MOST);
        text_byte(out, '\n');
    }
}

static void add_number(struct text *out, const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);
    if (value && value->type == JSON_NUMBER)
        text_add(out, value->text);
}

static void add_tls(struct text *out, const struct json *link)
{
    const struct json *tls = json_get(link, "tls");
    struct str verified = json_get_str(link, "verified");
    text_adds(out, "         ");
    if (!tls || tls->type != JSON_OBJECT) {
        text_adds(out, "no TLS\n");
        return;
    }
    add(out, tls, "version");
    text_adds(out, ", ");
    add(out, tls, "cipher");
    text_adds(out, str_is(verified, "full")    ? ", certificate and name checked\n"
                   : str_is(verified, "chain") ? ", certificate checked, its name not "
                                                 "(sslmode=verify-full checks both)\n"
                                               : ", certificate not checked "
                                                 "(sslmode=verify-full does)\n");
}

static void ping_answer(struct text *out, const struct json *link)
{
    struct str pooler = json_get_str(link, "pooler");
    bool by_pooler = str_is(json_get_str(link, "name"), "pooler");
    text_adds(out, "answers: connected in ");
    add_number(out, link, "connect_ms");
    text_adds(out, " ms, SELECT 1 in ");
    add_number(out, link, "query_ms");
    text_adds(out, " ms\n         PostgreSQL ");
    add(out, link, "server_version");
    text_adds(out,
              is_true(link, "standby") ? ", a standby: it cannot be written to" : ", takes writes");
    text_adds(out, "; database ");
    add(out, link, "database");
    text_adds(out, ", user ");
    add(out, link, "user");
    if (by_pooler && !str_is(pooler, "no") && !str_is(pooler, "unknown")) {
        text_adds(out, "; by ");
        add(out, link, "pooler");
    }
    text_byte(out, '\n');
    add_tls(out, link);
}

void report_ping(struct text *out, const struct json *output)
{
    const struct json *links = json_get(output, "links");
    for (const struct json *link = links ? links->first : NULL; link; link = link->next) {
        text_printf(out, "%-8.*s ", STR_ARGS(json_get_str(link, "name")));
        add(out, link, "place");
        text_byte(out, ' ');
        if (is_true(link, "ok")) {
            ping_answer(out, link);
        } else {
            text_adds(out, "does not answer\n         ");
            add(out, json_get(link, "failure"), "sentence");
            text_byte(out, '\n');
        }
        add_notes(out, link, "         ");
    }
}

/* The lines of a statement, each clean. */
static void add_statement(struct text *out, struct str statement)
{
    struct str line;
    while (statement.n > 0 && str_split(&statement, '\n', &line)) {
        text_adds(out, "    ");
        grid_cell(out, line, CELL_MOST);
        text_byte(out, '\n');
    }
}

void report_query(struct text *out, const struct json *output, size_t width)
{
    const struct json *results = json_get(output, "results");
    bool first = true;
    for (const struct json *result = results ? results->first : NULL; result;
         result = result->next) {
        const struct json *columns = json_get(result, "columns");
        if (!columns && json_get(result, "error"))
            continue;
        if (!first)
            text_byte(out, '\n');
        first = false;
        if (json_get_str(result, "title").n > 0) {
            add(out, result, "title");
            text_byte(out, '\n');
        }
        grid_write(out, result, width);
        add_notes(out, result, "Note: ");
        add_statement(out, json_get_str(result, "repair"));
    }
    add_notes(out, output, "Note: ");
}

static void add_line(struct text *out, const char *front, const struct json *error, const char *key)
{
    if (json_get_str(error, key).n == 0)
        return;
    text_adds(out, front);
    add(out, error, key);
    text_byte(out, '\n');
}

static void add_error(struct text *out, const struct json *error, const char *block_name)
{
    int64_t line = 0;
    int64_t column = 0;
    struct str repair = json_get_str(error, "repair");
    text_adds(out, block_name);
    if (json_get_int(error, "line", &line) && line > 0)
        text_printf(out, ":%lld", (long long)line);
    if (json_get_int(error, "column", &column) && column > 0)
        text_printf(out, ":%lld", (long long)column);
    text_adds(out, ": ");
    add(out, error, "message");
    text_printf(out, " (%.*s)\n", STR_ARGS(str_cut(json_get_str(error, "sqlstate"), 5)));
    add_line(out, "  Detail: ", error, "detail");
    add_line(out, "  Hint: ", error, "hint");
    add_line(out, "  ", error, "remedy");
    if (repair.n == 0)
        return;
    text_adds(out, "  Names in upper case, with blanks or other signs must be quoted; this is what "
                   "is meant:\n");
    add_statement(out, repair);
}

void report_errors(struct text *out, const struct json *output, const char *block_name)
{
    const struct json *results = json_get(output, "results");
    for (const struct json *result = results ? results->first : NULL; result;
         result = result->next) {
        const struct json *error = json_get(result, "error");
        if (error)
            add_error(out, error, block_name);
    }
}
