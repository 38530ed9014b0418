/* sql_refused.c - what PostgreSQL's READ ONLY transaction lets through and no reading does. */
#include "postgres/sql.h"

enum { NAME_BYTES = 64 };

/* By the first word. READ ONLY stops INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, TRUNCATE, GRANT
 * and all that is not named here. */
static const struct {
    const char *word, *reason;
} commands[] = {
    {"begin", "it begins a transaction; Reeve has begun a READ ONLY one"},
    {"start", "it begins a transaction; Reeve has begun a READ ONLY one"},
    {"commit", "it would end the READ ONLY transaction"},
    {"end", "it would end the READ ONLY transaction"},
    {"rollback", "it would end the READ ONLY transaction"},
    {"abort", "it would end the READ ONLY transaction"},
    {"savepoint", "savepoints are Reeve's own here"},
    {"release", "savepoints are Reeve's own here"},
    {"set", "it would change limits that protect the server"},
    {"reset", "it would change limits that protect the server"},
    {"discard", "it would change limits that protect the server"},
    {"copy", "it can write files and start programs on the server; write SELECT"},
    {"do", "what it does stands in a text that nobody sees through"},
    {"call", "procedures are there to change things"},
    {"prepare", "what it does comes later; write the statement itself"},
    {"execute", "what it does stands elsewhere; write the statement itself"},
    {"deallocate", "there is nothing prepared here"},
    {"lock", "it would hold up others"},
    {"load", "it loads a library into the server"},
    {"listen", "nothing is listened to here"},
    {"unlisten", "nothing is listened to here"},
    {"notify", "it tells other programs to do something"},
    {"checkpoint", "it makes the server write"},
    {"vacuum", "it makes the server write"},
    {"analyze", "it makes the server write"},
    {"analyse", "it makes the server write"},
    {"cluster", "it makes the server write"},
    {"reindex", "it makes the server write"},
};

/* Functions, by name or by its beginning ("*"); in the order of the reasons. */
static const struct {
    const char *names, *reason;
} functions[] = {
    {"pg_terminate_backend pg_cancel_backend pg_log_backend_memory_contexts",
     "it ends or disturbs the work of others"},
    {"pg_reload_conf pg_rotate_logfile pg_rotate_logfile_old pg_logfile_rotate pg_promote "
     "pg_switch_wal pg_switch_xlog pg_create_restore_point pg_wal_replay_pause "
     "pg_wal_replay_resume pg_xlog_replay_pause pg_xlog_replay_resume pg_start_backup "
     "pg_stop_backup pg_backup_start pg_backup_stop pg_import_system_collations",
     "it changes what the server does"},
    {"pg_create_physical_replication_slot pg_create_logical_replication_slot "
     "pg_copy_physical_replication_slot pg_copy_logical_replication_slot "
     "pg_drop_replication_slot pg_replication_slot_advance pg_sync_replication_slots "
     "pg_logical_slot_get_changes pg_logical_slot_get_binary_changes pg_logical_emit_message "
     "pg_replication_origin_*",
     "it changes the replication"},
    {"pg_stat_reset pg_stat_reset_* pg_stat_statements_reset pg_stat_kcache_reset "
     "pg_qualstats_reset pg_wait_sampling_reset_profile",
     "it throws statistics away"},
    {"pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_shared "
     "pg_advisory_unlock_all pg_advisory_xact_lock pg_advisory_xact_lock_shared "
     "pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock "
     "pg_try_advisory_xact_lock_shared",
     "it takes locks that other programs wait for"},
    {"lo_import lo_export lo_create lo_creat lo_unlink lo_put lo_from_bytea lo_truncate "
     "lo_truncate64 lo_open lowrite pg_file_write pg_file_rename pg_file_unlink pg_file_sync "
     "pg_read_file pg_read_binary_file",
     "it reads or writes files or large objects"},
    {"dblink dblink_* postgres_fdw_disconnect postgres_fdw_disconnect_all",
     "it works over another connection, which is not READ ONLY"},
    {"query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml "
     "cursor_to_xmlschema ts_stat crosstab crosstab2 crosstab3 crosstab4 crosstab_hash connectby "
     "xpath_table ts_rewrite",
     "it runs SQL that stands in a text"},
    {"set_config", "it would change limits that protect the server"},
    {"pg_notify", "it tells other programs to do something"},
    {"pg_sleep pg_sleep_for pg_sleep_until", "it only holds a connection"},
    {"pg_prewarm autoprewarm_dump_now autoprewarm_start_worker", "it fills the server's memory"},
};

static bool name_is(struct str word, struct str name)
{
    if (str_ends(name, "*"))
        return word.n >= name.n - 1 &&
               str_equal(str_slice(word, 0, name.n - 1), str_slice(name, 0, name.n - 1));
    return str_equal(word, name);
}

static const char *find_function(struct str word)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        struct str rest = str_of(functions[i].names);
        struct str name;
        while (str_split(&rest, ' ', &name))
            if (name_is(word, name))
                return functions[i].reason;
    }
    return NULL;
}

/* The name as the server knows it: in lower case unless it is quoted. */
static struct str name_of(struct str text, const struct sql_token *token, char room[NAME_BYTES])
{
    struct str name = str_slice(text, token->from, token->to);
    if (token->quoted)
        name = str_slice(name, 1, name.n - 1);
    str_keep(room, NAME_BYTES, name);
    for (size_t i = 0; room[i] && !token->quoted; i++)
        room[i] = byte_lower(room[i]);
    return str_of(room);
}

