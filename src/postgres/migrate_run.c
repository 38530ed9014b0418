/* migrate_run.c - the statements of a migration, each once.
 *
 * Each wrap begins with a fresh session and the SETs of its section that stand before it, so that
 * going on after a crash is the same as going on. */
#include "postgres/migrate.h"

#include "os/clock.h"

enum { TAG_BYTES = 200, BACK_OFF_MS = 500, BACK_OFF_MS_MAX = 15 * 1000 };
#define DAY_US ((int64_t)24 * 3600 * 1000 * 1000)

/* One wrap, or what of it is left. */
struct work_on {
    struct migrate *migrate;
    const struct passage *passage;
    const struct migration_wrap *wrap;
    size_t first, count; /* statements */
    bool last;           /* nothing of the migration comes behind it */
    int64_t waited_ms;
    int tries;
    bool again; /* it failed in a way that passes, and is to be tried again */
};

static const struct migration_statement *statement_at(const struct work_on *on, size_t at)
{
    return &on->passage->script->statements[at];
}

static struct str place_at(const struct work_on *on, size_t at)
{
    return script_place(on->migrate->arena, on->passage->script, statement_at(on, at)->from);
}

/* The result that says what failed, or the last one; rows are thrown away as they come. */
static PGresult *run_text(struct link *link, const char *sql)
{
    PGresult *kept = NULL;
    PGresult *result;
    link->until_us = clock_boot_us() + DAY_US;
    if (!PQsendQueryParams(link->conn, sql, 0, NULL, NULL, NULL, NULL, 0) ||
        !PQsetSingleRowMode(link->conn))
        return NULL;
    while ((result = link_next(link))) {
        ExecStatusType status = PQresultStatus(result);
        if (migrate_is_ok(kept) || !kept) {
            PQclear(kept);
            kept = result;
        } else {
            PQclear(result);
        }
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
            break;
    }
    if (PQstatus(link->conn) == CONNECTION_OK && !link->timed_out)
        return kept;
    PQclear(kept);
    return NULL;
}

/* Where in the file the server's finger points. */
static void point(const struct work_on *on, size_t at, size_t tag_bytes, const PGresult *result)
{
    const char *position = result ? PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION) : NULL;
    int64_t character = 0;
    if (position)
        (void)!str_int(str_of(position), &character);
    character = character > (int64_t)tag_bytes ? character - (int64_t)tag_bytes : 0;
    migrate_point(on->migrate, on->passage->script, at, (size_t)character);
}

static void set_caret(const struct work_on *on, size_t at, size_t tag_bytes, const PGresult *result)
{
    const char *detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL;
    const char *hint = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_HINT) : NULL;
    struct migrate_failure *failure = &on->migrate->failure;
    point(on, at, tag_bytes, result);
    failure->detail = str_copy(on->migrate->arena, str_of(detail));
    failure->hint = str_copy(on->migrate->arena, str_of(hint));
    if (result && str_is(str_of(PQresultErrorField(result, PG_DIAG_SQLSTATE)), "2D000"))
        failure->hint = STR("The procedure commits by itself: put its CALL into a section of its "
                            "own that begins with -- migrate:up transaction:false.");
}

static bool passes(const PGresult *result)
{
    static const char *const states[] = {"55P03", "40P01", "40001"};
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
        if (strcmp(state, states[i]) == 0)
            return true;
    return false;
}

/* False: it is not tried again. */
static bool back_off(struct work_on *on, size_t at, const PGresult *result)
{
    struct migrate *migrate = on->migrate;
    if (!passes(result) || *migrate->stop || on->waited_ms >= migrate->patience_ms)
        return false;
    int64_t ms = (int64_t)BACK_OFF_MS << (on->tries < 6 ? on->tries : 6);
    ms = ms < BACK_OFF_MS_MAX ? ms : BACK_OFF_MS_MAX;
    ms += clock_boot_us() % (ms / 4 + 1); /* so that two do not go in step */
    on->tries++;
    migrate_tell(migrate, "%.*s: %s; tries again in %.1f s", STR_ARGS(place_at(on, at)),
                 str_is(str_of(PQresultErrorField(result, PG_DIAG_SQLSTATE)), "55P03")
                     ? "others hold a lock that it needs"
                     : "it met another transaction",
                 (double)ms / 1000);
    migrate_sleep(migrate, ms);
    on->waited_ms += ms + migrate->lock_ms;
    on->again = true;
    return true;
}

