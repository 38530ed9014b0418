/* migrate.c - db:migrate, db:rollback and db:status: one order. */
#include "postgres/migrate.h"

#include "os/clock.h"
#include "os/stop.h"
#include "postgres/postgres.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

enum {
    SERVER_MIN = 120000, /* values of an enum in a transaction */
    ASK_MS = 60 * 1000,
    LEASE_MS = 12 * 1000,
    SENTENCE_BYTES = 1024,
    KEEP_IDLE_S = 20,
    KEEP_EVERY_S = 5,
    KEEP_TIMES = 4,
};

bool migrate_is_ok(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_SINGLE_TUPLE;
}

int64_t migrate_now_ms(void)
{
    return clock_boot_us() / 1000;
}

void migrate_sleep(struct migrate *migrate, int64_t ms)
{
    int64_t until_ms = migrate_now_ms() + ms;
    while (!*migrate->stop && migrate_now_ms() < until_ms) {
        int64_t left_ms = until_ms - migrate_now_ms();
        struct timespec nap = {.tv_nsec =
                                   (left_ms < LINK_TICK_MS ? left_ms : LINK_TICK_MS) * 1000 * 1000};
        (void)nanosleep(&nap, NULL);
        if (migrate->locked)
            migrate_lock_tick(migrate);
    }
}

void migrate_tell(const struct migrate *migrate, const char *format, ...)
{
    char line[SENTENCE_BYTES];
    va_list args;
    if (!migrate->progress)
        return;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    struct str shown = str_visible_line(migrate->arena, work_clean(migrate->arena, str_of(line)));
    (void)fprintf(stderr, "%.*s\n", STR_ARGS(shown));
}

bool migrate_fail(struct migrate *migrate, enum order_outcome outcome, struct str place,
                  const char *format, ...)
{
    char line[SENTENCE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (!migrate->failed)
        migrate->failure = (struct migrate_failure){.outcome = outcome,
                                                    .text = str_copy(migrate->arena, str_of(line)),
                                                    .place = str_copy(migrate->arena, place)};
    migrate->failed = true;
    return false;
}

void migrate_point(struct migrate *migrate, const struct migration_script *script, size_t at,
                   size_t character)
{
    struct migrate_failure *failure = &migrate->failure;
    const struct migration_statement *statement = &script->statements[at];
    size_t byte = statement->from;
    if (character > 0)
        byte += sql_byte_of(statement->text, character);
    failure->place = script_place(migrate->arena, script, byte);
    if (character == 0)
        return;
    size_t from = byte;
    while (from > 0 && script->text.p[from - 1] != '\n')
        from--;
    failure->line = str_slice(script->text, from, str_find_byte(script->text, '\n', byte));
    failure->column = sql_place_of(script->text, byte).column;
}

bool migrate_fail_by(struct migrate *migrate, const char *what, const PGresult *result)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *said = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (!state && PQstatus(migrate->link.conn) != CONNECTION_OK)
        return migrate_fail(migrate, ORDER_FAILED, STR(""),
                            "The connection to %.*s was lost (to %s): what was not finished is "
                            "undone or will be looked at. Run it again to go on.",
                            STR_ARGS(address_place(migrate->arena, &migrate->address)), what);
    if (state && strcmp(state, "25006") == 0)
        return migrate_fail(migrate, ORDER_REFUSED, STR(""),
                            "%.*s takes no writes (read-only transactions, or a standby): give the "
                            "address of the primary in services.database.url.",
                            STR_ARGS(address_place(migrate->arena, &migrate->address)));
    struct str words = address_scrub(migrate->arena, &migrate->address,
                                     work_clean(migrate->arena, str_of(said ? said : "no answer")));
    (void)migrate_fail(migrate, ORDER_FAILED, STR(""), "To %s: %.*s (SQLSTATE %s)%s", what,
                       STR_ARGS(words), state ? state : "none",
                       state && strcmp(state, "42501") == 0
                           ? "; this user lacks a right: GRANT it, or give a user who has it."
                           : ".");
    migrate->failure.sqlstate = str_copy(migrate->arena, str_of(state));
    return false;
}

