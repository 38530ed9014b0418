/* capture.h - a program that is run to its end for what it prints.
 *
 * Promises: ends in time, with whatever it started killed; holds at most most_bytes. */
#ifndef OS_CAPTURE_H
#define OS_CAPTURE_H

#include "os/spawn.h"

struct capture {
    const char *const *argv;        /* argv[0] without a slash is looked for in PATH */
    const char *const *environment; /* ends with NULL */
    int64_t until_ms;               /* by clock_boot_ms */
    size_t most_bytes;
    bool with_stderr; /* its errors are among what it prints */
};

struct captured {
    struct str output; /* what it wrote to its standard output */
    int exit_code;     /* or 128 + the signal that ended it */
    bool late, cut;    /* killed because of its time, or of how much it printed */
};

/* False when it did not start (ERR_SELF). */
MUST_USE bool capture_run(struct arena *arena, const struct capture *capture,
                          struct captured *out_captured, struct err *err);

#endif
