/* lint_tree.h - reading the trees of PostgreSQL's grammar: names, types, expressions. Pure. */
#ifndef MIGRATE_LINT_TREE_H
#define MIGRATE_LINT_TREE_H

#include "base/json.h"

/* The body of the node when it is one of that kind, {"Constraint":{…}}; else NULL. */
const struct json *tree_as(const struct json *node, const char *kind);
/* Text of an enum or name in the body; "" when absent. */
bool tree_is(const struct json *body, const char *key, const char *value);
bool tree_flag(const struct json *body, const char *key);
/* Does it say CASCADE? */
bool tree_cascades(const struct json *body);
/* The byte at which it stands in its statement; absent: 0. */
size_t tree_location(const struct json *body);

/* The key of a table or index: "orders", "shop.orders"; the schema public is left out, and a name
 * with a dot or quote in it stands in quotes. "" without a name. */
struct str tree_key(struct arena *arena, struct str schema, struct str name);
/* Of a RangeVar's body. */
struct str tree_relation(struct arena *arena, const struct json *range);
/* The same of a list of String nodes: ["shop","orders"]. */
struct str tree_dotted(struct arena *arena, const struct json *list);
/* The text of a String node; "" when it is none. */
struct str tree_string(const struct json *node);
/* The constraint of that kind among a column's; NULL when there is none. */
const struct json *tree_constraint(const struct json *column, const char *contype);
/* The column itself of "a" or "t.a"; "" for any other expression. */
struct str tree_column(const struct json *expression);
/* Does the condition demand that the column is not null (alone or by AND)? */
bool tree_demands(const struct json *condition, struct str column);

enum { TREE_MODS_MAX = 2 };
struct tree_type {
    struct str name; /* as pg_type has it, "int4"; with its schema unless that is pg_catalog */
    int64_t mods[TREE_MODS_MAX];
    int mod_count; /* -1: they are no plain numbers */
    bool array;
};
/* Of a TypeName's body. */
struct tree_type tree_type(struct arena *arena, const struct json *type_name);
/* Is it serial, bigserial or smallserial? */
bool tree_type_is_serial(const struct tree_type *type);
/* The type of a column as the server has it: name of pg_type and atttypmod. */
struct tree_type tree_type_of(struct str name, int64_t modifier);
/* Does a change from the one to the other leave the table's rows as they are? utc: the session's
 * TimeZone has no offset, so that timestamp and timestamptz are the same. */
bool tree_type_widens(const struct tree_type *from, const struct tree_type *to, bool utc);

/* The first call of a function in the expression, or NULL; next: behind that one. */
typedef bool tree_visit_fn(void *context, const struct json *node);
/* Calls visit with every object in the tree until it answers true, and then does, too. */
bool tree_visit(const struct json *node, tree_visit_fn *visit, void *context);
/* Has a part of it been left out because it was too deep? */
bool tree_is_cut(const struct json *node);

#endif
