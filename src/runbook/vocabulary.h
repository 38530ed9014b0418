/* vocabulary.h - the words the controlled English knows, as tables.
 *
 * Promises: one table per kind of word; adding a word is adding a row.
 * Refuses: near misses: "checkout error rate" is not the signal "error rate". */
#ifndef RUNBOOK_VOCABULARY_H
#define RUNBOOK_VOCABULARY_H

#include "runbook/vocabulary_row.h"
#include "runbook/words.h"

/* What a section is for, by a word in its heading; a heading can be for several. */
enum section {
    SECTION_ALERT = 1,
    SECTION_OBJECTIVE = 2,
    SECTION_SEVERITY = 4,
    SECTION_CONTACT = 8,
    SECTION_PRACTICE = 16,
    SECTION_PROSE = 32, /* symptoms, causes, examples: bullets are facts */
    SECTION_PAST = 64   /* examples, history, drafts: no rule of theirs is in force */
};

unsigned vocabulary_sections(struct str heading); /* enum section, or-ed */

/* 0.95 for "p95", 0.999 for "p999"; 0 when the word is none. */
double vocabulary_quantile(struct str word);
/* 0.95 for "95th percentile" at i, which are two words; else 0. */
double vocabulary_percentile(const struct words *words, int i);
/* Which way a measure is better, where its words say so: availability is wanted high, latency low.
 */
enum direction { DIRECTION_UNKNOWN, DIRECTION_HIGHER, DIRECTION_LOWER };
enum direction vocabulary_direction(struct str metric);
/* The same of the words [from, to) of a sentence. */
enum direction vocabulary_direction_within(const struct words *words, int from, int to);
/* True when the words [0, to) end in a state something can be in ("exhausted"); *out_subject_end
 * is the index of the first word of the state. */
bool vocabulary_state_within(const struct words *words, int to, int *out_subject_end);

/* What a sentence is about, as far as a form of a rule cannot do without it: of each one word at
 * least. The words that are forms' own are named in vocabulary.c, once. */
enum topic {
    TOPIC_COLON = 1 << 0,
    TOPIC_LEVEL = 1 << 1,     /* a severity, or a word that makes one of a number */
    TOPIC_LIMITS = 1 << 2,    /* "warn", "critical" */
    TOPIC_AWAITED = 1 << 3,   /* what has not happened yet: "acknowledged" */
    TOPIC_DUTY = 1 << 4,      /* what is owed to an incident: "response", "escalate" */
    TOPIC_NORM = 1 << 5,      /* "must", "have" */
    TOPIC_RECOVERY = 1 << 6,  /* "RTO" */
    TOPIC_AVAILABLE = 1 << 7, /* "uptime" */
    TOPIC_RECURS = 1 << 8,    /* "every", and weekdays and frequencies */
    TOPIC_NOTICE = 1 << 9,
    TOPIC_TOLD = 1 << 10, /* "notify", "renewed" */
    TOPIC_KEPT = 1 << 11,
    TOPIC_PURGED = 1 << 12,
    TOPIC_MONTH = 1 << 13,
    TOPIC_FREQUENCY = 1 << 14,
    TOPIC_BOUND = 1 << 15, /* "within" */
    TOPIC_NUMBER = 1 << 16,
    TOPIC_OWED = 1 << 17, /* a duty, or a severity in any words */
    TOPIC_KNOWN = 1 << 18 /* they have been looked for */
};
unsigned vocabulary_topics(const struct words *words); /* enum topic, or-ed */
/* Is the word at i one of the topic's own? */
bool vocabulary_is_about(const struct words *words, int i, enum topic topic);

/* Words that make a metric louder and say nothing of it: "High CPU: > 90%". */
bool vocabulary_is_loud(const struct words *words, int i);

enum verb { VERB_NO, VERB_MAYBE, VERB_SURE }; /* MAYBE: also a noun ("change", "query") */
enum verb vocabulary_verb(const struct words *words, int i);
/* Ends as a condition does: "passing", "ready", "updated". */
bool vocabulary_condition(const struct words *words);
/* A program that a command line begins with ("npm"); MAYBE: also an English word ("make"), a
 * program only where commands stand. Letters count: "Export user data" runs nothing. */
enum program_word { PROGRAM_NO, PROGRAM_MAYBE, PROGRAM_SURE };
enum program_word vocabulary_program(struct str word);
/* Says a fact about time, no rule: "takes effect", "cache", "estimated". */
bool vocabulary_fact(const struct words *words);
/* 0 = Sunday … 6, or -1. Singular, plural and three-letter forms. */
int vocabulary_weekday(const struct words *words, int i);
/* Recurrence of a frequency word: "quarterly" is 3 months, "daily" a day. */
bool vocabulary_frequency(const struct words *words, int i, int64_t *out_every_ms,
                          int *out_every_months);

#endif
