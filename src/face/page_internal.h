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
/* Inline Markdown: code, strong, emphasis, deleted, links. */
void html_inline_write(struct text *text, struct str words);
void html_time_write(struct text *text, struct instant at); /* 14:03:20 UTC, whole in datetime */
/* A length that the browser keeps running: kind is "since" or "until". */
void html_clock_write(struct text *text, const char *kind, struct instant at, struct instant now);

/* The live cell of a statement. */
void line_live_write(struct text *text, const struct page_view *view, int statement);
/* The tick of the worst open incident for this line; NULL when there is none. */
const struct tick_view *line_tick_find(const struct page_view *view, int line,
                                       int64_t *out_incident);
void line_box_write(struct text *text, const struct tick_view *tick, int64_t incident);
void document_write(struct text *text, const struct page_view *view);
void incident_card_write(struct text *text, const struct incident_view *incident,
                         struct instant now);
void incidents_write(struct text *text, const struct page_view *view);
void targets_write(struct text *text, const struct page_view *view);

#endif
