/* exposition.h - reading the Prometheus text format 0.0.4 and 1.0.0, fed in chunks of any size.
 *
 * Source: Prometheus documentation "Exposition formats", text format 0.0.4 and 1.0.0, in which
 * names may be any UTF-8: {"my.metric","a.label"="x"} 1, the metric's name first; of
 * OpenMetrics 1.0 the closing "# EOF" and exemplars are tolerated; its timestamps are in seconds,
 * others in ms. A page that says it is OpenMetrics is whole only with its "# EOF". Promises: memory
 * is one line (LIMIT_SCRAPE_LINE_BYTES), whatever the body; a line that somebody wants is read
 * strictly, with its number in the error; other lines cost a name and a newline. Refuses: HTML,
 * JSON and other documents that are no metrics, bodies over LIMIT_SCRAPE_BYTES. */
#ifndef TELEMETRY_EXPOSITION_H
#define TELEMETRY_EXPOSITION_H

#include "base/err.h"
#include "base/instant.h"
#include "base/limits.h"
#include "base/str.h"

enum { LABELS_MAX = 64 };

/* How a page is asked for. Names that are no identifiers are asked for with underscores, as every
 * Prometheus before 3 has seen them, so that no signal's name changes with its exporter's library;
 * an exporter that writes them out all the same is read. */
#define EXPOSITION_ACCEPT                                                                          \
    "text/plain;version=0.0.4;escaping=underscores,text/plain;q=0.5,"                              \
    "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.3,*/*;q=0.1"

struct label {
    struct str name;
    struct str value; /* escapes resolved */
};

/* One sample line. Slices are valid during the call only. */
struct sample {
    struct str text;   /* name and labels with their braces, as written */
    struct str name;   /* of a recognised text not taken out of it again: empty, as labels */
    struct str labels; /* between the braces, as written */
    double value;      /* may be NaN or infinite */
    bool is_stamped;   /* at: what its line says; the page's own time is not known here */
    struct instant at;
    int64_t line;
};

struct exposition_use {
    void *context;
    /* Is a metric of this name of interest? Lines of others are skipped unread. */
    bool (*wants)(void *context, struct str name);
    bool (*take)(void *context, const struct sample *sample, struct err *err);
    /* May be NULL. How many bytes at the front of the line are the text of a sample that was taken
     * before and need not be read again; 0: none. */
    size_t (*recognise)(void *context, struct str line);
    /* May be NULL. A "# TYPE" says that this is a gauge histogram (OpenMetrics): its buckets hold
     * what is there now, and do not grow. */
    void (*stands)(void *context, struct str name);
};

enum { QUOTED_NAME_BYTES = 512 }; /* of one with escapes */

struct exposition {
    const struct exposition_use *use;
    char *carry; /* the beginning of a line whose end is in a later chunk */
    size_t carry_bytes;
    int64_t line;    /* complete lines so far */
    int64_t samples; /* sample lines so far, wanted or not */
    size_t body_bytes;
    size_t max_bytes;
    bool started;                 /* something but blanks was seen */
    bool ended;                   /* "# EOF" was seen */
    bool open_metrics;            /* by its content type; set before its first line */
    char name[QUOTED_NAME_BYTES]; /* of the line, without its escapes */
};

/* carry: LIMIT_SCRAPE_LINE_BYTES of the caller's memory. use outlives the reader. */
void exposition_init(struct exposition *reader, const struct exposition_use *use, char *carry);
/* Reads the next bytes of the body. After false the reader must not be fed again. */
MUST_USE bool exposition_feed(struct exposition *reader, struct str chunk, struct err *err);
/* The body is complete. An empty body is an error, and so are OpenMetrics without its end and a
 * last line without a newline, unless it is "# EOF". */
MUST_USE bool exposition_end(struct exposition *reader, struct err *err);

/* The labels between the braces, escapes resolved into arena. Refuses more than LABELS_MAX and a
 * label named twice. */
MUST_USE bool exposition_parse_labels(struct arena *arena, struct str labels,
                                      struct label out_labels[LABELS_MAX], size_t *out_count,
                                      struct err *err);
/* What stands between quotes, its escapes (\\, \", \n) resolved into out, which has room for raw.n.
 */
struct str exposition_unescape(struct str raw, char *out);
/* Does a content type, with or without parameters, say OpenMetrics? */
bool exposition_is_open_metrics(struct str content_type);
/* The metric's name at the front of a line or text; 0: there is none. */
size_t exposition_name_length(struct str s);
/* A sample value: a decimal number, rounded to the nearest double, "NaN", "Inf" with or without
 * sign, in any case. */
MUST_USE bool exposition_parse_value(struct str s, double *out_value);

#endif
