/* series_notation.h - series as promtool's unit tests write them: a name with labels, and values.
 *
 * Source: Prometheus documentation "Unit testing for rules". A series is `name{label="value", …}`
 * or `{__name__="name", …}`. Its values are parted by blanks:
 *   5, -1.5e3, NaN, -Inf         one value
 *   _ and _x3                    nothing is shown, once and three times
 *   stale                        the series has ended
 *   5x3                          5 5 5 5: the value, and three times again (so 0x10 is no number)
 *   0+10x3 and 9-3x2             0 10 20 30 and 9 6 3
 * Promises: at most SERIES_VALUES_MAX values, however short the text; outputs are untouched after
 * an error, which says at which byte what was not understood.
 * Refuses: histograms in curly brackets and escapes by number, as "\x41". */
#ifndef TELEMETRY_SERIES_NOTATION_H
#define TELEMETRY_SERIES_NOTATION_H

#include "telemetry/exposition.h"

enum { SERIES_VALUES_MAX = 100 * 1000 };

enum shown { SHOWN_VALUE, SHOWN_NOTHING, SHOWN_STALE };

struct notated_value {
    enum shown shown;
    double value; /* SHOWN_VALUE */
};

struct notated_series {
    struct str name;
    struct label labels[LABELS_MAX]; /* without __name__, escapes resolved */
    size_t label_count;
    struct str text; /* as exposition text writes it: name{a="b",c="d"} */
};

/* All of text is one series. Strings are in arena. */
MUST_USE bool series_notation_read_name(struct arena *arena, struct str text,
                                        struct notated_series *out_series, struct err *err);
/* *out_values are in arena, one a step. */
MUST_USE bool series_notation_read_values(struct arena *arena, struct str text,
                                          struct notated_value **out_values, size_t *out_count,
                                          struct err *err);

#endif
