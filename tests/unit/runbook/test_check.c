/* test_check.c - the findings of whole runbooks: each once, with its place. */
#include "harness/test.h"

#include "base/limits.h"
#include "base/text.h"
#include "runbook/program.h"
#include "runbook/same_heading.h"

static struct program *read_named(struct arena *arena, const char *file, const char *text)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, str_of(file), str_of(text), &program, &err), &err);
    return program;
}

/* Every code that is met here stands in the table of docs/language.md. */
static struct program *read_text(struct arena *arena, const char *text)
{
    struct program *program = read_named(arena, "book.md", text);
    struct str page = test_read_file(arena, test_source_path(arena, "docs/language.md"));
    for (int i = 0; i < program->finding_count; i++) {
        const char *code = str_printf(arena, "`%s`", program->findings[i].code).p;
        if (str_find(page, code, 0) == page.n)
            test_fail(__FILE__, __LINE__, "docs/language.md has no %s", code);
    }
    return program;
}

/* "line:column code" of the findings with one of the codes; all with "". */
static struct str found(struct arena *arena, const struct program *program, const char *code)
{
    struct text text;
    text_init(&text, arena, 4000);
    for (int i = 0; i < program->finding_count; i++) {
        const struct finding *finding = &program->findings[i];
        if (code[0] == '\0' || strcmp(finding->code, code) == 0)
            text_printf(&text, "%s%d:%d %s", text.n ? ", " : "", finding->line, finding->column,
                        finding->code);
    }
    return text_str(&text);
}

TEST(severities_in_conflict)
{
    CHECK_STR(found(arena,
                    read_text(arena, "### Severity Levels\n- **P0 (Critical)**: Down\n"
                                     "- **P0 (Critical)**: Slow\n- **P0 (Critical)**: Down\n"),
                    ""),
              "3:5 conflict");
    CHECK_STR(found(arena,
                    read_text(arena, "### Severity Levels\n\n| Level | Meaning |\n|---|---|\n"
                                     "| P0 | Down |\n| P1 | Slow |\n| P0 | Ugly |\n"),
                    ""),
              "7:3 conflict");
    CHECK_STR(found(arena,
                    read_text(arena, "### Severity Levels\n- **P0 (Critical)**: Down\n"
                                     "  - Response time: 15 minutes\n"
                                     "  - Response time: 20 minutes\n"),
                    ""),
              "4:5 conflict");
}

TEST(levels_that_nobody_defines)
{
    struct program *program =
        read_text(arena, "### Severity Levels\n- **P0 (Critical)**: Down\n"
                         "- P2: respond within 1 hour\n- P2: fix within 4 hours\n");
    CHECK_STR(found(arena, program, "undefined-level"), "3:3 undefined-level");
    /* A document that defines none speaks of another's. */
    program = read_text(arena, "### Severity Levels\n- P2: respond within 1 hour\n");
    CHECK_STR(found(arena, program, "undefined-level"), "");
    program = read_text(arena, "### Severity Levels\n- SEV-1: Everything is down\n"
                               "- SEV1: respond within 1 hour\n");
    CHECK_STR(found(arena, program, "undefined-level"), "");
}

