/* config_inbound.c - senders of alerts: those of senders: that say alerts:. */
#include "main/config_inside.h"

static void check_keys(struct config_reader *reader, const struct config_node *node)
{
    static const char *const others[] = {"accepts", "every",  "format", "without_token",
                                         "time",    "level",  "status", "duration",
                                         "path",    "message"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (config_find(node, others[i]))
            config_error(reader, node->place,
                         "%s: is of senders of measurements and does not go with alerts:.",
                         others[i]);
}

static void check_secrets(struct config_reader *reader, const struct config_inbound *sender)
{
    bool token = sender->token.name.n > 0;
    bool secret = sender->secret.name.n > 0;
    if (sender->form == INBOUND_PAGERDUTY && (!token || secret))
        config_error(reader, sender->place,
                     "A sender of PagerDuty's events is known by its routing key: give it as "
                     "token:, and no secret:.");
    else if (!token && !secret)
        config_error(reader, sender->place,
                     "A sender of alerts has a token:, or a secret: that it signs with, or both.");
    if (sender->timestamp_header.n > 0 && (!secret || sender->signing != SIGNED_GRAFANA))
        config_error(reader, sender->place,
                     "timestamp_header: goes with a secret: and signed: grafana only.");
}

static enum inbound_signing signing_of(struct config_reader *reader, const struct config_node *node,
                                       enum inbound_form form)
{
    const struct config_node *is_signed = config_find(node, "signed");
    if (!is_signed)
        return form == INBOUND_GRAFANA ? SIGNED_GRAFANA : SIGNED_SLACK;
    if (!str_is(is_signed->text, "grafana") && !str_is(is_signed->text, "slack"))
        config_error(reader, is_signed->place,
                     "\"%.*s\" is no way to sign; possible are grafana and slack.",
                     STR_ARGS(str_slice(is_signed->text, 0, 80)));
    return str_is(is_signed->text, "slack") ? SIGNED_SLACK : SIGNED_GRAFANA;
}

static struct str opens_of(const struct config_node *node)
{
    return str_is_nocase(node->text, "nothing") ? STR("") : node->text;
}

static void add_opens(struct config_reader *reader, const struct config_node *node,
                      struct config_inbound *sender)
{
    for (size_t i = 0; i < sender->by_count; i++)
        if (str_equal_nocase(sender->by[i].says, node->key))
            config_error(reader, node->key_place,
                         "\"%.*s\" stands twice here: capital letters make no difference.",
                         STR_ARGS(node->key));
    if (node->key.n >= INBOUND_SEVERITY_BYTES)
        config_error(reader, node->key_place,
                     "Of an alert's own severity the first %d bytes are read; write no more.",
                     INBOUND_SEVERITY_BYTES - 1);
    sender->by[sender->by_count++] = (struct config_opens){node->key, opens_of(node), node->place};
}

/* One severity for all, or one for each word that alerts say. */
static void bind_opens(struct config_reader *reader, const struct config_node *node,
                       struct config_inbound *sender)
{
    if (!node)
        return;
    sender->opens_place = node->place;
    if (node->type != NODE_MAP) {
        sender->opens = opens_of(node);
        return;
    }
    const struct config_node *others = config_find(node, "default");
    sender->by = arena_array(reader->arena, node->count, sizeof *sender->by);
    for (const struct config_node *item = node->first; item; item = item->next)
        if (item != others)
            add_opens(reader, item, sender);
    if (others) {
        sender->opens = opens_of(others);
        sender->opens_place = others->place;
    } else {
        config_error(reader, node->place,
                     "opens: does not say what an alert opens whose severity is not listed; add "
                     "default: with a severity, or default: nothing.");
    }
    if (sender->by_count == 0)
        config_error(reader, node->place,
                     "opens: lists no severity of alerts; write opens: with one severity for all, "
                     "or add what its alerts say, like critical: P1.");
}

void config_bind_inbound(struct config_reader *reader, const struct config_node *node,
                         struct config *config)
{
    struct config_inbound *sender = &config->inbounds[config->inbound_count++];
    const struct config_node *form = config_find(node, "alerts");
    *sender = (struct config_inbound){.name = config_text_at(node, "name"),
                                      .form = inbound_form_find(form->text),
                                      .timestamp_header = config_text_at(node, "timestamp_header"),
                                      .opens = STR(""),
                                      .place = node->place};
    if (sender->form == INBOUND_FORMS)
        config_error(reader, form->place,
                     "\"%.*s\" is no form of alerts; possible are alertmanager, grafana, pagerduty "
                     "and cloudevents.",
                     STR_ARGS(str_slice(form->text, 0, 80)));
    sender->token =
        config_add_secret(reader, config, config_find(node, "token"),
                          str_printf(reader->arena, "senders.%.*s.token", STR_ARGS(sender->name)));
    sender->secret =
        config_add_secret(reader, config, config_find(node, "secret"),
                          str_printf(reader->arena, "senders.%.*s.secret", STR_ARGS(sender->name)));
    sender->signing = signing_of(reader, node, sender->form);
    bind_opens(reader, config_find(node, "opens"), sender);
    bool twice = false;
    for (size_t i = 0; i + 1 < config->inbound_count; i++)
        twice = twice || str_equal(config->inbounds[i].name, sender->name);
    for (size_t i = 0; i < config->sender_count; i++)
        twice = twice || str_equal(config->senders[i].name, sender->name);
    if (twice)
        config_error(reader, sender->place, "The name \"%.*s\" stands twice among senders:.",
                     STR_ARGS(sender->name));
    check_keys(reader, node);
    check_secrets(reader, sender);
}
