/* logins.c - passwords on their way to a worker and back, and what comes of them. */
#include "main/logins_internal.h"

#include "main/page_token.h"
#include "os/clock.h"
#include "os/log.h"
#include "os/random.h"

#include <stdlib.h>

enum { DEADLINE_MS = 20000, ROOM_FOR_PAGES = 3, SESSION_ID_BYTES = 8, SESSION_SECRET_BYTES = 32 };

/* Of a password that nobody has: an unknown name costs the same. */
static const char dummy_hash[] =
    "$argon2id$v=19$m=65536,t=2,p=1$15Ze5Bdh89fm+KDjm+/ErA$4etPssgxLOo+pegcG1fYw93iL4yDrBG5aINiqem"
    "A09s";

struct logins *logins_open(struct serve *serve)
{
    struct logins *logins = arena_make(&serve->app->arena, struct logins);
    logins->serve = serve;
    return logins;
}

static void forget(struct login *login)
{
    secret_value_wipe(&login->password);
    secret_value_wipe(&login->next_password);
    *login = (struct login){.state = LOGIN_FREE};
}

void logins_close(struct logins *logins)
{
    for (size_t i = 0; logins && i < LIMIT_LOGINS_WAITING; i++)
        forget(&logins->items[i]);
}

struct login *login_take_place(struct logins *logins)
{
    for (size_t i = 0; i < LIMIT_LOGINS_WAITING; i++) {
        if (logins->items[i].state != LOGIN_FREE)
            continue;
        logins->items[i] = (struct login){.state = LOGIN_WAITS, .number = ++logins->last_number};
        return &logins->items[i];
    }
    return NULL;
}

/* The hash that the password is compared with. Without one a try still takes its time. */
static struct str hash_to_check(const struct serve *serve, const struct login *login)
{
    const struct account *account = account_find(&serve->app->world.access, str_of(login->name));
    const struct credential *credential =
        credentials_find(&serve->app->credentials, CREDENTIAL_PASSWORD, str_of(login->name));
    bool known = account && credential && credential_is_of(credential, account);
    return known ? str_of(credential->secret) : str_of(dummy_hash);
}

static void on_answer(void *context, struct str order_id, const struct order_result *result);

static bool start(struct serve *serve, struct login *login, struct err *err)
{
    char id[32];
    struct secret_value secrets[2] = {0};
    struct order order = {.kind = ORDER_PASSWORD_HASH,
                          .body_json = STR("{}"),
                          .deadline_ms = DEADLINE_MS,
                          .secret_fields = {"password", "hash"},
                          .secret_count = 1};
    struct text text;
    struct arena arena;
    arena_init(&arena);
    text_init(&text, &arena, sizeof id);
    text_printf(&text, "login-%lld", (long long)login->number);
    order.id = text_str(&text);
    secrets[0] = login->password;
    bool good = true;
    if (login->purpose == LOGIN_ENTER || login->purpose == LOGIN_CHANGE) {
        order.kind = ORDER_PASSWORD_CHECK;
        order.secret_count = 2;
        struct str hash = hash_to_check(serve, login);
        login->known = !str_is(hash, dummy_hash);
        access_mark(hash, login->mark);
        good = secret_value_set(&secrets[1], hash);
    }
    struct worker_answer answer = {.function = on_answer, .context = serve};
    good = good && worker_pool_start(serve->pool, &order, secrets, answer, err);
    for (size_t i = 0; i < 2; i++)
        secret_value_wipe(&secrets[i]);
    arena_done(&arena);
    return good;
}

static struct login *find_next(struct logins *logins)
{
    struct login *next = NULL;
    for (size_t i = 0; i < LIMIT_LOGINS_WAITING; i++) {
        struct login *login = &logins->items[i];
        if (login->state == LOGIN_WAITS && (!next || login->number < next->number))
            next = login;
    }
    return next;
}

void logins_start_waiting(struct serve *serve)
{
    struct logins *logins = serve->logins;
    struct login *login;
    while (logins->running < LIMIT_LOGINS_AT_ONCE &&
           worker_pool_room(serve->pool) >= ROOM_FOR_PAGES && (login = find_next(logins))) {
        struct err err = {0};
        if (start(serve, login, &err)) {
            login->state = LOGIN_RUNS;
            secret_value_wipe(&login->password);
            logins->running++;
            continue;
        }
        log_err(LOG_LEVEL_ERROR, "login", &err);
        login_answer_busy(serve, login);
        forget(login);
    }
}

