/* world.c - folding every event into its noun, and asking every noun what it decides. */
#include "state/world.h"

#include <stdio.h>

void world_init(struct world *world)
{
    *world =
        (struct world){.config_digest = STR(""), .config_changed = STR(""), .public_url = STR("")};
    arena_init(&world->state_arena);
    arena_init(&world->telemetry_arena);
    alerts_init(&world->alerts, &world->state_arena);
    inbounds_init(&world->inbounds, &world->state_arena);
    beats_init(&world->beats, &world->state_arena);
    incidents_init(&world->incidents, &world->state_arena);
    pages_init(&world->pages, &world->state_arena);
    oncall_changes_init(&world->oncall_changes, &world->state_arena);
    links_init(&world->links, &world->state_arena);
    channels_init(&world->channels, &world->state_arena);
    runs_init(&world->runs, &world->state_arena);
    access_init(&world->access, &world->state_arena);
    telemetry_init(&world->telemetry, &world->telemetry_arena);
}

void world_done(struct world *world)
{
    alerts_done(&world->alerts);
    inbounds_done(&world->inbounds);
    incidents_done(&world->incidents);
    pages_done(&world->pages);
    links_done(&world->links);
    channels_done(&world->channels);
    runs_done(&world->runs);
    telemetry_done(&world->telemetry);
    arena_done(&world->telemetry_arena);
    arena_done(&world->state_arena);
}

static void fold_heartbeat(struct world *world, const struct event *event)
{
    if (event->kind == EVENT_HEARTBEAT_FAILED) {
        world->heartbeat_failed = event_instant(event, "since");
        str_keep(world->heartbeat_error, sizeof world->heartbeat_error, event_str(event, "error"));
    } else if (event->kind == EVENT_HEARTBEAT_RESTORED) {
        world->heartbeat_failed = (struct instant){0};
    } else if (event->kind == EVENT_CLOCK_STEPPED && !instant_is_zero(world->heartbeat_failed)) {
        world->heartbeat_failed =
            instant_add_ms(world->heartbeat_failed, event_int(event, "by_ms"));
    }
}

/* What of a group is heard, as the event has changed it, is news to incidents when it begins or is
 * over. */
static void fold_heard(struct world *world, struct str group, int64_t before)
{
    int64_t after = inbound_heard(&world->inbounds, group);
    if ((before > 0) != (after > 0))
        incident_fold_group(&world->incidents, group, after > 0);
}

static void fold_inbound(struct world *world, const struct event *event)
{
    bool is_of_group = event->kind >= EVENT_INBOUND_FIRED && event->kind <= EVENT_INBOUND_CLOSED;
    bool is_raised = event->kind == EVENT_INBOUND_RAISED;
    struct str group = is_of_group ? event_str(event, "group") : STR("");
    struct str from = is_raised ? event_str(event, "from_group") : STR("");
    int64_t before = inbound_heard(&world->inbounds, group);
    int64_t before_from = inbound_heard(&world->inbounds, from);
    inbound_fold(&world->inbounds, event);
    fold_heard(world, from, before_from);
    fold_heard(world, group, before);
}

/* What a silence that is over muted is heard from now on. */
static void fold_unmuted(struct world *world)
{
    const struct inbound_group *group;
    size_t at = 0;
    while ((group = inbound_unmute(&world->inbounds, &world->alerts.silences, &at)))
        incident_fold_group(&world->incidents, str_of(group->id), true);
}

void world_apply_switches(struct world *world)
{
    switch_apply(&world->switches, &world->switchables, world->persons);
    world->oncall.switch_version = world->switches.version;
}

static void fold_switch(struct world *world, const struct event *event)
{
    int64_t before = world->switches.version;
    switch_fold(&world->switches, event);
    if (world->switches.version != before)
        world_apply_switches(world);
}

