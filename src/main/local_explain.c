/* local_explain.c - "explain": one sentence, what it is and what it is bound to, in 80 columns. */
#include "main/local_actions.h"

#include "alert/ask.h"
#include "alert/burn.h"
#include "main/baselines.h"
#include "main/compose.h"
#include "main/local_naming.h"
#include "main/local_runbook.h"
#include "run/spelling.h"
#include "runbook/binding.h"
#include "runbook/facet.h"

enum { INDENT = 12, COLUMNS = 79 };

/* "label     words", broken between words, further lines below the first. PromQL stays what it is
 * when it is broken: nothing inside quotes is. */
static void add_row(struct text *text, const char *label, struct str words)
{
    struct str rest = words;
    struct str word;
    int column = INDENT;
    bool first = true;
    bool promql = strcmp(label, "promql") == 0;
    bool quoted = false;
    if (words.n == 0)
        return;
    text_printf(text, "%-*s", INDENT, label);
    while (str_split(&rest, ' ', &word)) {
        if (!first && !quoted && column + 1 + (int)word.n > COLUMNS) {
            text_printf(text, "\n%*s", INDENT, "");
            column = INDENT;
        } else if (!first) {
            text_byte(text, ' ');
            column++;
        }
        text_add(text, word);
        column += (int)word.n;
        first = false;
        for (size_t i = 0; promql && i < word.n; i++)
            quoted ^= word.p[i] == '"' && (i == 0 || word.p[i - 1] != '\\');
    }
    text_byte(text, '\n');
}

/* What "bound to" says in more words. */
static bool is_binding(const char *name)
{
    return strcmp(name, "action") == 0 || strcmp(name, "check") == 0 || strcmp(name, "role") == 0 ||
           strcmp(name, "service") == 0;
}

/* The amount of a relative line stands for one that nobody wrote. */
static void add_parts(struct text *text, const struct statement *statement, bool is_relative)
{
    struct facet facets[FACETS_MAX];
    int count = facets_of(text->arena, statement, facets);
    bool rate = statement->kind == STATEMENT_ALERT && str_is(statement->alert.unit, "/s");
    for (int i = 0; i < count; i++) {
        bool limit = strcmp(facets[i].name, "limit") == 0;
        if (strcmp(facets[i].name, "words") != 0 && !is_binding(facets[i].name) &&
            !(is_relative && limit))
            add_row(text, facets[i].name,
                    limit && rate
                        ? str_printf(text->arena, "%.10g a second", statement->alert.value)
                        : facets[i].words);
    }
}

/* Where the signal's measurement comes from. */
static struct str measured_by(struct app *app, const struct rule *rule, bool configured)
{
    struct arena *arena = &app->arena;
    const struct signal *signal = rule->signal;
    struct str file = configured ? app->config.file : STR("reeve.yaml");
    struct str note = configured ? str_printf(arena, "%.*s names no other", STR_ARGS(file))
                                 : STR("there is no reeve.yaml here");
    if (!signal || signal->alternative_count == 0)
        return str_printf(arena, "nothing yet: it waits for a line under signals: in %.*s",
                          STR_ARGS(file));
    if (signal->from_user)
        return str_printf(arena, "\"%.*s\" under signals: in %.*s", STR_ARGS(signal->name),
                          STR_ARGS(file));
    if (signal->alternative_count == 1)
        return str_printf(arena, "its usual name (%.*s)", STR_ARGS(note));
    return str_printf(arena, "the first of %zu usual names that a target shows (%.*s)",
                      signal->alternative_count, STR_ARGS(note));
}

static void add_asked(struct app *app, const struct rule *rule)
{
    const struct config_ask *ask = &app->config.ask;
    if (rule->question_count > 0)
        add_row(&app->out, "read", ask_plan(&app->arena, rule, ask->url, ask->every_ms));
}

/* The rules of an objective, where an engine is asked for it. */
static void add_objective(struct app *app, const struct statement *statement,
                          const struct signals *signals)
{
    size_t count = 0;
    struct rule *rules = burn_rules_make(&app->arena, statement, signals, &count);
    for (size_t i = 0; i < count; i++) {
        compose_ask(&app->arena, &app->config, &rules[i]);
        add_asked(app, &rules[i]);
    }
}

static void add_rule(struct app *app, const struct rule *rule, const struct naming *naming,
                     bool configured)
{
    add_row(&app->out, "bound to", measured_by(app, rule, configured));
    add_asked(app, rule);
    add_row(&app->out, "promql", rule->promql);
    if (rule->promql.n > 0)
        add_row(&app->out, "metric", naming_note(&app->arena, naming, rule));
    add_row(&app->out, "problem", rule->problem);
}

/* What the vocabulary binds a line to that is no alert. */
static void add_bound(struct app *app, const struct statement *statement)
{
    struct str name = binding_of(statement);
    const char *before = "";
    const char *behind = ", which this version does not check";
    if (!binding_is_wanted(statement) ||
        (statement->kind == STATEMENT_RESPONSE && statement->response.to.n == 0))
        return;
    if (statement->kind == STATEMENT_RESPONSE || statement->kind == STATEMENT_CONTACT) {
        before = statement->kind == STATEMENT_RESPONSE ? "whoever has the role " : "the service ";
        behind = "";
    } else if (statement->kind == STATEMENT_STEP) {
        behind = ", done by the command that actions: in reeve.yaml gives it, else by people";
    }
    add_row(&app->out, "bound to",
            name.n ? str_printf(&app->arena, "%s%.*s%s", before, STR_ARGS(name), behind)
                   : STR("nothing: its words stand in no vocabulary; vocabulary: in reeve.yaml can "
                         "give them a meaning"));
}

