/* config_rotas.c - who is on call: names, or turns that people take, in layers. */
#include "main/config_inside.h"

enum { NEAR_EDITS_MAX = 2 };

/* The keys that say how long a shift is; at most one of them. */
static const char *const turns[] = {"weekly", "daily", "monthly", "every"};
enum { TURNS = 4 };

static const struct config_person *find_person(const struct config *config, struct str name)
{
    for (size_t i = 0; i < config->person_count; i++)
        if (str_equal(config->people[i].name, name))
            return &config->people[i];
    return NULL;
}

static struct rota_slot bind_slot(struct config_reader *reader, const struct config *config,
                                  const struct config_node *node)
{
    bool list = node->type == NODE_LIST;
    struct str *people = arena_array(reader->arena, list ? node->count : 1, sizeof *people);
    struct rota_slot slot = {.people = people};
    for (const struct config_node *item = list ? node->first : node; item;
         item = list ? item->next : NULL) {
        if (!find_person(config, item->text))
            config_error(reader, item->place, "\"%.*s\" does not stand under people.",
                         STR_ARGS(item->text));
        for (size_t i = 0; i < slot.count; i++)
            if (str_equal(people[i], item->text))
                config_error(reader, item->place, "%.*s stands here twice.", STR_ARGS(item->text));
        people[slot.count++] = item->text;
    }
    return slot;
}

static void bind_slots(struct config_reader *reader, const struct config *config,
                       const struct config_node *node, struct config_layer *layer)
{
    bool list = node->type == NODE_LIST;
    layer->slots = arena_array(reader->arena, list ? node->count : 1, sizeof *layer->slots);
    for (const struct config_node *item = list ? node->first : node; item;
         item = list ? item->next : NULL)
        layer->slots[layer->slot_count++] = bind_slot(reader, config, item);
}

static void bind_handover(struct config_reader *reader, const struct config_node *map,
                          struct config_layer *layer)
{
    const struct config_node *node = config_find(map, "handover");
    struct err err = {0};
    if (!node)
        return;
    layer->has_handover = true;
    layer->handover.weekday = -1;
    if (!rota_parse_handover(node->text, &layer->handover, &err))
        config_error(reader, node->place, "%s", err.text);
    else if (layer->length_min == 0 && layer->months == 0)
        config_error(reader, node->place,
                     "handover: goes with weekly:, daily:, monthly: or every:.");
    else if ((layer->months > 0) != (layer->handover.week > 0 || layer->handover.day > 0))
        config_error(reader, node->place,
                     layer->months > 0 ? "Shifts of months change on a day of the month, like "
                                         "first Monday 09:00, 15th 09:00 or last day 09:00."
                                       : "A day of the month goes with monthly:, or with every: "
                                         "and months.");
    else if (layer->months > 0)
        return;
    else if (layer->handover.weekday < 0 && config_find(map, "weekly"))
        config_error(reader, node->place,
                     "A weekly hand-over needs its weekday, like Monday 09:00 Europe/Ljubljana.");
    else if (layer->handover.weekday >= 0 && layer->length_min % ROTA_WEEK_MIN != 0)
        config_error(reader, node->place,
                     "A hand-over on one weekday goes with shifts of whole weeks only; leave the "
                     "weekday out.");
}

static bool bind_date(struct config_reader *reader, const struct config_node *map, const char *key,
                      struct rota_date *out_date)
{
    const struct config_node *node = config_find(map, key);
    struct err err = {0};
    if (node && !rota_parse_date(node->text, out_date, &err))
        config_error(reader, node->place, "%s", err.text);
    return node != NULL;
}

static void bind_windows(struct config_reader *reader, const struct config_node *map,
                         struct config_layer *layer)
{
    struct config_names only = config_names_at(reader, map, "only");
    const struct config_node *node = config_find(map, "only");
    layer->windows = arena_array(reader->arena, only.count, sizeof *layer->windows);
    for (size_t i = 0; i < only.count; i++) {
        struct err err = {0};
        if (rota_parse_window(only.items[i], &layer->windows[layer->window_count], &err))
            layer->window_count++;
        else
            config_error(reader, node->place, "%s", err.text);
    }
}

/* The zone of the hand-over, of the layer, or of the rota. */
static void bind_zone(struct config_reader *reader, const struct config_node *map, struct str outer,
                      struct config_layer *layer)
{
    const struct config_node *zone = config_find(map, "zone");
    const struct config_node *handover = config_find(map, "handover");
    struct str said = layer->handover.zone;
    layer->ics.has_zone = said.n > 0 || zone || outer.n > 0;
    layer->zone = said.n > 0 ? said : zone ? zone->text : outer.n > 0 ? outer : STR("UTC");
    layer->zone_place = said.n > 0 ? handover->place : zone ? zone->place : layer->place;
    layer->ics.zone = layer->zone;
    layer->ics.zone_place = layer->zone_place;
    if (said.n > 0 && zone && !str_equal(said, zone->text))
        config_error(reader, zone->place,
                     "handover: says %.*s and zone: %.*s; a layer has one clock, so say it once.",
                     STR_ARGS(str_cut(said, 60)), STR_ARGS(str_cut(zone->text, 60)));
    if (!config_is_zone_name(layer->zone))
        config_error(reader, layer->zone_place, "\"%.*s\" is no time zone, like Europe/Ljubljana.",
                     STR_ARGS(str_cut(layer->zone, 60)));
}

