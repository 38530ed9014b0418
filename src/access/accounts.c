/* accounts.c - folding what happened to accounts, sessions and API tokens, and finding them. */
#include "access/accounts.h"

#include "base/limits.h"

void access_init(struct access *access, struct arena *arena)
{
    *access = (struct access){.arena = arena};
    access->accounts = arena_array(arena, LIMIT_ACCOUNTS, sizeof *access->accounts);
    access->sessions = arena_array(arena, LIMIT_SESSIONS, sizeof *access->sessions);
    access->tokens = arena_array(arena, LIMIT_API_TOKENS, sizeof *access->tokens);
}

static size_t find_account(const struct access *access, struct str name)
{
    size_t at = 0;
    while (at < access->account_count && !str_is(name, access->accounts[at].name))
        at++;
    return at;
}

static size_t find_session(const struct access *access, struct str id)
{
    size_t at = 0;
    while (at < access->session_count && !str_is(id, access->sessions[at].id))
        at++;
    return at;
}

static size_t find_token(const struct access *access, struct str id)
{
    size_t at = 0;
    while (at < access->token_count && !str_is(id, access->tokens[at].id))
        at++;
    return at;
}

const struct account *account_find(const struct access *access, struct str name)
{
    size_t at = find_account(access, name);
    return at < access->account_count ? &access->accounts[at] : NULL;
}

const struct session *session_find(const struct access *access, struct str id)
{
    size_t at = find_session(access, id);
    return at < access->session_count ? &access->sessions[at] : NULL;
}

const struct api_token *api_token_find(const struct access *access, struct str id)
{
    size_t at = find_token(access, id);
    return at < access->token_count ? &access->tokens[at] : NULL;
}

struct str access_person_behind(const struct access *access, struct str actor)
{
    for (size_t i = access->token_count; i-- > 0 && str_starts(actor, "program:");)
        if (str_is(actor_name(actor), access->tokens[i].name))
            return str_of(access->tokens[i].behind);
    return actor;
}

bool access_has_administrator(const struct access *access)
{
    for (size_t i = 0; i < access->account_count; i++)
        if (access->accounts[i].role == ROLE_ADMINISTRATOR && access->accounts[i].mark[0])
            return true;
    return false;
}

bool session_is_over(const struct session *session, struct instant seen, struct instant now,
                     const char **out_why)
{
    bool old = !instant_before(now, session->ends);
    if (!old && instant_ms_between(seen, now) < SESSION_IDLE_MS)
        return false;
    *out_why = old ? "it was as old as a session may be" : "it was not used for 12 hours";
    return true;
}

bool api_token_is_over(const struct api_token *token, struct instant now, const char **out_why)
{
    if (!token->revoked && instant_before(now, token->expires))
        return false;
    *out_why = token->revoked ? "was revoked" : "has expired";
    return true;
}

static void fold_account(struct access *access, const struct event *event)
{
    struct str name = event_str(event, "name");
    size_t at = find_account(access, name);
    struct account *account = &access->accounts[at];
    bool known = at < access->account_count;
    if (event->kind == EVENT_ACCOUNT_CREATED && !known && at < LIMIT_ACCOUNTS) {
        *account = (struct account){.created = event->at};
        str_keep(account->name, sizeof account->name, name);
        (void)!role_find(event_str(event, "role"), &account->role);
        access->account_count++;
    } else if (event->kind == EVENT_ACCOUNT_ROLE_CHANGED && known) {
        /* A role that a newer Reeve wrote grants the least. */
        account->role = ROLE_VIEWER;
        (void)!role_find(event_str(event, "to"), &account->role);
    } else if (event->kind == EVENT_ACCOUNT_PASSWORD_SET && known) {
        str_keep(account->mark, sizeof account->mark, event_str(event, "mark"));
    } else if (event->kind == EVENT_ACCOUNT_REMOVED && known) {
        access->account_count--;
        memmove(account, account + 1, (access->account_count - at) * sizeof *account);
    }
}

