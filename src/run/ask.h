/* ask.h - which run and which step a call means; shared by what people ask of runs. */
#ifndef RUN_ASK_H
#define RUN_ASK_H

#include "run/run.h"

struct event *ask_add(const struct run_world *world, const struct run_call *call,
                      enum event_kind kind, int64_t number, struct event_list *out);
/* An open run; NULL with a sentence. */
const struct run *ask_find_open(const struct run_world *world, const struct run_call *call,
                                struct err *err);
/* The step that is meant: the one named, else the one whose turn it is. -1 with a sentence. */
int ask_find_step(const struct run *run, const struct run_call *call, struct err *err);
/* Was a reason given? what: "skip it". */
MUST_USE bool ask_reason(const struct run_call *call, const char *what, struct err *err);

#endif
