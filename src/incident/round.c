/* round.c - the tables of a round, and the events that it has recorded taken into them. */
#include "incident/round.h"

#include <stdlib.h>

void round_begin(struct round *round, const struct incident_world *world, struct event_list *out)
{
    *round = (struct round){.world = world, .out = out, .taken = out->count};
}

void round_done(struct round *round)
{
    for (int i = 0; round->is_ready && i < ROUND_TABLES; i++)
        map_done(&round->tables[i]);
    round->is_ready = false;
}

/* The first of a key stays. */
static void put(struct round *round, enum round_table table, struct str key, const void *value)
{
    struct map *map = &round->tables[table];
    if (!map_find(map, key) && !map_put(map, key, (void *)(uintptr_t)value))
        abort(); /* there is room for as many as there are alerts and incidents */
}

/* By the group and the area of the rule that gives the incident its title. */
static void put_groups(struct round *round, const enum round_table tables[2], struct str rule,
                       const void *value)
{
    const struct incident_alert *alert = map_find(&round->tables[ROUND_ALERTS], rule);
    if (alert && alert->group.n > 0)
        put(round, tables[0], alert->group, value);
    if (alert && alert->area.n > 0)
        put(round, tables[1], alert->area, value);
}

static bool has_just_begun(const struct incident_world *world, const struct incident *incident)
{
    return world->group_ms > 0 && incident_is_going_on(incident) &&
           instant_ms_between(incident->clock_from, world->now) <= world->group_ms &&
           !str_is(STR(INCIDENT_OVERFLOW), incident->cause);
}

/* Where an incident goes on: itself, or what it was merged into, and so on. */
static const struct incident *goes_on_in(const struct incidents *incidents,
                                         const struct incident *incident)
{
    for (size_t i = 0; incident && incident->merged_into && i < incidents->count; i++)
        incident = incident_find(incidents, incident->merged_into);
    return incident;
}

static void take_state(struct round *round)
{
    const struct incident_world *world = round->world;
    const struct incidents *incidents = world->incidents;
    static const enum round_table begun[2] = {ROUND_GROUPS, ROUND_AREAS};
    struct arena *arena = round->out->arena;
    for (int i = 0; i < ROUND_TABLES; i++)
        map_init(&round->tables[i], world->alert_count + incidents->count + LIMIT_INCIDENTS_OPEN);
    for (size_t i = 0; i < world->alert_count; i++)
        put(round, ROUND_ALERTS, world->alerts[i].rule, &world->alerts[i]);
    round->incidents = arena_array(arena, incidents->count, sizeof *round->incidents);
    for (size_t i = incidents->count; i-- > 0;) {
        const struct incident *incident = incidents->items[i];
        round->incidents[i].severity = str_copy(arena, str_of(incident->severity));
        round->incidents[i].naming_rule = str_of(incident->rule);
        const struct incident *going = goes_on_in(incidents, incident);
        if (going && incident_is_current(going, world->now))
            put(round, ROUND_CAUSES, str_of(incident->cause), going);
        if (has_just_begun(world, incident))
            put_groups(round, begun, str_of(incident->rule), incident);
    }
}

static void take_opened(struct round *round, const struct event *event)
{
    static const enum round_table opened[2] = {ROUND_OPENED_GROUPS, ROUND_OPENED_AREAS};
    struct str cause = event_str(event, "cause");
    round->opened++;
    put(round, ROUND_OPENED, cause, event);
    if (!str_is(cause, INCIDENT_OVERFLOW))
        put_groups(round, opened, event_str(event, "rule"), event);
}

static void take_event(struct round *round, const struct event *event)
{
    enum event_kind kind = event->kind;
    if (kind == EVENT_INCIDENT_OPENED)
        take_opened(round, event);
    if (kind == EVENT_INCIDENT_OPENED || kind == EVENT_INCIDENT_JOINED ||
        kind == EVENT_INCIDENT_FOLLOWED || kind == EVENT_INCIDENT_REOPENED)
        put(round, ROUND_JOINED, event_str(event, "rule"), event);
    const struct incident *incident =
        incident_find(round->world->incidents, event_int(event, "number"));
    if (!incident)
        return; /* the round opens it */
    struct round_incident *after = &round->incidents[incident->slot];
    if (kind == EVENT_INCIDENT_SEVERITY_CHANGED)
        after->severity = event_str(event, "to");
    else if (kind == EVENT_INCIDENT_RETITLED)
        after->naming_rule = event_str(event, "rule");
    else if (kind == EVENT_INCIDENT_REOPENED)
        after->reopens = true;
}

/* Before each question. */
static void catch_up(struct round *round)
{
    if (!round->is_ready)
        take_state(round);
    round->is_ready = true;
    for (; round->taken < round->out->count; round->taken++)
        take_event(round, &round->out->items[round->taken]);
}

static void *look_up(struct round *round, enum round_table table, struct str key)
{
    catch_up(round);
    return map_find(&round->tables[table], key);
}

const struct incident_alert *round_alert(struct round *round, struct str rule)
{
    return look_up(round, ROUND_ALERTS, rule);
}

const struct incident *round_cause(struct round *round, struct str cause)
{
    return look_up(round, ROUND_CAUSES, cause);
}

bool round_opens(struct round *round, struct str cause)
{
    return look_up(round, ROUND_OPENED, cause) != NULL;
}

size_t round_opened(struct round *round)
{
    catch_up(round);
    return round->opened;
}

bool round_joins(struct round *round, struct str rule)
{
    return look_up(round, ROUND_JOINED, rule) != NULL;
}

const struct incident *round_group(struct round *round, const struct incident_alert *alert)
{
    const struct incident *of_group =
        alert->group.n > 0 ? look_up(round, ROUND_GROUPS, alert->group) : NULL;
    const struct incident *of_area =
        alert->area.n > 0 ? look_up(round, ROUND_AREAS, alert->area) : NULL;
    bool is_newer = of_group && (!of_area || of_group->number > of_area->number);
    return is_newer ? of_group : of_area;
}

bool round_opens_group(struct round *round, const struct incident_alert *alert)
{
    return (alert->group.n > 0 && look_up(round, ROUND_OPENED_GROUPS, alert->group)) ||
           (alert->area.n > 0 && look_up(round, ROUND_OPENED_AREAS, alert->area));
}

const struct round_incident *round_incident(struct round *round, const struct incident *incident)
{
    catch_up(round);
    return &round->incidents[incident->slot];
}

bool round_reopens(struct round *round, const struct incident *incident)
{
    return round->is_ready && round_incident(round, incident)->reopens;
}

/* The list itself is the key: those that have it have the same causes. */
static struct str key_of(const struct incident_alert *alert)
{
    return (struct str){(const char *)&alert->causes, sizeof alert->causes};
}

struct round_causes *round_causes_find(struct round *round, const struct incident_alert *alert)
{
    return look_up(round, ROUND_ASKED, key_of(alert));
}

struct round_causes *round_causes_add(struct round *round, const struct incident_alert *alert)
{
    struct round_causes *causes = arena_make(round->out->arena, struct round_causes);
    catch_up(round);
    put(round, ROUND_ASKED, key_of(alert), causes);
    return causes;
}
