/* collect.h - the collector: a process that scrapes what it is told and writes up what it saw.
 *
 * Promises: one loop, never blocks on a target; ends when its input ends; what the core does not
 * read is bounded (OUTPUT_BYTES_MAX, then the process ends and is started again by the core).
 * Input: lines of telemetry/collector_spec.h and probe_line.h. Output: lines of
 * telemetry/reading.h. After the first line of input the history on disk is sent first, and no file
 * outside its folder can be reached any more, where the kernel has Landlock; a later line that
 * names another folder gets none. */
#ifndef COLLECT_COLLECT_H
#define COLLECT_COLLECT_H

enum {
    OUTPUT_BYTES_MAX = 32 * 1024 * 1024,
    COLLECT_LOST = 7 /* exit code: the history was deleted or replaced while it was in use */
};

/* Runs until the input ends; the process's exit code. Takes both descriptors over. */
int collect_main(int in_fd, int out_fd);

#endif