static bool fail_at(struct work_on *on, size_t at, size_t tag_bytes, const PGresult *result)
{
    struct migrate *migrate = on->migrate;
    struct str place = place_at(on, at);
    if (migrate->cancelled)
        (void)migrate_fail(migrate, ORDER_FAILED, place,
                           "It was stopped while this statement ran; what was not finished is "
                           "undone. Run it again to go on.");
    else if (passes(result))
        (void)migrate_fail(migrate, ORDER_FAILED, place,
                           "It needs a lock that others did not let go within %lld s: see who "
                           "holds it, and run this again.",
                           (long long)(on->waited_ms / 1000));
    else
        (void)migrate_fail_by(migrate, "run a statement", result);
    set_caret(on, at, tag_bytes, result);
    return false;
}

/* The SETs of the section before this statement, which a fresh session does not have. */
static bool replay(struct work_on *on, size_t until)
{
    for (size_t i = on->wrap->section_first; i < until; i++) {
        if (statement_at(on, i)->kind.way != WAY_SESSION)
            continue;
        const char *sql = str_copy(on->migrate->arena, statement_at(on, i)->text).p;
        RESULT_SCOPED result = run_text(&on->migrate->link, sql);
        if (!migrate_is_ok(result))
            return fail_at(on, i, 0, result);
    }
    return true;
}

static bool sets(const struct work_on *on, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (statement_at(on, i)->kind.way == WAY_SESSION ||
            str_starts_nocase(statement_at(on, i)->text, "set"))
            return true;
    return false;
}

static bool tell(struct migrate *migrate, const char *what, const char *sql)
{
    migrate->link.until_us = clock_boot_us() + DAY_US;
    RESULT_SCOPED result = link_tell(&migrate->link, sql);
    return migrate_is_ok(result) || migrate_fail_by(migrate, what, result);
}

/* A session as it was when it was new. By a pooler it is not ours to change. */
static struct str fresh_sql(struct migrate *migrate, int64_t lock_ms)
{
    if (migrate->pooled)
        return STR("");
    return str_printf(migrate->arena,
                      "RESET SESSION AUTHORIZATION; RESET ALL; SET statement_timeout = 0; SET "
                      "lock_timeout = %lld; SET standard_conforming_strings = on; %s",
                      (long long)lock_ms,
                      PQserverVersion(migrate->link.conn) >= 140000
                          ? "SET client_connection_check_interval = 500; "
                          : "");
}

static bool freshen(struct migrate *migrate, int64_t lock_ms)
{
    return migrate->pooled ||
           tell(migrate, "make the session fresh", fresh_sql(migrate, lock_ms).p);
}

/* In one question: what is remote is slow by its questions. */
static bool begin(struct work_on *on)
{
    struct migrate *migrate = on->migrate;
    struct str own = on->wrap->begin;
    struct text sql;
    text_init(&sql, migrate->arena, own.n + 1024);
    text_add(&sql, fresh_sql(migrate, migrate->lock_ms));
    text_add(&sql, own.n > 0 ? own : STR("BEGIN"));
    if (migrate->pooled)
        text_printf(&sql,
                    "; SET LOCAL lock_timeout = %lld; SET LOCAL statement_timeout = 0; SET LOCAL "
                    "standard_conforming_strings = on",
                    (long long)migrate->lock_ms);
    return tell(migrate, "begin a transaction", text_str(&sql).p);
}

