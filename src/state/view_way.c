/* view_way.c - who was reached last by which way, as it is shown. */
#include "people/reach.h"
#include "state/world.h"

static struct way_view view_of(const struct world *world, const struct person *person,
                               enum method method)
{
    const struct reach *reach = reach_find(&world->pages, person->id, method);
    struct way_view view = {.person = person->id,
                            .way = str_of(method_name(method)),
                            .detail = STR(""),
                            .problem = STR(""),
                            .warning = STR("")};
    if (reach) {
        view.sent = reach->sent;
        view.detail = str_of(reach->detail);
        view.problem = str_of(reach->problem);
        if (view.problem.n > 0)
            view.failed = reach->failed;
    }
    if (view.problem.n > 0)
        view.warning = STR("the newest page by it was given up");
    else if (instant_is_zero(view.sent))
        view.warning = STR("it was never proved");
    return view;
}

struct way_view *view_ways(const struct world *world, struct arena *arena, size_t *out_count)
{
    const struct people *people = &world->people;
    struct way_view *views = arena_array(arena, people->count * METHODS + 1, sizeof *views);
    size_t count = 0;
    for (size_t i = 0; i < people->count && i < LIMIT_PEOPLE; i++) {
        struct contact contacts[METHODS];
        bool at_once;
        size_t ways = person_contacts(&people->items[i], contacts, &at_once);
        for (size_t at = 0; at < ways; at++)
            views[count++] = view_of(world, &people->items[i], contacts[at].method);
    }
    *out_count = count;
    return views;
}
