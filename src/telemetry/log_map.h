/* log_map.h - field maps: which field of a line is its level, message, time, status, duration,
 * path.
 *
 * Built-in maps, each a row of the table in log_map.c: "json" (the usual names), "netlify",
 * "supabase", "logfmt", "combined" (nginx and Apache), "text" (the whole line is the message). The
 * user's own names stand before those of the map. Of several names of one thing the first that a
 * line has counts.
 * A duration's name may have its unit behind a colon ("elapsed:ms"); without one its values need
 * their own ("12ms").
 * Promises: lines in another form than the map's are counted and become messages, nothing else. */
#ifndef TELEMETRY_LOG_MAP_H
#define TELEMETRY_LOG_MAP_H

#include "telemetry/log_entry.h"
#include "telemetry/log_lines.h"
#include "telemetry/log_record.h"

enum log_role { LOG_TIME, LOG_LEVEL, LOG_MESSAGE, LOG_STATUS, LOG_DURATION, LOG_PATH, LOG_ROLES };

enum { LOG_NAMES_MAX = 24, LOG_MESSAGE_BYTES = 4096 };

enum log_form { LOG_FORM_JSON, LOG_FORM_LOGFMT, LOG_FORM_COMBINED, LOG_FORM_TEXT };

struct log_name {
    uint8_t path; /* place in paths */
    double scale; /* of a duration: seconds of one; 0: its values have a unit */
};

struct log_map {
    enum log_form form;
    struct log_paths paths;
    struct log_name names[LOG_ROLES][LOG_NAMES_MAX];
    size_t name_counts[LOG_ROLES];
};

/* The user's names for one role: "field", "a, b" or "elapsed:ms"; "" keeps the map's. */
struct log_map_own {
    struct str names[LOG_ROLES];
};

/* "time", "level", … as in reeve.yaml. */
const char *log_role_name(enum log_role role);
/* err: an unknown map (all are named), a name that is none, a unit that is none. */
MUST_USE bool log_map_init(struct log_map *map, struct arena *arena, struct str name,
                           const struct log_map_own *own, struct err *err);
/* One line, read by the map; strings point into the line and buffer (LOG_MESSAGE_BYTES). */
void log_map_read(const struct log_map *map, const struct log_line *line, char *buffer,
                  struct log_entry *out_entry);
/* A record of OTLP: its attributes are looked up under the names of the map; severity, body and
 * time are its own where it says them. */
void log_map_read_record(const struct log_map *map, const struct log_record *record, char *buffer,
                         struct log_entry *out_entry);
/* The combined format of nginx and Apache: false when the line is in another. */
MUST_USE bool log_read_combined(struct str line, struct log_entry *out_entry);

#endif