static bool commit(struct work_on *on)
{
    struct migrate *migrate = on->migrate;
    size_t end = on->first + on->count;
    if (sets(on, on->wrap->section_first, end)) {
        const char *reset = "SET CONSTRAINTS ALL IMMEDIATE; RESET SESSION AUTHORIZATION; RESET ALL";
        RESULT_SCOPED result = link_tell(&migrate->link, reset);
        if (!migrate_is_ok(result))
            return fail_at(on, end - 1, 0, result);
    }
    if (on->last && on->passage->down && !history_finish(migrate, on->passage))
        return false;
    RESULT_SCOPED result = run_text(&migrate->link, "COMMIT");
    if (migrate_is_ok(result) && strcmp(PQcmdStatus(result), "COMMIT") == 0)
        return true;
    if (on->count > 0 && !back_off(on, end - 1, result))
        (void)fail_at(on, end - 1, 0, result);
    return false;
}

static bool do_all(struct work_on *on)
{
    for (size_t i = on->first; i < on->first + on->count; i++) {
        const char *sql = str_copy(on->migrate->arena, statement_at(on, i)->text).p;
        RESULT_SCOPED result = run_text(&on->migrate->link, sql);
        if (migrate_is_ok(result))
            continue;
        if (!on->migrate->cancelled && back_off(on, i, result))
            return false;
        return fail_at(on, i, 0, result);
    }
    return true;
}

static bool fail_lost(struct migrate *migrate)
{
    return migrate_fail(migrate, ORDER_FAILED, STR(""),
                        "Another runner took over while this one did not answer; nothing was done "
                        "twice. Run it again to see how far it is.");
}

/* One transaction: rows of the history, statements, end. Whatever fails takes all back. */
static bool try_inside(struct work_on *on)
{
    struct migrate *migrate = on->migrate;
    struct claim claim = {.first = on->first, .count = on->count};
    bool lost = false;
    on->again = false;
    bool good = begin(on) && history_claim(migrate, on->passage, &claim, &lost);
    if (good && lost)
        good = fail_lost(migrate);
    good = good && replay(on, on->first) && do_all(on) && commit(on);
    if (!good && PQstatus(migrate->link.conn) == CONNECTION_OK &&
        PQtransactionStatus(migrate->link.conn) != PQTRANS_IDLE) {
        RESULT_SCOPED back = link_tell(&migrate->link, "ROLLBACK");
        (void)back;
    }
    return good;
}

static bool run_inside(struct work_on *on)
{
    do {
        if (try_inside(on)) {
            on->migrate->statements_done += on->count;
            return true;
        }
    } while (on->again && !on->migrate->failed);
    return false;
}

/* The statement with a sign by which its server process can be found. */
static struct str tag_of(const struct work_on *on)
{
    return str_printf(on->migrate->arena, "/* reeve %.*s:%zu %s */ ",
                      STR_ARGS(on->passage->view->version), on->first + 1,
                      on->passage->down ? "down" : "up");
}

static bool fail_doubt(struct work_on *on, const struct history_row *row)
{
    const struct migration_statement *statement = statement_at(on, on->first);
    const char *command = on->passage->down ? "db:rollback" : "db:migrate";
    return migrate_fail(on->migrate, ORDER_DOUBTED, place_at(on, on->first),
                        "%s was begun%s%.*s and nothing in the catalogue shows whether it was "
                        "done: look at what it changes, then say reeve %s --settle %.*s:%zu=done, "
                        "or =again to run it again.",
                        statement->kind.name, row ? " at " : "", STR_ARGS(row ? row->at : STR("")),
                        command, STR_ARGS(on->passage->view->version), on->first + 1);
}

static bool end_outside(struct work_on *on)
{
    struct migrate *migrate = on->migrate;
    if (!freshen(migrate, migrate->lock_ms) || !history_done(migrate, on->passage, on->first))
        return false;
    migrate->statements_done++;
    return !on->last || !on->passage->down || history_finish(migrate, on->passage);
}

/* Clears away what an unfinished statement left. Waiting is in nobody's way; but whoever stops us
 * does not wait: then the next run does it. */
static bool repair(struct work_on *on)
{
    struct migrate *migrate = on->migrate;
    return freshen(migrate, *migrate->stop ? migrate->lock_ms : 0) && replay(on, on->first) &&
           probe_repair(migrate, &statement_at(on, on->first)->kind);
}

