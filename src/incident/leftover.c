/* leftover.c - what an incident leaves behind when it is resolved: each becomes a follow-up, so
 * that nobody has to remember it. */
#include "incident/inside.h"

struct leaving {
    const struct incident_world *world;
    const struct incident *incident;
    struct event_list *out;
    int64_t number; /* of the newest follow-up */
};

/* Whoever leads it, when they can be told of it; else whoever is on call. */
static struct str owner_of(const struct leaving *leaving)
{
    const struct incident_world *world = leaving->world;
    struct str leader = incident_role_person(leaving->incident, INCIDENT_COMMANDER);
    for (size_t i = 0; i < world->told_count; i++)
        if (str_equal(world->told[i], leader))
            return leader;
    return world->on_call.n > 0 ? world->on_call : leader;
}

static void add(struct leaving *leaving, struct str text, struct instant due)
{
    struct event_list *out = leaving->out;
    struct str owner = owner_of(leaving);
    char at[INSTANT_TEXT_BYTES];
    instant_write(due, at);
    struct event *event = event_list_add(
        out, EVENT_INCIDENT_FOLLOW_UP_ADDED, leaving->world->now, STR("reeve"),
        str_printf(out->arena, "incident:%lld", (long long)leaving->incident->number));
    event_set_int(event, "number", leaving->incident->number);
    event_set_int(event, "follow_up", ++leaving->number);
    event_set_str(event, "owner",
                  owner.n > 0 ? str_copy(out->arena, owner) : STR(FOLLOW_UP_UNOWNED));
    event_set_instant(event, "due", due);
    event_set_str(event, "when",
                  instant_is_zero(due) ? STR("without a date")
                                       : str_printf(out->arena, "due %.10s %.5s UTC", at, at + 11));
    event_set_str(event, "text", str_cut(text, FOLLOW_UP_TEXT_BYTES - 1));
}

struct str incident_breach_owed(struct arena *arena, const struct breach *breach, int64_t item)
{
    return item > 0 ? str_cut(str_printf(arena, "Breach: %s", breach->lines[item - 1].text),
                              FOLLOW_UP_TEXT_BYTES - 1)
                    : STR("Breach: notify the supervisory authority (" BREACH_LAW_SOURCE
                          "), or record why that is not required");
}

static void add_breach(struct leaving *leaving, const struct breach *breach)
{
    struct arena *arena = leaving->out->arena;
    for (int i = 0; i < breach->count; i++)
        if (instant_is_zero(breach->lines[i].done))
            add(leaving, incident_breach_owed(arena, breach, i + 1), breach_line_due(breach, i));
    if (!breach->is_law_over)
        add(leaving, incident_breach_owed(arena, breach, 0),
            instant_add_ms(breach->aware, BREACH_LAW_MS));
}

static void add_run(struct leaving *leaving, const struct incident_run *run)
{
    struct arena *arena = leaving->out->arena;
    if (run->undo[0] == '\0' || !incident_run_is_in_force(leaving->incident, run))
        return;
    add(leaving,
        str_printf(arena, "Take back run %lld, %s, which is still in force: %s",
                   (long long)run->run, run->procedure, run->undo),
        (struct instant){0});
}

void incident_add_leftovers(const struct incident_world *world, const struct incident *incident,
                            struct event_list *out)
{
    struct leaving leaving = {world, incident, out, world->incidents->last_follow_up};
    if (follow_up_count_open(world->incidents) + BREACH_LINES_MAX + 1 + INCIDENT_RUNS_MAX >
        FOLLOW_UPS_MAX)
        return; /* none could be remembered */
    if (incident->breach)
        add_breach(&leaving, incident->breach);
    for (size_t i = 0; i < incident->run_count; i++)
        add_run(&leaving, &incident->runs[i]);
}
