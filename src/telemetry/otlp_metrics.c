/* otlp_metrics.c - resources, scopes, metrics; what kind a metric is, and its points handed over.
 */
#include "telemetry/otlp_metrics.h"

#include "telemetry/otlp.h"
#include "telemetry/otlp_name.h"
#include "telemetry/otlp_point.h"
#include "telemetry/protobuf.h"
#include "telemetry/pushed_histogram.h"
#include "telemetry/series.h"

enum { TEMPORALITY_DELTA = 1, TEMPORALITY_CUMULATIVE = 2 };

#define DATA_GAUGE       PROTOBUF_KEY(5, PROTOBUF_BYTES)
#define DATA_SUM         PROTOBUF_KEY(7, PROTOBUF_BYTES)
#define DATA_HISTOGRAM   PROTOBUF_KEY(9, PROTOBUF_BYTES)
#define DATA_EXPONENTIAL PROTOBUF_KEY(10, PROTOBUF_BYTES)
#define DATA_SUMMARY     PROTOBUF_KEY(11, PROTOBUF_BYTES)

struct metrics {
    struct otlp_reader reader;
    struct arena names; /* of one metric */
    const struct pushed_use *use;
    struct pushed_count *count;
    /* The metric that is read. */
    uint32_t data_key;
    struct str data;
    enum pushed_kind kind;
    struct str name;              /* of its own series */
    bool wants_name;              /* gauge, sum, quantiles */
    struct pushed_family *family; /* histograms and summaries */
    const char *wrong;            /* NULL, or why its points cannot be taken */
    uint64_t form;                /* of its series, but for the attributes; 0: not asked for */
    size_t label_count;           /* of the reader's labels, for the point */
    uint64_t point_form;          /* of the point's series; 0: not known */
    size_t known;                 /* what was recognised by it */
    struct label labels[LABELS_MAX];
    struct err why; /* the last point that was refused; large, and so not made for each */
};

static bool take(struct metrics *m, const struct otlp_point *point, struct pushed_sample sample,
                 struct err *why)
{
    /* Who takes may sort them, and a summary has several samples: each has its own. */
    for (size_t i = 0; i < m->label_count; i++)
        m->labels[i] = m->reader.labels[i];
    sample.labels = m->labels;
    sample.label_count += m->label_count;
    sample.at = point->at;
    sample.start = point->start;
    return m->use->take(m->use->context, &sample, why);
}

static bool take_number(struct metrics *m, const struct otlp_point *point, struct err *why)
{
    struct pushed_sample sample = {.name = m->name,
                                   .labels = m->reader.labels,
                                   .label_count = m->label_count,
                                   .kind = m->kind,
                                   .value = point->value,
                                   .at = point->at,
                                   .start = point->start,
                                   .form = m->point_form,
                                   .known = m->known};
    return m->use->take(m->use->context, &sample, why);
}

static bool take_histogram(struct metrics *m, const struct otlp_point *point, struct err *why)
{
    struct pushed_histogram histogram = {.labels = m->reader.labels,
                                         .label_count = m->label_count,
                                         .kind = m->kind,
                                         .at = point->at,
                                         .start = point->start,
                                         .edges = point->edges,
                                         .counts = point->counts,
                                         .edge_count = point->edge_count,
                                         .total = point->total,
                                         .sum = point->sum,
                                         .has_sum = point->has_sum};
    return pushed_family_take(m->family, m->use, &histogram, why);
}

static bool take_summary(struct metrics *m, const struct otlp_point *point, struct err *why)
{
    bool good = true;
    for (size_t i = 0; good && m->wants_name && i < point->quantile_count; i++) {
        struct text text;
        text_init(&text, &m->reader.scratch, LE_BYTES);
        text_real(&text, point->quantiles[i].quantile);
        m->labels[m->label_count] = (struct label){STR("quantile"), text_str(&text)};
        good = take(m, point,
                    (struct pushed_sample){.name = m->name,
                                           .kind = PUSHED_GAUGE,
                                           .value = point->quantiles[i].value,
                                           .label_count = 1},
                    why);
    }
    if (good && m->family->wants_sum)
        good = take(m, point,
                    (struct pushed_sample){
                        .name = m->family->sum, .kind = PUSHED_CUMULATIVE, .value = point->sum},
                    why);
    if (good && m->family->wants_count)
        good = take(m, point,
                    (struct pushed_sample){
                        .name = m->family->count, .kind = PUSHED_CUMULATIVE, .value = point->total},
                    why);
    return good;
}