void world_fold(struct world *world, const struct event *event, int64_t sequence)
{
    world->sequence = sequence;
    world->last_event = event->at; /* earlier than the one before when the clock was set back */
    if (event->kind == EVENT_RUNBOOK_LOADED) {
        (void)snprintf(world->runbook_digest, sizeof world->runbook_digest, "%.*s",
                       STR_ARGS(event_str(event, "digest")));
        world->refused_first[0] = '\0';
    } else if (event->kind == EVENT_RUNBOOK_REFUSED) {
        (void)snprintf(world->refused_first, sizeof world->refused_first, "%.*s",
                       STR_ARGS(event_str(event, "first")));
    }
    fold_heartbeat(world, event);
    alert_fold(&world->alerts, event);
    fold_inbound(world, event);
    if (event->kind == EVENT_SILENCE_ENDED || event->kind == EVENT_SILENCE_EXPIRED)
        fold_unmuted(world);
    beat_fold(&world->beats, event);
    incident_fold(&world->incidents, event);
    incident_fold_entry(&world->incidents, event, sequence);
    page_fold(&world->pages, event);
    page_watch_fold(&world->page_watch, event);
    fold_switch(world, event);
    oncall_change_fold(&world->oncall_changes, event);
    gap_fold(&world->gaps, event);
    handover_fold(&world->handovers, event);
    link_fold(&world->links, event);
    channel_fold(&world->channels, event, sequence);
    run_fold(&world->runs, event, sequence);
    access_fold(&world->access, event);
}

struct instant world_last_seen(const struct world *world, struct instant mark,
                               int64_t mark_sequence, struct instant now)
{
    bool is_ours = mark_sequence == world->sequence && world->sequence > 0;
    if (!is_ours || instant_before(now, mark) || instant_before(mark, world->last_event))
        return world->last_event;
    return mark;
}

/* What is counted of the same events: error rate and response time are both of requests. */
static struct str area_of(const struct rule *rule)
{
    bool named = rule->signal && !str_is(rule->signal->noun, "events");
    return named ? rule->signal->noun : STR("");
}

/* How what is heard of a group stands when a silence may cover it by now. */
struct group_standing {
    const struct inbound_entry *aloud; /* the oldest that none covers; NULL: all are covered */
    bool has_covered;
};

/* By the group's id; empty when there are no silences. */
static void find_standings(const struct world *world, struct arena *arena, struct map *out)
{
    const struct silences *silences = &world->alerts.silences;
    const struct inbound_entry *entry;
    size_t at = 0;
    map_init(out, LIMIT_INBOUND_OPEN);
    while (silences->count > 0 && (entry = inbound_next(&world->inbounds, &at))) {
        const struct silence_matter matter = inbound_matter(NULL, entry);
        if (entry->muted)
            continue;
        struct group_standing *standing = map_find(out, matter.id);
        if (!standing) {
            standing = arena_make(arena, struct group_standing);
            (void)!map_put(out, matter.id, standing); /* as many as there are open alerts */
        }
        if (silence_of(silences, &matter))
            standing->has_covered = true;
        else if (!standing->aloud)
            standing->aloud = entry;
    }
}

/* Groups of alerts from elsewhere that open incidents: each is there while something of it is
 * heard. One is silenced when a silence covers all of that, and else named after what none does. */
static size_t add_groups(const struct world *world, struct arena *arena,
                         struct incident_alert *alerts)
{
    const struct map_entry *entry;
    struct map standings;
    size_t count = 0;
    size_t at = 0;
    find_standings(world, arena, &standings);
    while ((entry = map_next(&world->inbounds.groups, &at))) {
        const struct inbound_group *group = entry->value;
        if (group->opens[0] == '\0' || group->heard == 0)
            continue;
        const struct group_standing *standing = map_find(&standings, entry->key);
        bool renamed = standing && standing->has_covered && standing->aloud;
        alerts[count++] = (struct incident_alert){
            .rule = str_of(group->id),
            .title = renamed ? inbound_matter(arena, standing->aloud).title : str_of(group->title),
            .level = str_of(group->opens),
            .signal = inbound_cause(arena, str_of(group->id)),
            .series = STR(""),
            .firing = true,
            .known = true,
            .silenced = standing && !standing->aloud,
            .group = STR(""),
            .area = STR("")};
    }
    map_done(&standings);
    return count;
}

