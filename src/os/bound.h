/* bound.h - what a process may use up, set by itself before it reads what others wrote; and its
 * last word when its time is over.
 *
 * Promises: bounds cannot be lifted again; the last word is written whole and the process ends with
 * 0, CPU_GRACE_S at most after its time is over; without one the signal ends it.
 * Refuses: to bound memory under AddressSanitizer, which takes what it likes. */
#ifndef OS_BOUND_H
#define OS_BOUND_H

#include <stdint.h>

enum { BOUND_WORD_BYTES = 256 };

struct bound {
    int cpu_s;   /* of the processor */
    int clock_s; /* of the clock, where the machine is busy with others */
    int64_t memory_bytes, file_bytes;
    int open_files;
};

/* Also: no core file. */
void bound_process(const struct bound *bound);
/* What is written to standard output when time is over; cut at BOUND_WORD_BYTES. */
void bound_last_word(const char *word);
/* The work is done: no last word from here on, and the grace is there to say it. */
void bound_done(void);

#endif
