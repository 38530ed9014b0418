/* ask.c - the questions of a rule, and what the answer of its statistic amounts to. */
#include "alert/ask.h"

#include "alert/ask_burn.h"
#include "alert/ask_hour.h"
#include "alert/evaluate.h"

#include <math.h>

bool ask_can(const struct rule *rule)
{
    return rule->problem.n == 0 && rule->signal && rule->signal->alternative_count > 0 &&
           (!rule->burn || ask_can_spending(&rule->burn->objective)) &&
           (!rule->relative || rule->relative->kind != BASELINE_NONE);
}

static struct str question_of(struct arena *arena, const struct rule *rule)
{
    struct statistic statistic = {.rule = rule, .offset = STR("")};
    struct text text;
    text_init(&text, arena, ASK_QUESTION_BYTES);
    for (size_t i = 0; i < rule->signal->alternative_count; i++)
        ask_add_statistic(&text, &statistic, i);
    return text_str(&text);
}

void ask_questions(struct arena *arena, struct rule *rule, int64_t every_ms)
{
    enum { MOST = 1 + RELATIVE_HOURS_MAX };
    struct asked_wanted *wanted = arena_array(arena, MOST, sizeof *wanted);
    rule->questions = wanted;
    if (rule->burn) {
        rule->question_count = ask_burn_questions(arena, rule, every_ms, wanted);
        return;
    }
    wanted[0] = (struct asked_wanted){.words = question_of(arena, rule), .every_ms = every_ms};
    rule->question_count = 1;
    if (rule->relative)
        rule->question_count += ask_hour_questions(arena, rule, wanted + 1);
}

/* Of one alternative, against the limit or against its own baseline. */
static struct evaluation evaluate_one(struct arena *arena, const struct asked_statistic *of,
                                      const struct answer *answer, struct instant now)
{
    struct str why = STR("");
    if (!of->rule->relative)
        return evaluate_answer(arena, of->rule, answer);
    struct relative relative = ask_baseline(arena, of, now, &why);
    struct str problem = relative_problem(arena, &relative);
    if (problem.n > 0)
        return ask_unknown(str_printf(arena, "%.*s; %.*s", STR_ARGS(problem), STR_ARGS(why)),
                           answer->newest);
    struct rule limited = relative_limited(of->rule, &relative);
    struct evaluation evaluation = evaluate_answer(arena, &limited, answer);
    evaluation.value_text = evaluate_relative_text(arena, &limited, &evaluation);
    return evaluation;
}

/* A series that is no number stands beside those that are: it may be the one that made the rule
 * true. What is true is true; what is not is not known. */
static struct evaluation doubt_odd(struct arena *arena, const struct asked_statistic *of,
                                   const struct evaluation *evaluation)
{
    const struct asked_series *odd = ask_find_part(of->answer, "odd", of->index);
    if (!odd || evaluation->truth == TRUTH_TRUE || evaluation->truth == TRUTH_UNKNOWN)
        return *evaluation;
    struct str name =
        odd->labels.n > 0 ? odd->labels : of->rule->signal->alternatives[of->index].parts[0].metric;
    struct str reason =
        str_printf(arena, "%.*s at %.*s is %s, beside others that are numbers: %.*s",
                   STR_ARGS(name), STR_ARGS(of->asked->engine),
                   isnan(odd->value) ? "NaN" : "infinite", STR_ARGS(evaluation->value_text));
    return ask_unknown(reason, evaluation->at);
}

static struct evaluation judge(struct arena *arena, const struct rule *rule,
                               const struct asked *asked, const struct asked_answer *answer,
                               struct instant now)
{
    struct evaluation worst = {.truth = TRUTH_UNKNOWN};
    bool any = false;
    for (size_t i = 0; i < rule->signal->alternative_count; i++) {
        struct asked_statistic of = {.rule = rule, .asked = asked, .answer = answer, .index = i};
        struct answer read;
        struct str problem;
        if (!ask_read_statistic(arena, &of, &read, &problem))
            continue;
        struct evaluation one = problem.n > 0 ? ask_unknown(problem, read.newest)
                                              : evaluate_one(arena, &of, &read, now);
        one = doubt_odd(arena, &of, &one);
        if (!any || ask_weight(one.truth) > ask_weight(worst.truth))
            worst = one;
        any = true;
    }
    return any ? worst : ask_unknown(ask_nothing_there(arena, rule, asked), (struct instant){0});
}

