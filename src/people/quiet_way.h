/* quiet_way.h - what is over wakes nobody: by which way, and when, a person hears of it.
 *
 * Promises: mail, chat or push before what tells a program, that before a short message, and a call
 * or a pager only where there is nothing else; after their quiet hours, and by a telephone in
 * working hours where they have none. A program wakes nobody and is told at once. */
#ifndef PEOPLE_QUIET_WAY_H
#define PEOPLE_QUIET_WAY_H

#include "people/target.h"

/* The ways of a person that work, the quietest first. */
size_t quiet_contacts(const struct person *person, struct contact out_contacts[METHODS]);
/* When what is over may go by a way: now, or when the person is awake. */
struct instant quiet_time(const struct person *person, enum method method, struct instant now);
/* The newest page to somebody by a way, of an incident; NULL: none. */
struct page *quiet_thread(const struct pages *pages, int64_t incident, struct str person,
                          enum method method);
/* By which way a target hears what is over; false: they heard, or no way is left. */
MUST_USE bool quiet_next(const struct pages *pages, int64_t incident, const struct target *target,
                         enum method *out_method);

#endif
