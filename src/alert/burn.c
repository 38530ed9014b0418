/* burn.c - from an objective to its rules, and what they say. */
#include "alert/burn.h"

#include "alert/ask_burn.h"

#include <math.h>

#define HOUR_MS (INT64_C(60) * 60 * 1000)

static const struct burn windows[BURN_RULES_MAX] = {
    {.spends = 0.02, .long_ms = HOUR_MS, .short_ms = HOUR_MS / 12, .is_page = true},
    {.spends = 0.05, .long_ms = 6 * HOUR_MS, .short_ms = HOUR_MS / 2, .is_page = true},
    {.spends = 0.10, .long_ms = 24 * HOUR_MS, .short_ms = 2 * HOUR_MS},
    {.spends = 0.10, .long_ms = 72 * HOUR_MS, .short_ms = 6 * HOUR_MS}};
/* Where the runbook has these; reeve.yaml may say others. */
static const char *const levels[BURN_RULES_MAX] = {"P1", "P2", "P3", "P3"};

static bool is_one_of(struct str metric, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_is_nocase(metric, words[i]))
            return true;
    return false;
}

/* "p95" alone names no measure. */
static bool is_quantile_word(struct str metric)
{
    bool digits = metric.n > 1 && byte_lower(metric.p[0]) == 'p';
    for (size_t i = 1; i < metric.n; i++)
        digits = digits && byte_is_digit(metric.p[i]);
    return digits;
}

/* Words that mean all requests, and so the signal that counts them. */
static struct str plain_signal(const struct alert_statement *alert)
{
    static const char *const shares[] = {
        "availability",         "success rate", "request success rate",
        "service availability", "requests",     "requests succeed"};
    static const char *const times[] = {"requests", "requests complete", "all requests"};
    if (alert->quantile > 0)
        return alert->metric.n == 0 || is_quantile_word(alert->metric) ||
                       is_one_of(alert->metric, times, sizeof times / sizeof *times)
                   ? STR("response time")
                   : STR("");
    return is_one_of(alert->metric, shares, sizeof shares / sizeof *shares) ? STR("error rate")
                                                                            : STR("");
}

static const struct signal *find_signal(const struct alert_statement *alert,
                                        const struct signals *signals)
{
    const struct signal *signal = alert->signal.n ? signal_find(signals, alert->signal) : NULL;
    if (!signal && alert->metric.n)
        signal = signal_find(signals, alert->metric);
    struct str plain = plain_signal(alert);
    if (!signal && plain.n == 0)
        return NULL;
    return signal ? signal : signal_find(signals, plain);
}

static struct str find_problem(struct arena *arena, const struct objective *objective,
                               const struct alert_statement *alert)
{
    const struct signal *signal = objective->signal;
    bool quantile = alert->quantile > 0;
    struct str part = alert->of.n ? alert->of : alert->part;
    if (!signal)
        return str_printf(arena,
                          "not measured: no signal is named \"%.*s\"; bind it with %s under "
                          "signals: in reeve.yaml",
                          STR_ARGS(alert->metric), quantile ? "histogram" : "failures and of");
    if (part.n > 0)
        return str_printf(arena,
                          "not measured: it speaks of %.*s only, and \"%.*s\" is of all; name a "
                          "signal of its own",
                          STR_ARGS(part), STR_ARGS(signal->name));
    if (alert->excluding.n > 0)
        return str_printf(arena, "not measured: nothing tells %.*s from the rest",
                          STR_ARGS(alert->excluding));
    if (signal->alternative_count == 0)
        return signal_missing(arena, signal);
    if (signal->kind != (quantile ? SIGNAL_QUANTILE : SIGNAL_RATIO))
        return str_printf(arena, "not measured: \"%.*s\" is not bound to a %s",
                          STR_ARGS(signal->name),
                          quantile ? "histogram" : "share of events (failures and of)");
    if (!(objective->budget > 0))
        return STR("not measured: it allows nothing to go wrong, so that there is no budget");
    if (objective->period_ms > SPENDING_PERIOD_MOST_MS)
        return str_printf(arena, "not measured: its period is longer than %.*s",
                          STR_ARGS(duration_text(arena, SPENDING_PERIOD_MOST_MS)));
    return STR("");
}

