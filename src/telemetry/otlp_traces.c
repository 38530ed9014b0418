/* otlp_traces.c - spans into groups of equal labels and second, groups into samples. */
#include "telemetry/otlp_traces.h"

#include "base/map.h"
#include "telemetry/otlp.h"
#include "telemetry/otlp_point.h"
#include "telemetry/protobuf.h"
#include "telemetry/pushed_histogram.h"

enum { KIND_SERVER = 2, KIND_CONSUMER = 5, KINDS = 6, STATUSES = 3 };
enum { HTTP_EDGES = 14, GROUP_LABELS_MAX = 8, GROUPS_MAX = 20000 };

/* Seconds; the first HTTP_EDGES are those that the semantic conventions advise for
 * http.server.request.duration. */
static const double edges[] = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75,
                               1,     2.5,  5,     7.5,  10,    30,  60,   300};
enum { EDGES = sizeof edges / sizeof *edges };

static const char *const kinds[KINDS] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                         "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                         "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};
static const char *const statuses[STATUSES] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK",
                                               "STATUS_CODE_ERROR"};

/* What spans of equal labels that ended in the same second add up to. */
struct group {
    struct label labels[GROUP_LABELS_MAX];
    size_t label_count;
    bool http;
    struct instant at, start; /* the latest end, the first begin */
    double counts[EDGES];     /* each bucket's own */
    double total, sum;
};

struct span {
    struct str name;
    uint64_t kind, status, start_ns, end_ns;
    bool has_parent;
};

struct traces {
    struct otlp_reader reader;
    const struct pushed_use *use;
    struct pushed_count *count;
    struct map groups;
    struct str calls;
    bool wants_calls;
    struct pushed_family *latency, *http;
};

static bool read_status(struct traces *t, struct str message, uint64_t *out_status)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    while (protobuf_next(&in, &f))
        if (f.key == PROTOBUF_KEY(3, PROTOBUF_VARINT))
            *out_status = f.value;
    return protobuf_check(&in, "Status", t->reader.err);
}

static bool read_span(struct traces *t, struct str message, struct span *span)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    bool good = true;
    *span = (struct span){0};
    while (good && protobuf_next(&in, &f)) {
        switch (f.key) {
        case PROTOBUF_KEY(4, PROTOBUF_BYTES): span->has_parent = f.bytes.n > 0; break;
        case PROTOBUF_KEY(5, PROTOBUF_BYTES):
            span->name = f.bytes;
            good = otlp_check_text(&t->reader, f.bytes);
            break;
        case PROTOBUF_KEY(6, PROTOBUF_VARINT): span->kind = f.value; break;
        case PROTOBUF_KEY(7, PROTOBUF_FIXED64): span->start_ns = f.value; break;
        case PROTOBUF_KEY(8, PROTOBUF_FIXED64): span->end_ns = f.value; break;
        case PROTOBUF_KEY(9, PROTOBUF_BYTES):
            good = otlp_read_attribute(&t->reader, f.bytes);
            break;
        case PROTOBUF_KEY(15, PROTOBUF_BYTES): good = read_status(t, f.bytes, &span->status); break;
        default: break;
        }
    }
    return good && protobuf_check(&in, "Span", t->reader.err);
}

static void add_label(struct group *group, const char *name, struct str value)
{
    if (value.n > 0)
        group->labels[group->label_count++] = (struct label){str_of(name), value};
}

static void add_attribute(struct traces *t, struct group *group, const char *name,
                          const char *const keys[2])
{
    const struct otlp_attribute *attribute = otlp_find(&t->reader, keys[0]);
    if (!attribute)
        attribute = otlp_find(&t->reader, keys[1]);
    if (attribute)
        add_label(group, name, attribute->value);
}

/* Two spans are of one group when this text is the same. */
static struct str key_of(struct arena *arena, const struct group *group, uint64_t second)
{
    struct text text;
    size_t n = 64;
    for (size_t i = 0; i < group->label_count; i++)
        n += group->labels[i].name.n + group->labels[i].value.n + 48;
    text_init(&text, arena, n);
    text_int(&text, (int64_t)second);
    for (size_t i = 0; i < group->label_count; i++) {
        text_byte(&text, ' ');
        text_int(&text, (int64_t)group->labels[i].value.n);
        text_add(&text, group->labels[i].name);
        text_add(&text, group->labels[i].value);
    }
    return text_str(&text);
}

static void add_span(struct group *group, const struct span *span)
{
    double seconds = (double)(span->end_ns - span->start_ns) / 1e9;
    struct instant start = otlp_instant(span->start_ns);
    struct instant at = otlp_instant(span->end_ns);
    size_t i = 0;
    while (i < EDGES && seconds > edges[i])
        i++;
    if (i < EDGES)
        group->counts[i]++;
    if (group->total < 1 || instant_before(start, group->start))
        group->start = start;
    if (instant_before(group->at, at))
        group->at = at;
    group->total++;
    group->sum += seconds;
}

/* Adds the span to its group, which is made when it is the first. */
static bool put_span(struct traces *t, const struct group *wanted, const struct span *span)
{
    struct str key = key_of(&t->reader.scratch, wanted, span->end_ns / 1000000000);
    struct group *group = map_find(&t->groups, key);
    if (!group) {
        group = arena_make(t->reader.arena, struct group);
        *group = *wanted;
        for (size_t i = 0; i < group->label_count; i++)
            group->labels[i].value = str_copy(t->reader.arena, wanted->labels[i].value);
        if (!map_put(&t->groups, key, group))
            return false;
    }
    add_span(group, span);
    return true;
}

