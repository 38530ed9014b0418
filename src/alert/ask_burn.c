/* ask_burn.c - the windows of an objective in PromQL, and what was spent by the answers. */
#include "alert/ask_burn.h"

#include "alert/ask_statistic.h"

#include <math.h>

#define HOUR_MS (INT64_C(60) * 60 * 1000)

enum { BUSY_MS = 5 * 60 * 1000 }; /* of windows longer than that: how many events its busiest had */

bool ask_can_spending(const struct objective *objective)
{
    bool can = objective->signal && objective->problem.n == 0;
    for (size_t i = 0; can && objective->limit > 0 && i < objective->signal->alternative_count; i++)
        can = objective->signal->alternatives[i].parts[0].matcher_count < MATCHERS_MAX;
    return can;
}

static int64_t slot_ms(int64_t length_ms)
{
    return length_ms / ASK_SLOTS / 1000 * 1000;
}

/* Was it there before the window? A gap at the beginning is no beginning. A look at some instants
 * costs hardly anything. */
static struct str before(struct arena *arena, struct str all, int64_t length_ms)
{
    static const int64_t further_ms[] = {0, HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS, 72 * HOUR_MS};
    struct text text;
    text_init(&text, arena, 8192);
    for (size_t i = 0; i < sizeof further_ms / sizeof *further_ms; i++)
        text_printf(&text, "%sgroup(%.*s offset %.*s)", i == 0 ? "" : " or ", STR_ARGS(all),
                    STR_ARGS(ask_duration(arena, length_ms + further_ms[i])));
    return text_str(&text);
}

/* What was seen of a window, by the series that counts all events. */
static void add_seen(struct text *text, size_t index, struct str all, int64_t length_ms)
{
    struct arena *arena = text->arena;
    struct str slots = str_printf(arena, "[%.*s:%.*s]", STR_ARGS(ask_duration(arena, length_ms)),
                                  STR_ARGS(ask_duration(arena, slot_ms(length_ms))));
    ask_add_part(text, "newest", index, str_printf(arena, "max(timestamp(%.*s))", STR_ARGS(all)));
    ask_add_part(text, "since", index,
                 str_printf(arena, "min_over_time((time() * group(%.*s))%.*s)", STR_ARGS(all),
                            STR_ARGS(slots)));
    ask_add_part(
        text, "seen", index,
        str_printf(arena, "count_over_time(group(%.*s)%.*s)", STR_ARGS(all), STR_ARGS(slots)));
    ask_add_part(text, "before", index, before(arena, all, length_ms));
    if (length_ms > BUSY_MS)
        ask_add_part(text, "busiest", index,
                     str_printf(arena, "max_over_time(sum(increase(%.*s[%.*s]))%.*s)",
                                STR_ARGS(all), STR_ARGS(ask_duration(arena, BUSY_MS)),
                                STR_ARGS(slots)));
}

static void add_alternative(struct text *text, const struct objective *objective, size_t index,
                            int64_t length_ms)
{
    struct arena *arena = text->arena;
    const struct alternative *alternative = &objective->signal->alternatives[index];
    struct str length = ask_duration(arena, length_ms);
    bool latency = objective->limit > 0;
    struct str all = latency ? selector_write(arena, &alternative->parts[0], "_count")
                             : selector_write(arena, &alternative->parts[1], "");
    struct str first = latency ? burn_bucket(arena, alternative, objective->limit)
                               : selector_write(arena, &alternative->parts[0], "");
    ask_add_part(text, latency ? "good" : "bad", index,
                 str_printf(arena, "sum(increase(%.*s[%.*s]))", STR_ARGS(first), STR_ARGS(length)));
    ask_add_part(text, "of", index,
                 str_printf(arena, "sum(increase(%.*s[%.*s]))", STR_ARGS(all), STR_ARGS(length)));
    if (latency)
        ask_add_part(text, "edgeless", index,
                     str_printf(arena, "count(%.*s unless ignoring(le) %.*s)", STR_ARGS(all),
                                STR_ARGS(first)));
    add_seen(text, index, all, length_ms);
}

