/* query_order.c - SQL that only reads, as an order. */
#include "main/query_order.h"

#include "postgres/sql.h"
#include "worker/order_limits.h"

enum { PING_MS = 45 * 1000 };
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
