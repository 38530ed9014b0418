/* rule.c - binding a statement to a signal, and saying both in plain words and in PromQL. */
#include "alert/ask_statistic.h"
#include "alert/burn.h"
#include "alert/evaluate.h"
#include "alert/meant.h"
#include "alert/relative.h"

#include <stdlib.h>

static const char *cmp_symbol(enum comparison cmp)
{
    switch (cmp) {
    case CMP_AT_LEAST: return ">=";
    case CMP_UNDER: return "<";
    case CMP_AT_MOST: return "<=";
    case CMP_EQUAL: return "==";
    case CMP_OVER:
    case CMP_NONE: break;
    }
    return ">";
}

static const char *cmp_words(enum comparison cmp)
{
    switch (cmp) {
    case CMP_AT_LEAST: return "at least";
    case CMP_UNDER: return "less than";
    case CMP_AT_MOST: return "at most";
    case CMP_EQUAL: return "exactly";
    case CMP_OVER:
    case CMP_NONE: break;
    }
    return "more than";
}

static struct str promql_duration(struct arena *arena, int64_t length_ms)
{
    if (length_ms % 60000 == 0)
        return str_printf(arena, "%lldm", (long long)(length_ms / 60000));
    return str_printf(arena, "%llds", (long long)((length_ms + 999) / 1000));
}

static struct str promql_gauges(struct arena *arena, const struct rule *rule,
                                const struct alternative *alternative)
{
    const char *worst = rule->cmp == CMP_UNDER || rule->cmp == CMP_AT_MOST ? "min" : "max";
    struct str gauges = ask_gauges(arena, alternative);
    bool scaled = alternative->scale > 1 || alternative->scale < 1;
    struct text scale;
    text_init(&scale, arena, 64);
    text_real(&scale, alternative->scale);
    return rule->signal->kind == SIGNAL_GAUGE && scaled
               ? str_printf(arena, "%s(%.*s) * %s", worst, STR_ARGS(gauges), scale.p)
               : str_printf(arena, "%s(%.*s)", worst, STR_ARGS(gauges));
}

static struct str promql_count(struct arena *arena, const struct rule *rule,
                               const struct alternative *alternative)
{
    struct text text;
    text_init(&text, arena, 16 * 1024);
    text_printf(&text, "sum(%s(%.*s[%.*s]))", rule->per_second ? "rate" : "increase",
                STR_ARGS(selector_write(arena, &alternative->parts[0], "")),
                STR_ARGS(promql_duration(arena, rule->statistic_ms)));
    if (alternative->scale > 1 || alternative->scale < 1) {
        text_adds(&text, " * ");
        text_real(&text, alternative->scale);
    }
    return text_str(&text);
}

static struct str promql_value(struct arena *arena, const struct rule *rule)
{
    const struct alternative *alternative = &rule->signal->alternatives[rule->named];
    struct str range = promql_duration(arena, rule->statistic_ms);
    struct str first = selector_write(arena, &alternative->parts[0],
                                      rule->signal->kind == SIGNAL_QUANTILE ? "_bucket" : "");
    struct text number;
    text_init(&number, arena, 64);
    switch (rule->signal->kind) {
    case SIGNAL_RATIO:
        return str_printf(arena, "sum(increase(%.*s[%.*s])) / sum(increase(%.*s[%.*s]))",
                          STR_ARGS(first), STR_ARGS(range),
                          STR_ARGS(selector_write(arena, &alternative->parts[1], "")),
                          STR_ARGS(range));
    case SIGNAL_QUANTILE:
        text_real(&number, rule->quantile);
        if (alternative->scale < 1 || alternative->scale > 1) {
            struct text scale;
            text_init(&scale, arena, 64);
            text_real(&scale, alternative->scale);
            return str_printf(arena, "%s * histogram_quantile(%s, sum by (le) (rate(%.*s[%.*s])))",
                              scale.p, number.p, STR_ARGS(first), STR_ARGS(range));
        }
        return str_printf(arena, "histogram_quantile(%s, sum by (le) (rate(%.*s[%.*s])))", number.p,
                          STR_ARGS(first), STR_ARGS(range));
    case SIGNAL_COUNT: return promql_count(arena, rule, alternative);
    case SIGNAL_GAUGE:
    case SIGNAL_GAUGE_RATIO: return promql_gauges(arena, rule, alternative);
    case SIGNAL_NONE: break;
    }
    return STR("");
}

