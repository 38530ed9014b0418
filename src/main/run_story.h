/* run_story.h - what the ledger holds about a run, and a run that the state has let go of.
 *
 * Promises: entries that cannot be read are told as such and stop nothing. */
#ifndef MAIN_RUN_STORY_H
#define MAIN_RUN_STORY_H

#include "main/app.h"

struct run_story {
    const struct ledger_entry *entries; /* newest first */
    const struct event *events;         /* the same; kind EVENT_KINDS where one cannot be read */
    size_t count;
};

MUST_USE bool run_story_read(struct app *app, struct arena *arena, int64_t number,
                             struct run_story *out_story, struct err *err);
/* The run, folded again from its own entries into runs, which the caller has made and ends. Its
 * clocks are those of its time: only what was set at the machine meanwhile is not in them. NULL:
 * there never was one. */
const struct run *run_story_fold(const struct run_story *story, int64_t number, struct runs *runs);

#endif
