/* test_program.c - whole runbooks: our own fixture with every form, repairs, identities, refusals,
 * limits. */
#include "harness/test.h"

#include "base/limits.h"
#include "base/text.h"
#include "runbook/program.h"

static struct program *read_text(struct arena *arena, const char *text)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("book.md"), str_of(text), &program, &err), &err);
    return program;
}

static struct program *read_fixture(struct arena *arena)
{
    struct program *program = NULL;
    struct err err = {0};
    struct str source =
        test_read_file(arena, test_source_path(arena, "tests/fixtures/runbooks/harbour.md"));
    CHECK_OK(program_read(arena, STR("harbour.md"), source, &program, &err), &err);
    return program;
}

static void refused(struct arena *arena, struct str source, const char *place, const char *sentence)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK(!program_read(arena, STR("book.md"), source, &program, &err));
    CHECK(program == NULL);
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK_STR(str_of(err.place), place);
    CHECK_STR(str_of(err.text), sentence);
}

static const struct statement *find_text(const struct program *program, const char *text)
{
    for (int i = 0; i < program->count; i++)
        if (str_is(program->statements[i].text, text))
            return &program->statements[i];
    test_fail(__FILE__, __LINE__, "no statement \"%s\"", text);
}

static const struct finding *find_code(const struct program *program, const char *code)
{
    for (int i = 0; i < program->finding_count; i++)
        if (strcmp(program->findings[i].code, code) == 0)
            return &program->findings[i];
    return NULL;
}

TEST(fixture_counts)
{
    struct program *program = read_fixture(arena);
    static const int want[STATEMENT_KINDS] = {
        [STATEMENT_STRUCTURE] = 32, [STATEMENT_SEVERITY] = 3, [STATEMENT_RESPONSE] = 6,
        [STATEMENT_ALERT] = 6,      [STATEMENT_SCHEDULE] = 3, [STATEMENT_STEP] = 21,
        [STATEMENT_CHECK] = 3,      [STATEMENT_CONTACT] = 3,  [STATEMENT_COMMAND] = 5,
        [STATEMENT_NOTE] = 5,       [STATEMENT_PRACTICE] = 2, [STATEMENT_GUIDANCE] = 2};
    int total = 0;
    int filled = 0;
    for (int kind = 0; kind < STATEMENT_KINDS; kind++) {
        test_same_int(__FILE__, __LINE__, program->kind_lines[kind], want[kind],
                      statement_kind_name((enum statement_kind)kind));
        total += program->kind_lines[kind];
    }
    for (int i = 0; i < program->line_count; i++)
        filled += str_trim(program->lines[i]).n > 0;
    CHECK_INT(total, filled);
    for (int i = 0; i < program->finding_count; i++)
        CHECK(program->findings[i].level != FINDING_ERROR);
}

TEST(fixture_parts)
{
    struct program *program = read_fixture(arena);
    CHECK_STR(find_text(program, "Escalation: After 6 hours to the owner")->response.to, "owner");
    CHECK_STR(find_text(program, "Response time: within 3 hours")->response.level, "P2");
    CHECK_STR(find_text(program, "Connection pool exhausted")->alert.signal,
              "database connection pool");
    CHECK_INT(find_text(program, "Monthly Rotation")->schedule.every_months, 1);
    const struct statement *revoke = find_text(program, "Revoke the old key after 12 hours");
    CHECK(revoke->step.time == TIME_NOT_BEFORE && revoke->step.number == 3);
    CHECK_STR(program->statements[revoke->parent].text, "Tide service key");
    CHECK_INT(find_text(program, "Run the script: npm run gates:rotate")->step.number, 1);
    CHECK_STR(find_text(program, "kubectl logs -f \\\ndeploy/berths")->command.title,
              "Follow the log");
    CHECK(find_text(program, "Lawyer | [NAME] | [PHONE] | -")->contact.placeholder);
    const struct statement *window = find_text(program, "Time: Saturday 11 PM - 3 AM UTC");
    CHECK_INT(window->schedule.weekday, 6);
    CHECK_INT(window->schedule.from_minute, 23 * 60);
    CHECK_INT(window->schedule.to_minute, 3 * 60);
    CHECK(find_text(program, "Trial")->step.nested_title);
    CHECK(find_code(program, "undefined-edge") && find_code(program, "nobody-named"));
    CHECK(find_code(program, "state-signal") && find_code(program, "which-scope"));
}

