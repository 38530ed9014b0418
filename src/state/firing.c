/* firing.c - everything that fires now, as silences see it, and what can be silenced. */
#include "state/world.h"

static struct silence_matter matter_of_rule(const struct rule *rule, const struct alert *alert)
{
    struct silence_matter matter = silence_matter_of_rule(rule);
    matter.since = alert->since;
    return matter;
}

static struct silence_matter matter_of_beat(struct arena *arena, const struct beat_plan *plan,
                                            const struct beat *beat)
{
    return (struct silence_matter){.kind = SILENCE_OF_HEARTBEAT,
                                   .id = plan->rule,
                                   .signal = STR(""),
                                   .name = plan->name,
                                   .sender = STR(""),
                                   .key = STR(""),
                                   .title = beat_title(arena, beat),
                                   .level = plan->level,
                                   .since = beat->since};
}

struct silence_firing world_firing(const struct world *world, struct arena *arena)
{
    const struct rules *rules = &world->rules;
    const struct beat_plans *plans = &world->beat_plans;
    size_t most = rules->count + plans->count + world->inbounds.open.count;
    struct silence_matter *items = arena_array(arena, most, sizeof *items);
    const struct inbound_entry *entry;
    size_t count = 0;
    size_t at = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct alert *alert = alert_find(&world->alerts, rules->items[i].id);
        if (alert && alert->state == ALERT_FIRING)
            items[count++] = matter_of_rule(&rules->items[i], alert);
    }
    for (size_t i = 0; i < plans->count; i++) {
        const struct beat *beat = beat_find(&world->beats, plans->items[i].name);
        if (beat && beat->trouble != BEAT_WELL)
            items[count++] = matter_of_beat(arena, &plans->items[i], beat);
    }
    while ((entry = inbound_next(&world->inbounds, &at)))
        items[count++] = inbound_matter(arena, entry);
    return (struct silence_firing){items, count};
}

struct silence_choices world_silenceable(const struct world *world, struct arena *arena)
{
    struct str *jobs = arena_array(arena, world->beat_plans.count, sizeof *jobs);
    for (size_t i = 0; i < world->beat_plans.count; i++)
        jobs[i] = world->beat_plans.items[i].name;
    return (struct silence_choices){.rules = &world->rules,
                                    .jobs = jobs,
                                    .job_count = world->beat_plans.count,
                                    .senders = world->alert_senders,
                                    .sender_count = world->alert_sender_count,
                                    .firing = world_firing(world, arena)};
}