bool migrate_do(struct migrate *migrate, const char *what, const char *sql,
                const char *const *values, int count)
{
    migrate->link.until_us = clock_boot_us() + (int64_t)ASK_MS * 1000 * 60;
    RESULT_SCOPED result = link_ask(&migrate->link, sql, values, count);
    return migrate_is_ok(result) || migrate_fail_by(migrate, what, result);
}

/* A network that is cut is noticed on both sides within a minute. */
static void keep_alive(struct migrate *migrate)
{
    int fd = PQsocket(migrate->link.conn);
    int on = 1;
    int idle = KEEP_IDLE_S;
    int every = KEEP_EVERY_S;
    int times = KEEP_TIMES;
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times);
}

/* Do statements go to the process that greeted, and to one and the same? */
static bool look_for_pooler(struct migrate *migrate)
{
    int64_t pids[2] = {0, 0};
    bool standby = false;
    for (int i = 0; i < 2; i++) {
        RESULT_SCOPED row = link_ask(&migrate->link,
                                     "SELECT pg_backend_pid(), pg_is_in_recovery(), current_user, "
                                     "current_database()",
                                     NULL, 0);
        if (!str_int(link_value(row, 0), &pids[i]))
            return migrate_fail_by(migrate, "ask who answers", row);
        standby = str_is(link_value(row, 1), "t");
    }
    migrate->pooled = pids[0] != PQbackendPID(migrate->link.conn) || pids[0] != pids[1] ||
                      str_ends(migrate->address.host, ".pooler.supabase.com");
    bool reads = migrate->command == MIGRATE_STATUS || migrate->command == MIGRATE_LINT;
    if (standby && !reads && !migrate->dry)
        return migrate_fail(migrate, ORDER_REFUSED, STR(""),
                            "%.*s is a standby, which takes no writes: give the address of the "
                            "primary in services.database.url.",
                            STR_ARGS(address_place(migrate->arena, &migrate->address)));
    return true;
}

static bool open_link(struct migrate *migrate)
{
    if (!link_open(&migrate->link, migrate->arena, &migrate->address, NULL,
                   clock_boot_us() + (int64_t)POSTGRES_CONNECT_MS * 1000))
        return migrate_fail(migrate, ORDER_FAILED, STR(""), "%.*s",
                            STR_ARGS(migrate->link.failure.sentence));
    migrate->link.until_us = clock_boot_us() + (int64_t)ASK_MS * 1000;
    migrate->link.tick = migrate_lock_tick;
    migrate->link.tick_context = migrate;
    keep_alive(migrate);
    int version = PQserverVersion(migrate->link.conn);
    if (version < SERVER_MIN)
        return migrate_fail(migrate, ORDER_REFUSED, STR(""),
                            "The server is PostgreSQL %d, and migrations need 12 or later.",
                            version / 10000);
    return look_for_pooler(migrate);
}

static bool check_findings(struct migrate *migrate)
{
    size_t stops = 0;
    const struct migration_finding *first = NULL;
    for (size_t i = 0; i < migrate->set.finding_count; i++) {
        if (!migrate->set.findings[i].stops)
            continue;
        if (!first)
            first = &migrate->set.findings[i];
        stops++;
    }
    return !first ||
           migrate_fail(migrate, ORDER_REFUSED, first->place, "%.*s%s", STR_ARGS(first->text),
                        stops > 1 ? " (There is more; see the findings.)" : "");
}

static bool check_foreign(struct migrate *migrate)
{
    if (!history_foreign(migrate))
        return false;
    if (migrate->foreign.n == 0 || migrate->take_over)
        return true;
    return migrate_fail(migrate, ORDER_REFUSED, STR(""),
                        "%.*s keeps the history of this database (%.*s, %zu rows), and all of it "
                        "would be run again: take it over with reeve db:migrate --take-over.",
                        STR_ARGS(migrate->foreign), STR_ARGS(migrate->foreign_table),
                        migrate->foreign_count);
}

