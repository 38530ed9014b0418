/* fuzz_moment.c - moments and lengths of time: what is read lies on its side of now, and is read
 * again as it is written. */
#include "fuzz.h"

#include "base/moment.h"

#include <stdlib.h>

static bool read_at(struct str words, enum moment_side side, struct instant *out_at)
{
    static const struct instant now = {INT64_C(1764432000123456)};
    struct err err = {0};
    bool good = moment_parse(words, side, now, out_at, &err);
    if (!good && (err.kind != ERR_USAGE || !err.text[0]))
        abort();
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str words = {(const char *)data, size};
    struct instant behind;
    struct instant ahead;
    struct instant again;
    char text[INSTANT_TEXT_BYTES];
    int64_t length_ms = 0;
    bool is_span = span_parse(words, &length_ms);
    bool good = read_at(words, MOMENT_BEHIND, &behind);
    if (good != read_at(words, MOMENT_AHEAD, &ahead))
        abort();
    if (is_span && (length_ms < 0 || !good || ahead.us - behind.us != 2000 * length_ms))
        abort();
    if (!good)
        return 0;
    if (ahead.us < behind.us)
        abort();
    instant_write(behind, text);
    if (!read_at(str_of(text), MOMENT_BEHIND, &again) || again.us != behind.us)
        abort();
    return 0;
}
