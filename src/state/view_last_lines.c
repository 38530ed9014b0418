/* view_last_lines.c - what a command said last before it failed. */
#include "state/world.h"

static bool has_word(struct str line)
{
    return str_trim(line).n > 0;
}

/* The last lines of text that are not empty, in their order. */
static void take_lines(struct arena *arena, struct str text, struct run_step_view *step)
{
    struct str found[RUN_LAST_LINES];
    size_t count = 0;
    while (text.n > 0 && count < RUN_LAST_LINES) {
        size_t from = text.n;
        while (from > 0 && text.p[from - 1] != '\n')
            from--;
        struct str line = str_from(text, from);
        if (has_word(line))
            found[count++] = line;
        text = str_slice(text, 0, from > 0 ? from - 1 : 0);
    }
    step->last_lines = arena_array(arena, count, sizeof *step->last_lines);
    step->last_line_count = count;
    for (size_t i = 0; i < count; i++) {
        struct str line = found[count - 1 - i];
        while (line.n > 0 && byte_is_blank(line.p[line.n - 1]))
            line.n--;
        step->last_lines[i] = str_cut(line, RUN_LAST_LINE_BYTES);
    }
}

void view_run_last_lines(const struct world *world, struct arena *arena, const struct run *run,
                         struct run_view *view)
{
    const struct step_outputs *outputs = &world->outputs;
    for (int i = 0; outputs->read && i < run->step_count; i++) {
        const struct run_step *step = &run->steps[i];
        struct step_output_ask ask = {run, i, -1};
        struct step_output_view output;
        if (step->does == DOES_COMMAND && (step->failed || step->doubted) && !step->finished &&
            !step->skipped && outputs->read(outputs->context, arena, &ask, &output))
            take_lines(arena, output.text, &view->steps[i]);
    }
}
