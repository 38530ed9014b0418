/* log_tally.c - counters of a source, as samples that were pushed and as a page of text. */
#include "telemetry/log_tally.h"

#include <stdio.h>

/* Where runbooks put their limits, and around them. */
static const double edges[LOG_EDGES] = {0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.075,
                                        0.1,   0.15,   0.2,   0.25,   0.3,  0.4,   0.5,  0.6,
                                        0.75,  0.8,    1,     1.25,   1.5,  2,     2.5,  3,
                                        4,     5,      7.5,   10,     15,   20,    30,   60};

_Static_assert((LOG_EDGES & (LOG_EDGES - 1)) == 0, "log_tally_add halves them");

void log_tally_add(struct log_tally *tally, const struct log_entry *entry)
{
    struct log_totals *totals = &tally->totals;
    int severity = entry->severity;
    bool is_said = severity > 0 && severity <= ENTRY_SEVERITY_LAST;
    totals->levels[is_said ? (severity + 3) / 4 : 0]++;
    if (entry->status >= 100 && entry->status < 100 + LOG_STATUSES)
        totals->statuses[entry->status - 100]++;
    if (!(entry->duration_s >= 0))
        return;
    /* The first edge that is not below: by halves, without a jump that cannot be foreseen. */
    size_t low = 0;
    for (size_t half = LOG_EDGES / 2; half > 0; half /= 2)
        low += entry->duration_s > edges[low + half - 1] ? half : 0;
    low += entry->duration_s > edges[low];
    totals->buckets[low]++;
    totals->duration_sum_s += entry->duration_s;
}

/* One sample: a series of totals. before: of the same series when it was pushed last. */
struct visit {
    void *context;
    bool (*series)(void *context, const char *name, struct str label, const char *value,
                   const double counts[2]);
};

static bool visit_durations(const struct log_totals *totals, const struct log_totals *before,
                            const struct visit *visit)
{
    bool good = true;
    double sums[2] = {0};
    for (size_t i = 0; i <= LOG_EDGES; i++)
        sums[0] += (double)totals->buckets[i];
    if (sums[0] <= 0)
        return true;
    sums[0] = 0;
    for (size_t i = 0; i <= LOG_EDGES; i++) {
        char le[32] = "+Inf";
        if (i < LOG_EDGES)
            (void)snprintf(le, sizeof le, "%g", edges[i]);
        sums[0] += (double)totals->buckets[i];
        sums[1] += (double)before->buckets[i];
        good &= visit->series(visit->context, "http_request_duration_seconds_bucket", STR("le"), le,
                              sums);
    }
    good &= visit->series(visit->context, "http_request_duration_seconds_count", STR(""), "", sums);
    double seconds[2] = {totals->duration_sum_s, before->duration_sum_s};
    return visit->series(visit->context, "http_request_duration_seconds_sum", STR(""), "",
                         seconds) &&
           good;
}

/* Where lines say their levels, that none was an error is known, and is a series of 0. */
static bool visit_levels(const struct log_totals *totals, const struct log_totals *before,
                         const struct visit *visit)
{
    bool good = true;
    bool said = false;
    for (int i = 1; i < LOG_LEVELS; i++)
        said |= totals->levels[i] > 0;
    for (int i = 0; i < LOG_LEVELS; i++) {
        double counts[2] = {(double)totals->levels[i], (double)before->levels[i]};
        const char *word = i == 0 ? "unknown" : log_severity_word(i * 4);
        if (totals->levels[i] > 0 || (said && i >= (ENTRY_WARN + 3) / 4))
            good &= visit->series(visit->context, "log_events_total", STR("level"), word, counts);
    }
    return good;
}

static bool visit_all(const struct log_totals *totals, const struct log_totals *before,
                      const struct visit *visit)
{
    bool good = visit_levels(totals, before, visit);
    for (int i = 0; i < LOG_STATUSES; i++) {
        double counts[2] = {(double)totals->statuses[i], (double)before->statuses[i]};
        char code[16];
        (void)snprintf(code, sizeof code, "%d", i + 100);
        if (totals->statuses[i] > 0)
            good &=
                visit->series(visit->context, "http_requests_total", STR("status"), code, counts);
    }
    return visit_durations(totals, before, visit) && good;
}

