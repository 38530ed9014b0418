/* lint_server.c - rules that only somebody who asks the server can judge: what is there, what hangs
 * on it, who holds it now. */
#include "migrate/lint_look.h"

enum { MINUTE_S = 60, HOUR_S = 3600, NAMES_MAX = 5 };

static bool is_optional(const struct lint_look *look)
{
    return tree_flag(look->body, "missing_ok");
}

static const struct json *item_named(const struct json *fact, const char *key, struct str name)
{
    const struct json *list = fact ? json_get(fact, key) : NULL;
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (str_equal(json_get_str(item, "name"), name))
            return item;
    return NULL;
}

/* Which columns there are is known of existing tables that these files have not renamed. */
static bool column_is_missing(struct lint_look *look)
{
    static const char *const needs[] = {"AT_DropColumn", "AT_SetNotNull", "AT_DropNotNull",
                                        "AT_AlterColumnType", "AT_ColumnDefault"};
    const struct json *fact = look_fact(look, look->table);
    struct str name = json_get_str(look->command, "name");
    bool needed = false;
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        needed = needed || tree_is(look->command, "subtype", needs[i]);
    if (!needed || !fact || tree_flag(look->command, "missing_ok") ||
        look_size(look, look->table) == SIZE_NEW || item_named(fact, "columns", name) ||
        look_change(look, CHANGE_COLUMN_MADE, name))
        return false;
    look->what = str_printf(look_arena(look), "%.*s has no column %.*s: the statement fails.",
                            STR_ARGS(look->table), STR_ARGS(name));
    return true;
}

bool lint_is_missing(struct lint_look *look)
{
    if (look->command)
        return column_is_missing(look);
    if (look->table.n == 0 || is_optional(look) || !look_is_absent(look, look->table) ||
        look_change(look, CHANGE_TABLE_MADE, look->table))
        return false;
    look->unsure = lint_change_of(look->lint, STR(""), CHANGE_SET, STR("search_path")) != NULL;
    look->what = str_printf(look_arena(look),
                            "%.*s is not there (as this user sees it): the statement fails.",
                            STR_ARGS(look->table));
    return true;
}

static bool column_is_there(struct lint_look *look)
{
    struct str name = json_get_str(look->column, "colname");
    const struct json *there = item_named(look_fact(look, look->table), "columns", name);
    if (!tree_is(look->command, "subtype", "AT_AddColumn") || !there ||
        look_change(look, CHANGE_COLUMN_GONE, name))
        return false;
    if (!tree_flag(look->command, "missing_ok")) {
        look->what = str_printf(look_arena(look),
                                "%.*s has a column %.*s already: the statement "
                                "fails.",
                                STR_ARGS(look->table), STR_ARGS(name));
        return true;
    }
    struct tree_type to = tree_type(look_arena(look), json_get(look->column, "typeName"));
    struct tree_type from = tree_type_of(json_get_str(there, "type"), -1);
    if (str_equal(to.name, from.name) && to.array == from.array)
        return false;
    look->level = LINT_WARNING;
    look->what =
        str_printf(look_arena(look),
                   "%.*s has a column %.*s of type %.*s already, which IF NOT EXISTS "
                   "leaves as it is: it does not become %.*s.",
                   STR_ARGS(look->table), STR_ARGS(name), STR_ARGS(from.name), STR_ARGS(to.name));
    return true;
}

/* The index a CREATE INDEX makes, as a key; "": the server names it. */
static struct str index_of(const struct lint_look *look)
{
    const struct json *relation = json_get(look->body, "relation");
    struct str schema = relation ? json_get_str(relation, "schemaname") : STR("");
    return tree_key(look_arena(look), schema, json_get_str(look->body, "idxname"));
}

static bool is_gone(const struct lint_look *look, struct str name)
{
    return lint_change_of(look->lint, name, CHANGE_TABLE_GONE, name) != NULL;
}

bool lint_is_there_already(struct lint_look *look)
{
    bool index = strcmp(look->kind, "IndexStmt") == 0;
    struct str name = index ? index_of(look) : look->table;
    if (look->command)
        return column_is_there(look);
    if (strcmp(look->kind, "CreateStmt") != 0 && !index)
        return false;
    if (name.n == 0 || !look_fact(look, name) || is_gone(look, name) ||
        tree_flag(look->body, "if_not_exists"))
        return false;
    look->what =
        str_printf(look_arena(look), "%.*s is there already: the statement fails.", STR_ARGS(name));
    return true;
}

bool lint_is_invalid_index(struct lint_look *look)
{
    struct str name = index_of(look);
    const struct json *fact = name.n > 0 ? look_fact(look, name) : NULL;
    if (!fact || !tree_is(fact, "kind", "i") || tree_flag(fact, "valid") || is_gone(look, name) ||
        !tree_flag(look->body, "if_not_exists"))
        return false;
    look->what = str_printf(look_arena(look),
                            "%.*s is there, left invalid by a build that failed: IF NOT EXISTS "
                            "passes over it, and queries go on without an index.",
                            STR_ARGS(name));
    look->instead = str_printf(look_arena(look),
                               "Put DROP INDEX CONCURRENTLY IF EXISTS %.*s; "
                               "before it.",
                               STR_ARGS(name));
    return true;
}

