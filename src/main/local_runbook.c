/* local_runbook.c - "check" and "explain": what a runbook's lines are understood as. */
#include "main/local_actions.h"

#include "alert/rule.h"
#include "main/compose.h"
#include "main/config_answer.h"
#include "os/file.h"
#include "runbook/contract.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const level_names[] = {"error", "open decision", "hint", "decided"};
enum { DECIDED = FINDING_HINT + 1, LEVELS };

/* What the configuration answers is not open any more. */
static int level_of(const struct finding *finding)
{
    return finding->answer.n > 0 ? DECIDED : (int)finding->level;
}

static void add_lines(struct text *text, const struct program *program)
{
    for (int i = 0; i < program->count; i++) {
        const struct statement *s = &program->statements[i];
        text_printf(text, "%5d  %-10s %.*s", s->line, statement_kind_name(s->kind),
                    STR_ARGS(s->text));
        if (s->meaning.n > 0)
            text_printf(text, "\n%19s= %.*s", "", STR_ARGS(s->meaning));
        text_byte(text, '\n');
    }
    text_byte(text, '\n');
}

static void add_findings(struct text *text, const struct program *program)
{
    for (int i = 0; i < program->finding_count; i++) {
        const struct finding *f = &program->findings[i];
        text_printf(text, "%.*s:%d:%d: %s: %.*s [%s]\n", STR_ARGS(program->file), f->line,
                    f->column, level_names[level_of(f)], STR_ARGS(f->text), f->code);
        if (f->answer.n > 0)
            text_printf(text, "    = %.*s\n", STR_ARGS(f->answer));
    }
}

static void count_findings(const struct program *program, int counts[LEVELS])
{
    for (int i = 0; i < program->finding_count; i++)
        counts[level_of(&program->findings[i])]++;
}

static int total_lines(const struct program *program)
{
    int total = 0;
    for (int kind = 0; kind < STATEMENT_KINDS; kind++)
        total += program->kind_lines[kind];
    return total;
}

static void add_summary(struct text *text, const struct program *program, const int counts[LEVELS])
{
    int total = total_lines(program);
    text_printf(text, "%.*s: %d line%s with words", STR_ARGS(program->file), total,
                total == 1 ? "" : "s");
    const char *separator = ": ";
    for (int kind = 0; kind < STATEMENT_KINDS; kind++) {
        if (program->kind_lines[kind] == 0)
            continue;
        text_printf(text, "%s%s %d", separator, statement_kind_name((enum statement_kind)kind),
                    program->kind_lines[kind]);
        separator = ", ";
    }
    text_printf(text, ".\n%d error%s, %d open decision%s, %d hint%s", counts[0],
                counts[0] == 1 ? "" : "s", counts[1], counts[1] == 1 ? "" : "s", counts[2],
                counts[2] == 1 ? "" : "s");
    if (counts[DECIDED] > 0)
        text_printf(text, "; %d decided in reeve.yaml", counts[DECIDED]);
    text_adds(text, ".\n");
}

/* One object a line, as docs/language.md promises to other programs. */
static void write_json(struct text *text, const struct program *program)
{
    struct json_writer w = {.text = text};
    for (int i = 0; i < program->count; i++)
        contract_write_statement(&w, program, i);
    contract_write_summary(&w, program->kind_lines, program->finding_count);
}

/* Is there a configuration to ask: the one named, or the one of this folder? */
static bool config_is_there(const struct app *app)
{
    return app->config_file || access("reeve.yaml", F_OK) == 0;
}

static bool is_same_file(struct str a, struct str b)
{
    struct stat first;
    struct stat second;
    return stat(a.p, &first) == 0 && stat(b.p, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* A runbook by itself is checked by itself; one that is in force, with its configuration. */
static bool find_runbook(struct app *app, struct str *file, bool *out_configured, struct err *err)
{
    struct err absent = {0};
    bool must = file->n == 0 || app->config_file;
    *out_configured = false;
    if (!must && !config_is_there(app))
        return true;
    if (!app_read_config(app, must ? err : &absent))
        return !must;
    if (file->n == 0)
        *file = app->runbook_path;
    *out_configured = app->config_file || is_same_file(*file, app->runbook_path);
    return true;
}

bool local_check(struct app *app, const struct call *call, struct err *err)
{
    struct str file = call_str(call, "file");
    struct program *program = NULL;
    bool configured = false;
    int counts[LEVELS] = {0};
    if (!find_runbook(app, &file, &configured, err) ||
        !app_read_program(&app->arena, file, &program, err))
        return false;
    if (configured)
        config_answer(&app->arena, &app->config, program);
    count_findings(program, counts);
    if (app->json) {
        write_json(&app->out, program);
    } else {
        if (call_flag(call, "lines"))
            add_lines(&app->out, program);
        add_findings(&app->out, program);
        add_summary(&app->out, program, counts);
    }
    bool strict = call_flag(call, "strict") && counts[1] + counts[2] > 0;
    app->exit_code = counts[0] > 0 || strict ? 1 : 0;
    return true;
}

bool local_explain(struct app *app, const struct call *call, struct err *err)
{
    struct statement statement;
    if (!sentence_read(&app->arena, call_str(call, "heading"), call_str(call, "sentence"),
                       &statement, err))
        return false;
    struct signals signals;
    bool configured = config_is_there(app);
    signals_init(&signals, &app->arena);
    if (configured &&
        (!app_read_config(app, err) || !compose_signals(&signals, &app->arena, &app->config, err)))
        return false;
    bool is_rule = statement.kind == STATEMENT_ALERT;
    struct rule rule = {0};
    if (is_rule)
        rule = rule_make(&app->arena, &statement, &signals);
    struct str meaning = is_rule && rule.meaning.n > 0 ? rule.meaning : statement.meaning;
    if (app->json) {
        struct json_writer w = {.text = &app->out};
        json_open_object(&w, NULL);
        json_str(&w, "kind", str_of(statement_kind_name(statement.kind)));
        json_str(&w, "meaning", meaning);
        json_str(&w, "promql", rule.promql);
        json_str(&w, "signal", rule.signal_name);
        json_close_object(&w);
        text_byte(&app->out, '\n');
        return true;
    }
    text_printf(&app->out, "kind     %s\nmeaning  %.*s\n", statement_kind_name(statement.kind),
                STR_ARGS(meaning));
    if (is_rule) {
        text_printf(&app->out, "signal   %.*s\n", STR_ARGS(rule.signal_name));
        if (configured)
            text_printf(&app->out, "config   %.*s\n", STR_ARGS(app->config.file));
        if (rule.promql.n > 0)
            text_printf(&app->out, "promql   %.*s\n", STR_ARGS(rule.promql));
        if (rule.problem.n > 0)
            text_printf(&app->out, "problem  %.*s\n", STR_ARGS(rule.problem));
    }
    app->exit_code = statement.kind == STATEMENT_UNCLEAR ? 1 : 0;
    return true;
}
