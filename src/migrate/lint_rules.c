/* lint_rules.c - the table of rules, and the functions of those that need no more than a look. */
#include "migrate/lint_look.h"

enum { IDENTIFIER_BYTES_MAX = 63 };

static bool is_concurrent(const struct lint_look *look)
{
    return look->lock == LOCK_CONCURRENTLY;
}

static bool is_blocking(struct lint_look *look)
{
    return !is_concurrent(look);
}

static bool is_index_drop(struct lint_look *look)
{
    return tree_is(look->body, "removeType", "OBJECT_INDEX") && !is_concurrent(look);
}

static bool is_table_drop(struct lint_look *look)
{
    return tree_is(look->body, "removeType", "OBJECT_TABLE");
}

static bool is_detach(struct lint_look *look)
{
    return !tree_flag(tree_as(json_get(look->command, "def"), "PartitionCmd"), "concurrent");
}

static bool is_checked_now(struct lint_look *look)
{
    return !tree_flag(look->constraint, "skip_validation");
}

/* A new column without a default holds NULLs only: PostgreSQL does not check them. */
static bool is_key_checked_now(struct lint_look *look)
{
    if (look->column && !tree_constraint(look->column, "CONSTR_DEFAULT"))
        return false;
    return !tree_flag(look->constraint, "skip_validation");
}

static bool is_validated_here(struct lint_look *look)
{
    struct str name = json_get_str(look->command, "name");
    const struct lint_change *change = look_change(look, CHANGE_UNCHECKED, name);
    return change && look_same_wrap(look, change);
}

static bool is_without_index(struct lint_look *look)
{
    return json_get_str(look->constraint, "indexname").n == 0;
}

static bool is_column(struct lint_look *look)
{
    return tree_is(look->body, "renameType", "OBJECT_COLUMN");
}

static bool is_table(struct lint_look *look)
{
    return tree_is(look->body, "renameType", "OBJECT_TABLE");
}

static bool is_schema(struct lint_look *look)
{
    return tree_is(look->body, "renameType", "OBJECT_SCHEMA");
}

static bool is_cascade(struct lint_look *look)
{
    return tree_cascades(look->body);
}

static bool is_value_renamed(struct lint_look *look)
{
    return json_get_str(look->body, "oldVal").n > 0;
}

static bool is_value_unplaced(struct lint_look *look)
{
    return json_get_str(look->body, "oldVal").n == 0 &&
           json_get_str(look->body, "newValNeighbor").n == 0;
}

static bool is_domain_checked(struct lint_look *look)
{
    const struct json *list = json_get(look->body, "constraints");
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (tree_is(tree_as(item, "Constraint"), "contype", "CONSTR_CHECK") ||
            tree_is(tree_as(item, "Constraint"), "contype", "CONSTR_NOTNULL"))
            return true;
    return false;
}

static bool is_domain_check_added(struct lint_look *look)
{
    const struct json *constraint = tree_as(json_get(look->body, "def"), "Constraint");
    return tree_is(look->body, "subtype", "C") && !tree_flag(constraint, "skip_validation");
}

static bool is_vacuum_full(struct lint_look *look)
{
    const struct json *list = json_get(look->body, "options");
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (tree_is(tree_as(item, "DefElem"), "defname", "full"))
            return true;
    return false;
}

/* UPDATE t SET a = 1, a = 2 and INSERT INTO t (a, a). */
static bool is_doubled(struct lint_look *look)
{
    bool update = strcmp(look->kind, "UpdateStmt") == 0;
    const struct json *list = json_get(look->body, update ? "targetList" : "cols");
    for (const struct json *item = list ? list->first : NULL; item; item = item->next) {
        const struct json *one = tree_as(item, "ResTarget");
        for (const struct json *next = item->next; one && next; next = next->next) {
            const struct json *other = tree_as(next, "ResTarget");
            if (!other || json_get(one, "indirection") || json_get(other, "indirection") ||
                !str_equal(json_get_str(one, "name"), json_get_str(other, "name")))
                continue;
            look->location = tree_location(other);
            return true;
        }
    }
    return false;
}

