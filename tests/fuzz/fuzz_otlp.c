/* fuzz_otlp.c - any bytes as a request of OTLP in protobuf: the first byte says of which signal.
 * What is handed over is what a sample must be (pushed_lines.c), an error has its sentence, no more
 * is rejected than there was, and who recognises series by their forms gets what others get. */
#include "fuzz.h"

#include "harness/pushed_lines.h"
#include "telemetry/otlp_metrics.h"
#include "telemetry/otlp_traces.h"

#include <stdlib.h>

static bool refuse(void *context, const struct pushed_sample *sample, struct err *err)
{
    (void)context;
    return err_set(err, ERR_REFUSED, NULL, "%.*s is refused", STR_ARGS(sample->name));
}

/* All is refused: the count must say so. */
static void check_refused(struct arena *arena, bool traces, struct str body, bool good)
{
    struct pushed_lines lines;
    struct pushed_count count;
    struct err err = {0};
    pushed_lines_init(&lines, arena);
    struct pushed_use use = pushed_lines_use(&lines);
    use.take = refuse;
    bool again = traces ? otlp_traces_read(arena, body, &use, &count, &err)
                        : otlp_metrics_read(arena, body, &use, &count, &err);
    if (again != good || count.rejected > count.samples || count.histograms > count.samples ||
        count.histograms_rejected > count.histograms || count.histograms_rejected > count.rejected)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct err err = {0};
    struct pushed_lines lines;
    if (size < 1)
        return 0;
    enum pushed_body kind = PUSHED_METRICS + data[0] % 3;
    struct str body = {(const char *)data + 1, size - 1};
    arena_init(&arena);
    pushed_lines_init(&lines, &arena);
    bool good = pushed_lines_read(&lines, &arena, kind, body, &err);
    if (good == (err.text[0] != '\0'))
        abort();
    if (kind != PUSHED_LOGS)
        check_refused(&arena, kind == PUSHED_TRACES, body, good);
    if (kind != PUSHED_LOGS && !pushed_lines_hold(&arena, kind, body))
        abort();
    arena_done(&arena);
    return 0;
}
