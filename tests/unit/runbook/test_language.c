/* test_language.c - every example of docs/language.md is read and must mean what it says there. */
#include "harness/test.h"

#include "base/text.h"
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

/* "3 command: meaning", "3 [code] sentence" of the file above. */
static void check_file_line(struct arena *arena, const struct program *program, struct str want)
{
    int64_t line = 0;
    size_t space = str_find_byte(want, ' ', 0);
    CHECK(str_int(str_slice(want, 0, space), &line));
    struct str rest = str_from(want, space + 1);
    struct str got = {"", 0};
    if (str_starts(rest, "[")) {
        for (int i = 0; i < program->finding_count; i++) {
            const struct finding *finding = &program->findings[i];
            struct str here =
                str_printf(arena, "[%s] %.*s", finding->code, STR_ARGS(finding->text));
            if (finding->line == line && (got.n == 0 || str_equal(here, rest)))
                got = here;
        }
    } else {
        for (int i = 0; i < program->count; i++) {
            const struct statement *at = &program->statements[i];
            if (at->line <= line && at->last_line >= line)
                got = str_trim(str_printf(arena, "%s: %.*s", statement_kind_name(at->kind),
                                          STR_ARGS(at->meaning)));
        }
    }
    CHECK_SAME(got, str_trim(rest));
}

/* A whole file of an example, indented by four. */
static struct program *read_file(struct arena *arena, struct text *file)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("example.md"), text_str(file), &program, &err), &err);
    text_init(file, arena, 10000);
    return program;
}

TEST(files_of_the_language_page)
{
    struct str rest = test_read_file(arena, test_source_path(arena, "docs/language.md"));
    struct str line;
    bool inside = false, in_file = false;
    int lines = 0;
    struct text file;
    struct program *program = NULL;
    text_init(&file, arena, 10000);
    while (str_split(&rest, '\n', &line)) {
        if (str_starts(line, "```"))
            inside = str_is(line, "```example") || str_is(line, "````example");
        else if (inside && str_is(line, "file:"))
            in_file = true;
        else if (inside && str_starts(line, "under: "))
            in_file = false;
        else if (inside && in_file && (line.n == 0 || str_starts(line, "    "))) {
            text_add(&file, str_from(line, line.n ? 4 : 0));
            text_byte(&file, '\n');
        } else if (inside && in_file && str_starts(line, "=> ")) {
            if (file.n)
                program = read_file(arena, &file);
            check_file_line(arena, program, str_from(line, 3));
            lines++;
        }
    }
    CHECK(lines >= 20);
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
    bool inside = false, in_file = false;
    int examples = 0, bound = 0;
    vocabulary_init(&own, arena);
    while (str_split(&rest, '\n', &line)) {
        if (str_starts(line, "```"))
            inside = str_is(line, "```example") || str_is(line, "````example");
        else if (inside && str_is(line, "file:"))
            in_file = true;
        else if (inside && str_starts(line, "under: ")) {
            in_file = false;
            from.heading = str_from(line, 7);
        } else if (in_file)
            continue;
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
