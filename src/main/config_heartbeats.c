/* config_heartbeats.c - which jobs have to be heard of, and how often. */
#include "main/config_inside.h"

#include "alert/beat.h"

static void check_period(struct config_reader *reader, const struct config_heartbeat *heartbeat)
{
    struct cron cron;
    struct err err = {0};
    if ((heartbeat->every_ms > 0) == (heartbeat->cron.n > 0))
        config_error(reader, heartbeat->place,
                     "The heartbeat \"%.*s\" needs either every: or cron:.",
                     STR_ARGS(heartbeat->name));
    else if (heartbeat->cron.n > 0 && !cron_parse(heartbeat->cron, &cron, &err))
        config_error(reader, heartbeat->place, "The cron: of heartbeat \"%.*s\": %s",
                     STR_ARGS(heartbeat->name), err.text);
}

bool config_is_zone_name(struct str zone)
{
    if (zone.n == 0 || !byte_is_alpha(zone.p[0]))
        return false;
    for (size_t i = 0; i < zone.n; i++)
        if (!byte_is_alnum(zone.p[i]) && !memchr("/_+-", zone.p[i], 4))
            return false;
    return true;
}

void config_bind_heartbeats(struct config_reader *reader, const struct config_node *root,
                            struct config *config)
{
    const struct config_node *map = config_find(root, "heartbeats");
    if (!map)
        return;
    config->heartbeats = arena_array(reader->arena, map->count, sizeof *config->heartbeats);
    for (const struct config_node *node = map->first; node; node = node->next) {
        struct config_heartbeat *heartbeat = &config->heartbeats[config->heartbeat_count++];
        const struct config_node *every = config_find(node, "every");
        const struct config_node *longest = config_find(node, "longest");
        const struct config_node *zone = config_find(node, "zone");
        const struct config_node *opens = config_find(node, "opens");
        heartbeat->name = node->key;
        heartbeat->place = node->key_place;
        heartbeat->every_ms = every ? every->number : 0;
        heartbeat->cron = config_text_at(node, "cron");
        heartbeat->zone = zone ? zone->text : str_of(config_fallback("heartbeats.*.zone"));
        heartbeat->grace_ms = config_number_at(reader, node, "grace", "heartbeats.*.grace");
        heartbeat->longest_ms = longest ? longest->number : 0;
        heartbeat->opens = opens ? opens->text : str_of(config_fallback("heartbeats.*.opens"));
        heartbeat->token_digest = STR("");
        heartbeat->token = config_add_secret(
            reader, config, config_find(node, "token"),
            str_printf(reader->arena, "heartbeats.%.*s.token", STR_ARGS(heartbeat->name)));
        if (!beat_name_is_good(heartbeat->name))
            config_error(reader, heartbeat->place,
                         "\"%.*s\" is no name of a heartbeat: it stands in an address, so it may "
                         "have 64 letters, digits, \"-\", \"_\" and \".\", a letter or digit "
                         "first.",
                         STR_ARGS(str_cut(heartbeat->name, 80)));
        if (!config_is_zone_name(heartbeat->zone))
            config_error(reader, zone ? zone->place : heartbeat->place,
                         "\"%.*s\" is no time zone, like Europe/Berlin.",
                         STR_ARGS(str_cut(heartbeat->zone, 80)));
        if (zone && heartbeat->cron.n == 0)
            config_error(reader, zone->key_place, "zone: goes with cron: only.");
        check_period(reader, heartbeat);
    }
}
