/* import.h - on-call schedules of Opsgenie, PagerDuty and Grafana OnCall as rows of reeve.yaml.
 *
 * Promises: reads the JSON that their APIs and backups give, one or several files together; each
 * rotation that is written means what the vendor's meant, by the wall clock of the same zone; a
 * rotation that cannot be written the same is not written at all, and a note names it with the
 * reason and what to do. Text of the files is quoted, never interpreted.
 * Refuses: files that are no JSON or hold nothing of the vendor, with one sentence and the place;
 * to read files, to know the time, and to merge anything into a reeve.yaml. */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include "base/text.h"
#include "calendar/zone.h"

enum {
    IMPORT_FILES_MAX = 64,
    IMPORT_FILE_BYTES = 16 * 1024 * 1024,
    IMPORT_TEXT_BYTES = 4 * 1024 * 1024,
    IMPORT_NOTES_MAX = 2000
};

enum import_vendor { IMPORT_OPSGENIE, IMPORT_PAGERDUTY, IMPORT_GRAFANA, IMPORT_VENDORS };

struct import_file {
    struct str name; /* for messages */
    struct str text;
};

/* Reads a zone by its IANA name; the pure folders have no files. */
typedef bool import_zone_find(struct arena *arena, struct str name, const struct zone **out_zone,
                              struct err *err);

struct import_source {
    enum import_vendor vendor;
    const struct import_file *files;
    size_t file_count;
    import_zone_find *find_zone;
};

struct import_counts {
    size_t people, rotas, notes;
};

MUST_USE bool import_vendor_find(struct str name, enum import_vendor *out_vendor);
/* Appends notes as comments, then people: and on_call:. Fails with ERR_USAGE, err->place is
 * "FILE:line:column"; nothing is appended then. */
MUST_USE bool import_write(struct text *text, const struct import_source *source,
                           struct import_counts *out_counts, struct err *err);

#endif
