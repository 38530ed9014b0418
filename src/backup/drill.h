/* drill.h - the parts of a restore drill that need no server: what pg_controldata says, what a
 * server's log says of its end, and the report.
 *
 * Source of the limits: a server that recovers must be able to hold what its origin could
 * (PostgreSQL's manual, "Administrator's Overview" of hot standby); pg_controldata names them. */
#ifndef BACKUP_DRILL_H
#define BACKUP_DRILL_H

#include "base/instant.h"
#include "base/json.h"

struct drill_control {
    int64_t connections, workers, senders, prepared, locks;
    bool checksums; /* of pages */
};

/* said: of pg_controldata in the C locale. False: something of it is missing. */
MUST_USE bool drill_read_control(struct str said, struct drill_control *out_control);
/* The last FATAL or PANIC of a log, else its last line; without its time and marks. */
struct str drill_find_reason(struct str log);

/* For people: the steps, and what they came to. */
void drill_report(struct text *out, const struct json *output);

#endif