static bool read_point(struct metrics *m, struct str message, struct otlp_point *out_point)
{
    if (m->data_key == DATA_HISTOGRAM)
        return otlp_read_histogram(&m->reader, message, out_point);
    if (m->data_key == DATA_EXPONENTIAL)
        return otlp_read_exponential(&m->reader, message, out_point);
    if (m->data_key == DATA_SUMMARY)
        return otlp_read_summary(&m->reader, message, out_point);
    return otlp_read_number(&m->reader, message, out_point);
}

/* An attribute called as the label that a series of the metric gets would make it two. */
static void drop_label(struct metrics *m, const char *name)
{
    struct label *labels = m->reader.labels;
    size_t n = 0;
    for (size_t i = 0; i < m->label_count; i++)
        if (!str_is(labels[i].name, name))
            labels[n++] = labels[i];
    m->label_count = n;
}

static bool take_point(struct metrics *m, const struct otlp_point *point, struct err *why)
{
    if (m->data_key == DATA_GAUGE || m->data_key == DATA_SUM)
        return take_number(m, point, why);
    if (m->data_key == DATA_SUMMARY) {
        drop_label(m, "quantile");
        return take_summary(m, point, why);
    }
    drop_label(m, "le");
    return take_histogram(m, point, why);
}

/* Is a number's series known by the bytes of its attributes? Then they are not read again. */
static bool recognise(struct metrics *m, struct str message, struct otlp_point *out_point)
{
    struct str attributes;
    m->point_form = m->known = 0;
    if (m->form == 0 || !otlp_scan_number(message, out_point, &attributes))
        return false;
    uint64_t form = series_mix(m->form, series_hash(attributes) ^ OTLP_FORM_KEY);
    m->point_form = form | (form == 0);
    m->known = m->use->recognise(m->use->context, m->point_form);
    return m->known > 0;
}

static bool read_wanted_point(struct metrics *m, struct str message)
{
    struct otlp_point point;
    if (recognise(m, message, &point)) {
        m->label_count = 0;
        m->count->exemplars += point.exemplars;
        if (point.wrong)
            pushed_reject(m->count, 1, point.wrong);
        else if (!take_number(m, &point, &m->why))
            pushed_reject(m->count, 1, m->why.text);
        return true;
    }
    otlp_reader_reset(&m->reader);
    if (!read_point(m, message, &point))
        return false;
    m->count->exemplars += point.exemplars;
    bool fits = otlp_labels(&m->reader, LABELS_MAX - 1, &m->label_count);
    if (m->wrong || point.wrong)
        pushed_reject(m->count, 1, m->wrong ? m->wrong : point.wrong);
    else if (!fits)
        pushed_reject(m->count, 1, "a data point has more than 63 labels");
    else if (!take_point(m, &point, &m->why))
        pushed_reject(m->count, 1, m->why.text);
    return true;
}

static bool read_points(struct metrics *m, bool wanted)
{
    struct protobuf in = protobuf_of(m->data);
    struct protobuf_field f;
    while (protobuf_next(&in, &f)) {
        if (f.key != PROTOBUF_KEY(1, PROTOBUF_BYTES))
            continue;
        m->count->samples++;
        m->count->histograms += m->data_key == DATA_EXPONENTIAL;
        int64_t rejected = m->count->rejected;
        if (wanted && !read_wanted_point(m, f.bytes))
            return false;
        if (m->data_key == DATA_EXPONENTIAL)
            m->count->histograms_rejected += m->count->rejected - rejected;
    }
    return protobuf_check(&in, "Metric", m->reader.err);
}