struct push {
    struct str source;
    struct instant start, at;
    const struct pushed_use *use;
};

static bool push_series(void *context, const char *name, struct str label, const char *value,
                        const double counts[2])
{
    const struct push *push = context;
    char class[4] = {value[0], 'x', 'x', '\0'};
    struct label labels[3];
    size_t count = 0;
    struct err err;
    if (str_is(label, "status"))
        labels[count++] = (struct label){STR("class"), str_of(class)};
    if (label.n > 0)
        labels[count++] = (struct label){label, str_of(value)};
    labels[count++] = (struct label){STR("source"), push->source};
    struct pushed_sample sample = {.name = str_of(name),
                                   .labels = labels,
                                   .label_count = count,
                                   .kind = PUSHED_DELTA,
                                   .value = counts[0] - counts[1],
                                   .at = push->at,
                                   .start = push->start};
    return !push->use->wants(push->use->context, sample.name) ||
           push->use->take(push->use->context, &sample, &err);
}

bool log_tally_push(struct log_tally *tally, struct str source, struct instant start,
                    struct instant at, const struct pushed_use *use)
{
    struct push push = {source, start, at, use};
    bool good = visit_all(&tally->totals, &tally->pushed, &(struct visit){&push, push_series});
    tally->pushed = tally->totals;
    return good;
}

bool log_tally_is_pushed(const struct log_tally *tally)
{
    return memcmp(tally->totals.levels, tally->pushed.levels, sizeof tally->totals.levels) == 0;
}

struct page {
    struct str source;
    struct text *text;
};

static void write_label(struct text *text, const char *name, struct str value)
{
    text_printf(text, "%s=\"", name);
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '"' || value.p[i] == '\\')
            text_byte(text, '\\');
        text_byte(text, value.p[i]);
    }
    text_byte(text, '"');
}

static bool write_series(void *context, const char *name, struct str label, const char *value,
                         const double counts[2])
{
    const struct page *page = context;
    text_printf(page->text, "%s{", name);
    if (str_is(label, "status"))
        text_printf(page->text, "class=\"%cxx\",", value[0]);
    if (label.n > 0)
        text_printf(page->text, "%.*s=\"%s\",", STR_ARGS(label), value);
    write_label(page->text, "source", page->source);
    text_adds(page->text, "} ");
    text_real(page->text, counts[0]);
    text_byte(page->text, '\n');
    return true;
}

void log_totals_write(const struct log_totals *totals, struct str source, struct text *text)
{
    struct page page = {source, text};
    (void)visit_all(totals, totals, &(struct visit){&page, write_series});
}

void log_tally_write_seen(const struct log_tally *tally, struct json_writer *w)
{
    const struct log_totals *totals = &tally->totals;
    int64_t levels = 0;
    int64_t timed = 0;
    for (int i = 0; i < LOG_LEVELS; i++)
        levels |= totals->levels[i] > 0 ? INT64_C(1) << i : 0;
    for (size_t i = 0; i <= LOG_EDGES; i++)
        timed += totals->buckets[i];
    json_int(w, "levels", levels);
    json_open_array(w, "statuses");
    for (int i = 0; i < LOG_STATUSES; i++)
        if (totals->statuses[i] > 0)
            json_int(w, NULL, i + 100);
    json_close_array(w);
    json_bool(w, "timed", timed > 0);
}

void log_tally_restore_seen(struct log_tally *tally, const struct json *seen)
{
    int64_t levels = 0;
    const struct json *statuses = json_get(seen, "statuses");
    const struct json *timed = json_get(seen, "timed");
    struct log_totals *totals = &tally->totals;
    if (json_get_int(seen, "levels", &levels))
        for (int i = 0; i < LOG_LEVELS; i++)
            totals->levels[i] += levels >> i & 1;
    bool is_list = statuses && statuses->type == JSON_ARRAY;
    for (const struct json *one = is_list ? statuses->first : NULL; one; one = one->next) {
        int64_t status;
        if (str_int(one->text, &status) && status >= 100 && status < 100 + LOG_STATUSES)
            totals->statuses[status - 100]++;
    }
    if (timed && timed->type == JSON_TRUE)
        totals->buckets[LOG_EDGES]++;
    tally->pushed = *totals;
}
