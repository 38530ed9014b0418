/* ask_parts.h - questions made of parts, and the parts of their answers.
 *
 * A part is one PromQL expression, told apart from the others by the label ASKED_PART: "of 2" is
 * what the third of the signal's alternatives has as its events. */
#ifndef ALERT_ASK_PARTS_H
#define ALERT_ASK_PARTS_H

#include "alert/rule.h"

enum {
    ASK_QUESTION_BYTES = 64 * 1024,
    ASK_SLOTS = 60,                   /* of a window: so finely is told what of it was seen */
    ASK_HOUR_MOST_MS = 70 * 60 * 1000 /* an answer of an hour counts so long from its beginning */
};

/* How often what looks back so far is asked: a sixtieth of it, from every_ms to an hour. */
int64_t ask_pace_ms(int64_t length_ms, int64_t every_ms);
void ask_add_part(struct text *text, const char *part, size_t number, struct str expression);
/* "5m", "90s"; a part of a second is a whole one. */
struct str ask_duration(struct arena *arena, int64_t length_ms);
/* The first series that is this part; NULL: there is none. */
const struct asked_series *ask_find_part(const struct asked_answer *answer, const char *part,
                                         size_t number);
/* The answer that counts now; NULL: there is none, and why, in *out_problem. */
const struct asked_answer *ask_find_answer(struct arena *arena, const struct asked *asked,
                                           struct str words, struct instant now,
                                           struct str *out_problem);
struct evaluation ask_unknown(struct str reason, struct instant at);
/* "http://prom:9090 has no series of a or b; bind it …" */
struct str ask_nothing_there(struct arena *arena, const struct rule *rule,
                             const struct asked *asked);
/* What of several is more to be feared has the greater weight. */
int ask_weight(enum truth truth);

#endif