static struct group http_group(struct traces *t)
{
    static const char *const status[2] = {"http.response.status_code", "http.status_code"};
    static const char *const method[2] = {"http.request.method", "http.method"};
    static const char *const route[2] = {"http.route", "http.route"};
    const struct otlp_origin *origin = &t->reader.origin;
    struct group group = {.http = true};
    for (size_t i = 0; i < origin->label_count && i < 2; i++) /* job and instance come first */
        if (str_is(origin->labels[i].name, "job") || str_is(origin->labels[i].name, "instance"))
            group.labels[group.label_count++] = origin->labels[i];
    size_t before = group.label_count;
    add_attribute(t, &group, "http_response_status_code", status);
    if (group.label_count == before)
        return (struct group){0}; /* no HTTP */
    add_attribute(t, &group, "http_request_method", method);
    add_attribute(t, &group, "http_route", route);
    return group;
}

static struct group calls_group(struct traces *t, const struct span *span)
{
    struct group group = {0};
    add_label(&group, "service_name", t->reader.origin.service);
    add_label(&group, "span_name", span->name);
    add_label(&group, "span_kind", str_of(kinds[span->kind < KINDS ? span->kind : 0]));
    add_label(&group, "status_code", str_of(statuses[span->status < STATUSES ? span->status : 0]));
    return group;
}

static bool take_span(struct traces *t, const struct span *span)
{
    bool good = true;
    if (span->start_ns == 0 || span->end_ns < span->start_ns) {
        pushed_reject(t->count, 1, "a span ends before it begins, or says no time");
        return true;
    }
    if (t->wants_calls || pushed_family_wanted(t->latency)) {
        struct group group = calls_group(t, span);
        good = put_span(t, &group, span);
    }
    if (good && span->kind == KIND_SERVER && pushed_family_wanted(t->http)) {
        struct group group = http_group(t);
        good = !group.http || put_span(t, &group, span);
    }
    if (!good)
        pushed_reject(t->count, 1,
                      "spans of one request have more than 20000 different names; give spans names "
                      "without ids");
    return true;
}

static bool read_record(void *context, struct str message)
{
    struct traces *t = context;
    struct span span;
    otlp_reader_reset(&t->reader);
    t->count->samples++;
    if (!read_span(t, message, &span))
        return false;
    bool comes_in = span.kind == KIND_SERVER || span.kind == KIND_CONSUMER || !span.has_parent;
    return !comes_in || take_span(t, &span);
}

static bool take_calls(struct traces *t, const struct group *group, struct err *why)
{
    struct label labels[GROUP_LABELS_MAX];
    memcpy(labels, group->labels, sizeof labels);
    struct pushed_sample sample = {.name = t->calls,
                                   .labels = labels,
                                   .label_count = group->label_count,
                                   .kind = PUSHED_DELTA,
                                   .value = group->total,
                                   .at = group->at,
                                   .start = group->start};
    return t->use->take(t->use->context, &sample, why);
}

/* False: not taken, and the spans in it are lost. */
static bool take_group(struct traces *t, const struct group *group, struct err *why)
{
    double counts[EDGES];
    double below = 0;
    for (size_t i = 0; i < EDGES; i++)
        counts[i] = below += group->counts[i];
    struct pushed_histogram histogram = {.labels = group->labels,
                                         .label_count = group->label_count,
                                         .kind = PUSHED_DELTA,
                                         .at = group->at,
                                         .start = group->start,
                                         .edges = edges,
                                         .counts = counts,
                                         .edge_count = group->http ? HTTP_EDGES : EDGES,
                                         .total = group->total,
                                         .sum = group->sum,
                                         .has_sum = true};
    if (group->http)
        return pushed_family_take(t->http, t->use, &histogram, why);
    return (!t->wants_calls || take_calls(t, group, why)) &&
           pushed_family_take(t->latency, t->use, &histogram, why);
}

static void take_groups(struct traces *t)
{
    size_t at = 0;
    struct map_entry *entry;
    while ((entry = map_next(&t->groups, &at))) {
        const struct group *group = entry->value;
        struct err why = {0};
        if (!take_group(t, group, &why))
            pushed_reject(t->count, (int64_t)group->total, why.text);
    }
    /* A span of HTTP is in two groups: no more can be lost than there are. */
    if (t->count->rejected > t->count->samples)
        t->count->rejected = t->count->samples;
}

bool otlp_traces_read(struct arena *arena, struct str body, const struct pushed_use *use,
                      struct pushed_count *out_count, struct err *err)
{
    struct traces *t = arena_make(arena, struct traces);
    *out_count = (struct pushed_count){0};
    otlp_reader_init(&t->reader, arena, err);
    map_init(&t->groups, GROUPS_MAX);
    t->use = use;
    t->count = out_count;
    t->calls = STR("traces_spanmetrics_calls_total");
    t->wants_calls = use->wants(use->context, t->calls);
    t->latency = pushed_family_make(arena, STR("traces_spanmetrics_latency"), use);
    t->http = pushed_family_make(arena, STR("traces_http_server_request_duration_seconds"), use);
    bool good = otlp_walk(&t->reader, body, read_record, t);
    if (good)
        take_groups(t);
    map_done(&t->groups);
    otlp_reader_done(&t->reader);
    return good;
}
