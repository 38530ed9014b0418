/* import.c - files to objects: each is handed to the vendor's reader, then names are settled. */
#include "import/import.h"

#include "import/model.h"

#include <stdarg.h>
#include <stdio.h>

enum { NOTE_BYTES = 900, LIST_DEPTH = 4 };

static const struct {
    const char *name, *title;
    void (*read)(struct import *import, const struct json *object);
} vendors[IMPORT_VENDORS] = {[IMPORT_OPSGENIE] = {"opsgenie", "Opsgenie", opsgenie_read},
                             [IMPORT_PAGERDUTY] = {"pagerduty", "PagerDuty", pagerduty_read},
                             [IMPORT_GRAFANA] = {"grafana", "Grafana OnCall", grafana_read}};

bool import_vendor_find(struct str name, enum import_vendor *out_vendor)
{
    for (int i = 0; i < IMPORT_VENDORS; i++) {
        if (!str_is_nocase(name, vendors[i].name))
            continue;
        *out_vendor = (enum import_vendor)i;
        return true;
    }
    return false;
}

void import_note(struct import *import, const char *format, ...)
{
    char buffer[NOTE_BYTES];
    va_list arguments;
    if (import->note_count >= IMPORT_NOTES_MAX)
        return;
    va_start(arguments, format);
    int n = vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    struct str whole = {buffer, n < 0 ? 0 : (size_t)n};
    struct str note = str_cut(whole, sizeof buffer - 1);
    LIST_PUSH(import->arena, import->notes, import->note_count, import->note_capacity) =
        str_copy(import->arena, note);
}

/* Lists and the envelopes of the APIs are opened; everything else is for the reader. */
static void visit(struct import *import, enum import_vendor vendor, const struct json *node,
                  int depth)
{
    static const char *const envelopes[] = {"data",
                                            "results",
                                            "schedule",
                                            "schedules",
                                            "user",
                                            "users",
                                            "escalation_policy",
                                            "escalation_policies",
                                            "escalations",
                                            "escalation_chains",
                                            "on_call_shifts",
                                            "overrides"};
    bool opened = false;
    if (depth > LIST_DEPTH)
        return;
    if (node->type == JSON_ARRAY)
        for (const struct json *item = node->first; item; item = item->next)
            visit(import, vendor, item, depth + 1);
    if (node->type != JSON_OBJECT)
        return;
    bool inner_only = !json_get(node, "id") && !json_get(node, "start") &&
                      !json_get(node, "alias") && !json_get(node, "resource");
    for (size_t i = 0; inner_only && i < sizeof envelopes / sizeof *envelopes; i++) {
        const struct json *inner = json_get(node, envelopes[i]);
        if (!inner || (inner->type != JSON_ARRAY && inner->type != JSON_OBJECT))
            continue;
        opened = true;
        visit(import, vendor, inner, depth + 1);
    }
    const struct json *more = json_get(node, "more");
    const struct json *next = json_get(node, "next");
    const struct json *paging = json_get(node, "paging");
    if (opened && ((more && more->type == JSON_TRUE) || (next && next->type == JSON_STRING) ||
                   json_get_str(paging, "next").n > 0))
        import_note(import,
                    "%.*s: the vendor has further pages of this list, which are not in the "
                    "file. Fetch them and give all files at once.",
                    STR_ARGS(import->file));
    if (!opened)
        vendors[vendor].read(import, node);
}

static bool read_file(struct import *import, enum import_vendor vendor,
                      const struct import_file *file, struct err *err)
{
    struct json *root = NULL;
    size_t known = import->known;
    if (!json_parse(import->arena, file->text, &root, err)) {
        struct str place = str_printf(import->arena, "%.*s:%s", STR_ARGS(file->name), err->place);
        str_keep(err->place, sizeof err->place, place);
        return false;
    }
    import->file = file->name;
    import->input = file->text;
    visit(import, vendor, root, 0);
    if (import->known > known)
        return true;
    struct str place = str_printf(import->arena, "%.*s:1:1", STR_ARGS(file->name));
    return err_set(err, ERR_USAGE, place.p,
                   "Nothing of %s is in this file: schedules, escalation policies, users or "
                   "overrides as its API gives them are read.",
                   vendors[vendor].title);
}

bool import_write(struct text *text, const struct import_source *source,
                  struct import_counts *out_counts, struct err *err)
{
    struct import import = {.arena = text->arena, .find_zone = source->find_zone};
    for (size_t i = 0; i < source->file_count; i++)
        if (!read_file(&import, source->vendor, &source->files[i], err))
            return false;
    if (source->vendor == IMPORT_GRAFANA)
        grafana_finish(&import);
    if (import.person_count > LIMIT_PEOPLE)
        return err_set(
            err, ERR_USAGE, "",
            "There are more than %d people in these files; leave out those who are on no "
            "schedule.",
            LIMIT_PEOPLE);
    if (!import.is_full)
        import_settle(&import);
    if (import.is_full)
        return err_set(err, ERR_USAGE, "",
                       "There are more than %d schedules, shifts, policies or overrides in these "
                       "files; leave out what is over.",
                       IMPORT_OBJECTS_MAX);
    import_write_rows(text, &import, vendors[source->vendor].title);
    *out_counts = (struct import_counts){import.person_count, 0, import.note_count};
    for (size_t i = 0; i < import.rota_count; i++)
        out_counts->rotas += !import.rotas[i].is_broken;
    return !text_full(text) ||
           err_set(err, ERR_USAGE, "",
                   "What would be written is longer than %d bytes; give fewer files.",
                   IMPORT_TEXT_BYTES);
}
