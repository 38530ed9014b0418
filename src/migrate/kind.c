/* kind.c - the table of statements that are more than SQL in a transaction. */
#include "migrate/kind.h"

enum { WORDS_MAX = 512 }; /* tokens that are looked at, at most */

/* "?word" may be missing; "~word" stands anywhere behind. The first row that fits is taken. */
static const struct {
    const char *words;
    enum statement_way way;
    const char *name, *why;
} rows[] = {
    {"create ?unique index concurrently", WAY_BUILD_INDEX, "CREATE INDEX CONCURRENTLY", NULL},
    {"drop index concurrently", WAY_DROP_INDEX, "DROP INDEX CONCURRENTLY", NULL},
    {"reindex ~concurrently", WAY_REPEAT, "REINDEX CONCURRENTLY", NULL},
    {"reindex ~database", WAY_REPEAT, "REINDEX DATABASE", NULL},
    {"reindex ~system", WAY_REPEAT, "REINDEX SYSTEM", NULL},
    {"reindex ~schema", WAY_REPEAT, "REINDEX SCHEMA", NULL},
    {"vacuum", WAY_REPEAT, "VACUUM", NULL},
    {"alter system", WAY_REPEAT, "ALTER SYSTEM", NULL},
    {"create database", WAY_MAKE_DATABASE, "CREATE DATABASE", NULL},
    {"drop database", WAY_DROP_DATABASE, "DROP DATABASE", NULL},
    {"alter database ~tablespace", WAY_UNSEEN, "ALTER DATABASE SET TABLESPACE", NULL},
    {"create tablespace", WAY_MAKE_TABLESPACE, "CREATE TABLESPACE", NULL},
    {"drop tablespace", WAY_DROP_TABLESPACE, "DROP TABLESPACE", NULL},
    {"create subscription", WAY_MAKE_SUBSCRIPTION, "CREATE SUBSCRIPTION", NULL},
    {"drop subscription", WAY_DROP_SUBSCRIPTION, "DROP SUBSCRIPTION", NULL},
    {"alter subscription ~refresh", WAY_REPEAT, "ALTER SUBSCRIPTION REFRESH", NULL},
    {"alter subscription ~publication", WAY_UNSEEN, "ALTER SUBSCRIPTION", NULL},
    {"alter table ~detach ~concurrently", WAY_DETACH, "DETACH PARTITION CONCURRENTLY", NULL},
    {"alter type ~add value", WAY_PLAIN, "ALTER TYPE ADD VALUE", NULL},
    {"call", WAY_UNSEEN, "CALL", NULL},
    {"do", WAY_PLAIN, "DO", NULL},
    {"begin", WAY_BEGIN, "BEGIN", NULL},
    {"start transaction", WAY_BEGIN, "START TRANSACTION", NULL},
    {"commit prepared", WAY_REFUSED, "COMMIT PREPARED", "settle prepared transactions by hand"},
    {"commit", WAY_COMMIT, "COMMIT", NULL},
    {"end", WAY_COMMIT, "END", NULL},
    {"rollback ?work ?transaction to", WAY_PLAIN, "", NULL},
    {"rollback", WAY_REFUSED, "ROLLBACK", "a migration that takes itself back does nothing"},
    {"abort", WAY_REFUSED, "ABORT", "a migration that takes itself back does nothing"},
    {"prepare transaction", WAY_REFUSED, "PREPARE TRANSACTION",
     "its row of the history would hang with it"},
    {"discard", WAY_REFUSED, "DISCARD", "it gives up the lock that keeps other runners away"},
    {"copy ~stdin", WAY_REFUSED, "COPY FROM STDIN",
     "only psql feeds it; write INSERT, or load the data by a program of their own"},
    {"copy ~stdout", WAY_REFUSED, "COPY TO STDOUT", "nobody reads it here"},
    {"set local", WAY_PLAIN, "", NULL},
    {"set transaction", WAY_PLAIN, "", NULL},
    {"set constraints", WAY_PLAIN, "", NULL},
    {"set", WAY_SESSION, "SET", NULL},
    {"reset", WAY_SESSION, "RESET", NULL},
    {"select set_config", WAY_SESSION, "set_config", NULL},
    {"select pg_catalog . set_config", WAY_SESSION, "set_config", NULL},
};

