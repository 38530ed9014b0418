/* script.c - parting a migration into statements and wraps. */
#include "migrate/script.h"

enum { SEPARATOR = '\x1f' }; /* between tokens that are summed: stands in no token but a string */

struct splitter {
    struct arena *arena;
    struct migration_script *script;
    struct err *err;
    size_t to;            /* the section's end */
    size_t section_first; /* statement */
    bool outside;         /* transaction:false */
    bool own;             /* between the file's own BEGIN and COMMIT */
    bool fresh;           /* the next statement begins a wrap */
    bool valued;          /* the wrap adds a value to a type */
    bool calls_inside; /* the section is one transaction of several statements, CALL among them */
    struct str begin;
};

struct str script_place(struct arena *arena, const struct migration_script *script, size_t byte)
{
    struct sql_place place = sql_place_of(script->text, byte);
    return str_printf(arena, "%.*s:%zu:%zu", STR_ARGS(script->file), place.line, place.column);
}

static bool refuse(const struct splitter *splitter, size_t byte, const char *name, const char *why)
{
    struct str place = script_place(splitter->arena, splitter->script, byte);
    return err_set(splitter->err, ERR_USAGE, place.p, "%s cannot stand here: %s.", name, why);
}

/* Which words of CREATE FUNCTION were seen: SQL bodies between BEGIN ATOMIC and END have
 * semicolons of their own. */
struct nesting {
    int words;   /* at the statement's begin */
    bool create; /* CREATE [OR REPLACE] FUNCTION or PROCEDURE */
    bool makes;
    int parentheses, depth;
    bool begin; /* the token before was BEGIN */
};

static void nest_word(struct nesting *nesting, struct str word)
{
    nesting->words++;
    if (nesting->words == 1)
        nesting->create = str_is_nocase(word, "create");
    bool routine = str_is_nocase(word, "function") || str_is_nocase(word, "procedure");
    if (nesting->create && routine && (nesting->words == 2 || nesting->words == 4))
        nesting->makes = true;
    bool was_begin = nesting->begin;
    nesting->begin = nesting->makes && str_is_nocase(word, "begin");
    if (!nesting->makes || nesting->parentheses > 0)
        return;
    if ((was_begin && str_is_nocase(word, "atomic")) ||
        (nesting->depth > 0 && str_is_nocase(word, "case")))
        nesting->depth++;
    else if (nesting->depth > 0 && str_is_nocase(word, "end"))
        nesting->depth--;
}

/* Does the statement end with this token? */
static bool nest(struct nesting *nesting, const struct sql_token *token, struct str text)
{
    if (token->kind == SQL_NAME && !token->quoted) {
        nest_word(nesting, text);
        return false;
    }
    nesting->begin = false;
    if (token->kind != SQL_OTHER)
        return false;
    if (text.p[0] == '(' || text.p[0] == '[')
        nesting->parentheses++;
    else if ((text.p[0] == ')' || text.p[0] == ']') && nesting->parentheses > 0)
        nesting->parentheses--;
    return text.p[0] == ';' && nesting->parentheses == 0 && nesting->depth == 0;
}

static void sum_tokens(struct arena *arena, struct migration_statement *statement)
{
    struct text text;
    struct str all = statement->text;
    text_init(&text, arena, 2 * all.n + 2);
    text_reserve(&text, all.n + 64);
    struct sql_token token = sql_next(all, 0);
    for (; token.kind != SQL_END && token.kind != SQL_OPEN_END; token = sql_next(all, token.to)) {
        text_add(&text, str_slice(all, token.from, token.to));
        text_byte(&text, SEPARATOR);
    }
    struct hash hash = hash_of(text_str(&text));
    hash_hex(&hash, statement->sum);
}

static struct migration_wrap *last_wrap(const struct splitter *splitter)
{
    return &splitter->script->wraps[splitter->script->wrap_count - 1];
}

/* The value would be used before its transaction is over, which PostgreSQL refuses. */
static bool check_values(const struct splitter *splitter, const struct migration_wrap *wrap,
                         const struct migration_statement *statement)
{
    for (size_t i = wrap->first; i + 1 < wrap->first + wrap->count; i++) {
        const struct migration_statement *before = &splitter->script->statements[i];
        if (before->kind.value.n == 0 ||
            !statement_holds(splitter->arena, statement->text, before->kind.value))
            continue;
        struct str place = script_place(splitter->arena, splitter->script, statement->from);
        return err_set(splitter->err, ERR_USAGE, place.p,
                       "The value '%.*s' is used in the transaction that adds it to its type, "
                       "which PostgreSQL refuses: put ALTER TYPE into a section (-- migrate:up) or "
                       "a file of its own before this.",
                       STR_ARGS(str_cut(before->kind.value, 80)));
    }
    return true;
}

static bool add_statement(struct splitter *splitter, struct migration_statement *statement)
{
    struct migration_script *script = splitter->script;
    bool outside = way_is_outside(statement->kind.way);
    if (script->count == MIGRATION_STATEMENTS_MAX)
        return refuse(splitter, statement->from, "This statement",
                      "a file holds at most 100,000 of them");
    if (outside && splitter->own)
        return refuse(splitter, statement->from, statement->kind.name,
                      "PostgreSQL runs it in no transaction; move it behind COMMIT");
    sum_tokens(splitter->arena, statement);
    LIST_PUSH(splitter->arena, script->statements, script->count, script->capacity) = *statement;
    bool single = !splitter->own && (splitter->outside || outside);
    if (single || splitter->fresh) {
        LIST_PUSH(splitter->arena, script->wraps, script->wrap_count, script->wrap_capacity) =
            (struct migration_wrap){.first = script->count - 1,
                                    .section_first = splitter->section_first,
                                    .outside = outside,
                                    .begin = splitter->begin};
    }
    splitter->valued = splitter->valued && last_wrap(splitter)->count > 0;
    splitter->fresh = single;
    last_wrap(splitter)->count++;
    bool good = !splitter->valued || check_values(splitter, last_wrap(splitter), statement);
    splitter->valued = splitter->valued || statement->kind.value.n > 0;
    return good;
}