struct evaluation ask_evaluate(struct arena *arena, const struct rule *rule,
                               const struct telemetry *telemetry, struct instant now)
{
    struct str problem;
    if (rule->burn)
        return ask_burn_evaluate(arena, rule, telemetry->asked, now);
    const struct asked_answer *answer =
        ask_find_answer(arena, telemetry->asked, rule->questions[0].words, now, &problem);
    return answer ? judge(arena, rule, telemetry->asked, answer, now)
                  : ask_unknown(problem, (struct instant){0});
}

void ask_find_bindings(const struct rule *rule, const struct asked *asked,
                       bool out_read[ALTERNATIVES_MAX])
{
    const struct asked_question *question =
        rule->question_count > 0 ? asked_find(asked, rule->questions[0].words) : NULL;
    for (size_t i = 0; i < ALTERNATIVES_MAX; i++)
        out_read[i] = question && ask_find_part(&question->good, "newest", i) != NULL;
}

static void add_often(struct text *text, const struct rule *rule, int64_t every_ms)
{
    if (rule->burn)
        ask_add_burn_words(text, rule, every_ms);
    else if (rule->relative)
        text_printf(text, "; its baseline (%s) once an hour",
                    baseline_kind_words(rule->relative->kind));
}

struct str ask_plan(struct arena *arena, const struct rule *rule, struct str engine,
                    int64_t every_ms)
{
    struct text text;
    text_init(&text, arena, 4096);
    text_printf(&text, "asked of %.*s", STR_ARGS(engine));
    if (!rule->burn)
        text_printf(&text, " every %.*s", STR_ARGS(duration_text(arena, every_ms)));
    add_often(&text, rule, every_ms);
    return text_str(&text);
}

/* Of the questions behind the first: what they look at and how often, and what is wrong. */
static void add_others(struct text *text, const struct rule *rule, const struct asked *asked)
{
    struct str problem = STR("");
    add_often(text, rule, asked->every_ms);
    for (size_t i = 1; i < rule->question_count && problem.n == 0; i++) {
        const struct asked_question *question = asked_find(asked, rule->questions[i].words);
        if (question && question->newest.problem.n > 0)
            problem = question->newest.problem;
    }
    if (problem.n > 0)
        text_printf(text, "; of what it asks less often: %.*s", STR_ARGS(problem));
}

struct str ask_words(struct arena *arena, const struct rule *rule,
                     const struct telemetry *telemetry)
{
    struct text text;
    const struct asked *asked = telemetry->asked;
    if (rule->question_count == 0 || !asked)
        return STR("");
    const struct asked_question *question = asked_find(asked, rule->questions[0].words);
    text_init(&text, arena, 4096);
    text_printf(&text, "asked of %.*s", STR_ARGS(asked->engine));
    if (!question || instant_is_zero(question->newest.at)) {
        text_adds(&text, ", which has not answered yet");
        add_others(&text, rule, asked);
        return text_str(&text);
    }
    const struct asked_answer *newest = &question->newest;
    char at[INSTANT_TEXT_BYTES];
    instant_write(newest->at, at);
    text_printf(&text, " at %.8s UTC", at + 11);
    if (newest->problem.n > 0)
        text_printf(&text, ": %.*s", STR_ARGS(newest->problem));
    else
        text_printf(&text, ", answered in %lld ms", (long long)newest->took_ms);
    if (newest->warnings.n > 0)
        text_printf(&text, "; it warns: %.*s", STR_ARGS(newest->warnings));
    add_others(&text, rule, asked);
    return text_str(&text);
}
