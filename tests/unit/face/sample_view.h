/* sample_view.h - a fabricated state of the acme runbook, for the page's tests and pictures. */
#ifndef SAMPLE_VIEW_H
#define SAMPLE_VIEW_H

#include "state/view.h"

/* Statements with alerts get readings (the first fires), checklist lines ticks. */
struct page_view sample_view(struct arena *arena, const struct program *program, bool is_calm);

#endif
