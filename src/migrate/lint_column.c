/* lint_column.c - rules about columns: their types, defaults and NOT NULL. */
#include "migrate/lint_look.h"

/* Functions that are volatile, and those that are not, where no server says it. */
static const char *const volatile_names[] = {
    "random",           "gen_random_uuid",  "clock_timestamp",  "nextval", "timeofday",
    "uuid_generate_v1", "uuid_generate_v4", "gen_random_bytes", "setval",  "random_normal"};
static const char *const stable_names[] = {"now",
                                           "transaction_timestamp",
                                           "statement_timestamp",
                                           "current_setting",
                                           "lower",
                                           "upper",
                                           "date_trunc",
                                           "to_char",
                                           "concat",
                                           "coalesce",
                                           "md5",
                                           "jsonb_build_object",
                                           "json_build_object",
                                           "array_fill",
                                           "timezone",
                                           "length",
                                           "make_date",
                                           "make_interval",
                                           "to_timestamp",
                                           "date_part"};

static bool is_among(struct str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(name, names[i]))
            return true;
    return false;
}

/* Is the name in that list of the facts? */
static bool is_told(const struct json *facts, const char *key, struct str name)
{
    const struct json *list = facts ? json_get(facts, key) : NULL;
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (str_equal(item->text, name))
            return true;
    return false;
}

struct calling {
    const struct json *facts;
    struct str found; /* volatile, or not known */
    bool certain;
};

static bool visit_call(void *context, const struct json *node)
{
    struct calling *calling = context;
    const struct json *call = json_get(node, "FuncCall");
    const struct json *list = call ? json_get(call, "funcname") : NULL;
    struct str name = STR("");
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        name = tree_string(item);
    if (name.n == 0)
        return false;
    bool known = is_told(calling->facts, "functions", name);
    bool moves =
        is_told(calling->facts, "volatile", name) ||
        (!known && is_among(name, volatile_names, sizeof volatile_names / sizeof *volatile_names));
    if (moves ||
        (!known && !is_among(name, stable_names, sizeof stable_names / sizeof *stable_names))) {
        calling->found = name;
        calling->certain = moves;
    }
    return moves;
}

bool lint_is_rewriting_default(struct lint_look *look)
{
    enum { CONSTANT_DEFAULTS = 110000 };
    const struct json *fallback = tree_constraint(look->column, "CONSTR_DEFAULT");
    const struct json *value = fallback ? json_get(fallback, "raw_expr") : NULL;
    struct calling calling = {.facts = look->lint->facts, .found = STR("")};
    const struct json *generated = tree_constraint(look->column, "CONSTR_GENERATED");
    if (generated) {
        look->location = tree_location(generated);
        look->instead = STR("Add a plain column, fill it in steps, and keep it by a trigger.");
        return true;
    }
    if (!value && tree_constraint(look->column, "CONSTR_IDENTITY"))
        return true; /* every row gets a number of the sequence */
    if (!value)
        return false;
    look->location = tree_location(fallback);
    if (look->lint->version > 0 && look->lint->version < CONSTANT_DEFAULTS)
        return true;
    if (tree_visit(value, visit_call, &calling) || calling.found.n > 0 || tree_is_cut(value)) {
        look->unsure = !calling.certain;
        return true;
    }
    return false;
}

/* The column as the server has it, [name, type, modifier, not null, ...]; NULL: no such. */
static const struct json *column_of(const struct lint_look *look, struct str name)
{
    const struct json *fact = look_fact(look, look->table);
    const struct json *list = fact ? json_get(fact, "columns") : NULL;
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (str_equal(json_get_str(item, "name"), name))
            return item;
    return NULL;
}

bool lint_is_required(struct lint_look *look)
{
    static const char *const given[] = {"CONSTR_DEFAULT", "CONSTR_GENERATED", "CONSTR_IDENTITY"};
    const struct json *column = look->column;
    const struct json *demand = tree_constraint(column, "CONSTR_NOTNULL");
    if (!demand)
        demand = tree_constraint(column, "CONSTR_PRIMARY");
    if (!demand)
        return false;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (tree_constraint(column, given[i]))
            return false;
    struct tree_type type = tree_type(look_arena(look), json_get(column, "typeName"));
    bool there =
        tree_flag(look->command, "missing_ok") && column_of(look, json_get_str(column, "colname"));
    look->location = tree_location(demand);
    return !tree_type_is_serial(&type) && !there;
}

/* The expression of USING is the column itself, or a cast of it to the very type. */
static bool is_plain_using(const struct lint_look *look, const struct tree_type *to)
{
    const struct json *expression = json_get(look->column, "raw_default");
    const struct json *cast = tree_as(expression, "TypeCast");
    struct str name = json_get_str(look->command, "name");
    if (!expression || str_equal(tree_column(expression), name))
        return true;
    if (!cast || !str_equal(tree_column(json_get(cast, "arg")), name))
        return false;
    struct tree_type type = tree_type(look_arena(look), json_get(cast, "typeName"));
    return str_equal(type.name, to->name) && type.array == to->array;
}

