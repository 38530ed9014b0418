/* page_token.c - reading, watching and using up the token of the page. */
#include "main/page_token.h"

#include "access/credentials.h"
#include "base/secret_value.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/log.h"
#include "os/random.h"

#include <unistd.h>

enum { TOKEN_BYTES = 24, TOKEN_FILE_BYTES = 256 };

static bool is_always(const struct serve *serve)
{
    return serve->app->config.page_token_always;
}

struct token_file {
    struct str token;
    struct str maker; /* of "reeve token new"; "" when we made it at the first start */
};

/* False when there is no token in the file. */
static bool read_file(const struct serve *serve, struct arena *arena, struct token_file *out_file)
{
    struct str text;
    struct str token;
    struct err absent = {0};
    bool there = false;
    if (!file_check_private(serve->app->token_path, &there, &absent)) {
        log_err(LOG_LEVEL_ERROR, "token", &absent);
        return false; /* somebody else may have written it */
    }
    if (!there || !file_read(arena, serve->app->token_path, TOKEN_FILE_BYTES, &text, &absent) ||
        !str_split(&text, '\n', &token))
        return false;
    token = str_trim(token);
    if (token.n < 2 * (size_t)TOKEN_BYTES)
        return false;
    *out_file = (struct token_file){token, str_trim(text)};
    return true;
}

void page_token_use_up(struct serve *serve)
{
    serve->token = STR("");
    (void)unlink(serve->app->token_path.p);
    serve->token_stamp = file_stamp(serve->app->token_path);
}

bool page_token_read(struct serve *serve, bool *out_fresh, struct err *err)
{
    struct app *app = serve->app;
    const struct access *access = &app->world.access;
    char mark[ACCESS_MARK_BYTES];
    bool administrator = access_has_administrator(access);
    *out_fresh = false;
    serve->has_administrator = administrator;
    serve->token_stamp = file_stamp(app->token_path);
    struct token_file file;
    if (read_file(serve, &app->arena, &file)) {
        serve->token = file.token;
        access_mark(serve->token, mark);
        /* Not made since there is an administrator, or nobody could know. */
        if (!is_always(serve) && administrator && strcmp(mark, access->page_token_mark) == 0)
            page_token_use_up(serve);
        return true;
    }
    if (!is_always(serve) && administrator)
        return true;
    *out_fresh = true;
    serve->token = random_id(&app->arena, TOKEN_BYTES);
    bool good = file_write(app->token_path, serve->token, 0600, err);
    serve->token_stamp = file_stamp(app->token_path);
    return good;
}

static struct str maker(const struct serve *serve, struct arena *arena)
{
    struct token_file file;
    return read_file(serve, arena, &file) && file.maker.n > 0
               ? str_printf(arena, "person:%.*s", STR_ARGS(file.maker))
               : STR("reeve");
}

static void record(struct serve *serve, struct instant now)
{
    struct arena arena;
    struct event_list events;
    char mark[ACCESS_MARK_BYTES];
    access_mark(serve->token, mark);
    if (serve->token.n == 0 || strcmp(mark, serve->app->world.access.page_token_mark) == 0 ||
        serve->app->engine.unwritable)
        return;
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct event *event =
        event_list_add(&events, EVENT_TOKEN_REPLACED, now, maker(serve, &arena), STR("page-token"));
    event_set_str(event, "digest", str_copy(&arena, str_of(mark)));
    (void)!serve_record(serve, &events);
    arena_done(&arena);
}

static void refresh(struct serve *serve)
{
    struct arena arena;
    struct token_file file;
    uint64_t stamp = file_stamp(serve->app->token_path);
    if (stamp == serve->token_stamp)
        return;
    serve->token_stamp = stamp;
    arena_init(&arena);
    if (read_file(serve, &arena, &file) && !str_equal(file.token, serve->token))
        serve->token = str_copy(&serve->app->arena, file.token);
    arena_done(&arena);
}

void page_token_watch(struct serve *serve, struct instant now)
{
    bool administrator = access_has_administrator(&serve->app->world.access);
    /* Somebody may administer now: what was printed for making the first one is of no use. */
    if (administrator && !serve->has_administrator && !is_always(serve) && serve->token.n > 0)
        page_token_use_up(serve);
    serve->has_administrator = administrator;
    refresh(serve);
    record(serve, now);
}

bool page_token_matches(struct serve *serve, struct str token)
{
    page_token_watch(serve, clock_now());
    return token.n > 0 && secret_equal(token, serve->token);
}
