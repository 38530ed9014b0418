/* fuzz_ical.c - calendar files: whatever the bytes are, the answer is one that the core reads, or a
 * sentence; bounded, and every time in the window that was asked for. */
#include "fuzz.h"

#include "ical/ical.h"
#include "ical/repeat.h"

#include <stdlib.h>

static void must(bool good)
{
    if (!good)
        abort();
}

static const struct zone *find_utc(void *context, struct arena *arena, struct str name)
{
    (void)context;
    (void)arena;
    return str_is(name, "UTC") || str_is(name, "Europe/Berlin") ? zone_utc() : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t year_us = INT64_C(366) * 86400 * 1000000;
    struct ical_order order = {
        .zone = STR("UTC"), .from = {56 * year_us}, .until = {57 * year_us}, .find_zone = find_utc};
    struct arena arena;
    struct text answer;
    struct err err = {0};
    arena_init(&arena);
    text_init(&answer, &arena, ICAL_ANSWER_BYTES_MAX);
    if (!ical_read(&arena, &order, (struct str){(const char *)data, size}, &answer, &err)) {
        must(err.kind == ERR_USAGE && err.text[0]);
        arena_done(&arena);
        return 0;
    }
    struct str rest = text_str(&answer);
    struct str line;
    must(str_utf8_valid(rest, NULL));
    while (str_split(&rest, '\n', &line)) {
        struct str fields[4];
        size_t count = 0;
        int64_t from_us = 0;
        int64_t to_us = 0;
        if (!str_starts(line, "T\t"))
            continue;
        while (count < 4 && str_split(&line, '\t', &fields[count]))
            count++;
        must(count == 3 && str_int(fields[1], &from_us) && str_int(fields[2], &to_us));
        must(from_us < to_us && to_us > order.from.us && from_us < order.until.us);
    }
    arena_done(&arena);
    return 0;
}