/* Who is on stands in a calendar: nothing here says it a second time. */
static void bind_ics(struct config_reader *reader, const struct config *config,
                     const struct config_node *map, struct config_layer *layer)
{
    static const char *const apart[] = {"weekly", "daily",  "monthly",
                                        "every",  "people", "handover"};
    const struct config_node *ics = config_find(map, "ics");
    layer->ics.file = config_path_in(reader, config, ics->text);
    layer->ics.place = ics->place;
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
        const struct config_node *node = config_find(map, apart[i]);
        if (node)
            config_error(reader, node->key_place,
                         "%s: does not go beside ics:; who is on is said by the calendar.",
                         apart[i]);
    }
}

/* Who, and how long each: the one key of turns that is there, or people: alone. */
static void bind_turns(struct config_reader *reader, const struct config *config,
                       const struct config_node *map, struct config_layer *layer)
{
    const struct config_node *people = config_find(map, "people");
    const struct config_node *every = config_find(map, "every");
    const struct config_node *found = NULL;
    struct err err = {0};
    for (int i = 0; i < TURNS; i++) {
        const struct config_node *node = config_find(map, turns[i]);
        if (node && found)
            config_error(reader, node->key_place,
                         "Shifts have one length: write one of weekly:, daily:, monthly: and "
                         "every:.");
        found = node ? node : found;
    }
    const struct config_node *named = found != every ? found : NULL;
    if (named ? people != NULL : people == NULL) {
        config_error(reader, map->place,
                     named ? "The people stand behind the length here; take people: out."
                           : "Nobody is named here; write weekly:, daily: or monthly: with names, "
                             "or people: with every:, or alone.");
        return;
    }
    layer->months = found && str_is(found->key, "monthly");
    bool months = every && rota_parse_months(every->text, &layer->months);
    bool weeks = found && !months && layer->months == 0;
    layer->length_min = !weeks ? 0 : str_is(found->key, "daily") ? ROTA_DAY_MIN : ROTA_WEEK_MIN;
    if (every && !months && !rota_parse_every(every->text, &layer->length_min, &err))
        config_error(reader, every->place, "%s", err.text);
    bind_slots(reader, config, named ? named : people, layer);
    if (!found && layer->slot_count > 1)
        config_error(reader, people->place,
                     "Do they take turns, or are they on at once? Add every: with a length, or "
                     "write [[ana, ben]].");
}

static void bind_layer(struct config_reader *reader, const struct config *config,
                       const struct config_node *map, struct str outer, struct config_layer *layer)
{
    layer->name = config_text_at(map, "name");
    layer->place = map->place;
    layer->handover.zone = STR("");
    layer->ics.file = STR("");
    if (config_find(map, "ics"))
        bind_ics(reader, config, map, layer);
    else
        bind_turns(reader, config, map, layer);
    bind_handover(reader, map, layer);
    layer->has_starts = bind_date(reader, map, "starts", &layer->starts);
    layer->has_until = bind_date(reader, map, "until", &layer->until);
    if (layer->has_starts && layer->has_until && layer->until.wall_min <= layer->starts.wall_min)
        config_error(reader, config_find(map, "until")->place, "It is not after starts:.");
    bind_windows(reader, map, layer);
    bind_zone(reader, map, outer, layer);
}

static void bind_layers(struct config_reader *reader, const struct config *config,
                        const struct config_node *map, struct config_rota *rota)
{
    static const char *const apart[] = {"weekly",   "daily",  "monthly", "every", "people",
                                        "handover", "starts", "until",   "only",  "ics"};
    const struct config_node *layers = config_find(map, "layers");
    for (size_t i = 0; layers && i < sizeof apart / sizeof *apart; i++) {
        const struct config_node *node = config_find(map, apart[i]);
        if (node)
            config_error(reader, node->key_place,
                         "%s: does not go beside layers:; write it in one of them.", apart[i]);
    }
    rota->layers = arena_array(reader->arena, layers ? layers->count : 1, sizeof *rota->layers);
    if (!layers) {
        bind_layer(reader, config, map, STR(""), &rota->layers[rota->layer_count++]);
        return;
    }
    for (const struct config_node *item = layers->first; item; item = item->next)
        bind_layer(reader, config, item, config_text_at(map, "zone"),
                   &rota->layers[rota->layer_count++]);
}

