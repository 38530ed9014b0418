/* grammar.c - PostgreSQL's own grammar (libpg_query) over statements before they are run.
 *
 * It stands in this process, which ends after its order: what its parser allocates and jumps over
 * is nobody else's. A second reader beside our own (migrate/script.c): each of our statements must
 * be exactly one of its own, or nothing is run. */
#include "postgres/migrate.h"

#include <pg_query.h>

/* The server's version, in hundreds of hundreds, up to which this grammar knows all. */
enum { GRAMMAR_VERSION = 160000 };

static void free_result(PgQuerySplitResult *result)
{
    pg_query_free_split_result(*result);
}

static bool check_one(struct migrate *migrate, const struct passage *passage, size_t at)
{
    const struct migration_script *script = passage->script;
    struct str sql = str_copy(migrate->arena, script->statements[at].text);
    PgQuerySplitResult result __attribute__((cleanup(free_result))) =
        pg_query_split_with_parser(sql.p);
    if (!result.error && result.n_stmts == 1)
        return true;
    if (result.error && PQserverVersion(migrate->link.conn) >= GRAMMAR_VERSION)
        return true; /* the server may know what this grammar does not, and will say */
    if (result.error)
        (void)migrate_fail(migrate, ORDER_REFUSED, STR(""),
                           "%s. Nothing of what is pending was run.", result.error->message);
    else
        (void)migrate_fail(migrate, ORDER_REFUSED, STR(""),
                           "PostgreSQL's grammar reads %d statements where one was read: this is "
                           "an error of Reeve; nothing was run.",
                           result.n_stmts);
    migrate_point(migrate, script, at,
                  result.error && result.error->cursorpos > 0 ? (size_t)result.error->cursorpos
                                                              : 0);
    return false;
}

bool grammar_check(struct migrate *migrate, const struct passage *passage)
{
    for (size_t i = 0; i < passage->script->count; i++) {
        const struct history_row *row = view_row(passage->view, passage->down, (int64_t)i + 1);
        if ((!row || !row->done) && !check_one(migrate, passage, i))
            return false;
    }
    return true;
}