/* It failed and certainly did nothing that stays. */
static bool take_back(struct work_on *on, bool ours)
{
    struct migrate *migrate = on->migrate;
    const struct statement_kind *kind = &statement_at(on, on->first)->kind;
    bool failed = migrate->failed;
    if (ours && kind->way == WAY_BUILD_INDEX && !repair(on))
        return false;
    if (on->again)
        return true;
    (void)!(freshen(migrate, migrate->lock_ms) && history_forget(migrate, on->passage, on->first));
    migrate->failed = failed;
    return false;
}

static bool check_built(struct work_on *on)
{
    const struct statement_kind *kind = &statement_at(on, on->first)->kind;
    enum probe_answer answer = PROBE_UNSEEN;
    if (kind->way != WAY_BUILD_INDEX || kind->target.n == 0)
        return true;
    if (!probe_see(on->migrate, kind, &answer))
        return false;
    return answer == PROBE_PRESENT ||
           migrate_fail(on->migrate, ORDER_FAILED, place_at(on, on->first),
                        "The index is there and invalid: PostgreSQL did not build it. Drop it "
                        "(DROP INDEX CONCURRENTLY) and run this again.");
}

/* ours: what it leaves when it fails was not there before it. */
static bool try_outside(struct work_on *on, bool ours)
{
    struct migrate *migrate = on->migrate;
    const struct migration_statement *statement = statement_at(on, on->first);
    struct str tag = tag_of(on);
    struct str sql =
        str_printf(migrate->arena, "%.*s%.*s", STR_ARGS(tag), STR_ARGS(statement->text));
    on->again = false;
    RESULT_SCOPED result = run_text(&migrate->link, sql.p);
    if (migrate_is_ok(result))
        return check_built(on) || take_back(on, false);
    if (!migrate->cancelled && result && back_off(on, on->first, result))
        return take_back(on, ours) && false;
    (void)fail_at(on, on->first, tag.n, result);
    if (!result)
        return false; /* the next run looks in the catalogue */
    if (statement->kind.way == WAY_UNSEEN && strcmp(statement->kind.name, "CALL") != 0 &&
        strcmp(statement->kind.name, "DO") != 0)
        return take_back(on, false);
    if (statement->kind.way == WAY_UNSEEN) {
        migrate->failure.outcome = ORDER_DOUBTED;
        migrate->failure.text = str_printf(
            migrate->arena,
            "%.*s It may have committed a part before: look, then say --settle %.*s:%zu=done or "
            "=again.",
            STR_ARGS(migrate->failure.text), STR_ARGS(on->passage->view->version), on->first + 1);
        return false;
    }
    return take_back(on, ours);
}

/* What the catalogue shows, with the section's own search_path. */
static bool see(struct work_on *on, enum probe_answer *out_answer)
{
    struct migrate *migrate = on->migrate;
    return freshen(migrate, migrate->lock_ms) && replay(on, on->first) &&
           probe_see(migrate, &statement_at(on, on->first)->kind, out_answer);
}

/* A statement that was begun by a runner that is gone. *out_over: it is done now. */
static bool take_up(struct work_on *on, const struct history_row *row, bool *out_over)
{
    struct migrate *migrate = on->migrate;
    const struct statement_kind *kind = &statement_at(on, on->first)->kind;
    enum probe_answer answer = PROBE_UNSEEN;
    *out_over = false;
    if (!str_is(row->sum, statement_at(on, on->first)->sum))
        return migrate_fail(migrate, ORDER_REFUSED, place_at(on, on->first),
                            "This statement was changed while nobody knows whether it was done as "
                            "it stood: write it as it was, and run this again.");
    if (!probe_wait_idle(migrate, tag_of(on)) || !see(on, &answer))
        return false;
    if (kind->way == WAY_REPEAT)
        return true;
    if (answer == PROBE_UNSEEN)
        return fail_doubt(on, row);
    if (answer == PROBE_BROKEN && (!repair(on) || !see(on, &answer)))
        return false;
    *out_over = probe_is_done(kind, answer) && !str_is(row->before, probe_name(answer));
    if (*out_over)
        migrate_tell(migrate, "%.*s: the catalogue shows that it was done",
                     STR_ARGS(place_at(on, on->first)));
    return !*out_over || end_outside(on);
}

