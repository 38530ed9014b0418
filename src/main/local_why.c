/* local_why.c - "alert why": what was read when a rule decided, and what that amounts to. */
#include "main/local_actions.h"

#include "alert/meant.h"
#include "main/local_ask.h"
#include "main/past_question.h"
#include "main/rule_findings.h"

enum { SHOWN_READINGS = 400 };

static const char *const truths[] = {[TRUTH_UNKNOWN] = "unknown",
                                     [TRUTH_FALSE] = "false",
                                     [TRUTH_TRUE] = "true",
                                     [TRUTH_TOO_LITTLE] = "too little traffic"};

/* The readings in the window of one decision. */
struct listing {
    struct past_question *question;
    struct json_writer w; /* with --json */
    struct instant from, newest;
    int64_t count;
};

static void say_reading(struct text *out, struct arena *arena, const struct reading *reading)
{
    text_printf(out, "  %.*s  %-16.*s ", STR_ARGS(past_time(arena, reading->at)),
                STR_ARGS(reading->target));
    if (reading->ended.n > 0) {
        text_printf(out, "nothing to read: %.*s\n", STR_ARGS(reading->ended));
        return;
    }
    switch (reading->kind) {
    case SIGNAL_RATIO: text_printf(out, "%.15g of %.15g\n", reading->part, reading->of); break;
    case SIGNAL_COUNT: text_printf(out, "%.15g\n", reading->part); break;
    case SIGNAL_QUANTILE:
        text_printf(out, "%.15g in all", reading->of);
        for (size_t i = 0; i < reading->edge_count; i++)
            text_printf(out, "%s%.15g up to %g", i == 0 ? "; " : ", ", reading->counts[i],
                        reading->edges[i]);
        text_byte(out, '\n');
        break;
    case SIGNAL_GAUGE:
    case SIGNAL_GAUGE_RATIO:
        text_printf(out, "highest %.15g%s%.*s, lowest %.15g%s%.*s\n", reading->high,
                    reading->high_series.n > 0 ? " " : "", STR_ARGS(reading->high_series),
                    reading->low, reading->low_series.n > 0 ? " " : "",
                    STR_ARGS(reading->low_series));
        break;
    case SIGNAL_NONE: break;
    }
}

static void write_edges(struct json_writer *w, const struct reading *reading)
{
    json_real(w, "of", reading->of);
    json_open_array(w, "buckets");
    for (size_t i = 0; i < reading->edge_count; i++) {
        json_open_object(w, NULL);
        json_real(w, "count", reading->counts[i]);
        json_real(w, "up_to", reading->edges[i]);
        json_close_object(w);
    }
    json_close_array(w);
}

static void write_reading(struct json_writer *w, const struct reading *reading)
{
    json_open_object(w, NULL);
    reply_instant(w, "at", reading->at);
    if (reading->ended.n > 0)
        json_str(w, "ended", reading->ended);
    json_str(w, "target", reading->target);
    switch (reading->ended.n > 0 ? SIGNAL_NONE : reading->kind) {
    case SIGNAL_RATIO:
        json_real(w, "of", reading->of);
        json_real(w, "part", reading->part);
        break;
    case SIGNAL_COUNT: json_real(w, "part", reading->part); break;
    case SIGNAL_QUANTILE: write_edges(w, reading); break;
    case SIGNAL_GAUGE:
    case SIGNAL_GAUGE_RATIO:
        json_real(w, "high", reading->high);
        json_str(w, "high_series", reading->high_series);
        json_real(w, "low", reading->low);
        json_str(w, "low_series", reading->low_series);
        break;
    case SIGNAL_NONE: break;
    }
    json_close_object(w);
}

static bool find_newest(void *context, const struct reading *reading)
{
    struct listing *listing = context;
    if (instant_before(listing->newest, reading->at))
        listing->newest = reading->at;
    return true;
}

static bool list_reading(void *context, const struct reading *reading)
{
    struct listing *listing = context;
    struct past_question *question = listing->question;
    struct app *app = question->app;
    backtest_take(&question->backtest, reading);
    if (instant_before(reading->at, listing->from) || ++listing->count > SHOWN_READINGS)
        return true;
    if (app->json)
        write_reading(&listing->w, reading);
    else
        say_reading(&app->out, &app->arena, reading);
    return true;
}

