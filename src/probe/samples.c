/* samples.c - lines of the exposition format. */
#include "probe/samples.h"

#include <math.h>

enum { LINE_BYTES = 4096 };

static void add_escaped(struct text *line, struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '\n')
            text_adds(line, "\\n");
        else if (value.p[i] == '\\' || value.p[i] == '"')
            text_printf(line, "\\%c", value.p[i]);
        else
            text_byte(line, value.p[i]);
    }
}

void sample_add(struct text *samples, const char *name, double value)
{
    sample_add_of(samples, name, (const struct sample_label[SAMPLE_LABELS_MAX]){{NULL, STR("")}},
                  value);
}

void sample_add_of(struct text *samples, const char *name,
                   const struct sample_label labels[SAMPLE_LABELS_MAX], double value)
{
    struct text line;
    text_init(&line, samples->arena, LINE_BYTES);
    text_adds(&line, name);
    for (size_t i = 0; i < SAMPLE_LABELS_MAX && labels[i].name; i++) {
        text_printf(&line, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
        add_escaped(&line, labels[i].value);
        text_byte(&line, '"');
    }
    text_adds(&line, labels[0].name ? "} " : " ");
    if (isnan(value))
        text_adds(&line, "NaN");
    else if (isinf(value))
        text_adds(&line, value > 0 ? "+Inf" : "-Inf");
    else
        text_real(&line, value);
    text_byte(&line, '\n');
    if (text_full(&line))
        return;
    text_add(samples, text_str(&line));
}
