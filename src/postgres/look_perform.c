/* look_perform.c - asks the questions of a look in one READ ONLY transaction, and writes what the
 * judge made of the answers.
 *
 * Each question stands behind a savepoint, so that one that fails leaves the others. None waits
 * for a lock longer than LOCK_MS, none works longer than the order's timeout_ms; the search path
 * is PostgreSQL's own, so that nothing that a company could have made is asked by mistake, and
 * names are said with their schema. */
#include "postgres/connect.h"
#include "postgres/look.h"
#include "postgres/postgres.h"

#include "os/clock.h"

enum { TIMEOUT_MS_DEFAULT = 30 * 1000, LOCK_MS = 1000, IDLE_MS = 30 * 1000, MARGIN_MS = 2 * 1000 };

/* As many are taken at once, in one transaction. */
enum { LOOKS_MAX = 3 };

struct asking {
    const struct work *work;
    struct str name; /* "locks", "locks,connections" */
    const struct look_kind *kinds[LOOKS_MAX];
    size_t kind_count;
    struct address address;
    struct link link;
    struct look look;
    int64_t timeout_ms;
    int64_t until_us;
    struct look_table tables[LOOKS_MAX][LOOK_QUESTIONS_MAX];
};

static void give_time(struct asking *asking, int64_t ms)
{
    int64_t at_us = clock_boot_us() + ms * 1000;
    asking->link.until_us = at_us < asking->until_us ? at_us : asking->until_us;
}

/* Clean, without passwords, cut. */
static struct str cell_of(struct asking *asking, const PGresult *result, int row, int column)
{
    struct arena *arena = asking->work->arena;
    if (PQgetisnull(result, row, column))
        return (struct str){NULL, 0};
    struct str value = {PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)};
    struct str cut = str_cut(value, LOOK_CELL_BYTES);
    struct str kept = str_copy(arena, cut);
    struct str shown = address_hide(arena, &asking->address, kept);
    return cut.n < value.n ? str_printf(arena, "%.*s…", STR_ARGS(shown)) : shown;
}

static void read_rows(struct asking *asking, const PGresult *result, struct look_table *table)
{
    struct arena *arena = asking->work->arena;
    int columns = PQnfields(result);
    int rows = PQntuples(result);
    table->more = rows > LOOK_ROWS_MAX;
    table->count = (size_t)(table->more ? LOOK_ROWS_MAX : rows);
    table->columns = (size_t)columns;
    struct str *names = arena_array(arena, table->columns + 1, sizeof *names);
    struct str *cells = arena_array(arena, table->columns * table->count + 1, sizeof *cells);
    for (int i = 0; i < columns; i++)
        names[i] = str_copy(arena, str_of(PQfname(result, i)));
    for (size_t i = 0; i < table->count; i++)
        for (size_t k = 0; k < table->columns; k++)
            cells[i * table->columns + k] = cell_of(asking, result, (int)i, (int)k);
    table->names = names;
    table->cells = cells;
}

static struct str field(struct asking *asking, const PGresult *result, int code)
{
    struct str said = str_of(result ? PQresultErrorField(result, code) : NULL);
    return address_scrub(asking->work->arena, &asking->address, str_cut(said, 300));
}

/* The failure of a question is a fact; false: the connection, or the transaction, is lost. */
static bool ask(struct asking *asking, const char *sql, struct look_table *table)
{
    struct link *link = &asking->link;
    give_time(asking, asking->timeout_ms + MARGIN_MS);
    if (!link_do(link, "SAVEPOINT look"))
        return false;
    RESULT_SCOPED result = link_ask(link, sql, NULL, 0);
    table->asked = true;
    if (result && PQresultStatus(result) == PGRES_TUPLES_OK) {
        read_rows(asking, result, table);
        return link_do(link, "RELEASE SAVEPOINT look");
    }
    table->failed = true;
    table->error = field(asking, result, PG_DIAG_MESSAGE_PRIMARY);
    str_keep(table->sqlstate, sizeof table->sqlstate, field(asking, result, PG_DIAG_SQLSTATE));
    return result && !link->timed_out && link_do(link, "ROLLBACK TO SAVEPOINT look");
}

/* Our limits, our name among the sessions, and a search path of PostgreSQL's own. A query comes
 * first, so that the transaction cannot become READ WRITE any more. */
