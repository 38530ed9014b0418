/* migrate_lock.c - who may run migrations: one row, and a sign that its holder lives.
 *
 * Straight to the server the sign is a session-level advisory lock on the very session that runs
 * the statements: it is held outside of transactions and asked for by trying, so that no waiter's
 * snapshot is in the way of CREATE INDEX CONCURRENTLY; and it lasts exactly as long as the server
 * still works for the runner, also for one that was killed.
 * By a pooler an advisory lock would stay with a session of others: there the sign is a time in the
 * row, put off while the runner lives. */
#include "postgres/migrate.h"

#include "os/clock.h"
#include "postgres/postgres.h"

enum {
    BEATS = 4, /* in the time of a lease */
    BEAT_ASK_MS = 2 * 1000,
    TRY_MS = 150,
    TELL_MS = 5 * 1000,
};

/* Advisory locks are numbers: x'52454556' is "REEV", and the token behind it. */
static const char *number(const struct migrate *migrate, int64_t value)
{
    return str_printf(migrate->arena, "%lld", (long long)value).p;
}

/* The row as it is. True: nobody holds it. */
static bool look(struct migrate *migrate, int64_t *out_token, struct str *out_holder,
                 bool *out_free)
{
    RESULT_SCOPED row =
        link_ask(&migrate->link,
                 "SELECT token, holder, CASE WHEN holder = '' THEN true WHEN session THEN "
                 "pg_try_advisory_xact_lock(x'52454556'::int, (token % 2147483647)::int) "
                 "ELSE until < clock_timestamp() END FROM reeve.migration_lock",
                 NULL, 0);
    if (!migrate_is_ok(row) || !str_int(link_value(row, 0), out_token))
        return migrate_fail_by(migrate, "read the lock of the migrations", row);
    *out_holder = str_copy(migrate->arena, link_value(row, 1));
    *out_free = str_is(link_value(row, 2), "t");
    return true;
}

static bool unlock_session(struct migrate *migrate, int64_t token)
{
    const char *values[] = {number(migrate, token)};
    return migrate_do(migrate, "give back the lock",
                      "SELECT pg_advisory_unlock(x'52454556'::int, ($1::bigint % 2147483647)::int)",
                      values, 1);
}

static bool lock_session(struct migrate *migrate, int64_t token, bool *out_got)
{
    const char *values[] = {number(migrate, token)};
    RESULT_SCOPED got = link_ask(
        &migrate->link,
        "SELECT pg_try_advisory_lock(x'52454556'::int, ($1::bigint % 2147483647)::int)", values, 1);
    if (!migrate_is_ok(got))
        return migrate_fail_by(migrate, "ask for the lock of the migrations", got);
    *out_got = str_is(link_value(got, 0), "t");
    return true;
}

/* The sign first, then the row: a row never names a holder without one. */
static bool try_take(struct migrate *migrate, int64_t old, bool *out_got)
{
    bool got = true;
    int64_t token = old + 1;
    if (!migrate->pooled && !lock_session(migrate, token, &got))
        return false;
    *out_got = false;
    if (!got)
        return true;
    const char *values[] = {number(migrate, old), migrate->runner.p, migrate->pooled ? "f" : "t",
                            number(migrate, migrate->lease_ms)};
    RESULT_SCOPED row =
        link_ask(&migrate->link,
                 "UPDATE reeve.migration_lock SET token = token + 1, holder = $2, session = $3, "
                 "since = clock_timestamp(), until = clock_timestamp() + $4::float8 * interval "
                 "'1 ms' WHERE token = $1::bigint",
                 values, 4);
    if (!migrate_is_ok(row))
        return migrate_fail_by(migrate, "take the lock of the migrations", row);
    *out_got = strcmp(PQcmdTuples(row), "1") == 0;
    if (!*out_got)
        return migrate->pooled || unlock_session(migrate, token);
    migrate->token = token;
    migrate->beaten_us = clock_boot_us();
    migrate->locked = true;
    return true;
}

