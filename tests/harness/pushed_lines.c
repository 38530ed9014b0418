/* pushed_lines.c - samples and log records into lines. */
#include "harness/pushed_lines.h"

#include "base/json.h"
#include "base/map.h"
#include "telemetry/otlp_json.h"
#include "telemetry/otlp_logs.h"
#include "telemetry/otlp_metrics.h"
#include "telemetry/otlp_traces.h"
#include "telemetry/remote_write.h"
#include "telemetry/series.h"

#include <math.h>
#include <stdlib.h>

enum { LINES_BYTES_MAX = 64 * 1024 * 1024, FORMS_MAX = 1000000 };

struct known_series {
    struct str name, line;
};

/* Series by the form in which they were taken, as push.h knows them. */
struct pushed_forms {
    struct arena *arena;
    struct map by_form;
    const struct known_series **series;
    size_t count, capacity;
    bool ambiguous;
};

void pushed_lines_init(struct pushed_lines *lines, struct arena *arena)
{
    *lines = (struct pushed_lines){0};
    text_init(&lines->text, arena, LINES_BYTES_MAX);
}

static int by_name(const void *a, const void *b)
{
    const struct label *left = a;
    const struct label *right = b;
    return str_compare(left->name, right->name);
}

static bool wants(void *context, struct str name)
{
    const struct pushed_lines *lines = context;
    return !lines->wanted || str_is(name, lines->wanted);
}

static void add_value(struct text *text, double value)
{
    if (pushed_is_stale(value))
        text_adds(text, "stale");
    else if (isnan(value))
        text_adds(text, "NaN");
    else if (isinf(value))
        text_adds(text, value > 0 ? "+Inf" : "-Inf");
    else
        text_real(text, value);
}

/* What every sample is, whatever the body. */
static void check_sample(const struct pushed_sample *sample)
{
    bool good =
        sample->name.n > 0 && str_utf8_valid(sample->name, NULL) &&
        sample->label_count <= LABELS_MAX && sample->at.us >= 0 && sample->start.us >= 0 &&
        (sample->kind != PUSHED_DELTA || !(sample->value < 0) || str_ends(sample->name, "_sum"));
    for (size_t i = 0; good && i < sample->label_count; i++) {
        const struct label *label = &sample->labels[i];
        good = label->name.n > 0 && label->value.n > 0 && str_utf8_valid(label->name, NULL) &&
               str_utf8_valid(label->value, NULL);
        for (size_t j = 0; good && j < i; j++)
            good = !str_equal(sample->labels[j].name, label->name);
    }
    if (!good)
        abort();
}

static struct str form_key(const uint64_t *form)
{
    return (struct str){(const char *)form, sizeof *form};
}

static size_t recognise(void *context, uint64_t form)
{
    const struct pushed_lines *lines = context;
    const uint32_t *at = map_find(&lines->forms->by_form, form_key(&form));
    return at ? *at : 0;
}

/* The series of a form is the one that it was before. */
static void keep_form(struct pushed_forms *forms, uint64_t form, struct str name, struct str line)
{
    uint32_t *at = map_find(&forms->by_form, form_key(&form));
    if (at) {
        forms->ambiguous = forms->ambiguous || !str_equal(forms->series[*at - 1]->line, line);
        return;
    }
    struct known_series *series = arena_make(forms->arena, struct known_series);
    at = arena_make(forms->arena, uint32_t);
    *series = (struct known_series){str_copy(forms->arena, name), str_copy(forms->arena, line)};
    LIST_PUSH(forms->arena, forms->series, forms->count, forms->capacity) = series;
    *at = (uint32_t)forms->count;
    if (!map_put(&forms->by_form, form_key(&form), at))
        abort();
}

static void add_series(struct pushed_lines *lines, const struct pushed_sample *sample)
{
    size_t from = lines->text.n;
    if (sample->known > 0) {
        const struct known_series *series = lines->forms->series[sample->known - 1];
        if (!str_equal(series->name, sample->name))
            abort();
        text_add(&lines->text, series->line);
        return;
    }
    uint64_t form = sample->form ? sample->form
                                 : series_form(sample->name, sample->labels, sample->label_count);
    /* As somebody may, who takes. */
    if (sample->label_count > 0)
        qsort(sample->labels, sample->label_count, sizeof *sample->labels, by_name);
    text_add(&lines->text, sample->name);
    text_byte(&lines->text, '{');
    for (size_t i = 0; i < sample->label_count; i++) {
        if (i)
            text_byte(&lines->text, ',');
        text_add(&lines->text, sample->labels[i].name);
        text_byte(&lines->text, '=');
        json_quote(&lines->text, sample->labels[i].value);
    }
    text_byte(&lines->text, '}');
    if (lines->forms)
        keep_form(lines->forms, form, sample->name, str_from(text_str(&lines->text), from));
}

static bool take(void *context, const struct pushed_sample *sample, struct err *err)
{
    static const char *const kinds[] = {"unknown", "gauge", "cumulative", "delta"};
    struct pushed_lines *lines = context;
    if (lines->refused && str_is(sample->name, lines->refused))
        return err_set(err, ERR_REFUSED, NULL, "%s is not taken", lines->refused);
    if (sample->known == 0)
        check_sample(sample);
    if (lines->taken == 0)
        lines->first = str_copy(lines->text.arena, sample->name);
    lines->first_count += str_equal(sample->name, lines->first);
    add_series(lines, sample);
    text_byte(&lines->text, ' ');
    add_value(&lines->text, sample->value);
    text_printf(&lines->text, " %s %lld %lld\n", kinds[sample->kind], (long long)sample->at.us,
                (long long)sample->start.us);
    lines->taken++;
    return true;
}