/* Temporality, and whether the sum only grows. */
static bool read_kind(struct metrics *m, uint64_t *out_temporality, bool *out_monotonic)
{
    struct protobuf in = protobuf_of(m->data);
    struct protobuf_field f;
    *out_temporality = 0;
    *out_monotonic = false;
    while (protobuf_next(&in, &f)) {
        if (f.key == PROTOBUF_KEY(2, PROTOBUF_VARINT))
            *out_temporality = f.value;
        else if (f.key == PROTOBUF_KEY(3, PROTOBUF_VARINT))
            *out_monotonic = f.value != 0;
    }
    return protobuf_check(&in, "Metric", m->reader.err);
}

static void decide_kind(struct metrics *m, uint64_t temporality, bool monotonic)
{
    bool sum = m->data_key == DATA_SUM;
    bool counts = sum || m->data_key == DATA_HISTOGRAM || m->data_key == DATA_EXPONENTIAL;
    m->wrong = NULL;
    m->kind = temporality == TEMPORALITY_DELTA ? PUSHED_DELTA : PUSHED_CUMULATIVE;
    if (counts && temporality != TEMPORALITY_DELTA && temporality != TEMPORALITY_CUMULATIVE)
        m->wrong = "a metric does not say whether it is cumulative or delta";
    else if (sum && !monotonic && temporality == TEMPORALITY_DELTA)
        m->wrong = "a sum that may fall is sent as delta, so where it stands is unknown; send it "
                   "cumulative (OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative)";
    else if (m->data_key == DATA_GAUGE || (sum && !monotonic))
        m->kind = PUSHED_GAUGE;
}

/* The names of its series, and whether somebody wants one. */
static bool ask(struct metrics *m, struct str name)
{
    bool numbers = m->data_key == DATA_GAUGE || m->data_key == DATA_SUM;
    bool histogram = !numbers && m->data_key != DATA_SUMMARY;
    m->name = name;
    m->form = 0;
    if (name.n == 0) {
        m->wrong = "a metric has no name";
        return true;
    }
    m->wants_name = !histogram && m->use->wants(m->use->context, name);
    if (numbers && m->wants_name && !m->wrong && m->use->recognise)
        m->form = series_mix(m->reader.origin.form, series_hash(name) ^ OTLP_FORM_KEY);
    m->family = numbers ? NULL : pushed_family_make(&m->names, name, m->use);
    return m->wants_name || (histogram && pushed_family_wanted(m->family)) ||
           (m->family && (m->family->wants_sum || m->family->wants_count));
}

static bool read_metric(void *context, struct str message)
{
    struct metrics *m = context;
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    struct str name = STR("");
    struct str unit = STR("");
    uint64_t temporality;
    bool monotonic;
    m->data_key = 0;
    m->data = STR("");
    while (protobuf_next(&in, &f)) {
        if (f.key == PROTOBUF_KEY(1, PROTOBUF_BYTES))
            name = f.bytes;
        else if (f.key == PROTOBUF_KEY(3, PROTOBUF_BYTES))
            unit = f.bytes;
        else if (f.key == DATA_GAUGE || f.key == DATA_SUM || f.key == DATA_HISTOGRAM ||
                 f.key == DATA_EXPONENTIAL || f.key == DATA_SUMMARY) {
            m->data_key = f.key;
            m->data = f.bytes;
        }
    }
    if (!protobuf_check(&in, "Metric", m->reader.err) || !read_kind(m, &temporality, &monotonic))
        return false;
    if (m->data_key == 0)
        return true;
    arena_reset(&m->names);
    decide_kind(m, temporality, monotonic);
    return read_points(
        m, ask(m, otlp_metric_name(&m->names, name, unit, m->data_key == DATA_SUM && monotonic)));
}

bool otlp_metrics_read(struct arena *arena, struct str body, const struct pushed_use *use,
                       struct pushed_count *out_count, struct err *err)
{
    struct metrics *m = arena_make(arena, struct metrics);
    *out_count = (struct pushed_count){0};
    otlp_reader_init(&m->reader, arena, err);
    arena_init(&m->names);
    m->use = use;
    m->count = out_count;
    bool good = otlp_walk(&m->reader, body, read_metric, m);
    otlp_reader_done(&m->reader);
    arena_done(&m->names);
    return good;
}