/* "Uptime 99.9 %", "error rate < 0.1 %", "p95 < 500 ms"; not "RTO 4 hours", not "disk usage < 80
 * %".
 */
static bool is_share(const struct alert_statement *alert)
{
    bool low = alert->cmp == CMP_UNDER || alert->cmp == CMP_AT_MOST;
    bool high = alert->cmp == CMP_OVER || alert->cmp == CMP_AT_LEAST;
    if (alert->quantile > 0)
        return low && alert->value > 0;
    return str_is(alert->unit, "%") && (low || high) && alert->value >= 0 && alert->value <= 1;
}

struct objective objective_make(struct arena *arena, const struct statement *statement,
                                const struct signals *signals)
{
    const struct alert_statement *alert = &statement->alert;
    struct objective objective = {.is_share =
                                      statement->kind == STATEMENT_OBJECTIVE && is_share(alert)};
    if (!objective.is_share)
        return objective;
    bool low = alert->cmp == CMP_UNDER || alert->cmp == CMP_AT_MOST;
    bool named = alert->window_ms > STATISTIC_MS;
    objective.signal = find_signal(alert, signals);
    /* Of gauges there is no budget: "disk usage < 80 %" is a limit. */
    objective.is_share = !objective.signal || (objective.signal->kind != SIGNAL_GAUGE &&
                                               objective.signal->kind != SIGNAL_GAUGE_RATIO);
    objective.period_ms = named ? alert->window_ms : OBJECTIVE_DAYS * 24 * HOUR_MS;
    objective.budget = low ? alert->value : 1 - alert->value;
    if (alert->quantile > 0) {
        objective.budget = 1 - alert->quantile;
        objective.limit = alert->value;
    }
    objective.problem = find_problem(arena, &objective, alert);
    return objective;
}

static const char *bad_words(const struct objective *objective)
{
    return objective->limit > 0 ? "slower than the limit" : "failed";
}

static struct str write_meaning(struct arena *arena, const struct rule *rule)
{
    const struct burn *burn = rule->burn;
    struct text text;
    text_init(&text, arena, 2048);
    text_printf(&text, "fires as %.*s when more than %.3g %% of %.*s were %s",
                STR_ARGS(rule->level), rule->limit * 100, STR_ARGS(rule->signal->noun),
                burn->objective.limit > 0 ? "" : "failures");
    if (burn->objective.limit > 0)
        text_printf(&text, "slower than %g s", burn->objective.limit);
    text_printf(&text,
                " over the last %.*s and over the last %.*s: the budget of %.3g %% burns %.3g× as "
                "fast as it lasts for %.*s",
                STR_ARGS(duration_text(arena, burn->long_ms)),
                STR_ARGS(duration_text(arena, burn->short_ms)), burn->objective.budget * 100,
                burn->factor, STR_ARGS(duration_text(arena, burn->objective.period_ms)));
    return text_str(&text);
}

/* Exposition writes 2 as "2" or "2.0": both are meant. */
static struct str edge_pattern(struct arena *arena, double edge)
{
    struct text text;
    struct text number;
    text_init(&text, arena, 128);
    text_init(&number, arena, 64);
    text_real(&number, edge);
    for (size_t i = 0; i < number.n; i++) {
        text_adds(&text, number.p[i] == '.' || number.p[i] == '+' ? "\\" : "");
        text_byte(&text, number.p[i]);
    }
    if (str_find_byte(text_str(&number), '.', 0) == number.n)
        text_adds(&text, "(\\.0+)?");
    return text_str(&text);
}

