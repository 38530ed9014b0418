/* local_runbook.c - "check" and "explain": what a runbook's lines are understood as. */
#include "main/local_actions.h"

#include "alert/rule.h"
#include "os/file.h"

#include <stdio.h>

static const char *const level_names[] = {"error", "open decision", "hint"};

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
                    f->column, level_names[f->level], STR_ARGS(f->text), f->code);
    }
}

static void count_findings(const struct program *program, int counts[3])
{
    for (int i = 0; i < program->finding_count; i++)
        counts[program->findings[i].level]++;
}

static int total_lines(const struct program *program)
{
    int total = 0;
    for (int kind = 0; kind < STATEMENT_KINDS; kind++)
        total += program->kind_lines[kind];
    return total;
}

static void add_summary(struct text *text, const struct program *program, const int counts[3])
{
    text_printf(text, "%.*s: %d lines with words:", STR_ARGS(program->file), total_lines(program));
    const char *separator = " ";
    for (int kind = 0; kind < STATEMENT_KINDS; kind++) {
        if (program->kind_lines[kind] == 0)
            continue;
        text_printf(text, "%s%s %d", separator, statement_kind_name((enum statement_kind)kind),
                    program->kind_lines[kind]);
        separator = ", ";
    }
    text_printf(text, ".\n%d error%s, %d open decision%s, %d hint%s.\n", counts[0],
                counts[0] == 1 ? "" : "s", counts[1], counts[1] == 1 ? "" : "s", counts[2],
                counts[2] == 1 ? "" : "s");
}

static void write_json(struct text *text, const struct program *program)
{
    struct json_writer w = {.text = text};
    char digest[HASH_HEX_BYTES];
    hash_hex(&program->digest, digest);
    json_open_object(&w, NULL);
    json_str(&w, "file", program->file);
    json_str(&w, "digest", str_of(digest));
    json_open_object(&w, "lines_by_kind");
    for (int kind = 0; kind < STATEMENT_KINDS; kind++)
        json_int(&w, statement_kind_name((enum statement_kind)kind), program->kind_lines[kind]);
    json_close_object(&w);
    json_open_array(&w, "statements");
    for (int i = 0; i < program->count; i++) {
        const struct statement *s = &program->statements[i];
        json_open_object(&w, NULL);
        json_str(&w, "id", str_of(s->id));
        json_str(&w, "kind", str_of(statement_kind_name(s->kind)));
        json_int(&w, "line", s->line);
        json_int(&w, "last_line", s->last_line);
        json_int(&w, "column", s->column);
        json_str(&w, "path", s->path);
        json_str(&w, "text", s->text);
        json_str(&w, "meaning", s->meaning);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_open_array(&w, "findings");
    for (int i = 0; i < program->finding_count; i++) {
        const struct finding *f = &program->findings[i];
        json_open_object(&w, NULL);
        json_str(&w, "level", str_of(level_names[f->level]));
        json_int(&w, "line", f->line);
        json_int(&w, "column", f->column);
        json_str(&w, "code", str_of(f->code));
        json_str(&w, "text", f->text);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    text_byte(text, '\n');
}

bool local_check(struct app *app, const struct call *call, struct err *err)
{
    struct str file = call_str(call, "file");
    struct program *program = NULL;
    int counts[3] = {0};
    if (file.n == 0) {
        if (!app_read_config(app, err))
            return false;
        file = app->runbook_path;
    }
    if (!app_read_program(&app->arena, file, &program, err))
        return false;
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
    signals_init(&signals, &app->arena);
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
        if (rule.promql.n > 0)
            text_printf(&app->out, "promql   %.*s\n", STR_ARGS(rule.promql));
        if (rule.problem.n > 0)
            text_printf(&app->out, "problem  %.*s\n", STR_ARGS(rule.problem));
    }
    app->exit_code = statement.kind == STATEMENT_UNCLEAR ? 1 : 0;
    return true;
}
