/* sql.h - a block of SQL as the runbook has it: its statements, and what no reading does.
 *
 * Reads strings, quoted names, dollar quotes and comments as PostgreSQL does with
 * standard_conforming_strings on.
 * Promises: sql_check names what PostgreSQL's READ ONLY does not stop and a person, most of all a
 * superuser, could do by mistake (sql_refused.c holds the list with reasons).
 * Refuses: to be the guard. That INSERT, DROP, nextval and their like change nothing is seen to by
 * PostgreSQL in its READ ONLY transaction, and a role that may only read is better than both:
 * functions of the company's own can hide what is refused here by name. */
#ifndef POSTGRES_SQL_H
#define POSTGRES_SQL_H

#include "migrate/token.h"

enum { SQL_STATEMENTS_MAX = 50, SQL_BYTES_MAX = 64 * 1024 };

struct sql_statement {
    size_t from;     /* byte in the block */
    struct str text; /* from its first word to before its semicolon */
};

struct sql_block {
    struct sql_statement items[SQL_STATEMENTS_MAX];
    size_t count;
};

/* The statements of a block, comments before them left out. ERR_USAGE: none, too many, too long, or
 * a string, name or comment that does not end. */
MUST_USE bool sql_split(struct str block, struct sql_block *out_block, struct err *err);
/* ERR_REFUSED with the word and the reason when the statement does what reading does not do. */
MUST_USE bool sql_check(struct str statement, struct err *err);

/* pg_total_relation_size(schemaname||'.'||tablename) fails for names in upper case or with other
 * signs; the statement with format('%I.%I', …)::regclass in its place, or "" when it has no such
 * call. */
struct str sql_repair(struct arena *arena, struct str statement);

#endif
