/* pgbackrest.h - the program pgbackrest, asked and let do.
 *
 * Promises: it writes no log of its own and is ended in time; its reason is one clean sentence. */
#ifndef POSTGRES_PGBACKREST_H
#define POSTGRES_PGBACKREST_H

#include "run/work.h"

enum { PGBACKREST_WORDS_MAX = 24 };

struct pgbackrest {
    const struct work *work;
    struct str program, stanza;
    struct str config; /* "": where it looks by itself */
    int64_t until_ms;  /* by clock_boot_ms */
};

/* What the order says of it; false: program or stanza is missing. */
MUST_USE bool pgbackrest_read(const struct work *work, struct pgbackrest *out_pgbackrest);
/* words: the command and its options, ends with NULL. *out_said is what it printed. */
MUST_USE bool pgbackrest_ask(const struct pgbackrest *pgbackrest, const char *const *words,
                             struct str *out_said, struct str *out_reason);
/* PATH of this process, and a locale in which programs speak plainly. Ends with NULL. */
const char *const *plain_environment(struct arena *arena);

#endif
