/* test_scenarios.c - one case for each scenario, for the README's examples, and for the scenarios
 * that are wrong on purpose: those must fail, at the line they name.
 *
 * A case is named by its file; with an argument only those whose name or file contains it. */
#include "scenario.h"

#include "harness/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCENARIOS_MAX = 500 };

static struct test_case cases[SCENARIOS_MAX];

/* The names of the scenarios in a folder below the root, in order. */
static size_t list_folder(struct arena *arena, const char *folder, const char **out_names)
{
    struct dirent **entries = NULL;
    struct str path = test_source_path(arena, folder);
    size_t count = 0;
    int found = scandir(path.p, &entries, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        bool is_one = str_ends(str_of(entries[i]->d_name), ".scenario");
        if (is_one && count == SCENARIOS_MAX) { /* none is left out in silence */
            printf("Bail out! There are more than %d scenarios.\n", SCENARIOS_MAX);
            exit(1);
        }
        if (is_one)
            out_names[count++] = str_printf(arena, "%s/%s", folder, entries[i]->d_name).p;
        free(entries[i]);
    }
    free(entries);
    return count;
}

enum verdict { PASSES, FAILS, KNOWN_BUG, BUG_IS_GONE };

/* What came of a scenario; story and err as scenario_play gives them. */
struct outcome {
    struct str story;
    struct str known_bug;
    struct err err;
};

static enum verdict judge(struct arena *arena, struct str file, struct str source,
                          struct outcome *out_outcome)
{
    struct script script = {0};
    struct err ignored = {0};
    *out_outcome = (struct outcome){0};
    bool good = scenario_play(arena, file, source, &out_outcome->story, &out_outcome->err);
    if (script_read(arena, file, source, &script, &ignored) && script.known_bug.n > 0) {
        out_outcome->known_bug = script.known_bug;
        return good ? BUG_IS_GONE : KNOWN_BUG;
    }
    return good ? PASSES : FAILS;
}

static void play_file(struct arena *arena)
{
    static char reason[500];
    struct str file = str_of(test_current()->file);
    struct str source = test_read_file(arena, test_source_path(arena, file.p));
    struct outcome outcome;
    test_checked();
    switch (judge(arena, file, source, &outcome)) {
    case PASSES: break;
    case FAILS:
        test_fail_at(outcome.err.place, "%s\n%.*s", outcome.err.text, STR_ARGS(outcome.story));
    case BUG_IS_GONE: test_fail_at(file.p, "this passes: take the line \"known-bug:\" away");
    case KNOWN_BUG:
        (void)snprintf(reason, sizeof reason, "known bug: %.*s", STR_ARGS(outcome.known_bug));
        test_skip(reason);
    }
}

/* What must go wrong stands in the first line: "# fails at 7:1: a part of the sentence". */
static bool read_promise(struct str source, struct str *out_place, struct str *out_text)
{
    struct str line = str_slice(source, 0, str_find_byte(source, '\n', 0));
    size_t end = str_find(line, ": ", 0);
    if (!str_starts(line, "# fails at ") || end == line.n)
        return false;
    *out_place = str_slice(line, strlen("# fails at "), end);
    *out_text = str_from(line, end + 2);
    return true;
}

static void check_wrong(struct arena *arena, const char *file)
{
    struct str source = test_read_file(arena, test_source_path(arena, file));
    struct str place;
    struct str text;
    struct str story;
    struct err err = {0};
    if (!read_promise(source, &place, &text))
        test_fail(file, 1, "the first line does not say \"# fails at LINE: sentence\"");
    if (scenario_play(arena, str_of(file), source, &story, &err))
        test_fail(file, 1, "it passes; it must fail at %.*s", STR_ARGS(place));
    struct str want = str_printf(arena, "%s:%.*s", file, STR_ARGS(place));
    CHECK_SAME(str_of(err.place), want);
    if (str_find(str_of(err.text), str_copy(arena, text).p, 0) == strlen(err.text))
        test_fail(file, 1, "it fails with \"%s\", not with \"%.*s\"", err.text, STR_ARGS(text));
    /* An unmet expectation is told with what happened; a text that is not understood is not. */
    CHECK((err.kind == ERR_REFUSED) == (story.n > 0));
}

