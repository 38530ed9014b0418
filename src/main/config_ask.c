/* config_ask.c - the engine that rules are asked of, and what does not go together there. */
#include "main/config_inside.h"

static bool is_taken(const struct config *config, struct str name)
{
    bool taken = false;
    for (size_t i = 0; i < config->target_count; i++)
        taken = taken || str_equal(config->targets[i].name, name);
    for (size_t i = 0; i < config->sender_count; i++)
        taken = taken || str_equal(config->senders[i].name, name);
    for (size_t i = 0; i < config->log_count; i++)
        taken = taken || str_equal(config->logs[i].source, name);
    for (size_t i = 0; i < config->probe_count; i++)
        taken = taken || str_equal(config->probes[i].name, name);
    return taken;
}

static void check(struct config_reader *reader, const struct config *config)
{
    const struct config_ask *ask = &config->ask;
    bool token = ask->token.name.n > 0;
    bool password = ask->password.name.n > 0;
    if ((ask->user.n > 0) != password)
        config_error(reader, ask->place, "user and password belong together; \"%s\" is missing.",
                     password ? "user" : "password");
    if (token && password)
        config_error(reader, ask->place, "Give a token, or user and password; not both.");
    if ((token || password) && !str_starts_nocase(ask->url, "https://") &&
        !config_is_here(ask->url))
        config_error(reader, ask->place,
                     "A token or password is not sent without TLS to another machine; give an "
                     "https:// url.");
    if (str_find_byte(ask->url, '?', 0) < ask->url.n ||
        str_find_byte(ask->url, '#', 0) < ask->url.n)
        config_error(reader, ask->place,
                     "The url of ask: ends before a question: give what stands before "
                     "/api/v1/query.");
    if (is_taken(config, ask->name))
        config_error(reader, ask->place,
                     "The name \"%.*s\" of ask: is that of a target, sender, log or probe; give "
                     "another name:.",
                     STR_ARGS(ask->name));
}

void config_bind_ask(struct config_reader *reader, const struct config_node *root,
                     struct config *config)
{
    const struct config_node *node = config_find(root, "ask");
    struct config_ask *ask = &config->ask;
    if (!node)
        return;
    struct str ca = config_text_at(node, "ca");
    ask->on = true;
    ask->place = node->place;
    ask->name = config_text_at(node, "name");
    if (ask->name.n == 0)
        ask->name = str_of(config_fallback("ask.name"));
    ask->url = config_text_at(node, "url");
    while (str_ends(ask->url, "/"))
        ask->url = str_copy(reader->arena, str_slice(ask->url, 0, ask->url.n - 1));
    ask->every_ms = config_number_at(reader, node, "every", "ask.every");
    ask->deadline_ms = config_number_at(reader, node, "deadline", "ask.deadline");
    ask->stale_ms = config_number_at(reader, node, "stale_after", "ask.stale_after");
    ask->tenant = config_text_at(node, "tenant");
    ask->user = config_text_at(node, "user");
    ask->ca = ca.n > 0 ? config_path_in(reader, config, ca) : ca;
    ask->token = config_add_secret(reader, config, config_find(node, "token"), STR("ask.token"));
    ask->password =
        config_add_secret(reader, config, config_find(node, "password"), STR("ask.password"));
    ask->signals = config_names_at(reader, node, "signals");
    check(reader, config);
}
