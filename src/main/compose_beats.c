/* compose_beats.c - the heartbeats of the configuration, with their calendars. */
#include "main/compose.h"

static bool place_err(struct err *err, struct str place)
{
    str_keep(err->place, sizeof err->place, place);
    return false;
}

static bool find_zone(struct arena *arena, const struct config *config,
                      const struct config_heartbeat *heartbeat, const struct zone **out_zone,
                      struct err *err)
{
    struct str place = str_printf(arena, "%.*s:%zu:%zu", STR_ARGS(config->file),
                                  heartbeat->place.line, heartbeat->place.column);
    return compose_zone(arena, heartbeat->zone, out_zone, err) || place_err(err, place);
}

static bool take_cron(struct arena *arena, const struct config *config,
                      const struct config_heartbeat *heartbeat, struct beat_plan *plan,
                      struct err *err)
{
    struct recurrence_rule *rule = arena_make(arena, struct recurrence_rule);
    struct calendar *calendar = arena_make(arena, struct calendar);
    const struct zone *zone;
    rule->unit = RULE_CRON;
    if (!cron_parse(heartbeat->cron, &rule->cron, err) ||
        !find_zone(arena, config, heartbeat, &zone, err) ||
        !calendar_make(arena, zone, (struct holidays){0}, calendar, err))
        return false;
    plan->when = rule;
    plan->calendar = calendar;
    plan->words = str_printf(arena, "cron %.*s in %.*s", STR_ARGS(heartbeat->cron),
                             STR_ARGS(heartbeat->zone));
    return true;
}

bool compose_beats(struct world *world, struct arena *arena, const struct config *config,
                   struct err *err)
{
    struct beat_plan *plans = arena_array(arena, config->heartbeat_count, sizeof *plans);
    for (size_t i = 0; i < config->heartbeat_count; i++) {
        const struct config_heartbeat *heartbeat = &config->heartbeats[i];
        char rule[BEAT_RULE_BYTES];
        beat_rule_id(heartbeat->name, rule);
        plans[i] = (struct beat_plan){.name = heartbeat->name,
                                      .rule = str_copy(arena, str_of(rule)),
                                      .level = heartbeat->opens,
                                      .every_ms = heartbeat->every_ms,
                                      .grace_ms = heartbeat->grace_ms,
                                      .longest_ms = heartbeat->longest_ms};
        if (heartbeat->every_ms > 0)
            plans[i].words = str_printf(arena, "every %.*s",
                                        STR_ARGS(duration_text(arena, heartbeat->every_ms)));
        else if (!take_cron(arena, config, heartbeat, &plans[i], err))
            return false;
    }
    world->beat_plans = (struct beat_plans){plans, config->heartbeat_count};
    return true;
}
