/* script.h - the SQL of one direction of a migration: statements, each with its place, in the
 * wraps in which they are run.
 *
 * Promises: statements are parted as PostgreSQL's own grammar parts them (strings, dollar quotes,
 * comments, BEGIN ATOMIC bodies, rules); a sum tells a changed statement from one that only got
 * other blanks or comments; a wrap is one transaction, or one statement that may stand in none.
 * Refuses: what would take the runner's transaction away, and what may not stand in the one it
 * would stand in; each with file, line, column and what to write instead. */
#ifndef MIGRATE_SCRIPT_H
#define MIGRATE_SCRIPT_H

#include "base/hash.h"
#include "migrate/kind.h"

enum {
    MIGRATION_BYTES_MAX = 16 * 1024 * 1024, /* of one file */
    MIGRATION_STATEMENTS_MAX = 100 * 1000   /* of one direction */
};

struct migration_statement {
    size_t from;     /* byte in the file */
    struct str text; /* from its first word to before its semicolon */
    struct statement_kind kind;
    char sum[HASH_HEX_BYTES];
};

struct migration_wrap {
    size_t first, count;  /* statements */
    size_t section_first; /* the first statement of its section: SETs from there on are its own */
    bool outside;         /* one statement, in no transaction */
    struct str begin;     /* the file's own BEGIN, or "" */
};

struct migration_script {
    struct str file; /* its name, for places */
    struct str text; /* the whole file */
    struct migration_statement *statements;
    size_t count, capacity;
    struct migration_wrap *wraps;
    size_t wrap_count, wrap_capacity;
};

/* One section: the bytes [from, to) of the script's file. */
struct migration_section {
    size_t from, to;
    bool outside; /* "transaction:false": each statement by itself */
};
/* Adds a section to what the script already has. ERR_USAGE with the place. */
MUST_USE bool script_add(struct arena *arena, struct migration_script *script,
                         const struct migration_section *section, struct err *err);
/* "20240101_users.sql:3:1" */
struct str script_place(struct arena *arena, const struct migration_script *script, size_t byte);
/* Of all statements and of how they are wrapped. */
void script_sum(struct arena *arena, const struct migration_script *script,
                char out_sum[HASH_HEX_BYTES]);

#endif
