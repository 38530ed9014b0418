/* evaluate.c - a rule against what was measured. */
#include "alert/evaluate.h"

#include "alert/ask.h"
#include "alert/burn.h"
#include "alert/relative.h"

#include <math.h>
#include <stdio.h>

#define HOUR_MS (INT64_C(60) * 60 * 1000)

bool evaluate_holds(enum comparison cmp, double value, double limit)
{
    switch (cmp) {
    case CMP_OVER: return value > limit;
    case CMP_AT_LEAST: return value >= limit;
    case CMP_UNDER: return value < limit;
    case CMP_AT_MOST: return value <= limit;
    case CMP_EQUAL: return value >= limit && value <= limit;
    case CMP_NONE: break;
    }
    return false;
}

static bool is_upward(enum comparison cmp)
{
    return cmp == CMP_OVER || cmp == CMP_AT_LEAST;
}

/* 1204 → "1,204"; one decimal when it is not whole. */
static struct str count_text(struct arena *arena, double value)
{
    bool whole = value - floor(value) < 0.05;
    struct str digits = str_printf(arena, "%.0f", floor(value));
    struct text text;
    text_init(&text, arena, 64);
    for (size_t i = 0; i < digits.n; i++) {
        if (i > 0 && (digits.n - i) % 3 == 0 && digits.p[i - 1] != '-')
            text_byte(&text, ',');
        text_byte(&text, digits.p[i]);
    }
    if (!whole)
        text_printf(&text, ".%d", (int)((value - floor(value)) * 10));
    return text_str(&text);
}

/* 5 → "5.0", 0.05 → "0.05". */
static struct str rate_text(struct arena *arena, double a_second)
{
    if (a_second > 0 && a_second < 0.1)
        return str_printf(arena, "%.2g", a_second);
    return str_printf(arena, "%.1f", a_second);
}

struct value_unit value_unit_of(const struct rule *rule)
{
    static const struct {
        const char *said; /* parted by commas */
        struct value_unit unit;
    } units[] = {{"ms,millisecond,milliseconds", {"ms", 0.001}},
                 {"s,sec,secs,second,seconds", {"s", 1}},
                 {"m,min,mins,minute,minutes", {"min", 60}},
                 {"h,hr,hrs,hour,hours", {"h", 3600}},
                 {"d,day,days", {"d", 86400}},
                 {"w,wk,wks,week,weeks", {"weeks", 604800}}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct str rest = str_of(units[i].said);
        struct str word;
        while (rest.n > 0 && str_split(&rest, ',', &word))
            if (str_equal_nocase(word, rule->unit))
                return units[i].unit;
    }
    return (struct value_unit){"", 1};
}

bool value_is_bytes(const struct rule *rule)
{
    struct str unit = rule->unit;
    char last = unit.n > 0 ? byte_lower(unit.p[unit.n - 1]) : '\0';
    return last == 'b' || str_is_nocase(unit, "byte") || str_is_nocase(unit, "bytes");
}

/* So many digits that what differs from the limit is not written as the limit. */
static int digits_apart(double value, double limit)
{
    enum { DIGITS_LEAST = 6, DIGITS_MOST = 15 };
    int digits = DIGITS_LEAST;
    for (bool same = true; same && digits < DIGITS_MOST; digits += same) {
        char words[2][48];
        (void)snprintf(words[0], sizeof words[0], "%.*g", digits, value);
        (void)snprintf(words[1], sizeof words[1], "%.*g", digits, limit);
        same = (value < limit || value > limit) && strcmp(words[0], words[1]) == 0;
    }
    return digits;
}

/* Without an exponent where people still count: 5e+09 is nothing to read at night. */
static struct str plain_text(struct arena *arena, double value, double limit)
{
    int digits = digits_apart(value, limit);
    if (fabs(value) >= 1e5 && fabs(value) < 1e15)
        return count_text(arena, value);
    return str_printf(arena, "%.*g", digits, value);
}