/* The command line that the sentence has, or that it is. */
static struct str command_of(const struct statement *statement)
{
    if (statement->kind == STATEMENT_COMMAND)
        return statement->command.text;
    if (statement->kind == STATEMENT_STEP && statement->step.command.n > 0)
        return statement->step.command;
    return statement->text;
}

/* What it is run as today, or why it is not run. */
static void add_spelling(struct app *app, const struct statement *statement)
{
    struct spelling spelling = spelling_of(&app->arena, command_of(statement));
    if (spelling.note.n == 0)
        return;
    if (!spelling.refused)
        add_row(&app->out, "runs", spelling.command);
    add_row(&app->out, spelling.refused ? "problem" : "because", spelling.note);
}

static void write_json(struct text *out, const struct statement *statement, const struct rule *rule)
{
    bool is_rule = statement->kind == STATEMENT_ALERT;
    struct json_writer w = {.text = out};
    json_open_object(&w, NULL);
    json_str(&w, "kind", str_of(statement_kind_name(statement->kind)));
    json_str(&w, "meaning", is_rule ? rule->meaning : statement->meaning);
    json_str(&w, "promql", rule->promql);
    json_str(&w, "signal", rule->signal_name);
    if (!is_rule && binding_is_wanted(statement))
        json_str(&w, "bound_to", binding_of(statement));
    json_close_object(&w);
    text_byte(out, '\n');
}

static const char *kind_sentence(enum statement_kind kind, const struct rule *rule)
{
    switch ((unsigned)kind) { /* the rest is named only */
    case STATEMENT_ALERT:
        return rule->problem.n > 0 ? "alert, not watched yet: see the problem below"
                                   : "alert: Reeve watches it";
    case STATEMENT_SEVERITY: return "severity: alerts and incidents are given it";
    case STATEMENT_RESPONSE: return "response: Reeve holds people to it";
    case STATEMENT_UNCLEAR: return "unclear: nothing of it is enforced";
    case STATEMENT_GUIDANCE: return "guidance: words for people";
    case STATEMENT_STEP: return "step: people do it, Reeve shows it";
    case STATEMENT_CHECK: return "check: people look, Reeve shows it";
    case STATEMENT_OBJECTIVE:
        return "objective: Reeve watches its budget, where its signal is bound";
    case STATEMENT_SCHEDULE: return "schedule: nothing in this version acts on it";
    case STATEMENT_PRACTICE: return "practice: nothing in this version checks it";
    default: return statement_kind_name(kind);
    }
}

/* One statement of the sentence; configured: signals are those of reeve.yaml. */
static void explain_one(struct app *app, struct statement *statement, const struct signals *signals,
                        bool configured)
{
    struct rule rule = {0};
    struct naming naming = {.count = 0};
    if (configured)
        (void)baselines_read(&app->arena, &app->config, statement);
    bool is_rule = statement->kind == STATEMENT_ALERT;
    if (is_rule) {
        rule = rule_make(&app->arena, statement, signals);
        compose_ask(&app->arena, &app->config, &rule);
        if (configured)
            naming = local_naming_of_signal(app, &rule);
        naming_apply(&app->arena, &naming, &rule);
    }
    if (statement->kind == STATEMENT_UNCLEAR)
        app->exit_code = 1;
    if (app->json) {
        write_json(&app->out, statement, &rule);
        return;
    }
    add_row(&app->out, "sentence", statement->text);
    add_row(&app->out, "under", statement->path);
    add_row(&app->out, "kind", str_of(kind_sentence(statement->kind, &rule)));
    add_row(&app->out, "meaning", is_rule ? rule.meaning : statement->meaning);
    add_parts(&app->out, statement, rule.relative != NULL);
    if (is_rule)
        add_rule(app, &rule, &naming, configured);
    else
        add_bound(app, statement);
    if (!is_rule)
        add_spelling(app, statement);
    if (statement->kind == STATEMENT_OBJECTIVE)
        add_objective(app, statement, signals);
}

bool local_explain(struct app *app, const struct call *call, struct err *err)
{
    struct statement *statements = NULL;
    size_t count = 0;
    struct signals signals;
    bool configured = local_config_is_there(app);
    signals_init(&signals, &app->arena);
    if (configured &&
        (!app_read_config(app, err) || !compose_signals(&signals, &app->arena, &app->config, err)))
        return false;
    struct program_source from = {.heading = call_str(call, "heading"),
                                  .text = call_str(call, "sentence"),
                                  .vocabulary = app_vocabulary(app)};
    if (!sentence_read_all(&app->arena, &from, &statements, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (count > 1 && !app->json)
            text_printf(&app->out, "%s%zu of %zu of this line\n", i > 0 ? "\n" : "", i + 1, count);
        explain_one(app, &statements[i], &signals, configured);
    }
    return true;
}