/* A heartbeat to incidents: a cause of its own, which no line of the runbook names. */
static struct incident_alert alert_of_beat(const struct world *world, struct arena *arena,
                                           const struct beat_plan *plan)
{
    const struct beat *beat = beat_find(&world->beats, plan->name);
    return (struct incident_alert){
        .rule = plan->rule,
        .title = beat ? beat_title(arena, beat) : plan->name,
        .level = plan->level,
        .signal = str_printf(arena, "heartbeat %.*s", STR_ARGS(plan->name)),
        .series = STR(""),
        .firing = beat && beat->trouble != BEAT_WELL,
        .known = true,
        .silenced = silence_of_job(&world->alerts.silences, plan->name) != NULL,
        .group = STR(""),
        .area = STR("")};
}

/* The incidents' reading of the alerts: what fires, and what is known. */
static const struct incident_alert *alerts_of(const struct world *world, struct arena *arena,
                                              size_t *out_count)
{
    const struct rules *rules = &world->rules;
    const struct beat_plans *plans = &world->beat_plans;
    size_t count = rules->count + plans->count;
    struct incident_alert *alerts =
        arena_array(arena, count + world->inbounds.groups.count, sizeof *alerts);
    for (size_t i = 0; i < plans->count; i++)
        alerts[rules->count + i] = alert_of_beat(world, arena, &plans->items[i]);
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        const struct alert *alert = alert_find(&world->alerts, rule->id);
        alerts[i] = (struct incident_alert){
            .rule = rule->id,
            .line = rule->line,
            .title = rule->title,
            .level = rule->level,
            .signal = rule->signal_name,
            .series = world->evaluations ? world->evaluations[i].series : STR(""),
            .firing = alert && alert->state == ALERT_FIRING,
            .known = !alert || instant_is_zero(alert->unknown_since),
            .silenced = silence_of_rule(&world->alerts.silences, rule) != NULL,
            .causes = rule->causes,
            .cause_count = rule->cause_count,
            .group = rule->group,
            .area = area_of(rule)};
    }
    *out_count = count + add_groups(world, arena, &alerts[count]);
    return alerts;
}

/* What was done in runs that are linked with a breach. */
static const struct incident_step *steps_of(const struct world *world, struct arena *arena,
                                            size_t *out_count)
{
    struct incident_step *steps = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (size_t i = 0; i < world->incidents.count; i++) {
        const struct incident *incident = world->incidents.items[i];
        for (size_t k = 0; incident->breach && k < incident->run_count; k++) {
            const struct run *run = run_find(&world->runs, incident->runs[k].run);
            for (int at = 0; run && run->environment.n == 0 && at < run->step_count; at++)
                if (run->steps[at].finished)
                    LIST_PUSH(arena, steps, count, capacity) =
                        (struct incident_step){.incident = incident->number,
                                               .run = run->number,
                                               .step = at + 1,
                                               .statement = str_of(run->steps[at].statement),
                                               .by = str_of(run->steps[at].by),
                                               .at = run->steps[at].ended};
        }
    }
    *out_count = count;
    return steps;
}

/* Whom a page can reach, and of them somebody who is on call now. */
static void add_told(const struct world *world, struct arena *arena, struct incident_world *view)
{
    const struct person *party[LIMIT_PEOPLE];
    struct str *names = arena_array(arena, world->people.count, sizeof *names);
    size_t on_call = oncall_party(&world->oncall, STR(ONCALL_PRIMARY), world->now, party);
    for (size_t i = 0; i < world->people.count; i++)
        if (person_is_reachable(&world->people.items[i]))
            names[view->told_count++] = world->people.items[i].id;
    view->told = names;
    view->on_call = on_call > 0 ? party[0]->id : STR("");
}

