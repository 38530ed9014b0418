/* lint.c - goes through the statements, shows each to the rules, and keeps what they found. */
#include "migrate/lint_look.h"

#include <stdio.h>

enum { GROUP = 3, NAME_BYTES = 64, KB = 1024 };

void lint_init(struct lint *lint, struct arena *arena, struct lint_options options,
               const struct json *facts)
{
    *lint = (struct lint){.arena = arena, .options = options, .version = options.version};
    if (options.large_rows <= 0)
        lint->options.large_rows = LINT_ROWS;
    if (options.large_bytes <= 0)
        lint->options.large_bytes = LINT_BYTES;
    map_init(&lint->tables, LINT_CHANGES_MAX);
    map_init(&lint->changes, LINT_CHANGES_MAX);
    lint_know(lint, facts);
}

void lint_know(struct lint *lint, const struct json *facts)
{
    lint->facts = facts;
    const struct json *list = facts ? json_get(facts, "tables") : NULL;
    if (facts)
        (void)!json_get_int(facts, "version", &lint->version);
    for (struct json *table = list ? list->first : NULL; table; table = table->next)
        (void)!map_put(&lint->tables, json_get_str(table, "name"), table);
}

void lint_done(struct lint *lint)
{
    map_done(&lint->tables);
    map_done(&lint->changes);
}

const char *lint_level_name(enum lint_level level)
{
    static const char *const names[] = {"off", "warning", "unknown", "error"};
    return names[level];
}

size_t lint_row_count(void)
{
    return lint_rule_count;
}

struct lint_row lint_row(size_t at)
{
    static const char *const seen[] = {"statement", "command", "column", "constraint", "lock"};
    const struct lint_rule *rule = &lint_rules[at];
    return (struct lint_row){rule->name, seen[rule->sees], rule->level, rule->server};
}

bool lint_is_rule(struct str name)
{
    for (size_t i = 0; i < lint_rule_count; i++)
        if (str_is(name, lint_rules[i].name))
            return true;
    return false;
}

bool lint_is_certain(struct str name)
{
    for (size_t i = 0; i < lint_rule_count; i++)
        if (str_is(name, lint_rules[i].name) &&
            (lint_rules[i].server || (lint_rules[i].spares & ~(unsigned)SPARES_NEW) != 0))
            return false;
    return true;
}

struct arena *look_arena(const struct lint_look *look)
{
    return look->lint->arena;
}

bool look_same_wrap(const struct lint_look *look, const struct lint_change *change)
{
    return change->script == look->script && change->wrap == look->wrap &&
           !look->script->wraps[look->wrap].outside;
}

const struct lint_change *look_change(const struct lint_look *look, enum change_kind kind,
                                      struct str name)
{
    return lint_change_of(look->lint, look->table, kind, name);
}

const struct json *look_fact(const struct lint_look *look, struct str table)
{
    const struct json *fact = map_find(&look->lint->tables, table);
    return fact && json_get(fact, "kind") ? fact : NULL;
}

bool look_is_absent(const struct lint_look *look, struct str table)
{
    const struct json *fact = map_find(&look->lint->tables, table);
    return fact && !json_get(fact, "kind");
}

/* Made by these files, and not dropped or renamed since. */
static bool is_new(const struct lint_look *look, struct str table)
{
    const struct lint_change *change = map_find(&look->lint->changes, table);
    for (; change; change = change->before) {
        if (change->kind == CHANGE_TABLE_GONE)
            return false;
        if (change->kind == CHANGE_TABLE_MADE)
            return look->lint->options.one_run || change->script == look->script;
    }
    return false;
}

