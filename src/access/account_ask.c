/* account_ask.c - what is asked for accounts, sessions and API tokens, as facts or a refusal. */
#include "access/accounts.h"

#include "base/limits.h"
#include "base/moment.h"

bool account_name_check(struct str name, struct err *err)
{
    bool good = name.n > 0 && name.n < ACCOUNT_NAME_BYTES && name.p[0] >= 'a' && name.p[0] <= 'z';
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        good = good &&
               ((c >= 'a' && c <= 'z') || byte_is_digit(c) || c == '.' || c == '-' || c == '_');
    }
    if (!good)
        return err_set(err, ERR_USAGE, "name",
                       "A name is 1 to 32 of a-z, 0-9, dot, dash and underscore, and begins with "
                       "a letter.");
    /* What the ledger calls the holder of the page's token, and Reeve itself. */
    if (str_is(name, "page") || str_is(name, "reeve"))
        return err_set(err, ERR_USAGE, "name",
                       "\"%.*s\" means somebody else in the ledger; take another name.",
                       STR_ARGS(name));
    return true;
}

bool password_check(struct str name, struct str password, struct err *err)
{
    if (password.n < PASSWORD_BYTES_MIN || password.n > PASSWORD_BYTES_MAX)
        return err_set(err, ERR_USAGE, "password",
                       "A password has %d to %d bytes; a few words that nobody would guess are "
                       "easy to keep.",
                       PASSWORD_BYTES_MIN, PASSWORD_BYTES_MAX);
    if (str_find_byte(password, '\n', 0) < password.n ||
        str_find_byte(password, '\r', 0) < password.n || memchr(password.p, '\0', password.n))
        return err_set(err, ERR_USAGE, "password",
                       "A password is one line; leave out the line break.");
    if (str_equal_nocase(name, password))
        return err_set(err, ERR_USAGE, "password", "The name is no password; take another one.");
    return true;
}

bool lifetime_parse(struct str words, int64_t *out_ms, struct err *err)
{
    int64_t length_ms = 0;
    if (!span_parse(words, &length_ms) || length_ms < 1000 || length_ms > API_TOKEN_LIFE_MS_MAX)
        return err_set(err, ERR_USAGE, "expires",
                       "\"%.*s\" is no length of time from 1 second to 366 days; write it like 90d "
                       "or 12h.",
                       STR_ARGS(str_cut(words, 40)));
    *out_ms = length_ms;
    return true;
}

static struct event *add(struct event_list *out, const struct access_call *call,
                         enum event_kind kind, const char *subject)
{
    struct str about = str_printf(out->arena, "%s:%.*s", subject, STR_ARGS(call->name));
    struct event *event = event_list_add(out, kind, call->now, call->actor, about);
    event_set_str(event, "name", str_copy(out->arena, call->name));
    return event;
}

static const struct account *must_know(const struct access *access, struct str name,
                                       struct err *err)
{
    const struct account *account = account_find(access, name);
    if (!account)
        (void)err_set(err, ERR_USAGE, "name",
                      "There is no account \"%.*s\"; \"reeve account list\" shows those there are.",
                      STR_ARGS(str_cut(name, 40)));
    return account;
}

static void end_sessions(const struct access *access, const struct access_call *call,
                         const char *reason, struct event_list *out)
{
    for (size_t i = 0; i < access->session_count; i++)
        if (str_is(call->name, access->sessions[i].name))
            session_end(&access->sessions[i], call->actor, reason, call->now, out);
}

/* A token is its maker's deputy: what lets in more than they may themselves is good no more. */
static void end_tokens(const struct access *access, const struct access_call *call, int role,
                       struct event_list *out)
{
    for (size_t i = 0; i < access->token_count; i++) {
        const struct api_token *token = &access->tokens[i];
        const char *why;
        struct access_call of = *call;
        of.name = str_of(token->name);
        if ((int)token->scope <= role || api_token_is_over(token, call->now, &why) ||
            !str_starts(str_of(token->behind), "person:") ||
            !str_equal_nocase(str_from(str_of(token->behind), strlen("person:")), call->name))
            continue;
        struct event *event = add(out, &of, EVENT_API_TOKEN_REVOKED, "program");
        event_set_str(event, "token", str_copy(out->arena, str_of(token->id)));
    }
}

bool account_add(const struct access *access, const struct access_call *call,
                 struct event_list *out, struct err *err)
{
    if (!account_name_check(call->name, err))
        return false;
    if (account_find(access, call->name))
        return err_set(err, ERR_REFUSED, "name",
                       "There is an account \"%.*s\" already; \"reeve account role\" changes what "
                       "it may.",
                       STR_ARGS(call->name));
    if (access->account_count == LIMIT_ACCOUNTS)
        return err_set(err, ERR_REFUSED, "name",
                       "There are %d accounts, which is the most; remove one that nobody uses.",
                       LIMIT_ACCOUNTS);
    struct event *event = add(out, call, EVENT_ACCOUNT_CREATED, "account");
    event_set_str(event, "role", str_of(role_name(call->role)));
    return true;
}

static void change_role(const struct account *account, const struct access_call *call,
                        struct event_list *out)
{
    struct event *event = add(out, call, EVENT_ACCOUNT_ROLE_CHANGED, "account");
    event_set_str(event, "from", str_of(role_name(account->role)));
    event_set_str(event, "to", str_of(role_name(call->role)));
}

