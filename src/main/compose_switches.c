/* compose_switches.c - what of the configuration can be switched off by its name. */
#include "main/compose.h"

#include "main/config_people.h"

static void add(struct arena *arena, struct switchables *all, const char *kind, struct str name,
                unsigned methods)
{
    struct switchable *items = (struct switchable *)(uintptr_t)all->items;
    items[all->count++] =
        (struct switchable){str_printf(arena, "%s%.*s", kind, STR_ARGS(name)), methods};
}

static void add_providers(struct arena *arena, const struct config *config, struct switchables *all)
{
    for (size_t i = 0; i < config->provider_count; i++) {
        const struct config_provider *provider = &config->providers[i];
        unsigned methods = 0;
        for (int method = 0; method < METHODS; method++)
            if (config_kind_carries(provider->kind, (enum method)method))
                methods |= 1U << method;
        add(arena, all, SWITCH_PROVIDER, provider->name, methods);
        if (provider->replies)
            add(arena, all, SWITCH_REPLIES, provider->name, 0);
    }
}

/* Ways by which somebody of the configuration can be reached. */
static void add_ways(struct arena *arena, const struct world *world, struct switchables *all)
{
    for (int method = 0; method < METHODS; method++) {
        bool used = false;
        for (size_t i = 0; !used && i < world->people.count; i++)
            used = world->people.items[i].reach[method].n > 0;
        if (used)
            add(arena, all, SWITCH_WAY, str_of(method_name((enum method)method)), 1U << method);
    }
}

void compose_switches(struct world *world, struct arena *arena, const struct config *config)
{
    struct switchables *all = &world->switchables;
    size_t room =
        2 * config->provider_count + METHODS + config->sender_count + config->inbound_count;
    *all = (struct switchables){.items = arena_array(arena, room, sizeof *all->items),
                                .people = world->people.items,
                                .person_count = world->people.count};
    add_providers(arena, config, all);
    add_ways(arena, world, all);
    for (size_t i = 0; i < config->sender_count; i++)
        add(arena, all, SWITCH_SENDER, config->senders[i].name, 0);
    for (size_t i = 0; i < config->inbound_count; i++)
        add(arena, all, SWITCH_SENDER, config->inbounds[i].name, 0);
    world_apply_switches(world);
}
