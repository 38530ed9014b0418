/* past_targets.c - until when each target was one, by what was read of it. */
#include "main/past_targets.h"

void past_targets_init(struct past_targets *targets, struct arena *arena,
                       const struct config *config)
{
    *targets = (struct past_targets){.arena = arena, .config = config};
}

static bool is_configured(const struct config *config, struct str name)
{
    for (size_t i = 0; i < config->target_count; i++)
        if (str_equal(config->targets[i].name, name))
            return true;
    for (size_t i = 0; i < config->sender_count; i++)
        if (str_equal(config->senders[i].name, name))
            return true;
    for (size_t i = 0; i < config->log_count; i++)
        if (str_equal(config->logs[i].source, name))
            return true;
    for (size_t i = 0; i < config->probe_count; i++)
        if (str_equal(config->probes[i].name, name))
            return true;
    return false;
}

void past_targets_take(struct past_targets *targets, const struct reading *reading)
{
    size_t at = 0;
    while (at < targets->count && !str_equal(targets->items[at].name, reading->target))
        at++;
    if (at == targets->count) {
        struct backtest_target *target =
            &LIST_PUSH(targets->arena, targets->items, targets->count, targets->capacity);
        *target =
            (struct backtest_target){.name = str_copy(targets->arena, reading->target),
                                     .is_endless = is_configured(targets->config, reading->target)};
    }
    int64_t next_ms =
        reading->slot_ms > reading->interval_ms ? reading->slot_ms : reading->interval_ms;
    struct instant due = instant_add_ms(reading->at, next_ms);
    if (instant_before(targets->items[at].until, due))
        targets->items[at].until = due;
}

static bool take(void *context, const struct reading *reading)
{
    past_targets_take(context, reading);
    return true;
}

bool past_targets_read(struct past_targets *targets, struct archive *archive,
                       const struct archive_range *range, struct err *err)
{
    return archive_read(archive, range, &(struct archive_use){targets, take}, err);
}
