/* fuzz_remote_write.c - any bytes as a body of remote write: the first byte says which version, and
 * whether it is packed. What is handed over is what a sample must be (pushed_lines.c); an error has
 * its sentence; who wants one name gets the lines of that name, no others; who recognises series by
 * their forms gets what others get. */
#include "fuzz.h"

#include "harness/pushed_lines.h"
#include "telemetry/remote_write.h"

#include <stdlib.h>

enum { BODY_BYTES_MAX = 1 << 20 };

/* The lines of all, or of one name; false: an error. */
static bool read_body(struct arena *arena, enum pushed_body kind, struct str body,
                      const char *wanted, struct pushed_lines *lines)
{
    struct err err = {0};
    pushed_lines_init(lines, arena);
    lines->wanted = wanted;
    bool good = pushed_lines_read(lines, arena, kind, body, &err);
    if (good == (err.text[0] != '\0'))
        abort();
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct err err = {0};
    struct pushed_lines all;
    struct pushed_lines one;
    if (size < 1)
        return 0;
    enum pushed_body kind = data[0] & 1 ? PUSHED_REMOTE_WRITE_2 : PUSHED_REMOTE_WRITE_1;
    struct str body = {(const char *)data + 1, size - 1};
    arena_init(&arena);
    if ((data[0] & 2) && !remote_write_unpack(&arena, body, BODY_BYTES_MAX, &body, &err)) {
        if (err.text[0] == '\0')
            abort();
    } else if (read_body(&arena, kind, body, NULL, &all) && all.taken > 0) {
        bool shown = str_find_byte(all.first, '\0', 0) == all.first.n;
        if (shown && read_body(&arena, kind, body, all.first.p, &one) &&
            one.taken != all.first_count)
            abort();
    }
    if (!pushed_lines_hold(&arena, kind, body))
        abort();
    arena_done(&arena);
    return 0;
}
