/* programs.h - where this program and those that it starts are: they stand beside each other. */
#ifndef MAIN_PROGRAMS_H
#define MAIN_PROGRAMS_H

#include "base/str.h"

struct programs {
    const char *self, *worker;
};

/* Paths live in arena. ERR_SELF when one is not there. */
MUST_USE bool programs_find(struct arena *arena, struct programs *out_programs, struct err *err);

/* Where reeve-ics is, which reads calendar files, beside this program at self; "": nowhere. */
struct str programs_find_ics(struct arena *arena, const char *self);

#endif
