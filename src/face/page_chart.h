/* page_chart.h - what the picture of a run and the table of the same share. */
#ifndef FACE_PAGE_CHART_H
#define FACE_PAGE_CHART_H

#include "face/page_run.h"

struct chart {
    struct arena *arena;
    const struct run_view *run;
    struct instant from, to; /* more than nothing between them */
    int *row_of;             /* of each step by its number, from 1; 0: it has none */
    int row_count;
};

bool chart_span_shows(const struct run_span *span);
/* The steps with their times, folded; printed open (page_times.c). */
void times_write(struct text *text, const struct chart *chart);

#endif
