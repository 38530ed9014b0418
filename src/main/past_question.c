/* past_question.c - which tier answers for which time, and what goes on behind the last of them. */
#include "main/past_question.h"

#include "alert/meant.h"
#include "collect/archive.h"

bool past_open(struct past_question *question, struct err *err)
{
    struct app *app = question->app;
    if (question->rule.rule.question_count > 0)
        return err_set(
            err, ERR_USAGE, NULL,
            "\"%.*s\" is asked of %.*s, so nothing of it is kept here; \"reeve alert why "
            "--at\" asks there what it was at one time.",
            STR_ARGS(str_cut(question->rule.rule.title, 100)),
            STR_ARGS(str_cut(app->config.ask.url, 200)));
    if (!app->config_known)
        return err_set(err, ERR_USAGE, NULL,
                       "What was measured stands beside the ledger that reeve.yaml names; there is "
                       "no reeve.yaml here: go to its folder, or name it with --config.");
    if (!archive_open(app->history_path, ARCHIVE_READ, ARCHIVE_BYTES_MAX, &question->archive, err))
        return false;
    return question->archive ||
           err_set(
               err, ERR_USAGE, app->history_path.p,
               "Nothing was measured yet: %.*s has no archive; it is made while \"reeve serve\" "
               "runs with targets or senders.",
               STR_ARGS(app->history_path));
}

/* From when on a tier answers: once its own readings fill the rule's window, where a coarser one
 * knows what was before; at the end of a slot of that. */
static struct instant begin_in(const struct past_question *question, int tier,
                               const struct instant oldest[TIERS])
{
    struct instant begin = oldest[tier];
    for (int i = tier + 1; i < TIERS; i++) {
        int64_t slot_us = tier_of((enum tier_number)i)->slot_ms * 1000;
        if (instant_is_zero(oldest[i]) || !instant_before(oldest[i], oldest[tier]))
            continue;
        begin = instant_add_ms(begin, question->rule.rule.statistic_ms + STATISTIC_MS);
        begin.us = (begin.us + slot_us - 1) / slot_us * slot_us;
        break;
    }
    return begin;
}

static bool find_oldest(const struct past_question *question, struct instant out_oldest[TIERS],
                        struct err *err)
{
    for (int i = 0; i < TIERS; i++)
        if (!archive_oldest(question->archive, (enum tier_number)i, question->rule.rule.signal_name,
                            &out_oldest[i], err))
            return false;
    return true;
}

/* The finest that is kept for each time, from the oldest on. */
bool past_plan(struct past_question *question, struct instant from, struct err *err)
{
    struct instant until = question->until;
    struct past_stretch reversed[TIERS];
    struct instant oldest[TIERS];
    size_t count = 0;
    if (!find_oldest(question, oldest, err))
        return false;
    int64_t window_ms = question->rule.rule.statistic_ms + STATISTIC_MS;
    for (int i = 0; i < TIERS && instant_before(from, until); i++) {
        struct instant begin = begin_in(question, i, oldest);
        if (instant_is_zero(begin) || !instant_before(begin, until))
            continue;
        begin = instant_before(begin, from) ? from : begin;
        reversed[count++] = (struct past_stretch){(enum tier_number)i, begin, until,
                                                  instant_add_ms(begin, -window_ms)};
        until = begin;
    }
    question->stretch_count = count;
    for (size_t i = 0; i < count; i++)
        question->stretches[i] = reversed[count - 1 - i];
    return count > 0 ||
           err_set(err, ERR_USAGE, NULL,
                   "Nothing of %.*s was kept in that time, so nobody knows what this rule would "
                   "have done.",
                   STR_ARGS(question->rule.rule.signal_name));
}

struct archive_range past_range(const struct past_question *question,
                                const struct past_stretch *stretch)
{
    /* What was read exactly at the beginning belongs to it. */
    return (struct archive_range){stretch->tier, question->rule.rule.signal_name,
                                  instant_add_ms(stretch->from, -1), stretch->until};
}

static bool take_target(void *context, const struct reading *reading)
{
    struct past_question *question = context;
    past_targets_take(&question->targets, reading);
    past_fresh_saw(&question->fresh, reading);
    return true;
}

bool past_find_targets(struct past_question *question, struct err *err)
{
    struct app *app = question->app;
    struct archive_use use = {question, take_target};
    struct instant now = app_now();
    past_targets_init(&question->targets, &app->arena, &app->config);
    past_fresh_init(&question->fresh, &app->arena, question->rule.rule.signal_name);
    for (size_t i = 0; i < question->stretch_count; i++) {
        bool is_last = i + 1 == question->stretch_count;
        struct archive_range range = past_range(question, &question->stretches[i]);
        if (is_last)
            range.until = now;
        if (!archive_read(question->archive, &range, &use, err))
            return false;
        if (is_last && range.tier == TIER_EXACT)
            past_fresh_read(&question->fresh, app->history_path, range.from, now);
    }
    for (size_t i = 0; i < question->fresh.count; i++)
        past_targets_take(&question->targets, &question->fresh.items[i]);
    backtest_set_targets(&question->backtest, question->targets.items, question->targets.count);
    return true;
}

bool past_read(struct past_question *question, const struct archive_range *range,
               const struct archive_use *use, struct err *err)
{
    if (!archive_read(question->archive, range, use, err))
        return false;
    for (size_t i = 0; range->tier == TIER_EXACT && i < question->fresh.count; i++) {
        const struct reading *reading = &question->fresh.items[i];
        if (instant_before(range->from, reading->at) &&
            !instant_before(range->until, reading->at) && !use->take(use->context, reading))
            break;
    }
    return true;
}

struct str past_time(struct arena *arena, struct instant at)
{
    char text[INSTANT_TEXT_BYTES];
    instant_write(at, text);
    return str_printf(arena, "%.10s %.8sZ", text, text + 11);
}

void past_say_rule(const struct past_question *question)
{
    const struct rule *rule = &question->rule.rule;
    text_printf(&question->app->out, "%.*s", STR_ARGS(rule_shown(&question->app->arena, rule)));
    if (question->rule.is_sentence)
        text_adds(&question->app->out, " (stands in no runbook)\n");
    else
        text_printf(&question->app->out, " (line %d)\n", rule->line);
}

void past_say_age(struct past_question *question, struct instant newest)
{
    int64_t age_ms = instant_ms_between(newest, app_now());
    text_printf(&question->app->out,
                "the newest reading is %.*s old: \"reeve alert list\" shows how it is now\n",
                STR_ARGS(duration_text(&question->app->arena, age_ms / 1000 * 1000)));
}

void past_write_age(struct json_writer *w, struct instant newest)
{
    if (instant_is_zero(newest))
        return;
    reply_instant(w, "newest", newest);
    json_int(w, "newest_age_ms", instant_ms_between(newest, app_now()));
}

/* About each rule of the sentence, one behind the other. */
bool past_each_rule(struct app *app, const struct call *call,
                    bool (*tell)(struct app *app, const struct call *call,
                                 const struct local_rule *rule, struct err *err),
                    struct err *err)
{
    struct local_rule rule;
    if (!local_find_rule(app, call_str(call, "rule"), call_str(call, "file"), &rule, err))
        return false;
    for (size_t i = 0; i < rule.count; i++) {
        rule.rule = rule.rules[i];
        if (i > 0 && !app->json)
            text_byte(&app->out, '\n');
        if (!tell(app, call, &rule, err))
            return false;
    }
    return true;
}