static void begin(struct listing *listing, const struct past_stretch *stretch)
{
    const struct rule *rule = &listing->question->rule.rule;
    struct app *app = listing->question->app;
    const char *tier = tier_of(stretch->tier)->name;
    listing->w = (struct json_writer){.text = &app->out};
    if (!app->json) {
        past_say_rule(listing->question);
        text_printf(&app->out, "readings of \"%.*s\", %s:\n", STR_ARGS(rule->signal_name), tier);
        return;
    }
    json_open_object(&listing->w, NULL);
    json_str(&listing->w, "rule", rule->title);
    json_str(&listing->w, "part", rule->part);
    json_str(&listing->w, "signal", rule->signal_name);
    json_str(&listing->w, "tier", str_of(tier));
    json_open_array(&listing->w, "readings");
}

static void write_decision(struct listing *listing, const struct evaluation *evaluation,
                           struct str words)
{
    const struct past_question *question = listing->question;
    struct json_writer *w = &listing->w;
    json_close_array(w);
    json_bool(w, "cut", listing->count > SHOWN_READINGS);
    past_write_age(w, listing->newest);
    reply_instant(w, "at", question->until);
    json_str(w, "truth", str_of(truths[evaluation->truth]));
    json_str(w, "words", words);
    json_str(w, "state", str_of(alert_state_name(question->backtest.state)));
    json_str(w, "meaning", question->backtest.rule.meaning);
    json_close_object(w);
    text_byte(w->text, '\n');
}

static void say_decision(struct listing *listing, bool is_now)
{
    struct past_question *question = listing->question;
    struct app *app = question->app;
    const struct rule *rule = &question->backtest.rule;
    struct evaluation evaluation =
        backtest_evaluate(&question->backtest, &app->arena, question->until);
    struct str words =
        evaluation.truth == TRUTH_UNKNOWN ? evaluation.reason : evaluation.value_text;
    if (app->json) {
        write_decision(listing, &evaluation, words);
        return;
    }
    if (listing->count > SHOWN_READINGS)
        text_printf(&app->out, "  and %lld more\n", (long long)(listing->count - SHOWN_READINGS));
    text_printf(&app->out, "at %.*s: %s: %.*s\n", STR_ARGS(past_time(&app->arena, question->until)),
                truths[evaluation.truth], STR_ARGS(words));
    text_printf(&app->out, "then %s; the rule %.*s\n", alert_state_name(question->backtest.state),
                STR_ARGS(rule->meaning));
    struct str problem = rule_window_problem(&app->arena, &app->config, rule);
    if (problem.n > 0)
        text_printf(&app->out, "%.*s\n", STR_ARGS(problem));
    if (is_now && !instant_is_zero(listing->newest))
        past_say_age(question, listing->newest);
}

/* Of what is planned, and the backtest is begun. */
static bool tell(struct past_question *question, bool is_now, struct err *err)
{
    const struct past_stretch *last = &question->stretches[question->stretch_count - 1];
    struct listing listing = {.question = question};
    struct archive_use find = {&listing, find_newest};
    struct archive_use use = {&listing, list_reading};
    struct archive_range range = past_range(question, last);
    if (question->stretch_count > 1)
        range.from = last->warm_from;
    if (!past_find_targets(question, err) || !past_read(question, &range, &find, err))
        return false;
    /* The window ends with the newest reading. */
    listing.from = instant_add_ms(listing.newest, -question->backtest.rule.statistic_ms);
    begin(&listing, last);
    if (!past_read(question, &range, &use, err))
        return false;
    /* What is read in the next second is not there yet: now is when the newest was. */
    if (is_now && !instant_is_zero(listing.newest))
        question->until = listing.newest;
    backtest_advance(&question->backtest, question->until);
    say_decision(&listing, is_now);
    return true;
}

static bool why_one(struct app *app, const struct call *call, const struct local_rule *rule,
                    struct err *err)
{
    struct past_question question = {.app = app, .rule = *rule, .until = app_now()};
    const struct rule *asked = &question.rule.rule;
    struct str at = call_str(call, "at");
    bool good = at.n == 0 || local_parse_when(at, question.until, &question.until, err);
    if (good && asked->question_count > 0)
        return local_ask_why(app, &question.rule, question.until, err);
    good = good && past_open(&question, err);
    question.since = question.until;
    good =
        good && past_plan(&question, instant_add_ms(question.until, -backtest_warm_ms(asked)), err);
    if (good) {
        backtest_init(&question.backtest, &app->arena, asked, question.since);
        backtest_set_tier(&question.backtest, question.stretches[question.stretch_count - 1].tier);
        good = tell(&question, at.n == 0, err);
        backtest_done(&question.backtest);
    }
    archive_close(question.archive);
    return good;
}

bool local_alert_why(struct app *app, const struct call *call, struct err *err)
{
    return past_each_rule(app, call, why_one, err);
}
