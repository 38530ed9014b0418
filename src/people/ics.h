/* ics.h - shifts as a calendar that other programs read (RFC 5545).
 *
 * Promises: one VEVENT for each shift of somebody, in UTC, with a UID that stays the same as long
 * as the shift begins at the same time with the same people of the same rota; texts escaped, lines
 * ended by CR LF and folded at 75 octets, between characters. Refuses: shifts without a beginning
 * or an end: whoever is always on has none. */
#ifndef PEOPLE_ICS_H
#define PEOPLE_ICS_H

#include "base/text.h"
#include "people/oncall.h"

enum { ICS_WEEKS = 26, ICS_EVENTS_MAX = 5000, ICS_BYTES_MAX = 4 * 1024 * 1024 };

struct ics {
    const struct oncall *oncall;
    struct str person; /* "": everybody */
    struct instant now;
    struct str public_url; /* or "" */
};

/* Returns the number of events; scratch: what is put together for it. */
size_t ics_write(struct text *text, struct arena *scratch, const struct ics *ics);

#endif
