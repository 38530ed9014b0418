/* local_rule.c - a rule by its line, its words, or a sentence of its own. */
#include "main/local_rule.h"

#include "base/moment.h"

#include "main/compose.h"
#include "main/local_runbook.h"

static bool contains(struct str text, struct str words)
{
    for (size_t i = 0; i + words.n <= text.n; i++)
        if (str_equal_nocase(str_slice(text, i, i + words.n), words))
            return true;
    return false;
}

/* Adds the words of a rule to those that could be meant. */
static void add_choice(struct text *text, const struct rule *rule)
{
    text_printf(text, "%s\"%.*s\" (line %d)", text->n > 0 ? ", " : "",
                STR_ARGS(str_cut(rule->title, 60)), rule->line);
}

/* By line or words; NULL and an error when several could be meant, NULL without one when none. */
static const struct rule *pick(struct app *app, const struct rules *rules, struct str words,
                               struct err *err)
{
    const struct rule *found = NULL;
    struct text choices;
    int64_t line = 0;
    size_t count = 0;
    text_init(&choices, &app->arena, 400);
    bool is_line = str_int(words, &line);
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        if (!is_line && str_equal_nocase(rule->title, words))
            return rule;
        if (is_line ? rule->line != line : !contains(rule->title, words))
            continue;
        found = rule;
        count++;
        add_choice(&choices, rule);
    }
    if (count <= 1)
        return found;
    (void)err_set(err, ERR_USAGE, NULL,
                  "%zu rules could be meant by \"%.*s\": %.*s; say more of its words.", count,
                  STR_ARGS(words), STR_ARGS(text_str(&choices)));
    return NULL;
}

static bool read_sentence(struct app *app, struct str words, struct local_rule *local,
                          struct err *err)
{
    struct program_source from = {
        .heading = STR("Critical Alerts"), .text = words, .vocabulary = app_vocabulary(app)};
    struct statement *statement = arena_make(&app->arena, struct statement);
    if (!sentence_read_with(&app->arena, &from, statement, err))
        return false;
    if (statement->kind != STATEMENT_ALERT)
        return err_set(err, ERR_USAGE, NULL,
                       "\"%.*s\" is no rule of the runbook and no alert sentence; \"reeve alert "
                       "list\" shows the rules, \"reeve explain\" how a sentence is read.",
                       STR_ARGS(str_cut(words, 200)));
    local->rule = rule_make(&app->arena, statement, &local->signals);
    local->is_sentence = true;
    return true;
}

bool local_find_rule(struct app *app, struct str words, struct str file, struct local_rule *local,
                     struct err *err)
{
    struct program *program = NULL;
    struct err several = {0};
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
    const struct rule *found = pick(app, &rules, words, &several);
    if (several.kind != ERR_NONE) {
        *err = several;
        return false;
    }
    if (found)
        local->rule = *found;
    else if (!read_sentence(app, words, local, err))
        return false;
    if (local->rule.relative && local->rule.question_count == 0)
        return err_set(err, ERR_USAGE, NULL,
                       "\"%.*s\" is relative to a baseline of each hour, which is not played back; "
                       "give the limit as a number.",
                       STR_ARGS(str_cut(local->rule.title, 100)));
    return local->rule.problem.n == 0 ||
           err_set(err, ERR_USAGE, NULL, "\"%.*s\" cannot be decided: %.*s.",
                   STR_ARGS(str_cut(local->rule.title, 100)), STR_ARGS(local->rule.problem));
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
