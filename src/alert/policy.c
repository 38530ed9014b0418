/* policy.c - reading the words of a policy, and saying them in the rule's meaning. */
#include "alert/policy.h"

enum { MISSING_DEFAULT_MS = 5 * 60 * 1000 };

bool policy_limit(struct str words, double *out_limit)
{
    static const struct {
        const char *unit;
        double scale;
    } units[] = {{"", 1}, {"%", 0.01}, {"ms", 0.001}, {"s", 1}, {"min", 60}};
    double number = 0;
    size_t n = 0;
    words = str_trim(words);
    while (n < words.n && (byte_is_digit(words.p[n]) || words.p[n] == '.'))
        n++;
    if (!str_real(str_slice(words, 0, n), &number))
        return false;
    struct str unit = str_trim(str_from(words, n));
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!str_is(unit, units[i].unit))
            continue;
        *out_limit = number * units[i].scale;
        return true;
    }
    return false;
}

static bool is_upward(enum comparison cmp)
{
    return cmp == CMP_OVER || cmp == CMP_AT_LEAST;
}

static bool set_recovery(const struct policy_words *words, struct rule_policy *policy,
                         const struct rule *rule, struct err *err)
{
    bool below = words->recovers_below.n > 0;
    struct str limit = below ? words->recovers_below : words->recovers_above;
    if (limit.n == 0)
        return true;
    if (!policy_limit(limit, &policy->recovery))
        return err_set(err, ERR_USAGE, NULL,
                       "\"%.*s\" is no limit; write a number, with %%, ms, s or min behind it when "
                       "the rule has one.",
                       STR_ARGS(str_cut(limit, 40)));
    if (rule->cmp == CMP_EQUAL || rule->cmp == CMP_NONE)
        return err_set(err, ERR_USAGE, NULL,
                       "\"%.*s\" has no limit that it could recover from; take recovers_%s out.",
                       STR_ARGS(str_cut(rule->title, 100)), below ? "below" : "above");
    if (below != is_upward(rule->cmp) ||
        (below ? policy->recovery > rule->limit : policy->recovery < rule->limit))
        return err_set(err, ERR_USAGE, NULL,
                       "\"%.*s\" cannot recover %s %.*s: that is beyond its own limit.",
                       STR_ARGS(str_cut(rule->title, 100)), below ? "below" : "above",
                       STR_ARGS(str_cut(limit, 40)));
    policy->has_recovery = true;
    return true;
}

static void say(struct arena *arena, const struct policy_words *words, struct rule *rule)
{
    const struct rule_policy *policy = &rule->policy;
    struct text text;
    text_init(&text, arena, 8192);
    text_add(&text, rule->meaning);
    if (policy->has_recovery)
        text_printf(
            &text, "; recovers only %s %.*s", is_upward(rule->cmp) ? "below" : "above",
            STR_ARGS(words->recovers_below.n ? words->recovers_below : words->recovers_above));
    if (policy->keeps_firing_ms > 0)
        text_printf(&text, "; keeps firing for %.*s after that",
                    STR_ARGS(duration_text(arena, policy->keeps_firing_ms)));
    if (policy->missing == MISSING_FIRES)
        text_printf(&text, "; fires when its data is missing for %.*s",
                    STR_ARGS(duration_text(arena, policy->missing_ms)));
    if (policy->missing == MISSING_STAYS)
        text_adds(&text, "; stays as it is while its data is missing");
    rule->meaning = text_str(&text);
}

bool policy_apply(struct arena *arena, const struct policy_words *words, struct rule *rule,
                  struct err *err)
{
    struct rule_policy policy = {.keeps_firing_ms = words->keeps_firing_ms,
                                 .missing_ms = words->missing_ms > 0 ? words->missing_ms
                                                                     : MISSING_DEFAULT_MS};
    if (str_is(words->missing, "fires"))
        policy.missing = MISSING_FIRES;
    else if (str_is(words->missing, "stays"))
        policy.missing = MISSING_STAYS;
    if (!set_recovery(words, &policy, rule, err))
        return false;
    rule->policy = policy;
    say(arena, words, rule);
    return true;
}
