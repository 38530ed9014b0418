/* fuzz_asked_answer.c - any bytes as the answer of an engine, of each status: a problem or series,
 * and what is written for the core is read as the same. */
#include "fuzz.h"

#include "telemetry/asked_answer.h"

#include <stdlib.h>

enum { OUTPUT_BYTES_MAX = 1 << 22 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t statuses[] = {200, 400, 503};
    struct str body = {(const char *)data, size};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct arena arena;
        struct asked_answer answer = {.at = {1}};
        struct asked_answer again;
        struct text text;
        struct json *root = NULL;
        arena_init(&arena);
        asked_read(&arena, body, statuses[i], &answer);
        if ((answer.problem.n > 0 && answer.count > 0) || answer.count > ASKED_SERIES_MAX ||
            (statuses[i] != 200 && answer.problem.n == 0) ||
            (answer.refused && answer.problem.n == 0))
            abort();
        text_init(&text, &arena, OUTPUT_BYTES_MAX);
        struct json_writer w = {.text = &text};
        asked_write(&w, &answer);
        if (!text_full(&text) &&
            (!json_parse(&arena, text_str(&text), &root, NULL) ||
             !asked_parse(&arena, root, &again) || again.count != answer.count ||
             !str_equal(again.problem, answer.problem)))
            abort();
        if (asked_read_version(&arena, body).n > 200)
            abort();
        arena_done(&arena);
    }
    return 0;
}