TEST(a_wrong_scenario_fails_at_its_line)
{
    const char *names[SCENARIOS_MAX];
    size_t count = list_folder(arena, "tests/scenarios/wrong", names);
    CHECK(count > 0);
    for (size_t i = 0; i < count; i++)
        check_wrong(arena, names[i]);
}

/* Whatever is asked, a failure shows the facts and orders since the last "at". */
TEST(a_failure_shows_what_happened)
{
    const char *file = "tests/scenarios/wrong/expected-page.scenario";
    struct str source = test_read_file(arena, test_source_path(arena, file));
    struct str story;
    struct err err = {0};
    CHECK(!scenario_play(arena, str_of(file), source, &story, &err));
    CHECK_STR(str_of(err.text), "expected page to ben, but there was none");
    CHECK_STR(story,
              "since the \"at\" on line 22 (now 15s):\n"
              "  15s      event alert.fired: Rule on line 4 fired: Error rate > 5% for 10 seconds "
              "(50.0 % of 150 requests in 1 min).\n"
              "  15s      event incident.opened: Incident 1 opened as P1: Error rate > 5% for 10 "
              "seconds.\n"
              "  15s      event page.requested: Anna is to be told of incident 1 by mail: on "
              "call.\n"
              "  15s      event page.started: Anna is being told by mail (page 1-anna-smtp-1, try "
              "1).\n"
              "  15s      page to anna by mail: [P1] Incident 1: Error rate > 5% for 10 seconds\n"
              "  15s      event page.sent: Anna was reached by mail (250 taken).\n");
}

TEST(a_known_bug_is_skipped_until_it_is_gone)
{
    static const char *const play = "known-bug: pigeons are late\n"
                                    "runbook tests/scenarios/shop.md\n"
                                    "config tests/scenarios/shop.yaml\n"
                                    "at 0s\n";
    struct outcome outcome;
    struct str file = STR("x.scenario");
    struct str late = str_printf(arena, "%sexpect page to anna\n", play);
    CHECK_INT(judge(arena, file, late, &outcome), KNOWN_BUG);
    CHECK_STR(outcome.known_bug, "pigeons are late");
    struct str mended = str_printf(arena, "%sexpect no page\n", play);
    CHECK_INT(judge(arena, file, mended, &outcome), BUG_IS_GONE);
    /* What cannot be read is no known bug. */
    struct str unread = str_printf(arena, "%sexpect\n  x\n", play);
    CHECK_INT(judge(arena, file, unread, &outcome), FAILS);
    CHECK_STR(str_of(outcome.err.place), "x.scenario:6:3");
}

TEST(the_examples_of_the_readme)
{
    struct str file = STR("tests/scenarios/README.md");
    struct str source = test_read_file(arena, test_source_path(arena, file.p));
    int examples = 0;
    for (size_t from = str_find(source, "```scenario\n", 0); from < source.n;
         from = str_find(source, "```scenario\n", from + 1), examples++) {
        struct str story;
        struct err err = {0};
        size_t to = str_find(source, "\n```\n", from);
        struct str example = str_slice(source, from + strlen("```scenario\n"), to + 1);
        if (!scenario_play(arena, file, example, &story, &err))
            test_fail_at(err.place, "(in example %d) %s\n%.*s", examples + 1, err.text,
                         STR_ARGS(story));
    }
    CHECK_INT(examples, 2);
}

__attribute__((constructor)) static void register_scenarios(void)
{
    static struct arena arena; /* as long as the program */
    static const char *names[SCENARIOS_MAX];
    arena_init(&arena);
    size_t count = list_folder(&arena, "tests/scenarios", names);
    for (size_t i = 0; i < count; i++) {
        struct script script = {0};
        struct err err = {0};
        struct str source = test_read_file(&arena, test_source_path(&arena, names[i]));
        (void)!script_read(&arena, str_of(names[i]), source, &script, &err);
        cases[i] = (struct test_case){.name = script.title.n ? script.title.p : "(no title)",
                                      .file = names[i],
                                      .function = play_file};
        test_register(&cases[i]);
    }
}
