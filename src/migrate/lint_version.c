/* lint_version.c - what a server of that version does not know yet. */
#include "migrate/lint_look.h"

enum { V10 = 100000, V11 = 110000, V12 = 120000, V14 = 140000, V15 = 150000, MAJOR = 10000 };

struct finding {
    const char *what;
    int64_t since;
};

static struct finding of_constraint(const struct json *constraint)
{
    if (tree_flag(constraint, "nulls_not_distinct"))
        return (struct finding){"UNIQUE NULLS NOT DISTINCT", V15};
    if (json_get(constraint, "including"))
        return (struct finding){"INCLUDE", V11};
    return (struct finding){NULL, 0};
}

static struct finding of_column(const struct json *column)
{
    if (tree_constraint(column, "CONSTR_GENERATED"))
        return (struct finding){"A generated column", V12};
    if (tree_constraint(column, "CONSTR_IDENTITY"))
        return (struct finding){"An identity column", V10};
    if (json_get(column, "compression"))
        return (struct finding){"COMPRESSION of a column", V14};
    return (struct finding){NULL, 0};
}

static bool is_reindex_concurrent(const struct json *body)
{
    const struct json *params = json_get(body, "params");
    for (const struct json *item = params ? params->first : NULL; item; item = item->next)
        if (tree_is(tree_as(item, "DefElem"), "defname", "concurrently"))
            return true;
    return false;
}

static struct finding of_command(const struct json *command)
{
    const struct json *def = json_get(command, "def");
    const struct json *partition = tree_as(def, "PartitionCmd");
    if (tree_flag(partition, "concurrent"))
        return (struct finding){"DETACH PARTITION CONCURRENTLY", V14};
    if (tree_is(command, "subtype", "AT_DropExpression"))
        return (struct finding){"DROP EXPRESSION", 130000};
    return (struct finding){NULL, 0};
}

static struct finding of_statement(const struct lint_look *look)
{
    const struct json *body = look->body;
    if (strcmp(look->kind, "MergeStmt") == 0)
        return (struct finding){"MERGE", V15};
    if (strcmp(look->kind, "ReindexStmt") == 0 && is_reindex_concurrent(body))
        return (struct finding){"REINDEX CONCURRENTLY", V12};
    if (strcmp(look->kind, "IndexStmt") == 0 && tree_flag(body, "nulls_not_distinct"))
        return (struct finding){"NULLS NOT DISTINCT", V15};
    if (strcmp(look->kind, "IndexStmt") == 0 && json_get(body, "indexIncludingParams"))
        return (struct finding){"INCLUDE", V11};
    if (strcmp(look->kind, "AlterEnumStmt") == 0 && tree_is(body, "oldVal", "") &&
        !look->script->wraps[look->wrap].outside)
        return (struct finding){"ALTER TYPE … ADD VALUE in a transaction", V12};
    return (struct finding){NULL, 0};
}

bool lint_is_too_new(struct lint_look *look)
{
    struct finding finding = look->constraint ? of_constraint(look->constraint)
                             : look->command  ? of_command(look->command)
                             : look->column   ? of_column(look->column)
                                              : of_statement(look);
    int64_t version = look->lint->version;
    if (look->command && look->column && !finding.what)
        finding = of_column(look->column);
    if (!finding.what || version <= 0 || version >= finding.since)
        return false;
    look->what = str_printf(look_arena(look),
                            "%s exists since PostgreSQL %d, and the server is %d: the statement "
                            "fails.",
                            finding.what, (int)(finding.since / MAJOR), (int)(version / MAJOR));
    return true;
}