static bool is_too_long(struct lint_look *look)
{
    struct str text = look->script->statements[look->statement].text;
    if (text.n <= IDENTIFIER_BYTES_MAX)
        return false;
    for (struct sql_token token = sql_next(text, 0);
         token.kind != SQL_END && token.kind != SQL_OPEN_END; token = sql_next(text, token.to)) {
        size_t quotes = token.quoted ? 2 : 0;
        if (token.kind != SQL_NAME || token.to - token.from <= IDENTIFIER_BYTES_MAX + quotes)
            continue;
        look->location = token.from;
        return true;
    }
    return false;
}

static bool is_timeout_off(struct lint_look *look)
{
    const struct json *args = json_get(look->body, "args");
    const struct json *constant = tree_as(args ? args->first : NULL, "A_Const");
    const struct json *number = constant ? json_get(constant, "ival") : NULL;
    const struct json *words = constant ? json_get(constant, "sval") : NULL;
    int64_t value = 0;
    if (!tree_is(look->body, "name", "lock_timeout") || (!number && !words))
        return false;
    if (words)
        return str_is(json_get_str(words, "sval"), "0");
    return !json_get_int(number, "ival", &value) || value == 0;
}

static bool is_untimed(struct lint_look *look)
{
    return look->lock != LOCK_CONCURRENTLY &&
           !lint_change_of(look->lint, STR(""), CHANGE_SET, STR("statement_timeout"));
}

/* The runner writes down each statement that is done; what stands in no transaction is probed. */
static bool is_unrepeatable(struct lint_look *look)
{
    bool index = strcmp(look->kind, "IndexStmt") == 0;
    return look->script->wraps[look->wrap].outside && is_concurrent(look) &&
           !tree_flag(look->body, index ? "if_not_exists" : "missing_ok");
}

static bool is_without_schema(struct lint_look *look)
{
    const struct json *relation = json_get(look->body, "relation");
    const struct json *persistence = relation ? json_get(relation, "relpersistence") : NULL;
    look->location = relation ? tree_location(relation) : 0;
    return relation && json_get_str(relation, "schemaname").n == 0 &&
           !(persistence && str_is(persistence->text, "t"));
}

/* Rows are changed while the same transaction keeps a table locked for everybody. */
static bool is_behind_lock(struct lint_look *look)
{
    const struct lint_change *change = lint_change_of(look->lint, STR(""), CHANGE_LOCKED, STR(""));
    const struct json *select = tree_as(json_get(look->body, "selectStmt"), "SelectStmt");
    if (strcmp(look->kind, "InsertStmt") == 0 && (!select || json_get(select, "valuesLists")))
        return false;
    if (!change || !look_same_wrap(look, change))
        return false;
    look->what = str_printf(look_arena(look),
                            "%.*s is locked for everybody since an earlier statement of this "
                            "transaction, and stays so while rows of %.*s are changed.",
                            STR_ARGS(change->name), STR_ARGS(look_named(look, look->table)));
    return true;
}

static bool is_view_refresh(struct lint_look *look)
{
    return !is_concurrent(look) && !tree_flag(look->body, "skipData");
}

#define NEW   SPARES_NEW
#define QUICK (SPARES_NEW | SPARES_SMALL)