struct str value_number_text(struct arena *arena, const struct rule *rule, double value)
{
    static const char *const names[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    size_t power = 0;
    double scale = 1;
    if (str_is(rule->unit, "/s"))
        return str_printf(arena, "%.*s a second", STR_ARGS(plain_text(arena, value, rule->limit)));
    struct value_unit unit = value_unit_of(rule);
    if (unit.words[0] != '\0')
        return str_printf(
            arena, "%.*s %s",
            STR_ARGS(plain_text(arena, value / unit.seconds, rule->limit / unit.seconds)),
            unit.words);
    if (!value_is_bytes(rule))
        return plain_text(arena, value, rule->limit);
    while (fabs(value) / scale >= 1000 && power + 1 < sizeof names / sizeof *names) {
        scale *= 1000;
        power++;
    }
    return str_printf(arena, "%.*g %s", digits_apart(value / scale, rule->limit / scale),
                      value / scale, names[power]);
}

/* "1 request", "2 requests", "1 failed attempt": the noun is in the plural. */
static struct str counted_text(struct arena *arena, double value, struct str many)
{
    struct str count = count_text(arena, value);
    bool one = str_is(count, "1") && str_ends(many, "s");
    return str_printf(arena, "%.*s %.*s", STR_ARGS(count), (int)(one ? many.n - 1 : many.n),
                      many.p);
}

static struct str percent_text(struct arena *arena, double share, double limit)
{
    double percent = share * 100;
    if (percent > 0 && percent < 0.1)
        return str_printf(arena, "%.2g %%", percent);
    struct str text = str_printf(arena, "%.1f %%", percent);
    bool same = str_equal(text, str_printf(arena, "%.1f %%", limit * 100));
    return same && (share < limit || share > limit)
               ? str_printf(arena, "%.*g %%", digits_apart(percent, limit * 100), percent)
               : text;
}

static struct str seconds_text(struct arena *arena, double seconds)
{
    if (seconds > 0 && seconds < 1)
        return str_printf(arena, "%.4g ms", seconds * 1000);
    return str_printf(arena, "%.4g s", seconds);
}

static struct evaluation unknown(struct str reason, struct instant at)
{
    return (struct evaluation){.truth = TRUTH_UNKNOWN, .value = NAN, .reason = reason, .at = at};
}

static void set_truth(struct evaluation *evaluation, bool condition)
{
    evaluation->truth = condition ? TRUTH_TRUE : TRUTH_FALSE;
}

static void evaluate_ratio(struct arena *arena, const struct rule *rule,
                           const struct answer *answer, struct evaluation *out_evaluation)
{
    out_evaluation->value = answer->part / answer->of;
    out_evaluation->value_text =
        str_printf(arena, "%.*s of %.*s %.*s in %.*s",
                   STR_ARGS(percent_text(arena, out_evaluation->value, rule->limit)),
                   STR_ARGS(count_text(arena, answer->of)), STR_ARGS(rule->signal->noun),
                   STR_ARGS(duration_text(arena, rule->statistic_ms)));
    set_truth(out_evaluation, evaluate_holds(rule->cmp, out_evaluation->value, rule->limit));
}

/* Where the quantile lies: lower edge, upper edge (INFINITY above the last). */
static void find_bucket(const struct answer *answer, double wanted, double *out_low,
                        double *out_high, double *out_value)
{
    double low = 0;
    double below = 0;
    for (size_t i = 0; i < answer->edge_count; i++) {
        if (answer->counts[i] >= wanted) {
            double inside = answer->counts[i] - below;
            *out_low = low;
            *out_high = answer->edges[i];
            *out_value = inside > 0 ? low + (answer->edges[i] - low) * (wanted - below) / inside
                                    : answer->edges[i];
            return;
        }
        low = answer->edges[i];
        below = answer->counts[i];
    }
    *out_low = low;
    *out_high = INFINITY;
    *out_value = low;
}

static struct str between_text(struct arena *arena, const struct rule *rule, double low,
                               double high)
{
    if (value_is_bytes(rule)) {
        struct str from = value_number_text(arena, rule, low);
        struct str to = value_number_text(arena, rule, high);
        return isinf(high) ? str_printf(arena, "over %.*s", STR_ARGS(from))
               : low <= 0
                   ? str_printf(arena, "at most %.*s", STR_ARGS(to))
                   : str_printf(arena, "between %.*s and %.*s", STR_ARGS(from), STR_ARGS(to));
    }
    if (isinf(high))
        return str_printf(arena, "over %.*s", STR_ARGS(seconds_text(arena, low)));
    if (low <= 0)
        return str_printf(arena, "at most %.*s", STR_ARGS(seconds_text(arena, high)));
    return high < 1 || low >= 1
               ? str_printf(arena, "between %.4g and %.*s", high < 1 ? low * 1000 : low,
                            STR_ARGS(seconds_text(arena, high)))
               : str_printf(arena, "between %.*s and %.*s", STR_ARGS(seconds_text(arena, low)),
                            STR_ARGS(seconds_text(arena, high)));
}

static void evaluate_quantile(struct arena *arena, const struct rule *rule,
                              const struct answer *answer, struct evaluation *out_evaluation)
{
    double low;
    double high;
    find_bucket(answer, rule->quantile * answer->of, &low, &high, &out_evaluation->value);
    struct str between = between_text(arena, rule, low, high);
    out_evaluation->value_text =
        str_printf(arena, "p%g %.*s of %.*s %.*s in %.*s", rule->quantile * 100, STR_ARGS(between),
                   STR_ARGS(count_text(arena, answer->of)), STR_ARGS(rule->signal->noun),
                   STR_ARGS(duration_text(arena, rule->statistic_ms)));
    if (rule->relative && isfinite(high)) {
        set_truth(out_evaluation, evaluate_holds(rule->cmp, out_evaluation->value, rule->limit));
        return;
    }
    double falls_at = answer_falls_at(answer);
    if (falls_at > 0) {
        out_evaluation->truth = TRUTH_UNKNOWN;
        out_evaluation->reason = str_printf(
            arena, "the histogram's bucket \"le=%.4g\" counts fewer than one below it", falls_at);
        return;
    }
    /* The bucket is (low, high]: above the limit when low is not below it. When the share is met
     * just at its upper edge, the quantile is that edge, as Prometheus has it. */
    bool at_edge = isfinite(high) && high - out_evaluation->value <= 1e-9 * high;
    if (at_edge && high >= rule->limit && high <= rule->limit) {
        set_truth(out_evaluation, evaluate_holds(rule->cmp, high, rule->limit));
    } else if (low >= rule->limit && rule->limit >= 0) {
        set_truth(out_evaluation, is_upward(rule->cmp));
    } else if (high <= rule->limit) {
        set_truth(out_evaluation, !is_upward(rule->cmp) && rule->cmp != CMP_EQUAL);
    } else {
        out_evaluation->truth = TRUTH_UNKNOWN;
        out_evaluation->reason = str_printf(
            arena, "p%g is %.*s and the limit lies inside; the histogram needs an edge at %.*s",
            rule->quantile * 100, STR_ARGS(between),
            STR_ARGS(value_is_bytes(rule) ? value_number_text(arena, rule, rule->limit)
                                          : seconds_text(arena, rule->limit)));
    }
}

/* As long as the readings are, where they are not as long as the rule says. */
static struct str counted_over(struct arena *arena, const struct rule *rule,
                               const struct answer *answer)
{
    int64_t apart_ms = answer->seen_most_ms - rule->statistic_ms;
    int64_t tolerance_ms = window_tolerance_ms(rule->statistic_ms);
    bool same = answer->seen_most_ms - answer->seen_least_ms <= tolerance_ms;
    bool other = answer->seen_most_ms > 0 && answer->covered_ms >= rule->statistic_ms && same &&
                 (apart_ms > tolerance_ms || apart_ms < -tolerance_ms);
    return duration_text(arena, other ? answer->seen_most_ms : rule->statistic_ms);
}

/* Of a count only its bounds are known: true when each number between them would be so. */
static enum truth truth_between(const struct rule *rule, double least, double most)
{
    bool first = evaluate_holds(rule->cmp, least, rule->limit);
    bool last = evaluate_holds(rule->cmp, most, rule->limit);
    bool around = rule->cmp == CMP_EQUAL && least < rule->limit && most > rule->limit;
    if (first != last || around)
        return TRUTH_UNKNOWN;
    return first ? TRUTH_TRUE : TRUTH_FALSE;
}

static void evaluate_count(struct arena *arena, const struct rule *rule,
                           const struct answer *answer, struct evaluation *out_evaluation)
{
    struct str length = duration_text(arena, rule->statistic_ms);
    struct str over = counted_over(arena, rule, answer);
    bool seen = answer->covered_ms >= rule->statistic_ms;
    double value = rule->per_second ? answer->a_second : answer->part;
    double least = rule->per_second ? value : value - answer->before;
    double most = rule->per_second ? value : value + answer->within;
    out_evaluation->value = value;
    if (rule->per_second)
        out_evaluation->value_text = str_printf(arena, "%.*s a second over %.*s",
                                                STR_ARGS(rate_text(arena, value)), STR_ARGS(over));
    else
        out_evaluation->value_text = str_printf(
            arena, "%.*s in %.*s", STR_ARGS(counted_text(arena, answer->part, rule->signal->noun)),
            STR_ARGS(over));
    /* What was not seen can only add: a count over the limit is over it, one below is not known. */
    out_evaluation->truth = truth_between(rule, least, seen ? most : INFINITY);
    if (out_evaluation->truth != TRUTH_UNKNOWN)
        return;
    if (seen)
        out_evaluation->reason = str_printf(
            arena,
            "between %.*s and %.*s in %.*s, for the readings do not begin with it: %.*s; an "
            "\"every\" that divides it tells",
            STR_ARGS(count_text(arena, least)),
            STR_ARGS(counted_text(arena, most, rule->signal->noun)), STR_ARGS(length),
            STR_ARGS(out_evaluation->value_text));
    else
        out_evaluation->reason =
            str_printf(arena, "only the last %.*s of %.*s were seen without a gap",
                       STR_ARGS(duration_text(arena, answer->covered_ms)), STR_ARGS(length));
}

struct str evaluate_gauge_text(struct arena *arena, const struct rule *rule, enum signal_kind kind,
                               double value)
{
    return str_is(rule->unit, "%") || kind == SIGNAL_GAUGE_RATIO
               ? percent_text(arena, value, rule->limit)
               : value_number_text(arena, rule, value);
}

static void evaluate_gauge(struct arena *arena, const struct rule *rule,
                           const struct answer *answer, struct evaluation *out_evaluation)
{
    bool lowest = rule->cmp == CMP_UNDER || rule->cmp == CMP_AT_MOST;
    double value = lowest ? answer->low : answer->high;
    out_evaluation->value = value;
    out_evaluation->series = str_copy(arena, lowest ? answer->low_series : answer->high_series);
    struct text text;
    text_init(&text, arena, 512);
    text_add(&text, evaluate_gauge_text(arena, rule, answer->kind, value));
    if (out_evaluation->series.n > 0)
        text_printf(&text, " (%.*s)", STR_ARGS(out_evaluation->series));
    out_evaluation->value_text = text_str(&text);
    set_truth(out_evaluation, evaluate_holds(rule->cmp, value, rule->limit));
}

/* A target that answers, but with nothing to read of the signal. */
static struct str answering_text(struct arena *arena, const struct telemetry *telemetry,
                                 struct str signal, const struct answer *answer, struct instant now)
{
    size_t at = 0;
    const struct target_status *target;
    while ((target = telemetry_next_target(telemetry, &at))) {
        if (!str_equal(target->name, answer->silent_target) || !target->up ||
            instant_ms_between(target->at, now) > stale_after_ms(target->interval_ms))
            continue;
        struct str why = telemetry_target_reason(target, signal);
        if (why.n > 0)
            return str_printf(arena, "target %.*s answers, but %.*s", STR_ARGS(target->name),
                              STR_ARGS(why));
        return str_printf(arena, "target %.*s answers, but has given nothing of this for %.*s",
                          STR_ARGS(target->name),
                          STR_ARGS(duration_text(arena, answer->silent_ms)));
    }
    return STR("");
}

static struct str silent_text(struct arena *arena, const struct telemetry *telemetry,
                              struct str signal, const struct answer *answer, struct instant now)
{
    if (answer->silent_why.n > 0)
        return str_printf(arena, "target %.*s answers, but %.*s", STR_ARGS(answer->silent_target),
                          STR_ARGS(answer->silent_why));
    struct str answering = answering_text(arena, telemetry, signal, answer, now);
    struct str silent_for = duration_text(arena, answer->silent_ms);
    return answering.n > 0 ? answering
                           : str_printf(arena, "target %.*s has given nothing for %.*s",
                                        STR_ARGS(answer->silent_target), STR_ARGS(silent_for));
}

/* Targets that are down, of which any may be the one that would show the signal. */
static struct str find_down(struct arena *arena, const struct telemetry *telemetry)
{
    enum { NAMED = 3, BYTES_MAX = 1024 };
    size_t at = 0;
    size_t count = 0;
    const struct target_status *target;
    struct str first = {0};
    struct text names;
    text_init(&names, arena, BYTES_MAX);
    while ((target = telemetry_next_target(telemetry, &at))) {
        if (target->up)
            continue;
        if (count++ == 0)
            first = str_printf(arena, "target %.*s: %.*s", STR_ARGS(target->name),
                               STR_ARGS(target->problem));
        else if (count <= NAMED)
            text_printf(&names, "%s%.*s", count > 2 ? ", " : "", STR_ARGS(target->name));
    }
    if (count <= 1)
        return first;
    if (count > NAMED)
        text_printf(&names, " and %zu more", count - NAMED);
    return str_printf(arena, "%.*s; also down: %.*s", STR_ARGS(first), STR_ARGS(text_str(&names)));
}

static struct evaluation nothing_known(struct arena *arena, const struct rule *rule,
                                       const struct telemetry *telemetry)
{
    struct str down = find_down(arena, telemetry);
    size_t at = 0;
    if (down.n == 0 && !telemetry_next_target(telemetry, &at))
        down = STR("no target has answered yet");
    if (down.n > 0)
        return unknown(down, (struct instant){0});
    struct str missing = signal_missing(arena, rule->signal);
    const struct target_status *target;
    for (at = 0; (target = telemetry_next_target(telemetry, &at));) {
        struct str why = telemetry_target_reason(target, rule->signal_name);
        if (why.n > 0 && telemetry_target_shows_why(target, rule->signal_name))
            return unknown(str_printf(arena, "target %.*s answers, but %.*s",
                                      STR_ARGS(target->name), STR_ARGS(why)),
                           (struct instant){0});
        if (why.n > 0)
            missing = str_printf(arena, "%.*s; target %.*s: %.*s", STR_ARGS(missing),
                                 STR_ARGS(target->name), STR_ARGS(why));
    }
    return unknown(missing, (struct instant){0});
}

/* Ratio and quantile need events. True when the matter is settled without them. */
static bool settle_traffic(struct arena *arena, const struct rule *rule,
                           const struct answer *answer, struct evaluation *out_evaluation)
{
    struct str length = duration_text(arena, rule->statistic_ms);
    if (answer->covered_ms <= 0) {
        *out_evaluation = unknown(STR("only one scrape so far"), answer->newest);
        return true;
    }
    if (answer->of <= 0) {
        out_evaluation->truth = TRUTH_FALSE;
        out_evaluation->value = NAN;
        out_evaluation->reason = str_printf(arena, "no %.*s", STR_ARGS(rule->signal->noun));
        out_evaluation->value_text =
            str_printf(arena, "no %.*s in %.*s", STR_ARGS(rule->signal->noun), STR_ARGS(length));
        return true;
    }
    if (answer->of >= rule->at_least)
        return false;
    out_evaluation->truth = TRUTH_TOO_LITTLE;
    out_evaluation->value = NAN;
    out_evaluation->reason =
        str_printf(arena, "too little traffic: %.*s in %.*s, fewer than %g",
                   STR_ARGS(counted_text(arena, answer->of, rule->signal->noun)), STR_ARGS(length),
                   rule->at_least);
    out_evaluation->value_text = out_evaluation->reason;
    return true;
}

struct evaluation evaluate_answer(struct arena *arena, const struct rule *rule,
                                  const struct answer *answer)
{
    struct evaluation evaluation = {.at = answer->newest};
    switch (answer->kind) {
    case SIGNAL_RATIO:
        if (!settle_traffic(arena, rule, answer, &evaluation))
            evaluate_ratio(arena, rule, answer, &evaluation);
        break;
    case SIGNAL_QUANTILE:
        if (!settle_traffic(arena, rule, answer, &evaluation))
            evaluate_quantile(arena, rule, answer, &evaluation);
        break;
    case SIGNAL_COUNT: evaluate_count(arena, rule, answer, &evaluation); break;
    case SIGNAL_GAUGE:
    case SIGNAL_GAUGE_RATIO: evaluate_gauge(arena, rule, answer, &evaluation); break;
    case SIGNAL_NONE: break;
    }
    return evaluation;
}

static struct evaluation silent(struct arena *arena, struct str signal,
                                const struct telemetry *telemetry, const struct answer *answer,
                                struct instant now)
{
    struct evaluation evaluation =
        unknown(silent_text(arena, telemetry, signal, answer, now), answer->newest);
    evaluation.heard = answer->silent_at;
    evaluation.missing_since = answer->silent_since;
    return evaluation;
}

static struct evaluation evaluate(struct arena *arena, const struct rule *rule,
                                  const struct telemetry *telemetry, struct instant now)
{
    struct answer answer = telemetry_ask(telemetry, rule->signal_name, rule->statistic_ms, now);
    if (answer.state == ANSWER_NONE)
        return nothing_known(arena, rule, telemetry);
    if (answer.state == ANSWER_FORGOTTEN)
        return unknown(STR("the wall clock was set; waiting for the next readings"), answer.newest);
    if (answer.state == ANSWER_SILENT)
        return silent(arena, rule->signal_name, telemetry, &answer, now);
    struct evaluation evaluation = evaluate_answer(arena, rule, &answer);
    /* Those that are silent could only make it worse; of a count below its limit, only better. */
    bool sums_up = answer.kind == SIGNAL_COUNT && !is_upward(rule->cmp);
    if (answer.state == ANSWER_PARTLY && (evaluation.truth != TRUTH_TRUE || sums_up)) {
        struct evaluation why = silent(arena, rule->signal_name, telemetry, &answer, now);
        evaluation.truth = TRUTH_UNKNOWN;
        evaluation.reason = why.reason;
        evaluation.heard = why.heard;
        evaluation.missing_since = why.missing_since;
    }
    return evaluation;
}

static struct str limit_text(struct arena *arena, const struct rule *rule)
{
    enum signal_kind kind = rule->signal ? rule->signal->kind : SIGNAL_NONE;
    if (kind == SIGNAL_RATIO || kind == SIGNAL_GAUGE_RATIO)
        return percent_text(arena, rule->limit, rule->limit);
    if (kind == SIGNAL_QUANTILE && !value_is_bytes(rule))
        return seconds_text(arena, rule->limit);
    return kind == SIGNAL_COUNT ? count_text(arena, rule->limit)
                                : value_number_text(arena, rule, rule->limit);
}

struct str evaluate_relative_text(struct arena *arena, const struct rule *limited,
                                  const struct evaluation *evaluation)
{
    return str_printf(arena, "%.*s; %.4g times the %.*s is %.*s", STR_ARGS(evaluation->value_text),
                      limited->relative->factor, STR_ARGS(limited->relative->name),
                      STR_ARGS(limit_text(arena, limited)));
}

/* Against the multiple of its baseline, where that is known. */
static struct evaluation evaluate_relative(struct arena *arena, const struct rule *rule,
                                           const struct telemetry *telemetry, struct instant now)
{
    struct str problem = relative_problem(arena, rule->relative);
    if (problem.n > 0)
        return unknown(problem, (struct instant){0});
    struct rule limited = relative_limited(rule, rule->relative);
    struct evaluation evaluation = evaluate(arena, &limited, telemetry, now);
    evaluation.value_text = evaluate_relative_text(arena, &limited, &evaluation);
    return evaluation;
}

double evaluate_hour(struct arena *arena, const struct rule *rule, const struct answer *answer)
{
    struct rule whole = *rule;
    double low = 0;
    double high = 0;
    double value = 0;
    whole.relative = NULL;
    whole.statistic_ms = HOUR_MS;
    struct evaluation evaluation = evaluate_answer(arena, &whole, answer);
    if (evaluation.truth == TRUTH_TOO_LITTLE || !isfinite(evaluation.value))
        return NAN;
    if (answer->kind == SIGNAL_QUANTILE) {
        find_bucket(answer, rule->quantile * answer->of, &low, &high, &value);
        return isfinite(high) ? evaluation.value : NAN;
    }
    if (answer->kind != SIGNAL_COUNT)
        return evaluation.value;
    /* A gap in the midst is no matter, when the rest is nearly all. */
    double covered_ms = (double)answer->covered_ms;
    if (covered_ms < (double)answer->seen_least_ms)
        covered_ms = (double)answer->seen_least_ms;
    return covered_ms < 0.9 * HOUR_MS ? NAN
                                      : evaluation.value * (double)rule->statistic_ms / covered_ms;
}

static struct evaluation evaluate_any(struct arena *arena, const struct rule *rule,
                                      const struct telemetry *telemetry, struct instant now)
{
    if (rule->problem.n > 0)
        return unknown(rule->problem, (struct instant){0});
    if (rule->question_count > 0 && telemetry->asked)
        return ask_evaluate(arena, rule, telemetry, now);
    if (rule->burn)
        return burn_evaluate(arena, rule, telemetry, now);
    if (rule->relative)
        return evaluate_relative(arena, rule, telemetry, now);
    return evaluate(arena, rule, telemetry, now);
}

struct evaluation rule_evaluate(struct arena *arena, const struct rule *rule,
                                const struct telemetry *telemetry, struct instant now)
{
    struct evaluation evaluation = evaluate_any(arena, rule, telemetry, now);
    evaluation.unrecovered = evaluation.truth;
    if (!rule->policy.has_recovery || evaluation.truth != TRUTH_FALSE || rule->burn ||
        rule->relative)
        return evaluation;
    struct rule recovery = *rule;
    recovery.limit = rule->policy.recovery;
    recovery.cmp = is_upward(rule->cmp) ? CMP_AT_LEAST : CMP_AT_MOST;
    evaluation.unrecovered = evaluate_any(arena, &recovery, telemetry, now).truth;
    return evaluation;
}
