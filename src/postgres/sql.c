/* sql.c - parting SQL into statements. */
#include "postgres/sql.h"

static bool refuse_open(struct str block, size_t at, struct err *err)
{
    struct sql_place place = sql_place_of(block, at);
    return err_set(err, ERR_USAGE, "SQL",
                   "The string, name or comment that begins in line %zu, column %zu does not end.",
                   place.line, place.column);
}

bool sql_split(struct str block, struct sql_block *out_block, struct err *err)
{
    struct sql_block made = {.count = 0};
    struct sql_token token = {.to = 0};
    size_t from = 0;
    size_t to = 0;
    bool inside = false;
    size_t bad = 0;
    if (!block.p)
        block = STR("");
    if (block.n > SQL_BYTES_MAX)
        return err_set(err, ERR_USAGE, "SQL", "The SQL has more than %d bytes.", SQL_BYTES_MAX);
    if (!str_utf8_valid(block, &bad) || memchr(block.p, '\0', block.n))
        return err_set(err, ERR_USAGE, "SQL", "The SQL is no UTF-8 text.");
    do {
        token = sql_next(block, token.to);
        if (token.kind == SQL_OPEN_END)
            return refuse_open(block, token.from, err);
        bool ends =
            token.kind == SQL_END || (token.kind == SQL_OTHER && block.p[token.from] == ';');
        if (ends && inside) {
            if (made.count == SQL_STATEMENTS_MAX)
                return err_set(err, ERR_USAGE, "SQL", "It has more than %d statements.",
                               SQL_STATEMENTS_MAX);
            made.items[made.count++] =
                (struct sql_statement){.from = from, .text = str_slice(block, from, to)};
        }
        if (!ends && !inside)
            from = token.from;
        inside = !ends;
        to = token.to;
    } while (token.kind != SQL_END);
    if (made.count == 0)
        return err_set(err, ERR_USAGE, "SQL", "There is no statement in it.");
    *out_block = made;
    return true;
}