struct reader {
    struct arena *arena;
    struct str statement;
    struct sql_token token; /* the one that is looked at */
};

static void step(struct reader *reader)
{
    reader->token = sql_next(reader->statement, reader->token.to);
}

static struct str text_of(const struct reader *reader)
{
    return str_slice(reader->statement, reader->token.from, reader->token.to);
}

static bool is_end(const struct reader *reader)
{
    return reader->token.kind == SQL_END || reader->token.kind == SQL_OPEN_END;
}

static bool is_word(const struct reader *reader, struct str word)
{
    return !reader->token.quoted && str_equal_nocase(text_of(reader), word);
}

static bool take(struct reader *reader, const char *word)
{
    bool found = !is_end(reader) && is_word(reader, str_of(word));
    if (found)
        step(reader);
    return found;
}

/* Behind the word, wherever it stands from here on outside of parentheses' strings. */
static bool take_later(struct reader *reader, struct str word)
{
    struct reader look = *reader;
    for (int i = 0; i < WORDS_MAX && !is_end(&look); i++) {
        bool found = look.token.kind == SQL_NAME && is_word(&look, word);
        step(&look);
        if (!found)
            continue;
        *reader = look;
        return true;
    }
    return false;
}

static bool fits(struct reader *reader, const char *words)
{
    struct str rest = str_of(words);
    struct str word;
    while (str_split(&rest, ' ', &word)) {
        char first = word.p[0];
        if (first == '~') {
            if (!take_later(reader, str_from(word, 1)))
                return false;
            continue;
        }
        struct str plain = first == '?' ? str_from(word, 1) : word;
        bool found = !is_end(reader) && is_word(reader, plain);
        if (found)
            step(reader);
        else if (first != '?')
            return false;
    }
    return true;
}

/* A name as the catalogue has it. */
static struct str name_of(struct reader *reader)
{
    struct str raw = text_of(reader);
    if (reader->token.kind != SQL_NAME || reader->token.unicode)
        return STR("");
    if (!reader->token.quoted)
        return str_lower(reader->arena, raw);
    struct text name;
    text_init(&name, reader->arena, raw.n + 1);
    for (size_t i = 1; i + 1 < raw.n; i++) {
        text_byte(&name, raw.p[i]);
        if (raw.p[i] == '"')
            i++;
    }
    return text_str(&name);
}

/* "shop.\"Orders\"" as it is written, without what stands between. */
static struct str take_dotted(struct reader *reader)
{
    struct text name;
    text_init(&name, reader->arena, reader->statement.n + 1);
    while (reader->token.kind == SQL_NAME) {
        text_add(&name, text_of(reader));
        step(reader);
        if (is_end(reader) || !str_is(text_of(reader), "."))
            break;
        text_byte(&name, '.');
        step(reader);
    }
    return text_str(&name);
}

static void skip_if_exists(struct reader *reader)
{
    if (take(reader, "if")) {
        (void)take(reader, "not");
        (void)take(reader, "exists");
    }
}

/* What is between the quotes of a plain string; "" for any other kind. */
static struct str string_of(struct arena *arena, struct str raw)
{
    struct text value;
    text_init(&value, arena, raw.n + 1);
    if (raw.n < 2 || raw.p[0] != '\'')
        return STR("");
    for (size_t i = 1; i + 1 < raw.n; i++) {
        text_byte(&value, raw.p[i]);
        if (raw.p[i] == '\'')
            i++;
    }
    return text_str(&value);
}

static void read_index(struct reader *reader, struct statement_kind *kind)
{
    skip_if_exists(reader);
    if (!is_word(reader, STR("on"))) {
        kind->target = name_of(reader);
        step(reader);
    }
    if (take(reader, "on")) {
        (void)take(reader, "only");
        kind->of = take_dotted(reader);
    }
}

