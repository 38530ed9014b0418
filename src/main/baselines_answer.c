/* baselines_answer.c - lines with a relative limit, read as the configuration defines it. */
#include "main/baselines.h"

#include "runbook/vocabulary.h"

enum baseline_kind baselines_find(const struct config *config, struct str name)
{
    for (size_t i = 0; i < config->baseline_count; i++)
        if (str_equal_nocase(config->baselines[i].sentence, name))
            return baseline_kind_find(config->baselines[i].severity);
    return BASELINE_NONE;
}

/* All but the amount is read by the runbook's own reader: nothing of the line is passed over. The
 * amount that its measure takes is tried. */
static bool read_line(struct arena *arena, const struct config *config,
                      const struct statement *statement, struct statement *out_read)
{
    static const char *const amounts[] = {"2%", "2 seconds", "2"};
    size_t slash = statement->path.n;
    while (slash > 0 && statement->path.p[slash - 1] != '/')
        slash--;
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        struct relative relative;
        struct program_source from = {.heading = str_trim(str_from(statement->path, slash)),
                                      .vocabulary = &config->vocabulary};
        struct err err = {0};
        if (!relative_find(arena, statement->text, str_of(amounts[i]), &relative, &from.text) ||
            baselines_find(config, relative.name) == BASELINE_NONE)
            return false;
        if (sentence_read_with(arena, &from, out_read, &err) && out_read->kind == STATEMENT_ALERT)
            return true;
    }
    return false;
}

static void answer_finding(struct arena *arena, const struct config *config,
                           struct program *program, const struct statement *statement)
{
    for (int i = 0; i < program->finding_count; i++) {
        struct finding *finding = &program->findings[i];
        if (finding->level != FINDING_ERROR || finding->line != statement->line)
            continue;
        finding->level = FINDING_HINT;
        finding->code = "baseline";
        finding->text = STR("The limit is relative to a baseline that reeve.yaml names.");
        finding->answer = str_printf(arena, "baselines (%.*s)", STR_ARGS(config->file));
    }
}

bool baselines_read(struct arena *arena, const struct config *config, struct statement *statement)
{
    struct statement *read = arena_make(arena, struct statement);
    if (statement->kind != STATEMENT_UNCLEAR || !read_line(arena, config, statement, read))
        return false;
    statement->kind = STATEMENT_ALERT;
    statement->alert = read->alert;
    statement->meaning = STR("fires when it is above the multiple of its baseline");
    return true;
}

void baselines_answer(struct arena *arena, const struct config *config, struct program *program)
{
    for (int i = 0; config->baseline_count > 0 && i < program->count; i++) {
        struct statement *statement = &program->statements[i];
        if (!baselines_read(arena, config, statement))
            continue;
        int lines = statement->last_line - statement->line + 1;
        program->kind_lines[STATEMENT_UNCLEAR] -= lines;
        program->kind_lines[STATEMENT_ALERT] += lines;
        answer_finding(arena, config, program, statement);
    }
}