/* Makes the facts durable, keeps the secrets, and answers with the session's cookie. */
static bool open_session(struct serve *serve, struct event_list *events, struct login *login,
                         struct str hash)
{
    struct app *app = serve->app;
    struct err err = {0};
    struct arena *arena = events->arena;
    struct instant now = clock_now();
    struct str id = random_id(arena, SESSION_ID_BYTES);
    struct str secret = random_id(arena, SESSION_SECRET_BYTES);
    char digest[HASH_HEX_BYTES];
    struct access_call call = {.actor = str_printf(arena, "person:%s", login->name),
                               .name = str_of(login->name),
                               .mark = id,
                               .now = now};
    session_open(&app->world.access, &call, events);
    if (!engine_append(&app->engine, events, &err)) {
        login_answer(serve, login, 503, str_of(err.text));
        return false;
    }
    secret_digest(secret, digest);
    bool kept = credentials_put(&app->credentials, CREDENTIAL_SESSION, id, str_of(digest)) &&
                (hash.n == 0 || credentials_put(&app->credentials, CREDENTIAL_PASSWORD,
                                                str_of(login->name), hash));
    if (kept)
        credentials_find(&app->credentials, CREDENTIAL_SESSION, id)->seen = now;
    if (!kept || !accounts_file_write(app, &err))
        log_err(LOG_LEVEL_ERROR, "accounts", &err);
    login_answer_in(serve, login, secret);
    return true;
}

/* Is it still the account, with the password that was compared? */
static bool still_stands(const struct serve *serve, const struct login *login)
{
    const struct account *account = account_find(&serve->app->world.access, str_of(login->name));
    return login->known && account && strcmp(account->mark, login->mark) == 0;
}

static void finish_enter(struct serve *serve, struct login *login, bool is_right)
{
    struct arena arena;
    struct event_list events;
    if (!is_right || !still_stands(serve, login)) {
        login_refuse(serve, login);
        return;
    }
    login_went_well(serve, login);
    if (!http_exchange_find(serve->server, login->exchange))
        return; /* whoever asked has left, and has no use for a session */
    arena_init(&arena);
    event_list_init(&events, &arena);
    (void)open_session(serve, &events, login, STR(""));
    arena_done(&arena);
}

static void finish_first(struct serve *serve, struct login *login, struct str hash)
{
    struct arena arena;
    struct event_list events;
    struct err err = {0};
    char mark[ACCESS_MARK_BYTES];
    /* It may have been used up meanwhile. */
    if (!page_token_matches(serve, str_of(login->token))) {
        login_answer(serve, login, 403, STR("This token was used, or a newer one replaced it."));
        return;
    }
    access_mark(hash, mark);
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct access_call call = {.actor = STR("person:page"),
                               .name = str_of(login->name),
                               .mark = str_of(mark),
                               .role = ROLE_ADMINISTRATOR,
                               .now = clock_now()};
    if (!account_make_administrator(&serve->app->world.access, &call, &events, &err))
        login_answer(serve, login, 400, str_of(err.text));
    else if (open_session(serve, &events, login, hash))
        page_token_use_up(serve);
    arena_done(&arena);
}

static void finish_change(struct serve *serve, struct login *login, struct str hash)
{
    struct app *app = serve->app;
    struct arena arena;
    struct event_list events;
    struct err err = {0};
    char mark[ACCESS_MARK_BYTES];
    if (!still_stands(serve, login)) {
        login_refuse(serve, login);
        return;
    }
    access_mark(hash, mark);
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct access_call call = {.actor = str_printf(&arena, "person:%s", login->name),
                               .name = str_of(login->name),
                               .mark = str_of(mark),
                               .now = clock_now()};
    bool good = account_set_password(&app->world.access, &call, &events, &err) &&
                engine_append(&app->engine, &events, &err);
    if (good && (!credentials_put(&app->credentials, CREDENTIAL_PASSWORD, call.name, hash) ||
                 !accounts_file_write(app, &err)))
        log_err(LOG_LEVEL_ERROR, "accounts", &err);
    if (good)
        login_answer_changed(serve, login);
    else
        login_answer(serve, login, 503, str_of(err.text));
    arena_done(&arena);
}