static struct str question_of(struct arena *arena, const struct objective *objective,
                              int64_t length_ms)
{
    struct text text;
    text_init(&text, arena, ASK_QUESTION_BYTES);
    for (size_t i = 0; i < objective->signal->alternative_count; i++)
        add_alternative(&text, objective, i, length_ms);
    return text_str(&text);
}

size_t ask_burn_questions(struct arena *arena, const struct rule *rule, int64_t every_ms,
                          struct asked_wanted *out_wanted)
{
    const struct burn *burn = rule->burn;
    const int64_t lengths_ms[ASK_BURN_QUESTIONS] = {burn->short_ms, burn->long_ms, HOUR_MS,
                                                    burn->objective.period_ms};
    for (size_t i = 0; i < ASK_BURN_QUESTIONS; i++)
        out_wanted[i] =
            (struct asked_wanted){.words = question_of(arena, &burn->objective, lengths_ms[i]),
                                  .every_ms = ask_pace_ms(lengths_ms[i], every_ms)};
    return ASK_BURN_QUESTIONS;
}

static double value_of(const struct asked_statistic *of, const char *part, double missing)
{
    const struct asked_series *series = ask_find_part(of->answer, part, of->index);
    return series ? series->value : missing;
}

/* Since when, and what of it was not: a step in which no sample was near is a gap. */
static void read_seen(const struct asked_statistic *of, int64_t length_ms, struct spent *spent)
{
    int64_t step_ms = slot_ms(length_ms);
    double since_s = value_of(of, "since", NAN);
    double seen = value_of(of, "seen", 0);
    double busiest = value_of(of, "busiest", spent->of);
    struct instant begin = instant_add_ms(of->answer->at, -length_ms);
    spent->since = of->answer->at;
    if (since_s >= 0 && since_s < 9e11)
        spent->since.us = (int64_t)(since_s * 1e6);
    bool whole = instant_ms_between(begin, spent->since) <= 2 * step_ms;
    if (!whole && !(value_of(of, "before", 0) > 0))
        return;
    spent->since = begin;
    double missing = ASK_SLOTS - seen;
    if (!(missing > 1))
        return;
    spent->gap_ms = (int64_t)(missing * (double)step_ms);
    spent->unseen =
        busiest * (double)spent->gap_ms / (double)(length_ms > BUSY_MS ? BUSY_MS : length_ms);
}

/* Of one alternative over one window. False: the engine has no series of it. */
static bool read_spent(struct arena *arena, const struct asked_statistic *of, int64_t length_ms,
                       struct spent *out_spent, struct str *out_problem)
{
    const struct asked_series *newest = ask_find_part(of->answer, "newest", of->index);
    bool latency = of->rule->burn->objective.limit > 0;
    struct spent spent = {.seen = true};
    if (!newest)
        return false;
    *out_problem = ask_stale_problem(arena, of, newest, &spent.newest);
    spent.of = value_of(of, "of", NAN);
    double bad = latency ? spent.of - value_of(of, "good", 0) : value_of(of, "bad", 0);
    /* Two increases are stretched each on its own. */
    spent.bad = bad < 0 ? 0 : bad > spent.of ? spent.of : bad;
    spent.no_edge = latency && value_of(of, "edgeless", 0) > 0;
    read_seen(of, length_ms, &spent);
    bool finite = isfinite(spent.bad) && isfinite(spent.of) && isfinite(spent.unseen);
    if (out_problem->n == 0 && !finite && !spent.no_edge) {
        struct str metric = of->rule->signal->alternatives[of->index].parts[0].metric;
        bool missing = !ask_find_part(of->answer, "of", of->index);
        *out_problem = str_printf(arena, "%.*s at %.*s: %s", STR_ARGS(str_cut(metric, 100)),
                                  STR_ARGS(of->asked->engine),
                                  missing ? "has samples, but too few of them in the time that it "
                                            "looks at"
                                          : "is no number (NaN or infinite)");
    }
    *out_spent = spent;
    return true;
}

