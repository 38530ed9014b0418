/* migrate_write.c - the answer of db:migrate, db:rollback and db:status as JSON. */
#include "postgres/migrate.h"

#include "os/clock.h"

#include <math.h>

/* What the parts behind need in any case; in front of it things are left out and counted. */
enum { ROOM = 32 * 1024, SQL_SHOWN = 200, FINDINGS_MAX = 200, SENTENCE_LINE_BYTES = 1000 };

static bool has_room(const struct migrate *migrate)
{
    return migrate->w->text->n + ROOM < ORDER_OUTPUT_BYTES;
}

void migrate_write_head(struct migrate *migrate)
{
    struct json_writer *w = migrate->w;
    json_str(w, "place", address_place(migrate->arena, &migrate->address));
    json_str(w, "database", str_of(PQdb(migrate->link.conn)));
    json_str(w, "user", str_of(PQuser(migrate->link.conn)));
    json_str(w, "server_version", str_of(PQparameterStatus(migrate->link.conn, "server_version")));
    json_bool(w, "pooled", migrate->pooled);
    json_str(w, "folder", migrate->folder);
}

static void write_doubt(struct migrate *migrate, const struct migration_view *view)
{
    struct json_writer *w = migrate->w;
    for (size_t i = 0; i < view->row_count; i++) {
        const struct history_row *row = &view->rows[i];
        if (row->done)
            continue;
        json_open_object(w, "begun");
        json_int(w, "statement", row->part);
        json_str(w, "at", row->at);
        json_close_object(w);
        return;
    }
}

static void write_view(struct migrate *migrate, const struct migration_view *view)
{
    struct json_writer *w = migrate->w;
    json_open_object(w, NULL);
    json_str(w, "version", view->version);
    json_str(w, "name", view->name);
    json_str(w, "state", str_of(migration_state_name(view->state)));
    json_int(w, "done", view->done);
    json_int(w, "statements", view->parts);
    if (view->at.n > 0)
        json_str(w, "at", view->at);
    if (view->edited)
        json_bool(w, "edited", true);
    if (view->late)
        json_bool(w, "late", true);
    if (!view->migration)
        json_bool(w, "gone", true);
    if (view->migration && !view->migration->has_down)
        json_bool(w, "no_way_back", true);
    write_doubt(migrate, view);
    json_close_object(w);
}

/* The newest ones first, so that what does not fit is old. */
void migrate_write_views(struct migrate *migrate)
{
    struct json_writer *w = migrate->w;
    size_t counts[MIGRATION_UNDOING + 1] = {0};
    size_t left_out = 0;
    json_bool(w, "history", migrate->there);
    if (migrate->foreign.n > 0) {
        json_open_object(w, "foreign");
        json_str(w, "tool", migrate->foreign);
        json_str(w, "table", migrate->foreign_table);
        json_int(w, "rows", (int64_t)migrate->foreign_count);
        json_close_object(w);
    }
    json_open_array(w, "migrations");
    for (size_t i = migrate->plan.count; i-- > 0;) {
        const struct migration_view *view = &migrate->plan.views[i];
        counts[view->state]++;
        if (has_room(migrate))
            write_view(migrate, view);
        else
            left_out++;
    }
    json_close_array(w);
    json_int(w, "applied", (int64_t)counts[MIGRATION_APPLIED]);
    json_int(w, "pending", (int64_t)counts[MIGRATION_PENDING]);
    json_int(w, "half", (int64_t)(counts[MIGRATION_PARTLY] + counts[MIGRATION_UNDOING]));
    json_int(w, "left_out", (int64_t)left_out);
}

