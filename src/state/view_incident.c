/* view_incident.c - incidents, targets and the page as views. */
#include "state/world.h"

#include <stdlib.h>

enum { PAGED_BYTES_MAX = 4096 };

/* What ticks a box, for people; "" where nobody but them does. */
static struct str bound_words(const struct world *world, enum tick_binding binding)
{
    bool none_made = binding == TICK_CHANNEL && world->channel_settings.kind.n == 0;
    return none_made ? STR("") : str_of(tick_binding_words(binding));
}

static void add_ticks(const struct world *world, struct arena *arena,
                      const struct incident *incident, struct incident_view *view)
{
    const struct severity_plan *plan = &world->plan;
    view->ticks = arena_array(arena, (size_t)plan->checklist_count, sizeof *view->ticks);
    for (int i = 0; i < plan->checklist_count; i++) {
        const struct incident_tick *tick = incident_find_tick(incident, plan, i);
        view->ticks[view->tick_count++] =
            (struct tick_view){.item = i + 1,
                               .line = plan->checklist[i].line,
                               .text = plan->checklist[i].text,
                               .done = tick->done,
                               .by = str_of(tick->by),
                               .because = str_of(tick->because),
                               .bound = bound_words(world, plan->checklist[i].binding),
                               .confirms = plan->checklist[i].binding == TICK_SEVERITY,
                               .at = tick->at};
    }
}

/* What rules and pages have to say of one incident. */
struct gathered {
    size_t firing, unknown; /* of its rules */
    bool watched;           /* by a rule; else it is of a job, or from elsewhere */
    bool is_open;           /* one of its rules, alerts or jobs is not over, or watched by nobody */
    const struct alert *retired; /* of one that has left the runbook, or NULL */
    struct rule_reading *readings;
    size_t reading_count;
    struct text paged; /* who was told, and whether it went out */
};

static void gather_rules(const struct world *world, struct gathered *gathered)
{
    const struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&world->incidents.rules, &at))) {
        const struct incident_rule *rule = entry->value;
        if (!rule->incident)
            continue;
        struct gathered *of = &gathered[rule->incident->slot];
        const struct alert *alert = alert_find(&world->alerts, str_of(rule->id));
        if (rule->retired)
            of->retired = alert;
        of->firing += rule->firing && !rule->retired;
        of->watched |= alert != NULL;
        of->is_open |= rule->firing || rule->retired;
        of->unknown += alert && !rule->retired && !instant_is_zero(alert->unknown_since);
    }
}

/* What firing rules read now, the ones of the runbook in force. */
static void gather_readings(const struct world *world, struct arena *arena,
                            struct gathered *gathered)
{
    for (size_t i = 0; i < world->rules.count; i++) {
        const struct rule *rule = &world->rules.items[i];
        const struct incident_rule *joined = map_find(&world->incidents.rules, rule->id);
        if (!joined || !joined->incident || !joined->firing)
            continue;
        size_t most = joined->incident->rule_count;
        struct gathered *of = &gathered[joined->incident->slot];
        if (!of->readings)
            of->readings = arena_array(arena, most, sizeof *of->readings);
        if (of->reading_count == most)
            continue; /* a sentence that stands there twice is one rule */
        struct rule_reading *reading = &of->readings[of->reading_count++];
        *reading = (struct rule_reading){
            .statement = rule->id.p, .line = rule->line, .title = rule->title};
        if (world->evaluations)
            reading->value = world->evaluations[i].truth == TRUTH_UNKNOWN
                                 ? world->evaluations[i].reason
                                 : world->evaluations[i].value_text;
    }
}

static void gather_pages(const struct world *world, struct gathered *gathered)
{
    size_t at = 0;
    const struct page *page;
    while ((page = page_next(&world->pages, &at))) {
        const struct incident *incident = incident_find(&world->incidents, page->incident);
        struct text *text = incident ? &gathered[incident->slot].paged : NULL;
        if (text)
            text_printf(text, "%s%s by %s (%s)", text->n ? ", " : "", page->person,
                        method_name(page->method),
                        page->down ? "fails" : page_state_name(page->state));
    }
}

/* Of all incidents of the state in one go, by slot. */
static struct gathered *gather(const struct world *world, struct arena *arena)
{
    size_t count = world->incidents.count;
    struct gathered *gathered = arena_array(arena, count, sizeof *gathered);
    for (size_t i = 0; i < count; i++)
        text_init(&gathered[i].paged, arena, PAGED_BYTES_MAX);
    gather_rules(world, gathered);
    gather_readings(world, arena, gathered);
    gather_pages(world, gathered);
    return gathered;
}

