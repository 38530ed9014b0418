/* programs.h - where this program and reeve-work are: they stand beside each other. */
#ifndef MAIN_PROGRAMS_H
#define MAIN_PROGRAMS_H

#include "base/str.h"

struct programs {
    const char *self, *worker;
};

/* Paths live in arena. ERR_SELF when one is not there. */
MUST_USE bool programs_find(struct arena *arena, struct programs *out_programs, struct err *err);

#endif
