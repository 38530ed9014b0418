/* view_switch.c - what can be switched off by its name, as it is shown. */
#include "state/world.h"

static struct switch_view view_of(const struct world *world, struct arena *arena, struct str name,
                                  const struct switch_off *off)
{
    struct str words = off ? switch_words(arena, off, world->now) : STR("");
    return (struct switch_view){name, off, words};
}

static const struct switch_off *find_off(const struct switches *switches, struct str name)
{
    return switch_find(switches, "", name);
}

static bool is_known(const struct switchables *all, struct str name)
{
    for (size_t i = 0; i < all->count; i++)
        if (str_equal(all->items[i].name, name))
            return true;
    return false;
}

struct switch_view *view_switches(const struct world *world, struct arena *arena, size_t *out_count)
{
    const struct switchables *all = &world->switchables;
    const struct switches *switches = &world->switches;
    struct switch_view *views = arena_array(arena, all->count + switches->count, sizeof *views);
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++)
        views[count++] =
            view_of(world, arena, all->items[i].name, find_off(switches, all->items[i].name));
    /* Ways of single people, and what reeve.yaml no longer has. */
    for (size_t i = 0; i < switches->count; i++)
        if (!is_known(all, str_of(switches->items[i].name)))
            views[count++] =
                view_of(world, arena, str_of(switches->items[i].name), &switches->items[i]);
    *out_count = count;
    return views;
}
