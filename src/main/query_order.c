/* query_order.c - what only reads, as an order. */
#include "main/query_order.h"

#include "postgres/sql.h"
#include "worker/order_limits.h"

enum { PING_MS = 45 * 1000, LOOK_MS = 120 * 1000, END_MS = 30 * 1000, BACKUP_MS = 5 * 60 * 1000 };
enum { CONNECT_MS = 20 * 1000, STATEMENT_MARGIN_MS = 3 * 1000 };

static bool check(struct str sql, size_t *out_count, struct err *err)
{
    struct sql_block block;
    if (!sql_split(sql, &block, err))
        return false;
    for (size_t i = 0; i < block.count; i++)
        if (!sql_check(block.items[i].text, err))
            return false;
    *out_count = block.count;
    return true;
}

bool query_check(struct str sql, struct err *err)
{
    size_t count = 0;
    return check(sql, &count, err);
}

struct order ping_order(void)
{
    return (struct order){.kind = ORDER_POSTGRES_PING,
                          .id = STR("db-ping"),
                          .body_json = STR("{}"),
                          .deadline_ms = PING_MS};
}

bool query_order(struct arena *arena, const struct config_database *database, struct str sql,
                 struct order *out_order, struct err *err)
{
    size_t count = 0;
    struct text body;
    if (!check(sql, &count, err))
        return false;
    text_init(&body, arena, WORK_ORDER_BYTES);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    json_str(&w, "sql", sql);
    json_int(&w, "timeout_ms", database->statement_timeout_ms);
    json_close_object(&w);
    int64_t ms =
        CONNECT_MS + (int64_t)count * (database->statement_timeout_ms + STATEMENT_MARGIN_MS);
    *out_order =
        (struct order){.kind = ORDER_POSTGRES_QUERY,
                       .id = STR("db-query"),
                       .body_json = text_str(&body),
                       .deadline_ms = ms < WORK_DEADLINE_MS_MAX ? ms : WORK_DEADLINE_MS_MAX};
    return true;
}

struct order look_order(struct arena *arena, const struct config_database *database,
                        struct str look, struct str before)
{
    struct text body;
    text_init(&body, arena, WORK_ORDER_BYTES);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    json_str(&w, "look", look);
    json_int(&w, "timeout_ms", database->statement_timeout_ms);
    if (before.n > 0) {
        text_adds(&body, ",\"before\":");
        text_add(&body, before);
    }
    json_close_object(&w);
    return (struct order){.kind = ORDER_POSTGRES_LOOK,
                          .id = STR("db-look"),
                          .body_json = text_str(&body),
                          .deadline_ms = LOOK_MS};
}

struct order end_order(struct arena *arena, int64_t pid, struct str id, bool terminate)
{
    struct text body;
    text_init(&body, arena, WORK_ORDER_BYTES);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    json_int(&w, "pid", pid);
    json_str(&w, "session", id);
    json_bool(&w, "terminate", terminate);
    json_close_object(&w);
    return (struct order){.kind = ORDER_POSTGRES_END,
                          .id = STR("db-end"),
                          .body_json = text_str(&body),
                          .deadline_ms = END_MS};
}

void backup_order_keys(struct json_writer *w, const struct config_backup *backup)
{
    if (backup->config.n > 0)
        json_str(w, "config", backup->config);
    json_str(w, "program", backup->program);
    json_str(w, "stanza", backup->stanza);
}

struct order backup_order(struct arena *arena, const struct config_backup *backup)
{
    struct text body;
    text_init(&body, arena, WORK_ORDER_BYTES);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    backup_order_keys(&w, backup);
    json_bool(&w, "encrypted", backup->encrypted);
    json_int(&w, "newest_ms", backup->newest_ms);
    json_int(&w, "wal_ms", backup->wal_ms);
    json_close_object(&w);
    return (struct order){.kind = ORDER_BACKUP_STATUS,
                          .id = STR("backup-status"),
                          .body_json = text_str(&body),
                          .deadline_ms = BACKUP_MS};
}
