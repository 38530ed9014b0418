/* migrate_lint.c - the lint over what would be run: trees from PostgreSQL's grammar, facts from the
 * server, and the answer as JSON. */
#include "os/file.h"
#include "postgres/migrate.h"

#include <pg_query.h>

/* The server's version up to which the grammar knows all; and what the answer keeps free. */
enum { GRAMMAR_VERSION = 160000, ROOM = 32 * 1024 };

static void free_result(PgQueryParseResult *result)
{
    pg_query_free_parse_result(*result);
}

/* All trees of one script, in the order of its statements. */
struct trees {
    const struct migration_script *script;
    const struct json **items;
};

static void say_syntax(struct migrate *migrate, const struct migration_script *script, size_t at,
                       const PgQueryError *error)
{
    const struct migration_statement *statement = &script->statements[at];
    bool newer = migrate->link.conn && PQserverVersion(migrate->link.conn) >= GRAMMAR_VERSION;
    size_t character = error->cursorpos > 0 ? (size_t)error->cursorpos : 1;
    lint_say(
        &migrate->lint,
        &(struct lint_finding){
            .rule = "syntax-error",
            .level = newer ? LINT_UNKNOWN : LINT_ERROR,
            .script = script,
            .byte = statement->from + sql_byte_of(statement->text, character),
            .text = str_printf(migrate->arena, "%s%s.", error->message,
                               newer ? " (in PostgreSQL 15's grammar; the server is newer)" : ""),
            .instead = newer ? STR("Nothing else was judged in this statement.")
                             : STR("Write it as PostgreSQL reads it."),
            .reason = STR("")});
}

static const struct json *parse(struct migrate *migrate, const struct migration_script *script,
                                size_t at)
{
    struct err err = {0};
    struct json *root = NULL;
    struct str sql = str_copy(migrate->arena, script->statements[at].text);
    PgQueryParseResult result __attribute__((cleanup(free_result))) = pg_query_parse(sql.p);
    if (result.error) {
        say_syntax(migrate, script, at, result.error);
        return NULL;
    }
    struct str tree = lint_prune(migrate->arena, str_of(result.parse_tree));
    if (!json_parse(migrate->arena, tree, &root, &err))
        return NULL;
    const struct json *list = json_get(root, "stmts");
    return list && list->first ? json_get(list->first, "stmt") : NULL;
}

static void parse_script(struct migrate *migrate, const struct passage *passage,
                         struct trees *out_trees)
{
    const struct migration_script *script = passage->script;
    *out_trees = (struct trees){
        script, arena_array(migrate->arena, script->count + 1, sizeof *out_trees->items)};
    for (size_t i = 0; i < script->count; i++) {
        const struct history_row *row =
            passage->view ? view_row(passage->view, passage->down, (int64_t)i + 1) : NULL;
        if (!row || !row->done)
            out_trees->items[i] = parse(migrate, script, i);
    }
}

static const struct lint_finding *first_error(const struct migrate *migrate, size_t *out_count)
{
    const struct lint_finding *first = NULL;
    *out_count = 0;
    for (size_t i = 0; i < migrate->lint.count; i++) {
        const struct lint_finding *finding = &migrate->lint.findings[i];
        if (finding->level != LINT_ERROR || finding->ignored)
            continue;
        if (!first)
            first = finding;
        ++*out_count;
    }
    return first;
}

bool lint_passages(struct migrate *migrate, const struct passage *passages, size_t count)
{
    struct trees *trees = arena_array(migrate->arena, count + 1, sizeof *trees);
    const struct json *facts = NULL;
    struct lint_names names;
    if (migrate->linted)
        lint_done(&migrate->lint);
    lint_init(&migrate->lint, migrate->arena, migrate->lint_options, NULL);
    migrate->linted = true;
    lint_names_init(&names);
    for (size_t i = 0; i < count; i++) {
        parse_script(migrate, &passages[i], &trees[i]);
        for (size_t k = 0; k < trees[i].script->count; k++)
            lint_names_add(migrate->arena, &names, trees[i].items[k]);
    }
    bool good = migrate->offline || lint_ask(migrate, &names, &facts);
    lint_names_done(&names);
    lint_know(&migrate->lint, facts);
    for (size_t i = 0; good && i < count; i++)
        lint_script(&migrate->lint, trees[i].script, trees[i].items);
    return good;
}

bool lint_check(struct migrate *migrate, const struct passage *passages, size_t count)
{
    size_t errors = 0;
    if (!migrate->lint_on || count == 0)
        return true;
    if (!lint_passages(migrate, passages, count))
        return false;
    const struct lint_finding *first = first_error(migrate, &errors);
    if (!first)
        return true;
    return migrate_fail(migrate, ORDER_REFUSED,
                        script_place(migrate->arena, first->script, first->byte),
                        "The lint stops it (%s%s), and nothing was run: mend it, or write "
                        "-- reeve:lint-ignore %s and the reason before the statement; --lint=off "
                        "runs all of it unseen.",
                        first->rule, errors > 1 ? ", and more" : "", first->rule);
}

