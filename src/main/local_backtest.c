/* local_backtest.c - "alert backtest": what a rule would have done. */
#include "main/local_actions.h"

#include "alert/meant.h"
#include "main/past_question.h"

enum { SHOWN_CHANGES = 200 };

static bool take(void *context, const struct reading *reading)
{
    backtest_take(context, reading);
    return true;
}

/* What is read in the next second is not there yet: now is when the newest was. */
static void end_with_newest(struct past_question *question)
{
    struct past_stretch *last = &question->stretches[question->stretch_count - 1];
    const struct backtest *backtest = &question->backtest;
    int64_t late_ms = instant_ms_between(backtest->newest, last->until);
    if (last->tier == TIER_EXACT && !instant_is_zero(backtest->newest) &&
        instant_before(question->since, backtest->newest) &&
        late_ms <= 2 * ARCHIVE_FLUSH_MS + backtest->stale_ms) {
        /* Up to the look that sees it. */
        int64_t step_us = BACKTEST_STEP_MS * INT64_C(1000);
        struct instant seen = {(backtest->newest.us + step_us - 1) / step_us * step_us};
        last->until = instant_before(seen, last->until) ? seen : last->until;
    }
}

static bool replay(struct past_question *question, struct err *err)
{
    if (!past_find_targets(question, err))
        return false;
    struct archive_use use = {&question->backtest, take};
    for (size_t i = 0; i < question->stretch_count; i++) {
        const struct past_stretch *stretch = &question->stretches[i];
        struct archive_range range = past_range(question, stretch);
        if (i == 0) {
            backtest_set_tier(&question->backtest, stretch->tier);
        } else {
            backtest_refine(&question->backtest, stretch->tier, stretch->warm_from);
            range.from = stretch->warm_from;
        }
        if (!past_read(question, &range, &use, err))
            return false;
        if (i + 1 == question->stretch_count)
            end_with_newest(question);
        backtest_advance(&question->backtest, stretch->until);
    }
    /* Before the first reading nobody knows either. */
    int64_t before_ms = instant_ms_between(question->since, question->stretches[0].from);
    question->backtest.unknown_ms += before_ms > 0 ? before_ms : 0;
    return true;
}

static const char *change_name(enum event_kind kind)
{
    switch ((unsigned)kind) { /* what alert_decide adds */
    case EVENT_ALERT_PENDING: return "pending";
    case EVENT_ALERT_CALMED: return "calmed";
    case EVENT_ALERT_FIRED: return "fired";
    case EVENT_ALERT_RESOLVED: return "resolved";
    case EVENT_ALERT_UNKNOWN: return "unknown";
    case EVENT_ALERT_KNOWN: return "known";
    case EVENT_ALERT_HELD: return "held";
    case EVENT_ALERT_FLAPPING: return "flapping";
    case EVENT_ALERT_STEADY: return "steady";
    default: return "";
    }
}

static struct instant begin_of(const struct past_question *question,
                               const struct past_stretch *stretch)
{
    return instant_before(stretch->from, question->since) ? question->since : stretch->from;
}

/* How exact the answer is, stretch by stretch. */
static void say_stretches(struct past_question *question)
{
    struct arena *arena = &question->app->arena;
    const char *begin = "from";
    for (size_t i = 0; i < question->stretch_count; i++) {
        const struct past_stretch *stretch = &question->stretches[i];
        if (!instant_before(question->since, stretch->until))
            continue; /* it only warmed up */
        text_printf(&question->app->out, "%s %.*s to %.*s: ", begin,
                    STR_ARGS(past_time(arena, begin_of(question, stretch))),
                    STR_ARGS(past_time(arena, stretch->until)));
        if (stretch->tier == TIER_EXACT)
            text_adds(&question->app->out, "exact, each reading as it was made\n");
        else
            text_printf(&question->app->out,
                        "from merged readings, times to within %s; a shorter rise may not show\n",
                        tier_of(stretch->tier)->name);
        begin = "    ";
    }
    const struct backtest *backtest = &question->backtest;
    struct instant end = question->stretches[question->stretch_count - 1].until;
    bool goes_on = instant_ms_between(backtest->newest, end) <= backtest->stale_ms;
    if (goes_on && !instant_is_zero(backtest->newest))
        past_say_age(question, backtest->newest);
    if (!goes_on)
        text_printf(&question->app->out,
                    "nothing was read after %.*s: from then on it is unknown\n",
                    STR_ARGS(past_time(arena, backtest->newest)));
    if (instant_before(question->since, question->stretches[0].from))
        text_printf(&question->app->out,
                    "nothing of it was kept before %.*s: until then it is unknown\n",
                    STR_ARGS(past_time(arena, question->stretches[0].from)));
}

