/* query.c - the statements of a block in one READ ONLY transaction that is rolled back.
 *
 * Each statement goes by the extended protocol, which takes one and no second behind a semicolon;
 * each stands behind a savepoint, so that one that fails leaves the transaction whole. A query was
 * asked before the first of them, so that PostgreSQL does not let the transaction become READ
 * WRITE any more. */
#include "postgres/query.h"

#include "os/clock.h"
#include "postgres/postgres.h"

#include <math.h>

enum {
    TIMEOUT_MS_DEFAULT = 30 * 1000,
    LOCK_MS = 5 * 1000,
    IDLE_MS = 30 * 1000,
    MARGIN_MS = 2 * 1000,       /* what the server's own limits get before ours */
    STATEMENT_ROOM = 40 * 1024, /* without this much left, a statement is not begun */
    ROWS_ROOM = 24 * 1024,      /* what rows leave for what follows them */
};

/* Bytes of s as JSON, quotes and comma included. */
static size_t json_bytes(struct str s)
{
    size_t n = 3;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        n += c < ' ' || c == 0x7f ? 6 : c == '"' || c == '\\' ? 2 : 1;
    }
    return n;
}

/* What stands in a cell: clean, without passwords, and not too long. */
static struct str field_text(struct query *query, const PGresult *result, int column, bool *hidden)
{
    struct arena *arena = &query->row;
    struct str value = {PQgetvalue(result, 0, column), (size_t)PQgetlength(result, 0, column)};
    struct str cut = str_cut(value, QUERY_CELL_BYTES);
    struct str clean = query_clean(arena, cut);
    struct str shown = address_hide(arena, &query->address, clean);
    *hidden = *hidden || shown.p != clean.p;
    return cut.n < value.n ? str_printf(arena, "%.*s…", STR_ARGS(shown)) : shown;
}

static bool is_number(Oid type)
{
    static const Oid numbers[] = {20, 21, 23, 26, 700, 701, 790, 1700}; /* int8 … numeric */
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (type == numbers[i])
            return true;
    return false;
}

static int column_count(const PGresult *result)
{
    int count = PQnfields(result);
    return count > QUERY_COLUMNS_MAX ? QUERY_COLUMNS_MAX : count;
}

static void write_columns(struct query *query, struct reading *reading, const PGresult *result)
{
    struct json_writer *w = query->w;
    if (reading->columns_written)
        return;
    reading->columns_written = true;
    reading->columns_left_out = PQnfields(result) - column_count(result);
    json_open_array(w, "columns");
    for (int i = 0; i < column_count(result); i++) {
        json_open_object(w, NULL);
        json_str(w, "name", query_clean(query->arena, str_of(PQfname(result, i))));
        json_bool(w, "number", is_number(PQftype(result, i)));
        json_close_object(w);
    }
    json_close_array(w);
    json_open_array(w, "rows");
}

/* One row, when there is room for it. */
static void write_row(struct query *query, struct reading *reading, const PGresult *result)
{
    struct json_writer *w = query->w;
    struct str cells[QUERY_COLUMNS_MAX];
    size_t bytes = 4;
    int columns = column_count(result);
    reading->count++;
    if (reading->full || reading->shown == QUERY_ROWS_MAX)
        return;
    bool secret = false;
    arena_reset(&query->row);
    for (int i = 0; i < columns; i++) {
        cells[i] = field_text(query, result, i, &secret);
        bytes += json_bytes(cells[i]);
    }
    if (w->text->n + bytes > reading->bytes_most) {
        reading->full = true;
        return;
    }
    bool hidden = false;
    json_open_array(w, NULL);
    for (int i = 0; i < columns; i++) {
        if (PQgetisnull(result, 0, i))
            json_null(w, NULL);
        else
            json_str(w, NULL, cells[i]);
        hidden = hidden || str_is(cells[i], "<insufficient privilege>");
    }
    json_close_array(w);
    reading->hidden += hidden;
    reading->secrets += secret;
    reading->shown++;
}

/* Enough was counted: what the server still has to say is not wanted. */
static void stop_reading(struct query *query, struct reading *reading)
{
    char words[256];
    PGcancel *cancel = PQgetCancel(query->link.conn);
    reading->more = true;
    if (cancel)
        (void)PQcancel(cancel, words, sizeof words);
    PQfreeCancel(cancel);
}

