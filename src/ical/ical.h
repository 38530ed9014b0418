/* ical.h - a calendar file (RFC 5545) read: from its bytes to who is named from when to when.
 *
 * Promises: memory and steps are bounded whatever the file holds; nothing of it is passed over
 * silently that could name somebody: what is not understood is refused, with the line and one
 * sentence, or becomes a note. Only what touches the time that is asked for is given.
 *   - events that are cancelled, alarms, to-dos and journals name nobody
 *   - of several events with one UID the one with the highest SEQUENCE counts, of as high ones the
 *     last, and that is noted; those with RECURRENCE-ID stand for the one time of it
 *   - the first time of a rule is always DTSTART
 *   - an event that ends by DTEND on the clock that it begins by keeps both times on the wall when
 *     it is repeated, so that shifts which meet go on meeting over a change of the clock
 *   - TZID is a zone of the machine where it has one of this name, else what VTIMEZONE says
 *   - times without a zone, and whole days, are by the clock of the order
 * Refuses: files without BEGIN:VCALENDAR, cut ones, NUL, THISANDFUTURE, EXRULE. */
#ifndef ICAL_ICAL_H
#define ICAL_ICAL_H

#include "base/text.h"
#include "calendar/zone.h"

enum {
    ICAL_FILE_BYTES_MAX = 64 * 1024 * 1024,
    ICAL_EVENTS_MAX = 200000,
    ICAL_TURNS_MAX = 100000,
    ICAL_ANSWER_BYTES_MAX = 64 * 1024 * 1024
};

struct ical_order {
    struct str zone;            /* of times that have none */
    struct instant from, until; /* what touches this is given */
    /* A zone of this machine, or NULL. */
    const struct zone *(*find_zone)(void *context, struct arena *arena, struct str name);
    void *context;
    /* Where it is told what is read now, for whoever ends it; may be NULL. */
    void (*tell)(void *context, size_t line);
};

/* Writes the answer, of which people/agenda.h says what stands in it. */
MUST_USE bool ical_read(struct arena *arena, const struct ical_order *order, struct str file,
                        struct text *out_answer, struct err *err);

#endif
