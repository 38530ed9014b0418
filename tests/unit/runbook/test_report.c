/* test_report.c - findings as SARIF and as annotations: what the formats demand, and escaping. */
#include "harness/test.h"

#include "base/text.h"
#include "runbook/report.h"

static struct program *read_text(struct arena *arena, const char *text)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("my docs/b%,:.md"), str_of(text), &program, &err), &err);
    return program;
}

static const char *const book = "# Shop\n### Critical Alerts\n- Latenz\xC3\xA9 > 2x baseline\n";

static const struct json *only_run(struct arena *arena, const struct text *text)
{
    struct json *json = NULL;
    struct err err = {0};
    CHECK_OK(json_parse(arena, text_str(text), &json, &err), &err);
    CHECK_STR(json_get_str(json, "version"), "2.1.0");
    CHECK_INT(json_get(json, "runs")->count, 1);
    return json_get(json, "runs")->first;
}

TEST(sarif_has_rules_results_and_places)
{
    struct sarif sarif;
    struct text text;
    int64_t number = 0;
    struct program *program = read_text(arena, book);
    CHECK(program->finding_count > 0);
    text_init(&text, arena, 1024 * 1024);
    sarif_begin(&sarif, &text);
    sarif_add_program(&sarif, program);
    sarif_add_problem(&sarif, &(struct report_problem){STR("/x.md"), 2, 1, "Not closed."});
    sarif_end(&sarif, true);
    const struct json *run = only_run(arena, &text);
    const struct json *driver = json_get(json_get(run, "tool"), "driver");
    CHECK_STR(json_get_str(driver, "name"), "reeve");
    CHECK_INT(json_get(run, "results")->count, program->finding_count + 1);
    const struct json *result = json_get(run, "results")->first;
    const struct json *place = json_get(json_get(result, "locations")->first, "physicalLocation");
    CHECK_STR(json_get_str(json_get(place, "artifactLocation"), "uri"), "my%20docs/b%25%2C%3A.md");
    CHECK(json_get_int(json_get(place, "region"), "startLine", &number));
    CHECK_INT(number, program->findings[0].line);
    for (; result; result = result->next) {
        bool known = false;
        for (const struct json *rule = json_get(driver, "rules")->first; rule; rule = rule->next)
            known |= str_equal(json_get_str(rule, "id"), json_get_str(result, "ruleId"));
        CHECK(known);
        CHECK(json_get_str(json_get(result, "message"), "text").n > 0);
    }
    CHECK(json_get(json_get(run, "invocations")->first, "executionSuccessful")->type == JSON_FALSE);
}

TEST(columns_count_characters)
{
    struct text text;
    struct program *program = read_text(arena, book);
    program->findings[0] = (struct finding){
        .level = FINDING_ERROR, .line = 3, .column = 12, .code = "unclear", .text = STR("Why?")};
    program->finding_count = 1;
    text_init(&text, arena, 4096);
    annotation_add_program(&text, program);
    CHECK_STR(text_str(&text), "::error file=my docs/b%25%2C%3A.md,line=3,col=11,title=reeve "
                               "unclear::Why?\n");
}

TEST(what_the_configuration_answers)
{
    struct sarif sarif;
    struct text text;
    struct program *program = read_text(arena, book);
    for (int i = 0; i < program->finding_count; i++)
        program->findings[i].answer = STR("alerts.critical: P0 (reeve.yaml:3)");
    text_init(&text, arena, 1024 * 1024);
    annotation_add_program(&text, program);
    CHECK_STR(text_str(&text), "");
    sarif_begin(&sarif, &text);
    sarif_add_program(&sarif, program);
    sarif_end(&sarif, false);
    const struct json *result = json_get(only_run(arena, &text), "results")->first;
    CHECK_STR(json_get_str(json_get(result, "suppressions")->first, "justification"),
              "alerts.critical: P0 (reeve.yaml:3)");
}

TEST(an_annotation_stays_on_its_line)
{
    struct text text;
    struct report_problem problem = {STR("a.md"), 0, 0, "50 %\r\nof: it"};
    text_init(&text, arena, 4096);
    annotation_add_problem(&text, &problem);
    CHECK_STR(text_str(&text), "::error file=a.md,title=reeve unreadable::50 %25%0D%0Aof: it\n");
}