/* All results of one statement. *out_error (may be NULL) gets the one that says what failed. */
static void read_results(struct query *query, struct reading *reading, PGresult **out_error)
{
    PGresult *result;
    while ((result = link_next(&query->link))) {
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_SINGLE_TUPLE) {
            write_columns(query, reading, result);
            if (!reading->more)
                write_row(query, reading, result);
            if (reading->count == QUERY_ROWS_COUNTED + 1 && !reading->more)
                stop_reading(query, reading);
        } else if (status == PGRES_TUPLES_OK) {
            write_columns(query, reading, result);
        } else if (status != PGRES_COMMAND_OK && !reading->more) {
            PQclear(*out_error);
            *out_error = result;
            continue;
        }
        PQclear(result);
    }
}

static void write_counts(struct query *query, const struct reading *reading)
{
    struct json_writer *w = query->w;
    const char *cut = reading->full ? "bytes" : reading->shown < reading->count ? "rows" : "";
    if (reading->columns_written)
        json_close_array(w); /* of rows */
    json_int(w, "count", reading->count - reading->more);
    json_bool(w, "more", reading->more);
    json_str(w, "cut", str_of(cut));
    json_real(w, "ms", floor(reading->ms * 100 + 0.5) / 100);
}

/* So long from now, and not longer than the order. */
static int64_t until(const struct query *query, int64_t ms)
{
    int64_t at_us = clock_boot_us() + ms * 1000;
    return at_us < query->until_us ? at_us : query->until_us;
}

static void perform_one(struct query *query, const struct sql_statement *statement,
                        size_t statements_left)
{
    struct link *link = &query->link;
    struct reading reading = {.statement = statement};
    size_t used = query->w->text->n;
    const char *sql = str_copy(query->arena, statement->text).p;
    PGresult *error = NULL;
    reading.bytes_most = used + (ORDER_OUTPUT_BYTES - ROWS_ROOM - used) / statements_left;
    json_open_object(query->w, NULL);
    json_int(query->w, "line", (int64_t)sql_place_of(query->block, statement->from).line);
    link->until_us = until(query, query->timeout_ms + MARGIN_MS);
    int64_t from_us = clock_boot_us();
    bool sent = link_do(link, "SAVEPOINT reeve") &&
                PQsendQueryParams(link->conn, sql, 0, NULL, NULL, NULL, NULL, 0) &&
                PQsetSingleRowMode(link->conn);
    if (sent)
        read_results(query, &reading, &error);
    reading.ms = (double)(clock_boot_us() - from_us) / 1000;
    write_counts(query, &reading);
    bool lost = !sent || link->timed_out || PQstatus(link->conn) != CONNECTION_OK;
    PGTransactionStatusType status = PQtransactionStatus(link->conn);
    if (!lost && status == PQTRANS_INERROR)
        lost = !link_do(link, "ROLLBACK TO SAVEPOINT reeve");
    else if (!lost)
        lost = status != PQTRANS_INTRANS || !link_do(link, "RELEASE SAVEPOINT reeve");
    query->lost = lost;
    if (error || lost)
        query_write_error(query, &reading, error);
    else
        query_write_doubt(query, &reading);
    query_write_notes(query, &reading);
    json_close_object(query->w);
    PQclear(error);
}

/* "reeve run 12 step 3" of the order of a step, query-12-3-1: so db:locks knows it; else "reeve".
 */
static struct str application_of(struct arena *arena, struct str id)
{
    struct str run;
    struct str step;
    if (!str_starts(id, "query-"))
        return STR("reeve");
    id = str_from(id, strlen("query-"));
    if (!str_split(&id, '-', &run) || !str_split(&id, '-', &step))
        return STR("reeve");
    return str_printf(arena, "reeve run %.*s step %.*s", STR_ARGS(run), STR_ARGS(step));
}

/* The limits of the transaction. It is a query, which settles that the transaction is READ ONLY. */
static bool begin(struct query *query)
{
    struct link *link = &query->link;
    const char *values[] = {
        str_printf(query->arena, "%lld", (long long)query->timeout_ms).p,
        str_printf(query->arena, "%lld",
                   (long long)(query->timeout_ms < LOCK_MS ? query->timeout_ms : LOCK_MS))
            .p,
        str_printf(query->arena, "%d", IDLE_MS).p, query->application.p};
    link->until_us = until(query, POSTGRES_CONNECT_MS);
    if (!link_do(link, "BEGIN READ ONLY"))
        return false;
    RESULT_SCOPED limits = link_ask(link,
                                    "SELECT set_config('statement_timeout', $1, true), "
                                    "set_config('lock_timeout', $2, true), "
                                    "set_config('idle_in_transaction_session_timeout', $3, true), "
                                    "set_config('standard_conforming_strings', 'on', true), "
                                    "set_config('application_name', $4, true)",
                                    values, 4);
    /* From PostgreSQL 14 on the server sees by itself that we have gone. */
    RESULT_SCOPED watch = link_ask(link,
                                   "SELECT set_config(name, '1000', true) FROM pg_settings "
                                   "WHERE name = 'client_connection_check_interval'",
                                   NULL, 0);
    return link_is_ok(limits) && link_is_ok(watch);
}