struct pushed_use pushed_lines_use(struct pushed_lines *lines)
{
    return (struct pushed_use){lines, wants, take, lines->forms ? recognise : NULL};
}

static void add_said(struct text *text, const char *name, struct str value)
{
    if (value.n == 0)
        return;
    text_printf(text, " %s=", name);
    json_quote(text, value);
}

static bool take_log(void *context, const struct log_record *record, struct err *err)
{
    struct pushed_lines *lines = context;
    if (lines->refused && str_is(record->service, lines->refused))
        return err_set(err, ERR_REFUSED, NULL, "%s is not taken", lines->refused);
    text_printf(&lines->text, "%lld %d", (long long)record->at.us, record->severity);
    add_said(&lines->text, "text", record->severity_text);
    add_said(&lines->text, "body", record->body);
    add_said(&lines->text, "service", record->service);
    add_said(&lines->text, "instance", record->instance);
    add_said(&lines->text, "scope", record->scope);
    add_said(&lines->text, "event", record->event);
    add_said(&lines->text, "trace", record->trace_id);
    for (size_t i = 0; i < record->attribute_count; i++) {
        text_byte(&lines->text, ' ');
        json_quote(&lines->text, record->attributes[i].name);
        text_byte(&lines->text, ':');
        json_quote(&lines->text, record->attributes[i].value);
    }
    text_byte(&lines->text, '\n');
    lines->taken++;
    return true;
}

struct log_use pushed_lines_log_use(struct pushed_lines *lines)
{
    return (struct log_use){lines, take_log};
}

void pushed_lines_count(struct pushed_lines *lines, const struct pushed_count *count)
{
    text_printf(&lines->text, "samples %lld histograms %lld exemplars %lld rejected %lld",
                (long long)count->samples, (long long)count->histograms,
                (long long)count->exemplars, (long long)count->rejected);
    if (count->rejected > 0)
        text_printf(&lines->text, ": %s", count->why_rejected);
    text_byte(&lines->text, '\n');
}

static const char *const names[] = {"remote-write-1", "remote-write-2", "metrics",     "traces",
                                    "logs",           "metrics-json",   "traces-json", "logs-json"};

const char *pushed_body_name(size_t at)
{
    return at < sizeof names / sizeof *names ? names[at] : NULL;
}

static bool read_logs(struct pushed_lines *lines, struct arena *arena, struct str body,
                      struct err *err)
{
    struct log_use use = pushed_lines_log_use(lines);
    struct log_count count;
    if (!otlp_logs_read(arena, body, &use, &count, err))
        return false;
    text_printf(&lines->text, "records %lld cut %lld rejected %lld", (long long)count.records,
                (long long)count.attributes_cut, (long long)count.rejected);
    if (count.rejected > 0)
        text_printf(&lines->text, ": %s", count.why_rejected);
    text_byte(&lines->text, '\n');
    return true;
}

static bool read_json(struct pushed_lines *lines, struct arena *arena, enum pushed_body kind,
                      struct str body, struct err *err)
{
    enum otlp_signal signal = kind == PUSHED_METRICS_JSON  ? OTLP_METRICS
                              : kind == PUSHED_TRACES_JSON ? OTLP_TRACES
                                                           : OTLP_LOGS;
    struct str protobuf;
    return otlp_json_read(arena, body, signal, &protobuf, err) &&
           pushed_lines_read(lines, arena, kind - PUSHED_METRICS_JSON + PUSHED_METRICS, protobuf,
                             err);
}

bool pushed_lines_read(struct pushed_lines *lines, struct arena *arena, enum pushed_body kind,
                       struct str body, struct err *err)
{
    struct pushed_use use = pushed_lines_use(lines);
    struct pushed_count count = {0};
    bool good = false;
    switch (kind) {
    case PUSHED_REMOTE_WRITE_1: good = remote_write_read_1(arena, body, &use, &count, err); break;
    case PUSHED_REMOTE_WRITE_2: good = remote_write_read_2(arena, body, &use, &count, err); break;
    case PUSHED_METRICS: good = otlp_metrics_read(arena, body, &use, &count, err); break;
    case PUSHED_TRACES: good = otlp_traces_read(arena, body, &use, &count, err); break;
    case PUSHED_LOGS: return read_logs(lines, arena, body, err);
    case PUSHED_METRICS_JSON:
    case PUSHED_TRACES_JSON:
    case PUSHED_LOGS_JSON: return read_json(lines, arena, kind, body, err);
    }
    if (good)
        pushed_lines_count(lines, &count);
    return good;
}

bool pushed_lines_hold(struct arena *arena, enum pushed_body kind, struct str body)
{
    struct pushed_forms forms = {.arena = arena};
    struct pushed_lines lines[3];
    bool same = true;
    map_init(&forms.by_form, FORMS_MAX);
    for (size_t i = 0; i < 3; i++) {
        struct err err = {0};
        pushed_lines_init(&lines[i], arena);
        lines[i].forms = i > 0 ? &forms : NULL;
        bool good = pushed_lines_read(&lines[i], arena, kind, body, &err);
        text_printf(&lines[i].text, "%d %s %s", good, err.place, err.text);
        same = same && str_equal(text_str(&lines[i].text), text_str(&lines[0].text));
    }
    map_done(&forms.by_form);
    return same && !forms.ambiguous;
}
