/* seen_mark.c - four numbers of a fixed width, so that each writing replaces the one before. */
#include "main/seen_mark.h"

#include "os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { DIGITS = 20, MARK_BYTES = 4 * (DIGITS + 1) };

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
        !read_number(data, DIGITS + 1, ' ', &mark.sequence) ||
        !read_number(data, 2 * (DIGITS + 1), ' ', &mark.boot_ms) ||
        !read_number(data, 3 * (DIGITS + 1), '\n', &mark.boot))
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
    (void)snprintf(bytes, sizeof bytes, "%0*lld %0*lld %0*lld %0*lld\n", DIGITS,
                   (long long)mark.at.us, DIGITS, (long long)mark.sequence, DIGITS,
                   (long long)mark.boot_ms, DIGITS, (long long)mark.boot);
    return pwrite(fd, bytes, MARK_BYTES, 0) == MARK_BYTES;
}

int64_t seen_mark_boot(struct str boot_id)
{
    return (int64_t)(str_hash(boot_id) >> 1);
}

int64_t seen_mark_step_ms(const struct seen_mark *mark, const struct seen_mark *now,
                          struct instant newest, bool *out_is_least)
{
    *out_is_least = false;
    if (mark->at.us > 0 && mark->boot == now->boot && mark->boot_ms <= now->boot_ms)
        return instant_ms_between(mark->at, now->at) - (now->boot_ms - mark->boot_ms);
    if (instant_before(newest, mark->at))
        newest = mark->at;
    *out_is_least = instant_before(now->at, newest);
    return *out_is_least ? instant_ms_between(newest, now->at) : 0;
}
