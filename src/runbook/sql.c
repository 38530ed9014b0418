/* sql.c - what a statement of SQL does: reads only, changes, destroys. */
#include "runbook/command.h"

enum { SQL_WORDS_MAX = 512 };

/* The words and marks of a statement, one after the other; texts in quotations and comments are
 * passed over. */
struct tokens {
    struct str text;
    size_t at;
};

static bool is_word_byte(char c)
{
    return byte_is_alnum(c) || c == '_' || c == '\\' || (c & 0x80);
}

static size_t behind_quotation(struct str text, size_t i)
{
    size_t end = str_find_byte(text, text.p[i], i + 1);
    return end < text.n ? end + 1 : text.n;
}

static bool next_token(struct tokens *tokens, struct str *out_token)
{
    struct str text = tokens->text;
    while (tokens->at < text.n) {
        size_t i = tokens->at;
        char c = text.p[i];
        if (c == '\'') {
            tokens->at = behind_quotation(text, i);
        } else if (c == '-' && i + 1 < text.n && text.p[i + 1] == '-') {
            tokens->at = str_find_byte(text, '\n', i);
        } else if (is_word_byte(c)) {
            size_t end = i;
            while (end < text.n && is_word_byte(text.p[end]))
                end++;
            tokens->at = end;
            *out_token = str_slice(text, i, end);
            return true;
        } else {
            tokens->at = i + 1;
            if (c != ';' && c != '(')
                continue;
            *out_token = str_slice(text, i, i + 1);
            return true;
        }
    }
    return false;
}

static bool is_any(struct str word, const char *const *list)
{
    for (int i = 0; list[i]; i++)
        if (byte_lower(word.p[0]) == list[i][0] && str_is_nocase(word, list[i]))
            return true;
    return false;
}

/* What changes something wherever it stands; other changes are a statement's first word. */
static const char *const changing[] = {"insert", "update", "delete", "merge", "into", NULL};
/* Functions of PostgreSQL and MySQL that a SELECT calls for what they do. */
static const char *const doing[] = {"pg_terminate_backend",
                                    "pg_cancel_backend",
                                    "pg_reload_conf",
                                    "pg_switch_wal",
                                    "pg_promote",
                                    "pg_rotate_logfile",
                                    "setval",
                                    "nextval",
                                    "set_config",
                                    "lo_unlink",
                                    "lo_import",
                                    "dblink_exec",
                                    "pg_drop_replication_slot",
                                    "pg_stat_reset",
                                    "pg_wal_replay_resume",
                                    "pg_wal_replay_pause",
                                    NULL};

/* What follows the first word of a statement; "" is anything. */
static const struct {
    const char *first, *then;
} begins[] = {
    {"select", ""},
    {"insert", "into"},
    {"update", ""},
    {"delete", "from"},
    {"alter", "table|index|database|user|role|schema|view|system|type|sequence|extension|policy"},
    {"create", "table|index|unique|database|user|role|schema|view|materialized|function|extension|"
               "type|sequence|trigger|policy|temp|temporary|or|procedure|publication|server"},
    {"drop", "table|index|database|user|role|schema|view|materialized|function|extension|type|"
             "sequence|trigger|policy|owned|publication|server"},
    {"grant", ""},
    {"revoke", ""},
    {"truncate", ""},
    {"explain", "select|analyze|verbose|with|insert|update|delete|("},
    {"vacuum", ""},
    {"reindex", "table|index|database|schema|system"},
    {"begin", "work|transaction|isolation"},
    {"commit", "work|transaction|and"},
    {"rollback", "work|transaction|to|and"},
    {"with", ""},
    {"show", ""},
};

static bool may_follow(const char *list, struct str word)
{
    struct str rest = str_of(list);
    struct str wanted;
    while (str_split(&rest, '|', &wanted))
        if (wanted.n == 0 || str_equal_nocase(wanted, word))
            return true;
    return false;
}

/* Statements in capitals, which English is not written in. */
static bool begins_upper(struct tokens *tokens, struct str first)
{
    static const char *const alone[] = {"begin", "commit", "rollback", "vacuum", "select", NULL};
    struct str second = {"", 0}, third = {"", 0};
    bool more = next_token(tokens, &second) && !str_is(second, ";");
    if (!more)
        return is_any(first, alone);
    if (str_is_nocase(first, "update") && next_token(tokens, &third) &&
        !str_is_nocase(third, "set") && third.n > 1)
        return str_find(tokens->text, " SET ", 0) < tokens->text.n;
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
        if (byte_lower(first.p[0]) == begins[i].first[0] && str_is_nocase(first, begins[i].first))
            return may_follow(begins[i].then, second);
    return false;
}