static bool begin(struct asking *asking)
{
    struct arena *arena = asking->work->arena;
    const char *values[] = {str_printf(arena, "%lld", (long long)asking->timeout_ms).p,
                            str_printf(arena, "%d", LOCK_MS).p, str_printf(arena, "%d", IDLE_MS).p,
                            str_printf(arena, "reeve db:%.*s", STR_ARGS(asking->name)).p};
    give_time(asking, POSTGRES_CONNECT_MS);
    if (!link_do(&asking->link, "BEGIN READ ONLY"))
        return false;
    RESULT_SCOPED limits = link_ask(
        &asking->link,
        "SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true), "
        "set_config('idle_in_transaction_session_timeout', $3, true), "
        "set_config('application_name', $4, true), "
        "set_config('search_path', 'pg_catalog', true)",
        values, 4);
    return link_is_ok(limits);
}

static bool ask_server(struct asking *asking)
{
    struct look_table table = {.count = 0};
    struct look_server *server = &asking->look.server;
    if (!ask(asking,
             "SELECT current_setting('server_version_num') AS version, pg_is_in_recovery() AS "
             "standby, current_setting('is_superuser') = 'on' AS superuser, "
             "pg_has_role('pg_read_all_stats', 'USAGE') AS stats, "
             "pg_has_role('pg_read_all_settings', 'USAGE') AS settings, "
             "pg_has_role('pg_monitor', 'USAGE') AS monitor, "
             "quote_ident(current_user) AS user, current_database() AS database, "
             "(SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = "
             "e.extnamespace WHERE e.extname = 'pg_stat_statements') AS statements",
             &table) ||
        table.count != 1)
        return false;
    *server = (struct look_server){.standby = look_is_true(&table, 0, "standby"),
                                   .superuser = look_is_true(&table, 0, "superuser"),
                                   .stats = look_is_true(&table, 0, "stats"),
                                   .settings = look_is_true(&table, 0, "settings"),
                                   .monitor = look_is_true(&table, 0, "monitor"),
                                   .user = look_cell(&table, 0, "user"),
                                   .database = look_cell(&table, 0, "database"),
                                   .statements = look_cell(&table, 0, "statements")};
    return look_int(&table, 0, "version", &server->version);
}

/* The SQL of a question with the schema of pg_stat_statements for each "@". */
static const char *with_schema(struct asking *asking, const char *sql)
{
    struct text text;
    struct str rest = str_of(sql);
    struct str part;
    bool first = true;
    text_init(&text, asking->work->arena, 16 * 1024);
    while (rest.n > 0 && str_split(&rest, '@', &part)) {
        if (!first)
            text_add(&text, asking->look.server.statements);
        first = false;
        text_add(&text, part);
    }
    return text_str(&text).p;
}

/* False: the connection is lost. */
static bool ask_one(struct asking *asking, const struct look_question *question,
                    struct look_table *table)
{
    const struct look_server *server = &asking->look.server;
    bool fits = server->version >= question->since &&
                (question->until == 0 || server->version < question->until) &&
                (!question->statements || server->statements.n > 0);
    const char *sql = question->statements ? with_schema(asking, question->sql) : question->sql;
    return !fits || ask(asking, sql, table);
}

/* The same. */
static bool ask_all(struct asking *asking)
{
    for (size_t i = 0; i < asking->kind_count; i++)
        for (size_t k = 0; k < asking->kinds[i]->question_count; k++)
            if (!ask_one(asking, &asking->kinds[i]->questions[k], &asking->tables[i][k]))
                return false;
    return link_do(&asking->link, "ROLLBACK");
}

static void say_version(struct look *look)
{
    if (look->server.version > LOOK_VERSION_GUARDED)
        look_note(look,
                  "This PostgreSQL is newer than what this program knows of: what was asked may "
                  "have changed its meaning.");
    else if (look->server.version / 10000 != LOOK_VERSION_TRIED / 10000)
        look_note(look, "This look was tried on PostgreSQL 15; on other versions only its "
                        "differences are known.");
    if (look->server.superuser)
        look_note(look, "This user is a superuser; one with pg_monitor and a few grants sees the "
                        "same, and can break less.");
}

