/* page_internal.h - pieces of HTML that the page's own files share. */
#ifndef FACE_PAGE_INTERNAL_H
#define FACE_PAGE_INTERNAL_H

#include "face/page.h"

const char *mark_word(enum mark mark);  /* "firing": also the name of its CSS class */
const char *mark_label(enum mark mark); /* "Firing", as people read it */
/* Worst mark of a heading's section, or of one line. */
enum mark mark_below(const struct page_view *view, int statement);

void html_head_write(struct text *text, struct str title, bool is_living);
void html_foot_write(struct text *text);
/* Where the script says that the page is not live, and what is new. */
void html_voices_write(struct text *text);
/* A statement's cleaned words: only `code` is marked in them. */
void html_inline_write(struct text *text, struct str words);
/* 14:03:20 UTC, whole in datetime; the browser puts it into its reader's zone. */
void html_time_write(struct text *text, struct instant at);
/* The same with its date: of what may be days away. */
void html_date_write(struct text *text, struct instant at);
/* A length that the browser keeps running: kind is "since" or "until". */
void html_clock_write(struct text *text, const char *kind, struct instant at, struct instant now);

/* The frame of the pages with one subject: a header that leads back, main. */
void single_open(struct text *text, struct str title, struct instant now);
void single_close(struct text *text);

/* Has the statement a state of its own? */
bool line_has_state(const struct page_view *view, int statement);
/* Is there anything to say beside the statement: a state, or what it can start? */
bool line_has_live(const struct page_view *view, int statement);
/* What changes of a statement: mark, values, how long. */
void line_summary_write(struct text *text, const struct page_view *view, int statement);
/* The live cell of the line that the statement begins, for all statements of that line. */
void line_live_write(struct text *text, const struct page_view *view, int statement);
/* Values, incident and ledger entries of a statement. */
void line_history_write(struct text *text, const struct page_view *view, int statement);
/* A rule over time: picture, words and table (page_rule.c). */
void rule_chart_write(struct text *text, const struct rule_chart *chart);
void events_write(struct text *text, const struct timeline_view *events, size_t count);
/* The tick of the worst open incident for this line; NULL when there is none. */
const struct tick_view *line_tick_find(const struct page_view *view, int line,
                                       int64_t *out_incident);
/* back: the address to return to. */
void line_box_write(struct text *text, const struct tick_view *tick, int64_t incident,
                    struct str back);
/* Hidden fields of a form of /do/: where to return to, and what shows that it is ours. */
void back_write(struct text *text, struct str back);
void csrf_write(struct text *text);      /* the second of them alone */
void csrf_meta_write(struct text *text); /* the same for the script, which fills new forms in */
/* A form of /do/ about an incident, up to its own fields. */
void incident_form_open(struct text *text, int64_t number, const char *action, struct str back);
/* label: what the field is for, to those who do not see its place; more: its further attributes. */
void incident_field_write(struct text *text, const char *name, const char *label, const char *more);
/* The frame of a page with one thing on it. */
void card_open(struct text *text, struct str title);
void card_close(struct text *text);
void document_write(struct text *text, const struct page_view *view);
void incident_card_write(struct text *text, const struct incident_view *incident,
                         struct instant now, struct str back);
/* What is proposed, with the button that takes it (page_incident_life.c). */
void incident_proposal_write(struct text *text, const struct incident_view *incident,
                             struct instant now, struct str back);
/* The rest of an incident's own page. */
/* The timeline of a breach; the runs that belong to the incident. */
void incident_work_write(struct text *text, const struct incident_view *incident,
                         struct instant now, struct str back);
void incident_life_write(struct text *text, const struct incident_view *incident, struct str back);
void incidents_write(struct text *text, const struct page_view *view);
/* Runs that are not over; nothing when there is none (page_runs.c). */
void runs_write(struct text *text, const struct page_view *view);
/* Alerts of other systems; nothing when there is none. */
void inbounds_write(struct text *text, const struct page_view *view);
/* What the statement can start, and the runs of it that are not over. */
void line_procedures_write(struct text *text, const struct page_view *view, int statement);

/* What is silenced by the form beside it, or until when it is (page_silence.c). */
struct silence_form {
    int64_t silence;                   /* number of the one that mutes it, or 0 */
    struct str muted;                  /* that one in words */
    struct str heartbeat, sender, key; /* what is to be silenced; "" is left out */
    struct str name;                   /* of that, for people */
};
void silence_form_write(struct text *text, const struct silence_form *form);

/* Who is on call now; nothing when there is no rota (page_oncall.c). */
void oncall_write(struct text *text, const struct page_view *view);
/* Times at which nobody is on, among what must be seen. */
void gaps_write(struct text *text, const struct page_view *view);
/* Nothing when none is configured (page_beats.c). */
void beats_write(struct text *text, const struct page_view *view);
/* Nothing when nobody can be reached (page_ways.c). */
void ways_write(struct text *text, const struct page_view *view);
void targets_write(struct text *text, const struct page_view *view);

#endif
