/* read_access.c - "account list" and "api-token list". */
#include "action/reads.h"

static int64_t count_sessions(const struct access *access, const char *name)
{
    int64_t count = 0;
    for (size_t i = 0; i < access->session_count; i++)
        count += strcmp(access->sessions[i].name, name) == 0;
    return count;
}

bool read_account_list(const struct call *call, const struct world *world, struct reply *reply,
                       struct err *err)
{
    (void)call;
    (void)err;
    const struct access *access = &world->access;
    struct json_writer w = {.text = &reply->json};
    json_open_array(&w, NULL);
    for (size_t i = 0; i < access->account_count; i++) {
        const struct account *account = &access->accounts[i];
        int64_t sessions = count_sessions(access, account->name);
        text_printf(&reply->text, "%-20s %-14s %s", account->name, role_name(account->role),
                    account->mark[0] ? "password set" : "no password yet");
        if (sessions > 0)
            text_printf(&reply->text, ", logged in (%lld)", (long long)sessions);
        text_byte(&reply->text, '\n');
        json_open_object(&w, NULL);
        json_str(&w, "name", str_of(account->name));
        json_str(&w, "role", str_of(role_name(account->role)));
        json_bool(&w, "password", account->mark[0] != '\0');
        json_int(&w, "sessions", sessions);
        json_instant_us(&w, "created", account->created.us);
        json_close_object(&w);
    }
    json_close_array(&w);
    if (access->account_count == 0)
        text_adds(&reply->text, "There is no account yet; \"reeve account add NAME --role ROLE\" "
                                "makes one.\n");
    return true;
}

bool read_api_token_list(const struct call *call, const struct world *world, struct reply *reply,
                         struct err *err)
{
    (void)call;
    (void)err;
    const struct access *access = &world->access;
    struct json_writer w = {.text = &reply->json};
    json_open_array(&w, NULL);
    for (size_t i = 0; i < access->token_count; i++) {
        const struct api_token *token = &access->tokens[i];
        const char *state = "is good";
        char until[INSTANT_TEXT_BYTES];
        (void)api_token_is_over(token, world->now, &state);
        instant_write(token->expires, until);
        text_printf(&reply->text, "%-20s %-14s %-11s until %.10s %.8s UTC\n", token->name,
                    role_name(token->scope), state, until, until + 11);
        json_open_object(&w, NULL);
        json_str(&w, "name", str_of(token->name));
        json_str(&w, "scope", str_of(role_name(token->scope)));
        json_str(&w, "state", str_of(state));
        json_instant_us(&w, "created", token->created.us);
        json_instant_us(&w, "expires", token->expires.us);
        json_close_object(&w);
    }
    json_close_array(&w);
    if (access->token_count == 0)
        text_adds(&reply->text, "There is no API token; \"reeve api-token new NAME --may ROLE\" "
                                "makes one.\n");
    return true;
}