static struct str write_promql(struct arena *arena, const struct rule *rule)
{
    if (rule->problem.n > 0 || rule->relative || !rule->signal ||
        rule->signal->alternative_count == 0)
        return STR("");
    struct text text;
    text_init(&text, arena, 64 * 1024);
    text_add(&text, promql_value(arena, rule));
    text_printf(&text, " %s ", cmp_symbol(rule->cmp));
    text_real(&text, rule->limit);
    return text_str(&text);
}

struct str rule_promql_value(struct arena *arena, const struct rule *rule)
{
    if (rule->problem.n > 0 || !rule->signal || rule->signal->alternative_count == 0)
        return STR("");
    return rule->burn ? burn_promql_share(arena, rule, rule->burn->long_ms)
                      : promql_value(arena, rule);
}

void rule_name(struct arena *arena, struct rule *rule, size_t alternative)
{
    rule->named = alternative;
    rule->promql = rule->burn ? burn_promql(arena, rule) : write_promql(arena, rule);
}

static bool is_rate(const struct rule *rule)
{
    return str_is(rule->unit, "/s") && !rule->relative;
}

struct str rule_rate_problem(const struct rule *rule)
{
    enum signal_kind kind = rule->signal ? rule->signal->kind : SIGNAL_NONE;
    if (!is_rate(rule) || kind == SIGNAL_NONE || kind == SIGNAL_COUNT || kind == SIGNAL_GAUGE)
        return STR("");
    if (kind == SIGNAL_QUANTILE)
        return STR("the limit is a rate per second, and the signal is a length of time; write the "
                   "limit in seconds, or bind the signal to a counter with count: under signals: "
                   "in reeve.yaml");
    return STR("the limit is a rate per second, and the signal is a share; write the limit in %, "
               "or bind the signal to a counter with count: under signals: in reeve.yaml");
}

static void add_limit(struct text *text, const struct rule *rule)
{
    enum signal_kind kind = rule->signal ? rule->signal->kind : SIGNAL_NONE;
    bool percent = str_is(rule->unit, "%") || kind == SIGNAL_GAUGE_RATIO;
    bool timed = value_unit_of(rule).words[0] != '\0';
    if (!percent && (value_is_bytes(rule) || (timed && kind != SIGNAL_QUANTILE))) {
        text_add(text, value_number_text(text->arena, rule, rule->limit));
        return;
    }
    text_real(text, percent ? rule->limit * 100 : rule->limit);
    text_adds(text, percent                   ? " %"
                    : is_rate(rule)           ? " a second"
                    : kind == SIGNAL_QUANTILE ? " s"
                                              : "");
}

static struct str write_meaning(struct arena *arena, const struct rule *rule,
                                const struct alert_statement *alert)
{
    struct text text;
    text_init(&text, arena, 4096);
    text_adds(&text, "fires ");
    if (rule->level.n > 0)
        text_printf(&text, "as %.*s ", STR_ARGS(rule->level));
    text_adds(&text, "when ");
    if (rule->quantile > 0)
        text_printf(&text, "the %g %% quantile of ", rule->quantile * 100);
    text_printf(&text, "%.*s", STR_ARGS(rule->signal_name));
    enum signal_kind kind = rule->signal ? rule->signal->kind : SIGNAL_NONE;
    if (kind == SIGNAL_RATIO || kind == SIGNAL_QUANTILE || kind == SIGNAL_COUNT)
        text_printf(&text, " over the last %.*s",
                    STR_ARGS(duration_text(arena, rule->statistic_ms)));
    if (alert->cmp == CMP_NONE && rule->limit <= 0) {
        text_printf(&text, " %s in the state the line names", rule->for_ms > 0 ? "has been" : "is");
        if (rule->for_ms > 0)
            text_printf(&text, " for %.*s", STR_ARGS(duration_text(arena, rule->for_ms)));
        return text_str(&text);
    }
    text_printf(&text, " %s %s ", rule->for_ms > 0 ? "has been" : "is", cmp_words(rule->cmp));
    if (rule->relative) {
        text_printf(&text, "%.4g times the %.*s", rule->relative->factor,
                    STR_ARGS(rule->relative->name));
        if (rule->for_ms > 0)
            text_printf(&text, " for %.*s without a break",
                        STR_ARGS(duration_text(arena, rule->for_ms)));
        return text_str(&text);
    }
    add_limit(&text, rule);
    if (rule->for_ms > 0)
        text_printf(&text, " for %.*s without a break",
                    STR_ARGS(duration_text(arena, rule->for_ms)));
    if (kind == SIGNAL_RATIO || kind == SIGNAL_QUANTILE)
        text_printf(&text, ", with at least %g %.*s", rule->at_least, STR_ARGS(rule->signal->noun));
    return text_str(&text);
}

