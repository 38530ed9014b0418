/* agenda.h - who is on when, as a calendar file names it: the answer of reeve-ics (ical/ical.h)
 * turned into a sorted list of turns for rota.h, or into times of leave.
 *
 * The answer is lines of fields parted by tabs:
 *   agenda 1
 *   F sentence                      nothing can be read; it is the only line then
 *   W from until                    what was looked at, in microseconds since 1970
 *   E line priority summary organizer mail…     an event; then its times:
 *   T from until
 *   N line sentence                 something that people should know
 *   Z count                         times that had no zone
 *   . events times                  the end: an answer without it is cut
 * Who an event names: the people whose id or mail address stands in its summary as a word of its
 * own, in any case; where there is none, those whose address is that of an attendee; where there is
 * none, the organizer's.
 * Several at once: of the events that are on and name somebody known, those of the best priority
 * count (1 is the best, 5 where none is said), and everybody whom they name is on.
 * Promises: pure; reads any bytes; an event that names nobody known is a finding, and so are a
 * summary and attendees that name different people. Refuses: cut answers, numbers out of range. */
#ifndef PEOPLE_AGENDA_H
#define PEOPLE_AGENDA_H

#include "people/rota.h"

enum { AGENDA_FINDINGS_MAX = 20, AGENDA_FINDING_BYTES = 400, AGENDA_PRIORITIES = 9 };

struct agenda_person {
    struct str id;
    struct str mail; /* or "" */
};

struct agenda_people {
    const struct agenda_person *items;
    size_t count;                     /* at most LIMIT_PEOPLE */
    const struct agenda_person *only; /* one of items, whom every event names; or NULL */
    bool is_leave;                    /* everybody named is away, whatever the priority */
};

struct agenda_finding {
    size_t line; /* of the file */
    struct str sentence;
};

/* What was read of a file. Texts live in the arena. */
struct agenda_reading {
    struct agenda_entry *entries;
    size_t entry_count;
    struct instant from, until;
    size_t event_count, turn_count;
    size_t floating_count;
    struct agenda_finding findings[AGENDA_FINDINGS_MAX];
    size_t finding_count;
    size_t more_findings; /* that had no room */
};

/* people must stay as long as the entries. False, with err: the file, or the answer, cannot be
 * read; out_reading is untouched. */
MUST_USE bool agenda_read(struct arena *arena, const struct agenda_people *people,
                          struct str answer, struct agenda_reading *out_reading, struct err *err);

/* Who stands in a text as a word of their own: bits of named (people->count) are set. Returns how
 * many. */
size_t agenda_find_names(const struct agenda_people *people, struct str text, bool *named);

#endif
