/* logins_page.c - what is asked of and told to those who log in. */
#include "main/logins_internal.h"

#include "main/page_token.h"
#include "main/pages.h"
#include "os/clock.h"

#include <stdlib.h>

enum { BUSY_S = 5 };

static struct str name_key(struct arena *arena, const char *name)
{
    return str_printf(arena, "name:%s", name);
}

static struct str from_key(struct arena *arena, const char *from)
{
    return str_printf(arena, "from:%s", from);
}

/* There are accounts, and no password that goes with one: the accounts file is gone. */
static bool has_lost_passwords(const struct serve *serve)
{
    const struct access *access = &serve->app->world.access;
    if (!access_has_administrator(access))
        return false;
    for (size_t i = 0; i < access->account_count; i++) {
        const struct account *account = &access->accounts[i];
        const struct credential *credential =
            credentials_find(&serve->app->credentials, CREDENTIAL_PASSWORD, str_of(account->name));
        if (credential && credential_is_of(credential, account))
            return false;
    }
    return true;
}

/* Where somebody wanted to go: the page that was asked for, or what the form says of it. */
static struct str way(struct http_exchange *exchange)
{
    const struct http_request *request = http_exchange_request(exchange);
    struct str back = request->target;
    bool found = str_is(request->method, "GET") ||
                 http_form_find(http_exchange_arena(exchange), request->body, "back", &back);
    return found && http_is_way(back) && !str_starts(back, "/?") ? back : STR("/");
}

/* The login page, with the cookie dropped and a time to wait where these are given. */
static void show(struct serve *serve, struct http_exchange *exchange, int status,
                 struct str problem, struct http_header extra)
{
    const struct access *access = &serve->app->world.access;
    struct arena *arena = http_exchange_arena(exchange);
    struct text text;
    struct login_page page = {.problem = problem,
                              .note = STR(""),
                              .back = way(exchange),
                              .takes_password = access->account_count > 0,
                              .takes_token = serve->token.n > 0};
    if (has_lost_passwords(serve))
        page.note = STR("The file with the passwords is gone. On the machine itself, \"reeve "
                        "account password NAME\" sets one anew.");
    text_init(&text, arena, PAGE_BYTES_MAX);
    page_login_write(&text, &page);
    struct http_reply reply = {.status = status,
                               .content_type = STR("text/html; charset=utf-8"),
                               .body = text_str(&text),
                               .headers = &extra,
                               .header_count = extra.name.n > 0};
    http_reply(exchange, &reply);
}

void logins_show(struct serve *serve, struct http_exchange *exchange, int status,
                 const struct visitor *visitor)
{
    struct http_header none = {STR(""), STR("")};
    struct arena *arena = http_exchange_arena(exchange);
    show(serve, exchange, status, str_of(visitor->problem),
         visitor->drop_cookie ? callers_cookie(serve, arena, STR("")) : none);
}

static void show_wait(struct serve *serve, struct http_exchange *exchange, int status,
                      int64_t wait_s, struct str problem)
{
    struct str seconds = str_printf(http_exchange_arena(exchange), "%lld", (long long)wait_s);
    show(serve, exchange, status, problem, (struct http_header){STR("Retry-After"), seconds});
}

void login_answer(struct serve *serve, const struct login *login, int status, struct str problem)
{
    struct http_exchange *exchange = http_exchange_find(serve->server, login->exchange);
    struct http_header none = {STR(""), STR("")};
    if (!exchange)
        return;
    if (login->purpose == LOGIN_ENTER)
        show(serve, exchange, status, problem, none);
    else
        pages_reply_problem(exchange, status, problem);
}

void login_answer_busy(struct serve *serve, const struct login *login)
{
    struct http_exchange *exchange = http_exchange_find(serve->server, login->exchange);
    struct arena arena;
    arena_init(&arena);
    /* Taken back, not forgotten: a flood that keeps us busy must not wash away what was counted. */
    throttle_take_back(&serve->throttle, name_key(&arena, login->name));
    throttle_take_back(&serve->throttle, from_key(&arena, login->from));
    arena_done(&arena);
    if (exchange)
        show_wait(serve, exchange, 503, BUSY_S,
                  STR("Too many log in just now; try again in a few seconds."));
}

static void see(struct http_exchange *exchange, struct str back, struct http_header cookie)
{
    struct http_header headers[] = {cookie, {STR("Location"), back}};
    struct http_reply reply = {.status = 303, .headers = headers, .header_count = 2};
    http_reply(exchange, &reply);
}

void login_answer_in(struct serve *serve, const struct login *login, struct str secret)
{
    struct http_exchange *exchange = http_exchange_find(serve->server, login->exchange);
    if (exchange)
        see(exchange, str_of(login->back),
            callers_cookie(serve, http_exchange_arena(exchange), secret));
}

