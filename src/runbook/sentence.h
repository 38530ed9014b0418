/* sentence.h - the controlled English: one reader per form, all with the same contract.
 *
 * Promises: a reader answers READ_YES only when nothing that could change the meaning is left
 * unread; READ_HALF when the sentence has the form but something is left over (the statement then
 * is unclear); READ_NO when it is another form. A sentence may state several things. Pure, linear,
 * bounded by WORDS_MAX and SENTENCE_STATEMENTS_MAX.
 * Refuses: guessing. */
#ifndef RUNBOOK_SENTENCE_H
#define RUNBOOK_SENTENCE_H

#include "runbook/vocabulary.h"

enum { SENTENCE_STATEMENTS_MAX = 8 };

/* Where a sentence stands. */
struct sentence_place {
    /* A company's own phrases, or NULL. */
    const struct vocabulary *vocabulary;

    struct str path;    /* all headings: "Monitoring Alerts / Critical Alerts" */
    struct str heading; /* the nearest */
    struct str level;   /* the severity it stands under, or "" */
    struct str label;   /* the item or label line it stands under, or "" */
    struct str metric;  /* what a table row measures, or "" */
    bool in_list, ordered, box;
    bool has_children; /* list items stand below it */
    bool among_verbs;  /* the other items of its list are imperatives */
    unsigned sections; /* of the nearest heading and the label */
    unsigned path_sections;
};

enum reading { READ_NO, READ_YES, READ_HALF };

/* One sentence being read: its words, and what was made of it so far. */
struct sentence {
    struct arena *arena;
    const struct sentence_place *place;
    struct str text;       /* with the dashes, blanks and wide letters of plain English */
    struct statement base; /* line, column, parent and words as written */
    struct words words;
    struct statement made[SENTENCE_STATEMENTS_MAX];
    int made_count;
    unsigned topics;     /* enum topic, once a form has asked for them */
    bool in_row;         /* put together from the cells of a table's row */
    struct str leftover; /* what was not understood of an unclear one */
};

/* Begins reading text at a place; base gives the statement's lines and parent. */
void sentence_begin(struct sentence *sentence, struct arena *arena,
                    const struct sentence_place *place, struct str text);
/* One statement more of the kind, a copy of base; the last one again when there is no more room,
 * and the sentence is then marked as cut. */
struct statement *sentence_make(struct sentence *sentence, enum statement_kind kind);
/* The forms in order, each from the beginning, until one is not READ_NO. */
enum reading sentence_try(struct sentence *sentence,
                          enum reading (*const *forms)(struct sentence *), size_t count);
/* A form, and what it cannot do without: all of these topics. */
struct form {
    enum reading (*read)(struct sentence *);
    unsigned needs;
};
/* What the sentence is about, looked for once: enum topic, or-ed. */
unsigned sentence_topics(struct sentence *sentence);
/* The same, where a form is not even begun when the sentence is not about what it needs. */
enum reading sentence_try_about(struct sentence *sentence, const struct form *forms, size_t count);
/* Nothing but closing marks stands unread from i on: READ_YES, else READ_HALF. */
enum reading sentence_end(struct sentence *sentence, int i);
/* The same where a remark may follow, behind a comma or in brackets: plain words that change
 * nothing. */
enum reading sentence_end_remark(struct sentence *sentence, int i);

enum reading sentence_severity(struct sentence *sentence);
enum reading sentence_response(struct sentence *sentence);
enum reading sentence_alert(struct sentence *sentence);
enum reading sentence_objective(struct sentence *sentence);
enum reading sentence_schedule(struct sentence *sentence);
enum reading sentence_step(struct sentence *sentence);
enum reading sentence_contact(struct sentence *sentence);

/* sentence_doubt.c: the first word of [from, to) that no form has read and that narrows a rule or
 * takes it back ("only", "skipped", a day), or -1. */
