/* test_markdown.c - what stands in Markdown and is none of it, or is written otherwise than meant:
 * boxes, HTML, ragged rows, fences; each with the place that people are told. */
#include "harness/test.h"

#include "runbook/html.h"
#include "runbook/marks.h"
#include "runbook/program.h"

static struct program *read_text(struct arena *arena, const char *text)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("book.md"), str_of(text), &program, &err), &err);
    return program;
}

static const struct statement *find_text(const struct program *program, const char *text)
{
    for (int i = 0; i < program->count; i++)
        if (str_is(program->statements[i].text, text))
            return &program->statements[i];
    test_fail(__FILE__, __LINE__, "no statement \"%s\"", text);
}

static void place_is(const struct program *program, const char *text, int line, int column)
{
    const struct statement *statement = find_text(program, text);
    CHECK_INT(statement->line, line);
    CHECK_INT(statement->column, column);
}

static int count_code(const struct program *program, const char *code)
{
    int count = 0;
    for (int i = 0; i < program->finding_count; i++)
        count += strcmp(program->findings[i].code, code) == 0;
    return count;
}

static void refused(struct arena *arena, const char *source, const char *place,
                    const char *sentence)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK(!program_read(arena, STR("book.md"), str_of(source), &program, &err));
    CHECK_STR(str_of(err.place), place);
    CHECK_STR(str_of(err.text), sentence);
}

/* Columns are those of the source, however much a repair put in or left out before them. */
TEST(repaired_lines_keep_their_places)
{
    struct program *program =
        read_text(arena, "##Alerts\n1. one\n  - two\n    ```sh\n  ls\n    ```\n2. three\n\n"
                         "!!! note\n\n    - four\n    five\n> [!TIP]\n> six\n");
    CHECK_INT(find_text(program, "Alerts")->heading_level, 2);
    place_is(program, "Alerts", 1, 3);
    place_is(program, "two", 3, 5);
    place_is(program, "ls", 5, 3);
    place_is(program, "three", 7, 4);
    place_is(program, "!!! note", 9, 1);
    place_is(program, "four five", 11, 7);
    place_is(program, "six", 14, 3);
    CHECK_INT(find_text(program, "ls")->kind, STATEMENT_COMMAND);
    CHECK_INT(find_text(program, "!!! note")->kind, STATEMENT_STRUCTURE);
    CHECK_INT(find_text(program, "[!TIP]")->kind, STATEMENT_STRUCTURE);
    CHECK_STR(program->statements[find_text(program, "two")->parent].text, "one");
}

/* A response time two blanks below "1." belongs to that item, not to everything. */
TEST(an_item_too_far_left_stands_below_the_number)
{
    struct program *program =
        read_text(arena, "- Levels\n\n1. P1\n  - Tell the owner\n10. P2\n   - Tell the team\n");
    CHECK_STR(program->statements[find_text(program, "Tell the owner")->parent].text, "P1");
    CHECK_STR(program->statements[find_text(program, "Tell the team")->parent].text, "P2");
}

TEST(list_marks_of_other_programs)
{
    int number = 0;
    struct program *program =
        read_text(arena, "Do this:\n\xE2\x80\xA2 Stop the job\n  \xE2\x97\xA6 Read the log\n\n"
                         "a. Start the job\nb. Tell the team\n\ne. g. words\n");
    place_is(program, "Stop the job", 2, 5);
    place_is(program, "Read the log", 3, 7);
    place_is(program, "Tell the team", 6, 4);
    CHECK_INT(find_text(program, "Tell the team")->step.number, 2);
    CHECK_STR(program->statements[find_text(program, "Read the log")->parent].text, "Stop the job");
    (void)find_text(program, "e. g. words");
    CHECK_INT(marks_of_others(STR("3\xEF\xB8\x8F\xE2\x83\xA3 three"), &number), 7);
    CHECK_INT(number, 3);
    CHECK_INT(marks_of_others(STR("A. three"), &number), 0);
    CHECK_INT(marks_of_others(STR("a.three"), &number), 0);
}

