/* backtest.c - the state machine over readings of the past. */
#include "alert/backtest.h"

#include "alert/burn.h"
#include "alert/lost.h"

enum { ROUNDS_MAX = 8, WARM_MORE_MS = 10 * 60 * 1000 };

void backtest_init(struct backtest *backtest, struct arena *arena, const struct rule *rule,
                   struct instant from)
{
    *backtest = (struct backtest){.arena = arena,
                                  .rule = *rule,
                                  .as_written = *rule,
                                  .from = from,
                                  .step_ms = BACKTEST_STEP_MS};
    arena_init(&backtest->turn);
    arena_init(&backtest->kept);
    telemetry_init(&backtest->telemetry, &backtest->kept);
    alerts_init(&backtest->alerts, &backtest->kept);
    backtest_set_tier(backtest, TIER_EXACT);
}

void backtest_done(struct backtest *backtest)
{
    alerts_done(&backtest->alerts);
    telemetry_done(&backtest->telemetry);
    arena_done(&backtest->kept);
    arena_done(&backtest->turn);
}

int64_t backtest_warm_ms(const struct rule *rule)
{
    return rule->statistic_ms + rule->for_ms + WARM_MORE_MS;
}

/* What counts over less than a slot can only be asked of the slot: a count then at the same rate.
 */
static void fit_rule(struct backtest *backtest, int64_t slot_ms)
{
    backtest->rule = backtest->as_written;
    struct rule *rule = &backtest->rule;
    if (rule->burn) {
        struct burn *burn = arena_make(&backtest->kept, struct burn);
        *burn = *rule->burn;
        burn->short_ms = slot_ms > burn->short_ms ? slot_ms : burn->short_ms;
        rule->burn = burn;
        return;
    }
    if (slot_ms <= rule->statistic_ms)
        return;
    if (rule->signal && rule->signal->kind == SIGNAL_COUNT && !rule->per_second)
        rule->limit *= (double)slot_ms / (double)rule->statistic_ms;
    rule->statistic_ms = slot_ms;
}

void backtest_set_tier(struct backtest *backtest, enum tier_number tier)
{
    int64_t slot_ms = tier_of(tier)->slot_ms;
    fit_rule(backtest, slot_ms);
    backtest->step_ms = slot_ms > 0 ? slot_ms : BACKTEST_STEP_MS;
    rules_retain(&(struct rules){.items = &backtest->rule, .count = 1, .written = 1},
                 &backtest->telemetry);
    int64_t step_us = backtest->step_ms * 1000;
    if (!instant_is_zero(backtest->next))
        backtest->next.us = (backtest->next.us + step_us - 1) / step_us * step_us;
}

/* Of a target that is silent where the finer tier begins its last reading says so; it counts
 * nothing. */
static void fold_silent(struct backtest *backtest, struct instant warm_from)
{
    struct err err = {0};
    for (size_t i = 0; i < backtest->last_count; i++) {
        struct reading last = backtest->lasts[i];
        last.part = last.of = 0;
        last.slot_ms = 0;
        memset(last.counts, 0, sizeof last.counts);
        if (!instant_before(warm_from, last.at) &&
            !telemetry_fold(&backtest->telemetry, &last, &err))
            backtest->is_cut = true;
    }
}

void backtest_refine(struct backtest *backtest, enum tier_number tier, struct instant warm_from)
{
    telemetry_forget(&backtest->telemetry);
    backtest_set_tier(backtest, tier);
    fold_silent(backtest, warm_from);
    int64_t step_us = backtest->step_ms * 1000;
    if (!instant_is_zero(backtest->last))
        backtest->next.us = (backtest->last.us / step_us + 1) * step_us;
}

static void keep_last(struct backtest *backtest, const struct reading *reading)
{
    size_t at = 0;
    while (at < backtest->last_count && !str_equal(backtest->lasts[at].target, reading->target))
        at++;
    if (at == backtest->last_count)
        LIST_PUSH(&backtest->kept, backtest->lasts, backtest->last_count, backtest->last_capacity)
            .target = str_copy(&backtest->kept, reading->target);
    struct reading *last = &backtest->lasts[at];
    struct str target = last->target;
    *last = *reading;
    last->signal = backtest->rule.signal_name;
    last->target = target;
    last->high_series = last->low_series = STR("");
    if (last->ended.n > 0)
        last->ended = STR("there was nothing to read");
    memset(last->lost, 0, sizeof last->lost);
}