/* The old password was right: the new one is hashed next. */
static void go_on_changing(struct serve *serve, struct login *login)
{
    login_went_well(serve, login);
    login->password = login->next_password;
    secret_value_wipe(&login->next_password);
    login->purpose = LOGIN_CHANGE_HASH;
    login->state = LOGIN_WAITS;
}

static void finish(struct serve *serve, struct login *login, const struct order_result *result)
{
    bool checks = login->purpose == LOGIN_ENTER || login->purpose == LOGIN_CHANGE;
    bool done = result->outcome == ORDER_DONE;
    bool refused = checks && result->outcome == ORDER_REFUSED;
    login->state = LOGIN_DONE;
    if (!done && !refused) {
        log_line(LOG_LEVEL_ERROR, "login", "A password was not hashed: %.*s",
                 STR_ARGS(result->detail));
        login_answer_busy(serve, login);
    } else if (login->purpose == LOGIN_ENTER) {
        finish_enter(serve, login, done);
    } else if (login->purpose == LOGIN_CHANGE && done && login->known) {
        go_on_changing(serve, login);
    } else if (login->purpose == LOGIN_CHANGE) {
        login_refuse(serve, login);
    } else if (login->purpose == LOGIN_CHANGE_HASH) {
        finish_change(serve, login, result->detail);
    } else {
        finish_first(serve, login, result->detail);
    }
}

static void on_answer(void *context, struct str order_id, const struct order_result *result)
{
    struct serve *serve = context;
    struct logins *logins = serve->logins;
    int64_t number = 0;
    if (!str_int(str_from(order_id, strlen("login-")), &number))
        return;
    for (size_t i = 0; i < LIMIT_LOGINS_WAITING; i++) {
        struct login *login = &logins->items[i];
        if (login->number != number || login->state != LOGIN_RUNS)
            continue;
        logins->running--;
        finish(serve, login, result);
        if (login->state == LOGIN_DONE)
            forget(login);
    }
    logins_start_waiting(serve);
}

/* Facts of sessions that are over by now. */
static void end_old_sessions(struct serve *serve, struct instant now)
{
    const struct access *access = &serve->app->world.access;
    struct arena arena;
    struct event_list events;
    const char *why = "";
    arena_init(&arena);
    event_list_init(&events, &arena);
    for (size_t i = 0; i < access->session_count; i++) {
        const struct session *session = &access->sessions[i];
        const struct credential *credential =
            credentials_find(&serve->app->credentials, CREDENTIAL_SESSION, str_of(session->id));
        struct instant seen = credential ? credential->seen : session->opened;
        if (session_is_over(session, seen, now, &why))
            session_end(session, STR("reeve"), why, now, &events);
    }
    if (events.count > 0 && !serve->app->engine.unwritable)
        (void)!serve_record(serve, &events);
    arena_done(&arena);
}

/* Did an API token reach its end since the last look? */
static bool token_expired(const struct access *access, struct instant before, struct instant now)
{
    for (size_t i = 0; i < access->token_count; i++) {
        struct instant expires = access->tokens[i].expires;
        if (instant_before(before, expires) && !instant_before(now, expires))
            return true;
    }
    return false;
}

void logins_turn(struct serve *serve, struct instant now)
{
    enum { LOOK_MS = 1000, SEEN_MS = 5 * 60 * 1000 };
    struct logins *logins = serve->logins;
    const struct access *access = &serve->app->world.access;
    struct err err = {0};
    page_token_watch(serve, now);
    if (access->closed != logins->closed || token_expired(access, logins->looked, now))
        http_stream_end_unless(serve->server, serve, callers_may_stay);
    logins->closed = access->closed;
    int64_t since_ms = instant_ms_between(logins->looked, now);
    if (since_ms >= 0 && since_ms < LOOK_MS)
        return;
    logins->looked = now;
    callers_tell(serve, false);
    end_old_sessions(serve, now);
    logins_start_waiting(serve);
    /* When sessions were used last, so that a restart knows it nearly. */
    if (access->session_count > 0 && instant_ms_between(logins->written, now) >= SEEN_MS) {
        logins->written = now;
        if (!accounts_file_write(serve->app, &err))
            log_err(LOG_LEVEL_WARNING, "accounts", &err);
    }
}