TEST(values_that_nothing_has)
{
    static const struct {
        const char *heading, *line, *code;
    } cases[] = {
        {"Maintenance", "Time: Sunday 25-26 AM UTC", "impossible"},
        {"Maintenance", "Time: Sunday 2-14 PM UTC", "impossible"},
        {"Maintenance", "Window: Saturday 22:00-25:00 UTC", "impossible"},
        {"Maintenance", "Window: Saturday 22:70-23:00 UTC", "impossible"},
        {"Maintenance", "Time: Sunday 2-4 AM", "no-zone"},
        {"Maintenance", "Time: Sunday 2-4 AM XYZ", "unknown-zone"},
        {"Maintenance", "Time: Sunday 2-4 AM Middle/Earth", "unknown-zone"},
        {"Maintenance", "Time: Sunday 2-4 AM UTC", ""},
        {"Maintenance", "Time: Sunday 2-4 AM Europe/Dublin", ""},
        {"Severity Levels", "Response time: -3 hours", "impossible"},
        {"Severity Levels", "Escalation: After -3 hours to Ana", "impossible"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct program *program = read_text(
            arena, str_printf(arena, "### %s\n- %s\n", cases[i].heading, cases[i].line).p);
        struct str want = cases[i].code[0]
                              ? str_printf(arena, "%s: 2:3 %s", cases[i].line, cases[i].code)
                              : str_printf(arena, "%s: ", cases[i].line);
        CHECK_SAME(
            str_printf(arena, "%s: %.*s", cases[i].line, STR_ARGS(found(arena, program, ""))),
            want);
    }
}

TEST(limits_at_the_ends)
{
    struct program *program =
        read_text(arena, "### Critical Alerts\n- Error rate > 0% for 5 minutes\n"
                         "- Error rate > 101% for 5 minutes\n- Error rate > -5% for 5 minutes\n"
                         "- Error rate > 100% for 5 minutes\n- Error rate >= 0% for 5 minutes\n"
                         "- Error rate > 99% for 5 minutes\n");
    CHECK_STR(found(arena, program, "at-zero"), "2:3 at-zero");
    CHECK_STR(found(arena, program, "impossible"), "3:3 impossible, 4:3 impossible");
    CHECK_STR(found(arena, program, "never-true"), "5:3 never-true");
    CHECK_STR(found(arena, program, "always-true"), "6:3 always-true");
    program = read_text(arena, "### Steps\n1. Stop it after -3 hours\n2. Wait 2-3 hours\n"
                               "3. Set the limit to -1\n");
    CHECK_STR(found(arena, program, ""), "2:4 impossible");
}

TEST(procedures_in_a_circle)
{
    struct program *program = read_text(
        arena, "# Ours\n1. [B](#b)\n\n## A\n1. Run the B procedure\n\n## B\n1. Go to section C\n\n"
               "## C\n### Step one\n1. Follow \"A\"\n\n## D\n1. Run the A procedure\n");
    CHECK_STR(found(arena, program, "cycle"), "5:4 cycle");
    for (int i = 0; i < program->finding_count; i++)
        if (strcmp(program->findings[i].code, "cycle") == 0) {
            CHECK_INT(program->findings[i].level, FINDING_ERROR);
            CHECK_STR(program->findings[i].text,
                      "These procedures lead to each other without an end: line 5 leads to \"B\", "
                      "line 8 leads to \"C\", line 12 leads to \"A\". Take one of the references "
                      "out.");
        }
    program = read_text(arena, "## Fail over\n1. If it fails, see [the way back](#way-back)\n\n"
                               "## Way back\n1. See \"Fail over\"\n");
    CHECK_STR(found(arena, program, "cycle"), "2:4 cycle");
    CHECK_INT(program->findings[0].level, FINDING_HINT);
    program = read_text(arena, "## Way back\n1. Do it\n2. Repeat the way back procedure\n");
    CHECK_STR(found(arena, program, "cycle"), "3:4 cycle");
    /* Words that happen to be a heading are no reference; nor is a line that leads one way. */
    program = read_text(arena, "## Restore\n1. Run restore scripts\n2. Run the Checks procedure\n\n"
                               "## Checks\n1. Start restore\n");
    CHECK_STR(found(arena, program, ""), "");
}

TEST(references_to_two_headings)
{
    struct program *program =
        read_text(arena, "## One\n1. Run the cleanup procedure\n\n## Cleanup\n1. Remove it\n\n"
                         "## Two\n### Cleanup\n1. Remove it\n");
    CHECK_STR(found(arena, program, ""), "2:4 ambiguous-reference");
    program = read_text(arena, "## Cleanup\n1. Remove it\n\n## Two\n### Cleanup\n1. Remove it\n");
    CHECK_STR(found(arena, program, ""), "");
}

TEST(headings_of_several_files)
{
    struct same_heading same;
    same_heading_init(&same, arena);
    struct program *first = read_named(arena, "a.md",
                                       "# Shop\n## Fail over the shop\n1. Stop\n"
                                       "## Rollback\n1. Undo\n");
    struct program *second = read_named(arena, "b.md", "# Shop\n## Fail over the shop\n1. Stop\n");
    struct program *third = read_named(arena, "c.md",
                                       "# Cart\n## Rollback\n1. Undo\n"
                                       "## Fail over the shop\n1. Stop\n");
    same_heading_check(&same, arena, first);
    same_heading_check(&same, arena, second);
    same_heading_check(&same, arena, third);
    same_heading_check(&same, arena, first); /* given twice */
    same_heading_done(&same);
    CHECK_STR(found(arena, first, ""), "");
    CHECK_STR(found(arena, second, ""), "1:3 same-heading");
    CHECK_STR(found(arena, third, ""), "4:4 same-heading");
    CHECK_STR(third->findings[0].text,
              "\"Fail over the shop\" is a heading of a.md as well (line 2). Give one of them "
              "another name, so that either can be called by it.");
}

TEST(other_languages)
{
    static const struct {
        const char *line, *language;
    } cases[] = {
        {"Wenn die Datenbank nicht erreichbar ist, ist in 15 Minuten Ana anzurufen", "German"},
        {"Taxa de erros acima de 5% por 10 minutos", "Portuguese"},
        {"Si la base de datos no responde en 5 minutos, llame a Ana", "Spanish"},
        {"Le taux d'erreur est sur 5% dans les 10 minutes", "French"},
        {"Il tasso di errori non supera il 5% nella rete", "Italian"},
        {"De dienst is niet bereikbaar binnen 15 minuten van het begin", "Dutch"},
        {"Сообщить команде в течение 15 минут", "Russian"},
        {"数据库错误率超过 5%", "Chinese"},
        {"エラー率が 5% を超えたら 10 分以内に連絡する", "Japanese"},
        {"오류율이 5%를 넘으면 알린다", "Korean"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct program *program = read_text(
            arena,
            str_printf(arena, "### Alerts\n- The team is told of it\n- %s\n", cases[i].line).p);
        CHECK_INT(program->finding_count, 1);
        CHECK_STR(str_of(program->findings[0].code), "language");
        CHECK_INT(program->findings[0].line, 3);
        CHECK_INT(program->findings[0].level, FINDING_ERROR);
        CHECK_INT(program->kind_lines[STATEMENT_UNCLEAR], 1);
        size_t at = str_find(program->findings[0].text, cases[i].language, 0);
        if (at == program->findings[0].text.n)
            test_fail(__FILE__, __LINE__, "%s is not called %s: %.*s", cases[i].line,
                      cases[i].language, STR_ARGS(program->findings[0].text));
    }
    CHECK_STR(found(arena,
                    read_text(arena, "- Restart Los Angeles\n- Voila\n- Über\n- naïve cache\n"
                                     "- vice versa\n- Rio de Janeiro\n- count (e.g. three)\n"
                                     "- docker-ce, Docker CE, OS packages, no\n"
                                     "- `de` `en` `es` – Los\n"),
                    "language"),
              "");
    /* Lines that could be no rule are said once. */
    struct program *program =
        read_text(arena, "The team is told of it.\n\nIt is said of each.\n\n"
                         "- Reinicie o serviço e verifique os logs da aplicação\n"
                         "- Avise o time e os clientes da loja\n");
    CHECK_STR(found(arena, program, "language"), "5:3 language");
}

TEST(a_document_in_another_language)
{
    struct program *program =
        read_text(arena, "# Betrieb\n\nDieses Buch ist für alle, die nicht schlafen.\n\n"
                         "## Stufen\n- **P0 (Kritisch)**: Es ist nicht erreichbar\n"
                         "  - Zeit: 15 Minuten\n\n## Alarme\n- Wenn es mit 5% fehlt\n"
                         "- Error rate > 5% for 5 minutes\n");
    CHECK_STR(found(arena, program, "language"),
              "1:3 language, 6:5 language, 7:5 language, 10:3 language");
    CHECK_INT(program->kind_lines[STATEMENT_SEVERITY], 0);
    CHECK_INT(program->kind_lines[STATEMENT_ALERT], 1);
}

TEST(findings_of_commands)
{
    struct program *program =
        read_text(arena, "```bash\n# A\nrm -r a\n# B\nls <name>\n```\n\n1. Run it: npm run dev\n\n"
                         "```sql\nBEGIN;\nDELETE FROM a WHERE id = '<id>';\n"
                         "DELETE FROM b WHERE id = '<id>';\nCOMMIT;\n```\n");
    CHECK_STR(found(arena, program, ""),
              "3:1 destructive, 3:1 menu, 8:4 endless, 12:1 destructive, 12:1 placeholder");
}

/* Headings and references by the thousand are looked at in seconds. */
TEST(many_references)
{
    struct text text;
    struct arena own;
    arena_init(&own);
    text_init(&text, &own, LIMIT_RUNBOOK_BYTES);
    for (int i = 0; i < 5000; i++)
        text_printf(&text,
                    "## Part %d\n1. Run the Part %d procedure\n## Same\n1. Run the Same "
                    "procedure [x](#part-1)\n",
                    i, i + 1);
    struct program *program = read_text(&own, text_str(&text).p);
    int count = program->finding_count;
    arena_done(&own);
    CHECK(count > 0);
}
