/* naming.h - which of its signal's metrics a rule's PromQL names.
 *
 * A signal has several usual names, or several bindings; PromQL has room for one. Promises: it is
 * one that is read now, where that is known - by what the targets showed, or by what the engine
 * answered - else the first, and the note says which of the two it is. Refuses: to guess which of
 * several is meant: the first of those that are read is named, and the others are told. */
#ifndef ALERT_NAMING_H
#define ALERT_NAMING_H

#include "alert/rule.h"

/* Which of the signal's alternatives are read. */
struct naming {
    bool read[ALTERNATIVES_MAX];
    size_t count;
    bool is_told; /* by a core that runs; else it is not known */
};

/* By what was read, or answered, newest. */
struct naming naming_find(const struct rule *rule, const struct telemetry *telemetry);
/* Makes promql of the rule name what is read. */
void naming_apply(struct arena *arena, const struct naming *naming, struct rule *rule);
/* A sentence about that, or "" where there is no choice. */
struct str naming_note(struct arena *arena, const struct naming *naming, const struct rule *rule);
/* Writes what is read as words, and finds it again by them: of a core that is asked by a command
 * beside it. What is not among the rule's own is passed over. */
void naming_write(struct json_writer *w, const char *key, const struct naming *naming,
                  const struct rule *rule);
struct naming naming_parse(struct arena *arena, const struct json *array, const struct rule *rule);

#endif