/* Is it dropped by this statement, too, or by one before? */
static bool goes_too(const struct lint_look *look, struct str name)
{
    const struct json *list = json_get(look->body, "objects");
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (str_equal(lint_named(look_arena(look), item), name))
            return true;
    return is_gone(look, name);
}

/* "view a, foreign key of b": what hangs on the table, or on that column of it. */
static struct str dependents(const struct lint_look *look, struct str column, bool views)
{
    const struct json *fact = look_fact(look, look->table);
    const struct json *list = fact ? json_get(fact, "depends") : NULL;
    struct text text;
    size_t count = 0;
    text_init(&text, look_arena(look), LINT_SENTENCE_BYTES);
    for (const struct json *item = list ? list->first : NULL; item; item = item->next) {
        struct str name = json_get_str(item, "name");
        if ((column.n > 0 && !str_equal(json_get_str(item, "column"), column)) ||
            (column.n == 0 && tree_flag(item, "own")) || goes_too(look, name) ||
            (views && str_starts(json_get_str(item, "what"), "foreign")))
            continue;
        struct str one = str_printf(look_arena(look), "%.*s %.*s",
                                    STR_ARGS(json_get_str(item, "what")), STR_ARGS(name));
        if (str_find(text_str(&text), one.p, 0) < text.n || count++ >= NAMES_MAX)
            continue;
        text_printf(&text, "%s%.*s", text.n > 0 ? ", " : "", STR_ARGS(one));
    }
    if (count > NAMES_MAX)
        text_printf(&text, " and %zu more", count - NAMES_MAX);
    return text_str(&text);
}

static bool tell_dependents(struct lint_look *look, struct str what, struct str names, bool cascade)
{
    if (names.n == 0)
        return false;
    if (cascade) {
        look->level = LINT_WARNING;
        look->what = str_printf(look_arena(look), "CASCADE drops with %.*s: %.*s.", STR_ARGS(what),
                                STR_ARGS(names));
        look->instead = STR("Drop what is meant by its own name, without CASCADE.");
        return true;
    }
    look->what = str_printf(look_arena(look), "On %.*s hangs: %.*s; the statement fails.",
                            STR_ARGS(what), STR_ARGS(names));
    return true;
}

bool lint_is_depended_on(struct lint_look *look)
{
    return !tree_is(look->body, "removeType", "OBJECT_INDEX") &&
           tell_dependents(look, look->table, dependents(look, STR(""), false),
                           tree_cascades(look->body));
}

bool lint_is_column_depended_on(struct lint_look *look)
{
    struct str name = json_get_str(look->command, "name");
    bool type = tree_is(look->command, "subtype", "AT_AlterColumnType");
    struct str what =
        str_printf(look_arena(look), "%.*s.%.*s", STR_ARGS(look->table), STR_ARGS(name));
    return tell_dependents(look, what, dependents(look, name, type),
                           !type && tree_cascades(look->command));
}

bool lint_is_partitioned(struct lint_look *look)
{
    const struct json *fact = look_fact(look, look->table);
    if (!fact || !tree_is(fact, "kind", "p"))
        return false;
    if (look->constraint) {
        look->what = str_printf(look_arena(look),
                                "%.*s is partitioned, and takes no foreign key with NOT VALID: "
                                "the statement fails.",
                                STR_ARGS(look->table));
        look->instead = STR("Add the key to each partition with NOT VALID, validate these, and "
                            "then add it to the whole.");
        return tree_flag(look->constraint, "skip_validation");
    }
    if (!tree_flag(look->body, "concurrent"))
        return false;
    look->what =
        str_printf(look_arena(look), "%.*s is partitioned: CREATE INDEX CONCURRENTLY on it fails.",
                   STR_ARGS(look->table));
    return true;
}

/* "12 minutes" */
static struct str lasting(const struct lint_look *look, const struct json *holder)
{
    int64_t s = 0;
    if (!json_get_int(holder, "age_s", &s))
        return STR("since when is hidden from this user (GRANT pg_monitor)");
    if (s < 2 * MINUTE_S)
        return str_printf(look_arena(look), "open for %lld s", (long long)s);
    if (s < 2 * HOUR_S)
        return str_printf(look_arena(look), "open for %lld minutes", (long long)(s / MINUTE_S));
    return str_printf(look_arena(look), "open for %lld hours", (long long)(s / HOUR_S));
}

static bool is_old(const struct json *holder)
{
    int64_t s = 0;
    return !json_get_int(holder, "age_s", &s) || s >= LINT_OLD_S;
}

/* Would our lock wait for one that holds that mode? */
static bool conflicts(const struct lint_look *look, struct str mode)
{
    if (look->lock == LOCK_ALL_WAIT)
        return true;
    if (str_is(mode, "AccessShareLock") || str_is(mode, "RowShareLock"))
        return false;
    return true; /* CONCURRENTLY waits for writers, too, though it needs no lock against them */
}

