/* lost.c - what is away against what the rule is. */
#include "alert/lost.h"

#include "alert/ask_lost.h"
#include "alert/evaluate.h"
#include "alert/relative.h"

enum { MARGIN_MS = 60 * 1000 }; /* for what was away when the alert began is to be counted */

/* When it went, by the clock of now. */
static struct instant went(const struct lost_gauge *gauge, struct instant now)
{
    return instant_add_ms(now, -gauge->away_ms);
}

/* From when on what goes away is what the alert is about. */
static struct instant begin_of(const struct rule *rule, const struct alert *alert)
{
    int64_t before_ms = MARGIN_MS;
    if (alert->state == ALERT_FIRING)
        before_ms += rule->for_ms;
    if (rule->policy.missing == MISSING_FIRES)
        before_ms += rule->policy.missing_ms;
    return instant_add_ms(alert->since, -before_ms);
}

/* Why it counts no longer; NULL: it does. */
static const char *why_forgotten(const struct rule *rule, const struct alert *alert,
                                 const struct lost_gauge *gauge, struct instant now)
{
    bool is_long = alert->state == ALERT_FIRING || rule->policy.missing == MISSING_FIRES;
    if (!instant_is_zero(alert->closed) && instant_before(went(gauge, now), alert->closed))
        return "its incident was resolved";
    return gauge->away_ms > (is_long ? LOST_KEPT_MS : LOST_RECENT_MS) ? "it has been away too long"
                                                                      : NULL;
}

/* Of those beyond the limit one that counts, else one that did. NULL: there is none. */
static const struct lost_gauge *find(const struct rule *rule, const struct alert *alert,
                                     const struct answer *answer, struct instant now)
{
    bool upward = rule->cmp != CMP_UNDER && rule->cmp != CMP_AT_MOST;
    struct instant begin = begin_of(rule, alert);
    const struct lost_gauge *found = NULL;
    for (size_t i = 0; i < LOST_MOST; i++) {
        const struct lost_gauge *gauge = &answer->lost[i];
        if (instant_is_zero(gauge->seen) || gauge->is_high != upward ||
            instant_before(went(gauge, now), begin) ||
            !evaluate_holds(rule->cmp, gauge->value, rule->limit))
            continue;
        if (!why_forgotten(rule, alert, gauge, now))
            return gauge;
        found = gauge;
    }
    return found;
}

static struct str words_of(struct arena *arena, const struct rule *rule, bool is_asked,
                           const struct lost_gauge *gauge)
{
    bool named = gauge->series.n > 0;
    const char *at = is_asked ? (named ? " at " : "") : named ? " of target " : "target ";
    return str_printf(arena, "%.*s of %.*s%s%.*s was %.*s", STR_ARGS(rule->signal_name),
                      STR_ARGS(gauge->series), at, STR_ARGS(gauge->target),
                      STR_ARGS(evaluate_gauge_text(arena, rule, rule->signal->kind, gauge->value)));
}

/* The limit that the value has to be on the other side of. */
static struct rule limited(const struct rule *rule, const struct alert *alert)
{
    struct rule now = *rule;
    if (rule->relative)
        return relative_limited(rule, rule->relative);
    if (alert->state != ALERT_FIRING || !rule->policy.has_recovery)
        return now;
    now.limit = rule->policy.recovery;
    now.cmp = rule->cmp == CMP_OVER || rule->cmp == CMP_AT_LEAST ? CMP_AT_LEAST : CMP_AT_MOST;
    return now;
}

static bool is_asked(const struct rule *rule, const struct telemetry *telemetry)
{
    return rule->question_count > 0 && telemetry->asked;
}

/* Where a gauge makes the rule false. Against a baseline an engine is not asked for what is gone.
 */
static bool is_concerned(const struct rule *rule, const struct telemetry *telemetry,
                         const struct alert *alert, const struct evaluation *evaluation)
{
    bool is_told = !is_asked(rule, telemetry) || !rule->relative;
    return alert && alert->state != ALERT_INACTIVE && evaluation->truth == TRUTH_FALSE &&
           !rule->burn && is_told && rule->signal &&
           (rule->signal->kind == SIGNAL_GAUGE || rule->signal->kind == SIGNAL_GAUGE_RATIO);
}

struct evaluation lost_evaluate(struct arena *arena, const struct rule *rule,
                                const struct telemetry *telemetry, const struct alerts *alerts,
                                struct instant now)
{
    struct evaluation evaluation = rule_evaluate(arena, rule, telemetry, now);
    const struct alert *alert = alert_find(alerts, rule->id);
    if (!is_concerned(rule, telemetry, alert, &evaluation))
        return evaluation;
    bool asked = is_asked(rule, telemetry);
    struct answer answer = {.state = ANSWER_NONE};
    if (asked)
        ask_read_lost(arena, rule, telemetry->asked, now, answer.lost);
    else
        answer = telemetry_ask(telemetry, rule->signal_name, rule->statistic_ms, now);
    struct rule against = limited(rule, alert);
    const struct lost_gauge *gauge = find(&against, alert, &answer, now);
    if (!gauge)
        return evaluation;
    struct str words = words_of(arena, &against, asked, gauge);
    struct str since = duration_text(arena, instant_ms_between(gauge->seen, now));
    const char *why = why_forgotten(rule, alert, gauge, now);
    if (why) {
        evaluation.value_text =
            str_printf(arena, "%.*s; %.*s, has given no value for %.*s and is forgotten: %s",
                       STR_ARGS(evaluation.value_text), STR_ARGS(words), STR_ARGS(since), why);
        return evaluation;
    }
    evaluation.truth = evaluation.unrecovered = TRUTH_UNKNOWN;
    evaluation.reason =
        str_printf(arena, "%.*s and has given no value for %.*s", STR_ARGS(words), STR_ARGS(since));
    evaluation.heard = evaluation.missing_since = gauge->seen;
    return evaluation;
}
