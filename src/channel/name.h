/* name.h - the name of an incident's channel, from the document's pattern and the title.
 *
 * Promises: lower-case letters, digits and single hyphens, neither at the beginning nor at the end;
 * at most `most` bytes, cut between words where that costs little; the same parts give the same
 * name. Letters with accents become the letter; other writings are left out.
 * Refuses: to look whether a name is free; that is the transport's. */
#ifndef CHANNEL_NAME_H
#define CHANNEL_NAME_H

#include "calendar/zone.h"
#include "runbook/program.h"

#define CHANNEL_PATTERN "incident-YYYY-MM-DD-description"

struct channel_name {
    struct str pattern;      /* "incident-YYYY-MM-DD-description", also with '#' */
    struct str title;        /* of the incident */
    struct str severity;     /* for a pattern with "severity" */
    int64_t incident;        /* stands where the title has no letter or digit */
    struct instant at;       /* of its opening */
    const struct zone *zone; /* NULL: UTC */
    int64_t attempt;         /* from 1; from 2 on it stands behind the name */
    size_t most;             /* bytes, at least 16 */
};

/* In arena. */
struct str channel_name_make(struct arena *arena, const struct channel_name *parts);
/* What the runbook says ("Create incident channel (#incident-YYYY-MM-DD-description)"), or
 * CHANNEL_PATTERN; points into the program, which may be NULL. */
struct str channel_pattern_find(const struct program *program);

#endif
