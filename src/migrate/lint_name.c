/* lint_name.c - the tables, indexes and functions that a tree names: what a server is asked for. */
#include "migrate/lint_look.h"

const struct json *lint_named_range(const struct json *item)
{
    const struct json *vacuum = tree_as(item, "VacuumRelation");
    return vacuum ? json_get(vacuum, "relation") : tree_as(item, "RangeVar");
}

struct str lint_named(struct arena *arena, const struct json *item)
{
    const struct json *range = lint_named_range(item);
    const struct json *names = tree_as(item, "List");
    return range ? tree_relation(arena, range)
                 : tree_dotted(arena, names ? json_get(names, "items") : NULL);
}

void lint_names_init(struct lint_names *names)
{
    *names = (struct lint_names){.count = 0};
    map_init(&names->seen, LINT_CHANGES_MAX);
}

void lint_names_done(struct lint_names *names)
{
    map_done(&names->seen);
}

struct naming {
    struct arena *arena;
    struct lint_names *names;
};

static void add(const struct naming *naming, struct str name)
{
    struct lint_names *names = naming->names;
    if (name.n == 0 || map_find(&names->seen, name) || !map_put(&names->seen, name, names))
        return;
    LIST_PUSH(naming->arena, names->items, names->count, names->capacity) = name;
}

static bool visit_call(void *context, const struct json *node)
{
    const struct naming *naming = context;
    const struct json *call = json_get(node, "FuncCall");
    const struct json *list = call ? json_get(call, "funcname") : NULL;
    struct str name = STR("");
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        name = tree_string(item);
    if (name.n > 0)
        LIST_PUSH(naming->arena, naming->names->functions, naming->names->function_count,
                  naming->names->function_capacity) = name;
    return false;
}

static void add_index(const struct naming *naming, const struct json *body)
{
    const struct json *relation = json_get(body, "relation");
    struct str schema = relation ? json_get_str(relation, "schemaname") : STR("");
    add(naming, tree_key(naming->arena, schema, json_get_str(body, "idxname")));
}

static void add_commands(const struct naming *naming, const struct json *body)
{
    const struct json *commands = json_get(body, "cmds");
    for (const struct json *item = commands ? commands->first : NULL; item; item = item->next) {
        const struct json *command = tree_as(item, "AlterTableCmd");
        const struct json *def = command ? json_get(command, "def") : NULL;
        const struct json *column = tree_as(def, "ColumnDef");
        const struct json *partition = tree_as(def, "PartitionCmd");
        const struct json *constraint = tree_as(def, "Constraint");
        const struct json *key = column ? tree_constraint(column, "CONSTR_FOREIGN") : constraint;
        (void)tree_visit(tree_constraint(column, "CONSTR_DEFAULT"), visit_call,
                         &(struct naming){naming->arena, naming->names});
        if (partition)
            add(naming, tree_relation(naming->arena, json_get(partition, "name")));
        if (key)
            add(naming, tree_relation(naming->arena, json_get(key, "pktable")));
    }
}

void lint_names_add(struct arena *arena, struct lint_names *names, const struct json *tree)
{
    static const char *const keys[] = {"objects", "relations", "rels"};
    const struct json *body = tree && tree->type == JSON_OBJECT ? tree->first : NULL;
    struct naming naming = {arena, names};
    if (!body || body->type != JSON_OBJECT)
        return;
    add(&naming, tree_relation(arena, json_get(body, "relation")));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct json *list = json_get(body, keys[i]);
        for (const struct json *item = list ? list->first : NULL; item; item = item->next)
            add(&naming, lint_named(arena, item));
    }
    if (str_is(body->key, "IndexStmt"))
        add_index(&naming, body);
    add_commands(&naming, body);
}