void login_answer_changed(struct serve *serve, const struct login *login)
{
    struct http_exchange *exchange = http_exchange_find(serve->server, login->exchange);
    if (exchange)
        see(exchange, STR("/"), callers_cookie(serve, http_exchange_arena(exchange), STR("")));
}

void login_went_well(struct serve *serve, const struct login *login)
{
    struct arena arena;
    arena_init(&arena);
    throttle_forget(&serve->throttle, name_key(&arena, login->name));
    throttle_take_back(&serve->throttle, from_key(&arena, login->from));
    arena_done(&arena);
}

/* A name that nobody has may be a password in the wrong field: it is not written down. */
static void record(struct serve *serve, const struct login *login, const char *reason)
{
    const struct account *account = account_find(&serve->app->world.access, str_of(login->name));
    struct refusal refusal = {.is_login = true,
                              .name = account ? str_of(account->name) : STR("an unknown name"),
                              .from = str_of(login->from),
                              .reason = str_of(reason)};
    callers_refuse(serve, &refusal);
}

void login_refuse(struct serve *serve, const struct login *login)
{
    bool enters = login->purpose == LOGIN_ENTER;
    record(serve, login, enters ? "wrong name or password" : "wrong password until now");
    login_answer(serve, login, 403,
                 enters ? STR("Name or password is wrong.")
                        : STR("The password until now is wrong; nothing was changed."));
}

/* May this name be tried from there now? Else answers. Counts it when it may. */
static bool may_try(struct serve *serve, struct http_exchange *exchange, const struct login *login)
{
    struct arena *arena = http_exchange_arena(exchange);
    int64_t now_ms = clock_boot_ms();
    struct str name = name_key(arena, login->name);
    struct str from = from_key(arena, login->from);
    int64_t by_name_ms = throttle_wait_ms(&serve->throttle, name, now_ms);
    int64_t by_from_ms = throttle_wait_ms(&serve->throttle, from, now_ms);
    int64_t wait_ms = by_name_ms > by_from_ms ? by_name_ms : by_from_ms;
    if (wait_ms == 0) {
        throttle_try(&serve->throttle, name, now_ms);
        throttle_try(&serve->throttle, from, now_ms);
        return true;
    }
    int64_t wait_s = (wait_ms + 999) / 1000;
    record(serve, login, "too many tries");
    show_wait(serve, exchange, 429, wait_s,
              str_printf(arena, "That was tried too often; try again in %.*s.",
                         STR_ARGS(duration_text(arena, wait_s * 1000))));
    return false;
}

/* Puts a try among those that wait; answers when there is no room. */
static void enqueue(struct serve *serve, struct http_exchange *exchange, struct login *prepared)
{
    struct login *login = login_take_place(serve->logins);
    prepared->exchange = http_exchange_id(exchange);
    if (!login) {
        login_answer_busy(serve, prepared);
        return;
    }
    prepared->state = LOGIN_WAITS;
    prepared->number = login->number;
    *login = *prepared;
    logins_start_waiting(serve);
}

static struct str field(struct arena *arena, const struct http_request *request, const char *name)
{
    struct str value;
    return http_form_find(arena, request->body, name, &value) ? value : STR("");
}

static void prepare(struct serve *serve, struct http_exchange *exchange, struct login *login,
                    struct str name)
{
    struct arena *arena = http_exchange_arena(exchange);
    str_keep(login->name, sizeof login->name, name);
    str_keep(login->from, sizeof login->from,
             callers_from(serve, http_exchange_request(exchange), arena));
    str_keep(login->back, sizeof login->back, way(exchange));
}

static void enter(struct serve *serve, struct http_exchange *exchange,
                  const struct http_request *request)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct login login = {.purpose = LOGIN_ENTER};
    struct http_header none = {STR(""), STR("")};
    struct str password = field(arena, request, "password");
    prepare(serve, exchange, &login, str_trim(field(arena, request, "name")));
    if (password.n == 0 || password.n > PASSWORD_BYTES_MAX)
        show(serve, exchange, 400, STR("Give a name and a password."), none);
    else if (may_try(serve, exchange, &login) && secret_value_set(&login.password, password))
        enqueue(serve, exchange, &login);
    secret_value_wipe(&login.password);
}

static bool is_way_back(const struct serve *serve)
{
    return access_has_administrator(&serve->app->world.access);
}

static void show_first(struct serve *serve, struct http_exchange *exchange, struct str token,
                       struct str problem)
{
    struct text text;
    struct first_page page = {
        .problem = problem, .token = token, .is_way_back = is_way_back(serve)};
    text_init(&text, http_exchange_arena(exchange), PAGE_BYTES_MAX);
    page_first_write(&text, &page);
    pages_reply(exchange, problem.n > 0 ? 400 : 200, &text);
}

