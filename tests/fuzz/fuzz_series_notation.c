/* fuzz_series_notation.c - any bytes as a series and as values: what is read is bounded, and the
 * exposition text it becomes is a sample that the scrape's reader takes back as the same labels. */
#include "fuzz.h"

#include "telemetry/series_notation.h"

#include <stdlib.h>

struct rig {
    struct arena *arena;
    const struct notated_series *series;
    size_t taken;
};

static bool wants(void *context, struct str name)
{
    const struct rig *rig = context;
    return str_equal(name, rig->series->name);
}

static bool take(void *context, const struct sample *sample, struct err *err)
{
    struct rig *rig = context;
    struct label labels[LABELS_MAX];
    size_t count = 0;
    if (!exposition_parse_labels(rig->arena, sample->labels, labels, &count, err) ||
        count != rig->series->label_count)
        abort();
    for (size_t i = 0; i < count; i++)
        if (!str_equal(labels[i].name, rig->series->labels[i].name) ||
            !str_equal(labels[i].value, rig->series->labels[i].value))
            abort();
    rig->taken++;
    return true;
}

/* A byte that is not UTF-8 or NUL does not come from YAML; the scrape's reader may refuse it. */
static void read_back(struct arena *arena, const struct notated_series *series)
{
    struct rig rig = {arena, series, 0};
    struct exposition_use use = {&rig, wants, take, NULL, NULL};
    struct exposition *reader = arena_make(arena, struct exposition);
    struct err err = {0};
    struct str line = str_printf(arena, "%.*s 1\n", STR_ARGS(series->text));
    if (line.n >= LIMIT_SCRAPE_LINE_BYTES || !str_utf8_valid(series->text, NULL) ||
        str_find_byte(series->text, '\0', 0) < series->text.n)
        return;
    exposition_init(reader, &use, arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES));
    if (!exposition_feed(reader, line, &err) || !exposition_end(reader, &err) || rig.taken != 1)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct err err = {0};
    struct notated_series *series;
    struct notated_value *values = NULL;
    size_t count = 0;
    struct str text = {(const char *)data, size};
    arena_init(&arena);
    series = arena_make(&arena, struct notated_series);
    if (series_notation_read_name(&arena, text, series, &err))
        read_back(&arena, series);
    else if (err.kind != ERR_USAGE || err.text[0] == '\0')
        abort();
    err = (struct err){0};
    if (series_notation_read_values(&arena, text, &values, &count, &err)) {
        if (count > SERIES_VALUES_MAX)
            abort();
    } else if (err.kind != ERR_USAGE || err.text[0] == '\0') {
        abort();
    }
    arena_done(&arena);
    return 0;
}
