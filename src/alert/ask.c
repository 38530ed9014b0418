/* ask.c - the question of a rule, and what its answer amounts to. */
#include "alert/ask.h"

#include "alert/evaluate.h"

#include <math.h>

enum { QUESTION_BYTES_MAX = 64 * 1024 };

bool ask_can(const struct rule *rule)
{
    return rule->problem.n == 0 && !rule->relative && !rule->burn && rule->signal &&
           rule->signal->alternative_count > 0;
}

struct str ask_gauges(struct arena *arena, const struct alternative *alternative)
{
    struct str first = selector_write(arena, &alternative->parts[0], "");
    if (alternative->part_count < 2)
        return first;
    struct str of = selector_write(arena, &alternative->parts[1], "");
    if (alternative->joined) {
        first = str_printf(arena, "sum by (instance%s%.*s) (%.*s)", alternative->by.n ? "," : "",
                           STR_ARGS(alternative->by), STR_ARGS(first));
        of = str_printf(arena, "sum by (instance%s%.*s) (%.*s)", alternative->by.n ? "," : "",
                        STR_ARGS(alternative->by), STR_ARGS(of));
    }
    return str_printf(arena, "%s%.*s / %.*s", alternative->complement ? "1 - " : "",
                      STR_ARGS(first), STR_ARGS(of));
}

static bool wants_lowest(const struct rule *rule)
{
    return rule->cmp == CMP_UNDER || rule->cmp == CMP_AT_MOST;
}

/* One part of the question. The regular expression meets what has no name, too. */
static void add_part(struct text *text, const char *part, size_t number, struct str expression)
{
    text_printf(text, "%slabel_replace(%.*s, \"%s\", \"%s %zu\", \"__name__\", \".*\")",
                text->n > 0 ? " or " : "", STR_ARGS(expression), ASKED_PART, part, number);
}

static struct str increase(struct arena *arena, const struct rule *rule, const char *over,
                           struct str series)
{
    bool minutes = rule->statistic_ms % 60000 == 0;
    long long length = (rule->statistic_ms + 999) / (minutes ? 60000 : 1000);
    return str_printf(arena, "sum%s(increase(%.*s[%lld%s]))", over, STR_ARGS(series), length,
                      minutes ? "m" : "s");
}

static void add_alternative(struct text *text, const struct rule *rule, size_t index)
{
    struct arena *arena = text->arena;
    const struct alternative *alternative = &rule->signal->alternatives[index];
    enum signal_kind kind = rule->signal->kind;
    struct str first =
        selector_write(arena, &alternative->parts[0], kind == SIGNAL_QUANTILE ? "_bucket" : "");
    struct str seen = first;
    if (kind == SIGNAL_RATIO) {
        seen = selector_write(arena, &alternative->parts[1], "");
        add_part(text, "part", index, increase(arena, rule, "", first));
        add_part(text, "of", index, increase(arena, rule, "", seen));
    } else if (kind == SIGNAL_QUANTILE) {
        seen = selector_write(arena, &alternative->parts[0], "_count");
        add_part(text, "edge", index, increase(arena, rule, " by (le) ", first));
    } else if (kind == SIGNAL_COUNT) {
        add_part(text, "part", index, increase(arena, rule, "", first));
    } else {
        add_part(text, "gauge", index,
                 str_printf(arena, "%s(1, %.*s)", wants_lowest(rule) ? "bottomk" : "topk",
                            STR_ARGS(ask_gauges(arena, alternative))));
    }
    add_part(text, "newest", index, str_printf(arena, "max(timestamp(%.*s))", STR_ARGS(seen)));
}

struct str ask_question(struct arena *arena, const struct rule *rule)
{
    struct text text;
    text_init(&text, arena, QUESTION_BYTES_MAX);
    for (size_t i = 0; i < rule->signal->alternative_count; i++)
        add_alternative(&text, rule, i);
    return text_str(&text);
}

/* The parts of one alternative, as the answer has them. */
struct parts {
    const struct asked_series *part, *of, *newest;
    const struct asked_series *worst; /* gauge */
    struct answer answer;
    double all; /* quantile: of the edge that is infinite; -1: there is none */
    struct str problem;
};

static struct evaluation unknown(struct str reason, struct instant at)
{
    return (struct evaluation){.truth = TRUTH_UNKNOWN, .value = NAN, .reason = reason, .at = at};
}

static bool is_of(const struct asked_series *series, struct arena *arena, const char *part,
                  size_t number)
{
    return str_equal(series->part, str_printf(arena, "%s %zu", part, number));
}

