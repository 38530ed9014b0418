/* fuzz_otlp_json.c - any bytes as a request of OTLP in JSON: the first byte says of which signal.
 * What the JSON becomes is a message that the protobuf reader takes; only values nested too deeply
 * are refused there. */
#include "fuzz.h"

#include "harness/pushed_lines.h"
#include "telemetry/otlp_json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct err err = {0};
    struct pushed_lines lines;
    struct str protobuf;
    if (size < 1)
        return 0;
    enum otlp_signal signal = OTLP_METRICS + data[0] % 3;
    struct str body = {(const char *)data + 1, size - 1};
    arena_init(&arena);
    pushed_lines_init(&lines, &arena);
    if (!otlp_json_read(&arena, body, signal, &protobuf, &err)) {
        if (err.text[0] == '\0')
            abort();
    } else if (!pushed_lines_read(&lines, &arena, PUSHED_METRICS + signal, protobuf, &err) &&
               str_find(str_of(err.text), "nested", 0) == strlen(err.text)) {
        abort();
    }
    arena_done(&arena);
    return 0;
}
