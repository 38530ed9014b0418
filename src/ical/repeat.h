/* repeat.h - the times that an RRULE names (RFC 5545, 3.3.10).
 *
 * Promises: times on the wall in order, none before the start, up to a bound; a budget of steps
 * over all rules of a file, so that endless rules and those that never come true end. What a rule
 * does not say is taken from its start. Refuses, with a sentence: what rule.h does not read, and
 * what uses up the budget. */
#ifndef ICAL_REPEAT_H
#define ICAL_REPEAT_H

#include "ical/rule.h"
#include "ical/when.h"

/* A step is a day, hour, minute or second that is looked at, or a time that is named. */
enum { ICAL_STEPS_MAX = 30000000, ICAL_PERIOD_MAX = 100000 };

struct ical_repeat {
    struct str rule; /* "FREQ=WEEKLY;BYDAY=MO" */
    struct ical_time start;
    int64_t end_wall_s; /* nothing is said of what begins then or later */
    int64_t *steps;     /* left */
    size_t line;        /* for sentences */
};

/* Calls for each; what is called may stop it by false, with err. */
typedef bool (*ical_repeat_call)(void *context, int64_t wall_s, struct err *err);
MUST_USE bool ical_repeat(const struct ical_repeat *repeat, ical_repeat_call call, void *context,
                          struct err *err);

/* The sentence of a file that cannot be read, with the line of what is wrong: false. */
bool ical_refuse(struct err *err, size_t line, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