/* What of its rules is unknown, so that nobody takes silence for health. */
static struct str note_of(const struct world *world, struct arena *arena,
                          const struct incident *incident, const struct gathered *gathered)
{
    size_t firing = gathered->firing;
    size_t unknown = gathered->unknown;
    const struct alert *retired = gathered->retired;
    if (retired)
        return str_printf(arena,
                          "Its rule is no longer in the runbook: %.*s. Nobody watches it now; "
                          "look yourself, then resolve it or put the line back.",
                          STR_ARGS(retired->title));
    if (unknown > 0)
        return incident->rule_count == 1
                   ? STR("Its rule cannot be read: not resolved, unknown.")
                   : str_printf(arena,
                                "%zu of its %zu rules cannot be read: not resolved, unknown.",
                                unknown, incident->rule_count);
    struct str elsewhere = view_inbounds_of(world, arena, incident);
    if (firing > 0 && elsewhere.n > 0)
        return str_printf(arena, "Fires elsewhere: %.*s.", STR_ARGS(elsewhere));
    if (firing > 0)
        return !gathered->watched ? STR("The job has not ended well since.")
               : incident->rule_count == 1
                   ? STR("Its rule still fires.")
                   : str_printf(arena, "%zu of its %zu rules fire.", firing, incident->rule_count);
    if (incident->rule_count > 0 && incident->state == INCIDENT_MITIGATED)
        return instant_is_zero(incident->acknowledged)
                   ? STR("Nobody has answered, and its rules are quiet: it waits for a person to "
                         "resolve it or say what it was.")
                   : STR("Its rules are quiet; resolve it when you are sure.");
    return STR("");
}

/* Signal and scope; what has no signal, or is of a group of alerts from elsewhere, is known by an
 * id, which says nothing to people. */
static struct str cause_of(const struct world *world, struct arena *arena,
                           const struct incident *incident)
{
    struct str cause = str_of(incident->cause);
    if (incident->rule[0] && incident->line == 0 && str_starts(cause, "group "))
        return view_inbounds_of(world, arena, incident);
    if (!str_starts(cause, "rule "))
        return cause;
    const struct rule *rule = rules_find(&world->rules, str_from(cause, strlen("rule ")));
    if (rule)
        return str_printf(arena, "the rule on line %d", rule->line);
    return view_inbounds_of(world, arena, incident);
}

static struct incident_view view_one(const struct world *world, struct arena *arena,
                                     const struct incident *incident,
                                     const struct gathered *gathered)
{
    const struct severity_level *level = severity_get(&world->plan, str_of(incident->severity));
    struct incident_view view = {.number = incident->number,
                                 .severity = str_of(incident->severity),
                                 .word = level->word,
                                 .title = str_of(incident->title),
                                 .state = str_of(incident_state_name(incident->state)),
                                 .cause = cause_of(world, arena, incident),
                                 .opened = incident->opened,
                                 .since = incident->begun,
                                 .acknowledged = incident->acknowledged,
                                 .mitigated = incident->mitigated,
                                 .resolved = incident->resolved,
                                 .acknowledged_by = str_of(incident->acknowledged_by)};
    view_add_clocks(world, arena, incident, &view);
    view_add_life(world, arena, incident, &view);
    add_ticks(world, arena, incident, &view);
    view.readings = gathered->readings;
    view.reading_count = gathered->reading_count;
    view.said = view_said(world, arena, incident, &view.said_count, &view.said_more);
    view.paged = text_str(&gathered->paged);
    view.note = note_of(world, arena, incident, gathered);
    view.must_be_meant |= gathered->is_open;
    struct str gone = view_gone_severity(world, arena, incident);
    if (gone.n > 0)
        view.note = str_printf(arena, "%.*s%s%.*s", STR_ARGS(view.note), view.note.n > 0 ? " " : "",
                               STR_ARGS(gone));
    struct page_world pages = world_pages(world);
    view.is_unreached = page_is_unreached(&pages, incident, arena);
    if (view.is_unreached)
        view.note = STR("Nobody could be told of it: no page arrived.");
    return view;
}

struct incident_view view_incident(const struct world *world, struct arena *arena,
                                   const struct incident *incident)
{
    return view_one(world, arena, incident, &gather(world, arena)[incident->slot]);
}

struct ranked {
    const struct incident *incident;
    int rank;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->rank != y->rank)
        return x->rank - y->rank;
    return x->incident->number < y->incident->number ? -1 : 1;
}

