/* samples.h - lines of the exposition format. A line that has no room is left out whole. */
#ifndef PROBE_SAMPLES_H
#define PROBE_SAMPLES_H

#include "base/text.h"

enum { SAMPLE_LABELS_MAX = 4 };

struct sample_label {
    const char *name; /* NULL ends the list */
    struct str value;
};

void sample_add(struct text *samples, const char *name, double value);
/* labels: at most SAMPLE_LABELS_MAX, those before the first without a name. */
void sample_add_of(struct text *samples, const char *name,
                   const struct sample_label labels[SAMPLE_LABELS_MAX], double value);

#endif
