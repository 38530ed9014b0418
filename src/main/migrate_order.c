/* migrate_order.c - the folder of migrations, and the order that only looks. */
#include "main/migrate_order.h"

#include "worker/order_limits.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { LOCK_MS = 4000, STATUS_MS = 120 * 1000 };

static bool is_folder(struct str path)
{
    struct stat status;
    return stat(path.p, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The worker's own working folder is ours, but sentences say whole paths. */
static struct str whole(struct arena *arena, struct str path)
{
    char room[PATH_MAX];
    char *real = realpath(path.p, room);
    return str_copy(arena, real ? str_of(real) : path);
}

struct str migrations_folder(struct arena *arena, const struct config *config, struct str given)
{
    static const char *const usual[] = {"db/migrations", "supabase/migrations", "migrations"};
    if (given.n == 0)
        given = config->database.migrations;
    if (given.n > 0)
        return whole(arena, str_copy(arena, given));
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        struct str folder = config->folder.n > 0 ? config->folder : STR(".");
        struct str path = str_printf(arena, "%.*s/%s", STR_ARGS(folder), usual[i]);
        if (is_folder(path))
            return whole(arena, path);
    }
    return STR("");
}

struct order migrate_status_order(struct arena *arena, struct str folder)
{
    struct text body;
    text_init(&body, arena, WORK_ORDER_BYTES);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    json_str(&w, "command", STR("status"));
    json_str(&w, "folder", folder);
    json_str(&w, "runner", STR("reeve"));
    json_int(&w, "lock_timeout_ms", LOCK_MS);
    json_int(&w, "patience_ms", 0);
    json_bool(&w, "progress", false);
    json_close_object(&w);
    return (struct order){.kind = ORDER_POSTGRES_MIGRATE,
                          .id = STR("db-status"),
                          .body_json = text_str(&body),
                          .deadline_ms = STATUS_MS};
}
