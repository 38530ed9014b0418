/* lint_tree.c - the trees of PostgreSQL's grammar as JSON. */
#include "migrate/lint_tree.h"

#include "migrate/lint.h"

enum { DEPTH_KEPT = 56, VARLENA = 4, NUMERIC_SHIFT = 16, NUMERIC_MASK = 0xffff };

const struct json *tree_as(const struct json *node, const char *kind)
{
    return node && node->type == JSON_OBJECT ? json_get(node, kind) : NULL;
}

bool tree_is(const struct json *body, const char *key, const char *value)
{
    return body && str_is(json_get_str(body, key), value);
}

bool tree_flag(const struct json *body, const char *key)
{
    const struct json *value = body ? json_get(body, key) : NULL;
    return value && value->type == JSON_TRUE;
}

bool tree_cascades(const struct json *body)
{
    return tree_is(body, "behavior", "DROP_CASCADE");
}

size_t tree_location(const struct json *body)
{
    int64_t at = 0;
    if (!body || !json_get_int(body, "location", &at) || at < 0)
        return 0;
    return (size_t)at;
}

struct str tree_string(const struct json *node)
{
    const struct json *string = tree_as(node, "String");
    return string ? json_get_str(string, "sval") : STR("");
}

/* A name with a dot or quote in it keeps its quotes, so that the key can be read back. */
static struct str part_of(struct arena *arena, struct str name)
{
    struct text text;
    if (str_find_byte(name, '.', 0) == name.n && str_find_byte(name, '"', 0) == name.n)
        return name;
    text_init(&text, arena, 2 * name.n + 3);
    text_byte(&text, '"');
    for (size_t i = 0; i < name.n; i++)
        text_add(&text, name.p[i] == '"' ? STR("\"\"") : str_slice(name, i, i + 1));
    text_byte(&text, '"');
    return text_str(&text);
}

struct str tree_key(struct arena *arena, struct str schema, struct str name)
{
    if (name.n == 0 || schema.n == 0 || str_is(schema, "public"))
        return part_of(arena, name);
    return str_printf(arena, "%.*s.%.*s", STR_ARGS(part_of(arena, schema)),
                      STR_ARGS(part_of(arena, name)));
}

struct str tree_relation(struct arena *arena, const struct json *range)
{
    if (!range)
        return STR("");
    return tree_key(arena, json_get_str(range, "schemaname"), json_get_str(range, "relname"));
}

struct str tree_dotted(struct arena *arena, const struct json *list)
{
    struct str schema = STR("");
    struct str name = STR("");
    for (const struct json *item = list ? list->first : NULL; item; item = item->next) {
        schema = name;
        name = tree_string(item);
    }
    return tree_key(arena, schema, name);
}

const struct json *tree_constraint(const struct json *column, const char *contype)
{
    const struct json *list = column ? json_get(column, "constraints") : NULL;
    for (const struct json *item = list ? list->first : NULL; item; item = item->next) {
        const struct json *constraint = tree_as(item, "Constraint");
        if (tree_is(constraint, "contype", contype))
            return constraint;
    }
    return NULL;
}

struct str tree_column(const struct json *expression)
{
    const struct json *reference = tree_as(expression, "ColumnRef");
    const struct json *fields = reference ? json_get(reference, "fields") : NULL;
    struct str name = STR("");
    for (const struct json *item = fields ? fields->first : NULL; item; item = item->next)
        name = tree_string(item);
    return name;
}

bool tree_demands(const struct json *condition, struct str column)
{
    const struct json *test = tree_as(condition, "NullTest");
    const struct json *both = tree_as(condition, "BoolExpr");
    if (test)
        return tree_is(test, "nulltesttype", "IS_NOT_NULL") &&
               str_equal(tree_column(json_get(test, "arg")), column);
    if (!both || !tree_is(both, "boolop", "AND_EXPR"))
        return false;
    const struct json *list = json_get(both, "args");
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (tree_demands(item, column))
            return true;
    return false;
}

static bool read_mod(const struct json *node, int64_t *out_value)
{
    const struct json *constant = tree_as(node, "A_Const");
    const struct json *number = constant ? json_get(constant, "ival") : NULL;
    *out_value = 0; /* a zero is left out by the writer */
    if (!number)
        return false;
    return json_get_int(number, "ival", out_value) || number->count == 0;
}

struct tree_type tree_type(struct arena *arena, const struct json *type_name)
{
    struct tree_type type = {.name = STR("")};
    const struct json *names = type_name ? json_get(type_name, "names") : NULL;
    const struct json *mods = type_name ? json_get(type_name, "typmods") : NULL;
    const struct json *bounds = type_name ? json_get(type_name, "arrayBounds") : NULL;
    if (names && names->first && str_is(tree_string(names->first), "pg_catalog"))
        type.name = tree_string(names->first->next);
    else
        type.name = tree_dotted(arena, names);
    type.array = bounds && bounds->count > 0;
    for (const struct json *mod = mods ? mods->first : NULL; mod; mod = mod->next) {
        if (type.mod_count < 0 || type.mod_count == TREE_MODS_MAX ||
            !read_mod(mod, &type.mods[type.mod_count])) {
            type.mod_count = -1;
            return type;
        }
        type.mod_count++;
    }
    return type;
}