/* A fence is one however far its marks are indented, and nothing behind it is swallowed. */
TEST(fences_too_far_right)
{
    struct program *program = read_text(
        arena,
        "Run this:\n      ```sh\n      make all\n        ```\n\n## Alerts\n- Disk usage > 80%\n");
    place_is(program, "make all", 3, 7);
    CHECK_INT(find_text(program, "make all")->kind, STATEMENT_COMMAND);
    CHECK_INT(program->kind_lines[STATEMENT_ALERT], 1);
}

TEST(numbers_go_on_behind_a_fence)
{
    struct program *program =
        read_text(arena, "1. Stop the job\n2. Read this:\n\n```\nx\n```\n\n3. Start the job\n");
    CHECK_INT(find_text(program, "Start the job")->step.number, 3);
}

/* A bold line or a line with a colon is what a heading is to others. */
TEST(labels_name_what_stands_below)
{
    struct program *program = read_text(
        arena, "## Alerts\n\n**Critical**\n\n- Error rate > 5% for 5 minutes\n\nWarning:\n- Disk "
               "usage > 80% for 5 minutes\n\nWords.\n\n- CPU usage > 90% for 5 minutes\n\n"
               "## Escalation\n\n**P1**\n\n- Escalation: After 1 hour to the CTO\n\n"
               "## Others\n\n- Escalation: After 2 hours to the CTO\n");
    CHECK_STR(find_text(program, "Error rate > 5% for 5 minutes")->alert.level, "critical");
    CHECK_STR(find_text(program, "Disk usage > 80% for 5 minutes")->alert.level, "warning");
    CHECK_STR(find_text(program, "CPU usage > 90% for 5 minutes")->alert.level, "");
    CHECK_INT(find_text(program, "P1")->kind, STATEMENT_STRUCTURE);
    CHECK_INT(program->kind_lines[STATEMENT_ALERT], 3);
    CHECK_INT(program->kind_lines[STATEMENT_RESPONSE], 2);
    CHECK_STR(find_text(program, "Escalation: After 1 hour to the CTO")->response.level, "P1");
    CHECK_STR(find_text(program, "Escalation: After 2 hours to the CTO")->response.level, "");
}

TEST(entities_footnotes_and_tags)
{
    struct program *program = read_text(
        arena, "## Critical Alerts\n- Error rate &#62; 5% for 5 minutes[^1]\n"
               "- <b>Disk usage</b> &gt; 80% for 10 minutes\n- Call <name> and <span>wait</span>\n"
               "\n[^1]: Since spring\n");
    CHECK_INT(program->kind_lines[STATEMENT_ALERT], 2);
    CHECK_STR(find_text(program, "Error rate > 5% for 5 minutes")->alert.signal, "error rate");
    place_is(program, "Disk usage > 80% for 10 minutes", 3, 6);
    place_is(program, "Call <name> and wait", 4, 3);
    place_is(program, "Since spring", 6, 1);
}

TEST(ragged_rows_make_no_rule)
{
    struct program *program = read_text(
        arena, "## Levels\n| Severity | Description | Response time |\n|---|---|---|\n"
               "| P1 | 15 minutes |\n| P2 | Slow | 1 hour | 5 hours |\n| P3 | Ugly | 1 day |\n"
               "| some |\n\n| a | b |\n|---|---|\n| words |\n");
    CHECK_INT(program->kind_lines[STATEMENT_UNCLEAR], 2);
    CHECK_INT(program->kind_lines[STATEMENT_SEVERITY], 1);
    CHECK_INT(count_code(program, "ragged-row"), 3);
    CHECK_INT(count_code(program, "unclear"), 0);
    for (int i = 0; i < program->count; i++)
        CHECK(program->statements[i].kind != STATEMENT_RESPONSE ||
              str_is(program->statements[i].response.level, "P3"));
    CHECK_INT(program->findings[0].level, FINDING_ERROR);
    CHECK_INT(program->findings[0].line, 4);
    CHECK_INT(program->findings[0].column, 3);
    CHECK_STR(program->findings[0].text,
              "This row has 2 cells and the head of its table on line 2 has 3, so which column a "
              "value stands in is not certain. Give it 3 cells; a bar inside of a cell is written "
              "\\|.");
}

