/* compose_rules.c - the rules of the program with what the configuration says of them. */
#include "main/compose.h"

#include "alert/ask.h"
#include "alert/burn.h"
#include "alert/depend.h"
#include "alert/policy.h"
#include "main/baselines.h"

static int64_t at_least_of(const struct config *config, struct str signal)
{
    for (size_t i = 0; i < config->signal_count; i++)
        if (str_equal_nocase(config->signals[i].name, signal))
            return config->signals[i].at_least;
    return 0;
}

/* The rules, and the first thing that is wrong with what is said of them. */
struct made_rules {
    struct arena *arena;
    const struct config *config;
    struct rules rules;
    bool good;
    struct err err;
};

static void refuse(struct made_rules *made, struct config_place place, const struct err *why)
{
    if (!made->good)
        return;
    struct str at = str_printf(made->arena, "%.*s:%zu:%zu", STR_ARGS(made->config->file),
                               place.line, place.column);
    made->good = err_set(&made->err, ERR_USAGE, at.p, "%s", why->text);
}

static bool says_policy(const struct config_alert *alert)
{
    return alert->recovers_below.n > 0 || alert->recovers_above.n > 0 || alert->missing.n > 0 ||
           alert->keeps_firing_ms > 0;
}

/* The sentence's entry, else the signal's; NULL: neither says it. */
static const struct config_alert *find_entry(const struct config *config, const struct rule *rule,
                                             bool (*says)(const struct config_alert *alert))
{
    const struct config_alert *of_signal = NULL;
    for (size_t i = 0; i < config->alert_count; i++) {
        const struct config_alert *alert = &config->alerts[i];
        if (!says(alert))
            continue;
        if (str_equal_nocase(alert->sentence, rule->title))
            return alert;
        if (!of_signal && str_equal_nocase(alert->sentence, rule->signal_name))
            of_signal = alert;
    }
    return of_signal;
}

static bool says_severity(const struct config_alert *alert)
{
    return alert->severity.n > 0;
}

/* Of objectives: "burn page" and "burn ticket" under alerts:. */
static void take_burn_severity(struct arena *arena, const struct config *config, struct rule *rule)
{
    const char *name = rule->burn->is_page ? BURN_PAGE : BURN_TICKET;
    for (size_t i = 0; i < config->alert_count; i++)
        if (str_is_nocase(config->alerts[i].sentence, name) && says_severity(&config->alerts[i]))
            rule_set_level(arena, rule, config->alerts[i].severity);
}

void compose_ask(struct arena *arena, const struct config *config, struct rule *rule)
{
    const struct config_ask *ask = &config->ask;
    bool named = ask->signals.count == 0;
    for (size_t i = 0; i < ask->signals.count; i++)
        named = named || str_equal_nocase(ask->signals.items[i], rule->signal_name);
    if (rule->relative)
        rule->relative->kind = baselines_find(config, rule->relative->name);
    if (ask->on && named && ask_can(rule))
        ask_questions(arena, rule, ask->every_ms);
}

/* How much slower requests are than usual is asked of incidents (state/view_proposal.c). */
static void take_usual(struct arena *arena, struct rule *rule)
{
    if (!str_is(rule->signal_name, "response time") || rule->relative || rule->burn ||
        !rule->signal)
        return;
    rule->usual = arena_make(arena, struct relative);
    *rule->usual = (struct relative){.kind = BASELINE_SAME_HOUR};
}

static void take_config(struct made_rules *made, struct rule *rule)
{
    int64_t at_least = at_least_of(made->config, rule->signal_name);
    const struct config_alert *severity = find_entry(made->config, rule, says_severity);
    const struct config_alert *policy = find_entry(made->config, rule, says_policy);
    struct err err = {0};
    if (at_least > 0)
        rule->at_least = (double)at_least;
    if (rule->burn)
        take_burn_severity(made->arena, made->config, rule);
    if (severity)
        rule_set_level(made->arena, rule, severity->severity);
    compose_ask(made->arena, made->config, rule);
    take_usual(made->arena, rule);
    if (!policy)
        return;
    struct policy_words words = {.recovers_below = policy->recovers_below,
                                 .recovers_above = policy->recovers_above,
                                 .keeps_firing_ms = policy->keeps_firing_ms,
                                 .missing = policy->missing,
                                 .missing_ms = policy->missing_for_ms};
    if (!policy_apply(made->arena, &words, rule, &err))
        refuse(made, policy->place, &err);
}

static void take_depends(struct made_rules *made)
{
    const struct config *config = made->config;
    struct dependency *depends = arena_array(made->arena, config->depend_count, sizeof *depends);
    struct err err = {0};
    size_t bad = 0;
    for (size_t i = 0; i < config->depend_count; i++)
        depends[i] = (struct dependency){config->depends[i].of, config->depends[i].on.items,
                                         config->depends[i].on.count};
    struct dependencies all = {depends, config->depend_count};
    if (!depend_bind(made->arena, &made->rules, &all, &bad, &err))
        refuse(made, config->depends[bad].place, &err);
}

static struct made_rules make(struct arena *arena, const struct config *config,
                              const struct program *program, const struct signals *signals)
{
    struct made_rules made = {.arena = arena,
                              .config = config,
                              .rules = rules_make(arena, program, signals),
                              .good = true};
    for (size_t i = 0; i < made.rules.count; i++)
        take_config(&made, &made.rules.items[i]);
    take_depends(&made);
    return made;
}

struct rules compose_rules(struct arena *arena, const struct config *config,
                           const struct program *program, const struct signals *signals)
{
    return make(arena, config, program, signals).rules;
}

bool compose_check_rules(struct arena *arena, const struct config *config,
                         const struct program *program, const struct signals *signals,
                         struct err *err)
{
    struct made_rules made = make(arena, config, program, signals);
    if (!made.good)
        *err = made.err;
    return made.good;
}