enum lint_size look_size(const struct lint_look *look, struct str table)
{
    const struct json *fact = look_fact(look, table);
    int64_t rows = -1;
    int64_t bytes = -1;
    if (is_new(look, table))
        return SIZE_NEW;
    if (!fact)
        return look_is_absent(look, table) ? SIZE_ABSENT : SIZE_UNKNOWN;
    (void)!json_get_int(fact, "rows", &rows);
    (void)!json_get_int(fact, "bytes", &bytes);
    if (bytes == 0)
        return SIZE_EMPTY;
    if (bytes < 0 && rows < 0)
        return SIZE_UNKNOWN;
    bool large = rows >= look->lint->options.large_rows || bytes >= look->lint->options.large_bytes;
    return large ? SIZE_LARGE : SIZE_SMALL;
}

/* 50000000: "50,000,000" */
static struct str grouped(struct arena *arena, int64_t value)
{
    char digits[NAME_BYTES];
    struct text text;
    int n = snprintf(digits, sizeof digits, "%lld", (long long)value);
    text_init(&text, arena, sizeof digits * 2);
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % GROUP == 0)
            text_byte(&text, ',');
        text_byte(&text, digits[i]);
    }
    return text_str(&text);
}

struct str look_named(const struct lint_look *look, struct str table)
{
    const struct json *fact = look_fact(look, table);
    int64_t rows = -1;
    int64_t bytes = -1;
    if (!fact || is_new(look, table))
        return table;
    (void)!json_get_int(fact, "rows", &rows);
    (void)!json_get_int(fact, "bytes", &bytes);
    if (bytes < 0)
        return table;
    double mb = (double)bytes / KB / KB;
    struct str known = rows < 0 ? STR("no statistics yet")
                                : str_printf(look->lint->arena, "%.*s %s",
                                             STR_ARGS(grouped(look->lint->arena, rows)),
                                             rows == 1 ? "row" : "rows");
    return str_printf(look->lint->arena, "%.*s (%.*s, %.1f %s)", STR_ARGS(table), STR_ARGS(known),
                      mb >= KB ? mb / KB : mb, mb >= KB ? "GB" : "MB");
}

/* ------------------------------------------------------------ */

static bool is_named(const char *names, struct str name)
{
    struct str rest = str_of(names);
    struct str one;
    if (names[0] == '\0')
        return true;
    while (str_split(&rest, ' ', &one))
        if (str_equal(one, name))
            return true;
    return false;
}

/* The level with which it is told; LINT_OFF: not at all. */
static enum lint_level level_of(const struct lint_look *look)
{
    const struct lint_rule *rule = look->rule;
    enum lint_level level = look->level != LINT_OFF ? look->level : rule->level;
    enum lint_size size = look_size(look, look->table);
    if (level == LINT_OFF)
        return look->lint->options.all ? LINT_WARNING : LINT_OFF;
    if (look->table.n == 0 || rule->spares == 0)
        return look->unsure ? LINT_UNKNOWN : level;
    if ((size == SIZE_NEW && rule->spares & SPARES_NEW) ||
        (size == SIZE_EMPTY && rule->spares & (SPARES_SMALL | SPARES_EMPTY)) ||
        (size == SIZE_SMALL && rule->spares & SPARES_SMALL) || size == SIZE_ABSENT)
        return LINT_OFF;
    bool sized = rule->spares & (SPARES_SMALL | SPARES_EMPTY);
    return (size == SIZE_UNKNOWN && sized) || look->unsure ? LINT_UNKNOWN : level;
}

void lint_say(struct lint *lint, const struct lint_finding *finding)
{
    if (lint->count == LINT_FINDINGS_MAX)
        lint->left_out++;
    else
        LIST_PUSH(lint->arena, lint->findings, lint->count, lint->capacity) = *finding;
}