static bool open_beat(struct migrate *migrate, int64_t ms)
{
    if (!migrate->pooled || migrate->beat.conn)
        return true;
    if (link_open(&migrate->beat, migrate->arena, &migrate->address, NULL,
                  clock_boot_us() + ms * 1000))
        return true;
    return migrate_fail(migrate, ORDER_FAILED, STR(""), "%.*s",
                        STR_ARGS(migrate->beat.failure.sentence));
}

bool migrate_lock_take(struct migrate *migrate)
{
    int64_t from_ms = migrate_now_ms();
    int64_t told_ms = from_ms - TELL_MS + 1000;
    if (!open_beat(migrate, POSTGRES_CONNECT_MS))
        return false;
    for (;;) {
        int64_t token = 0;
        struct str holder = STR("");
        bool is_free = false;
        bool got = false;
        if (!look(migrate, &token, &holder, &is_free) ||
            (is_free && !try_take(migrate, token, &got)))
            return false;
        if (got)
            return true;
        int64_t now_ms = migrate_now_ms();
        if (*migrate->stop)
            return migrate_fail(migrate, ORDER_FAILED, STR(""),
                                "It was stopped while it waited for another runner; nothing was "
                                "begun.");
        if (now_ms - from_ms > migrate->patience_ms)
            return migrate_fail(migrate, ORDER_FAILED, STR(""),
                                "Another runner (%.*s) is at work on this database and did not end "
                                "within %lld s: wait for it, or see what it waits for.",
                                STR_ARGS(holder), (long long)(migrate->patience_ms / 1000));
        if (now_ms - told_ms >= TELL_MS) {
            migrate_tell(migrate, "waits: another runner (%.*s) is at work", STR_ARGS(holder));
            told_ms = now_ms;
        }
        migrate_sleep(migrate, TRY_MS);
    }
}

void migrate_lock_release(struct migrate *migrate)
{
    const char *values[] = {number(migrate, migrate->token)};
    if (!migrate->locked || PQstatus(migrate->link.conn) != CONNECTION_OK)
        return;
    migrate->link.until_us = clock_boot_us() + 5 * 1000 * 1000;
    RESULT_SCOPED row =
        link_ask(&migrate->link,
                 "UPDATE reeve.migration_lock SET holder = '' WHERE token = $1::bigint", values, 1);
    if (!migrate->pooled) {
        RESULT_SCOPED gone =
            link_ask(&migrate->link,
                     "SELECT pg_advisory_unlock(x'52454556'::int, ($1::bigint % 2147483647)::int)",
                     values, 1);
        (void)gone;
    }
    (void)row;
    migrate->locked = false;
}

/* Nothing is said when it fails: the next one tries again, and a lease that ran out is seen by the
 * next claim. */
static void beat(struct migrate *migrate)
{
    const char *values[] = {number(migrate, migrate->token), number(migrate, migrate->lease_ms)};
    int64_t now_us = clock_boot_us();
    if (!migrate->locked || !migrate->pooled ||
        now_us - migrate->beaten_us < migrate->lease_ms * 1000 / BEATS)
        return;
    migrate->beaten_us = now_us;
    if (!migrate->beat.conn && !link_open(&migrate->beat, migrate->arena, &migrate->address, NULL,
                                          now_us + (int64_t)BEAT_ASK_MS * 1000))
        return;
    migrate->beat.until_us = now_us + (int64_t)BEAT_ASK_MS * 1000;
    RESULT_SCOPED row = link_ask(
        &migrate->beat,
        "UPDATE reeve.migration_lock SET until = clock_timestamp() + $2::float8 * interval "
        "'1 ms' WHERE token = $1::bigint",
        values, 2);
    if (!migrate_is_ok(row))
        link_close(&migrate->beat);
}

void migrate_lock_tick(void *context)
{
    struct migrate *migrate = context;
    char words[256];
    beat(migrate);
    if (!*migrate->stop || migrate->cancelled)
        return;
    migrate->cancelled = true;
    PGcancel *cancel = PQgetCancel(migrate->link.conn);
    if (cancel)
        (void)PQcancel(cancel, words, sizeof words);
    PQfreeCancel(cancel);
}
