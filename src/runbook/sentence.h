/* sentence.h - the controlled English: one reader per form, all with the same contract.
 *
 * Promises: a reader answers READ_YES only when nothing that could change the meaning is left
 * unread; READ_HALF when the sentence has the form but something is left over (the statement then
 * is unclear); READ_NO when it is another form. Pure, linear, bounded by WORDS_MAX.
 * Refuses: guessing. */
#ifndef RUNBOOK_SENTENCE_H
#define RUNBOOK_SENTENCE_H

#include "runbook/vocabulary.h"

/* Where a sentence stands. */
struct sentence_place {
    struct str path;    /* all headings: "Monitoring Alerts / Critical Alerts" */
    struct str heading; /* the nearest */
    struct str level;   /* the severity it stands under, or "" */
    bool in_list, ordered, box;
    bool has_children; /* list items stand below it */
    bool among_verbs;  /* the other items of its list are imperatives */
    unsigned sections; /* of the nearest heading */
    unsigned path_sections;
};

enum reading { READ_NO, READ_YES, READ_HALF };

enum reading sentence_severity(const struct sentence_place *place, struct str text,
                               struct statement *out_statement);
enum reading sentence_response(const struct sentence_place *place, struct words *words,
                               struct statement *out_statement);
enum reading sentence_alert(const struct sentence_place *place, struct words *words,
                            struct statement *out_statement);
enum reading sentence_schedule(const struct sentence_place *place, struct words *words,
                               struct statement *out_statement);
enum reading sentence_step(const struct sentence_place *place, struct words *words, struct str text,
                           struct statement *out_statement);
enum reading sentence_contact(const struct sentence_place *place, struct str text,
                              struct statement *out_statement);
/* "### Quarterly Rotation", "### P2 - Medium": a heading that is a rule for its section. */
enum reading sentence_heading(struct str text, struct statement *out_statement);
/* One sentence at a place: every form in order, then the net for what looks like a rule. Fills
 * kind, the kind's struct and text; *out_leftover what was not understood of an unclear one. */
void sentence_classify(const struct sentence_place *place, struct str text,
                       struct statement *out_statement, struct str *out_leftover);

/* The net alone: guidance, or unclear when it looks like a rule. */
void sentence_net(const struct sentence_place *place, struct str text,
                  struct statement *out_statement, struct str *out_leftover);

/* Plain words for what a statement means; "" where the words say it themselves. */
struct str meaning_of(struct arena *arena, const struct statement *statement);
/* The nearest sentence that would be understood. */
struct str sentence_nearest(struct arena *arena, const struct sentence_place *place,
                            struct str text);

/* The command template that begins text: its first word is a known program, or "". */
struct str command_in(struct str text);
/* True when text is, or holds, a placeholder: "[NAME]", "<phone>", "TBD". */
bool text_is_placeholder(struct str text);
/* At most max_bytes of text, not cut inside of a character. */
struct str text_cut(struct str text, size_t max_bytes);
/* Somebody can be reached by it: mail address, handle, channel, telephone number, link. */
bool text_is_address(struct str text);

#endif