/* Edges stay in order of their size, whatever the order of the answer. */
static void add_edge(struct parts *parts, const struct asked_series *series, double scale)
{
    struct answer *answer = &parts->answer;
    double edge = 0;
    if (str_is(series->le, "+Inf") || str_is(series->le, "Inf")) {
        parts->all = series->value;
        return;
    }
    if (!str_real(series->le, &edge) || answer->edge_count == EDGES_MAX) {
        parts->problem = answer->edge_count == EDGES_MAX
                             ? STR("its histogram has too many edges")
                             : STR("an edge of its histogram is no number");
        return;
    }
    size_t at = answer->edge_count++;
    for (; at > 0 && answer->edges[at - 1] > edge * scale; at--) {
        answer->edges[at] = answer->edges[at - 1];
        answer->counts[at] = answer->counts[at - 1];
    }
    answer->edges[at] = edge * scale;
    answer->counts[at] = series->value;
}

static bool is_worse(const struct rule *rule, double value, double than)
{
    return isnan(than) || (wants_lowest(rule) ? value < than : value > than);
}

static struct parts find_parts(struct arena *arena, const struct rule *rule,
                               const struct asked_answer *from, size_t number)
{
    struct parts parts = {.all = -1, .problem = STR("")};
    double scale = rule->signal->alternatives[number].scale;
    for (size_t i = 0; i < from->count; i++) {
        const struct asked_series *series = &from->series[i];
        if (is_of(series, arena, "newest", number))
            parts.newest = series;
        else if (is_of(series, arena, "part", number))
            parts.part = series;
        else if (is_of(series, arena, "of", number))
            parts.of = series;
        else if (is_of(series, arena, "edge", number))
            add_edge(&parts, series, scale);
        else if (is_of(series, arena, "gauge", number) &&
                 (!parts.worst || is_worse(rule, series->value, parts.worst->value)))
            parts.worst = series;
    }
    return parts;
}

/* Extrapolation can make a smaller bucket larger than the next one. */
static void straighten(struct answer *answer)
{
    for (size_t i = 1; i < answer->edge_count; i++)
        if (answer->counts[i] < answer->counts[i - 1])
            answer->counts[i] = answer->counts[i - 1];
    if (answer->edge_count > 0 && answer->of < answer->counts[answer->edge_count - 1])
        answer->of = answer->counts[answer->edge_count - 1];
}

static bool is_finite(const struct answer *answer)
{
    bool finite = isfinite(answer->part) && isfinite(answer->of) && isfinite(answer->high);
    for (size_t i = 0; i < answer->edge_count; i++)
        finite = finite && isfinite(answer->counts[i]);
    return finite;
}

/* Fills the answer from its parts; otherwise says in problem what is not a number. */
static void fill_answer(const struct rule *rule, size_t number, struct parts *parts)
{
    static const struct asked_series none = {.value = 0};
    struct answer *answer = &parts->answer;
    double scale = rule->signal->alternatives[number].scale;
    bool missing = false;
    answer->state = ANSWER_LIVE;
    answer->kind = rule->signal->kind;
    answer->covered_ms = rule->statistic_ms;
    switch (answer->kind) {
    case SIGNAL_RATIO:
        /* Failures that never happened have no series yet. */
        missing = !parts->of;
        answer->part = (parts->part ? parts->part : &none)->value;
        answer->of = (parts->of ? parts->of : &none)->value;
        break;
    case SIGNAL_QUANTILE:
        missing = parts->all < 0 || answer->edge_count == 0;
        answer->of = parts->all;
        straighten(answer);
        break;
    case SIGNAL_COUNT:
        missing = !parts->part;
        answer->part = (parts->part ? parts->part : &none)->value * scale;
        break;
    case SIGNAL_GAUGE:
    case SIGNAL_GAUGE_RATIO:
        missing = !parts->worst;
        answer->high = (parts->worst ? parts->worst : &none)->value * scale;
        answer->low = answer->high;
        answer->high_series = answer->low_series = (parts->worst ? parts->worst : &none)->labels;
        break;
    case SIGNAL_NONE: break;
    }
    if (parts->problem.n > 0)
        return;
    if (missing)
        parts->problem = STR("has samples, but too few of them in the time that it looks at");
    else if (!is_finite(answer))
        parts->problem = STR("is no number (NaN or infinite)");
}

static struct evaluation evaluate_parts(struct arena *arena, const struct rule *rule,
                                        const struct telemetry *telemetry, size_t number,
                                        struct parts *parts)
{
    struct str metric = rule->signal->alternatives[number].parts[0].metric;
    double newest_us = parts->newest->value * 1e6;
    struct instant at = {newest_us >= 0 && newest_us < 9e17 ? (int64_t)newest_us : 0};
    int64_t age_ms = instant_ms_between(at, parts->newest->at);
    parts->answer.newest = at;
    if (age_ms > telemetry->asked->stale_ms)
        return unknown(str_printf(arena, "the newest sample of %.*s that %.*s has is %.*s old",
                                  STR_ARGS(str_cut(metric, 100)),
                                  STR_ARGS(telemetry->asked->engine),
                                  STR_ARGS(duration_text(arena, age_ms))),
                       at);
    fill_answer(rule, number, parts);
    if (parts->problem.n > 0)
        return unknown(str_printf(arena, "%.*s at %.*s: %.*s", STR_ARGS(str_cut(metric, 100)),
                                  STR_ARGS(telemetry->asked->engine), STR_ARGS(parts->problem)),
                       at);
    return evaluate_answer(arena, rule, &parts->answer);
}