bool tree_type_is_serial(const struct tree_type *type)
{
    static const char *const names[] = {"serial",  "serial4",     "bigserial",
                                        "serial8", "smallserial", "serial2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(type->name, names[i]))
            return true;
    return false;
}

static bool is_character(struct str name)
{
    return str_is(name, "varchar") || str_is(name, "bpchar");
}

struct tree_type tree_type_of(struct str name, int64_t modifier)
{
    struct tree_type type = {.name = name};
    if (str_starts(name, "_")) {
        type.array = true;
        type.name = str_from(name, 1);
    }
    if (modifier < 0)
        return type;
    type.mod_count = 1;
    type.mods[0] = modifier;
    if (is_character(type.name)) {
        type.mods[0] = modifier - VARLENA;
    } else if (str_is(type.name, "numeric")) {
        type.mod_count = 2;
        type.mods[0] = ((modifier - VARLENA) >> NUMERIC_SHIFT) & NUMERIC_MASK;
        type.mods[1] = (modifier - VARLENA) & NUMERIC_MASK;
    }
    return type;
}

static bool limits_widen(const struct tree_type *from, const struct tree_type *to)
{
    if (from->mod_count < 0 || to->mod_count < 0)
        return false;
    if (to->mod_count == 0)
        return true;
    if (str_is(to->name, "numeric")) {
        int64_t to_scale = to->mod_count > 1 ? to->mods[1] : 0;
        int64_t from_scale = from->mod_count > 1 ? from->mods[1] : 0;
        return from->mod_count > 0 && to_scale == from_scale && to->mods[0] >= from->mods[0];
    }
    return from->mod_count > 0 && to->mods[0] >= from->mods[0];
}

static bool limits_same(const struct tree_type *from, const struct tree_type *to)
{
    bool same = from->mod_count == to->mod_count && from->mod_count >= 0;
    for (int i = 0; same && i < from->mod_count; i++)
        same = from->mods[i] == to->mods[i];
    return same;
}

/* Types whose rows stay as they are when only the limit grows. */
static bool has_growing_limit(struct str name)
{
    static const char *const names[] = {"varchar",     "numeric", "varbit", "timestamp",
                                        "timestamptz", "time",    "timetz"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(name, names[i]))
            return true;
    return false;
}

bool tree_type_widens(const struct tree_type *from, const struct tree_type *to, bool utc)
{
    static const struct {
        const char *from, *to;
    } same[] = {{"varchar", "text"}, {"text", "varchar"}, {"cidr", "inet"},
                {"citext", "text"},  {"xml", "text"},     {"int4", "oid"}};
    if (from->array != to->array)
        return false;
    if (str_equal(from->name, to->name))
        return limits_same(from, to) ||
               (!from->array && has_growing_limit(to->name) && limits_widen(from, to));
    if (utc && !from->array && str_starts(from->name, "timestamp") &&
        str_starts(to->name, "timestamp"))
        return limits_widen(from, to) || limits_same(from, to);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (str_is(from->name, same[i].from) && str_is(to->name, same[i].to))
            return to->mod_count == 0 && !from->array;
    return false;
}

bool tree_visit(const struct json *node, tree_visit_fn *visit, void *context)
{
    if (!node || (node->type != JSON_OBJECT && node->type != JSON_ARRAY))
        return false;
    if (node->type == JSON_OBJECT && visit(context, node))
        return true;
    for (const struct json *child = node->first; child; child = child->next)
        if (tree_visit(child, visit, context))
            return true;
    return false;
}

static bool has_null(void *context, const struct json *node)
{
    (void)context;
    for (const struct json *child = node->first; child; child = child->next)
        if (child->type == JSON_NULL)
            return true;
    return false;
}

bool tree_is_cut(const struct json *node)
{
    return tree_visit(node, has_null, NULL);
}

/* Behind a string that begins at the byte at. */
static size_t string_end(struct str tree, size_t at)
{
    for (at++; at < tree.n && tree.p[at] != '"'; at++)
        at += tree.p[at] == '\\';
    return at + 1 < tree.n ? at + 1 : tree.n;
}

struct str lint_prune(struct arena *arena, struct str tree)
{
    struct text kept;
    int depth = 0;
    size_t from = 0; /* of what is kept */
    text_init(&kept, arena, tree.n + 1);
    text_reserve(&kept, tree.n);
    for (size_t at = 0; at < tree.n;) {
        char c = tree.p[at];
        if (c == '"') {
            at = string_end(tree, at);
            continue;
        }
        bool opens = c == '{' || c == '[';
        bool closes = c == '}' || c == ']';
        depth += opens;
        if (opens && depth == DEPTH_KEPT + 1) {
            text_add(&kept, str_slice(tree, from, at));
            text_adds(&kept, "null");
        }
        depth -= closes;
        at++;
        if (closes && depth == DEPTH_KEPT)
            from = at;
    }
    if (depth <= DEPTH_KEPT)
        text_add(&kept, str_from(tree, from));
    return text_str(&kept);
}