/* The targets of an instant, until the next one ends. */
static void name_targets(struct backtest *backtest, struct instant now)
{
    struct str *names = arena_array(&backtest->turn, backtest->target_count + 1, sizeof *names);
    size_t count = 0;
    backtest->next_end = (struct instant){0};
    for (size_t i = 0; i < backtest->target_count; i++) {
        const struct backtest_target *target = &backtest->targets[i];
        if (!target->is_endless && !instant_before(now, target->until))
            continue;
        names[count++] = target->name;
        if (!target->is_endless && (instant_is_zero(backtest->next_end) ||
                                    instant_before(target->until, backtest->next_end)))
            backtest->next_end = target->until;
    }
    telemetry_set_targets(&backtest->telemetry, names, count);
}

void backtest_set_targets(struct backtest *backtest, const struct backtest_target *targets,
                          size_t count)
{
    backtest->targets = targets;
    backtest->target_count = count;
    name_targets(backtest, (struct instant){0});
    arena_reset(&backtest->turn);
}

struct evaluation backtest_evaluate(struct backtest *backtest, struct arena *arena,
                                    struct instant now)
{
    return lost_evaluate(arena, &backtest->rule, &backtest->telemetry, &backtest->alerts, now);
}

static void keep_change(struct backtest *backtest, const struct event *event,
                        const struct evaluation *evaluation)
{
    backtest->firings += event->kind == EVENT_ALERT_FIRED;
    if (backtest->change_count == BACKTEST_CHANGES_MAX) {
        backtest->is_cut = true;
        return;
    }
    /* Of one that fires because nothing is heard of it the fact says so. */
    bool fired = event->kind == EVENT_ALERT_FIRED;
    struct str words = fired                                ? event_str(event, "value_text")
                       : event->kind == EVENT_ALERT_UNKNOWN ? evaluation->reason
                                                            : evaluation->value_text;
    LIST_PUSH(backtest->arena, backtest->changes, backtest->change_count,
              backtest->change_capacity) =
        (struct backtest_change){.at = event->at,
                                 .kind = event->kind,
                                 .words = str_copy(backtest->arena, words),
                                 .held_ms = fired ? event_int(event, "held_ms") : 0};
}

static void look(struct backtest *backtest, struct instant now)
{
    const struct rules rules = {.items = &backtest->rule, .count = 1, .written = 1};
    if (!instant_is_zero(backtest->next_end) && !instant_before(now, backtest->next_end))
        name_targets(backtest, now);
    struct evaluation evaluation = backtest_evaluate(backtest, &backtest->turn, now);
    bool counts = !instant_before(now, backtest->from);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        struct event_list events = {.arena = &backtest->turn};
        alert_decide(&backtest->alerts, &rules, &evaluation, now, &events);
        for (size_t i = 0; i < events.count; i++) {
            alert_fold(&backtest->alerts, &events.items[i]);
            if (counts)
                keep_change(backtest, &events.items[i], &evaluation);
        }
        if (events.count == 0)
            break;
    }
    const struct alert *alert = alert_find(&backtest->alerts, backtest->rule.id);
    backtest->state = alert ? alert->state : ALERT_INACTIVE;
    backtest->is_unknown = alert && !instant_is_zero(alert->unknown_since);
    bool fires_missing = backtest->rule.policy.missing == MISSING_FIRES;
    if (counts && backtest->state == ALERT_FIRING && (!backtest->is_unknown || fires_missing))
        backtest->firing_ms += backtest->step_ms;
    if (counts && backtest->is_unknown)
        backtest->unknown_ms += backtest->step_ms;
    struct backtest_look said = {now, &evaluation, backtest->state};
    if (counts && backtest->looked)
        backtest->looked(backtest->context, &said);
    backtest->last = now;
    arena_reset(&backtest->turn);
}

void backtest_advance(struct backtest *backtest, struct instant until)
{
    if (instant_is_zero(backtest->next))
        return;
    while (!instant_before(until, backtest->next)) {
        look(backtest, backtest->next);
        backtest->next = instant_add_ms(backtest->next, backtest->step_ms);
    }
}

void backtest_take(struct backtest *backtest, const struct reading *reading)
{
    struct err err = {0};
    int64_t step_us = backtest->step_ms * 1000;
    if (instant_is_zero(backtest->next))
        backtest->next.us = (reading->at.us + step_us - 1) / step_us * step_us;
    backtest_advance(backtest, (struct instant){reading->at.us - 1});
    if (instant_before(backtest->newest, reading->at))
        backtest->newest = reading->at;
    backtest->stale_ms = reading_holds_ms(reading);
    backtest->seen = true;
    keep_last(backtest, reading);
    if (!telemetry_fold(&backtest->telemetry, reading, &err))
        backtest->is_cut = true; /* more targets than can be: none of a collector */
}