struct str burn_bucket(struct arena *arena, const struct alternative *alternative, double limit)
{
    struct selector part = alternative->parts[0];
    if (part.matcher_count == MATCHERS_MAX)
        return STR("");
    part.matchers[part.matcher_count++] =
        (struct matcher){.label = STR("le"),
                         .kind = MATCH_REGEX,
                         .value = edge_pattern(arena, limit / alternative->scale)};
    return selector_write(arena, &part, "_bucket");
}

struct str burn_promql_share(struct arena *arena, const struct rule *rule, int64_t length_ms)
{
    const struct alternative *alternative = &rule->signal->alternatives[rule->named];
    const struct objective *objective = &rule->burn->objective;
    long long minutes = (long long)(length_ms / 60000);
    if (!(objective->limit > 0))
        return str_printf(arena, "sum(increase(%.*s[%lldm])) / sum(increase(%.*s[%lldm]))",
                          STR_ARGS(selector_write(arena, &alternative->parts[0], "")), minutes,
                          STR_ARGS(selector_write(arena, &alternative->parts[1], "")), minutes);
    struct str bucket = burn_bucket(arena, alternative, objective->limit);
    if (bucket.n == 0)
        return STR("");
    return str_printf(arena, "1 - sum(increase(%.*s[%lldm])) / sum(increase(%.*s[%lldm]))",
                      STR_ARGS(bucket), minutes,
                      STR_ARGS(selector_write(arena, &alternative->parts[0], "_count")), minutes);
}

struct str burn_promql(struct arena *arena, const struct rule *rule)
{
    struct text limit;
    struct str of_long = burn_promql_share(arena, rule, rule->burn->long_ms);
    if (of_long.n == 0)
        return STR("");
    text_init(&limit, arena, 64);
    text_printf(&limit, "%.12g", rule->limit); /* 14.4 times 0.001 is 0.0144 */
    return str_printf(arena, "(%.*s) > %s and (%.*s) > %s", STR_ARGS(of_long), limit.p,
                      STR_ARGS(burn_promql_share(arena, rule, rule->burn->short_ms)), limit.p);
}

/* The identity of the objective but for its last digit: no other statement has it, and it survives
 * what the objective's own survives. */
static struct str id_of(struct arena *arena, const struct statement *statement, size_t window)
{
    return str_printf(arena, "%.15s%c", statement->id, (char)('p' + (int)window));
}

bool burn_is_of(const struct rule *rule, const struct statement *statement)
{
    return rule->burn && rule->id.n == 16 && strlen(statement->id) == 16 &&
           memcmp(rule->id.p, statement->id, 15) == 0;
}

static struct rule make_rule(struct arena *arena, const struct statement *statement,
                             const struct burn *burn, size_t window)
{
    struct rule rule = {.id = id_of(arena, statement, window),
                        .line = statement->line,
                        .title = str_printf(arena, "%.*s: %g %% of its budget in %.*s",
                                            STR_ARGS(statement->text), burn->spends * 100,
                                            STR_ARGS(duration_text(arena, burn->long_ms))),
                        .level = str_of(levels[window]),
                        .signal_name = burn->objective.signal->name,
                        .signal = burn->objective.signal,
                        .cmp = CMP_OVER,
                        .limit = burn->factor * burn->objective.budget,
                        .unit = STR("%"),
                        .statistic_ms = burn->long_ms,
                        .at_least = AT_LEAST_EVENTS,
                        .burn = burn};
    rule.meaning = write_meaning(arena, &rule);
    rule.promql = burn_promql(arena, &rule);
    return rule;
}

struct rule *burn_rules_make(struct arena *arena, const struct statement *statement,
                             const struct signals *signals, size_t *out_count)
{
    struct objective objective = objective_make(arena, statement, signals);
    struct rule *rules = arena_array(arena, BURN_RULES_MAX, sizeof *rules);
    *out_count = 0;
    bool can = objective.is_share && objective.signal && objective.problem.n == 0;
    for (size_t i = 0; can && i < BURN_RULES_MAX; i++) {
        struct burn *burn = arena_make(arena, struct burn);
        *burn = windows[i];
        burn->objective = objective;
        burn->factor = burn->spends * (double)objective.period_ms / (double)burn->long_ms;
        burn->factor = burn->factor > 1 ? burn->factor : 1;
        /* As long as the period itself, or of a share that cannot be exceeded. */
        if (burn->long_ms >= objective.period_ms || burn->factor * objective.budget >= 1)
            continue;
        rules[(*out_count)++] = make_rule(arena, statement, burn, i);
    }
    return rules;
}

