/* rotated.h - former files of a log that was rotated more than once between two looks.
 *
 * Known by their names (NAME.1, NAME-20261130, NAME.2026-11-30.gz: the log's name, then '.', '-' or
 * '_', a digit, and nothing but digits and what stands between them), their inode, and that they
 * were written after the file that was read last. Only in the log's own folder. */
#ifndef COLLECT_ROTATED_H
#define COLLECT_ROTATED_H

#include "base/str.h"

#include <dirent.h>

enum { ROTATED_MAX = 16 };

/* What is looked for. A packed file that stands beside a known one is that one. */
struct rotated_search {
    struct str folder, name; /* NUL behind both; the folder ends with a slash */
    int64_t after_ns;        /* written after that */
    const int64_t *known;    /* inodes that are being read */
    size_t known_count;
};

/* Regular files that were rotated and are not known, the oldest first. */
struct rotated {
    struct {
        int fd; /* the caller's to close */
        int64_t written_ns;
    } files[ROTATED_MAX];
    size_t count;
    size_t lost_count;   /* packed, not to be read, or more than ROTATED_MAX */
    int64_t lost_bytes;  /* of them on the disk */
    char lost_name[256]; /* the newest of them; "" */
};

/* Opens what is to be read. */
void rotated_find(const struct rotated_search *search, struct rotated *out_found);

#endif
