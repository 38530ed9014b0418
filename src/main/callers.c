/* callers.c - finding who sent a request, and recording refusals. */
#include "main/callers.h"

#include "main/page_token.h"
#include "os/clock.h"
#include "os/peer.h"

#include <arpa/inet.h>
#include <unistd.h>

static const char *const cookie_name = "reeve";

enum { FROM_BYTES = 64, ADDRESS_SIX_KEPT = 8 };

/* One address. Of a long one only the half that names the network: whoever has it has all the
 * others. */
static bool read_address(struct arena *arena, struct str s, struct str *out_from)
{
    char text[FROM_BYTES];
    unsigned char bytes[sizeof(struct in6_addr)] = {0};
    if (s.n == 0 || s.n >= sizeof text)
        return false;
    str_keep(text, sizeof text, s);
    if (inet_pton(AF_INET, text, bytes) == 1) {
        *out_from = str_copy(arena, str_of(text));
        return true;
    }
    if (inet_pton(AF_INET6, text, bytes) != 1)
        return false;
    memset(bytes + ADDRESS_SIX_KEPT, 0, sizeof bytes - ADDRESS_SIX_KEPT);
    if (!inet_ntop(AF_INET6, bytes, text, sizeof text))
        return false;
    *out_from = str_printf(arena, "%s/64", text);
    return true;
}

struct str callers_from(const struct serve *serve, const struct http_request *request,
                        struct arena *arena)
{
    struct str from = STR("this machine");
    struct str value = STR("");
    /* Only a proxy of ours reaches us, and it adds the address that it saw at the end; what stands
     * before it anybody can write. */
    for (size_t i = 0; i < request->header_count && serve->app->config.public_url.n > 0; i++)
        if (str_is_nocase(request->headers[i].name, "x-forwarded-for"))
            value = request->headers[i].value;
    size_t at = value.n;
    while (at > 0 && value.p[at - 1] != ',')
        at--;
    return read_address(arena, str_trim(str_from(value, at)), &from) ? from : STR("this machine");
}

static void record(struct serve *serve, const struct refusal *refusal)
{
    struct arena arena;
    struct event_list events;
    arena_init(&arena);
    event_list_init(&events, &arena);
    enum event_kind kind = refusal->is_login ? EVENT_LOGIN_REFUSED : EVENT_REQUEST_REFUSED;
    struct event *event = event_list_add(&events, kind, clock_now(), STR("reeve"), STR("access"));
    if (refusal->is_login)
        event_set_str(event, "name", str_copy(&arena, refusal->name));
    event_set_str(event, "from", str_copy(&arena, refusal->from));
    event_set_str(event, "reason", str_copy(&arena, refusal->reason));
    event_set_int(event, "count", refusal->count);
    (void)!serve_record(serve, &events);
    arena_done(&arena);
}

void callers_refuse(struct serve *serve, const struct refusal *refusal)
{
    struct refusal said;
    if (tally_count(&serve->tally, refusal, clock_boot_ms(), &said))
        record(serve, &said);
}

void callers_tell(struct serve *serve, bool all)
{
    struct refusal said;
    while (tally_next(&serve->tally, clock_boot_ms(), all, &said))
        record(serve, &said);
}

static void refuse_request(struct serve *serve, const struct http_request *request,
                           struct arena *arena, struct str reason)
{
    struct refusal refusal = {.from = callers_from(serve, request, arena), .reason = reason};
    callers_refuse(serve, &refusal);
}

void callers_cross_site(void *context, const struct http_request *request)
{
    struct serve *serve = context;
    struct arena arena;
    arena_init(&arena);
    refuse_request(serve, request, &arena, STR("another site's page sent it"));
    arena_done(&arena);
}

/* Of a token that this Reeve made, whether or not it is good any more; NULL of any other. */
static const struct api_token *find_token(const struct serve *serve, struct str token)
{
    const struct credential *credential =
        credentials_find_secret(&serve->app->credentials, CREDENTIAL_TOKEN, token);
    return credential ? api_token_find(&serve->app->world.access, str_of(credential->key)) : NULL;
}

/* An API token: by its hash, then by what the ledger says of it. */
static bool find_program(struct serve *serve, const struct http_request *request, struct str token,
                         struct arena *arena, struct visitor *out_visitor)
{
    const char *why = "is not known";
    const struct api_token *found = find_token(serve, token);
    if (found && !api_token_is_over(found, clock_now(), &why)) {
        out_visitor->caller = caller_of_program(arena, str_of(found->name), found->scope);
        out_visitor->caller.behind = str_copy(arena, str_of(found->behind));
        return true;
    }
    struct str problem =
        str_printf(arena, "This API token %s; ask an administrator for a new one.", why);
    out_visitor->problem = problem.p;
    refuse_request(serve, request, arena,
                   found ? str_printf(arena, "the API token %s %s", found->name, why)
                         : STR("it brought a token that is not known"));
    return false;
}

static bool opens_page(struct serve *serve, struct str token)
{
    return serve->app->config.page_token_always && page_token_matches(serve, token);
}

