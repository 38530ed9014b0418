/* test_last_lines.c - what stands beside the reason of a command that failed. */
#include "harness/test.h"
#include "small_world.h"

static bool read_text(void *context, struct arena *arena, const struct step_output_ask *ask,
                      struct step_output_view *out_view)
{
    const char *text = context;
    (void)arena;
    CHECK_INT(ask->from, -1);
    *out_view = (struct step_output_view){.text = str_of(text)};
    return text[0] != '\0';
}

/* "a|b": the lines that are shown of this output. */
static struct str shown(struct arena *arena, struct run_step step, const char *output)
{
    union {
        const char *in;
        void *out;
    } text = {output};
    struct world *world = arena_make(arena, struct world);
    struct run run = {.steps = &step, .step_count = 1};
    struct run_step_view view = {0};
    struct run_view run_view = {.steps = &view, .step_count = 1};
    struct text lines;
    world->outputs = (struct step_outputs){read_text, text.out};
    view_run_last_lines(world, arena, &run, &run_view);
    text_init(&lines, arena, 4096);
    for (size_t i = 0; i < view.last_line_count; i++)
        text_printf(&lines, "%s%.*s", i > 0 ? "|" : "", STR_ARGS(view.last_lines[i]));
    return text_str(&lines);
}

TEST(a_failed_command_shows_its_last_lines)
{
    struct run_step failed = {.does = DOES_COMMAND, .begun = true, .failed = true};
    CHECK_STR(shown(arena, failed, "one\ntwo\nthree\nfour\n"), "two|three|four");
    CHECK_STR(shown(arena, failed, "one\n\n \t\ntwo  \n\n\n"), "one|two");
    CHECK_STR(shown(arena, failed, "  at a place"), "  at a place");
    CHECK_STR(shown(arena, failed, "\n\n"), "");
    CHECK_STR(shown(arena, failed, ""), "");
    struct run_step doubted = {.does = DOES_COMMAND, .begun = true, .doubted = true};
    CHECK_STR(shown(arena, doubted, "one"), "one");
}

TEST(what_did_not_fail_shows_none)
{
    struct run_step runs = {.does = DOES_COMMAND, .begun = true};
    struct run_step done = {.does = DOES_COMMAND, .begun = true, .failed = true, .finished = true};
    struct run_step skipped = {.does = DOES_COMMAND, .failed = true, .skipped = true};
    struct run_step query = {.does = DOES_QUERY, .failed = true};
    CHECK_STR(shown(arena, runs, "one"), "");
    CHECK_STR(shown(arena, done, "one"), "");
    CHECK_STR(shown(arena, skipped, "one"), "");
    CHECK_STR(shown(arena, query, "one"), "");
    struct world *world = arena_make(arena, struct world); /* outputs cannot be read here */
    struct run run = {.steps = &runs, .step_count = 1};
    struct run_view view = {0};
    view_run_last_lines(world, arena, &run, &view);
}

/* Cut between characters. */
TEST(a_long_line_is_cut)
{
    struct run_step failed = {.does = DOES_COMMAND, .failed = true};
    struct text text;
    text_init(&text, arena, 4096);
    text_adds(&text, "x");
    for (int i = 0; i < 400; i++)
        text_adds(&text, "ä");
    struct str line = shown(arena, failed, text_str(&text).p);
    CHECK_INT(line.n, 299);
    CHECK(str_utf8_valid(line, NULL));
}