/* What is to be gone through, in order. */
static size_t plan_up(struct migrate *migrate, struct passage *passages)
{
    size_t count = 0;
    for (size_t i = 0; i < migrate->plan.count; i++) {
        const struct migration_view *view = &migrate->plan.views[i];
        if (view->migration &&
            (view->state == MIGRATION_PENDING || view->state == MIGRATION_PARTLY))
            passages[count++] = (struct passage){.view = view, .script = &view->migration->up};
    }
    return count;
}

static bool plan_back(struct migrate *migrate, struct passage *passages, size_t *out_count)
{
    struct rollback rollback = {.count = 0};
    struct err err = {0};
    if (!rollback_make(migrate->arena, &migrate->plan, migrate->target, &rollback, &err))
        return migrate_fail(migrate, ORDER_REFUSED, str_of(err.place), "%s", err.text);
    for (size_t i = 0; i < rollback.count; i++)
        passages[i] = (struct passage){
            .view = rollback.items[i], .script = &rollback.items[i]->migration->down, .down = true};
    *out_count = rollback.count;
    return true;
}

static bool check_undoing(struct migrate *migrate)
{
    for (size_t i = 0; i < migrate->plan.count; i++) {
        const struct migration_view *view = &migrate->plan.views[i];
        if (view->state == MIGRATION_UNDOING)
            return migrate_fail(migrate, ORDER_REFUSED, view->name,
                                "It is half rolled back (%lld of %lld statements): let db:rollback "
                                "finish it first.",
                                (long long)view->done, (long long)view->parts);
    }
    return true;
}

static bool find_passages(struct migrate *migrate, struct passage **out_passages, size_t *out_count)
{
    *out_passages = arena_array(migrate->arena, migrate->plan.count + 1, sizeof **out_passages);
    if (migrate->command == MIGRATE_BACK)
        return plan_back(migrate, *out_passages, out_count);
    *out_count = plan_up(migrate, *out_passages);
    return check_findings(migrate) && check_undoing(migrate);
}

static bool check_grammar(struct migrate *migrate, const struct passage *passages, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!grammar_check(migrate, &passages[i]))
            return false;
    return true;
}

/* The way back is not judged: that it drops what was made is what it is for. */
static bool lint_before(struct migrate *migrate, const struct passage *passages, size_t count)
{
    migrate->lint_options.one_run = true;
    return migrate->command != MIGRATE_UP || lint_check(migrate, passages, count);
}