static void write_statements(struct migrate *migrate, const struct passage *passage,
                             const struct migration_wrap *wrap)
{
    struct json_writer *w = migrate->w;
    json_open_object(w, NULL);
    json_bool(w, "transaction", !wrap->outside);
    json_open_array(w, "statements");
    for (size_t i = wrap->first; i < wrap->first + wrap->count && has_room(migrate); i++) {
        const struct migration_statement *statement = &passage->script->statements[i];
        const struct history_row *row = view_row(passage->view, passage->down, (int64_t)i + 1);
        if (row && row->done)
            continue;
        json_open_object(w, NULL);
        json_str(w, "place", script_place(migrate->arena, passage->script, statement->from));
        json_str(w, "sql", str_cut(statement->text, SQL_SHOWN));
        json_bool(w, "cut", statement->text.n > SQL_SHOWN);
        if (row)
            json_bool(w, "begun", true);
        json_close_object(w);
    }
    json_close_array(w);
    json_close_object(w);
}

void migrate_write_steps(struct migrate *migrate, const struct passage *passages, size_t count)
{
    struct json_writer *w = migrate->w;
    size_t left_out = 0;
    json_open_array(w, "would");
    for (size_t i = 0; i < count; i++) {
        const struct passage *passage = &passages[i];
        if (!has_room(migrate)) {
            left_out++;
            continue;
        }
        json_open_object(w, NULL);
        json_str(w, "version", passage->view->version);
        json_str(w, "name", passage->view->name);
        json_open_array(w, "steps");
        for (size_t k = 0; k < passage->script->wrap_count; k++)
            write_statements(migrate, passage, &passage->script->wraps[k]);
        json_close_array(w);
        json_close_object(w);
    }
    json_close_array(w);
    json_int(w, "left_out", (int64_t)left_out);
}

void migrate_write_done(struct migrate *migrate)
{
    struct json_writer *w = migrate->w;
    size_t left_out = 0;
    if (migrate->command == MIGRATE_STATUS || migrate->command == MIGRATE_LINT || migrate->dry)
        return;
    json_open_array(w, "done");
    for (size_t i = 0; i < migrate->done_count; i++) {
        const struct migrate_done *done = &migrate->done[i];
        if (!has_room(migrate)) {
            left_out++;
            continue;
        }
        json_open_object(w, NULL);
        json_str(w, "version", done->view->version);
        json_str(w, "name", done->view->name);
        json_int(w, "statements", (int64_t)done->statements);
        json_real(w, "ms", floor(done->ms * 10 + 0.5) / 10);
        json_close_object(w);
    }
    json_close_array(w);
    json_int(w, "done_left_out", (int64_t)left_out);
    if (migrate->take_over && !migrate->failed) {
        json_str(w, "taken_over_from", migrate->foreign);
        json_int(w, "taken_over", (int64_t)migrate->foreign_count);
    }
}

void migrate_write_findings(struct migrate *migrate)
{
    struct json_writer *w = migrate->w;
    json_open_array(w, "findings");
    for (size_t i = 0; i < migrate->set.finding_count && i < FINDINGS_MAX; i++) {
        const struct migration_finding *finding = &migrate->set.findings[i];
        if (migrate->w->text->n + ROOM / 2 > ORDER_OUTPUT_BYTES)
            break;
        json_open_object(w, NULL);
        json_str(w, "place", finding->place);
        json_str(w, "text", finding->text);
        json_bool(w, "stops", finding->stops);
        json_close_object(w);
    }
    json_close_array(w);
    json_int(w, "finding_count", (int64_t)migrate->set.finding_count);
}

void migrate_write_failure(struct migrate *migrate)
{
    const struct migrate_failure *failure = &migrate->failure;
    struct json_writer *w = migrate->w;
    json_open_object(w, "failure");
    json_str(w, "text", failure->text);
    json_str(w, "place", failure->place);
    json_str(w, "line", str_cut(failure->line, SENTENCE_LINE_BYTES));
    json_int(w, "column", (int64_t)failure->column);
    json_str(w, "detail", str_cut(failure->detail, SENTENCE_LINE_BYTES));
    json_str(w, "hint", str_cut(failure->hint, SENTENCE_LINE_BYTES));
    json_str(w, "sqlstate", failure->sqlstate);
    json_close_object(w);
}
