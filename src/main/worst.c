/* worst.c - a rule played again over a stretch of the past, and the worst that it read. */
#include "main/worst.h"

#include "alert/backtest.h"
#include "main/past_targets.h"

#include <math.h>

enum { LONGEST_EXACT_MS = 6 * 60 * 60 * 1000 }; /* longer ones are read merged */

struct search {
    const struct rule *rule;
    struct arena *arena;
    struct backtest backtest;
    struct worst_reading *worst;
    double value;
    bool found;
};

static bool is_worse(const struct search *search, double value)
{
    enum comparison cmp = search->rule->cmp;
    if (!search->found)
        return true;
    return cmp == CMP_UNDER || cmp == CMP_AT_MOST ? value < search->value : value > search->value;
}

static void looked(void *context, const struct backtest_look *look)
{
    struct search *search = context;
    const struct evaluation *evaluation = look->evaluation;
    if (evaluation->truth == TRUTH_UNKNOWN || !isfinite(evaluation->value) ||
        !is_worse(search, evaluation->value))
        return;
    search->found = true;
    search->value = evaluation->value;
    search->worst->at = look->at;
    search->worst->words = str_copy(search->arena, evaluation->value_text);
}

static bool take(void *context, const struct reading *reading)
{
    struct search *search = context;
    backtest_take(&search->backtest, reading);
    return true;
}

static bool play(struct search *search, const struct config *config, struct archive *archive,
                 const struct archive_range *range)
{
    struct past_targets targets;
    struct archive_use use = {search, take};
    struct err err = {0};
    struct instant from = instant_add_ms(range->from, backtest_warm_ms(search->rule));
    backtest_init(&search->backtest, search->arena, search->rule, from);
    backtest_set_tier(&search->backtest, range->tier);
    search->backtest.looked = looked;
    search->backtest.context = search;
    past_targets_init(&targets, search->arena, config);
    bool good = past_targets_read(&targets, archive, range, &err);
    backtest_set_targets(&search->backtest, targets.items, targets.count);
    good = good && archive_read(archive, range, &use, &err);
    backtest_advance(&search->backtest, range->until);
    backtest_done(&search->backtest);
    return good;
}

bool worst_read(void *context, struct arena *arena, const struct rule *rule,
                const struct instant range[2], struct worst_reading *out_worst)
{
    struct app *app = context;
    struct archive *archive = NULL;
    struct err err = {0};
    struct search search = {.rule = rule, .arena = arena, .worst = out_worst};
    enum tier_number tier =
        instant_ms_between(range[0], range[1]) <= LONGEST_EXACT_MS ? TIER_EXACT : TIER_1_MIN;
    if (rule->problem.n > 0 || rule->question_count > 0 || rule->relative || rule->burn ||
        !archive_open(app->history_path, ARCHIVE_READ, ARCHIVE_BYTES_MAX, &archive, &err) ||
        !archive)
        return false;
    bool good = true;
    while (good && !search.found && tier <= TIER_1_H) {
        struct archive_range asked = {tier, rule->signal_name,
                                      instant_add_ms(range[0], -backtest_warm_ms(rule)), range[1]};
        good = play(&search, &app->config, archive, &asked);
        out_worst->slot_ms = tier_of(tier)->slot_ms;
        out_worst->is_merged = tier != TIER_EXACT;
        tier = tier == TIER_EXACT ? TIER_1_MIN : TIER_1_H + 1;
    }
    archive_close(archive);
    return good && search.found;
}
