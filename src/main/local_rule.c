/* local_rule.c - a rule by its line, its words, or a sentence of its own. */
#include "main/local_rule.h"

#include "alert/meant.h"
#include "base/moment.h"
#include "main/compose.h"
#include "main/local_runbook.h"

enum { CHOICES_BYTES_MAX = 600 };

/* By line or words, all rules of the one line that is meant; count 0: none. */
static bool pick(struct app *app, const struct rules *rules, struct str words,
                 struct local_rule *local, struct err *err)
{
    bool *meant = NULL;
    size_t count = rules_meant(&app->arena, rules, words, &meant);
    if (!rules_are_of_one_line(rules, meant))
        return err_set(err, ERR_USAGE, NULL,
                       "%zu rules could be meant by \"%.*s\": %.*s; say more of its words, or its "
                       "line.",
                       count, STR_ARGS(words),
                       STR_ARGS(rules_choices(&app->arena, rules, meant, CHOICES_BYTES_MAX)));
    struct rule *found = arena_array(&app->arena, count + 1, sizeof *found);
    for (size_t i = 0; i < rules->count; i++)
        if (meant[i])
            found[local->count++] = rules->items[i];
    local->rules = found;
    return true;
}

static bool read_sentence(struct app *app, struct str words, struct local_rule *local,
                          struct err *err)
{
    struct program_source from = {
        .heading = STR("Critical Alerts"), .text = words, .vocabulary = app_vocabulary(app)};
    struct statement *all = NULL;
    size_t count = 0;
    if (!sentence_read_all(&app->arena, &from, &all, &count, err))
        return false;
    if (all[0].kind != STATEMENT_ALERT)
        return err_set(err, ERR_USAGE, NULL,
                       "\"%.*s\" is no rule of the runbook and no alert sentence; \"reeve alert "
                       "list\" shows the rules, \"reeve explain\" how a sentence is read.",
                       STR_ARGS(str_cut(words, 200)));
    local->rules = arena_array(&app->arena, count, sizeof *local->rules);
    for (size_t i = 0; i < count; i++)
        if (all[i].kind == STATEMENT_ALERT)
            local->rules[local->count++] = rule_make(&app->arena, &all[i], &local->signals);
    struct rules made = {.items = local->rules, .count = local->count};
    rules_set_parts(&app->arena, &made);
    local->is_sentence = true;
    return true;
}

static bool check(const struct rule *rule, struct err *err)
{
    if (rule->relative && rule->question_count == 0)
        return err_set(err, ERR_USAGE, NULL,
                       "\"%.*s\" is relative to a baseline of each hour, which is not played back; "
                       "give the limit as a number.",
                       STR_ARGS(str_cut(rule->title, 100)));
    return rule->problem.n == 0 ||
           err_set(err, ERR_USAGE, NULL, "\"%.*s\" cannot be decided: %.*s.",
                   STR_ARGS(str_cut(rule->title, 100)), STR_ARGS(rule->problem));
}

bool local_find_rule(struct app *app, struct str words, struct str file, struct local_rule *local,
                     struct err *err)
{
    struct program *program = NULL;
    const struct config none = {0};
    *local = (struct local_rule){.is_sentence = false};
    if (!local_find_config(app, &file, err))
        return false;
    const struct config *config = app->config_known ? &app->config : &none;
    if (!app_read_program(&app->arena, file, app_vocabulary(app), &program, err) ||
        !compose_signals(&local->signals, &app->arena, config, err))
        return false;
    local_answer(&app->arena, app, program);
    struct rules rules = compose_rules(&app->arena, config, program, &local->signals);
    if (!pick(app, &rules, words, local, err) ||
        (local->count == 0 && !read_sentence(app, words, local, err)))
        return false;
    for (size_t i = 0; i < local->count; i++)
        if (!check(&local->rules[i], err))
            return false;
    local->rule = local->rules[0];
    return true;
}

bool local_parse_when(struct str words, struct instant now, struct instant *out_at, struct err *err)
{
    if (!moment_parse(words, MOMENT_BEHIND, now, out_at, err))
        return false;
    return !instant_before(now, *out_at) ||
           err_set(err, ERR_USAGE, NULL, "%.*s has not been yet; give a time before now.",
                   STR_ARGS(words));
}

bool local_parse_since(struct str words, struct instant now, struct instant *out_at,
                       struct err *err)
{
    if (!local_parse_when(words, now, out_at, err))
        return false;
    return instant_ms_between(*out_at, now) > 0 ||
           err_set(err, ERR_USAGE, NULL,
                   "\"%.*s\" is no stretch of time; give a length as 2h or 30d.",
                   STR_ARGS(str_cut(words, 80)));
}
