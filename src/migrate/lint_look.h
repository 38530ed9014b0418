/* lint_look.h - what the parts of the lint share: a place that is looked at, a rule, and what the
 * statements before it have done. */
#ifndef MIGRATE_LINT_LOOK_H
#define MIGRATE_LINT_LOOK_H

#include "migrate/lint.h"
#include "migrate/lint_tree.h"

/* What of the statements a row is shown. */
enum lint_sees {
    SEES_STATEMENT,  /* one whose node is named in of */
    SEES_COMMAND,    /* a command of ALTER TABLE, by its subtype */
    SEES_COLUMN,     /* a column that CREATE TABLE or ADD COLUMN makes, or whose type is changed */
    SEES_CONSTRAINT, /* a constraint that ALTER TABLE adds, also with a column, by its contype */
    SEES_LOCK        /* a table on which the statement takes a lock */
};

/* For which tables it is harmless. */
enum {
    SPARES_NEW = 1,   /* made by the same files: nobody uses it yet */
    SPARES_SMALL = 2, /* soon done: the time that the lock is held is short */
    SPARES_EMPTY = 4
};

struct lint_look;
typedef bool lint_is_fn(struct lint_look *look);

struct lint_rule {
    const char *name;
    enum lint_sees sees;
    const char *of; /* names, parted by blanks; "": all */
    enum lint_level level;
    unsigned spares;
    bool server;    /* only a server can judge it */
    lint_is_fn *is; /* may write what and instead; NULL: always */
    const char *what, *instead;
};
extern const struct lint_rule lint_rules[];
extern const size_t lint_rule_count;

enum lint_size { SIZE_UNKNOWN, SIZE_NEW, SIZE_EMPTY, SIZE_SMALL, SIZE_LARGE, SIZE_ABSENT };

struct lint_look {
    struct lint *lint;
    const struct lint_rule *rule;
    const struct migration_script *script;
    size_t statement, wrap;
    const char *kind;        /* of the node, "AlterTableStmt" */
    const struct json *body; /* of the node */
    const struct json *command, *column, *constraint;
    struct str table; /* that it is about; "" */
    enum lint_lock {
        LOCK_NONE,
        LOCK_READS_GO_ON, /* SHARE or stronger: writes wait */
        LOCK_ALL_WAIT,    /* ACCESS EXCLUSIVE */
        LOCK_CONCURRENTLY /* nobody waits for it; it waits for all */
    } lock;
    size_t location;          /* byte in the statement */
    struct str what, instead; /* instead of the row's */
    enum lint_level level;    /* instead of the row's, when is sets it */
    bool unsure;              /* is could not tell without a server */
};

enum change_kind {
    CHANGE_TABLE_MADE,
    CHANGE_TABLE_GONE, /* dropped or renamed */
    CHANGE_COLUMN_MADE,
    CHANGE_COLUMN_GONE,
    CHANGE_CHECK,     /* name: of the constraint; column: it demands that this is not null */
    CHANGE_UNCHECKED, /* the same, NOT VALID */
    CHANGE_VALIDATED,
    CHANGE_INDEX_MADE,
    CHANGE_CONSTRAINT_GONE,
    CHANGE_SET,   /* of the table "": name is set for the section */
    CHANGE_LOCKED /* of the table "": name is locked, ACCESS EXCLUSIVE or SHARE ROW EXCLUSIVE */
};
struct lint_change {
    enum change_kind kind;
    struct str name;
    const struct json *condition; /* of a check */
    const struct migration_script *script;
    size_t statement, wrap;
    struct lint_change *before; /* the one before of the same table */
};

/* lint.c */
/* The newest change of that kind and name ("": any) of the table; NULL: none. */
const struct lint_change *look_change(const struct lint_look *look, enum change_kind kind,
                                      struct str name);
bool look_same_wrap(const struct lint_look *look, const struct lint_change *change);
enum lint_size look_size(const struct lint_look *look, struct str table);
/* The server's facts about a table or index; NULL: there are none, or it is not there. */
const struct json *look_fact(const struct lint_look *look, struct str table);
/* Was it asked for, and is not there? */
bool look_is_absent(const struct lint_look *look, struct str table);
/* "orders (50,000,000 rows, 8.1 GB)" as far as it is known. */
struct str look_named(const struct lint_look *look, struct str table);
struct arena *look_arena(const struct lint_look *look);

/* lint_name.c: of an item of a list of tables: its RangeVar (NULL: it has none), its key. */
const struct json *lint_named_range(const struct json *item);
struct str lint_named(struct arena *arena, const struct json *item);

/* lint_change.c: what the statement did, for those behind it. */
void lint_remember(struct lint_look *look);
void lint_remember_command(struct lint_look *look);

/* Does what the rule finds depend on the statements alone, not on a server? */
bool lint_is_certain(struct str name);

/* lint_ignore.c: what the comments of the file say of these findings [from, count). */
void lint_ignore(struct lint *lint, const struct migration_script *script, size_t from);

/* lint_change.c: the newest change of that kind and name of any table. */
const struct lint_change *lint_change_of(const struct lint *lint, struct str table,
                                         enum change_kind kind, struct str name);

/* Rules whose functions stand in files of their own. */
/* lint_column.c */
bool lint_is_rewriting_default(struct lint_look *look);
bool lint_is_required(struct lint_look *look);
bool lint_is_type_change(struct lint_look *look);
bool lint_is_not_null(struct lint_look *look);
bool lint_is_serial(struct lint_look *look);
bool lint_is_small_int(struct lint_look *look);
bool lint_is_int(struct lint_look *look);
bool lint_is_char(struct lint_look *look);
bool lint_is_limited_text(struct lint_look *look);
bool lint_is_timestamp(struct lint_look *look);
bool lint_is_json(struct lint_look *look);
/* lint_server.c */
bool lint_is_missing(struct lint_look *look);
bool lint_is_there_already(struct lint_look *look);
bool lint_is_depended_on(struct lint_look *look);
bool lint_is_column_depended_on(struct lint_look *look);
bool lint_is_invalid_index(struct lint_look *look);
bool lint_is_partitioned(struct lint_look *look);
bool lint_is_waiting(struct lint_look *look);
bool lint_is_waiting_for_snapshot(struct lint_look *look);
bool lint_is_replicated(struct lint_look *look);
bool lint_is_attach(struct lint_look *look);
/* lint_version.c */
bool lint_is_too_new(struct lint_look *look);

#endif
