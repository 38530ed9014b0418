/* asked_answer.c - reading the answer to an instant query, and its line between processes. */
#include "telemetry/asked_answer.h"

#include <math.h>

/* One line that fits, without what a terminal or a page could take for something else. */
static struct str words_of(struct arena *arena, struct str s)
{
    struct str cut = str_cut(str_trim(s), ASKED_WORDS_BYTES);
    if (str_ends(cut, "."))
        cut.n--;
    return str_visible(arena, str_visible_line(arena, cut), true);
}

static bool value_of(struct str text, double *out_value)
{
    if (str_is(text, "NaN"))
        *out_value = NAN;
    else if (str_is(text, "+Inf") || str_is(text, "Inf"))
        *out_value = INFINITY;
    else if (str_is(text, "-Inf"))
        *out_value = -INFINITY;
    else
        return str_real(text, out_value);
    return true;
}

static bool instant_of(const struct json *number, struct instant *out_at)
{
    double us = number->type == JSON_NUMBER ? round(number->number * 1e6) : NAN;
    if (!(us >= 0 && us < 253402300800e6)) /* the year 10000 */
        return false;
    out_at->us = (int64_t)us;
    return true;
}

/* [1700000000.123,"1.5"] */
static bool pair_of(const struct json *pair, struct asked_series *series)
{
    if (!pair || pair->type != JSON_ARRAY || pair->count != 2)
        return false;
    const struct json *value = pair->first->next;
    return instant_of(pair->first, &series->at) && value->type == JSON_STRING &&
           value_of(value->text, &series->value);
}

static bool labels_of(struct arena *arena, const struct json *metric, struct asked_series *series)
{
    struct text text;
    size_t shown = 0;
    if (!metric || metric->type != JSON_OBJECT)
        return false;
    text_init(&text, arena, 64 * 1024);
    text_add(&text, json_get_str(metric, "__name__"));
    for (const struct json *label = metric->first; label; label = label->next) {
        if (label->type != JSON_STRING)
            return false;
        if (str_is(label->key, ASKED_PART)) {
            series->part = str_copy(arena, label->text);
        } else if (str_is(label->key, "le")) {
            series->le = str_copy(arena, label->text);
        } else if (!str_is(label->key, "__name__")) {
            text_printf(&text, "%s%.*s=", shown++ == 0 ? "{" : ",", STR_ARGS(label->key));
            json_quote(&text, label->text);
        }
    }
    text_adds(&text, shown > 0 ? "}" : "");
    series->labels = str_visible(arena, str_cut(text_str(&text), ASKED_LABELS_BYTES), true);
    return true;
}

static void fail(struct asked_answer *answer, struct str problem)
{
    answer->problem = problem;
    answer->series = NULL;
    answer->count = 0;
}

static void read_vector(struct arena *arena, const struct json *result, struct asked_answer *answer)
{
    if (!result || result->type != JSON_ARRAY) {
        fail(answer, STR("its answer says \"vector\" and holds none"));
        return;
    }
    if (result->count > ASKED_SERIES_MAX) {
        fail(answer,
             str_printf(arena, "it answers with %zu series, more than the %d that are taken",
                        result->count, ASKED_SERIES_MAX));
        return;
    }
    answer->series = arena_array(arena, result->count + 1, sizeof *answer->series);
    for (const struct json *one = result->first; one; one = one->next) {
        struct asked_series *series = &answer->series[answer->count++];
        *series = (struct asked_series){.part = STR(""), .le = STR("")};
        const struct json *pair = json_get(one, "value");
        bool native = !pair && json_get(one, "histogram");
        if (native) {
            fail(answer, STR("it answers with a native histogram, which is not one value"));
            return;
        }
        if (!labels_of(arena, json_get(one, "metric"), series) || !pair_of(pair, series)) {
            fail(answer, STR("a series of its answer cannot be read"));
            return;
        }
    }
}

static void read_warnings(struct arena *arena, const struct json *root, struct asked_answer *answer)
{
    const struct json *list = json_get(root, "warnings");
    struct text text;
    if (!list || list->type != JSON_ARRAY)
        return;
    text_init(&text, arena, ASKED_WORDS_BYTES);
    for (const struct json *one = list->first; one; one = one->next)
        if (one->type == JSON_STRING && one->text.n > 0) {
            text_adds(&text, text.n > 0 ? "; " : "");
            text_add(&text, str_cut(one->text, ASKED_WORDS_BYTES / 2));
        }
    answer->warnings = words_of(arena, text_str(&text));
}

static void read_success(struct arena *arena, const struct json *root, struct asked_answer *answer)
{
    const struct json *data = json_get(root, "data");
    const struct json *partial = json_get(root, "isPartial");
    struct str type = data ? json_get_str(data, "resultType") : STR("");
    if (partial && partial->type == JSON_TRUE) {
        fail(answer, STR("it answers with a part of the data only: some of its stores are away"));
    } else if (str_is(type, "vector")) {
        read_vector(arena, json_get(data, "result"), answer);
    } else if (str_is(type, "scalar")) {
        answer->series = arena_make(arena, struct asked_series);
        answer->count = 1;
        if (!pair_of(json_get(data, "result"), answer->series))
            fail(answer, STR("the number of its answer cannot be read"));
    } else if (type.n > 0) {
        fail(answer, str_printf(arena,
                                "it answers with a %.*s where values of one instant were "
                                "asked for",
                                STR_ARGS(words_of(arena, str_cut(type, 40)))));
    } else {
        fail(answer, STR("its answer is none to a query; check the url of ask: in reeve.yaml"));
    }
}