static void keep(const struct lint_look *look, enum lint_level level)
{
    struct lint *lint = look->lint;
    struct str what = look->what.n > 0 ? look->what : str_of(look->rule->what);
    const struct migration_statement *statement = &look->script->statements[look->statement];
    size_t at = look->location < statement->text.n ? look->location : 0;
    /* Sentences in lower case go on behind the table's name. */
    bool goes_on =
        look->what.n == 0 && look->table.n > 0 && what.n > 0 && what.p[0] == byte_lower(what.p[0]);
    const char *unknown = level == LINT_UNKNOWN && look->lint->facts == NULL
                              ? " How large it is, and so how long that is, is not known."
                              : "";
    struct str about =
        goes_on ? str_printf(lint->arena, "%.*s: %.*s%s", STR_ARGS(look_named(look, look->table)),
                             STR_ARGS(what), unknown)
                : what;
    lint_say(lint, &(struct lint_finding){
                       .rule = look->rule->name,
                       .level = level,
                       .script = look->script,
                       .byte = statement->from + at,
                       .text = about,
                       .instead = look->instead.n > 0 ? look->instead : str_of(look->rule->instead),
                       .reason = STR("")});
}

static void ask(struct lint_look *look, enum lint_sees sees, struct str of)
{
    for (size_t i = 0; i < lint_rule_count; i++) {
        const struct lint_rule *rule = &lint_rules[i];
        bool off = rule->level == LINT_OFF && !look->lint->options.all;
        if (off || rule->sees != sees || !is_named(rule->of, of))
            continue;
        if (rule->server && !look->lint->facts) {
            look->lint->not_judged[i]++;
            continue;
        }
        struct lint_look one = *look;
        one.rule = rule;
        one.what = one.instead = STR("");
        one.level = LINT_OFF;
        if (rule->is && !rule->is(&one))
            continue;
        enum lint_level level = level_of(&one);
        if (level != LINT_OFF)
            keep(&one, level);
    }
}

/* ------------------------------------------------------------ */

static void see_constraint(struct lint_look *look, const struct json *constraint)
{
    struct lint_look one = *look;
    one.constraint = constraint;
    one.location = tree_location(constraint);
    ask(&one, SEES_CONSTRAINT, json_get_str(constraint, "contype"));
}

static void see_column(struct lint_look *look, const struct json *column)
{
    struct lint_look one = *look;
    one.column = column;
    one.location = tree_location(column);
    ask(&one, SEES_COLUMN, STR(""));
}

static void see_command(struct lint_look *look)
{
    const struct json *def = json_get(look->command, "def");
    const struct json *column = tree_as(def, "ColumnDef");
    const struct json *constraint = tree_as(def, "Constraint");
    struct str subtype = json_get_str(look->command, "subtype");
    look->column = column;
    look->constraint = constraint;
    look->location = tree_location(column ? column : constraint);
    ask(look, SEES_COMMAND, subtype);
    if (column)
        see_column(look, column);
    if (constraint && str_is(subtype, "AT_AddConstraint"))
        see_constraint(look, constraint);
    const struct json *list =
        column && str_is(subtype, "AT_AddColumn") ? json_get(column, "constraints") : NULL;
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (tree_as(item, "Constraint"))
            see_constraint(look, tree_as(item, "Constraint"));
    lint_remember_command(look);
}

static void see_elements(struct lint_look *look)
{
    const struct json *elements = json_get(look->body, "tableElts");
    const struct json *commands = json_get(look->body, "cmds");
    for (const struct json *item = elements ? elements->first : NULL; item; item = item->next)
        if (tree_as(item, "ColumnDef"))
            see_column(look, tree_as(item, "ColumnDef"));
    for (const struct json *item = commands ? commands->first : NULL; item; item = item->next) {
        struct lint_look one = *look;
        one.command = tree_as(item, "AlterTableCmd");
        if (one.command)
            see_command(&one);
    }
}

/* The table a statement is about; of a list of them the first is, and see_tables goes on. */
static struct str table_of(struct lint_look *look)
{
    struct arena *arena = look->lint->arena;
    const struct json *relation = json_get(look->body, "relation");
    return relation ? tree_relation(arena, relation) : STR("");
}

