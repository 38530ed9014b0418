/* log_errors.c - reports of error clusters: written, read and added up. */
#include "telemetry/log_errors.h"

#include <stdio.h>

enum { LINE_BYTES_MAX = 4096 };
static const int64_t quarter_us = (int64_t)15 * 60 * 1000000;

struct str log_error_write(struct arena *arena, const struct log_error *error)
{
    struct text text;
    char id[24];
    (void)snprintf(id, sizeof id, "%016llx", (unsigned long long)error->id);
    text_init(&text, arena, LINE_BYTES_MAX);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_int(&w, "at", error->at.us);
    json_int(&w, "count", error->count);
    json_int(&w, "first", error->first.us);
    json_str(&w, "id", str_of(id));
    json_int(&w, "interval_ms", error->interval_ms);
    json_int(&w, "last", error->last.us);
    if (error->late > 0) {
        json_int(&w, "late", error->late);
        json_int(&w, "late_at", error->late_at.us);
    }
    json_str(&w, "level", error->level);
    json_str(&w, "shape", error->shape);
    json_str(&w, "target", error->target);
    json_close_object(&w);
    text_byte(&text, '\n');
    return text_str(&text);
}

static bool read_id(struct str hex, uint64_t *out_id)
{
    uint64_t id = 0;
    for (size_t i = 0; i < hex.n && i < 16; i++) {
        char c = hex.p[i];
        if (!byte_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
        id = id * 16 + (uint64_t)(byte_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *out_id = id;
    return hex.n == 16 && id != 0;
}

bool log_error_read(const struct json *object, struct log_error *out_error, struct err *err)
{
    struct log_error error = *out_error;
    error.shape = json_get_str(object, "shape");
    error.level = json_get_str(object, "level");
    if (error.shape.n == 0 || error.shape.n >= LOG_SHAPE_BYTES ||
        !read_id(json_get_str(object, "id"), &error.id) ||
        !json_get_int(object, "count", &error.count) || error.count < 1 ||
        !json_get_int(object, "first", &error.first.us) ||
        !json_get_int(object, "last", &error.last.us))
        return err_set(
            err, ERR_SELF, NULL,
            "a line of the collector is not a cluster of errors: id, shape, count, first "
            "or last is missing or wrong");
    if (!json_get_int(object, "late", &error.late) ||
        !json_get_int(object, "late_at", &error.late_at.us) || error.late < 0 ||
        error.late > error.count)
        error.late = 0;
    *out_error = error;
    return true;
}

void log_errors_init(struct log_errors *errors, struct arena *arena)
{
    *errors = (struct log_errors){.arena = arena};
}

/* The row of a cluster, made when it is new, in the place of the one not seen for longest when all
 * are taken. */
static struct log_error_row *get_row(struct log_errors *errors, const struct log_error *error)
{
    size_t oldest = 0;
    if (!errors->rows)
        errors->rows = arena_array(errors->arena, LOG_ERRORS_MAX, sizeof *errors->rows);
    for (size_t i = 0; i < errors->count; i++) {
        struct log_error_row *row = &errors->rows[i];
        if (row->id == error->id && str_equal(str_of(row->source), error->target))
            return row;
        if (instant_before(row->last, errors->rows[oldest].last))
            oldest = i;
    }
    if (errors->count < LOG_ERRORS_MAX) {
        oldest = errors->count++;
    } else {
        errors->forgotten_count++;
    }
    struct log_error_row *row = &errors->rows[oldest];
    *row = (struct log_error_row){.id = error->id, .first = error->first};
    str_keep(row->source, sizeof row->source, error->target);
    return row;
}

/* Into the quarter of an hour of at, unless that is over for so long that it is not kept. */
static void count_quarter(struct log_error_row *row, struct instant at, int64_t count)
{
    int64_t number = at.us / quarter_us;
    size_t place = (size_t)number % LOG_QUARTERS;
    if (row->quarters[place].number > number)
        return;
    if (row->quarters[place].number != number)
        row->quarters[place].count = 0;
    row->quarters[place].number = number;
    row->quarters[place].count += count;
}

void log_errors_fold(struct log_errors *errors, const struct log_error *error)
{
    if (error->target.n >= LOG_SOURCE_BYTES)
        return;
    struct log_error_row *row = get_row(errors, error);
    if (!instant_before(row->at, error->at))
        return;
    row->at = error->at;
    row->count += error->count;
    str_keep(row->shape, sizeof row->shape, error->shape);
    str_keep(row->level, sizeof row->level, error->level);
    if (instant_before(error->first, row->first))
        row->first = error->first;
    if (instant_before(row->last, error->last))
        row->last = error->last;
    count_quarter(row, error->at, error->count - error->late);
    if (error->late > 0)
        count_quarter(row, error->late_at, error->late);
}

void log_errors_around(const struct log_error_row *row, struct instant since, struct instant now,
                       int64_t *out_before, int64_t *out_after)
{
    int64_t first = since.us / quarter_us;
    int64_t last = now.us / quarter_us;
    int64_t length = last - first + 1;
    *out_before = 0;
    *out_after = 0;
    for (size_t i = 0; i < LOG_QUARTERS; i++) {
        int64_t number = row->quarters[i].number;
        if (number >= first && number <= last)
            *out_after += row->quarters[i].count;
        else if (number < first && number >= first - length)
            *out_before += row->quarters[i].count;
    }
}

size_t *log_errors_order(const struct log_errors *errors, struct arena *arena)
{
    size_t *order = arena_array(arena, errors->count + 1, sizeof *order);
    for (size_t i = 0; i < errors->count; i++) {
        size_t at = i;
        for (; at > 0 && instant_before(errors->rows[order[at - 1]].last, errors->rows[i].last);
             at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return order;
}