/* What is more to be feared stands later. */
static int weight(enum truth truth)
{
    switch (truth) {
    case TRUTH_TOO_LITTLE: return 0;
    case TRUTH_FALSE: return 1;
    case TRUTH_UNKNOWN: return 2;
    case TRUTH_TRUE: break;
    }
    return 3;
}

static struct str nothing_there(struct arena *arena, const struct rule *rule,
                                const struct telemetry *telemetry)
{
    struct text text;
    text_init(&text, arena, 2048);
    text_printf(&text, "%.*s has no series of ", STR_ARGS(telemetry->asked->engine));
    for (size_t i = 0; i < rule->signal->alternative_count; i++) {
        const struct alternative *alternative = &rule->signal->alternatives[i];
        size_t last = rule->signal->kind == SIGNAL_RATIO ? 1 : 0;
        text_printf(&text, "%s%.*s", i == 0 ? "" : " or ",
                    STR_ARGS(selector_write(arena, &alternative->parts[last], "")));
    }
    text_adds(&text, "; bind it under signals: in reeve.yaml");
    return text_str(&text);
}

static struct evaluation judge(struct arena *arena, const struct rule *rule,
                               const struct telemetry *telemetry, const struct asked_answer *answer)
{
    struct evaluation worst = {.truth = TRUTH_UNKNOWN};
    bool any = false;
    for (size_t i = 0; i < rule->signal->alternative_count; i++) {
        struct parts parts = find_parts(arena, rule, answer, i);
        if (!parts.newest)
            continue;
        struct evaluation one = evaluate_parts(arena, rule, telemetry, i, &parts);
        if (!any || weight(one.truth) > weight(worst.truth))
            worst = one;
        any = true;
    }
    return any ? worst : unknown(nothing_there(arena, rule, telemetry), (struct instant){0});
}

/* The engine's clock, or an answer from a cache: nobody knows what it is of. */
static bool is_of_its_time(const struct asked_answer *answer, int64_t most_ms)
{
    for (size_t i = 0; i < answer->count; i++) {
        int64_t off_ms = instant_ms_between(answer->series[i].at, answer->at);
        if (off_ms > most_ms || off_ms < -most_ms)
            return false;
    }
    return true;
}

struct evaluation ask_evaluate(struct arena *arena, const struct rule *rule,
                               const struct telemetry *telemetry, struct instant now)
{
    const struct asked *asked = telemetry->asked;
    const struct asked_question *question = asked_find(asked, rule->asked);
    struct instant none = {0};
    if (!question || instant_is_zero(question->newest.at))
        return unknown(str_printf(arena, "%.*s has not answered yet", STR_ARGS(asked->engine)),
                       none);
    if (question->newest.refused)
        return unknown(str_printf(arena, "%.*s: %.*s", STR_ARGS(asked->engine),
                                  STR_ARGS(question->newest.problem)),
                       none);
    int64_t age_ms = instant_ms_between(question->good.at, now);
    bool known = !instant_is_zero(question->good.at) && age_ms <= stale_after_ms(asked->every_ms);
    if (!known && question->newest.problem.n > 0)
        return unknown(str_printf(arena, "%.*s: %.*s", STR_ARGS(asked->engine),
                                  STR_ARGS(question->newest.problem)),
                       question->good.at);
    if (!known)
        return unknown(str_printf(arena, "%.*s has not answered for %.*s", STR_ARGS(asked->engine),
                                  STR_ARGS(duration_text(arena, age_ms))),
                       question->good.at);
    if (!is_of_its_time(&question->good, asked->stale_ms))
        return unknown(str_printf(arena, "%.*s answers of another time than it was asked for",
                                  STR_ARGS(asked->engine)),
                       question->good.at);
    return judge(arena, rule, telemetry, &question->good);
}

struct str ask_words(struct arena *arena, const struct rule *rule,
                     const struct telemetry *telemetry)
{
    struct text text;
    const struct asked *asked = telemetry->asked;
    if (rule->asked.n == 0 || !asked)
        return STR("");
    const struct asked_question *question = asked_find(asked, rule->asked);
    text_init(&text, arena, 2048);
    text_printf(&text, "asked of %.*s", STR_ARGS(asked->engine));
    if (!question || instant_is_zero(question->newest.at)) {
        text_adds(&text, ", which has not answered yet");
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
    return text_str(&text);
}