static const struct json *oldest(const struct lint_look *look, const struct json *list, bool locks)
{
    const struct json *found = NULL;
    int64_t most = -1;
    for (const struct json *item = list ? list->first : NULL; item; item = item->next) {
        int64_t s = 0;
        (void)!json_get_int(item, "age_s", &s);
        if (!is_old(item) || (locks && !conflicts(look, json_get_str(item, "mode"))) || s <= most)
            continue;
        found = item;
        most = s;
    }
    return found;
}

/* "process 123 (app, ana, open for 12 minutes, idle in transaction)" */
static struct str who(const struct lint_look *look, const struct json *holder)
{
    int64_t pid = 0;
    struct str state = json_get_str(holder, "state");
    struct str gid = json_get_str(holder, "prepared");
    if (gid.n > 0)
        return str_printf(look_arena(look), "the prepared transaction %.*s (%.*s)", STR_ARGS(gid),
                          STR_ARGS(lasting(look, holder)));
    (void)!json_get_int(holder, "pid", &pid);
    return str_printf(look_arena(look), "process %lld of %.*s (%.*s%s%.*s)", (long long)pid,
                      STR_ARGS(json_get_str(holder, "user")), STR_ARGS(lasting(look, holder)),
                      state.n > 0 ? ", " : "", STR_ARGS(state));
}

bool lint_is_waiting(struct lint_look *look)
{
    const struct json *fact = look_fact(look, look->table);
    const struct json *holder = oldest(look, fact ? json_get(fact, "holders") : NULL, true);
    int64_t waiting = 0;
    if (!holder || look_size(look, look->table) == SIZE_NEW)
        return false;
    (void)!json_get_int(fact, "waiting", &waiting);
    bool alone = look->lock == LOCK_CONCURRENTLY;
    struct str queue =
        waiting > 0 ? str_printf(look_arena(look), "; %lld wait there already", (long long)waiting)
                    : STR("");
    look->what = str_printf(look_arena(look),
                            "%.*s is held now by %.*s%.*s: this will wait behind "
                            "it%s.",
                            STR_ARGS(look->table), STR_ARGS(who(look, holder)), STR_ARGS(queue),
                            alone ? "" : ", and everybody else behind this, until lock_timeout");
    if (json_get(holder, "prepared"))
        look->level = LINT_ERROR;
    return true;
}

bool lint_is_waiting_for_snapshot(struct lint_look *look)
{
    if (look->lock != LOCK_CONCURRENTLY)
        return false;
    const struct json *holder = oldest(look, json_get(look->lint->facts, "snapshots"), false);
    int64_t hidden = 0;
    if (!holder && json_get_int(look->lint->facts, "hidden", &hidden) && hidden > 0) {
        look->unsure = true;
        look->what = str_printf(look_arena(look),
                                "CONCURRENTLY waits for every transaction that is older, and of "
                                "%lld sessions this user does not see whether they have one.",
                                (long long)hidden);
        look->instead = STR("GRANT pg_monitor to the user, and it is told.");
        return true;
    }
    if (!holder)
        return false;
    look->what = str_printf(look_arena(look),
                            "CONCURRENTLY waits for every transaction that is older, also on other "
                            "tables: now for %.*s.",
                            STR_ARGS(who(look, holder)));
    if (json_get(holder, "prepared"))
        look->level = LINT_ERROR;
    return true;
}

static bool drops_identity(struct lint_look *look, const struct json *fact)
{
    const struct json *constraint =
        item_named(fact, "constraints", json_get_str(look->command, "name"));
    if (!tree_is(look->command, "subtype", "AT_DropConstraint") ||
        !tree_is(constraint, "type", "p") || !tree_is(fact, "identity", "d"))
        return false;
    look->level = LINT_ERROR;
    look->what = str_printf(look_arena(look),
                            "%.*s is published, and its primary key tells subscribers which row is "
                            "meant: without it every UPDATE and DELETE on it fails.",
                            STR_ARGS(look->table));
    look->instead = STR("Give it another identity first: ALTER TABLE … REPLICA IDENTITY USING "
                        "INDEX, or FULL.");
    return true;
}

bool lint_is_replicated(struct lint_look *look)
{
    const struct json *fact = look_fact(look, look->table);
    if (!fact || !tree_flag(fact, "published"))
        return false;
    if (drops_identity(look, fact))
        return true;
    if (!tree_is(look->command, "subtype", "AT_AddColumn"))
        return false;
    look->what = str_printf(look_arena(look),
                            "%.*s is published: when the first row with the new column arrives "
                            "where the column is not, the subscription stops.",
                            STR_ARGS(look->table));
    return true;
}

bool lint_is_attach(struct lint_look *look)
{
    const struct json *partition = tree_as(json_get(look->command, "def"), "PartitionCmd");
    if (!partition)
        return false;
    look->table = tree_relation(look_arena(look), json_get(partition, "name"));
    const struct json *fact = look_fact(look, look->table);
    const struct json *list = fact ? json_get(fact, "constraints") : NULL;
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (tree_is(item, "type", "c") && tree_flag(item, "valid"))
            return false; /* it may prove the bound; PostgreSQL says so or reads */
    return true;
}
