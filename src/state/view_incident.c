/* view_incident.c - incidents, targets and the page as views. */
#include "state/world.h"

#include <stdlib.h>

enum { CLOCKS_MAX = SEVERITY_STEPS_MAX + 1, PAGED_BYTES_MAX = 4096 };

static void add_clocks(const struct world *world, struct arena *arena,
                       const struct incident *incident, struct incident_view *view)
{
    const struct severity_level *level = severity_get(&world->plan, str_of(incident->severity));
    view->clocks = arena_array(arena, CLOCKS_MAX, sizeof *view->clocks);
    view->clocks[view->clock_count++] =
        (struct clock_view){.name = STR("Response"),
                            .due = incident_response_due(incident, &world->plan),
                            .met = incident->acknowledged,
                            .missed = incident->response_missed};
    for (int i = 0; i < level->step_count; i++) {
        const struct severity_step *step = &level->steps[i];
        struct clock_view clock = {.due = instant_add_ms(incident->clock_from, step->after_ms)};
        clock.name = step->to.n ? str_printf(arena, "Escalation to %.*s", STR_ARGS(step->to))
                                : STR("Escalation");
        if (incident->steps_done & (1u << i))
            clock.met = clock.due;
        else if (incident_step_is_over(incident, step, i))
            clock.met = incident->acknowledged;
        view->clocks[view->clock_count++] = clock;
    }
}

static void add_ticks(const struct world *world, struct arena *arena,
                      const struct incident *incident, struct incident_view *view)
{
    const struct severity_plan *plan = &world->plan;
    view->ticks = arena_array(arena, (size_t)plan->checklist_count, sizeof *view->ticks);
    for (int i = 0; i < plan->checklist_count; i++)
        view->ticks[view->tick_count++] = (struct tick_view){.item = i + 1,
                                                             .line = plan->checklist[i].line,
                                                             .text = plan->checklist[i].text,
                                                             .done = incident->ticks[i].done,
                                                             .by = str_of(incident->ticks[i].by),
                                                             .at = incident->ticks[i].at};
}

/* What of its rules is unknown, so that nobody takes silence for health. */
static struct str note_of(const struct world *world, struct arena *arena,
                          const struct incident *incident)
{
    size_t at = 0;
    size_t firing = 0;
    size_t unknown = 0;
    bool watched = false; /* by a rule; else it is of a job, or from elsewhere */
    const struct alert *retired = NULL;
    const struct incident_rule *rule;
    while ((rule = incident_rule_next(&world->incidents, incident, &at))) {
        const struct alert *alert = alert_find(&world->alerts, str_of(rule->id));
        if (rule->retired)
            retired = alert;
        firing += rule->firing && !rule->retired;
        watched |= alert != NULL;
        unknown += alert && !rule->retired && !instant_is_zero(alert->unknown_since);
    }
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
        return !watched ? STR("The job has not ended well since.")
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

/* What its firing rules read now, the ones of the runbook in force. */
static void add_readings(const struct world *world, struct arena *arena,
                         const struct incident *incident, struct incident_view *view)
{
    view->readings = arena_array(arena, incident->rule_count, sizeof *view->readings);
    for (size_t i = 0; i < world->rules.count && view->reading_count < incident->rule_count; i++) {
        const struct rule *rule = &world->rules.items[i];
        const struct incident_rule *joined = map_find(&world->incidents.rules, rule->id);
        if (!joined || joined->incident != incident || !joined->firing)
            continue;
        struct rule_reading *reading = &view->readings[view->reading_count++];
        *reading = (struct rule_reading){
            .statement = rule->id.p, .line = rule->line, .title = rule->title};
        if (world->evaluations)
            reading->value = world->evaluations[i].truth == TRUTH_UNKNOWN
                                 ? world->evaluations[i].reason
                                 : world->evaluations[i].value_text;
    }
}

/* Who was told, and whether it went out. */
static struct str paged_of(const struct world *world, struct arena *arena,
                           const struct incident *incident)
{
    struct text text;
    size_t at = 0;
    const struct page *page;
    text_init(&text, arena, PAGED_BYTES_MAX);
    while ((page = page_next(&world->pages, &at))) {
        if (page->incident != incident->number)
            continue;
        text_printf(&text, "%s%s by %s (%s)", text.n ? ", " : "", page->person,
                    method_name(page->method), page->down ? "fails" : page_state_name(page->state));
    }
    return text_str(&text);
}

/* Signal and scope; what has no signal is known by an id, which says nothing to people. */
static struct str cause_of(const struct world *world, struct arena *arena,
                           const struct incident *incident)
{
    struct str cause = str_of(incident->cause);
    if (!str_starts(cause, "rule "))
        return cause;
    for (size_t i = 0; i < world->rules.count; i++)
        if (str_equal(world->rules.items[i].id, str_from(cause, strlen("rule "))))
            return str_printf(arena, "the rule on line %d", world->rules.items[i].line);
    return view_inbounds_of(world, arena, incident);
}

/* Is one of its rules, alerts or jobs not over, or watched by nobody? */
static bool must_be_meant(const struct world *world, const struct incident *incident)
{
    size_t at = 0;
    const struct incident_rule *rule;
    while ((rule = incident_rule_next(&world->incidents, incident, &at)))
        if (rule->firing || rule->retired)
            return true;
    return false;
}

struct incident_view view_incident(const struct world *world, struct arena *arena,
                                   const struct incident *incident)
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
    add_clocks(world, arena, incident, &view);
    add_ticks(world, arena, incident, &view);
    add_readings(world, arena, incident, &view);
    view.paged = paged_of(world, arena, incident);
    view.note = note_of(world, arena, incident);
    view.must_be_meant = must_be_meant(world, incident);
    struct page_world pages = world_pages(world);
    if (page_is_unreached(&pages, incident, arena))
        view.note = STR("Nobody could be told of it: no page arrived.");
    return view;
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
    for (size_t i = 0; i < count; i++)
        views[i] = view_incident(world, arena, ranked[i].incident);
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
    view.runs = view_runs(world, arena, false, &view.run_count);
    view.procedures = view_line_procedures(world, arena, view.runs, view.run_count);
    add_troubles(&view, arena);
    view.muted = view_muted(world, arena, &view.muted_count);
    return view;
}