/* A procedure may commit by itself, and most do not. Alone it may; among others of one transaction
 * PostgreSQL refuses it then, and all is taken back. */
static bool is_call(const struct migration_statement *statement)
{
    return statement->kind.way == WAY_UNSEEN && strcmp(statement->kind.name, "CALL") == 0;
}

static bool add_any(struct splitter *splitter, size_t from, size_t to)
{
    struct migration_statement statement = {.from = from,
                                            .text = str_slice(splitter->script->text, from, to)};
    statement.kind = statement_kind_read(splitter->arena, statement.text);
    if (is_call(&statement) && (splitter->own || splitter->calls_inside))
        statement.kind.way = WAY_PLAIN;
    enum statement_way way = statement.kind.way;
    if (way == WAY_REFUSED)
        return refuse(splitter, from, statement.kind.name, statement.kind.why);
    if (way != WAY_BEGIN && way != WAY_COMMIT)
        return add_statement(splitter, &statement);
    if (way == WAY_BEGIN && splitter->own)
        return refuse(splitter, from, statement.kind.name, "a transaction is open already");
    if (way == WAY_COMMIT && !splitter->own)
        return refuse(splitter, from, statement.kind.name,
                      "no BEGIN of this file is open; the runner commits by itself");
    splitter->own = way == WAY_BEGIN;
    splitter->fresh = true;
    splitter->begin = splitter->own ? statement.text : STR("");
    return true;
}

/* Do several statements promise to be one transaction, of which none but CALL may not be in one? */
static bool has_calls_inside(const struct splitter *splitter)
{
    const struct migration_script *script = splitter->script;
    bool calls = false;
    if (splitter->outside || splitter->calls_inside || script->count < splitter->section_first + 2)
        return false;
    for (size_t i = splitter->section_first; i < script->count; i++) {
        if (way_is_outside(script->statements[i].kind.way) && !is_call(&script->statements[i]))
            return false;
        calls = calls || is_call(&script->statements[i]);
    }
    return calls;
}

/* A statement outside of transactions among others of a section that promises to be one. */
static bool check_section(const struct splitter *splitter)
{
    const struct migration_script *script = splitter->script;
    const struct migration_statement *outside = NULL;
    size_t others = 0;
    for (size_t i = splitter->section_first; i < script->count; i++) {
        const struct migration_statement *statement = &script->statements[i];
        bool away = way_is_outside(statement->kind.way);
        others += outside || !away ? statement->kind.way != WAY_SESSION : 0;
        if (away && (!outside || is_call(outside)))
            outside = statement;
    }
    if (splitter->own)
        return refuse(splitter, splitter->to > 0 ? splitter->to - 1 : 0, "The end",
                      "the transaction that the file began has no COMMIT");
    if (splitter->outside || !outside || others == 0)
        return true;
    return refuse(splitter, outside->from, outside->kind.name,
                  "PostgreSQL runs it in no transaction, and the other statements are one; put it "
                  "into a section or file of its own that begins with -- migrate:up "
                  "transaction:false");
}

static bool split(struct splitter *splitter, size_t at)
{
    struct str part = str_slice(splitter->script->text, 0, splitter->to);
    struct nesting nesting = {.words = 0};
    size_t from = at;
    size_t end = at;
    bool inside = false;
    for (;;) {
        struct sql_token token = sql_next(part, at);
        struct str text = str_slice(part, token.from, token.to);
        if (token.kind == SQL_OPEN_END)
            return refuse(splitter, token.from < part.n ? token.from : from, "This",
                          "a string, name or comment that begins here or before it does not end");
        bool over = token.kind == SQL_END || nest(&nesting, &token, text);
        if (over && inside && !add_any(splitter, from, end))
            return false;
        if (token.kind == SQL_END)
            return true;
        if (over)
            nesting = (struct nesting){.words = 0};
        else if (!inside)
            from = token.from;
        inside = !over;
        at = end = token.to;
    }
}

bool script_add(struct arena *arena, struct migration_script *script,
                const struct migration_section *section, struct err *err)
{
    struct splitter splitter = {.arena = arena,
                                .script = script,
                                .err = err,
                                .to = section->to,
                                .section_first = script->count,
                                .outside = section->outside,
                                .fresh = true};
    struct migration_script before = *script;
    if (!split(&splitter, section->from))
        return false;
    if (!has_calls_inside(&splitter))
        return check_section(&splitter);
    script->count = before.count;
    script->wrap_count = before.wrap_count;
    splitter.calls_inside = splitter.fresh = true;
    splitter.valued = false;
    return split(&splitter, section->from) && check_section(&splitter);
}

void script_sum(struct arena *arena, const struct migration_script *script,
                char out_sum[HASH_HEX_BYTES])
{
    struct text text;
    text_init(&text, arena, script->count * (HASH_HEX_BYTES + 4) + 1);
    for (size_t i = 0; i < script->wrap_count; i++) {
        const struct migration_wrap *wrap = &script->wraps[i];
        for (size_t k = wrap->first; k < wrap->first + wrap->count; k++)
            text_printf(&text, "%s%s", k == wrap->first ? "\n" : " ", script->statements[k].sum);
    }
    struct hash hash = hash_of(text_str(&text));
    hash_hex(&hash, out_sum);
}
