/* test_language.c - every example of docs/language.md is read and must mean what it says there. */
#include "harness/test.h"

#include "runbook/program.h"

static void check_example(struct arena *arena, struct str heading, struct str sentence,
                          struct str want)
{
    struct statement statement;
    struct err err = {0};
    CHECK_OK(sentence_read(arena, heading, sentence, &statement, &err), &err);
    struct str got = str_printf(arena, "%s: %.*s", statement_kind_name(statement.kind),
                                STR_ARGS(statement.meaning));
    CHECK_SAME(str_trim(got), want);
}

TEST(examples_of_the_language_page)
{
    struct str rest = test_read_file(arena, test_source_path(arena, "docs/language.md"));
    struct str line, heading = {"", 0}, sentence = {"", 0};
    bool inside = false;
    int examples = 0;
    while (str_split(&rest, '\n', &line)) {
        if (str_starts(line, "```"))
            inside = str_is(line, "```example");
        else if (inside && str_starts(line, "under: "))
            heading = str_from(line, 7);
        else if (inside && str_starts(line, "    "))
            sentence = str_trim(line);
        else if (inside && str_starts(line, "=> ")) {
            check_example(arena, heading, sentence, str_trim(str_from(line, 3)));
            examples++;
        }
    }
    CHECK(examples >= 100);
}
