/* arena.c - chunked arenas; the only place besides map.c that calls malloc. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 16 * 1024, ALIGN_BYTES = 16 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size_bytes;
    size_t used_bytes;
    size_t pad;
    unsigned char data[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){.chunk_bytes = CHUNK_BYTES};
}

void arena_init_chunks(struct arena *arena, size_t chunk_bytes)
{
    *arena = (struct arena){.chunk_bytes = chunk_bytes};
}

static void free_chunks(struct arena_chunk *chunk)
{
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void arena_done(struct arena *arena)
{
    free_chunks(arena->head);
    *arena = (struct arena){.chunk_bytes = arena->chunk_bytes};
}

static struct arena_chunk *new_chunk(struct arena *arena, size_t data_bytes)
{
    struct arena_chunk *chunk = calloc(1, sizeof *chunk + data_bytes);
    if (!chunk)
        abort();
    chunk->size_bytes = data_bytes;
    arena->held_bytes += data_bytes;
    return chunk;
}

#ifdef REEVE_EMULATE_ARENA

void arena_reset(struct arena *arena)
{
    arena_done(arena);
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
    struct arena_chunk *chunk = new_chunk(arena, size_bytes);
    chunk->next = arena->head;
    arena->head = chunk;
    arena->used_bytes += size_bytes;
    return chunk->data;
}

#else

static size_t chunk_size(const struct arena *arena)
{
    return arena->chunk_bytes ? arena->chunk_bytes : CHUNK_BYTES;
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *keep = NULL;
    struct arena_chunk *chunk = arena->head;
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        if (!keep && chunk->size_bytes == chunk_size(arena))
            keep = chunk;
        else
            free(chunk);
        chunk = next;
    }
    *arena = (struct arena){.head = keep, .chunk_bytes = arena->chunk_bytes};
    if (!keep)
        return;
    memset(keep->data, 0, keep->used_bytes);
    keep->next = NULL;
    keep->used_bytes = 0;
    arena->held_bytes = keep->size_bytes;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
    if (size_bytes > SIZE_MAX / 2)
        abort();
    size_t want = (size_bytes + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1);
    if (want == 0)
        want = ALIGN_BYTES;
    struct arena_chunk *chunk = arena->head;
    if (!chunk || chunk->size_bytes - chunk->used_bytes < want) {
        size_t usual = chunk_size(arena);
        struct arena_chunk *fresh = new_chunk(arena, want > usual ? want : usual);
        if (chunk && want > usual / 2) {
            /* A large piece goes behind the head, whose free room stays in use. */
            fresh->next = chunk->next;
            chunk->next = fresh;
        } else {
            fresh->next = chunk;
            arena->head = fresh;
        }
        chunk = fresh;
    }
    void *data = chunk->data + chunk->used_bytes;
    chunk->used_bytes += want;
    arena->used_bytes += want;
    return data;
}

#endif

void *arena_array(struct arena *arena, size_t count, size_t size_bytes)
{
    if (size_bytes != 0 && count > SIZE_MAX / 2 / size_bytes)
        abort();
    return arena_alloc(arena, count * size_bytes);
}

void *arena_grow(struct arena *arena, void *items, size_t *capacity, size_t count, size_t want,
                 size_t size_bytes)
{
    if (items && want <= *capacity)
        return items;
    size_t larger = *capacity < 4 ? 8 : *capacity * 2;
    if (larger < want)
        larger = want;
    void *copy = arena_array(arena, larger, size_bytes);
    if (items && count > 0)
        memcpy(copy, items, count * size_bytes);
    *capacity = larger;
    return copy;
}
