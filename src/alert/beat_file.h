/* beat_file.h - what was heard of heartbeats, as a file beside the ledger, and the addresses that
 * jobs call. Pure.
 *
 * The file is lines: "reeve-heartbeats 1", "clock BOOT OFFSET_MS", one "beat NAME DONE BEGUN FAILED
 * CODE COUNT" for each (microseconds since 1970, 0: never), and "sum SHA-256" of the lines before
 * it. Promises: what was written is read back the same; a step of the wall clock between writing
 * and reading moves the times when the machine has not been started anew meanwhile. Refuses: a line
 * that it would not write itself, and a sum that does not fit. */
#ifndef ALERT_BEAT_FILE_H
#define ALERT_BEAT_FILE_H

#include "alert/beat.h"

enum { BEAT_FILE_BYTES = 256 * 1024 };

/* Between which clocks the times stand. */
struct beat_clock {
    struct str boot;   /* id of the machine's start, or "" */
    int64_t offset_ms; /* wall clock minus the clock that never jumps */
};

struct str beat_file_write(struct arena *arena, const struct beats *beats,
                           const struct beat_clock *clock);
/* Fills what was heard of the heartbeats in beats; those that it does not have are left out, and
 * what lies after now was heard now. ERR_REFUSED, with nothing changed, when it is not whole. */
MUST_USE bool beat_file_read(struct beats *beats, struct str text, const struct beat_clock *clock,
                             struct instant now, struct err *err);

/* What a job calls: /beat/NAME/TOKEN, then /start, /fail or /0 to /255. */
struct beat_call {
    struct str name, token; /* token "": by the header alone */
    enum beat_word word;
    int64_t code;
};
/* has_header: the token came in the header, so that none stands in the path. */
MUST_USE bool beat_call_read(struct str path, bool has_header, struct beat_call *out_call);

#endif
