/* asked.h - all questions to one Prometheus-compatible engine, with the newest answers.
 *
 * Promises: keeps its own copy of what it is given, at most ASKED_QUESTIONS_MAX questions; the
 * newest answer without a problem stays beside a newer one with a problem. Of words that are wanted
 * twice the shorter time between two questions counts. Of a series that is gone (ASKED_GONE) value
 * and time are those of the first answer in a row that has it so: later ones are less exact.
 * Refuses: to judge: whether an answer still counts is alert/ask.h's to say. */
#ifndef TELEMETRY_ASKED_H
#define TELEMETRY_ASKED_H

#include "base/limits.h"
#include "base/map.h"
#include "telemetry/asked_answer.h"

enum { ASKED_QUESTIONS_MAX = LIMIT_RULES };

/* What is to be asked, and how often. */
struct asked_wanted {
    struct str words;
    int64_t every_ms;
    bool hourly; /* as of the beginning of the hour, once in each */
};

struct asked_question {
    int64_t every_ms;
    bool hourly;
    struct asked_answer newest; /* at zero: none yet */
    struct asked_answer good;   /* the newest without a problem; at zero: none yet */
    struct arena arenas[2];     /* of newest and of good */
    bool wanted;                /* asked_set */
};

struct asked {
    struct str engine; /* its address, for people; "": nothing is asked */
    int64_t every_ms;
    int64_t stale_ms;     /* a sample older than this is none */
    struct map questions; /* by their words: struct asked_question */
    struct arena *arena;
    struct asked_question **spare; /* of questions that are no longer asked */
    size_t spare_count, spare_capacity;
};

void asked_init(struct asked *asked, struct arena *arena);
void asked_done(struct asked *asked);
/* Makes these the questions; words that stand twice are one. Answers to those that were asked
 * before stay. */
void asked_set(struct asked *asked, const struct asked_wanted *wanted, size_t count);
/* Walks the questions: size_t at = 0; NULL at the end. */
const struct asked_question *asked_next(const struct asked *asked, size_t *at,
                                        struct str *out_words);
/* An answer to what is no question any more is passed over. */
void asked_take(struct asked *asked, struct str words, const struct asked_answer *answer);
/* NULL: it is not asked. */
const struct asked_question *asked_find(const struct asked *asked, struct str words);
/* Forgets all answers: after the wall clock was set, old instants mean nothing. */
void asked_forget(struct asked *asked);

#endif
