/* migrate_probe.c - what the catalogue shows of a statement that stands in no transaction. */
#include "postgres/migrate.h"

enum { IDLE_TRY_MS = 250, IDLE_TELL_MS = 5 * 1000 };

/* One row "t" or "f" (there, whole or not), or none. $1 is the target, $2 the table. */
static const struct {
    enum statement_way way;
    bool takes_of, drops;
    const char *sql;
} probes[] = {
    {WAY_BUILD_INDEX, true, false,
     "SELECT i.indisvalid AND i.indisready AND i.indislive FROM pg_index i JOIN pg_class c ON "
     "c.oid = i.indexrelid WHERE c.relname = $1::name AND i.indrelid = to_regclass($2)"},
    {WAY_DROP_INDEX, false, true,
     "SELECT i.indislive AND i.indisvalid FROM pg_index i WHERE i.indexrelid = to_regclass($1)"},
    {WAY_MAKE_DATABASE, false, false, "SELECT true FROM pg_database WHERE datname = $1::name"},
    {WAY_DROP_DATABASE, false, true, "SELECT true FROM pg_database WHERE datname = $1::name"},
    {WAY_MAKE_TABLESPACE, false, false, "SELECT true FROM pg_tablespace WHERE spcname = $1::name"},
    {WAY_DROP_TABLESPACE, false, true, "SELECT true FROM pg_tablespace WHERE spcname = $1::name"},
    {WAY_MAKE_SUBSCRIPTION, false, false,
     "SELECT true FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = "
     "current_database() AND s.subname = $1::name"},
    {WAY_DROP_SUBSCRIPTION, false, true,
     "SELECT true FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = "
     "current_database() AND s.subname = $1::name"},
    {WAY_DETACH, true, true,
     "SELECT NOT inhdetachpending FROM pg_inherits WHERE inhrelid = to_regclass($1) AND inhparent "
     "= to_regclass($2)"},
};
enum { PROBES = sizeof probes / sizeof *probes };

static size_t probe_of(enum statement_way way)
{
    size_t i = 0;
    while (i < PROBES && probes[i].way != way)
        i++;
    return i;
}

bool probe_see(struct migrate *migrate, const struct statement_kind *kind,
               enum probe_answer *out_answer)
{
    size_t at = probe_of(kind->way);
    *out_answer = PROBE_UNSEEN;
    if (at == PROBES || kind->target.n == 0 || (probes[at].takes_of && kind->of.n == 0))
        return true;
    const char *values[] = {str_copy(migrate->arena, kind->target).p,
                            str_copy(migrate->arena, kind->of).p};
    RESULT_SCOPED seen =
        link_ask(&migrate->link, probes[at].sql, values, probes[at].takes_of ? 2 : 1);
    if (!migrate_is_ok(seen))
        return migrate_fail_by(migrate, "look in the catalogue", seen);
    *out_answer = PQntuples(seen) == 0               ? PROBE_ABSENT
                  : str_is(link_value(seen, 0), "t") ? PROBE_PRESENT
                                                     : PROBE_BROKEN;
    return true;
}

const char *probe_name(enum probe_answer answer)
{
    static const char *const names[] = {[PROBE_ABSENT] = "absent",
                                        [PROBE_PRESENT] = "present",
                                        [PROBE_BROKEN] = "broken",
                                        [PROBE_UNSEEN] = "unseen"};
    return names[answer];
}

bool probe_is_done(const struct statement_kind *kind, enum probe_answer answer)
{
    size_t at = probe_of(kind->way);
    return at < PROBES && answer == (probes[at].drops ? PROBE_ABSENT : PROBE_PRESENT);
}

/* The index stands in the schema of its table. */
static bool drop_index(struct migrate *migrate, const struct statement_kind *kind)
{
    const char *values[] = {str_copy(migrate->arena, kind->target).p,
                            str_copy(migrate->arena, kind->of).p};
    RESULT_SCOPED found =
        link_ask(&migrate->link,
                 "SELECT n.nspname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN "
                 "pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = $1::name AND "
                 "i.indrelid = to_regclass($2) AND NOT (i.indisvalid AND i.indisready)",
                 values, 2);
    if (!migrate_is_ok(found))
        return migrate_fail_by(migrate, "look for an invalid index", found);
    if (PQntuples(found) == 0)
        return true;
    struct str sql = str_printf(migrate->arena, "DROP INDEX CONCURRENTLY IF EXISTS %.*s.%.*s",
                                STR_ARGS(link_quoted(migrate->arena, link_value(found, 0))),
                                STR_ARGS(link_quoted(migrate->arena, kind->target)));
    migrate_tell(migrate, "drops the invalid index %.*s that was left", STR_ARGS(kind->target));
    return migrate_do(migrate, "drop an invalid index that was left", sql.p, NULL, 0);
}

bool probe_repair(struct migrate *migrate, const struct statement_kind *kind)
{
    if (kind->way == WAY_BUILD_INDEX)
        return drop_index(migrate, kind);
    if (kind->way != WAY_DETACH)
        return true;
    struct str sql = str_printf(migrate->arena, "ALTER TABLE %.*s DETACH PARTITION %.*s FINALIZE",
                                STR_ARGS(kind->of), STR_ARGS(kind->target));
    return migrate_do(migrate, "finish a partition that is half detached", sql.p, NULL, 0);
}

bool probe_wait_idle(struct migrate *migrate, struct str tag)
{
    int64_t from_ms = migrate_now_ms();
    int64_t told_ms = from_ms - IDLE_TELL_MS;
    const char *values[] = {tag.p};
    for (;;) {
        RESULT_SCOPED at_it =
            link_ask(&migrate->link,
                     "SELECT pid::text FROM pg_stat_activity WHERE state = 'active' AND pid <> "
                     "pg_backend_pid() AND datname = current_database() AND starts_with(query, $1)",
                     values, 1);
        if (!migrate_is_ok(at_it))
            return migrate_fail_by(migrate, "look for server processes at work", at_it);
        if (PQntuples(at_it) == 0)
            return true;
        int64_t now_ms = migrate_now_ms();
        if (*migrate->stop || now_ms - from_ms > migrate->patience_ms)
            return migrate_fail(migrate, ORDER_FAILED, STR(""),
                                "The server's process %.*s still works on a statement whose runner "
                                "is gone: wait for it, or end it with SELECT "
                                "pg_terminate_backend(%.*s), and run this again.",
                                STR_ARGS(link_value(at_it, 0)), STR_ARGS(link_value(at_it, 0)));
        if (now_ms - told_ms >= IDLE_TELL_MS) {
            migrate_tell(migrate,
                         "waits: the server's process %.*s still works for a runner that "
                         "is gone",
                         STR_ARGS(link_value(at_it, 0)));
            told_ms = now_ms;
        }
        migrate_sleep(migrate, IDLE_TRY_MS);
    }
}
