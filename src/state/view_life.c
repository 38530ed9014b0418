/* view_life.c - roles, links, follow-ups and the end of an incident as views. */
#include "state/world.h"

#include <stdlib.h>

static void add_roles(struct arena *arena, const struct incident *incident,
                      struct incident_view *view)
{
    view->roles = arena_array(arena, incident->role_count, sizeof *view->roles);
    for (size_t i = 0; i < incident->role_count; i++) {
        const struct incident_role *role = &incident->roles[i];
        view->roles[view->role_count++] = (struct role_view){
            .name = str_of(role->name), .person = str_of(role->person), .since = role->since};
    }
    view->commander = incident_role_person(incident, INCIDENT_COMMANDER);
}

/* Overdue, then by date, then those without one, then those that are done. */
static int64_t order_of(const struct follow_up_view *view)
{
    if (!instant_is_zero(view->done))
        return INT64_MAX;
    return instant_is_zero(view->due) ? INT64_MAX - 1 : view->due.us;
}

static int compare(const void *a, const void *b)
{
    int64_t x = order_of(a);
    int64_t y = order_of(b);
    const struct follow_up_view *one = a;
    const struct follow_up_view *other = b;
    if (x != y)
        return x < y ? -1 : 1;
    return one->number < other->number ? -1 : 1;
}

struct follow_up_view *view_follow_ups(const struct world *world, struct arena *arena,
                                       int64_t incident, bool done, size_t *out_count)
{
    const struct incidents *incidents = &world->incidents;
    struct follow_up_view *views = arena_array(arena, incidents->follow_up_count, sizeof *views);
    size_t count = 0;
    for (size_t i = 0; i < incidents->follow_up_count; i++) {
        const struct follow_up *from = incidents->follow_ups[i];
        bool is_open = instant_is_zero(from->done);
        if ((incident && from->incident != incident) || (!done && !is_open))
            continue;
        views[count++] =
            (struct follow_up_view){.number = from->number,
                                    .incident = from->incident,
                                    .text = str_of(from->text),
                                    .owner = str_of(from->owner),
                                    .added = from->added,
                                    .due = from->due,
                                    .done = from->done,
                                    .is_overdue = is_open && !instant_is_zero(from->due) &&
                                                  !instant_before(world->now, from->due)};
    }
    if (count > 0)
        qsort(views, count, sizeof *views, compare);
    *out_count = count;
    return views;
}

static void add_ended(const struct world *world, int64_t number, struct incident_view *view)
{
    const struct incident_ended *ended = incident_ended_find(&world->incidents, number);
    if (!ended || instant_is_zero(ended->closed))
        return;
    view->closed = ended->closed;
    view->state = STR("closed");
}

void view_add_life(const struct world *world, struct arena *arena, const struct incident *incident,
                   struct incident_view *view)
{
    add_roles(arena, incident, view);
    struct channel_world channels = world_channels(world);
    view->channel = channel_sentence(&channels, arena, incident->number);
    view->links = incident->links;
    view->link_count = incident->link_count;
    view->merged_into = incident->merged_into;
    if (incident->merged_into)
        view->state = STR("merged");
    view->follow_ups =
        view_follow_ups(world, arena, incident->number, true, &view->follow_up_count);
    add_ended(world, incident->number, view);
    view_add_work(world, arena, incident, view);
    if (incident->state == INCIDENT_RESOLVED)
        return;
    view->proposal = view_proposal(world, arena, incident);
    view_add_offers(world, arena, incident, view);
    view_add_vendors(world, arena, incident, view);
}

struct incident_view view_of_past(const struct world *world, struct arena *arena,
                                  const struct past_view *past)
{
    struct incident_view view = {.number = past->number,
                                 .severity = past->severity,
                                 .title = past->title,
                                 .state = past->state,
                                 .cause = past->line == 0 && str_starts(past->cause, "group ")
                                              ? STR("") /* an id, which says nothing to people */
                                              : past->cause,
                                 .opened = past->opened,
                                 .since = past->opened,
                                 .acknowledged = past->acknowledged,
                                 .mitigated = past->mitigated,
                                 .resolved = past->resolved,
                                 .acknowledged_by = past->acknowledged_by,
                                 .commander = past->commander,
                                 .merged_into = past->merged_into,
                                 .closed = past->closed};
    view.word = severity_get(&world->plan, past->severity)->word;
    view.follow_ups = view_follow_ups(world, arena, past->number, true, &view.follow_up_count);
    return view;
}
