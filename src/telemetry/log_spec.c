/* log_spec.c - followed logs in the collector's orders. */
#include "telemetry/log_spec.h"

void log_own_write(struct json_writer *w, const struct log_map_own *own)
{
    for (int role = 0; role < LOG_ROLES; role++)
        json_str(w, log_role_name((enum log_role)role), own->names[role]);
}

void log_own_parse(struct arena *arena, const struct json *object, struct log_map_own *out_own)
{
    for (int role = 0; role < LOG_ROLES; role++)
        out_own->names[role] =
            str_copy(arena, json_get_str(object, log_role_name((enum log_role)role)));
}

void log_specs_write(struct json_writer *w, const struct log_spec *specs, size_t count)
{
    json_open_array(w, "logs");
    for (size_t i = 0; i < count; i++) {
        json_open_object(w, NULL);
        json_str(w, "file", specs[i].file);
        json_str(w, "format", specs[i].format);
        json_int(w, "interval_ms", specs[i].interval_ms);
        log_own_write(w, &specs[i].own);
        json_str(w, "source", specs[i].source);
        json_close_object(w);
    }
    json_close_array(w);
}

bool log_specs_parse(struct arena *arena, const struct json *root, struct log_spec **out_specs,
                     size_t *out_count, struct err *err)
{
    const struct json *list = json_get(root, "logs");
    size_t count = list ? list->count : 0;
    if (count > LIMIT_LOGS)
        return err_set(err, ERR_USAGE, NULL, "there are more than %d logs", LIMIT_LOGS);
    struct log_spec *specs = arena_array(arena, count + 1, sizeof *specs);
    struct log_spec *spec = specs;
    for (const struct json *item = list ? list->first : NULL; item; item = item->next, spec++) {
        spec->file = str_copy(arena, json_get_str(item, "file"));
        spec->format = str_copy(arena, json_get_str(item, "format"));
        spec->source = str_copy(arena, json_get_str(item, "source"));
        log_own_parse(arena, item, &spec->own);
        if (spec->file.n == 0 || spec->source.n == 0 ||
            !json_get_int(item, "interval_ms", &spec->interval_ms) || spec->interval_ms < 100)
            return err_set(err, ERR_USAGE, NULL,
                           "a log needs a file, a source and an interval of at least 100 ms");
    }
    *out_specs = specs;
    *out_count = count;
    return true;
}
