/* reading.c - readings as JSON lines. */
#include "telemetry/reading.h"

#include <math.h>

enum { LINE_BYTES_MAX = 96 * 1024 };

static const char *const kind_names[] = {
    [SIGNAL_NONE] = "none",   [SIGNAL_RATIO] = "ratio", [SIGNAL_QUANTILE] = "histogram",
    [SIGNAL_COUNT] = "count", [SIGNAL_GAUGE] = "gauge", [SIGNAL_GAUGE_RATIO] = "gauge ratio"};

static void write_reals(struct json_writer *w, const char *key, const double *values, size_t count)
{
    json_open_array(w, key);
    for (size_t i = 0; i < count; i++)
        json_real(w, NULL, values[i]);
    json_close_array(w);
}

/* What a target said may be in it: anything that is no UTF-8, and what controls a terminal, becomes
 * a question mark. */
static struct str printable(struct arena *arena, struct str s)
{
    struct str copy = str_copy(arena, s);
    char *bytes = (char *)(uintptr_t)copy.p;
    size_t bad;
    for (size_t i = 0; i < copy.n; i++)
        if ((unsigned char)bytes[i] < ' ' || bytes[i] == 127)
            bytes[i] = '?';
    while (!str_utf8_valid(copy, &bad))
        bytes[bad] = '?';
    return copy;
}

struct str reading_write(struct arena *arena, const struct reading *reading)
{
    struct text text;
    text_init(&text, arena, LINE_BYTES_MAX);
    struct json_writer w = {.text = &text};
    bool gauge = reading->kind == SIGNAL_GAUGE || reading->kind == SIGNAL_GAUGE_RATIO;
    json_open_object(&w, NULL);
    json_int(&w, "at", reading->at.us);
    if (reading->binding > 0)
        json_int(&w, "binding", reading->binding);
    if (reading->kind == SIGNAL_QUANTILE && reading->ended.n == 0) {
        write_reals(&w, "counts", reading->counts, reading->edge_count);
        write_reals(&w, "edges", reading->edges, reading->edge_count);
    }
    if (reading->ended.n > 0)
        json_str(&w, "ended", printable(arena, reading->ended));
    if (gauge && reading->ended.n == 0) {
        json_real(&w, "high", reading->high);
        json_str(&w, "high_series", reading->high_series);
    }
    json_int(&w, "interval_ms", reading->interval_ms);
    json_str(&w, "kind", str_of(kind_names[reading->kind]));
    if (gauge && reading->ended.n == 0) {
        lost_write(&w, reading->lost);
        json_real(&w, "low", reading->low);
        json_str(&w, "low_series", reading->low_series);
    } else if (reading->ended.n == 0) {
        json_real(&w, "of", reading->of);
        json_real(&w, "part", reading->part);
    }
    json_str(&w, "signal", reading->signal);
    json_int(&w, "since", reading->since.us);
    if (reading->slot_ms > 0)
        json_int(&w, "slot_ms", reading->slot_ms);
    json_str(&w, "target", reading->target);
    json_close_object(&w);
    text_byte(&text, '\n');
    return text_str(&text);
}

void reading_copy_series(struct arena *arena, struct reading *reading)
{
    reading->high_series = str_copy(arena, reading->high_series);
    reading->low_series = str_copy(arena, reading->low_series);
    reading->ended = str_copy(arena, reading->ended);
    for (size_t i = 0; i < LOST_MOST; i++)
        if (!instant_is_zero(reading->lost[i].seen))
            reading->lost[i].series = str_copy(arena, reading->lost[i].series);
}

static void write_reasons(struct arena *arena, struct json_writer *w,
                          const struct target_status *status)
{
    if (status->reason_count == 0)
        return;
    json_open_array(w, "reasons");
    for (size_t i = 0; i < status->reason_count; i++) {
        json_open_object(w, NULL);
        json_str(w, "problem", printable(arena, status->reasons[i].problem));
        json_str(w, "signal", status->reasons[i].signal);
        json_close_object(w);
    }
    json_close_array(w);
}

struct str target_status_write(struct arena *arena, const struct target_status *status)
{
    struct text text;
    text_init(&text, arena, LINE_BYTES_MAX);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_int(&w, "at", status->at.us);
    json_int(&w, "interval_ms", status->interval_ms);
    if (status->of_metric)
        json_bool(&w, "of_metric", true);
    json_str(&w, "problem", printable(arena, status->problem));
    write_reasons(arena, &w, status);
    if (status->remembered)
        json_bool(&w, "remembered", true);
    json_str(&w, "target", status->name);
    json_bool(&w, "up", status->up);
    json_str(&w, "url", status->url);
    json_close_object(&w);
    text_byte(&text, '\n');
    return text_str(&text);
}

static bool fail(struct err *err, const char *what)
{
    return err_set(err, ERR_SELF, NULL, "a line of the collector is not a reading: %s", what);
}

static bool read_real(const struct json *object, const char *key, double *out_value)
{
    const struct json *value = json_get(object, key);
    if (!value || value->type != JSON_NUMBER || !isfinite(value->number))
        return false;
    *out_value = value->number;
    return true;
}