static bool check_all(struct query *query, struct order_result *out_result)
{
    struct err err = {0};
    bool good = sql_split(query->block, &query->statements, &err);
    size_t at = 0;
    for (size_t i = 0; good && i < query->statements.count; i++) {
        at = query->statements.items[i].from;
        good = sql_check(query->statements.items[i].text, &err);
    }
    if (!good && err.kind == ERR_REFUSED)
        *out_result = work_result(query->arena, ORDER_REFUSED, "Line %zu: %s",
                                  sql_place_of(query->block, at).line, err.text);
    else if (!good)
        *out_result = work_result(query->arena, ORDER_REFUSED, "%s", err.text);
    return good;
}

static void write_head(struct query *query)
{
    struct json_writer *w = query->w;
    PGconn *conn = query->link.conn;
    const char *super = PQparameterStatus(conn, "is_superuser");
    const char *version = PQparameterStatus(conn, "server_version");
    json_str(w, "place", address_place(query->arena, &query->address));
    json_str(w, "database", str_of(PQdb(conn)));
    json_str(w, "user", str_of(PQuser(conn)));
    json_str(w, "server_version", str_of(version));
    json_open_array(w, "notes");
    if (super && strcmp(super, "on") == 0)
        json_str(w, NULL,
                 STR("This user is a superuser; one that may only read (GRANT pg_read_all_data "
                     "and pg_monitor) protects better than what is refused here by name."));
    json_close_array(w);
    json_open_array(w, "results");
}

static void perform_all(struct query *query)
{
    struct json_writer *w = query->w;
    size_t count = query->statements.count;
    write_head(query);
    for (size_t i = 0; i < count && !query->lost; i++) {
        if (w->text->n + STATEMENT_ROOM > ORDER_OUTPUT_BYTES) {
            query_fail(query, "The answer is full; ask for the last statements by themselves.");
            break;
        }
        perform_one(query, &query->statements.items[i], count - i);
    }
    json_close_array(w);
    if (!query->lost)
        (void)link_do(&query->link, "ROLLBACK");
}

static void fail_begun(struct query *query, const struct failure *failure)
{
    failure_write(query->w, failure);
    query_fail(query, failure->sentence.p);
}

static struct order_result finish(struct query *query)
{
    json_close_object(query->w);
    return (struct order_result){.outcome = query->outcome,
                                 .detail = query->detail.n > 0 ? query->detail : STR("Done."),
                                 .output = text_str(query->w->text)};
}

void postgres_query_perform(const struct work *work, struct order_result *out_result)
{
    struct text text;
    struct err err = {0};
    text_init(&text, work->arena, ORDER_OUTPUT_BYTES);
    struct json_writer w = {.text = &text};
    struct query query = {.arena = work->arena,
                          .w = &w,
                          .block = json_get_str(work->body, "sql"),
                          .application = application_of(work->arena, work->id),
                          .until_us = clock_boot_us() + work->deadline_ms * 1000,
                          .outcome = ORDER_DONE};
    if (!json_get_int(work->body, "timeout_ms", &query.timeout_ms) || query.timeout_ms < 1)
        query.timeout_ms = TIMEOUT_MS_DEFAULT;
    if (!check_all(&query, out_result))
        return;
    if (!address_read(work->arena, "services.database.url", json_get_str(work->secrets, "url"),
                      &query.address, &err)) {
        *out_result = work_result(work->arena, ORDER_REFUSED, "%s: %s", err.place, err.text);
        return;
    }
    json_open_object(&w, NULL);
    if (!link_open(&query.link, work->arena, &query.address, NULL,
                   until(&query, POSTGRES_CONNECT_MS))) {
        fail_begun(&query, &query.link.failure);
    } else if (!begin(&query)) {
        struct str said = str_of(PQerrorMessage(query.link.conn));
        struct failure failure =
            failure_read(work->arena, &query.address, said, query.link.timed_out);
        fail_begun(&query, &failure);
    } else {
        arena_init(&query.row);
        perform_all(&query);
        arena_done(&query.row);
    }
    link_close(&query.link);
    *out_result = finish(&query);
}