static struct str status_problem(struct arena *arena, int64_t status, struct str said)
{
    const char *colon = said.n > 0 ? ": " : "";
    const char *hint = "";
    if (status == 401 || status == 403)
        hint = "; check token, user and password of ask: in reeve.yaml";
    else if (status == 404 || status == 405)
        hint = "; check the url of ask: in reeve.yaml, which stands before /api/v1/query";
    return str_printf(arena, "it answers %lld%s%.*s%s", (long long)status, colon, STR_ARGS(said),
                      hint);
}

void asked_read(struct arena *arena, struct str body, int64_t status,
                struct asked_answer *out_answer)
{
    struct json *root = NULL;
    struct err err = {0};
    bool parsed = json_parse(arena, body, &root, &err) && root->type == JSON_OBJECT;
    struct str error = parsed ? words_of(arena, json_get_str(root, "error")) : STR("");
    out_answer->problem = STR("");
    out_answer->refused = false;
    out_answer->warnings = STR("");
    out_answer->series = NULL;
    out_answer->count = 0;
    if (parsed)
        read_warnings(arena, root, out_answer);
    if ((status == 400 || status == 422) && error.n > 0) {
        out_answer->refused = true;
        fail(out_answer, str_printf(arena, "it refuses the question: %.*s", STR_ARGS(error)));
    } else if (status != 200) {
        fail(out_answer, status_problem(arena, status, error));
    } else if (!parsed) {
        fail(out_answer, str_printf(arena, "its answer is no whole JSON%s%s",
                                    err.text[0] ? ", at " : "", err.text[0] ? err.place : ""));
    } else if (!str_is(json_get_str(root, "status"), "success")) {
        fail(out_answer, str_printf(arena, "it reports an error: %.*s",
                                    STR_ARGS(error.n > 0 ? error : STR("without words"))));
    } else {
        read_success(arena, root, out_answer);
    }
}

struct str asked_read_version(struct arena *arena, struct str body)
{
    struct json *root = NULL;
    struct err err = {0};
    if (!json_parse(arena, body, &root, &err) || root->type != JSON_OBJECT)
        return STR("");
    const struct json *data = json_get(root, "data");
    return data && data->type == JSON_OBJECT
               ? words_of(arena, str_cut(json_get_str(data, "version"), 40))
               : STR("");
}

static void write_value(struct json_writer *w, double value)
{
    struct text text;
    text_init(&text, w->text->arena, 64);
    if (isnan(value))
        text_adds(&text, "NaN");
    else if (isinf(value))
        text_adds(&text, value > 0 ? "+Inf" : "-Inf");
    else
        text_real(&text, value);
    json_str(w, NULL, text_str(&text));
}

void asked_write(struct json_writer *w, const struct asked_answer *answer)
{
    json_open_object(w, NULL);
    json_int(w, "at", answer->at.us);
    json_int(w, "ms", answer->took_ms);
    json_str(w, "problem", answer->problem);
    json_bool(w, "refused", answer->refused);
    json_open_array(w, "series");
    for (size_t i = 0; i < answer->count; i++) {
        const struct asked_series *series = &answer->series[i];
        json_open_array(w, NULL);
        json_str(w, NULL, series->part);
        json_str(w, NULL, series->le);
        json_str(w, NULL, series->labels);
        write_value(w, series->value);
        json_int(w, NULL, series->at.us);
        json_close_array(w);
    }
    json_close_array(w);
    json_str(w, "warnings", answer->warnings);
    json_close_object(w);
}

static bool parse_series(struct arena *arena, const struct json *array, struct asked_series *series)
{
    enum { PART, LE, LABELS, VALUE, AT, FIELDS };
    struct str fields[FIELDS] = {{0}};
    size_t count = 0;
    if (array->type != JSON_ARRAY || array->count != FIELDS)
        return false;
    for (const struct json *field = array->first; field && count < FIELDS; field = field->next) {
        if (field->type != (count == AT ? JSON_NUMBER : JSON_STRING))
            return false;
        fields[count++] = field->text;
    }
    series->part = str_copy(arena, fields[PART]);
    series->le = str_copy(arena, fields[LE]);
    series->labels = str_copy(arena, fields[LABELS]);
    return value_of(fields[VALUE], &series->value) && str_int(fields[AT], &series->at.us);
}

bool asked_parse(struct arena *arena, const struct json *object, struct asked_answer *out_answer)
{
    struct asked_answer answer = {.at = {0}};
    const struct json *series = object ? json_get(object, "series") : NULL;
    const struct json *refused = object ? json_get(object, "refused") : NULL;
    if (!series || series->type != JSON_ARRAY || series->count > ASKED_SERIES_MAX ||
        !json_get_int(object, "at", &answer.at.us) || !json_get_int(object, "ms", &answer.took_ms))
        return false;
    answer.problem = str_copy(arena, json_get_str(object, "problem"));
    answer.warnings = str_copy(arena, json_get_str(object, "warnings"));
    answer.refused = refused && refused->type == JSON_TRUE;
    answer.series = arena_array(arena, series->count + 1, sizeof *answer.series);
    for (const struct json *one = series->first; one; one = one->next)
        if (!parse_series(arena, one, &answer.series[answer.count++]))
            return false;
    *out_answer = answer;
    return true;
}
