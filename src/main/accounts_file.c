/* accounts_file.c - reading and writing the accounts file. */
#include "main/accounts_file.h"

#include "os/file.h"

bool accounts_file_read(struct app *app, struct err *err)
{
    struct arena arena;
    struct str text;
    bool there = false;
    if (app->credentials_read)
        return true;
    credentials_init(&app->credentials, &app->arena);
    if (!file_check_private(app->accounts_path, &there, err))
        return false;
    arena_init(&arena);
    bool good =
        !there || (file_read(&arena, app->accounts_path, CREDENTIALS_BYTES_MAX, &text, err) &&
                   credentials_parse(&app->credentials, text, err));
    arena_done(&arena);
    app->credentials_read = good;
    return good;
}

bool accounts_file_write(struct app *app, struct err *err)
{
    struct arena arena;
    arena_init(&arena);
    credentials_prune(&app->credentials, &app->world.access);
    struct str text = credentials_write(&app->credentials, &arena);
    bool good = file_write(app->accounts_path, text, 0600, err);
    arena_done(&arena);
    return good;
}

static bool put(struct app *app, const struct call *call, const struct argument *argument,
                struct err *err)
{
    char mark[ACCESS_MARK_BYTES];
    struct str secret = call_str(call, argument->name);
    struct str key = call_str(call, "name");
    enum credential_kind kind = CREDENTIAL_PASSWORD;
    if (argument->type == ARGUMENT_DIGEST) {
        access_mark(secret, mark);
        key = str_of(mark);
        kind = CREDENTIAL_TOKEN;
    }
    return credentials_put(&app->credentials, kind, key, secret) ||
           err_set(err, ERR_USAGE, call->action->name, "This is too long to be kept.");
}

bool accounts_file_keep(struct app *app, const struct call *call, struct err *err)
{
    bool anything = false;
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && call->action->arguments[i].name; i++) {
        const struct argument *argument = &call->action->arguments[i];
        if (!call->given[i] ||
            (argument->type != ARGUMENT_PASSWORD && argument->type != ARGUMENT_DIGEST))
            continue;
        if (!accounts_file_read(app, err) || !put(app, call, argument, err))
            return false;
        anything = true;
    }
    return !anything || accounts_file_write(app, err);
}
