/* fuzz_agenda.c - what the core reads of the reader of calendars: entries in order, everybody in
 * them known, or a sentence. */
#include "fuzz.h"

#include "people/agenda.h"

#include <stdlib.h>

static void must(bool good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct agenda_person names[] = {{{"ana", 3}, {"ana@acme.example", 16}},
                                                 {{"ben", 3}, {"", 0}},
                                                 {{"cai b", 5}, {"cai@acme.example", 16}}};
    static const struct agenda_people people = {names, 3, NULL, false};
    struct arena arena;
    struct agenda_reading reading;
    struct err err = {0};
    arena_init(&arena);
    if (!agenda_read(&arena, &people, (struct str){(const char *)data, size}, &reading, &err)) {
        must(err.kind != ERR_NONE && err.text[0]);
        arena_done(&arena);
        return 0;
    }
    struct agenda agenda = {STR("x.ics"), reading.entries, reading.entry_count};
    must(reading.entry_count <= 2 * reading.turn_count);
    for (size_t i = 0; i < reading.entry_count; i++) {
        const struct agenda_entry *entry = &reading.entries[i];
        struct instant from;
        struct instant to;
        must(i == 0 || reading.entries[i - 1].from.us < entry->from.us);
        must(agenda_find(&agenda, entry->from, &from, &to) == i && from.us == entry->from.us);
        for (size_t k = 0; k < entry->slot.count; k++)
            must(entry->slot.people[k].p == names[0].id.p ||
                 entry->slot.people[k].p == names[1].id.p ||
                 entry->slot.people[k].p == names[2].id.p);
    }
    must(reading.entry_count == 0 || reading.entries[reading.entry_count - 1].slot.count == 0);
    for (size_t i = 0; i < reading.finding_count; i++)
        must(reading.findings[i].sentence.n <= AGENDA_FINDING_BYTES);
    arena_done(&arena);
    return 0;
}