static bool is_utc(const struct lint_look *look)
{
    struct str zone = look->lint->facts ? json_get_str(look->lint->facts, "zone") : STR("");
    return str_is_nocase(zone, "utc") || str_is_nocase(zone, "gmt") ||
           str_is_nocase(zone, "etc/utc");
}

bool lint_is_type_change(struct lint_look *look)
{
    struct str name = json_get_str(look->command, "name");
    const struct json *column = column_of(look, name);
    struct tree_type to = tree_type(look_arena(look), json_get(look->column, "typeName"));
    int64_t modifier = -1;
    struct str shown = look_named(look, look->table);
    if (!column || look_change(look, CHANGE_COLUMN_MADE, name)) {
        look->what = str_printf(look_arena(look),
                                "%.*s: changing the type of %.*s to %.*s writes the whole table "
                                "anew, and nobody reads or writes it while; only some widenings "
                                "spare that, and of which type it is is not known.",
                                STR_ARGS(shown), STR_ARGS(name), STR_ARGS(to.name));
        return true;
    }
    (void)!json_get_int(column, "mod", &modifier);
    struct tree_type from = tree_type_of(json_get_str(column, "type"), modifier);
    if (is_plain_using(look, &to) && tree_type_widens(&from, &to, is_utc(look)))
        return false;
    look->what =
        str_printf(look_arena(look),
                   "%.*s: changing %.*s from %.*s to %.*s writes the whole table and its "
                   "indexes anew, and nobody reads or writes it while.",
                   STR_ARGS(shown), STR_ARGS(name), STR_ARGS(from.name), STR_ARGS(to.name));
    return true;
}

/* A constraint of the server: does it demand that the column is not null? Its definition is
 * PostgreSQL's own writing of it. */
static bool fact_demands(const struct lint_look *look, const struct json *constraint,
                         struct str column)
{
    struct str text = json_get_str(constraint, "def");
    struct str name = str_printf(look_arena(look), "(%.*s IS NOT NULL)", STR_ARGS(column));
    struct str quoted = str_printf(look_arena(look), "(\"%.*s\" IS NOT NULL)", STR_ARGS(column));
    bool plain = str_find(text, " OR ", 0) == text.n && str_find(text, "CASE ", 0) == text.n &&
                 str_find(text, "NOT (", 0) == text.n;
    bool valid = tree_flag(constraint, "valid") ||
                 look_change(look, CHANGE_VALIDATED, json_get_str(constraint, "name"));
    return valid && tree_is(constraint, "type", "c") && plain &&
           (str_find(text, name.p, 0) < text.n || str_find(text, quoted.p, 0) < text.n) &&
           !look_change(look, CHANGE_CONSTRAINT_GONE, json_get_str(constraint, "name"));
}

static bool is_checked(const struct lint_look *look, struct str column)
{
    const struct json *fact = look_fact(look, look->table);
    const struct json *list = fact ? json_get(fact, "constraints") : NULL;
    const struct lint_change *change = map_find(&look->lint->changes, look->table);
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (fact_demands(look, item, column))
            return true;
    for (; change; change = change->before) {
        bool valid = change->kind == CHANGE_CHECK ||
                     (change->kind == CHANGE_UNCHECKED && change->name.n > 0 &&
                      look_change(look, CHANGE_VALIDATED, change->name));
        if (valid && change->condition && tree_demands(change->condition, column) &&
            !look_change(look, CHANGE_CONSTRAINT_GONE, change->name))
            return true;
    }
    return false;
}

bool lint_is_not_null(struct lint_look *look)
{
    struct str name = json_get_str(look->command, "name");
    const struct json *column = column_of(look, name);
    if (tree_flag(column, "not_null") || is_checked(look, name))
        return false;
    struct str shown = look_named(look, look->table);
    look->what = str_printf(look_arena(look),
                            "%.*s: all of it is read for NULLs in %.*s, and nobody reads or writes "
                            "it while.",
                            STR_ARGS(shown), STR_ARGS(name));
    return true;
}

static struct tree_type type_of(struct lint_look *look)
{
    const struct json *name = json_get(look->column, "typeName");
    look->location = name ? tree_location(name) : look->location;
    return tree_type(look_arena(look), name);
}

bool lint_is_serial(struct lint_look *look)
{
    struct tree_type type = type_of(look);
    return tree_type_is_serial(&type);
}

bool lint_is_small_int(struct lint_look *look)
{
    struct str name = type_of(look).name;
    return str_is(name, "int2") || str_is(name, "smallserial") || str_is(name, "serial2");
}

bool lint_is_int(struct lint_look *look)
{
    struct str name = type_of(look).name;
    return str_is(name, "int4") || str_is(name, "serial") || str_is(name, "serial4");
}

bool lint_is_char(struct lint_look *look)
{
    return str_is(type_of(look).name, "bpchar");
}

bool lint_is_limited_text(struct lint_look *look)
{
    struct tree_type type = type_of(look);
    return str_is(type.name, "varchar") && type.mod_count != 0;
}

bool lint_is_timestamp(struct lint_look *look)
{
    return str_is(type_of(look).name, "timestamp");
}

bool lint_is_json(struct lint_look *look)
{
    return str_is(type_of(look).name, "json");
}