TEST(cells_are_counted_as_written)
{
    CHECK_INT(marks_cells(STR("| a | b |")), 2);
    CHECK_INT(marks_cells(STR("a | b")), 2);
    CHECK_INT(marks_cells(STR("> - | a \\| b | `c | d` | ``e`|`` |")), 3);
    CHECK_INT(marks_cells(STR("|  |  |")), 2);
    CHECK_INT(marks_cells(STR("| a | `b")), 2);
    CHECK_INT(marks_cells(STR("a")), 1);
}

/* A table in HTML that names levels: every cell is unclear, one finding says what to do. */
TEST(html_tables_of_rules)
{
    struct program *program = read_text(
        arena, "<table>\n<tr><th>Severity</th><th>Meaning</th></tr>\n<tr>\n  <td>SEV-1</td>\n"
               "  <td>\n    <li>Nobody can &ldquo;pay&rdquo;</li>\n  </td>\n</tr>\n</table>\n\n"
               "<table>\n<tr><td>Plain words</td></tr>\n</table>\n");
    CHECK_INT(find_text(program, "Severity Meaning")->kind, STATEMENT_STRUCTURE);
    CHECK_INT(find_text(program, "SEV-1")->kind, STATEMENT_UNCLEAR);
    CHECK_INT(find_text(program, "Nobody can \xE2\x80\x9Cpay\xE2\x80\x9D")->kind,
              STATEMENT_UNCLEAR);
    CHECK_INT(find_text(program, "Plain words")->kind, STATEMENT_GUIDANCE);
    place_is(program, "SEV-1", 4, 7);
    CHECK_INT(program->kind_lines[STATEMENT_UNCLEAR], 2);
    CHECK_INT(program->finding_count, 1);
    CHECK_STR(str_of(program->findings[0].code), "html-table");
    CHECK_INT(program->findings[0].line, 4);
}

/* What nobody sees is structure, also where it looks like a rule. */
TEST(hidden_html_is_no_rule)
{
    struct program *program =
        read_text(arena, "<!-- Error rate > 5%\nSEV-1 -->\n\n<script>\nif (x > 5%) {}\n</script>\n"
                         "\n<p>Error rate > 5%</p>\n");
    CHECK_INT(program->kind_lines[STATEMENT_UNCLEAR], 1);
    CHECK_INT(program->kind_lines[STATEMENT_STRUCTURE], 5);
    place_is(program, "Error rate > 5%", 8, 4);
}

TEST(tags_and_placeholders)
{
    size_t bytes = 0;
    bool closing = false;
    CHECK_INT(html_tag_of(STR("</td > x"), &bytes, &closing), HTML_CELL);
    CHECK(closing && bytes == 6);
    CHECK_INT(html_tag_of(STR("<pod-name>"), &bytes, &closing), HTML_NONE);
    CHECK_INT(html_tag_of(STR("<phone>"), &bytes, &closing), HTML_NONE);
    CHECK_INT(html_tag_of(STR("< 5"), &bytes, &closing), HTML_NONE);
    CHECK_INT(html_tag_of(STR("<!-- a > b --> c"), &bytes, &closing), HTML_COMMENT);
    CHECK_INT(bytes, 14);
    CHECK_INT(html_tag_of(STR("<BR/>"), &bytes, &closing), HTML_BREAK);
    CHECK_INT(html_entity_bytes(STR("&ge;5")), 4);
    CHECK_INT(html_entity_bytes(STR("& 5;")), 0);
}

TEST(what_would_be_swallowed_is_refused)
{
    refused(arena, "# A\n<!--\n## Alerts\n", "book.md:2:1",
            "The comment opened here is never closed, so nothing below it would be read. Add --> "
            "where it ends.");
    refused(arena, "> ```sh\n> ls\n\nwords\n", "book.md:1:1",
            "The fence opened here is not closed before its quote ends. Add a line of > ``` where "
            "it ends.");
    refused(arena, "- a\n\n  1. ~~~~\n     ls\n     ~~~\n", "book.md:3:1",
            "The fence opened here is never closed. Add a line of ~~~~ where it ends.");
}
