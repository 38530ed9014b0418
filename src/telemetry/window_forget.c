/* window_forget.c - what is no longer a target, and what was measured by another clock. */
#include "telemetry/window_internal.h"

enum { ANSWERS_AWAITED = 3 };

void window_forget(struct window *window)
{
    for (size_t i = 0; i < window->source_count; i++) {
        struct source *source = &window->sources[i];
        *source = (struct source){.name = source->name,
                                  .pieces = source->pieces,
                                  .counts = source->counts,
                                  .capacity = source->capacity,
                                  .row = source->row,
                                  .lost = source->lost,
                                  .why = source->why,
                                  .dropped = true,
                                  .awaited = source->awaited};
    }
}

static void await(struct window *window)
{
    for (size_t i = 0; i < window->source_count; i++)
        if (!window->sources[i].dropped)
            window->sources[i].awaited = ANSWERS_AWAITED;
    window_forget(window);
}

/* What it answered without the signal. */
void window_count_answer(struct telemetry *telemetry, struct str target)
{
    size_t at = 0;
    struct map_entry *entry;
    while ((entry = map_next(&telemetry->windows, &at))) {
        const struct window *window = entry->value;
        for (size_t i = 0; i < window->source_count; i++)
            if (window->sources[i].awaited > 0 && str_equal(window->sources[i].name, target))
                window->sources[i].awaited--;
    }
}

void telemetry_forget(struct telemetry *telemetry)
{
    size_t at = 0;
    struct map_entry *entry;
    while ((entry = map_next(&telemetry->windows, &at)))
        await(entry->value);
    for (size_t i = 0; i < telemetry->spending_count; i++)
        spending_forget(&telemetry->spendings[i].spending);
    if (telemetry->asked)
        asked_forget(telemetry->asked);
}

bool window_is_named(const struct str *names, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

/* What was forgotten stays so. */
static void set_named(struct source *source, bool named)
{
    source->dropped = !named || source->awaited > 0;
    if (!named)
        source->awaited = 0;
}

void telemetry_set_targets(struct telemetry *telemetry, const struct str *names, size_t count)
{
    telemetry->names = arena_array(telemetry->arena, count, sizeof *telemetry->names);
    telemetry->name_count = count;
    for (size_t i = 0; i < count; i++)
        telemetry->names[i] = str_copy(telemetry->arena, names[i]);
    size_t at = 0;
    struct map_entry *entry;
    while ((entry = map_next(&telemetry->targets, &at)))
        if (!window_is_named(names, count, entry->key))
            (void)map_remove(&telemetry->targets, entry->key);
    at = 0;
    while ((entry = map_next(&telemetry->windows, &at))) {
        struct window *window = entry->value;
        for (size_t i = 0; i < window->source_count; i++)
            set_named(&window->sources[i], window_is_named(names, count, window->sources[i].name));
    }
}