/* Every statement has its parent before it, a place in the file and an identity of its own. */
TEST(statements_are_well_formed)
{
    struct program *program = read_fixture(arena);
    for (int i = 0; i < program->count; i++) {
        const struct statement *s = &program->statements[i];
        CHECK(s->parent < i && s->parent >= -1);
        CHECK(s->line >= 1 && s->last_line >= s->line && s->last_line <= program->line_count);
        CHECK(s->column >= 1 && (size_t)s->column <= program->lines[s->line - 1].n);
        CHECK(i == 0 || program->statements[i - 1].line <= s->line);
        CHECK_INT(strlen(s->id), 16);
        for (int k = 0; k < i; k++)
            CHECK(strcmp(program->statements[k].id, s->id) != 0);
    }
}

TEST(identity_survives_moving)
{
    struct program *before =
        read_text(arena, "## Alerts\n- Disk usage > 80%\n## Steps\n1. Do it\n");
    struct program *after =
        read_text(arena, "## Steps\n1. Do it\n2. Again\n\n\n## Alerts\n\nWords.\n\n"
                         "- Error rate > 9%\n- Disk usage > 80%\n");
    CHECK_STR(str_of(find_text(before, "Disk usage > 80%")->id),
              find_text(after, "Disk usage > 80%")->id);
    CHECK_STR(str_of(find_text(before, "Do it")->id), find_text(after, "Do it")->id);
}

/* Numbers and units may change, and headings be numbered anew; what is said, and of whom, may not.
 * A command is a text to the letter. */