struct incident_world world_incidents(const struct world *world, struct arena *arena)
{
    size_t count = 0;
    size_t step_count = 0;
    const struct incident_alert *alerts = alerts_of(world, arena, &count);
    const struct incident_step *steps = steps_of(world, arena, &step_count);
    struct incident_world view = {.incidents = &world->incidents,
                                  .plan = &world->plan,
                                  .alerts = alerts,
                                  .alert_count = count,
                                  .fallback = oncall_fallback(&world->oncall, world->now),
                                  .now = world->now,
                                  .sequence = world->sequence,
                                  .group_ms = world->group_ms,
                                  .steps = steps,
                                  .step_count = step_count};
    add_told(world, arena, &view);
    return view;
}

struct page_world world_pages(const struct world *world)
{
    return (struct page_world){.pages = &world->pages,
                               .incidents = &world->incidents,
                               .plan = &world->plan,
                               .oncall = &world->oncall,
                               .silences = &world->alerts.silences,
                               .gaps = &world->gaps,
                               .handovers = &world->handovers,
                               .handover_rules = &world->handover_rules,
                               .switches = &world->switches,
                               .switchables = &world->switchables,
                               .repeat_ms = world->repeat_ms,
                               .bundle_ms = world->bundle_ms,
                               .drill_ms = world->drill_ms,
                               .now = world->now};
}

struct channel_world world_channels(const struct world *world)
{
    return (struct channel_world){.channels = &world->channels,
                                  .incidents = &world->incidents,
                                  .plan = &world->plan,
                                  .program = world->program,
                                  .settings = world->channel_settings,
                                  .public_url = world->public_url,
                                  .now = world->now};
}

struct run_world world_runs(const struct world *world)
{
    return (struct run_world){.runs = &world->runs,
                              .procedures = &world->procedures,
                              .settings = &world->run_settings,
                              .program = world->program,
                              .access = &world->access,
                              .people = &world->people,
                              .pages = &world->pages,
                              .rules = &world->rules,
                              .alerts = &world->alerts,
                              .evaluations = world->evaluations,
                              .incidents = &world->incidents,
                              .now = world->now};
}

void world_load_runbook(const struct world *world, struct instant now, struct event_list *out)
{
    char digest[HASH_HEX_BYTES];
    hash_hex(&world->program->digest, digest);
    struct event *event =
        event_list_add(out, EVENT_RUNBOOK_LOADED, now, STR("reeve"), STR("runbook"));
    event_set_str(event, "path", world->program->file);
    event_set_str(event, "digest", str_copy(out->arena, str_of(digest)));
    event_set_int(event, "statements", world->program->count);
    event_set_int(event, "rules", (int64_t)world->rules.count);
}

static void decide_runbook(const struct world *world, struct event_list *out)
{
    char digest[HASH_HEX_BYTES];
    hash_hex(&world->program->digest, digest);
    if (strcmp(digest, world->runbook_digest) != 0)
        world_load_runbook(world, world->now, out);
}

void world_decide(struct world *world, struct instant now, struct event_list *out)
{
    world->now = now;
    decide_runbook(world, out);
    if (world->evaluations)
        alert_decide(&world->alerts, &world->rules, world->evaluations, now, out);
    const struct silences *silences = &world->alerts.silences;
    struct silence_firing firing = {0};
    if (silence_asks(silences, now))
        firing = world_firing(world, out->arena);
    silence_decide(silences, &firing, now, out);
    beat_decide(&world->beats, &world->beat_plans, silences, now, out);
    struct incident_world incidents = world_incidents(world, out->arena);
    incident_decide(&incidents, out);
    struct gap_world gaps = {&world->oncall, &world->gaps, world->look_ahead_ms, now};
    gap_decide(&gaps, &world->gap_watch, out);
    struct handover_world handovers = {&world->oncall, &world->handovers, &world->handover_rules,
                                       now};
    handover_decide(&handovers, &world->handover_watch, out);
    struct run_world runs = world_runs(world);
    run_decide(&runs, out);
    /* Pages say why: they are asked for once it is settled who is to be told of what. */
    struct page_world pages = world_pages(world);
    pages.watch = &world->page_watch;
    if (out->count == 0)
        page_decide(&pages, out);
    struct channel_world channels = world_channels(world);
    if (out->count == 0)
        channel_decide(&channels, out);
}
