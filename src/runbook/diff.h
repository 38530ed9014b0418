/* diff.h - what changes in policy between two versions of a runbook, in words.
 *
 * Promises: a line that only moved, or says the same in other words where its values are typed
 * (severities, duties, alerts, objectives, schedules, contacts), is no change. Lines belong
 * together by identity, else by their words without the numbers, else by the most words in common
 * under the same headings. Takes time in proportion to the length of both. Refuses: guidance,
 * notes, headings and sample text, which ask for nothing; the order of steps. */
#ifndef RUNBOOK_DIFF_H
#define RUNBOOK_DIFF_H

#include "base/json.h"
#include "runbook/facet.h"

enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED };

struct change {
    enum change_kind kind;
    const struct statement *old; /* NULL when it was added */
    const struct statement *now; /* NULL when it was removed */
};

struct diff {
    struct change *changes; /* in the order of the new lines, then the removed ones */
    size_t count;
    int counts[CHANGE_CHANGED + 1];
};

/* Both programs must outlive the result, which lives in arena. */
struct diff diff_make(struct arena *arena, const struct program *old, const struct program *now);
/* "Line 62: Response time p95: limit 5 s becomes 3 s." */
struct str diff_sentence(struct arena *arena, const struct change *change);
/* One change as a JSON object on a line of its own. */
void diff_write_change(struct json_writer *w, const struct change *change);

#endif
