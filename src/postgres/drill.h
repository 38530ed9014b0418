/* drill.h - a backup that is restored to a place of its own, started, looked at and removed.
 *
 * Promises: production is not touched: the copy listens on no port, archives nothing, follows
 * nobody and runs no extension of its own accord; it is removed whatever happens, and what a killed
 * drill left is removed by the next.
 * Refuses: root, which PostgreSQL refuses; a disk on which it would not fit. */
#ifndef POSTGRES_DRILL_H
#define POSTGRES_DRILL_H

#include "backup/backup.h"
#include "backup/drill.h"
#include "os/spawn.h"
#include "postgres/connect.h"
#include "postgres/pgbackrest.h"

struct drill {
    struct arena *arena;
    struct pgbackrest pgbackrest;
    struct str user, database, check, target;
    struct str folder;   /* of this drill; "" until it is there */
    struct str binaries; /* "/usr/lib/postgresql/15/bin/", or "" when PATH has them */
    struct address address;
    struct drill_control control;
    struct spawned server;
    bool is_running;
    struct json_writer *w; /* in the array of steps */
    int64_t step_ms;       /* when the present step began */
    bool failed;
    struct str sentence; /* of the first step that failed */
    struct instant last_commit;
};

/* Ends the present step, with how long it took; true when it was good. */
bool drill_step(struct drill *drill, const char *name, bool good, struct str sentence);
/* Runs one of the server's programs to its end; words[0] is its name. */
bool drill_run(struct drill *drill, const char *const *words, struct str *out_said, int *out_code);

/* Starts the copy and waits until it has recovered and answers; stops it. */
bool drill_start(struct drill *drill);
bool drill_stop(struct drill *drill);
/* Every index and page of every database, rows counted, the company's own question. */
bool drill_verify(struct drill *drill);

/* DONE: restored and proved; FAILED: not, and the detail is why. Output:
 *   {"backup":"…","bytes":N,"last_commit":"…","rpo_ms":N,"rto_ms":N,"sentence":"…","steps":[
 *     {"ms":N,"name":"restore","ok":true,"sentence":"…"}],"target":"…"} */
void postgres_drill_perform(const struct work *work, struct order_result *out_result);

#endif
