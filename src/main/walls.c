/* walls.c - which folder is Reeve's own, which walls a command gets, what is said about them. */
#include "main/walls.h"

#include "main/compose.h"
#include "os/wall.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

struct str walls_own_folder(struct arena *arena, const struct config *config)
{
    struct str ledger = config->ledger;
    size_t slash = ledger.n;
    while (slash > 0 && ledger.p[slash - 1] != '/')
        slash--;
    struct str folder = slash > 1    ? str_copy(arena, str_slice(ledger, 0, slash - 1))
                        : slash == 1 ? STR("/")
                                     : STR(".");
    struct str full = compose_absolute(arena, folder);
    return str_starts(full, "/") ? full : STR("");
}

static const struct config_walls *walls_of(const struct config_commands *commands,
                                           struct str action)
{
    for (size_t i = 0; action.n > 0 && i < commands->action_count; i++)
        if (str_equal(commands->actions[i].name, action))
            return &commands->actions[i].walls;
    return &commands->walls;
}

bool walls_make(struct arena *arena, const struct config *config, struct str action,
                struct step_walls *out_walls, struct err *err)
{
    const struct config_commands *commands = &config->commands;
    const struct config_walls *given = walls_of(commands, action);
    struct step_walls walls = {.no_network = given->no_network,
                               .few_writes = given->writes == WRITES_BELOW,
                               .memory_bytes = commands->memory_bytes,
                               .file_bytes = commands->file_bytes,
                               .processes = commands->processes,
                               .open_files = commands->open_files};
    if (given->writes != WRITES_ANYWHERE)
        walls.hidden = walls_own_folder(arena, config);
    struct str *paths = arena_array(arena, given->path_count, sizeof *paths);
    for (size_t i = 0; i < given->path_count; i++) {
        char full[PATH_MAX];
        if (!realpath(given->paths[i].p, full))
            return err_set(err, ERR_REFUSED, "writes",
                           "It is to write in %.*s, which cannot be found: %s",
                           STR_ARGS(given->paths[i]), strerror(errno));
        paths[i] = str_copy(arena, str_of(full));
    }
    walls.writes = paths;
    walls.write_count = given->path_count;
    *out_walls = walls;
    return true;
}

void walls_note(struct arena *arena, const struct config *config, struct config_notes *notes)
{
    const struct config_commands *commands = &config->commands;
    struct wall_order order = {.directory = compose_absolute(arena, commands->directory),
                               .hidden = walls_own_folder(arena, config)};
    if (!commands->on || commands->walls.writes != WRITES_NOT_SAID || order.hidden.n == 0 ||
        wall_hides(&order) || notes->count == CONFIG_NOTES_MAX)
        return;
    notes->items[notes->count++] = (struct config_note){
        .place = commands->place,
        .sentence = str_printf(
            arena,
            "Commands can read and write Reeve's own folder %.*s, with its key and its accounts, "
            "because it lies where they make files or where Reeve cannot tell what lies beside it; "
            "put the ledger elsewhere, or say with writes: where they write.",
            STR_ARGS(order.hidden))};
}

struct str walls_missing(const struct config *config)
{
    const struct config_commands *commands = &config->commands;
    bool few = commands->walls.writes == WRITES_BELOW;
    for (size_t i = 0; i < commands->action_count; i++)
        few = few || commands->actions[i].walls.writes == WRITES_BELOW;
    if (!commands->on || wall_version() > 1)
        return STR("");
    if (few && wall_version() == 0)
        return STR("This kernel has no Landlock: steps that have \"writes:\" are refused, and "
                   "Reeve's own folder is open to the others.");
    return STR("This kernel has no Landlock, or too old a one: Reeve's own folder is open to "
               "steps.");
}
