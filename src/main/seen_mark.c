/* seen_mark.c - two numbers of a fixed width, so that each writing replaces the one before. */
#include "main/seen_mark.h"

#include "os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { DIGITS = 20, MARK_BYTES = 2 * (DIGITS + 1) };

/* Digits behind leading zeros, up to the byte that ends them. */
static bool read_number(struct str data, size_t at, char end, int64_t *out_number)
{
    return data.p[at + DIGITS] == end && str_int(str_slice(data, at, at + DIGITS), out_number);
}

struct seen_mark seen_mark_read(struct str path)
{
    struct arena arena;
    struct str data;
    struct seen_mark mark = {0};
    arena_init(&arena);
    if (!file_read(&arena, path, MARK_BYTES, &data, NULL) || data.n != MARK_BYTES ||
        !read_number(data, 0, ' ', &mark.at.us) ||
        !read_number(data, DIGITS + 1, '\n', &mark.sequence))
        mark = (struct seen_mark){0};
    arena_done(&arena);
    return mark;
}

int seen_mark_open(struct str path)
{
    return open(path.p, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool seen_mark_write(int fd, struct seen_mark mark)
{
    char bytes[MARK_BYTES + 1];
    (void)snprintf(bytes, sizeof bytes, "%0*lld %0*lld\n", DIGITS, (long long)mark.at.us, DIGITS,
                   (long long)mark.sequence);
    return pwrite(fd, bytes, MARK_BYTES, 0) == MARK_BYTES;
}