static bool run_outside(struct work_on *on)
{
    struct migrate *migrate = on->migrate;
    const struct history_row *row =
        view_row(on->passage->view, on->passage->down, (int64_t)on->first + 1);
    enum probe_answer answer = PROBE_UNSEEN;
    bool over = false;
    bool lost = false;
    if (migrate->pooled && sets(on, on->wrap->section_first, on->first))
        return migrate_fail(migrate, ORDER_REFUSED, place_at(on, on->first),
                            "A SET stands before it that a pooler would not keep: give the address "
                            "of the server itself, or name schemas in the statement.");
    if (row && (!take_up(on, row, &over) || over))
        return over;
    if (!see(on, &answer))
        return false;
    if (!row && (!freshen(migrate, migrate->lock_ms) ||
                 !history_claim(migrate, on->passage,
                                &(struct claim){on->first, 1, str_of(probe_name(answer))}, &lost)))
        return false;
    if (lost)
        return fail_lost(migrate);
    bool ours = row ? !str_is(row->before, "present") && !str_is(row->before, "broken")
                    : answer == PROBE_ABSENT;
    /* Waiting for a lock that CONCURRENTLY takes is in nobody's way. */
    bool patient = strstr(statement_at(on, on->first)->kind.name, "CONCURRENTLY") != NULL;
    do {
        if (!freshen(migrate, patient ? 0 : migrate->lock_ms) || !replay(on, on->first))
            return false;
        if (try_outside(on, ours))
            return end_outside(on);
    } while (on->again && !migrate->failed);
    return false;
}

static bool run_wrap(struct work_on *on)
{
    const struct passage *passage = on->passage;
    size_t end = on->wrap->first + on->wrap->count;
    on->first = on->wrap->first;
    while (on->first < end) {
        const struct history_row *row =
            view_row(passage->view, passage->down, (int64_t)on->first + 1);
        if (!row || !row->done)
            break;
        on->first++;
    }
    on->count = end - on->first;
    if (on->count == 0)
        return true;
    if (*on->migrate->stop)
        return migrate_fail(on->migrate, ORDER_FAILED, place_at(on, on->first),
                            "It was stopped before this statement; all before it is done. Run it "
                            "again to go on.");
    if (on->wrap->outside)
        return run_outside(on);
    if (view_row(passage->view, passage->down, (int64_t)on->first + 1))
        return fail_doubt(on, view_row(passage->view, passage->down, (int64_t)on->first + 1));
    return run_inside(on);
}

bool migrate_pass(struct migrate *migrate, const struct passage *passage)
{
    const struct migration_script *script = passage->script;
    static const struct migration_wrap nothing = {.count = 0};
    int64_t from_us = clock_boot_us();
    size_t before = 0;
    bool finished = false;
    migrate->statements_done = 0;
    for (size_t i = 0; i < script->wrap_count; i++) {
        struct work_on on = {.migrate = migrate,
                             .passage = passage,
                             .wrap = &script->wraps[i],
                             .last = i + 1 == script->wrap_count};
        before = migrate->statements_done;
        if (!run_wrap(&on))
            return false;
        finished = on.last && migrate->statements_done > before;
    }
    if (script->count == 0) {
        struct work_on on = {
            .migrate = migrate, .passage = passage, .wrap = &nothing, .last = true};
        finished = try_inside(&on);
        if (!finished)
            return false;
    }
    /* All was done and only the end was missing. */
    if (!finished && passage->down && !history_finish(migrate, passage))
        return false;
    LIST_PUSH(migrate->arena, migrate->done, migrate->done_count, migrate->done_capacity) =
        (struct migrate_done){.view = passage->view,
                              .down = passage->down,
                              .statements = migrate->statements_done,
                              .ms = (double)(clock_boot_us() - from_us) / 1000};
    migrate_tell(migrate, "%.*s %s (%zu statements, %.0f ms)", STR_ARGS(passage->view->name),
                 passage->down ? "rolled back" : "applied", migrate->statements_done,
                 (double)(clock_boot_us() - from_us) / 1000);
    return true;
}
