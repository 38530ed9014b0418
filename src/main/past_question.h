/* past_question.h - what "alert backtest" and "alert why" ask of what the collector keeps: which
 * tiers answer for which time, whose readings count, and what was read but is in no tier yet.
 *
 * Beside a daemon or without one. The archive has what was read up to its last flush; the newest
 * readings are those of the collector's lines (collect/history.h), which are there at once. */
#ifndef MAIN_PAST_QUESTION_H
#define MAIN_PAST_QUESTION_H

#include "alert/backtest.h"
#include "collect/archive.h"
#include "main/local_rule.h"
#include "main/past_fresh.h"
#include "main/past_targets.h"

/* One stretch of time that is answered from one tier. */
struct past_stretch {
    enum tier_number tier;
    struct instant from, until;
    struct instant warm_from; /* its readings from here on fill the rule's window */
};

struct past_question {
    struct app *app;
    struct local_rule rule;
    struct archive *archive;
    struct instant since, until;
    struct past_stretch stretches[TIERS];
    size_t stretch_count;
    struct past_targets targets;
    struct past_fresh fresh; /* past_fresh_read */
    struct backtest backtest;
};

MUST_USE bool past_open(struct past_question *question, struct err *err);
/* The finest that is kept for each time, from the oldest on. */
MUST_USE bool past_plan(struct past_question *question, struct instant from, struct err *err);
struct archive_range past_range(const struct past_question *question,
                                const struct past_stretch *stretch);
/* Who was a target when, from the first stretch to now: what a target read later it was earlier,
 * too. For the backtest, which is begun. */
MUST_USE bool past_find_targets(struct past_question *question, struct err *err);
/* Calls take for the readings of the archive, then of those that it does not have yet. */
MUST_USE bool past_read(struct past_question *question, const struct archive_range *range,
                        const struct archive_use *use, struct err *err);

/* "2026-12-01 16:34:53Z" */
struct str past_time(struct arena *arena, struct instant at);
void past_say_rule(const struct past_question *question);
/* How old the newest reading is. */
void past_say_age(struct past_question *question, struct instant newest);
void past_write_age(struct json_writer *w, struct instant newest);
/* About each rule of the sentence, one behind the other. */
MUST_USE bool past_each_rule(struct app *app, const struct call *call,
                             bool (*tell)(struct app *app, const struct call *call,
                                          const struct local_rule *rule, struct err *err),
                             struct err *err);

#endif
