/* local_backtest.c - "alert backtest" and "alert why": what a rule would have done, and what was
 * read when it decided. Both read what the collector keeps, beside a daemon or without one. */
#include "main/local_actions.h"

#include "alert/backtest.h"
#include "alert/meant.h"
#include "collect/archive.h"
#include "main/local_ask.h"
#include "main/local_rule.h"
#include "main/past_targets.h"
#include "main/rule_findings.h"

enum { SHOWN_CHANGES = 200, SHOWN_READINGS = 400, TIME_CHARS = 19 };

/* One stretch of time that is answered from one tier. */
struct stretch {
    enum tier_number tier;
    struct instant from, until;
    struct instant warm_from; /* its readings from here on fill the rule's window */
};

struct question {
    struct app *app;
    struct local_rule rule;
    struct archive *archive;
    struct instant since, until;
    struct stretch stretches[TIERS];
    size_t stretch_count;
    struct past_targets targets;
    struct backtest backtest;
};

static bool open_archive(struct question *question, struct err *err)
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
static struct instant begin_in(const struct question *question, int tier,
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

static bool find_oldest(const struct question *question, struct instant out_oldest[TIERS],
                        struct err *err)
{
    for (int i = 0; i < TIERS; i++)
        if (!archive_oldest(question->archive, (enum tier_number)i, question->rule.rule.signal_name,
                            &out_oldest[i], err))
            return false;
    return true;
}

/* The finest that is kept for each time, from the oldest on. */
static bool plan(struct question *question, struct instant from, struct err *err)
{
    struct instant until = question->until;
    struct stretch reversed[TIERS];
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
        reversed[count++] =
            (struct stretch){(enum tier_number)i, begin, until, instant_add_ms(begin, -window_ms)};
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

static bool take(void *context, const struct reading *reading)
{
    backtest_take(context, reading);
    return true;
}

/* What was read in the last seconds is not on the disk yet: now is when the newest was. */
static void end_with_newest(struct question *question)
{
    struct stretch *last = &question->stretches[question->stretch_count - 1];
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

static struct archive_range range_of(const struct question *question, const struct stretch *stretch)
{
    /* What was read exactly at the beginning belongs to it. */
    return (struct archive_range){stretch->tier, question->rule.rule.signal_name,
                                  instant_add_ms(stretch->from, -1), stretch->until};
}

/* Who was a target when, from the first stretch to now: what a target read later it was earlier,
 * too. */
static bool find_targets(struct question *question, struct err *err)
{
    struct app *app = question->app;
    past_targets_init(&question->targets, &app->arena, &app->config);
    for (size_t i = 0; i < question->stretch_count; i++) {
        struct archive_range range = range_of(question, &question->stretches[i]);
        if (i + 1 == question->stretch_count)
            range.until = app_now();
        if (!past_targets_read(&question->targets, question->archive, &range, err))
            return false;
    }
    backtest_set_targets(&question->backtest, question->targets.items, question->targets.count);
    return true;
}

static bool replay(struct question *question, struct err *err)
{
    if (!find_targets(question, err))
        return false;
    struct archive_use use = {&question->backtest, take};
    for (size_t i = 0; i < question->stretch_count; i++) {
        const struct stretch *stretch = &question->stretches[i];
        struct archive_range range = range_of(question, stretch);
        if (i == 0) {
            backtest_set_tier(&question->backtest, stretch->tier);
        } else {
            backtest_refine(&question->backtest, stretch->tier, stretch->warm_from);
            range.from = stretch->warm_from;
        }
        if (!archive_read(question->archive, &range, &use, err))
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

static struct str time_text(struct arena *arena, struct instant at)
{
    char text[INSTANT_TEXT_BYTES];
    instant_write(at, text);
    return str_printf(arena, "%.10s %.8sZ", text, text + 11);
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

static struct instant begin_of(const struct question *question, const struct stretch *stretch)
{
    return instant_before(stretch->from, question->since) ? question->since : stretch->from;
}

/* What the daemon knows and the disk does not have yet is not in the answer. */
static void say_age(struct question *question, struct instant newest)
{
    int64_t age_ms = instant_ms_between(newest, app_now());
    text_printf(&question->app->out,
                "the newest reading on the disk is %.*s old; what is read reaches it within %d s: "
                "\"reeve alert list\" shows how it is now\n",
                STR_ARGS(duration_text(&question->app->arena, age_ms / 1000 * 1000)),
                ARCHIVE_FLUSH_MS / 1000);
}

/* How exact the answer is, stretch by stretch. */
static void say_stretches(struct question *question)
{
    struct arena *arena = &question->app->arena;
    const char *begin = "from";
    for (size_t i = 0; i < question->stretch_count; i++) {
        const struct stretch *stretch = &question->stretches[i];
        if (!instant_before(question->since, stretch->until))
            continue; /* it only warmed up */
        text_printf(&question->app->out, "%s %.*s to %.*s: ", begin,
                    STR_ARGS(time_text(arena, begin_of(question, stretch))),
                    STR_ARGS(time_text(arena, stretch->until)));
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
        say_age(question, backtest->newest);
    if (!goes_on)
        text_printf(&question->app->out,
                    "nothing was read after %.*s: from then on it is unknown\n",
                    STR_ARGS(time_text(arena, backtest->newest)));
    if (instant_before(question->since, question->stretches[0].from))
        text_printf(&question->app->out,
                    "nothing of it was kept before %.*s: until then it is unknown\n",
                    STR_ARGS(time_text(arena, question->stretches[0].from)));
}

static void say_changes(struct question *question)
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
        text_printf(out, "  %.*s  %-8s  %.*s", STR_ARGS(time_text(arena, change->at)),
                    change_name(change->kind), STR_ARGS(change->words));
        if (change->held_ms > 0)
            text_printf(out, " (true for %.*s)", STR_ARGS(duration_text(arena, change->held_ms)));
        text_byte(out, '\n');
    }
    if (backtest->change_count > SHOWN_CHANGES || backtest->is_cut)
        text_printf(out, "  and more; --json has up to %d of them\n", BACKTEST_CHANGES_MAX);
}

static void write_json(struct question *question)
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
    json_open_array(&w, "stretches");
    for (size_t i = 0; i < question->stretch_count; i++) {
        const struct stretch *stretch = &question->stretches[i];
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

static void say_rule(const struct question *question)
{
    const struct rule *rule = &question->rule.rule;
    text_printf(&question->app->out, "%.*s", STR_ARGS(rule_shown(&question->app->arena, rule)));
    if (question->rule.is_sentence)
        text_adds(&question->app->out, " (stands in no runbook)\n");
    else
        text_printf(&question->app->out, " (line %d)\n", rule->line);
}

static bool backtest_one(struct app *app, const struct call *call, const struct local_rule *rule,
                         struct err *err)
{
    struct question question = {.app = app, .rule = *rule, .until = app_now()};
    bool good = open_archive(&question, err) &&
                local_parse_since(call_str(call, "since"), question.until, &question.since, err) &&
                plan(&question,
                     instant_add_ms(question.since, -backtest_warm_ms(&question.rule.rule)), err);
    if (good) {
        backtest_init(&question.backtest, &app->arena, &question.rule.rule, question.since);
        good = replay(&question, err);
        if (good && app->json) {
            write_json(&question);
        } else if (good) {
            say_rule(&question);
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

/* About each rule of the sentence, one behind the other. */
static bool each_rule(struct app *app, const struct call *call,
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

bool local_alert_backtest(struct app *app, const struct call *call, struct err *err)
{
    return each_rule(app, call, backtest_one, err);
}

/* The readings in the window of one decision. */
struct listing {
    struct question *question;
    struct instant from, newest;
    int64_t count;
};

static void say_reading(struct text *out, struct arena *arena, const struct reading *reading)
{
    text_printf(out, "  %.*s  %-16.*s ", STR_ARGS(time_text(arena, reading->at)),
                STR_ARGS(reading->target));
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
    struct question *question = listing->question;
    backtest_take(&question->backtest, reading);
    if (instant_before(reading->at, listing->from))
        return true;
    listing->count++;
    if (listing->count <= SHOWN_READINGS)
        say_reading(&question->app->out, &question->app->arena, reading);
    return true;
}

static void say_decision(struct question *question, int64_t shown)
{
    static const char *const truths[] = {[TRUTH_UNKNOWN] = "unknown",
                                         [TRUTH_FALSE] = "false",
                                         [TRUTH_TRUE] = "true",
                                         [TRUTH_TOO_LITTLE] = "too little traffic"};
    struct app *app = question->app;
    const struct rule *rule = &question->backtest.rule;
    struct evaluation evaluation =
        backtest_evaluate(&question->backtest, &app->arena, question->until);
    if (shown > SHOWN_READINGS)
        text_printf(&app->out, "  and %lld more\n", (long long)(shown - SHOWN_READINGS));
    struct str words =
        evaluation.truth == TRUTH_UNKNOWN ? evaluation.reason : evaluation.value_text;
    text_printf(&app->out, "at %.*s: %s: %.*s\n", STR_ARGS(time_text(&app->arena, question->until)),
                truths[evaluation.truth], STR_ARGS(words));
    text_printf(&app->out, "then %s; the rule %.*s\n", alert_state_name(question->backtest.state),
                STR_ARGS(rule->meaning));
    struct str problem = rule_window_problem(&app->arena, &app->config, rule);
    if (problem.n > 0)
        text_printf(&app->out, "%.*s\n", STR_ARGS(problem));
}

static bool why_one(struct app *app, const struct call *call, const struct local_rule *rule,
                    struct err *err)
{
    struct question question = {.app = app, .rule = *rule, .until = app_now()};
    struct str at = call_str(call, "at");
    bool good = at.n == 0 || local_parse_when(at, question.until, &question.until, err);
    if (good && question.rule.rule.question_count > 0)
        return local_ask_why(app, &question.rule, question.until, err);
    good = good && open_archive(&question, err);
    question.since = question.until;
    good =
        good && plan(&question,
                     instant_add_ms(question.until, -backtest_warm_ms(&question.rule.rule)), err);
    if (good) {
        const struct stretch *last = &question.stretches[question.stretch_count - 1];
        backtest_init(&question.backtest, &app->arena, &question.rule.rule, question.since);
        backtest_set_tier(&question.backtest, last->tier);
        struct listing listing = {.question = &question};
        struct archive_use find = {&listing, find_newest};
        struct archive_use use = {&listing, list_reading};
        struct archive_range range = range_of(&question, last);
        if (question.stretch_count > 1)
            range.from = last->warm_from;
        say_rule(&question);
        text_printf(&app->out, "readings of \"%.*s\", %s:\n",
                    STR_ARGS(question.rule.rule.signal_name), tier_of(last->tier)->name);
        good = find_targets(&question, err) && archive_read(question.archive, &range, &find, err);
        /* The window ends with the newest reading. */
        listing.from = instant_add_ms(listing.newest, -question.backtest.rule.statistic_ms);
        good = good && archive_read(question.archive, &range, &use, err);
        /* What was read in the last seconds is not on the disk yet: now is when the newest was. */
        if (at.n == 0 && !instant_is_zero(listing.newest))
            question.until = listing.newest;
        backtest_advance(&question.backtest, question.until);
        if (good)
            say_decision(&question, listing.count);
        if (good && at.n == 0 && !instant_is_zero(listing.newest))
            say_age(&question, listing.newest);
        backtest_done(&question.backtest);
    }
    archive_close(question.archive);
    return good;
}

bool local_alert_why(struct app *app, const struct call *call, struct err *err)
{
    return each_rule(app, call, why_one, err);
}