/* "Disk space < 10%": what is left is meant, and the name binds the share in use, of which an empty
 * disk has less than 10 %. A name that says so, or that somebody bound, is taken at its word. */
static bool is_of_what_is_left(const struct rule *rule, const struct alert_statement *alert)
{
    static const char *const in_use[] = {"usage", "used", "utili", "consum", "in use", "load"};
    const struct signal *signal = rule->signal;
    bool lower = alert->cmp == CMP_UNDER || alert->cmp == CMP_AT_MOST;
    if (!lower || signal->kind != SIGNAL_GAUGE_RATIO || signal->left || alert->metric.n == 0 ||
        str_equal_nocase(signal->name, alert->metric))
        return false;
    for (size_t i = 0; i < sizeof in_use / sizeof in_use[0]; i++)
        if (str_find_nocase(alert->metric, in_use[i], 0) < alert->metric.n)
            return false;
    return true;
}

/* What the words and the signal's kind do not allow together. */
static struct str find_problem(struct arena *arena, const struct rule *rule,
                               const struct alert_statement *alert)
{
    const struct signal *signal = rule->signal;
    if (!signal)
        return str_printf(arena,
                          "not bound: no signal is named \"%.*s\"; bind it under signals: in "
                          "reeve.yaml",
                          STR_ARGS(rule->signal_name));
    if (signal->alternative_count == 0)
        return signal_missing(arena, signal);
    if (signal->kind == SIGNAL_QUANTILE && rule->quantile <= 0)
        return STR("the line names no quantile such as p95, and the signal is a histogram");
    if (signal->kind != SIGNAL_QUANTILE && rule->quantile > 0)
        return STR("the line names a quantile, and the signal is not bound to a histogram");
    if (is_of_what_is_left(rule, alert))
        return str_printf(
            arena,
            "\"%.*s\" has a lower limit, and its signal \"%.*s\" is the share in use; "
            "write that it is free (\"< 10%% free\") and bind a signal of that name, "
            "or write an upper limit of the usage",
            STR_ARGS(alert->metric), STR_ARGS(signal->name));
    if (alert->cmp == CMP_NONE && signal->state_limit <= 0 && !signal->left)
        return STR("the line names a state, and the signal has no limit at which it is reached");
    bool gauge = signal->kind == SIGNAL_GAUGE || signal->kind == SIGNAL_GAUGE_RATIO;
    if (gauge && (alert->mode == WINDOW_OVER || alert->mode == WINDOW_IN))
        return STR("the line counts or averages over a length of time, and the signal is a gauge; "
                   "write \"for\" when it must hold that long");
    if (alert->consecutive)
        return STR("the line wants something several times in a row, which no signal counts");
    return rule_rate_problem(rule);
}

/* "> 10 for 5 minutes" of a count means more than 10 a minute, five minutes long; "> 10 rps
 * for 5 minutes" more than 10 a second on the average of a minute. */
static void set_times(struct rule *rule, const struct alert_statement *alert)
{
    rule->statistic_ms = STATISTIC_MS;
    switch (alert->mode) {
    case WINDOW_FOR: rule->for_ms = alert->window_ms; break;
    case WINDOW_IN:
    case WINDOW_OVER:
        rule->statistic_ms = alert->window_ms > 0 ? alert->window_ms : STATISTIC_MS;
        break;
    case WINDOW_NONE: break;
    }
}

/* The amount of such a line is not a limit: its reader took another in its place. */
static void set_relative(struct arena *arena, struct rule *rule)
{
    struct relative relative;
    struct str absolute;
    if (!relative_find(arena, rule->title, STR("1"), &relative, &absolute))
        return;
    rule->relative = arena_make(arena, struct relative);
    *rule->relative = relative;
    rule->limit = 0;
    enum signal_kind kind = rule->signal ? rule->signal->kind : SIGNAL_NONE;
    bool share = kind == SIGNAL_RATIO || kind == SIGNAL_GAUGE_RATIO;
    rule->unit = share ? STR("%") : kind == SIGNAL_QUANTILE ? STR("s") : STR("");
}

