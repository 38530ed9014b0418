/* local_import.c - "import": schedules of other products as rows of reeve.yaml. */
#include "import/import.h"

#include "main/compose.h"
#include "main/local_actions.h"
#include "os/file.h"

bool local_import(struct app *app, const struct call *call, struct err *err)
{
    struct arena *arena = &app->arena;
    struct import_file *files = arena_array(arena, IMPORT_FILES_MAX, sizeof *files);
    struct import_source source = {.files = files, .find_zone = compose_zone};
    struct import_counts counts;
    struct str vendor = call_str(call, "vendor");
    struct str rest = call_str(call, "file");
    struct str path;
    struct text text;
    if (!import_vendor_find(vendor, &source.vendor))
        return err_set(err, ERR_USAGE, "import",
                       "\"%.*s\" cannot be read; possible are opsgenie, pagerduty and grafana.",
                       STR_ARGS(str_cut(vendor, 20)));
    while (call_next_path(&rest, &path)) {
        if (source.file_count == IMPORT_FILES_MAX)
            return err_set(err, ERR_USAGE, "import",
                           "At most %d files are read at once; put lists together.",
                           IMPORT_FILES_MAX);
        struct import_file *file = &files[source.file_count++];
        file->name = path;
        if (!file_read(arena, path, IMPORT_FILE_BYTES, &file->text, err))
            return false;
    }
    text_init(&text, arena, IMPORT_TEXT_BYTES);
    if (!import_write(&text, &source, &counts, err))
        return false;
    if (!app->json) {
        text_add(&app->out, text_str(&text));
        return true;
    }
    struct json_writer w = {.text = &app->out};
    json_open_object(&w, NULL);
    json_int(&w, "notes", (int64_t)counts.notes);
    json_int(&w, "people", (int64_t)counts.people);
    json_int(&w, "rotas", (int64_t)counts.rotas);
    json_str(&w, "yaml", text_str(&text));
    json_close_object(&w);
    text_byte(&app->out, '\n');
    return true;
}
