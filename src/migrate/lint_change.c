/* lint_change.c - what the statements so far have done, for those behind them. */
#include "migrate/lint_look.h"

const struct lint_change *lint_change_of(const struct lint *lint, struct str table,
                                         enum change_kind kind, struct str name)
{
    const struct lint_change *change = map_find(&lint->changes, table);
    while (change && (change->kind != kind || (name.n > 0 && !str_equal(change->name, name))))
        change = change->before;
    return change;
}

static struct lint_change *add(struct lint_look *look, struct str table, enum change_kind kind,
                               struct str name)
{
    struct lint *lint = look->lint;
    struct lint_change *change = arena_make(lint->arena, struct lint_change);
    *change = (struct lint_change){.kind = kind,
                                   .name = name,
                                   .script = look->script,
                                   .statement = look->statement,
                                   .wrap = look->wrap,
                                   .before = map_find(&lint->changes, table)};
    if (lint->change_count < LINT_CHANGES_MAX && map_put(&lint->changes, table, change))
        lint->change_count++;
    return change;
}

static bool is_new(const struct lint_look *look)
{
    return look_size(look, look->table) == SIZE_NEW;
}

static void make_table(struct lint_look *look, struct str table)
{
    bool there = tree_flag(look->body, "if_not_exists") && look_fact(look, table);
    if (!there)
        (void)add(look, table, CHANGE_TABLE_MADE, table);
}

static void rename_any(struct lint_look *look)
{
    struct lint *lint = look->lint;
    struct str new = json_get_str(look->body, "newname");
    const struct json *relation = json_get(look->body, "relation");
    struct str schema = relation ? json_get_str(relation, "schemaname") : STR("");
    if (tree_is(look->body, "renameType", "OBJECT_COLUMN")) {
        (void)add(look, look->table, CHANGE_COLUMN_GONE, json_get_str(look->body, "subname"));
        (void)add(look, look->table, CHANGE_COLUMN_MADE, new);
    }
    if (!tree_is(look->body, "renameType", "OBJECT_TABLE"))
        return;
    struct str key = tree_key(lint->arena, schema, new);
    struct json *fact = map_find(&lint->tables, look->table);
    bool fresh = is_new(look);
    (void)add(look, look->table, CHANGE_TABLE_GONE, look->table);
    if (fresh)
        (void)add(look, key, CHANGE_TABLE_MADE, key);
    else if (fact)
        (void)!map_put(&lint->tables, key, fact);
}

static void make_index(struct lint_look *look)
{
    const struct json *relation = json_get(look->body, "relation");
    struct str schema = relation ? json_get_str(relation, "schemaname") : STR("");
    struct str name = tree_key(look->lint->arena, schema, json_get_str(look->body, "idxname"));
    if (name.n > 0)
        make_table(look, name);
}

void lint_remember(struct lint_look *look)
{
    const struct json *into = json_get(look->body, "into");
    bool locks = look->lock == LOCK_ALL_WAIT && look->table.n > 0;
    if (locks && !is_new(look))
        (void)add(look, STR(""), CHANGE_LOCKED, look->table);
    if (strcmp(look->kind, "CreateStmt") == 0 || strcmp(look->kind, "CreateSeqStmt") == 0)
        make_table(look, strcmp(look->kind, "CreateStmt") == 0
                             ? look->table
                             : tree_relation(look->lint->arena, json_get(look->body, "sequence")));
    else if (strcmp(look->kind, "CreateTableAsStmt") == 0 && into)
        make_table(look, tree_relation(look->lint->arena, json_get(into, "rel")));
    else if (strcmp(look->kind, "ViewStmt") == 0)
        make_table(look, tree_relation(look->lint->arena, json_get(look->body, "view")));
    else if (strcmp(look->kind, "DropStmt") == 0)
        (void)add(look, look->table, CHANGE_TABLE_GONE, look->table);
    else if (strcmp(look->kind, "RenameStmt") == 0)
        rename_any(look);
    else if (strcmp(look->kind, "IndexStmt") == 0)
        make_index(look);
    else if (strcmp(look->kind, "VariableSetStmt") == 0)
        (void)add(look, STR(""), CHANGE_SET, json_get_str(look->body, "name"));
}

static void remember_constraint(struct lint_look *look)
{
    bool check = tree_is(look->constraint, "contype", "CONSTR_CHECK");
    bool later = tree_flag(look->constraint, "skip_validation");
    struct lint_change *change = add(look, look->table, later ? CHANGE_UNCHECKED : CHANGE_CHECK,
                                     json_get_str(look->constraint, "conname"));
    if (check)
        change->condition = json_get(look->constraint, "raw_expr");
}

void lint_remember_command(struct lint_look *look)
{
    struct str subtype = json_get_str(look->command, "subtype");
    struct str name = json_get_str(look->command, "name");
    if (str_is(subtype, "AT_AddColumn") && look->column)
        (void)add(look, look->table, CHANGE_COLUMN_MADE, json_get_str(look->column, "colname"));
    else if (str_is(subtype, "AT_DropColumn"))
        (void)add(look, look->table, CHANGE_COLUMN_GONE, name);
    else if (str_is(subtype, "AT_AddConstraint") && look->constraint)
        remember_constraint(look);
    else if (str_is(subtype, "AT_ValidateConstraint"))
        (void)add(look, look->table, CHANGE_VALIDATED, name);
    else if (str_is(subtype, "AT_DropConstraint"))
        (void)add(look, look->table, CHANGE_CONSTRAINT_GONE, name);
}