bool account_change_role(const struct access *access, const struct access_call *call,
                         struct event_list *out, struct err *err)
{
    const struct account *account = must_know(access, call->name, err);
    if (!account)
        return false;
    if (account->role == call->role)
        return err_set(err, ERR_REFUSED, "role", "%s has the role %s already; nothing changed.",
                       account->name, role_name(call->role));
    end_sessions(access, call, "its role changed", out);
    end_tokens(access, call, (int)call->role, out);
    change_role(account, call, out);
    return true;
}

static void set_password(const struct access_call *call, struct event_list *out)
{
    struct event *event = add(out, call, EVENT_ACCOUNT_PASSWORD_SET, "account");
    event_set_str(event, "mark", str_copy(out->arena, call->mark));
}

bool account_set_password(const struct access *access, const struct access_call *call,
                          struct event_list *out, struct err *err)
{
    if (!must_know(access, call->name, err))
        return false;
    end_sessions(access, call, "its password changed", out);
    set_password(call, out);
    return true;
}

bool account_remove(const struct access *access, const struct access_call *call,
                    struct event_list *out, struct err *err)
{
    if (!must_know(access, call->name, err))
        return false;
    end_sessions(access, call, "its account was removed", out);
    end_tokens(access, call, -1, out);
    (void)add(out, call, EVENT_ACCOUNT_REMOVED, "account");
    return true;
}

bool account_make_administrator(const struct access *access, const struct access_call *call,
                                struct event_list *out, struct err *err)
{
    const struct account *account = account_find(access, call->name);
    if (!account && !account_add(access, call, out, err))
        return false;
    end_sessions(access, call, "its password changed", out);
    if (account && account->role != call->role)
        change_role(account, call, out);
    set_password(call, out);
    return true;
}

/* The token of that name that is still good, or NULL. */
static const struct api_token *find_live(const struct access *access,
                                         const struct access_call *call)
{
    const char *why;
    for (size_t i = 0; i < access->token_count; i++)
        if (str_is(call->name, access->tokens[i].name) &&
            !api_token_is_over(&access->tokens[i], call->now, &why))
            return &access->tokens[i];
    return NULL;
}

static size_t count_live(const struct access *access, struct instant now)
{
    const char *why;
    size_t count = 0;
    for (size_t i = 0; i < access->token_count; i++)
        count += !api_token_is_over(&access->tokens[i], now, &why);
    return count;
}

bool api_token_make(const struct access *access, const struct access_call *call,
                    struct event_list *out, struct err *err)
{
    if (!account_name_check(call->name, err))
        return false;
    if (find_live(access, call))
        return err_set(err, ERR_REFUSED, "name",
                       "There is an API token \"%.*s\" already; revoke it first, or take another "
                       "name.",
                       STR_ARGS(call->name));
    if (api_token_find(access, call->mark))
        return err_set(err, ERR_REFUSED, "digest",
                       "This very token was made before; an old token is never good again.");
    if (count_live(access, call->now) == LIMIT_API_TOKENS)
        return err_set(err, ERR_REFUSED, "name",
                       "There are %d API tokens, which is the most; revoke one that no program "
                       "uses.",
                       LIMIT_API_TOKENS);
    struct event *event = add(out, call, EVENT_API_TOKEN_CREATED, "program");
    event_set_str(event, "token", str_copy(out->arena, call->mark));
    event_set_str(event, "scope", str_of(role_name(call->role)));
    event_set_instant(event, "expires", instant_add_ms(call->now, call->life_ms));
    return true;
}

bool api_token_revoke(const struct access *access, const struct access_call *call,
                      struct event_list *out, struct err *err)
{
    const struct api_token *token = find_live(access, call);
    if (!token)
        return err_set(err, ERR_USAGE, "name",
                       "No API token \"%.*s\" is good now; \"reeve api-token list\" shows them.",
                       STR_ARGS(str_cut(call->name, 40)));
    struct event *event = add(out, call, EVENT_API_TOKEN_REVOKED, "program");
    event_set_str(event, "token", str_copy(out->arena, str_of(token->id)));
    return true;
}

void session_open(const struct access *access, const struct access_call *call,
                  struct event_list *out)
{
    const struct session *oldest_own = NULL;
    size_t own = 0;
    for (size_t i = access->session_count; i-- > 0;) {
        if (!str_is(call->name, access->sessions[i].name))
            continue;
        oldest_own = &access->sessions[i];
        own++;
    }
    if (own >= LIMIT_SESSIONS_EACH)
        session_end(oldest_own, call->actor, "a newer one took its place", call->now, out);
    else if (access->session_count == LIMIT_SESSIONS)
        session_end(&access->sessions[0], STR("reeve"), "a newer one took its place", call->now,
                    out);
    struct event *event = add(out, call, EVENT_SESSION_OPENED, "account");
    event_set_str(event, "session", str_copy(out->arena, call->mark));
    event_set_instant(event, "ends", instant_add_ms(call->now, SESSION_LIFE_MS));
}

void session_end(const struct session *session, struct str actor, const char *reason,
                 struct instant now, struct event_list *out)
{
    struct access_call call = {.actor = actor, .name = str_of(session->name), .now = now};
    struct event *event = add(out, &call, EVENT_SESSION_ENDED, "account");
    event_set_str(event, "session", str_copy(out->arena, str_of(session->id)));
    event_set_str(event, "reason", str_of(reason));
}
