/* config_alerts.c - what alerts open and how their rules behave, and what depends on what. */
#include "main/config_inside.h"

static void bind_words(struct config *config, const struct config_node *map)
{
    static const char *const words[] = {"critical", "warning"};
    static const char *const names[] = {"alerts.critical", "alerts.warning"};
    for (size_t i = 0; i < 2; i++) {
        const struct config_node *node = config_find(map, words[i]);
        struct config_alert *alert = &config->alerts[config->alert_count++];
        alert->sentence = str_of(words[i]);
        alert->severity = node ? node->text : str_of(config_fallback(names[i]));
        if (node)
            alert->place = node->key_place;
    }
}

static int64_t length_at(const struct config_node *map, const char *key)
{
    const struct config_node *node = config_find(map, key);
    return node ? node->number : 0;
}

static void bind_alert(struct config_reader *reader, const struct config_node *node,
                       struct config_alert *alert)
{
    *alert = (struct config_alert){.sentence = node->key, .place = node->key_place};
    if (node->type != NODE_MAP) {
        alert->severity = node->text;
        return;
    }
    alert->severity = config_text_at(node, "severity");
    alert->recovers_below = config_text_at(node, "recovers_below");
    alert->recovers_above = config_text_at(node, "recovers_above");
    alert->missing = config_text_at(node, "missing");
    alert->keeps_firing_ms = length_at(node, "keeps_firing");
    alert->missing_for_ms = length_at(node, "missing_for");
    if (alert->recovers_below.n > 0 && alert->recovers_above.n > 0)
        config_error(reader, node->place,
                     "recovers_below and recovers_above do not go together; keep one.");
    if (alert->missing_for_ms > 0 && !str_is(alert->missing, "fires"))
        config_error(reader, node->place, "missing_for: goes with missing: fires only.");
}

static void bind_depends(struct config_reader *reader, const struct config_node *root,
                         struct config *config)
{
    const struct config_node *map = config_find(root, "depends");
    config->depends = arena_array(reader->arena, map ? map->count : 0, sizeof *config->depends);
    for (const struct config_node *node = map ? map->first : NULL; node; node = node->next)
        config->depends[config->depend_count++] =
            (struct config_depend){.of = node->key,
                                   .on = config_names_at(reader, map, node->key.p),
                                   .place = node->key_place};
}

void config_bind_alerts(struct config_reader *reader, const struct config_node *root,
                        struct config *config)
{
    const struct config_node *map = config_find(root, "alerts");
    config->alerts = arena_array(reader->arena, (map ? map->count : 0) + 2, sizeof *config->alerts);
    bind_words(config, map);
    for (const struct config_node *node = map ? map->first : NULL; node; node = node->next)
        if (!str_is(node->key, "critical") && !str_is(node->key, "warning"))
            bind_alert(reader, node, &config->alerts[config->alert_count++]);
    bind_depends(reader, root, config);
}
