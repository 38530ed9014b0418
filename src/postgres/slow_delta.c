/* slow_delta.c - what statements did between two looks at pg_stat_statements, without a reset. */
#include "postgres/slow_delta.h"

#include <math.h>

static const struct slow_statement *find(const struct slow_moment *moment, struct str key)
{
    for (size_t i = 0; i < moment->count; i++)
        if (str_equal(moment->statements[i].key, key))
            return &moment->statements[i];
    return NULL;
}

const char *slow_why_not(const struct slow_moment *before, const struct slow_moment *now)
{
    if (!str_equal(before->system, now->system))
        return "the last look was into another server";
    if (!str_equal(before->reset, now->reset) || now->evictions < before->evictions)
        return "somebody reset the statistics since the last look";
    if (now->at_us <= before->at_us)
        return "the clock was set back since the last look";
    return NULL;
}

/* Is now a later moment of the same life? A new one begins its counters and its extremes anew. */
static bool goes_on(const struct slow_counters *before, const struct slow_counters *now)
{
    double slack = 1e-3; /* what was kept is rounded */
    return now->calls >= before->calls && now->total_ms >= before->total_ms - slack &&
           now->min_ms <= before->min_ms + slack && now->max_ms >= before->max_ms - slack;
}

struct slow_delta slow_compare(const struct slow_moment *before, const struct slow_moment *now,
                               const struct slow_statement *statement)
{
    const struct slow_statement *old = find(before, statement->key);
    bool evicted = now->evictions != before->evictions;
    struct slow_delta delta = {.kind = SLOW_UNKNOWN};
    if (!old && before->complete && !evicted)
        return (struct slow_delta){
            .kind = SLOW_NEW, .calls = statement->now.calls, .ms = statement->now.total_ms};
    if (!old || !goes_on(&old->now, &statement->now))
        return delta;
    delta.kind = evicted ? SLOW_AT_LEAST : SLOW_KNOWN;
    delta.calls = statement->now.calls - old->now.calls;
    delta.ms = fmax(0, statement->now.total_ms - old->now.total_ms);
    delta.before = old->now;
    return delta;
}

size_t slow_gone(const struct slow_moment *before, const struct slow_moment *now)
{
    size_t count = 0;
    for (size_t i = 0; now->complete && i < before->count; i++)
        count += !find(now, before->statements[i].key);
    return count;
}

void slow_write(struct json_writer *w, const char *key, const struct slow_moment *moment)
{
    json_open_object(w, key);
    json_str(w, "system", moment->system);
    json_str(w, "reset", moment->reset);
    json_int(w, "evictions", moment->evictions);
    json_int(w, "at_us", moment->at_us);
    json_bool(w, "complete", moment->complete);
    json_real(w, "calls", moment->calls);
    json_real(w, "total_ms", moment->total_ms);
    json_open_array(w, "statements");
    for (size_t i = 0; i < moment->count; i++) {
        const struct slow_statement *one = &moment->statements[i];
        json_open_array(w, NULL);
        json_str(w, NULL, one->key);
        json_real(w, NULL, one->now.calls);
        json_real(w, NULL, floor(one->now.total_ms * 1e4 + 0.5) / 1e4);
        json_real(w, NULL, floor(one->now.min_ms * 1e4 + 0.5) / 1e4);
        json_real(w, NULL, floor(one->now.max_ms * 1e4 + 0.5) / 1e4);
        json_close_array(w);
    }
    json_close_array(w);
    json_close_object(w);
}

static double number_of(const struct json *value)
{
    return value && value->type == JSON_NUMBER ? value->number : 0;
}

static bool read_statement(const struct json *row, struct slow_statement *out_statement)
{
    const struct json *cell = row->first;
    double values[4];
    if (row->type != JSON_ARRAY || row->count != 5 || cell->type != JSON_STRING)
        return false;
    out_statement->key = cell->text;
    for (size_t i = 0; i < 4; i++) {
        cell = cell->next;
        if (cell->type != JSON_NUMBER)
            return false;
        values[i] = cell->number;
    }
    out_statement->now = (struct slow_counters){values[0], values[1], values[2], values[3]};
    return true;
}

bool slow_read(struct arena *arena, const struct json *kept, struct slow_moment *out_moment)
{
    const struct json *statements = kept ? json_get(kept, "statements") : NULL;
    const struct json *complete = kept ? json_get(kept, "complete") : NULL;
    if (!kept || kept->type != JSON_OBJECT || !statements || statements->type != JSON_ARRAY ||
        !complete || statements->count > SLOW_KEPT_MAX)
        return false;
    struct slow_statement *made = arena_array(arena, statements->count + 1, sizeof *made);
    struct slow_moment moment = {.system = json_get_str(kept, "system"),
                                 .reset = json_get_str(kept, "reset"),
                                 .complete = complete->type == JSON_TRUE,
                                 .calls = number_of(json_get(kept, "calls")),
                                 .total_ms = number_of(json_get(kept, "total_ms")),
                                 .statements = made};
    if (!json_get_int(kept, "evictions", &moment.evictions) ||
        !json_get_int(kept, "at_us", &moment.at_us))
        return false;
    for (const struct json *row = statements->first; row; row = row->next)
        if (!read_statement(row, &made[moment.count++]))
            return false;
    *out_moment = moment;
    return true;
}
