/* report_ping.c - what a ping found, as one line and as a table. */
#include "postgres/report.h"

#include "postgres/grid.h"

enum { CELL_MOST = 400 };

static bool is_ok(const struct json *link)
{
    const struct json *ok = json_get(link, "ok");
    return ok && ok->type == JSON_TRUE;
}

static struct str number_of(const struct json *link, const char *key)
{
    const struct json *value = json_get(link, key);
    return value && value->type == JSON_NUMBER ? value->text : STR("?");
}

static void add_failure(struct text *out, const struct json *link)
{
    struct str sentence = json_get_str(json_get(link, "failure"), "sentence");
    if (str_ends(sentence, "."))
        sentence.n--;
    grid_cell(out, sentence, CELL_MOST);
}

void report_ping_line(struct text *out, const struct json *output)
{
    const struct json *links = json_get(output, "links");
    struct str version = STR("");
    for (const struct json *link = links ? links->first : NULL; link; link = link->next) {
        text_adds(out, link == links->first ? "" : "; ");
        grid_cell(out, json_get_str(link, "name"), CELL_MOST);
        if (!is_ok(link)) {
            text_adds(out, " does not answer: ");
            add_failure(out, link);
            continue;
        }
        text_printf(out, " answers, connected in %.*s ms, asked in %.*s ms",
                    STR_ARGS(number_of(link, "connect_ms")), STR_ARGS(number_of(link, "query_ms")));
        version = json_get_str(link, "server_version");
    }
    if (version.n == 0)
        return;
    text_adds(out, "; PostgreSQL ");
    grid_cell(out, version, CELL_MOST);
}

static void add_tls(struct text *out, const struct json *link)
{
    const struct json *tls = json_get(link, "tls");
    struct str verified = json_get_str(link, "verified");
    if (!tls || tls->type != JSON_OBJECT) {
        text_adds(out, "no");
        return;
    }
    text_add(out, json_get_str(tls, "version"));
    text_adds(out, str_is(verified, "full")    ? ", certificate and name checked"
                   : str_is(verified, "chain") ? ", certificate checked, its name not"
                                               : ", certificate not checked");
}

static void write_row(struct json_writer *w, const struct json *link)
{
    struct text cell;
    text_init(&cell, w->text->arena, 4 * CELL_MOST);
    json_open_array(w, NULL);
    json_str(w, NULL, json_get_str(link, "name"));
    json_str(w, NULL, json_get_str(link, "place"));
    if (is_ok(link)) {
        const struct json *standby = json_get(link, "standby");
        add_tls(&cell, link);
        json_str(w, NULL, STR("yes"));
        json_str(w, NULL, number_of(link, "connect_ms"));
        json_str(w, NULL, number_of(link, "query_ms"));
        json_str(w, NULL, text_str(&cell));
        json_str(w, NULL, json_get_str(link, "server_version"));
        json_str(w, NULL,
                 standby && standby->type == JSON_TRUE ? STR("standby") : STR("takes writes"));
        json_str(w, NULL, json_get_str(link, "pooler"));
    } else {
        add_failure(&cell, link);
        json_str(w, NULL, str_printf(w->text->arena, "no: %.*s", STR_ARGS(text_str(&cell))));
        for (int i = 0; i < 6; i++)
            json_null(w, NULL);
    }
    json_close_array(w);
}

static void write_column(struct json_writer *w, const char *name, bool number)
{
    json_open_object(w, NULL);
    json_str(w, "name", str_of(name));
    json_bool(w, "number", number);
    json_close_object(w);
}

void report_ping_table(struct json_writer *w, const struct json *output)
{
    static const char *const names[] = {"way", "place",   "answers", "connect ms", "ask ms",
                                        "TLS", "version", "role",    "pooler"};
    const struct json *links = json_get(output, "links");
    json_open_object(w, NULL);
    json_open_array(w, "results");
    json_open_object(w, NULL);
    json_open_array(w, "columns");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        write_column(w, names[i], str_ends(str_of(names[i]), " ms"));
    json_close_array(w);
    json_open_array(w, "rows");
    for (const struct json *link = links ? links->first : NULL; link; link = link->next)
        write_row(w, link);
    json_close_array(w);
    json_int(w, "count", links ? (int64_t)links->count : 0);
    json_bool(w, "more", false);
    json_open_array(w, "notes");
    for (const struct json *link = links ? links->first : NULL; link; link = link->next) {
        const struct json *notes = json_get(link, "notes");
        for (const struct json *note = notes ? notes->first : NULL; note; note = note->next)
            json_str(w, NULL, note->text);
    }
    json_close_array(w);
    json_close_object(w);
    json_close_array(w);
    json_close_object(w);
}
