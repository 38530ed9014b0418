/* probe_line.c - what a probe saw, and its line from the core to the collector. */
#include "telemetry/probe_line.h"

enum { SAMPLES_BYTES = 128 * 1024, WORDS_BYTES = 4096 }; /* six times as long, when escaped */

struct str probe_line_write(struct arena *arena, const struct probe_line *line)
{
    struct text text;
    text_init(&text, arena, PROBE_LINE_BYTES);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "probe", line->name);
    json_int(&w, "at", line->at.us);
    json_str(&w, "note", str_cut(line->note, WORDS_BYTES));
    json_str(&w, "problem", str_cut(line->problem, WORDS_BYTES));
    json_str(&w, "samples", line->samples.n <= SAMPLES_BYTES ? line->samples : STR(""));
    json_bool(&w, "up", line->up);
    json_close_object(&w);
    text_byte(&text, '\n');
    return text_str(&text);
}

bool probe_line_is(struct str line)
{
    return str_starts(line, "{\"probe\":");
}

bool probe_line_parse(struct arena *arena, struct str line, struct probe_line *out_line,
                      struct err *err)
{
    struct json *root = NULL;
    struct probe_line parsed = {.name = STR("")};
    if (!json_parse(arena, str_trim(line), &root, err))
        return false;
    const struct json *up = json_get(root, "up");
    parsed.name = json_get_str(root, "probe");
    parsed.note = json_get_str(root, "note");
    parsed.problem = json_get_str(root, "problem");
    parsed.samples = json_get_str(root, "samples");
    parsed.up = up && up->type == JSON_TRUE;
    if (parsed.name.n == 0 || !json_get_int(root, "at", &parsed.at.us))
        return err_set(err, ERR_USAGE, NULL, "the line of a probe has no name or no instant");
    *out_line = parsed;
    return true;
}