struct incident_view *view_incidents(const struct world *world, struct arena *arena,
                                     size_t *out_count)
{
    const struct incidents *incidents = &world->incidents;
    struct ranked *ranked = arena_array(arena, incidents->count, sizeof *ranked);
    size_t count = 0;
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->items[i];
        if (incident->state == INCIDENT_RESOLVED)
            continue;
        ranked[count].incident = incident;
        ranked[count].rank = severity_get(&world->plan, str_of(incident->severity))->rank;
        count++;
    }
    qsort(ranked, count, sizeof *ranked, compare_ranked);
    struct incident_view *views = arena_array(arena, count, sizeof *views);
    const struct gathered *gathered = gather(world, arena);
    for (size_t i = 0; i < count; i++)
        views[i] = view_one(world, arena, ranked[i].incident, &gathered[ranked[i].incident->slot]);
    *out_count = count;
    return views;
}

/* Something else may be known of it, but not from this run: that is not taken for health. */
static struct target_view unheard(struct arena *arena, const struct target_status *target,
                                  struct instant now)
{
    return (struct target_view){
        .name = target->name,
        .url = target->url,
        .last = target->at,
        .remembered = true,
        .waits = instant_ms_between(target->since, now) <= stale_after_ms(target->interval_ms),
        .problem = str_printf(arena, "not heard since the start at %.*s",
                              STR_ARGS(instant_words(arena, target->since, now)))};
}

static int by_name(const void *a, const void *b)
{
    const struct target_view *one = a;
    const struct target_view *other = b;
    return str_compare(one->name, other->name);
}

struct target_view *view_targets(const struct world *world, struct arena *arena, size_t *out_count)
{
    struct target_view *views = arena_array(arena, world->telemetry.targets.count, sizeof *views);
    size_t count = 0;
    size_t at = 0;
    const struct target_status *target;
    while ((target = telemetry_next_listed(&world->telemetry, &at)) &&
           count < world->telemetry.targets.count) {
        if (target->remembered) {
            views[count++] = unheard(arena, target, world->now);
            continue;
        }
        bool silent =
            instant_ms_between(target->at, world->now) > stale_after_ms(target->interval_ms);
        views[count++] = (struct target_view){
            .name = target->name,
            .url = target->url,
            .up = target->up && !silent,
            .last = target->at,
            .problem = silent && target->up ? STR("nothing heard of it") : target->problem};
    }
    qsort(views, count, sizeof *views, by_name);
    *out_count = count;
    return views;
}

/* The first heading's words. */
static struct str title_of(const struct program *program)
{
    for (int i = 0; i < program->count; i++)
        if (program->statements[i].heading_level > 0)
            return program->statements[i].text;
    return program->file;
}

/* Nobody may take the silence of every target for health. */
static void add_troubles(struct page_view *view, struct arena *arena)
{
    size_t up = 0;
    for (size_t i = 0; i < view->target_count; i++)
        up += view->targets[i].up || view->targets[i].waits;
    if (view->target_count == 0 || up > 0)
        return;
    struct str *trouble = arena_make(arena, struct str);
    *trouble =
        view->target_count == 1
            ? STR("Its only target does not answer, so no rule is being watched.")
            : str_printf(arena, "None of its %zu targets answers, so no rule is being watched.",
                         view->target_count);
    view->troubles = trouble;
    view->trouble_count = 1;
}

struct page_view view_page(const struct world *world, struct arena *arena)
{
    struct page_view view = {.now = world->now,
                             .title = title_of(world->program),
                             .program = world->program,
                             .lines = view_lines(world, arena),
                             .config_changed = world->config_changed,
                             .refused = str_of(world->refused_first),
                             .sequence = world->sequence};
    view.incidents = view_incidents(world, arena, &view.incident_count);
    view.inbounds =
        view_inbounds(world, arena, INBOUND_VIEWS_MAX, &view.inbound_count, &view.inbound_more);
    view.targets = view_targets(world, arena, &view.target_count);
    view.beats = view_beats(world, arena, &view.beat_count);
    view.ways = view_ways(world, arena, &view.way_count);
    view.switches = view_switches(world, arena, &view.switch_count);
    view.runs = view_runs(world, arena, false, &view.run_count);
    view.procedures = view_line_procedures(world, arena, view.runs, view.run_count);
    add_troubles(&view, arena);
    size_t todo_count = 0;
    view.overdue = view_follow_ups(world, arena, 0, false, &todo_count);
    while (view.overdue_count < todo_count && view.overdue[view.overdue_count].is_overdue)
        view.overdue_count++; /* they come first */
    view.muted = view_muted(world, arena, &view.muted_count);
    view_oncall_now(world, arena, &view);
    return view;
}