/* A name that is nearly one of the two that everybody has is a slip, and would page nobody. */
static void check_name(struct config_reader *reader, const struct config *config,
                       const struct config_node *node)
{
    static const char *const usual[] = {"primary", "secondary", "look_ahead", "handovers", "leave"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (!str_is(node->key, usual[i]) &&
            str_distance(node->key, str_of(usual[i]), NEAR_EDITS_MAX) <= NEAR_EDITS_MAX)
            config_error(reader, node->key_place, "\"%.*s\" is no key here; did you mean \"%s\"?",
                         STR_ARGS(str_cut(node->key, 60)), usual[i]);
    if (node->key.n >= ROTA_NAME_BYTES)
        config_error(reader, node->key_place, "The name of a rota has at most %d bytes.",
                     ROTA_NAME_BYTES - 1);
    for (size_t i = 0; i < config->person_count; i++)
        if (str_equal_nocase(config->people[i].name, node->key))
            config_error(reader, node->key_place,
                         "\"%.*s\" is a person, so a rota cannot be called so.",
                         STR_ARGS(str_cut(node->key, 60)));
    for (size_t i = 0; i + 1 < config->rota_count; i++)
        if (str_equal_nocase(config->rotas[i].name, node->key))
            config_error(reader, node->key_place,
                         "The rota \"%.*s\" stands twice: capital letters make no difference.",
                         STR_ARGS(str_cut(node->key, 60)));
}

static void bind_rota(struct config_reader *reader, struct config *config,
                      const struct config_node *node)
{
    struct config_rota *rota = &config->rotas[config->rota_count++];
    *rota = (struct config_rota){.name = node->key, .place = node->key_place};
    check_name(reader, config, node);
    if (node->type == NODE_MAP) {
        rota->may_be_empty = str_is(config_text_at(node, "may_be_empty"), "yes");
        bind_layers(reader, config, node, rota);
        return;
    }
    rota->layers = arena_array(reader->arena, 1, sizeof *rota->layers);
    rota->layer_count = 1;
    *rota->layers = (struct config_layer){.name = STR(""),
                                          .zone = STR("UTC"),
                                          .ics.file = STR(""),
                                          .place = node->place,
                                          .zone_place = node->place};
    rota->layers->slots = arena_array(reader->arena, 1, sizeof *rota->layers->slots);
    rota->layers->slots[0] = bind_slot(reader, config, node);
    rota->layers->slot_count = 1;
}

static void bind_handovers(struct config_reader *reader, const struct config_node *map,
                           struct config *config)
{
    static const char *const tells[] = {"nobody", "new", "both"};
    const struct config_node *handovers = config_find(map, "handovers");
    const struct config_node *tell = config_find(handovers, "tell");
    struct handover_rules rules = {
        HANDOVER_NEW, config_number_at(reader, handovers, "before", "on_call.handovers.before"),
        config_number_at(reader, handovers, "shortest", "on_call.handovers.shortest")};
    bool good = !tell;
    for (int i = 0; tell && i < (int)(sizeof tells / sizeof *tells); i++) {
        if (!str_is(tell->text, tells[i]))
            continue;
        rules.tell = (enum handover_tell)i;
        good = true;
    }
    if (!good)
        config_error(reader, tell->place, "\"%.*s\" cannot be told; write new, both or nobody.",
                     STR_ARGS(tell->text));
    config->handovers = rules;
}

struct config_ics config_ics_at(struct config_reader *reader, const struct config *config,
                                const struct config_node *file, const struct config_node *zone)
{
    struct config_ics ics = {.file = STR(""), .zone = STR("UTC")};
    if (!file)
        return ics;
    ics.file = config_path_in(reader, config, file->text);
    ics.place = ics.zone_place = file->place;
    if (!zone)
        return ics;
    ics.has_zone = true;
    ics.zone = zone->text;
    ics.zone_place = zone->place;
    if (!config_is_zone_name(ics.zone))
        config_error(reader, zone->place, "\"%.*s\" is no time zone, like Europe/Ljubljana.",
                     STR_ARGS(str_cut(ics.zone, 60)));
    return ics;
}

/* Keys of on_call: that are no rotas. */
static bool is_setting(struct str key)
{
    return str_is(key, "look_ahead") || str_is(key, "handovers") || str_is(key, "leave");
}

void config_bind_rotas(struct config_reader *reader, const struct config_node *root,
                       struct config *config)
{
    const struct config_node *map = config_find(root, "on_call");
    config->rotas = arena_array(reader->arena, (map ? map->count : 0) + 1, sizeof *config->rotas);
    config->look_ahead_ms = config_number_at(reader, map, "look_ahead", "on_call.look_ahead");
    bind_handovers(reader, map, config);
    const struct config_node *leave = config_find(map, "leave");
    config->leave =
        config_ics_at(reader, config, config_find(leave, "ics"), config_find(leave, "zone"));
    if (!map)
        return;
    for (const struct config_node *node = map->first; node; node = node->next)
        if (!is_setting(node->key))
            bind_rota(reader, config, node);
    if (config->rota_count > LIMIT_ROTAS)
        config_error(reader, map->place, "There are %zu rotas here; there may be %d.",
                     config->rota_count, LIMIT_ROTAS);
    if (!config_find(map, "primary"))
        config_error(reader, map->place, "\"primary\" is missing here: who is called first.");
}