static void refuse_token(struct serve *serve, struct http_exchange *exchange)
{
    struct http_header none = {STR(""), STR("")};
    struct arena *arena = http_exchange_arena(exchange);
    struct refusal refusal = {.from = callers_from(serve, http_exchange_request(exchange), arena),
                              .reason = STR("it brought a page token that is not good")};
    callers_refuse(serve, &refusal);
    show(serve, exchange, 403,
         serve->token.n > 0
             ? STR("That token is not valid. A newer one may have replaced it.")
             : STR("That token is not valid: it was used up. Log in; or on the machine itself, "
                   "\"reeve token new\" prints another."),
         none);
}

void logins_take_token(struct serve *serve, struct http_exchange *exchange, struct str token)
{
    if (!page_token_matches(serve, token))
        refuse_token(serve, exchange);
    else if (serve->app->config.page_token_always)
        see(exchange, way(exchange),
            callers_cookie(serve, http_exchange_arena(exchange), serve->token));
    else
        show_first(serve, exchange, token, STR(""));
}

static void make_first(struct serve *serve, struct http_exchange *exchange,
                       const struct http_request *request)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct login login = {.purpose = LOGIN_FIRST};
    struct err err = {0};
    struct str token = field(arena, request, "token");
    struct str name = str_trim(field(arena, request, "name"));
    struct str password = field(arena, request, "password");
    prepare(serve, exchange, &login, name);
    str_keep(login.token, sizeof login.token, token);
    if (serve->app->config.page_token_always || !page_token_matches(serve, token))
        refuse_token(serve, exchange);
    else if (!account_name_check(name, &err) || !password_check(name, password, &err))
        show_first(serve, exchange, token, str_of(err.text));
    else if (!str_equal(password, field(arena, request, "again")))
        show_first(serve, exchange, token, STR("The two passwords are not the same."));
    else if (secret_value_set(&login.password, password))
        enqueue(serve, exchange, &login);
    secret_value_wipe(&login.password);
}

bool logins_post_public(struct serve *serve, struct http_exchange *exchange,
                        const struct http_request *request)
{
    struct str token;
    if (str_is(request->path, "/first"))
        make_first(serve, exchange, request);
    else if (!str_is(request->path, "/login"))
        return false;
    else if (http_form_find(http_exchange_arena(exchange), request->body, "token", &token))
        logins_take_token(serve, exchange, str_trim(token));
    else
        enter(serve, exchange, request);
    return true;
}

static void show_account(struct http_exchange *exchange, const struct visitor *visitor, int status,
                         struct str problem)
{
    struct text text;
    struct account_page page = {.problem = problem,
                                .name = visitor->caller.person,
                                .role = str_of(role_name(visitor->caller.role))};
    text_init(&text, http_exchange_arena(exchange), PAGE_BYTES_MAX);
    page_account_write(&text, &page);
    pages_reply(exchange, status, &text);
}

static void change_password(struct serve *serve, struct http_exchange *exchange,
                            const struct http_request *request, const struct visitor *visitor)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct login login = {.purpose = LOGIN_CHANGE};
    struct err err = {0};
    struct str password = field(arena, request, "password");
    struct str old = field(arena, request, "old");
    struct str name = visitor->caller.person;
    prepare(serve, exchange, &login, name);
    if (!password_check(name, password, &err))
        show_account(exchange, visitor, 400, str_of(err.text));
    else if (!str_equal(password, field(arena, request, "again")))
        show_account(exchange, visitor, 400, STR("The two new passwords are not the same."));
    else if (old.n == 0 || old.n > PASSWORD_BYTES_MAX)
        show_account(exchange, visitor, 400, STR("Give the password until now too."));
    else if (may_try(serve, exchange, &login) && secret_value_set(&login.password, old) &&
             secret_value_set(&login.next_password, password))
        enqueue(serve, exchange, &login);
    secret_value_wipe(&login.password);
    secret_value_wipe(&login.next_password);
}

static void log_out(struct serve *serve, struct http_exchange *exchange,
                    const struct visitor *visitor)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct event_list events;
    event_list_init(&events, arena);
    if (visitor->session) {
        session_end(visitor->session, visitor->caller.actor, "its person logged out", clock_now(),
                    &events);
        if (!serve_record(serve, &events)) {
            pages_reply_problem(exchange, 503,
                                STR("The ledger cannot be written, so you are still "
                                    "logged in; close the browser."));
            return;
        }
    }
    see(exchange, STR("/"), callers_cookie(serve, arena, STR("")));
}

bool logins_serve(struct serve *serve, struct http_exchange *exchange,
                  const struct http_request *request, const struct visitor *visitor)
{
    bool post = str_is(request->method, "POST");
    bool page = visitor->cookie.n > 0;
    if (page && !post && str_is(request->path, "/account"))
        show_account(exchange, visitor, 200, STR(""));
    else if (page && post && str_is(request->path, "/logout"))
        log_out(serve, exchange, visitor);
    else if (visitor->session && post && str_is(request->path, "/account/password"))
        change_password(serve, exchange, request, visitor);
    else
        return false;
    return true;
}
