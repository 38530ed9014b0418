/* perform.c - the table of what a worker can do. */
#include "worker/perform.h"

#include "ask/ask.h"
#include "notify/notify.h"
#include "notify/ways.h"
#include "postgres/backup.h"
#include "postgres/drill.h"
#include "postgres/postgres.h"
#include "probe/probe.h"
#include "worker/password.h"

#include <unistd.h>

static void (*const functions[ORDER_KINDS])(const struct work *, struct order_result *) = {
    [ORDER_PAGE_SMTP] = smtp_perform,
    [ORDER_PAGE_WEBHOOK] = webhook_perform,
    [ORDER_PAGE_WAY] = way_perform,
    [ORDER_HEARTBEAT] = heartbeat_perform,
    [ORDER_POSTGRES_PING] = postgres_ping_perform,
    [ORDER_POSTGRES_QUERY] = postgres_query_perform,
    [ORDER_BACKUP_STATUS] = postgres_backup_perform,
    [ORDER_BACKUP_DRILL] = postgres_drill_perform,
    [ORDER_POSTGRES_LOOK] = postgres_look_perform,
    [ORDER_POSTGRES_END] = postgres_end_perform,
    [ORDER_POSTGRES_MIGRATE] = postgres_migrate_perform,
    [ORDER_POSTGRES_EXPORT] = postgres_export_perform,
    [ORDER_POSTGRES_IMPORT] = postgres_import_perform,
    [ORDER_PROBE] = probe_perform,
    [ORDER_ASK] = ask_perform,
    [ORDER_PASSWORD_HASH] = password_hash_perform,
    [ORDER_PASSWORD_CHECK] = password_check_perform,
};

static bool is_object(const struct json *value)
{
    return value && value->type == JSON_OBJECT;
}

struct order_result perform_order(struct arena *arena, struct str order_json, struct instant now,
                                  bool verbose)
{
    struct json *order = NULL;
    struct err err = {0};
    if (!json_parse(arena, order_json, &order, &err))
        return work_result(arena, ORDER_REFUSED, "The order cannot be read at %s: %s", err.place,
                           err.text);
    enum order_kind kind = ORDER_KINDS;
    struct str kind_name = json_get_str(order, "kind");
    if (!order_kind_find(kind_name, &kind))
        return work_result(arena, ORDER_REFUSED, "\"%.*s\" is no kind of order.",
                           STR_ARGS(str_slice(kind_name, 0, 100)));
    struct work work = {.arena = arena,
                        .id = json_get_str(order, "id"),
                        .body = json_get(order, "body"),
                        .secrets = json_get(order, "secrets"),
                        .now = now,
                        .verbose = verbose};
    if (!is_object(work.body) || (work.secrets && !is_object(work.secrets)))
        return work_result(arena, ORDER_REFUSED, "The order's body and secrets must be objects.");
    int most_ms = work_deadline_ms_max(kind);
    if (!json_get_int(order, "deadline_ms", &work.deadline_ms) || work.deadline_ms < 1 ||
        work.deadline_ms > most_ms)
        return work_result(arena, ORDER_REFUSED, "deadline_ms must be from 1 to %d.", most_ms);
    (void)alarm((unsigned)(work.deadline_ms / 1000) + 5);
    struct order_result result = {.outcome = ORDER_DOUBTED, .detail = STR("")};
    functions[kind](&work, &result);
    return result;
}
