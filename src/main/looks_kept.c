/* looks_kept.c - state/looks/slow.json. */
#include "main/looks_kept.h"

#include "os/file.h"

enum { KEPT_BYTES = 128 * 1024 };

static struct str folder_of(struct arena *arena, struct str state_folder)
{
    return str_printf(arena, "%.*s/looks", STR_ARGS(state_folder));
}

static struct str path_of(struct arena *arena, struct str state_folder)
{
    return str_printf(arena, "%.*s/looks/slow.json", STR_ARGS(state_folder));
}

struct str looks_kept_read(struct arena *arena, struct str state_folder)
{
    struct str kept = STR("");
    struct json *root = NULL;
    if (!file_read(arena, path_of(arena, state_folder), KEPT_BYTES, &kept, NULL) ||
        !json_parse(arena, kept, &root, NULL) || root->type != JSON_OBJECT)
        return STR("");
    return kept;
}

static bool keep(struct arena *arena, struct str state_folder, struct str kept, struct err *err)
{
    return folder_enter(state_folder, err) && folder_make(folder_of(arena, state_folder), err) &&
           file_write(path_of(arena, state_folder), kept, 0600, err);
}

struct str looks_kept_take(struct arena *arena, struct str state_folder, struct str json,
                           struct err *err)
{
    struct json *output = NULL;
    size_t front = strlen(",\"keep\":");
    if (!json_parse(arena, json, &output, err))
        return json;
    const struct json *kept = json_get(output, "keep");
    if (!kept || kept->offset < front)
        return json;
    (void)!keep(arena, state_folder, str_slice(json, kept->offset, json.n - 1), err);
    return str_printf(arena, "%.*s}", STR_ARGS(str_slice(json, 0, kept->offset - front)));
}