/* Under the lock: read again, since another runner may just have ended. */
static bool run_locked(struct migrate *migrate)
{
    struct passage *passages = NULL;
    size_t count = 0;
    if (!history_read(migrate) || (migrate->settle.n > 0 && !history_settle(migrate)) ||
        (migrate->take_over && !history_take_over(migrate)) ||
        (migrate->options.allow_edited && !history_accept(migrate)))
        return false;
    if (migrate->take_over)
        return true;
    if (!check_foreign(migrate) || !find_passages(migrate, &passages, &count) ||
        !check_grammar(migrate, passages, count) || !lint_before(migrate, passages, count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!migrate_pass(migrate, &passages[i]))
            return false;
    return true;
}

static bool run(struct migrate *migrate)
{
    struct passage *passages = NULL;
    size_t count = 0;
    bool special = migrate->settle.n > 0 || migrate->take_over || migrate->options.allow_edited;
    if (!special && (!check_foreign(migrate) || !find_passages(migrate, &passages, &count)))
        return false;
    if (migrate->dry) {
        if (!check_grammar(migrate, passages, count) || !lint_before(migrate, passages, count))
            return false;
        migrate_write_steps(migrate, passages, count);
        return true;
    }
    if (count == 0 && !special)
        return true;
    bool good = history_make(migrate) && migrate_lock_take(migrate) && run_locked(migrate);
    migrate_lock_release(migrate);
    return good;
}

static bool perform(struct migrate *migrate)
{
    bool lint = migrate->command == MIGRATE_LINT;
    if (!(lint ? lint_read(migrate) : migrate_read_folder(migrate)) ||
        (!migrate->offline && !open_link(migrate)))
        return false;
    if (!migrate->offline)
        migrate_write_head(migrate);
    if (lint)
        return lint_perform(migrate);
    if (!history_read(migrate))
        return false;
    if (migrate->command != MIGRATE_STATUS)
        return run(migrate);
    if (!history_foreign(migrate))
        return false;
    migrate_write_views(migrate);
    return true;
}

static bool flag(const struct json *body, const char *key)
{
    const struct json *value = json_get(body, key);
    return value && value->type == JSON_TRUE;
}

static void read_lint(struct migrate *migrate)
{
    const struct json *body = migrate->work->body;
    struct lint_options *options = &migrate->lint_options;
    migrate->lint_on = flag(body, "lint");
    migrate->offline = migrate->command == MIGRATE_LINT && flag(body, "offline");
    options->all = flag(body, "all_rules");
    (void)!json_get_int(body, "large_rows", &options->large_rows);
    (void)!json_get_int(body, "large_bytes", &options->large_bytes);
    (void)!json_get_int(body, "server_version", &options->version);
}

static bool read_body(struct migrate *migrate, struct err *err)
{
    const struct json *body = migrate->work->body;
    struct str command = json_get_str(body, "command");
    migrate->command = str_is(command, "rollback") ? MIGRATE_BACK
                       : str_is(command, "status") ? MIGRATE_STATUS
                       : str_is(command, "lint")   ? MIGRATE_LINT
                                                   : MIGRATE_UP;
    migrate->folder = str_copy(migrate->arena, json_get_str(body, "folder"));
    migrate->target = str_copy(migrate->arena, json_get_str(body, "target"));
    migrate->settle = str_copy(migrate->arena, json_get_str(body, "settle"));
    migrate->runner = str_copy(migrate->arena, json_get_str(body, "runner"));
    migrate->dry = flag(body, "dry");
    migrate->progress = flag(body, "progress");
    migrate->take_over = flag(body, "take_over");
    migrate->options = (struct plan_options){.allow_late = flag(body, "out_of_order"),
                                             .allow_edited = flag(body, "accept_edited")};
    read_lint(migrate);
    if (!json_get_int(body, "lock_timeout_ms", &migrate->lock_ms) || migrate->lock_ms < 1 ||
        !json_get_int(body, "patience_ms", &migrate->patience_ms) || migrate->patience_ms < 0)
        return err_set(err, ERR_USAGE, "order", "lock_timeout_ms and patience_ms are missing.");
    if (!json_get_int(body, "lease_ms", &migrate->lease_ms) || migrate->lease_ms < 1)
        migrate->lease_ms = LEASE_MS;
    if (migrate->offline)
        return true;
    return address_read(migrate->arena, "services.database.url",
                        json_get_str(migrate->work->secrets, "url"), &migrate->address, err);
}

void postgres_migrate_perform(const struct work *work, struct order_result *out_result)
{
    struct text text;
    struct err err = {0};
    text_init(&text, work->arena, ORDER_OUTPUT_BYTES);
    struct json_writer w = {.text = &text};
    struct migrate migrate = {.work = work, .arena = work->arena, .w = &w};
    if (!read_body(&migrate, &err)) {
        *out_result = work_result(work->arena, ORDER_REFUSED, "%s: %s", err.place, err.text);
        return;
    }
    migrate.stop = stop_catch();
    json_open_object(&w, NULL);
    bool good = perform(&migrate);
    migrate_write_done(&migrate);
    migrate_write_lint(&migrate);
    migrate_write_findings(&migrate);
    if (!good)
        migrate_write_failure(&migrate);
    json_close_object(&w);
    link_close(&migrate.link);
    link_close(&migrate.beat);
    if (migrate.linted)
        lint_done(&migrate.lint);
    *out_result = (struct order_result){.outcome = good ? ORDER_DONE : migrate.failure.outcome,
                                        .detail = good ? STR("Done.") : migrate.failure.text,
                                        .output = text_str(&text)};
}