static bool read_files(struct migrate *migrate)
{
    const struct json *list = json_get(migrate->work->body, "files");
    struct migration_file *files =
        arena_array(migrate->arena, (list ? list->count : 0) + 1, sizeof *files);
    size_t count = 0;
    struct err err = {0};
    for (const struct json *one = list ? list->first : NULL; one; one = one->next) {
        files[count].name = str_copy(migrate->arena, one->text);
        if (!file_read(migrate->arena, files[count].name, MIGRATION_BYTES_MAX, &files[count].text,
                       &err))
            return migrate_fail(migrate, ORDER_REFUSED, str_of(err.place), "%s", err.text);
        count++;
    }
    migration_files_read(migrate->arena, files, count, &migrate->set);
    return true;
}

static bool has_files(const struct migrate *migrate)
{
    const struct json *list = json_get(migrate->work->body, "files");
    return list && list->count > 0;
}

bool lint_read(struct migrate *migrate)
{
    return has_files(migrate) ? read_files(migrate) : migrate_read_folder(migrate);
}

/* All files, as if none of them had been run. */
static bool lint_all(struct migrate *migrate)
{
    size_t count = 0;
    struct passage *passages =
        arena_array(migrate->arena, migrate->set.count + 1, sizeof *passages);
    for (size_t i = 0; i < migrate->set.count; i++)
        if (!migrate->set.items[i].unread)
            passages[count++] = (struct passage){.script = &migrate->set.items[i].up};
    return lint_passages(migrate, passages, count);
}

static bool lint_pending(struct migrate *migrate)
{
    struct passage *passages = NULL;
    size_t count = 0;
    migrate->lint_options.one_run = true;
    if (!history_read(migrate) || !history_foreign(migrate))
        return false;
    if (migrate->foreign.n > 0)
        return migrate_fail(migrate, ORDER_REFUSED, STR(""),
                            "%.*s keeps the history of this database, so that what is pending is "
                            "not known: name the files.",
                            STR_ARGS(migrate->foreign));
    passages = arena_array(migrate->arena, migrate->plan.count + 1, sizeof *passages);
    for (size_t i = 0; i < migrate->plan.count; i++) {
        const struct migration_view *view = &migrate->plan.views[i];
        if (view->migration && !view->migration->unread &&
            (view->state == MIGRATION_PENDING || view->state == MIGRATION_PARTLY))
            passages[count++] = (struct passage){.view = view, .script = &view->migration->up};
    }
    return lint_passages(migrate, passages, count);
}

bool lint_perform(struct migrate *migrate)
{
    return has_files(migrate) || migrate->offline ? lint_all(migrate) : lint_pending(migrate);
}

static void write_finding(struct migrate *migrate, const struct lint_finding *finding)
{
    struct json_writer *w = migrate->w;
    struct sql_place place = sql_place_of(finding->script->text, finding->byte);
    json_open_object(w, NULL);
    json_str(w, "rule", str_of(finding->rule));
    json_str(w, "level", str_of(lint_level_name(finding->level)));
    json_str(w, "file", finding->script->file);
    json_int(w, "line", (int64_t)place.line);
    json_int(w, "column", (int64_t)place.column);
    json_str(w, "text", finding->text);
    json_str(w, "instead", finding->instead);
    if (finding->ignored)
        json_str(w, "ignored", finding->reason);
    json_close_object(w);
}

void migrate_write_lint(struct migrate *migrate)
{
    struct json_writer *w = migrate->w;
    const struct lint *lint = &migrate->lint;
    size_t left_out = lint->left_out;
    size_t counts[LINT_ERROR + 1] = {0};
    if (!migrate->linted)
        return;
    json_open_array(w, "lint");
    for (size_t i = 0; i < lint->count; i++) {
        if (!lint->findings[i].ignored)
            counts[lint->findings[i].level]++;
        if (w->text->n + ROOM < ORDER_OUTPUT_BYTES)
            write_finding(migrate, &lint->findings[i]);
        else
            left_out++;
    }
    json_close_array(w);
    for (size_t i = LINT_WARNING; i <= LINT_ERROR; i++)
        json_int(w,
                 i == LINT_WARNING ? "lint_warnings"
                 : i == LINT_ERROR ? "lint_errors"
                                   : "lint_unknown",
                 (int64_t)counts[i]);
    json_int(w, "lint_left_out", (int64_t)left_out);
    json_open_array(w, "lint_not_judged");
    for (size_t i = 0; i < lint_row_count(); i++) {
        if (lint->not_judged[i] == 0)
            continue;
        json_open_object(w, NULL);
        json_str(w, "rule", str_of(lint_row(i).name));
        json_int(w, "places", (int64_t)lint->not_judged[i]);
        json_close_object(w);
    }
    json_close_array(w);
}