static bool is_concurrent(const struct lint_look *look)
{
    const struct json *params = json_get(look->body, "params");
    for (const struct json *item = params ? params->first : NULL; item; item = item->next)
        if (tree_is(tree_as(item, "DefElem"), "defname", "concurrently"))
            return true;
    return tree_flag(look->body, "concurrent");
}

static enum lint_lock lock_of(const struct lint_look *look)
{
    static const struct {
        const char *kind;
        enum lint_lock lock;
    } rows[] = {{"AlterTableStmt", LOCK_ALL_WAIT},   {"DropStmt", LOCK_ALL_WAIT},
                {"TruncateStmt", LOCK_ALL_WAIT},     {"RenameStmt", LOCK_ALL_WAIT},
                {"ClusterStmt", LOCK_ALL_WAIT},      {"RefreshMatViewStmt", LOCK_ALL_WAIT},
                {"IndexStmt", LOCK_READS_GO_ON},     {"ReindexStmt", LOCK_READS_GO_ON},
                {"CreateTrigStmt", LOCK_READS_GO_ON}};
    if (is_concurrent(look))
        return LOCK_CONCURRENTLY;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].kind, look->kind) == 0)
            return rows[i].lock;
    return LOCK_NONE;
}

/* The tables, indexes, views and sequences of a list, and not functions or triggers. */
static const struct json *list_of(const struct lint_look *look)
{
    static const char *const keys[] = {"objects", "relations", "rels"};
    const struct json *list = NULL;
    for (size_t i = 0; !list && i < sizeof keys / sizeof *keys; i++)
        list = json_get(look->body, keys[i]);
    if (!list || list->type != JSON_ARRAY || strcmp(look->kind, "DropStmt") != 0)
        return list && list->type == JSON_ARRAY ? list : NULL;
    return is_named("OBJECT_TABLE OBJECT_INDEX OBJECT_VIEW OBJECT_MATVIEW OBJECT_SEQUENCE "
                    "OBJECT_FOREIGN_TABLE",
                    json_get_str(look->body, "removeType"))
               ? list
               : NULL;
}

/* Statements that name several: DROP TABLE a, b and TRUNCATE a, b. */
static bool see_several(struct lint_look *look)
{
    const struct json *list = list_of(look);
    if (!list)
        return false;
    for (const struct json *item = list->first; item; item = item->next) {
        struct lint_look one = *look;
        const struct json *range = lint_named_range(item);
        one.table = lint_named(look->lint->arena, item);
        one.location = range ? tree_location(range) : 0;
        ask(&one, SEES_STATEMENT, str_of(one.kind));
        ask(&one, SEES_LOCK, STR(""));
        lint_remember(&one);
    }
    return true;
}

static void see_statement(struct lint_look *look, const struct json *tree)
{
    const struct json *node = tree->first;
    if (!node || node->type != JSON_OBJECT)
        return;
    look->kind = str_copy(look->lint->arena, node->key).p;
    look->body = node;
    look->lock = lock_of(look);
    if (see_several(look))
        return;
    look->table = table_of(look);
    ask(look, SEES_STATEMENT, node->key);
    if (look->lock != LOCK_NONE && look->table.n > 0)
        ask(look, SEES_LOCK, STR(""));
    see_elements(look);
    lint_remember(look);
}

void lint_script(struct lint *lint, const struct migration_script *script,
                 const struct json *const *trees)
{
    size_t from = lint->count;
    for (size_t i = 0; i < script->wrap_count; i++) {
        const struct migration_wrap *wrap = &script->wraps[i];
        for (size_t k = wrap->first; k < wrap->first + wrap->count; k++) {
            struct lint_look look = {
                .lint = lint, .script = script, .statement = k, .wrap = i, .table = STR("")};
            if (trees[k] && trees[k]->type == JSON_OBJECT)
                see_statement(&look, trees[k]);
        }
    }
    lint_ignore(lint, script, from);
}
