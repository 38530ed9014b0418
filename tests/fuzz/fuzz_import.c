/* fuzz_import.c - exports of other products: the first byte says whose. What is written is bounded
 * and has no line that its text could have made; what is refused has a sentence. */
#include "fuzz.h"

#include "import/import.h"

#include <stdlib.h>

static void must(bool good)
{
    if (!good)
        abort();
}

static bool find_zone(struct arena *arena, struct str name, const struct zone **out_zone,
                      struct err *err)
{
    (void)arena;
    *out_zone = zone_utc();
    return !str_is(name, "Nowhere") || err_set(err, ERR_USAGE, "zone", "There is no such zone.");
}

/* Comments, the two keys, and rows that are indented: nothing of a name begins a line. */
static void check_lines(struct str rows)
{
    struct str line;
    while (str_split(&rows, '\n', &line))
        must(line.n == 0 || str_starts(line, "# ") || str_starts(line, "#  ") ||
             str_is(line, "people:") || str_is(line, "on_call:") || str_starts(line, "  "));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct text text;
    struct err err = {0};
    struct import_counts counts = {0};
    if (size == 0)
        return 0;
    arena_init(&arena);
    text_init(&text, &arena, IMPORT_TEXT_BYTES);
    struct import_file file = {STR("export.json"), {(const char *)data + 1, size - 1}};
    struct import_source source = {(enum import_vendor)(data[0] % IMPORT_VENDORS), &file, 1,
                                   find_zone};
    if (import_write(&text, &source, &counts, &err)) {
        must(counts.notes <= IMPORT_NOTES_MAX && text.n <= IMPORT_TEXT_BYTES);
        check_lines(text_str(&text));
    } else {
        must(err.kind == ERR_USAGE && err.text[0]);
    }
    arena_done(&arena);
    return 0;
}
