/* fuzz_exposition.c - any bytes as a target's answer, in pieces of a size that the bytes name: the
 * same readings must come out whatever the pieces, recognised texts must mean what they mean when
 * they are read anew, and what goes over the wire must come back. */
#include "fuzz.h"

#include "telemetry/window.h"

#include <stdlib.h>

/* The readings of two scrapes of the same answer, as lines. anew: no text is recognised. */
static struct str read_answer(struct arena *arena, struct str body, size_t piece, bool anew,
                              bool *out_good)
{
    struct signals signals;
    signals_init(&signals, arena);
    struct intake *intake = arena_make(arena, struct intake);
    intake_init(intake, arena, &signals, STR("app"));
    if (anew)
        intake->use.recognise = NULL;
    char *carry = arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES);
    struct text lines;
    text_init(&lines, arena, 1024 * 1024);
    struct err err;
    *out_good = true;
    for (int64_t second = 1; second <= 2; second++) {
        struct exposition reader;
        intake_begin(intake, (struct instant){second * 1000000}, 1000);
        exposition_init(&reader, &intake->use, carry);
        for (size_t at = 0; *out_good && at < body.n; at += piece)
            *out_good = exposition_feed(&reader, str_slice(body, at, at + piece), &err);
        *out_good = *out_good && exposition_end(&reader, &err);
        if (!*out_good)
            break;
        struct reading *readings = arena_array(arena, signals.count, sizeof *readings);
        size_t count = intake_finish(intake, arena, 1000, readings);
        for (size_t i = 0; i < count; i++)
            text_add(&lines, reading_write(arena, &readings[i]));
    }
    return text_str(&lines);
}

/* Whatever a target says, the core must be able to read what the collector makes of it. */
static void fold_lines(struct arena *arena, struct str lines)
{
    struct telemetry telemetry;
    telemetry_init(&telemetry, arena);
    struct str line;
    while (lines.p && str_split(&lines, '\n', &line)) {
        struct err err;
        if (line.n > 0 && !telemetry_fold_line(&telemetry, arena, line, &err))
            abort();
    }
    telemetry_done(&telemetry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct arena arena;
    arena_init(&arena);
    struct str body = {(const char *)data + 1, size - 1};
    bool whole_good;
    bool pieces_good;
    bool anew_good;
    struct str whole = read_answer(&arena, body, body.n, false, &whole_good);
    struct str pieces = read_answer(&arena, body, (size_t)data[0] + 1, false, &pieces_good);
    struct str anew = read_answer(&arena, body, body.n, true, &anew_good);
    if (whole_good != pieces_good || !str_equal(whole, pieces))
        abort();
    if (whole_good != anew_good || !str_equal(whole, anew))
        abort();
    fold_lines(&arena, whole);
    arena_done(&arena);
    return 0;
}
