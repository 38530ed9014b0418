/* compose_beats.c - the heartbeats of the configuration, with their calendars. */
#include "main/compose.h"

#include "os/file.h"

enum { ZONE_BYTES_MAX = 1024 * 1024 };

bool compose_zone(struct arena *arena, const struct config *config, struct named_zone named,
                  const struct zone **out_zone, struct err *err)
{
    struct str path = str_printf(arena, "/usr/share/zoneinfo/%.*s", STR_ARGS(named.name));
    struct str bytes;
    const struct zone *zone = zone_utc();
    if (str_is(named.name, "UTC") || (file_read(arena, path, ZONE_BYTES_MAX, &bytes, err) &&
                                      zone_parse(arena, named.name, bytes, &zone, err))) {
        *out_zone = zone;
        return true;
    }
    struct str place =
        str_printf(arena, "%.*s:%zu:%zu", STR_ARGS(config->file), named.at.line, named.at.column);
    return err_set(err, ERR_USAGE, place.p,
                   "This machine does not know the time zone \"%.*s\"; look for its name with "
                   "\"timedatectl list-timezones\".",
                   STR_ARGS(named.name));
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
        !compose_zone(arena, config, (struct named_zone){heartbeat->zone, heartbeat->place}, &zone,
                      err) ||
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