static void say_changes(struct past_question *question)
{
    const struct backtest *backtest = &question->backtest;
    struct text *out = &question->app->out;
    struct arena *arena = &question->app->arena;
    text_printf(out, "would have fired %lld time%s, %.*s in all; unknown for %.*s\n",
                (long long)backtest->firings, backtest->firings == 1 ? "" : "s",
                STR_ARGS(duration_text(arena, backtest->firing_ms)),
                STR_ARGS(duration_text(arena, backtest->unknown_ms)));
    for (size_t i = 0; i < backtest->change_count && i < SHOWN_CHANGES; i++) {
        const struct backtest_change *change = &backtest->changes[i];
        text_printf(out, "  %.*s  %-8s  %.*s", STR_ARGS(past_time(arena, change->at)),
                    change_name(change->kind), STR_ARGS(change->words));
        if (change->held_ms > 0)
            text_printf(out, " (true for %.*s)", STR_ARGS(duration_text(arena, change->held_ms)));
        text_byte(out, '\n');
    }
    if (backtest->change_count > SHOWN_CHANGES || backtest->is_cut)
        text_printf(out, "  and more; --json has up to %d of them\n", BACKTEST_CHANGES_MAX);
}

static void write_json(struct past_question *question)
{
    const struct backtest *backtest = &question->backtest;
    struct json_writer w = {.text = &question->app->out};
    json_open_object(&w, NULL);
    json_str(&w, "rule", question->rule.rule.title);
    json_str(&w, "part", question->rule.rule.part);
    json_int(&w, "firings", backtest->firings);
    json_int(&w, "firing_ms", backtest->firing_ms);
    json_int(&w, "unknown_ms", backtest->unknown_ms);
    json_bool(&w, "cut", backtest->is_cut);
    past_write_age(&w, backtest->newest);
    json_open_array(&w, "stretches");
    for (size_t i = 0; i < question->stretch_count; i++) {
        const struct past_stretch *stretch = &question->stretches[i];
        if (!instant_before(question->since, stretch->until))
            continue;
        json_open_object(&w, NULL);
        json_str(&w, "readings", str_of(tier_of(stretch->tier)->name));
        reply_instant(&w, "from", begin_of(question, stretch));
        reply_instant(&w, "until", stretch->until);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_open_array(&w, "changes");
    for (size_t i = 0; i < backtest->change_count; i++) {
        const struct backtest_change *change = &backtest->changes[i];
        json_open_object(&w, NULL);
        reply_instant(&w, "at", change->at);
        json_str(&w, "change", str_of(change_name(change->kind)));
        json_str(&w, "words", change->words);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    text_byte(&question->app->out, '\n');
}

static bool backtest_one(struct app *app, const struct call *call, const struct local_rule *rule,
                         struct err *err)
{
    struct past_question question = {.app = app, .rule = *rule, .until = app_now()};
    bool good =
        past_open(&question, err) &&
        local_parse_since(call_str(call, "since"), question.until, &question.since, err) &&
        past_plan(&question, instant_add_ms(question.since, -backtest_warm_ms(&question.rule.rule)),
                  err);
    if (good) {
        backtest_init(&question.backtest, &app->arena, &question.rule.rule, question.since);
        good = replay(&question, err);
        if (good && app->json) {
            write_json(&question);
        } else if (good) {
            past_say_rule(&question);
            say_stretches(&question);
            say_changes(&question);
        }
        if (good && question.backtest.firings > 0)
            app->exit_code = 1;
        backtest_done(&question.backtest);
    }
    archive_close(question.archive);
    return good;
}

bool local_alert_backtest(struct app *app, const struct call *call, struct err *err)
{
    return past_each_rule(app, call, backtest_one, err);
}