static void read_detach(struct reader *reader, struct statement_kind *kind)
{
    (void)fits(reader, "alter table ?if ?exists ?only");
    kind->of = take_dotted(reader);
    if (take_later(reader, STR("detach")) && take(reader, "partition"))
        kind->target = take_dotted(reader);
}

/* DO's body may end transactions itself; then it stands in none of ours. */
static bool body_commits(struct str statement)
{
    return str_find_nocase(statement, "commit", 0) < statement.n ||
           str_find_nocase(statement, "rollback", 0) < statement.n;
}

/* SET standard_conforming_strings = off would change how the rest of the file is read. */
static void check_set(struct reader *reader, struct statement_kind *kind)
{
    (void)take(reader, "session");
    if (!take(reader, "standard_conforming_strings"))
        return;
    if (!take(reader, "="))
        (void)take(reader, "to");
    if (take(reader, "on") || take(reader, "true") || take(reader, "1") || take(reader, "'on'"))
        return;
    kind->way = WAY_REFUSED;
    kind->why = "strings in this file are read with standard_conforming_strings on; write E'…' "
                "where backslashes escape";
}

static void read_rest(struct reader *reader, struct statement_kind *kind)
{
    struct reader start = {reader->arena, reader->statement, {.to = 0}};
    step(&start);
    switch (kind->way) {
    case WAY_BUILD_INDEX: read_index(reader, kind); break;
    case WAY_DROP_INDEX:
        skip_if_exists(reader);
        kind->target = take_dotted(reader);
        break;
    case WAY_DETACH: read_detach(&start, kind); break;
    case WAY_MAKE_DATABASE:
    case WAY_DROP_DATABASE:
    case WAY_MAKE_TABLESPACE:
    case WAY_DROP_TABLESPACE:
    case WAY_MAKE_SUBSCRIPTION:
    case WAY_DROP_SUBSCRIPTION:
        skip_if_exists(reader);
        kind->target = name_of(reader);
        break;
    case WAY_SESSION:
        if (strcmp(kind->name, "SET") == 0)
            check_set(reader, kind);
        break;
    case WAY_PLAIN:
        if (strcmp(kind->name, "DO") == 0 && body_commits(reader->statement))
            kind->way = WAY_UNSEEN;
        if (strcmp(kind->name, "ALTER TYPE ADD VALUE") == 0) {
            skip_if_exists(reader);
            kind->value = string_of(reader->arena, text_of(reader));
        }
        break;
    case WAY_BEGIN:
    case WAY_COMMIT:
    case WAY_REFUSED:
    case WAY_REPEAT:
    case WAY_UNSEEN: break;
    }
}

struct statement_kind statement_kind_read(struct arena *arena, struct str statement)
{
    struct reader reader = {arena, statement, {.to = 0}};
    struct statement_kind kind = {.way = WAY_PLAIN, .name = ""};
    step(&reader);
    if (!is_end(&reader) && statement.p[reader.token.from] == '\\') {
        kind.way = WAY_REFUSED;
        kind.name = "a command of psql";
        kind.why = "only psql understands it; a migration is plain SQL";
        return kind;
    }
    struct reader start = reader;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reader = start;
        if (!fits(&reader, rows[i].words))
            continue;
        kind.way = rows[i].way;
        kind.name = rows[i].name;
        kind.why = rows[i].why;
        read_rest(&reader, &kind);
        break;
    }
    return kind;
}

bool statement_holds(struct arena *arena, struct str statement, struct str value)
{
    struct sql_token token = sql_next(statement, 0);
    for (; token.kind != SQL_END && token.kind != SQL_OPEN_END;
         token = sql_next(statement, token.to)) {
        struct str text = str_slice(statement, token.from, token.to);
        if (token.kind != SQL_STRING)
            continue;
        if (text.p[0] == '$' && str_find(text, value.p, 0) < text.n)
            return true;
        if (str_equal(string_of(arena, text), value))
            return true;
    }
    return false;
}