int words_limit(const struct words *words, int from, int to);
/* Is one of them such a word, read or not? */
bool words_narrow(const struct words *words, int from, int to);
/* Does one of the words narrow a rule or take it back? */
bool words_take_back(const struct words *words);
/* "Example: …", "Previously: …": a rule that is not in force. */
bool sentence_is_past(const struct words *words);
/* Does the sentence or what stands above it speak against a statement made of it? Gives the words.
 */
bool sentence_doubt(struct sentence *sentence, struct str *out_said);

/* "### Quarterly Rotation", "### P2 - Medium": a heading that is a rule for its section. sections
 * are those of the headings above it. */
enum reading sentence_heading(struct str text, unsigned sections, struct statement *out_statement);
/* What the first column of a table of severities names: "P1", "Sev 2 - Major", "Critical", "1". */
bool severity_of_cell(struct words *words, struct severity_statement *out_severity);
/* Every form in order, then the net for what looks like a rule; makes at least one statement. */
void sentence_classify(struct sentence *sentence);
/* The net alone: guidance, or unclear when it looks like a rule. */
void sentence_net(struct sentence *sentence);

/* What a time phrase says: "15 minutes", "within 1 hour", "Immediate (< 5 minutes)",
 * "every 30 min", "next business day". */
struct when {
    struct length length; /* ms 0 = at once */
    bool recurring;
    enum calendar_time calendar;
    int working_days;
};
bool sentence_when(struct words *words, int *i, struct when *out_when);
/* "monthly (first Sunday)", "Sunday 2-4 AM UTC", "every 90 days" at *i: fills the recurrence and,
 * with two times, makes it a window. */
bool sentence_recurrence(struct words *words, int *i, struct schedule_statement *schedule);
/* The same where a frequency was read before: "at 02:00 UTC", ", Sunday" behind "daily backups". */
bool sentence_recurrence_behind(struct words *words, int *i, struct schedule_statement *schedule);
/* "twice a year", "3 times a day", "2x daily" at *i, when it gives an even length. */
bool sentence_count(struct words *words, int *i, int64_t *out_every_ms, int *out_every_months);
/* "UTC", "(Europe/Dublin)" at *i, when one stands there. */
void sentence_zone(struct words *words, int *i, struct schedule_statement *schedule);
/* First to fourth, or -1 for "last"; 0 when it is none. */
int word_ordinal(int lexeme);
/* One threshold "metric comparison amount window" beginning at *i; on READ_NO nothing is changed.
 */
enum reading sentence_threshold(struct sentence *sentence, int *i,
                                struct alert_statement *out_alert);
/* A number with its unit, population and window at *i, of a metric named elsewhere; the comparison
 * is left to the caller. False when it is half read or can never be meant of the metric. */
bool sentence_amount(struct sentence *sentence, int *i, struct str metric,
                     struct alert_statement *out_alert);
/* "No heartbeat for 5 minutes" at *i, as fewer than one in that time. */
enum reading sentence_absence(struct sentence *sentence, int *i, struct alert_statement *out_alert);

/* Plain words for what a statement means; "" where the words say it themselves. */
struct str meaning_of(struct arena *arena, const struct statement *statement);
/* A mark or a word that compares: ">", "above". */
bool sentence_is_comparing(const struct words *words, int i);
/* Would the words be understood, as a bullet there? */
bool sentence_is_understood(struct arena *arena, const struct sentence_place *place,
                            struct str said);
/* The nearest sentence that would be understood. */
struct str sentence_nearest(struct arena *arena, const struct sentence_place *place,
                            struct str text);

/* The command template that begins text: its first word is a known program, or "". */
struct str command_in(struct str text);
/* True when text is, or holds, a placeholder: "[NAME]", "<phone>", "TBD". */
bool text_is_placeholder(struct str text);
/* Somebody can be reached by it: mail address, handle, channel, telephone number, link. */
bool text_is_address(struct str text);
/* text behind the picture that opens it ("🔴 Critical"), or text itself. */
struct str text_without_picture(struct str text);
/* Hard blanks, wide letters and signs as plain ones: text itself when it has none. */
struct str text_plain(struct arena *arena, struct str text);

#endif