TEST(identity_survives_other_numbers)
{
    static const struct {
        const char *before, *after;
        bool same;
    } cases[] = {
        {"Error rate > 5% for 5 minutes", "Error rate > 7.5% for 1 hour", true},
        {"P1: Response time: 15 minutes", "P1: Response time: 2 h", true},
        {"P1: Response time: 15 minutes", "P2: Response time: 15 minutes", false},
        {"Backup retention: 30 days", "Backup retention: 90 days", true},
        {"Error rate > 5% for 5 minutes", "Error rate < 5% for 5 minutes", false},
        {"Error rate > 5% for 5 minutes", "Disk usage > 5% for 5 minutes", false},
        {"Run `kubectl scale --replicas=3`", "Run `kubectl scale --replicas=5`", false},
        {"Wait 5 minutes", "Wait 10 minutes", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct program *before =
            read_text(arena, str_printf(arena, "# A\n## 3. B\n- %s\n", cases[i].before).p);
        struct program *after =
            read_text(arena, str_printf(arena, "# A\n## 2. C\n## 4. B\n- %s\n", cases[i].after).p);
        const char *id = find_text(before, cases[i].before)->id;
        const char *then = find_text(after, cases[i].after)->id;
        CHECK_SAME(str_printf(arena, "%s: %s", cases[i].after, strcmp(id, then) ? "other" : "same"),
                   str_printf(arena, "%s: %s", cases[i].after, cases[i].same ? "same" : "other"));
    }
}

/* Each document and what its last statement is: what speaks against a rule stands above it, below
 * it, beside it or through it. */
TEST(what_speaks_against_a_rule_is_not_passed_over)
{
    static const struct {
        const char *text;
        enum statement_kind kind;
    } cases[] = {
        {"## Alerts\n- Error rate > 5% for 5 minutes\n", STATEMENT_ALERT},
        {"## Alerts\n- ~~Error rate > 5% for 5 minutes~~\n", STATEMENT_GUIDANCE},
        {"## Alerts\n- <del>Error rate > 5% for 5 minutes</del>\n", STATEMENT_GUIDANCE},
        {"## Alerts\n- Error rate > ~~5%~~ 9% for 5 minutes\n", STATEMENT_UNCLEAR},
        {"## Alerts\nDo not alert on:\n- Error rate > 5% for 5 minutes\n", STATEMENT_UNCLEAR},
        {"## Alerts\n- Not enforced:\n  - Error rate > 5% for 5 minutes\n", STATEMENT_UNCLEAR},
        {"## Alerts\n- Error rate > 5% for 5 minutes\n  - except during deploys\n",
         STATEMENT_UNCLEAR},
        {"## Archive\n### Alerts\n- Error rate > 5% for 5 minutes\n", STATEMENT_GUIDANCE},
        {"## Alerts\n| Metric | Threshold | Status |\n|---|---|---|\n"
         "| Error rate | > 3% | disabled |\n",
         STATEMENT_UNCLEAR},
        {"## Alerts\n| Metric | Threshold | Status |\n|---|---|---|\n"
         "| Error rate | > 3% | active |\n",
         STATEMENT_ALERT},
        {"## Alerts\n| Metric | Threshold | Notes |\n|---|---|---|\n"
         "| Error rate | > 3% | only on weekdays |\n",
         STATEMENT_UNCLEAR},
        {"## Maintenance\nDo not deploy:\n- Sunday 5-6 AM UTC\n", STATEMENT_UNCLEAR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct program *program = read_text(arena, cases[i].text);
        enum statement_kind got = program->statements[program->count - 1].kind;
        CHECK_SAME(str_printf(arena, "%s%s", cases[i].text, statement_kind_name(got)),
                   str_printf(arena, "%s%s", cases[i].text, statement_kind_name(cases[i].kind)));
    }
    struct program *archive =
        read_text(arena, "## Archive\n- Error rate > 5% for 5 minutes\n- Disk usage > 80%\n");
    CHECK(find_code(archive, "not-in-force") && find_code(archive, "not-in-force")->line == 2);
    CHECK_INT(archive->finding_count, 1); /* once a heading */
    struct program *nowhere =
        read_text(arena, "## Maintenance\n- Time: Sunday 2-4 AM Europe/Dubln\n");
    CHECK(find_code(nowhere, "unknown-zone"));
    CHECK(!find_code(read_text(arena, "## Maintenance\n- Time: Sunday 2-4 AM Europe/Dublin\n"),
                     "unknown-zone"));
    struct program *table = read_text(arena, "## Alerts\n| Host | Metric | Threshold |\n"
                                             "|---|---|---|\n| db3 | disk usage | > 99% |\n");
    const struct statement *scoped = &table->statements[table->count - 1];
    CHECK_STR(scoped->alert.metric, "db3: disk usage");
    CHECK_INT(scoped->alert.signal.n, 0);
}

TEST(unclear_is_an_error_with_place_and_remedy)
{
    struct program *program = read_text(arena, "## Alerts\n\n- Error rate > 5% unless deploying\n");
    CHECK_INT(program->kind_lines[STATEMENT_UNCLEAR], 1);
    CHECK_INT(program->finding_count, 1);
    CHECK_INT(program->findings[0].level, FINDING_ERROR);
    CHECK_INT(program->findings[0].line, 3);
    CHECK_INT(program->findings[0].column, 3);
    CHECK_STR(
        program->findings[0].text,
        "This looks like a rule, but \"unless deploying\" is not understood. Understood would "
        "be, for "
        "example: \"Error rate > 5% for 5 minutes\".");
}

TEST(conflicts)
{
    struct program *program =
        read_text(arena, "## Severity\n- P1 (High): broken\n  - Response time: 1 hour\n"
                         "  - Response time: 2 hours\n- P1 (High): slow\n");
    int conflicts = 0;
    for (int i = 0; i < program->finding_count; i++)
        conflicts += strcmp(program->findings[i].code, "conflict") == 0;
    CHECK_INT(conflicts, 2);
}

TEST(unfilled_contacts)
{
    struct program *program =
        read_text(arena, "## Contacts\n| Role | Contact | Phone |\n|---|---|---|\n"
                         "| Lead | [NAME] | [PHONE] |\n");
    CHECK_INT(program->kind_lines[STATEMENT_CONTACT], 1);
    CHECK(find_code(program, "unfilled") && find_code(program, "unfilled")->line == 4);
}

TEST(tables_of_severities_and_alerts)
{
    struct program *program = read_text(
        arena,
        "## Levels\n| Severity | Description | Response Time |\n|---|---|---|\n"
        "| P1 | Half is down | 30 minutes |\n\n| Metric | Warning | Critical |\n|---|---|---|\n"
        "| Error rate | > 1% for 5m | > 5% for 5m |\n");
    CHECK_INT(program->kind_lines[STATEMENT_SEVERITY], 1);
    CHECK_INT(program->kind_lines[STATEMENT_ALERT], 1);
    int responses = 0, critical = 0;
    for (int i = 0; i < program->count; i++) {
        responses += program->statements[i].kind == STATEMENT_RESPONSE &&
                     program->statements[i].response.after_ms == 1800000;
        critical += program->statements[i].kind == STATEMENT_ALERT &&
                    str_is(program->statements[i].alert.level, "critical") &&
                    program->statements[i].alert.value == 0.05;
    }
    CHECK(responses == 1 && critical == 1);
}

TEST(repairs)
{
    struct program *program =
        read_text(arena, "\xEF\xBB\xBF# Title\r\n\r\n## Alerts\r\n- Disk usage > 80%\r\n");
    CHECK_INT(program->statements[0].heading_level, 1);
    CHECK_INT(find_text(program, "Disk usage > 80%")->kind, STATEMENT_ALERT);
    CHECK_INT(find_text(program, "Disk usage > 80%")->line, 4);
    program = read_text(
        arena, "Call them:\n| Service | Contact | Method |\n|--|--|--|\n| A | B | c@d.example |\n");
    CHECK_INT(program->kind_lines[STATEMENT_CONTACT], 1);
    CHECK_INT(find_text(program, "A | B | c@d.example")->line, 4);
    program = read_text(arena, "---\ntitle: x\nlimit: 5 minutes\n---\n# T\n");
    CHECK_INT(program->kind_lines[STATEMENT_STRUCTURE], 5);
    program = read_text(arena, "1. Do this:\n   ```bash\nls -l\n   ```\n2. Then that\n");
    CHECK_INT(program->kind_lines[STATEMENT_COMMAND], 1);
    CHECK_INT(find_text(program, "ls -l")->line, 3);
    CHECK_INT(find_text(program, "Then that")->step.number, 2);
}

TEST(fences)
{
    struct program *program = read_text(
        arena,
        "```console\n$ ls\na b\n```\n\n```yaml\na: 1\n```\n\n```bash\n\necho 'one\ntwo'\n```\n"
        "\n```\n1. Stop it\n2. Start it\n```\n");
    CHECK_INT(program->kind_lines[STATEMENT_COMMAND], 3);
    CHECK_INT(program->kind_lines[STATEMENT_LITERAL], 2);
    CHECK_INT(program->kind_lines[STATEMENT_STEP], 2);
    CHECK_INT(find_text(program, "echo 'one\ntwo'")->line, 12);
    CHECK_INT(find_text(program, "echo 'one\ntwo'")->last_line, 13);
}

TEST(refusals)
{
    refused(arena, STR("# A\n\n```bash\nls\n"), "book.md:3:1",
            "The fence opened here is never closed. Add a line of ``` where it ends.");
    refused(
        arena, STR("```bash\nls\n\n```sql\nselect 1;\n```\n"), "book.md:1:1",
        "The fence opened here is not closed before another one opens. Add a line of ``` where it "
        "ends.");
    refused(arena, STR("# A\nb\xFF\n"), "book.md:2:2",
            "The text is not valid UTF-8 from here on. Save the file as UTF-8.");
    refused(arena, STR("# A\n\nb\0c\n"), "book.md:3:2",
            "There is a NUL byte here, so this is not a text file. Name a Markdown file.");
}

static struct str repeated(struct arena *arena, const char *text, size_t times)
{
    size_t n = strlen(text);
    char *all = arena_alloc(arena, n * times + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * n, text, n);
    return (struct str){all, n * times};
}

TEST(limits)
{
    refused(arena, repeated(arena, "0123456789abcde\n", LIMIT_RUNBOOK_BYTES / 16 + 1),
            "book.md:1:1", "The runbook is larger than 4 MB. Split it into several files.");
    refused(arena, repeated(arena, "a\n", LIMIT_RUNBOOK_LINES + 1), "book.md:50001:1",
            "The runbook has more than 50000 lines. Split it into several files.");
    refused(arena, repeated(arena, "a", LIMIT_RUNBOOK_LINE_BYTES + 1), "book.md:1:65536",
            "The line is longer than 64 kB. Break it.");
    refused(arena, repeated(arena, "> ", LIMIT_RUNBOOK_NESTING + 1), "book.md:1:1",
            "Lists and quotes are nested more than 32 deep here. Make them flatter.");
    struct str wide = repeated(arena, "|a", 70);
    struct str line = repeated(arena, "|-", 70);
    refused(arena, str_printf(arena, "%.*s|\n%.*s|\n", STR_ARGS(wide), STR_ARGS(line)),
            "book.md:2:1", "The table has more than 64 columns. Split it into several tables.");
}

/* Lists nested by indentation over many lines: refused, never cut off silently. */
TEST(nesting_by_indentation)
{
    struct text text;
    struct program *program = NULL;
    struct err err = {0};
    text_init(&text, arena, 100000);
    for (int depth = 0; depth < 100; depth++) {
        for (int i = 0; i < depth; i++)
            text_adds(&text, "  ");
        text_adds(&text, "- a\n");
    }
    CHECK(!program_read(arena, STR("book.md"), text_str(&text), &program, &err));
    CHECK_STR(str_of(err.text), "Lists are nested too deep after this line. Make them flatter.");
}

TEST(empty_and_tiny)
{
    CHECK_INT(read_text(arena, "")->count, 0);
    CHECK_INT(read_text(arena, "\n\n")->count, 0);
    CHECK_INT(read_text(arena, "x")->count, 1);
    CHECK_INT(read_text(arena, "```\n```")->kind_lines[STATEMENT_STRUCTURE], 2);
    CHECK_INT(read_text(arena, "|a|\n|-|\n||\n")->kind_lines[STATEMENT_STRUCTURE], 3);
}

/* The largest files that are let in are read in seconds, whatever they hold. */
TEST(large_files_are_linear)
{
    static const char *const lines[] = {"- Error rate > 5% for 5 minutes\n",
                                        "[[[[((((**__``<a <!-- &amp; ![\n",
                                        "- P1 (High): slower by >50%\n",
                                        "| a | b | c |\n",
                                        "> - 1. x\n",
                                        "word word word word word word word\n",
                                        NULL};
    for (int i = 0; lines[i]; i++) {
        struct arena own;
        struct program *program = NULL;
        struct err err = {0};
        arena_init(&own);
        struct str source = repeated(&own, lines[i], 20000);
        bool read = program_read(&own, STR("book.md"), source, &program, &err);
        int lines_read = read ? program->line_count : 0;
        arena_done(&own);
        CHECK_INT(lines_read, 20000);
    }
}
