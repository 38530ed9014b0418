/* calm.h - what is over wakes nobody: by which way, and when, somebody hears of it.
 *
 * Promises: a person hears once that an incident is mitigated, by one way: mail, chat or push
 * before what tells a program, that before a short message, and a call or a pager only where there
 * is nothing else; after their quiet hours, and by a telephone in working hours where they have
 * none. A program that was told of it hears by itself, and at once: it wakes nobody. Refuses: to
 * look whether somebody must be told (decide.c). */
#ifndef PEOPLE_CALM_H
#define PEOPLE_CALM_H

#include "people/target.h"

/* The ways of a person that work, the quietest first. */
size_t calm_contacts(const struct person *person, struct contact out_contacts[METHODS]);
/* When what is over may go by a way: now, or when the person is awake. */
struct instant calm_time(const struct person *person, enum method method, struct instant now);
/* When what is mild may go: after the quiet hours, else in working hours. */
struct instant calm_mild_time(const struct person *person, struct instant now);

/* The newest page to somebody by a way, of an incident; NULL: none. */
struct page *calm_thread(const struct pages *pages, int64_t incident, struct str person,
                         enum method method);

/* By which way a target hears what is over; false: they heard, or no way is left. */
MUST_USE bool calm_next(const struct pages *pages, int64_t incident, const struct target *target,
                        enum method *out_method);

/* Does this thread's person have to hear that it is over, and is this the one that sees to it? Of
 * several only one is. out_method: by which way. */
MUST_USE bool calm_is_owed(const struct page_world *world, const struct page *page,
                           enum method *out_method);
/* When it was last said to them of this incident, or zero. */
struct instant calm_said(const struct pages *pages, const struct page *page);

/* Fold: this attempt says that it is over, if anybody has to hear that; then no other one does. */
void calm_take(struct pages *pages, struct page *page, struct instant at);
/* Fold: it arrived, and they were told of nothing since. */
void calm_arrived(struct pages *pages, const struct page *page);

#endif