static void write_answer(struct asking *asking, struct order_result *out_result)
{
    struct arena *arena = asking->work->arena;
    struct look *look = &asking->look;
    struct text text;
    text_init(&text, arena, ORDER_OUTPUT_BYTES);
    struct json_writer w = {.text = &text};
    say_version(look);
    json_open_object(&w, NULL);
    json_str(&w, "look", asking->name);
    json_str(&w, "place", address_place(arena, &asking->address));
    json_str(&w, "database", look->server.database);
    json_str(&w, "user", str_of(PQuser(asking->link.conn)));
    json_str(&w, "server_version", str_of(PQparameterStatus(asking->link.conn, "server_version")));
    json_bool(&w, "standby", look->server.standby);
    json_int(&w, "at_us", asking->work->now.us);
    look_write(&w, look);
    json_close_object(&w);
    if (text_full(&text)) {
        *out_result =
            work_result(arena, ORDER_FAILED, "The answer has more than %d kB; it cannot be shown.",
                        ORDER_OUTPUT_BYTES / 1024);
        return;
    }
    *out_result = (struct order_result){
        .outcome = ORDER_DONE, .detail = STR("Done."), .output = text_str(&text)};
}

static void write_failure(struct asking *asking, const struct failure *failure,
                          struct order_result *out_result)
{
    struct text text;
    text_init(&text, asking->work->arena, ORDER_OUTPUT_BYTES);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    failure_write(&w, failure);
    json_close_object(&w);
    *out_result = (struct order_result){
        .outcome = ORDER_FAILED, .detail = failure->sentence, .output = text_str(&text)};
}

static void look_now(struct asking *asking, struct order_result *out_result)
{
    struct arena *arena = asking->work->arena;
    struct link *link = &asking->link;
    if (!begin(asking) || !ask_server(asking)) {
        struct failure failure = failure_read(arena, &asking->address,
                                              str_of(PQerrorMessage(link->conn)), link->timed_out);
        write_failure(asking, &failure, out_result);
    } else if (asking->look.server.version < LOOK_VERSION_LEAST) {
        *out_result = work_result(arena, ORDER_REFUSED,
                                  "PostgreSQL %s is too old for this: it takes 14 or newer.",
                                  PQparameterStatus(link->conn, "server_version"));
    } else if (!ask_all(asking)) {
        struct failure failure = failure_read(arena, &asking->address,
                                              str_of(PQerrorMessage(link->conn)), link->timed_out);
        write_failure(asking, &failure, out_result);
    } else {
        asking->look.at_us = asking->work->now.us;
        asking->look.before = json_get(asking->work->body, "before");
        for (size_t i = 0; i < asking->kind_count; i++)
            asking->kinds[i]->judge(&asking->look, asking->tables[i]);
        write_answer(asking, out_result);
    }
}

/* The names, parted by commas. False: one of them is no look, or they are too many. */
static bool find_kinds(struct asking *asking)
{
    struct str rest = asking->name;
    struct str name;
    while (str_split(&rest, ',', &name)) {
        const struct look_kind *kind = look_kind_find(name);
        if (!kind || asking->kind_count == LOOKS_MAX)
            return false;
        asking->kinds[asking->kind_count++] = kind;
    }
    return asking->kind_count > 0;
}

void postgres_look_perform(const struct work *work, struct order_result *out_result)
{
    struct err err = {0};
    struct asking *asking = arena_make(work->arena, struct asking);
    asking->work = work;
    asking->name = json_get_str(work->body, "look");
    asking->until_us = clock_boot_us() + work->deadline_ms * 1000;
    if (!json_get_int(work->body, "timeout_ms", &asking->timeout_ms) || asking->timeout_ms < 1)
        asking->timeout_ms = TIMEOUT_MS_DEFAULT;
    if (!find_kinds(asking)) {
        *out_result = work_result(work->arena, ORDER_REFUSED, "\"%.*s\" is no look.",
                                  STR_ARGS(str_cut(asking->name, 40)));
        return;
    }
    if (!address_read(work->arena, "services.database.url", json_get_str(work->secrets, "url"),
                      &asking->address, &err)) {
        *out_result = work_result(work->arena, ORDER_REFUSED, "%s: %s", err.place, err.text);
        return;
    }
    look_init(&asking->look, work->arena);
    give_time(asking, POSTGRES_CONNECT_MS);
    int64_t until_us = asking->link.until_us;
    if (!link_open(&asking->link, work->arena, &asking->address, NULL, until_us)) {
        write_failure(asking, &asking->link.failure, out_result);
        return;
    }
    look_now(asking, out_result);
    link_close(&asking->link);
}
