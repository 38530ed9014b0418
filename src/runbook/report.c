/* report.c - SARIF 2.1.0 (OASIS) and workflow annotations. */
#include "runbook/report.h"

static const char *const unreadable = "unreadable";

/* Column in characters, from 1, of a byte column of the line. */
static int characters_before(const struct program *program, int line, int column)
{
    int characters = 1;
    if (line < 1 || line > program->line_count)
        return column;
    struct str text = program->lines[line - 1];
    for (int i = 0; i < column - 1; i++)
        if ((size_t)i >= text.n || ((unsigned char)text.p[i] & 0xC0) != 0x80)
            characters++;
    return characters;
}

/* A path as the URI reference that SARIF wants: each odd byte as %XX. */
static struct str uri_of(struct arena *arena, struct str path)
{
    struct text text;
    text_init(&text, arena, 3 * path.n + 16);
    if (str_starts(path, "/"))
        text_adds(&text, "file://");
    while (str_starts(path, "./"))
        path = str_from(path, 2);
    for (size_t i = 0; i < path.n; i++) {
        char c = path.p[i];
        if (byte_is_alnum(c) || (c && strchr("-._~/", c)))
            text_byte(&text, c);
        else
            text_printf(&text, "%%%02X", (unsigned)(unsigned char)c);
    }
    return text_str(&text);
}

void sarif_begin(struct sarif *sarif, struct text *text)
{
    *sarif = (struct sarif){.writer = {.text = text}};
    struct json_writer *w = &sarif->writer;
    json_open_object(w, NULL);
    json_str(w, "$schema", STR("https://json.schemastore.org/sarif-2.1.0.json"));
    json_str(w, "version", STR("2.1.0"));
    json_open_array(w, "runs");
    json_open_object(w, NULL);
    json_str(w, "columnKind", STR("unicodeCodePoints"));
    json_open_array(w, "results");
}

static void keep_code(struct sarif *sarif, const char *code)
{
    for (size_t i = 0; i < sarif->code_count; i++)
        if (strcmp(sarif->codes[i], code) == 0)
            return;
    if (sarif->code_count < REPORT_CODES_MAX)
        sarif->codes[sarif->code_count++] = code;
}

static void write_location(struct json_writer *w, struct str file, int line, int column)
{
    json_open_array(w, "locations");
    json_open_object(w, NULL);
    json_open_object(w, "physicalLocation");
    json_open_object(w, "artifactLocation");
    json_str(w, "uri", uri_of(w->text->arena, file));
    json_close_object(w);
    if (line > 0) {
        json_open_object(w, "region");
        json_int(w, "startLine", line);
        if (column > 0)
            json_int(w, "startColumn", column);
        json_close_object(w);
    }
    json_close_object(w);
    json_close_object(w);
    json_close_array(w);
}

static void open_result(struct sarif *sarif, const char *code, const char *level,
                        struct str sentence)
{
    struct json_writer *w = &sarif->writer;
    keep_code(sarif, code);
    json_open_object(w, NULL);
    json_str(w, "ruleId", str_of(code));
    json_str(w, "level", str_of(level));
    json_open_object(w, "message");
    json_str(w, "text", sentence);
    json_close_object(w);
}

/* The same finding of the same statement is the same result, also when its line has moved. */
static void write_fingerprint(struct json_writer *w, const struct statement *statement,
                              const char *code)
{
    json_open_object(w, "partialFingerprints");
    json_str(w, "statement/v1", str_printf(w->text->arena, "%s:%s", statement->id, code));
    json_close_object(w);
}

static void add_finding(struct sarif *sarif, const struct program *program,
                        const struct finding *finding, const struct statement *statement)
{
    static const char *const levels[] = {"error", "warning", "note"};
    struct json_writer *w = &sarif->writer;
    open_result(sarif, finding->code, levels[finding->level], finding->text);
    write_location(w, program->file, finding->line,
                   characters_before(program, finding->line, finding->column));
    if (statement)
        write_fingerprint(w, statement, finding->code);
    if (finding->answer.n > 0) {
        json_open_array(w, "suppressions");
        json_open_object(w, NULL);
        json_str(w, "kind", STR("external"));
        json_str(w, "justification", finding->answer);
        json_close_object(w);
        json_close_array(w);
    }
    json_close_object(w);
}

void sarif_add_program(struct sarif *sarif, const struct program *program)
{
    int at = 0;
    for (int i = 0; i < program->finding_count; i++) {
        const struct finding *finding = &program->findings[i];
        while (at < program->count && program->statements[at].last_line < finding->line)
            at++;
        bool within = at < program->count && program->statements[at].line <= finding->line;
        add_finding(sarif, program, finding, within ? &program->statements[at] : NULL);
    }
}

void sarif_add_problem(struct sarif *sarif, const struct report_problem *problem)
{
    open_result(sarif, unreadable, "error", str_of(problem->sentence));
    write_location(&sarif->writer, problem->file, problem->line, problem->column);
    json_close_object(&sarif->writer);
}

void sarif_end(struct sarif *sarif, bool failed)
{
    struct json_writer *w = &sarif->writer;
    json_close_array(w);
    json_open_object(w, "tool");
    json_open_object(w, "driver");
    json_str(w, "name", STR("reeve"));
    json_str(w, "version", STR(REEVE_VERSION));
    json_open_array(w, "rules");
    for (size_t i = 0; i < sarif->code_count; i++) {
        json_open_object(w, NULL);
        json_str(w, "id", str_of(sarif->codes[i]));
        json_close_object(w);
    }
    json_close_array(w);
    json_close_object(w);
    json_close_object(w);
    json_open_array(w, "invocations");
    json_open_object(w, NULL);
    json_bool(w, "executionSuccessful", !failed);
    json_close_object(w);
    json_close_array(w);
    json_close_object(w);
    json_close_array(w);
    json_close_object(w);
    text_byte(w->text, '\n');
}

/* Values of properties also hide what would end them. */
static void add_escaped(struct text *text, struct str s, bool property)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
            text_printf(text, "%%%02X", (unsigned)c);
        else
            text_byte(text, c);
    }
}

static void add_annotation(struct text *text, const char *level,
                           const struct report_problem *problem, const char *code)
{
    text_printf(text, "::%s file=", level);
    add_escaped(text, problem->file, true);
    if (problem->line > 0)
        text_printf(text, ",line=%d", problem->line);
    if (problem->column > 0)
        text_printf(text, ",col=%d", problem->column);
    text_printf(text, ",title=reeve %s::", code);
    add_escaped(text, str_of(problem->sentence), false);
    text_byte(text, '\n');
}

void annotation_add_program(struct text *text, const struct program *program)
{
    static const char *const levels[] = {"error", "warning", "notice"};
    for (int i = 0; i < program->finding_count; i++) {
        const struct finding *finding = &program->findings[i];
        struct report_problem problem = {program->file, finding->line,
                                         characters_before(program, finding->line, finding->column),
                                         str_copy(text->arena, finding->text).p};
        if (finding->answer.n == 0)
            add_annotation(text, levels[finding->level], &problem, finding->code);
    }
}

void annotation_add_problem(struct text *text, const struct report_problem *problem)
{
    add_annotation(text, "error", problem, unreadable);
}
