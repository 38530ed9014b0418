/* fingerprints.c - by what approvals know the secrets that commands find in their environment.
 *
 * The keeper makes each with a key that only it has: a value cannot be guessed from the digest of
 * an approval, and another value is another environment. */
#include "main/serve.h"

#include "access/credentials.h"
#include "main/beats.h"
#include "main/compose.h"

static bool take_one(struct serve *serve, struct config_variable *variable, bool *out_changed,
                     struct err *err)
{
    struct secret_value secret = {0};
    unsigned char mac[KEEPER_MAC_BYTES];
    bool good = keeper_give(&serve->keeper, variable->secret.name, &secret, err) &&
                keeper_mac(&serve->keeper, STR("commands-environment"),
                           secret_value_reveal(&secret), mac, err);
    secret_value_wipe(&secret);
    struct str fingerprint = {(const char *)mac, KEEPER_MAC_BYTES};
    if (!good || str_equal(variable->fingerprint, fingerprint))
        return good;
    variable->fingerprint = str_copy(&serve->app->arena, fingerprint);
    *out_changed = true;
    return true;
}

static bool take_all(struct serve *serve, struct config_variable *variables, size_t count,
                     bool *out_changed, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (variables[i].secret.name.n > 0 && !take_one(serve, &variables[i], out_changed, err))
            return false;
    return true;
}

/* SHA-256 of a sender's token. */
static bool take_token(struct serve *serve, const struct config_secret *token, struct str *digest,
                       bool *out_changed, struct err *err)
{
    struct secret_value secret = {0};
    char hex[HASH_HEX_BYTES];
    if (token->name.n == 0)
        return true;
    bool good = keeper_give(&serve->keeper, token->name, &secret, err);
    secret_digest(secret_value_reveal(&secret), hex);
    secret_value_wipe(&secret);
    if (!good || str_is(*digest, hex))
        return good;
    *digest = str_copy(&serve->app->arena, str_of(hex));
    *out_changed = true;
    return true;
}

/* By what senders are known; the collector gets no more than that. */
static bool take_tokens(struct serve *serve, struct err *err)
{
    struct config *config = &serve->app->config;
    bool changed = false;
    bool ours = false;
    for (size_t i = 0; i < config->sender_count; i++)
        if (!take_token(serve, &config->senders[i].token, &config->senders[i].token_digest,
                        &changed, err))
            return false;
    for (size_t i = 0; i < config->inbound_count; i++)
        if (!take_token(serve, &config->inbounds[i].token, &config->inbounds[i].token_digest, &ours,
                        err))
            return false;
    return !changed || !serve->collector || serve_tell_collector(serve, err);
}

/* By what jobs are known; one whose token is not known yet lets nobody in. */
static bool take_beat_tokens(struct serve *serve, struct err *err)
{
    struct config *config = &serve->app->config;
    for (size_t i = 0; i < config->heartbeat_count; i++) {
        struct config_heartbeat *heartbeat = &config->heartbeats[i];
        struct secret_value secret = {0};
        char hex[HASH_HEX_BYTES];
        if (!keeper_give(&serve->keeper, heartbeat->token.name, &secret, err))
            return false;
        size_t bytes = secret_value_reveal(&secret).n;
        secret_digest(secret_value_reveal(&secret), hex);
        secret_value_wipe(&secret);
        if (bytes < BEAT_TOKEN_BYTES_MIN)
            return err_set(err, ERR_USAGE, heartbeat->token.name.p,
                           "The token of heartbeat \"%.*s\" is shorter than %d bytes; make one "
                           "with \"openssl rand -hex 16\".",
                           STR_ARGS(heartbeat->name), BEAT_TOKEN_BYTES_MIN);
        if (!str_is(heartbeat->token_digest, hex))
            heartbeat->token_digest = str_copy(&serve->app->arena, str_of(hex));
    }
    return true;
}

bool serve_take_fingerprints(struct serve *serve, struct err *err)
{
    struct config_commands *commands = &serve->app->config.commands;
    bool changed = false;
    if (!take_all(serve, commands->variables, commands->variable_count, &changed, err))
        return false;
    for (size_t i = 0; i < commands->environment_count; i++) {
        struct config_environment *environment = &commands->environments[i];
        if (!take_all(serve, environment->variables, environment->variable_count, &changed, err))
            return false;
    }
    if (!take_tokens(serve, err) || !take_beat_tokens(serve, err))
        return false;
    if (changed)
        compose_fingerprints(&serve->app->world, &serve->app->arena, &serve->app->config);
    return true;
}
