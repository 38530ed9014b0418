/* procedure_step.c - how the parts of a step are said, and what the configuration says of it. */
#include "run/procedure.h"

#include "base/instant.h"
#include "run/command_line.h"
#include "run/question.h"
#include "runbook/command.h"

static const char *const does_names[STEP_DOES] = {
    [DOES_GROUP] = "group", [DOES_MANUAL] = "manual", [DOES_COMMAND] = "command",
    [DOES_HOLD] = "hold",   [DOES_WAIT] = "wait",     [DOES_CHOICE] = "choice",
    [DOES_QUERY] = "query", [DOES_NOTIFY] = "notify",
};
static const char *const when_names[STEP_WHENS] = {
    [WHEN_NONE] = "",         [WHEN_DUE_AT] = "at",
    [WHEN_WITHIN] = "within", [WHEN_NOT_BEFORE] = "after",
    [WHEN_HOLDS] = "for",
};

const char *step_does_name(enum step_does does)
{
    return does_names[does];
}

bool step_does_find(struct str name, enum step_does *out_does)
{
    for (int i = 0; i < STEP_DOES; i++) {
        if (!str_is(name, does_names[i]))
            continue;
        *out_does = (enum step_does)i;
        return true;
    }
    return false;
}

const char *step_when_name(enum step_when when)
{
    return when_names[when];
}

bool step_when_find(struct str name, enum step_when *out_when)
{
    for (int i = 0; i < STEP_WHENS; i++) {
        if (!str_is(name, when_names[i]))
            continue;
        *out_when = (enum step_when)i;
        return true;
    }
    return false;
}

const struct action_binding *action_binding_find(const struct run_settings *settings,
                                                 struct str action)
{
    for (size_t i = 0; settings && action.n > 0 && i < settings->action_count; i++)
        if (str_equal(settings->actions[i].action, action))
            return &settings->actions[i];
    return NULL;
}

/* What stands behind the name: "--target=VERSION". npm wants "--" in between and keeps it. */
static struct str arguments_behind(struct str command, struct str name)
{
    struct str own = command_own_name(command);
    if (own.n == 0 || !str_equal(own, name))
        return STR("");
    struct str rest = str_trim(str_from(command, (size_t)(own.p + own.n - command.p)));
    if (str_starts(command, "npm ") && (str_is(rest, "--") || str_starts(rest, "-- ")))
        rest = str_trim(str_from(rest, 2));
    return rest;
}

static bool has_placeholder(const struct procedure_step *step, struct str name)
{
    for (int i = 0; i < step->placeholder_count; i++)
        if (str_equal(step->placeholders[i].name, name))
            return true;
    return false;
}

void procedure_step_bind(struct arena *arena, struct procedure_step *step,
                         const struct action_binding *binding, const struct command_given *given)
{
    struct str behind = arguments_behind(given->text, binding->action);
    int count = binding->placeholder_count;
    int more = behind.n > 0 ? given->traits->placeholder_count : 0;
    struct placeholder *places = arena_array(arena, (size_t)(count + more) + 1, sizeof *places);
    for (int i = 0; i < count; i++)
        places[i] = binding->placeholders[i];
    step->command =
        behind.n > 0 ? str_printf(arena, "%.*s %.*s", STR_ARGS(binding->command), STR_ARGS(behind))
                     : binding->command;
    step->endless = binding->endless;
    step->destroys = binding->destroys.n > 0 ? binding->destroys : given->traits->destroys;
    step->placeholders = places;
    step->placeholder_count = count;
    for (int i = 0; i < more; i++)
        if (!has_placeholder(step, given->traits->placeholders[i].name))
            places[step->placeholder_count++] = given->traits->placeholders[i];
}

/* Behind the name stands nothing that the question would not be asked with. */
static const struct question *find_question(const struct procedure_step *step, struct str command)
{
    struct str own = command_own_name(command);
    struct str rest = own.n > 0 ? str_from(command, (size_t)(own.p + own.n - command.p)) : command;
    return str_trim(rest).n > 0 ? NULL : question_find(own.n > 0 ? own : step->action);
}

static bool is_there(const struct run_settings *settings, const struct question *question)
{
    if (question->of == QUESTION_BACKUP)
        return settings->backup;
    return settings->database && (question->of != QUESTION_FILES || settings->migrations);
}

bool procedure_step_ask(struct arena *arena, const struct run_settings *settings,
                        struct procedure_step *step, struct str command)
{
    const struct question *question = find_question(step, command);
    bool backup = question && question->of == QUESTION_BACKUP;
    if (!question || !settings || !is_there(settings, question) ||
        action_binding_find(settings, step->action) ||
        action_binding_find(settings, str_of(question->action)) || step->does != DOES_MANUAL)
        return false;
    if (run_settings_can_ask(settings, str_of(question->command))) {
        step->does = DOES_QUERY;
        step->command = str_of(question->command);
        return true;
    }
    step->command = STR("");
    step->note = str_printf(arena,
                            "in production Reeve %s; this rehearsal has none of its own%s that "
                            "could be asked, so people look",
                            question->in_words,
                            backup ? "" : " (database: of its environment in reeve.yaml)");
    return true;
}

