/* ledger_sample.c - events for tests. */
#include "ledger_sample.h"

#include <stdlib.h>

void sample_random(void *bytes, size_t size_bytes)
{
    static unsigned char next;
    unsigned char *at = bytes;
    for (size_t i = 0; i < size_bytes; i++)
        at[i] = next++;
}

struct event sample_event(struct arena *arena, enum event_kind kind, int64_t number)
{
    struct event event = {.kind = kind,
                          .at = {1764000000000000 + number * 1000001},
                          .actor = STR("person:ana"),
                          .subject = str_printf(arena, "incident:%lld", (long long)(number % 7))};
    const struct event_row *row = event_row(kind);
    for (size_t i = 0; i < EVENT_FIELDS_MAX && row->fields[i].name; i++) {
        event.values[i].str = str_printf(arena, "%s %lld \"quoted\"\n\xc3\xa9", row->fields[i].name,
                                         (long long)number);
        switch (row->fields[i].type) {
        case FIELD_INT: event.values[i] = (struct event_value){.integer = number * 31 - 5}; break;
        case FIELD_BOOL: event.values[i] = (struct event_value){.integer = number & 1}; break;
        case FIELD_REAL: event.values[i] = (struct event_value){.real = (double)number / 3}; break;
        case FIELD_INSTANT:
            event.values[i] = (struct event_value){.integer = 1764000000000000 + number};
            break;
        case FIELD_NONE:
        case FIELD_STR:
        case FIELD_TEXT: break;
        }
    }
    return event;
}

struct ledger_entry *sample_entries(struct arena *arena, size_t count)
{
    struct ledger_entry *entries = arena_array(arena, count, sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        struct event event = sample_event(arena, (enum event_kind)(i % EVENT_KINDS), (int64_t)i);
        if (!codec_write(arena, &event, sample_random, &entries[i], NULL))
            abort();
    }
    return entries;
}