const struct lint_rule lint_rules[] = {
    /* What keeps a table locked as long as it is large. */
    {"require-concurrent-index-creation", SEES_STATEMENT, "IndexStmt", LINT_ERROR, QUICK, false,
     is_blocking, "no row of it is written while the index is built.",
     "CREATE INDEX CONCURRENTLY, in a section with transaction:false; of a partitioned table the "
     "index ON ONLY it, then each partition's CONCURRENTLY, and ALTER INDEX … ATTACH PARTITION."},
    {"require-concurrent-index-deletion", SEES_STATEMENT, "DropStmt", LINT_WARNING, QUICK, false,
     is_index_drop, "its table is locked for everybody until the transaction ends.",
     "DROP INDEX CONCURRENTLY, in a section with transaction:false."},
    {"require-concurrent-reindex", SEES_STATEMENT, "ReindexStmt", LINT_ERROR, QUICK, false,
     is_blocking, "no row is written, and few queries are planned, while it is built anew.",
     "REINDEX … CONCURRENTLY, in a section with transaction:false."},
    {"require-concurrent-partition-detach", SEES_COMMAND, "AT_DetachPartition", LINT_WARNING, NEW,
     false, is_detach, "the whole partitioned table is locked for everybody.",
     "DETACH PARTITION … CONCURRENTLY, in a section with transaction:false."},
    {"attach-reads-partition", SEES_COMMAND, "AT_AttachPartition", LINT_ERROR, QUICK, false,
     lint_is_attach, "all of it is read for rows outside of the bounds, and it is locked while.",
     "Add a CHECK of the bounds to it before, NOT VALID, and validate that."},
    {"constraint-missing-not-valid", SEES_CONSTRAINT, "CONSTR_CHECK", LINT_ERROR, QUICK, false,
     is_checked_now, "all rows are checked, and nobody reads or writes it while.",
     "Add it with NOT VALID, and VALIDATE CONSTRAINT in a later transaction."},
    {"constraint-missing-not-valid", SEES_COMMAND, "AT_ValidateConstraint", LINT_ERROR, QUICK,
     false, is_validated_here,
     "the constraint is validated in the transaction that added it, which keeps its lock while "
     "all rows are checked.",
     "VALIDATE CONSTRAINT in a section of its own."},
    {"adding-foreign-key-constraint", SEES_CONSTRAINT, "CONSTR_FOREIGN", LINT_ERROR, QUICK, false,
     is_key_checked_now, "all rows are checked, and neither table is written while.",
     "Add it with NOT VALID, and VALIDATE CONSTRAINT in a later transaction."},
    {"disallowed-unique-constraint", SEES_CONSTRAINT, "CONSTR_UNIQUE", LINT_ERROR, QUICK, false,
     is_without_index, "its index is built while nobody reads or writes it.",
     "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … UNIQUE USING INDEX."},
    {"adding-serial-primary-key-field", SEES_CONSTRAINT, "CONSTR_PRIMARY", LINT_ERROR, QUICK, false,
     is_without_index, "its index is built while nobody reads or writes it.",
     "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD PRIMARY KEY USING INDEX."},
    {"adding-serial-primary-key-field", SEES_COMMAND, "AT_AddColumn", LINT_ERROR, QUICK, false,
     lint_is_serial,
     "every row gets a number: the table is written anew, and nobody reads or writes it while.",
     "Add a plain column, give it its sequence as default, and fill the old rows in steps."},
    {"adding-exclusion-constraint", SEES_CONSTRAINT, "CONSTR_EXCLUSION", LINT_ERROR, QUICK, false,
     NULL, "its index is built while nobody reads or writes it, and PostgreSQL knows no other way.",
     "Do it while nobody needs the table, and say so with -- reeve:lint-ignore."},
    {"adding-field-with-default", SEES_COMMAND, "AT_AddColumn", LINT_ERROR, QUICK, false,
     lint_is_rewriting_default,
     "the value is computed for each row: the table is written anew, and nobody reads or writes "
     "it while.",
     "Add the column without it, ALTER COLUMN … SET DEFAULT, and fill the old rows in steps."},
    {"adding-required-field", SEES_COMMAND, "AT_AddColumn", LINT_ERROR, NEW | SPARES_EMPTY, false,
     lint_is_required, "a NOT NULL column without a default fails as soon as there is a row.",
     "Give it a constant DEFAULT, or add it without NOT NULL and demand that later."},
    {"adding-not-nullable-field", SEES_COMMAND, "AT_SetNotNull", LINT_ERROR, QUICK, false,
     lint_is_not_null, "",
     "Add CHECK (… IS NOT NULL) NOT VALID, validate it in a later transaction, then SET NOT NULL, "
     "which trusts it."},
    {"changing-column-type", SEES_COMMAND, "AT_AlterColumnType", LINT_ERROR, QUICK, false,
     lint_is_type_change, "",
     "Add a column of the new type, keep both in step, fill it in steps, and change over."},
    {"rewriting-table", SEES_COMMAND,
     "AT_SetTableSpace AT_SetLogged AT_SetUnLogged AT_SetAccessMethod", LINT_ERROR, QUICK, false,
     NULL, "the table is written anew, and nobody reads or writes it while.",
     "Do it while nobody needs the table, and say so with -- reeve:lint-ignore."},
    {"prefer-repack", SEES_STATEMENT, "VacuumStmt", LINT_ERROR, QUICK, false, is_vacuum_full,
     "all of it is written anew, and nobody reads or writes it while.",
     "A plain VACUUM keeps the room for new rows; pg_repack gives it back without the lock."},
    {"prefer-repack", SEES_STATEMENT, "ClusterStmt", LINT_ERROR, QUICK, false, NULL,
     "all of it is written anew, and nobody reads or writes it while.",
     "pg_repack sorts it without the lock."},
    {"refreshing-view", SEES_STATEMENT, "RefreshMatViewStmt", LINT_WARNING, QUICK, false,
     is_view_refresh, "nobody reads it while it is filled.",
     "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on it."},
    {"changing-data-behind-lock", SEES_STATEMENT, "UpdateStmt DeleteStmt InsertStmt", LINT_ERROR,
     QUICK, false, is_behind_lock, "", "Change rows in a section of their own, and in steps."},

    /* What programs that run meanwhile do not survive, or what is lost. */
    {"renaming-column", SEES_STATEMENT, "RenameStmt", LINT_WARNING, NEW, false, is_column,
     "programs that know the old name of the column fail from this moment on.",
     "Add a column of the new name, keep both in step, change the programs, and drop the old."},
    {"renaming-table", SEES_STATEMENT, "RenameStmt", LINT_WARNING, NEW, false, is_table,
     "programs that know the old name of the table fail from this moment on.",
     "Leave a view of the old name behind in the same transaction."},
    {"renaming-schema", SEES_STATEMENT, "RenameStmt", LINT_WARNING, 0, false, is_schema,
     "Programs that know the old name of the schema fail from this moment on.",
     "Make the new schema and move what is in it step by step."},
    {"renaming-enum-value", SEES_STATEMENT, "AlterEnumStmt", LINT_WARNING, 0, false,
     is_value_renamed, "Programs that write the old value of the type fail from this moment on.",
     "Add a new value, change the programs, and then the rows."},
    {"ban-drop-column", SEES_COMMAND, "AT_DropColumn", LINT_WARNING, NEW, false, NULL,
     "programs that read the column fail, and what is in it is lost.",
     "Let no program use it first; then say so with -- reeve:lint-ignore."},
    {"ban-drop-table", SEES_STATEMENT, "DropStmt", LINT_WARNING, NEW, false, is_table_drop,
     "programs that use the table fail, and what is in it is lost.",
     "Let no program use it first; then say so with -- reeve:lint-ignore."},
    {"ban-drop-database", SEES_STATEMENT, "DropdbStmt", LINT_ERROR, 0, false, NULL,
     "A whole database is lost, and no transaction gives it back.",
     "Drop databases by hand, behind a backup that was restored once."},
    {"ban-drop-not-null", SEES_COMMAND, "AT_DropNotNull", LINT_WARNING, NEW, false, NULL,
     "programs that count on a value meet NULL.",
     "Let the programs know NULL first; then say so with -- reeve:lint-ignore."},
    {"ban-truncate-cascade", SEES_STATEMENT, "TruncateStmt", LINT_ERROR, NEW, false, is_cascade,
     "with CASCADE every table that refers to it is emptied, too.",
     "Name all the tables that are meant, without CASCADE."},
    {"ban-alter-domain-with-add-constraint", SEES_STATEMENT, "AlterDomainStmt", LINT_WARNING, 0,
     false, is_domain_check_added,
     "All columns of the domain, in all tables, are checked at once and locked while.",
     "ADD CONSTRAINT … NOT VALID, and VALIDATE CONSTRAINT in a later transaction."},
    {"ban-duplicate-column-assignments", SEES_STATEMENT, "UpdateStmt InsertStmt", LINT_ERROR, 0,
     false, is_doubled, "A column is given two values: the statement fails.", "Name it once."},
    {"identifier-too-long", SEES_STATEMENT,
     "CreateStmt AlterTableStmt IndexStmt RenameStmt ViewStmt CreateTableAsStmt CreateSeqStmt "
     "CreateTrigStmt CreateEnumStmt CreateDomainStmt CreateSchemaStmt CreateFunctionStmt",
     LINT_WARNING, 0, false, is_too_long,
     "PostgreSQL cuts the name to 63 bytes without an error; two names can become one.",
     "Give it a name of at most 63 bytes."},
    {"require-lock-timeout", SEES_STATEMENT, "VariableSetStmt", LINT_WARNING, 0, false,
     is_timeout_off,
     "The file takes off the lock_timeout that the runner sets: a statement that waits makes "
     "everybody queue behind it for as long.",
     "Leave lock_timeout to the runner, which tries again."},

    /* What only the server knows. */
    {"missing-object", SEES_LOCK, "", LINT_ERROR, 0, true, lint_is_missing, "",
     "Look where it went (reeve db:status, the search_path), or write IF EXISTS."},
    {"missing-object", SEES_COMMAND, "", LINT_ERROR, 0, true, lint_is_missing, "",
     "Look at the table as it is, or write IF EXISTS."},
    {"object-exists", SEES_STATEMENT, "CreateStmt IndexStmt", LINT_ERROR, 0, true,
     lint_is_there_already, "", "Look what it is: somebody made it by another way."},
    {"object-exists", SEES_COMMAND, "AT_AddColumn", LINT_ERROR, 0, true, lint_is_there_already, "",
     "Look what it is: somebody made it by another way."},
    {"depended-on", SEES_STATEMENT, "DropStmt", LINT_ERROR, NEW, true, lint_is_depended_on, "",
     "Drop or change that first."},
    {"depended-on", SEES_COMMAND, "AT_DropColumn AT_AlterColumnType", LINT_ERROR, NEW, true,
     lint_is_column_depended_on, "", "Drop that first and make it again behind."},
    {"invalid-index", SEES_STATEMENT, "IndexStmt", LINT_ERROR, 0, true, lint_is_invalid_index, "",
     ""},
    {"index-on-partitioned", SEES_STATEMENT, "IndexStmt", LINT_ERROR, NEW, true,
     lint_is_partitioned, "",
     "CREATE INDEX ON ONLY the table, CONCURRENTLY on each partition, and ALTER INDEX … ATTACH "
     "PARTITION."},
    {"key-on-partitioned", SEES_CONSTRAINT, "CONSTR_FOREIGN", LINT_ERROR, NEW, true,
     lint_is_partitioned, "", ""},
    {"waits-for-transaction", SEES_LOCK, "", LINT_WARNING, 0, true, lint_is_waiting, "",
     "Let it end first; reeve db:locks shows it."},
    {"waits-for-snapshot", SEES_STATEMENT, "IndexStmt ReindexStmt DropStmt", LINT_WARNING, 0, true,
     lint_is_waiting_for_snapshot, "", "Let it end first; reeve db:locks shows it."},
    {"published-table", SEES_COMMAND, "AT_DropConstraint AT_AddColumn", LINT_WARNING, NEW, true,
     lint_is_replicated, "", "Add the column at the subscribers first."},
    {"server-too-old", SEES_STATEMENT, "MergeStmt ReindexStmt IndexStmt AlterEnumStmt", LINT_ERROR,
     0, false, lint_is_too_new, "", "Write it as that version knows it."},
    {"server-too-old", SEES_COMMAND, "", LINT_ERROR, 0, false, lint_is_too_new, "",
     "Write it as that version knows it."},
    {"server-too-old", SEES_CONSTRAINT, "CONSTR_UNIQUE CONSTR_PRIMARY", LINT_ERROR, 0, false,
     lint_is_too_new, "", "Write it as that version knows it."},
    {"syntax-error", SEES_STATEMENT, "-", LINT_ERROR, 0, false, NULL, "", ""},
    {"unused-ignore", SEES_STATEMENT, "-", LINT_WARNING, 0, false, NULL, "", ""},

    /* Matters of taste, or of what the runner sees to itself. */
    {"prefer-bigint-over-int", SEES_COLUMN, "", LINT_OFF, 0, false, lint_is_int,
     "A number of four bytes ends at 2,147,483,647.", "bigint"},
    {"prefer-bigint-over-smallint", SEES_COLUMN, "", LINT_OFF, 0, false, lint_is_small_int,
     "A number of two bytes ends at 32,767.", "bigint"},
    {"prefer-identity", SEES_COLUMN, "", LINT_OFF, 0, false, lint_is_serial,
     "serial makes a sequence with rights and an owner of its own.",
     "GENERATED BY DEFAULT AS IDENTITY"},
    {"prefer-text-field", SEES_COLUMN, "", LINT_OFF, 0, false, lint_is_limited_text,
     "A limit in the type is changed by ALTER TABLE only.", "text with a CHECK"},
    {"prefer-timestamp-tz", SEES_COLUMN, "", LINT_OFF, 0, false, lint_is_timestamp,
     "A timestamp without time zone is no instant.", "timestamptz"},
    {"prefer-jsonb", SEES_COLUMN, "", LINT_OFF, 0, false, lint_is_json,
     "json knows no equality: SELECT DISTINCT and GROUP BY fail on it.", "jsonb"},
    {"ban-char-field", SEES_COLUMN, "", LINT_OFF, 0, false, lint_is_char,
     "char fills up with blanks, and comparing ignores them.", "text"},
    {"ban-create-domain-with-constraint", SEES_STATEMENT, "CreateDomainStmt", LINT_OFF, 0, false,
     is_domain_checked, "The constraint of a domain in use is hard to change.",
     "A CHECK of each table"},
    {"require-enum-value-ordering", SEES_STATEMENT, "AlterEnumStmt", LINT_OFF, 0, false,
     is_value_unplaced, "The new value sorts behind all others.", "BEFORE or AFTER a value"},
    {"require-table-schema", SEES_STATEMENT,
     "CreateStmt AlterTableStmt IndexStmt RenameStmt CreateTrigStmt", LINT_OFF, 0, false,
     is_without_schema, "Which schema is meant hangs on search_path.", "schema.table"},
    {"prefer-robust-stmts", SEES_STATEMENT, "IndexStmt DropStmt", LINT_OFF, 0, false,
     is_unrepeatable, "Run by another tool again after it was cut off, it fails.",
     "IF NOT EXISTS or IF EXISTS"},
    {"require-statement-timeout", SEES_LOCK, "", LINT_OFF, NEW, false, is_untimed,
     "it may take as long as it likes.", "SET statement_timeout before it"},
};
const size_t lint_rule_count = sizeof lint_rules / sizeof *lint_rules;
