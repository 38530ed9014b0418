/* test_language.c - every example of docs/language.md is read and must mean what it says there. */
#include "harness/test.h"

#include "runbook/binding.h"

static void check_example(struct arena *arena, const struct program_source *from, struct str want,
                          struct statement *out_statement)
{
    struct err err = {0};
    CHECK_OK(sentence_read_with(arena, from, out_statement, &err), &err);
    struct str got = str_printf(arena, "%s: %.*s", statement_kind_name(out_statement->kind),
                                STR_ARGS(out_statement->meaning));
    CHECK_SAME(str_trim(got), want);
}

/* signals "checkout failures" is "error rate": a phrase of the company's own. */
static void add_phrase(struct vocabulary *own, struct str line)
{
    static const struct {
        const char *name;
        enum vocabulary_kind kind;
    } kinds[] = {{"signals", VOCABULARY_SIGNAL},
                 {"parties", VOCABULARY_PARTY},
                 {"actions", VOCABULARY_ACTION},
                 {"practices", VOCABULARY_PRACTICE}};
    struct str rest = line;
    struct str kind, phrase, is, target;
    CHECK(str_split(&rest, '"', &kind) && str_split(&rest, '"', &phrase) &&
          str_split(&rest, '"', &is) && str_split(&rest, '"', &target));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(str_trim(kind), kinds[i].name))
            CHECK_INT(vocabulary_add(own, kinds[i].kind, phrase, target), VOCABULARY_TAKEN);
}

TEST(examples_of_the_language_page)
{
    struct str rest = test_read_file(arena, test_source_path(arena, "docs/language.md"));
    struct str line;
    struct vocabulary own;
    struct program_source from = {.vocabulary = &own};
    struct statement statement = {0};
    bool inside = false;
    int examples = 0, bound = 0;
    vocabulary_init(&own, arena);
    while (str_split(&rest, '\n', &line)) {
        if (str_starts(line, "```"))
            inside = str_is(line, "```example");
        else if (inside && str_starts(line, "under: "))
            from.heading = str_from(line, 7);
        else if (inside && str_starts(line, "    "))
            from.text = str_trim(line);
        else if (inside && str_starts(line, "=> ")) {
            check_example(arena, &from, str_trim(str_from(line, 3)), &statement);
            examples++;
        } else if (inside && str_starts(line, "where: ")) {
            add_phrase(&own, str_from(line, 7));
        } else if (inside && str_starts(line, "bound to: ")) {
            struct str name = binding_of(&statement);
            CHECK_SAME(name.n ? name : STR("nothing"), str_from(line, 10));
            bound++;
        }
    }
    CHECK(examples >= 115 && bound >= 15);
}
