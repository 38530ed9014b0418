/* kind.h - what a statement of a migration is, as far as the runner has to know: whether it may
 * stand in a transaction, and if not, by what in the catalogue it can be seen that it was done.
 *
 * Reads the first words only, and a few names; whether the statement is right SQL, PostgreSQL says.
 * Refuses: statements that would take the runner's transaction or lock away from it, and those that
 * only psql understands. */
#ifndef MIGRATE_KIND_H
#define MIGRATE_KIND_H

#include "migrate/token.h"

enum statement_way {
    WAY_PLAIN,   /* in a transaction, together with its row of the history */
    WAY_SESSION, /* the same, and it changes the session: done again where a section is gone on */
    WAY_BEGIN,   /* the file's own transaction */
    WAY_COMMIT,
    WAY_REFUSED, /* why says it */
    /* From here on: never in a transaction. */
    WAY_BUILD_INDEX,
    WAY_DROP_INDEX,
    WAY_MAKE_DATABASE,
    WAY_DROP_DATABASE,
    WAY_MAKE_TABLESPACE,
    WAY_DROP_TABLESPACE,
    WAY_MAKE_SUBSCRIPTION,
    WAY_DROP_SUBSCRIPTION,
    WAY_DETACH, /* ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY */
    WAY_REPEAT, /* doing it twice is doing it once: VACUUM, REINDEX CONCURRENTLY, ALTER SYSTEM */
    WAY_UNSEEN  /* nothing shows afterwards whether it was done */
};

struct statement_kind {
    enum statement_way way;
    const char *name;  /* "CREATE INDEX CONCURRENTLY"; of WAY_PLAIN "" */
    const char *why;   /* WAY_REFUSED: the sentence's end */
    struct str target; /* the index, database, ... or partition: one name as the catalogue has it;
                        * of DROP INDEX and DETACH as it is written, for to_regclass */
    struct str of;     /* the table as it is written, for to_regclass; "" */
    struct str value;  /* ALTER TYPE ... ADD VALUE: the value */
};

static inline bool way_is_outside(enum statement_way way)
{
    return way >= WAY_BUILD_INDEX;
}

/* What is named lives in arena or in statement, which has no semicolon at its end. */
struct statement_kind statement_kind_read(struct arena *arena, struct str statement);
/* Does it hold this string, or a dollar quote with it inside: may it use a value of an enum? */
bool statement_holds(struct arena *arena, struct str statement, struct str value);

#endif