static double share_of(const struct spent *spent)
{
    return spent->of > 0 ? spent->bad / spent->of : 0;
}

/* Whatever happened in the gaps. */
static enum truth is_over(const struct spent *spent, double limit)
{
    double all = spent->of + spent->unseen;
    if (!(all > 0))
        return TRUTH_FALSE;
    if (spent->bad / all > limit)
        return TRUTH_TRUE;
    return (spent->bad + spent->unseen) / all <= limit ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

static bool reaches_back(const struct spent *spent, int64_t length_ms, struct instant now)
{
    return spent->seen && instant_ms_between(spent->since, now) >= length_ms;
}

static struct str why_unknown(struct arena *arena, const struct burn *burn,
                              const struct spent *of_long, const struct spent *of_short,
                              struct instant now)
{
    if (of_long->no_edge)
        return str_printf(arena,
                          "the limit lies inside a bucket; the histogram needs an edge at %g s",
                          burn->objective.limit);
    if (!reaches_back(of_long, burn->long_ms, now))
        return str_printf(
            arena, "only %.*s of the %.*s that it looks at were measured so far",
            STR_ARGS(duration_text(arena, of_long->seen ? instant_ms_between(of_long->since, now)
                                                        : INT64_C(0))),
            STR_ARGS(duration_text(arena, burn->long_ms)));
    if (!reaches_back(of_short, burn->short_ms, now))
        return str_printf(arena, "the last %.*s were not seen as a whole",
                          STR_ARGS(duration_text(arena, burn->short_ms)));
    bool is_short = of_short->gap_ms > 0;
    return str_printf(arena,
                      "%.*s of the last %.*s were not seen, and what happened then could decide it",
                      STR_ARGS(duration_text(arena, is_short ? of_short->gap_ms : of_long->gap_ms)),
                      STR_ARGS(duration_text(arena, is_short ? burn->short_ms : burn->long_ms)));
}

static struct str value_words(struct arena *arena, const struct rule *rule,
                              const struct spent *of_long, const struct spent *of_short)
{
    const struct burn *burn = rule->burn;
    struct str length = duration_text(arena, burn->long_ms);
    if (!(of_long->of > 0))
        return str_printf(arena, "no %.*s in %.*s", STR_ARGS(rule->signal->noun), STR_ARGS(length));
    return str_printf(arena,
                      "burning %.3g× over %.*s and %.3g× over %.*s (%.3g %% of %.0f %.*s %s in "
                      "%.*s)",
                      share_of(of_long) / burn->objective.budget, STR_ARGS(length),
                      share_of(of_short) / burn->objective.budget,
                      STR_ARGS(duration_text(arena, burn->short_ms)), share_of(of_long) * 100,
                      of_long->of, STR_ARGS(rule->signal->noun), bad_words(&burn->objective),
                      STR_ARGS(length));
}

struct evaluation burn_decide(struct arena *arena, const struct rule *rule,
                              const struct spent *of_long, const struct spent *of_short,
                              struct instant now)
{
    const struct burn *burn = rule->burn;
    enum truth soon = is_over(of_short, rule->limit);
    enum truth late = is_over(of_long, rule->limit);
    if (!reaches_back(of_short, burn->short_ms, now) || of_long->no_edge)
        soon = TRUTH_UNKNOWN;
    if (!reaches_back(of_long, burn->long_ms, now) || of_long->no_edge)
        late = TRUTH_UNKNOWN;
    struct evaluation evaluation = {.value = share_of(of_long), .at = of_long->newest};
    evaluation.value_text = value_words(arena, rule, of_long, of_short);
    if (soon == TRUTH_FALSE || late == TRUTH_FALSE) {
        evaluation.truth = TRUTH_FALSE;
    } else if (soon == TRUTH_UNKNOWN || late == TRUTH_UNKNOWN) {
        evaluation.truth = TRUTH_UNKNOWN;
        evaluation.value = NAN;
        evaluation.reason = why_unknown(arena, burn, of_long, of_short, now);
        evaluation.heard = of_long->newest;
    } else if (of_long->of < rule->at_least) {
        evaluation.truth = TRUTH_TOO_LITTLE;
        evaluation.reason =
            str_printf(arena, "too little traffic: %.0f %.*s in %.*s, fewer than %g", of_long->of,
                       STR_ARGS(rule->signal->noun), STR_ARGS(duration_text(arena, burn->long_ms)),
                       rule->at_least);
        evaluation.value_text = evaluation.reason;
    } else {
        evaluation.truth = TRUTH_TRUE;
    }
    return evaluation;
}

struct evaluation burn_evaluate(struct arena *arena, const struct rule *rule,
                                const struct telemetry *telemetry, struct instant now)
{
    const struct burn *burn = rule->burn;
    const struct kept_spending *kept = telemetry_find_spending(
        telemetry, rule->signal_name, burn->objective.limit, burn->objective.period_ms);
    struct spent of_long = {.seen = false};
    struct spent of_short = {.seen = false};
    if (kept) {
        of_long = telemetry_ask_spent(telemetry, kept, burn->long_ms, now);
        of_short = telemetry_ask_spent(telemetry, kept, burn->short_ms, now);
    }
    return burn_decide(arena, rule, &of_long, &of_short, now);
}

/* By the engine where that is asked, else by what was counted here. */
static struct budget_spent find_spent(struct arena *arena, const struct objective *objective,
                                      const struct telemetry *telemetry, struct instant now)
{
    struct budget_spent spent = {.problem = STR("")};
    if (telemetry->asked && ask_spent(arena, objective, telemetry->asked, now, &spent))
        return spent;
    const struct kept_spending *kept = telemetry_find_spending(
        telemetry, objective->signal->name, objective->limit, objective->period_ms);
    if (kept) {
        spent.whole = telemetry_ask_spent(telemetry, kept, objective->period_ms, now);
        spent.hour = telemetry_ask_spent(telemetry, kept, HOUR_MS, now);
    }
    return spent;
}

struct str burn_budget_text(struct arena *arena, const struct objective *objective,
                            const struct telemetry *telemetry, struct instant now)
{
    struct str period = duration_text(arena, objective->period_ms);
    struct budget_spent found = find_spent(arena, objective, telemetry, now);
    const struct spent *whole = &found.whole;
    if (found.problem.n > 0)
        return str_printf(arena, "budget not known: %.*s", STR_ARGS(found.problem));
    if (whole->no_edge)
        return str_printf(arena, "the histogram needs an edge at %g s", objective->limit);
    if (!(whole->of > 0))
        return str_printf(arena, "no %.*s measured yet", STR_ARGS(objective->signal->noun));
    int64_t seen_ms = instant_ms_between(whole->since, now);
    seen_ms = seen_ms < objective->period_ms ? seen_ms : objective->period_ms;
    /* As if the traffic of what was seen were that of the whole period. */
    double spent =
        share_of(whole) / objective->budget * (double)seen_ms / (double)objective->period_ms;
    struct text text;
    text_init(&text, arena, 512);
    text_printf(&text, "budget left %.3g %% of %.*s; burning %.3g× in the last hour",
                (1 - spent) * 100, STR_ARGS(period), share_of(&found.hour) / objective->budget);
    if (seen_ms < objective->period_ms)
        text_printf(&text, "; %.*s of it seen so far", STR_ARGS(duration_text(arena, seen_ms)));
    if (whole->gap_ms > 0)
        text_printf(&text, "; %.*s not seen", STR_ARGS(duration_text(arena, whole->gap_ms)));
    return text_str(&text);
}
