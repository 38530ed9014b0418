/* config_senders.c - who may push measurements, and where to. */
#include "main/config_inside.h"

#include "telemetry/collector_spec.h"

static unsigned read_accepts(struct config_reader *reader, const struct config_node *node)
{
    unsigned accepts = 0;
    if (!node)
        return ACCEPTS_ALL;
    const struct config_node *item = node->type == NODE_LIST ? node->first : node;
    for (; item; item = node->type == NODE_LIST ? item->next : NULL) {
        unsigned one = accepts_of(item->text);
        if (one == 0)
            config_error(reader, item->place,
                         "\"%.*s\" is no protocol of senders; possible are remote_write, "
                         "otlp, exposition and logs.",
                         STR_ARGS(str_slice(item->text, 0, 80)));
        accepts |= one;
    }
    return accepts;
}

static void check_name(struct config_reader *reader, const struct config *config, size_t at)
{
    const struct config_sender *sender = &config->senders[at];
    bool twice = false;
    for (size_t i = 0; i < at; i++)
        twice = twice || str_equal(config->senders[i].name, sender->name);
    for (size_t i = 0; i < config->inbound_count; i++)
        twice = twice || str_equal(config->inbounds[i].name, sender->name);
    for (size_t i = 0; i < config->target_count; i++)
        twice = twice || str_equal(config->targets[i].name, sender->name);
    if (twice)
        config_error(reader, sender->place,
                     "The name \"%.*s\" stands twice among targets: and senders:.",
                     STR_ARGS(sender->name));
}

static void check_token(struct config_reader *reader, const struct config *config, size_t at,
                        bool without)
{
    const struct config_sender *sender = &config->senders[at];
    bool other = false;
    for (size_t i = 0; i < at; i++)
        other = other || config->senders[i].token.name.n == 0;
    if (without == (sender->token.name.n > 0))
        config_error(reader, sender->place,
                     "A sender has a token:, or without_token: yes, and not both.");
    else if (without && other)
        config_error(reader, sender->place,
                     "Two senders without a token could not be told apart; give one a token:.");
}

/* Can its lines be read so? */
static void check_logs(struct config_reader *reader, const struct config_sender *sender)
{
    struct arena scratch;
    struct err err;
    arena_init(&scratch);
    struct log_map *map = arena_make(&scratch, struct log_map);
    if (!log_map_init(map, &scratch, sender->format, &sender->own, &err))
        config_error(reader, sender->place, "The logs of \"%.*s\": %s.", STR_ARGS(sender->name),
                     err.text);
    arena_done(&scratch);
}

static void check_measuring(struct config_reader *reader, const struct config_node *node)
{
    static const char *const others[] = {"secret", "signed", "timestamp_header", "opens"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (config_find(node, others[i]))
            config_error(reader, node->place, "%s: goes with alerts: only.", others[i]);
}

static void bind_sender(struct config_reader *reader, const struct config_node *node,
                        struct config *config)
{
    size_t at = config->sender_count++;
    struct config_sender *sender = &config->senders[at];
    const struct config_node *format = config_find(node, "format");
    sender->name = config_text_at(node, "name");
    sender->place = node->place;
    sender->token =
        config_add_secret(reader, config, config_find(node, "token"),
                          str_printf(reader->arena, "senders.%.*s.token", STR_ARGS(sender->name)));
    sender->every_ms = config_number_at(reader, node, "every", "senders.-.every");
    sender->accepts = read_accepts(reader, config_find(node, "accepts"));
    sender->format = format ? format->text : STR("json");
    for (int role = 0; role < LOG_ROLES; role++)
        sender->own.names[role] = config_text_at(node, log_role_name((enum log_role)role));
    check_logs(reader, sender);
    check_name(reader, config, at);
    check_token(reader, config, at, str_is(config_text_at(node, "without_token"), "yes"));
    check_measuring(reader, node);
}

void config_bind_senders(struct config_reader *reader, const struct config_node *root,
                         struct config *config)
{
    const struct config_node *list = config_find(root, "senders");
    config->collect_listen = config_text_at(config_find(root, "collect"), "listen");
    if (!list)
        return;
    config->senders = arena_array(reader->arena, list->count, sizeof *config->senders);
    config->inbounds = arena_array(reader->arena, list->count, sizeof *config->inbounds);
    for (const struct config_node *node = list->first; node; node = node->next) {
        if (config_find(node, "alerts")) {
            config_bind_inbound(reader, node, config);
            continue;
        }
        bind_sender(reader, node, config);
    }
    if (config->sender_count > 0 && config->collect_listen.n == 0)
        config_error(reader, list->place,
                     "Where senders push to is missing: collect: with listen: 127.0.0.1:PORT.");
}