static bool find_bearer(struct serve *serve, const struct http_request *request, struct str token,
                        struct arena *arena, struct visitor *out_visitor)
{
    if (str_starts(token, API_TOKEN_PREFIX))
        return find_program(serve, request, token, arena, out_visitor);
    if (opens_page(serve, token)) {
        out_visitor->caller = caller_of_token();
        return true;
    }
    out_visitor->problem = "This token opens nothing here; log in, or ask an administrator for an "
                           "API token.";
    refuse_request(serve, request, arena, STR("it brought a token that is not known"));
    return false;
}

/* The session of a cookie, by its hash, the ledger and the time; NULL when it is over. */
static const struct session *find_session(const struct serve *serve, struct str cookie, bool is_use)
{
    const char *why;
    struct instant now = clock_now();
    if (cookie.n != COOKIE_SECRET_BYTES)
        return NULL;
    struct credential *credential =
        credentials_find_secret(&serve->app->credentials, CREDENTIAL_SESSION, cookie);
    const struct session *session =
        credential ? session_find(&serve->app->world.access, str_of(credential->key)) : NULL;
    if (!session || session_is_over(session, credential->seen, now, &why))
        return NULL;
    if (is_use)
        credential->seen = now;
    return session;
}

static bool find_cookie(struct serve *serve, const struct http_request *request, struct str cookie,
                        struct arena *arena, struct visitor *out_visitor)
{
    const struct session *session = find_session(serve, cookie, true);
    const struct account *account =
        session ? account_find(&serve->app->world.access, str_of(session->name)) : NULL;
    out_visitor->cookie = cookie;
    if (account) {
        out_visitor->session = session;
        out_visitor->caller = caller_of_account(arena, str_of(account->name), account->role);
        return true;
    }
    if (opens_page(serve, cookie)) {
        out_visitor->caller = caller_of_token();
        return true;
    }
    out_visitor->problem = "Your session is over; log in again.";
    out_visitor->drop_cookie = true;
    refuse_request(serve, request, arena, STR("its session is over or was never one"));
    return false;
}

/* "Authorization: Bearer TOKEN" */
static bool find_authorization(const struct http_request *request, struct str *out_token)
{
    struct str value;
    if (!http_header_find(request, "authorization", &value) || !str_starts_nocase(value, "bearer "))
        return false;
    *out_token = str_trim(str_from(value, strlen("bearer ")));
    return true;
}

bool callers_may_stay(void *context, const struct http_request *request)
{
    struct serve *serve = context;
    struct str value;
    const char *why;
    if (request->is_unix)
        return true;
    if (find_authorization(request, &value)) {
        const struct api_token *token = find_token(serve, value);
        return token ? !api_token_is_over(token, clock_now(), &why) : opens_page(serve, value);
    }
    return http_cookie_find(request, cookie_name, &value) &&
           (find_session(serve, value, false) || opens_page(serve, value));
}

bool callers_find(struct serve *serve, const struct http_request *request, struct arena *arena,
                  struct visitor *out_visitor)
{
    struct str value;
    *out_visitor = (struct visitor){.cookie = STR("")};
    if (request->is_unix) {
        if (request->peer_uid != (int64_t)getuid() && request->peer_uid != 0) {
            refuse_request(serve, request, arena, STR("another user of this machine sent it"));
            return false;
        }
        /* Steps are processes of our user, and are nobody all the same. */
        if (serve_is_step(serve, request)) {
            refuse_request(serve, request, arena, STR("a step of a run sent it"));
            return false;
        }
        out_visitor->caller = caller_of_user(arena, user_name(arena, (uid_t)request->peer_uid));
        return true;
    }
    if (find_authorization(request, &value))
        return find_bearer(serve, request, value, arena, out_visitor);
    if (http_cookie_find(request, cookie_name, &value) && value.n > 0)
        return find_cookie(serve, request, value, arena, out_visitor);
    return false;
}

bool callers_check_form(struct serve *serve, const struct http_request *request,
                        struct arena *arena, const struct visitor *visitor)
{
    struct str got = STR("");
    if (visitor->cookie.n == 0)
        return true;
    if (!http_header_find(request, "x-reeve-csrf", &got) &&
        !http_form_find(arena, request->body, "csrf", &got))
        got = STR("");
    if (csrf_matches(visitor->cookie, got))
        return true;
    refuse_request(serve, request, arena,
                   str_printf(arena, "its form was not written for the session of %.*s",
                              STR_ARGS(visitor->caller.actor)));
    return false;
}

struct http_header callers_cookie(const struct serve *serve, struct arena *arena, struct str secret)
{
    bool secure = str_starts(serve->app->config.public_url, "https://");
    int64_t age = secret.n > 0 ? SESSION_LIFE_MS / 1000 : 0;
    return (struct http_header){
        STR("Set-Cookie"),
        str_printf(arena, "%s=%.*s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s", cookie_name,
                   STR_ARGS(secret), (long long)age, secure ? "; Secure" : "")};
}
