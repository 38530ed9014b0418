/* sentence_response.h - what the readers of duties share.
 *
 * Promises: each form reads the whole sentence from its first word, as sentence.h has it.
 * Refuses: use outside of the readers of duties. */
#ifndef RUNBOOK_SENTENCE_RESPONSE_H
#define RUNBOOK_SENTENCE_RESPONSE_H

#include "runbook/sentence.h"

/* Severities that a sentence names, worst first as far as the text says so. */
struct response_scope {
    struct level levels[WORDS_LEVELS_MAX];
    int count;
};

/* A way that people are told, by its name: "Slack", "email". */
bool response_is_channel(const struct words *words, int i);
/* "the CTO", "VP Engineering / CTO" at *i; false when no party stands there. */
bool response_party(struct words *words, int *i, struct str *out_party);
void response_set_when(struct response_statement *response, const struct when *when);
/* One statement for each severity of the scope, or one for the place's when it has none. */
void response_make(struct sentence *sentence, struct response_statement response,
                   const struct response_scope *scope);
/* "P1 and P2 incidents", "all SEV1 alerts" at *i. */
bool response_levels(struct sentence *sentence, int *i, struct response_scope *out_scope);
/* "for P0 and P1 incidents" at *i, if it stands there. */
void response_for_levels(struct sentence *sentence, int *i, struct response_scope *scope);
/* "until resolved", "until the incident is resolved": an update's natural end; the index behind. */
int response_until(struct words *words, int i);
/* "(business hours)", "during business hours", "24/7" behind a time. */
void response_hours(struct words *words, int *i, struct response_statement *response);

/* "escalate to", "page the", "notify" at i: the index behind, or i. */
int response_telling(const struct words *words, int i, enum duty_act *out_act);

/* "must be", "should", "has to" at *i, moved behind it. */
bool response_must(const struct words *words, int *i);

/* sentence_duty.c, sentence_ladder.c */
enum reading response_read_unmet(struct sentence *sentence);
enum reading response_read_told_if(struct sentence *sentence);
enum reading response_read_after_without(struct sentence *sentence);
enum reading response_read_norm(struct sentence *sentence);
enum reading response_read_done_within(struct sentence *sentence);
enum reading response_read_tier(struct sentence *sentence);
enum reading response_read_ladder(struct sentence *sentence);
enum reading response_read_has_time(struct sentence *sentence);
enum reading response_read_below(struct sentence *sentence);

#endif
