/* lint.h - what a migration would do to a database that is in use, said before it is run.
 *
 * Reads statements as PostgreSQL's own grammar does (their trees come from libpg_query, as JSON),
 * each with the transaction it would run in, and what a server said about the tables they name.
 * Promises: what only a server can tell is never guessed: without it a finding that hangs on a
 * table's size is LINT_UNKNOWN, and rules that only a server can judge are counted as not judged.
 * Refuses: to ask anything itself; lint_names says what is to be asked. */
#ifndef MIGRATE_LINT_H
#define MIGRATE_LINT_H

#include "base/json.h"
#include "base/map.h"
#include "migrate/script.h"

enum lint_level {
    LINT_OFF,     /* a matter of taste: judged only when asked for */
    LINT_WARNING, /* said, and it goes on */
    LINT_UNKNOWN, /* an error or nothing, depending on what only a server knows */
    LINT_ERROR    /* nothing is run while it stands */
};

enum {
    LINT_ROWS = 100 * 1000,          /* from here on a table is large, */
    LINT_BYTES = 16 * 1024 * 1024,   /* or from here on */
    LINT_OLD_S = 5,                  /* a transaction that is open for so long is told of */
    LINT_RULES_MAX = 96,             /* rows of the table */
    LINT_CHANGES_MAX = 1000 * 1000,  /* that are remembered in one run */
    LINT_FINDINGS_MAX = 10 * 1000,   /* that are kept; what is beyond is counted */
    LINT_SENTENCE_BYTES = 160 * 1024 /* of one finding, at most */
};

struct lint_options {
    int64_t large_rows, large_bytes; /* 0: as above */
    bool all;                        /* rules of taste, too */
    bool one_run;    /* the files are what is pending: what one makes is new to all behind it */
    int64_t version; /* of the server when there are no facts, 150004; 0: not known */
};

struct lint_finding {
    const char *rule;
    enum lint_level level;
    const struct migration_script *script;
    size_t byte;        /* in the file */
    struct str text;    /* one sentence: what happens */
    struct str instead; /* one sentence: what to do */
    bool ignored;       /* by a comment of the file */
    struct str reason;  /* of that comment */
};

struct lint {
    struct arena *arena;
    struct lint_options options;
    const struct json *facts; /* what the server said, as lint_facts.c asks for it; NULL: nothing */
    struct map tables;        /* facts by name */
    struct map changes;       /* by table: what the statements so far have done */
    size_t change_count;
    struct lint_finding *findings;
    size_t count, capacity, left_out;
    size_t not_judged[LINT_RULES_MAX]; /* by row: statements that only a server could judge */
    int64_t version;
};

/* facts: NULL when no server was asked. They outlive the lint. */
void lint_init(struct lint *lint, struct arena *arena, struct lint_options options,
               const struct json *facts);
void lint_done(struct lint *lint);
/* The facts, when they come later than the lint is made; NULL: none. */
void lint_know(struct lint *lint, const struct json *facts);

/* One direction of a migration, in the order in which they would run. trees: of each statement
 * what the grammar made of it (the object {"stmt":…} is not in it: {"IndexStmt":{…}}); NULL where
 * the grammar does not know it or it is done already. */
void lint_script(struct lint *lint, const struct migration_script *script,
                 const struct json *const *trees);

/* A finding of whoever made the trees: a statement that the grammar does not know. */
void lint_say(struct lint *lint, const struct lint_finding *finding);

/* The tables and indexes that a tree names, each once, as keys ("orders", "shop.orders"). */
struct lint_names {
    struct str *items; /* "orders" */
    size_t count, capacity;
    struct str *functions; /* in defaults of columns */
    size_t function_count, function_capacity;
    struct map seen;
};
void lint_names_init(struct lint_names *names);
void lint_names_add(struct arena *arena, struct lint_names *names, const struct json *tree);
void lint_names_done(struct lint_names *names);

/* The rows of the table, for whoever lists them. */
struct lint_row {
    const char *name, *sees;
    enum lint_level level;
    bool server; /* only a server can judge it */
};
size_t lint_row_count(void);
struct lint_row lint_row(size_t at);
/* Is it the name of a rule? */
bool lint_is_rule(struct str name);
const char *lint_level_name(enum lint_level level); /* "error" */

/* A tree as text, in which what lies deeper than the reader of JSON goes is null. */
struct str lint_prune(struct arena *arena, struct str tree);

#endif
