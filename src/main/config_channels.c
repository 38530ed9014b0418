/* config_channels.c - channels:, and which keys go with which kind of it. */
#include "main/config_inside.h"
#include "main/config_people.h"

static const struct {
    const char *name;
    const char *needs; /* a key, or NULL */
} kinds[] = {{"irc", "server"}, {"slack", "provider"}};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Nicks of RFC 2812, and digits behind the first. */
static bool is_nick(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!byte_is_alpha(s.p[i]) && !memchr("[]\\`_^{|}", s.p[i], 9) &&
            (i == 0 || (!byte_is_digit(s.p[i]) && s.p[i] != '-')))
            return false;
    return s.n > 0;
}

static bool is_server(struct str s)
{
    size_t at = str_find(s, "://", 0);
    struct str host = str_from(s, at + 3);
    for (size_t i = 0; i < host.n; i++)
        if (!byte_is_alnum(host.p[i]) && !memchr(".-:[]_", host.p[i], 6))
            return false;
    return (str_starts(s, "irc://") || str_starts(s, "ircs://")) && host.n > 0;
}

static void check_irc(struct config_reader *reader, const struct config_node *map,
                      const struct config_channels *channels)
{
    const struct config_node *server = config_find(map, "server");
    const struct config_node *nick = config_find(map, "nick");
    if (server && !is_server(server->text))
        config_error(reader, server->place,
                     "\"%.*s\" is no address of an IRC server; write irc://host:6667, or "
                     "ircs://host:6697 where it has TLS.",
                     STR_ARGS(str_cut(server->text, 80)));
    if (nick && !is_nick(nick->text))
        config_error(reader, nick->place,
                     "\"%.*s\" is no nick: a letter, then letters, digits, \"-\" and \"_\".",
                     STR_ARGS(str_cut(nick->text, 40)));
    if (channels->account.n > 0 && channels->password.name.n == 0)
        config_error(reader, map->place, "account: in channels: needs password: beside it.");
    bool is_plain = server && str_starts(server->text, "irc://");
    if (channels->password.name.n > 0 && is_plain && !config_is_here(server->text))
        config_error(reader, server->place,
                     "A password is not sent without TLS to another machine; write ircs://.");
    if (channels->ca.n > 0 && is_plain)
        config_error(reader, server->place, "ca: goes with ircs:// only.");
}

const struct config_provider *config_channels_provider(const struct config *config)
{
    const struct config_channels *channels = &config->channels;
    for (size_t i = 0; str_is(channels->kind, "slack") && i < config->provider_count; i++)
        if (str_equal(config->providers[i].name, channels->provider) &&
            str_is(config->providers[i].kind, "slack"))
            return &config->providers[i];
    return NULL;
}

/* Keys of another kind would be passed over in silence. */
static void check_keys(struct config_reader *reader, const struct config_node *map,
                       const struct config *config)
{
    static const struct {
        const char *key, *kind;
    } keys[] = {{"server", "irc"}, {"nick", "irc"},       {"account", "irc"},  {"password", "irc"},
                {"ca", "irc"},     {"provider", "slack"}, {"archive", "slack"}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (config_find(map, keys[i].key) && !str_is(config->channels.kind, keys[i].kind))
            config_error(reader, config_find(map, keys[i].key)->key_place,
                         "channels: of kind %.*s has no %s:.", STR_ARGS(config->channels.kind),
                         keys[i].key);
    if (str_is(config->channels.kind, "slack") && config_find(map, "provider") &&
        !config_channels_provider(config))
        config_error(reader, config_find(map, "provider")->place,
                     "\"%.*s\" is no provider of kind slack under providers:.",
                     STR_ARGS(str_cut(config->channels.provider, 40)));
}

void config_bind_channels(struct config_reader *reader, const struct config_node *root,
                          struct config *config)
{
    const struct config_node *map = config_find(root, "channels");
    struct config_channels *channels = &config->channels;
    *channels = (struct config_channels){.kind = STR("")};
    if (!map)
        return;
    const struct config_node *kind = config_find(map, "kind");
    const struct config_node *zone = config_find(map, "zone");
    size_t at = 0;
    *channels = (struct config_channels){.kind = config_text_at(map, "kind"),
                                         .server = config_text_at(map, "server"),
                                         .nick = config_text_at(map, "nick"),
                                         .account = config_text_at(map, "account"),
                                         .zone = config_text_at(map, "zone"),
                                         .from = config_text_at(map, "from"),
                                         .ca = config_text_at(map, "ca"),
                                         .provider = config_text_at(map, "provider"),
                                         .archive = str_is(config_text_at(map, "archive"), "yes"),
                                         .place = map->place};
    if (channels->nick.n == 0)
        channels->nick = str_of(config_fallback("channels.nick"));
    if (channels->ca.n > 0)
        channels->ca = config_path_in(reader, config, channels->ca);
    channels->password =
        config_add_secret(reader, config, config_find(map, "password"), STR("channels.password"));
    if (zone) {
        channels->zone_place = zone->place;
        if (!config_is_zone_name(channels->zone))
            config_error(reader, zone->place,
                         "\"%.*s\" is no name of a time zone; write it like Europe/Ljubljana.",
                         STR_ARGS(str_cut(channels->zone, 80)));
    }
    while (at < KINDS && !str_is(channels->kind, kinds[at].name))
        at++;
    if (kind && at == KINDS)
        config_error(reader, kind->place,
                     "There is no kind \"%.*s\" of channels; there are irc and "
                     "slack.",
                     STR_ARGS(str_cut(channels->kind, 40)));
    else if (kind && kinds[at].needs && !config_find(map, kinds[at].needs))
        config_error(reader, map->place, "channels: of kind %s needs %s:.", kinds[at].name,
                     kinds[at].needs);
    else if (kind)
        check_keys(reader, map, config);
    if (str_is(channels->kind, "irc"))
        check_irc(reader, map, channels);
}