static bool read_reals(const struct json *object, const char *key, double out_values[EDGES_MAX],
                       size_t *out_count)
{
    const struct json *array = json_get(object, key);
    if (!array || array->type != JSON_ARRAY || array->count > EDGES_MAX)
        return false;
    size_t count = 0;
    for (const struct json *item = array->first; item; item = item->next) {
        if (item->type != JSON_NUMBER)
            return false;
        out_values[count++] = item->number;
    }
    *out_count = count;
    return true;
}

static bool read_kind(struct str name, enum signal_kind *out_kind)
{
    for (size_t i = SIGNAL_RATIO; i < sizeof kind_names / sizeof kind_names[0]; i++) {
        if (!str_is(name, kind_names[i]))
            continue;
        *out_kind = (enum signal_kind)i;
        return true;
    }
    return false;
}

static bool edges_ascend(const struct reading *reading)
{
    for (size_t i = 1; i < reading->edge_count; i++)
        if (!(reading->edges[i - 1] < reading->edges[i]))
            return false;
    return true;
}

/* Labels and problems are what a target wrote: they stand in lines of ours, and make none. */
static struct str line_of(struct arena *arena, const struct json *object, const char *key)
{
    return str_visible_line(arena, json_get_str(object, key));
}

/* Collectors of before do not say it. */
static int read_binding(const struct json *object)
{
    int64_t binding = 0;
    bool said = json_get_int(object, "binding", &binding);
    return said && binding > 0 && binding <= ALTERNATIVES_MAX ? (int)binding : 0;
}

static void read_reasons(struct arena *arena, const struct json *object,
                         struct target_status *status)
{
    const struct json *array = json_get(object, "reasons");
    if (!array || array->type != JSON_ARRAY || array->count > LIMIT_SIGNALS)
        return;
    struct target_reason *reasons = arena_array(arena, array->count + 1, sizeof *reasons);
    for (const struct json *item = array->first; item; item = item->next)
        if (item->type == JSON_OBJECT)
            reasons[status->reason_count++] = (struct target_reason){
                json_get_str(item, "signal"), line_of(arena, item, "problem")};
    status->reasons = reasons;
}

static bool read_reading(struct arena *arena, const struct json *object, struct reading *reading,
                         struct err *err)
{
    reading->signal = json_get_str(object, "signal");
    int64_t since;
    if (reading->signal.n == 0 || !read_kind(json_get_str(object, "kind"), &reading->kind) ||
        !json_get_int(object, "since", &since))
        return fail(err, "signal, kind or since is missing");
    reading->since = (struct instant){since};
    reading->binding = read_binding(object);
    if (!json_get_int(object, "slot_ms", &reading->slot_ms) || reading->slot_ms < 0)
        reading->slot_ms = 0;
    reading->ended = line_of(arena, object, "ended");
    if (reading->ended.n > 0)
        return true;
    if (reading->kind == SIGNAL_GAUGE || reading->kind == SIGNAL_GAUGE_RATIO) {
        reading->high_series = line_of(arena, object, "high_series");
        reading->low_series = line_of(arena, object, "low_series");
        lost_read(arena, object, reading->lost);
        return (read_real(object, "high", &reading->high) &&
                read_real(object, "low", &reading->low)) ||
               fail(err, "high or low is missing");
    }
    if (!read_real(object, "part", &reading->part) || !read_real(object, "of", &reading->of))
        return fail(err, "part or of is missing");
    if (reading->kind != SIGNAL_QUANTILE)
        return true;
    size_t counts = 0;
    if (!read_reals(object, "edges", reading->edges, &reading->edge_count) ||
        !read_reals(object, "counts", reading->counts, &counts) || counts != reading->edge_count ||
        !edges_ascend(reading))
        return fail(err, "edges and counts do not belong together");
    return true;
}

bool collector_line_parse(struct arena *arena, struct str line, struct collector_line *out_line,
                          struct err *err)
{
    struct json *object;
    if (!json_parse(arena, str_trim(line), &object, err))
        return false;
    int64_t at;
    int64_t interval_ms;
    struct str target = json_get_str(object, "target");
    if (target.n == 0 || !json_get_int(object, "at", &at) ||
        !json_get_int(object, "interval_ms", &interval_ms) || interval_ms <= 0)
        return fail(err, "target, at or interval_ms is missing");
    if (json_get(object, "shape")) {
        struct log_error error = {.target = target, .at = {at}, .interval_ms = interval_ms};
        if (!log_error_read(object, &error, err))
            return false;
        *out_line = (struct collector_line){.is_error = true, .error = error};
        return true;
    }
    const struct json *up = json_get(object, "up");
    const struct json *remembered = json_get(object, "remembered");
    const struct json *of_metric = json_get(object, "of_metric");
    if (up) {
        out_line->is_reading = out_line->is_error = false;
        out_line->status =
            (struct target_status){.name = target,
                                   .url = json_get_str(object, "url"),
                                   .at = {at},
                                   .interval_ms = interval_ms,
                                   .up = up->type == JSON_TRUE,
                                   .remembered = remembered && remembered->type == JSON_TRUE,
                                   .of_metric = of_metric && of_metric->type == JSON_TRUE,
                                   .problem = line_of(arena, object, "problem")};
        read_reasons(arena, object, &out_line->status);
        return true;
    }
    struct reading reading = {.target = target, .at = {at}, .interval_ms = interval_ms};
    if (!read_reading(arena, object, &reading, err))
        return false;
    out_line->is_error = false;
    out_line->is_reading = true;
    out_line->reading = reading;
    return true;
}
