/* view_beat.c - heartbeats as they are shown. */
#include "state/world.h"

/* The incident that it opened and that is not resolved, or 0. */
static int64_t incident_of(const struct world *world, const struct beat_plan *plan)
{
    const struct incident_rule *rule = map_find(&world->incidents.rules, plan->rule);
    bool open = rule && rule->incident && rule->incident->state != INCIDENT_RESOLVED;
    return open ? rule->incident->number : 0;
}

static struct str words_of(struct arena *arena, const struct beat_plan *plan,
                           const struct beat *beat)
{
    switch (beat->trouble) {
    case BEAT_LATE:
        return str_printf(arena, "Nothing was heard within its grace of %.*s.",
                          STR_ARGS(duration_text(arena, plan->grace_ms)));
    case BEAT_FAILED:
        return beat->heard.code == BEAT_SAID_FAILED || instant_is_zero(beat->heard.failed)
                   ? STR("The job said that it failed.")
                   : str_printf(arena, "The job ended with exit code %lld.",
                                (long long)beat->heard.code);
    case BEAT_OVERRAN:
        return str_printf(arena, "The job has begun and not ended within %.*s.",
                          STR_ARGS(duration_text(arena, plan->longest_ms)));
    case BEAT_WELL: break;
    }
    return STR("");
}

static struct beat_view view_of(const struct world *world, struct arena *arena,
                                const struct beat_plan *plan)
{
    const struct beat *beat = beat_find(&world->beats, plan->name);
    struct beat_view view = {.name = plan->name,
                             .plan = plan->words,
                             .state = STR("never heard of"),
                             .words = STR(""),
                             .well = true,
                             .grace_ms = plan->grace_ms,
                             .longest_ms = plan->longest_ms,
                             .opens = severity_of_alert(&world->plan, plan->level)->id,
                             .incident = incident_of(world, plan),
                             .muted = STR("")};
    const struct silence *silence = silence_of_job(&world->alerts.silences, plan->name);
    if (silence) {
        view.silence = silence->number;
        view.muted = silence_words(arena, silence, world->now);
    }
    if (!beat)
        return view;
    view.state = str_of(beat_state_name(beat));
    view.words = words_of(arena, plan, beat);
    view.well = beat->trouble == BEAT_WELL;
    view.known = !instant_is_zero(beat->heard.done) || !instant_is_zero(beat->heard.begun) ||
                 !instant_is_zero(beat->heard.failed);
    view.last = beat->heard.done;
    if (beat_runs(beat))
        view.begun = beat->heard.begun;
    if (!view.well)
        view.since = beat->since;
    if (instant_is_zero(beat->expected) || !beat_due(plan, beat, &view.due))
        view.due = (struct instant){0};
    return view;
}

struct beat_view *view_beats(const struct world *world, struct arena *arena, size_t *out_count)
{
    const struct beat_plans *plans = &world->beat_plans;
    struct beat_view *views = arena_array(arena, plans->count, sizeof *views);
    for (size_t i = 0; i < plans->count; i++)
        views[i] = view_of(world, arena, &plans->items[i]);
    *out_count = plans->count;
    return views;
}
