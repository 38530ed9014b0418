/* random.c - getrandom, and ids made of it. */
#include "os/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *bytes, size_t size_bytes)
{
    unsigned char *at = bytes;
    while (size_bytes > 0) {
        ssize_t n = getrandom(at, size_bytes, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            abort();
        at += n;
        size_bytes -= (size_t)n;
    }
}

struct str random_id(struct arena *arena, size_t size_bytes)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[64];
    if (size_bytes > sizeof bytes)
        abort();
    random_bytes(bytes, size_bytes);
    char *id = arena_alloc(arena, 2 * size_bytes + 1);
    for (size_t i = 0; i < size_bytes; i++) {
        id[2 * i] = digits[bytes[i] >> 4];
        id[2 * i + 1] = digits[bytes[i] & 15];
    }
    return (struct str){id, 2 * size_bytes};
}