static bool refuse(const char *what, const char *reason, struct err *err)
{
    return err_set(err, ERR_REFUSED, "SQL",
                   "\"%s\" is not run here: %s. Only what reads is; run it yourself with psql.",
                   what, reason);
}

static bool check_command(struct str word, struct err *err)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (str_is(word, commands[i].word))
            return refuse(commands[i].word, commands[i].reason, err);
    return true;
}

/* EXPLAIN ANALYZE runs what it explains, and READ ONLY then lets CREATE TABLE AS through. */
static bool check_explained(struct str statement, struct sql_token token, struct err *err)
{
    static const char *const options[] = {"explain", "analyze", "analyse", "verbose"};
    static const char *const makers[] = {"create", "refresh", "declare", "execute"};
    char room[NAME_BYTES];
    bool option = true;
    int depth = 0;
    for (; option || depth > 0; token = sql_next(statement, token.to)) {
        struct str sign = str_slice(statement, token.from, token.to);
        if (token.kind == SQL_END || token.kind == SQL_OPEN_END)
            return true;
        depth += str_is(sign, "(") ? 1 : str_is(sign, ")") ? -1 : 0;
        if (depth > 0 || token.kind != SQL_NAME)
            continue;
        option = false;
        for (size_t i = 0; i < sizeof options / sizeof *options; i++)
            option = option || str_is(name_of(statement, &token, room), options[i]);
    }
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        if (str_is(str_of(room), makers[i]))
            return refuse(makers[i], "EXPLAIN ANALYZE would do it", err);
    return true;
}

bool sql_check(struct str statement, struct err *err)
{
    char room[NAME_BYTES];
    struct sql_token token = sql_next(statement, 0);
    if (token.kind == SQL_NAME && !token.quoted &&
        !check_command(name_of(statement, &token, room), err))
        return false;
    if (token.kind == SQL_NAME && str_is(name_of(statement, &token, room), "explain") &&
        !check_explained(statement, token, err))
        return false;
    while (token.kind != SQL_END && token.kind != SQL_OPEN_END) {
        struct sql_token next = sql_next(statement, token.to);
        if (token.kind == SQL_NAME && token.unicode)
            return refuse("U&\"…\"", "a name that is written by numbers cannot be checked", err);
        bool called = next.kind == SQL_OTHER && statement.p[next.from] == '(';
        struct str name = STR("");
        if (token.kind == SQL_NAME && called)
            name = name_of(statement, &token, room);
        const char *reason = name.n > 0 ? find_function(name) : NULL;
        if (reason)
            return refuse(room, reason, err);
        token = next;
    }
    return token.kind == SQL_END ||
           err_set(err, ERR_USAGE, "SQL", "A string, name or comment in it does not end.");
}

/* "a.b" at token: moves past it. */
static bool take_dotted(struct str text, struct sql_token *token)
{
    do {
        if (token->kind != SQL_NAME)
            return false;
        *token = sql_next(text, token->to);
        if (token->kind != SQL_OTHER || text.p[token->from] != '.')
            return true;
        *token = sql_next(text, token->to);
    } while (true);
}

static bool take(struct str text, struct sql_token *token, const char *what)
{
    if (!str_is(str_slice(text, token->from, token->to), what))
        return false;
    *token = sql_next(text, token->to);
    return true;
}

/* "(schema || '.' || table)" behind at: both names, and where the bracket ends. */
struct joined {
    struct str schema, table;
    size_t open, close;
};

static bool find_joined(struct str text, size_t at, struct joined *out_joined)
{
    struct sql_token token = sql_next(text, at);
    size_t open = token.from;
    if (!take(text, &token, "("))
        return false;
    size_t from = token.from;
    struct sql_token look = token;
    if (!take_dotted(text, &look))
        return false;
    struct str schema = str_trim(str_slice(text, from, look.from));
    token = look;
    if (!take(text, &token, "|") || !take(text, &token, "|") || !take(text, &token, "'.'") ||
        !take(text, &token, "|") || !take(text, &token, "|"))
        return false;
    from = token.from;
    look = token;
    if (!take_dotted(text, &look) || !str_is(str_slice(text, look.from, look.to), ")"))
        return false;
    struct str table = str_trim(str_slice(text, from, look.from));
    *out_joined = (struct joined){schema, table, open, look.from};
    return true;
}

struct str sql_repair(struct arena *arena, struct str statement)
{
    static const char *const sizes[] = {"pg_total_relation_size", "pg_relation_size",
                                        "pg_table_size", "pg_indexes_size"};
    struct text text;
    struct joined joined;
    char room[NAME_BYTES];
    size_t copied = 0;
    text_init(&text, arena, 2 * SQL_BYTES_MAX);
    for (struct sql_token token = sql_next(statement, 0);
         token.kind != SQL_END && token.kind != SQL_OPEN_END;
         token = sql_next(statement, token.to)) {
        bool size = false;
        if (token.kind == SQL_NAME)
            for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
                size = size || str_is(name_of(statement, &token, room), sizes[i]);
        if (!size || !find_joined(statement, token.to, &joined))
            continue;
        text_add(&text, str_slice(statement, copied, joined.open));
        text_printf(&text, "(format('%%I.%%I', %.*s, %.*s)::regclass", STR_ARGS(joined.schema),
                    STR_ARGS(joined.table));
        copied = joined.close;
    }
    if (copied == 0 || text_full(&text))
        return STR("");
    text_add(&text, str_from(statement, copied));
    return text_str(&text);
}
