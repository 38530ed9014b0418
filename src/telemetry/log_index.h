/* log_index.h - where JSON lines have their quotes, brackets and ends: one bit for each byte.
 *
 * The first of two stages (log_lines.h is the second): bytes in blocks of 64, four masks a block.
 * Promises: every path gives the same bits (held by a differential test). A line that ends inside a
 * string does not disturb the next one.
 * Refuses: nothing; what the bytes mean is the second stage's affair. */
#ifndef TELEMETRY_LOG_INDEX_H
#define TELEMETRY_LOG_INDEX_H

#include <stddef.h>
#include <stdint.h>

enum { LOG_BLOCK = 64 };

enum log_index_path {
    LOG_INDEX_SCALAR, /* any machine: byte by byte */
    LOG_INDEX_SSE2,   /* every x86-64 */
    LOG_INDEX_AVX2
};

/* Arrays of one mask a block; bit i is byte i of the block. */
struct log_masks {
    uint64_t *quotes;      /* unescaped quotes */
    uint64_t *marks;       /* { } [ ] : outside of strings */
    uint64_t *ends;        /* line feeds */
    uint64_t *backslashes; /* all of them */
};

/* The quickest path that this processor has. */
enum log_index_path log_index_best(void);
/* Indexes n bytes that begin at the beginning of a line; out_masks have room for n / 64 + 1
 * blocks. A path that the processor lacks is not asked for. */
void log_index(enum log_index_path path, const char *bytes, size_t n,
               const struct log_masks *out_masks);

#endif
