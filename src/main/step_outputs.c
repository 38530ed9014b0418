/* step_outputs.c - what steps put out, from their folders. */
#include "main/step_outputs.h"

#include "base/noun.h"
#include "os/file.h"
#include "postgres/report.h"
#include "worker/step.h"

#include <stdio.h>
#include <sys/stat.h>

enum {
    RESULT_BYTES_MAX = 2 * 1024 * 1024,
    TABLE_BYTES_MAX = 8 * 1024 * 1024,
    GROWTH_BYTES = 16 * 1024, /* of what is new, at one look */
    CHARACTER_BYTES = 4
};

struct step_place step_place_of(const struct run *run, int step)
{
    return (struct step_place){.run = run->number,
                               .opened_us = run->opened.us,
                               .step = step,
                               .tries = run->steps[step].tries};
}

void step_place_folder(const struct app *app, const struct step_place *place, int start,
                       char to[STEP_PATH_BYTES])
{
    (void)snprintf(to, STEP_PATH_BYTES, "%.*s/runs/%lld-%llx/%d-%d-%d", STR_ARGS(app->state_folder),
                   (long long)place->run, (unsigned long long)place->opened_us, place->step + 1,
                   place->tries, start);
}

static bool is_folder(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

int step_place_newest(const struct app *app, const struct step_place *place,
                      char to[STEP_PATH_BYTES])
{
    int start = 0;
    while (start < STEP_STARTS_MAX) {
        step_place_folder(app, place, start + 1, to);
        if (!is_folder(to))
            break;
        start++;
    }
    if (start > 0)
        step_place_folder(app, place, start, to);
    return start;
}

/* What a terminal obeys although it is whole UTF-8 (C1), or what turns the writing round. How many
 * bytes; 0: neither. */
static size_t control_at(struct str bytes, size_t i)
{
    const unsigned char *at = (const unsigned char *)bytes.p + i;
    size_t n = bytes.n - i;
    bool one = (at[0] < ' ' && at[0] != '\n' && at[0] != '\t') || at[0] == 0x7f;
    bool two = n >= 2 && at[0] == 0xc2 && at[1] < 0xa0;
    bool three = n >= 3 && at[0] == 0xe2 &&
                 ((at[1] == 0x80 && at[2] >= 0xaa && at[2] <= 0xae) ||
                  (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
    return one ? 1 : two ? 2 : three ? 3 : 0;
}

/* Bytes that are no UTF-8, and control characters, are shown as a dot. */
static void add_shown(struct text *text, struct str bytes)
{
    while (bytes.n > 0) {
        size_t bad = bytes.n;
        bool whole = str_utf8_valid(bytes, &bad);
        size_t end = whole ? bytes.n : bad;
        for (size_t i = 0; i < end;) {
            size_t control = control_at(str_slice(bytes, 0, end), i);
            text_byte(text, control ? '.' : bytes.p[i]);
            i += control ? control : 1;
        }
        if (!whole)
            text_byte(text, '.');
        bytes = str_from(bytes, end + !whole);
    }
}

/* How many bytes at the end may be the beginning of a character of which the rest is to come. */
static size_t begun_character(struct str bytes)
{
    for (size_t n = 1; n < CHARACTER_BYTES && n <= bytes.n; n++) {
        unsigned char c = (unsigned char)bytes.p[bytes.n - n];
        if ((c & 0xc0) == 0x80)
            continue;
        size_t wants = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        return wants > n ? n : 0;
    }
    return 0;
}

static bool runs_now(const struct run_step *step)
{
    return step->begun && !step->finished && !step->failed && !step->doubted && !step->skipped;
}

static bool read_ends(struct arena *arena, struct str folder, bool runs,
                      struct step_output_view *view)
{
    struct step_output output;
    struct text text;
    struct err err = {0};
    if (!step_read_output(arena, folder, STEP_SHOWN_BYTES, &output, &err))
        return false;
    struct str *last = output.tail.n > 0 ? &output.tail : &output.head;
    size_t held = runs ? begun_character(*last) : 0;
    last->n -= held;
    text_init(&text, arena, 4 * STEP_SHOWN_BYTES);
    add_shown(&text, output.head);
    if (output.gap_bytes > 0)
        text_printf(&text, "\n… %lld %s not shown …\n", (long long)output.gap_bytes,
                    noun(output.gap_bytes, "byte is", "bytes are"));
    add_shown(&text, output.tail);
    view->text = text_str(&text);
    view->bytes = output.bytes;
    view->next = output.bytes - (int64_t)held;
    return true;
}

static bool read_on(struct arena *arena, struct str folder, int64_t from, bool runs,
                    struct step_output_view *view)
{
    struct step_output output;
    struct text text;
    if (!step_follow_output(arena, folder, from, STEP_SHOWN_BYTES, &output))
        return false;
    size_t held = runs ? begun_character(output.head) : 0;
    text_init(&text, arena, 4 * STEP_SHOWN_BYTES);
    if (output.gap_bytes > 0)
        text_printf(&text, "\n… %lld %s not shown …\n", (long long)output.gap_bytes,
                    noun(output.gap_bytes, "byte is", "bytes are"));
    add_shown(&text, str_slice(output.head, 0, output.head.n - held));
    view->text = text_str(&text);
    view->bytes = output.bytes;
    view->next = output.bytes - (int64_t)held;
    return true;
}

/* The answer as JSON, and as the tables that db:query shows. */
static bool read_result(struct arena *arena, struct str folder, int64_t from,
                        struct step_output_view *view)
{
    struct json *root = NULL;
    struct text text;
    struct str path = str_printf(arena, "%.*s/result", STR_ARGS(folder));
    if (!file_read(arena, path, RESULT_BYTES_MAX, &view->result, NULL) ||
        !json_parse(arena, view->result, &root, NULL))
        return false;
    text_init(&text, arena, TABLE_BYTES_MAX);
    report_query(&text, root, 0);
    report_errors(&text, root, "SQL");
    view->bytes = view->next = (int64_t)text.n;
    view->text = str_from(text_str(&text), from > 0 ? (size_t)from : 0);
    return true;
}

bool step_outputs_read(void *context, struct arena *arena, const struct step_output_ask *ask,
                       struct step_output_view *out_view)
{
    const struct app *app = context;
    const struct run_step *of = &ask->run->steps[ask->step];
    struct step_place place = step_place_of(ask->run, ask->step);
    char folder[STEP_PATH_BYTES];
    bool runs = runs_now(of);
    *out_view = (struct step_output_view){.text = STR(""), .result = STR("")};
    if ((of->does != DOES_COMMAND && of->does != DOES_QUERY) ||
        step_place_newest(app, &place, folder) == 0)
        return false;
    if (of->does == DOES_QUERY)
        return read_result(arena, str_of(folder), ask->from, out_view);
    return ask->from < 0 ? read_ends(arena, str_of(folder), runs, out_view)
                         : read_on(arena, str_of(folder), ask->from, runs, out_view);
}

bool step_growth_read(const struct app *app, struct arena *arena, const struct run *run,
                      struct step_growth *growth)
{
    const struct run_step *step = &run->steps[growth->step];
    struct step_place place = step_place_of(run, growth->step);
    char folder[STEP_PATH_BYTES];
    struct step_output output = {0};
    struct err err = {0};
    struct text text;
    bool read = step_place_newest(app, &place, folder) > 0 &&
                step_read_output(arena, str_of(folder), 2 * GROWTH_BYTES, &output, &err);
    if (growth->tries != step->tries)
        growth->from = 0;
    growth->tries = step->tries;
    growth->to = growth->from;
    growth->skipped = 0;
    growth->shown = STR("");
    if (!read || output.bytes <= growth->from)
        return false;
    text_init(&text, arena, 2 * GROWTH_BYTES);
    text_add(&text, output.gap_bytes > 0 ? STR("") : output.head);
    text_add(&text, output.tail);
    struct str bytes = text_str(&text);
    int64_t begin = output.bytes - (int64_t)bytes.n;
    if (growth->from > begin)
        bytes = str_from(bytes, (size_t)(growth->from - begin));
    else
        growth->skipped = begin - growth->from;
    size_t held = begun_character(bytes);
    text_init(&text, arena, 4 * GROWTH_BYTES);
    add_shown(&text, str_slice(bytes, 0, bytes.n - held));
    growth->to = output.bytes - (int64_t)held;
    growth->shown = text_str(&text);
    return growth->to > growth->from;
}