bool run_settings_can_ask(const struct run_settings *settings, struct str command)
{
    const struct question *question = question_of_command(command);
    if (!settings)
        return false;
    if (question && question->of == QUESTION_BACKUP)
        return settings->backup && !settings->rehearses;
    return settings->query_check;
}

struct str procedure_user(const struct run_settings *settings, struct str action)
{
    const struct action_binding *binding = action_binding_find(settings, action);
    if (binding && binding->user.n > 0)
        return binding->user;
    return settings ? settings->user : STR("");
}

int procedure_step_approvals(const struct run_settings *settings, const struct procedure_step *step)
{
    const struct action_binding *binding = action_binding_find(settings, step->action);
    if (step->does != DOES_COMMAND)
        return 0;
    if (binding && binding->approvals >= 0)
        return binding->approvals;
    return step->destroys.n > 0 && settings ? settings->approvals : 0;
}

/* What is in the quotation marks behind "sh -c", "bash -lc"; else "". */
static struct str shell_words(struct str command)
{
    static const char *const shells[] = {"sh ", "bash ", "zsh ", "dash ", "/bin/sh ", "/bin/bash "};
    struct str rest = str_trim(command);
    size_t i = 0;
    while (i < sizeof shells / sizeof *shells && !str_starts(rest, shells[i]))
        i++;
    if (i == sizeof shells / sizeof *shells)
        return STR("");
    for (size_t k = 1; k + 1 < rest.n; k++) {
        bool quote = rest.p[k] == '"' || rest.p[k] == '\'';
        if (!quote || rest.p[k - 1] != ' ' || k < 2 || rest.p[k - 2] != 'c')
            continue;
        size_t end = str_find_byte(rest, rest.p[k], k + 1);
        return str_slice(rest, k + 1, end);
    }
    return STR("");
}

/* A shell that is handed its words destroys what they do. */
static struct str judge(struct arena *arena, struct str command)
{
    struct command_names names = {.count = 0};
    struct command_traits traits = {.destroys = STR("")};
    command_judge(arena, command, LANGUAGE_SHELL, &names, &traits);
    struct str words = shell_words(command);
    if (traits.destroys.n == 0 && words.n > 0)
        command_judge(arena, words, LANGUAGE_SHELL, &names, &traits);
    return traits.destroys;
}

void procedure_step_judge_shell(struct arena *arena, struct procedure_step *step)
{
    if (step->does == DOES_COMMAND && step->destroys.n == 0 && shell_words(step->command).n > 0)
        step->destroys = judge(arena, step->command);
}

struct str procedure_step_destroys(struct arena *arena, const struct procedure_step *step,
                                   const struct run_values *values)
{
    if (step->does != DOES_COMMAND || step->destroys.n > 0 || values->count == 0)
        return step->destroys;
    return judge(arena, command_line_filled(arena, step->command, values));
}

int64_t procedure_step_every_ms(const struct run_settings *settings,
                                const struct procedure_step *step)
{
    const struct action_binding *binding = action_binding_find(settings, step->action);
    return step->does == DOES_COMMAND && binding && binding->retries == 0 ? binding->every_ms : 0;
}

int64_t procedure_step_deadline_ms(const struct run_settings *settings,
                                   const struct procedure_step *step)
{
    const struct action_binding *binding = action_binding_find(settings, step->action);
    return binding && binding->deadline_ms > 0 ? binding->deadline_ms
           : settings                          ? settings->deadline_ms
                                               : 0;
}

struct str step_lasting_text(struct arena *arena, const struct step_lasting *lasting)
{
    struct str most = duration_text(arena, lasting->deadline_ms);
    if (lasting->endless)
        return str_printf(arena, "is watched until somebody ends it, at most %.*s", STR_ARGS(most));
    if (lasting->every_ms == 0)
        return STR("");
    return str_printf(arena, "is tested every %.*s until it ends with 0, at most %.*s",
                      STR_ARGS(duration_text(arena, lasting->every_ms)), STR_ARGS(most));
}

struct str command_own_name(struct str command)
{
    static const char *const runners[] = {"npm run ", "reeve "};
    for (size_t i = 0; i < sizeof runners / sizeof *runners; i++) {
        if (!str_starts(command, runners[i]))
            continue;
        struct str rest = str_from(command, strlen(runners[i]));
        size_t end = 0;
        while (end < rest.n && !byte_is_blank(rest.p[end]) && rest.p[end] != '\n')
            end++;
        return str_slice(rest, 0, end);
    }
    return STR("");
}