/* Of one alternative over both windows. False: the engine has no series of it. */
static bool evaluate_one(struct arena *arena, const struct asked_statistic of[2],
                         struct instant now, struct evaluation *out_evaluation)
{
    const struct burn *burn = of[0].rule->burn;
    struct spent of_short = {.seen = false};
    struct spent of_long = {.seen = false};
    struct str short_problem = STR("");
    struct str long_problem = STR("");
    bool soon = read_spent(arena, &of[0], burn->short_ms, &of_short, &short_problem);
    bool late = read_spent(arena, &of[1], burn->long_ms, &of_long, &long_problem);
    struct str problem = short_problem.n > 0 ? short_problem : long_problem;
    if (soon && problem.n == 0)
        *out_evaluation = burn_decide(arena, of[0].rule, &of_long, &of_short, now);
    else if (soon || late)
        *out_evaluation = ask_unknown(
            problem.n > 0 ? problem : STR("it had samples, and has none any more"), of_long.newest);
    return soon || late;
}

struct evaluation ask_burn_evaluate(struct arena *arena, const struct rule *rule,
                                    const struct asked *asked, struct instant now)
{
    struct asked_statistic of[2];
    struct evaluation worst = {.truth = TRUTH_UNKNOWN};
    bool any = false;
    for (size_t i = 0; i < 2; i++) {
        struct str problem;
        of[i] = (struct asked_statistic){.rule = rule, .asked = asked};
        of[i].answer = ask_find_answer(arena, asked, rule->questions[i].words, now, &problem);
        if (!of[i].answer)
            return ask_unknown(problem, (struct instant){0});
    }
    for (size_t i = 0; i < rule->signal->alternative_count; i++) {
        struct evaluation one;
        of[0].index = of[1].index = i;
        if (!evaluate_one(arena, of, now, &one))
            continue;
        if (!any || ask_weight(one.truth) > ask_weight(worst.truth))
            worst = one;
        any = true;
    }
    return any ? worst : ask_unknown(ask_nothing_there(arena, rule, asked), (struct instant){0});
}

bool ask_spent(struct arena *arena, const struct objective *objective, const struct asked *asked,
               struct instant now, struct budget_spent *out_spent)
{
    struct burn burn = {.objective = *objective};
    struct rule rule = {.signal = objective->signal, .burn = &burn};
    struct str words[2] = {question_of(arena, objective, objective->period_ms),
                           question_of(arena, objective, HOUR_MS)};
    struct asked_statistic of[2];
    *out_spent = (struct budget_spent){.problem = STR("")};
    if (!asked_find(asked, words[0]))
        return false;
    for (size_t i = 0; i < 2; i++) {
        of[i] = (struct asked_statistic){.rule = &rule, .asked = asked};
        of[i].answer = ask_find_answer(arena, asked, words[i], now, &out_spent->problem);
        if (!of[i].answer)
            return true;
    }
    struct str why = STR("");
    bool any = false;
    for (size_t i = 0; i < objective->signal->alternative_count; i++) {
        struct budget_spent one = {.problem = STR("")};
        struct str problem = STR("");
        of[0].index = of[1].index = i;
        if (!read_spent(arena, &of[0], objective->period_ms, &one.whole, &problem) ||
            problem.n > 0) {
            why = problem.n > 0 ? problem : why;
            continue;
        }
        if (!read_spent(arena, &of[1], HOUR_MS, &one.hour, &problem) || problem.n > 0)
            one.hour = (struct spent){.seen = false};
        if (!any || one.whole.bad * out_spent->whole.of > out_spent->whole.bad * one.whole.of)
            *out_spent = one;
        any = true;
    }
    if (!any)
        out_spent->problem = why.n > 0 ? why : ask_nothing_there(arena, &rule, asked);
    return true;
}

void ask_add_burn_words(struct text *text, const struct rule *rule, int64_t every_ms)
{
    const struct burn *burn = rule->burn;
    const int64_t lengths_ms[] = {burn->short_ms, burn->long_ms, burn->objective.period_ms};
    for (size_t i = 0; i < sizeof lengths_ms / sizeof *lengths_ms; i++) {
        int64_t pace_ms = ask_pace_ms(lengths_ms[i], every_ms);
        text_printf(text, "%s the last %.*s every %.*s", i == 0 ? ";" : ",",
                    STR_ARGS(duration_text(text->arena, lengths_ms[i])),
                    STR_ARGS(duration_text(text->arena, pace_ms)));
    }
}
