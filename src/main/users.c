/* users.c - the users that commands are to run as, against the machine's and against who we are. */
#include "main/users.h"

#include "main/walls.h"
#include "os/peer.h"

#include <sys/stat.h>
#include <unistd.h>

/* Who Reeve is, or will be once it has entered its folder. */
static uid_t self(struct arena *arena, const struct config *config)
{
    struct stat info;
    struct str folder = walls_own_folder(arena, config);
    if (geteuid() == 0 && folder.n > 0 && stat(folder.p, &info) == 0)
        return info.st_uid;
    return geteuid();
}

static const struct config_user *user_of(const struct config_commands *commands, struct str action)
{
    for (size_t i = 0; action.n > 0 && i < commands->action_count; i++)
        if (str_equal(commands->actions[i].name, action))
            return &commands->actions[i].user;
    return &commands->user;
}

static bool find(struct arena *arena, const struct config *config, const struct config_user *given,
                 struct command_user *out_user, struct err *err)
{
    struct command_user found = {.is_named = true};
    uid_t own = self(arena, config);
    if (!user_find(arena, given->name, &found.user, err))
        return false;
    if (found.user.uid != own && own != 0)
        return err_set(err, ERR_REFUSED, NULL,
                       "Commands cannot run as %.*s, because Reeve runs as %.*s, who can become "
                       "nobody else: run Reeve as root with its ledger in a folder of root's, "
                       "write sudo into the command, or take user: out.",
                       STR_ARGS(given->name), STR_ARGS(user_name(arena, own)));
    found.changes = own == 0;
    *out_user = found;
    return true;
}

bool users_find(struct arena *arena, const struct config *config, struct str action,
                struct command_user *out_user, struct err *err)
{
    const struct config_user *given = user_of(&config->commands, action);
    if (given->name.n > 0)
        return find(arena, config, given, out_user, err);
    *out_user = (struct command_user){.is_named = false};
    return true;
}

/* Of an action that says nothing itself it was said at commands:. */
static bool is_said(const struct config_user *before, const struct config_user *given)
{
    return before->place.line == given->place.line && before->place.column == given->place.column;
}

static void note(struct arena *arena, const struct config *config, const struct config_user *given,
                 struct config_notes *notes)
{
    struct command_user user;
    struct err err = {0};
    if (given->name.n == 0 || notes->count == CONFIG_NOTES_MAX ||
        find(arena, config, given, &user, &err))
        return;
    notes->items[notes->count++] = (struct config_note){
        .is_error = true, .place = given->place, .sentence = str_copy(arena, str_of(err.text))};
}

void users_note(struct arena *arena, const struct config *config, struct config_notes *notes)
{
    const struct config_commands *commands = &config->commands;
    note(arena, config, &commands->user, notes);
    for (size_t i = 0; i < commands->action_count; i++)
        if (!is_said(&commands->user, &commands->actions[i].user))
            note(arena, config, &commands->actions[i].user, notes);
}

bool users_check(struct arena *arena, const struct config *config, struct err *err)
{
    struct config_notes *notes = arena_make(arena, struct config_notes);
    users_note(arena, config, notes);
    if (notes->count == 0)
        return true;
    struct config_place at = notes->items[0].place;
    struct str place =
        str_printf(arena, "%.*s:%zu:%zu", STR_ARGS(config->file), at.line, at.column);
    return err_set(err, ERR_USAGE, place.p, "%.*s", STR_ARGS(notes->items[0].sentence));
}
