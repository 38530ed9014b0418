/* test_seed.c - the mission's runbook and the corpus, where they are: named skips elsewhere. */
#include "harness/test.h"

#include "runbook/program.h"

#include <stdlib.h>
#include <unistd.h>

/* The path of a shared file, or a skip that names it. */
static struct str shared_path(struct arena *arena, const char *name)
{
    const char *folder = getenv("REEVE_SHARED");
    struct str path = folder ? str_printf(arena, "%s/%s", folder, name)
                             : test_source_path(arena, str_printf(arena, "../shared/%s", name).p);
    if (access(path.p, R_OK) != 0)
        SKIP(str_printf(arena, "%s: REEVE_SHARED and ../shared are absent", name).p);
    return path;
}

static struct program *read_seed(struct arena *arena)
{
    struct program *program = NULL;
    struct err err = {0};
    struct str source = test_read_file(arena, shared_path(arena, "runbooks/production.md"));
    CHECK_OK(program_read(arena, STR("production.md"), source, &program, &err), &err);
    return program;
}

static const struct statement *at_line(const struct program *program, int line)
{
    for (int i = 0; i < program->count; i++)
        if (program->statements[i].line <= line && program->statements[i].last_line >= line)
            return &program->statements[i];
    test_fail(__FILE__, __LINE__, "no statement on line %d", line);
}

TEST(seed_counts)
{
    struct program *program = read_seed(arena);
    static const int want[STATEMENT_KINDS] = {
        [STATEMENT_STRUCTURE] = 70, [STATEMENT_SEVERITY] = 4,  [STATEMENT_RESPONSE] = 8,
        [STATEMENT_ALERT] = 10,     [STATEMENT_SCHEDULE] = 4,  [STATEMENT_STEP] = 103,
        [STATEMENT_CHECK] = 6,      [STATEMENT_CONTACT] = 4,   [STATEMENT_COMMAND] = 26,
        [STATEMENT_NOTE] = 25,      [STATEMENT_PRACTICE] = 45, [STATEMENT_GUIDANCE] = 12};
    int total = 0;
    int filled = 0;
    for (int kind = 0; kind < STATEMENT_KINDS; kind++) {
        test_same_int(__FILE__, __LINE__, program->kind_lines[kind], want[kind],
                      statement_kind_name((enum statement_kind)kind));
        total += program->kind_lines[kind];
    }
    for (int i = 0; i < program->line_count; i++)
        filled += str_trim(program->lines[i]).n > 0;
    CHECK_INT(total, 317);
    CHECK_INT(filled, 317);
}

TEST(seed_findings)
{
    struct program *program = read_seed(arena);
    static const struct {
        int line;
        const char *code;
    } decisions[] = {{12, "nobody-named"},   {14, "undefined-edge"}, {16, "nobody-named"},
                     {20, "nobody-named"},   {46, "which-address"},  {61, "which-severity"},
                     {63, "which-limit"},    {64, "which-scope"},    {65, "state-signal"},
                     {68, "which-severity"}, {70, "which-limit"},    {71, "which-hosts"},
                     {72, "which-hosts"},    {79, "who-is"}};
    size_t next = 0;
    for (int i = 0; i < program->finding_count; i++) {
        const struct finding *finding = &program->findings[i];
        CHECK(finding->level != FINDING_ERROR);
        if (finding->level != FINDING_OPEN_DECISION)
            continue;
        CHECK(next < sizeof decisions / sizeof decisions[0]);
        CHECK_INT(finding->line, decisions[next].line);
        CHECK_STR(str_of(finding->code), decisions[next].code);
        next++;
    }
    CHECK_INT(next, sizeof decisions / sizeof decisions[0]);
}

TEST(seed_parts)
{
    struct program *program = read_seed(arena);
    const struct statement *alert = at_line(program, 61);
    CHECK_STR(alert->alert.signal, "error rate");
    CHECK(alert->alert.value == 0.05 && alert->alert.window_ms == 300000);
    CHECK_STR(alert->path, "Monitoring Alerts / Critical Alerts");
    CHECK_STR(at_line(program, 8)->response.to, "CTO");
    CHECK_STR(at_line(program, 8)->response.level, "P0");
    const struct statement *checklist = at_line(program, 22);
    for (int line = 23; line <= 30; line++) {
        const struct statement *step = at_line(program, line);
        CHECK(step->kind == STATEMENT_STEP && step->step.checkbox &&
              step->step.number == line - 22);
        CHECK(&program->statements[step->parent] == checklist);
    }
    CHECK_INT(at_line(program, 34)->schedule.every_months, 3);
    CHECK_INT(at_line(program, 95)->schedule.every_ms, 86400000);
    CHECK_INT(at_line(program, 132)->schedule.from_minute, 120);
    CHECK_INT(at_line(program, 133)->schedule.length_ms, 259200000);
    CHECK_STR(at_line(program, 171)->contact.address, "support@supabase.io");
    CHECK_STR(at_line(program, 173)->contact.who, "Stripe Support");
    CHECK_STR(at_line(program, 181)->command.text, "npm run db:migrate");
    CHECK_INT(at_line(program, 146)->last_line, 149);
}

/* No document may crash the reader or lose a line; some are refused with a place. */
TEST(corpus_is_read_whole)
{
    struct str labels = test_read_file(arena, shared_path(arena, "corpus/LABELS.tsv"));
    struct str line, file, last = {"", 0};
    int documents = 0;
    while (str_split(&labels, '\n', &line)) {
        struct str rest = line;
        struct program *program = NULL;
        struct err err = {0};
        if (!str_split(&rest, '\t', &file) || !str_ends(file, ".md") || str_equal(file, last))
            continue;
        last = file;
        struct str path = shared_path(arena, str_printf(arena, "corpus/%.*s", STR_ARGS(file)).p);
        struct str source = test_read_file(arena, path);
        CHECK_OK(program_read(arena, file, source, &program, &err), &err);
        int total = 0, filled = 0;
        for (int kind = 0; kind < STATEMENT_KINDS; kind++)
            total += program->kind_lines[kind];
        for (int i = 0; i < program->line_count; i++)
            filled += str_trim(program->lines[i]).n > 0;
        CHECK_INT(total, filled);
        documents++;
    }
    CHECK(documents > 20);
}
