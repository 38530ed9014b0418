/* fuzz_beats.c - any bytes as the file of what was heard, and as the address of a beat: what is
 * read is written again the same, and what is refused changes nothing. */
#include "fuzz.h"

#include "alert/beat_file.h"
#include "base/hash.h"
#include "base/text.h"

#include <stdlib.h>

static void begin(struct beats *beats, struct arena *arena)
{
    beats_init(beats, arena);
    if (!beat_hear(beats, STR("backup"), BEAT_DONE, 0, (struct instant){5}))
        abort();
}

static void read_file(struct arena *arena, struct str text)
{
    struct beats *beats = arena_make(arena, struct beats);
    struct beat_clock clock = {STR("boot"), 1000};
    struct instant now = {1700000000000000};
    struct err err = {0};
    begin(beats, arena);
    if (!beat_file_read(beats, text, &clock, now, &err)) {
        if (err.kind != ERR_REFUSED || beats->items[0]->heard.done.us != 5)
            abort();
        return;
    }
    struct beat_heard heard = beats->items[0]->heard;
    struct str again = beat_file_write(arena, beats, &clock);
    if (heard.done.us > now.us || heard.begun.us > now.us || heard.failed.us > now.us ||
        !beat_file_read(beats, again, &clock, now, &err) ||
        memcmp(&heard, &beats->items[0]->heard, sizeof heard) != 0)
        abort();
}

/* Random bytes have no sum that fits, so it is also read with one. */
static void read_with_sum(struct arena *arena, struct str body)
{
    char hex[HASH_HEX_BYTES];
    struct hash sum = hash_of(body);
    hash_hex(&sum, hex);
    read_file(arena, str_printf(arena, "%.*ssum %s\n", STR_ARGS(body), hex));
}

static void read_address(struct str path, bool has_header)
{
    struct beat_call call;
    if (!beat_call_read(path, has_header, &call))
        return;
    if (!beat_name_is_good(call.name) || (call.token.n > 0) == has_header ||
        call.code < BEAT_SAID_FAILED || call.code > 255)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct str text = {(const char *)data, size};
    arena_init(&arena);
    read_file(&arena, text);
    read_with_sum(&arena, text);
    read_address(text, false);
    read_address(text, true);
    arena_done(&arena);
    return 0;
}