static void fold_session(struct access *access, const struct event *event)
{
    struct str id = event_str(event, "session");
    size_t at = find_session(access, id);
    struct session *session = &access->sessions[at];
    bool known = at < access->session_count;
    if (event->kind == EVENT_SESSION_OPENED && !known && at < LIMIT_SESSIONS) {
        *session = (struct session){.opened = event->at, .ends = event_instant(event, "ends")};
        str_keep(session->id, sizeof session->id, id);
        str_keep(session->name, sizeof session->name, event_str(event, "name"));
        access->session_count++;
    } else if (event->kind == EVENT_SESSION_ENDED && known) {
        access->closed++;
        access->session_count--;
        memmove(session, session + 1, (access->session_count - at) * sizeof *session);
    }
}

/* A token of the same name that is over gives way to the new one; else, when all places are taken,
 * the oldest that is over. */
static void make_token_room(struct access *access, struct str name, struct instant now)
{
    const char *why;
    size_t gone = access->token_count;
    for (size_t i = access->token_count; i-- > 0;) {
        bool same = str_is(name, access->tokens[i].name);
        bool full = access->token_count == LIMIT_API_TOKENS;
        if (same || (full && api_token_is_over(&access->tokens[i], now, &why)))
            gone = i;
        if (same)
            break;
    }
    if (gone == access->token_count)
        return;
    access->token_count--;
    memmove(&access->tokens[gone], &access->tokens[gone + 1],
            (access->token_count - gone) * sizeof *access->tokens);
}

static void fold_token(struct access *access, const struct event *event)
{
    struct str id = event_str(event, "token");
    if (event->kind == EVENT_API_TOKEN_REVOKED) {
        size_t at = find_token(access, id);
        if (at < access->token_count) {
            access->tokens[at].revoked = true;
            access->closed++;
        }
        return;
    }
    char behind[ACCESS_ACTOR_BYTES]; /* of a token that was made by a token: before it gives way */
    str_keep(behind, sizeof behind, access_person_behind(access, event->actor));
    make_token_room(access, event_str(event, "name"), event->at);
    if (access->token_count == LIMIT_API_TOKENS)
        return;
    struct api_token *token = &access->tokens[access->token_count++];
    *token = (struct api_token){.created = event->at, .expires = event_instant(event, "expires")};
    str_keep(token->id, sizeof token->id, id);
    str_keep(token->name, sizeof token->name, event_str(event, "name"));
    str_keep(token->behind, sizeof token->behind, str_of(behind));
    (void)!role_find(event_str(event, "scope"), &token->scope);
}

/* Sessions last as long as they last by the clock that does not jump; a date stays a date. */
static void fold_clock(struct access *access, int64_t by_ms)
{
    for (size_t i = 0; i < access->session_count; i++) {
        access->sessions[i].opened = instant_add_ms(access->sessions[i].opened, by_ms);
        access->sessions[i].ends = instant_add_ms(access->sessions[i].ends, by_ms);
    }
}

void access_fold(struct access *access, const struct event *event)
{
    switch ((int)event->kind) {
    case EVENT_ACCOUNT_CREATED:
    case EVENT_ACCOUNT_ROLE_CHANGED:
    case EVENT_ACCOUNT_PASSWORD_SET:
    case EVENT_ACCOUNT_REMOVED: fold_account(access, event); break;
    case EVENT_SESSION_OPENED:
    case EVENT_SESSION_ENDED: fold_session(access, event); break;
    case EVENT_API_TOKEN_CREATED:
    case EVENT_API_TOKEN_REVOKED: fold_token(access, event); break;
    case EVENT_TOKEN_REPLACED:
        str_keep(access->page_token_mark, sizeof access->page_token_mark,
                 event_str(event, "digest"));
        access->closed++;
        break;
    case EVENT_CLOCK_STEPPED: fold_clock(access, event_int(event, "by_ms")); break;
    default: break;
    }
}