/* Lower case is English as well: these must stand further on, and a semicolon end it. */
static bool begins_lower(struct str text, struct str first)
{
    static const struct {
        const char *first, *further;
    } lower[] = {{"select", " from "},           {"update", " set "},
                 {"insert", " values"},          {"alter", "alter table "},
                 {"create", "create table "},    {"drop", "drop table "},
                 {"drop", "drop database "},     {"truncate", "truncate table "},
                 {"delete", "delete from "},     {"create", "create index "},
                 {"explain", "explain select "}, {"select", "("}};
    struct str line = str_cut(text, SQL_WORDS_MAX);
    for (size_t i = 0; i < sizeof lower / sizeof lower[0]; i++)
        if (first.p[0] == lower[i].first[0] && str_is(first, lower[i].first) &&
            str_find(line, lower[i].further, 0) < line.n && str_ends(text, ";"))
            return true;
    return false;
}

bool sql_begins(struct str text)
{
    struct tokens tokens = {str_trim(text), 0};
    struct str first = {"", 0};
    if (!tokens.text.n || !byte_is_alpha(tokens.text.p[0]) || !next_token(&tokens, &first) ||
        (tokens.at < tokens.text.n && !strchr(" \t\n;", tokens.text.p[tokens.at])))
        return false;
    bool upper = first.n > 1 && first.p[0] >= 'A' && first.p[0] <= 'Z' && first.p[1] >= 'A' &&
                 first.p[1] <= 'Z';
    return upper ? begins_upper(&tokens, first) : begins_lower(tokens.text, first);
}

static bool shows_only(struct str first)
{
    static const char *const reading[] = {"select", "with",  "explain", "show", "describe",
                                          "desc",   "table", "values",  "use",  NULL};
    return is_any(first, reading) || first.p[0] == '\\';
}

enum sql_effect sql_effect_of(struct str text)
{
    struct tokens tokens = {text, 0};
    struct str token = {"", 0};
    bool first = true;
    bool planned = false; /* EXPLAIN without ANALYZE runs nothing */
    while (next_token(&tokens, &token)) {
        bool mark = str_is(token, ";") || str_is(token, "(");
        if (first && !mark && !shows_only(token))
            return SQL_CHANGES;
        if (first && !mark)
            planned = str_is_nocase(token, "explain");
        else if (str_is_nocase(token, "analyze"))
            planned = false;
        else if ((is_any(token, changing) && !planned) || is_any(token, doing))
            return SQL_CHANGES;
        first = str_is(token, ";") || (first && mark);
    }
    return SQL_READS;
}

/* What one statement destroys, by its first words and whether it has a condition. */
static const char *statement_destroys(struct str first, struct str second, bool where)
{
    static const char *const parts[] = {"table",      "database", "schema", "materialized",
                                        "tablespace", "column",   "user",   "role",
                                        "sequence",   NULL};
    if (str_is_nocase(first, "drop"))
        return is_any(second, parts) ? "drops a part of the database with its data"
                                     : "drops a part of the database";
    if (str_is_nocase(first, "truncate"))
        return "deletes every row of a table";
    if (str_is_nocase(first, "delete"))
        return where ? "deletes rows" : "deletes every row of a table";
    if (str_is_nocase(first, "update") && !where)
        return "changes every row of a table";
    return "";
}

struct str sql_destroys(struct str text)
{
    struct tokens tokens = {text, 0};
    struct str first = {"", 0}, second = {"", 0}, token = {"", 0};
    bool where = false;
    bool more = true;
    const char *reason = "";
    while (more && !reason[0]) {
        more = next_token(&tokens, &token);
        if (!more || str_is(token, ";")) {
            reason = statement_destroys(first, second, where);
            first = second = (struct str){"", 0};
            where = false;
            continue;
        }
        if (is_any(token, doing))
            reason = str_starts_nocase(token, "pg_terminate") ? "ends the sessions of others" : "";
        if (str_is_nocase(first, "alter") && str_is_nocase(token, "drop"))
            reason = "drops a part of a table with its data";
        where |= str_is_nocase(token, "where");
        if (first.n == 0)
            first = token;
        else if (second.n == 0)
            second = token;
    }
    return str_of(reason);
}