void rule_set_level(struct arena *arena, struct rule *rule, struct str level)
{
    struct str before = rule->level.n > 0
                            ? str_printf(arena, "fires as %.*s ", STR_ARGS(rule->level))
                            : STR("fires ");
    if (str_starts(rule->meaning, before.p))
        rule->meaning = str_printf(arena, "fires as %.*s %.*s", STR_ARGS(level),
                                   STR_ARGS(str_from(rule->meaning, before.n)));
    rule->level = level;
}

struct rule rule_make(struct arena *arena, const struct statement *statement,
                      const struct signals *signals)
{
    const struct alert_statement *alert = &statement->alert;
    struct rule rule = {.id = str_copy(arena, str_of(statement->id)),
                        .line = statement->line,
                        .title = str_copy(arena, statement->text),
                        .level = str_copy(arena, alert->level),
                        .quantile = alert->quantile,
                        .cmp = alert->cmp,
                        .limit = alert->value,
                        .unit = str_copy(arena, alert->unit),
                        .at_least = AT_LEAST_EVENTS};
    rule.signal_name = str_copy(arena, alert->signal.n > 0 ? alert->signal : alert->metric);
    rule.signal = signal_find(signals, rule.signal_name);
    if (!rule.signal)
        rule.signal = signal_find(signals, alert->metric);
    if (rule.signal)
        rule.signal_name = rule.signal->name;
    set_times(&rule, alert);
    set_relative(arena, &rule);
    rule.per_second = is_rate(&rule) && rule.signal && rule.signal->kind == SIGNAL_COUNT;
    rule.problem = find_problem(arena, &rule, alert);
    if (alert->cmp == CMP_NONE) {
        rule.cmp = rule.signal && rule.signal->left ? CMP_AT_MOST : CMP_AT_LEAST;
        rule.limit = rule.signal && !rule.relative ? rule.signal->state_limit : 0;
    }
    rule.meaning = write_meaning(arena, &rule, alert);
    rule.promql = write_promql(arena, &rule);
    return rule;
}

static int compare_ids(const void *a, const void *b)
{
    const struct rule *const *x = a;
    const struct rule *const *y = b;
    int order = str_compare((*x)->id, (*y)->id);
    return order != 0 ? order : (*x > *y) - (*x < *y);
}

const struct rule *rules_find(const struct rules *rules, struct str id)
{
    size_t low = 0;
    size_t high = rules->by_id ? rules->count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_compare(rules->by_id[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (rules->by_id)
        return low < rules->count && str_equal(rules->by_id[low]->id, id) ? rules->by_id[low]
                                                                          : NULL;
    while (low < rules->count && !str_equal(rules->items[low].id, id))
        low++;
    return low < rules->count ? &rules->items[low] : NULL;
}

struct rules rules_make(struct arena *arena, const struct program *program,
                        const struct signals *signals)
{
    struct rules rules = {0};
    size_t capacity = 0;
    for (int i = 0; i < program->count && rules.count < LIMIT_RULES; i++)
        if (program->statements[i].kind == STATEMENT_ALERT)
            LIST_PUSH(arena, rules.items, rules.count, capacity) =
                rule_make(arena, &program->statements[i], signals);
    rules.written = rules.count;
    for (int i = 0; i < program->count; i++) {
        size_t count = 0;
        struct rule *burns = burn_rules_make(arena, &program->statements[i], signals, &count);
        for (size_t k = 0; k < count && rules.count < LIMIT_RULES; k++)
            LIST_PUSH(arena, rules.items, rules.count, capacity) = burns[k];
    }
    rules_set_parts(arena, &rules);
    rules.by_id = arena_array(arena, rules.count, sizeof *rules.by_id);
    for (size_t i = 0; i < rules.count; i++)
        rules.by_id[i] = &rules.items[i];
    qsort(rules.by_id, rules.count, sizeof *rules.by_id, compare_ids);
    return rules;
}

static void retain(const struct rule *rule, struct telemetry *telemetry)
{
    if (rule->burn && rule->question_count > 0)
        return;
    if (rule->burn)
        telemetry_keep_spending(telemetry, rule->signal_name, rule->burn->objective.limit,
                                rule->burn->objective.period_ms);
    else
        telemetry_retain(telemetry, rule->signal_name, rule->statistic_ms + STATISTIC_MS);
}

void rules_retain(const struct rules *rules, struct telemetry *telemetry)
{
    for (size_t i = 0; i < rules->count; i++)
        retain(&rules->items[i], telemetry);
}
