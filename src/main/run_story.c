/* run_story.c - what the ledger holds about a run. */
#include "main/run_story.h"

#include "ledger/codec.h"

enum { RUN_ENTRIES_MAX = 10000 };

bool run_story_read(struct app *app, struct arena *arena, int64_t number,
                    struct run_story *out_story, struct err *err)
{
    struct store *store = &app->ledger.store;
    struct ledger_entry *entries = NULL;
    size_t count = 0;
    struct ledger_range range = {.subject = str_printf(arena, "run:%lld", (long long)number),
                                 .sequence = INT64_MAX,
                                 .max = RUN_ENTRIES_MAX};
    if (!store->port->read_subject(store, arena, range, &entries, &count, err))
        return false;
    struct event *events = arena_array(arena, count, sizeof *events);
    for (size_t i = 0; i < count; i++) {
        struct err unreadable = {0};
        if (!codec_read(arena, &entries[i], &events[i], &unreadable))
            events[i] = (struct event){.kind = EVENT_KINDS};
    }
    *out_story = (struct run_story){entries, events, count};
    return true;
}

const struct run *run_story_fold(const struct run_story *story, int64_t number, struct runs *runs)
{
    for (size_t i = story->count; i-- > 0;)
        if (story->events[i].kind != EVENT_KINDS)
            run_fold(runs, &story->events[i], story->entries[i].sequence);
    return run_find(runs, number);
}
