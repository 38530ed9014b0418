/* token.h - the tokens of SQL.
 *
 * Promises: strings (also E'...' and those that go on behind a line break), quoted names, dollar
 * quotes and comments in comments are read as PostgreSQL does with standard_conforming_strings on.
 * Refuses: psql's own variables and commands; whoever reads a file for psql has to look for them.
 */
#ifndef MIGRATE_TOKEN_H
#define MIGRATE_TOKEN_H

#include "base/text.h"

enum sql_token_kind {
    SQL_END,
    SQL_NAME,    /* a word or a quoted name; text in lower case, without its quotes */
    SQL_STRING,  /* of any kind */
    SQL_OTHER,   /* one sign, or a number */
    SQL_OPEN_END /* a string, name or comment that does not end */
};
struct sql_token {
    enum sql_token_kind kind;
    size_t from, to;      /* bytes in the text, quotes included */
    bool quoted, unicode; /* "name", U&"name" */
};
/* The token at or behind the byte at; blanks and comments before it are passed over. */
struct sql_token sql_next(struct str text, size_t at);

/* Behind a comment of either kind that begins at the byte at; at when there is none, text.n + 1
 * when it does not end. Comments stand in comments. */
size_t sql_comment_end(struct str text, size_t at);

struct sql_place {
    size_t line, column; /* from 1; columns count characters */
};
struct sql_place sql_place_of(struct str block, size_t byte);
/* The byte of the character'th (from 1) character of s, at most s.n. */
size_t sql_byte_of(struct str s, size_t character);

#endif
